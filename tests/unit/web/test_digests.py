"""The archive of digests: what was sent can be read again, in either language."""

from __future__ import annotations

import re

import pytest

from alerts.digest import build_digest, digest_message
from alerts.message import Envelope
from storage import deliveries
from storage.store import Store
from tests.builders import NOW, a_delivery
from tests.e2e.seed import ALERT_SETTINGS, LAST_WEEK, OPENING_WEEK, READER, seed
from tests.unit.web.testing import TestClient
from web.render import unbroken

HTML = {"accept": "text/html"}


def weeks_listed(html: str) -> list[str]:
    return re.findall(r'<h2><a href="/digests/([\d-]+)">', html)


def test_digests_are_listed_newest_first_with_what_they_said(client: TestClient) -> None:
    page = client.get("/digests?lang=fr", headers=HTML)
    assert page.status_code == 200
    assert weeks_listed(page.text) == ["2026-03-02", "2026-02-09"]
    for text in ("Semaine du 2 au 8 février 2026", "Nouveau", "Gigafactories d’IA", "Rien de significatif"):
        assert text in page.text
    english = client.get("/digests?lang=en").text
    assert "Week of 2 to 8 February 2026" in english
    assert "AI gigafactories" in english
    assert "Nouveau" not in english


def test_an_archive_longer_than_a_page(sqlite_store: Store, site: TestClient) -> None:
    with sqlite_store.transaction() as conn:
        weeks = [f"digest:2025-{1 + n // 28:02}-{1 + n % 28:02}" for n in range(60)] + ["digest:next-week!"]
        deliveries.owe(conn, [a_delivery(week, subscription_id=READER, subject_id=week) for week in weeks])
    pages = [weeks_listed(site.get(f"/digests?page={n}").text) for n in (1, 2, 3)]
    assert [len(page) for page in pages] == [26, 26, 10]
    whole = [week for page in pages for week in page]
    assert whole == sorted(set(whole), reverse=True)
    assert weeks_listed(site.get("/digests?page=99").text) == pages[2]


def test_an_empty_archive_says_how_to_subscribe(empty: TestClient) -> None:
    page = empty.get("/digests?lang=fr", headers=HTML)
    assert page.status_code == 200
    assert "Pas encore de synthèse" in page.text
    assert "zoom-avant subscriptions add" in page.text


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("fr", ("par rapport à l’attendu", "rupture", "20 documents indépendants")),
        ("en", ("compared with expected", "rupture", "20 independent documents")),
    ],
)
def test_a_digest_reads_as_the_mail_does(store: Store, client: TestClient, lang: str, words: tuple[str, ...]) -> None:
    page = client.get(f"/digests/{OPENING_WEEK}?lang={lang}", headers=HTML)
    assert page.status_code == 200
    digest = build_digest(store, OPENING_WEEK, lang, ALERT_SETTINGS)
    message = digest_message(digest, Envelope(key="", subscription_id="", target="", lang=lang), NOW)
    assert len(message.items) == 1
    item = message.items[0]
    for text in (
        message.title,
        message.intro,
        item.title,
        unbroken(item.sentence),
        item.lift,
        item.weekly_caption,
        *item.caveats,
        *words,
    ):
        assert text in page.text
    assert 'href="/themes/t-gigafactories"' in page.text
    assert "style=" not in page.text  # the policy forbids it
    assert 'href="javascript' not in page.text
    assert "titre hostile" not in page.text or "<script" not in page.text


def test_the_address_a_mail_gives_is_one_we_answer(sqlite_store: Store, site: TestClient) -> None:
    with sqlite_store.reading() as conn:
        urls = [str(one.payload["url"]) for one in deliveries.all_deliveries(conn) if one.subject_id.startswith("digest:")]
    assert len(urls) == 2
    for url in urls:
        assert site.get(url.removeprefix("https://zoom.example.org")).status_code == 200


def test_neighbours_lead_from_one_to_the_next(site: TestClient) -> None:
    first, last = site.get(f"/digests/{OPENING_WEEK}?lang=fr").text, site.get(f"/digests/{LAST_WEEK}?lang=fr").text
    assert f'rel="next" href="/digests/{LAST_WEEK}"' in first
    assert 'rel="prev"' not in first
    assert f'rel="prev" href="/digests/{OPENING_WEEK}"' in last
    assert "Rien de significatif cette semaine" in last


def test_a_week_that_was_assessed_can_be_read_before_it_is_sent(site: TestClient) -> None:
    assert site.get("/digests/2026-02-23").status_code == 200


@pytest.mark.parametrize(
    "name",
    ["2031-01-06", "2020-01-06", "0001-01-01", "9999-12-31", "20260302", "2026-W10-1", "2026-02-30", "next", "2026-03-02%00"],
)
def test_weeks_of_which_nothing_is_known(client: TestClient, name: str) -> None:
    assert client.get(f"/digests/{name}").status_code == 404
    assert "Page introuvable" in client.get(f"/digests/{name}", headers=HTML | {"accept-language": "fr"}).text


def test_every_page_leads_to_the_archive(site: TestClient) -> None:
    for address in ("/", "/themes/t-desal", "/digests", f"/digests/{LAST_WEEK}"):
        assert 'href="/digests"' in site.get(address, headers=HTML).text
    assert 'aria-current="page">Synthèses' in site.get("/digests?lang=fr").text


def test_a_row_that_cannot_be_read_is_a_week_without_words(sqlite_store: Store, empty: TestClient) -> None:
    seed(sqlite_store)
    with sqlite_store.transaction() as conn:
        deliveries.owe(
            conn, [a_delivery("broken", subscription_id=READER, subject_id="digest:2026-02-16", payload={"sections": 3})]
        )
    page = empty.get("/digests?lang=fr")
    assert weeks_listed(page.text) == ["2026-03-02", "2026-02-16", "2026-02-09"]
