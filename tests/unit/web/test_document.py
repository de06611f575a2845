"""The page of one document: what an analyst needs to trust a number, in both languages, and nothing a hostile record can do."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from crawler.licences import LICENCES
from storage import document_keys, documents, sources
from storage.document_keys import Key
from storage.model import Document, Fact, Kind, Source
from storage.stated import Party, Place, Stated, StatedAmount
from storage.store import Store
from tests.builders import NOW, TODAY, a_document, a_fact, a_mention, a_source, an_enrichment
from tests.e2e.seed import TOLD
from tests.unit.web.testing import TestClient
from web.identifiers import address, identifiers
from web.readings import because, facts_of_record, segments, themes_named
from web.render import host_of
from web.texts import texts

HTML = {"accept": "text/html"}
HOSTILE = "<script>alert(1)</script>"


def text_of(client: TestClient, key: str, lang: str = "en") -> str:
    answer = client.get(f"/documents/{key}?lang={lang}", headers=HTML)
    assert answer.status_code == 200
    return answer.text.replace("\u202f", " ").replace("\xa0", " ").replace("&nbsp;", " ")


def test_a_document_tells_where_its_numbers_come_from(client: TestClient) -> None:
    page = text_of(client, TOLD)
    stated, _, read = page.partition("What was read in the text</h2>")
    stated = stated.partition("What the source states</h2>")[2]
    for words in ("12,000,000 USD", "≈ 11,100,000 EUR", "<q>VOLTACYCLE SAS</q>", "winner", "France 2030", "<b>France</b>"):
        assert words in stated
    assert "<q>12 M$</q>" in read.partition("Its story")[0]
    assert "VOLTACYCLE SAS" not in read
    assert "reçoit <mark>12 M$</mark> à Rennes" in page
    assert '<a href="https://news.example/annonce" rel="noopener noreferrer nofollow">' in page
    assert '<span class="soft">news.example</span>' in page


def test_the_same_in_french(client: TestClient) -> None:
    page = text_of(client, TOLD, "fr")
    for words in ("Ce que la source déclare", "12 000 000 USD", "titulaire", "début du texte : calcul", "au jour près", "0,34"):
        assert words in page
    for words in ("What the source", "winner", "Highlighted"):
        assert words not in page


def test_its_story_tells_copies_from_documents_of_the_event(client: TestClient) -> None:
    page = text_of(client, TOLD)
    story = page.partition("Its story</h2>")[2]
    assert "2 other documents, counted with it as one publication." in story
    copy, award = story.rindex('href="/documents/d-copy"'), story.rindex('href="/documents/d-award"')
    ties = {key: story[at:].partition("</tr>")[0] for key, at in (("copy", copy), ("award", award))}
    assert "copy or reprint" in ties["copy"]
    assert "same contract" in ties["award"]
    assert "&lt;b&gt;gras&lt;/b&gt;" in ties["award"]


def test_its_themes_say_why(client: TestClient) -> None:
    page = text_of(client, TOLD)
    assert '<a class="title" href="/themes/t-gigafactories">AI gigafactories</a> <b>97%</b>' in page
    assert "beginning of the text: calcul · closeness of meaning: 0.34" in page
    assert "both sides are in it: Quantum computing + naval" in page
    assert f'same story as: <a href="/documents/{TOLD}">' in text_of(client, "d-copy")


def test_reserved_is_said_in_words_and_shows_no_text(client: TestClient, store: Store) -> None:
    assert "The publisher reserves text and data mining for this document" in text_of(client, "d-award")
    row = a_document("d-slip", source_id="courrier-du-numerique", text="jamais montré", extra={"reserved": True})
    with store.transaction() as conn:
        documents.add(conn, [row])
    assert "jamais montré" not in text_of(client, "d-slip")
    assert client.get("/api/v1/documents/d-slip").json()["text"] == ""


def test_a_paywall_is_said_in_words(client: TestClient, store: Store) -> None:
    row = a_document("d-paid", source_id="courrier-du-numerique", text="un début", extra={"paywalled": True})
    with store.transaction() as conn:
        documents.add(conn, [row])
    assert "Its page is behind a paywall" in text_of(client, "d-paid")
    assert "paywall" not in text_of(client, "d-award")


@pytest.mark.parametrize("key", ["nobody", "%00", "..%2f..%2fetc", "é" * 300])
def test_an_unknown_document_is_the_404_page(client: TestClient, key: str) -> None:
    page = client.get(f"/documents/{key}?lang=en", headers=HTML)
    assert page.status_code == 404
    assert client.get(f"/api/v1/documents/{key}").status_code == 404


def test_a_deleted_document_is_gone_and_a_merged_one_leads_on(client: TestClient, store: Store) -> None:
    with store.transaction() as conn:
        documents.add(conn, [a_document(key, source_id="courrier-du-numerique") for key in ("old", "older", "bad")])
        document_keys.merge(conn, "old", "older", NOW)
        document_keys.merge(conn, TOLD, "old", NOW)
        document_keys.bury(conn, ["bad"], NOW, "a person asked for it")
    assert client.get("/documents/bad", headers=HTML).status_code == 404
    moved = client.get("/documents/older?lang=en", headers=HTML, follow_redirects=False)
    assert (moved.status_code, moved.headers["location"].partition("127.0.0.1")[2]) == (308, f"/documents/{TOLD}?lang=en")
    assert client.get("/api/v1/documents/older").json()["id"] == TOLD
    with store.transaction() as conn:
        document_keys.bury(conn, [TOLD], NOW, "a person asked for it")
    assert client.get("/documents/older", headers=HTML).status_code == 404


def test_nothing_hostile_is_more_than_text(client: TestClient, store: Store) -> None:
    row = Document(
        id="h",
        source_id="hostile",
        kind=Kind.FUNDING,
        title=HOSTILE,
        text=HOSTILE + "\n" + "a" * 5000,
        lang='en" onload="x',
        url="javascript:alert(1)",
        collected_at=NOW,
        counted_on=None,
        date_precision=HOSTILE,
        date_flag=HOSTILE,
        extra={"codes": [HOSTILE, {"a": 1}], "stated": {"ids": {"doi": HOSTILE, HOSTILE: "javascript:alert(1)"}}},
    )
    fact = a_fact("h", HOSTILE, HOSTILE, matched=HOSTILE, start=len(HOSTILE) + 1, end=2 * len(HOSTILE) + 1, role=HOSTILE)
    with store.transaction() as conn:
        sources.declare(conn, [a_source("hostile", name=HOSTILE, licence=HOSTILE, rights=HOSTILE)])
        documents.add(conn, [row])
        documents.add_facts(conn, "rules/1", ["h"], [fact])
        document_keys.add(conn, [Key(f"{HOSTILE}:javascript:alert(1)", "h"), Key('doi:10.1/"><script>', "h")])
    for lang in ("fr", "en"):
        page = text_of(client, "h", lang)
        assert "<script" not in page
        assert 'onload="x' not in page
        assert 'href="javascript' not in page
        assert "&lt;script&gt;" in page


def test_the_interface_says_the_same(client: TestClient) -> None:
    body = client.get(f"/api/v1/documents/{TOLD}").json()
    assert body["story"]["first_document_id"] in {TOLD, "d-copy", "d-award"}
    assert {(one["id"], one["tie"]) for one in body["story"]["others"]} == {("d-copy", None), ("d-award", "notice")}
    assert [(one["kind"], one["start"]) for one in body["read"]] == [("amount", len(body["title"]) + 1 + 18)]
    assert {one["kind"] for one in body["stated"]} == {"amount", "organisation", "country", "programme"}
    party = next(one for one in body["stated"] if one["kind"] == "organisation")
    assert party["actor"] == {"id": "voltacycle", "name": "Voltacycle", "country": "FR"}
    assert (party["start"], party["end"]) == (None, None)
    assert [one["theme_id"] for one in body["themes"]] == ["t-gigafactories", "c-t-twins-naval"]
    assert ("doi", "https://doi.org/10.9999/ex") in {(one["scheme"], one["url"]) for one in body["identifiers"]}
    assert body["mentions"][0]["url"] == "https://news.example/annonce"
    assert (body["codes"], body["reserved"]) == (["G06N 10/00"], False)


def test_who_published_first_goes_by_the_sources_own_dates(client: TestClient, store: Store) -> None:
    rows = [
        a_document("late", source_id="courrier-du-numerique", published_on=TODAY, collected_at=NOW),
        a_document("soon", source_id="annales-ouvertes", published_on=TODAY - dt.timedelta(days=2), collected_at=NOW),
        a_document("undated", source_id="annales-ouvertes", published_on=None, collected_at=NOW - dt.timedelta(days=9)),
    ]
    with store.transaction() as conn:
        documents.add(conn, rows)
        documents.add_enrichments(conn, [an_enrichment(row.id, story_id="late") for row in rows])
    assert "First published by Annales ouvertes" in text_of(client, "late")
    assert "It was published first." in text_of(client, "soon")


def test_a_long_story_is_cut_and_says_so(client: TestClient, store: Store) -> None:
    rows = [a_document(f"m{n:03}", source_id="courrier-du-numerique") for n in range(130)]
    seen = [a_mention("m000", f"long-{n}", source_id="courrier-du-numerique") for n in range(110)]
    with store.transaction() as conn:
        documents.add(conn, rows, seen)
        documents.add_enrichments(conn, [an_enrichment(row.id, story_id="m000") for row in rows])
    page = text_of(client, "m000")
    assert "129 other documents" in page
    assert ["And 30 more." in page, "And 10 more." in page] == [True, True]


def test_a_record_not_read_yet_shows_what_it_states(client: TestClient, store: Store) -> None:
    stated = Stated(
        parties=(Party(name="Société A", role="coordinator", country="FR"),),
        amounts=(StatedAmount(number=450500.0, raw="450 500", role="cost", currency="EUR"),),
        places=(Place(scheme="nuts", code="FRH0"),),
        programme="France 2030",
    )
    row = a_document("fresh", source_id="courrier-du-numerique", extra={"stated": stated.as_json()})
    with store.transaction() as conn:
        documents.add(conn, [row])
    page = text_of(client, "fresh")
    for words in ("450,500 EUR", "total cost", "Société A", "coordinator", "FRH0", "France 2030"):
        assert words in page
    assert len({fact.start for fact in facts_of_record(row)}) == len(facts_of_record(row)) == 5


@pytest.mark.parametrize(
    "extra", [{"stated": "x"}, {"stated": {"amounts": [{"number": "NaN"}]}}, {"codes": "G06N"}, {"codes": [3]}]
)
def test_a_misshapen_record_is_left_out(client: TestClient, store: Store, extra: dict[str, Any]) -> None:
    with store.transaction() as conn:
        documents.add(conn, [a_document("odd", source_id="courrier-du-numerique", extra=extra)])
    assert "The source gives no fields" in text_of(client, "odd")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"published_on": None, "date_flag": "undated"}, ("no readable date", "undated: counted on the day of collection")),
        ({"date_flag": "late"}, ("collected more than a week after",)),
        (
            {"date_precision": "month", "date_flag": "imprecise", "counted_on": None},
            ("March 2026 ", "to the month", "not counted"),
        ),
        ({"date_precision": "time", "published_at": NOW}, ("2 Mar 2026, 12:00 UTC", "to the minute")),
    ],
)
def test_dates_say_how_far_they_can_be_trusted(
    client: TestClient, store: Store, changes: dict[str, Any], words: tuple[str, ...]
) -> None:
    with store.transaction() as conn:
        documents.add(conn, [a_document("dated", source_id="courrier-du-numerique", **changes)])
    page = text_of(client, "dated")
    assert [word for word in words if word not in page] == []


def test_every_licence_of_a_source_has_its_words() -> None:
    assert [code for code in LICENCES if f"licence.{code}" not in texts("fr").catalogue] == []


@pytest.mark.parametrize(
    ("scheme", "value", "url"),
    [
        ("doi", "10.9999/a(b)<c>", "https://doi.org/10.9999/a(b)%3Cc%3E"),
        ("arxiv", "2609.00001", "https://arxiv.org/abs/2609.00001"),
        ("hal", "hal-09990001", "https://hal.science/hal-09990001"),
        ("project", "cordis:999001", "https://cordis.europa.eu/project/id/999001"),
        ("notice", "ted:999001-2026", "https://ted.europa.eu/en/notice/-/detail/999001-2026"),
        ("notice", "boamp:26-99001", "https://www.boamp.fr/pages/avis/?q=idweb%3A26-99001"),
        ("publication", "US20260999001A1", "https://worldwide.espacenet.com/patent/search?q=pn%3DUS20260999001A1"),
        ("doi", "javascript:alert(1)", None),
        ("arxiv", "2609.00001/../../x", None),
        ("family", "90000001", None),
    ],
)
def test_identifiers_lead_to_their_registers_only_in_the_right_form(scheme: str, value: str, url: str | None) -> None:
    assert address(scheme, value) == url


def test_an_identifier_known_twice_is_shown_once() -> None:
    found = identifiers({"doi:10.9999/ex": True, "family:9": False}, {"doi": "10.9999/EX", "hal": "hal-09990001"})
    assert [(one.scheme, one.value, one.is_event) for one in found] == [
        ("doi", "10.9999/ex", False), ("hal", "hal-09990001", False), ("family", "9", True),
    ]  # fmt: skip


def test_only_words_that_are_there_are_marked() -> None:
    row = a_document("d", title="T", text="un deux trois")

    def read(start: int, matched: str) -> Fact:
        return a_fact("d", start=2 + start, end=2 + start + len(matched), matched=matched)

    facts = [read(3, "deux"), read(3, "deux trois"), read(0, "xx"), read(11, "ois plus long")]
    assert segments(row, facts, 0, 13) == (("un ", False), ("deux trois", True))
    assert segments(row, facts, 5, 13) == (("ux trois", False),), "a fact across the cut marks nothing"
    assert segments(row, [], 0, 0) == ()


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        ("similarité/similarity: 0.35", [("proximité de sens", "0,35")]),
        ("de/from: t1 · texte/text: qubit", [("repris du thème", "Un"), ("suite du texte", "qubit")]),
        ("t1 + energy", [("les deux côtés y sont", "Un + énergie")]),
        ("neuf/new: x · libre", [("new", "x"), ("", "libre")]),
        ("", []),
    ],
)
def test_reasons_are_said_in_the_readers_language(reason: str, told: list[tuple[str, str]]) -> None:
    assert [(one.name, one.words) for one in because(reason, {"t1": "Un"}, texts("fr"))] == told


def test_the_themes_a_reason_names() -> None:
    assert themes_named("ai + energy") == ("ai", "energy")
    assert themes_named("de/from: t1 · texte/text: a + b") == ("t1",)
    assert themes_named("début/lead: a + b · p: 0.9") == ()


def test_a_host_is_shown_as_the_network_writes_it() -> None:
    assert host_of("https://www.Example.org:8443/a") == "www.example.org"
    assert host_of("https://ехample.org/") == "xn--xample-2of5f.org" or host_of("https://ехample.org/").startswith("xn--")
    assert host_of(f"https://{'é' * 80}.org/").startswith("\\xe9")


def test_a_source_that_reserves_today_is_said(client: TestClient, store: Store) -> None:
    with store.transaction() as conn:
        sources.declare(conn, [Source(id="res", name="Rés", kind=Kind.NEWS, rights="excerpt", licence="press")])
        sources.learn(conn, "res", {"tdm": "reserved tdmrep.json", "tdm_read_at": NOW})
        documents.add(conn, [a_document("r1", source_id="res")])
    page = text_of(client, "r1")
    assert "The source now reserves text and data mining" in page
    assert "Licence of the source: press, rights reserved." in page
