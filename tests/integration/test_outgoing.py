"""Every client connects to a checked address only: the language models' endpoint and Slack, beside the crawler."""

from __future__ import annotations

import socket
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from alerts.channels.outgoing import guard_urllib
from nlp.endpoint.client import Endpoint
from nlp.endpoint.config import EndpointSettings
from storage.addresses import AddressRules, RefusedAddress, named_by_operator, permitted
from storage.errors import ModelError
from tests.servers.http import Site, redirect


@pytest.fixture
def inside(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name service that says ``public.example`` is on this machine: what a hostile or a mistaken one would say."""
    real = socket.getaddrinfo

    def answer(host: Any, *args: Any, **kwargs: Any) -> Any:
        return real("127.0.0.1" if host == "public.example" else host, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", answer)


@pytest.fixture
def guarded() -> Iterator[None]:
    before = urllib.request._opener  # type: ignore[attr-defined]
    guard_urllib()
    yield
    urllib.request.install_opener(before)


@pytest.mark.usefixtures("inside")
def test_a_name_that_leads_inside_has_no_permitted_address() -> None:
    with pytest.raises(RefusedAddress, match=r"public\.example → 127\.0\.0\.1 \(loopback\)"):
        permitted("public.example", 80, named_by_operator("public.example"))
    assert permitted("public.example", 80, AddressRules(("127.0.0.0/8",))) == ["127.0.0.1"]


def test_an_address_in_the_settings_is_the_operators_own_word() -> None:
    assert permitted("127.0.0.1", 80, named_by_operator("127.0.0.1")) == ["127.0.0.1"]
    assert permitted("::1", 80, named_by_operator("[::1]")) == ["::1"]
    assert "127.0.0.1" in permitted("localhost", 80, named_by_operator("localhost"))
    # Another way to write the same address is no permission.
    with pytest.raises(RefusedAddress):
        permitted("::ffff:127.0.0.1", 80, AddressRules())


@pytest.mark.usefixtures("inside")
def test_the_models_endpoint_is_not_reached_inside_under_a_public_name(site: Site) -> None:
    site.page("/v1/embeddings", "{}", content_type="application/json")
    settings = EndpointSettings(base_url=f"http://public.example:{site.port}/v1", model="m", insecure_http=True)
    with pytest.raises(ModelError, match=r"internal address refused: public\.example"):
        Endpoint(settings, ModelError).ask("/embeddings", {}, max_bytes=100)
    assert site.asked == []
    own = EndpointSettings(base_url=site.url("/v1"), model="m")
    assert Endpoint(own, ModelError).ask("/embeddings", {}, max_bytes=100) == {}


@pytest.mark.usefixtures("inside", "guarded")
def test_urllib_and_so_slack_is_not_led_inside(site: Site) -> None:
    site.page("/api", "ok")
    site.route("/moved", redirect(site.url("/api")))
    with pytest.raises(urllib.error.URLError) as refused:
        urllib.request.urlopen(f"http://public.example:{site.port}/api", timeout=5)
    assert isinstance(refused.value.reason, RefusedAddress)
    assert site.asked == []
    with urllib.request.urlopen(site.url("/api"), timeout=5) as answer:
        assert answer.read() == b"ok"
    with pytest.raises(urllib.error.HTTPError) as redirected:
        urllib.request.urlopen(site.url("/moved"), timeout=5)
    redirected.value.close()
    assert (redirected.value.code, site.count("/api")) == (302, 1)


@pytest.fixture
def turning(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """A name that is public when it is looked at and on this machine ever after. Gives where connections were tried."""
    real = socket.getaddrinfo
    turns = iter(["93.184.216.34"])
    tried: list[tuple[str, int]] = []

    def answer(host: Any, *args: Any, **kwargs: Any) -> Any:
        return real(next(turns, "127.0.0.1") if host == "public.example" else host, *args, **kwargs)

    def connect(address: tuple[str, int], *_: Any, **__: Any) -> socket.socket:
        tried.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "getaddrinfo", answer)
    monkeypatch.setattr(socket, "create_connection", connect)
    return tried


def test_the_models_endpoint_is_connected_to_where_it_was_checked(site: Site, turning: list[tuple[str, int]]) -> None:
    settings = EndpointSettings(base_url=f"http://public.example:{site.port}/v1", model="m", insecure_http=True, attempts=1)
    with pytest.raises(ModelError, match="no answer"):
        Endpoint(settings, ModelError).ask("/embeddings", {}, max_bytes=100)
    assert turning == [("93.184.216.34", site.port)]
    with pytest.raises(ModelError, match="internal address refused"):
        Endpoint(settings, ModelError).ask("/embeddings", {}, max_bytes=100)
    assert (len(turning), site.asked) == (1, [])


@pytest.mark.usefixtures("guarded")
def test_urllib_connects_where_it_checked(site: Site, turning: list[tuple[str, int]]) -> None:
    for _ in range(2):
        with pytest.raises(urllib.error.URLError):
            urllib.request.urlopen(f"http://public.example:{site.port}/api", timeout=5)
    assert turning == [("93.184.216.34", site.port)]
    assert site.asked == []


@pytest.mark.usefixtures("guarded")
@pytest.mark.parametrize("address", ["file:///etc/passwd", "ftp://127.0.0.1/x", "data:text/plain,x"])
def test_urllib_leaves_by_the_web_only(address: str) -> None:
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(address, timeout=5)
