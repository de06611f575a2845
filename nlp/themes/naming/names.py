"""Proper names in a text, whole: "Windows 11", "House of the Dragon", « Clément Beaune », never « Elon » alone.

Small models miss many names in headlines, so capitals decide: a name is a run of words that running text writes with one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from nlp.themes.naming.casing import Casing, is_titled
from nlp.themes.stopwords import OFFICES, UNITS, mute_words

_JOINTS = frozenset(("of", "the", "de", "du", "des", "d'", "d’", "von", "van", "del", "di", "da", "el", "al", "&", "-", ":"))
_INSIDE = _JOINTS - {":"} | {"la", "le", "les", "for", "and"}


class NameReader:
    """Finds the names of a language's documents; ``casing`` says what running text writes with a capital."""

    def __init__(self, language: str, casing: Casing) -> None:
        self._casing = casing
        self._offices = OFFICES[language]
        self._mute = mute_words(language)

    def names(self, doc: Any) -> Iterator[tuple[int, int]]:
        """Names as (first, last) token, in reading order. Where every word has a capital, only those known from elsewhere."""
        i, n = 0, len(doc)
        titled = is_titled([token.text for token in doc if token.is_alpha])
        while i < n:
            if not self._begins(doc[i], titled):
                i += 1
                continue
            end = i + 1
            while end < n and (step := self._goes_on(doc, end, titled)):
                end += step
            while end > i + 2 and doc[end - 2].text == ":" and doc[end - 1].lower_ in self._mute:
                end -= 2  # "Dune: Part" of "Dune: Part Two"
            if not (titled and (_may_go_on(doc, i - 1) or _may_go_on(doc, end))):
                yield i, end
            i = end

    def people(self, doc: Any) -> Iterator[tuple[int, int]]:
        """Full names of persons, by the model, that running text writes as names."""
        if is_titled([token.text for token in doc if token.is_alpha]):
            return
        for entity in doc.ents:
            words = [token for token in entity if token.text != "-"]
            if entity.label_ in ("PERSON", "PER") and len(words) > 1 and all(w.is_alpha and self._is_known(w) for w in words):
                yield entity.start, entity.end

    def _is_known(self, token: Any) -> bool:
        return self._casing.knows(token.text) and self._casing.is_name(token.text)

    def _begins(self, token: Any, titled: bool) -> bool:
        if not self._casing.is_name(token.text) or token.lower_ in self._offices or token.text in UNITS:
            return False
        if token.is_stop or token.lower_ in self._mute:  # "World" and "Call" are no names, "World Cup" and "Call of Duty" are
            following = token.nbor().text if token.i + 1 < len(token.doc) else ""
            is_acronym = token.text.isupper() and len(token.text) > 1
            return self._is_known(token) and (is_acronym or following[:1].isupper() or following == "of")
        return self._casing.knows(token.text) or (token.pos_ == "PROPN" and not titled)

    def _goes_on(self, doc: Any, i: int, titled: bool) -> int:
        """How many tokens from ``i`` on belong to the name before it."""
        token = doc[i]
        if token.lower_ in self._offices:
            return 0
        if self._begins(token, titled) or (self._is_known(token) and not token.is_stop):
            return 1
        if token.text.isdigit() and len(token.text) <= 3:
            return 1
        if token.lower_ in ("'s", "’s") and i + 1 < len(doc) and doc[i + 1].text == "Day":
            return 2
        links = 0
        while links < 3 and i + links < len(doc) and doc[i + links].lower_ in (_INSIDE if links else _JOINTS):
            links += 1
        after = i + links
        if not links or after >= len(doc) or not self._casing.knows(doc[i - 1].text):
            return 0
        if not (self._begins(doc[after], True) or self._is_known(doc[after])):
            return 0
        if token.text == ":" and doc[i - 1].whitespace_:
            return 0  # French, and English headlines with a kicker
        return links + 1


def _may_go_on(doc: Any, i: int) -> bool:
    """Whether, where every word has a capital, a name may go on with this one ("Puerto Ricans")."""
    return 0 <= i < len(doc) and doc[i].pos_ in ("PROPN", "NOUN", "ADJ") and doc[i].text[:1].isupper()
