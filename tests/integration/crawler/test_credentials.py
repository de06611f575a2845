"""Secrets reach the one server they are for, and nobody else learns them: no other host, no log, no error, no address."""

from __future__ import annotations

import gzip

from crawler.config import CrawlerSettings
from tests.servers.fetching import fetch
from tests.servers.http import Handler, Site, drop, endless, redirect, stall

KEY = "clef-tres-secrete/42"
TOKEN = "jeton-secret-xyz"
HEADERS = {"Authorization": f"Bearer {TOKEN}"}
QUERY = {"api_key": KEY}


def settings(*sites: Site, timeout_s: float = 20) -> CrawlerSettings:
    allowed = tuple(f"127.0.0.1:{each.port}" for each in sites)
    return CrawlerSettings(pace_s=0, total_timeout_s=timeout_s, max_bytes=500_000, allow_private_hosts=allowed)


def echo(handler: Handler) -> None:
    """Repeats everything it was asked, in body, header and location, as careless services do."""
    said = f"unknown key in {handler.path}: {handler.headers.get('Authorization')} {KEY}"
    body = gzip.compress(said.encode())
    handler.send_response(400)
    handler.send_header("Content-Type", "text/plain")
    handler.send_header("Content-Encoding", "gzip")
    handler.send_header("X-Asked", said)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


def with_query(target: str, status: int = 302) -> object:
    """Redirects and carries the whole query along."""

    def answer(handler: Handler) -> None:
        handler.send_response(status)
        handler.send_header("Location", f"{target}?{handler.path.partition('?')[2]}")
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return answer


def arrived(site: Site, path: str) -> list[tuple[str, str | None]]:
    """Address and Authorization of every request for ``path``."""
    return [(asked, headers.get("authorization")) for asked, headers in site.asked if asked.split("?")[0] == path]


def test_they_leave_with_the_request_and_are_seen_nowhere(site: Site) -> None:
    url = site.page("/ouvert", "bonjour") + "?q=1"
    found = fetch([url], settings(site), secret_headers=HEADERS, secret_query=QUERY)
    assert arrived(site, "/ouvert") == [("/ouvert?q=1&api_key=clef-tres-secrete%2F42", f"Bearer {TOKEN}")]
    answer = found.answers[url]
    assert (answer["url"], answer["status"], answer["body"]) == (url, 200, "bonjour")
    assert answer["latency"] > 0, "the throttle needs it"
    assert_unknown(found.log + repr(answer))
    assert arrived(site, "/robots.txt") == [("/robots.txt", None)]


def test_another_origin_never_gets_them(site: Site, other: Site) -> None:
    away = site.route("/loin", redirect(other.page("/la", "ok")))
    carried = site.route("/porte", with_query(other.page("/ici", "ok"), 301))  # type: ignore[arg-type]
    back = site.route("/retour", redirect(other.route("/rebond", redirect(site.page("/fin", "ok")))))
    found = fetch([away, carried, back], settings(site, other), secret_headers=HEADERS, secret_query=QUERY)
    assert {answer["status"] for answer in found.answers.values()} == {200}
    assert all(
        value is None and "clef" not in asked for asked, headers in other.asked for value in [headers.get("authorization")]
    )
    assert {path for path, _ in other.asked} > {"/robots.txt"}
    assert arrived(site, "/fin") == [("/fin", None)], "another host must not choose where a secret is sent"
    assert_unknown(found.log + repr(found.answers))


def test_a_redirect_within_the_origin_keeps_them(site: Site) -> None:
    url = site.route("/ancien", with_query(site.page("/nouveau", "ok"), 307))  # type: ignore[arg-type]
    found = fetch([url], settings(site), secret_headers=HEADERS, secret_query=QUERY)
    assert arrived(site, "/nouveau") == [("/nouveau?api_key=clef-tres-secrete%2F42", f"Bearer {TOKEN}")]
    assert found.answers[url]["url"] == site.url("/nouveau")
    assert_unknown(found.log + repr(found.answers))


def test_what_a_server_echoes_is_masked(site: Site) -> None:
    url = site.route("/echo", echo)
    found = fetch([url], settings(site), secret_headers=HEADERS, secret_query=QUERY)
    answer = found.answers[url]
    assert answer["body"] == "unknown key in /echo?api_key=***: *** ***"
    assert "***" in answer["headers"]["x-asked"]
    assert_unknown(found.log + repr(answer))


def test_errors_do_not_hold_them(site: Site) -> None:
    urls = [site.route("/coupe", drop), site.route("/lent", stall), site.route("/sans-fin", endless), "http://127.0.0.1:9/ferme"]
    found = fetch(urls, settings(site, timeout_s=3), secret_headers=HEADERS, secret_query=QUERY)
    assert [found.answers[url]["reason"].split(":")[0] for url in urls] == ["interrupted", "timeout", "too_large", "address"]
    assert len(arrived(site, "/lent")) == 1
    assert all(
        row == (f"{path}?api_key=clef-tres-secrete%2F42", f"Bearer {TOKEN}")
        for path in ("/coupe", "/lent")
        for row in arrived(site, path)
    )
    assert_unknown(found.log + repr(found.answers))


def assert_unknown(text: str) -> None:
    assert len(text) > 500
    for secret in (KEY, TOKEN, "clef-tres-secrete", "secrete%2F42"):
        assert secret not in text
