"""Requests to addresses that people give: of webhooks, of providers. One door out, that opens to no machine that only we can reach.

A name is resolved once, each address that it stands for is looked at, and the connection goes to the very address that was looked at: a
name that means another machine a moment later (DNS rebinding) is asked no second time. Redirects are not followed: whoever wants to
follows them through this door again. Certificates are checked against the name, as ever.
"""

from __future__ import annotations

import http.client
import io
import ipaddress
import socket
import ssl
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from headway.model.addresses import Networks, is_within
from headway.model.clock import Clock, SystemClock
from headway.model.errors import OutwardFailed, OutwardRefused

TIMEOUT_SECONDS = 10.0
"""Of a whole request to an address that people give, from the connection to the last byte."""
BODY_LIMIT = 1 << 20
"""Bytes of an answer from there."""
URL_LIMIT = 2_048
"""Characters of such an address."""
PORTS = {"http": 80, "https": 443}
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_IPV4_IN_IPV6 = ipaddress.ip_network("::/96")
_OF_NOBODY = tuple(ipaddress.ip_network(text) for text in ("fec0::/10", "3fff::/20", "5f00::/16", "100::/64"))
"""What the library's tables do not have, or call global: site-local, documentation (RFC 9637), segment routing, discard."""
_CHUNK = 65_536
_HEADERS = {"User-Agent": "headway", "Accept-Encoding": "identity"}

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve = Callable[[str, int], Sequence[str]]
"""The addresses that a name stands for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outward:
    """Where requests may go. By itself: to public addresses alone."""

    allowed: Networks = ()
    """Networks of one's own that may be reached all the same, as the operator says."""
    hosts: frozenset[str] = frozenset()
    """Names, in small letters, that may lead anywhere: the operator has written them down. What such a host redirects to may not."""
    is_plain_allowed: bool = True
    """Whether ``http:`` will do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A place that was looked at."""

    scheme: str
    host: str
    port: int
    path: str
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    status: int
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    """Names in small letters; of several the last."""
    body: bytes = b""


