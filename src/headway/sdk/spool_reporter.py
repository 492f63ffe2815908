"""The reporter of an outside run: every report goes to the spool before the call returns, and from there to the server."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from headway.model.clock import iso
from headway.model.errors import NoFamily
from headway.model.events import LOG_WRITTEN, OUTPUT_DROPPED, PROGRESS_REPORTED, RUN_THROTTLED, STATUS_REPORTED, Event
from headway.model.fold import MAIN_BAR
from headway.sdk import interrupts
from headway.sdk.delivery import Delivery
from headway.sdk.kin import Kin, Wish
from headway.sdk.reporter import Recorded, encode
from headway.sdk.spool import END, EVENT, FILE, RESERVE, Spool

BLOCK_SECONDS = 0.05
"""Longest wait for room while the server is away. While it takes what comes, a full spool holds the program back instead."""
OUTPUT_LIMIT = 1024 * 1024 * 1024
"""Bytes of log lines of one run."""


class SpoolReporter:
    """`Reporter` over a spool. In a process forked from the recording one it drops what it is given."""

    def __init__(self, spool: Spool, delivery: Delivery, *, output_limit: int = OUTPUT_LIMIT) -> None:
        self.watched = 0
        self._spool = spool
        self._delivery = delivery
        self._pid = os.getpid()
        self._output_left = output_limit
        self._is_full = False
        self._lock = threading.Lock()
        self._dropped: dict[str, list[int]] = {}
        """Lines and bytes by reason."""
        self._held: dict[str, Event] = {}
        """The newest of each bar, and of the status, while there is no room."""

    def line(self, level: str, text: str, fields: Mapping[str, Any]) -> bool:
        return False

    def report(self, event: Event) -> None:
        if os.getpid() != self._pid:
            return
        body = encode(event)
        if event["kind"] == LOG_WRITTEN:
            self._output_left -= len(body)
            if self._output_left < 0:
                self._drop("the run's output is larger than is kept", event, len(body))
                return
        if not self._spool.has_room(len(body)) and not self._wait_for_room(len(body)):
            self._drop("the spool was full while the server was away", event, len(body))
            return
        if self._is_full:
            self._catch_up()
        if not self._append(body):
            self._drop("the disk did not take it", event, len(body))

    def checkpoint(self, number: int, value: Any) -> Recorded:
        """An outside run is not started again by Headway, so there is nothing to keep."""
        recorded = Recorded()
        recorded.settle()
        return recorded

    def artifact(self, path: Path, *, name: str, media_type: str | None, step: str | None, is_temporary: bool) -> None:
        if os.getpid() != self._pid:
            return
        if is_temporary:
            # Beside the reports it belongs to, so that a later process finds it too.
            kept = self._spool.path / f"artifact-{time.monotonic_ns()}"
            with contextlib.suppress(OSError):
                path = Path(shutil.move(path, kept))
        said = {"path": str(path), "name": name, "media_type": media_type, "step": step, "is_temporary": is_temporary}
        self._append(json.dumps(said).encode(), FILE)

    def start_children(self, kin: Kin, request: int, wishes: Sequence[Wish]) -> None:
        kin.answer(request, [], {"code": NoFamily.code})

    def await_children(self, kin: Kin, runs: Sequence[str]) -> None:
        """There are none."""

    def stand_aside(self, is_waiting: bool) -> None:
        """An outside run has no place that it could leave."""

    def flush(self) -> None:
        """Nothing waits here."""

    def end(self, outcome: str, *, result: Any = None, error: dict[str, Any] | None = None) -> bool:
        """The last report. False if not even that could be kept."""
        if self._is_full or self._dropped:
            self._catch_up()
        said = {"outcome": outcome, "result": result, "error": error}
        body = json.dumps({key: value for key, value in said.items() if value is not None}, ensure_ascii=False).encode("utf-8", "replace")
        return self._append(body, END)

    def _append(self, body: bytes, kind: int = EVENT) -> bool:
        is_main = threading.get_ident() == interrupts.MAIN_THREAD
        interrupts.depth += is_main
        try:
            self._spool.append(body, kind)
        except OSError:
            return False
        else:
            self._delivery.notice(len(body))
            return True
        finally:
            interrupts.depth -= is_main
            if is_main and interrupts.pending is not None and not interrupts.depth:
                interrupts.raise_pending()

    def _wait_for_room(self, size: int) -> bool:
        """Whether there is room now. A server that keeps acknowledging is waited for; one that is away only for a moment, once."""
        if self._is_full and not self._delivery.is_healthy:
            return False
        self._is_full = True
        until = time.monotonic() + BLOCK_SECONDS
        has_told = False
        while not self._spool.has_room(size):
            is_healthy = self._delivery.is_healthy
            if not is_healthy and time.monotonic() > until:
                return False
            if is_healthy and not has_told and time.monotonic() > until:
                has_told = self._tell_throttled(is_throttled=True)
            with self._delivery.room:
                self._delivery.room.wait(BLOCK_SECONDS / 5)
        if has_told:
            self._tell_throttled(is_throttled=False)
        return True

    def _tell_throttled(self, *, is_throttled: bool) -> bool:
        event = {"kind": RUN_THROTTLED, "at": iso(), "is_throttled": is_throttled}
        return self._spool.has_room(256, reserve=RESERVE) and self._append(encode(event))

    def _drop(self, reason: str, event: Event, size: int) -> None:
        with self._lock:
            if event["kind"] == PROGRESS_REPORTED:
                self._held[str(event.get("bar", MAIN_BAR))] = event
            elif event["kind"] == STATUS_REPORTED:
                self._held[STATUS_REPORTED] = {**self._held.get(STATUS_REPORTED, {}), **event}
            else:
                counts = self._dropped.setdefault(reason, [0, 0])
                counts[0] += 1
                counts[1] += size

    def _catch_up(self) -> None:
        """There is room again: say what was dropped, and where bars and status stand."""
        with self._lock:
            dropped, self._dropped = self._dropped, {}
            held, self._held = self._held, {}
            self._is_full = False
        for reason, (lines, size) in dropped.items():
            self._append(encode({"kind": OUTPUT_DROPPED, "at": iso(), "line_count": lines, "byte_count": size, "reason": reason}))
        for event in held.values():
            self._append(encode(event))
