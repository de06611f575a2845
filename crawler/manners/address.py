"""Refuses addresses inside the house: checked on the resolved address, at the moment of connecting, at every redirect.

The reactor connects to exactly the addresses that passed, so a name that resolves differently later changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

from scrapy.crawler import Crawler
from twisted.internet.interfaces import IHostnameResolver, IHostResolution, IResolutionReceiver
from zope.interface import implementer  # type: ignore[import-untyped]

from storage.addresses import AddressRules


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
