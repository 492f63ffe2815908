"""The live wire as questions: each is answered as soon as there is something to say, with where to go on from."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from starlette.types import Receive

from headway.live import frames
from headway.live.desk import Transport, Visitor
from headway.live.gateway import Gateway
from headway.model.positions import write_cursor
from headway.web.live_wishes import Wishes
from headway.web.one_way import OneWay, join, left_at_the_end, until_gone

LONGEST_WAIT = 30.0
ANSWER_BYTES = 262_144
"""What one answer gathers; whoever is further behind asks again, and is answered at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Polled:
    body: bytes
    """``{"messages": […], "cursor": "…"}``"""
    waited_seconds: float


async def poll(gateway: Gateway, visitor: Visitor, wishes: Wishes, receive: Receive, wait_seconds: float, *, address: str = "") -> Polled:
    """What there is to say; without messages if nothing happened in `wait_seconds`. Raises what a caller is told who is not let in."""
    async with left_at_the_end(OneWay(gateway, Transport.POLL, address)) as viewer:
        viewer.enter(visitor, wishes, _no_tick, is_quiet=True)
        gone = asyncio.create_task(until_gone(receive))
        try:
            await viewer.settle()
            return await _answer(viewer, gone, wait_seconds)
        finally:
            gone.cancel()
            await asyncio.gather(gone, return_exceptions=True)


def _no_tick(now: float) -> None:
    """A poll is over before a heartbeat would be due, and its caller is counted as gone when it hangs up."""


async def _answer(viewer: OneWay, gone: asyncio.Task[None], wait_seconds: float) -> Polled:
    session, news, now = viewer.session, viewer.news, viewer.gateway.now
    ends_at, waited = now() + wait_seconds, 0.0
    parts: list[bytes] = []
    while True:
        news.clear()
        size = 0
        while size < ANSWER_BYTES and (flushed := session.flush(now())):
            parts.append(join(flushed))
            size += len(parts[-1])
        left = ends_at - now()
        if parts or session.is_closed or left <= 0 or gone.done():
            break
        began = now()
        waiting = asyncio.create_task(news.wait())
        await asyncio.wait((waiting, gone), timeout=left, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        waited += now() - began
    # Who asks anew each time cannot be told of a change alone: each answer says what is not well now.
    parts += [frames.message("notice", **trouble.told()) for trouble in viewer.gateway.troubles()]
    viewer.gateway.tally.sent_bytes += sum(map(len, parts))
    viewer.gateway.tally.deliveries += len(parts)
    body = b'{"messages":[%b],"cursor":"%b"}' % (b",".join(parts), write_cursor(session.positions).encode())
    return Polled(body=body, waited_seconds=waited)
