"""Listing pages of sites without a feed: links to articles by a selector, or by the shape they share; titles and dates shown.

A link's own block is the largest element around it that holds no other candidate; what stands there is its title and its date.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Annotated
from urllib.parse import urlsplit

from cssselect import HTMLTranslator, SelectorError
from lxml.etree import XPath
from lxml.html import HtmlElement
from pydantic import AfterValidator, Field

from crawler.collectors.article_pages import ArticleOptions, Progress, with_articles
from crawler.collectors.base import Entry, Parsed, Reading, Task, Wanted
from crawler.collectors.page import WebPage, first_line, is_same_site, matches, read_page
from crawler.collectors.services import endpoint_of, options_of
from crawler.collectors.wording import language
from crawler.dates import UNDATED, ReadDate, read_date
from crawler.normalize import MAX_TITLE, canonical_url, shorten
from crawler.reasons import Reason, Unreadable

ACCEPT = "text/html, application/xhtml+xml;q=0.9, */*;q=0.1"
_MENUS = frozenset({"nav", "form", "select"})
_EDGES = frozenset({"header", "footer", "aside"})  # of the page, unless they belong to one item of it
_ITEMS = frozenset({"article", "li", "main"})
_MOST_LINKS = 1_000
_MOST_OF_ONE = 3
_MOST_IN_BLOCK = 200
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_FEWEST = 2
_CLIMB = 8
_WORDS = 4  # a title has at least as many; a menu seldom
_LONGEST_DATE = 80
_READ_ON = re.compile(
    r"^\W*(?:lire(?: la suite| plus| l['’]article)?|en savoir plus|voir(?: plus| tout)?|d[ée]couvrir|suite|t[ée]l[ée]charger"
    r"|read(?: more| on| the .{1,30})?|learn more|see (?:more|all)|more|view(?: all)?|continue reading|download)\W*$",
    re.IGNORECASE,
)
_NAMED_TITLE = re.compile(r"titl|titre|headline", re.IGNORECASE)
_DIGITS = re.compile(r"\d{4}-\d\d-\d\d|\d{1,2}[/.]\d{1,2}[/.]\d{4}")
_NUMBER = re.compile(r"\d+")
_DATED_PATH = re.compile(r"/(?:19|20)\d\d/")


def _selector(css: str) -> str:
    try:
        HTMLTranslator().css_to_xpath(css)
    except SelectorError as exc:
        raise ValueError(f"no CSS selector: {exc}") from exc
    return css


Css = Annotated[str, AfterValidator(_selector)]


class ListingOptions(ArticleOptions):
    """What a listing page looks like. Selectors are CSS; ``title`` and ``date`` are looked for inside the link's block."""

    links: Css | None = Field(None, description="The links to articles, or elements that hold one each.")
    title: Css | None = Field(None, description="The title, inside the block of a link.")
    date: Css | None = Field(None, description="The date, inside the block of a link.")
    same_section: bool = Field(False, description="Only links below the path of the listing page.")
    keep: re.Pattern[str] | None = Field(None, description="Only links whose path matches.")
    leave: re.Pattern[str] | None = Field(None, description="No link whose path matches.")


class ListingCollector:
    """Reads the links of one listing page, and the pages behind them where rights and options want it."""

    name = "listing"

    def read(self, task: Task) -> Reading:
        """Raises Unreadable for an answer that is no web page or shows no article, ConfigError for options that are none."""
        options = options_of(ListingOptions, task.source)
        progress = Progress.of(task)
        payload = yield Wanted(endpoint_of(task.source), {"Accept": ACCEPT}, conditional=progress.is_settled)
        parsed = read_listing(read_page(payload, task.source.id), task, options)
        if not any(entry.title for entry in parsed.entries) and not options.reads_pages(task, by_default=True):
            raise Unreadable("untitled", task.source.id, str(len(parsed.entries)))
        yield from with_articles(parsed, task, options, progress, by_default=True)


@dataclass(frozen=True, slots=True)
class _Link:
    url: str
    element: HtmlElement
    block: HtmlElement


def read_listing(page: WebPage, task: Task, options: ListingOptions) -> Parsed:
    """The articles a page lists, in its order. Raises Unreadable where it lists none."""
    found = _chosen(page, task, options) if options.links else _alike(_candidates(page, task, options))
    if not found:
        raise Unreadable("no_links", task.source.id)
    lang = language(page.tree.get("lang"))
    entries: dict[str, Entry] = {}
    for link in found:
        read = _date(link.block, options)
        entry = Entry(
            title=_title(link, options),
            url=link.url,
            lang=task.source.lang or lang,
            published_on=read.day,
            published_at=read.instant,
            date_flag=read.flag,
        )
        known = entries.get(link.url)
        entries[link.url] = entry if known is None else _fuller(known, entry)
    note = Reason("capped", str(len(entries))) if len(entries) > task.max_items else None
    return Parsed(entries=tuple(entries.values())[: task.max_items], note=note)


def _fuller(one: Entry, other: Entry) -> Entry:
    """Two links to one article, such as a picture and a title: the better of each."""
    title = max(one.title, other.title, key=len)
    return replace(other if one.published_on is None else one, title=title)


def _chosen(page: WebPage, task: Task, options: ListingOptions) -> list[_Link]:
    found = []
    for element in _select(page.tree, options.links or ""):
        anchor = element if element.tag == "a" else next(element.iter("a"), None)
        url = _address(anchor, page, task, options) if anchor is not None else None
        if anchor is not None and url is not None:
            found.append((url, anchor, element))
    addresses = {anchor: url for url, anchor, _ in found}
    return [_Link(url, anchor, element if element is not anchor else _block(anchor, addresses)) for url, anchor, element in found]


