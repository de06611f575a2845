"""Sitemaps as bytes: what each row says, and what damaged or hostile ones give."""

from __future__ import annotations

import datetime as dt
import gzip
from typing import Any

import pytest

from crawler.collectors.base import Entry, Parsed, Payload, Task, Wanted
from crawler.collectors.sitemap import SitemapCollector, read_sitemap
from crawler.reasons import Reason, Unreadable
from storage.errors import ConfigError
from storage.model import Kind, Source
from tests.conftest import NOW
from tests.servers.newsroom import index, packed, row, urlset

HOME = "https://www.site.example/sitemap.xml"


def payload(body: bytes | str, url: str = HOME, **headers: str) -> Payload:
    return Payload(url, 200, headers, body.encode() if isinstance(body, str) else body)


def task(rights: str = "excerpt", cursor: str | None = None, max_items: int = 5_000, **options: Any) -> Task:
    source = Source(
        id="s", name="s", kind=Kind.NEWS, url=HOME, collector="sitemap", rights=rights, options=options, cursor=cursor
    )
    return Task(source=source, now=NOW, max_items=max_items)


def visit(body: bytes | str, given: Task) -> tuple[list[Parsed], list[Wanted]]:
    """A visit that gets one answer and ends at the first request after it."""
    reading = SitemapCollector().read(given)
    wanted = [next(reading)]
    pages = []
    step = reading.send(payload(body))
    while True:
        if isinstance(step, Wanted):
            wanted.append(step)
            return pages, wanted
        pages.append(step)
        try:
            step = next(reading)
        except StopIteration:
            return pages, wanted


def entries(body: bytes | str, given: Task | None = None) -> list[Entry]:
    return [entry for page in visit(body, given or task())[0] for entry in page.entries]


def day(number: int) -> str:
    return f"2026-02-{number:02}T10:00:00+01:00"


def test_a_news_sitemap_gives_title_date_language_and_link() -> None:
    (entry,) = entries(
        urlset(row("https://www.site.example/a?utm_source=x&b=1", "Un « site » & son centre", day(27), "fr-FR", "2026-03-01"))
    )
    assert entry == Entry(
        title="Un « site » & son centre",
        url="https://www.site.example/a?b=1",
        lang="fr",
        published_on=dt.date(2026, 2, 27),
        published_at=dt.datetime(2026, 2, 27, 9, tzinfo=dt.UTC),
    )


def test_lastmod_is_no_date_of_publication() -> None:
    body = urlset("<url><loc>/a</loc><lastmod>2026-03-01</lastmod><news:news><news:title>T</news:title></news:news></url>")
    (entry,) = entries(body)
    assert (entry.url, entry.published_on) == ("https://www.site.example/a", None)


def test_a_title_is_that_of_the_news() -> None:
    picture = (
        '<image:image xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">'
        "<image:loc>/i.png</image:loc><image:title>I</image:title></image:image>"
    )
    line = row("/a", "Titre", day(2)).replace("<loc>", f"{picture}<loc>")
    assert [(entry.title, entry.url) for entry in entries(urlset(line))] == [("Titre", "https://www.site.example/a")]


def test_newest_first_old_ones_out_and_patterns_hold() -> None:
    rows = [
        row("https://www.site.example/actu/1", "Un", day(1)),
        row("https://www.site.example/actu/2", "Deux", day(20)),
        row("https://www.site.example/actu/3", "Trois", "2026-01-20"),
        row("https://www.site.example/pub/4", "Quatre", day(20)),
        row("https://www.site.example/actu/video/5", "Cinq", day(20)),
        row("https://other.example/actu/6", "Six", day(20)),
        row("https://media.site.example/actu/7", "Sept", day(19)),
    ]
    given = task(keep="^/actu/", leave="/video/")
    assert [entry.title for entry in entries(urlset(*rows), given)] == ["Deux", "Sept", "Un"]
    assert [entry.title for entry in entries(urlset(*rows), task(keep="^/actu/", max_items=1))][:1] == ["Deux"]
    assert visit(urlset(*rows), task(max_items=1))[0][0].note == Reason("capped", "5")
    assert visit(urlset(*rows), given)[0][0].rejected == 1
    assert len(entries(urlset(*rows), task(max_age_days=90))) == 6


