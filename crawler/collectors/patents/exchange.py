"""Answers of EPO Open Patent Services: bibliographic data, search results, full text, families, legal events, images. Pure.

``exchange-documents`` and ``exchange-document`` may each repeat, and a search without constituents gives numbers only.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from lxml import etree

from crawler.collectors.patents.codes import symbol
from crawler.collectors.patents.publication import (
    Applicant,
    LegalEvent,
    Publication,
    Reference,
    country_of,
    day,
    number_of,
    organisation,
)
from crawler.collectors.patents.trees import found, text, texts
from crawler.normalize import MAX_TITLE

_MAX_DESCRIPTION = 200_000
_MAX_APPLICANTS = 50
_COUNTRY = re.compile(r"\[([A-Z]{2})\]\s*$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What an answer holds. ``rows`` counts the records in it, ``rejected`` those that could not be read.

    ``total``, ``query``, ``begin`` and ``end`` are given by searches; a total of 10,000 means that many or more.
    """

    publications: tuple[Publication, ...] = ()
    rows: int = 0
    rejected: int = 0
    total: int | None = None
    query: str = ""
    begin: int = 0
    end: int = 0


def read_answer(root: etree._Element) -> Answer:
    """Every publication in ``root`` (from ``trees.tree``). A record without a number is rejected; it never costs the others."""
    read = [_publication(row) for row in _rows(root)]
    good = tuple(one for one in read if one is not None)
    search = next(root.iter("biblio-search"), None)
    if search is None:
        family = next(root.iter("patent-family"), None)
        total = None if family is None else _whole(family.get("total-result-count"))
        return Answer(publications=good, rows=len(read), rejected=len(read) - len(good), total=total)
    span = search.find("range")
    return Answer(
        publications=good,
        rows=len(read),
        rejected=len(read) - len(good),
        total=_whole(search.get("total-result-count")),
        query=found(search, "query"),
        begin=(_whole(span.get("begin")) or 0) if span is not None else 0,
        end=(_whole(span.get("end")) or 0) if span is not None else 0,
    )


def fault(root: etree._Element) -> tuple[str, str]:
    """Code and message of an error answer, whichever of its three forms it has; empty where it is none."""
    if root.tag not in ("fault", "error"):
        return "", ""
    return found(root, "code"), found(root, "message") or found(root, "description")


def _rows(root: etree._Element) -> Iterator[etree._Element]:
    names = ("exchange-document", "fulltext-document", "family-member", "inquiry-result")
    rows = [element for name in names for element in root.iter(name)]
    if rows:
        yield from rows
    else:
        yield from root.iterfind(".//search-result/publication-reference")


def _publication(row: etree._Element) -> Publication | None:
    reference = row if row.tag == "publication-reference" else row.find(".//publication-reference")
    number = _document_id(reference)
    country, kind = _said(row, number, "country"), _said(row, number, "kind")
    digits = number_of(country, _said(row, number, "doc-number"), kind)
    if country_of(country) is None or not digits or len(digits) > 20 or len(kind) > 3:
        return None
    biblio = row.find("bibliographic-data")
    data = row if biblio is None else biblio
    return Publication(
        country=country,
        number=digits,
        kind=kind,
        published_on=_published(reference),
        family=_digits(row.get("family-id")) or None,
        titles=_by_language(data.iterfind("invention-title"), MAX_TITLE),
        abstracts=_by_language(row.iterfind("abstract")),
        applicants=_applicants(data),
        cpc=_cpc(data),
        ipc=_ipc(data),
        application=next(_references(data.iterfind("application-reference")), None),
        priorities=tuple(_references([*data.iterfind("priority-claims/priority-claim"), *data.iterfind("priority-claim")])),
        claims=tuple(filter(None, (text(one) for one in row.iterfind("claims/claim/claim-text")))),
        description=texts(row.iterfind("description/p"), _MAX_DESCRIPTION),
        events=tuple(_events(row)),
    )


def _said(row: etree._Element, number: etree._Element | None, name: str) -> str:
    """A part of the number, from the row's attribute or else from its document-id."""
    return row.get(name) or found(number, name)


