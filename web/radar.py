"""Where each theme stands on the radar: ring = maturity, sector = origin, size = volume, arrow = direction, hollow = weak signal,
small point = noise.

Pure geometry, the same for the same themes; the table beside the picture says the same in words.
"""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from storage.model import Origin, State
from web.queries import ThemeRow

WIDTH, HEIGHT = 780.0, 640.0
CENTRE_X, CENTRE_Y = WIDTH / 2, HEIGHT / 2
RINGS = (("established", 118.0), ("moving", 205.0), ("horizon", 286.0))
INNERMOST = 26.0
MAX_DOTS = 60
MAX_LABELS = 14
LINE_LENGTH = 22
MAX_LINES = 3
# As wide as a bold letter of a wide face is at the label's size: a name may stand alone, never on another.
CHARACTER_WIDTH = 9.8
LINE_HEIGHT = 17.0
POINT = 5.0
ALOOF = 10.0
ROUNDS = 40
# How much room the names of rings and sectors take, whatever the language.
RING_NAME = ("En mouvement",)
RING_NAME_WIDTH = 96.0
SECTOR_NAME = ("Découverts", "Découverts")

Box = tuple[float, float, float, float]
"""Left, top, right, bottom."""


class Direction(StrEnum):
    """Which way a theme goes, as far as the evidence allows to say."""

    UP = "up"
    DOWN = "down"
    STEADY = "steady"


@dataclass(frozen=True, slots=True)
class Label:
    """A dot's name, in a few lines, and the baseline of the first."""

    x: float
    y: float
    anchor: str
    lines: tuple[str, ...]

    @property
    def rows(self) -> list[tuple[float, str]]:
        """Each line with its own baseline."""
        return [(round(self.y + n * LINE_HEIGHT, 1), line) for n, line in enumerate(self.lines)]


@dataclass(frozen=True, slots=True)
class Dot:
    """A theme on the radar; ``number`` is its line in the table. ``quiet``: nothing is said of it, so a mere point."""

    row: ThemeRow
    number: int
    x: float
    y: float
    radius: float
    direction: Direction
    hollow: bool
    quiet: bool
    label: Label | None = None


@dataclass(frozen=True, slots=True)
class Sector:
    """A slice of the disc, from ``start`` to ``end`` (radians, clockwise from the top)."""

    origin: Origin
    start: float
    end: float
    label_x: float
    label_y: float
    anchor: str
    edge_x: float
    edge_y: float


@dataclass(frozen=True, slots=True)
class Radar:
    """The picture in user units."""

    dots: tuple[Dot, ...]
    sectors: tuple[Sector, ...]
    hidden: int


def direction(row: ThemeRow) -> Direction:
    """Up or down only when the signal's state rests on evidence; a lift alone is not a direction."""
    signal = row.signal
    if signal is None or signal.state in (State.NOISE, State.STABLE):
        return Direction.STEADY
    if signal.state is State.DECLINING:
        return Direction.DOWN
    # A rupture goes either way; the other states are rises, whatever the last weeks were like.
    return Direction.DOWN if signal.state is State.RUPTURE and signal.lift < 1 else Direction.UP


def draw(rows: Sequence[ThemeRow], labels: Sequence[str], numbers: Sequence[int]) -> Radar:
    """Places the themes, most telling first. ``labels`` and ``numbers`` go with ``rows``, one each."""
    shown = list(zip(rows, labels, numbers, strict=True))[:MAX_DOTS]
    sectors = _sectors([row.theme.origin for row, _, _ in shown])
    most = max([1, *(row.stories for row, _, _ in shown)])
    dots: list[Dot] = []
    for sector in sectors:
        for ring in range(len(RINGS)):
            cell = [(row, number) for row, _, number in shown if row.theme.origin is sector.origin and ring_of(row.state) == ring]
            dots.extend(_spread(cell, sector, ring, most))
    dots = _apart(dots, {sector.origin: sector for sector in sectors})
    dots.sort(key=lambda dot: dot.number)
    names = {number: label for _, label, number in shown}
    return Radar(tuple(_labelled(dots, names, sectors)), tuple(sectors), len(rows) - len(shown))


def ring_of(state: State | None) -> int:
    """Index in ``RINGS``: established at the centre, moving around it, the horizon outside."""
    if state in (State.TREND, State.TRANSITION, State.STABLE, State.DECLINING):
        return 0
    return 1 if state in (State.EMERGING, State.RUPTURE) else 2


