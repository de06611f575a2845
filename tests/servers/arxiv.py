"""arXiv's search API and RSS as documented: Atom, error entries, 2,000 rows a call, 30,000 in all, days of submission."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from xml.sax.saxutils import escape

from tests.servers.http import Handler, Site
from tests.servers.works import Work, answer, asked

_NAMESPACES = (
    'xmlns="http://www.w3.org/2005/Atom" xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/" '
    'xmlns:arxiv="http://arxiv.org/schemas/atom"'
)
_DAYS = re.compile(r"submittedDate:\[(\d{12}) TO (\d{12})\]")


@dataclass
class Arxiv:
    """A running arXiv. ``busy`` starts are answered with an empty page, as the real one does now and then."""

    works: Sequence[Work] = ()
    total: int | None = None
    busy: set[int] = field(default_factory=set)
    body: str | None = None
    refuses: str | None = None
    error_status: int = 400
    queries: list[str] = field(default_factory=list)

    def mount(self, site: Site) -> str:
        return site.route("/api/query", self.answer)

    def answer(self, handler: Handler) -> None:
        if self.body is not None:
            answer(handler, self.body, content_type="text/html")
            return
        parameters = {name: values[-1] for name, values in asked(handler).items()}
        query, start, rows = parameters.get("search_query", ""), parameters.get("start", "0"), parameters.get("max_results", "10")
        self.queries.append(query)
        days = _DAYS.search(query)
        if self.refuses:
            self.refuse(handler, self.refuses)
        elif not start.isdigit() or not rows.isdigit():
            self.refuse(handler, "start must be an integer")
        elif int(rows) > 2000 or int(start) + int(rows) > 30_000:
            self.refuse(handler, "max_results must not exceed 2000")
        elif parameters.get("sortBy") not in ("submittedDate", "relevance", "lastUpdatedDate"):
            self.refuse(handler, "sortBy must be in: relevance, lastUpdatedDate, submittedDate")
        elif days is None or days[1] > days[2]:
            self.refuse(handler, "malformed submittedDate")
        else:
            self.page(handler, self.found(query, days), int(start), int(rows))

    def found(self, query: str, days: re.Match[str]) -> list[Work]:
        first, last = (dt.datetime.strptime(day, "%Y%m%d%H%M").date() for day in days.groups())  # noqa: DTZ007
        categories, phrases = re.findall(r"cat:([\w.-]+)", query), re.findall(r'all:"([^"]+)"', query)
        return [
            work
            for work in self.works
            if first <= work.on <= last
            and (not categories or work.category in categories)
            and (not phrases or any(map(work.holds, phrases)))
        ]

    def page(self, handler: Handler, found: list[Work], start: int, rows: int) -> None:
        shown = [] if start in self.busy else found[start : start + rows]
        total = len(found) if self.total is None else self.total
        head = (
            f"<opensearch:totalResults>{total}</opensearch:totalResults><opensearch:startIndex>{start}</opensearch:startIndex>"
            f"<opensearch:itemsPerPage>{rows}</opensearch:itemsPerPage>"
        )
        body = f"<feed {_NAMESPACES}><title>ArXiv Query</title><id>q</id>{head}{''.join(map(entry, shown))}</feed>"
        answer(handler, body, content_type="application/atom+xml")

    def refuse(self, handler: Handler, why: str) -> None:
        body = (
            f"<feed {_NAMESPACES}><title>ArXiv Query</title><id>q</id><opensearch:totalResults>1</opensearch:totalResults>"
            f"<entry><id>http://arxiv.org/api/errors#e</id><title>Error</title><summary>{why}</summary></entry></feed>"
        )
        answer(handler, body, self.error_status, "application/atom+xml")


def entry(work: Work) -> str:
    doi = f"<arxiv:doi>{work.doi.upper()}</arxiv:doi>" if work.doi else ""
    title = escape(work.named).replace(" on ", "\n  on ", 1)
    identifier = work.extra.get("id", f"http://arxiv.org/abs/{work.number_arxiv}v2")
    return (
        f"<entry><id>{identifier}</id><published>{work.on}T17:59:59Z</published><updated>{work.on}T18:59:59Z</updated>"
        f"<title>{title}</title><summary>  {escape(work.abstract).replace(' for ', chr(10) + ' for ')}\n</summary>"
        f'<author><name>Ada Example</name></author><link href="http://arxiv.org/pdf/{work.number_arxiv}v2" title="pdf"/>'
        f'<arxiv:primary_category term="{work.category}"/><category term="cs.CR"/><category term="{work.category}"/>{doi}</entry>'
    )


def rss(items: Sequence[tuple[Work, str]]) -> str:
    """The daily feed: each work with its announce type. At weekends it is empty."""
    shown = "".join(
        f"<item><title>{escape(work.named)}</title><link>https://arxiv.org/abs/{work.number_arxiv}</link>"
        f"<description>arXiv:{work.number_arxiv}v1 Announce Type: {kind}\nAbstract: {escape(work.abstract)}</description>"
        f'<guid isPermaLink="false">oai:arXiv.org:{work.number_arxiv}v1</guid><category>{work.category}</category>'
        f"<pubDate>Mon, 02 Mar 2026 00:00:00 -0500</pubDate><arxiv:announce_type>{kind}</arxiv:announce_type>"
        "<dc:creator>Ada Example, Bob Example</dc:creator></item>"
        for work, kind in items
    )
    return (
        '<rss version="2.0" xmlns:arxiv="http://arxiv.org/schemas/atom" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel>'
        "<title>quant-ph updates on arXiv.org</title><link>http://rss.arxiv.org/rss/quant-ph</link>"
        f"<skipDays><day>Sunday</day><day>Saturday</day></skipDays>{shown}</channel></rss>"
    )
