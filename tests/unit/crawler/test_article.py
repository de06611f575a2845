"""Pages of articles: what is read of them, what they reserve, and that no page keeps a parser busy."""

from __future__ import annotations

import datetime as dt
from time import process_time

import pytest

from crawler.collectors.article import Article, completed, read_article
from crawler.collectors.base import Entry, Payload
from crawler.collectors.page import is_same_site, read_page
from crawler.reasons import Unreadable
from tests.conftest import NOW

URL = "https://www.pole.example/presse/2026/capteur"
PARAGRAPHS = "".join(
    f"<p>Le laboratoire Exemple présente la partie {number} de son capteur photonique, mesuré pendant trois mois en mer.</p>"
    for number in range(1, 6)
)


def page(
    head: str = "<title>Un capteur | Pôle</title>", body: str = PARAGRAPHS, *, lang: str = "fr", url: str = URL, **headers: str
) -> Payload:
    html = f'<!DOCTYPE html><html lang="{lang}"><head>{head}</head><body><article>{body}</article></body></html>'
    return Payload(url, 200, {"content-type": "text/html; charset=utf-8"} | headers, html.encode("utf-8", "surrogatepass"))


def read(payload: Payload) -> Article:
    return read_article(payload, "s", NOW)


def linked_data(**fields: object) -> str:
    import json

    return f'<script type="application/ld+json">{json.dumps({"@graph": [{"@type": "NewsArticle", **fields}]})}</script>'


def test_an_article_has_its_title_text_date_language_and_link() -> None:
    article = read(
        page(
            '<title>Un capteur | Pôle</title><meta property="og:title" content="Un capteur mesure la houle">'
            '<meta property="article:published_time" content="2026-02-27T23:30:00-02:00">'
            '<meta name="description" content="Résumé &amp; suite"><meta name="author" content="Jeanne Exemple">'
            '<link rel="canonical" href="/presse/2026/capteur?utm_source=x">'
        )
    )
    assert article.title == "Un capteur mesure la houle"
    assert article.text.count("capteur photonique") == 5
    assert "\n" not in article.text
    assert article.description == "Résumé & suite"
    assert (article.url, article.lang) == (URL, "fr")
    assert article.read.day == dt.date(2026, 2, 28)
    assert article.read.instant == dt.datetime(2026, 2, 28, 1, 30, tzinfo=dt.UTC)
    assert (article.reserved, article.paywalled) == (False, False)
    assert "Jeanne" not in repr(article)


@pytest.mark.parametrize(
    ("head", "day"),
    [
        (linked_data(datePublished="2026-02-03T08:00:00+01:00", headline="Autre"), dt.date(2026, 2, 3)),
        ('<meta name="dc.date" content="2026-02-04">', dt.date(2026, 2, 4)),
        ('<meta name="date" content="demain">', None),
        (linked_data(datePublished=None) + '<meta itemprop="datePublished" content="2026-02-05">', dt.date(2026, 2, 5)),
        ('<script type="application/ld+json">{"datePublished": "2026-02-', None),
        ('<script type="application/ld+json">' + "[" * 100_000 + "</script>", None),
    ],
    ids=["json-ld", "dublin core", "no date", "null in json-ld", "broken json-ld", "deep json-ld"],
)
def test_the_date_is_what_the_page_states(head: str, day: dt.date | None) -> None:
    assert read(page("<title>T</title>" + head, url="https://pole.example/a")).read.day == day


@pytest.mark.parametrize(
    ("canonical", "url"),
    [
        ("https://pole.example/autre", "https://pole.example/autre"),
        ("https://evil.example/autre", URL),
        ("https://www.pole.example/", URL),
        ("javascript:alert(1)", URL),
        ("//evil.example/x", URL),
    ],
)
def test_a_canonical_link_stays_on_its_site(canonical: str, url: str) -> None:
    assert read(page(f'<title>T</title><link rel="canonical" href="{canonical}">')).url == url


@pytest.mark.parametrize(
    ("head", "headers", "reserved"),
    [
        ('<meta name="tdm-reservation" content="1">', {}, True),
        ('<meta name="TDM-Reservation" content=" 1 "><meta name="tdm-policy" content="https://x.example/p">', {}, True),
        ('<meta name="tdm-reservation" content="0">', {}, False),
        ('<meta name="tdm-reservation" content="1">', {"tdm-reservation": "0"}, False),
        ('<meta name="tdm-reservation" content="0">', {"tdm-reservation": "1"}, True),
        ('<meta name="robots" content="index, noai">', {}, True),
        ('<meta name="robots" content="noimageai, nofollow">', {}, False),
        ("", {"x-robots-tag": "noimageai, noai"}, True),
        ("<!-- <meta name='tdm-reservation' content='1'> -->", {}, False),
    ],
)
def test_a_reservation_is_read_from_headers_first(head: str, headers: dict[str, str], reserved: bool) -> None:
    article = read(page(f"<title>T</title>{head}", **headers))
    assert article.reserved is reserved
    entry = completed(Entry(title="T", text="Chapeau", url=URL), article, page_url=URL, source_lang="fr", full_text=True)
    assert entry.reserved is reserved
    assert bool(entry.text) is not reserved


def test_what_is_paid_for_keeps_its_excerpt() -> None:
    article = read(page(linked_data(isAccessibleForFree="False") + '<meta name="description" content="Le chapeau">'))
    assert article.paywalled
    entry = completed(Entry(title="T", url=URL), article, page_url=URL, source_lang=None, full_text=True)
    assert entry.text == "Le chapeau"


