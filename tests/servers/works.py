"""An invented work as several databases know it, and what their servers share."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.servers.http import Handler


@dataclass(frozen=True)
class Work:
    """One work. Each server shows the fields its database has."""

    number: int
    title: str = ""
    abstract: str = "We present an illustrative photonic chip for quantum key distribution."
    doi: str = ""
    arxiv: str = ""
    hal: str = ""
    on: dt.date = dt.date(2026, 2, 27)
    category: str = "quant-ph"
    country: str = "FR"
    institution: str = "Institut Exemple"
    extra: Mapping[str, Any] = field(default_factory=dict)
    """Fields laid over the record, to break it."""

    @property
    def named(self) -> str:
        return self.title or f"An illustrative work on quantum key distribution, number {self.number}"

    @property
    def number_arxiv(self) -> str:
        return self.arxiv or f"2602.{self.number:05d}"

    def holds(self, phrase: str) -> bool:
        return phrase.casefold() in f"{self.named} {self.abstract}".casefold()


def works(count: int, **kw: Any) -> list[Work]:
    return [Work(number, **kw) for number in range(1, count + 1)]


def asked(handler: Handler) -> dict[str, list[str]]:
    """The parameters of a request."""
    return parse_qs(urlsplit(handler.path).query, keep_blank_values=True)


def answer(
    handler: Handler, body: str | bytes, status: int = 200, content_type: str = "application/json", **headers: str
) -> None:
    data = body.encode() if isinstance(body, str) else body
    handler.send_response(status)
    handler.send_header("Content-Type", content_type)
    handler.send_header("Content-Length", str(len(data)))
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    handler.wfile.write(data)


def answer_json(handler: Handler, value: object, status: int = 200, **headers: str) -> None:
    answer(handler, json.dumps(value), status, **headers)


Tamper = Callable[[dict[str, Any]], Any]
"""Changes a right answer into a wrong one."""
