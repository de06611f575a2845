"""Fetches the pages of listed articles where rights and options want them, a few a visit, each once. Pure: a part of a Reading.

The cursor holds which links were read. A page is stored as soon as it is read, so a visit that is cut loses and repeats nothing;
what refuses its page for good is kept as it was listed, what fails for now is tried again at the next visits.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from pydantic import BaseModel, ConfigDict, Field

from crawler.collectors.article import Article, completed, is_reserved, read_article
from crawler.collectors.base import Entry, Parsed, Payload, Reading, Task, Wanted
from crawler.collectors.page import MAX_PAGE_BYTES, is_same_site
from crawler.collectors.services import endpoint_of, options_of
from crawler.identity import UNUSABLE
from crawler.reasons import Reason, Unreadable
from storage.errors import ConfigError
from storage.model import Source

ACCEPT = "text/html, application/xhtml+xml;q=0.9, */*;q=0.1"
_TRIES = 3
_KNOWN = 20_000
_REFUSED_IN_A_ROW = 3
# Failures that may be over at the next visit. Any other is the page's own answer.
_PASSING = frozenset(
    {
        "slow_down",
        "host_waits",
        "timeout",
        "network",
        "interrupted",
        "refused_connection",
        "unknown_host",
        "robots_unreachable",
        "status",
    }
)


class ArticleOptions(BaseModel):
    """What a source says of the pages behind its links."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    full_text: bool | None = Field(None, description="Read the text of each article on its page; only where rights are open.")
    complete: bool = Field(False, description="Ask for the page of an entry that is listed without title or date.")
    max_articles: int = Field(40, ge=1, le=500, description="Most pages of articles in one visit.")
    hosts: tuple[str, ...] = Field((), description="Other hosts whose pages are the source's own.")

    def wants_text(self, task: Task, *, by_default: bool) -> bool:
        """Whether bodies are read. Raises ConfigError where they are asked for and the rights do not allow it."""
        if self.full_text and task.source.rights != "open":
            raise ConfigError(f'source \'{task.source.id}\': full_text needs rights = "open", not "{task.source.rights}"')
        return task.source.rights == "open" and (by_default if self.full_text is None else self.full_text)

    def reads_pages(self, task: Task, *, by_default: bool) -> bool:
        """Whether any page may be asked for."""
        return self.complete or self.wants_text(task, by_default=by_default)


@dataclass(slots=True)
class Progress:
    """The cursor: links whose page was read (``known``), how often others failed, how many are left, and parts read to their end.

    ``unsettled``: the parts of an index may change while the index does not. ``broken_off`` counts the visits in a row that ended
    before a single page was read.
    """

    known: dict[str, None] = field(default_factory=dict)
    tries: dict[str, int] = field(default_factory=dict)
    lists: dict[str, str] = field(default_factory=dict)
    left: int = 0
    unsettled: bool = False
    broken_off: int = 0

    @property
    def is_settled(self) -> bool:
        """Whether a list that did not change has nothing for the next visit."""
        return not (self.left or self.unsettled)

    @classmethod
    def of(cls, task: Task) -> Progress:
        """As ``dumped``; a cursor that is none of ours is an empty one."""
        try:
            found = json.loads(task.cursor or "{}")
            packed, tries, lists = found.get("known", ""), found.get("tries", {}), found.get("lists", {})
            return cls(
                known=dict.fromkeys(packed[start : start + 8] for start in range(0, len(packed), 8)),
                tries={str(name): int(count) for name, count in tries.items()},
                lists={str(name): str(value) for name, value in lists.items()},
                left=int(found.get("left", 0)),
                unsettled=bool(found.get("unsettled")),
                broken_off=int(found.get("broken_off", 0)),
            )
        except (ValueError, TypeError, AttributeError):
            return cls()

    def dumped(self) -> str:
        """As the cursor keeps it: the links known best lately, eight characters each."""
        known = "".join(list(self.known)[-_KNOWN:])
        kept = {name: getattr(self, name) for name in ("tries", "lists", "left", "unsettled", "broken_off")}
        return json.dumps({"known": known} | {name: value for name, value in kept.items() if value}, separators=(",", ":"))

    def learn(self, names: Iterable[str]) -> None:
        """These links need no request any more."""
        for name in names:
            self.known.pop(name, None)
            self.known[name] = None
            self.tries.pop(name, None)


def mark(url: str) -> str:
    """Eight characters that stand for a link: among ten thousand, two are the same once in millions of sources."""
    return base64.urlsafe_b64encode(hashlib.blake2b(url.encode(), digest_size=6).digest()).decode()


