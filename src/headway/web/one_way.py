"""A viewer that comes by HTTP: its session, from the request to the end of the answer. What is said is decided by `live/session.py`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager

from starlette.types import Receive

from headway.live.desk import Transport, Visitor
from headway.live.frames import NOTHING, Frame
from headway.live.gateway import Gateway
from headway.live.messages import Refusal
from headway.live.session import Session
from headway.model.errors import Unavailable
from headway.web.live_wishes import Wishes, error_of


class OneWay:
    """A session that was asked everything at its beginning."""

    def __init__(self, gateway: Gateway, transport: Transport, address: str) -> None:
        self.gateway = gateway
        self.news = asyncio.Event()
        self.session = Session(gateway, gateway.settings, self.news.set, gateway.now(), transport=transport, address=address)

    def enter(self, visitor: Visitor, wishes: Wishes, tick: Callable[[float], None], *, is_quiet: bool = False) -> None:
        """Be counted, and ask for what is wanted. `is_quiet`: without `welcome`. Raises what a caller is told who is not let in."""
        gateway = self.gateway
        if gateway.is_full:
            gateway.tally.refused += 1
            raise Unavailable("This server takes no more connections now.", retry_in_seconds=2)
        try:
            self.session.ask(wishes.messages, wishes.cursor)
        except Refusal as refusal:
            raise error_of(refusal) from refusal
        gateway.join(self.session, tick)
        gateway.admit(self.session, visitor, is_quiet=is_quiet)
        if self.session.is_closed:
            self.leave()
            raise self.session.denial or Unavailable()

    async def settle(self) -> None:
        """Until each channel has begun or was refused; or for as long as one waits for `hello` elsewhere. Raises the refusal, if nothing
        is left to be shown."""
        session = self.session
        try:
            async with asyncio.timeout(self.gateway.settings.hello_seconds):
                while not session.is_settled and not session.is_closed:
                    await self.news.wait()
                    self.news.clear()
        except TimeoutError:
            return
        finally:
            self.news.set()
        if not session.subscriptions and session.denial is not None and not session.is_closed:
            raise session.denial

    def leave(self) -> None:
        self.gateway.part(self.session)


@asynccontextmanager
async def left_at_the_end(viewer: OneWay) -> AsyncGenerator[OneWay]:
    try:
        yield viewer
    finally:
        viewer.leave()


async def until_gone(receive: Receive) -> None:
    """Until the caller has hung up."""
    while (await receive())["type"] != "http.disconnect":
        pass


def join(frames: list[Frame]) -> bytes:
    """The messages of some frames, without the brackets around them."""
    return b",".join(frame.body[1:-1] for frame in frames if frame is not NOTHING)
