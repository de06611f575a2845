"""A message as text and HTML, from the templates. Foreign text is escaped by Jinja; styles are inline, as mail clients need."""

from __future__ import annotations

import base64
from collections.abc import Callable
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from alerts.message import Item, Message
from alerts.sparkline import HEIGHT, WIDTH, blocks, expected_blocks, png, shows_onset
from alerts.texts import texts
from storage.model import State

_TEMPLATES = Path(__file__).parent / "templates"
# Background and text of a state's badge; each pair has a contrast of 4.5 or more.
BADGES = {
    State.RUPTURE: ("#b42318", "#ffffff"),
    State.EMERGING: ("#067647", "#ffffff"),
    State.WEAK_SIGNAL: ("#6941c6", "#ffffff"),
    State.TREND: ("#175cd3", "#ffffff"),
    State.TRANSITION: ("#b54708", "#ffffff"),
    State.DECLINING: ("#475467", "#ffffff"),
    State.NOISE: ("#667085", "#ffffff"),
    State.STABLE: ("#667085", "#ffffff"),
}
KIND_BADGES = {"buzz": ("#c11574", "#ffffff"), "threshold": ("#475467", "#ffffff")}


def plain_text(message: Message, unsubscribe: str | None = None) -> str:
    """The message for a reader without HTML; complete, not a pointer to the other part."""
    template = _environment(message.to.lang).get_template("message.txt.j2")
    return template.render(message=message, unsubscribe=unsubscribe, sparkline=blocks, expected_line=expected_blocks)


def html(message: Message, image_src: Callable[[int, Item], str], unsubscribe: str | None = None) -> str:
    """The message as an HTML page. ``image_src`` gives the address of the n-th item's sparkline (``cid:…`` or ``data:…``)."""
    template = _environment(message.to.lang).get_template("message.html.j2")
    return template.render(
        message=message,
        unsubscribe=unsubscribe,
        image_src=image_src,
        badges=BADGES,
        badge_of=_badge,
        has_onset=shows_onset,
        spark_width=WIDTH,
        spark_height=HEIGHT,
        numbers={item.subject_id: number for number, item in enumerate(message.items)},
    )


def embedded_image(_number: int, item: Item) -> str:
    """A sparkline as a ``data:`` address, for pages that stand alone."""
    return "data:image/png;base64," + base64.b64encode(png(item.weekly, item.onset)).decode("ascii")


def _badge(item: Item) -> tuple[str, str]:
    """A burst and a passed limit do not wear the colours of a state."""
    return KIND_BADGES.get(item.kind, BADGES[item.state])


@cache
def _environment(lang: str) -> Environment:
    said = texts(lang)
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=select_autoescape(("html.j2",)),
        extensions=["jinja2.ext.i18n"],
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.install_gettext_callables(said.gettext, said.ngettext, newstyle=True)  # type: ignore[attr-defined]
    environment.globals["lang"] = said.lang
    environment.filters["day"] = said.day
    return environment
