"""Patent XML as a tree that can do no harm: no network, no outside file, no entity expanded, no huge node. Pure."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable

from lxml import etree

from crawler.collectors.markup import is_html
from crawler.normalize import plain_text
from crawler.reasons import Unreadable

_REFERENCE = re.compile(r"&([A-Za-z][\w.-]*);")
# Greek letters as old USPTO files name them (ISO 8879 "grk1"); HTML knows the other names those files use.
_GREEK = dict(
    zip(
        "a b g d e z ee th i k l m n x o p r s t u ph kh ps oh".split(),  # noqa: SIM905  a table to read, not a list to scan
        "αβγδεζηθικλμνξοπρστυφχψω",
        strict=True,
    )
)


def tree(data: bytes, where: str) -> etree._Element:
    """The root of ``data`` with names stripped of their namespaces. Raises Unreadable: a web page, no XML, XML made to hurt."""
    parser = etree.XMLParser(
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(data.strip(), parser)
    except (etree.XMLSyntaxError, ValueError) as exc:
        if "entit" in str(exc).lower():
            raise Unreadable("entities", where) from exc
        raise Unreadable("html" if is_html(data) else "shape", where, "XML") from exc
    for element in root.iter(etree.Element):
        element.tag = etree.QName(element).localname
    if str(root.tag).lower() == "html":
        raise Unreadable("html", where)
    return root


def text(element: etree._Element | None, limit: int = 20_000) -> str:
    """What an element says, in one line."""
    if element is None:
        return ""
    return plain_text("".join(_letters(str(part)) for part in element.itertext()), limit)


def texts(elements: Iterable[etree._Element], limit: int = 20_000) -> str:
    """What several elements say, one after the other."""
    return plain_text(" ".join(part for part in (text(element, limit) for element in elements) if part), limit)


def found(element: etree._Element | None, path: str) -> str:
    """The text at ``path`` below ``element``; empty where either is missing."""
    return "" if element is None else text(element.find(path))


def _letters(part: str) -> str:
    """Named letters of document types that are never loaded: ``&minus;``, ``&agr;``. A name nobody knows is dropped."""
    match = _REFERENCE.fullmatch(part)
    if match is None:
        return part
    name = match[1]
    if name.endswith("gr") and (letter := _GREEK.get(name[:-2].lower())):
        return letter.upper() if name[0].isupper() else letter
    return html.entities.html5.get(f"{name};", "")
