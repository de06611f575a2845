"""How good the themes are: measured each Monday when a week is settled, and whenever somebody asks for the report.

Discovered narrow themes are the object; watch themes and families only say what they hold. Both ways measure with
``nlp.themes.quality`` on the words discovery compares stories by, so that the report goes on where the Mondays stop.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

import numpy as np
import scipy.sparse as sp
from sqlalchemy.engine import Connection

from nlp.config import NlpSettings
from nlp.embedders.base import load_embedder
from nlp.themes import quality, space
from nlp.themes.corpus import Corpus
from nlp.themes.steps import weeks
from nlp.themes.steps.memberships import model_run
from nlp.themes.stopwords import STOP_WORDS
from storage import quality as kept
from storage import themes
from storage.model import Origin, Theme
from storage.store import Store
from storage.themes import EmbeddedStory

_KEY = "quality"
_WEAKEST = 5
_WORD = re.compile(space.WORD)
_MOVES = ("born", "revived", "split", "merged", "retired")


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """The figures of one day: what a Monday keeps. None where nothing can be told, or was not measured then.

    ``stories`` of the last ``days`` and ``open`` ones among them; living ``themes``, and ``silent`` ones without a story in these
    days; ``by_chance``, the coherence of themes as large whose stories are drawn at random; ``documents`` and how many of them a
    watch theme, a narrow theme, a family or nothing holds.
    """

    days: int | None = None
    stories: int | None = None
    open: int | None = None
    outliers: float | None = None
    themes: int | None = None
    silent: int | None = None
    median_size: float | None = None
    largest_share: float | None = None
    coherence: float | None = None
    coherence_fr: float | None = None
    coherence_en: float | None = None
    by_chance: float | None = None
    diversity: float | None = None
    french: float | None = None
    english: float | None = None
    entropy: float | None = None
    nmi: float | None = None
    explained: float | None = None
    median_age: float | None = None
    documents: int | None = None
    watch: int | None = None
    narrow: int | None = None
    families: int | None = None
    none: int | None = None
    keep: float | None = None
    regrouping: float | None = None
    born: int | None = None
    revived: int | None = None
    split: int | None = None
    merged: int | None = None
    retired: int | None = None


@dataclass(frozen=True, slots=True)
class Weak:
    """A theme to look at, with the words its coherence was measured on."""

    theme: Theme
    stories: int
    coherence: float
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class QualityReport:
    """The days [start, end) and the Mondays before, oldest first.

    ``ages``: quantiles, in days. ``watch``: each living watch theme with its stories.
    """

    start: dt.date
    end: dt.date
    now: Snapshot
    mondays: dict[dt.date, Snapshot]
    sizes: quality.Sizes
    languages: quality.LanguageMix
    ages: tuple[float, ...] | None
    weakest: list[Weak]
    watch: list[tuple[Theme, int]]


def keep_quality(
    conn: Connection,
    corpus: Corpus,
    before: Mapping[str, str],
    regrouping: float | None,
    moves: Mapping[str, int],
    monday: dt.date,
    days: int,
) -> dict[str, Any]:
    """What the run that settles ``monday`` keeps beside its counts, in its transaction: a flat mapping for ``model_runs.counts``.

    ``before`` is the theme of each document the Monday before; stories younger than that Monday do not count for ``keep``.
    """
    start = monday - dt.timedelta(days=days)
    after = themes.in_discovered(conn)
    inside = np.flatnonzero((corpus.days >= np.datetime64(start)) & (corpus.days < np.datetime64(monday)))
    measured = _measure(conn, [corpus.stories[i] for i in inside], corpus.counts[inside], after, start, monday)
    week = dt.timedelta(days=7)
    older = (corpus.days >= np.datetime64(start - week)) & (corpus.days < np.datetime64(monday - week))
    keep = quality.kept_share(before, after, [corpus.stories[i].document_id for i in np.flatnonzero(older)])
    counted = {name: moves.get(name, 0) for name in _MOVES}
    snapshot = replace(measured.snapshot, keep=keep, regrouping=regrouping, **counted)
    return {_KEY: {name: _rounded(value) for name, value in asdict(snapshot).items() if value is not None}}


def quality_report(
    store: Store, now: dt.datetime, settings: NlpSettings, days: int | None = None, mondays: int = 12
) -> QualityReport:
    """Measures the themes on the stories of the last ``days``, those discovery looks at unless another number is asked for.

    They end at ``now``, or with the week of the newest document: an archive is judged at its end. Changes nothing. Raises
    NotTrained when the embedder has learned nothing yet.
    """
    embedder = load_embedder(settings.embedder)
    days = days or settings.themes.window_days
    with store.reading() as conn:
        newest = kept.newest_day(conn, weeks.end_of(now))
        end = min(weeks.end_of(now), newest + dt.timedelta(days=7 - newest.weekday())) if newest else weeks.end_of(now)
        start = end - dt.timedelta(days=days)
        stories = themes.stories_between(conn, embedder.id, start, end)
        counts = space.count_words([f"{story.title}\n{story.text}" for story in stories])
        measured = _measure(conn, stories, counts, themes.in_discovered(conn), start, end)
        history = _mondays(conn, now.date(), mondays)
        events = Counter(event.event for event in kept.narrow_events(conn, start, weeks.end_of(now)))
        held = kept.watch_stories(conn, start, end)
        watch = [(theme, held[theme.id]) for theme in themes.all_themes(conn) if theme.id in held]
    last = history[max(history)] if history else Snapshot()
    moves = {name: events[name] for name in _MOVES}
    return QualityReport(
        start=start,
        end=end,
        now=replace(measured.snapshot, keep=last.keep, regrouping=last.regrouping, **moves),
        mondays=history,
        sizes=measured.sizes,
        languages=measured.languages,
        ages=quality.quantiles(_ages(measured.living, end)),
        weakest=_weakest(stories, measured),
        watch=sorted(watch, key=lambda pair: -pair[1]),
    )


@dataclass(frozen=True, slots=True)
class _Measured:
    living: list[Theme]
    labels: np.ndarray
    spoken: np.ndarray
    snapshot: Snapshot
    coherence: quality.Coherence
    sizes: quality.Sizes
    languages: quality.LanguageMix


def _measure(
    conn: Connection,
    stories: Sequence[EmbeddedStory],
    counts: sp.csr_matrix,
    of_document: Mapping[str, str],
    start: dt.date,
    end: dt.date,
) -> _Measured:
    living = [theme for theme in themes.all_themes(conn) if theme.origin == Origin.DISCOVERED and theme.level == 0]
    at = {theme.id: i for i, theme in enumerate(living)}
    labels = np.array([at.get(of_document.get(story.document_id, ""), -1) for story in stories], dtype=np.int64)
    spoken = np.array([story.language for story in stories], dtype=str)
    coherence = quality.coherence(counts, labels, spoken, len(living))
    sizes, mix = quality.sizes(labels, len(living)), quality.language_mix(labels, spoken)
    documents = kept.covered(conn, start, end)
    open_ = sum(story.document_id not in of_document for story in stories)
    snapshot = Snapshot(
        days=(end - start).days,
        stories=len(stories),
        open=open_,
        outliers=open_ / len(stories) if stories else None,
        themes=len(living),
        silent=sizes.silent,
        median_size=sizes.quantiles[2] if sizes.quantiles else None,
        largest_share=sizes.largest_share,
        coherence=coherence.mean,
        coherence_fr=coherence.by_language.get("fr"),
        coherence_en=coherence.by_language.get("en"),
        by_chance=_by_chance(counts, labels, spoken, len(living)),
        diversity=coherence.diversity,
        french=mix.shares.get("fr", 0.0) if mix.shares else None,
        english=mix.shares.get("en", 0.0) if mix.shares else None,
        entropy=mix.entropy,
        nmi=mix.nmi,
        explained=mix.explained,
        median_age=float(np.median(_ages(living, end))) if living else None,
        documents=documents.documents,
        watch=documents.watch,
        narrow=documents.narrow,
        families=documents.families,
        none=documents.none,
    )
    return _Measured(living, labels, spoken, snapshot, coherence, sizes, mix)


def _mondays(conn: Connection, until: dt.date, most: int) -> dict[dt.date, Snapshot]:
    last = weeks.last_settled(conn, until)
    if last is None:
        return {}
    found = [last - n * dt.timedelta(days=7) for n in range(most)]
    wanted = {model_run("discover", weeks.midnight(day), {}, key=day.isoformat()).id: day for day in found}
    names = {field.name for field in fields(Snapshot)}
    return {
        wanted[run.id]: Snapshot(**{name: value for name, value in run.counts[_KEY].items() if name in names})
        for run in kept.runs(conn, list(wanted))
        if _KEY in run.counts
    }


def _by_chance(counts: sp.csr_matrix, labels: np.ndarray, spoken: np.ndarray, living: int) -> float | None:
    """The coherence of themes as large, with the stories of each language dealt out at random."""
    rng, dealt = np.random.default_rng(0), labels.copy()
    for language in sorted(set(spoken.tolist())):
        mine = np.flatnonzero(spoken == language)
        dealt[mine] = rng.permutation(dealt[mine])
    return quality.coherence(counts, dealt, spoken, living).mean


def _weakest(stories: Sequence[EmbeddedStory], measured: _Measured) -> list[Weak]:
    value = measured.coherence.by_theme
    told = np.flatnonzero(~np.isnan(value))
    found = []
    for i in told[np.argsort(value[told], kind="stable")[:_WEAKEST]]:
        members = np.flatnonzero(measured.labels == i)
        texts = [f"{stories[k].title}\n{stories[k].text}" for k in members.tolist()]
        columns = [int(column) for words in measured.coherence.words.values() for column in words[i]]
        found.append(Weak(measured.living[i], len(members), float(value[i]), _words(columns, texts)))
    return found


def _words(columns: Sequence[int], texts: Iterable[str]) -> tuple[str, ...]:
    """The words behind hashed ``columns``: of those in ``texts``, the most frequent one of each."""
    said = Counter(word for text in texts for word in _WORD.findall(text.lower()) if word not in STOP_WORDS)
    words = [word for word, _ in said.most_common()]
    at: dict[int, str] = {}
    for i, column in zip(*space.count_words(words).nonzero(), strict=True):
        at.setdefault(int(column), words[i])
    return tuple(at[column] for column in columns if column in at)


def _ages(living: Sequence[Theme], on: dt.date) -> np.ndarray:
    """Days since the birth of each theme; one that is dated on the Monday to come is born today."""
    return np.array([max((on - theme.born_on).days, 0) for theme in living], dtype=float)


def _rounded(value: float) -> float:
    return round(value, 4) if isinstance(value, float) else value
