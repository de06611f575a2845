"""XML, HTML and JSON made to hurt, through the real spider: what can be read is stored as plain text, nothing else happens."""

from __future__ import annotations

import contextlib
import gzip
import json
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from crawler.collectors.base import Payload
from crawler.collectors.patents.trees import tree
from crawler.collectors.sitemap import read_sitemap
from crawler.normalize import MAX_TITLE
from crawler.opml import sources_of
from crawler.opml_outlines import read_outlines
from crawler.reasons import Unreadable
from storage.model import Kind
from storage.store import Store
from storage.tables import documents
from tests.integration.crawler.hostile import codes, crawled, feed
from tests.servers.http import Route, Site

SECRET = "confidentiel-3f9a"
ARTICLE = (
    "<!doctype html>{head}<html lang=fr><head><title>{title}</title></head><body><article><h1>{title}</h1>"
    "<p>{text}</p><p>{text}</p></article></body></html>"
)


def page(body: bytes | str, content_type: str = "application/xml", **headers: str) -> Route:
    data = body.encode() if isinstance(body, str) else body

    def answer(handler: Any) -> None:
        handler.send_response(200)
        for name, value in {"Content-Type": content_type, "Content-Length": str(len(data)), **headers}.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(data)

    return answer


def rss(item: str, head: str = "") -> str:
    return f'<?xml version="1.0" encoding="utf-8"?>{head}<rss version="2.0"><channel><title>S</title>{item}</channel></rss>'


def item(title: str, **parts: str) -> str:
    inner = "".join(f"<{name}>{value}</{name}>" for name, value in parts.items())
    return f"<item><title>{title}</title>{inner}</item>"


@pytest.fixture
def secret(tmp_path: Path) -> str:
    path = tmp_path / "secret.txt"
    path.write_text(SECRET)
    return path.as_uri()


def heads(secret: str, site: Site) -> dict[str, str]:
    """Document types that expand, or that reach for a file of this machine or a server of the house."""
    canary = site.page("/canary", SECRET)
    lines = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    return {
        "laughs": f'<!DOCTYPE rss [<!ENTITY l0 "ha">{lines}<!ENTITY e "&l11;">]>',
        "quadratic": f'<!DOCTYPE rss [<!ENTITY e "{"h" * 100_000}">]>',
        "loop": '<!DOCTYPE rss [<!ENTITY e "&f;"><!ENTITY f "&e;">]>',
        "file": f'<!DOCTYPE rss [<!ENTITY e SYSTEM "{secret}">]>',
        "web": f'<!DOCTYPE rss [<!ENTITY e SYSTEM "{canary}">]>',
        "public": f'<!DOCTYPE rss [<!ENTITY e PUBLIC "-//X//Y" "{canary}">]>',
        "parameter": f'<!DOCTYPE rss [<!ENTITY % p SYSTEM "{canary}"> %p; <!ENTITY e "x">]>',
        "doctype": f'<!DOCTYPE rss SYSTEM "{canary}">',
        "stylesheet": f'<?xml-stylesheet href="{canary}"?>',
    }


def stored(store: Store) -> str:
    with store.reading() as conn:
        return "\n".join(f"{row.title} {row.text} {row.url}" for row in conn.execute(sa.select(documents)))


def test_no_feed_opens_a_file_or_an_address_or_grows(sqlite_store: Store, site: Site, secret: str) -> None:
    hostile = {name: page(rss(item(f"Titre {name} &e;", guid=name), head)) for name, head in heads(secret, site).items()}
    include = '<i:include xmlns:i="http://www.w3.org/2001/XInclude" href="{}" parse="text"/>'
    hostile["xinclude-file"] = page(rss(item("Inclus un" + include.format(secret), guid="xf")))
    hostile["xinclude-web"] = page(rss(item("Inclus deux" + include.format(site.url("/canary")), guid="xw")))
    hostile["utf-16"] = page(rss(item("&e;"), heads(secret, site)["laughs"]).replace("utf-8", "utf-16").encode("utf-16"))
    came = crawled(sqlite_store, site, hostile)
    assert SECRET not in stored(sqlite_store)
    assert site.count("/canary") == 0
    refused = ("laughs", "quadratic", "loop", "utf-16")
    assert {name: code for name, code in codes(came).items() if name in refused} == dict.fromkeys(refused, "entities")
    assert len(stored(sqlite_store)) < 10_000


