"""A press whose stories lie where a test wants them: each has a direction, as an embedder would give it, and words of its own.

Two stories of one language are as similar as seven tenths of the cosine of their directions; words they share add a little.
"""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass, field

import numpy as np

from nlp.config import NlpSettings
from nlp.embedders.base import load_embedder
from nlp.themes.steps.assign import assign
from nlp.themes.steps.discover import DiscoverReport, discover
from nlp.themes.steps.watch import watch
from storage import documents, sources, themes
from storage.model import Assignment, Kind, Origin, Source, Theme, ThemeEvent
from storage.store import Store
from tests.builders import an_enrichment
from tests.unit.nlp.documents import a_document

FIRST_MONDAY = dt.date(2026, 1, 5)
SOURCES = ("gazette", "littoral", "fil", "phare")
_MURMUR = 60  # from this axis on
_SYLLABLES = ("ba", "ke", "li", "mo", "nu", "pra", "ste", "vi", "zo", "ghe")


def monday(week: int, hours: int = 0) -> dt.datetime:
    """The beginning of a week, the first being 0."""
    return dt.datetime.combine(FIRST_MONDAY, dt.time(), dt.UTC) + dt.timedelta(days=7 * week, hours=hours)


def towards(*parts: tuple[int, float]) -> dict[int, float]:
    """A direction by axis and weight."""
    return dict(parts)


def between(axis: int, other: int, degrees: float) -> dict[int, float]:
    """The direction so many degrees from one axis on the way to another."""
    return {axis: math.cos(math.radians(degrees)), other: math.sin(math.radians(degrees))}


@dataclass
class Press:
    """Stories to be, and a store that has them all from the start: steps see those collected before their ``now``."""

    store: Store
    settings: NlpSettings
    count: int = 0
    known: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.embedder = load_embedder(self.settings.embedder)
        with self.store.transaction() as conn:
            sources.declare(conn, [Source(id=key, name=key, kind=Kind.NEWS) for key in SOURCES])

    def write(self, week: int, number: int, words: str, direction: dict[int, float], *, copies: int = 0) -> list[str]:
        """So many stories over the days of a week, in four newspapers by turns, the first with copies. Returns all ids."""
        found, stories, vectors = [], [], []
        vector = np.zeros(self.embedder.dimension, dtype=np.float32)
        for axis, weight in direction.items():
            vector[axis] = weight
        vector /= np.linalg.norm(vector)
        first = f"n{self.count:04}"
        for i in range(number + copies):
            key = f"n{self.count:04}"
            day = FIRST_MONDAY + dt.timedelta(days=7 * week + i % 7)
            own = f"{_word(self.count)} {_word(self.count + 7919)}"
            found.append(a_document(key, words.capitalize() or own, own, source=SOURCES[self.count % 4], day=day))
            stories.append(an_enrichment(key, language="fr", story_id=first if i >= number else key))
            vectors.append(vector)
            self.count += 1
        keys = [document.id for document in found]
        with self.store.transaction() as conn:
            documents.add(conn, found)
            documents.add_enrichments(conn, stories)
            documents.add_vectors(conn, self.embedder.id, keys, keys, np.stack(vectors))
        return keys

    def murmur(self, weeks: int) -> None:
        """Stories on subjects of their own, each week: without any, there is too little to look for themes in."""
        for week in range(weeks):
            for _ in range(6 if week else 12):
                self.write(week, 1, "", {_MURMUR + self.count % 150: 1.0})

    def run(self, now: dt.datetime) -> DiscoverReport:
        watch(self.store, now, self.settings)
        assign(self.store, now, self.settings)
        return discover(self.store, now, self.settings)

    def weekly(self, until: int, since: int = 1) -> list[DiscoverReport]:
        return [self.run(monday(week)) for week in range(since, until + 1)]

    def themes(self, *, level: int = 0) -> list[Theme]:
        """All discovered themes, ended ones too."""
        with self.store.reading() as conn:
            found = themes.all_themes(conn, retired=True)
        return [theme for theme in found if theme.origin == Origin.DISCOVERED and theme.level == level]

    def theme(self, theme_id: str) -> Theme:
        with self.store.reading() as conn:
            return themes.get(conn, theme_id)

    def of(self, document_id: str) -> str | None:
        """The narrow theme of a document."""
        with self.store.reading() as conn:
            return themes.in_discovered(conn).get(document_id)

    def home(self, document_ids: list[str]) -> str:
        """The one narrow theme of all these documents."""
        (found,) = {self.of(key) for key in document_ids}
        assert found is not None
        return found

    def members(self, theme_id: str) -> dict[str, Assignment]:
        with self.store.reading() as conn:
            return {row.document_id: row for row in themes.members(conn, theme_id)}

    def life(self, theme_id: str) -> list[ThemeEvent]:
        with self.store.reading() as conn:
            return themes.events_of(conn, theme_id)

    def groups(self, level: int = 0) -> set[frozenset[str]]:
        """The documents of each discovered theme that has any."""
        found = (frozenset(self.members(theme.id)) for theme in self.themes(level=level))
        return {group for group in found if group}


def _word(number: int) -> str:
    """A word no other story has."""
    return "".join(_SYLLABLES[int(digit)] for digit in f"{number * 7:05}")
