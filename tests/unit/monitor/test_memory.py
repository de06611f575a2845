"""A detector stopped, written, read back, put together from parts, goes on as if nothing had happened."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from monitor.trends.counts import Counts
from monitor.trends.detector import Detector, Layout, Reading
from monitor.trends.meetings import PairRows
from monitor.trends.memory import Part, Unreadable, put_together, read_back, written
from monitor.trends.parameters import Parameters

THEMES, SOURCES, DAYS, STOP = 6, 9, 420, 300
KINDS = np.array([0, 0, 0, 0, 0, 1, 1, 2, 3])
PAIRS = PairRows(np.array([6, 7]), np.array([0, 1]), np.array([2, 3]))


@cache
def days(seed: int = 4) -> list[Counts]:
    """Six themes, of which one begins late, and two pairs; the last source begins late too."""
    random = np.random.default_rng(seed)
    found = []
    for day in range(DAYS):
        volume = random.poisson(25.0, SOURCES).astype(float) * (1.0 if day % 7 < 5 else 0.4)
        volume[-1] *= day >= 200
        rates = np.array([0.4, 1.0, 0.8, 1.5, 0.2 + 1.2 * (day > 330), 0.0 if day < 260 else 0.6, 0.1, 0.1 + 0.5 * (day > 340)])
        row, source = np.nonzero(random.poisson(rates[:, None] / SOURCES, (8, SOURCES)))
        keep = volume[source] > 0
        copies = np.zeros((8, 4))
        copies[0, 0] = random.poisson(0.3)
        found.append(Counts(row[keep], source[keep], np.ones(keep.sum()), volume, copies))
    return found


def restricted(counts: Counts, rows: np.ndarray) -> Counts:
    place = np.full(8, -1)
    place[rows] = np.arange(len(rows))
    keep = place[counts.row] >= 0
    copies = None if counts.copies is None else counts.copies[rows]
    return Counts(place[counts.row[keep]], counts.source[keep], counts.stories[keep], counts.volume, copies)


def run(detector: Detector, stream: list[Counts]) -> Reading:
    reading = None
    for counts in stream:
        reading = detector.update(counts)
    assert reading is not None
    return reading


def assert_same(one: Reading, other: Reading) -> None:
    for name in ("score", "raw", "falling", "observed", "expected", "certainty", "variance", "without_top"):
        np.testing.assert_allclose(getattr(one, name), getattr(other, name), rtol=1e-5, atol=1e-6, err_msg=name)
    np.testing.assert_array_equal(one.onset, other.onset)
    np.testing.assert_allclose(one.buzz.score, other.buzz.score, rtol=1e-5, atol=1e-6)


@cache
def straight() -> Reading:
    return run(Detector(Layout(THEMES, PAIRS), KINDS), days())


def stopped() -> Detector:
    detector = Detector(Layout(THEMES, PAIRS), KINDS)
    run(detector, days()[:STOP])
    return detector


def test_written_and_read_back_it_goes_on_the_same() -> None:
    payload = written(stopped(), {"rows": ["a", "é"]})
    detector, names = read_back(payload, Parameters())
    assert names == {"rows": ["a", "é"]}
    assert_same(run(detector, days()[STOP:]), straight())


def test_the_same_state_has_the_same_bytes() -> None:
    assert written(stopped(), {"rows": ["a"]}) == written(stopped(), {"rows": ["a"]})


def test_rows_scored_anew_take_their_places() -> None:
    """A theme that is counted anew, one that begins late, and a pair with its margins."""
    before = stopped()
    changed = np.array([1, 3, 5, 7])
    part = Detector(Layout(3, PairRows(np.array([3]), np.array([0]), np.array([1]))), KINDS, known=before.shared)
    for counts in days()[:STOP]:
        part.update(restricted(counts, changed))
    kept = np.array([0, 2, 4, 6])
    whole = put_together(Layout(THEMES, PAIRS), KINDS, Part(before, kept, kept), Part(part, np.arange(4), changed))
    assert_same(run(whole, days()[STOP:]), straight())


def test_a_theme_without_any_story_so_far_can_be_added() -> None:
    before = stopped()
    late = Detector(Layout(1), KINDS, known=before.shared)
    for counts in days()[:STOP]:
        late.move(restricted(counts, np.zeros(0, np.int64)))
    late.wake(STOP - 1)
    pairs = PairRows(np.array([7, 8]), PAIRS.left, PAIRS.right)
    old = np.arange(8)
    whole = put_together(
        Layout(THEMES + 1, pairs),
        KINDS,
        Part(before, old, np.array([0, 1, 2, 3, 4, 5, 7, 8])),
        Part(late, np.array([0]), np.array([6])),
    )
    afresh = Detector(Layout(THEMES + 1, pairs), KINDS)
    shift = np.array([0, 1, 2, 3, 4, 5, 7, 8])
    moved = [
        Counts(
            shift[c.row],
            c.source,
            c.stories,
            c.volume,
            None if c.copies is None else c.copies[[0, 1, 2, 3, 4, 5, 5, 6, 7]] * np.array([[1, 1, 1, 1, 1, 1, 0, 1, 1]]).T,
        )
        for c in days()
    ]
    assert_same(run(whole, moved[STOP:]), run(afresh, moved))


def test_a_source_can_be_added() -> None:
    before = stopped()
    old = np.arange(8)
    whole = put_together(Layout(THEMES, PAIRS), np.r_[KINDS, 0], Part(before, old, old))
    wider = [Counts(c.row, c.source, c.stories, np.r_[c.volume, 12.0], c.copies) for c in days()[STOP:]]
    reading = run(whole, wider)
    assert reading.day == DAYS - 1
    assert whole.exposure.first[-1] == STOP


@pytest.mark.parametrize("payload", [b"", b"not an archive", written(stopped(), {})[:2000]])
def test_broken_bytes_are_named(payload: bytes) -> None:
    with pytest.raises(Unreadable):
        read_back(payload, Parameters())


def test_other_parameters_mean_another_state() -> None:
    with pytest.raises(Unreadable, match="parameters"):
        read_back(written(stopped(), {}), Parameters(half_life=90.0))
