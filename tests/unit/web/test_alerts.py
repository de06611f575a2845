"""The cases and the readers' answers: what is shown, who may answer, and what a forged form cannot do."""

from __future__ import annotations

import base64
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from storage import alerts, feedback
from storage.model import Verdict
from storage.store import Store
from tests.e2e.seed import ALERT_SETTINGS, seed
from tests.unit.web.testing import TestClient
from web.app import create_app
from web.config import WebSettings
from web.forms import READER_COOKIE

CASE = "/alerts/a-photonics"
HTML = {"accept": "text/html"}


def token_of(html: str) -> str:
    (found,) = re.findall(r'name="token" value="([0-9a-f]+)"', html)
    return str(found)


def give(client: TestClient, address: str = CASE, **fields: Any) -> Any:
    token = token_of(client.get(address).text)
    form = {"token": token, "verdict": "useful", "note": "merci"} | fields
    return client.post(f"{address}/feedback", data=form, headers=HTML, follow_redirects=False)


def words(client: TestClient, alert: str = "a-photonics") -> list[tuple[Verdict, str]]:
    store: Store = client.app.state.store  # type: ignore[attr-defined]
    with store.reading() as conn:
        return [(word.verdict, word.note) for word in feedback.of_alerts(conn, [alert]).get(alert, [])]


def test_all_cases_with_what_readers_answered(client: TestClient) -> None:
    page = client.get("/alerts?lang=fr").text
    assert re.findall(r'<h3 id="case-\d+"><a href="/alerts/([^"]+)">', page) == ["a-gigafactories", "a-photonics"]
    for text in ("Gigafactories d’IA", "Mouvement avéré", "<b>2</b> utile", "<b>1</b> déjà connu", "pas encore d’avis"):
        assert text in page
    assert "a-photonics" not in client.get("/alerts?state=open").text
    assert "a-gigafactories" not in client.get("/alerts?state=closed").text


def test_a_burst_is_named_apart_from_trends(sqlite_store: Store, site: TestClient) -> None:
    with sqlite_store.transaction() as conn:
        known = alerts.get(conn, "a-photonics")
        alerts.save(conn, [replace(known, id="a-burst", rule_id="buzz", kind="buzz", closed_on=known.opened_on)])
    listed = site.get("/alerts?kind=buzz&lang=en").text
    assert "a-burst" in listed
    assert "a-photonics" not in listed
    assert 'class="state state-buzz"' in listed
    page = site.get("/alerts/a-burst?lang=en").text
    assert "it is not a trend" in page
    assert 'class="state state-emerging"' not in page


def test_a_case_explains_itself_and_leads_to_its_theme(client: TestClient) -> None:
    page = client.get("/alerts/a-gigafactories?lang=en").text
    for text in (
        "20 independent documents",
        "7.0 / 4.8",
        "Proven movement",
        "version 1",
        'href="/themes/t-gigafactories"',
        "Useful",
    ):
        assert text in page
    assert "Power grids and storage" in page, "the other themes of the movement"


@pytest.mark.parametrize("address", ["/alerts/nobody", "/alerts/a%00b"])
def test_an_unknown_case_is_a_page(client: TestClient, address: str) -> None:
    assert client.get(address, headers=HTML).status_code == 404


def test_an_answer_is_kept_shown_and_replaced(client: TestClient) -> None:
    kept = give(client)
    assert (kept.status_code, kept.headers["location"]) == (303, f"{CASE}#feedback")
    assert words(client) == [(Verdict.USEFUL, "merci")]
    page = client.get(f"{CASE}?lang=en").text
    assert "Your answer: Useful." in page
    assert 'value="useful" aria-pressed="true"' in page
    give(client, verdict="noise", note="")
    assert words(client) == [(Verdict.NOISE, "")], "one word a reader: the newest"


