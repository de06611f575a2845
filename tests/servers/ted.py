"""A TED search on loopback: it reads expert queries over invented notices and keeps to the documented rules and bad habits."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.servers.http import Handler, Site, serving

Notice = dict[str, Any]
_TOKEN = re.compile(r'\s*(?:(?P<text>"[^"]*")|(?P<mark>[()=~]|<>|>=|<=|>|<)|(?P<word>[^\s()="~<>]+))')


def a_notice(number: str = "999001-2026", **changes: Any) -> Notice:
    """An award as the search gives it; names of fields with underscores for hyphens."""
    notice: Notice = {
        "publication-number": number,
        "publication-date": "2026-09-14+02:00",
        "notice-type": "can-standard",
        "notice-title": {"eng": "France – Equipment – Example", "fra": "France – Matériel – Exemple"},
        "buyer-name": {"fra": ["Région Exemple"]},
        "buyer-country": ["FRA"],
        "classification-cpv": ["30200000", "30200000"],
        "place-of-performance-subdiv-lot": ["FRH02", "FRH02"],
        "total-value": 1_200_000,
        "total-value-cur": ["EUR"],
        "tender-value": [800_000, 400_000],
        "tender-value-cur": ["EUR", "EUR"],
        "organisation-name-tenderer": {"fra": ["Société A", "Société B"]},
        "organisation-country-tenderer": ["FRA", "BEL"],
        "organisation-identifier-tenderer": ["12345678200010", "BE0999"],
        "winner-name": {"fra": ["Société A", "Société B", "Société A"]},
        "description-proc": {"fra": "Un réseau quantum pour le port exemple."},
        "links": {
            "xml": {"MUL": f"https://ted.europa.eu/en/notice/{number}/xml"},
            "html": {
                "ENG": f"https://ted.europa.eu/en/notice/{number}/html",
                "FRA": f"https://ted.europa.eu/fr/notice/{number}/html",
            },
        },
    }
    notice |= {name.replace("_", "-"): value for name, value in changes.items()}
    return {name: value for name, value in notice.items() if value is not None}


@dataclass
class Ted:
    """``notices`` is the journal. The rest are moods: what it does instead of answering well."""

    site: Site
    notices: list[Any] = field(default_factory=list)
    unknown: frozenset[str] = frozenset()
    unfiltered: bool = False
    too_often_after: int | None = None
    retry_after: str | None = None
    slow: int = 0
    repeats: bool = False
    same_token: bool = False
    announces: int | None = None
    says: bytes | None = None
    asked: list[dict[str, Any]] = field(default_factory=list)

    @property
    def address(self) -> str:
        return self.site.url("/v3/notices/search")

    @property
    def queries(self) -> list[str]:
        return [body["query"] for body in self.asked]


@contextmanager
def running_ted() -> Iterator[Ted]:
    """A search of its own on a free port."""
    with serving() as site:
        ted = Ted(site)

        def answer(handler: Handler) -> None:
            status, said = _answer(ted, handler)
            body = said if isinstance(said, bytes) else json.dumps(said, ensure_ascii=False).encode()
            handler.send_response(status)
            handler.send_header("Content-Type", "application/json")
            handler.send_header("Content-Length", str(len(body)))
            if status == 429 and ted.retry_after:
                handler.send_header("Retry-After", ted.retry_after)
            handler.end_headers()
            handler.wfile.write(body)

        site.routes["/v3/notices/search"] = answer
        yield ted


def _wrong(message: str, kind: str = "VALIDATION_ERROR") -> tuple[int, Any]:
    return 400, {"message": message, "error": {"type": kind}}


def _answer(ted: Ted, handler: Handler) -> tuple[int, Any]:
    if handler.command != "POST" or handler.headers.get("Content-Type") != "application/json":
        return 415, {"message": "POST application/json"}
    body = json.loads(handler.body)
    ted.asked.append(body)
    if ted.too_often_after is not None:
        ted.too_often_after -= 1
        if ted.too_often_after < 0:
            ted.too_often_after = None
            return 429, {"message": "Too many requests"}
    if ted.says is not None:
        return 200, ted.says
    allowed = {
        "query",
        "fields",
        "limit",
        "scope",
        "paginationMode",
        "iterationNextToken",
        "onlyLatestVersions",
        "checkQuerySyntax",
    }
    if extra := set(body) - allowed:  # a sort beside the query, a page in iteration mode
        return _wrong(f"Unrecognized field {min(extra)}")
    if not body.get("fields") or not 0 < body.get("limit", 0) <= 250 or len(body["fields"]) * body["limit"] > 10_000:
        return _wrong("fields and a limit of at most 250 are required")
    if unknown := set(body["fields"]) & ted.unknown:
        return _wrong(f"Parameter 'fields' contains unsupported value ({min(unknown)})")
    if body.get("checkQuerySyntax") or body.get("paginationMode") != "ITERATION" or body.get("onlyLatestVersions") is not True:
        return _wrong("not what this server is for")
    try:
        fits = _Expert(body["query"]).fits()
    except (SyntaxError, IndexError) as exc:
        return _wrong(f"Syntax error: {exc}", "QUERY_SYNTAX_ERROR")
    if ted.slow:
        ted.slow -= 1
        return 200, {"notices": [], "totalNoticeCount": 0, "iterationNextToken": None, "timedOut": True}
    return 200, _page(ted, body, fits)


def _page(ted: Ted, body: dict[str, Any], fits: Callable[[Notice], bool]) -> dict[str, Any]:
    found = [one for one in ted.notices if ted.unfiltered or not isinstance(one, dict) or fits(one)]
    token = body.get("iterationNextToken")
    start = int(token.split("-")[1]) if token else 0
    page = found[0 if ted.repeats else start :][: body["limit"]]
    asked = {*body["fields"], "links"}  # links come whatever was asked for
    shown = [{k: v for k, v in one.items() if k in asked} if isinstance(one, dict) else one for one in page]
    after = "token-0" if ted.same_token else f"token-{start + len(page)}"  # also after the last notice
    total = len(found) if ted.announces is None else ted.announces
    return {"notices": shown, "totalNoticeCount": total, "iterationNextToken": after, "timedOut": False}


class _Expert:
    """The part of the expert language that collectors may use, read strictly."""

    def __init__(self, query: str) -> None:
        self.words: list[str] = []
        at = 0
        while query[at:].strip():
            match = _TOKEN.match(query, at)
            if match is None:
                raise SyntaxError(query[at : at + 20])
            self.words.append(match[0].strip())
            at = match.end()
        self.at = 0

    def fits(self) -> Callable[[Notice], bool]:
        if self.words[-4:] != ["SORT", "BY", "PD", "DESC"]:
            raise SyntaxError("SORT BY")
        self.words = self.words[:-4]
        found = self._either()
        if self.at != len(self.words):
            raise SyntaxError(self.words[self.at])
        return found

    def _next(self, *wanted: str) -> str:
        word = self.words[self.at]
        if wanted and word not in wanted:
            raise SyntaxError(word)
        self.at += 1
        return word

    def _is(self, word: str) -> bool:
        return self.at < len(self.words) and self.words[self.at] == word

    def _either(self) -> Callable[[Notice], bool]:
        parts = [self._both()]
        while self._is("OR"):
            self._next()
            parts.append(self._both())
        return lambda notice: any(part(notice) for part in parts)

    def _both(self) -> Callable[[Notice], bool]:
        parts = [self._one()]
        while self._is("AND"):
            self._next()
            parts.append(self._one())
        return lambda notice: all(part(notice) for part in parts)

    def _one(self) -> Callable[[Notice], bool]:
        if self._is("("):
            self._next()
            found = self._either()
            self._next(")")
            return found
        name, sign = self._next(), self._next("=", "~")
        if name == "PD":
            self._next("(")
            first, _, last = self._next(), self._next("<>"), self._next()
            self._next(")")
            return lambda notice: first <= notice["publication-date"][:10].replace("-", "") <= last
        if name == "FT" and sign == "~":
            text = self._next().strip('"').casefold()
            return lambda notice: text in json.dumps(notice, ensure_ascii=False).casefold()
        if name not in ("classification-cpv", "buyer-country", "notice-type"):
            raise SyntaxError(f"Unknown search field '{name}'")
        value = self._next()
        return lambda notice: _matches(value, notice.get(name, []))


def _matches(value: str, held: Any) -> bool:
    texts = held if isinstance(held, list) else [held]
    return any(text.startswith(value[:-1]) if value.endswith("*") else text == value for text in texts)
