"""A message as Slack's Block Kit: inside Slack's limits, and with foreign text that cannot mention, link or format.

Limits (Slack, Block Kit reference): 50 blocks, header 150, section 3000, 10 fields of 2000, button text 75, value 2000, action id
255.
"""

from __future__ import annotations

from typing import Any

from alerts.message import Change, Figure, Item, Link, Message, Outlook
from alerts.sparkline import blocks as sparkline
from alerts.sparkline import expected_blocks
from alerts.texts import Texts, texts
from storage.model import State, Verdict

MAX_BLOCKS, MAX_HEADER, MAX_SECTION, MAX_FIELD, MAX_FIELDS, MAX_TEXT, MAX_ACTION = 50, 150, 3000, 2000, 10, 3500, 255
Block = dict[str, Any]

_SIGNS = {
    State.RUPTURE: "⚡",
    State.EMERGING: "🌱",
    State.WEAK_SIGNAL: "📡",
    State.TREND: "📈",
    State.TRANSITION: "🔀",
    State.DECLINING: "📉",
    State.NOISE: "▫️",
    State.STABLE: "▫️",
}
_KIND_SIGNS = {"buzz": "📣", "threshold": "🎚️"}
# Slack has no escape for these, so a look-alike takes their place inside foreign text.
_FORMATTING = str.maketrans({"*": "∗", "_": "＿", "~": "∼", "`": "ˋ"})


def payload(message: Message, *, interactive: bool = False) -> dict[str, Any]:
    """``text`` (for notifications) and ``blocks`` of a message. Deterministic.

    ``interactive``: somebody listens to the answers, so there are buttons for them; a button nobody hears is never shown.
    """
    said = texts(message.to.lang)
    if message.kind == "alert":
        (item,) = message.items
        found = [_header(f"{_sign(item)} {message.title}"), *_full(said, item), *_actions(said, item, interactive)]
    else:
        found = [_header(message.title), *([_section(mrkdwn(message.intro, MAX_SECTION))] if message.kind == "digest" else [])]
        for section in message.sections:
            if section.title:
                found += [{"type": "divider"}, _section(f"*{mrkdwn(section.title, 200)}*")]
            for item in section.items:
                found += _short(item)
        for outlook in message.outlooks:
            found += _outlook(outlook)
        if message.closing:
            found.append(_context(mrkdwn(message.closing, MAX_SECTION)))
    return {"text": _fallback(message), "blocks": _fit(said, found)}


def reply(message: Message) -> dict[str, Any]:
    """The line a case's thread gets when the case changes."""
    (item,) = message.items
    lines = [f"*{mrkdwn(message.title, 300)}* · {mrkdwn(item.lift, 20)}", mrkdwn(item.sentence, 1500)]
    return {"text": _fallback(message), "blocks": [_section("\n".join(lines))]}


def mrkdwn(text: str, limit: int) -> str:
    """Foreign text for a mrkdwn field: ``&``, ``<``, ``>`` as entities, no formatting, at most ``limit`` characters as sent."""
    neutral = text.translate(_FORMATTING)
    escaped = _escape(neutral)
    while len(escaped) > limit:
        neutral = neutral[: max(len(neutral) - (len(escaped) - limit) - 1, 0)].rstrip()
        escaped = _escape(neutral) + "…"
        if not neutral:
            return escaped[:limit]
    return escaped


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _link(url: str | None, text: str) -> str:
    label = text.replace("|", "¦")
    return f"<{_escape(url).replace('|', '%7C')}|{label}>" if url else label


def _sign(item: Item) -> str:
    return "✅" if item.change is Change.CLOSED else _KIND_SIGNS.get(item.kind, _SIGNS[item.state])


