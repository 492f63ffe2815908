"""Many `async def` runs in one process and on one loop: a hundred that wait cost little more than one."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Coroutine, Generator
from typing import Any

from headway.sdk.context import enter
from headway.sdk.listeners import notify_async
from headway.sdk.outcomes import SoftTimeout
from headway.sdk.reporter import ReportPipe
from headway.sdk.schema import bind
from headway.work import stacks
from headway.work.job import Ended, Job, leave_if_forked
from headway.work.leftovers import Surroundings


class AsyncChild:
    def __init__(self, pipe: ReportPipe) -> None:
        self._pipe = pipe
        self._loop = asyncio.new_event_loop()
        self._jobs: dict[int, Job] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._is_retiring = False
        self._surroundings: Surroundings | None = None

    def run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()

    # in the control thread

    def hear(self, said: dict[str, Any]) -> None:
        if said["do"] == "stack" and (job := self._jobs.get(said["slot"])) is not None:
            # Answered here, because the loop may be what hangs.
            job.say("child.stack", text=f"{stacks.of_coroutine(job.coroutine)}\n{stacks.of_threads()}")
        else:
            self._loop.call_soon_threadsafe(self._hear, said)

    # in the loop

    def _hear(self, said: dict[str, Any]) -> None:
        if said["do"] in {"run", "hear"}:
            self._start(Job(said, self._pipe))
        elif said["do"] == "retire":
            self._is_retiring = True
            self._end_if_done()
        elif (job := self._jobs.get(said["slot"])) is not None:
            job.hear(said, _interrupt)

    def _start(self, job: Job) -> None:
        if self._surroundings is None:
            self._surroundings = Surroundings()
        self._jobs[job.slot] = job
        job.asyncio_task = task = self._loop.create_task(self._execute(job), name=f"run-{job.context.id}")
        self._tasks.add(task)
        task.add_done_callback(lambda task: self._done(job, task))

    def _done(self, job: Job, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if self._jobs.pop(job.slot, None) is not None:  # it was cancelled before its first step
            job.say_ended(job.outcome_of(asyncio.CancelledError()), None)
        self._end_if_done()

    async def _execute(self, job: Job) -> None:
        ended: Ended
        result: str | None = None
        try:
            with enter(job.context):
                value = await self._call(job)
            ended, result = job.result_of(value)
        except BaseException as error:  # noqa: BLE001  (whatever user code raises is how its run ended)
            ended = job.outcome_of(error)
            del error
        del self._jobs[job.slot]
        if not self._jobs and self._surroundings is not None:
            # Only now is it known that what is left is nobody's who still runs.
            left, self._surroundings = self._surroundings.leftovers(), None
            if left:
                job.say("child.leftovers", reasons=left)
        job.say_ended(ended, result)

    async def _call(self, job: Job) -> Any:
        try:
            if job.is_hearing:
                await notify_async(job.said["event"], job.ended_run)
                return None
            task = job.task
            arguments = bind(task, job.said["parameters"])
            job.say("child.accepted")
            answer = task.function(**arguments)
            if not inspect.iscoroutine(answer):
                return await answer if inspect.isawaitable(answer) else answer
            job.coroutine = answer
            return await Interruptible(answer, job)
        finally:
            leave_if_forked()

    def _end_if_done(self) -> None:
        if self._is_retiring and not self._jobs:
            self._loop.stop()


def _interrupt(job: Job) -> None:
    if job.asyncio_task is not None:
        job.asyncio_task.cancel()


class Interruptible:
    """Drives a coroutine as `await` would, but a cancellation that was meant as a soft time limit arrives as `SoftTimeout`.

    Everything else that waits on behalf of the coroutine still sees an ordinary cancellation.
    """

    def __init__(self, coroutine: Coroutine[Any, Any, Any], job: Job) -> None:
        self._coroutine = coroutine
        self._job = job

    def __await__(self) -> Generator[Any, Any, Any]:
        error: BaseException | None = None
        while True:
            try:
                waited_for = self._coroutine.send(None) if error is None else self._coroutine.throw(error)
            except StopIteration as stop:
                return stop.value
            error = None
            try:
                yield waited_for
            except GeneratorExit:
                self._coroutine.close()
                raise
            except asyncio.CancelledError as cancelled:
                error = self._meant_by(cancelled)
            except BaseException as raised:  # noqa: BLE001  (an awaited future's, handed on)
                error = raised

    def _meant_by(self, cancelled: asyncio.CancelledError) -> BaseException:
        meant = self._job.take_interruption()
        if isinstance(meant, SoftTimeout) and self._job.asyncio_task is not None:
            self._job.asyncio_task.uncancel()
            return meant
        return cancelled
