"""The embedder ``openai`` against a loopback endpoint that keeps the API's rules and misbehaves."""

from __future__ import annotations

import datetime as dt
import email.utils
import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import structlog
from pydantic import ValidationError

from nlp.config import NlpSettings
from nlp.embed import EmbedReport, embed
from nlp.embedders.base import load_embedder
from nlp.embedders.config import EmbedderSettings, OpenAiSettings
from nlp.embedders.openai import OpenAiEmbedder
from storage.errors import ConfigError, EmbedError
from storage.store import Store
from tests.servers.embeddings import MODEL, PATH, Answer, Fault, bag_of_words, embeddings_api, reply
from tests.servers.http import Clock, Handler, Site, drop, endless, redirect, stall
from tests.unit.nlp.documents import a_document, store_documents

KEY = "sk-example-0123456789"
TEXTS = ["une puce photonique", "a photonic chip", "le robot du maraîcher"]
NOW = dt.datetime(2026, 6, 1, tzinfo=dt.UTC)


def an_embedder(
    site: Site, *faults: Fault, sleep: Callable[[float], None] | None = None, dimension: int = 16, **settings: Any
) -> OpenAiEmbedder:
    base_url = embeddings_api(site, dimension=16, key=KEY, faults=list(faults))
    values: dict[str, Any] = {"base_url": base_url, "model": MODEL, "dimension": dimension, "api_key": KEY, **settings}
    return OpenAiEmbedder(OpenAiSettings(**values), sleep=sleep or Clock())


def status(code: int, **headers: str) -> Fault:
    def fault(handler: Handler, _right: Answer) -> None:
        reply(handler, {"error": {"message": f"no, {KEY}"}}, status=code, **headers)

    return fault


def changed(change: Callable[[Answer], object]) -> Fault:
    def fault(handler: Handler, right: Answer) -> None:
        wrong = change(right)
        reply(handler, right if wrong is None else wrong)

    return fault


def expected(texts: list[str]) -> np.ndarray:
    rows = np.array([bag_of_words(text, 16) for text in texts])
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def test_rows_are_the_endpoints_at_unit_length_in_batches(site: Site) -> None:
    embedder = an_embedder(site, batch=2)
    np.testing.assert_allclose(embedder.embed(TEXTS), expected(TEXTS), atol=1e-6)
    assert site.count(PATH) == 2


def test_rows_follow_the_index_not_the_order(site: Site) -> None:
    embedder = an_embedder(site, changed(lambda right: right["data"].reverse()))
    np.testing.assert_allclose(embedder.embed(TEXTS), expected(TEXTS), atol=1e-6)


def test_blank_texts_are_not_sent(site: Site) -> None:
    embedder = an_embedder(site)
    rows = embedder.embed(["", "a photonic chip", " \x00\n"])
    np.testing.assert_allclose(rows[1], expected(["a photonic chip"])[0], atol=1e-6)
    assert rows[0, 0] == rows[2, 0] == 1.0
    assert embedder.embed([" "]).shape == (1, 16)
    assert site.count(PATH) == 1


def test_the_prefix_and_a_shorter_vector_are_asked_for(site: Site) -> None:
    embedder = an_embedder(site, prefix="query: ", dimension=8, shorten=True)
    wanted = np.array(bag_of_words("query: a photonic chip", 16)[:8])
    np.testing.assert_allclose(embedder.embed(["a photonic chip"])[0], wanted / np.linalg.norm(wanted), atol=1e-6)


def test_a_busy_endpoint_is_asked_again_when_it_says(site: Site) -> None:
    clock = Clock()
    embedder = an_embedder(site, status(429, Retry_After="7"), status(500), sleep=clock)
    np.testing.assert_allclose(embedder.embed(TEXTS), expected(TEXTS), atol=1e-6)
    assert clock.waits[0] == 7.0
    assert 1.5 <= clock.waits[1] <= 2.5


def test_a_date_to_come_back_at_is_understood(site: Site) -> None:
    clock = Clock()
    at = email.utils.format_datetime(dt.datetime.now(dt.UTC) + dt.timedelta(seconds=40), usegmt=False)
    an_embedder(site, status(503, Retry_After=at), sleep=clock).embed(TEXTS)
    assert 20 < clock.waits[0] <= 40


@pytest.mark.parametrize("value", ["soon", "-3", "²", "", "9" * 400])
def test_a_strange_wait_does_not_break_the_run(site: Site, value: str) -> None:
    clock = Clock()
    embedder = an_embedder(site, status(429, Retry_After=value.encode().decode("latin-1")), sleep=clock)
    if value.startswith("9"):
        with pytest.raises(EmbedError, match="asks to wait"):
            embedder.embed(TEXTS)
    else:
        assert embedder.embed(TEXTS).shape == (3, 16)
        assert clock.waits[0] <= 1.25


