"""Broken and hostile feeds (``sources.md``, section 7): what is expected of each, in bytes."""

from __future__ import annotations

import datetime as dt
import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.collectors import feed
from crawler.collectors.base import Parsed, Payload
from crawler.collectors.plainrss import read_plain_rss
from crawler.collectors.wording import text_of
from crawler.identity import identify
from crawler.normalize import MAX_TITLE
from crawler.reasons import Unreadable
from storage.model import Kind, Source

NEWS = Source(id="s", name="S", kind=Kind.NEWS)
DATED = "<pubDate>Mon, 02 Mar 2026 08:00:00 GMT</pubDate>"


def item(inner: str, n: int = 1) -> str:
    return f"<item><title>Titre {n}</title><link>https://s.example/{n}</link>{DATED}{inner}</item>"


def rss(*items: str, encoding: str = "utf-8", head: str = "", attributes: str = "") -> str:
    start = f'<?xml version="1.0" encoding="{encoding}"?>{head}<rss version="2.0"{attributes}><channel><title>T</title>'
    return start + "".join(items) + "</channel></rss>"


def read(body: str | bytes, content_type: str = "application/xml", max_items: int = 100) -> Parsed:
    data = body.encode() if isinstance(body, str) else body
    return feed.parse(Payload("https://s.example/flux/rss.xml", 200, {"content-type": content_type}, data), NEWS, max_items)


def note_of(parsed: Parsed) -> str | None:
    return parsed.note.code if parsed.note else None


@pytest.mark.parametrize(
    ("body", "note"),
    [
        ("\n  \t" + rss(item("")), None),
        ("\ufeff" + rss(item("")), None),
        ("\ufeff\r\n" + rss(item("")), None),
        (rss(item("<x:inconnu>v</x:inconnu>")), "ill_formed"),
        (rss(item("<description>R&D et A & B</description>")), "ill_formed"),
        (rss(item("<description>a<br>b</description>")), "ill_formed"),
        (rss(item(""))[: -len("</channel></rss>")], "truncated"),
    ],
)
def test_a_damaged_feed_gives_its_complete_items_and_says_so(body: str, note: str | None) -> None:
    parsed = read(body)
    assert [entry.url for entry in parsed.entries] == ["https://s.example/1"]
    assert note_of(parsed) == note


def test_a_web_page_with_200_is_refused_whatever_it_calls_itself() -> None:
    page = "<!DOCTYPE html><html><head><title>Un instant…</title></head><body><p>Vérification</p></body></html>"
    for content_type in ("text/html", "application/rss+xml"):
        with pytest.raises(Unreadable) as caught:
            read(page, content_type)
        assert caught.value.reason.code == "html"


def test_a_feed_called_a_web_page_is_read() -> None:
    assert len(read(rss(item("")), "text/html; charset=utf-8").entries) == 1


def test_xinclude_and_outside_definitions_are_not_followed() -> None:
    include = '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file:///etc/hostname" parse="text"/>'
    head = '<!DOCTYPE rss [<!ENTITY % dehors SYSTEM "http://127.0.0.1:9/x.dtd"> %dehors;]>'
    for body in (rss(item(f"<description>a {include} b</description>")), rss(item(""), head=head)):
        assert [entry.text for entry in read(body).entries] in (["a b"], [""])


@pytest.mark.parametrize(
    ("declared", "content_type", "sent"),
    [
        ("utf-8", "text/xml; charset=iso-8859-1", "utf-8"),
        ("utf-8", "application/xml", "windows-1252"),
        ("iso-8859-1", "application/xml; charset=utf-8", "utf-8"),
        ("windows-1252", "application/rss+xml", "windows-1252"),
        ("utf-16", "application/xml", "utf-16"),
        ("inconnu-9", "application/xml; charset=inconnu-8", "utf-8"),
    ],
)
def test_header_declaration_and_bytes_may_disagree(declared: str, content_type: str, sent: str) -> None:
    parsed = read(rss(item("<description>Énergie : l’été à Évry</description>"), encoding=declared).encode(sent), content_type)
    assert parsed.entries[0].title == "Titre 1"
    if sent != "windows-1252" or declared == sent:
        assert parsed.entries[0].text == "Énergie : l’été à Évry"


def test_nul_and_control_characters_are_gone() -> None:
    parsed = read(rss(item("<description>la\x00ser\x01 vert&#x202e;e\u0301</description>")))
    assert parsed.entries[0].text == "laser vertké".replace("k", "")


