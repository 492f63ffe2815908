"""One run inside a child: its context, the wishes that reach it, and how what it did becomes an outcome."""

from __future__ import annotations

import asyncio
import os
import sys
import traceback
from collections.abc import Callable, Mapping
from typing import Any, cast

from headway.model.errors import HeadwayError, InvalidParameters, ResultNotJson, TooLarge
from headway.sdk.context import RunContext
from headway.sdk.failure import failure_of
from headway.sdk.jsonable import RESULT_LIMIT, encode_exact
from headway.sdk.listeners import EndedRun
from headway.sdk.masking import Mask, MaskingReporter
from headway.sdk.outcomes import Cancelled, NoRetry, Paused, Retry, SoftTimeout
from headway.sdk.report_pipe import ReportPipe
from headway.sdk.reporter import PipeReporter, encode_value
from headway.sdk.task import find_task
from headway.work.canary import CANARY

Ended = dict[str, Any]
"""The fields of a ``child.ended`` line, `result` apart."""

_PID = os.getpid()


class Job:
    def __init__(self, said: Mapping[str, Any], pipe: ReportPipe) -> None:
        """`said`: a ``run`` or ``hear`` control line."""
        self.slot: int = said["slot"]
        self.said = said
        self.is_hearing = said["do"] == "hear"
        run = said["run"] if self.is_hearing else said
        self.pipe = pipe
        secrets: dict[str, str] = said.get("secrets") or {}
        self.mask = Mask(secrets.values()) if secrets else None
        watched = said.get("watched", 0)
        self.reporter = (
            PipeReporter(pipe, self.slot, watched=watched)
            if self.mask is None
            else MaskingReporter(pipe, self.slot, watched=watched, mask=self.mask)
        )
        self.context = RunContext(
            self.reporter, id=run["id"] if self.is_hearing else run["run"], attempt=run["attempt"], task=run["task"], name=run["name"],
            parameters=run["parameters"], checkpoint=said.get("checkpoint"),
            is_resumable=said.get("options", {}).get("is_resumable", False), secrets=secrets,
            mask=self.mask,
        )  # fmt: skip
        self.interruption: BaseException | None = None
        """To be raised in user code, once."""
        self.is_interruptible = False
        """User code is running, so that an exception out of nowhere hits nothing else."""
        self.is_cancel_wanted = False
        self.asyncio_task: asyncio.Task[None] | None = None
        self.coroutine: Any = None

    def take_interruption(self) -> BaseException | None:
        error, self.interruption = self.interruption, None
        return error

    def hear(self, said: Mapping[str, Any], interrupt: Callable[[Job], None]) -> None:
        """A control line about this job. `interrupt(job)` has `interruption` raised in user code."""
        match said["do"]:
            case "cancel":
                self.is_cancel_wanted = True
                self.context.want_cancel()
                self.interruption = Cancelled(said.get("reason", "cancelled"))
                interrupt(self)
            case "soft_timeout":
                self.interruption = SoftTimeout("the soft time limit of this task is over")
                interrupt(self)
            case "pause":
                self.context.want_pause()
            case "resume":
                self.context.want_no_pause()
            case "watched":
                self.context.watch(said["count"])
            case "children_started":
                self.context.kin.answer(said["request"], said["runs"], said.get("error"))
            case "child_ended":
                self.context.kin.ended(said["end"])
            case "acknowledged":
                self.reporter.acknowledge(said["checkpoint"])
            case _:
                pass

    # what is executed

    @property
    def task(self) -> Any:
        name = self.said["task"]
        found = CANARY if name == CANARY.name else find_task(name)
        if found is None:
            raise HeadwayError(f"This process has no task named {name}.")
        return found

    @property
    def ended_run(self) -> EndedRun:
        run = self.said["run"]
        return EndedRun(
            id=run["id"], task=run["task"], name=run["name"], attempt=run["attempt"], outcome=run["state"], parameters=run["parameters"],
            result=run["result"], error=run["error"],
        )  # fmt: skip

    # what is said

    def say(self, kind: str, **fields: Any) -> None:
        if self.mask is not None:
            fields = self.mask.event(fields)
        self.pipe.send(b"%d " % self.slot + encode_value({"kind": kind, **fields}).encode("utf-8", "backslashreplace") + b"\n")

    def say_ended(self, ended: Ended, result: str | None) -> None:
        """The last line. `result` is JSON already."""
        if self.mask is not None:
            ended = self.mask.event(ended)
            result = None if result is None else self.mask.encoded(result)
        line = encode_value({"kind": "child.ended", **ended}).encode("utf-8", "backslashreplace")
        if result is not None:
            line = line[:-1] + b',"result":' + result.encode() + b"}"
        self.pipe.send(b"%d " % self.slot + line + b"\n")

    # what came of it

    def result_of(self, value: Any) -> tuple[Ended, str | None]:
        if value is None:
            return {"outcome": "succeeded"}, None
        try:
            encoded = encode_exact(value, "result", RESULT_LIMIT)
        except ResultNotJson as error:
            return self._failed(error, "result_not_json", is_retryable=False), None
        except TooLarge as error:
            return self._failed(error, "result_too_large", is_retryable=False), None
        return {"outcome": "succeeded"}, encoded

    def outcome_of(self, error: BaseException) -> Ended:
        """What an exception out of user code means."""
        if _holds(error, Paused):
            return {"outcome": "paused"}
        if _holds(error, Cancelled) or (self.is_cancel_wanted and _holds(error, asyncio.CancelledError)):
            return {"outcome": "cancelled"}
        if _holds(error, SoftTimeout):
            return {**self._failed(error, "soft_timeout"), "outcome": "timed_out"}
        match error:
            case SystemExit(code=None | 0):
                return {"outcome": "succeeded"}
            case SystemExit():
                return self._failed(error, "exited")
            case KeyboardInterrupt():
                return self._failed(error, "interrupted")
            case MemoryError():
                return self._failed(error, "out_of_memory")
            case InvalidParameters():
                ended = self._failed(error, "bad_parameters", is_retryable=False)
                ended["error"]["details"] = {"field": error.fields.get("field")}
                return ended
            case Retry():
                ended = self._failed(error, "exception", is_retryable=True)
                if error.delay_seconds is not None:
                    ended["retry_delay_seconds"] = error.delay_seconds
                return ended
            case NoRetry():
                return self._failed(error, "exception", is_retryable=False)
            case _:
                return self._failed(error, "exception")

    def _failed(self, error: BaseException, code: str, *, is_retryable: bool | None = None) -> Ended:
        failure = failure_of(error, code, self.mask)
        failure["message"] = failure["message"] or _SENTENCES.get(code, f"{failure['type']} was raised, without a message.")
        if is_retryable is not None:
            failure["is_retryable"] = is_retryable
        return {"outcome": "failed", "error": failure}


_SENTENCES = {
    "out_of_memory": "There was not enough memory.",
    "interrupted": "The task was interrupted as if from a keyboard.",
    "exited": "The task ended its process itself.",
}


def leave_if_forked() -> None:
    """A process that user code forked came back out of the task: it is not the child, and must not go on as if it were."""
    if os.getpid() != _PID:
        error = sys.exc_info()[1]
        if error is not None and not isinstance(error, SystemExit):
            traceback.print_exception(error, file=sys.__stderr__)
        os._exit(0 if error is None or (isinstance(error, SystemExit) and not error.code) else 1)


def _holds(error: BaseException, kind: type[BaseException]) -> bool:
    """Whether it is one, or a group (of an `asyncio.TaskGroup`) that holds one."""
    if isinstance(error, BaseExceptionGroup):
        return any(_holds(inner, kind) for inner in cast("BaseExceptionGroup[BaseException]", error).exceptions)
    return isinstance(error, kind)
