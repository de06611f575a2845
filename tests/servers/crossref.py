"""Crossref's works as documented: filters, a cursor whose last page is empty, stated limits, JATS abstracts, partial dates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.servers.http import Handler, Site
from tests.servers.works import Tamper, Work, answer_json, asked

_SELECTABLE = {"DOI", "URL", "title", "abstract", "published", "published-online", "published-print", "issued", "created"} | {
    *("author", "funder", "relation", "type")
}


@dataclass
class Crossref:
    """A running Crossref. Its cursor is the same string on every page, as the real one's may be; it is kept by the server."""

    works: Sequence[Work] = ()
    limits: tuple[str, str] = ("3", "1s")
    same_cursor: bool = True
    endless: bool = False
    most_rows: int = 1000
    tamper: Tamper | None = None
    at: int = 0
    mails: list[str] = field(default_factory=list)

    def mount(self, site: Site) -> str:
        return site.route("/works", self.answer)

    def answer(self, handler: Handler) -> None:
        parameters = {name: values[-1] for name, values in asked(handler).items()}
        filters = dict(part.split(":", 1) for part in parameters["filter"].split(","))
        self.mails.append(parameters.get("mailto", ""))
        if int(parameters["rows"]) > self.most_rows or "from-created-date" not in filters:
            fault = {"type": "integer-not-valid", "value": parameters["rows"], "message": "Rows must be at most 1000"}
            answer_json(handler, {"status": "failed", "message-type": "validation-failure", "message": [fault]}, 400)
            return
        unknown = set(parameters["select"].split(",")) - _SELECTABLE
        if unknown:
            fault = {"type": "parameter-not-allowed", "value": f"{unknown}", "message": "Select specified but not allowed"}
            answer_json(handler, {"status": "failed", "message-type": "validation-failure", "message": [fault]}, 400)
            return
        self.at = 0 if parameters["cursor"] == "*" else self.at
        found = [
            work for work in self.works if filters["from-created-date"] <= work.on.isoformat() <= filters["until-created-date"]
        ]
        phrase = parameters.get("query.bibliographic", "")
        # Words rank and exclude nothing: what holds the phrase comes first.
        found.sort(key=lambda work: (not work.holds(phrase), work.number))
        rows = int(parameters["rows"])
        shown = found[:rows] if self.endless else found[self.at : self.at + rows]
        self.at += len(shown)
        following = "DnF1ZXJ5" if self.same_cursor else f"DnF1ZXJ5{self.at}"
        message: dict[str, Any] = {
            "total-results": len(found),
            "items": [record(work) for work in shown],
            "next-cursor": following,
            "items-per-page": rows,
        }
        body: dict[str, Any] = {"status": "ok", "message-type": "work-list", "message": message}
        limit, interval = self.limits
        headers = {"x_rate_limit_limit": limit, "x_rate_limit_interval": interval}
        answer_json(handler, self.tamper(body) if self.tamper else body, 200, **headers)


def record(work: Work) -> dict[str, Any]:
    text = work.abstract.replace("chip", "<jats:italic>chip</jats:italic>")
    doi = work.doi or f"10.9999/ex.{work.number}"
    return {
        "DOI": doi.upper(),
        "URL": f"https://doi.org/{doi}",
        "type": "journal-article",
        "title": [work.named],
        "abstract": f"<jats:title>Abstract</jats:title><jats:p>{text}</jats:p>",
        "issued": {"date-parts": [[work.on.year]]},
        "published-online": {"date-parts": [[work.on.year, work.on.month, work.on.day]]},
        "author": [{"given": "Ada", "family": "Example", "affiliation": [{"name": work.institution}]}],
        "funder": [{"name": "Agence Exemple", "DOI": "10.13039/501100000000"}],
        "relation": {},
    } | dict(work.extra)
