"""The REST interface: shapes, filters, pages and refusals."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.web.testing import TestClient


def walk(client: TestClient, address: str, **params: Any) -> list[dict[str, Any]]:
    """Every item, following the cursors."""
    items: list[dict[str, Any]] = []
    cursor = None
    while True:
        answer = client.get(address, params={**params, **({"cursor": cursor} if cursor else {})})
        assert answer.status_code == 200, answer.text
        body = answer.json()
        items += body["items"]
        cursor = body["next_cursor"]
        if cursor is None:
            return items


def test_themes_carry_their_signal(client: TestClient) -> None:
    body = client.get("/api/v1/themes").json()
    assert body["day"] == "2026-03-01"
    theme = next(item for item in body["items"] if item["id"] == "t-gigafactories")
    assert theme["label"] == {"fr": "Gigafactories d’IA", "en": "AI gigafactories"}
    assert theme["stories_28d"] == 45
    assert theme["signal"]["state"] == "rupture"
    assert theme["signal"]["lift"] == 3.4
    assert theme["signal"]["evidence"]["documents"]


@pytest.mark.parametrize("address", ["/api/v1/themes", "/api/v1/signals", "/api/v1/alerts"])
def test_pages_follow_each_other_without_gap_or_repeat(client: TestClient, address: str) -> None:
    whole = walk(client, address, limit=500)
    by_pieces = walk(client, address, limit=1 if len(whole) < 20 else 37)
    assert by_pieces == whole
    assert len(whole) == {"themes": 8, "signals": 8 * 61, "alerts": 2}[address.rsplit("/", 1)[1]]


def test_themes_by_state_origin_and_word(client: TestClient) -> None:
    assert {item["id"] for item in walk(client, "/api/v1/themes", state=["emerging", "rupture"])} == {
        "t-gigafactories", "t-photonics", "c-t-twins-naval",
    }  # fmt: skip
    assert [item["id"] for item in walk(client, "/api/v1/themes", origin="discovered", q="SOLAR")] == ["t-desal"]


def test_one_theme_in_full(client: TestClient) -> None:
    theme = client.get("/api/v1/themes/t-gigafactories").json()
    gap = [week for week in theme["weeks"] if not week["covered"]]
    assert [week["week"] for week in gap] == ["2025-12-15"]
    assert len(theme["documents"]) == 4
    hostile = next(document for document in theme["documents"] if "<script>" in document["title"])
    assert hostile["url"] is None
    assert [alert["id"] for alert in theme["alerts"]] == ["a-gigafactories"]
    assert [span["state"] for span in theme["states"]] == ["stable", "rupture"]


def test_signals_by_day_state_and_theme(client: TestClient) -> None:
    days = {item["day"] for item in walk(client, "/api/v1/signals", **{"from": "2026-02-20", "to": "2026-02-22"})}
    assert days == {"2026-02-20", "2026-02-21"}
    found = walk(client, "/api/v1/signals", theme="t-desal", state="weak_signal")
    assert {item["theme_id"] for item in found} == {"t-desal"}
    assert len(found) == 21
    assert found[0]["day"] > found[-1]["day"]


def test_alerts_by_state(client: TestClient) -> None:
    assert [item["id"] for item in walk(client, "/api/v1/alerts", state="firing")] == ["a-gigafactories"]
    assert [item["id"] for item in walk(client, "/api/v1/alerts", theme="t-photonics")] == ["a-photonics"]


@pytest.mark.parametrize(
    ("address", "status", "word"),
    [
        ("/api/v1/themes/nobody", 404, "nobody"),
        ("/api/v1/themes/a%00b", 404, "theme"),
        ("/api/v1/nothing", 404, "address"),
        ("/api/v1/themes?state=nope", 422, "state"),
        ("/api/v1/themes?limit=0", 422, "limit"),
        ("/api/v1/signals?from=yesterday", 422, "from"),
        ("/api/v1/signals?theme=a%00b", 422, "theme"),
        ("/api/v1/signals?cursor=%21%21", 400, "cursor"),
        ("/api/v1/signals?cursor=Zm9v", 400, "cursor"),
        ("/api/v1/signals?cursor=bm90LWEtZGF5CmE", 400, "cursor"),
        ("/api/v1/alerts?cursor=%C3%A9", 400, "cursor"),
        ("/api/v1/prospective?cursor=Zm9vCmJhcg", 400, "cursor"),
        ("/api/v1/alerts/nobody", 404, "nobody"),
        ("/api/v1/alerts/a%00b", 404, "alert"),
        ("/api/v1/alerts?kind=a%00b", 422, "kind"),
    ],
)
def test_refusals_are_problems_that_say_why(client: TestClient, address: str, status: int, word: str) -> None:
    answer = client.get(address, headers={"accept": "text/html"})
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert body["status"] == status
    assert word in body["detail"]


def test_only_answers_can_be_written(site: TestClient) -> None:
    for method in ("post", "put", "patch", "delete"):
        assert getattr(site, method)("/api/v1/themes").status_code == 405
        assert getattr(site, method)("/api/v1/alerts/a-photonics").status_code == 405


def test_a_signal_says_what_decided_it_and_its_weeks_have_a_band(client: TestClient) -> None:
    theme = client.get("/api/v1/themes/t-energy").json()
    signal = theme["signal"]
    assert (signal["decided_by"], signal["stage"], signal["buzz"], signal["falling"]) == ("trend.long_rise", "acceleration", 0, 0)
    assert [(week["low"], week["high"]) for week in theme["weeks"]][-1] == (0, 15)
    (listed,) = walk(client, "/api/v1/signals", theme="t-energy", **{"from": "2026-03-01"})
    assert listed["decided_by"] == "trend.long_rise"


def test_perspective_has_trends_with_their_long_series(client: TestClient) -> None:
    (item,) = walk(client, "/api/v1/perspective", limit=1)
    assert item["theme"]["id"] == "t-energy"
    assert [period["start"] for period in item["periods"]][-1] == "2026-03-01"
    assert {period["months"] for period in item["periods"]} == {1}
    assert sum(period["stories"] for period in item["periods"]) > 100


def test_prospective_is_ranked_and_pages_follow(client: TestClient) -> None:
    items = walk(client, "/api/v1/prospective", limit=1)
    assert [(item["place"], item["theme"]["id"]) for item in items] == [(1, "t-desal"), (1, "t-gigafactories")]
    assert [(item["surprise_rank"], item["scarcity_rank"]) for item in items] == [(2, 1), (1, 2)]
    assert items[1]["surprise"] == pytest.approx(9.1 / 4.8)
    assert items == client.get("/api/v1/prospective").json()["items"]


def test_alerts_tell_rule_kind_and_answers(client: TestClient) -> None:
    alert = client.get("/api/v1/alerts/a-gigafactories").json()
    assert (alert["kind"], alert["rule_version"], alert["threshold"]) == ("momentum", 1, 4.8)
    assert alert["feedback"] == {"useful": 2, "known": 1, "noise": 0}
    assert client.get("/api/v1/alerts", params={"kind": "buzz"}).json()["items"] == []


def answer(client: TestClient, alert: str = "a-photonics", **fields: Any) -> Any:
    body = {"verdict": "noise", "given_by": "crm:42"} | fields
    return client.post(f"/api/v1/alerts/{alert}/feedback", json=body)


def test_an_answer_is_kept_and_a_newer_one_replaces_it(client: TestClient) -> None:
    first = answer(client, note="vieux").json()
    assert (first["alert_id"], first["verdict"], first["given_by"], first["note"]) == ("a-photonics", "noise", "crm:42", "vieux")
    assert answer(client, verdict="useful").status_code == 200
    assert client.get("/api/v1/alerts/a-photonics").json()["feedback"] == {"useful": 1, "known": 0, "noise": 0}


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"verdict": "great"}, 422),
        ({"given_by": ""}, 422),
        ({"given_by": "   "}, 422),
        ({"given_by": "\0"}, 422),
        ({"note": "x" * 501}, 422),
        ({"colour": "red"}, 422),
        ({"alert": "nobody"}, 404),
        ({"alert": "a%00b"}, 404),
    ],
)
def test_an_unreadable_answer_is_refused_with_a_reason(client: TestClient, fields: dict[str, Any], status: int) -> None:
    refused = answer(client, **fields)
    assert refused.status_code == status
    assert refused.headers["content-type"] == "application/problem+json"
    assert client.get("/api/v1/alerts/a-photonics").json()["feedback"]["noise"] == 0


@pytest.mark.parametrize("kind", [None, "text/plain", "application/x-www-form-urlencoded"])
def test_a_body_that_another_site_could_send_is_no_answer(site: TestClient, kind: str | None) -> None:
    body = b'{"verdict": "noise", "given_by": "x"}'
    headers = {"content-type": kind} if kind else {}
    assert site.post("/api/v1/alerts/a-photonics/feedback", content=body, headers=headers).status_code == 415


def test_the_description_names_every_endpoint(site: TestClient) -> None:
    paths = site.get("/api/v1/openapi.json").json()["paths"]
    assert set(paths) == {
        "/api/v1/themes", "/api/v1/themes/{theme_id}", "/api/v1/signals", "/api/v1/perspective", "/api/v1/prospective",
        "/api/v1/documents/{document_id}",
        "/api/v1/alerts", "/api/v1/alerts/{alert_id}", "/api/v1/alerts/{alert_id}/feedback", "/livez", "/readyz",
    }  # fmt: skip
    assert [path for path, methods in paths.items() if "post" in methods] == ["/api/v1/alerts/{alert_id}/feedback"]


def test_an_empty_database_is_an_empty_list(empty: TestClient) -> None:
    for name in ("themes", "signals", "alerts", "perspective", "prospective"):
        assert empty.get(f"/api/v1/{name}").json()["items"] == []
