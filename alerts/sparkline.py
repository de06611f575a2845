"""The weekly curve three ways: PNG for mail, SVG for the web, block characters for Slack and plain text.

Bars are observed stories, the line is what was expected and the strip around it its usual range, a dashed line marks the week a
movement began, grey weeks were not covered. Readable on light and dark grounds.
"""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Sequence
from html import escape

from PIL import Image, ImageDraw

from alerts.message import Week

WIDTH, HEIGHT = 536, 64
_BAR, _HIGH, _LINE, _GAP = (134, 160, 201), (59, 110, 214), (217, 119, 6), (148, 163, 184)
_ONSET = (71, 84, 103)
_BLOCKS = "▁▂▃▄▅▆▇█"
_ONSET_MARK = "╎"
_SUPERSAMPLE = 2


def png(
    weekly: Sequence[Week], onset: dt.date | None = None, *, width: int = WIDTH, height: int = HEIGHT, scale: int = 2
) -> bytes:
    """A PNG of ``width`` × ``height`` points, ``scale`` pixels each, on a transparent ground; the same weeks, the same bytes."""
    zoom = scale * _SUPERSAMPLE
    image = Image.new("RGBA", (width * zoom, height * zoom), (255, 255, 255, 0))
    draw = ImageDraw.Draw(image)
    for strip in _strips(weekly, width, height):
        draw.polygon([(x * zoom, y * zoom) for x, y in strip], fill=(*_LINE, 46))
    for x0, x1, top, week in _columns(weekly, width, height):
        if not week.covered:
            draw.rectangle((x0 * zoom, 0, x1 * zoom, height * zoom), fill=(*_GAP, 90))
        elif week.observed > 0:
            pad = min(2.0, (x1 - x0) * 0.14)
            box = ((x0 + pad) * zoom, top * zoom, (x1 - pad) * zoom, (height - 1) * zoom)
            draw.rectangle(box, fill=_HIGH if week.observed > week.expected else _BAR)
    for part in _expected_lines(weekly, width, height):
        draw.line([(x * zoom, y * zoom) for x, y in part], fill=_LINE, width=round(1.6 * zoom), joint="curve")
    begun = _onset_at(weekly, onset, width)
    if begun is not None:
        for y in range(0, height, 6):
            draw.line([(begun * zoom, y * zoom), (begun * zoom, (y + 3) * zoom)], fill=_ONSET, width=round(1.2 * zoom))
    draw.line([(0, (height - 0.5) * zoom), (width * zoom, (height - 0.5) * zoom)], fill=(*_GAP, 160), width=zoom)
    small = image.resize((width * scale, height * scale), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    small.save(out, "PNG")
    return out.getvalue()


def svg(weekly: Sequence[Week], onset: dt.date | None = None, *, title: str, width: int = WIDTH, height: int = HEIGHT) -> str:
    """The same drawing as inline SVG; CSS may recolour spark-bar, -high, -expected, -band, -onset and -gap."""
    head = (
        f'<svg class="spark" role="img" viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
        f' preserveAspectRatio="none" xmlns="http://www.w3.org/2000/svg"><title>{escape(title)}</title>'
    )
    parts = [head]
    for strip in _strips(weekly, width, height):
        corners = " ".join(f"{x:.1f},{y:.1f}" for x, y in strip)
        parts.append(f'<polygon class="spark-band" points="{corners}" fill="rgb{_LINE}" fill-opacity="0.18"/>')
    for x0, x1, top, week in _columns(weekly, width, height):
        if not week.covered:
            parts.append(_rect("spark-gap", x0, 0, x1 - x0, height, _GAP, 0.35))
        elif week.observed > 0:
            pad = min(2.0, (x1 - x0) * 0.14)
            is_high = week.observed > week.expected
            name, colour = ("spark-high", _HIGH) if is_high else ("spark-bar", _BAR)
            parts.append(_rect(name, x0 + pad, top, x1 - x0 - 2 * pad, height - 1 - top, colour, 1.0))
    for points in _expected_lines(weekly, width, height):
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        parts.append(f'<polyline class="spark-expected" points="{path}" fill="none" stroke="rgb{_LINE}" stroke-width="1.6"/>')
    begun = _onset_at(weekly, onset, width)
    if begun is not None:
        line = f'x1="{begun:.1f}" x2="{begun:.1f}" y1="0" y2="{height}"'
        parts.append(f'<line class="spark-onset" {line} stroke="rgb{_ONSET}" stroke-width="1.2" stroke-dasharray="3 3"/>')
    return "".join(parts) + "</svg>"


def blocks(weekly: Sequence[Week], onset: dt.date | None = None) -> str:
    """The observed counts as block characters, ``·`` for weeks not covered, ``╎`` before the week the movement began."""
    return _as_blocks(weekly, [week.observed for week in weekly], onset)


def expected_blocks(weekly: Sequence[Week], onset: dt.date | None = None) -> str:
    """What was expected, to the same scale as ``blocks``."""
    return _as_blocks(weekly, [week.expected for week in weekly], onset)


def _as_blocks(weekly: Sequence[Week], values: Sequence[float], onset: dt.date | None) -> str:
    top = max((max(week.observed, week.expected) for week in weekly if week.covered), default=0.0)
    begun = _onset_week(weekly, onset)
    levels = len(_BLOCKS) - 1
    drawn = [
        "·" if not w.covered else _BLOCKS[round(levels * v / top) if top > 0 else 0] for w, v in zip(weekly, values, strict=True)
    ]
    return "".join((_ONSET_MARK if place == begun else "") + block for place, block in enumerate(drawn))


def shows_onset(weekly: Sequence[Week], onset: dt.date | None) -> bool:
    """Whether the week a movement began lies on the curve."""
    return _onset_week(weekly, onset) is not None


def _onset_week(weekly: Sequence[Week], onset: dt.date | None) -> int | None:
    """The place of the week a movement began in, None when it is not among them."""
    if onset is None:
        return None
    return next((place for place, week in enumerate(weekly) if 0 <= (onset - week.week).days < 7), None)


def _onset_at(weekly: Sequence[Week], onset: dt.date | None, width: int) -> float | None:
    place = _onset_week(weekly, onset)
    return None if place is None else max(place * width / len(weekly), 0.6)


def _columns(weekly: Sequence[Week], width: int, height: int) -> list[tuple[float, float, float, Week]]:
    step = width / max(len(weekly), 1)
    return [(i * step, (i + 1) * step, _y(week.observed, weekly, height), week) for i, week in enumerate(weekly)]


def _expected_lines(weekly: Sequence[Week], width: int, height: int) -> list[list[tuple[float, float]]]:
    """The expected line, broken where weeks are not covered."""
    step = width / max(len(weekly), 1)
    runs: list[list[tuple[float, float]]] = [[]]
    for i, week in enumerate(weekly):
        if week.covered:
            runs[-1].append(((i + 0.5) * step, _y(week.expected, weekly, height)))
        elif runs[-1]:
            runs.append([])
    # A lone week between two gaps still shows what was expected of it.
    return [run if len(run) > 1 else [(x - step / 2, y), (x + step / 2, y)] for run in runs if run for x, y in run[:1]]


def _strips(weekly: Sequence[Week], width: int, height: int) -> list[list[tuple[float, float]]]:
    """The usual range as outlines, one a run of covered weeks that have one: along its top, and back along its bottom."""
    step = width / max(len(weekly), 1)
    runs: list[list[tuple[int, float, float]]] = [[]]
    for i, week in enumerate(weekly):
        if week.covered and week.low is not None and week.high is not None:
            runs[-1].append((i, week.low, week.high))
        elif runs[-1]:
            runs.append([])
    strips = []
    for run in runs:
        if run:
            edges = [(i * step, (i + 1) * step, _y(low, weekly, height), _y(high, weekly, height)) for i, low, high in run]
            over = [(x, top) for x0, x1, _, top in edges for x in (x0, x1)]
            under = [(x, bottom) for x0, x1, bottom, _ in reversed(edges) for x in (x1, x0)]
            strips.append(over + under)
    return strips


def _y(value: float, weekly: Sequence[Week], height: int) -> float:
    top = max((max(week.observed, week.expected, week.high or 0.0) for week in weekly if week.covered), default=0.0) or 1.0
    return 3 + (height - 4) * (1 - min(max(value, 0.0) / top, 1.0))


def _rect(name: str, x: float, y: float, width: float, height: float, colour: tuple[int, int, int], opacity: float) -> str:
    return (
        f'<rect class="{name}" x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{max(height, 0.5):.1f}"'
        f' fill="rgb{colour}" fill-opacity="{opacity}"/>'
    )
