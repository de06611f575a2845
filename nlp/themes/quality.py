"""How good a set of themes is, in figures. Pure: arrays in, frozen values out; knows no database and no clock.

Stories are rows; ``labels`` [n] are positions of themes, -1 for a story in none. A figure that cannot be told is None, never 0.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from sklearn.metrics import adjusted_mutual_info_score, normalized_mutual_info_score

TOP_WORDS = 10
SIZE_CLASSES = (1, 4, 10, 30, 100)  # the first size of each class; the last is open
_TWICE = 2  # a word of one story alone would go with every other word of it, and prove nothing


def top_words(counts: sp.csr_matrix, labels: np.ndarray, themes: int, most: int = TOP_WORDS) -> list[np.ndarray]:
    """For each theme the columns of ``counts`` [n, words] that tell it from the rest, the most telling first.

    Class-based TF-IDF (Grootendorst 2022) on whether a story says a word: ``s · ln(1 + A / f)``, where ``s`` stories of the theme
    say it, ``f`` of all stories do, and ``A`` is the mean of all ``s`` summed by theme. Words that two stories of the theme say.
    """
    said = _by_theme(_presence(counts), labels, themes)
    frequency = np.asarray(_presence(counts).sum(axis=0)).ravel()
    average = said.sum() / max(int((np.diff(said.indptr) > 0).sum()), 1)
    found = []
    for start, end in zip(said.indptr[:-1], said.indptr[1:], strict=True):
        stories, words = said.data[start:end], said.indices[start:end]
        words, stories = words[stories >= _TWICE], stories[stories >= _TWICE]
        weight = stories * np.log1p(average / frequency[words])
        found.append(words[np.lexsort((words, -weight))[:most]])
    return found


def npmi(counts: sp.csr_matrix, words: Sequence[np.ndarray]) -> np.ndarray:
    """Coherence of each theme [len(words)]: the mean normalised pointwise mutual information of its words' pairs; NaN below two.

    ``ln(p(a,b) / p(a) p(b)) / -ln p(a,b)`` (Bouma 2009), as Röder, Both and Hinneburg (2015) use it for topics, with the whole
    story as their window: ``p`` is a share of the stories, the rows of ``counts``. 1: never apart; 0: as
    chance would have it; -1: never together.
    """
    result = np.full(len(words), np.nan)
    pairs = [np.triu_indices(len(own), 1) for own in words]
    if not sum(len(i) for i, _ in pairs):
        return result
    columns, at = np.unique(np.concatenate(words), return_inverse=True)
    presence = _presence(counts).tocsc()[:, columns]
    together = (presence.T @ presence).tocsr()
    starts = np.cumsum([0, *(len(own) for own in words)])
    left = np.concatenate([at[starts[t] + i] for t, (i, _) in enumerate(pairs)])
    right = np.concatenate([at[starts[t] + j] for t, (_, j) in enumerate(pairs)])
    n, alone = counts.shape[0], together.diagonal()
    both = np.asarray(together[left, right]).ravel()
    with np.errstate(divide="ignore", invalid="ignore"):
        value = np.log(both * n / (alone[left] * alone[right])) / -np.log(both / n)
    value = np.where(both == 0, -1.0, np.where(both == n, 1.0, value))
    of = np.repeat(np.arange(len(words)), [len(i) for i, _ in pairs])
    sums, many = np.bincount(of, weights=value, minlength=len(words)), np.bincount(of, minlength=len(words))
    result[many > 0] = sums[many > 0] / many[many > 0]
    return result


def diversity(words: Iterable[Sequence[np.ndarray]]) -> float | None:
    """The share of distinct words among all themes' top words (Dieng, Ruiz and Blei 2020): 1 when no two themes share one.

    ``words``: for each language, those of each theme; a word of two languages is two.
    """
    drawn = [np.concatenate([np.zeros(0), *of_language]) for of_language in words]
    total = sum(len(one) for one in drawn)
    return sum(len(np.unique(one)) for one in drawn) / total if total else None


@dataclass(frozen=True, slots=True)
class Coherence:
    """Of themes: ``by_theme`` [k], NaN where nothing can be told; means over themes, overall and ``by_language``.

    ``words``: by language, for each theme its top columns.
    """

    mean: float | None
    by_language: dict[str, float]
    by_theme: np.ndarray
    diversity: float | None
    words: dict[str, list[np.ndarray]]


def coherence(counts: sp.csr_matrix, labels: np.ndarray, languages: np.ndarray, themes: int) -> Coherence:
    """Coherence and diversity, language by language, for words of two languages never meet.

    A theme of two languages has the mean of both, each weighing as much as it has stories; each theme weighs the same.
    """
    total, weight = np.zeros(themes), np.zeros(themes)
    by_language: dict[str, float] = {}
    words: dict[str, list[np.ndarray]] = {}
    for language in sorted(set(languages[labels >= 0].tolist())):
        mine = languages == language
        words[language] = top_words(counts[mine], labels[mine], themes)
        value = npmi(counts[mine], words[language])
        told = ~np.isnan(value)
        if told.any():
            by_language[language] = float(value[told].mean())
        stories = np.bincount(labels[mine & (labels >= 0)], minlength=themes)
        total[told] += (stories * np.nan_to_num(value))[told]
        weight[told] += stories[told]
    by_theme = np.divide(total, weight, out=np.full(themes, np.nan), where=weight > 0)
    told = ~np.isnan(by_theme)
    mean = float(by_theme[told].mean()) if told.any() else None
    return Coherence(mean, by_language, by_theme, diversity(words.values()), words)


@dataclass(frozen=True, slots=True)
class Sizes:
    """Stories by theme: ``quantiles`` (least, first quarter, median, third quarter, most) of the themes that have any.

    ``classes``: themes by size; ``silent`` ones have no story. ``largest_share``: of all stories in themes, those of the largest.
    """

    themes: int
    silent: int
    quantiles: tuple[float, ...] | None
    classes: dict[str, int]
    largest_share: float | None


def sizes(labels: np.ndarray, themes: int) -> Sizes:
    """How the stories divide among the themes."""
    stories = np.bincount(labels[labels >= 0], minlength=themes)
    alive = stories[stories > 0]
    limits = [*SIZE_CLASSES, np.inf]
    classes = {
        f"{low}+" if high == np.inf else f"{low}-{high - 1}": int(((alive >= low) & (alive < high)).sum())
        for low, high in itertools.pairwise(limits)
    }
    share = float(alive.max() / alive.sum()) if len(alive) else None
    return Sizes(themes, themes - len(alive), quantiles(alive), classes, share)


def quantiles(values: np.ndarray) -> tuple[float, ...] | None:
    """Least, first quarter, median, third quarter, most."""
    return tuple(float(value) for value in np.quantile(values, (0, 0.25, 0.5, 0.75, 1))) if len(values) else None


@dataclass(frozen=True, slots=True)
class LanguageMix:
    """Languages of the stories in themes: ``shares``; ``entropy`` in bits of a story's theme's languages, its mean.

    Between theme and language, None when all stories speak one language: ``nmi``, mutual information over the mean of both
    entropies (never above about a quarter where themes are many and languages two); ``explained``, over the entropy of language
    with what chance gives taken away (Vinh, Epps and Bailey 2010): 0 when themes know no language, 1 when each speaks only one.
    """

    shares: dict[str, float]
    entropy: float | None
    nmi: float | None
    explained: float | None


def language_mix(labels: np.ndarray, languages: np.ndarray) -> LanguageMix:
    """How the languages mix in the themes."""
    inside, spoken = labels[labels >= 0], languages[labels >= 0]
    if not len(inside):
        return LanguageMix({}, None, None, None)
    counted = Counter(spoken.tolist())
    shares = {language: counted[language] / len(spoken) for language in sorted(counted)}
    number = np.unique(spoken, return_inverse=True)[1]
    table = sp.csr_matrix((np.ones(len(inside)), (inside, number))).toarray()
    per_theme = table.sum(axis=1, keepdims=True)
    share = np.divide(table, per_theme, out=np.zeros_like(table), where=per_theme > 0)
    bits = -(share * np.log2(np.where(share > 0, share, 1))).sum(axis=1)
    entropy = float((bits * per_theme[:, 0]).sum() / len(inside))
    if len(shares) < 2 or len(set(inside.tolist())) < 2:
        return LanguageMix(shares, entropy, None, None)
    explained = adjusted_mutual_info_score(inside, number, average_method="min")
    return LanguageMix(shares, entropy, float(normalized_mutual_info_score(inside, number)), float(explained))


def kept_share(before: Mapping[str, str], after: Mapping[str, str], stories: Collection[str]) -> float | None:
    """Of ``stories`` with a theme in both assignments, the share whose theme is the same."""
    both = [key for key in stories if key in before and key in after]
    return sum(before[key] == after[key] for key in both) / len(both) if both else None


def agreement(left: np.ndarray, right: np.ndarray) -> float | None:
    """How far two groupings of the same stories agree: 1 the same, 0 by chance.

    Adjusted mutual information (Vinh, Epps and Bailey 2010). A story in no group (-1) is a group of its own.
    """
    if len(left) < 2:
        return None
    return float(adjusted_mutual_info_score(_own_group(left), _own_group(right)))


def _own_group(labels: np.ndarray) -> np.ndarray:
    return np.where(labels >= 0, labels, labels.max(initial=-1) + 1 + np.arange(len(labels)))


def _presence(counts: sp.csr_matrix) -> sp.csr_matrix:
    shape = (np.ones(len(counts.data), dtype=np.float64), counts.indices, counts.indptr)
    return sp.csr_matrix(shape, shape=counts.shape)


def _by_theme(presence: sp.csr_matrix, labels: np.ndarray, themes: int) -> sp.csr_matrix:
    """How many stories of each theme say each word [themes, words]."""
    inside = np.flatnonzero(labels >= 0)
    member = sp.csr_matrix((np.ones(len(inside)), (labels[inside], inside)), shape=(themes, len(labels)))
    return sp.csr_matrix(member @ presence)
