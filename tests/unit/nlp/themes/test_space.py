from __future__ import annotations

import numpy as np
import pytest

from nlp.themes import space
from nlp.themes.space import CROSS, WORD_WEIGHT, Lexicon
from tests.unit.nlp.themes.stories import EVEN, axis, rows_of

SENTENCES = (
    "Des emballages en algues bretonnes",
    "Seaweed packaging takes on plastic",
    "Un emballage en algues pour le poisson",
    "A robot weeds artichokes",
    "",
    "2026 — 100 %",
)


def mixed(seed: int = 1, n: int = 12) -> np.ndarray:
    random = np.random.default_rng(seed)
    meaning = space.unit(random.normal(size=(n, 16)).astype(np.float32))
    counts = space.count_words([SENTENCES[i % len(SENTENCES)] for i in range(n)])
    return space.rows(meaning, counts, random.integers(0, 2, n), EVEN)


def test_the_similarity_to_a_mean_is_the_mean_of_the_similarities() -> None:
    rows = mixed()
    pairs = space.similarity(rows, rows)
    for members in ([0], [1, 2], [3, 4, 5, 6, 7, 8, 9, 10, 11]):
        to_mean = space.similarity(rows, rows[members].mean(axis=0)[None])[:, 0]
        np.testing.assert_allclose(to_mean, pairs[:, members].mean(axis=1), atol=1e-6)


def test_similarity_has_no_direction() -> None:
    pairs = space.similarity(mixed(), mixed())
    np.testing.assert_allclose(pairs, pairs.T, atol=1e-6)


def test_a_member_does_not_vouch_for_itself() -> None:
    rows = mixed(2, 7)
    pairs = space.similarity(rows, rows)
    others = [np.delete(pairs[i], i).mean() for i in range(7)]
    np.testing.assert_allclose(space.without_self(rows), others, atol=1e-6)


@pytest.mark.parametrize("language", ["fr", "en"])
def test_in_one_language_words_count_beside_meaning(language: str) -> None:
    same, other = "algues brunes compostables", "robot agricole"
    meaning = [axis(0), axis(0, 0.5), axis(0, 0.5)]
    pairs = space.similarity(*[rows_of(meaning, [same, same, other], language)] * 2)
    assert pairs[0, 0] == pytest.approx(1, abs=1e-5)
    assert pairs[0, 1] == pytest.approx((1 - WORD_WEIGHT) * 0.5 + WORD_WEIGHT, abs=1e-5)
    assert pairs[0, 2] == pytest.approx((1 - WORD_WEIGHT) * 0.5, abs=0.02)  # hashed words hardly ever meet


def test_across_languages_only_meaning_counts() -> None:
    french = rows_of([axis(0)], ["robot satellite laser"], "fr")
    english = rows_of([axis(0, 0.6)], ["robot satellite laser"], "en")
    assert space.similarity(french, english)[0, 0] == pytest.approx(CROSS * 0.6, abs=1e-5)
    assert space.language_block("de") == space.language_block("en") != space.language_block("fr")


@pytest.mark.parametrize("text", ["", "2026 — 100 %", "the and pour selon"])
def test_a_text_without_words_is_compared_by_meaning_alone(text: str) -> None:
    rows = rows_of([axis(0), axis(0)], [text, text])
    assert np.isfinite(rows).all()
    assert space.similarity(rows, rows)[0, 1] == pytest.approx(1 - WORD_WEIGHT, abs=1e-5)


def test_the_meaning_of_rows_is_what_went_in() -> None:
    meaning = [axis(3), axis(4, 0.6)]
    for language in ("fr", "en"):
        np.testing.assert_allclose(space.meaning_of(rows_of(meaning, languages=language)), np.stack(meaning), atol=1e-6)


def test_counting_leaves_out_stop_words_and_figures_whatever_the_case() -> None:
    counts = space.count_words(["Le Robot et le robot", "The 2026 Robot"])
    assert counts[0].nnz == counts[1].nnz == 1
    assert counts[0].indices[0] == counts[1].indices[0]
    assert (counts[0].data[0], counts[1].data[0]) == (2, 1)
    assert space.count_words([]).shape == (0, space.BUCKETS)


def test_nothing_has_no_length() -> None:
    assert space.unit(np.array([[3.0, 4.0], [0.0, 1e-9]])).tolist() == [pytest.approx([0.6, 0.8]), [0.0, 0.0]]


def bucket(word: str) -> int:
    return int(space.count_words([word]).indices[0])


def test_a_lexicon_counts_stories_not_occurrences() -> None:
    lexicon = (
        Lexicon.empty()
        .with_counts(space.count_words(["algue algue algue", "algue robot"]))
        .with_counts(space.count_words(["robot laser", ""]))
    )
    assert lexicon.stories == 4
    assert [lexicon.frequency[bucket(word)] for word in ("algue", "robot", "laser", "lidar")] == [2, 2, 1, 0]


def test_a_lexicon_comes_back_as_it_went_out() -> None:
    lexicon = Lexicon.empty().with_counts(space.count_words(SENTENCES))
    back = Lexicon.loads(lexicon.dumps())
    assert back.stories == lexicon.stories == len(SENTENCES)
    assert np.array_equal(back.frequency, lexicon.frequency)
    again = back.with_counts(space.count_words(["algue"]))
    assert again.frequency[bucket("algue")] == lexicon.frequency[bucket("algue")] + 1


def test_rare_words_weigh_more_and_everyday_words_nothing() -> None:
    texts = [*["algue"] * 5, *["robot"] * 30, *["fumée"] * 65]
    weights = Lexicon.empty().with_counts(space.count_words(texts)).weights()
    assert weights[bucket("lidar")] > weights[bucket("algue")] > 1
    assert weights[bucket("robot")] == weights[bucket("fumée")] == 0
    assert weights.dtype == np.float32


def test_few_stories_have_no_everyday_words() -> None:
    weights = Lexicon.empty().with_counts(space.count_words(["algue"] * 12)).weights()
    assert weights[bucket("algue")] == pytest.approx(1)
    assert Lexicon.empty().weights().tolist() == EVEN.tolist()
