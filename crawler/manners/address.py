"""Refuses addresses inside the house: checked on the resolved address, at the moment of connecting, at every redirect.

The reactor connects to exactly the addresses that passed, so a name that resolves differently later changes nothing.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Sequence
from typing import Any, Self

from scrapy.crawler import Crawler
from twisted.internet.interfaces import IHostnameResolver, IHostResolution, IResolutionReceiver
from zope.interface import implementer  # type: ignore[import-untyped]

_CGNAT = ipaddress.ip_network("100.64.0.0/10")
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class AddressRules:
    """Which addresses may be visited: public ones, and those the settings allow by host, host:port, address or CIDR block."""

    def __init__(self, allowed: Iterable[str] = ()) -> None:
        self._hosts: set[str] = set()
        self._blocks: list[ipaddress.IPv4Network | ipaddress.IPv6Network] = []
        for entry in allowed:
            try:
                self._blocks.append(ipaddress.ip_network(entry, strict=False))
            except ValueError:
                self._hosts.add(entry.strip().lower())

    def refusal(self, host: str, port: int, address: str) -> str | None:
        """Why ``address``, to which ``host`` resolves, may not be visited; None when it may."""
        name = host.lower().strip("[]")
        if name in self._hosts or f"{name}:{port}" in self._hosts or f"{address}:{port}" in self._hosts or address in self._hosts:
            return None
        try:
            found = ipaddress.ip_address(address.split("%")[0])
        except ValueError:
            return f"{host} → {address}"
        if any(found in block for block in self._blocks if block.version == found.version):
            return None
        kind = _inner_kind(found)
        return f"{host} → {address} ({kind})" if kind else None


def _inner_kind(address: Address) -> str | None:
    """What makes an address not public, looking through every way to wrap IPv4 in IPv6."""
    if isinstance(address, ipaddress.IPv6Address):
        wrapped = [address.ipv4_mapped, address.sixtofour, address.teredo[1] if address.teredo else None]
        if address.is_loopback or address.is_unspecified:
            return "loopback"
        last = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if address in _NAT64:
            return _inner_kind(last)
        if int(address) >> 32 == 0:
            wrapped.append(last)
        for inner in wrapped:
            if inner is not None and (kind := _inner_kind(inner)):
                return kind
    tests = (
        ("loopback", address.is_loopback),
        ("link-local", address.is_link_local),
        ("multicast", address.is_multicast),
        ("carrier-internal", address.version == 4 and address in _CGNAT),
        ("private", address.is_private),
        ("reserved", address.is_reserved or address.is_unspecified or not address.is_global),
    )
    return next((name for name, is_so in tests if is_so), None)


@implementer(IResolutionReceiver)
class _Filter:
    """Passes on the resolved addresses that may be visited."""

    def __init__(self, guard: GuardedResolver, receiver: Any, host: str, port: int) -> None:
        self._guard, self._receiver, self._host, self._port = guard, receiver, host, port

    def resolutionBegan(self, resolution: IHostResolution) -> None:  # noqa: N802
        self._receiver.resolutionBegan(resolution)

    def addressResolved(self, address: Any) -> None:  # noqa: N802
        refusal = self._guard.rules.refusal(self._host, self._port, address.host)
        if refusal is None:
            self._receiver.addressResolved(address)
        else:
            self._guard.refusals[self._host] = refusal

    def resolutionComplete(self) -> None:  # noqa: N802
        self._receiver.resolutionComplete()


@implementer(IHostnameResolver)
class GuardedResolver:
    """Scrapy's resolver, with ``AddressRules`` between the name service and the connection. ``refusals`` says what it refused."""

    refusals: dict[str, str] = {}  # noqa: RUF012  one reactor, one resolver, one crawl a process

    def __init__(self, reactor: Any, rules: AddressRules) -> None:
        self.reactor = reactor
        self.rules = rules
        self._original = reactor.nameResolver

    @classmethod
    def from_crawler(cls, crawler: Crawler, reactor: Any) -> Self:
        return cls(reactor, AddressRules(crawler.settings.getlist("ZOOM_ALLOW_PRIVATE_HOSTS")))

    def install_on_reactor(self) -> None:
        self.reactor.installNameResolver(self)

    def resolveHostName(  # noqa: N802
        self,
        resolutionReceiver: Any,  # noqa: N803
        hostName: str,  # noqa: N803
        portNumber: int = 0,  # noqa: N803
        addressTypes: Sequence[Any] | None = None,  # noqa: N803
        transportSemantics: str = "TCP",  # noqa: N803
    ) -> Any:
        guarded = _Filter(self, resolutionReceiver, hostName, portNumber)
        return self._original.resolveHostName(guarded, hostName, portNumber, addressTypes, transportSemantics)
