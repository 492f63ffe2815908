"""Children of the runs of this worker: whose ends are waited for, and how many there are."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import orjson

from headway.acts.family import ChildEnd, StartChild
from headway.model.errors import HeadwayError
from headway.work.depot.contract import Depot

if TYPE_CHECKING:
    from headway.work.supervisor import Supervisor

_log = logging.getLogger("headway.work")

LOOK_SECONDS = 0.25
"""Between two looks for ends that other workers have recorded; our own are looked for at once."""
LOOKED_AT = 500
"""Children of one look."""
COUNT_SECONDS = 1.0
"""How often the children of waiting parents are counted."""


def read_child(said: Any) -> StartChild:
    """As a child process describes it. Raises `KeyError`, `TypeError`, `ValueError`."""
    given = dict[str, Any](said)
    child = StartChild(**given)
    texts = (child.key, child.task, child.name or "", child.family_key or "")
    if not all(isinstance(text, str) for text in texts) or not isinstance(child.parameters, Mapping):
        raise TypeError("a field has the wrong type")
    return child


def error_said(error: Exception | None) -> dict[str, Any] | None:
    """Why children were not started, as the control pipe carries it."""
    match error:
        case None:
            return None
        case HeadwayError():
            return {"code": error.code, "message": error.message, "fields": {key: str(value) for key, value in error.fields.items()}}
        case _:
            return {"code": "error", "message": str(error)}


def end_said(end: ChildEnd) -> dict[str, Any]:
    """How a child has ended, as the control pipe carries it."""
    result = orjson.loads(end.result) if end.result is not None else None
    return {"run": end.run, "name": end.name, "state": end.state.value, "result": result, "error": end.error}


class Awaiting:
    """Finds out which children have ended, and tells those who wait for them."""

    def __init__(self, depot: Depot, *, look_seconds: float = LOOK_SECONDS) -> None:
        self._depot = depot
        self._look_seconds = look_seconds
        self._waiting: dict[str, set[Supervisor]] = {}
        self._is_due = asyncio.Event()

    def add(self, supervisor: Supervisor, runs: Sequence[str]) -> None:
        for run in runs:
            self._waiting.setdefault(run, set()).add(supervisor)
        self._is_due.set()

    def forget(self, supervisor: Supervisor) -> None:
        """It has ended, and waits for nobody."""
        for run in [run for run, waiting in self._waiting.items() if supervisor in waiting]:
            self._waiting[run].discard(supervisor)
            if not self._waiting[run]:
                del self._waiting[run]

    def look_soon(self, run: str) -> None:
        """This run has ended here; perhaps somebody waits for it."""
        if run in self._waiting:
            self._is_due.set()

    async def run(self) -> None:
        while True:
            if not self._waiting:
                await self._is_due.wait()
            try:
                async with asyncio.timeout(self._look_seconds):
                    await self._is_due.wait()
            except TimeoutError:
                pass
            self._is_due.clear()
            runs = list(self._waiting)
            for first in range(0, len(runs), LOOKED_AT):
                await self._look(runs[first : first + LOOKED_AT])

    async def _look(self, runs: Sequence[str]) -> None:
        try:
            ends = await self._depot.ends_of(runs)
        except HeadwayError as error:
            _log.warning("It could not be read which child runs have ended: %s", error)
            return
        for end in ends:
            for supervisor in self._waiting.pop(end.run, set()):
                supervisor.tell_end(end)


class Counting:
    """Tells parents how many children they have, once a second where that has changed."""

    def __init__(self, depot: Depot, parents: Callable[[], Iterable[str]]) -> None:
        self._depot = depot
        self._parents = parents

    async def run(self) -> None:
        while True:
            await asyncio.sleep(COUNT_SECONDS)
            parents = list(self._parents())
            try:
                if parents:
                    await self._depot.tell_counts(parents)
            except HeadwayError as error:
                _log.warning("Child runs could not be counted: %s", error)