def test_guids_may_be_missing_empty_shared_or_new_each_time() -> None:
    for guid in ("", "<guid></guid>", "<guid>commun</guid>", '<guid isPermaLink="false">https://s.example/accueil</guid>'):
        parsed = read(rss(item(guid, 1), item(guid, 2)))
        found = identify(parsed.entries, "s")
        assert len({identity.key for identity in found}) == 2
        assert [entry.url for entry in parsed.entries] == ["https://s.example/1", "https://s.example/2"]
    first, second = (identify(read(rss(item(f"<guid>au-hasard-{n}</guid>"))).entries, "s")[0] for n in (1, 2))
    assert first.document_id == second.document_id


@pytest.mark.parametrize(
    ("date", "instant", "flag"),
    [
        ("Mon, 02 Mar 2026 24:00:00 GMT", dt.datetime(2026, 3, 3, tzinfo=dt.UTC), None),
        ("Mon, 02 Mar 2026 08:00:00 HNEC", dt.datetime(2026, 3, 2, 8, tzinfo=dt.UTC), None),
        ("lun., 2 mars 2026 08:00:00 +0100", dt.datetime(2026, 3, 2, 7, tzinfo=dt.UTC), None),
        ("2 févr. 2026 à 14h05", dt.datetime(2026, 2, 2, 14, 5, tzinfo=dt.UTC), None),
        ("Thu, 01 Jan 1970 00:00:00 GMT", None, "implausible"),
        ("0001-01-01T00:00:00Z", None, "implausible"),
        ("demain", None, "unreadable"),
        ("", None, None),
    ],
)
def test_a_date_is_as_given_or_empty_with_a_flag(date: str, instant: dt.datetime | None, flag: str | None) -> None:
    (entry,) = read(rss(f"<item><title>T</title><pubDate>{date}</pubDate></item>")).entries
    assert (entry.published_at, entry.date_flag) == (instant, flag)


def test_ten_thousand_items_are_cut_with_a_note() -> None:
    started = time.monotonic()
    parsed = read(rss(*(item("", n) for n in range(10_000))), max_items=5_000)
    assert (len(parsed.entries), note_of(parsed)) == (5_000, "capped")
    assert time.monotonic() - started < 20


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ("javascript:alert(1)", None),
        ("data:text/html,x", None),
        ("/article", "https://s.example/article"),
        ("autre", "https://s.example/flux/autre"),
        ("//autre.example/x", "https://autre.example/x"),
    ],
)
def test_only_web_addresses_are_links(link: str, expected: str | None) -> None:
    (entry,) = read(rss(f"<item><title>T</title><link>{link}</link></item>")).entries
    assert entry.url == expected


def test_xml_base_is_honoured() -> None:
    inner = '<item xml:base="https://b.example/x/"><title>T</title><link>../un</link></item>'
    assert read(rss(inner)).entries[0].url == "https://b.example/un"


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("&lt;p&gt;l&amp;#8217;IA&lt;/p&gt;", "l’IA"),
        ("&amp;amp;lt;script&amp;amp;gt;mal()&amp;amp;lt;/script&amp;amp;gt;", ""),
        ("<![CDATA[<script>mal()</script><b onclick='x'>gras</b>]]>", "gras"),
        ("a\u200fb\u202ec", "abc"),
        ("<![CDATA[Un laser <a title=\"2 > 1\" href='https://x.example'>vert</a>]]>", "Un laser vert"),
        ('<![CDATA[Coupé <a href="https://go.redirectingat.com/?id=1&xcust=2-1-9]]>', "Coupé"),
        ("<![CDATA[avant <iframe src='x'> après]]>", "avant après"),
    ],
)
def test_text_is_plain_however_it_is_escaped(raw: str, text: str) -> None:
    (entry,) = read(rss(item(f"<description>{raw}</description>"))).entries
    assert entry.text == text


def test_a_title_of_a_megabyte_is_cut() -> None:
    (entry,) = read(rss(f"<item><title>{'très long ' * 100_000}</title></item>")).entries
    assert len(entry.title) <= MAX_TITLE
    assert entry.title.endswith("…")


def test_an_item_without_title_is_known_by_the_next_best_thing() -> None:
    items = ("<description>Du texte</description>", "<link>https://s.example/a</link>", "<guid>g-1</guid>", DATED, "<category/>")
    parsed = read(rss(*(f"<item>{inner}</item>" for inner in items)))
    assert [entry.title for entry in parsed.entries] == ["Du texte", "https://s.example/a", "g-1", "2026-03-02"]
    assert parsed.rejected == 1


