"""Stories: a document with its near-copies, the unit of counting, so that a syndicated text counts once.

Candidates come from MinHash signatures cut in bands (Broder 1997; Leskovec, Rajaraman, Ullman, Mining of Massive Datasets ch. 3)
and are then compared exactly. The outcome depends on the documents and their order, not on how they were cut into batches nor on
whether the index was kept in memory or read again from the database. Translations are not copies.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nlp.config import StorySettings
from nlp.words import WORD, fold
from storage.model import Document, Kind

_READ_WORDS = 300
_BANDS, _ROWS = 16, 3  # a pair at Jaccard .65 is missed once in 160, at .5 (a text and its first half) once in 8
_SEEN_PER_BAND = 24
_MIN_TITLE_WORDS = 5
_SHORT_SIMILARITY = 0.75
_SAME_SOURCE_TITLE = 0.4
_MIN_CONTAINED = 30
_MIN_NUMBERS = 3

_rng = np.random.Generator(np.random.PCG64(20_260_302))
_FACTORS = _rng.integers(1, 2**63, size=_BANDS * _ROWS, dtype=np.uint64) | np.uint64(1)
_OFFSETS = _rng.integers(0, 2**63, size=_BANDS * _ROWS, dtype=np.uint64)
_WORD_1, _WORD_2, _WORD_3 = _rng.integers(1, 2**63, size=3, dtype=np.uint64) | np.uint64(1)
_SALTS = _rng.integers(0, 2**63, size=_BANDS, dtype=np.uint64)

_hashes: dict[str, int] = {}
_HASHES_KEPT = 500_000


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What is kept of a document to recognise its copies. ``grams``: hashed word triples of a long text, words of a short one."""

    document_id: str
    source_id: str
    kind: Kind
    day: int
    is_long: bool
    title: int
    title_words: np.ndarray
    grams: np.ndarray
    numbers: frozenset[str]
    bands: tuple[int, ...]


class StoryIndex:
    """The stories of recent days. ``place`` gives each document its story and remembers it; call it in the documents' order.

    Whoever fills it from the database keeps the account: ``days`` (first and last it was filled for) and ``stored`` (documents
    the database held then).
    """

    def __init__(self, settings: StorySettings) -> None:
        self.settings = settings
        self.clear()

    def clear(self) -> None:
        """Forgets everything, as after a failed transaction."""
        self._entries: list[tuple[Fingerprint, str]] = []
        self._bands: dict[int, list[int]] = {}
        self._titles: dict[int, list[int]] = {}
        self.days: tuple[int, int] | None = None
        self.stored = 0

    def __len__(self) -> int:
        return len(self._entries)

    def place(self, documents: Sequence[Document]) -> list[str]:
        """The story id of each document: that of the story it copies, else its own id."""
        placed = []
        for print_ in fingerprints(documents, self.settings):
            story_id = self._story_of(print_)
            self._remember(print_, story_id)
            placed.append(story_id)
        return placed

    def remember(self, documents: Sequence[Document], story_ids: Sequence[str]) -> None:
        """Takes in documents whose story is known, oldest first."""
        for print_, story_id in zip(fingerprints(documents, self.settings), story_ids, strict=True):
            self._remember(print_, story_id)

    def forget_before(self, day: int) -> None:
        """Drops documents older than ``day`` when they are worth the work."""
        kept = [entry for entry in self._entries if entry[0].day >= day]
        if len(kept) * 2 > len(self._entries):
            return
        days, stored = self.days, self.stored
        self.clear()
        self.days, self.stored = days and (day, days[1]), stored
        for print_, story_id in kept:
            self._remember(print_, story_id)

    def _remember(self, print_: Fingerprint, story_id: str) -> None:
        position = len(self._entries)
        self._entries.append((print_, story_id))
        for key in print_.bands:
            self._bands.setdefault(key, []).append(position)
        if print_.title:
            self._titles.setdefault(print_.title, []).append(position)

    def _story_of(self, print_: Fingerprint) -> str:
        best, best_story = 0.0, print_.document_id
        for position in sorted(self._candidates(print_)):
            other, story_id = self._entries[position]
            likeness = same_story(other, print_, self.settings)
            if likeness > best:
                best, best_story = likeness, story_id
        return best_story

    def _candidates(self, print_: Fingerprint) -> set[int]:
        window = self.settings.window_days
        found: set[int] = set()
        buckets = [self._bands.get(key) for key in print_.bands]
        buckets.append(self._titles.get(print_.title) if print_.title else None)
        for bucket in buckets:
            seen = 0
            for position in reversed(bucket or ()):
                if abs(self._entries[position][0].day - print_.day) <= window:
                    found.add(position)
                    seen += 1
                    if seen == _SEEN_PER_BAND:  # a crowd of copies: the latest of them stand for the rest
                        break
        return found


def story_day(document: Document) -> dt.date:
    """The day a document takes its place in the window of its story."""
    return document.counted_on or document.collected_at.date()


