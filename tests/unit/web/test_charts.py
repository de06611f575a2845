"""Drawings say what the numbers say."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import replace

import pytest

from storage.model import Origin, Signal, State, Theme
from web import charts, radar
from web.periods import Period
from web.queries import ThemeRow
from web.weeks import Week

MONDAY = dt.date(2026, 1, 5)


def weekly(*counts: int, expected: float | None = None, uncovered: tuple[int, ...] = ()) -> list[Week]:
    return [
        Week(MONDAY + dt.timedelta(weeks=n), covered=n not in uncovered, stories=count, expected=expected)
        for n, count in enumerate(counts)
    ]


def row(key: str, state: State, *, lift: float = 1.0, stories: int = 5, origin: Origin = Origin.WATCH) -> ThemeRow:
    theme = Theme(id=key, origin=origin, label_fr=key, label_en=key, born_on=MONDAY)
    signal = Signal(
        theme_id=key, day=MONDAY, state=state, score=3, lift=lift, observed=5, expected=5, sources=3, threshold=4.8,
        reason_fr="", reason_en="",
    )  # fmt: skip
    return ThemeRow(theme, signal, stories)


def drawn(rows: list[ThemeRow]) -> radar.Radar:
    return radar.draw(rows, [item.theme.id for item in rows], list(range(1, len(rows) + 1)))


def test_bars_are_as_high_as_their_counts() -> None:
    bars = charts.sparkline(weekly(0, 5, 10)).bars
    assert bars[0].height == 0
    assert bars[2].height == pytest.approx(2 * bars[1].height, abs=0.02)
    assert all(bar.y + bar.height == pytest.approx(35, abs=0.02) for bar in bars)


def test_weeks_without_collection_make_one_band_each_time() -> None:
    gaps = charts.sparkline(weekly(1, 0, 0, 1, 0, uncovered=(1, 2, 4)), width=100).gaps
    assert [(gap.x, gap.width) for gap in gaps] == [(20, 40), (80, 20)]


def test_the_band_of_the_expected_is_drawn_week_by_week_but_not_over_a_gap() -> None:
    weeks = [replace(week, low=1.0, high=3.0) for week in weekly(2, 2, 9, uncovered=(1,))]
    chart = charts.full_chart(weeks, width=342, height=152)
    assert chart.band.count("M") == 2
    assert [bar.excess for bar in charts.full_chart([replace(w, expected=2.0) for w in weeks]).bars] == [False, False, True]
    assert charts.sparkline(weeks).band == ""


def test_a_band_decides_what_stands_out() -> None:
    within, beyond = (
        replace(weekly(8)[0], expected=3.0, low=0.0, high=9.0),
        replace(weekly(10)[0], expected=3.0, low=0.0, high=9.0),
    )
    assert [bar.excess for bar in charts.sparkline([within, beyond]).bars] == [False, True]


def test_onset_interval_and_burst_stand_on_their_days() -> None:
    chart = charts.full_chart(
        weekly(1, 2, 3),
        MONDAY + dt.timedelta(days=7),
        (MONDAY - dt.timedelta(days=30), MONDAY + dt.timedelta(days=13)),
        (MONDAY + dt.timedelta(days=18), MONDAY + dt.timedelta(days=20)),
        width=252,
    )
    assert chart.onset == 34 + 70
    assert chart.onset_band == charts.Band(34, 140), "cut at the first week shown"
    assert chart.burst == charts.Band(214, 30)
    assert charts.full_chart(weekly(1), None, (MONDAY - dt.timedelta(days=9), MONDAY - dt.timedelta(days=8))).onset_band is None


def test_long_series_are_drawn_as_shares_with_their_gaps() -> None:
    periods = [
        Period(dt.date(2024, 1, 1), 3, stories=10, covered=1000),
        Period(dt.date(2024, 4, 1), 3, stories=0, covered=0, is_gap=True),
        Period(dt.date(2024, 7, 1), 3, stories=20, covered=1000),
    ]
    chart = charts.long_chart(periods, width=90)
    heights = [column.height for column in chart.columns]
    assert heights[2] == pytest.approx(2 * heights[0], abs=0.02)
    assert chart.gaps == (charts.Band(30, 30),)
    assert [year.value for year in chart.years] == [2024]
    assert charts.long_chart([]).columns == ()


def test_a_trend_points_up_whatever_its_last_weeks() -> None:
    assert radar.direction(row("a", State.TREND, lift=0.9)) is radar.Direction.UP
    assert radar.direction(row("a", State.RUPTURE, lift=0.3)) is radar.Direction.DOWN


def test_a_fading_theme_has_no_band() -> None:
    assert charts.sparkline(weekly(9, 5, 2, 0, 0)).gaps == ()


def test_only_a_clear_excess_is_coloured() -> None:
    assert [bar.excess for bar in charts.sparkline(weekly(2, 6, 9, expected=4)).bars] == [False, False, True]
    assert not any(bar.excess for bar in charts.sparkline(weekly(50)).bars)


def test_the_expected_line_breaks_where_nothing_is_known() -> None:
    weeks = [*weekly(1, 1, expected=2), Week(MONDAY + dt.timedelta(weeks=2)), Week(MONDAY + dt.timedelta(weeks=3), expected=1)]
    assert charts.sparkline(weeks).expected.count("M") == 2


@pytest.mark.parametrize(("top", "levels"), [(0, [0, 1]), (4, [0, 1, 2, 3, 4]), (17, [0, 5, 10, 15, 20]), (100, [0, 50, 100])])
def test_levels_are_round(top: float, levels: list[int]) -> None:
    assert charts.nice_levels(top) == levels


def test_the_onset_stands_at_its_day() -> None:
    chart = charts.full_chart(weekly(1, 1, 1, 1), MONDAY + dt.timedelta(weeks=2))
    assert chart.onset == pytest.approx((chart.bars[1].x + chart.bars[1].width + chart.bars[2].x) / 2, abs=0.1)
    assert charts.full_chart(weekly(1), MONDAY - dt.timedelta(days=1)).onset is None


def test_the_meter_marks_the_threshold_in_the_middle() -> None:
    assert charts.meter(4.8, 4.8) == (36, 36)
    assert charts.meter(99, 4.8)[0] == 72
    assert charts.meter(-1, 4.8)[0] == 0
    assert charts.meter(0, 0) == (0, 0)


@pytest.mark.parametrize(
    ("state", "lift", "expected"),
    [
        (State.EMERGING, 2, "up"),
        (State.RUPTURE, 0.3, "down"),
        (State.DECLINING, 0.5, "down"),
        (State.NOISE, 9, "steady"),
        (State.STABLE, 0.1, "steady"),
    ],
)
def test_a_direction_rests_on_a_state(state: State, lift: float, expected: str) -> None:
    assert radar.direction(row("x", state, lift=lift)) == expected


def test_rings_go_by_state_and_weak_signals_are_hollow() -> None:
    dots = {
        dot.row.theme.id: dot
        for dot in drawn([row("t", State.TREND), row("e", State.EMERGING), row("w", State.WEAK_SIGNAL)]).dots
    }
    distance = {key: math.hypot(dot.x - radar.CENTRE_X, dot.y - radar.CENTRE_Y) for key, dot in dots.items()}
    assert distance["t"] < radar.RINGS[0][1] < distance["e"] < radar.RINGS[1][1] < distance["w"] < radar.RINGS[2][1]
    assert [dots[key].hollow for key in "tew"] == [False, False, True]


def test_dots_and_labels_do_not_cover_each_other() -> None:
    states = [State.RUPTURE, State.EMERGING, State.TREND, State.STABLE, State.WEAK_SIGNAL, State.NOISE]
    origins = list(Origin)
    rows = [row(f"theme-{n}", states[n % 6], lift=2, stories=n, origin=origins[n % 3]) for n in range(24)]
    dots = drawn(rows).dots
    for i, a in enumerate(dots):
        for b in dots[:i]:
            assert math.hypot(a.x - b.x, a.y - b.y) > max(a.radius, b.radius)
    labels = [dot.label for dot in dots if dot.label]
    assert len(labels) >= 3
    assert len({(label.x, label.y) for label in labels}) == len(labels)


def test_the_picture_is_the_same_each_time_and_says_what_it_leaves_out() -> None:
    rows = [row(f"theme-{n}", State.EMERGING) for n in range(80)]
    assert drawn(rows) == drawn(rows)
    assert drawn(rows).hidden == 80 - radar.MAX_DOTS
    assert drawn([]).dots == ()


def test_a_lone_story_is_no_peak() -> None:
    lone, many = charts.sparkline(weekly(0, 1)).bars[1], charts.sparkline(weekly(0, 8)).bars[1]
    assert lone.height == pytest.approx(many.height / 4, abs=0.02)


def test_noise_is_a_point_without_a_name() -> None:
    dots = {dot.row.theme.id: dot for dot in drawn([row("w", State.WEAK_SIGNAL, lift=2), row("n", State.NOISE, stories=40)]).dots}
    assert (dots["n"].quiet, dots["n"].label) == (True, None)
    assert dots["n"].radius < dots["w"].radius
    assert dots["w"].label is not None


def test_what_moves_most_is_named_even_among_points() -> None:
    rows = [
        row("Centres de données et gigafactories d'IA", State.RUPTURE, lift=5),
        *(row(f"n{n}", State.NOISE) for n in range(50)),
    ]
    assert drawn(rows).dots[0].label is not None


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("Photonique", ("Photonique",)),
        ("Métavers et médias immersifs", ("Métavers et", "médias immersifs")),
        ("Centres de données et gigafactories d'IA × énergie", ("Centres de données", "et gigafactories", "d'IA × énergie")),
        ("", ("",)),
        ("a" * 30, ("a" * 22, "a" * 8)),
    ],
)
def test_names_are_broken_evenly(name: str, lines: tuple[str, ...]) -> None:
    assert radar.in_lines(name) == lines


def test_a_name_too_long_for_its_lines_says_so() -> None:
    lines = radar.in_lines("mot " * 40)
    assert len(lines) == 3
    assert lines[-1].endswith("…")
    assert max(map(len, lines)) <= radar.LINE_LENGTH
