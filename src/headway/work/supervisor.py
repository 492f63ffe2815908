"""One attempt of a run, watched from outside: what its child says becomes events; its limits and everyone's wishes are kept.

The supervisor decides how the attempt ended. It does no waiting of its own: it is called by the child's pipes, by timers and
by the recorder.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Any, Protocol, cast

import orjson

from headway.acts.claim import Claim
from headway.acts.family import ChildEnd
from headway.acts.finish import Finish
from headway.acts.parcel import KeepArtifact, KeepCheckpoint, KeepChildren
from headway.model.clock import iso
from headway.model.errors import HeadwayError, Invalid
from headway.model.events import OUTPUT_DROPPED, RUN_THROTTLED
from headway.model.ids import new_id
from headway.model.media_types import ANY, typed
from headway.model.run import Artifact
from headway.model.states import Outcome
from headway.sdk.masking import Mask
from headway.work.artifacts import KeptFile, open_plain
from headway.work.endings import ENDS, Ending, ending_said, failed, over_time
from headway.work.kin import end_said, error_said, read_child
from headway.work.limits import REPORT_LIMIT, Limits
from headway.work.outbox import Keeping, Outbox, Spool
from headway.work.output import RawOutput, written
from headway.work.process import ChildProcess, Mode

_LOG_LINE = b'{"kind":"log.written"'
_STACK_GATHER_SECONDS = 0.1
"""How long the pieces of faulthandler's stack dump are gathered."""
_STACK_SHOWN = 100_000


KeepFile = Callable[[int, int], Awaitable[KeptFile]]
"""`work/depot/contract.py: Depot.keep_file`."""


class Desk(Protocol):
    """Where a supervisor hands in what is to be recorded."""

    def post(self, supervisor: Supervisor) -> None:
        """Its outbox has something."""
        ...

    def end(self, supervisor: Supervisor) -> None:
        """Its attempt has ended: record that, with all that waits."""
        ...

    def drop(self, supervisor: Supervisor) -> None:
        """Its attempt belongs to another worker now: nothing of it can be recorded any more."""
        ...


