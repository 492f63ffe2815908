"""The one place in the tests that waits: for a condition, with a deadline, and with a name for what was waited for."""

from __future__ import annotations

import asyncio
import inspect
import os
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")

SCALE = float(os.environ.get("HEADWAY_TEST_SCALE", "1"))
"""Multiplies every deadline, for slow machines."""
_FIRST_PAUSE = 0.002
_LONGEST_PAUSE = 0.1


class NeverHappened(AssertionError):
    """What a test waited for did not happen before the deadline."""


def eventually(condition: Callable[[], T], timeout: float = 10.0, what: str = "") -> T:
    """Ask `condition` again and again until it gives something true, and return that.

    Raises `NeverHappened` after `timeout` seconds, with `what` and the last answer (or the last error, as an
    `AssertionError` inside the condition counts as "not yet").
    """
    deadline = time.monotonic() + timeout * SCALE
    pause = _FIRST_PAUSE
    while True:
        answer, is_true = _ask(condition)
        if is_true:
            return answer
        if time.monotonic() > deadline:
            raise _never(condition, timeout, what, answer)
        time.sleep(pause)
        pause = min(pause * 1.5, _LONGEST_PAUSE)


async def eventually_async(condition: Callable[[], T | Awaitable[T]], timeout: float = 10.0, what: str = "") -> T:
    """`eventually` within an event loop; `condition` may be a coroutine function."""
    deadline = time.monotonic() + timeout * SCALE
    pause = _FIRST_PAUSE
    while True:
        answer, is_true = await _ask_async(condition)
        if is_true:
            return answer
        if time.monotonic() > deadline:
            raise _never(condition, timeout, what, answer)
        await asyncio.sleep(pause)
        pause = min(pause * 1.5, _LONGEST_PAUSE)


def _ask(condition: Callable[[], T]) -> tuple[T, bool]:
    try:
        answer = condition()
    except AssertionError as error:
        return error, False  # type: ignore[return-value]
    return answer, bool(answer)


async def _ask_async(condition: Callable[[], T | Awaitable[T]]) -> tuple[T, bool]:
    try:
        answer = condition()
        if inspect.isawaitable(answer):
            answer = await answer
    except AssertionError as error:
        return error, False  # type: ignore[return-value]
    return answer, bool(answer)  # type: ignore[return-value]


def _never(condition: Callable[[], object], timeout: float, what: str, answer: object) -> NeverHappened:
    name = what or getattr(condition, "__name__", "the condition")
    return NeverHappened(f"waited {timeout * SCALE:g} s for: {name}; the last answer was {answer!r}")
