"""Viewers that come by HTTP: one that hears server-sent events, one that polls. Both keep all that they hear, and where they stand."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any

import httpx2
import orjson

from tests.waiting import eventually_async

Json = dict[str, Any]


async def events_of(chunks: AsyncIterator[bytes]) -> AsyncIterator[Json]:
    """Server-sent events as the HTML standard has them read (section 9.2.6): `{id, data, retry}`; comments and unfinished ones are nothing."""
    rest = b""
    event: Json = {}
    last_id = ""
    async for chunk in chunks:
        rest += chunk
        *lines, rest = rest.split(b"\n")
        for line in lines:
            if not line:
                if "data" in event:
                    yield {"id": last_id, **event}
                event = {}
                continue
            field, _, value = line.partition(b":")
            text = value.removeprefix(b" ").decode()
            if field == b"data":
                event["data"] = f"{event['data']}\n{text}" if "data" in event else text
            elif field == b"id":
                last_id = text
            elif field == b"retry":
                event["retry"] = int(text)


class HttpViewer:
    """What both have: a way to the server, what was heard, and how it ended."""

    def __init__(self, address: str, token: str | None) -> None:
        self.heard: list[Json] = []
        self.cursor: str | None = None
        self.refusal: httpx2.Response | None = None
        self.is_over = False
        self._headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        self._client = httpx2.AsyncClient(base_url=f"http://{address}/api/v1", timeout=40)
        self._doing: asyncio.Task[None] | None = None

    @property
    def close_code(self) -> int | None:
        """That of `goodbye`, once nothing more comes."""
        codes = [message["code"] for message in self.heard if message["type"] == "goodbye"]
        return codes[-1] if codes and self.is_over else None

    async def leave(self) -> None:
        if self._doing is not None:
            self._doing.cancel()
            await asyncio.gather(self._doing, return_exceptions=True)
            self._doing = None
        await self._client.aclose()

    async def settled(self, heard: int = 0) -> HttpViewer:
        """There is an answer: more than `heard` messages, or none will come."""
        await eventually_async(lambda: len(self.heard) > heard or self.refusal is not None or self.is_over, what="an answer")
        return self


class StreamViewer(HttpViewer):
    def __init__(self, address: str, token: str | None = None) -> None:
        super().__init__(address, token)
        self.ids: list[str] = []
        self.events: list[Json] = []
        self.headers: httpx2.Headers | None = None

    def open(self, query: Mapping[str, Any], **headers: str) -> StreamViewer:
        self._doing = asyncio.create_task(self._read(query, headers))
        return self

    async def _read(self, query: Mapping[str, Any], headers: Mapping[str, str]) -> None:
        async with self._client.stream("GET", "/live/sse", params=dict(query), headers={**self._headers, **headers}) as answer:
            self.headers = answer.headers
            if answer.status_code != 200:
                await answer.aread()
                self.refusal = answer
                return
            async for event in events_of(answer.aiter_raw()):
                self.events.append(event)
                self.cursor = event["id"]
                self.heard += orjson.loads(event["data"])
        self.is_over = True


class PollViewer(HttpViewer):
    """Asks again and again; with `has_view` for each run whose view has come."""

    def open(self, subscribe: list[Json], cursor: str | None) -> PollViewer:
        self.cursor = cursor
        self._doing = asyncio.create_task(self._ask(subscribe))
        return self

    async def _ask(self, subscribe: list[Json]) -> None:
        waiting = {each["channel"]: each for each in subscribe}
        while waiting:
            body: Json = {"subscribe": list(waiting.values()), "wait": 20}
            if self.cursor:
                body["cursor"] = self.cursor
            answer = await self._client.post("/live/poll", json=body, headers=self._headers)
            if answer.status_code != 200:
                self.refusal = answer
                return
            polled = answer.json()
            self.cursor = polled["cursor"]
            for message in polled["messages"]:
                self._note(message, waiting)
            self.heard += polled["messages"]
            if any(message["type"] == "goodbye" for message in polled["messages"]):
                break
        self.is_over = True

    @staticmethod
    def _note(message: Json, waiting: dict[str, Json]) -> None:
        channel = message.get("channel")
        if channel not in waiting:
            return
        if message["type"] == "snapshot":
            waiting[channel] = {key: value for key, value in waiting[channel].items() if key != "from"} | {"has_view": True}
        elif message["type"] == "subscribed" and channel.startswith("user:"):
            waiting[channel] = {**waiting[channel], "has_view": True}
        elif message["type"] in {"finished", "unsubscribed", "error"}:
            del waiting[channel]
