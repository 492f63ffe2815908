"""`headway.track`: a loop whose progress is seen. Costs less than half of what tqdm does per iteration."""

from __future__ import annotations

import sys
import time
from collections.abc import AsyncIterable, AsyncIterator, Generator, Iterable, Iterator
from itertools import compress, count, islice
from types import TracebackType
from typing import Any, Generic, Self, TypeVar, cast, overload

from headway.sdk.coalesce import Bar
from headway.sdk.context import RunContext, current
from headway.sdk.step import current_step_id

T = TypeVar("T")

CHECKPOINT_SECONDS = 1.0
"""A loop that keeps its place records it no more often than this."""


@overload
def track(
    iterable: Iterable[T],
    total: float | None = None,
    *,
    name: str | None = None,
    unit: str | None = None,
    stage: str | None = None,
    checkpoint: bool | None = None,
) -> Track[T]: ...
@overload
def track(
    iterable: AsyncIterable[T],
    total: float | None = None,
    *,
    name: str | None = None,
    unit: str | None = None,
    stage: str | None = None,
    checkpoint: bool | None = None,
) -> Track[T]: ...
@overload
def track(
    iterable: None = None,
    total: float | None = None,
    *,
    name: str | None = None,
    unit: str | None = None,
    stage: str | None = None,
    checkpoint: bool | None = None,
) -> Track[Any]: ...
def track(
    iterable: Any = None,
    total: float | None = None,
    *,
    name: str | None = None,
    unit: str | None = None,
    stage: str | None = None,
    checkpoint: bool | None = None,
) -> Track[Any]:
    """Show how far a loop has come: ``for sheet in headway.track(sheets, unit="sheets"): …``

    Works on anything that can be iterated, with ``async for`` too. Without an iterable it is a bar to advance by hand:
    ``with headway.track(total=10) as bar: bar.advance()``.

    Args:
        iterable: What to go through.
        total: How many there will be; by default ``len(iterable)``, if it has one. None: unknown.
        name: What the bar is called.
        unit: What is counted, in the plural ("sheets").
        stage: Also tell people that this is what the run is doing now.
        checkpoint: Keep the place, so that a run that is paused or interrupted goes on after the last item that was done.
            By default, for outermost loops of a task with ``resumable=True``. Items that were done are skipped, so what the
            loop gathers in memory must be kept by `headway.checkpoint` as well. Not for ``async for``.
    """
    # The place in the code is what makes an inner loop the same bar each time.
    frame = sys._getframe(1)  # pyright: ignore[reportPrivateUsage]
    return Track(iterable, total, name, unit, stage, checkpoint, (frame.f_code, frame.f_lineno))


class Track(Generic[T]):
    """What `track()` returns: an iterable, an async iterable, and a context manager with `advance`."""

    __slots__ = ("_bar", "_checkpoint", "_iterable", "_key", "_name", "_stage", "_total", "_unit")

    def __init__(
        self,
        iterable: Any,
        total: float | None,
        name: str | None,
        unit: str | None,
        stage: str | None,
        checkpoint: bool | None,
        key: object,
    ) -> None:
        self._iterable = iterable
        if total is None and hasattr(iterable, "__len__"):
            total = len(iterable)
        self._total = total
        self._name = name
        self._unit = unit
        self._stage = stage
        self._checkpoint = checkpoint
        self._key = key
        self._bar: Bar | None = None

    def __len__(self) -> int:
        if self._total is None:
            raise TypeError("the total of this loop is not known")
        return int(self._total)

    def _open(self, run: RunContext, *, base: float = 0, counter: count[int] | None = None) -> Bar:
        if self._stage is not None:
            run.show_status({"stage": self._stage})
        step = current_step_id()
        bar = run.open_bar(self._key, total=self._total, unit=self._unit, name=self._name, step=step, base=base, counter=counter)
        self._bar = bar
        return bar

    def __iter__(self) -> Iterator[T]:
        run = current()
        if self._checkpoint or (self._checkpoint is None and run.is_resumable and not run.is_keeping_place):
            return self._resumable(run)
        return self._counted(run)

    def _counted(self, run: RunContext) -> Generator[T, None, None]:
        source = iter(cast("Iterable[T]", self._iterable))
        # compress() asks for an item, then for a number: the counter moves in C, 8 ns dearer than no counter at all.
        counter = count(1)
        bar = self._open(run, counter=counter)
        is_complete = False
        try:
            for item in compress(source, counter):  # noqa: UP028  (`yield from` is 2 ns dearer)
                yield item
            is_complete = True
        finally:
            bar.close(is_complete=is_complete)

    def _resumable(self, run: RunContext) -> Generator[T, None, None]:
        """As `_counted`, but what was done before is skipped, and the place is recorded after each second and before a pause."""
        key = run.positions.new_loop(self._name)
        loops = run.positions.loops
        done = loops.get(key, 0)
        source = islice(iter(cast("Iterable[T]", self._iterable)), done, None)
        bar = self._open(run, base=done)
        run.is_keeping_place = True
        due = time.monotonic() + CHECKPOINT_SECONDS
        try:
            for item in source:
                yield item
                done += 1
                bar.update(done)
                if run.is_pause_wanted:
                    loops[key] = done
                    run.keep_checkpoint().wait()
                    run.pause_if_wanted()
                elif time.monotonic() >= due:
                    loops[key] = done
                    # Not waited for: it claims only what is done, and the next attempt may well do one second again.
                    run.keep_checkpoint()
                    due = time.monotonic() + CHECKPOINT_SECONDS
            loops[key] = done
        finally:
            run.is_keeping_place = False
            bar.close()

    async def _counted_async(self, run: RunContext) -> AsyncIterator[T]:
        bar = self._open(run)
        try:
            async for item in cast("AsyncIterable[T]", self._iterable):
                yield item
                bar.advance()
        finally:
            bar.close()

    def __aiter__(self) -> AsyncIterator[T]:
        return self._counted_async(current())

    def __enter__(self) -> Self:
        self._open(current())
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        return self.__enter__()

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def advance(self, by: float = 1, *, message: str | None = None) -> None:
        """`by` more are done. `message` replaces the bar's text."""
        bar = self._bar or self._open(current())
        if message is not None:
            bar.message = message
        bar.advance(by)

    def describe(self, message: str) -> None:
        """Say next to the bar what is being done."""
        bar = self._bar or self._open(current())
        bar.message = message
        bar.is_due = True

    def change(self, **fields: str | float | None) -> None:
        """Another `name`, `unit` or `total` for the bar that is open."""
        bar = self._bar or self._open(current())
        for key, value in fields.items():
            setattr(bar, key, value)
        bar.is_due = True

    def close(self) -> None:
        """End the bar; leaving ``with`` or the loop does that too."""
        if self._bar is not None:
            self._bar.close()
