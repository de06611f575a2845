"""HAL's search as documented: Solr with cursorMark, lists by language, errors that may come with HTTP 200."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tests.servers.http import Handler, Site
from tests.servers.works import Tamper, Work, answer_json, asked

_DAYS = re.compile(r"submittedDate_tdate:\[(\d{4}-\d\d-\d\d)T00:00:00Z TO (\d{4}-\d\d-\d\d)T23:59:59Z\]")


@dataclass
class Hal:
    """A running HAL. ``fails`` answers 200 with an error, ``forgets_marks`` refuses them; ``tamper`` changes answers."""

    works: Sequence[Work] = ()
    fails: bool = False
    most_rows: int = 10_000
    forgets_marks: bool = False
    tamper: Tamper | None = None

    def mount(self, site: Site) -> str:
        return site.route("/search/", self.answer)

    def answer(self, handler: Handler) -> None:
        parameters = asked(handler)
        rows, mark = int(parameters["rows"][0]), parameters.get("cursorMark", [""])[0]
        days = next((match for fq in parameters.get("fq", []) if (match := _DAYS.fullmatch(fq))), None)
        if self.fails:
            answer_json(handler, {"error": {"msg": "no servers hosting shard", "code": 503}})
        elif self.forgets_marks and mark != "*":
            answer_json(handler, {"error": {"msg": f"Unable to parse 'cursorMark' param: {mark}", "code": 400}}, 400)
        elif rows > self.most_rows or "docid" not in parameters["sort"][0] or days is None or parameters.get("wt") != ["json"]:
            error = {"msg": "Cursor functionality requires a sort containing a uniqueKey field tie breaker", "code": 400}
            answer_json(handler, {"error": error}, 400)
        else:
            phrases = re.findall(r'title_t:\(("[^)]*)\)', parameters["q"][0])
            wanted = re.findall(r'"([^"]+)"', phrases[0]) if phrases else []
            found = [
                work
                for work in self.works
                if days[1] <= work.on.isoformat() <= days[2] and (not wanted or any(map(work.holds, wanted)))
            ]
            start = 0 if mark == "*" else int(mark.removeprefix("AoE"))
            shown = found[start : start + rows]
            following = f"AoE{start + len(shown)}" if shown else mark
            body: dict[str, Any] = {
                "response": {"numFound": len(found), "start": 0, "docs": [doc(work) for work in shown]},
                "nextCursorMark": following,
            }
            answer_json(handler, self.tamper(body) if self.tamper else body)


def doc(work: Work) -> dict[str, Any]:
    hal = work.hal or f"hal-0{work.number:07d}"
    found: dict[str, Any] = {
        "docid": str(9_000_000 + work.number),
        "halId_s": hal,
        "uri_s": f"https://hal.science/{hal}",
        "title_s": [work.named, f"Travail {work.number} sur la distribution quantique de clés"],
        "en_title_s": [work.named],
        "abstract_s": [work.abstract, "Nous présentons une puce."],
        "language_s": ["en"],
        "submittedDate_tdate": f"{work.on}T08:00:00Z",
        "producedDate_s": str(work.on.year),
        "domain_s": ["0.phys", "1.phys.qphy"],
        "structName_s": [work.institution, "Laboratoire Exemple"],
        "structCountry_s": [work.country.lower()],
        "authFullName_s": ["Ada Example"],
    }
    found |= {"doiId_s": work.doi.upper()} if work.doi else {}
    found |= {"arxivId_s": work.arxiv} if work.arxiv else {}
    return found | dict(work.extra)
