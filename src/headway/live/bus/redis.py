"""The bus of a cluster: a few capped Streams of Redis (or Valkey), written and read by every process.

Small news (what waits, what is wished, who looks on) go through one stream that all read; what runs gained goes through
`SHARDS` others, by run, that only servers read. Each process reads on from the last id it has seen, so it misses nothing while
its connection comes back, unless the streams were cut meanwhile. While Redis is away, what is published is dropped and counted:
hubs compare with the store every 5 s, workers look at their queues, and wishes come with every answer to an append.

An entry is ``{"by": publisher, "news": messages as in `wire.py`}``. One without news is a sign of life; with ``"new": "1"`` the
publisher asks all others to say again what they watch, and takes back what it said itself.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import time
import zlib
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import redis.asyncio as aioredis
from redis.exceptions import RedisError, ResponseError

from headway.live.bus.audience import Audience
from headway.live.bus.contract import BusNews, Receive, Watched
from headway.live.bus.outbox import Outbox
from headway.live.bus.wire import Decoder, Garbled, encode
from headway.live.redis_cache import TOUCH, touch_call
from headway.live.redis_call import Command, call, pairs
from headway.live.topics import Unsaid, touched_by
from headway.model.ids import new_id
from headway.store.contract import Appended, Deleted
from headway.store.samples import Sampled

SHARDS = 4
ENTRIES_KEPT = 1_000
"""Of each stream, about: some seconds of a busy cluster. An entry is at most `ENTRY_BYTES`, or one larger message."""
ENTRY_BYTES = 65_536
LARGEST_MESSAGE = 1_048_576
"""A larger one is not sent: the hubs find what it said in the journal."""
SIGN_SECONDS = 3.0
"""Between two signs of life. Whoever gave none for four times as long looks at nothing any more."""
BLOCK_SECONDS = 1.0
"""A reader asks again after this long without news."""
PATIENCE_SECONDS = 3.0
"""A request that takes longer than this beyond what it may has no answer: the connection is given up (a half-open one says nothing)."""
CHECK_SECONDS = 5.0
"""Between two looks whether the streams are still those that were read."""
FIRST_DELAY, LONGEST_DELAY = 0.05, 2.0
"""Back-off of reconnecting, in seconds."""
CLOSE_SECONDS = 1.0
"""What waits to be said has so long to leave when the bus is closed."""
BREATH_SECONDS = 0.005
"""Between two entries, and between two looks, where news follow closely: what comes meanwhile goes with the next. Each costs
a way to Redis and back, and in every process that hears it."""
LONG_BREATH_SECONDS = 0.02
"""Between two looks of a server whose news have followed closely for a while: of those nothing waits but viewers at other nodes, who are
shown what is new 20 times a second. Measured with 140 starts/s: a sixth of a server's processor time went into looking, half of it now."""
TOLD_SECONDS = 0.1
"""The longest that somebody waits for Redis to know what they changed."""

_GONE = (RedisError, OSError, TimeoutError)
log = logging.getLogger("headway.bus")


