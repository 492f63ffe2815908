"""JSON over HTTP/1.1 on the standard library's `http.client`: connections kept alive, tries repeated where that is safe, errors by code.

A request is repeated when nobody answered, or when the answer says that it is temporary, and only if a second arrival does
no harm: its method is idempotent, it carries an ``Idempotency-Key``, or the caller says so.
"""

from __future__ import annotations

import http.client
import json
import random
import select
import ssl
import threading
import time
from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import IO, Any
from urllib.parse import urlencode, urlsplit

from headway.model.errors import (
    Conflict,
    Forbidden,
    HeadwayError,
    Invalid,
    NotFound,
    RateLimited,
    ServerUnreachable,
    ServerUntrusted,
    TooLarge,
    Unauthorised,
    Unavailable,
    every_error,
)
from headway.sdk.connection import API, Connection, FindConnection
from headway.sdk.sign_in import token_for

ANSWER_LIMIT = 64 * 1024 * 1024
"""Bytes of an answer read into memory. A list or a page of entries is far below; a download streams."""
CHUNK = 65_536
IDLE_SECONDS = 4.0
"""A connection that was idle for longer is not used again: servers commonly close theirs at 5 s, and that race costs an answer."""
_IDEMPOTENT = frozenset({"GET", "HEAD", "PUT", "DELETE", "OPTIONS"})
_BY_STATUS: Mapping[int, type[HeadwayError]] = {
    401: Unauthorised,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    413: TooLarge,
    429: RateLimited,
}

_NOT_FIELDS = frozenset({"type", "title", "status", "detail", "code", "message"})