def resolve(host: str, port: int) -> Sequence[str]:
    """By the resolver of this machine. Raises `OSError`, `UnicodeError`."""
    return [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


def find_target(url: str, where: Outward, resolve: Resolve = resolve) -> Target:
    """The place that an address leads to. Raises `OutwardRefused` for one that may not be reached, and for what is no address;
    `OutwardFailed` for a name that stands for none."""
    scheme, host, port, path = _read(url, where)
    try:
        found = list(dict.fromkeys(resolve(host, port)))
    except (OSError, UnicodeError) as error:
        raise OutwardFailed(host=host, reason="its name cannot be resolved") from error
    if not found:
        raise OutwardFailed(host=host, reason="its name stands for no address")
    for address in found if host not in where.hosts else ():
        # One that is refused refuses all: which of them would be connected to must not be a matter of luck.
        check_address(address, host, where)
    return Target(scheme=scheme, host=host, port=port, path=path, address=found[0])


def _read(url: str, where: Outward) -> tuple[str, str, int, str]:
    if len(url) > URL_LIMIT or not url.isascii() or any(mark <= " " or mark in '\\"<>^`{|}\x7f' for mark in url):
        raise OutwardRefused(host="", reason="it is no address as we read it")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise OutwardRefused(host="", reason="it is no address as we read it") from error
    if parts.scheme not in PORTS or (parts.scheme == "http" and not where.is_plain_allowed):
        raise OutwardRefused(host=parts.hostname or "", reason=f"{parts.scheme or 'nothing'} is not spoken; https is")
    if not parts.hostname or "@" in parts.netloc or parts.fragment or port == 0:
        raise OutwardRefused(host=parts.hostname or "", reason="it needs a host, and neither a name and password nor a fragment")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return parts.scheme, parts.hostname, port or PORTS[parts.scheme], path


def check_address(address: str, host: str, where: Outward) -> None:
    """Raise `OutwardRefused` for an address of this machine, of a private network, of a cloud's metadata, or of nobody."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError as error:
        raise OutwardRefused(host=host, reason="it stands for no address as we read it") from error
    if is_within(address, where.allowed):
        return
    for each in _meant(found):
        is_special = each.is_multicast or each.is_reserved or each.is_unspecified or any(each in network for network in _OF_NOBODY)
        if is_special or not each.is_global:
            raise OutwardRefused(host=host, reason="it is an address that only this machine or its network can reach")


def _meant(address: Address) -> Sequence[Address]:
    """The address, and the one that is packed into it: gateways and kernels unpack it."""
    if isinstance(address, ipaddress.IPv4Address):
        return [address]
    packed = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
    if address in _NAT64 or address in _IPV4_IN_IPV6:
        packed.append(ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF))
    inner = [each for each in packed if each is not None]
    # What is packed decides where it leads; that the packing itself counts as global or not says nothing.
    return inner or [address]


class _Timed(io.RawIOBase):
    """What comes over a socket until a moment, however slowly: a limit for each part alone would let somebody send for ever."""

    def __init__(self, opened: socket.socket, until: float, clock: Clock) -> None:
        self._opened = opened
        self._until = until
        self._clock = clock

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        left = self._until - self._clock.monotonic()
        if left <= 0:
            raise TimeoutError
        self._opened.settimeout(left)
        return self._opened.recv_into(buffer)


class _Line:
    """The connection, as `http.client` uses it."""

    def __init__(self, opened: socket.socket, until: float, clock: Clock) -> None:
        self._opened = opened
        self._timed = _Timed(opened, until, clock)
        self.sendall = opened.sendall

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(self._timed)

    def close(self) -> None:
        """The library lets go of a connection before the answer is read; we close it when it is (`_Pinned.hang_up`)."""


class _Pinned(http.client.HTTPConnection):
    """Connected to the address that was looked at, whatever its name means by now."""

    def __init__(self, target: Target, seconds: float, clock: Clock) -> None:
        super().__init__(target.host, target.port, timeout=seconds)
        self._target = target
        self._seconds = seconds
        self._clock = clock
        self._opened: socket.socket | None = None

    def connect(self) -> None:
        until = self._clock.monotonic() + self._seconds
        opened = socket.create_connection((self._target.address, self._target.port), timeout=self._seconds)
        if self._target.scheme == "https":
            opened = ssl.create_default_context().wrap_socket(opened, server_hostname=self._target.host)
        self._opened = opened
        self.sock: Any = _Line(opened, until, self._clock)

    def hang_up(self) -> None:
        self.close()
        if self._opened is not None:
            self._opened.close()


def ask(
    url: str, *, where: Outward, method: str = "GET", headers: Mapping[str, str] | None = None, body: bytes | None = None,
    seconds: float = TIMEOUT_SECONDS, limit: int = BODY_LIMIT, resolve: Resolve = resolve, clock: Clock | None = None,
) -> Answer:  # fmt: skip
    """Ask, and take `limit` bytes of the answer at most, all of it within `seconds`. Blocks: call it in a thread. A redirect is an answer
    like any other. Raises `OutwardRefused`, `OutwardFailed`."""
    target = find_target(url, where, resolve)
    connection = _Pinned(target, seconds, clock or SystemClock())
    try:
        connection.request(method, target.path, body=body, headers={**_HEADERS, **(headers or {})})
        response = connection.getresponse()
        said = {name.lower(): value for name, value in response.getheaders()}
        return Answer(status=response.status, headers=said, body=_take(response, limit, target.host))
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise OutwardFailed(host=target.host, reason=f"it does not answer ({type(error).__name__})") from error
    finally:
        connection.hang_up()


def _take(response: http.client.HTTPResponse, limit: int, host: str) -> bytes:
    taken = bytearray()
    while chunk := response.read1(_CHUNK):
        taken += chunk
        if len(taken) > limit:
            raise OutwardFailed(host=host, reason=f"its answer is longer than {limit} bytes")
    return bytes(taken)
