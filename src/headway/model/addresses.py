"""Addresses from which connections come."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Networks = Sequence[ipaddress.IPv4Network | ipaddress.IPv6Network]

HOPS_LIMIT = 20
"""Proxies in a row that are believed; whoever writes more of them means no good."""
FORWARDED_LIMIT = 4_096
"""Characters of the headers that name them."""


def is_of_this_machine(address: str) -> bool:
    """Whether a connection from this IP address comes from this very machine, perhaps through a proxy here; so does one without any."""
    found = _plain(address)
    return address == "" if found is None else found.is_loopback


def is_within(address: str, networks: Networks) -> bool:
    """Whether an IP address is in one of these networks; text that is none is not."""
    found = _plain(address)
    return found is not None and any(found in network for network in networks)


def neighbourhood(address: str) -> str:
    """What counts as one caller: an IPv4 address, the 64 bits of an IPv6 network that one customer has; other text as it is."""
    found = _plain(address)
    return str(ipaddress.ip_network((found, 64), strict=False)) if isinstance(found, ipaddress.IPv6Address) else str(found or address)


def read_networks(text: str) -> Networks:
    """Networks and single addresses, separated by commas. Raises ValueError."""
    return tuple(ipaddress.ip_network(word.strip()) for word in text.split(",") if word.strip())


def origin_of(peer: str, trusted: Networks, *, forwarded_for: Sequence[str], forwarded: Sequence[str]) -> str:
    """The address of whoever is behind the proxies that are trusted: of the hops that `X-Forwarded-For` or `Forwarded` (RFC 7239) name,
    the last one that is not one of those proxies.

    `peer` is the other end of the connection: nothing is believed unless it is trusted itself. What stands left of the first hop that
    is not trusted anybody can have written. A hop that is no address (`unknown`, `_hidden`, nonsense) ends the walk at the proxy that
    said so; and so do both headers at once, when they disagree, since a proxy writes one of them and lets the other pass.
    """
    if not is_within(peer, trusted) or not (forwarded_for or forwarded):
        return peer
    found = {_walk(peer, trusted, hops) for hops in (_hops(forwarded_for), _hops_of_forwarded(forwarded)) if hops}
    return found.pop() if len(found) == 1 else peer


def _walk(peer: str, trusted: Networks, hops: Sequence[str]) -> str:
    """`hops`: the nearest last."""
    last = peer
    for hop in list(reversed(hops))[:HOPS_LIMIT]:
        address = _address_in(hop)
        if address is None:
            return last
        last = str(address)
        if not is_within(last, trusted):
            return last
    return last


def _hops(lines: Sequence[str]) -> list[str]:
    """Of the header's lines, joined as one list (RFC 9110 section 5.3); the nearest last."""
    joined = ",".join(lines)[-FORWARDED_LIMIT:]
    return [hop.strip() for hop in joined.split(",")] if joined.strip() else []


def _hops_of_forwarded(lines: Sequence[str]) -> list[str]:
    return [_for_in(hop) for hop in _hops(lines)]


def _for_in(element: str) -> str:
    """The value of ``for`` in one element; empty, which is no address, unless there is exactly one."""
    found: list[str] = []
    for pair in element.split(";"):
        name, _, value = pair.partition("=")
        if name.strip().lower() == "for":
            found.append(value.strip().strip('"'))
    return found[0] if len(found) == 1 else ""


def _address_in(hop: str) -> Address | None:
    """An address, perhaps with a port: ``192.0.2.7``, ``192.0.2.7:4711``, ``2001:db8::1``, ``[2001:db8::1]:4711``."""
    host = hop
    if hop.startswith("["):
        host, _, rest = hop[1:].partition("]")
        if rest and not (rest.startswith(":") and rest[1:].isdecimal()):
            return None
    elif hop.count(":") == 1:
        host, _, port = hop.partition(":")
        if not port.isdecimal():
            return None
    return _plain(host)


def _plain(address: str) -> Address | None:
    """IPv4 that comes as IPv6 (``::ffff:192.0.2.7``) is IPv4; an address with a zone is none of a network."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return None
    if isinstance(found, ipaddress.IPv6Address):
        return None if found.scope_id is not None else found.ipv4_mapped or found
    return found