def test_it_gives_up_after_the_attempts(site: Site) -> None:
    clock = Clock()
    with pytest.raises(EmbedError, match=r"failed 3 times.*status 502"):
        an_embedder(site, *[status(502)] * 3, sleep=clock, attempts=3).embed(TEXTS)
    assert len(clock.waits) == 2
    assert site.count(PATH) == 3


def test_a_long_wait_ends_the_run_at_once(site: Site) -> None:
    clock = Clock()
    with pytest.raises(EmbedError, match="wait 3600 s"):
        an_embedder(site, status(429, Retry_After="3600"), sleep=clock).embed(TEXTS)
    assert clock.waits == []


@pytest.mark.parametrize("lost", [drop, stall], ids=["dropped", "stalled"])
def test_a_lost_or_slow_answer_is_asked_for_again(site: Site, lost: Callable[[Handler], None]) -> None:
    embedder = an_embedder(site, lambda handler, _right: lost(handler), timeout_s=0.3)
    np.testing.assert_allclose(embedder.embed(TEXTS), expected(TEXTS), atol=1e-6)


def test_an_answer_in_drops_is_cut_at_the_deadline(site: Site) -> None:
    def drops(handler: Handler, _right: Answer) -> None:
        handler.send_response(200)
        handler.end_headers()
        handler.close_connection = True
        while not handler.site.closing.wait(0.05):
            handler.wfile.write(b" ")
            handler.wfile.flush()

    with pytest.raises(EmbedError, match=r"no complete answer within 0\.3 s"):
        an_embedder(site, drops, timeout_s=0.3, attempts=1).embed(TEXTS)


def test_a_huge_answer_is_not_read_to_its_end(site: Site) -> None:
    with pytest.raises(EmbedError, match="more than"):
        an_embedder(site, lambda handler, _right: endless(handler)).embed(TEXTS)


def _vector(value: object) -> Callable[[Answer], object]:
    def change(right: Answer) -> None:
        right["data"][1]["embedding"] = value

    return change


NONSENSE: dict[str, tuple[Callable[[Answer], object], str]] = {
    "one too few": (lambda right: right["data"].pop() and None, "2 vectors for 3 texts"),
    "one too many": (lambda right: right["data"].append(right["data"][0]), "4 vectors for 3 texts"),
    "twice the same": (lambda right: right["data"][0].update(index=1), "which text"),
    "no index": (lambda right: right["data"][0].update(index=None), "which text"),
    "index true": (lambda right: right["data"][1].update(index=True), "which text"),
    "not a number": (_vector([float("nan")] * 16), "finite"),
    "infinite": (_vector([float("inf")] * 16), "finite"),
    "too large": (_vector([10**400] * 16), "finite"),
    "words": (_vector(["1"] * 16), "finite"),
    "nested": (_vector([[1.0]] * 16), "finite"),
    "zeros": (_vector([0.0] * 16), "zeros"),
    "shorter": (_vector([1.0] * 8), "8 numbers instead of 16"),
    "base64": (_vector("AACAPw=="), "no numbers instead of 16"),
    "no data": (lambda right: right.pop("data") and None, "no list"),
    "data of strings": (lambda right: right.update(data=["a"] * 3), "no list"),
    "a list": (lambda _right: [1, 2], "no list"),
    "not JSON": (lambda _right: b"<html>welcome</html>", "JSON"),
    "too deep": (lambda _right: b"[" * 200_000, "JSON"),
    "not text": (lambda _right: b"\xff\xfe\xff", "JSON"),
}


@pytest.mark.parametrize("name", NONSENSE)
def test_an_answer_that_cannot_be_right_is_refused(site: Site, name: str) -> None:
    change, says = NONSENSE[name]
    embedder = an_embedder(site, changed(change))
    with pytest.raises(EmbedError, match=says):
        embedder.embed(TEXTS)
    assert site.count(PATH) == 1


def test_a_redirect_is_not_followed(site: Site) -> None:
    target = site.page("/elsewhere", "{}")
    with pytest.raises(EmbedError, match="redirect"):
        an_embedder(site, lambda handler, _right: redirect(target, 307)(handler)).embed(TEXTS)
    assert site.count("/elsewhere") == 0


def test_a_closed_port_is_a_clear_error(site: Site) -> None:
    base_url = embeddings_api(site, dimension=16).replace(str(site.port), "9")
    embedder = OpenAiEmbedder(OpenAiSettings(base_url=base_url, model=MODEL, dimension=16, attempts=2), sleep=Clock())
    with pytest.raises(EmbedError, match="no answer"):
        embedder.embed(TEXTS)


