"""The figures of the quality report, against values worked out by hand and scikit-learn's."""

from __future__ import annotations

import math

import numpy as np
import pytest
import scipy.sparse as sp
from sklearn.metrics import adjusted_mutual_info_score, normalized_mutual_info_score

from nlp.themes import quality


def said(*stories: str) -> sp.csr_matrix:
    """Word counts of stories written as letters, a word each: column 0 is ``a``."""
    table = np.zeros((len(stories), 26), dtype=np.float32)
    for row, story in enumerate(stories):
        for letter in story:
            table[row, ord(letter) - ord("a")] += 1
    return sp.csr_matrix(table)


def columns(*words: str) -> list[np.ndarray]:
    return [np.array([ord(letter) - ord("a") for letter in word], dtype=np.int64) for word in words]


def letters(words: list[np.ndarray]) -> list[str]:
    return ["".join(chr(ord("a") + column) for column in own) for own in words]


# --- coherence


def test_npmi_is_what_bouma_wrote() -> None:
    # p(a) = 2/4, p(b) = 3/4, p(a,b) = 2/4: ln((1/2) / (3/8)) / -ln(1/2) = ln(4/3) / ln 2
    value = quality.npmi(said("ab", "ab", "b", "c"), columns("ab"))
    assert value == pytest.approx([math.log(4 / 3) / math.log(2)])


def test_npmi_ends_at_one_and_minus_one_and_is_zero_by_chance() -> None:
    together, apart, by_chance = quality.npmi(said("abm", "abn", "cm", "cn"), columns("ab", "ac", "am"))
    (always,) = quality.npmi(said("ab", "ab"), columns("ab"))
    assert (together, apart, always) == pytest.approx((1, -1, 1))
    assert by_chance == pytest.approx(0)


def test_npmi_is_the_mean_over_pairs_and_knows_no_order() -> None:
    corpus = said("abm", "abn", "cm", "cn")
    # ab: 1, am: 0, bm: 0
    assert quality.npmi(corpus, columns("abm", "mba")) == pytest.approx([1 / 3, 1 / 3])


def test_a_theme_of_one_word_has_no_coherence() -> None:
    value = quality.npmi(said("ab", "ab"), columns("a", "ab", ""))
    assert np.isnan(value).tolist() == [True, False, True]
    assert np.isnan(quality.npmi(said("ab"), columns("a"))).all()
    assert len(quality.npmi(said("ab"), [])) == 0


def test_a_word_said_often_in_one_story_counts_once() -> None:
    assert quality.npmi(said("aaaab", "ab", "b", "c"), columns("ab")) == pytest.approx(
        quality.npmi(said("ab", "ab", "b", "c"), columns("ab"))
    )


def test_top_words_are_those_that_tell_a_theme_from_the_rest() -> None:
    corpus = said("abz", "abz", "acz", "dez", "dez", "z")
    labels = np.array([0, 0, 0, 1, 1, -1])
    # theme 0 says a 3 times, b twice, z 3 times, c once; A = (3 + 2 + 1 + 3 + 2 + 2 + 2) / 2 = 7.5;
    # a: 3 ln(1 + 7.5/3) = 3.76, b: 2 ln(1 + 7.5/2) = 3.12, z: 3 ln(1 + 7.5/6) = 2.43; c is in one story alone
    assert letters(quality.top_words(corpus, labels, 2)) == ["abz", "dez"]
    assert letters(quality.top_words(corpus, labels, 2, most=1)) == ["a", "d"]


def test_a_theme_without_stories_has_no_words() -> None:
    assert letters(quality.top_words(said("ab", "ab"), np.array([1, 1]), 3)) == ["", "ab", ""]
    assert letters(quality.top_words(said("ab"), np.array([-1]), 1)) == [""]


def test_coherence_is_measured_in_each_language_apart() -> None:
    french, english = ["ab", "ab", "cd", "ce"], ["mn", "mo", "no", "mno", "x"]
    labels = np.array([0, 0, -1, -1, 0, 0, 0, 0, -1])
    spoken = np.array(["fr"] * 4 + ["en"] * 5)
    found = quality.coherence(said(*french, *english), labels, spoken, 2)
    in_french = quality.npmi(said(*french), columns("ab"))[0]
    in_english = quality.npmi(said(*english), columns("mno"))[0]
    assert found.by_language == pytest.approx({"fr": in_french, "en": in_english})
    assert found.mean == pytest.approx((2 * in_french + 4 * in_english) / 6)
    assert np.isnan(found.by_theme).tolist() == [False, True]
    assert found.diversity == 1


