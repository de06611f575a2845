"""Looks for the feed of a site: what its page announces, then the usual addresses of each platform, then its sitemaps.

A collector like the others, so that the one spider asks under the same manners; it yields candidates instead of documents.
"""

from __future__ import annotations

import datetime as dt
import html
import re
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit, urlunsplit

from crawler.candidates import Candidate, is_news, judge_feed, judge_sitemap, ranked, same_site
from crawler.collectors.base import Parsed, Payload, Reading, Task, Wanted
from crawler.normalize import canonical_url, plain_text
from crawler.reasons import Reason, Unreadable

ACCEPT = "text/html, application/rss+xml, application/atom+xml, application/feed+json, application/xml;q=0.9, */*;q=0.5"
MOST_ANNOUNCED = 6
MOST_SITEMAPS = 4
MOST_REQUESTS = 25
_LONGEST_PAGE = 400_000
_SMALL = 5_000_000

_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_LINK = re.compile(r"<(link|base|a)\b([^>]{1,2000})>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""([a-zA-Z-]{1,40})\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""")
_TYPES = ("application/rss+xml", "application/atom+xml", "application/feed+json", "application/rdf+xml")
_LIKE_A_FEED = re.compile(r"(?:^|[/._?=-])(?:rss|atom|feed|flux-rss|feeds)(?:[/._?&=-]|\d|$)", re.IGNORECASE)
_NODE = re.compile(r"/node/(\d{1,9})\b")
_SITEMAP = re.compile(r"^\s*sitemap:\s*(\S{1,2000})", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Announced:
    """An address to try, under the name the page gives it."""

    url: str
    title: str = ""


class DiscoverCollector:
    """Yields the candidates of ``task.source.url`` as one page. Never part of a catalogue."""

    name = "discover"

    def read(self, task: Task) -> Reading:
        """Asks for the page, what it announces, usual addresses until one is good, and sitemaps where no feed is."""
        url = task.source.url or ""
        page = yield Wanted(url, {"Accept": ACCEPT}, optional=True, max_bytes=_SMALL)
        if page.failure is not None and page.failure.code in ("robots", "robots_unreachable", "address", "unknown_host"):
            yield Parsed(entries=(), note=page.failure)  # it is this for every address of the site
            return
        here = page.url if page.failure is None else url
        found = yield from self._feeds(page, here, task)
        if not any(candidate.is_good for candidate in found):
            found += yield from self._sitemaps(here, task.now)
        nothing = Reason("nothing_found") if page.failure is None else page.failure
        yield Parsed(entries=ranked(found), note=None if found else nothing)

    def _feeds(self, page: Payload, here: str, task: Task) -> Generator[Wanted | Parsed, Payload, list[Candidate]]:
        if page.failure is None:
            try:
                return [judge_feed(page, here, task.now, Reason("announced"), 0)]  # the address was the feed's own
            except Unreadable:
                pass
        text = page.body[:_LONGEST_PAGE].decode("utf-8", "replace")
        found: list[Candidate] = []
        tried = {canonical_url(here)}
        for number, place in enumerate(announced(text, here)):
            found += yield from self._try(place, here, task.now, Reason("announced"), number, tried)
        if any(candidate.is_good for candidate in found):
            return found
        for number, usual in enumerate(usual_places(text, here), start=MOST_ANNOUNCED):
            judged = yield from self._try(Announced(usual), here, task.now, Reason("usual_place"), number, tried)
            found += judged
            if any(candidate.is_good for candidate in judged):
                break
        return found

    def _try(
        self, place: Announced, here: str, now: dt.datetime, how: Reason, rank: int, tried: set[str | None]
    ) -> Generator[Wanted | Parsed, Payload, list[Candidate]]:
        if canonical_url(place.url) in tried:
            return []
        tried.add(canonical_url(place.url))
        payload = yield Wanted(place.url, {"Accept": ACCEPT}, optional=True, max_bytes=_SMALL)
        if payload.failure is not None:
            return []
        try:
            return [judge_feed(payload, here, now, how, rank, place.title)]
        except Unreadable:
            return []

    def _sitemaps(self, here: str, now: dt.datetime) -> Generator[Wanted | Parsed, Payload, list[Candidate]]:
        robots = yield Wanted(urljoin(here, "/robots.txt"), optional=True, max_bytes=_SMALL)
        text = robots.body.decode("utf-8", "replace") if robots.failure is None else ""
        named = [urljoin(here, place) for place in _SITEMAP.findall(text)][:20]
        named.sort(key=lambda place: not is_news(place))
        waiting = [*named, urljoin(here, "/sitemap_news.xml"), urljoin(here, "/sitemap.xml")]
        found: list[Candidate] = []
        asked: set[str] = set()
        while waiting and len(asked) < MOST_SITEMAPS:
            place = waiting.pop(0)
            if place in asked or not same_site(place, here):
                continue
            asked.add(place)
            payload = yield Wanted(place, optional=True, max_bytes=3 * _SMALL)
            try:
                judged, listed = judge_sitemap(payload, here, now, 100 + len(asked)) if payload.failure is None else (None, ())
            except Unreadable:
                continue
            waiting = [*(urljoin(here, inner) for inner in listed[:2]), *waiting]
            if judged is not None and judged.items:
                found.append(judged)
            if judged is not None and judged.is_good:
                break
        return found


def announced(text: str, base: str) -> list[Announced]:
    """The feeds a page announces in its head, then those it links to on its own site, each address once."""
    heads: dict[str, Announced] = {}
    anchors: dict[str, Announced] = {}
    for found in _LINK.finditer(_COMMENT.sub(" ", text)):
        given = {name.lower(): html.unescape(a or b or c) for name, a, b, c in _ATTRIBUTE.findall(found[2])}
        address = _absolute(given.get("href"), base)
        if address is None:
            continue
        match found[1].lower():
            case "base":
                base = address
            case "link":
                kind = given.get("type", "").split(";")[0].strip().lower()
                if "alternate" in given.get("rel", "").lower().split() and kind in _TYPES:
                    heads.setdefault(address, Announced(address, plain_text(given.get("title"), 200)))
            case _:
                if _LIKE_A_FEED.search(urlsplit(address).path) and same_site(address, base):
                    anchors.setdefault(address, Announced(address))
    return list((heads | {key: place for key, place in anchors.items() if key not in heads}).values())[:MOST_ANNOUNCED]


def usual_places(text: str, page_url: str) -> Iterator[str]:
    """Where platforms put their feed: WordPress, Drupal, the sites of the Union, TYPO3, Plone, then static sites."""
    parts = urlsplit(page_url)
    folder = parts.path if parts.path.endswith("/") else parts.path.rpartition("/")[0] + "/"
    if parts.path.rstrip("/"):
        yield urljoin(page_url, parts.path.rstrip("/") + "/feed/")
    yield urljoin(page_url, "/feed/")
    yield urljoin(page_url, "/rss.xml")
    if (parts.hostname or "").endswith("europa.eu"):
        node = _NODE.search(text)
        yield urljoin(page_url, f"/node/{node[1] if node else 2}/rss_en")
    if "typo3" in text.lower():
        yield urlunsplit((parts.scheme, parts.netloc, parts.path or "/", "type=9818", ""))
    yield urljoin(page_url, folder + "@@rss")
    yield urljoin(page_url, "/atom.xml")


def _absolute(href: str | None, base: str) -> str | None:
    if not href or canonical_url(href.strip(), base) is None:
        return None
    return urljoin(base, href.strip()).partition("#")[0]
