"""A phrase that may name a theme, with what a choice among phrases asks of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from nlp.themes.naming.words import Key
from nlp.words import fold

_IN_TEXT = 0.3
_STANDS = 0.1
_CONTEXTS = 3
_LONE_NOUN = 0.65


@dataclass(frozen=True, slots=True)
class Candidate:
    """A phrase with its support: positions of the stories whose title holds it, and of those whose title or text does."""

    key: Key
    is_name: bool
    is_person: bool
    heads: int
    inside: int
    contexts: int
    spelled: Counter[str]
    titles: frozenset[int]
    stories: frozenset[int]
    weight: float
    place: float

    def form(self) -> str:
        """Its most frequent form, singular or plural; the plural of a common noun in doubt, for headings read better so."""
        forms: Counter[str] = Counter()
        for text, count in self.spelled.items():
            forms[fold(text)] += count
        form = min(forms.items(), key=lambda item: (-item[1], item[0]))[0]
        if not self.is_name and 2 * forms[f"{form}s"] >= forms[form]:
            form += "s"
        return min(text for text in self.spelled if fold(text) == form)

    @property
    def words(self) -> int:
        """How many words it has, figures apart."""
        return sum(not word.isdigit() for word in self.key)

    @property
    def stands_alone(self) -> bool:
        """Whether it is more than a part of one longer phrase: "self" of "self-repair" is not, "Nest" of many products is."""
        return len(self.key) > 1 or self.heads > _STANDS * self.inside or (self.is_name and self.contexts >= _CONTEXTS)

    def support(self, n: int) -> float:
        return (len(self.titles) + _IN_TEXT * (len(self.stories) - len(self.titles))) / n

    def score(self, n: int) -> float:
        """How well it names ``n`` stories."""
        return self.support(n) * self.weight * (1.0 if len(self.key) > 1 or self.is_name else _LONE_NOUN)