def _document_id(reference: etree._Element | None) -> etree._Element | None:
    """The number in the EPO's own form, which is the only one that is the same everywhere."""
    if reference is None:
        return None
    docdb = reference.find("document-id[@document-id-type='docdb']")
    return reference.find("document-id") if docdb is None else docdb


def _published(reference: etree._Element | None) -> dt.date | None:
    dates = () if reference is None else reference.iterfind("document-id/date")
    return next((on for date in dates if (on := day(date.text))), None)


def _by_language(elements: Iterable[etree._Element], limit: int = 20_000) -> dict[str, str]:
    """The first text of each language; ``ol`` (original language) and no language at all are ``""``."""
    kept: dict[str, str] = {}
    for element in elements:
        lang = (element.get("lang") or "").lower()
        paragraphs = element.findall("p")
        said = texts(paragraphs, limit) if paragraphs else text(element, limit)
        if said:
            kept.setdefault("" if lang == "ol" or not re.fullmatch("[a-z]{2}", lang) else lang, said)
    return kept


def _applicants(data: etree._Element) -> tuple[Applicant, ...]:
    """The applicants that are not inventors as well: persons are not kept. The EPO's own form knows the country."""
    inventors = {_folded(name) for name in _names(data, "inventor")}
    forms = [(form, list(_names(data, "applicant", form))) for form in ("epodoc", "original", None)]
    names = next((found for _, found in forms if found), [])
    kept: dict[str, Applicant] = {}
    for name in names:
        country = _COUNTRY.search(name)
        plain = organisation(name)
        if plain and _folded(name) not in inventors:
            kept.setdefault(plain.casefold(), Applicant(plain, country_of(country[1]) if country else None))
    return tuple(kept.values())[:_MAX_APPLICANTS]


def _names(data: etree._Element, role: str, form: str | None = None) -> Iterator[str]:
    for party in data.iterfind(f"parties/{role}s/{role}"):
        if form is None or party.get("data-format") == form:
            name = found(party, f"{role}-name/name")
            if name:
                yield name


def _folded(name: str) -> str:
    return re.sub(r"\W+", " ", organisation(name).casefold()).strip()


def _cpc(data: etree._Element) -> tuple[str, ...]:
    parts = ("section", "class", "subclass", "main-group", "subgroup")
    kept: dict[str, None] = {}
    for row in data.iterfind("patent-classifications/patent-classification"):
        scheme = row.find("classification-scheme")
        if scheme is None or not (scheme.get("scheme") or "").startswith("CPC"):
            continue
        section, cls, subclass, group, subgroup = (found(row, part) for part in parts)
        code = symbol(f"{section}{cls}{subclass}{group}/{subgroup}" if subgroup else f"{section}{cls}{subclass}{group}")
        code = code or symbol(found(row, "classification-symbol"))
        if code:
            kept[code] = None
    return tuple(kept)


def _ipc(data: etree._Element) -> tuple[str, ...]:
    rows = [*data.iterfind("classifications-ipcr/classification-ipcr/text"), *data.iterfind("classification-ipc/text")]
    return tuple(dict.fromkeys(code for row in rows if (code := symbol(text(row)))))


def _references(rows: Iterable[etree._Element]) -> Iterator[Reference]:
    for row in rows:
        ids = {one.get("document-id-type") or "docdb": one for one in row.iterfind("document-id")}
        number = next((ids[form] for form in ("epodoc", "docdb", "original") if form in ids), None)
        if number is None:
            continue
        days = (day(found(one, "date")) for one in ids.values())
        written = found(number, "country") + found(number, "doc-number")
        if written:
            yield Reference(written, next((on for on in days if on), None))


def _events(row: etree._Element) -> Iterator[LegalEvent]:
    for event in row.iterfind("legal"):
        code, said = (event.get("code") or "").strip(), (event.get("desc") or "").strip()
        gazette = next((on for part in event if part.tag.startswith("L007") and (on := day(part.text))), None)
        if code:
            yield LegalEvent(code, said, gazette)


def _whole(number: str | None) -> int | None:
    return int(number) if number and number.isascii() and number.isdigit() and len(number) < 16 else None


def _digits(number: str | None) -> str:
    return number if number and number.isascii() and number.isdigit() and len(number) < 16 else ""
