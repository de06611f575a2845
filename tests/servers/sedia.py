"""The portal's search on loopback, over invented calls: it reads multipart JSON strictly and gives everything to all else."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.servers.http import Handler, Site, serving

OPEN, FORTHCOMING, CLOSED = "31094502", "31094501", "31094503"


def a_result(identifier: str = "HORIZON-CL4-2026-EX-01", *, url: str | None = None, **metadata: Any) -> dict[str, Any]:
    """A result; every value of its metadata is put into a list of one, ``None`` leaves it out."""
    values: dict[str, Any] = {
        "DATASOURCE": "SEDIA",
        "type": "1",
        "identifier": identifier,
        "title": "Illustrative photonics call",
        "status": OPEN,
        "startDate": "2026-09-15T00:00:00.000+0000",
        "deadlineDate": "2027-01-21T00:00:00.000+0000",
        "frameworkProgramme": "43108390",
        "callIdentifier": "HORIZON-CL4-2026-EX",
        "descriptionByte": "<p>Chips that <b>bend</b> light.</p><script>alert(1)</script>",
    } | metadata
    reference = values.pop("reference", f"{identifier}TOPICSen")
    return {
        "reference": reference,
        "url": url or f"https://ec.europa.eu/info/funding-tenders/opportunities/data/topicDetails/{identifier.lower()}.json",
        "summary": "Illustrative",
        "metadata": {name: value if isinstance(value, list) else [value] for name, value in values.items() if value is not None},
    }


@dataclass
class Sedia:
    """``results`` is the index. The rest are moods: what it does instead of answering well."""

    site: Site
    results: list[Any] = field(default_factory=list)
    bare_lists: bool = False
    ignores_filter: bool = False
    repeats: bool = False
    announces: int | None = None
    says: bytes | None = None
    fails_details: int = 0
    asked: list[dict[str, Any]] = field(default_factory=list)

    @property
    def address(self) -> str:
        return self.site.url("/search-api/prod/rest/search?apiKey=SEDIA")


@contextmanager
def running_sedia() -> Iterator[Sedia]:
    """A search of its own on a free port."""
    with serving() as site:
        sedia = Sedia(site)

        def answer(handler: Handler) -> None:
            status, said = _answer(sedia, handler)
            body = said if isinstance(said, bytes) else json.dumps(said, ensure_ascii=False).encode()
            handler.send_response(status)
            handler.send_header("Content-Type", "application/json")
            handler.send_header("Content-Length", str(len(body)))
            handler.end_headers()
            handler.wfile.write(body)

        site.routes["/search-api/prod/rest/search"] = answer
        yield sedia


def _answer(sedia: Sedia, handler: Handler) -> tuple[int, Any]:
    if handler.command != "POST":
        return 405, {"message": "POST"}
    asked = {name: values[-1] for name, values in parse_qs(urlsplit(handler.path).query).items()}
    if asked.get("apiKey") != "SEDIA":
        return 401, {"message": "apiKey"}
    size = int(asked.get("pageSize", "10"))
    if not 0 < size <= 100:
        return 400, {"message": "pageSize is at most 100"}
    parts = _parts(handler)
    if parts is None:
        return 500, {"message": "Content type 'text/plain' not supported"}
    sedia.asked.append({**asked, "parts": parts})
    text = asked.get("text", "***")
    if sedia.says is not None:
        return 200, sedia.says
    if text != "***" and sedia.fails_details:
        sedia.fails_details -= 1
        return 502, b"bad gateway"
    query = {} if sedia.ignores_filter else parts.get("query", {})  # no part, no filter: everything
    found = [one for one in sedia.results if not isinstance(one, dict) or (_fits(one, query) and _speaks(one, text))]
    page = 1 if sedia.repeats else int(asked.get("pageNumber", "1"))
    shown = [_shown(one, sedia, parts, text) for one in found[(page - 1) * size : page * size]]
    total = len(found) if sedia.announces is None else sedia.announces
    return 200, {"totalResults": total, "pageNumber": page, "pageSize": size, "results": shown}


def _parts(handler: Handler) -> dict[str, Any] | None:
    """The parts of a form; none of a plain body; None where a part is no JSON by its own word."""
    content_type = handler.headers.get("Content-Type", "")
    if not content_type.startswith("multipart/form-data"):
        return {}
    raw = b"Content-Type: " + content_type.encode() + b"\r\n\r\n" + handler.body
    message = BytesParser(EmailMessage, policy=HTTP).parsebytes(raw)
    parts: dict[str, Any] = {}
    for part in message.iter_parts():
        if part.get_content_type() != "application/json":
            return None
        parts[str(part.get_param("name", header="content-disposition"))] = json.loads(part.get_content())
    return parts


def _fits(result: dict[str, Any], query: dict[str, Any]) -> bool:
    metadata = result.get("metadata", {})
    for clause in query.get("bool", {}).get("must", []):
        for name, wanted in clause.get("terms", {}).items():
            if not set(metadata.get(name, [])) & set(wanted):
                return False
        for name, bounds in clause.get("range", {}).items():
            if not isinstance(bounds["gte"], int) or bounds["gte"] < 10**12:
                return False  # seconds, or a text: it finds nothing
            opens = metadata.get(name, ["1970-01-01"])[0][:10]
            from_day = dt.datetime.fromtimestamp(bounds["gte"] / 1000, dt.UTC).date().isoformat()
            if opens < from_day:
                return False
    return True


def _speaks(result: dict[str, Any], text: str) -> bool:
    return text == "***" or text.strip('"') in json.dumps(result)


def _shown(result: Any, sedia: Sedia, parts: dict[str, Any], text: str) -> Any:
    if not isinstance(result, dict) or not isinstance(result.get("metadata"), dict):
        return result
    wanted = parts.get("displayFields")
    hidden = {"descriptionByte"} if sedia.bare_lists and text == "***" else set()
    metadata = {k: v for k, v in result["metadata"].items() if (wanted is None or k in wanted) and k not in hidden}
    return {**result, "metadata": metadata}
