"""What the score must and must not take for a movement, on invented streams."""

from __future__ import annotations

import datetime as dt
import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest

from monitor.trends.momentum import Momentum, momentum
from monitor.trends.parameters import Parameters
from monitor.trends.series import Series, build_series

SOURCES, DAYS = 10, 200
MONDAY = dt.date(2024, 1, 1)
THRESHOLD = 3.0


class Stream:
    """Steady volume in ten sources of one kind; stories are added by row."""

    def __init__(self, sources: int = SOURCES, days: int = DAYS, seed: int = 3) -> None:
        self.random = np.random.default_rng(seed)
        self.volume = self.random.poisson(20.0, (sources, days)).astype(float) + 1
        self.days = days
        self.entries: list[tuple[int, int, int, float]] = []

    def add(self, row: int, days: range, per_day: float, sources: range = range(SOURCES)) -> None:
        for day in days:
            for _ in range(int(self.random.poisson(per_day))):
                self.entries.append((row, int(self.random.choice(sources)), day, 1.0))

    def series(self, rows: int = 1, **kw: object) -> Series:
        columns = np.array(self.entries, float).reshape(-1, 4).T
        entries = (columns[0].astype(int), columns[1].astype(int), columns[2].astype(int), columns[3])
        return build_series(MONDAY, self.volume, np.zeros(len(self.volume), int), entries, rows, **kw)  # type: ignore[arg-type]

    def scored(self) -> Momentum:
        return momentum(self.series())


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
    observed, _ = result.window(199)
    assert observed[0] < 25


def test_an_outage_lowers_what_is_expected_and_a_backlog_raises_it() -> None:
    stream = Stream()
    stream.add(0, range(DAYS), 1.0)
    silent = slice(150, 157)
    stream.volume[:5, 157] += stream.volume[:5, silent].sum(axis=1)
    stream.volume[:5, silent] = 0
    stream.entries = [(r, s, 157 if s < 5 and 150 <= d < 157 else d, n) for r, s, d, n in stream.entries]
    result = stream.scored()
    assert result.expected[153, 0, 0] < 0.7 * result.expected[149, 0, 0]
    assert result.expected[157, 0, 0] > 2 * result.expected[149, 0, 0]
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
    assert dark.scored().falling[0].max() < 1.5


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
    seasonal = momentum(stream.series())
    forgetful = momentum(stream.series(), Parameters(season_z=np.inf))
    assert seasonal.score[0, 524:].max() < THRESHOLD < forgetful.score[0, 524:].max()


def test_a_conjunction_is_compared_with_the_stories_of_its_technology() -> None:
    """The pair keeps its share of a technology that triples: against all stories it rises, against the technology it does not."""
    stream = Stream()
    stream.add(0, range(140), 1.0)
    stream.add(0, range(140, DAYS), 4.0)
    technology = list(stream.entries)
    stream.entries += [(1, s, d, n) for place, (_, s, d, n) in enumerate(technology) if place % 3 == 0]
    series = stream.series(2, subjects=[1, 1], references=[-1, 0])
    result = momentum(series)
    assert result.score[0].max() >= THRESHOLD
    assert result.score[1].max() < 1.5


def test_a_pair_that_takes_over_a_technology_is_a_movement() -> None:
    stream = Stream()
    stream.add(0, range(DAYS), 1.0)
    stream.entries += [(1, s, d, n) for _, s, d, n in stream.entries if d >= 150]
    result = momentum(stream.series(2, subjects=[1], references=[0]))
    assert result.score[0].max() >= THRESHOLD


def test_counts_outside_the_volume_are_refused() -> None:
    entries = (np.array([0]), np.array([3]), np.array([0]), np.array([1.0]))
    with pytest.raises(ValueError, match="outside"):
        build_series(MONDAY, np.ones((2, 5)), [0, 0], entries, 1)


def test_empty_collections_score_nothing() -> None:
    nothing = np.zeros(0, int)
    result = momentum(build_series(MONDAY, np.zeros((0, 90)), [], (nothing,) * 4, 2))
    assert result.score.max() <= Parameters().guard_from
    assert not result.observed.any()


@pytest.mark.corpus
def test_the_evidence_equals_the_reference_prototype() -> None:
    lab_file = Path(__file__).resolve().parents[4] / "shared" / "tools" / "momentum_lab.py"
    if not lab_file.exists():
        pytest.skip("the reference prototype is not on this machine")
    spec = importlib.util.spec_from_file_location("momentum_lab", lab_file)
    assert spec is not None
    assert spec.loader is not None
    lab = sys.modules.setdefault("momentum_lab", importlib.util.module_from_spec(spec))
    spec.loader.exec_module(lab)
    stream = lab.simulate(5, {"null": 60, "ramp": 10, "flood": 10}, D=760)
    reference = lab.run_momentum(stream, season=False)
    entries = (stream.TH, stream.SO, stream.T, np.ones(len(stream.T)))
    ours = momentum(
        build_series(MONDAY, stream.N, stream.kind, entries, stream.K), Parameters(season_z=np.inf, dispersion_delay=0)
    )
    assert np.abs(ours.raw - reference["raw"]).max() < 1e-3
    assert np.abs(ours.observed[:, :, 0].T - reference["x"]).max() < 1e-4
