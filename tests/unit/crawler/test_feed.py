from __future__ import annotations

import datetime as dt
import time
from pathlib import Path

import pytest

from crawler.collectors.base import Entry, Parsed, Payload, Schedule, Task
from crawler.collectors.feed import FeedCollector, parse
from crawler.identity import identify
from crawler.reasons import Reason, Unreadable
from storage.model import Kind, Source
from tests.conftest import NOW
from tests.servers.drive import drive
from tests.servers.http import serving

ITEM = (
    "<item><title>Titre {0}</title><link>https://s.example/{0}</link><guid>g{0}</guid>"
    "<pubDate>Mon, 02 Mar 2026 08:00:00 GMT</pubDate></item>"
)


def rss(*items: str, head: str = "") -> str:
    start = f'<?xml version="1.0" encoding="utf-8"?>{head}<rss version="2.0"><channel><title>T</title>'
    return start + "".join(items) + "</channel></rss>"


def read(body: str | bytes, kind: Kind = Kind.NEWS, content_type: str = "application/xml", max_items: int = 100) -> Parsed:
    data = body.encode() if isinstance(body, str) else body
    payload = Payload("https://s.example/flux", 200, {"content-type": content_type}, data)
    return parse(payload, Source(id="s", name="S", kind=kind), max_items)


def code_of(body: str | bytes) -> str:
    with pytest.raises(Unreadable) as caught:
        read(body)
    assert caught.value.reason.fr != caught.value.reason.en
    return caught.value.reason.code


def test_rss() -> None:
    parsed = read(rss(ITEM.format(1), ITEM.format(2)))
    first = parsed.entries[0]
    assert (first.title, first.guid, first.url) == ("Titre 1", "g1", "https://s.example/1")
    assert first.published_at == dt.datetime(2026, 3, 2, 8, tzinfo=dt.UTC)
    assert parsed.note is None
    assert len(parsed.entries) == 2


def test_atom_with_relative_link_and_base() -> None:
    parsed = read(
        '<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="fr" xml:base="https://a.example/x/"><title>T</title><entry>'
        '<id>urn:1</id><title type="html">Le &lt;b&gt;quantique&lt;/b&gt;</title><link href="../un"/>'
        "<updated>2026-03-01T10:00:00+01:00</updated><summary>Court</summary></entry></feed>"
    )
    entry = parsed.entries[0]
    assert (entry.title, entry.text, entry.url) == ("Le quantique", "Court", "https://a.example/un")
    assert entry.published_on == dt.date(2026, 3, 1)


def test_rdf() -> None:
    parsed = read(
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"'
        ' xmlns:dc="http://purl.org/dc/elements/1.1/"><item rdf:about="https://r.example/1"><title>Un</title>'
        "<link>https://r.example/1</link><dc:date>2026-03-02</dc:date></item></rdf:RDF>"
    )
    assert [(entry.title, entry.published_on) for entry in parsed.entries] == [("Un", dt.date(2026, 3, 2))]


def test_json_feed() -> None:
    parsed = read(
        '{"version":"https://jsonfeed.org/version/1.1","language":"fr-FR","items":[{"id":1,"url":"/a","title":"A","content_html":"<p>x</p>",'
        '"date_published":"2026-03-02T08:00:00Z"},{"tags":["2"]},"mal"]}'
    )
    assert [(e.guid, e.url, e.text, e.lang) for e in parsed.entries] == [("1", "https://s.example/a", "x", "fr")]
    assert parsed.rejected == 2


def test_what_is_no_feed_says_so() -> None:
    assert code_of("<!DOCTYPE html><html><body><h1>Bonjour</h1></body></html>") == "html"
    assert code_of("") == "no_body"
    assert code_of("{") == "bad_json"
    assert code_of('{"error": "not found"}') == "no_json_feed"
    assert code_of("bonjour") == "no_feed"
    assert code_of(b"\xff\xd8\xff\xe0\x00\x10JFIF") == "no_feed"


