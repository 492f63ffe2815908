"""`headway.checkpoint`: where to go on, should this run be interrupted. The one call that waits for the journal."""

from __future__ import annotations

import sys
from collections.abc import Generator
from typing import Any

from headway.sdk.context import RunContext, current
from headway.sdk.jsonable import CHECKPOINT_LIMIT, encode_exact, exact
from headway.sdk.reporter import Recorded


class Kept:
    """What `checkpoint()` returns: done in a plain function, to be awaited in an async one."""

    __slots__ = ("_recorded", "_run")

    def __init__(self, run: RunContext, recorded: Recorded) -> None:
        self._run = run
        self._recorded = recorded

    def __await__(self) -> Generator[Any, None, None]:
        asyncio = sys.modules.get("asyncio")
        if asyncio is not None:
            loop = asyncio.get_running_loop()
            future = loop.create_future()

            def settle(error: BaseException | None) -> None:
                if not future.done():
                    future.set_exception(error) if error is not None else future.set_result(None)

            self._recorded.then(lambda error: loop.call_soon_threadsafe(settle, error))
            yield from future.__await__()
        self._run.pause_if_wanted()


def checkpoint(value: Any) -> Kept:
    """Record where to go on: after an interruption, the next attempt finds `value` in ``headway.current_run().checkpoint``.

    Returns once it is recorded, so what it speaks of must have been done before. In an ``async def`` task await it:
    ``await headway.checkpoint(…)`` (the loop goes on meanwhile). If someone asked for a pause, the run ends here.

    Args:
        value: Anything JSON can hold, at most 256 KB: an index, a list of what is done, a path.

    Raises:
        ResultNotJson: JSON cannot hold it; the message names the place.
        TooLarge: It is larger than 256 KB.
    """
    encode_exact(value, "checkpoint", CHECKPOINT_LIMIT)
    run = current()
    run.positions.value = exact(value, "checkpoint")
    recorded = run.keep_checkpoint()
    kept = Kept(run, recorded)
    if _is_in_loop():
        return kept
    recorded.wait()
    run.pause_if_wanted()
    return kept


def _is_in_loop() -> bool:
    """Whether an event loop runs in this thread, found out without importing asyncio into programs that do not use it."""
    asyncio = sys.modules.get("asyncio")
    return asyncio is not None and asyncio._get_running_loop() is not None
