"""Judges what might be the feed of a page: has it items, recent, of the same site and section, and are they no comments? Pure."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

from crawler.collectors.base import Entry, Payload
from crawler.collectors.feed import parse
from crawler.collectors.markup import safe_utf8
from crawler.collectors.sitemap import read_sitemap
from crawler.dates import read_date
from crawler.normalize import MAX_TITLE, canonical_url, plain_text
from crawler.reasons import Reason
from storage.model import Kind, Source

RECENT = dt.timedelta(days=60)
_IN_SECTION = 0.2
_COMMENTS = re.compile(r"\b(comments?|commentaires?)\b", re.IGNORECASE)
_TITLE = re.compile(rb"<title[^>]{0,200}>(.{0,500}?)</title>", re.IGNORECASE | re.DOTALL)
# Endings under which different organisations live: two hosts that share no more than one of these are two sites.
_SHARED = frozenset(("co.uk", "ac.uk", "gov.uk", "gouv.fr", "com.au", "co.jp", "com.br", "com.cn", "github.io", "wordpress.com"))
_LANGUAGE = re.compile(r"^[a-z]{2}(?:[-_][a-z]{2})?$", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate(Entry):
    """A feed or sitemap found for a page. ``published_on`` is the day of its newest item; ``reasons`` say how it was judged."""

    collector: str = "feed"
    options: Mapping[str, Any] = field(default_factory=dict)
    """What the collector needs to know to read it."""
    items: int = 0
    is_good: bool = False
    reasons: tuple[Reason, ...] = ()
    rank: int = 0
    """Where in the order of search it was found; less is better."""


def judge_feed(payload: Payload, page_url: str, now: dt.datetime, how: Reason, rank: int, title: str = "") -> Candidate:
    """The answer as a candidate for the page at ``page_url``. Raises Unreadable for anything that is not a feed."""
    read = parse(payload, Source(id="discover", name="", kind=Kind.NEWS), max_items=200)
    head = _TITLE.search(safe_utf8(payload, "discover"), 0, 65_536)
    named = title or plain_text(head[1].decode("utf-8", "replace") if head else "", MAX_TITLE)
    days = [entry.published_on for entry in read.entries if entry.published_on and entry.published_on <= now.date()]
    links = [entry.url for entry in read.entries if entry.url]
    faults = [*_freshness(days, len(read.entries), now)]
    if _COMMENTS.search(named) or _COMMENTS.search(urlsplit(payload.url).path.replace("-", " ")):
        faults.append(Reason("comments"))
    elsewhere = [link for link in links if not same_site(link, page_url)]
    if len(elsewhere) > len(links) / 2:
        faults.append(Reason("other_site", urlsplit(elsewhere[0]).netloc))
    elif not _of_section(payload.url, links, page_url):
        faults.append(Reason("other_section"))
    recent = sum(now.date() - day <= RECENT for day in days)
    praise = (Reason("fresh", str(recent)),) if recent else ()
    return Candidate(
        title=named or payload.url,
        url=payload.url,
        published_on=max(days, default=None),
        items=len(read.entries),
        is_good=not any(fault.code != "undated" for fault in faults),
        reasons=(how, *praise, *faults),
        rank=rank,
    )


def judge_sitemap(payload: Payload, page_url: str, now: dt.datetime, rank: int) -> tuple[Candidate, tuple[str, ...]]:
    """The same of a sitemap, and the addresses of the sitemaps it lists, those of news first. Raises Unreadable."""
    rows, _ = read_sitemap(payload, "discover")
    listed = sorted((row.url for row in rows if row.is_index), key=lambda url: not is_news(url))
    pages = [row for row in rows if not row.is_index]
    dated = [row for row in pages if row.published]
    how = Reason("news_sitemap", str(len(dated))) if dated else Reason("page_sitemap", str(len(pages)))
    days = [read_date(row.published).day for row in dated] if dated else [row.changed.day for row in pages]
    known = [day for day in days if day and day <= now.date()]
    faults = [*_freshness(known, len(pages), now)]
    if pages and not same_site(pages[0].url, page_url):
        faults.append(Reason("other_site", urlsplit(pages[0].url).netloc))
    found = Candidate(
        title=payload.url,
        url=payload.url,
        published_on=max(known, default=None),
        collector="sitemap",
        options={} if all(row.title for row in pages) else {"complete": True},
        items=len(pages),
        is_good=not faults,
        reasons=(how, *faults),
        rank=rank,
    )
    return found, tuple(listed)


def is_news(url: str) -> bool:
    """Whether the address of a sitemap says that it lists news."""
    return re.search(r"news|actu", urlsplit(url).path, re.IGNORECASE) is not None


def ranked(found: Sequence[Candidate]) -> tuple[Candidate, ...]:
    """Good ones first, then in the order of search, the fuller first; the same address or the same content only once."""
    once: dict[str, Candidate] = {}
    for candidate in sorted(found, key=lambda one: (not one.is_good, one.rank, -one.items)):
        once.setdefault(canonical_url(candidate.url) or candidate.title, candidate)
    return tuple(replace(candidate, rank=number) for number, candidate in enumerate(once.values(), start=1))


def same_site(one: str, other: str) -> bool:
    """Whether two addresses belong to one site: one host is the other's or below it, or both are of one registered name."""
    first, second = ((urlsplit(url).hostname or "").removeprefix("www.") for url in (one, other))
    if first == second or first.endswith("." + second) or second.endswith("." + first):
        return True
    if first.replace(".", "").isdigit() or second.replace(".", "").isdigit():
        return False
    ends = [".".join(host.split(".")[-2:]) for host in (first, second)]
    if ends[0] in _SHARED:
        ends = [".".join(host.split(".")[-3:]) for host in (first, second)]
    return ends[0] == ends[1]


def section_of(url: str) -> str:
    """The first part of the path that is neither a language nor a file: ``/fr/energie/index.html`` → ``energie``."""
    parts = [part for part in urlsplit(url).path.split("/") if part and not _LANGUAGE.match(part) and "." not in part]
    return parts[0].lower() if parts else ""


def _of_section(feed_url: str, links: Sequence[str], page_url: str) -> bool:
    section = section_of(page_url)
    if not section or section in urlsplit(feed_url).path.lower().split("/"):
        return True
    return sum(section in urlsplit(link).path.lower().split("/") for link in links) >= _IN_SECTION * len(links)


def _freshness(days: Sequence[dt.date], items: int, now: dt.datetime) -> tuple[Reason, ...]:
    if not items:
        return (Reason("empty"),)
    if not days:
        return (Reason("undated", str(items)),)
    newest = max(days)
    return (Reason("stale", newest.isoformat()),) if now.date() - newest > RECENT else ()
