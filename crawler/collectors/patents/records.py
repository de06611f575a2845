"""Patent records in files: answers of EPO Open Patent Services, USPTO full text, and JSON that clients made from them. Pure."""

from __future__ import annotations

import json
from typing import Any

from crawler.collectors.patents.exchange import Answer, fault, read_answer
from crawler.collectors.patents.publication import Publication, number_of
from crawler.collectors.patents.trees import tree
from crawler.collectors.patents.uspto import read_grant_or_application, read_publication_of_2001
from crawler.normalize import plain_text
from crawler.reasons import Unreadable


def read_records(data: bytes, where: str) -> Answer:
    """The publications in ``data``; ``where`` names it in errors. Raises Unreadable: not a patent record in a form known here."""
    if data.lstrip()[:1] == b"{":
        return _from_json(data, where)
    root = tree(data, where)
    match str(root.tag):
        case "world-patent-data":
            return read_answer(root)
        case "us-patent-grant" | "us-patent-application":
            publication = read_grant_or_application(root)
        case "patent-application-publication":
            publication = read_publication_of_2001(root)
        case _:
            code, said = fault(root)
            raise Unreadable("service_error" if code else "shape", where, f"{code} {said}".strip()[:160] or str(root.tag)[:60])
    return Answer(publications=() if publication is None else (publication,), rows=1, rejected=int(publication is None))


def _from_json(data: bytes, where: str) -> Answer:
    """Search results and full text as public clients of the EPO write them: the same fields, in snake case."""
    try:
        value = json.loads(data)
        rows = value["results"] if "results" in value else [value["document_id"] | {"description": value.get("description")}]
        total = value.get("num_results")
    except (ValueError, KeyError, TypeError, RecursionError) as exc:
        raise Unreadable("shape", where, "JSON") from exc
    if not isinstance(rows, list):
        raise Unreadable("shape", where, "results")
    read = [_row(row) for row in rows]
    good = tuple(one for one in read if one is not None)
    return Answer(
        publications=good,
        rows=len(read),
        rejected=len(read) - len(good),
        total=total if isinstance(total, int) else None,
        query=plain_text(str(value.get("query") or "")),
        begin=_count(value.get("begin")),
        end=_count(value.get("end")),
    )


def _row(row: Any) -> Publication | None:
    if not isinstance(row, dict):
        return None
    country, number, kind, family = (str(row.get(name) or "") for name in ("country", "doc_number", "kind", "family_id"))
    if not country or not number:
        return None
    return Publication(
        country=country,
        number=number_of(country, number, kind),
        kind=kind,
        family=family or None,
        description=plain_text(str(row.get("description") or ""), 200_000),
    )


def _count(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0