class RedisBus:
    """One process's end. `publish` may be called from any thread, all else in the event loop's."""

    def __init__(
        self,
        url: str,
        *,
        cluster: str,
        is_server: bool,
        greet: Callable[[], Sequence[BusNews]] = tuple,
        returned: Callable[[], object] | None = None,
        sign_seconds: float = SIGN_SECONDS,
    ) -> None:
        """`cluster`: what all processes of one installation have in common (the epoch of their store), and no other has. `greet` says
        what this process watches, for those that come later. `returned` is called when Redis is there again."""
        self.name = new_id()
        self._url = url
        self._is_server = is_server
        self._greet = greet
        self._returned = returned
        self._sign_seconds = sign_seconds
        self._wakes = f"headway:{{{cluster}}}:wakes"
        self._shards = [f"headway:{{{cluster}}}:news:{number}" for number in range(SHARDS)]
        self._cluster = cluster
        self._unsaid = Unsaid()
        self._told = asyncio.Event()
        """Set whenever topics were said."""
        self._outboxes = {stream: Outbox() for stream in (self._wakes, *self._shards)}
        self._audience = Audience()
        self._positions: dict[str, tuple[int, int]] = {}
        """The last entry of each stream that was read."""
        self._lost_count = 0
        self._has_news = asyncio.Event()
        self._receive: Receive | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._is_writing = self._is_reading = False
        self._has_been_away = self._is_closing = False

    @property
    def dropped_count(self) -> int:
        return self._lost_count + sum(outbox.dropped_count for outbox in self._outboxes.values())

    @property
    def is_connected(self) -> bool:
        """Whether this process both tells and hears."""
        return self._is_writing and self._is_reading

    def touch(self, touched: set[str]) -> int:
        """These topics have changed (`live/topics.py`); those of news are touched with them. What to wait for (`told`)."""
        number = self._unsaid.add(touched)
        self._wake()
        return number

    def is_untold(self, names: Sequence[str]) -> bool:
        """Whether one of these topics was touched here, and the others cannot know of it yet."""
        return self._unsaid.holds(names)

    async def told(self, number: int) -> None:
        """Until Redis knows what was touched; no longer than a tenth of a second, nor while it is away."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(TOLD_SECONDS):
                while self._is_writing and self._unsaid.said_count < number:
                    self._told.clear()
                    await self._told.wait()

    def publish(self, news: Sequence[BusNews]) -> None:
        touched = touched_by(news)
        was_empty = bool(touched)
        if touched:
            self._unsaid.add(touched)
        for item in news:
            message = encode(item)
            if len(message) > LARGEST_MESSAGE:
                self._lost_count += 1
                continue
            was_empty |= self._outboxes[self._stream_of(item)].put(message)
        if was_empty:
            self._wake()

    def _wake(self) -> None:
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop has ended: the process is going down
                self._loop.call_soon_threadsafe(self._has_news.set)

    async def open(self, receive: Receive) -> None:
        self._receive = receive
        self._loop = asyncio.get_running_loop()
        self._has_news.set()
        self._tasks = [
            self._loop.create_task(self._again_and_again(self._write), name="headway bus, out"),
            self._loop.create_task(self._again_and_again(self._read), name="headway bus, in"),
        ]

    async def close(self) -> None:
        self._is_closing = True
        self._has_news.set()
        if self._is_writing:
            await asyncio.wait(self._tasks[:1], timeout=CLOSE_SECONDS)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._receive = None

    def _stream_of(self, item: BusNews) -> str:
        if isinstance(item, Appended | Deleted):
            return self._shards[zlib.crc32(item.run.encode()) % SHARDS]
        return self._shards[0] if isinstance(item, Sampled) else self._wakes

    # out

    async def _write(self, client: aioredis.Redis) -> None:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await self._say(client, self._wakes, b"", is_new=True)
        self._greet_others()
        self._is_writing = True
        self._look_whether_returned()
        signed_at = told_at = time.monotonic()
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._has_news.wait(), self._sign_seconds)
            if time.monotonic() - told_at < 2 * BREATH_SECONDS:
                await asyncio.sleep(BREATH_SECONDS)
            told_at = time.monotonic()
            self._has_news.clear()
            async with asyncio.timeout(PATIENCE_SECONDS):
                while await self._empty(client):
                    pass
                if self._is_closing:
                    return
                if time.monotonic() - signed_at >= self._sign_seconds or not self._is_writing:
                    signed_at = time.monotonic()
                    await self._say(client, self._wakes, b"")
                    self._is_writing = True
                    self._look_whether_returned()
            self._tell(self._audience.forget_silent(time.monotonic() - 4 * self._sign_seconds))

    async def _empty(self, client: aioredis.Redis) -> bool:
        """Send an entry of each stream that has any; whether there was one. What is touched comes first: whoever hears the news is not
        answered by what is older."""
        commands: list[Command] = []
        count = 0
        touched = self._unsaid.take()
        if touched:
            keys, given = touch_call(self._cluster, touched)
            commands.append(("EVAL", TOUCH, len(keys), *keys, *given))
        for stream, outbox in self._outboxes.items():
            taken = outbox.take(ENTRY_BYTES)
            if taken:
                count += len(taken)
                commands.append(("XADD", stream, "MAXLEN", "~", ENTRIES_KEPT, "*", "by", self.name, "news", b"".join(taken)))
        if not commands:
            return False
        self._lost_count += count
        try:
            await call(client, *commands)
        except BaseException:
            self._unsaid.failed()
            raise
        self._unsaid.said()
        self._told.set()
        self._lost_count -= count
        return True

    async def _say(self, client: aioredis.Redis, stream: str, news: bytes, *, is_new: bool = False) -> None:
        said: dict[Any, Any] = {"by": self.name, "news": news, **({"new": "1"} if is_new else {})}
        await client.xadd(stream, said, maxlen=ENTRIES_KEPT, approximate=True)

    def _greet_others(self) -> None:
        for item in self._greet():
            self._outboxes[self._stream_of(item)].put(encode(item))
        self._has_news.set()

    # in

    async def _read(self, client: aioredis.Redis) -> None:
        streams = [self._wakes, *(self._shards if self._is_server else ())]
        positions = self._positions
        for stream in streams:
            async with asyncio.timeout(PATIENCE_SECONDS):
                newest = await _newest(client, stream)
            # One that is behind what was read is another stream of the same name: emptied, or of a replica that knew less.
            if stream not in positions or newest < positions[stream]:
                positions[stream] = newest
        self._is_reading = True
        self._look_whether_returned()
        checked_at = heard_at = time.monotonic()
        breath = BREATH_SECONDS
        longest = LONG_BREATH_SECONDS if self._is_server else BREATH_SECONDS
        while True:
            block = int(BLOCK_SECONDS * 1000)
            async with asyncio.timeout(BLOCK_SECONDS + PATIENCE_SECONDS):
                after = ["{}-{}".format(*positions[stream]) for stream in streams]
                found = pairs((await call(client, ("XREAD", "BLOCK", block, "STREAMS", *streams, *after)))[0])
            for stream, entries in found:
                for key, fields in entries:
                    positions[stream.decode()] = _position(key)
                    self._hear(dict(pairs(fields)))
            if found and time.monotonic() - heard_at < 2 * breath:
                await asyncio.sleep(breath)
                breath = min(breath * 1.25, longest)
            else:
                breath = BREATH_SECONDS
            heard_at = time.monotonic()
            if time.monotonic() - checked_at > CHECK_SECONDS:
                checked_at = time.monotonic()
                async with asyncio.timeout(PATIENCE_SECONDS):
                    for stream in streams:
                        positions[stream] = min(positions[stream], await _newest(client, stream) or positions[stream])

    def _hear(self, fields: dict[bytes, bytes]) -> None:
        by = fields.get(b"by", b"").decode("utf-8", "replace")
        if not by or by == self.name:
            return
        if fields.get(b"new"):
            self._tell(self._audience.forget(by))
            self._greet_others()
        self._audience.heard(by, time.monotonic())
        try:
            news = list(Decoder().feed(fields.get(b"news", b"")))
        except Garbled as error:
            log.warning("An entry of the bus cannot be read (%s); is a process of another version there?", error)
            return
        self._tell([self._audience.count(by, item) if isinstance(item, Watched) else item for item in news])

    def _tell(self, news: Sequence[BusNews]) -> None:
        if news and self._receive is not None:
            try:
                self._receive(news)
            except Exception:
                # A listener's mistake must not end the bus.
                log.exception("News could not be taken.")

    # both

    async def _again_and_again(self, side: Callable[[aioredis.Redis], Awaitable[None]]) -> None:
        """One side on a connection of its own, and on the next when that is lost."""
        delay = FIRST_DELAY
        while not self._is_closing:
            began = time.monotonic()
            try:
                async with _connected(self._url) as client:
                    await side(client)
            except _GONE as error:
                self._away(side, error)
            if time.monotonic() - began > LONGEST_DELAY + PATIENCE_SECONDS:
                delay = FIRST_DELAY
            await asyncio.sleep(delay * random.uniform(0.5, 1.0))
            delay = min(delay * 2, LONGEST_DELAY)

    def _away(self, side: Callable[[aioredis.Redis], Awaitable[None]], error: BaseException) -> None:
        if not self._has_been_away:
            log.warning("Redis does not answer (%s); news take up to 5 s until it is there again.", error or type(error).__name__)
        self._has_been_away = True
        self._is_writing = False
        if side == self._write:
            for outbox in self._outboxes.values():
                outbox.clear()  # old news by the time Redis is back, and what is compared with the store finds them
        else:
            self._is_reading = False
            self._has_news.set()  # nobody reads on the other connection: whether it is lost too only writing tells

    def _look_whether_returned(self) -> None:
        if self.is_connected and self._has_been_away:
            self._has_been_away = False
            log.warning("Redis answers again.")
            if self._returned is not None:
                self._returned()


@asynccontextmanager
async def _connected(url: str) -> AsyncGenerator[aioredis.Redis]:
    """A client with one connection. Without a time-out of its own: redis-py would end a read that waits for news after 5 s."""
    make: Any = aioredis.Redis.from_url  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    client: aioredis.Redis = make(
        url, socket_timeout=None, socket_connect_timeout=PATIENCE_SECONDS, socket_keepalive=True, max_connections=1, retry=None,
    )  # fmt: skip
    try:
        yield client
    finally:
        with contextlib.suppress(*_GONE):
            await client.aclose()


async def _newest(client: aioredis.Redis, stream: str) -> tuple[int, int]:
    """The position of the newest entry that a stream ever had; (0, 0): there is none."""
    try:
        return _position((await client.xinfo_stream(stream))["last-generated-id"])
    except ResponseError:
        return (0, 0)


def _position(key: bytes) -> tuple[int, int]:
    milliseconds, _, number = key.partition(b"-")
    return int(milliseconds), int(number)