def test_a_guid_is_not_turned_into_a_link() -> None:
    (entry,) = read(rss("<item><title>Sans lien</title><guid>abc</guid></item>")).entries
    assert (entry.guid, entry.url) == ("abc", None)
    (entry,) = read(rss("<item><title>Permalien</title><guid>https://p.example/1</guid></item>")).entries
    assert entry.url == "https://p.example/1"


def test_an_empty_feed_is_valid() -> None:
    assert read(rss()).entries == ()


@pytest.mark.parametrize(
    "body",
    [rss("<item><category>x</category></item>"), '{"version": "https://jsonfeed.org/version/1.1", "items": [{}]}'],
)
def test_a_feed_none_of_whose_items_can_be_read_is_not_said_to_hold_none(body: str) -> None:
    parsed = read(body)
    assert (parsed.entries, parsed.rejected, parsed.note) == ((), 1, Reason("all_rejected", "1"))


def test_a_language_is_its_primary_tag() -> None:
    body = '{"version": "https://jsonfeed.org/version/1.1", "language": "%s", "items": [{"title": "T"}]}'
    assert [read(body % tag).entries[0].lang for tag in ("fr-FR", "EN", "fil", "english")] == ["fr", "en", "fil", None]


def test_a_truncated_feed_gives_its_complete_items() -> None:
    whole = rss(ITEM.format(1), ITEM.format(2), ITEM.format(3))
    parsed = read(whole[: whole.index("Titre 3") + 5])
    assert [entry.guid for entry in parsed.entries] == ["g1", "g2"]
    assert parsed.note is not None
    assert parsed.note.code == "truncated"


def test_ill_formed_xml_is_recovered() -> None:
    parsed = read(rss(ITEM.format("R & D")))
    assert parsed.entries[0].title == "Titre R & D"
    assert parsed.note is not None
    assert parsed.note.code == "ill_formed"


def test_wrong_charset_loses_no_item() -> None:
    parsed = read(rss(ITEM.format("é")).encode("windows-1252"), content_type="text/xml; charset=utf-8")
    assert len(parsed.entries) == 1
    utf16 = read(rss(ITEM.format("é")).replace("utf-8", "utf-16").encode("utf-16"))
    assert utf16.entries[0].title == "Titre é"


BILLION = '<!DOCTYPE x [<!ENTITY a "haha"><!ENTITY b "&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;">]>'
QUADRATIC = f'<!DOCTYPE x [<!ENTITY a "{"h" * 50_000}">]>'


@pytest.mark.parametrize("head", [BILLION, QUADRATIC])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_entities_that_grow_are_refused(head: str, encoding: str) -> None:
    bomb = rss(ITEM.format("&c;" + "&a;" * 10_000), head=head).replace("utf-8", encoding).encode(encoding)
    started = time.monotonic()
    assert code_of(bomb) == "entities"
    assert time.monotonic() - started < 5


def test_external_entities_are_not_opened(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("confidentiel")
    head = f'<!DOCTYPE x [<!ENTITY s SYSTEM "file://{secret}"><!ENTITY court "&#233;">]>'
    parsed = read(rss(ITEM.format("&s;"), head=head))
    assert all("confidentiel" not in entry.title for entry in parsed.entries)


def test_more_items_than_the_limit_are_left_with_a_note() -> None:
    parsed = read(rss(*(ITEM.format(n) for n in range(12))), max_items=10)
    assert len(parsed.entries) == 10
    assert parsed.note is not None
    assert parsed.note.code == "capped"


def test_codes_and_authors_follow_the_kind() -> None:
    item = (
        '<item xmlns:dc="http://purl.org/dc/elements/1.1/"><title>Puce</title>'
        "<category>G02B 6/12</category><category>Optique</category><dc:creator>Lumina SA</dc:creator></item>"
    )
    patent, news = read(rss(item), Kind.PATENT).entries[0], read(rss(item)).entries[0]
    assert (patent.codes, patent.author) == (("G02B6/12",), "Lumina SA")
    assert (news.codes, news.author) == ((), None)


SY = 'xmlns:sy="http://purl.org/rss/1.0/modules/syndication/"'


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("<ttl>90</ttl>", Schedule(wait_s=5400)),
        ("<ttl><![CDATA[ 5 ]]></ttl>", Schedule(wait_s=300)),
        ("<ttl>0</ttl>", None),
        ("<skipHours><hour>24</hour><hour>3</hour></skipHours>", Schedule(skip_hours=frozenset({0, 3}))),
        ("<skipDays><day>Saturday</day><day>sunday</day></skipDays>", Schedule(skip_days=frozenset({5, 6}))),
        (f"<sy:updatePeriod {SY}>hourly</sy:updatePeriod><sy:updateFrequency {SY}>2</sy:updateFrequency>", Schedule(wait_s=1800)),
        (f"<x:updatePeriod {SY.replace(':sy', ':x')}> weekly\n</x:updatePeriod><ttl>60</ttl>", Schedule(wait_s=604_800)),
        ("", None),
    ],
)
def test_a_feed_says_when_to_come_back(asked: str, expected: Schedule | None) -> None:
    for whole in (rss(asked, ITEM.format(1)), rss(ITEM.format(1), asked)):
        parsed = read(whole)
        assert (parsed.schedule, parsed.note) == (expected, None)