def _sectors(origins: Sequence[Origin]) -> list[Sector]:
    present = [origin for origin in Origin if origin in origins]
    # Square roots keep a small group readable beside a large one.
    weights = {origin: math.sqrt(origins.count(origin)) for origin in present}
    total = sum(weights.values())
    sectors, start = [], 0.0
    for origin in present:
        end = start + 2 * math.pi * weights[origin] / total
        middle = _roomiest(start, end)
        outer = RINGS[-1][1]
        x, y = _point(middle, outer + 16)
        edge_x, edge_y = _point(start, outer)
        side = math.sin(middle)
        anchor = "middle" if abs(side) < 0.25 else ("start" if side > 0 else "end")
        sectors.append(Sector(origin, start, end, round(x, 1), round(y, 1), anchor, round(edge_x, 1), round(edge_y, 1)))
        start = end
    return sectors


def _roomiest(start: float, end: float) -> float:
    """The angle of a sector where a name fits best: the nearest to a corner of the picture, beginning with the middle."""
    steps = [start + (end - start) * share for share in (0.5, 0.4, 0.6, 0.3, 0.7, 0.2, 0.8)]
    return min(steps, key=lambda angle: round(abs(abs(math.sin(angle)) - math.sqrt(0.5)), 1))


def _spread(cell: Sequence[tuple[ThemeRow, int]], sector: Sector, ring: int, most: int) -> list[Dot]:
    """Those that say something on the inner side of their ring, each with room around; the mere points behind them."""
    quiet = [entry for entry in cell if _is_quiet(entry[0].state)]
    loud = [entry for entry in cell if not _is_quiet(entry[0].state)]
    inner, outer = _band(ring)
    dots = []
    for entries, near, far in ((loud, 0.36, 0.62), (quiet, 0.72, 0.9)):
        for n, (row, number) in enumerate(entries):
            angle = sector.start + (sector.end - sector.start) * (n + 0.5) / len(entries)
            share = (near + far) / 2 if len(entries) == 1 else (near, far)[n % 2]
            x, y = _point(angle, inner + (outer - inner) * share)
            is_quiet = _is_quiet(row.state)
            dots.append(
                Dot(
                    row=row,
                    number=number,
                    x=x,
                    y=y,
                    radius=POINT if is_quiet else round(12 + 13 * math.sqrt(row.stories / most), 1),
                    direction=direction(row),
                    hollow=is_quiet or row.state is State.WEAK_SIGNAL,
                    quiet=is_quiet,
                )
            )
    return dots


def _is_quiet(state: State | None) -> bool:
    return state in (State.NOISE, None)


def _apart(dots: list[Dot], sectors: dict[Origin, Sector]) -> list[Dot]:
    """Pushes overlapping dots away from each other, each within its own cell."""
    places = [(dot.x, dot.y) for dot in dots]
    for _ in range(ROUNDS):
        moved = False
        for i, first in enumerate(dots):
            for j in range(i):
                dx, dy = places[i][0] - places[j][0], places[i][1] - places[j][1]
                gap = math.hypot(dx, dy)
                overlap = first.radius + dots[j].radius + 5 - gap
                if overlap <= 0:
                    continue
                moved = True
                ux, uy = (dx / gap, dy / gap) if gap > 0.01 else (math.cos(i), math.sin(i))
                places[i] = _clamped(places[i][0] + ux * overlap / 2, places[i][1] + uy * overlap / 2, first, sectors)
                places[j] = _clamped(places[j][0] - ux * overlap / 2, places[j][1] - uy * overlap / 2, dots[j], sectors)
        if not moved:
            break
    return [replace(dot, x=round(x, 1), y=round(y, 1)) for dot, (x, y) in zip(dots, places, strict=True)]


def _clamped(x: float, y: float, dot: Dot, sectors: dict[Origin, Sector]) -> tuple[float, float]:
    sector = sectors[dot.row.theme.origin]
    inner, outer = _band(ring_of(dot.row.state))
    dx, dy = x - CENTRE_X, CENTRE_Y - y
    distance = min(max(math.hypot(dx, dy), inner + min(dot.radius, 16)), outer - min(dot.radius, 16))
    angle = math.atan2(dx, dy) % (2 * math.pi)
    if len(sectors) > 1:
        margin = min((dot.radius + 4) / distance, (sector.end - sector.start) / 2)
        angle = min(max(angle, sector.start + margin), sector.end - margin)
    if any(abs(distance - (r - 12)) < dot.radius + 9 for _, r in RINGS):  # beside the rings' names, not under them
        aside = (RING_NAME_WIDTH / 2 + dot.radius) / distance
        signed = math.remainder(angle, 2 * math.pi)
        angle = math.copysign(max(abs(signed), aside), signed)
    return _point(angle, distance)


