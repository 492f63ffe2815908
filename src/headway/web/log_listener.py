"""Who says which of the lines that have just come match: a thread, or for a pattern a process that lives as long as it is followed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from time import monotonic

from headway.model.errors import PatternTooSlow, Unavailable
from headway.web.desk import Call
from headway.web.inputs import LARGEST_NUMBER
from headway.web.matching import Match, Wanted
from headway.web.patterns import PAGE_SECONDS, PatternSearch, pattern_search

RENEWED_SECONDS = 10.0
"""Of work, after which the process is replaced: the kernel ends one of 20 s."""

Listen = Callable[[bytes], Awaitable[list[int]]]
"""Of entries, one JSON a line, the lines of those that match."""


@asynccontextmanager
async def listener(call: Call, wanted: Wanted) -> AsyncGenerator[Listen]:
    """Raises `Unavailable` if too many patterns are followed; the listening raises `PatternTooSlow`."""
    if not wanted.is_regex:

        async def in_a_thread(raw: bytes) -> list[int]:
            return await asyncio.to_thread(_look, raw, wanted)

        yield in_a_thread
        return
    check_room(call, wanted)
    async with call.desk.followed_patterns, AsyncExitStack() as stack:
        aside = _Aside(wanted, stack)
        yield aside.listen


def check_room(call: Call, wanted: Wanted) -> None:
    """Each pattern that is followed has a process, so there is an end to them. Raises `Unavailable`."""
    if wanted.is_regex and call.desk.followed_patterns.locked():
        raise Unavailable("As many patterns as can be are followed already; follow with a plain `q`, or try again later.")


class _Aside:
    def __init__(self, wanted: Wanted, stack: AsyncExitStack) -> None:
        self._wanted = wanted
        self._stack = stack
        self._process: PatternSearch | None = None
        self._spent = 0.0

    async def listen(self, raw: bytes) -> list[int]:
        found: list[int] = []
        first = 1
        while first < LARGEST_NUMBER:
            process = await self._fresh()
            began = monotonic()
            seen = await process.look(raw, first, LARGEST_NUMBER, limit=LARGEST_NUMBER, seconds=PAGE_SECONDS, before=LARGEST_NUMBER)
            self._spent += monotonic() - began
            if seen.is_stuck:
                raise PatternTooSlow(line=seen.after, field="q")
            found += [hit.line for hit in seen.hits]
            first = seen.after
        return found

    async def _fresh(self) -> PatternSearch:
        if self._process is None or self._spent > RENEWED_SECONDS:
            await self._stack.aclose()
            self._process, self._spent = await self._stack.enter_async_context(pattern_search(self._wanted)), 0.0
        return self._process


def _look(raw: bytes, wanted: Wanted) -> list[int]:
    match = Match(wanted)
    match.look(raw, 1, LARGEST_NUMBER, limit=LARGEST_NUMBER, deadline=float("inf"), before=LARGEST_NUMBER)
    return [hit.line for hit in match.hits]
