"""``python -m headway.work.child``: the process that executes user code (PROTOCOL.md section 2).

A thread reads the control pipe; user code runs in the main thread, so that signals can interrupt it. A child of mode
``sync`` runs one plain function at a time, one of mode ``async`` many `async def` functions on one loop.
"""

from __future__ import annotations

import faulthandler
import os
import signal
import sys
import threading
from queue import SimpleQueue
from typing import Any

from headway.model.errors import HeadwayError
from headway.sdk import interrupts
from headway.sdk.capture import Capture
from headway.sdk.context import enter
from headway.sdk.listeners import notify
from headway.sdk.reporter import ReportPipe, encode_value
from headway.sdk.schema import bind
from headway.work import control, stacks
from headway.work.imports import import_sources
from headway.work.job import Ended, Job, leave_if_forked
from headway.work.leftovers import Surroundings

_MAIN = threading.main_thread().ident or 0


class SyncChild:
    """Runs one job after another in the main thread."""

    def __init__(self, pipe: ReportPipe) -> None:
        self._pipe = pipe
        self._jobs: SimpleQueue[Job | None] = SimpleQueue()
        self._current: Job | None = None
        self._known: dict[int, Job] = {}

    def run(self) -> None:
        signal.signal(signal.SIGUSR1, self._on_signal)
        while (job := self._jobs.get()) is not None:
            self._current = job
            self._execute(job)
            self._current = None
            self._known.pop(job.slot, None)

    # in the control thread

    def hear(self, said: dict[str, Any]) -> None:
        do = said["do"]
        if do in {"run", "hear"}:
            job = Job(said, self._pipe)
            self._known[job.slot] = job
            self._jobs.put(job)
        elif do == "retire":
            self._jobs.put(None)
        elif (job := self._known.get(said["slot"])) is not None:
            job.hear(said, self._interrupt)
            if do == "stack":
                job.say("child.stack", text=stacks.of_threads())

    def _interrupt(self, job: Job) -> None:
        signal.pthread_kill(_MAIN, signal.SIGUSR1)

    # in the main thread

    def _on_signal(self, number: int, frame: object) -> None:
        job = self._current
        if job is not None and job.is_interruptible and (error := job.take_interruption()) is not None:
            interrupts.interrupt(error)

    def _execute(self, job: Job) -> None:
        surroundings = Surroundings()
        ended: Ended
        result: str | None = None
        try:
            with enter(job.context):
                value = self._call(job)
            ended, result = job.result_of(value)
        except BaseException as error:  # noqa: BLE001  (whatever user code raises is how its run ended)
            job.is_interruptible = False
            ended = job.outcome_of(error)
            del error
        left = surroundings.leftovers()
        if left:
            job.say("child.leftovers", reasons=left)
        job.say_ended(ended, result)

    def _call(self, job: Job) -> Any:
        try:
            if job.is_hearing:
                notify(job.said["event"], job.ended_run)
                return None
            task = job.task
            arguments = bind(task, job.said["parameters"])
            job.say("child.accepted")
            job.is_interruptible = True
            if (early := job.take_interruption()) is not None:
                raise early
            return task.function(**arguments)
        finally:
            job.is_interruptible = False
            leave_if_forked()


def main() -> None:
    report_fd, control_fd, lifeline_fd, stack_fd = (
        int(os.environ.pop(f"HEADWAY_{name}_FD")) for name in ("REPORT", "CONTROL", "LIFELINE", "STACK")
    )
    mode = os.environ.pop("HEADWAY_CHILD_MODE")
    control.hang_on(lifeline_fd)
    os.set_inheritable(stack_fd, False)
    faulthandler.register(signal.SIGUSR2, file=stack_fd, all_threads=True, chain=False)
    pipe = ReportPipe(report_fd)
    if mode == "async":
        from headway.work.async_child import AsyncChild  # a sync child does without asyncio

        child: Any = AsyncChild(pipe)
    else:
        child = SyncChild(pipe)
    # From here on the supervisor's end is noticed, also while user code is imported.
    control.listen(control_fd, child.hear)
    found = import_sources(os.environ["HEADWAY_TASKS"].split(",") if os.environ.get("HEADWAY_TASKS") else [])
    with Capture():
        _say_ready(pipe, found)
        child.run()
    pipe.close()
    sys.stdout.flush()
    os._exit(0)  # threads of user code do not keep a retired child alive


def _say_ready(pipe: ReportPipe, found: dict[str, Any]) -> None:
    try:
        line = encode_value({"kind": "child.ready", "pid": os.getpid(), **found})
    except (TypeError, ValueError) as error:
        raise HeadwayError(f"The tasks cannot be described as JSON: {error}") from error
    pipe.send(b"0 " + line.encode("utf-8", "backslashreplace") + b"\n")


if __name__ == "__main__":
    main()
