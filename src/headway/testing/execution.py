"""One attempt in a thread of this process. It moves only while somebody waits for it: two threads hand one baton back and forth, so
that a test sees a run stand still at the very report that it asked for.

What a child does is done by the code of a child (`work/job.py`, `sdk/`); a pipe, signals and SIGKILL are replaced by what happens at
its next report.
"""

from __future__ import annotations

import asyncio
import inspect
import math
import sys
import threading
import traceback
from collections import deque
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any, Protocol, cast

import orjson

from headway.acts.claim import Claim
from headway.sdk.capture import Capture
from headway.sdk.context import enter
from headway.sdk.report_pipe import ReportPipe
from headway.sdk.schema import bind
from headway.sdk.task import find_task
from headway.testing.errors import TaskStuck
from headway.testing.memory_pipe import MemoryPipe
from headway.testing.skipped_sleep import has_slept, skip_in_this_thread, skipping_sleep
from headway.testing.skipping_loop import SkippingLoop, skipping_loop
from headway.work.async_child import Interruptible
from headway.work.job import Job


class Killed(BaseException):
    """The attempt is no more: its thread unwinds, and what it still reports is heard by nobody."""


class Keeper(Protocol):
    """Who keeps what an attempt says, and decides where it stands still. Called in the attempt's thread."""

    def keep_checkpoint(self, execution: Execution, number: int, value: Any) -> None: ...
    def keep_artifact(self, execution: Execution, said: dict[str, Any]) -> None: ...
    def start_children(self, execution: Execution, request: int, children: list[Any]) -> None: ...
    def await_children(self, execution: Execution, runs: list[str]) -> None:
        """Have these executed, and tell their ends."""
        ...

    def passes(self, execution: Execution) -> bool:
        """It has reported something: whether it goes on, or stands still until somebody waits for it again."""
        ...

    def let_pass(self, seconds: float) -> float:
        """Skip so much time, or less: up to where something becomes due. How much was skipped."""
        ...