def feed_with_articles(task: Task, accept: str, parse: Callable[[Payload, Source, int], Parsed]) -> Reading:
    """A visit to a feed whose options speak of pages. A feed that reserves mining has none of its pages read."""
    options = options_of(ArticleOptions, task.source)
    wanted = options.reads_pages(task, by_default=False)
    progress = Progress.of(task)
    payload = yield Wanted(endpoint_of(task.source), {"Accept": accept}, conditional=progress.is_settled)
    parsed = parse(payload, task.source, task.max_items)
    if wanted and not is_reserved(payload.headers):
        yield from with_articles(parsed, task, options, progress, by_default=False)
    else:
        yield parsed


def with_articles(parsed: Parsed, task: Task, options: ArticleOptions, progress: Progress, *, by_default: bool) -> Reading:
    """Yields ``parsed`` with the pages of its new entries, as far as rights and options want them.

    Entries that need no page come first, in one Parsed with the note and the schedule of ``parsed``; then each of the others
    with its page. An entry without a title even then is rejected. Ask for the list
    conditionally only where ``progress.is_settled``.
    """
    text = options.wants_text(task, by_default=by_default)
    guids = Counter(entry.guid or "" for entry in parsed.entries)
    unusable = len(parsed.entries) - sum(count == 1 for guid, count in guids.items() if guid)
    keep_guid = unusable <= UNUSABLE * len(parsed.entries)
    links = Counter(entry.url for entry in parsed.entries if entry.url)
    ready: list[Entry] = []
    pending: list[Entry] = []
    for entry in parsed.entries:
        incomplete = not entry.title or entry.published_on is None
        alone = entry.url is not None and links[entry.url] == 1 and is_same_site(entry.url, task.source.url or "", options.hosts)
        if alone and (text or (options.complete and incomplete)) and mark(entry.url or "") not in progress.known:
            # Entries go out one by one from here: that GUIDs are bad in all of the list could no longer be told.
            pending.append(entry if keep_guid and guids[entry.guid or ""] == 1 else replace(entry, guid=None))
        else:
            ready.append(entry)
    known = [name for entry in ready if entry.url and (name := mark(entry.url)) in progress.known]
    untitled = [entry for entry in ready if not entry.title]
    again = sum(mark(entry.url or "") in progress.known for entry in untitled)
    progress.learn(known)
    if progress.broken_off >= _TRIES:  # three visits ended at their first page: what is listed is kept without
        progress.learn(mark(entry.url or "") for entry in pending)
        ready, pending, progress.broken_off = ready + pending, [], 0
    first = Parsed(
        entries=tuple(entry for entry in ready if entry.title),
        known=parsed.known + again,
        rejected=parsed.rejected + len(untitled) - again,
        note=parsed.note,
        schedule=parsed.schedule,
    )
    if not pending:
        progress.left = 0
        yield replace(first, cursor=progress.dumped() if progress.known or progress.lists or task.cursor else parsed.cursor)
        return
    marks = {mark(entry.url or "") for entry in pending}
    progress.tries = {name: count for name, count in progress.tries.items() if name in marks}
    progress.left = len(pending)
    progress.broken_off += 1
    yield replace(first, cursor=progress.dumped())
    pending.sort(key=lambda entry: progress.tries.get(mark(entry.url or ""), 0))
    yield from _pages(pending, task, options, progress, text=text)


def _pages(pending: list[Entry], task: Task, options: ArticleOptions, progress: Progress, *, text: bool) -> Reading:
    refused = 0
    for number, entry in enumerate(pending):
        url, name, note = entry.url or "", mark(entry.url or ""), None
        if refused < _REFUSED_IN_A_ROW:  # a site that does not want its pages read is not asked further
            if number == options.max_articles:
                return
            payload = yield Wanted(url, {"Accept": ACCEPT}, optional=True, max_bytes=MAX_PAGE_BYTES)
            progress.broken_off = 0
            if payload.failure and payload.failure.code in _PASSING and progress.tries.get(name, 0) + 1 < _TRIES:
                progress.tries[name] = progress.tries.get(name, 0) + 1
                yield Parsed(entries=(), note=Reason("page_refused", str(payload.failure)), cursor=progress.dumped())
                continue
            article, note = _article(payload, task, options)
            refused = 0 if article else refused + 1
            if article is not None:
                entry = completed(entry, article, page_url=payload.url, source_lang=task.source.lang, full_text=text)
        progress.learn((name,))
        progress.left -= 1
        titled = (entry,) if entry.title else ()
        yield Parsed(entries=titled, rejected=1 - len(titled), note=note, cursor=progress.dumped())


def _article(payload: Payload, task: Task, options: ArticleOptions) -> tuple[Article | None, Reason | None]:
    """What a page says, if it is one of the source's own; and what is to be noted of it."""
    if payload.failure is not None:
        return None, Reason("page_refused", str(payload.failure))
    if not is_same_site(payload.url, task.source.url or "", options.hosts):
        return None, Reason("page_elsewhere")
    try:
        article = read_article(payload, task.source.id, task.now)
    except Unreadable as exc:
        return None, Reason("page_refused", str(exc.reason))
    return article, Reason("paywalled") if article.paywalled else None