def test_no_other_collector_does_either(sqlite_store: Store, site: Site, secret: str) -> None:
    bodies = {
        "sitemap": "<urlset><url><loc>{base}/un-article-assez-long</loc><lastmod>2026-03-01</lastmod>"
        "<n:news xmlns:n='news'><n:title>&e;</n:title></n:news></url></urlset>",
        "arxiv_rss": "<rss version='2.0'><channel><title>S</title><item><title>Titre &e;</title></item></channel></rss>",
        "arxiv": "<feed xmlns='http://www.w3.org/2005/Atom'><entry><id>http://arxiv.org/abs/2602.00001v1</id><title>T &e;</title>"
        "</entry></feed>",
        "listing": "<html><body><main><article><h2><a href='/un'>Un titre assez long &e;</a></h2></article></main></body></html>",
    }
    hostile, fields = {}, {}
    for collector, body in bodies.items():
        for name, head in heads(secret, site).items():
            key = f"{collector}-{name}"
            hostile[key] = page(
                head + body.replace("{base}", site.url("")), "text/html" if collector == "listing" else "text/xml"
            )
            fields[key] = {"collector": collector, "options": {"words": ["quantum"]} if collector == "arxiv" else {}}
    came = crawled(sqlite_store, site, hostile, fields)
    assert SECRET not in stored(sqlite_store)
    assert site.count("/canary") == 0
    assert all(len(each.titles) <= 1 for each in came.values())
    assert len(stored(sqlite_store)) < 20_000


@pytest.mark.parametrize("name", ["laughs", "quadratic", "loop", "file", "web", "public", "parameter", "doctype"])
def test_records_of_patent_offices_and_lists_of_feeds_do_not_either(site: Site, secret: str, name: str) -> None:
    head = heads(secret, site)[name]
    read = ""
    with contextlib.suppress(Unreadable):
        read += "".join(map(str, tree(f"{head}<rss><title>&e;</title></rss>".encode(), "s").itertext()))
    outline = f'{head}<opml version="2.0"><body><outline text="&e;" xmlUrl="https://s.example/f"/></body></opml>'
    with contextlib.suppress(Unreadable):
        read += str(sources_of(read_outlines(outline.encode(), "list.opml")))
    assert SECRET not in read
    assert len(read) < 3_000
    assert site.count("/canary") == 0


def test_a_page_of_an_article_does_not_either(sqlite_store: Store, site: Site, secret: str) -> None:
    text = f"Une phrase de plus. {'mot ' * 80}"
    for number, (name, head) in enumerate(heads(secret, site).items()):
        site.route(
            f"/article-{number}-{name}", page(ARTICLE.format(head=head, title=f"Article {name}", text=f"{text}&e;"), "text/html")
        )
    links = "".join(
        f'<article><h2><a href="/article-{number}-{name}">Un article assez long, {name}</a></h2></article>'
        for number, name in enumerate(heads(secret, site))
    )
    crawled(
        sqlite_store,
        site,
        {"list": page(f"<html><body><main>{links}</main></body></html>", "text/html")},
        {"list": {"collector": "listing", "rights": "open"}},
    )
    assert "Une phrase de plus" in stored(sqlite_store)
    assert SECRET not in stored(sqlite_store)
    assert site.count("/canary") == 0


def test_a_packed_sitemap_that_is_a_bomb_is_cut() -> None:
    row = b"<url><loc>https://s.example/un</loc><lastmod>2026-03-01</lastmod></url>"
    bomb = gzip.compress(b"<urlset>" + row + b" " * 300_000_000)
    with pytest.raises(Unreadable, match="larger than"):
        read_sitemap(Payload("https://s.example/sitemap.xml.gz", 200, {}, bomb), "s")


