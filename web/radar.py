"""Where each theme stands on the radar: ring = maturity, sector = origin, size = volume, arrow = direction, hollow = weak signal.

Pure geometry, the same for the same themes; the table beside the picture says the same in words.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from storage.model import Origin, State
from web.queries import ThemeRow

WIDTH, HEIGHT = 780.0, 640.0
CENTRE_X, CENTRE_Y = WIDTH / 2, HEIGHT / 2
RINGS = (("established", 118.0), ("moving", 205.0), ("horizon", 286.0))
INNERMOST = 26.0
MAX_DOTS = 40
MAX_LABELS = 9
LABEL_LENGTH = 26
CHARACTER_WIDTH = 7.2
LABEL_HEIGHT = 16.0
ROUNDS = 40


class Direction(StrEnum):
    """Which way a theme goes, as far as the evidence allows to say."""

    UP = "up"
    DOWN = "down"
    STEADY = "steady"


@dataclass(frozen=True, slots=True)
class Label:
    """A dot's name and where to write it."""

    x: float
    y: float
    anchor: str
    text: str


@dataclass(frozen=True, slots=True)
class Dot:
    """A theme on the radar; ``number`` is its line in the table."""

    row: ThemeRow
    number: int
    x: float
    y: float
    radius: float
    direction: Direction
    hollow: bool
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
    return Direction.UP if signal.lift >= 1 else Direction.DOWN


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
    return Radar(tuple(_labelled(dots, names)), tuple(sectors), len(rows) - len(shown))


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
    inner, outer = _band(ring)
    dots = []
    for n, (row, number) in enumerate(cell):
        angle = sector.start + (sector.end - sector.start) * (n + 0.5) / len(cell)
        distance = inner + (outer - inner) * (0.5 if len(cell) == 1 else (0.34, 0.7)[n % 2])
        x, y = _point(angle, distance)
        dots.append(
            Dot(
                row=row,
                number=number,
                x=x,
                y=y,
                radius=round(11 + 12 * math.sqrt(row.stories / most), 1),
                direction=direction(row),
                hollow=row.state in (State.WEAK_SIGNAL, State.NOISE, None),
            )
        )
    return dots


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
    return _point(angle, distance)


def _labelled(dots: Sequence[Dot], names: dict[int, str]) -> list[Dot]:
    """Names the dots that move, then the others while there is room, never one text over another."""
    boxes = [(dot.x - dot.radius, dot.y - dot.radius, dot.x + dot.radius, dot.y + dot.radius) for dot in dots]
    order = sorted(range(len(dots)), key=lambda i: (dots[i].direction is Direction.STEADY, dots[i].number))
    labels: dict[int, Label] = {}
    for i in order[:MAX_LABELS]:
        dot = dots[i]
        name = names[dot.number]
        text = name if len(name) <= LABEL_LENGTH else name[: LABEL_LENGTH - 1].rstrip() + "…"
        width = len(text) * CHARACTER_WIDTH
        right, left, below = dot.x + dot.radius + 6, dot.x - dot.radius - 6, dot.y + dot.radius + LABEL_HEIGHT
        for label, x0 in (
            (Label(right, dot.y + 4.5, "start", text), right),
            (Label(left, dot.y + 4.5, "end", text), left - width),
            (Label(dot.x, below, "middle", text), dot.x - width / 2),
            (Label(dot.x, dot.y - dot.radius - 10, "middle", text), dot.x - width / 2),
        ):
            box = (x0, label.y - LABEL_HEIGHT + 3, x0 + width, label.y + 3)
            inside = box[0] >= 0 and box[2] <= WIDTH and box[1] >= 0 and box[3] <= HEIGHT
            if inside and not any(_overlap(box, other) for n, other in enumerate(boxes) if n != i):
                labels[i] = Label(round(label.x, 1), round(label.y, 1), label.anchor, text)
                boxes.append(box)
                break
    return [replace(dot, label=labels.get(i)) for i, dot in enumerate(dots)]


def _overlap(a: tuple[float, float, float, float], b: tuple[float, float, float, float]) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _band(ring: int) -> tuple[float, float]:
    return (INNERMOST if ring == 0 else RINGS[ring - 1][1]), RINGS[ring][1]


def _point(angle: float, distance: float) -> tuple[float, float]:
    return CENTRE_X + distance * math.sin(angle), CENTRE_Y - distance * math.cos(angle)
