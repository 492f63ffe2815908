"""The HTTP guard: what a connection may cost before any of our code runs. Given to uvicorn as its ``http=`` class.

httptools parses, but it waits for ever and takes any amount. The guard adds deadlines, sizes and counts, wants exactly one
Host that is ours, and closes whatever could be read in two ways (RFC 9112 section 11.2).
"""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Protocol, cast

import orjson
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from headway.model.addresses import Networks, is_of_this_machine, is_within, origin_of
from headway.model.ids import new_id
from headway.web.envelope import POLICY, TLS_ONLY
from headway.web.kernel import bound_kernel
from headway.web.problems import MEDIA_TYPE
from headway.web.rejections import Rejections

CONNECTION = "headway.connection"
"""Where a request's scope has the `GuardedHttp` that it came through; absent where another server speaks for us."""
PIPELINE_LIMIT = 16
"""Requests that may wait behind the one being answered on a connection."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardLimits:
    hosts: frozenset[str] = field(default_factory=frozenset[str])
    """Names (without port, in small letters) by which we may be called; empty: any."""
    trusted_proxies: Networks = ()
    """Whose word is believed on where a request comes from; they may have any number of connections."""
    head_seconds: float = 10.0
    """From the connection, or from the first byte of a later request, to the end of its head."""
    head_bytes: int = 32_768
    header_count: int = 100
    """Of one request."""
    body_idle_seconds: float = 10.0
    """Longest silence within a body."""
    body_bytes: int = 1 << 30
    """Of any request; each route has a smaller limit of its own."""
    stalled_seconds: float = 30.0
    """How long a reader may leave an answer unread."""
    connections: int = 12_000
    """At once; one more is answered 503."""
    connections_per_address: int = 2_000
    """At once; one more is answered 429."""
    is_encrypted: bool = False
    """People reach the server by TLS, and are to reach it in no other way."""


class _Doorman:
    """Counts open connections."""

    def __init__(self, limits: GuardLimits) -> None:
        self._limits = limits
        self._by_address: Counter[str] = Counter()
        self._count = 0

    def admit(self, address: str) -> HTTPStatus | None:
        """Count a connection; the status with which to refuse it, if it is one too many."""
        self._count += 1
        self._by_address[address] += 1
        if self._count > self._limits.connections:
            return HTTPStatus.SERVICE_UNAVAILABLE
        if self._by_address[address] > self._limits.connections_per_address:
            is_exempt = is_of_this_machine(address) or is_within(address, self._limits.trusted_proxies)
            return None if is_exempt else HTTPStatus.TOO_MANY_REQUESTS
        return None

    def leave(self, address: str) -> None:
        self._count -= 1
        self._by_address[address] -= 1
        if self._by_address[address] <= 0:
            del self._by_address[address]


class LiveWriter(Protocol):
    """Who writes an answer without an end."""

    def paused(self) -> None:
        """More is written than the reader takes."""
        ...

    def resumed(self) -> None: ...


def chunk_of(data: bytes) -> bytes:
    """Data as a chunk of an answer (RFC 9112 section 7.1)."""
    return b"%x\r\n%b\r\n" % (len(data), data)


class _Refusal(Exception):
    """What the parser is interrupted with; the connection is answered and closed."""


_PROBLEMS: dict[HTTPStatus, tuple[str, str]] = {
    HTTPStatus.BAD_REQUEST: ("malformed_request", "This is not HTTP as we read it."),
    HTTPStatus.REQUEST_TIMEOUT: ("request_timeout", "The request did not come in time."),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: ("too_large", "The body is larger than anything that is taken here."),
    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE: ("head_too_large", "The request's address and headers are too many or too long."),
    HTTPStatus.MISDIRECTED_REQUEST: ("unknown_host", "This host is not served here; see HEADWAY_ALLOWED_HOSTS."),
    HTTPStatus.SERVICE_UNAVAILABLE: ("unavailable", "This server takes no more connections now."),
    HTTPStatus.TOO_MANY_REQUESTS: ("rate_limited", "Too many connections from this address."),
}


def _refusal(status: HTTPStatus, request_id: str, *, is_encrypted: bool) -> bytes:
    code, detail = _PROBLEMS[status]
    body = orjson.dumps(
        {
            "type": f"urn:headway:problem:{code}",
            "title": status.phrase,
            "status": status.value,
            "detail": detail,
            "code": code,
            "request_id": request_id,
        }
    )
    retry = "retry-after: 2\r\n" if status in {HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.TOO_MANY_REQUESTS} else ""
    secured = b"%b: %b\r\n" % TLS_ONLY if is_encrypted else b""
    head = (
        f"HTTP/1.1 {status.value} {status.phrase}\r\ncontent-type: {MEDIA_TYPE}\r\ncontent-length: {len(body)}\r\n"
        f"x-request-id: {request_id}\r\ncache-control: no-store\r\nx-content-type-options: nosniff\r\n"
        f"referrer-policy: no-referrer\r\ncontent-security-policy: {POLICY}\r\n{retry}{secured.decode()}connection: close\r\n\r\n"
    )
    return head.encode() + body


class GuardedHttp(HttpToolsProtocol):
    """One HTTP connection. Made by `guarded`, which gives it `limits` and `doorman`."""

    limits: GuardLimits
    doorman: _Doorman
    rejections: Rejections | None

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._address: str | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._stall: asyncio.TimerHandle | None = None
        self._is_in_head = True
        self._is_in_body = False
        self._head_bytes = 0
        self._body_bytes = 0
        self._refused: HTTPStatus | None = None
        self._writer: LiveWriter | None = None

    # --- connection ------------------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._address = self.client[0] if self.client else ""
        refused = self.doorman.admit(self._address)
        if refused is not None:
            self._refuse(refused)
            return
        self._arm(self.limits.head_seconds)

    def connection_lost(self, exc: Exception | None) -> None:
        self._leave()
        super().connection_lost(exc)

    def _leave(self) -> None:
        self._disarm()
        if self._stall is not None:
            self._stall.cancel()
            self._stall = None
        if self._address is not None:
            self.doorman.leave(self._address)
            self._address = None

    def handle_websocket_upgrade(self) -> None:
        # From here on the live gateway counts and times the connection.
        self._leave()
        super().handle_websocket_upgrade()

    # --- time ------------------------------------------------------------------------------------------------------

    def _arm(self, seconds: float) -> None:
        self._disarm()
        self._timer = self.loop.call_later(seconds, self._too_slow)

    def _disarm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _too_slow(self) -> None:
        self._timer = None
        if self.flow.read_paused:
            self._arm(self.limits.body_idle_seconds)  # it is we who do not read
        elif self._is_in_body and self.cycle.response_started:
            self.transport.close()
        else:
            self._refuse(HTTPStatus.REQUEST_TIMEOUT)

    def go_live(self, writer: LiveWriter) -> None:
        """The answer that has been begun (chunked, as all without a length) goes on by `write_chunk`, for as long as `writer` wants: it
        says how long that may stay unread, and little waits in the kernel."""
        self._writer = writer
        bound_kernel(self.transport)

    def write_chunk(self, chunk: bytes) -> None:
        """A part of the answer, framed already (`chunk_of`): the same bytes for all who are in step."""
        self.transport.write(chunk)

    @property
    def is_writable(self) -> bool:
        """Whether the reader is there, and has taken what was written before."""
        return not self.flow.write_paused and not self.transport.is_closing()

    def abort(self) -> None:
        self.transport.abort()

    def pause_writing(self) -> None:
        super().pause_writing()
        if self._writer is not None:
            self._writer.paused()
            return
        self._stall = self.loop.call_later(self.limits.stalled_seconds, self.transport.abort)

    def resume_writing(self) -> None:
        if self._stall is not None:
            self._stall.cancel()
            self._stall = None
        super().resume_writing()
        if self._writer is not None:
            self._writer.resumed()

    # --- what comes in ---------------------------------------------------------------------------------------------

    def data_received(self, data: bytes) -> None:
        if self._refused is not None or self.transport.is_closing():
            return
        if self._is_in_head:
            if self._head_bytes == 0:
                self._arm(self.limits.head_seconds)
            self._head_bytes += len(data)
        elif self._is_in_body:
            self._arm(self.limits.body_idle_seconds)
        super().data_received(data)
        if self._is_in_head and self._head_bytes > self.limits.head_bytes:
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)

    def send_400_response(self, msg: str) -> None:
        """The parser gave up, or one of the checks below made it."""
        self._refuse(self._refused or HTTPStatus.BAD_REQUEST)

    def _refuse(self, status: HTTPStatus) -> None:
        self._refused = status
        self._disarm()
        if not self.transport.is_closing():
            request_id = new_id()
            is_answering = self.cycle is not None and self.cycle.response_started and not self.cycle.response_complete  # pyright: ignore[reportUnnecessaryComparison]
            if not is_answering:  # else a second head would stand inside the first answer's body
                self.transport.write(_refusal(status, request_id, is_encrypted=self.limits.is_encrypted))
            self._tell(status, request_id)
            self.transport.close()

    def _tell(self, status: HTTPStatus, request_id: str) -> None:
        if self.rejections is None or not self.client:
            return
        if status is HTTPStatus.REQUEST_TIMEOUT and self._head_bytes == 0 and not self._is_in_body:
            return  # browsers open connections that they then do not need
        code, _ = _PROBLEMS[status]
        self.rejections.tell(code, status, place="the door", address=self._origin(self.client[0]), request_id=request_id)

    def _stop(self, status: HTTPStatus) -> _Refusal:
        self._refused = status
        return _Refusal(status.phrase)

    # --- the parser's callbacks ------------------------------------------------------------------------------------

    def on_message_begin(self) -> None:
        if len(self.pipeline) >= PIPELINE_LIMIT:
            raise self._stop(HTTPStatus.BAD_REQUEST)
        self._is_in_head = True
        super().on_message_begin()
        cast("dict[str, Any]", self.scope)[CONNECTION] = self

    def on_header(self, name: bytes, value: bytes) -> None:
        if len(self.headers) >= self.limits.header_count:
            raise self._stop(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._check_head()
        self._find_origin()
        self._is_in_head = False
        self._is_in_body = True
        self._head_bytes = 0
        self._body_bytes = 0
        self._arm(self.limits.body_idle_seconds)
        super().on_headers_complete()

    def _check_head(self) -> None:
        size = len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)
        if size > self.limits.head_bytes:
            raise self._stop(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
        if not self.url.startswith(b"/") or cast("Any", self.parser).get_http_version() not in {"1.1", "1.0"}:
            raise self._stop(HTTPStatus.BAD_REQUEST)
        named: dict[bytes, list[bytes]] = {}
        for name, value in self.headers:
            named.setdefault(name, []).append(value)
        self._check_host(named.get(b"host", []))
        lengths = named.get(b"content-length", [])
        if len(lengths) > 1 or (lengths and (b"transfer-encoding" in named or not lengths[0].isdigit())):
            raise self._stop(HTTPStatus.BAD_REQUEST)
        if lengths and int(lengths[0]) > self.limits.body_bytes:
            raise self._stop(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        if [value.lower() for value in named.get(b"transfer-encoding", [])] not in ([], [b"chunked"]):
            raise self._stop(HTTPStatus.BAD_REQUEST)

    def _find_origin(self) -> None:
        """Put the address of whoever is behind trusted proxies into the scope, in the place of the proxy's."""
        if not self.client:
            return
        origin = self._origin(self.client[0])
        if origin != self.client[0]:
            cast("dict[str, Any]", self.scope)["client"] = (origin, 0)

    def _origin(self, peer: str) -> str:
        """By the headers that have come."""
        if not self.limits.trusted_proxies:
            return peer
        said: dict[bytes, list[str]] = {b"x-forwarded-for": [], b"forwarded": []}
        for name, value in self.headers or ():
            if name in said:
                said[name].append(value.decode("latin-1"))
        return origin_of(peer, self.limits.trusted_proxies, forwarded_for=said[b"x-forwarded-for"], forwarded=said[b"forwarded"])

    def _check_host(self, hosts: list[bytes]) -> None:
        if len(hosts) != 1:
            raise self._stop(HTTPStatus.BAD_REQUEST)
        name = host_name(hosts[0])
        if name is None:
            raise self._stop(HTTPStatus.BAD_REQUEST)
        if self.limits.hosts and name not in self.limits.hosts:
            raise self._stop(HTTPStatus.MISDIRECTED_REQUEST)

    def on_body(self, body: bytes) -> None:
        self._body_bytes += len(body)
        if self._body_bytes > self.limits.body_bytes:
            raise self._stop(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._is_in_body = False
        self._is_in_head = True
        self._head_bytes = 0
        self._disarm()
        super().on_message_complete()

    def on_response_complete(self) -> None:
        self._writer = None
        super().on_response_complete()
        if self._is_in_body and not self.transport.is_closing():
            # Answered before the body had come: what is still on its way is not waited for, and not taken for a request.
            self.transport.close()


def host_name(host: bytes) -> str | None:
    """The name in a Host header, in small letters and without its port; None if it is none."""
    if not host or not host.isascii() or any(mark in host for mark in b"/?#@\\ ,%"):
        return None
    name, port = host, b""
    if host.startswith(b"["):
        name, _, rest = host.partition(b"]")
        name += b"]"
        if rest and not rest.startswith(b":"):
            return None
        port = rest[1:]
    elif b":" in host:
        name, _, port = host.partition(b":")
    if not name or (port and not port.isdigit()):
        return None
    return name.decode().lower()


def guarded(limits: GuardLimits, rejections: Rejections | None = None) -> type[asyncio.Protocol]:
    """The class for uvicorn's ``http=``, with these limits and a count of its own. `rejections`: told whom it turns away."""
    doorman = _Doorman(limits)
    return cast("type[asyncio.Protocol]", type("Guarded", (GuardedHttp,), {"limits": limits, "doorman": doorman, "rejections": rejections}))
