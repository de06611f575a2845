"""The weekly curve three ways: PNG for mail, SVG for the web, block characters for Slack and plain text.

Bars are observed stories, the line is what was expected, grey weeks were not covered. Readable on light and dark grounds.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from html import escape

from PIL import Image, ImageDraw

from alerts.message import Week

WIDTH, HEIGHT = 536, 64
_BAR, _HIGH, _LINE, _GAP = (134, 160, 201), (59, 110, 214), (217, 119, 6), (148, 163, 184)
_BLOCKS = "▁▂▃▄▅▆▇█"
_SUPERSAMPLE = 2


def png(weekly: Sequence[Week], *, width: int = WIDTH, height: int = HEIGHT, scale: int = 2) -> bytes:
    """A PNG of ``width`` × ``height`` points, ``scale`` pixels each, on a transparent ground; the same weeks, the same bytes."""
    zoom = scale * _SUPERSAMPLE
    image = Image.new("RGBA", (width * zoom, height * zoom), (255, 255, 255, 0))
    draw = ImageDraw.Draw(image)
    for x0, x1, top, week in _columns(weekly, width, height):
        if not week.covered:
            draw.rectangle((x0 * zoom, 0, x1 * zoom, height * zoom), fill=(*_GAP, 90))
        elif week.observed > 0:
            pad = min(2.0, (x1 - x0) * 0.14)
            box = ((x0 + pad) * zoom, top * zoom, (x1 - pad) * zoom, (height - 1) * zoom)
            draw.rectangle(box, fill=_HIGH if week.observed > week.expected else _BAR)
    for part in _expected_lines(weekly, width, height):
        draw.line([(x * zoom, y * zoom) for x, y in part], fill=_LINE, width=round(1.6 * zoom), joint="curve")
    draw.line([(0, (height - 0.5) * zoom), (width * zoom, (height - 0.5) * zoom)], fill=(*_GAP, 160), width=zoom)
    small = image.resize((width * scale, height * scale), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    small.save(out, "PNG")
    return out.getvalue()


def svg(weekly: Sequence[Week], *, title: str, width: int = WIDTH, height: int = HEIGHT) -> str:
    """The same drawing as inline SVG; CSS may recolour spark-bar, spark-high, spark-expected and spark-gap."""
    head = (
        f'<svg class="spark" role="img" viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
        f' preserveAspectRatio="none" xmlns="http://www.w3.org/2000/svg"><title>{escape(title)}</title>'
    )
    parts = [head]
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
    return "".join(parts) + "</svg>"


def blocks(weekly: Sequence[Week]) -> str:
    """The observed counts as block characters, ``·`` for weeks not covered."""
    top = max((week.observed for week in weekly if week.covered), default=0.0)
    levels = len(_BLOCKS) - 1
    return "".join("·" if not week.covered else _BLOCKS[round(levels * week.observed / top) if top > 0 else 0] for week in weekly)


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


def _y(value: float, weekly: Sequence[Week], height: int) -> float:
    top = max((max(week.observed, week.expected) for week in weekly if week.covered), default=0.0) or 1.0
    return 3 + (height - 4) * (1 - min(max(value, 0.0) / top, 1.0))


def _rect(name: str, x: float, y: float, width: float, height: float, colour: tuple[int, int, int], opacity: float) -> str:
    return (
        f'<rect class="{name}" x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{max(height, 0.5):.1f}"'
        f' fill="rgb{colour}" fill-opacity="{opacity}"/>'
    )
