"""Which network addresses a program of ours may connect to: public ones, and those an operator names. Shared by all clients.

The check is made on resolved addresses at the moment of connecting, and the connection goes to an address that passed: neither a
redirect nor a name that resolves differently later gets around it.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterable

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

    @property
    def has_exceptions(self) -> bool:
        """Whether anything but public addresses is allowed."""
        return bool(self._hosts or self._blocks)

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


class RefusedAddress(OSError):
    """No address of a host may be connected to. The message says which and why."""


def permitted(host: str, port: int, rules: AddressRules) -> list[str]:
    """The addresses ``host`` resolves to that may be connected to, IPv4 first, else in the resolver's order.

    Raises RefusedAddress when none may, OSError (``socket.gaierror``) when the name is unknown.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = sorted(dict.fromkeys(str(row[4][0]) for row in found), key=lambda address: ":" in address)
    refusals = {address: rules.refusal(host, port, address) for address in addresses}
    fine = [address for address, refusal in refusals.items() if refusal is None]
    if not fine:
        raise RefusedAddress(f"internal address refused: {next(iter(refusals.values()), host)}")
    return fine


def named_by_operator(host: str) -> AddressRules:
    """The rules for a service an operator set up: public addresses, and ``host`` itself where it is an address or localhost.

    A name is no permission for what it resolves to: that is the name service's word, not the operator's.
    """
    bare = host.strip("[]")
    try:
        ipaddress.ip_address(bare)
    except ValueError:
        return AddressRules((bare,) if bare.lower() == "localhost" else ())
    return AddressRules((bare,))


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
