"""OpenAlex's works as documented: a key in the query, filters, a cursor until null, indexes of words for abstracts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tests.servers.http import Handler, Site
from tests.servers.works import Tamper, Work, answer_json, asked

_FILTERS = ("from_publication_date", "to_publication_date", "authorships.institutions.country_code", "type")


@dataclass
class OpenAlex:
    """A running OpenAlex. Without the ``key`` it answers ``keyless`` times; ``quota`` makes it refuse with this status."""

    works: Sequence[Work] = ()
    key: str = "oa-secret"
    keyless: int = 1
    quota: int | None = None
    moved: str | None = None
    tamper: Tamper | None = None

    def mount(self, site: Site) -> str:
        return site.route("/works", self.answer)

    def answer(self, handler: Handler) -> None:
        parameters = {name: values[-1] for name, values in asked(handler).items()}
        filters = dict(part.split(":", 1) for part in parameters.get("filter", "").split(",") if ":" in part)
        keyed = parameters.get("api_key") == self.key
        self.keyless -= 0 if keyed else 1
        unknown = [name for name in filters if name not in _FILTERS]
        if self.moved is not None:
            handler.send_response(301)
            handler.send_header("Location", f"{self.moved}?{handler.path.split('?', 1)[1]}")
            handler.send_header("Content-Length", "0")
            handler.end_headers()
        elif self.quota or self.keyless < 0:
            message = "Rate limit exceeded: insufficient budget"
            answer_json(handler, {"error": "Rate limit exceeded", "message": message}, self.quota or 429, Retry_After="3600")
        elif unknown or int(parameters.get("per_page", "25")) > 100:
            said = {"error": "Invalid query parameters error.", "message": f"{unknown or 'per_page'} is not a valid field"}
            answer_json(handler, said, 400)
        else:
            body = self.page(parameters, filters)
            answer_json(handler, self.tamper(body) if self.tamper else body)

    def page(self, parameters: dict[str, str], filters: dict[str, str]) -> dict[str, Any]:
        countries = filters.get("authorships.institutions.country_code", "").split("|")
        phrases = re.findall(r'"([^"]+)"', parameters.get("search", ""))
        found = [
            work
            for work in self.works
            if filters["from_publication_date"] <= work.on.isoformat() <= filters["to_publication_date"]
            and (countries == [""] or work.country in countries)
            and (not phrases or any(map(work.holds, phrases)))
        ]
        rows, cursor = int(parameters["per_page"]), parameters["cursor"]
        start = 0 if cursor == "*" else int(cursor.removeprefix("IlsxNj"))
        shown = found[start : start + rows]
        following = f"IlsxNj{start + rows}" if start + rows < len(found) else None
        return {
            "meta": {"count": len(found), "per_page": rows, "next_cursor": following},
            "results": [record(work) for work in shown],
        }


def record(work: Work) -> dict[str, Any]:
    places = [{"landing_page_url": f"https://doi.org/{work.doi}"}] if work.doi else []
    places += [{"landing_page_url": f"http://arxiv.org/abs/{work.arxiv}"}] if work.arxiv else []
    places += [{"landing_page_url": f"https://hal.science/{work.hal}"}] if work.hal else []
    index: dict[str, list[int]] = {}
    for place, word in enumerate(work.abstract.split()):
        index.setdefault(word, []).append(place)
    institution = {"display_name": work.institution, "country_code": work.country, "ror": "https://ror.org/0exampl12"}
    return {
        "id": f"https://openalex.org/W{990_000 + work.number}",
        "doi": f"https://doi.org/{work.doi}" if work.doi else None,
        "display_name": work.named,
        "publication_date": work.on.isoformat(),
        "language": "en",
        "abstract_inverted_index": index,
        "authorships": [{"author": {"display_name": "Ada Example"}, "institutions": [institution]}],
        "topics": [{"id": "https://openalex.org/T10020", "display_name": "Quantum Information and Cryptography"}],
        "primary_location": places[0] if places else None,
        "locations": places,
        "is_paratext": False,
        "is_retracted": False,
    } | dict(work.extra)