@pytest.mark.parametrize(
    "body",
    [
        packed(urlset(row("/a", "A", day(2)), row("/b", "B", day(1)))),
        packed(urlset(row("/a", "A", day(2)), row("/b", "B", day(1))))[:-12],
        urlset(row("/a", "A", day(2)), row("/b", "B", day(1))).replace("</urlset>", ""),
        urlset(row("/a", "A", day(2)), row("/b", "B", day(1))) + "<trailing",
        "\n\n  " + urlset(row("/a", "A", day(2)), row("/b", "B", day(1))),
        urlset(row("/a", "A", day(2)), row("/b", "B", day(1)), "<url><loc>/c</loc><lastmod>2026-02").encode("utf-8-sig"),
        urlset(row("/a", "A", day(2)), "<url><loc>/x?a=1&b=2</lo</url>", row("/b", "B", day(1))),
        urlset(row("/a", "A", day(2)), row("/b", "B", day(1))).replace(
            ' xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"', ""
        ),
        urlset(row("/a", "A", day(2)), row("/b", "B", day(1))).encode("utf-16"),
        urlset(row("/a", "A\0", day(2)), row("/b", "B", day(1)), row("javascript:x", "C", day(1)), row("", "D", day(1))),
        '<!DOCTYPE urlset [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
        + urlset(row("/a", "A", day(2)), row("/b", "B", day(1)))[38:],
    ],
    ids=["gzip", "cut gzip", "cut", "trailing", "blanks", "cut row", "bad row", "no prefix", "utf-16", "bad links", "external"],
)
def test_a_damaged_sitemap_gives_what_is_whole(body: bytes | str) -> None:
    assert [(entry.title, entry.url) for entry in entries(body)][:2] == [
        ("A", "https://www.site.example/a"),
        ("B", "https://www.site.example/b"),
    ]


def test_no_entity_reaches_a_file_or_expands() -> None:
    outside = (
        '<!DOCTYPE u [<!ENTITY x SYSTEM "file:///etc/hostname">]>' + urlset(row("/a", "T", day(2)).replace(">T<", ">T&x;<"))[38:]
    )
    assert [entry.title for entry in entries(outside)] == ["T"]
    bomb = '<!DOCTYPE u [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>' + urlset(row("/a", "&b;", day(2)))[38:]
    with pytest.raises(Unreadable) as raised:
        entries(bomb)
    assert raised.value.reason.code == "entities"


def test_a_bomb_and_a_giant_are_cut() -> None:
    bomb = gzip.compress(b"<urlset>" + b" " * 200_000_000)
    with pytest.raises(Unreadable, match="larger than"):
        read_sitemap(payload(bomb), "s")
    many = "<urlset>" + "<url><loc>https://www.site.example/a</loc></url>" * 110_000
    rows, note = read_sitemap(payload(many), "s")
    assert (len(rows), note) == (100_000, Reason("capped", "100000"))
    deep = "<urlset>" + "<url>" * 100_000
    assert read_sitemap(payload(deep), "s")[0] == []


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("", "no_body"),
        ("<!doctype html><html><body>Introuvable</body></html>", "html"),
        ("<rss version='2.0'><channel/></rss>", "no_sitemap"),
        ('{"a": 1}', "no_sitemap"),
        (b"\x1f\x8bnot gzip", "encoding"),
        (urlset(row("/a"), row("/b")), "undated_links"),
        (urlset(row("/a", lastmod="2026-03-01")), "untitled"),
    ],
)
def test_what_is_of_no_use_is_said(body: bytes | str, code: str) -> None:
    with pytest.raises(Unreadable) as raised:
        visit(body, task())
    assert raised.value.reason.code == code


def test_an_empty_sitemap_is_valid() -> None:
    (page,), _ = visit(urlset(), task())
    assert (page.entries, page.note) == ((), None)


def test_the_newest_parts_of_an_index_are_asked_for() -> None:
    parts = index(
        ("https://www.site.example/s-1.xml", "2026-02-01"),
        ("https://www.site.example/s-2.xml", "2026-02-28T10:00:00Z"),
        ("https://www.site.example/s-3.xml", "2025-02-28"),
        ("https://evil.example/s-4.xml", "2026-03-01"),
    )
    _, wanted = visit(parts, task())
    assert [one.url for one in wanted] == [HOME, "https://www.site.example/s-2.xml"]
    undated = index(*((f"https://www.site.example/2025-{month}.xml", "") for month in (9, 11, 10)))
    assert visit(undated, task())[1][1].url == "https://www.site.example/2025-11.xml"
    assert visit(undated, task(sitemaps="-9"))[1][1].url == "https://www.site.example/2025-9.xml"


@pytest.mark.parametrize(
    ("rights", "options"),
    [
        ("excerpt", {"full_text": True}),
        ("link-only", {"full_text": True}),
        ("open", {"keep": "("}),
        ("open", {"max_articles": 0}),
        ("open", {"unknown": 1}),
    ],
)
def test_options_that_cannot_be_are_refused(rights: str, options: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match="s"):
        visit(urlset(row("https://www.site.example/a", "A", day(2))), task(rights, **options))


def test_a_cursor_that_is_none_starts_anew() -> None:
    for cursor in ("", "x", "[]", '{"known": 3}', '{"left": "x"}', '{"tries": []}'):
        assert len(entries(urlset(row("https://www.site.example/a", "A", day(2))), task(cursor=cursor))) == 1