def _labelled(dots: Sequence[Dot], names: dict[int, str], sectors: Sequence[Sector]) -> list[Dot]:
    """Names the dots that move, then the established ones while there is room, never one text over another."""
    boxes = [_around(dot) for dot in dots]
    taken = [_written(RING_NAME, CENTRE_X, CENTRE_Y - r + 16, "middle") for _, r in RINGS]
    taken += [_written(SECTOR_NAME, sector.label_x, sector.label_y, sector.anchor) for sector in sectors]
    order = sorted(
        (i for i, dot in enumerate(dots) if not dot.quiet), key=lambda i: (dots[i].direction is Direction.STEADY, dots[i].number)
    )
    labels: dict[int, Label] = {}
    for i in order[:MAX_LABELS]:
        dot, name = dots[i], names[dots[i].number]
        others = [box for n, box in enumerate(boxes) if n != i and not dots[n].quiet]
        distant = [(left - ALOOF, top - ALOOF, right + ALOOF, bottom + ALOOF) for left, top, right, bottom in others]
        points = [box for n, box in enumerate(boxes) if dots[n].quiet]
        # Best far from every other dot, so that nobody wonders whose name it is. A mere point may be covered in the end;
        # nothing that says something ever is.
        tries = (distant + points, distant, others + points, others)
        found = next((label for avoided in tries if (label := _first_free(_places(dot, name), taken + avoided))), None)
        if found is not None:
            labels[i] = found
            taken.append(_written(found.lines, found.x, found.y, found.anchor))
    return [replace(dot, label=labels.get(i)) for i, dot in enumerate(dots)]


def _first_free(places: Iterator[Label], taken: Sequence[Box]) -> Label | None:
    for label in places:
        box = _written(label.lines, label.x, label.y, label.anchor)
        inside = box[0] >= 0 and box[2] <= WIDTH and box[1] >= 0 and box[3] <= HEIGHT
        if inside and not any(_overlap(box, other) for other in taken):
            return label
    return None


def _places(dot: Dot, name: str) -> Iterator[Label]:
    """Where a dot's name may be written, best first: beside it, away from the centre, then under, over and askew."""
    lines = in_lines(name)
    rise = (len(lines) - 1) * LINE_HEIGHT
    radius = dot.radius + (4 if dot.row.state is State.RUPTURE else 0)  # its halo
    arrow = {Direction.UP: (12, 0), Direction.DOWN: (0, 12), Direction.STEADY: (0, 0)}[dot.direction]
    middle = dot.y + 5 - rise / 2
    above, below = dot.y - radius - arrow[0] - 6 - rise, dot.y + radius + arrow[1] + LINE_HEIGHT - 2
    right, left = (dot.x + radius + 8, "start"), (dot.x - radius - 8, "end")
    sides = (right, left) if dot.x >= CENTRE_X else (left, right)
    spots = [(x, middle, anchor) for x, anchor in sides] + [(dot.x, y, "middle") for y in (below, above)]
    spots += [(x, middle + shift * LINE_HEIGHT, anchor) for shift in (0.8, -0.8, 1.5, -1.5) for x, anchor in sides]
    spots += [(dot.x + side * radius / 2, y, anchor) for y in (below, above) for side, anchor in ((-1, "start"), (1, "end"))]
    yield from (Label(round(x, 1), round(y, 1), anchor, lines) for x, y, anchor in spots)


def in_lines(name: str) -> tuple[str, ...]:
    """The name in as few lines as it needs, as even as its words allow; what three lines cannot hold ends with an ellipsis."""
    lines = textwrap.wrap(name, LINE_LENGTH, max_lines=MAX_LINES, placeholder="…", break_on_hyphens=False)
    for width in range(LINE_LENGTH - 1 if lines else 0, 0, -1):
        narrower = textwrap.wrap(name, width, break_on_hyphens=False, break_long_words=False)
        if len(narrower) != len(lines) or max(map(len, narrower)) > width:
            break
        lines = narrower
    return tuple(lines) or ("",)


def _around(dot: Dot) -> Box:
    up, down = dot.direction is Direction.UP, dot.direction is Direction.DOWN
    return dot.x - dot.radius, dot.y - dot.radius - 12 * up, dot.x + dot.radius, dot.y + dot.radius + 12 * down


def _written(lines: Sequence[str], x: float, y: float, anchor: str) -> Box:
    """The place a text takes, its first baseline at ``y``."""
    width = max(map(len, lines)) * CHARACTER_WIDTH
    left = {"start": x, "end": x - width, "middle": x - width / 2}[anchor]
    return left, y - LINE_HEIGHT + 4, left + width, y + 4 + (len(lines) - 1) * LINE_HEIGHT


def _overlap(a: Box, b: Box) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _band(ring: int) -> tuple[float, float]:
    return (INNERMOST if ring == 0 else RINGS[ring - 1][1]), RINGS[ring][1]


def _point(angle: float, distance: float) -> tuple[float, float]:
    return CENTRE_X + distance * math.sin(angle), CENTRE_Y - distance * math.cos(angle)
