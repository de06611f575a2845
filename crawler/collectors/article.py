"""The page of an article: title, text, date, language, canonical link and opt-outs, through trafilatura. Pure; no author.

What may be kept of it is the source's ``rights``' business: see ``completed``.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

import trafilatura
from trafilatura.metadata import extract_metadata

from crawler.collectors.base import Entry, Payload
from crawler.collectors.page import WebPage, first_line, is_same_site, read_page
from crawler.collectors.wording import language, text_of, without_wrapping
from crawler.dates import UNDATED, ReadDate, read_date
from crawler.manners.tdm import said_by_headers
from crawler.normalize import MAX_TITLE, canonical_url, plain_text, without_mail

_PUBLISHED = (
    "article:published_time",
    "og:article:published_time",
    "datepublished",
    "dc.date.issued",
    "dcterms.issued",
    "dcterms.date",
    "dc.date",
    "citation_publication_date",
    "pubdate",
    "publishdate",
    "parsely-pub-date",
    "sailthru.date",
    "date",
)
_DESCRIPTIONS = ("og:description", "description", "twitter:description")
_ARTICLE = re.compile(r"(?:Article|BlogPosting|Report|PressRelease)$")
_MAX_BODY = 100_000
# What trafilatura gives is text: brackets in it are words' own, and markup no more.
_BRACKETS = {ord("<"): "‹", ord(">"): "›"}
_NOAI = re.compile(r"(?<![\w-])noai(?![\w-])", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """What a page says of its article. ``reserved``: it reserves text and data mining. ``paywalled``: it says it is not free."""

    title: str
    text: str
    description: str
    url: str | None
    lang: str | None
    read: ReadDate
    reserved: bool
    paywalled: bool


def read_article(payload: Payload, source_id: str, now: dt.datetime) -> Article:
    """Raises Unreadable for an answer that is no web page. ``now`` bounds the dates that are guessed, not those stated."""
    page = read_page(payload, source_id)
    stated = [node for node in page.data if any(_ARTICLE.search(kind) for kind in _kinds(node))]
    last_day = (now + dt.timedelta(days=1)).date().isoformat()
    known = extract_metadata(page.tree, None, {"extensive_search": False, "original_date": True, "max_date": last_day})
    title = next((text for node in stated if (text := _text(node.get("headline")))), "") or plain_text(known.title, MAX_TITLE)
    body = trafilatura.extract(page.tree, include_comments=False, fast=True)
    text = without_wrapping(plain_text(without_mail(body or "").translate(_BRACKETS), _MAX_BODY))
    headings = [first_line(heading) for heading in islice(page.tree.iter("h1"), 3)]
    return Article(
        title=title,
        text=_without_title(text, (title, *headings)),
        description=text_of(without_mail(page.meta(*_DESCRIPTIONS))),
        url=_canonical(page),
        lang=_language(page, stated),
        read=_published(page, stated, known.date),
        reserved=is_reserved(payload.headers, page),
        paywalled=any(_denied(node.get("isAccessibleForFree")) for node in page.data),
    )


def is_reserved(headers: Mapping[str, str], page: WebPage | None = None) -> bool:
    """Whether an answer reserves text and data mining: headers prevail over a page's meta; ``noai`` in either counts."""
    said = said_by_headers(headers)
    if page is None:
        return said is not None and said.reserved
    declared = said.reserved if said is not None else page.meta("tdm-reservation") == "1"
    return declared or _NOAI.search(page.meta("robots")) is not None


def completed(entry: Entry, article: Article, *, page_url: str, source_lang: str | None, full_text: bool) -> Entry:
    """``entry`` with what its page adds: the text where ``full_text``, the description where there is no excerpt.

    A page that reserves mining loses its text. The link becomes the canonical one; the entry is still known by the one listed.
    """
    read = article.read if entry.published_on is None and article.read.day else None
    text = entry.text or article.description
    if full_text and not article.paywalled and len(article.text) > len(text):
        text = article.text
    url = article.url if article.url and entry.url and is_same_site(article.url, page_url) else entry.url
    return replace(
        entry,
        title=entry.title or article.title,
        text="" if article.reserved else text,
        guid=entry.guid or entry.url,
        url=url,
        lang=entry.lang or source_lang or article.lang,
        published_on=read.day if read else entry.published_on,
        published_at=read.instant if read else entry.published_at,
        date_flag=read.flag if read else entry.date_flag,
        reserved=entry.reserved or article.reserved,
        paywalled=article.paywalled,
    )


def _without_title(text: str, titles: Iterable[str]) -> str:
    """A body that does not begin by its own title."""
    for title in sorted(filter(None, titles), key=len, reverse=True):
        rest = text[len(title) :].lstrip(" .:|–-")
        if rest and text[: len(title)].casefold() == title.casefold() and not text[len(title)].isalnum():
            return rest
    return text


def _kinds(node: Mapping[str, Any]) -> Iterator[str]:
    found = node.get("@type")
    yield from (kind for kind in (found if isinstance(found, list) else [found]) if isinstance(kind, str))


def _text(value: object) -> str:
    return plain_text(value, MAX_TITLE) if isinstance(value, str) else ""


def _denied(value: object) -> bool:
    return value is False or (isinstance(value, str) and value.strip().lower() in ("false", "http://schema.org/false"))


def _canonical(page: WebPage) -> str | None:
    """The link a page gives as its own, where it is one of its own site; else the address it came from."""
    for element in page.tree.iter("link"):
        if "canonical" in (element.get("rel") or "").lower().split():
            url = canonical_url(element.get("href"), page.url)
            # A home page as canonical link of every article is a common fault: it would make one document of them all.
            if url and is_same_site(url, page.url) and url.rstrip("/").count("/") > 2:
                return url
    return canonical_url(page.url)


def _language(page: WebPage, stated: list[Mapping[str, Any]]) -> str | None:
    root = page.tree.get("lang") or page.tree.get("xml:lang")
    given = next((value for node in stated if isinstance(value := node.get("inLanguage"), str)), None)
    return language(root) or language(given) or language(page.meta("og:locale", "content-language", "language"))


def _published(page: WebPage, stated: list[Mapping[str, Any]], guessed: str | None) -> ReadDate:
    """The date a page states, best sort first: JSON-LD, meta, ``time``; then the day trafilatura tells from markup or address."""
    said = [value for node in stated if isinstance(value := node.get("datePublished"), str)]
    said += [page.meta(name) for name in _PUBLISHED]
    for element in page.tree.iter("time"):
        if element.get("itemprop") == "datePublished" or element.get("pubdate") is not None:
            said.append(element.get("datetime") or "")
    for raw in [*said, guessed or ""]:
        read = read_date(raw)
        if read.day:
            return read
    return UNDATED
