"""Geometry of the weekly charts: numbers in, rectangles and paths out. Knows neither markup nor language."""

from __future__ import annotations

import dataclasses
import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import dataclass

from web.periods import Period
from web.weeks import Week

# A lone story is drawn as a quarter of the height, never as a peak.
LEAST_SCALE = 4.0


@dataclass(frozen=True, slots=True)
class Bar:
    """A week's stories. ``excess``: clearly more than expected."""

    x: float
    y: float
    width: float
    height: float
    week: Week
    excess: bool


@dataclass(frozen=True, slots=True)
class Band:
    """Weeks in a row without sound collection, drawn hatched."""

    x: float
    width: float


@dataclass(frozen=True, slots=True)
class Tick:
    """A labelled place on an axis."""

    at: float
    value: int
    day: dt.date | None = None


@dataclass(frozen=True, slots=True)
class Chart:
    """A weekly chart in user units. ``expected`` and ``band`` are SVG paths, empty when nothing was expected."""

    width: float
    height: float
    left: float
    top: float
    base: float
    bars: tuple[Bar, ...]
    gaps: tuple[Band, ...]
    expected: str
    levels: tuple[Tick, ...]
    months: tuple[Tick, ...]
    onset: float | None = None
    onset_band: Band | None = None
    """The days the onset may lie between."""
    burst: Band | None = None
    """The days of a buzz."""
    band: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """A month or quarter of a long series. ``height`` is that of its share."""

    x: float
    y: float
    width: float
    height: float
    period: Period


@dataclass(frozen=True, slots=True)
class LongChart:
    """A long series in user units."""

    width: float
    height: float
    base: float
    columns: tuple[Column, ...]
    gaps: tuple[Band, ...]
    years: tuple[Tick, ...]


def long_chart(periods: Sequence[Period], width: float = 300, height: float = 56) -> LongChart:
    """Up to ten years as columns of shares, with the years below; gaps are bands as in the weekly charts."""
    top, bottom = 2.0, 14.0
    base = height - bottom
    highest = max([period.rate or 0.0 for period in periods] or [0.0]) or 1.0
    slot = width / max(len(periods), 1)
    gutter = min(slot * 0.2, 3.0)
    columns = []
    for n, period in enumerate(periods):
        tall = (base - top) * (period.rate or 0.0) / highest
        columns.append(
            Column(round(n * slot + gutter / 2, 2), round(base - tall, 2), round(slot - gutter, 2), round(tall, 2), period)
        )
    return LongChart(
        width=width,
        height=height,
        base=base,
        columns=tuple(columns),
        gaps=_runs([period.is_gap for period in periods], 0.0, slot),
        years=_years(periods, slot, width),
    )


def sparkline(weeks: Sequence[Week], width: float = 168, height: float = 36) -> Chart:
    """The small chart of a table line: no axes."""
    return _chart(weeks, width, height, left=0, right=0, top=2, bottom=1, onset=None)


def full_chart(
    weeks: Sequence[Week],
    onset: dt.date | None = None,
    onset_interval: tuple[dt.date, dt.date] | None = None,
    burst: tuple[dt.date, dt.date] | None = None,
    width: float = 920,
    height: float = 260,
) -> Chart:
    """The chart of a theme's page: levels, months, the band of the expected, the day the movement began, the days of a burst."""
    left, right = 34.0, 8.0
    drawn = _chart(weeks, width, height, left=left, right=right, top=26, bottom=26, onset=onset)
    slot = (width - left - right) / max(len(weeks), 1)
    return dataclasses.replace(
        drawn, onset_band=_stretch(weeks, onset_interval, left, slot), burst=_stretch(weeks, burst, left, slot)
    )


def meter(score: float, threshold: float, width: float = 72) -> tuple[float, float]:
    """Length of the evidence bar and place of the threshold's mark; the scale ends at twice the threshold."""
    full = 2 * threshold if threshold > 0 else max(score, 1.0)
    return round(width * min(max(score, 0.0) / full, 1.0), 1), round(width * min(threshold / full, 1.0), 1)


def nice_levels(top: float, wanted: int = 4) -> list[int]:
    """Round values from 0 to at least ``top``: steps of 1, 2 or 5 times a power of ten."""
    rough = max(top, 1.0) / wanted
    power = 10 ** math.floor(math.log10(rough)) if rough >= 1 else 1
    step = next(int(power * factor) for factor in (1, 2, 5, 10) if power * factor >= rough)
    return [step * n for n in range(math.ceil(max(top, 1.0) / step) + 1)]


