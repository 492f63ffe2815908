"""The bus of the embedded mode: a unix socket in HEADWAY_HOME. The server listens, workers connect; either may die at any time.

`LocalBusServer` hears all workers and tells all of them; what one worker says about queues and wishes it also passes on to
the others. `LocalBusClient` is a worker's end and reconnects for ever.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import cast

from headway.live.bus.contract import BusNews, Receive
from headway.live.bus.outbox import Outbox
from headway.live.bus.wire import Decoder, Garbled, encode
from headway.store.contract import Appended, Queued, Wished

FIRST_DELAY, LONGEST_DELAY = 0.05, 2.0
"""Back-off of reconnecting, in seconds."""
CLOSE_SECONDS = 1.0
"""What is on its way to peers has so long to leave when the bus is closed."""

log = logging.getLogger("headway.bus")


class _Link(asyncio.Protocol):
    """One connection between a server and a worker."""

    def __init__(self, end: _End, outbox: Outbox) -> None:
        self._end = end
        self.outbox = outbox
        self._decoder = Decoder()
        self._transport: asyncio.Transport | None = None
        self._is_paused = False
        self.closed: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's transports have other ancestors
        self._end.linked(self)
        self.send()

    def data_received(self, data: bytes) -> None:
        try:
            news = list(self._decoder.feed(data))
        except Garbled as error:
            log.warning("A peer of the local bus sends what cannot be read (%s); the connection is closed.", error)
            self.abort()
            return
        if news:
            self._end.heard(self, news)

    def send(self) -> None:
        while self._transport is not None and not self._is_paused:
            messages = self.outbox.take()
            if not messages:
                return
            self._transport.write(b"".join(messages))

    def pause_writing(self) -> None:
        self._is_paused = True

    def resume_writing(self) -> None:
        self._is_paused = False
        self.send()

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        self._end.unlinked(self)
        if not self.closed.done():
            self.closed.set_result(None)

    def abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()


class _End:
    """What both ends share: one thread-safe way out, and a receiver."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._links: set[_Link] = set()
        self._receive: Receive | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._lost_count: int = 0

    def linked(self, link: _Link) -> None:
        self._links.add(link)

    def unlinked(self, link: _Link) -> None:
        self._links.discard(link)

    def heard(self, link: _Link, news: list[BusNews]) -> None:
        if self._receive is not None:
            self._receive(news)

    def _put(self, outbox: Outbox, message: bytes, link: _Link | None) -> None:
        """`outbox` is filled here and emptied in the loop's thread: one wake-up for many messages."""
        if outbox.put(message) and link is not None and self._loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop has ended: the process is going down
                self._loop.call_soon_threadsafe(link.send)

    async def _drain(self) -> None:
        """Wait until what was published has left, at most `CLOSE_SECONDS`."""
        links = list(self._links)
        for link in links:
            link.send()
            link.close()
        if links:
            await asyncio.wait([link.closed for link in links], timeout=CLOSE_SECONDS)
        for link in links:
            link.abort()


class LocalBusServer(_End):
    """The server's end. Holding the lock of the home is the caller's duty: an old socket file is replaced."""

    def __init__(self, path: Path, greet: Callable[[], Sequence[BusNews]] = tuple) -> None:
        """`greet` says what a worker that has just connected is told."""
        super().__init__(path)
        self._greet = greet
        self._server: asyncio.AbstractServer | None = None
        self._sending: tuple[_Link, ...] = ()

    @property
    def is_connected(self) -> bool:
        """A socket of our own is never away; who has not come yet has nothing to say."""
        return True

    @property
    def dropped_count(self) -> int:
        return self._lost_count + sum(link.outbox.dropped_count for link in self._sending)

    def linked(self, link: _Link) -> None:
        super().linked(link)
        self._sending = tuple(self._links)
        for item in self._greet():
            link.outbox.put(encode(item))

    def unlinked(self, link: _Link) -> None:
        super().unlinked(link)
        link.outbox.clear()
        self._lost_count += link.outbox.dropped_count
        self._sending = tuple(self._links)

    def publish(self, news: Sequence[BusNews]) -> None:
        links = self._sending
        for item in news if links else ():
            if isinstance(item, Appended):
                continue  # the server's own hub tells viewers; a worker has no use for it
            message = encode(item)
            for link in links:
                self._put(link.outbox, message, link)

    def heard(self, link: _Link, news: list[BusNews]) -> None:
        for item in news:
            if isinstance(item, Queued | Wished):
                message = encode(item)
                for other in self._sending:
                    if other is not link:
                        self._put(other.outbox, message, other)
        super().heard(link, news)

    async def open(self, receive: Receive) -> None:
        self._receive = receive
        self._loop = asyncio.get_running_loop()
        await asyncio.to_thread(self._path.unlink, missing_ok=True)
        self._server = await self._loop.create_unix_server(lambda: _Link(self, Outbox()), path=str(self._path), start_serving=False)
        # Before the first accept: nobody can have connected while the file had the permissions of the umask.
        self._path.chmod(0o600)
        await self._server.start_serving()

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
        await self._drain()
        self._receive = None
        await asyncio.to_thread(self._path.unlink, missing_ok=True)


class LocalBusClient(_End):
    """A worker's end. What is published while no server answers waits, bounded, for the next."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._outbox = Outbox()
        self._link: _Link | None = None
        self._dialling: asyncio.Task[None] | None = None

    @property
    def dropped_count(self) -> int:
        return self._outbox.dropped_count

    @property
    def is_connected(self) -> bool:
        return self._link is not None

    def publish(self, news: Sequence[BusNews]) -> None:
        for item in news:
            self._put(self._outbox, encode(item), self._link)

    def linked(self, link: _Link) -> None:
        super().linked(link)
        self._link = link

    def unlinked(self, link: _Link) -> None:
        super().unlinked(link)
        self._link = None

    async def open(self, receive: Receive) -> None:
        self._receive = receive
        self._loop = asyncio.get_running_loop()
        self._dialling = self._loop.create_task(self._dial(), name="headway bus")

    async def _dial(self) -> None:
        delay = FIRST_DELAY
        loop = asyncio.get_running_loop()
        while True:
            try:
                _, link = await loop.create_unix_connection(lambda: _Link(self, self._outbox), path=str(self._path))
            except OSError:
                # No server: what waited is old news by the time there is one, and its hub reads the journal anyway.
                self._outbox.clear()
            else:
                began = loop.time()
                await asyncio.shield(link.closed)
                if loop.time() - began > LONGEST_DELAY:
                    delay = FIRST_DELAY
            await asyncio.sleep(delay * random.uniform(0.5, 1.0))
            delay = min(delay * 2, LONGEST_DELAY)

    async def close(self) -> None:
        await self._drain()
        self._receive = None
        if self._dialling is not None:
            self._dialling.cancel()
            await asyncio.gather(self._dialling, return_exceptions=True)
