"""What merges and splits of themes mean for cases: a case follows its theme into the heir, and speaks for what left it. Pure.

Counts are by story, so a theme that takes another in has always had its stories, and one that leaves takes its own past along:
neither is news. What begins to rise after a split is.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from storage.model import Alert, AlertState, Theme, ThemeEvent


@dataclass(frozen=True, slots=True)
class Succession:
    """Who stands for a merged theme (``heirs``), and which theme one left on which day (``left``)."""

    heirs: Mapping[str, str] = field(default_factory=dict)
    left: Mapping[str, tuple[str, dt.date]] = field(default_factory=dict)

    @classmethod
    def of(cls, heirs: Mapping[str, str], splits: Iterable[ThemeEvent]) -> Succession:
        """From the heirs of merged themes and the ``split`` events of themes' lives."""
        return cls(heirs, {event.other_id: (event.theme_id, event.on) for event in splits})

    def heir(self, theme_id: str) -> str:
        """The theme that stands for this one: itself unless it was merged."""
        return self.heirs.get(theme_id, theme_id)

    def voice(self, theme_id: str, onset: dt.date | None, speaking: Mapping[str, Alert]) -> str | None:
        """The theme whose open case already spoke of a movement that began before the two were split; None when there is none."""
        seen = {theme_id}
        while theme_id in self.left:
            theme_id, on = self.left[theme_id]
            if (onset is not None and onset > on) or theme_id in seen:
                return None
            if self.heir(theme_id) in speaking:
                return self.heir(theme_id)
            seen.add(theme_id)
        return None


def follow(
    cases: Iterable[Alert], succession: Succession, known: Mapping[str, Theme], today: dt.date
) -> tuple[dict[str, Alert], list[Alert]]:
    """One rule's open cases by the theme they are heard under now, and the cases that end because another has that theme.

    The heir's own case goes on; without one, the first that was opened becomes the heir's. Its number and what was said of it
    stay: nothing new is sent.
    """
    standing: dict[str, Alert] = {}
    ended = []
    own_first = sorted(cases, key=lambda case: (case.theme_id in succession.heirs, case.opened_on, case.id))
    for case in own_first:
        heir = succession.heir(case.theme_id)
        if heir not in standing:
            standing[heir] = _heard_under(case, heir, succession)
        else:
            ended.append(_ended(case, known[heir], today))
    return standing, ended


def _heard_under(case: Alert, heir: str, succession: Succession) -> Alert:
    also = case.evidence.get("also", ())
    followed = sorted({succession.heir(theme_id) for theme_id in also} - {heir})
    if case.theme_id == heir and followed == sorted(also):
        return case
    evidence = {key: value for key, value in case.evidence.items() if key != "also"} | ({"also": followed} if followed else {})
    return replace(case, theme_id=heir, evidence=evidence)


def _ended(case: Alert, heir: Theme, today: dt.date) -> Alert:
    return replace(
        case,
        state=AlertState.RESOLVED,
        closed_on=today,
        reason_fr=f"Ce thème fait maintenant partie de « {heir.label_fr} », dont l'alerte reste ouverte.",
        reason_en=f"This theme is now part of “{heir.label_en}”, whose alert stays open.",
    )
