"""What the published test feeds say of themselves: the ``Expect:`` comments of feedparser's, the JSON beside gofeed's.

A comment is read as a syntax tree, never run. Only the number of entries, their dates, links, identifiers and text count.
"""

from __future__ import annotations

import ast
import datetime as dt
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from feedparser.datetimes import _parse_date

_EXPECT = re.compile(r"Expect:\s*(.*?)\s*-->", re.DOTALL)
_HEADER = re.compile(r"^Header:\s+([^:\n]+):([^\n]*)$", re.MULTILINE)
_DATES = ("published", "updated", "created", "issued", "modified", "date")
_TEXTS = ("title", "summary", "description", "content")
_WIDE = (
    (b"\x00\x00\xfe\xff", "utf-32be"),
    (b"\xff\xfe\x00\x00", "utf-32le"),
    (b"\x00\x00\x00\x3c", "utf-32be"),
    (b"\x3c\x00\x00\x00", "utf-32le"),
    (b"\x00\x3c\x00\x3f", "utf-16be"),
    (b"\x3c\x00\x3f\x00", "utf-16le"),
    (b"\xfe\xff", "utf-16be"),
    (b"\xff\xfe", "utf-16le"),
)
_MISSING = object()


@dataclass(frozen=True, slots=True)
class Check:
    """One thing stated of the entry ``index``: what is at ``path`` equals ``value``, or is absent where ``value`` is None.

    ``sort`` is count (then ``value`` is the number of entries, ``at_least`` or exactly), date, link, id or text.
    """

    sort: str
    index: int = 0
    path: tuple[str | int, ...] = ()
    value: Any = None
    at_least: bool = False


def comment_of(body: bytes) -> str:
    """The feed as text, good enough to find its comment in."""
    for mark, name in _WIDE:
        if body.startswith(mark):
            return body.decode(name, "ignore")
    return body.decode("utf-8", "ignore")


def headers_in(text: str) -> dict[str, str]:
    """The headers a comment says the feed came with, in lower case."""
    return {name.strip().lower(): value.strip() for name, value in _HEADER.findall(text)}


def checks_in(text: str) -> list[Check]:
    """The checks of one comment; the parts of it that concern other things are left out."""
    match = _EXPECT.search(text)
    if match is None:
        return []
    try:
        tree = ast.parse(match[1].strip(), mode="eval").body
    except (SyntaxError, ValueError):
        return []
    found = [check for part in _parts(tree) for check in _checks(part)]
    named = [path[0] for node in ast.walk(tree) if isinstance(node, ast.expr) and (path := _entry_path(node))]
    if named and not any(check.sort == "count" for check in found):
        found.append(Check("count", value=max(named) + 1, at_least=True))
    return found


def checks_of_gofeed(expected: Mapping[str, Any]) -> list[Check]:
    """The checks of one of gofeed's JSON files, of its parsers or its translator."""
    items = expected.get("items", expected.get("entries"))
    if not isinstance(items, list):
        return []
    found = [Check("count", value=len(items))]
    for index, item in enumerate(items):
        found += _gofeed_item(index, item)
    return found


def _gofeed_item(index: int, item: Mapping[str, Any]) -> Iterator[Check]:
    days = [item[name] for name in ("publishedParsed", "pubDateParsed", "updatedParsed") if item.get(name)]
    if days:
        moment = dt.datetime.fromisoformat(days[0]).astimezone(dt.UTC)
        yield Check("date", index, (), tuple(moment.utctimetuple()))
    link = item.get("link")
    if link is None and item.get("links") and isinstance(item["links"][0], dict):
        link = next((found.get("href") for found in item["links"] if found.get("rel", "alternate") == "alternate"), None)
    if isinstance(link, str) and link:
        yield Check("link", index, ("link",), link)
    guid = item.get("guid", item.get("id"))
    guid = guid.get("value") if isinstance(guid, dict) else guid
    if isinstance(guid, str) and guid:
        yield Check("id", index, ("id",), guid)


def _parts(node: ast.expr) -> list[ast.expr]:
    if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.And):
        return [part for value in node.values for part in _parts(value)]
    return [node]


def _checks(node: ast.expr) -> Iterator[Check]:
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not) and (absent := _absent(node.operand)) is not None:
        yield absent
    if not isinstance(node, ast.Compare) or not all(isinstance(op, ast.Eq) for op in node.ops):
        return
    *sides, last = [node.left, *node.comparators]
    value = _literal(last)
    if value is _MISSING:
        return
    for side in sides:
        if _is_count(side) and isinstance(value, int):
            yield Check("count", value=value)
        elif (path := _entry_path(side)) is not None and (check := _classed(path[0], path[1:], value)) is not None:
            yield check


def _classed(index: Any, path: tuple[str | int, ...], value: Any) -> Check | None:
    name = path[0] if path else ""
    if len(path) == 1 and isinstance(name, str):
        if name.removesuffix("_parsed") in _DATES:
            moment = value if name.endswith("_parsed") else _parse_date(value) if isinstance(value, str) else None
            return Check("date", index, path, tuple(moment)) if moment else None
        if name in ("id", "guid"):
            return Check("id", index, path, value)
    if name == "link" or (name == "links" and len(path) == 3 and path[2] == "href"):
        return Check("link", index, path, value)
    if name in _TEXTS and (len(path) == 1 or path[-1] == "value") and isinstance(value, str):
        return Check("text", index, path, value)
    return None


def _absent(node: ast.expr) -> Check | None:
    if (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "has_key"
        and len(node.args) == 1
    ):
        path, name = _entry_path(node.func.value), _literal(node.args[0])
        if path is not None and len(path) == 1 and name in ("link", "id"):
            return Check(name, int(path[0]), (name,), None)
    return None


def _is_count(node: ast.expr) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "len"
        and len(node.args) == 1
        and isinstance(node.args[0], ast.Name)
        and node.args[0].id == "entries"
    )


def _entry_path(node: ast.expr) -> tuple[Any, ...] | None:
    """``(0, 'links', 1, 'href')`` for ``entries[0].links[1]['href']``; None for anything else."""
    steps: list[Any] = []
    while not isinstance(node, ast.Name):
        if isinstance(node, ast.Attribute):
            steps.append(node.attr)
            node = node.value
        elif isinstance(node, ast.Subscript) and (step := _literal(node.slice)) is not _MISSING:
            steps.append(step)
            node = node.value
        else:
            return None
    return tuple(reversed(steps)) if node.id == "entries" and steps and isinstance(steps[-1], int) else None


def _literal(node: ast.expr) -> Any:
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return _MISSING