class Supervisor:
    def __init__(
        self,
        claim: Claim,
        child: ChildProcess,
        *,
        desk: Desk,
        spool: Spool,
        limits: Limits,
        keep_file: KeepFile,
        free: Callable[[ChildProcess, bool], None],
        awaited: Callable[[Supervisor, Sequence[str]], None],
        stood_aside: Callable[[ChildProcess, bool], None],
    ) -> None:
        """`keep_file`: keeps the bytes of artifacts. `free(child, is_spoiled)` is called once, when the child no longer executes this run.
        `awaited(self, runs)`: it waits for the ends of these; `stood_aside(child, is_waiting)`: and does nothing else."""
        self.claim = claim
        self.run = claim.run.id
        self.child = child
        self.outbox = Outbox(limits, spool)
        self.ending: Ending | None = None
        """Set once: how the attempt ended."""
        self.is_dropped = False
        self.started_at = 0.0
        self.seconds = 0.0
        """From being handed to the child to its last word."""
        self._desk = desk
        self._limits = limits
        self._keep_file = keep_file
        self._free = free
        self._awaited = awaited
        self._stood_aside = stood_aside
        self.has_children = False
        self.is_waiting = False
        """It does nothing but wait for its children, so that its place may be used."""
        self._loop = asyncio.get_running_loop()
        self._timers: list[asyncio.TimerHandle] = []
        self._raw = RawOutput(self.report, self._soon, Mask(claim.secrets.values()) if claim.secrets else None)
        self._stack = bytearray()
        self._stacks_told = 0
        self._output_bytes = 0
        self._dropped_lines = self._dropped_bytes = 0
        self._is_throttled = self._is_freed = self._is_spoiled = False
        self._wished: str | None = None
        self._may_pause = False
        """It was asked to, perhaps not any more: its checkpoint may have been quicker than whoever changed their mind."""
        self._is_over_time = self._is_released = False
        self._keeping: set[asyncio.Task[None]] = set()
        self.slot = child.open_slot(self)

    def start(self, watched: int = 0) -> None:
        run, claim = self.claim.run, self.claim
        checkpoint = {"number": claim.checkpoint.number, "value": claim.checkpoint.value} if claim.checkpoint else None
        self.started_at = self._loop.time()
        self._raw.watched = watched
        self.child.send(
            "run", slot=self.slot, run=run.id, attempt=claim.attempt, task=run.task, parameters=run.parameters, name=run.name,
            checkpoint=checkpoint, watched=watched, options={"is_resumable": run.options.is_resumable}, secrets=dict(claim.secrets),
        )  # fmt: skip
        if run.options.timeout_seconds is not None:
            self._later(run.options.timeout_seconds, self._out_of_time)
        if run.options.soft_timeout_seconds is not None:
            self._later(run.options.soft_timeout_seconds, self._soft_timeout)

    # what the child says

    def report(self, line: bytes) -> None:
        if self.ending is not None or self.is_dropped:
            return
        if line.startswith(_LOG_LINE):
            self._output_bytes += len(line)
            if self._output_bytes > self._limits.output_quota_bytes:
                self._drop_line(line)
                return
        self.outbox.add(line)
        if self.outbox.is_full and not self._is_throttled:
            self._throttle(True)
        self._desk.post(self)

    def message(self, kind: str, said: dict[str, Any]) -> None:
        if self.ending is not None or self.is_dropped:
            if kind == "child.ended":
                self._give_back()
            return
        match kind, said:
            case "child.accepted", _:
                pass
            case "child.ended", {"outcome": str(outcome)} if outcome in ENDS:
                self._end(ending_said(said, self.claim.run.options, is_over_time=self._is_over_time, may_pause=self._may_pause))
            case "child.checkpoint", {"number": int(number), "value": value}:
                keep = KeepCheckpoint(number=number, value=value)
                self._keep(Keeping(what=keep, done=lambda error, _: self._checkpoint_kept(number, error)))
            case "child.artifact", {"path": str(path), "name": str(name)}:
                self._keep_artifact(path, name, said)
            case "child.start", {"request": int(request), "children": list()}:
                self._start_children(request, cast("list[Any]", said["children"]))
            case "child.await", {"runs": list()}:
                self._awaited(self, [run for run in cast("list[Any]", said["runs"]) if isinstance(run, str)])
            case "child.stands_aside", {"is_waiting": bool(is_waiting)}:
                self._stand_aside(is_waiting)
            case "child.stack", {"text": str(text)}:
                self._tell_stack(text)
            case "child.leftovers", _:
                self._is_spoiled = True
                left = "; ".join(map(str, said.get("reasons") or ()))[:4_000]
                self._say(f"The run left something behind, so its process is not used again: {left}", "warning")
            case _:
                self.report(orjson.dumps(said))

    def output(self, stream: str, data: bytes) -> None:
        if stream == "stack":
            if not self._stack:
                self._later(_STACK_GATHER_SECONDS, self._tell_raw_stack)
            self._stack += data[: _STACK_SHOWN - len(self._stack)]
            return
        if self._output_bytes > self._limits.output_quota_bytes:
            self._output_bytes += len(data)
            self._dropped_lines += data.count(b"\n")
            self._dropped_bytes += len(data)
            return
        self._raw.feed(stream, data)

    def oversized(self, size_bytes: int) -> None:
        self._say(f"A report of {size_bytes:,} bytes was passed over: a line of the report pipe holds at most {REPORT_LIMIT:,}.", "error")

    def died(self, how: str, companions: int = 0) -> None:
        """The process has ended without a last word about this run."""
        if self.is_dropped or self.ending is not None:
            self._give_back()
            return
        self._tell_raw_stack()
        self._end(self._ending_of_death(how, companions))

    # what people and the clock want

    def wish(self, wish: str | None) -> None:
        """``cancel``, ``pause``, ``resume`` or ``stack``. All but the last come again and again, and count when they are new."""
        if wish is None or wish == self._wished or self.ending is not None or self.is_dropped:
            return
        match wish:
            case "stack":
                self._describe()
            case "cancel":
                self._wished = wish
                self._cancel("cancelled")
            case "pause" | "resume" if self._wished != "cancel":
                self._wished = wish
                self._may_pause = True
                self.child.send(wish, slot=self.slot)
            case _:
                pass

    def watched(self, count: int) -> None:
        self._raw.watched = count
        self.child.send("watched", slot=self.slot, count=count)

    def release(self) -> None:
        """The worker stops: end the process, and give the run back unharmed."""
        if self.ending is None and not self.is_dropped:
            self._is_released = True
            self._say("The worker is stopping and gives the run back; it will be executed again.", "warning")
            self.child.kill()

    def forget(self) -> None:
        """The worker ends without an answer from the store: leave everything to the reaper."""
        self.is_dropped = True
        self._forget_timers()
        self.outbox.clear()
        for task in self._keeping:
            task.cancel()

    def drop(self) -> None:
        """Another worker owns the run now. What this child still does must not be mistaken for it."""
        if self.is_dropped:
            return
        self.is_dropped = True
        self.outbox.clear()
        self._forget_timers()
        self._desk.drop(self)
        if self.ending is not None:
            return
        if self.child.mode is Mode.SYNC:
            self.child.kill()
        else:
            self._cancel("stale")

    def _cancel(self, reason: str) -> None:
        grace = self._limits.cancel_grace_seconds
        if reason == "cancelled":
            self._say(f"Cancelling: the run has {grace:g} s to tidy up.", "info")
        self.child.send("cancel", slot=self.slot, reason=reason)
        self._later(grace, self._terminate)

    def _terminate(self) -> None:
        if not self._is_here:
            return
        self.child.culprit = self
        grace = self._limits.terminate_grace_seconds
        waited = self._limits.cancel_grace_seconds
        self._say(f"The run did not end within {waited:g} s; its process is being terminated (SIGTERM).", "warning")
        self.child.signal_group(signal.SIGTERM)
        self._later(grace, self._kill)

    def _kill(self) -> None:
        if not self._is_here:
            return
        self.child.culprit = self
        self._say("The process is being killed (SIGKILL).", "warning")
        self.child.kill()

    def _soft_timeout(self) -> None:
        self._say(f"The soft time limit of {self.claim.run.options.soft_timeout_seconds:g} s is over.", "warning")
        self.child.send("soft_timeout", slot=self.slot)

    def _out_of_time(self) -> None:
        self._is_over_time = True
        self._say(f"The time limit of {self.claim.run.options.timeout_seconds:g} s is over; the run is being ended.", "error")
        if self.child.mode is Mode.ASYNC:
            self._cancel("timeout")
        else:
            # Where it hung is what people ask next; faulthandler tells even when the code blocks in C.
            self.child.describe(self)
            self._later(2 * _STACK_GATHER_SECONDS, self.child.kill)

    @property
    def _is_here(self) -> bool:
        """Whether the child still executes this run."""
        return self.ending is None and not self._is_freed

    # stack dumps

    def _describe(self) -> None:
        told = self._stacks_told
        self.child.send("stack", slot=self.slot)
        self._later(self._limits.stack_seconds, lambda: self.child.describe(self) if self._stacks_told == told else None)

    def _tell_stack(self, text: str) -> None:
        self._stacks_told += 1
        self._say("Stack of the running code", "info", traceback=text[:_STACK_SHOWN])

    def _tell_raw_stack(self) -> None:
        if self._stack and self.ending is None:
            self._tell_stack(self._stack.decode("utf-8", "replace"))
        self._stack.clear()

    # checkpoints and artifacts

    def _keep(self, keep: Keeping) -> None:
        self.outbox.keep(keep)
        self._desk.post(self)

    def _checkpoint_kept(self, number: int, error: Exception | None) -> None:
        if error is None:
            self.child.send("acknowledged", slot=self.slot, checkpoint=number)
        else:
            self._say(f"Checkpoint {number} was refused: {error}", "error")

    def _keep_artifact(self, path: str, name: str, said: dict[str, Any]) -> None:
        # Opened at once: from here on it does not matter whether the run removes or replaces the file.
        try:
            fd = open_plain(path)
        except HeadwayError as error:
            self._say(error.message, "error")
            return
        task = self._loop.create_task(self._store_artifact(fd, path, name[:200], said))
        self._keeping.add(task)
        task.add_done_callback(self._artifact_stored)

    async def _store_artifact(self, fd: int, path: str, name: str, said: dict[str, Any]) -> None:
        try:
            kept = await self._keep_file(fd, self._limits.artifact_bytes)
        except (HeadwayError, OSError) as error:
            self._say(f"The artifact {name} was not kept: {error}", "error")
            return
        finally:
            if said.get("is_temporary") is True:
                with contextlib.suppress(OSError):
                    os.unlink(path)  # noqa: PTH108
        keep = KeepArtifact(artifact=self._artifact(kept, name, said), receipt=kept.receipt)
        self._keep(Keeping(what=keep, done=lambda error, _: self._artifact_kept(name, error)))

    def _artifact(self, kept: KeptFile, name: str, said: dict[str, Any]) -> Artifact:
        given, step = said.get("media_type"), said.get("step")
        found = typed(name, given if isinstance(given, str) else ANY, kept.head)
        return Artifact(
            id=new_id(), run=self.run, name=name, size_bytes=kept.size_bytes, sha256=kept.sha256, created_at=datetime.now(UTC),
            media_type=found.media_type, stated_type=found.stated_type, attempt=self.claim.attempt,
            step=step if isinstance(step, str) else None,
        )  # fmt: skip

    def _artifact_kept(self, name: str, error: Exception | None) -> None:
        if error is not None:
            self._say(f"The artifact {name} was refused: {error}", "error")

    def _artifact_stored(self, task: asyncio.Task[None]) -> None:
        self._keeping.discard(task)
        if self.ending is not None and not self._keeping and not self.is_dropped:
            self._desk.end(self)

    # children

    def _start_children(self, request: int, children: list[Any]) -> None:
        try:
            wishes = [read_child(child) for child in children]
        except (KeyError, TypeError, ValueError) as error:
            self._answer_start(request, [], Invalid(f"The child runs are not described as they should be: {error!r}"))
            return
        self._keep(Keeping(what=KeepChildren(wishes=wishes), done=lambda error, started: self._answer_start(request, started, error)))

    def _answer_start(self, request: int, started: Sequence[str], error: Exception | None) -> None:
        said = error_said(error)
        self.has_children = self.has_children or bool(started)
        runs = [] if said is not None else list(started)
        self.child.send("children_started", slot=self.slot, request=request, runs=runs, error=said)

    def tell_end(self, end: ChildEnd) -> None:
        """One of the children that this run waits for has ended."""
        if self._is_here:
            self.child.send("child_ended", slot=self.slot, end=end_said(end))

    def _stand_aside(self, is_waiting: bool) -> None:
        if is_waiting is not self.is_waiting and not self._is_freed:
            self.is_waiting = is_waiting
            self._stood_aside(self.child, is_waiting)

    # limits on what is said

    def recorded(self) -> None:
        """The recorder has taken something out of the outbox."""
        if self._is_throttled and self.outbox.has_room:
            self._throttle(False)

    def _throttle(self, is_throttled: bool) -> None:
        self._is_throttled = is_throttled
        self.outbox.add(orjson.dumps({"kind": RUN_THROTTLED, "at": iso(), "is_throttled": is_throttled}))
        if is_throttled:
            self.child.pause_reading()
        else:
            self.child.resume_reading()

    def _drop_line(self, line: bytes) -> None:
        if not self._dropped_lines:
            quota = self._limits.output_quota_bytes
            self._say(f"The output quota of {quota:,} bytes is used up; further lines are counted, but not kept.", "warning")
        self._dropped_lines += 1
        self._dropped_bytes += len(line)

    def _say(self, text: str, level: str, **more: Any) -> None:
        """An entry in the run's log from the supervisor itself."""
        if not self.is_dropped:
            self.outbox.add(written(text, level=level, **more))
            self._desk.post(self)

    # the end

    def _ending_of_death(self, how: str, companions: int) -> Ending:
        if self._wished == "cancel":
            return Ending(outcome=Outcome.CANCELLED)
        if self._is_over_time:
            return over_time(self.claim.run.options)
        if self._is_released or self.child.culprit not in {None, self}:
            return Ending(outcome=Outcome.RELEASED)
        if companions:
            # Which of the runs in this process is to blame is not known: each gets another attempt, in a process of its own.
            message = f"The process that executed this run, and {companions} others, ended: {how}."
            return Ending(outcome=Outcome.LOST, error={"code": "child_died", "message": message})
        return failed("child_died", f"The process that executed this run ended: {how}.")

    def _end(self, ending: Ending) -> None:
        if self._is_throttled:
            self.child.resume_reading()
        self.child.read_output()
        self._raw.close()
        if self._dropped_lines:
            counts = {"line_count": self._dropped_lines, "byte_count": self._dropped_bytes}
            self.outbox.add(orjson.dumps({"kind": OUTPUT_DROPPED, "at": iso(), **counts, "reason": "quota"}))
        self.ending = ending
        self.seconds = self._loop.time() - self.started_at
        self._forget_timers()
        self._give_back()
        if not self._keeping:
            self._desk.end(self)

    def finish(self) -> Finish:
        """What the recorder hands to the act, when the outbox is short enough to go with it."""
        assert self.ending is not None
        last = self.outbox.take_last()
        return Finish(
            run=self.run, fence=self.claim.fence, batch_no=last.batch_no, events=last.events, outcome=self.ending.outcome,
            result=self.ending.result, error=self.ending.error, retry_delay_seconds=self.ending.retry_delay_seconds,
        )  # fmt: skip

    def _give_back(self) -> None:
        if not self._is_freed:
            self._stand_aside(False)
            self._is_freed = True
            self.child.close_slot(self.slot)
            self._free(self.child, self._is_spoiled)

    def _later(self, seconds: float, function: Callable[[], object]) -> None:
        self._timers.append(self._loop.call_later(seconds, function))

    def _soon(self, seconds: float, function: Callable[[], None]) -> None:
        """As `_later`, for what comes again and again."""
        if self._is_here and not self.is_dropped:
            self._loop.call_later(seconds, lambda: function() if self._is_here and not self.is_dropped else None)

    def _forget_timers(self) -> None:
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()