@pytest.mark.parametrize(
    "asked",
    [
        "<ttl>souvent</ttl>",
        "<ttl>-5</ttl>",
        "<ttl>99999999</ttl>",
        "<skipHours><hour>25</hour></skipHours>",
        "<skipHours>" + "".join(f"<hour>{hour}</hour>" for hour in range(24)) + "</skipHours>",
        "<skipDays><day>Samedi</day></skipDays>",
        f"<sy:updatePeriod {SY}>sometimes</sy:updatePeriod>",
        f"<sy:updateFrequency {SY}>0</sy:updateFrequency>",
        f"<sy:updatePeriod {SY}>hourly</sy:updatePeriod><sy:updateFrequency {SY}>100000</sy:updateFrequency>",
    ],
)
def test_an_absurd_schedule_is_ignored_and_noted(asked: str) -> None:
    parsed = read(rss(asked, ITEM.format(1)))
    assert parsed.schedule is None
    assert parsed.note is not None
    assert parsed.note.code == "odd_schedule"


def test_an_item_does_not_set_the_pace() -> None:
    assert read(rss("<item><title>T</title><ttl>90</ttl></item>")).schedule is None


def test_one_request_one_page() -> None:
    with serving() as site:
        url = site.page("/flux", rss("<ttl>90</ttl>", ITEM.format(1)))
        driven = drive(FeedCollector(), Task(source=Source(id="s", name="S", kind=Kind.NEWS, url=url), now=NOW))
    assert [wanted.conditional for wanted in driven.requests] == [True]
    assert [page.schedule for page in driven.pages] == [Schedule(wait_s=5400)]
    assert driven.entries[0].guid == "g1"


def entry(title: str = "T", guid: str | None = None, url: str | None = None) -> Entry:
    return Entry(title=title, guid=guid, url=url, published_on=dt.date(2026, 3, 2))


def test_identity_degrades() -> None:
    a, b = identify([entry(guid="1", url="https://x.example/a"), entry(guid="1", url="https://x.example/b")], "s")
    assert (a.key, b.key) == ("https://x.example/a", "https://x.example/b")
    (bare,) = identify([entry("Sans rien")], "s")
    assert bare.key.startswith("d")
    assert bare == identify([entry("sans rien")], "s")[0]


def test_one_link_in_two_sources_is_one_document() -> None:
    (one,), (two,) = (identify([entry(guid=g, url="https://www.x.example/a")], s) for g, s in (("1", "s"), ("2", "t")))
    assert one.document_id == two.document_id
    (bare_one,), (bare_two,) = (identify([entry(guid="1")], source) for source in ("s", "t"))
    assert bare_one.document_id != bare_two.document_id


def test_a_link_that_all_items_share_identifies_none() -> None:
    found = identify([entry("A", url="https://x.example/"), entry("B", url="https://x.example/")], "s")
    assert found[0].document_id != found[1].document_id