def same_story(a: Fingerprint, b: Fingerprint, settings: StorySettings) -> float:
    """How surely two documents are one story: 0 for no, else up to 1.

    Two long texts: shared word triples (Jaccard, or the shorter held in the longer) and figures that agree; of one source, titles
    that agree too, since a source repeats its own boilerplate. Same title: one story when the texts do not say otherwise. Two
    short items: the words of one are those of the other and few more, as a replaced word means another item of one template.
    """
    gap = abs(a.day - b.day)
    if gap > settings.window_days:
        return 0.0
    same_source = a.source_id == b.source_id
    shared = _shared(a.grams, b.grams) if a.is_long == b.is_long else 0
    smaller = min(len(a.grams), len(b.grams))
    jaccard = shared / max(len(a.grams) + len(b.grams) - shared, 1)
    if a.is_long and b.is_long:
        copied = jaccard >= settings.threshold or (smaller >= _MIN_CONTAINED and shared >= settings.containment * smaller)
        if copied and _figures_agree(a, b) and (not same_source or _titles_agree(a, b)):
            return max(jaccard, shared / smaller)
    elif not a.is_long and not b.is_long:
        additions_only = shared == smaller >= _MIN_TITLE_WORDS
        recent = gap == 0 if same_source else gap <= settings.title_days
        if additions_only and jaccard >= _SHORT_SIMILARITY and recent:
            return jaccard
    if a.title and a.title == b.title:
        days = settings.title_days if Kind.NEWS in (a.kind, b.kind) else settings.window_days
        both_long = a.is_long and b.is_long
        if (gap == 0 and not both_long) if same_source else gap <= days:
            return 0.5
    return 0.0


def fingerprints(documents: Sequence[Document], settings: StorySettings) -> list[Fingerprint]:
    """Fingerprints of many documents at once: words one by one, hashing in bulk."""
    titles = [_words(document.title) for document in documents]
    texts = [_words(document.text) for document in documents]
    is_long = [len(words) >= settings.long_words for words in texts]
    read = [text if long else title + text for title, text, long in zip(titles, texts, is_long, strict=True)]
    grams = _grams([_hash_words(words) for words in read], is_long)
    bands = _band_keys(grams)
    prints = []
    for i, document in enumerate(documents):
        title = " ".join(titles[i]) if len(titles[i]) >= _MIN_TITLE_WORDS else ""
        prints.append(
            Fingerprint(
                document_id=document.id,
                source_id=document.source_id,
                kind=document.kind,
                day=story_day(document).toordinal(),
                is_long=is_long[i],
                title=_hash_words([title])[0] if title else 0,
                title_words=np.unique(np.array(_hash_words(titles[i]), dtype=np.uint64)),
                grams=grams[i],
                numbers=frozenset(word for word in read[i] if word[0].isdigit()),
                bands=bands[i],
            )
        )
    return prints


def _words(text: str) -> list[str]:
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
    return WORD.findall(fold(text[: _READ_WORDS * 12]))[:_READ_WORDS]


def _hash_words(words: Sequence[str]) -> list[int]:
    if len(_hashes) > _HASHES_KEPT:
        _hashes.clear()
    hashed = []
    for word in words:
        value = _hashes.get(word)
        if value is None:
            value = int.from_bytes(hashlib.blake2b(word.encode("utf-8", "replace"), digest_size=8).digest(), "little") or 1
            _hashes[word] = value
        hashed.append(value)
    return hashed


def _grams(hashed: Sequence[Sequence[int]], is_long: Sequence[bool]) -> list[np.ndarray]:
    lengths = np.fromiter(map(len, hashed), dtype=np.int64, count=len(hashed))
    flat = np.fromiter((value for words in hashed for value in words), dtype=np.uint64, count=int(lengths.sum()))
    triples = flat * _WORD_1
    triples[:-1] += flat[1:] * _WORD_2
    triples[:-2] += flat[2:] * _WORD_3
    triples ^= triples >> np.uint64(31)
    found, start = [], 0
    for length, long in zip(lengths.tolist(), is_long, strict=True):
        found.append(np.unique(triples[start : start + length - 2] if long else flat[start : start + length]))
        start += length
    return found


def _band_keys(grams: Sequence[np.ndarray]) -> list[tuple[int, ...]]:
    filled = [i for i, values in enumerate(grams) if len(values)]
    keys: list[tuple[int, ...]] = [()] * len(grams)
    if not filled:
        return keys
    flat = np.concatenate([grams[i] for i in filled])
    starts = np.cumsum([0, *(len(grams[i]) for i in filled[:-1])])
    rows = np.empty((_BANDS * _ROWS, len(filled)), dtype=np.uint64)
    for row, (factor, offset) in enumerate(zip(_FACTORS, _OFFSETS, strict=True)):
        hashed = flat * factor
        hashed += offset
        hashed ^= hashed >> np.uint64(29)
        hashed *= factor
        rows[row] = np.minimum.reduceat(hashed, starts)
    banded = rows.reshape(_BANDS, _ROWS, len(filled))
    mixed = banded[:, 0] * _WORD_1 + banded[:, 1] * _WORD_2 + banded[:, 2] * _WORD_3 + _SALTS[:, None]
    for i, values in zip(filled, mixed.T.tolist(), strict=True):
        keys[i] = tuple(values)
    return keys


def _shared(a: np.ndarray, b: np.ndarray) -> int:
    if len(a) == 0 or len(b) == 0:
        return 0
    positions = np.searchsorted(b, a)
    positions[positions == len(b)] = 0
    return int(np.count_nonzero(b[positions] == a))


def _figures_agree(a: Fingerprint, b: Fingerprint) -> bool:
    """A copy keeps its figures; a weather report, a stock list or a call for tenders made from a template does not."""
    smaller = min(len(a.numbers), len(b.numbers))
    return smaller < _MIN_NUMBERS or len(a.numbers & b.numbers) * 2 >= smaller


def _titles_agree(a: Fingerprint, b: Fingerprint) -> bool:
    shared = _shared(a.title_words, b.title_words)
    return shared >= _SAME_SOURCE_TITLE * max(len(a.title_words) + len(b.title_words) - shared, 1)