def test_a_refusal_is_told_in_the_endpoints_words_without_the_key(site: Site) -> None:
    with pytest.raises(EmbedError, match="The model 'other' does not exist") as told:
        an_embedder(site, model="other").embed(TEXTS)
    assert KEY not in str(told.value)


@pytest.mark.parametrize("fault", [status(401), status(400), status(500), drop], ids=["401", "400", "500", "dropped"])
def test_the_key_is_in_no_error_and_no_log(site: Site, fault: Any, caplog: pytest.LogCaptureFixture) -> None:
    chosen: Fault = (lambda handler, _right: drop(handler)) if fault is drop else fault
    caplog.set_level(logging.DEBUG)
    with structlog.testing.capture_logs() as events, pytest.raises(EmbedError) as told:
        an_embedder(site, chosen, chosen, attempts=2).embed(TEXTS)
    chain = [told.value, told.value.__cause__, told.value.__context__]
    assert KEY not in json.dumps([caplog.text, str(events), *map(repr, chain)])
    assert KEY not in str(site.asked[0][0])
    assert KEY not in repr(OpenAiSettings(base_url=site.url(""), model=MODEL, dimension=16, api_key=KEY))


def test_a_wrong_key_says_where_to_look(site: Site) -> None:
    with pytest.raises(EmbedError, match="api_key"):
        an_embedder(site, api_key="another").embed(TEXTS)


def test_the_key_may_be_in_a_file_and_change(site: Site, tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text("old\n", encoding="utf-8")
    embedder = an_embedder(site, api_key=None, api_key_file=file)
    with pytest.raises(EmbedError, match="refused the key"):
        embedder.embed(TEXTS)
    file.write_text(f"{KEY}\n", encoding="utf-8")
    assert embedder.embed(TEXTS).shape == (3, 16)


@pytest.mark.parametrize("content", [b"", b"cl\xc3\xa9", b"\xff", b"a\nb"])
def test_an_unusable_key_is_a_clear_error(site: Site, tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "key"
    file.write_bytes(content)
    with pytest.raises(ConfigError, match="key"):
        an_embedder(site, api_key=None, api_key_file=file).embed(TEXTS)
    assert site.count(PATH) == 0


def test_without_a_key_none_is_sent(site: Site) -> None:
    base_url = embeddings_api(site, dimension=16)
    OpenAiEmbedder(OpenAiSettings(base_url=base_url, model=MODEL, dimension=16)).embed(TEXTS)
    assert "authorization" not in site.asked[0][1]


def test_a_proxy_of_the_environment_does_not_see_what_stays_on_this_machine(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    assert an_embedder(site).embed(TEXTS).shape == (3, 16)


@pytest.mark.parametrize(
    ("base_url", "says"),
    [
        ("http://models.example.org/v1", "plain http"),
        ("ftp://models.example.org", "must begin"),
        ("https://", "must begin"),
        ("https://user:pass@models.example.org/v1", "no user"),
        ("https://models.example.org/v1?key=abc", "no user"),
    ],
)
def test_an_unsafe_address_is_refused(base_url: str, says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        OpenAiSettings(base_url=base_url, model=MODEL, dimension=16)


def test_plain_http_is_for_this_machine_or_on_demand() -> None:
    for host in ("127.0.0.1:8080", "localhost:8080", "[::1]:8080"):
        assert OpenAiSettings(base_url=f"http://{host}/v1", model=MODEL, dimension=16).is_loopback
    assert not OpenAiSettings(base_url="http://gpu.example.org/v1", model=MODEL, dimension=16, insecure_http=True).is_loopback


def test_the_id_carries_what_changes_the_vectors(site: Site) -> None:
    ids = {
        an_embedder(site, **one).id
        for one in ({}, {"model": "b"}, {"prefix": "query: "}, {"dimension": 8}, {"shorten": True}, {"revision": "2"})
    }
    assert len(ids) == 6
    assert an_embedder(site, batch=3, timeout_s=5.0, api_key="x").id == an_embedder(site).id


def test_the_step_stores_what_the_endpoint_gave_and_asks_once_a_text(sqlite_store: Store, site: Site) -> None:
    store_documents(
        sqlite_store, [a_document("a", "Une puce", "photonique"), a_document("b", "Une puce", "photonique", source="fil")]
    )
    openai = OpenAiSettings(base_url=embeddings_api(site, dimension=16), model=MODEL, dimension=16)
    settings = NlpSettings(embedder=EmbedderSettings(kind="openai", openai=openai))
    assert embed(sqlite_store, NOW, settings) == EmbedReport(documents=2, computed=1)
    assert embed(sqlite_store, NOW, settings) == EmbedReport()
    assert site.count(PATH) == 1


def test_a_kind_without_its_section_says_what_to_set() -> None:
    with pytest.raises(ConfigError, match="base_url, model and dimension"):
        load_embedder(EmbedderSettings(kind="openai"))
