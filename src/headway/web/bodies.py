"""What comes in and what goes out, as bytes: strict JSON in, bounded in size, depth and time; dataclasses out."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Any, cast

import orjson
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope

from headway.model.clock import iso
from headway.model.errors import Invalid, TooLarge
from headway.web.problems import BodyTooSlow, MalformedBody, UnsupportedMediaType

JSON_LIMIT = 1_048_576
BATCH_LIMIT = 4_194_304
"""Bytes of a batch of events, or of many starts."""
DEPTH_LIMIT = 64
"""Nested arrays and objects. Deeper ones serve nobody, and cost a stack on each way through."""
BODY_SECONDS = 30.0
"""A body of JSON must be there after so long; of an upload, the next piece."""
SLOWEST_BYTES_PER_SECOND = 1_024
"""An upload that comes slower than this, after its first half minute, is given up."""


class StrictRequest(Request):
    """A request whose JSON is read as we mean it; FastAPI asks it for `body` and `json`."""

    def __init__(self, scope: Scope, receive: Receive, *, limit: int, is_batch: bool) -> None:
        super().__init__(scope, receive)
        self._limit = limit
        self._is_batch = is_batch

    async def body(self) -> bytes:
        if not hasattr(self, "_body"):
            try:
                async with asyncio.timeout(BODY_SECONDS):
                    self._body = await self._collect()
            except TimeoutError:
                raise BodyTooSlow(limit_seconds=int(BODY_SECONDS)) from None
            except ClientDisconnect:
                raise MalformedBody(reason="it ended early") from None
        return self._body

    async def _collect(self) -> bytes:
        content_type = self.headers.get("content-type")
        if content_type is not None and not is_json(content_type):
            raise UnsupportedMediaType(wanted="application/json")
        chunks: list[bytes] = []
        size = 0
        async for chunk in self.stream():
            size += len(chunk)
            if size > self._limit:
                raise TooLarge(what="The body", limit=f"{self._limit} bytes")
            chunks.append(chunk)
        return b"".join(chunks)

    async def json(self) -> Any:
        if not hasattr(self, "_json"):
            self._json = read_json(await self.body(), is_batch=self._is_batch)
        return self._json


def is_json(content_type: str) -> bool:
    """Whether a Content-Type says JSON in UTF-8."""
    media_type, *parameters = [part.strip().lower() for part in content_type.split(";")]
    return media_type == "application/json" and all(parameter in {"charset=utf-8", 'charset="utf-8"', ""} for parameter in parameters)


async def upload(request: Request, limit: int) -> AsyncIterator[bytes]:
    """The chunks of a body of any type. Raises `TooLarge`, or `BodyTooSlow` when next to nothing comes."""
    size = 0
    loop = asyncio.get_running_loop()
    began = loop.time()
    chunks = request.stream()
    while True:
        try:
            async with asyncio.timeout(BODY_SECONDS):
                chunk = await anext(chunks)
        except StopAsyncIteration:
            return
        except TimeoutError:
            raise BodyTooSlow(limit_seconds=int(BODY_SECONDS)) from None
        except ClientDisconnect:
            raise MalformedBody(reason="it ended early") from None
        size += len(chunk)
        if size > limit:
            raise TooLarge(what="The artifact", limit=f"{limit} bytes")
        if loop.time() - began > BODY_SECONDS and size / (loop.time() - began) < SLOWEST_BYTES_PER_SECOND:
            raise BodyTooSlow(limit_seconds=int(BODY_SECONDS))
        yield chunk


def read_json(body: bytes, *, is_batch: bool = False) -> Any:
    """JSON, and nothing that only some parsers take for JSON. Raises `MalformedBody`.

    A name that stands twice in an object and the character NUL are refused, but not within batches: these hold many
    small events, are read for speed, and a log line may well hold a NUL.
    """
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise MalformedBody(reason=str(error)) from None
    if body.count(b"{") + body.count(b"[") > DEPTH_LIMIT:
        check_depth(value)
    if not is_batch:
        try:
            json.loads(body, object_pairs_hook=_unique)
        except (ValueError, RecursionError) as error:
            raise MalformedBody(reason=str(error)) from None
        if rb"\u0000" in body and "\0" in _all_text(value):
            raise Invalid("Text must not hold the character NUL.")
    return value


def _unique(pairs: list[tuple[str, Any]]) -> None:
    if len({name for name, _ in pairs}) != len(pairs):
        raise ValueError("a name stands twice in an object")


def _all_text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False).replace("\\\\", "").replace("\\u0000", "\0")


def check_depth(value: object) -> None:
    """Raise `MalformedBody` for JSON nested deeper than `DEPTH_LIMIT`; breadth first, so without recursion."""
    level: list[object] = [value]
    for _ in range(DEPTH_LIMIT + 1):
        deeper: list[object] = []
        for each in level:
            if isinstance(each, dict):
                deeper.extend(cast("dict[str, object]", each).values())
            elif isinstance(each, list):
                deeper.extend(cast("list[object]", each))
        level = [each for each in deeper if isinstance(each, dict | list)]
        if not level:
            return
    raise MalformedBody(reason=f"it is nested deeper than {DEPTH_LIMIT} levels")


def _plain(value: object) -> Any:
    if isinstance(value, datetime):
        return iso(value.timestamp())
    if isinstance(value, frozenset | set):
        return sorted(cast("frozenset[str]", value))
    raise TypeError(type(value).__name__)


def encode(value: object) -> bytes:
    """A value (dataclasses, enums and times included) as JSON."""
    return orjson.dumps(value, default=_plain, option=orjson.OPT_PASSTHROUGH_DATETIME)


def answer(value: object, status: int = 200, **headers: str) -> Response:
    """A value as the body of an answer."""
    return raw_answer(encode(value), status, **headers)


def raw_answer(body: bytes, status: int = 200, **headers: str) -> Response:
    """JSON that is bytes already."""
    return Response(body, status, headers={name.replace("_", "-"): value for name, value in headers.items()}, media_type="application/json")


def list_answer(items: Sequence[object], next_cursor: str | None = None, total: int | None = None, status: int = 200) -> Response:
    """The one shape of lists."""
    return answer({"items": items, "next_cursor": next_cursor, "total": total}, status)


def stored_list_answer(items: Sequence[bytes], next_cursor: str | None, total: int | None) -> Response:
    """The same, of JSON objects as they are stored: not read, not encoded again."""
    return raw_answer(b'{"items":[%b],"next_cursor":%b,"total":%b}' % (b",".join(items), encode(next_cursor), encode(total)))