def test_a_feed_of_a_dialect_nobody_writes_any_more_is_empty_not_broken() -> None:
    assert read("<CHANNEL><TITLE>Vieux</TITLE></CHANNEL>").entries == ()


def test_a_json_feed_may_give_its_version_as_a_number() -> None:
    for version in ("1.0", "1.1", "https://jsonfeed.org/version/1"):
        assert len(read(json.dumps({"version": version, "items": [{"id": "a", "title": "T"}]})).entries) == 1
    for broken in ({"version": "2.0", "items": []}, {"version": "1.1", "items": None}, {"items": []}):
        with pytest.raises(Unreadable):
            read(json.dumps(broken))


@pytest.mark.parametrize(
    "wrapped",
    [
        "Une puce photonique. Lire la suite",
        "Une puce photonique. [Lire la suite…]",
        "Une puce photonique. Lire la suite de l’article »",
        "Une puce photonique. … Continuer la lecture de « Une puce » →",
        "Une puce photonique. Continue reading…",
        "Une puce photonique. Read more...",
        "Une puce photonique. Read the full story at Exemple.",
        "Une puce photonique. En savoir plus",
        "<p>Une puce photonique.</p><p>The post <a href='x'>Une puce</a> appeared first on <a href='y'>Exemple</a>.</p>",
        "<p>Une puce photonique.</p><p>L’article <a href='x'>Une puce</a> est apparu en premier sur <a href='y'>Exemple</a>.</p>",
        "<p>Une puce photonique.</p><p>Cet article Une puce est apparu en premier sur Exemple.</p>",
        "Une puce photonique. https://www.awin1.com/cread.php?awinmid=1",
        "Une puce photonique. https://click.example/?a=1&amp;xcust=2-1-9",
        "Une puce photonique. <img src='https://pixel.wp.com/b.gif' width='1' height='1'/>",
        "Une puce photonique. submitted by /u/quelquun to r/photonique [link] [comments]",
        "Une puce photonique. Article URL: https://x.example Comments URL: https://y.example/i?id=1 Points: 3 # Comments: 0",
    ],
)
def test_what_a_site_wraps_around_a_summary_stays_out(wrapped: str) -> None:
    assert text_of(wrapped) == "Une puce photonique."


@pytest.mark.parametrize(
    "kept",
    [
        "Le ministre invite à lire la suite du rapport.",
        "Students want to read more.",
        "The post office reopened; the feature appeared first on phones.",
        "Shareasale a été racheté par Awin en 2017.",
        "L’article 4 de la directive est apparu tardivement.",
        "Coût : 2 < 3 et a & b",
    ],
)
def test_a_sentence_that_only_resembles_it_stays(kept: str) -> None:
    assert text_of(kept) == kept


ELEMENTS = st.lists(
    st.tuples(
        st.sampled_from(
            ["title", "link", "guid", "description", "pubDate", "dc:creator", "content:encoded", "category", "media:title"]
        ),
        st.sampled_from(["", ' isPermaLink="false"', ' isPermaLink="true"', ' type="html"']),
        st.one_of(
            st.sampled_from(
                ["https://s.example/?a=1&amp;b=2", "Mon, 02 Mar 2026 08:00:00 GMT", "<b>x</b>", "&amp;eacute;", " Ã© ", "\x85"]
            ),
            st.text(alphabet="ab é<&;\n’", max_size=12).map(lambda text: f"<![CDATA[{text}]]>"),
        ),
    ),
    max_size=7,
)
SPACES = (
    ' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:content="http://purl.org/rss/1.0/modules/content/"'
    ' xmlns:media="http://search.yahoo.com/mrss/"'
)


@settings(max_examples=200, deadline=None)
@given(st.lists(ELEMENTS, min_size=1, max_size=3))
def test_the_short_way_reads_what_feedparser_reads(items: list[list[tuple[str, str, str]]]) -> None:
    body = rss(
        *("<item>" + "".join(f"<{name}{attr}>{inner}</{name}>" for name, attr, inner in inside) + "</item>" for inside in items),
        attributes=SPACES,
    )
    short = read(body)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(feed, "read_plain_rss", lambda _document: None)
        assert read(body) == short


def test_the_short_way_is_taken_for_what_most_sites_write() -> None:
    body = rss(
        "<language>fr</language>",
        item('<guid isPermaLink="false">g</guid><dc:creator>A</dc:creator><category>c</category><description>d</description>'),
        attributes=SPACES,
    )
    assert read_plain_rss(body.encode()) is not None