def test_two_browsers_are_two_readers(sqlite_store: Store) -> None:
    seed(sqlite_store)
    app = create_app(sqlite_store, WebSettings(), ALERT_SETTINGS)
    for verdict in ("useful", "known"):
        with TestClient(app, base_url="http://127.0.0.1") as browser:
            give(browser, verdict=verdict)
    assert [verdict for verdict, _ in words(browser)] == [Verdict.USEFUL, Verdict.KNOWN]


def test_the_readers_cookie_is_kept_from_scripts_and_other_sites(site: TestClient) -> None:
    cookie = site.get(CASE).headers["set-cookie"]
    assert cookie.startswith(f"{READER_COOKIE}=")
    assert "httponly" in cookie.lower()
    assert "samesite=strict" in cookie.lower()
    assert "set-cookie" not in site.get(CASE).headers, "a known reader keeps the cookie"
    value = site.cookies[READER_COOKIE]
    give(site)
    with site.app.state.store.reading() as conn:  # type: ignore[attr-defined]
        (word,) = feedback.of_alerts(conn, ["a-photonics"])["a-photonics"]
    assert value not in word.given_by
    assert word.given_by.startswith("web:")


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"token": "0" * 32}, 403),
        ({"token": ""}, 403),
        ({"token": "é"}, 403),
        ({"verdict": "great"}, 400),
        ({"verdict": ""}, 400),
    ],
)
def test_a_forged_or_unreadable_form_changes_nothing(client: TestClient, fields: dict[str, str], status: int) -> None:
    assert give(client, **fields).status_code == status
    assert words(client) == []


def test_a_token_serves_its_reader_and_its_alert_only(site: TestClient) -> None:
    token = token_of(site.get(CASE).text)
    form = {"token": token, "verdict": "noise"}
    assert site.post("/alerts/a-gigafactories/feedback", data=form).status_code == 403
    site.cookies.clear()
    assert site.post(f"{CASE}/feedback", data=form).status_code == 403
    site.cookies.set(READER_COOKIE, "f" * 32)
    assert site.post(f"{CASE}/feedback", data=form).status_code == 403
    assert words(site) == []


def test_what_another_site_sends_is_refused_whatever_it_holds(site: TestClient) -> None:
    form = {"token": token_of(site.get(CASE).text), "verdict": "noise"}
    refused = site.post(f"{CASE}/feedback", data=form, headers={"sec-fetch-site": "cross-site"})
    assert refused.status_code == 403
    assert words(site) == []


def test_long_and_strange_bodies_are_refused(site: TestClient) -> None:
    kind = {"content-type": "application/x-www-form-urlencoded"}
    assert site.post(f"{CASE}/feedback", content=b"a" * 9000, headers=kind).status_code == 413
    assert site.post(f"{CASE}/feedback", content=b"&".join([b"a=1"] * 30), headers=kind).status_code == 400
    assert site.post(f"{CASE}/feedback", json={}).status_code == 415


def test_a_hostile_note_stays_text(client: TestClient) -> None:
    give(client, note="<script>alert(1)</script>\0 " + "x" * 900)
    ((_, note),) = words(client)
    assert len(note) == 500
    assert "\0" not in note
    assert "<script>alert(1)" not in client.get(CASE).text


def test_the_name_beside_the_token_is_the_readers(sqlite_store: Store, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("a-token-of-some-length", encoding="utf-8")
    seed(sqlite_store)
    settings = WebSettings(host="0.0.0.0", token_file=tmp_path / "token", trusted_hosts=("zoom.example",))
    with TestClient(create_app(sqlite_store, settings, ALERT_SETTINGS), base_url="http://zoom.example") as browser:
        assert browser.post(f"{CASE}/feedback", data={"verdict": "noise"}).status_code == 401
        browser.headers["authorization"] = "Basic " + base64.b64encode(b"Lou  Le\n Goff:a-token-of-some-length").decode()
        give(browser)
        with sqlite_store.reading() as conn:
            (word,) = feedback.of_alerts(conn, ["a-photonics"])["a-photonics"]
    assert word.given_by == "Lou Le Goff"