def test_without_themes_or_stories_nothing_can_be_told() -> None:
    for corpus, labels in ((said("ab", "ab"), np.array([-1, -1])), (sp.csr_matrix((0, 26)), np.zeros(0, dtype=int))):
        found = quality.coherence(corpus, labels, np.array(["fr"] * len(labels), dtype=str), 0)
        assert (found.mean, found.diversity, found.by_language) == (None, None, {})


def test_diversity_is_the_share_of_distinct_words() -> None:
    assert quality.diversity([columns("abc", "abd")]) == pytest.approx(4 / 6)
    assert quality.diversity([columns("ab"), columns("ab")]) == 1  # one word of two languages is two
    assert quality.diversity([columns("", "")]) is None
    assert quality.diversity([]) is None


# --- sizes


def test_sizes_fall_into_classes() -> None:
    labels = np.repeat([0, 1, 2, 4, -1], [1, 3, 5, 11, 7])
    found = quality.sizes(labels, 5)
    assert (found.themes, found.silent) == (5, 1)
    assert found.classes == {"1-3": 2, "4-9": 1, "10-29": 1, "30-99": 0, "100+": 0}
    assert found.quantiles == (1, 2.5, 4, 6.5, 11)
    assert found.largest_share == pytest.approx(11 / 20)


def test_no_story_no_size() -> None:
    found = quality.sizes(np.array([-1, -1]), 3)
    assert (found.silent, found.quantiles, found.largest_share) == (3, None, None)


# --- languages


def mixed(*themes: str) -> quality.LanguageMix:
    """Of themes written as letters, a story each: f French, e English."""
    labels = np.repeat(np.arange(len(themes)), [len(theme) for theme in themes])
    return quality.language_mix(labels, np.array([{"f": "fr", "e": "en"}[letter] for letter in "".join(themes)]))


def test_themes_of_one_language_each_tell_it() -> None:
    found = mixed("ffff", "ffff", "eeee", "eeee")
    assert found.shares == {"en": 0.5, "fr": 0.5}
    assert found.entropy == pytest.approx(0)
    assert found.explained == pytest.approx(1)
    # mutual information ln 2 over the mean of ln 4 and ln 2
    assert found.nmi == pytest.approx(2 / 3)


def test_themes_that_mix_as_the_corpus_does_tell_nothing() -> None:
    found = mixed("ffee", "ffee", "ffee")
    assert found.entropy == pytest.approx(1)
    assert found.nmi == pytest.approx(0, abs=1e-9)
    assert found.explained is not None
    assert found.explained <= 0


def test_chance_is_taken_away_from_many_small_themes() -> None:
    rng = np.random.default_rng(3)
    labels, spoken = np.repeat(np.arange(100), 4), rng.permutation(np.array(["fr", "en"] * 200))
    found = quality.language_mix(labels, spoken)
    assert found.nmi == pytest.approx(normalized_mutual_info_score(labels, spoken))
    assert found.nmi is not None
    assert found.nmi > 0.05
    assert found.explained == pytest.approx(0, abs=0.08)


def test_one_language_alone_leaves_nothing_to_tell() -> None:
    found = mixed("fff", "ff")
    assert (found.shares, found.entropy, found.nmi, found.explained) == ({"fr": 1.0}, 0, None, None)
    assert quality.language_mix(np.array([-1]), np.array(["fr"])) == quality.LanguageMix({}, None, None, None)


# --- stability


def test_a_story_keeps_its_theme_when_it_is_the_same_twice() -> None:
    before = {"a": "t1", "b": "t1", "c": "t2", "gone": "t3", "young": "t1"}
    after = {"a": "t1", "b": "t9", "c": "t2", "new": "t3", "young": "t7"}
    assert quality.kept_share(before, after, ["a", "b", "c", "gone", "new"]) == pytest.approx(2 / 3)
    assert quality.kept_share(before, after, ["gone"]) is None


def test_agreement_is_adjusted_mutual_information() -> None:
    left, right = np.array([0, 0, 0, 1, 1, 1, 2, 2]), np.array([0, 0, 1, 1, 1, 2, 2, -1])
    assert quality.agreement(left, right) == pytest.approx(adjusted_mutual_info_score(left, [0, 0, 1, 1, 1, 2, 2, 9]))
    assert quality.agreement(left, (left + 1) % 3) == pytest.approx(1)
    assert quality.agreement(np.zeros(0, dtype=int), np.zeros(0, dtype=int)) is None


def test_stories_in_no_group_do_not_agree_with_each_other() -> None:
    together, alone = np.zeros(6, dtype=int), np.full(6, -1)
    assert quality.agreement(together, alone) == pytest.approx(0)
