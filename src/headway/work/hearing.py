"""One end of a run, told to the functions that asked for it with `headway.on`. What goes wrong there stays there."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any, cast

import orjson

from headway.model.run import Run
from headway.model.states import RunState
from headway.work.endings import Ending
from headway.work.process import ChildProcess

_log = logging.getLogger("headway.work")

TIME_LIMIT_SECONDS = 60.0
"""A listener of an event that takes longer is ended."""
SHOWN_BYTES = 4_000
SERIOUS = ("warning", "error", "critical")


def is_serious(line: bytes) -> bool:
    """Whether it is an event that somebody should see who has not asked for details."""
    try:
        said = orjson.loads(line)
    except orjson.JSONDecodeError:
        return True
    return isinstance(said, dict) and cast("dict[str, object]", said).get("level") in SERIOUS


class Hearing:
    """Holds a child's place like a run, but is none: nothing of it is recorded."""

    def __init__(self, *, event: str, run: Run, state: RunState, ending: Ending | None) -> None:
        self.event = event
        self._said: dict[str, Any] = {
            "id": run.id, "task": run.task, "name": run.name, "project": run.project, "state": state.value, "attempt": run.attempt,
            "parameters": run.parameters, "tags": run.tags, "metadata": run.metadata,
            "result": orjson.loads(ending.result) if ending is not None and ending.result is not None else None,
            "error": ending.error if ending is not None else None,
        }  # fmt: skip
        self._is_spoiled = False
        self._is_done = False

    def begin(self, child: ChildProcess, free: Callable[[ChildProcess, bool], None]) -> None:
        self._child = child
        self._free = free
        self._slot = child.open_slot(self)
        self._timer = asyncio.get_running_loop().call_later(TIME_LIMIT_SECONDS, self._out_of_time)
        child.send("hear", slot=self._slot, event=self.event, run=self._said)

    def report(self, line: bytes) -> None:
        """The run has ended and takes no more lines: what a listener logs is a line of the worker's own log."""
        level = logging.WARNING if is_serious(line) else logging.INFO
        _log.log(level, "A listener of %s for run %s says: %s", self.event, self._said["id"], line[:SHOWN_BYTES].decode("utf-8", "replace"))

    def message(self, kind: str, said: dict[str, Any]) -> None:
        if kind == "child.leftovers":
            self._is_spoiled = True
        elif kind == "child.ended":
            if said.get("error"):
                _log.warning("A listener of %s for run %s failed: %s", self.event, self._said["id"], said["error"])
            self._done()

    def output(self, stream: str, data: bytes) -> None:
        _log.info("A listener of %s wrote: %s", self.event, data[:2_000].decode("utf-8", "replace"))

    def oversized(self, size_bytes: int) -> None:
        """Nothing of a hearing is kept."""

    def died(self, how: str, companions: int) -> None:
        _log.warning("A listener of %s for run %s ended its process: %s", self.event, self._said["id"], how)
        self._done()

    def _out_of_time(self) -> None:
        _log.warning("A listener of %s took longer than %g s and is ended.", self.event, TIME_LIMIT_SECONDS)
        self._child.kill()

    def _done(self) -> None:
        if not self._is_done:
            self._is_done = True
            self._timer.cancel()
            self._child.close_slot(self._slot)
            self._free(self._child, self._is_spoiled)
