"""What a signal can show for itself: weeks, sources, kinds, documents, new words and caveats.

The keys are a contract with alerts, web and replay (``docs/replay.md``).
"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from monitor.readings import Readings, Score
from monitor.stories import source_of
from monitor.trends.breadth import Breadth
from monitor.trends.momentum import Momentum
from monitor.trends.parameters import KINDS, Parameters

WINDOW_DAYS = 28
_WEEKS = 26
_DOCUMENTS = 5
_COVERED = 0.3
_NO_EXPECTATION_DAYS = Parameters().guard_gap
_WORD = re.compile(r"[^\W\d_][\w-]{3,}")


@dataclass(frozen=True, slots=True)
class Member:
    """A story of a theme, by its first counted document."""

    document_id: str
    source: str
    kind: str
    day: dt.date
    probability: float
    title: str = ""


class Members:
    """The stories of every theme, oldest first."""

    def __init__(self, belonging: pd.DataFrame, counted: pd.DataFrame) -> None:
        joined = belonging.join(counted, on="story", how="inner").sort_values(["theme", "day", "document"])
        self._of: dict[str, list[Member]] = defaultdict(list)
        columns = [joined[name] for name in ("theme", "document", "source", "kind", "day", "probability")]
        for theme, document, source, kind, day, probability in zip(*columns, strict=True):
            self._of[theme].append(Member(document, source, kind, dt.date.fromisoformat(day), float(probability)))

    def of(self, theme_id: str, start: dt.date, end: dt.date) -> list[Member]:
        """Stories counted in [start, end]."""
        return [member for member in self._of.get(theme_id, ()) if start <= member.day <= end]


def evidence_of(
    readings: Readings,
    momentum: Momentum,
    broad: Breadth,
    theme: int,
    day: int,
    score: Score,
    members: Members,
    onset: dt.date | None,
) -> dict[str, Any]:
    """The evidence of one theme on one day, without ``new_terms`` (see there)."""
    today = readings.series.first_day + dt.timedelta(days=day)
    subject = readings.subjects[theme][0]
    by_source, by_kind = _shares(readings, broad, subject)
    weeks = _weekly(readings, momentum, theme, day)
    window_start = today - dt.timedelta(days=WINDOW_DAYS - 1)
    shown = members.of(readings.themes[theme].id, min(onset or window_start, window_start), today)
    return {
        "documents": choose_documents(shown),
        "by_source": by_source,
        "by_kind": by_kind,
        "score_without_top_source": None if score.without_top is None else round(min(score.without_top, score.score), 2),
        "window_days": WINDOW_DAYS,
        "onset": onset.isoformat() if onset else None,
        "sources_long": int(broad.sources_long[subject]),
        "new_terms": [],
        "caveats": _caveats(readings, broad, subject, day, score, weeks),
        "weekly": weeks,
    }


def choose_documents(members: Sequence[Member], most: int = _DOCUMENTS) -> list[str]:
    """Ids of up to five documents: earliest, most central, latest, one a kind; from as many sources as there are."""
    if not members:
        return []
    central = sorted(members, key=lambda m: (-m.probability, m.day, m.document_id))
    chosen: list[Member] = []

    def choose(wish: Iterable[Member]) -> None:
        taken, sources = {m.document_id for m in chosen}, {m.source for m in chosen}
        first = None
        for member in wish:
            if member.document_id not in taken:
                first = first or member
                if member.source not in sources:
                    first = member
                    break
        if first is not None and len(chosen) < most:
            chosen.append(first)

    choose(members)
    choose(central)
    choose(reversed(members))
    for kind in KINDS:
        if kind not in {m.kind for m in chosen}:
            choose(m for m in central if m.kind == kind)
    for _ in range(most):
        choose(central)
    return [m.document_id for m in sorted(chosen, key=lambda m: (m.day, m.document_id))]


def new_terms(recent: Mapping[str, Sequence[str]], earlier: Iterable[str], most: int = 5) -> list[str]:
    """Words of at least three recent titles from two sources that no earlier title of the theme has.

    ``recent`` holds titles by source. Empty when fewer than ten earlier titles are known: then every word would be new.
    """
    known: set[str] = set()
    seen = 0
    for title in earlier:
        known.update(word.casefold() for word in _WORD.findall(title))
        seen += 1
    if seen < 10:
        return []
    titles, sources, spelling = Counter[str](), defaultdict[str, set[str]](set), dict[str, str]()
    for source, given in recent.items():
        for title in given:
            for word in dict.fromkeys(_WORD.findall(title)):
                titles[word.casefold()] += 1
                sources[word.casefold()].add(source)
                spelling.setdefault(word.casefold(), word)
    fresh = [word for word, count in titles.items() if count >= 3 and len(sources[word]) >= 2 and word not in known]
    return [spelling[word] for word in sorted(fresh, key=lambda word: (-titles[word], word))[:most]]


def _shares(readings: Readings, broad: Breadth, subject: int) -> tuple[dict[str, int], dict[str, int]]:
    counts = broad.by_source[subject]
    by_source, by_kind = Counter[str](), Counter[str]()
    for place in np.flatnonzero(counts):
        by_source[source_of(readings.source_keys[place])] += int(counts[place])
        by_kind[KINDS[int(readings.series.kinds[place])]] += int(counts[place])
    return dict(by_source.most_common()), dict(by_kind.most_common())


def _weekly(readings: Readings, momentum: Momentum, theme: int, day: int) -> list[dict[str, Any]]:
    series = readings.series
    last = day // 7
    # The first weeks of a collection have no past to expect anything from: they would show as an absence.
    begun = int(series.volume.any(axis=0).argmax()) + _NO_EXPECTATION_DAYS
    first = max(-(-begun // 7), last - _WEEKS + 1)
    if first > last:
        return []
    covered = _covered(readings, readings.row(theme), first, day)
    positions = list(readings.subjects[theme])
    weeks = []
    for place, week in enumerate(range(first, last + 1)):
        part = slice(7 * week, min(7 * week + 7, day + 1))
        weeks.append(
            {
                "week": (series.first_day + dt.timedelta(days=7 * week)).isoformat(),
                "observed": round(float(momentum.observed[part, positions[0], 0].sum()), 1),
                "expected": round(float(momentum.expected[part][:, positions, 0].sum(axis=0).max()), 2),
                "covered": bool(covered[place]),
            }
        )
    return weeks


def _covered(readings: Readings, row: int, first: int, day: int) -> np.ndarray:
    """Whether the theme's usual sources were collected, by week: at least 30 % of the median exposure."""
    series = readings.series
    volume = series.volume[:, 7 * first : day + 1]
    starts = np.arange(0, volume.shape[1], 7)
    weekly = np.add.reduceat(volume, starts, axis=1)
    part = slice(int(series.starts[row]), int(series.starts[row + 1]))
    weight: np.ndarray = np.bincount(series.source[part], series.stories[part], series.sources)
    if not weight.any():
        weight = np.ones(series.sources)
    exposure = (weight[:, None] * weekly / np.maximum(weekly.mean(axis=1, keepdims=True), 1e-9)).sum(axis=0)
    usual = np.median(exposure[exposure > 0]) if (exposure > 0).any() else 0.0
    covered: np.ndarray = (exposure > 0) & (exposure >= _COVERED * usual)
    if (day + 1) % 7:
        covered[-1] = exposure[-1] > 0
    return covered


def _caveats(
    readings: Readings, broad: Breadth, subject: int, day: int, score: Score, weeks: Sequence[Mapping[str, Any]]
) -> list[str]:
    collecting = readings.series.volume[:, : day + 1].any(axis=0)
    found = []
    if day - int(collecting.argmax()) < 365:
        found.append("seasonality_unknown")
    if broad.newcomers[subject] > 0:
        found.append("new_feeds_excluded")
    if score.baseline < 10 or broad.stories_long[subject] < 10:
        found.append("few_data")
    if not all(week["covered"] for week in weeks[-8:]):
        found.append("coverage_gap")
    return found