class Execution:
    def __init__(self, claim: Claim, keeper: Keeper, *, started_at: float, patience_seconds: float, skips_sleep: bool) -> None:
        """`started_at`: on the clock of the installation. `patience_seconds`: real time until `go_on` gives up."""
        self._skips_sleep = skips_sleep
        self.claim = claim
        self.run = claim.run.id
        self.started_at = started_at
        self.pending: deque[bytes] = deque()
        """Events that are not recorded yet."""
        self.batch_no = 0
        self.ended: dict[str, Any] | None = None
        """The ``child.ended`` line."""
        self.is_over = False
        """Its thread has ended."""
        self.is_killed = False
        self.is_over_time = False
        self.is_stuck = False
        self.is_driving = False
        """It waits for another run itself."""
        self._keeper = keeper
        self._patience_seconds = patience_seconds
        self._go = threading.Semaphore(0)
        self._back = threading.Semaphore(0)
        self._wished: str | None = None
        self._is_soft_over = False
        checkpoint = {"number": claim.checkpoint.number, "value": claim.checkpoint.value} if claim.checkpoint else None
        said = {
            "do": "run", "slot": 1, "run": self.run, "attempt": claim.attempt, "task": claim.run.task, "name": claim.run.name,
            "parameters": claim.run.parameters, "checkpoint": checkpoint, "watched": 1,
            "options": {"is_resumable": claim.run.options.is_resumable}, "secrets": dict(claim.secrets),
        }  # fmt: skip
        self.job = Job(said, cast("ReportPipe", MemoryPipe(report=self._report, message=self._message)))
        self._loops: list[SkippingLoop] = []
        """Event loops that it has made."""
        self._thread = threading.Thread(target=self._live, name=f"headway-run-{self.run}", daemon=True)
        self._capture: Capture | None = None

    # --- the side of those who wait ----------------------------------------------------------------------------------

    def go_on(self) -> None:
        """Let it run until it ends or stands still. Raises `TaskStuck`."""
        if self._capture is None:
            self._capture = Capture()
            self._thread.start()
        self._capture.install()
        try:
            with skipping_sleep(self._function) if self._skips_sleep else nullcontext():
                self._go.release()
                if not self._back.acquire(timeout=self._patience_seconds):
                    self.is_stuck = True
                    raise TaskStuck(seconds=self._patience_seconds, stack=self._stack())
        finally:
            self._capture.remove()

    def kill(self) -> None:
        """As SIGKILL would, but for `finally` blocks, which Python runs all the same; what they report is heard by nobody."""
        self.is_killed = True
        while self.is_standing:
            self.go_on()

    @property
    def is_standing(self) -> bool:
        """Whether it has begun, and would go on if it were let."""
        return self._capture is not None and not (self.is_over or self.is_driving or self.is_stuck or self.is_here)

    def wish(self, wish: str | None) -> None:
        """``cancel``, ``pause`` or ``resume``; it counts when it is new, and is heard at the next report."""
        if wish is not None and self._wished not in (wish, "cancel"):
            self._wished = wish
            self.job.hear({"do": wish}, _interrupt)

    @property
    def may_pause(self) -> bool:
        """It was asked to, perhaps not any more."""
        return self._wished in {"pause", "resume"}

    def soft_timeout(self) -> None:
        """Have `headway.SoftTimeout` raised, once."""
        if not self._is_soft_over:
            self._is_soft_over = True
            self.job.hear({"do": "soft_timeout"}, _interrupt)

    def end_for_time(self) -> bool:
        """The hard limit is over. A plain function is killed; an async one is cancelled, and says itself when it has ended.
        Whether it is killed."""
        if not self.is_over_time:
            self.is_over_time = True
            if self.job.task.is_async:
                self.job.hear({"do": "cancel", "reason": "timeout"}, _interrupt)
            else:
                self.is_killed = True
        return self.is_killed

    def _stack(self) -> str:
        frame = sys._current_frames().get(self._thread.ident or 0)  # pyright: ignore[reportPrivateUsage]
        return "".join(traceback.format_stack(frame)[-8:]) if frame is not None else ""

    @property
    def _function(self) -> Callable[..., Any] | None:
        found = find_task(self.claim.run.task or "")
        return None if found is None else found.function

    @property
    def limit_seconds(self) -> float:
        """The next of its time limits, since `started_at`; infinite if none is left."""
        options = self.claim.run.options
        if self.is_over or self.is_killed or self.is_over_time:
            return math.inf
        soft = None if self._is_soft_over else options.soft_timeout_seconds
        return min((limit for limit in (soft, options.timeout_seconds) if limit is not None), default=math.inf)

    # --- the side of the run -----------------------------------------------------------------------------------------

    def _live(self) -> None:
        self._go.acquire()
        if self._skips_sleep:
            skip_in_this_thread(self.sleep, self._new_loop)
        try:
            self._execute()
        finally:
            self.is_over = True
            self._back.release()

    def _execute(self) -> None:
        job = self.job
        result: str | None = None
        try:
            if job.task.is_async:
                with asyncio.Runner(loop_factory=self._new_loop if self._skips_sleep else None) as runner:
                    value = runner.run(self._call_async())
            else:
                with enter(job.context):
                    value = self._call()
            ended, result = job.result_of(value)
        except BaseException as error:  # noqa: BLE001  (whatever user code raises is how its run ended)
            ended = job.outcome_of(error)
            del error
        job.say_ended(ended, result)

    def _call(self) -> Any:
        job = self.job
        try:
            arguments = bind(job.task, job.said["parameters"])
            job.is_interruptible = True
            self._stop_if_meant()
            return job.task.function(**arguments)
        finally:
            job.is_interruptible = False

    async def _call_async(self) -> Any:
        job = self.job
        job.asyncio_task = asyncio.current_task()
        with enter(job.context):
            answer = job.task.function(**bind(job.task, job.said["parameters"]))
            if not inspect.iscoroutine(answer):
                return await answer if inspect.isawaitable(answer) else answer
            job.coroutine = answer
            return await Interruptible(answer, job)

    def _new_loop(self) -> SkippingLoop:
        loop = skipping_loop(self._skip)
        self._loops = [*(one for one in self._loops if not one.is_closed()), loop]
        return loop

    def _skip(self, seconds: float) -> float:
        """An event loop has nothing to do but to wait so long."""
        passed = self._let_pass(seconds)
        if self.job.asyncio_task is None:
            self._stop_if_meant()
        elif self.is_killed:
            self.job.asyncio_task.cancel()
        return passed

    def sleep(self, seconds: float) -> None:
        """Instead of `time.sleep`, in its own thread. Like a report, a place at which a run may be stopped and hears what is wanted."""
        left = seconds
        while left > 0:
            left -= self._let_pass(left)
            self._stop_if_meant()
        self._pass()

    def _let_pass(self, seconds: float) -> float:
        passed = self._keeper.let_pass(seconds)
        has_slept(passed)
        for loop in self._loops:
            loop.skipped_seconds += passed
        return passed

    def _report(self, event: bytes) -> None:
        if not self.is_killed:
            self.pending.append(event)
        self._pass()

    def _message(self, kind: str, said: dict[str, Any]) -> None:
        if not self.is_killed:
            match kind:
                case "child.ended":
                    self.ended = said
                    return
                case "child.checkpoint":
                    self._keeper.keep_checkpoint(self, said["number"], said["value"])
                    self.job.reporter.acknowledge(said["number"])
                case "child.artifact":
                    self._keeper.keep_artifact(self, said)
                case "child.start":
                    self._keeper.start_children(self, said["request"], said["children"])
                case "child.await":
                    self._keeper.await_children(self, said["runs"])
                case "child.stands_aside":
                    return  # there is no place that others could have
                case _:
                    self.pending.append(orjson.dumps(said))
        self._pass()

    def _pass(self) -> None:
        """After each report of its own thread: stand still if that is wanted, and hear what is."""
        if threading.current_thread() is not self._thread:
            return
        if not self.is_killed and not self._keeper.passes(self):
            self._back.release()
            self._go.acquire()
        self._stop_if_meant()

    def look_up(self) -> None:
        """For the run's own code, after it has let time pass or asked for something."""
        self._stop_if_meant()

    @property
    def is_here(self) -> bool:
        """Whether the caller is the run's own code."""
        return threading.current_thread() is self._thread

    def _stop_if_meant(self) -> None:
        job = self.job
        if self.is_killed and (job.is_interruptible or job.asyncio_task is not None):
            raise Killed
        if job.is_interruptible and (error := job.take_interruption()) is not None:
            raise error


def _interrupt(job: Job) -> None:
    if job.asyncio_task is not None:
        job.asyncio_task.cancel()