def _candidates(page: WebPage, task: Task, options: ListingOptions) -> list[_Link]:
    addresses: dict[HtmlElement, str] = {}
    seen: Counter[str] = Counter()
    for anchor in page.tree.iter("a"):
        url = _address(anchor, page, task, options)
        if url is None or seen[url] == _MOST_OF_ONE or _is_furniture(anchor):
            continue
        seen[url] += 1
        addresses[anchor] = url
        if len(addresses) == _MOST_LINKS:
            break
    return [_Link(url, anchor, _block(anchor, addresses)) for anchor, url in addresses.items()]


def _is_furniture(anchor: HtmlElement) -> bool:
    """Whether a link stands in a menu or at the edge of the page."""
    edge = False
    for above in anchor.iterancestors():
        if above.tag in _MENUS:
            return True
        if above.tag in _ITEMS:
            edge = False
        elif above.tag in _EDGES:
            edge = True
    return edge


def _address(anchor: HtmlElement, page: WebPage, task: Task, options: ListingOptions) -> str | None:
    url = canonical_url(anchor.get("href"), page.url)
    home = canonical_url(page.url) or page.url
    if url is None or url == home or (anchor.get("href") or "").lstrip().startswith("#"):
        return None
    if not is_same_site(url, task.source.url or "", options.hosts) or urlsplit(url).path == "/":
        return None
    section = urlsplit(home).path.rsplit("/", 1)[0].rstrip("/") if not home.endswith("/") else urlsplit(home).path.rstrip("/")
    if options.same_section and not urlsplit(url).path.startswith((section or urlsplit(home).path) + "/"):
        return None
    if (options.keep and not matches(options.keep, url)) or (options.leave and matches(options.leave, url)):
        return None
    return url


def _block(anchor: HtmlElement, addresses: Mapping[HtmlElement, str]) -> HtmlElement:
    """The largest element around a link that holds no link to another candidate."""
    block, own = anchor, addresses[anchor]
    for _, above in zip(range(_CLIMB), anchor.iterancestors(), strict=False):
        if above.tag in ("body", "html", "main") or _holds_another(above, own, addresses):
            break
        block = above
    return block


def _holds_another(above: HtmlElement, own: str, addresses: Mapping[HtmlElement, str]) -> bool:
    inside = list(islice(above.iter("a"), _MOST_IN_BLOCK))
    return len(inside) == _MOST_IN_BLOCK or any(addresses.get(link, own) != own for link in inside)


def _alike(links: Sequence[_Link]) -> list[_Link]:
    """The links of the one group of same shape whose titles look most like a list of articles."""
    groups: dict[tuple[object, ...], list[_Link]] = defaultdict(list)
    for link in links:
        groups[_shape(link)].append(link)
    best = max(groups.values(), key=_worth, default=[])
    return best if _worth(best) > 0 else []


def _shape(link: _Link) -> tuple[object, ...]:
    """What blocks of one list have in common: their tag and first class, and their parent's; numbers in a class differ."""
    above = link.block.getparent()
    around = (link.block, above) if above is not None else (link.block,)
    return tuple((element.tag, _NUMBER.sub("", (element.get("class") or "").partition(" ")[0])) for element in around)


def _worth(links: Sequence[_Link]) -> float:
    """How much a group looks like a list of articles: the words of its titles, with long addresses and dates in its favour."""
    titles = {link.url: _title(link, ListingOptions()) for link in links}
    long_enough = [url for url, title in titles.items() if len(title.split()) >= _WORDS]
    if len(long_enough) < _FEWEST or len(long_enough) * 2 < len(titles):
        return 0.0
    words = sum(min(len(titles[url].split()), 12) for url in long_enough)
    dated = any(_date(link.block, ListingOptions()).day for link in links[:5])
    slugs = sum(urlsplit(url).path.count("-") >= 3 or _DATED_PATH.search(url) is not None for url in long_enough) / len(
        long_enough
    )
    return words * (2.0 if dated else 1.0) * (0.5 + slugs)


def _title(link: _Link, options: ListingOptions) -> str:
    if options.title:
        return next((text for element in _select(link.block, options.title) if (text := _said(element))), "")
    for place in (link.element, link.block):
        named = [element for element in place.iter() if _NAMED_TITLE.search(element.get("class") or "")]
        heading = next((text for element in [*place.iter(*_HEADINGS), *named] if (text := _said(element))), "")
        if heading:
            return heading
    for text in (_said(link.element), link.element.get("title") or "", link.element.get("aria-label") or ""):
        if text and not _READ_ON.match(text) and not read_date(text).day:
            return shorten(" ".join(text.split()), MAX_TITLE)
    return ""


def _date(block: HtmlElement, options: ListingOptions) -> ReadDate:
    """The date shown in a block: where the options say, in a ``time``, or as a short text of its own."""
    for raw in _dates(block, options):
        read = read_date(raw)
        if read.day is None and (digits := _DIGITS.search(raw)):
            read = read_date(digits[0])
        if read.day is not None:
            return read
    return UNDATED


def _dates(block: HtmlElement, options: ListingOptions) -> Iterator[str]:
    places = _select(block, options.date) if options.date else list(block.iter("time"))
    for element in places:
        yield from (element.get("datetime") or "", element.get("content") or "", first_line(element)[:_LONGEST_DATE])
    if not options.date:
        for text in block.itertext():
            if len(text) <= _LONGEST_DATE and any(letter.isdigit() for letter in text):
                yield text


def _said(element: HtmlElement) -> str:
    return shorten(first_line(element), MAX_TITLE)


def _select(element: HtmlElement, css: str) -> list[HtmlElement]:
    found = XPath(HTMLTranslator().css_to_xpath(css))(element)
    return [one for one in found if isinstance(one, HtmlElement)]