def test_a_page_completes_what_was_listed_and_keeps_its_identity() -> None:
    head = linked_data(headline="De la page", datePublished="2026-02-03") + '<link rel="canonical" href="/canonique/longue">'
    listed = Entry(title="Annoncé", text="Chapeau", url=URL, published_on=dt.date(2026, 3, 1), lang="en")
    full = completed(listed, read(page(head)), page_url=URL, source_lang="fr", full_text=True)
    assert (full.title, full.published_on, full.lang) == ("Annoncé", dt.date(2026, 3, 1), "en")
    assert (full.guid, full.url) == (URL, "https://www.pole.example/canonique/longue")
    assert full.text.startswith("Le laboratoire")
    excerpt = completed(Entry(title="", url=URL), read(page(head)), page_url=URL, source_lang=None, full_text=False)
    assert (excerpt.title, excerpt.text, excerpt.lang, excerpt.published_on) == ("De la page", "", "fr", dt.date(2026, 2, 3))


@pytest.mark.parametrize(
    ("head", "encoding", "content_type"),
    [
        ("", "utf-8", "text/html"),
        ("", "utf-8", "text/html; charset=iso-8859-1"),
        ('<meta charset="iso-8859-1">', "utf-8", "text/html"),
        ("", "cp1252", "text/html"),
        ("", "cp1252", "text/html; charset=utf-8"),
        ('<meta charset="windows-1252">', "cp1252", ""),
        ("", "utf-16", "text/html"),
        ("", "utf-8-sig", "text/html; charset=nonsense"),
        ("", "cp1252", "text/html; charset=nonsense"),
    ],
)
def test_a_page_is_decoded_whatever_is_declared(head: str, encoding: str, content_type: str) -> None:
    body = f"<html><head>{head}<title>Été à Évian, l’œuvre à 5 €</title></head><body><p>x</p></body></html>".encode(encoding)
    found = read(Payload(URL, 200, {"content-type": content_type} if content_type else {}, body))
    assert found.title == "Été à Évian, l’œuvre à 5 €"


HOSTILE = {
    "deep": "<div>" * 100_000 + PARAGRAPHS + "</div>" * 100_000,
    "deep tables": "<table><tr><td>" * 40_000 + PARAGRAPHS,
    "many tags": "<p>mot</p>" * 400_000,
    "many dates": "<p>12 janvier 2024</p>" * 200_000,
    "attributes": "<p " + " ".join(f"a{number}=b" for number in range(200_000)) + ">" + PARAGRAPHS,
    "quoted attributes": "<p " + " ".join(f'a{number}=">"' for number in range(200_000)) + ">" + PARAGRAPHS,
    "open quotes": '<a href="' * 300_000 + PARAGRAPHS,
    "open scripts": "<script>" * 300_000,
    "open comments": "<!--" * 500_000,
    "open tags": "<a " * 500_000,
    "json strings": '<script type="application/ld+json">{"a":"' + '\\"' * 1_000_000 + "</script>" + PARAGRAPHS,
    "json types": '<script type="application/ld+json">[' + '{"@type":["Article"]},' * 100_000 + "1]</script>" + PARAGRAPHS,
    "spaces": "<p>" + " " * 4_000_000 + "</p>" + PARAGRAPHS,
    "entities": "&amp;lt;" * 500_000 + PARAGRAPHS,
    "nulls": "\0" * 2_000_000 + PARAGRAPHS,
    "surrogates": "\ud800" * 1000 + PARAGRAPHS,
    "metas": "<meta name=date content=2026>" * 100_000,
    "time": "<time>" + "2020-01-" * 300_000 + "</time>" + PARAGRAPHS,
    "one text": "<p>" + "mot " * 2_000_000,
    "lists": "<ul><li>" * 60_000 + PARAGRAPHS,
    "formatting": "<b><i>" * 60_000 + PARAGRAPHS,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_page_is_read_in_bounded_time(name: str) -> None:
    started = process_time()
    article = read(page("<title>" + "mot " * 250_000 + "</title>", HOSTILE[name]))
    assert process_time() - started < 15
    assert len(article.title) <= 500
    assert len(article.text) <= 100_000
    assert not {"\0", "\ud800", "<"} & set(article.title + article.text + article.description)


def test_scripts_and_markup_are_no_text() -> None:
    body = (
        PARAGRAPHS + "<script>var menu = '</p>';</script><p>Une phrase dit &lt;script&gt;alert(1)&lt;/script&gt; et a &lt; b.</p>"
    )
    text = read(page(body=body + PARAGRAPHS)).text
    assert "menu" not in text
    assert "a ‹ b" in text
    assert "<" not in text


@pytest.mark.parametrize(
    ("body", "content_type", "code"),
    [
        (b"%PDF-1.7", "application/pdf", "no_page"),
        (b"\x89PNG\r\n", "", "no_page"),
        (b'{"a": 1}', "text/html", "no_page"),
        (b"  \n", "text/html", "no_body"),
        (b"Bonjour", "text/plain", "no_page"),
    ],
)
def test_what_is_no_page_is_said(body: bytes, content_type: str, code: str) -> None:
    with pytest.raises(Unreadable) as raised:
        read_page(Payload(URL, 200, {"content-type": content_type}, body), "s")
    assert raised.value.reason.code == code


@pytest.mark.parametrize(
    ("url", "same"),
    [
        ("https://pole.example/a", True),
        ("http://presse.pole.example/a", True),
        ("https://pole.example.evil.example/a", False),
        ("https://evilpole.example/a", False),
        ("https://example/a", False),
        ("https://cdn.example/a", True),
        ("https://[broken/a", False),
    ],
)
def test_a_site_is_its_host_and_what_is_below(url: str, same: bool) -> None:
    assert is_same_site(url, "https://www.pole.example/presse", ("cdn.example",)) is same
