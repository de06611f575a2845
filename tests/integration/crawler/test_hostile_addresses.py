"""Redirects and names that lead where nobody should go: refused when connecting, at each hop, whatever the name service says."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import pytest

from crawler.config import CrawlerSettings
from storage.store import Store
from tests.integration.crawler.hostile import codes, crawled, feed
from tests.servers.fetching import Fetched, fetch
from tests.servers.hostile import raw
from tests.servers.http import Route, Site, redirect, serving


@pytest.fixture
def inside() -> Iterator[Site]:
    """A service of the house, which no source may reach."""
    with serving() as running:
        running.page("/", feed("secret"))
        running.page("/x", feed("secret"))
        yield running


def to(location: str) -> Route:
    """A redirect whose Location is sent as it is, in UTF-8."""
    return raw(b"HTTP/1.1 302 Found\r\nConnection: close\r\nLocation: " + location.encode() + b"\r\nContent-Length: 0\r\n\r\n")


SCHEMES = {
    "file": "file:///etc/passwd",
    "ftp": "ftp://s.example/flux",
    "gopher": "gopher://127.0.0.1:6379/_INFO",
    "websocket": "ws://127.0.0.1/",
    "javascript": "javascript:alert(1)",
    "data": "data:text/xml,<rss/>",
}
INSIDE = {
    "loopback": "http://127.0.0.1:{port}/x",
    "capitals": "HTTP://LocalHost:{port}/x",
    "link-local": "http://169.254.169.254/latest/meta-data/",
    "private": "http://192.168.1.1/",
    "carrier": "http://100.64.1.1/",
    "any": "http://0.0.0.0:{port}/x",
    "zero": "http://0:{port}/x",
    "v6": "http://[::1]:{port}/x",
    "mapped": "http://[::ffff:127.0.0.1]:{port}/x",
    "mapped-hex": "http://[::ffff:7f00:1]:{port}/x",
    "nat64": "http://[64:ff9b::7f00:1]:{port}/x",
    "6to4": "http://[2002:7f00:1::]:{port}/x",
    "decimal": "http://2130706433:{port}/x",
    "octal": "http://0177.0.0.1:{port}/x",
    "hexadecimal": "http://0x7f000001:{port}/x",
    "mixed": "http://0x7f.0.0.01:{port}/x",
    "short": "http://127.1:{port}/x",
    "full-width": "http://１２７.０.０.１:{port}/x",
    "circled": "http://①②⑦.⓪.⓪.①:{port}/x",
    "full-stops": "http://127。0。0。1:{port}/x",
    "tab": "http://127.0\t.0.1:{port}/x",
    "no-scheme": "//127.0.0.1:{port}/x",
    "three-slashes": "///127.0.0.1:{port}/x",
}
USERS = {"user": "http://public.example@127.0.0.1:{port}/x", "password": "http://moi:secret@127.0.0.1:{port}/x"}
NO_ADDRESS = {
    "escaped": "http://%31%32%37.0.0.1:{port}/x",
    "nul": "http://a%00.example/",
    "zone": "http://[fe80::1%25eth0]/",
    "open-bracket": "http://[::1",
    "port": "http://127.0.0.1:99999999/",
    "port-word": "http://127.0.0.1:abc/",
    "label": f"http://{'a' * 64}.example/",
    "name": f"http://{'a.' * 150}example/",
}
# Names that resolve nowhere: what they lead to is not inside, and must not become so by being read another way.
NOWHERE = {
    "backslash": "http://public.invalid\\@127.0.0.1:{port}/x",
    "fragment": "http://public.invalid#@127.0.0.1:{port}/x",
    "idn": "http://exämple.invalid/",
}


def test_no_redirect_leads_inside_however_it_is_written(sqlite_store: Store, site: Site, inside: Site) -> None:
    groups = {"scheme": SCHEMES, "address": INSIDE, "credentials": USERS, "no_address": NO_ADDRESS, "unknown_host": NOWHERE}
    expected = {name: code for code, group in groups.items() for name in group} | {"javascript": "no_address"}
    targets = {name: text.format(port=inside.port) for group in groups.values() for name, text in group.items()}
    hops = {
        "loop": redirect("/loop"),
        "self": to(""),
        "away-and-back": redirect(f"http://127.0.0.1:{site.port}/away-and-back?1", 308),
        "second-hop": redirect("/decimal", 301),
        "dot": to(f"http://127.0.0.1.:{inside.port}/x"),
    }
    expected |= {"loop": "redirects", "self": "redirects", "away-and-back": "redirects", "second-hop": "address"}
    came = crawled(sqlite_store, site, {name: to(text) for name, text in targets.items()} | hops)
    assert inside.asked == []
    assert came.pop("dot").code in ("address", "unknown_host")  # whether a final dot is a name is the resolver's affair
    assert codes(came) == expected
    assert {each.titles for each in came.values()} == {()}


def test_no_source_is_declared_inside(sqlite_store: Store, site: Site, inside: Site) -> None:
    given = {name: text.format(port=inside.port) for name, text in (SCHEMES | INSIDE | USERS | NO_ADDRESS).items()}
    given = {name: text for name, text in given.items() if not text.startswith("//")}
    came = crawled(sqlite_store, site, given)
    assert inside.asked == []
    assert {each.code for each in came.values()} == {"scheme", "address", "credentials", "no_address"}
    assert {name for name, each in came.items() if each.code == "address"} >= set(INSIDE) - {"no-scheme", "three-slashes"}


def test_a_request_to_a_service_is_not_sent_on_inside(site: Site, inside: Site) -> None:
    """Nor is the one that carries the service's secrets."""
    url = site.route("/api", redirect(inside.url("/x"), 307))
    allowed = CrawlerSettings(pace_s=0, allow_private_hosts=(f"127.0.0.1:{site.port}",))
    found = fetch([url], allowed, secret_headers={"Authorization": "Bearer jeton-secret"})
    assert found.answers[url]["reason"].startswith("address:")
    assert inside.asked == []