def test_what_is_stored_is_plain_text_and_one_bad_item_costs_no_other(store: Store, site: Site) -> None:
    items = [
        item("&lt;script&gt;alert(1)&lt;/script&gt;Propre", guid="1", description="&lt;img src=x onerror=alert(1)&gt;texte"),
        item("Sens \u202einverse\u202c \u2067droite\u2069", guid="2"),
        item("x" * 1_000_000, guid="3", description="y" * 3_000_000),
        item("Lien", guid="4", link="javascript:alert(1)"),
        item("Relatif", guid="5", link="/relatif"),
        item("Nul&#0;&#xD800;&#8;", guid="6&#0;&#xD800;"),
        item("Double &amp;amp;lt;b&amp;amp;gt;", guid="7"),
        item("", guid="", link=""),
    ]
    hostile = {
        "rss": page(rss("".join(items))),
        "json": page(
            json.dumps(
                {
                    "version": "https://jsonfeed.org/version/1.1",
                    "items": [
                        {"id": "\ud800", "title": "Seul \ud800"},
                        {"id": "a\x00b", "title": "Avec\x00nul"},
                        {"id": "x" * 1_000_000, "title": "Long"},
                        {"id": 10**300, "title": "Grand"},
                        None,
                    ],
                }
            ),
            "application/json",
        ),
        "lines": page(feed("un\u2028deux", "trois\x85quatre")),
        "nul": page(feed("cinq").replace(b"cinq", b"ci\x00nq")),
        "bom": page(b"\xef\xbb\xbf \n" + feed("six")),
        "utf-16": page(feed("sept é").decode().replace("utf-8", "utf-16").encode("utf-16")),
        "windows": page(feed("huit é").decode().encode("windows-1252"), "text/xml; charset=utf-8"),
        "charset": page(feed("neuf é"), "text/xml; charset=klingon"),
        "ten-thousand": page(rss("".join(item(f"Titre {n}", guid=f"n{n}") for n in range(10_000)))),
    }
    came = crawled(store, site, hostile, max_items=50)
    assert set(came["rss"].titles) >= {"Propre", "Sens inverse droite", "Lien", "Relatif"}
    assert max(map(len, came["rss"].titles)) <= MAX_TITLE
    assert len(came["rss"].titles) == 7
    assert len(came["json"].titles) == 4
    assert [came[name].titles for name in ("nul", "bom")] == [("cinq",), ("six",)]
    assert [len(came[name].titles) for name in ("lines", "utf-16", "windows", "charset")] == [2, 1, 1, 1]
    assert came["utf-16"].titles == ("sept é",)
    assert (came["ten-thousand"].code, len(came["ten-thousand"].titles)) == ("capped", 50)
    with store.reading() as conn:
        rows = list(conn.execute(sa.select(documents)))
    assert all(row.url is None or row.url.startswith(("http://", "https://")) for row in rows)
    everything = "".join(f"{row.title}{row.text}" for row in rows)
    assert "<script" not in everything
    assert "<img" not in everything
    assert not set(everything) & set("\x00\u202e\u202c\u2067\u2069\u2028\x85")


def test_an_error_of_surrogates_still_has_its_row(store: Store, site: Site) -> None:
    body = '{"message":"a\\u0000b \\ud800","error":"\\udfff \\u202e","error_code":"\\u0000","status":"\\ud800"}'
    services = ("hal", "openalex", "crossref", "ademe", "opendatasoft", "sedia", "ted")
    options: dict[str, dict[str, Any]] = {"opendatasoft": {"reading": "boamp", "dataset": "boamp", "everything": True}}
    options |= {name: {"words": ["quantum"]} for name in ("hal", "openalex", "crossref")}
    fields = {name: {"collector": name, "kind": Kind.FUNDING, "options": options.get(name, {})} for name in services}
    came = crawled(store, site, dict.fromkeys(services, page(body, "application/json")), fields)
    assert {each.titles for each in came.values()} == {()}
    assert all(each.reason is not None for each in came.values())


def test_no_date_is_invented_and_no_future_one_counts(sqlite_store: Store, site: Site) -> None:
    dates = {
        "Sans": "",
        "Demain": "Tue, 03 Mar 2026 08:00:00 GMT",
        "Plus tard": "Thu, 05 Mar 2026 08:00:00 GMT",
        "Siècle": "2226-03-01",
        "Zone": "Sun, 01 Mar 2026 08:30:00 Paris",
        "Minuit": "2026-02-28T24:00:00Z",
        "Mois": "lundi 2 février 2026",
        "Origine": "Thu, 01 Jan 1970 00:00:00 GMT",
        "An un": "0001-01-01T00:00:00Z",
    }
    body = rss("".join(item(title, guid=title, pubDate=date) for title, date in dates.items()))
    assert codes(crawled(sqlite_store, site, {"dates": page(body)})) == {"dates": ""}
    with sqlite_store.reading() as conn:
        rows = {row.title: row for row in conn.execute(sa.select(documents))}
    told = {title: (str(rows[title].published_on), rows[title].date_flag, str(rows[title].counted_on)) for title in dates}
    assert told == {
        "Sans": ("None", "undated", "2026-03-02"),
        "Demain": ("2026-03-03", None, "2026-03-02"),
        "Plus tard": ("2026-03-05", "future", "None"),
        "Siècle": ("None", "implausible", "2026-03-02"),
        "Zone": ("2026-03-01", None, "2026-03-01"),
        "Minuit": ("2026-03-01", None, "2026-03-01"),
        "Mois": ("2026-02-02", "late", "2026-03-02"),
        "Origine": ("None", "implausible", "2026-03-02"),
        "An un": ("None", "implausible", "2026-03-02"),
    }
