"""Which themes, in which order: the filters and sorts shared by the page and the API. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Collection, Sequence
from enum import StrEnum
from typing import Any

from storage.model import Origin, State
from web.queries import ThemeRow

# States worth a reader's attention, most urgent first.
SPEAKING = (State.RUPTURE, State.EMERGING, State.TRANSITION, State.TREND, State.WEAK_SIGNAL, State.DECLINING)


class Sort(StrEnum):
    """The columns a table of themes can be ordered by."""

    RANK = "rank"
    LABEL = "label"
    STATE = "state"
    LIFT = "lift"
    EVIDENCE = "evidence"
    SOURCES = "sources"
    STORIES = "stories"


# Sorts that begin with the smallest when nothing else is asked.
ASCENDING = (Sort.LABEL, Sort.STATE, Sort.RANK)


def selected(
    rows: Sequence[ThemeRow], *, states: Collection[State] = (), origins: Collection[Origin] = (), text: str = ""
) -> list[ThemeRow]:
    """The rows in one of the states, of one of the origins, whose labels or terms hold every word of ``text``."""
    words = folded(text).split()
    return [
        row
        for row in rows
        if (not states or row.state in states)
        and (not origins or row.theme.origin in origins)
        and (not words or all(word in _words_of(row) for word in words))
    ]


def ordered(rows: Sequence[ThemeRow], sort: Sort, *, descending: bool, name: Callable[[ThemeRow], str]) -> list[ThemeRow]:
    """The rows by ``sort``; equals stay in order of rank, themes without a signal come last."""
    ranked = sorted(rows, key=lambda row: (_rank(row), folded(name(row)), row.theme.id))
    if sort is Sort.RANK:
        return ranked[::-1] if descending else ranked
    keys: dict[Sort, Callable[[ThemeRow], Any]] = {
        Sort.LABEL: lambda row: folded(name(row)),
        Sort.STATE: _urgency,
        Sort.LIFT: lambda row: row.signal.lift if row.signal else -1.0,
        Sort.EVIDENCE: lambda row: row.signal.score if row.signal else -1.0,
        Sort.SOURCES: lambda row: row.signal.sources if row.signal else -1,
        Sort.STORIES: lambda row: row.stories,
    }
    return sorted(ranked, key=keys[sort], reverse=descending)


def is_speaking(row: ThemeRow) -> bool:
    return row.state in SPEAKING


def evidence_share(row: ThemeRow) -> float:
    """Score over threshold, 0 without a signal."""
    return row.signal.score / row.signal.threshold if row.signal and row.signal.threshold > 0 else 0.0


def folded(text: str) -> str:
    """Lower case without accents, for comparing what people type."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(character for character in decomposed if not unicodedata.combining(character))


def _urgency(row: ThemeRow) -> int:
    if row.state is None:
        return len(SPEAKING) + 2
    if row.state in SPEAKING:
        return SPEAKING.index(row.state)
    return len(SPEAKING) + (row.state is State.NOISE)


def _rank(row: ThemeRow) -> tuple[bool, float, int]:
    return not is_speaking(row), -round(evidence_share(row), 6), -row.stories


def _words_of(row: ThemeRow) -> str:
    theme = row.theme
    return folded(" ".join((theme.label_fr, theme.label_en, *theme.terms_fr, *theme.terms_en, theme.id)))