Body = bytes | Iterable[bytes] | IO[bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    """How often a request is repeated, and how long it may wait in between (full jitter, doubling)."""

    tries: int = 4
    first_seconds: float = 0.1
    most_seconds: float = 5.0

    def delay(self, failures: int) -> float:
        return random.uniform(0, min(self.most_seconds, self.first_seconds * 2 ** (failures - 1)))


NO_RETRY = Retry(tries=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes
    url: str

    def json(self) -> Any:
        """The body as plain values; None if it is empty. Raises `ServerUnreachable` when it is not JSON."""
        try:
            return json.loads(self.body) if self.body else None
        except (ValueError, RecursionError) as error:
            raise not_headway(self.url, "its answer is not JSON") from error


class Http:
    """One server, spoken to from any number of threads over at most `connections` connections."""

    def __init__(self, find: FindConnection, *, timeout: float = 30.0, connections: int = 8, retry: Retry | None = None) -> None:
        self._idle: list[tuple[http.client.HTTPConnection, float]] = []
        self._find = find
        self._timeout = timeout
        self._retry = retry or Retry()
        self._room = threading.BoundedSemaphore(connections)
        self._lock = threading.Lock()
        self._connection: Connection | None = None

    @property
    def connection(self) -> Connection:
        if self._connection is None:
            self._connection = self._find()
        return self._connection

    def forget_connection(self) -> None:
        """Look again where the server is, and with which token, before the next request."""
        self._connection = None

    def close(self) -> None:
        with self._lock:
            idle, self._idle = self._idle, []
        for wire, _ in idle:
            wire.close()

    def __del__(self) -> None:
        # A client that was dropped without `close` leaves no sockets behind.
        for wire, _ in self._idle:
            wire.close()

    def request(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, object] | None = None,
        content: object = None,
        body: Body | None = None,
        headers: Mapping[str, str] | None = None,
        token: str | None = None,
        is_repeatable: bool | None = None,
        retry: Retry | None = None,
        timeout: float | None = None,
    ) -> Answer:
        """Send and read the whole answer. `content` goes as JSON, `body` as it is (an iterable goes in chunks, and once).

        Raises the `HeadwayError` that the server names, `ServerUnreachable`, or `ServerUntrusted` where its certificate is not trusted.
        """
        retry = retry or self._retry
        call = _Call.make(method, path, query=query, content=content, body=body, headers=headers)
        repeatable = call.is_repeatable if is_repeatable is None else is_repeatable and call.can_be_sent_again
        failures = 0
        has_renewed = token is not None or not call.can_be_sent_again
        while True:
            try:
                with self._exchange(call, token, timeout or self._timeout) as reply:
                    answer = _read_whole(reply, self.connection.url)
                if answer.status < 400:
                    return answer
                raise _error(answer, self.connection.url)
            except HeadwayError as error:
                if isinstance(error, Unauthorised) and not has_renewed:
                    has_renewed = True
                    if self._has_another_token():
                        continue  # whoever is refused for the token has done nothing
                failures += 1
                if not (error.is_temporary and repeatable) or failures >= retry.tries:
                    raise
                wait = retry.delay(failures)
                asked = error.fields.get("retry_in_seconds")
                if isinstance(asked, (int, float)):
                    wait = max(wait, min(float(asked), 30.0))
            time.sleep(wait)

    @contextmanager
    def stream(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float | None = None,
    ) -> Generator[Iterator[bytes]]:
        """The body of the answer piece by piece; for what does not fit into memory, or does not end. `timeout`: longest silence."""
        call = _Call.make(method, path, query=query, content=None, body=None, headers=headers)
        for is_last in (False, True):
            with self._exchange(call, None, timeout or self._timeout) as reply:
                if reply.status < 400:
                    yield _pieces(reply, self.connection.url)
                    return
                error = _error(_read_whole(reply, self.connection.url), self.connection.url)
            if is_last or not isinstance(error, Unauthorised) or not self._has_another_token():
                raise error

    def _has_another_token(self) -> bool:
        """Look for one in the place of that which the server did not take: renewed, or written down by a server that was started anew."""
        before = self.connection
        if before.kept_in is not None:
            token_for(before.url, before.kept_in, refused=before.token)
        self.forget_connection()
        return self.connection.token not in (None, before.token)

    @contextmanager
    def _exchange(self, call: _Call, token: str | None, timeout: float) -> Generator[http.client.HTTPResponse]:
        """Send a call on a connection of the pool; give the connection back if the answer was read to its end."""
        connection = self.connection
        if not self._room.acquire(timeout=timeout):
            raise ServerUnreachable("All connections to Headway are in use.", url=connection.url)
        try:
            wire = self._take(connection, timeout)
            reply: http.client.HTTPResponse | None = None
            try:
                try:
                    reply = _send(wire, call, token or connection.token, urlsplit(connection.url).path)
                except ssl.SSLCertVerificationError as error:
                    raise ServerUntrusted(url=connection.url, reason=error.verify_message) from error
                except (OSError, http.client.HTTPException) as error:
                    self.forget_connection()
                    raise ServerUnreachable(url=connection.url) from error
                yield reply
            finally:
                if reply is not None and reply.isclosed() and not reply.will_close and wire.sock is not None:
                    with self._lock:
                        self._idle.append((wire, time.monotonic()))
                else:
                    if reply is not None:
                        reply.close()
                    wire.close()
        finally:
            self._room.release()

    def _take(self, connection: Connection, timeout: float) -> http.client.HTTPConnection:
        parts = urlsplit(connection.url)
        host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
        while True:
            with self._lock:
                if not self._idle:
                    break
                wire, since = self._idle.pop()
            if (wire.host, wire.port) == (host, port) and time.monotonic() - since < IDLE_SECONDS and not _has_news(wire.sock):
                wire.timeout = timeout
                wire.sock.settimeout(timeout)
                return wire
            wire.close()
        if parts.scheme == "https":
            return http.client.HTTPSConnection(host, port, timeout=timeout, context=ssl.create_default_context())
        return http.client.HTTPConnection(host, port, timeout=timeout)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Call:
    method: str
    target: str
    headers: Mapping[str, str]
    body: Body | None

    @classmethod
    def make(
        cls,
        method: str,
        path: str,
        *,
        query: Mapping[str, object] | None,
        content: object,
        body: Body | None,
        headers: Mapping[str, str] | None,
    ) -> _Call:
        named = {"Accept": "application/json", "User-Agent": "headway-python", **(headers or {})}
        if content is not None:
            body = json.dumps(content, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode("utf-8", "replace")
        if body is not None:
            named.setdefault("Content-Type", "application/json")
        target = API + path
        given = {key: _plain(value) for key, value in (query or {}).items() if value is not None}
        if given:
            target += "?" + urlencode(given, doseq=True)
        return cls(method=method, target=target, headers=named, body=body)

    @property
    def can_be_sent_again(self) -> bool:
        return self.body is None or isinstance(self.body, bytes)

    @property
    def is_repeatable(self) -> bool:
        return self.can_be_sent_again and (self.method in _IDEMPOTENT or "Idempotency-Key" in self.headers)


def _plain(value: object) -> object:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value


def _send(wire: http.client.HTTPConnection, call: _Call, token: str | None, prefix: str) -> http.client.HTTPResponse:
    headers = dict(call.headers)
    if token:
        headers["Authorization"] = f"Bearer {token}"
    try:
        wire.request(call.method, prefix + call.target, body=call.body, headers=headers)
    except (BrokenPipeError, ConnectionResetError):
        # A server that refuses a body answers before it has read it all; that answer says more than the broken pipe does.
        if wire.sock is None:
            raise
    return wire.getresponse()


def _has_news(sock: Any) -> bool:
    """Whether an idle connection can be read: it was closed, or says something that nobody asked for. Either way it is spent."""
    try:
        waiting = select.poll()
        waiting.register(sock, select.POLLIN)
        return bool(waiting.poll(0))
    except (OSError, ValueError):
        return True


def _pieces(reply: http.client.HTTPResponse, url: str) -> Iterator[bytes]:
    left = reply.length
    while True:
        try:
            piece = reply.read1(CHUNK)
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise ServerUnreachable("The connection was cut in the middle of an answer.", url=url) from error
        if not piece:
            break
        if left is not None:
            left -= len(piece)
        yield piece
    if left:
        raise ServerUnreachable("The connection was cut in the middle of an answer.", url=url)


def _read_whole(reply: http.client.HTTPResponse, url: str) -> Answer:
    if (reply.length or 0) > ANSWER_LIMIT:
        raise TooLarge(what="The server's answer", limit=f"{ANSWER_LIMIT} bytes")
    pieces: list[bytes] = []
    size = 0
    for piece in _pieces(reply, url):
        size += len(piece)
        if size > ANSWER_LIMIT:
            raise TooLarge(what="The server's answer", limit=f"{ANSWER_LIMIT} bytes")
        pieces.append(piece)
    headers = {key.lower(): value for key, value in reply.getheaders()}
    return Answer(status=reply.status, headers=headers, body=b"".join(pieces), url=url)


def not_headway(url: str, reason: str) -> ServerUnreachable:
    return ServerUnreachable(f"What answers at {url} does not speak as Headway does: {reason}. Is HEADWAY_URL right?", url=url)


def _error(answer: Answer, url: str) -> HeadwayError:
    """The error that a problem document names; without one, the class that the status stands for."""
    fields: dict[str, Any] = {}
    if "retry-after" in answer.headers:
        with suppress(ValueError):
            fields["retry_in_seconds"] = max(0.0, float(answer.headers["retry-after"]))
    problem: dict[str, Any] = {}
    with suppress(ValueError, TypeError):
        problem = dict(json.loads(answer.body))
    code = problem.get("code")
    if not isinstance(code, str):
        meaning = http.client.responses.get(answer.status, "an unknown status")
        return _by_status(answer.status)(f"{url} answered {answer.status} ({meaning}).", **fields)
    fields |= {key: value for key, value in problem.items() if key not in _NOT_FIELDS}
    known = every_error().get(code) or _by_status(answer.status)
    return known(str(problem.get("detail") or problem.get("title") or "") or None, **fields)


def _by_status(status: int) -> type[HeadwayError]:
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    return Unavailable if status >= 500 else Invalid
