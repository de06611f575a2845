"""Stories: a document with its near-copies, the unit of counting, so that a syndicated text counts once.

Candidates come from datasketch's MinHash LSH (Broder 1997; Leskovec, Rajaraman, Ullman, Mining of Massive Datasets ch. 3) and are
then compared exactly. Documents that share a number (of a work, a patent family, a chain of notices, a project) are one story
whatever their texts say and however far apart they are. The outcome depends on the documents and their order, not on how they
were cut into batches nor on whether the index was kept in memory or read again from the database. Translations are not copies.
"""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from datasketch import MinHash, MinHashLSH, sha1_hash32

from nlp.config import StorySettings
from nlp.words import WORD, fold, stem
from storage.model import Document, Kind

_READ_WORDS = 300
_BANDS, _ROWS = 16, 3  # a pair at Jaccard .65 is missed once in 160, at .5 (a text and its first half) once in 8
_COMPARED = 300
_MIN_TITLE_WORDS = 5
_SHORT_SIMILARITY = 0.65
_MIN_SHORT_WORDS = 4
_OWN_TITLE_WORDS = 8
_SAME_SOURCE_TITLE = 0.4
_MIN_CONTAINED = 30
_FUNCTION_WORDS = frozenset(
    WORD.findall(
        "le la les un une des du de au aux en et ou ni que qu qui quoi dont ce cet cette ces se sa son ses leur leurs il elle ils"
        " elles on ne pas plus par pour sur sous dans avec sans chez vers est sont etre ete ont avoir fait apres avant lors selon"
        " contre comme mais quand comment pourquoi the of to in for and or with by from at as is are be was were has have it its"
        " this that an after before how what why who direct live video"
    )
)
"""What a headline is dressed in from one site to the next."""
_MIN_NUMBERS = 3


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What is kept of a document to recognise its copies.

    ``title``: its words, without case and accents. ``grams``: the hashed word triples of a long text, the stems of the words of a
    short one that carry meaning.
    """

    document_id: str
    source_id: str
    kind: Kind
    day: int
    is_long: bool
    title: str
    grams: np.ndarray
    numbers: frozenset[str]

    @property
    def has_own_title(self) -> bool:
        """Whether its title has words enough to tell it from others."""
        return self.title.count(" ") + 1 >= _MIN_TITLE_WORDS


@dataclass(frozen=True, slots=True)
class Placed:
    """The story of each document placed, and the earlier stories that turned out to be another, by the one they are now."""

    story_ids: list[str]
    moved: dict[str, str]


@dataclass(frozen=True, slots=True)
class Ties:
    """Numbers that tie documents: the ``keys`` of each, the ``stories`` known of each key, which of some stories is oldest."""

    keys: Mapping[str, Sequence[str]] = field(default_factory=dict)
    stories: Mapping[str, Sequence[str]] = field(default_factory=dict)
    oldest: Callable[[set[str]], str] = min


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
        self._entries: dict[int, tuple[Fingerprint, str]] = {}
        self._next = 0
        self._near = MinHashLSH(num_perm=_BANDS * _ROWS, params=(_BANDS, _ROWS))
        self._titles: dict[str, list[int]] = {}
        self.days: tuple[int, int] | None = None
        self.stored = 0

    def __len__(self) -> int:
        return len(self._entries)

    def place(self, documents: Sequence[Document]) -> list[str]:
        """The story id of each document: that of the story it copies, else its own id."""
        return self.place_tied(documents, Ties()).story_ids

    def place_tied(self, documents: Sequence[Document], ties: Ties) -> Placed:
        """The same for documents that may be tied to others. A document that ties stories together makes them the oldest one."""
        placed: list[str] = []
        moved: dict[str, str] = {}
        tied = {key: set(known) for key, known in ties.stories.items()}
        for print_, minhash in _sketched(documents, self.settings):
            keys = ties.keys.get(print_.document_id, ())
            near = self._story_of(print_, minhash)
            found = {story for key in keys for story in tied.get(key, ())}
            if near != print_.document_id or not found:
                found.add(near)
            story_id = min(found) if len(found) == 1 else ties.oldest(found)
            for other in found - {story_id}:
                self._relabel(other, story_id)
                moved = {old: story_id if new == other else new for old, new in moved.items()} | {other: story_id}
                placed = [story_id if story == other else story for story in placed]
                tied = {key: {story_id if story == other else story for story in known} for key, known in tied.items()}
            for key in keys:
                tied.setdefault(key, set()).add(story_id)
            self._remember(print_, minhash, story_id)
            placed.append(story_id)
        return Placed(placed, moved)

    def remember(self, documents: Sequence[Document], story_ids: Sequence[str]) -> None:
        """Takes in documents whose story is known, oldest first."""
        for (print_, minhash), story_id in zip(_sketched(documents, self.settings), story_ids, strict=True):
            self._remember(print_, minhash, story_id)

    def forget_before(self, day: int) -> None:
        """Drops documents older than ``day`` when they are worth the work."""
        old = [position for position, (print_, _) in self._entries.items() if print_.day < day]
        if len(old) * 2 < len(self._entries):
            return
        for position in old:
            print_, _ = self._entries.pop(position)
            if position in self._near:
                self._near.remove(position)
            if print_.has_own_title:
                self._titles[print_.title].remove(position)
        self._titles = {title: positions for title, positions in self._titles.items() if positions}
        self.days = self.days and (day, self.days[1])

    def _relabel(self, old: str, new: str) -> None:
        self._entries = {at: (print_, new if story == old else story) for at, (print_, story) in self._entries.items()}

    def _remember(self, print_: Fingerprint, minhash: MinHash, story_id: str) -> None:
        position = self._next
        self._next += 1
        self._entries[position] = (print_, story_id)
        if len(print_.grams):
            self._near.insert(position, minhash)
        if print_.has_own_title:
            self._titles.setdefault(print_.title, []).append(position)

    def _story_of(self, print_: Fingerprint, minhash: MinHash) -> str:
        found = {*self._titles.get(print_.title, ())}
        if len(print_.grams):
            found.update(self._near.query(minhash))
        window = self.settings.window_days
        recent = sorted(position for position in found if abs(self._entries[position][0].day - print_.day) <= window)
        best, best_story = 0.0, print_.document_id
        for position in recent[-_COMPARED:]:  # of a crowd of copies, the latest stand for the rest
            other, story_id = self._entries[position]
            likeness = same_story(other, print_, self.settings)
            if likeness > best:
                best, best_story = likeness, story_id
        return best_story


def story_day(document: Document) -> dt.date:
    """The day a document takes its place in the window of its story."""
    return document.counted_on or document.collected_at.date()


def same_story(a: Fingerprint, b: Fingerprint, settings: StorySettings) -> float:
    """How surely two documents are one story: 0 for no, else up to 1.

    Two long texts: shared word triples (Jaccard, or the shorter held in the longer) and figures that agree; of one source, titles
    that agree too, since a source repeats its own boilerplate. Same title: one story when the texts do not say otherwise. Two
    short items: the words of one that carry meaning are those of the other and few more, as a replaced word means another item of
    one template. A source that repeats a title of eight words within days repeats its item; a shorter one may be a column's.
    """
    gap = abs(a.day - b.day)
    if gap > settings.window_days:
        return 0.0
    same_source = a.source_id == b.source_id
    shared = len(np.intersect1d(a.grams, b.grams, assume_unique=True)) if a.is_long == b.is_long else 0
    smaller = min(len(a.grams), len(b.grams))
    jaccard = shared / max(len(a.grams) + len(b.grams) - shared, 1)
    if a.is_long and b.is_long:
        copied = jaccard >= settings.threshold or (smaller >= _MIN_CONTAINED and shared >= settings.containment * smaller)
        if copied and _figures_agree(a, b) and (not same_source or _titles_agree(a, b)):
            return max(jaccard, shared / smaller)
    elif not a.is_long and not b.is_long:
        additions_only = shared == smaller >= _MIN_SHORT_WORDS
        recent = gap == 0 if same_source else gap <= settings.title_days
        if additions_only and jaccard >= _SHORT_SIMILARITY and recent:
            return jaccard
    if a.has_own_title and a.title == b.title:
        days = settings.title_days if Kind.NEWS in (a.kind, b.kind) else settings.window_days
        both_long = a.is_long and b.is_long
        repeated = gap == 0 or (gap <= days and a.title.count(" ") + 1 >= _OWN_TITLE_WORDS)
        if (repeated and not both_long) if same_source else gap <= days:
            return 0.5
    return 0.0


def _sketched(documents: Sequence[Document], settings: StorySettings) -> Iterator[tuple[Fingerprint, MinHash]]:
    prints = [_fingerprint(document, settings) for document in documents]
    minhashes = MinHash.generator((print_.grams.tolist() for print_ in prints), num_perm=_BANDS * _ROWS, hashfunc=int)
    return zip(prints, minhashes, strict=True)


def _fingerprint(document: Document, settings: StorySettings) -> Fingerprint:
    title, text = _words(document.title), _words(document.text)
    is_long = len(text) >= settings.long_words
    read = text if is_long else title + text
    grams = map(" ".join, zip(text, text[1:], text[2:], strict=False)) if is_long else _meaningful(read)
    return Fingerprint(
        document_id=document.id,
        source_id=document.source_id,
        kind=document.kind,
        day=story_day(document).toordinal(),
        is_long=is_long,
        title=" ".join(title),
        grams=np.unique(np.array([sha1_hash32(gram.encode("utf-8", "replace")) for gram in grams], dtype=np.uint32)),
        numbers=frozenset(word for word in read if word[0].isdigit()),
    )


def _words(text: str) -> list[str]:
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
    return WORD.findall(fold(text[: _READ_WORDS * 12]))[:_READ_WORDS]


def _meaningful(words: Sequence[str]) -> Iterator[str]:
    return (stem(word) for word in words if word not in _FUNCTION_WORDS and (len(word) > 1 or word.isdigit()))


def _figures_agree(a: Fingerprint, b: Fingerprint) -> bool:
    """A copy keeps its figures; a weather report, a stock list or a call for tenders made from a template does not."""
    smaller = min(len(a.numbers), len(b.numbers))
    return smaller < _MIN_NUMBERS or len(a.numbers & b.numbers) * 2 >= smaller


def _titles_agree(a: Fingerprint, b: Fingerprint) -> bool:
    words, others = set(a.title.split()), set(b.title.split())
    return len(words & others) >= _SAME_SOURCE_TITLE * max(len(words | others), 1)