def _full(said: Texts, item: Item) -> list[Block]:
    found = [_section(mrkdwn(item.sentence, MAX_SECTION))] if item.sentence else []
    narrow = [figure for figure in item.figures if not figure.is_wide][:MAX_FIELDS]
    if narrow:
        fields = [_mrkdwn_object(f"*{mrkdwn(f.label, 100)}*\n{mrkdwn(f.value, 1800)}") for f in narrow]
        found.append({"type": "section", "fields": fields})
    if item.weekly:
        observed, expected = sparkline(item.weekly, item.onset), expected_blocks(item.weekly, item.onset)
        drawn = f"{observed}  {mrkdwn(said('observed'), 40)}\n{expected}  {mrkdwn(said('expected'), 40)}"
        found.append(_context(f"{drawn}\n{mrkdwn(item.weekly_caption, 300)}"))
    told = _lines([_told(figure) for figure in item.figures if figure.is_wide])
    if told:
        found.append(_section(told))
    if item.links:
        found.append(_section(_lines([_evidence(link) for link in item.links])))
    if item.caveats:
        found.append(_context(_lines([f"⚠️ {mrkdwn(caveat, 500)}" for caveat in item.caveats])))
    return found


def _short(item: Item) -> list[Block]:
    head = (
        f"{_sign(item)} *{_link(item.url, mrkdwn(item.title, 200))}* · {mrkdwn(item.state_label, 60)} · {mrkdwn(item.lift, 20)}"
    )
    found = [_section(_lines([head, mrkdwn(item.sentence, 1000)]))]
    details = [sparkline(item.weekly, item.onset)] if item.weekly else []
    details += [_told(figure) for figure in item.figures if figure.in_digest]
    details += [_evidence(link) for link in item.links[:3]]
    return [*found, _context(_lines(details))] if details else found


def _outlook(outlook: Outlook) -> list[Block]:
    lines = [f"*{mrkdwn(outlook.title, 200)}*", mrkdwn(outlook.note, 400)]
    for line in outlook.lines:
        name = _link(line.url, mrkdwn(line.title, 180))
        lines.append(f"{_SIGNS[line.state]} {name} · {mrkdwn(line.state_label, 60)} · {mrkdwn(line.detail, 200)}")
    return [{"type": "divider"}, _section(_lines(lines))]


def _told(figure: Figure) -> str:
    return f"*{mrkdwn(figure.label, 100)}* · {mrkdwn(figure.value, 900)}"


def _evidence(link: Link) -> str:
    why = f"{mrkdwn(link.role_label, 60)} · " if link.role_label else ""
    return f"• {_link(link.url, mrkdwn(link.title, 180))} — {why}{mrkdwn(link.detail, 120)}"


def _actions(said: Texts, item: Item, interactive: bool) -> list[Block]:
    buttons: list[Block] = []
    if item.url:
        buttons.append({"type": "button", "action_id": "open", "text": _plain(said("See the theme"), 75), "url": item.url})
    if interactive:
        answers = ((Verdict.USEFUL, said("Useful")), (Verdict.KNOWN, said("Already known")), (Verdict.NOISE, said("Noise")))
        buttons += [
            {
                "type": "button",
                "action_id": f"feedback:{verdict.value}:{item.subject_id}"[:MAX_ACTION],
                "text": _plain(label, 75),
                "value": item.subject_id[:2000],
            }
            for verdict, label in answers
        ]
    return [{"type": "actions", "elements": buttons}] if buttons else []


def _fit(said: Texts, found: list[Block]) -> list[Block]:
    if len(found) <= MAX_BLOCKS:
        return found
    return [
        *found[: MAX_BLOCKS - 1],
        _context(said("The message was too long for Slack: see the digest or the web pages for the rest.")),
    ]


def _fallback(message: Message) -> str:
    return mrkdwn(f"{message.title} — {message.intro}" if message.intro else message.title, MAX_TEXT)


def _lines(lines: list[str]) -> str:
    """As many whole lines as fit a section."""
    kept: list[str] = []
    for line in lines:
        if line and sum(map(len, kept)) + len(kept) + len(line) <= MAX_SECTION:
            kept.append(line)
    return "\n".join(kept)


def _header(text: str) -> Block:
    return {"type": "header", "text": _plain(text, MAX_HEADER)}


def _section(text: str) -> Block:
    return {"type": "section", "text": _mrkdwn_object(text)}


def _context(text: str) -> Block:
    return {"type": "context", "elements": [_mrkdwn_object(text)]}


def _mrkdwn_object(text: str) -> Block:
    # verbatim: a bare address or #name in a foreign title must not become a link.
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def _plain(text: str, limit: int) -> Block:
    return {"type": "plain_text", "text": text if len(text) <= limit else text[: limit - 1] + "…", "emoji": False}
