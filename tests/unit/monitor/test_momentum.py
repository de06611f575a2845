"""What the score must and must not take for a movement, on invented streams."""

from __future__ import annotations

import numpy as np
import pytest

from monitor.trends.counts import one_day
from monitor.trends.meetings import PairRows
from monitor.trends.parameters import Parameters
from tests.streams import Stream

SOURCES, DAYS = 10, 200
THRESHOLD = 3.0


def test_a_rise_over_many_sources_is_found_and_dated() -> None:
    stream = Stream()
    stream.add(0, range(150), 0.3)
    stream.add(0, range(150, DAYS), 1.5)
    result = stream.scored()
    alerts = np.flatnonzero(result.score[0] >= THRESHOLD)
    assert 150 < alerts[0] < 180
    assert abs(int(result.onset[0, alerts[0]]) - 150) <= 7


def test_two_stories_a_week_are_enough_history() -> None:
    stream = Stream(days=182)
    stream.add(0, range(130), 2 / 7)
    stream.add(0, range(130, 182), 8 / 7)
    assert stream.scored().score[0].max() >= THRESHOLD


def test_a_theme_that_appears_from_nothing_needs_few_stories() -> None:
    stream = Stream()
    for place, day in enumerate((170, 173, 175, 178, 180)):
        stream.entries.append((0, place, day, 1.0))
    result = stream.scored()
    assert result.score[0, 185] >= THRESHOLD
    assert result.score[0, 169] == 0.0


def test_a_steady_theme_stays_under_the_threshold() -> None:
    stream = Stream(seed=8)
    stream.add(0, range(DAYS), 0.7)
    assert stream.scored().score[0].max() < THRESHOLD


def test_no_evidence_before_the_warm_up() -> None:
    stream = Stream()
    stream.add(0, range(40, DAYS), 3.0)
    assert not stream.scored().raw[0, :59].any()


def test_one_loud_source_is_not_a_movement() -> None:
    stream = Stream()
    stream.add(0, range(DAYS), 0.3)
    for day in range(160, 175):
        stream.entries.append((0, 4, day, 4.0))
    result = stream.scored()
    assert result.raw[0].max() >= THRESHOLD
    assert result.score[0].max() < THRESHOLD


def test_a_new_feed_does_not_count_until_it_has_a_past() -> None:
    stream = Stream()
    stream.volume[9, :150] = 0
    stream.add(0, range(DAYS), 0.4, range(9))
    stream.add(0, range(150, DAYS), 2.0, range(9, 10))
    result = stream.scored()
    assert result.score[0].max() < THRESHOLD
    assert result.readings[-1].observed[0] < 25


def test_an_outage_lowers_what_is_expected_and_a_backlog_raises_it() -> None:
    stream = Stream()
    stream.add(0, range(DAYS), 1.0)
    silent = slice(150, 157)
    stream.volume[:5, 157] += stream.volume[:5, silent].sum(axis=1)
    stream.volume[:5, silent] = 0
    stream.entries = [(r, s, 157 if s < 5 and 150 <= d < 157 else d, n) for r, s, d, n in stream.entries]
    result = stream.scored()
    usual, dark, backlog = (result.readings[day].expected[0] - result.readings[day - 1].expected[0] for day in (149, 153, 157))
    assert dark < usual < backlog
    assert result.score[0].max() < THRESHOLD


def test_a_doubled_crawl_is_not_a_rise() -> None:
    stream = Stream()
    stream.add(0, range(150), 1.0)
    stream.add(0, range(150, DAYS), 2.0)
    stream.volume[:, 150:] *= 2
    assert stream.scored().score[0].max() < THRESHOLD


def test_a_lasting_fall_is_found_and_an_outage_is_none() -> None:
    stream = Stream()
    stream.add(0, range(120), 1.2)
    stream.add(0, range(120, DAYS), 0.1)
    assert stream.scored().falling[0, -1] >= THRESHOLD
    dark = Stream()
    dark.add(0, range(150), 1.2)
    dark.volume[:, 150:] = 0
    assert dark.scored().falling[0].max() < THRESHOLD - 1


def test_one_source_that_drops_a_theme_is_no_decline() -> None:
    stream = Stream()
    stream.add(0, range(DAYS), 0.3)
    stream.add(0, range(120), 1.2, range(1))
    assert stream.scored().falling[0].max() < THRESHOLD


def test_last_years_fair_is_expected_this_year() -> None:
    stream = Stream(days=560)
    stream.add(0, range(560), 0.6)
    for fair in (160, 160 + 364):
        stream.add(0, range(fair, fair + 21), 2.4)
    seasonal = stream.scored()
    forgetful = stream.scored(parameters=Parameters(season_z=np.inf))
    assert seasonal.score[0, 524:].max() < THRESHOLD < forgetful.score[0, 524:].max()
    assert seasonal.readings[530].in_season[0]


def test_copies_of_a_text_are_expected_to_leak_a_few_stories() -> None:
    """Four stories in two days look like a burst; beside forty copies of one text they are four copies nobody recognised."""
    told = Stream()
    told.add(0, range(150), 0.1)
    told.entries += [(0, source, 160 + source % 2, 1.0) for source in range(5)]
    printed = Stream(entries=list(told.entries), copies=[(0, 160, 20.0), (0, 161, 20.0)])
    assert told.scored().raw[0, 163] > printed.scored().raw[0, 163] + 0.5
    assert told.scored().buzz[0, 163] > printed.scored().buzz[0, 163] + 1.0


def meeting(left: float, right: float, both: float) -> Stream:
    """Two subjects that meet by chance; from day 150 on their rates and their meetings are multiplied."""
    stream = Stream(days=220, seed=6)
    for row, factor in ((0, left), (1, right), (2, both)):
        rate = 2.0 if row < 2 else 0.25
        stream.add(row, range(150), rate)
        stream.add(row, range(150, 220), rate * factor)
    return stream


PAIR = PairRows(np.array([2]), np.array([0]), np.array([1]))


def test_two_subjects_that_both_boom_meet_more_often_and_that_is_no_news() -> None:
    boom = meeting(3.0, 2.0, 6.0)
    assert boom.scored(3, pairs=PAIR).score[2, 150:].max() < THRESHOLD
    assert boom.scored(3).score[2, 150:].max() >= THRESHOLD, "against all stories it would have been"


def test_two_subjects_that_begin_to_meet_are_news() -> None:
    assert meeting(1.0, 1.0, 6.0).scored(3, pairs=PAIR).score[2, 150:].max() >= THRESHOLD


def test_counts_outside_the_volume_are_refused() -> None:
    with pytest.raises(ValueError, match="outside"):
        one_day(np.array([0]), np.array([3]), np.array([1.0]), np.ones(2))


def test_empty_collections_score_nothing() -> None:
    history = Stream(sources=0, days=90).scored(2)
    assert history.score.max() <= Parameters().guard_from + Parameters().calibration
    assert not history.of("observed").any()
