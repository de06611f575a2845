"""The space themes live in: meaning and words together, so that a mean of rows stands for all their similarities at once.

A story's row is ``[French meaning | English meaning | French words | English words]``: the embedder's unit vector, and the
signed hashing (Weinberger et al. 2009) of its TF-IDF words, each in the block of its language. Two stories of one language are
compared by ``(1 - w) * cos(meaning) + w * cos(words)``; of two languages by ``CROSS * cos(meaning)``, since their words cannot
meet. This is a bilinear form: the similarity of a story to the mean of some rows *is* its mean similarity to those stories, one
rule whether a theme has four stories or four hundred. Same-story grouping is as lexical as semantic: hence the words.
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from sklearn.feature_extraction.text import HashingVectorizer

from nlp.themes.stopwords import STOP_WORDS

WORD = r"(?u)\b[^\W\d_][\w-]+\b"
"""What counts as a word of a text: a letter, then letters, digits and hyphens."""
BUCKETS = 2**18
WORD_DIMENSION = 1024
WORD_WEIGHT = 0.3
CROSS = 0.88
_COMMON = 0.2
_READ_CHARS = 1000

_signs = np.random.default_rng(20090614).choice(np.array([-1.0, 1.0], dtype=np.float32), size=BUCKETS)
_targets = np.random.default_rng(20090615).integers(0, WORD_DIMENSION, size=BUCKETS)
_projection = sp.csr_matrix((_signs, (np.arange(BUCKETS), _targets)), shape=(BUCKETS, WORD_DIMENSION), dtype=np.float32)
_hasher = HashingVectorizer(
    n_features=BUCKETS,
    alternate_sign=False,
    norm=None,
    stop_words=sorted(STOP_WORDS),
    token_pattern=WORD,
    dtype=np.float32,
)


def language_block(language: str) -> int:
    """0 for French, 1 for English and for languages we do not separate."""
    return 0 if language == "fr" else 1


def count_words(texts: Sequence[str]) -> sp.csr_matrix:
    """Hashed word counts [len(texts), BUCKETS], stop words left out."""
    if not texts:
        return sp.csr_matrix((0, BUCKETS), dtype=np.float32)
    return _hasher.transform([text[:_READ_CHARS] for text in texts])


@dataclass(frozen=True, slots=True)
class Lexicon:
    """In how many of ``stories`` stories each hashed word was seen. Kept in the database between runs."""

    stories: int
    frequency: np.ndarray

    @classmethod
    def empty(cls) -> Lexicon:
        return cls(0, np.zeros(BUCKETS, dtype=np.int32))

    def with_counts(self, counts: sp.csr_matrix) -> Lexicon:
        """The lexicon after also seeing the stories behind ``counts``."""
        seen = np.bincount(counts.indices, minlength=BUCKETS).astype(np.int32)
        return Lexicon(self.stories + counts.shape[0], self.frequency + seen)

    def weights(self) -> np.ndarray:
        """Smoothed inverse document frequency by bucket; words in a fifth of the stories or more weigh nothing."""
        weight = np.log((1 + self.stories) / (1 + self.frequency)) + 1
        weight[self.frequency > max(_COMMON * self.stories, 20)] = 0
        return weight.astype(np.float32)

    def dumps(self) -> str:
        packed = zlib.compress(self.frequency.astype("<i4").tobytes(), 6)
        return json.dumps({"stories": self.stories, "frequency": base64.b64encode(packed).decode("ascii")})

    @classmethod
    def loads(cls, text: str) -> Lexicon:
        data = json.loads(text)
        frequency = np.frombuffer(zlib.decompress(base64.b64decode(data["frequency"])), dtype="<i4")
        return cls(data["stories"], frequency.astype(np.int32))


def rows(meaning: np.ndarray, counts: sp.csr_matrix, blocks: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Rows of the space [n, 2 * dim + 2 * WORD_DIMENSION] float32 from unit ``meaning`` [n, dim], word counts and blocks [n]."""
    tf = counts.copy()
    tf.data = (1 + np.log(tf.data)) * weights[tf.indices]
    words = unit(np.asarray((tf @ _projection).todense(), dtype=np.float32))
    n, dim = meaning.shape
    out = np.zeros((n, 2 * dim + 2 * WORD_DIMENSION), dtype=np.float32)
    for block in (0, 1):
        mine = blocks == block
        out[mine, block * dim : (block + 1) * dim] = meaning[mine]
        start = 2 * dim + block * WORD_DIMENSION
        out[mine, start : start + WORD_DIMENSION] = words[mine]
    return out


def similarity(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Similarities [len(left), len(right)] of rows; a mean of rows on either side gives mean similarities."""
    if len(right) < len(left):  # the form is symmetric: weigh the side that is shorter
        return similarity(right, left).T
    result: np.ndarray = _weighed(left) @ right.T
    return result


def nearest(matrix: np.ndarray, centres: np.ndarray, at_least: float) -> Iterator[tuple[int, int, float]]:
    """(row, centre, similarity) of each row that is near enough to some centre: the nearest one; the first among equals."""
    if not len(matrix) or not len(centres):
        return
    near = similarity(matrix, centres)
    best = near.argmax(axis=1)
    for i in np.flatnonzero(near[np.arange(len(near)), best] >= at_least):
        yield int(i), int(best[i]), float(near[i, best[i]])


def without_self(members: np.ndarray) -> np.ndarray:
    """Each row's mean similarity [n] to the *others*: a member must not vouch for itself."""
    n = len(members)
    weighed = _weighed(members)
    own = (weighed * members).sum(axis=1)
    result: np.ndarray = (weighed @ members.sum(axis=0) - own) / max(n - 1, 1)
    return result


def meaning_of(matrix: np.ndarray) -> np.ndarray:
    """The meaning alone [n, dim] of stories' rows."""
    dim = matrix.shape[1] // 2 - WORD_DIMENSION
    both: np.ndarray = matrix[:, :dim] + matrix[:, dim : 2 * dim]
    return both


def _weighed(matrix: np.ndarray) -> np.ndarray:
    dim = matrix.shape[1] // 2 - WORD_DIMENSION
    french, english, words = matrix[:, :dim], matrix[:, dim : 2 * dim], matrix[:, 2 * dim :]
    within = 1 - WORD_WEIGHT
    return np.hstack([within * french + CROSS * english, CROSS * french + within * english, WORD_WEIGHT * words])


def unit(matrix: np.ndarray) -> np.ndarray:
    """Rows at length one; rows of (almost) nothing become zero."""
    length = np.linalg.norm(matrix, axis=1, keepdims=True)
    return np.where(length > 1e-6, matrix / np.maximum(length, 1e-6), 0).astype(np.float32)