# Names that change. 127.0.0.2 stands for a public address, allowed by the settings; 127.0.0.1 is the house, and is not.


def changing(url: str, *turns: list[str]) -> Fetched:
    scrapy = {"TWISTED_DNS_RESOLVER": "tests.servers.hostile.ChangingResolver", "ZOOM_TEST_ADDRESSES": list(turns)}
    return fetch([url], CrawlerSettings(pace_s=0, total_timeout_s=5, allow_private_hosts=("127.0.0.2",)), scrapy=scrapy)


PUBLIC, HOUSE = ["127.0.0.2"], ["127.0.0.1"]


def closing(body: bytes) -> Route:
    """An answer after which the connection is closed, so that the next request asks for the name again."""
    return raw(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(body), body)


@pytest.fixture
def pair() -> Iterator[tuple[Site, Site]]:
    """An outer and an inner service on the same port."""
    with contextlib.ExitStack() as running:
        for _ in range(20):
            outer = running.enter_context(serving("127.0.0.2"))
            with contextlib.suppress(OSError):  # the port is somebody else's at the other address
                inner = running.enter_context(serving(port=outer.port))
                break
        outer.route("/robots.txt", closing(b""))
        outer.route("/.well-known/tdmrep.json", closing(b""))
        outer.route("/flux", closing(b"dehors"))
        inner.page("/flux", "dedans")
        yield outer, inner


@pytest.fixture
def public(pair: tuple[Site, Site]) -> Site:
    return pair[0]


@pytest.fixture
def house(pair: tuple[Site, Site]) -> Site:
    return pair[1]


def test_the_address_that_was_checked_is_the_one_connected_to(public: Site, house: Site) -> None:
    url = f"http://change.example:{public.port}/flux"
    found = changing(url, PUBLIC, PUBLIC, PUBLIC, HOUSE, HOUSE, HOUSE)
    assert found.answers[url]["body"] == "dehors"
    # A name is asked for once for each connection: nothing is left that a second answer could change.
    assert found.log.count("resolved change.example to") == len(public.asked) == 3
    assert house.asked == []


@pytest.mark.parametrize("second", [HOUSE, ["::1"], ["::ffff:127.0.0.1"], ["10.0.0.1", "127.0.0.1"]])
def test_a_name_that_turns_inward_is_refused_then(public: Site, house: Site, second: list[str]) -> None:
    url = f"http://change.example:{public.port}/flux"
    found = changing(url, PUBLIC, *[second] * 5)
    assert found.answers[url]["reason"].startswith("address: internal address refused: change.example →")
    assert [path for path, _ in public.asked] == ["/robots.txt"]
    assert house.asked == []


def test_of_a_name_with_both_only_the_outer_address_is_tried(public: Site, house: Site) -> None:
    url = f"http://change.example:{public.port}/flux"
    both = [*HOUSE, *PUBLIC, "::1"]
    found = changing(url, both, both, both)
    assert found.answers[url]["body"] == "dehors"
    assert house.asked == []


def test_the_inner_address_is_not_tried_in_place_of_an_outer_one_that_is_mute(inside: Site) -> None:
    url = f"http://change.example:{inside.port}/x"  # where 127.0.0.2 listens to nobody
    found = changing(url, *[[*PUBLIC, *HOUSE]] * 9)
    assert found.answers[url]["reason"].startswith("refused_connection:")
    assert inside.asked == []
