"""How words are written where capitals mean something: in the middle of sentences, not in Titles Like This One."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from nlp.themes.naming.words import WORD, Key, word_key
from nlp.themes.stopwords import COMMON_ACRONYMS
from nlp.words import fold

_MARKS = frozenset('«»"“”,;()|/…!?')
_QUOTED = re.compile(r"['’‘](?:\s|$)|(?:^|\s)['’‘]")
_SENTENCE = re.compile(r"(?<=[.!?…])\s+|\n+|\s[|:–—]\s|:\s")
# French capitals often lose their accent in print: the words that begin a name or a title most often.
# fmt: off
_ACCENTED = {
    fold(word): word
    for word in (
        "Élection", "Élections", "État", "États", "Église", "Églises", "Élysée", "Énergie", "Énergies", "École", "Écoles",
        "Économie", "Écologie", "Écologistes", "Éducation", "Égypte", "Éthiopie", "Émirats", "Équateur", "Écosse", "Électricité",
        "Éolien", "Éoliennes", "Érythrée", "Égalité", "Épidémie", "Évangile", "Édition", "Éditions", "Élevage", "Émissions",
        "Étude", "Études", "Étienne", "Étudiants", "Éruption", "Évasion", "Équipe", "Île", "Îles",
    )
}
# fmt: on


class Casing:
    """Votes on the spelling of words and phrases, from sentences in which most words are in lower case."""

    def __init__(self, titles: Sequence[str], texts: Sequence[str] = ()) -> None:
        self._votes: dict[str, Counter[str]] = {}
        self._first: dict[str, Counter[str]] = {}
        self._running: list[tuple[str, list[re.Match[str]], list[str]]] = []
        for text in [*titles, *texts]:
            for sentence in _SENTENCE.split(text):
                self._read(sentence)

    def _read(self, sentence: str) -> None:
        found = list(WORD.finditer(sentence))
        words = [match.group() for match in found]
        titled = is_titled(words)
        for i, word in enumerate(words):
            kept = self._first if titled or i == 0 else self._votes
            kept.setdefault(fold(word), Counter())[word] += 1
        if words and not titled:
            kept_words = [match for match in found if word_key(match.group())]
            self._running.append((sentence, kept_words, [word_key(match.group()) for match in kept_words]))

    def best(self, word: str) -> str:
        """The word as most often written; words only seen where every word has a capital keep theirs."""
        votes = self._votes.get(fold(word)) or self._first.get(fold(word))
        return _most(votes) if votes else word

    def knows(self, word: str) -> bool:
        """Whether the word was seen inside running text."""
        return fold(word) in self._votes

    def is_name(self, word: str) -> bool:
        """Whether the word is written with a capital, anywhere in it, as far as running text shows."""
        if not word[:1].isalpha() or len(word) < 2:
            return False
        return any(char.isupper() for char in (self.best(word) if self.knows(word) else word))

    def is_proper(self, word: str) -> bool:
        """Whether running text shows it to be a name of one word, and no acronym that is a common noun."""
        return word not in COMMON_ACRONYMS and word[:1].isupper() and self.knows(word) and self.best(word)[:1].isupper()

    def in_sentence(self, title: str) -> str:
        """A title with the capitals it would have in running text."""
        words = list(WORD.finditer(title))
        if not is_titled([word.group() for word in words]):
            return title
        out = list(title)
        for word in words:
            written = self.best(word.group())
            if self.knows(word.group()) and len(written) == len(word.group()):
                out[word.start() : word.end()] = written
        return "".join(out)

    def written(self, phrase: str, key: Key) -> str:
        """A phrase, in that form, as running text writes it most often; else with each word as most often written."""
        votes: Counter[str] = Counter()
        with_article = 0
        n, form = len(key), WORD.findall(fold(phrase))
        for sentence, words, keys in self._running:
            for i in range(len(keys) - n + 1):
                if tuple(keys[i : i + n]) == key:
                    first = words[i]
                    said = sentence[first.start() : words[i + n - 1].end()]
                    if first.start() == 0 or not sentence[: first.start()].strip(" «»\"'“‘"):
                        said = self.best(first.group()) + said[len(first.group()) :]
                    if WORD.findall(fold(said)) == form:
                        with_article += sentence[: first.start()].endswith(" The ")
                        votes[" ".join(said.split())] += 1
        clean = Counter({said: count for said, count in votes.items() if not (_MARKS & set(said) or _QUOTED.search(said))})
        said = _most(clean) if clean else WORD.sub(lambda match: self.best(match.group()), phrase)
        if with_article > 1 or 0 < with_article >= votes.total() / 2:
            said = f"The {said}"  # "The Mandalorian": written so inside sentences, it is part of the name
        return WORD.sub(lambda match: _accented(match.group()), said)

    def inside(self, phrase: str) -> str:
        """A phrase of common nouns as it stands after another: in lower case, unless its capital may mean something."""
        first, *rest = WORD.findall(phrase)
        plain = first.istitle() and not self.knows(first) and not any(char.isupper() for word in rest for char in word)
        return phrase[:1].lower() + phrase[1:] if plain else phrase


def is_titled(words: Sequence[str]) -> bool:
    """Whether nearly all longer words have a capital, so that a capital says nothing."""
    longer = [word for word in words[1:] if len(word) > 3 and word[0].isalpha()]
    return len(longer) >= 3 and sum(word[0].isupper() for word in longer) >= 0.7 * len(longer)


def capitalised(text: str) -> str:
    """The text with a capital first, unless its first word has one already ("iPhone")."""
    first = text.split(" ", 1)[0]
    return text if any(char.isupper() for char in first) else _accented(text[:1].upper() + text[1:])


def _accented(word: str) -> str:
    return _ACCENTED.get(word.lower(), word) if word[:1] in "EI" and word[1:].islower() else word


def _most(votes: Counter[str]) -> str:
    return min(votes.items(), key=lambda item: (-item[1], item[0]))[0]
