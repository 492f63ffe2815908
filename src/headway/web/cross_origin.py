"""Pages of other origins that may call the interface: none, unless the operator names them (`HEADWAY_ALLOWED_ORIGINS`).

They come with a token like any program; a cookie is of no use to them (`Access-Control-Allow-Credentials` is never said). What a page of
any other origin asks is answered without a word that would let it read the answer.
"""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_METHODS = b"GET, POST, PUT, PATCH, DELETE"
_ASKED = b"authorization, content-type, idempotency-key, x-request-id, range, last-event-id, cache-control"
_SHOWN = b"x-request-id, retry-after, location, cache-status, content-disposition"
_KEPT_SECONDS = b"600"


class CrossOrigin:
    """Around the app. Only what lies under ``/api/v1`` is for others, and never what takes the cookie."""

    def __init__(self, app: ASGIApp, origins: frozenset[str]) -> None:
        self._app = app
        self._origins = origins

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        origin = self._allowed(scope)
        if origin is None:
            await self._app(scope, receive, send)
        elif scope["method"] == "OPTIONS":
            told = [
                *_told(origin), (b"access-control-allow-methods", _METHODS), (b"access-control-allow-headers", _ASKED),
                (b"access-control-max-age", _KEPT_SECONDS),
            ]  # fmt: skip
            await send({"type": "http.response.start", "status": 204, "headers": told})
            await send({"type": "http.response.body", "body": b""})
        else:

            async def send_telling(message: Message) -> None:
                if message["type"] == "http.response.start":
                    shown = (b"access-control-expose-headers", _SHOWN)
                    message["headers"] = [*message.get("headers", ()), *_told(origin), shown]
                await send(message)

            await self._app(scope, receive, send_telling)

    def _allowed(self, scope: Scope) -> str | None:
        if scope["type"] != "http" or not self._origins:
            return None
        path: str = scope["path"]
        if not path.startswith("/api/v1/") or path.startswith("/api/v1/session"):
            return None
        origins = Headers(scope=scope).getlist("origin")
        return origins[0] if len(origins) == 1 and origins[0] in self._origins else None


def _told(origin: str) -> list[tuple[bytes, bytes]]:
    return [(b"access-control-allow-origin", origin.encode("latin-1")), (b"vary", b"Origin")]