def _chart(
    weeks: Sequence[Week],
    width: float,
    height: float,
    *,
    left: float,
    right: float,
    top: float,
    bottom: float,
    onset: dt.date | None,
) -> Chart:
    base = height - bottom
    # The band is drawn on the full chart only.
    upper = [week.high or 0.0 for week in weeks] if left else []
    highest = max([LEAST_SCALE, *(float(week.stories) for week in weeks), *(week.expected or 0.0 for week in weeks), *upper])
    levels = nice_levels(highest) if left else []
    scale = (base - top) / (levels[-1] if levels else highest)
    slot = (width - left - right) / max(len(weeks), 1)
    gutter = min(slot * 0.22, 4.0)
    bars = tuple(
        Bar(
            x=round(left + n * slot + gutter / 2, 2),
            y=round(base - week.stories * scale, 2),
            width=round(slot - gutter, 2),
            height=round(week.stories * scale, 2),
            week=week,
            excess=_is_excess(week),
        )
        for n, week in enumerate(weeks)
    )
    return Chart(
        width=width,
        height=height,
        left=left,
        top=top,
        base=base,
        bars=bars,
        gaps=_runs([not week.covered for week in weeks], left, slot),
        band=_area(weeks, left, slot, base, scale) if left else "",
        expected=_path(weeks, left, slot, base, scale),
        levels=tuple(Tick(round(base - value * scale, 2), value) for value in levels),
        months=_months(weeks, left, slot) if left else (),
        onset=_place(weeks, onset, left, slot),
    )


def _is_excess(week: Week) -> bool:
    # Beyond the band; without one, two standard deviations of a Poisson count, and by half: a week alone proves nothing, so the
    # eye is not drawn lightly.
    if week.expected is None or week.stories < 3:
        return False
    if week.high is not None:
        return week.stories > week.high and week.stories >= 1.5 * week.expected
    return week.stories >= max(1.5 * week.expected, week.expected + 2 * math.sqrt(week.expected))


def _runs(marked: Sequence[bool], left: float, slot: float) -> tuple[Band, ...]:
    bands: list[Band] = []
    run = 0
    for n, is_marked in enumerate([*marked, False]):
        if is_marked:
            run += 1
        elif run:
            bands.append(Band(round(left + (n - run) * slot, 2), round(run * slot, 2)))
            run = 0
    return tuple(bands)


def _area(weeks: Sequence[Week], left: float, slot: float, base: float, scale: float) -> str:
    """The band of the expected, week by week: steps, as the counts are. Not drawn where nothing was collected."""
    parts = []
    for n, week in enumerate(weeks):
        if week.low is None or week.high is None or not week.covered:
            continue
        x, high, low = round(left + n * slot, 2), round(base - week.high * scale, 2), round(base - week.low * scale, 2)
        parts.append(f"M{x} {high}h{round(slot, 2)}V{low}h{-round(slot, 2)}z")
    return "".join(parts)


def _path(weeks: Sequence[Week], left: float, slot: float, base: float, scale: float) -> str:
    parts = []
    pen_down = False
    for n, week in enumerate(weeks):
        if week.expected is None:
            pen_down = False
            continue
        y = round(base - week.expected * scale, 2)
        parts.append(f"{'L' if pen_down else 'M'}{round(left + n * slot, 2)} {y}H{round(left + (n + 1) * slot, 2)}")
        pen_down = True
    return "".join(parts)


def _months(weeks: Sequence[Week], left: float, slot: float) -> tuple[Tick, ...]:
    ticks: list[Tick] = []
    for n, week in enumerate(weeks):
        turned = n == 0 or week.start.month != weeks[n - 1].start.month
        if turned and (not ticks or (left + n * slot) - ticks[-1].at >= 44):
            ticks.append(Tick(round(left + n * slot, 2), 0, week.start))
    return tuple(ticks)


def _place(weeks: Sequence[Week], day: dt.date | None, left: float, slot: float) -> float | None:
    if day is None or not weeks or not weeks[0].start <= day < weeks[-1].end:
        return None
    return round(left + (day - weeks[0].start).days / 7 * slot, 2)


def _stretch(weeks: Sequence[Week], days: tuple[dt.date, dt.date] | None, left: float, slot: float) -> Band | None:
    """From the first to the last of ``days``, both included, as far as the weeks go."""
    if days is None or not weeks:
        return None
    first, last = max(days[0], weeks[0].start), min(days[1] + dt.timedelta(days=1), weeks[-1].end)
    if first >= last:
        return None
    return Band(round(left + (first - weeks[0].start).days / 7 * slot, 2), round((last - first).days / 7 * slot, 2))


def _years(periods: Sequence[Period], slot: float, width: float) -> tuple[Tick, ...]:
    ticks: list[Tick] = []
    for n, period in enumerate(periods):
        turned = n == 0 or period.start.year != periods[n - 1].start.year
        at = n * slot
        if turned and at <= width - 24 and (not ticks or at - ticks[-1].at >= 32):
            ticks.append(Tick(round(at, 2), period.start.year, period.start))
    return tuple(ticks)
