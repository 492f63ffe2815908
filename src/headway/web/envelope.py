"""Around every answer: a request id, the headers that keep browsers from guessing, long JSON packed, and a line in the log for what nobody
foresaw."""

from __future__ import annotations

import logging
import re
import time

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from headway.model.ids import new_id
from headway.store.asking import asked_by
from headway.web.packing import is_packable, pack, takes
from headway.web.route_times import RouteTimes, route_of

log = logging.getLogger("headway.web")

_OWN_ID = re.compile(rb"[A-Za-z0-9._-]{8,64}")
_HEADERS = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
]
POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox"
"""Of everything that is no page: what is opened in a browser all the same does nothing there."""
_UNLESS_SET = [
    (b"cache-control", b"no-store"),
    (b"content-security-policy", POLICY.encode()),
]
TLS_ONLY = (b"strict-transport-security", b"max-age=31536000; includeSubDomains")
"""For a year browsers come by TLS alone (RFC 6797), where people were told to come by TLS (`HEADWAY_PUBLIC_URL`)."""


class Envelope:
    """The outermost ASGI layer. Plain functions around `send`, because a Starlette middleware costs 40 us."""

    def __init__(self, app: ASGIApp, times: RouteTimes | None = None, *, is_encrypted: bool = False) -> None:
        """`is_encrypted`: people reach the server by TLS, and are to reach it in no other way."""
        self._app = app
        self._times = times
        self._headers = [*_HEADERS, TLS_ONLY] if is_encrypted else _HEADERS

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        request_id = _request_id(scope)
        scope["headway.request_id"] = request_id
        is_whole = False
        held: Message | None = None

        async def send_wrapped(message: Message) -> None:
            nonlocal is_whole, held
            if message["type"] == "http.response.body":
                is_whole = not message.get("more_body", False)
                if held is not None:
                    if is_whole:
                        pack(held, message)
                    await send(held)
                    held = None
            else:
                if self._times is not None:
                    self._times.note(scope, message["status"], time.perf_counter() - began)
                headers: list[tuple[bytes, bytes]] = list(message.get("headers", ()))
                present = {name for name, _ in headers}
                headers += [pair for pair in _UNLESS_SET if pair[0] not in present]
                message["headers"] = [*headers, *self._headers, (b"x-request-id", request_id.encode())]
                if is_packable(message) and scope["method"] != "HEAD" and takes(_accepted(scope), "gzip"):
                    held = message
                    return
            await send(message)

        try:
            with asked_by(lambda: route_of(scope)):
                await self._app(scope, receive, send_wrapped)
        except Exception:
            log.exception("request %s: %s %s failed", request_id, scope["method"], scope["path"].encode("unicode_escape").decode())
            # Starlette has answered with a problem before it raised the error again; if it could not, the answer is half sent, and
            # the connection must break, so that nobody takes it for whole.
            if not is_whole:
                raise


def _accepted(scope: Scope) -> str:
    return Headers(scope=scope).get("accept-encoding", "")


def _request_id(scope: Scope) -> str:
    """The caller's own `X-Request-Id` if it is harmless, else a new one."""
    for name, value in scope["headers"]:
        if name == b"x-request-id" and _OWN_ID.fullmatch(value):
            return str(value.decode())
    return new_id()
