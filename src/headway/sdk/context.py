"""The run that user code is in.

A context variable says which run and which step the code belongs to, so that `async def` tasks share a process without
mixing their reports. A thread that user code starts has an empty context; when the process has one run only, which is
so for every plain function, its reports belong to that.
"""

from __future__ import annotations

import itertools
import os
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from headway.model.clock import iso
from headway.model.events import PROGRESS_REPORTED, STATUS_REPORTED, Event
from headway.model.fold import MAIN_BAR
from headway.sdk.coalesce import FAST_SECONDS, SLOW_SECONDS, Bar, DrawnKey, Sampled, sampler
from headway.sdk.kin import Kin
from headway.sdk.local import LocalReporter
from headway.sdk.outcomes import Paused, outcome_of
from headway.sdk.positions import Positions

if TYPE_CHECKING:
    from headway.sdk.masking import Mask
    from headway.sdk.reporter import Recorded, Reporter
    from headway.sdk.step import Step

BARS_KEPT = 200
"""Bars of one run that are remembered here; the view shows fewer."""


class RunContext:
    """One attempt of a run, as its code sees it. Made by whoever executes the task, entered with `enter`."""

    def __init__(
        self,
        reporter: Reporter,
        *,
        id: str,
        attempt: int = 1,
        task: str | None = None,
        name: str = "",
        parameters: Mapping[str, Any] | None = None,
        checkpoint: Mapping[str, Any] | None = None,
        is_resumable: bool = False,
        secrets: Mapping[str, str] | None = None,
        mask: Mask | None = None,
    ) -> None:
        """`mask`: takes the secrets out of what is about to be cut; what is reported whole is masked by the reporter.
        `checkpoint`: ``{number, value}`` of the last one recorded, as the control pipe's ``run`` carries it."""
        self.id = id
        self.attempt = attempt
        self.task = task
        self.name = name or task or id
        self.parameters: dict[str, Any] = dict(parameters or {})
        self.is_resumable = is_resumable
        self.secrets = secrets
        """What it was given, by name; None: nobody gives this run any (it is recorded from outside, or local)."""
        self.mask = mask
        self.is_cancelled = False
        """Someone wants this run to end. Plain functions are interrupted as well; a thread of yours should look here."""
        self.reporter = reporter
        self.positions = Positions(checkpoint)
        self.is_pause_wanted = False
        self.is_keeping_place = False
        """An outer `track()` records its index as checkpoint; inner ones do not."""
        self.started = time.monotonic()
        self.open_steps: dict[str, Step] = {}
        self._step_numbers = itertools.count(1)
        self._bars: dict[str, Bar] = {}
        self._bar_numbers = itertools.count(2)
        self._bar_ids: dict[object, str] = {}
        self._due: dict[Sampled, None] = {}
        """What is open or has something to say."""
        self._status: dict[str, str] = {}
        self._status_sent_at = float("-inf")
        self._has_points = False
        self._kin: Kin | None = None

    @property
    def kin(self) -> Kin:
        """What it knows of its children."""
        if self._kin is None:
            self._kin = Kin(self.reporter)
        return self._kin

    @property
    def checkpoint(self) -> Any:
        """The value given to `checkpoint()` last, in this attempt or the one before; None before the first."""
        return self.positions.value

    def __repr__(self) -> str:
        return f"<headway run {self.id} attempt {self.attempt} of {self.task}>"

    # wishes, from the thread that reads the control pipe

    def want_cancel(self) -> None:
        self.is_cancelled = True

    def want_pause(self) -> None:
        """End the run at its next checkpoint."""
        self.is_pause_wanted = True

    def want_no_pause(self) -> None:
        self.is_pause_wanted = False

    def watch(self, count: int) -> None:
        """So many viewers are there now."""
        self.reporter.watched = count
        sampler.hurry()

    # steps and bars

    def new_step_id(self) -> str:
        """Unique within the run: attempt and number, and in a forked process its pid."""
        number = next(self._step_numbers)
        return f"{self.attempt}.{_forked_as}{number}"

    def open_bar(self, key: object, **shown: Any) -> Bar:
        """The bar for a loop. `key` is the place in the code: a loop that runs again and again (an inner one) reuses its bar.

        The outermost bar of the run is its main one; a process that was forked from the run's own leaves that alone.
        """
        if not _forked_as and not any(bar.is_open for bar in list(self._bars.values())):
            bar_id = MAIN_BAR
        else:
            bar_id = self._bar_ids.get(key, "")
            if not bar_id or self._bars[bar_id].is_open:
                bar_id = f"bar-{_forked_as}{next(self._bar_numbers)}"
                self._bar_ids[key] = bar_id
        return self._opened(bar_id, key, **shown)

    def named_bar(self, bar_id: str, **shown: Any) -> Bar:
        """The bar of this id, open. Where a program's drawing had taken it, it yields: what is said by name is meant so."""
        bar = self._bars.get(bar_id)
        is_usable = bar is not None and bar.is_open and not isinstance(bar.key, DrawnKey)
        return bar if bar is not None and is_usable else self._opened(bar_id, bar_id, **shown)

    def finish_bars(self, step: str) -> None:
        """The step ends: what its bars held back goes out before the step's end does."""
        now = time.monotonic()
        for bar in list(self._bars.values()):
            if bar.step == step:
                bar.finish(now)

    def finish_closed_bars(self) -> None:
        """What bars that have ended held back goes out now."""
        now = time.monotonic()
        for bar in list(self._bars.values()):
            if bar.is_due and not bar.is_open:
                bar.finish(now)

    def _opened(self, bar_id: str, key: object, **shown: Any) -> Bar:
        bar = self._bars.get(bar_id)
        if bar is None:
            bar = self._bars[bar_id] = Bar(bar_id, self)
            if len(self._bars) > BARS_KEPT:
                self._forget_a_bar()
        bar.open(key, **shown)
        return bar

    def _forget_a_bar(self) -> None:
        gone = next((bar for bar in self._bars.values() if not bar.is_open and bar.id != MAIN_BAR), None)
        if gone is not None:
            gone.finish(time.monotonic())
            del self._bars[gone.id]
            self._bar_ids = {key: bar_id for key, bar_id in self._bar_ids.items() if bar_id != gone.id}

    def forget_bars(self) -> None:
        """In a forked process: bars of the parent are the parent's to report, and their locks may be held by its sampler for ever."""
        self._bars = {}
        self._bar_ids = {}
        self._due = {}

    # coalescing: see coalesce.py

    @property
    def interval_seconds(self) -> float:
        return FAST_SECONDS if self.reporter.watched else SLOW_SECONDS

    @property
    def look_seconds(self) -> float:
        """How soon the sampler should look again."""
        return min([self.interval_seconds, *(one.look_seconds for one in list(self._due))])

    def attend(self, one: Sampled) -> None:
        """Have the sampler look at it from now on."""
        is_new = one not in self._due
        self._due[one] = None
        sampler.attend(self)
        if is_new and one.look_seconds < SLOW_SECONDS:
            sampler.hurry()  # it may be in the middle of a longer wait

    def show_status(self, change: dict[str, str]) -> None:
        """Stage and status text: the newest wins, at the rate of progress."""
        self._status.update(change)
        if time.monotonic() - self._status_sent_at >= self.interval_seconds:
            self._send_status()
        else:
            sampler.attend(self)

    def _send_status(self) -> None:
        status, self._status = self._status, {}
        if status:
            self._status_sent_at = time.monotonic()
            self.reporter.report({"kind": STATUS_REPORTED, "at": iso(), **status})

    @property
    def has_news(self) -> bool:
        return bool(self._due or self._status or self._has_points)

    def report_point(self, event: Event) -> None:
        """A point of a metric: all are kept, but they travel in company."""
        self.reporter.report(event)
        if not self._has_points:
            self._has_points = True
            sampler.attend(self)

    def sample(self, now: float) -> bool:
        """Send what is due; whether there is anything to look at again. Called by the sampler's thread."""
        for one in list(self._due):
            if not one.sample(now, self.interval_seconds):
                self._due.pop(one, None)
                if one.is_open or one.is_due:  # it was opened again in between
                    self._due[one] = None
        if self._status and now - self._status_sent_at >= self.interval_seconds:
            self._send_status()
        had_points, self._has_points = self._has_points, False
        self.reporter.flush()
        return had_points or self.has_news

    def report_bar(self, bar: Bar, now: float) -> None:
        event: Event = {"kind": PROGRESS_REPORTED, "at": iso()}
        event.update(bar.shown(now))
        self.reporter.report(event)

    # checkpoints

    def keep_checkpoint(self) -> Recorded:
        number, value = self.positions.next()
        return self.reporter.checkpoint(number, value)

    def pause_if_wanted(self) -> None:
        if self.is_pause_wanted:
            raise Paused

    def close(self, outcome: str = "succeeded") -> None:
        """Send what is left: open steps end as `outcome`, bars close, the last status and points go out."""
        for step in reversed(list(self.open_steps.values())):
            step.end(outcome)
        now = time.monotonic()
        for bar in list(self._bars.values()):
            bar.finish(now)
        self._due.clear()
        self._send_status()
        self.reporter.flush()
        sampler.forget(self)


_forked_as = ""
"""Set in a process forked from the run's own: stands in the ids of what it opens, so that they are not the parent's."""
run_of_context: ContextVar[RunContext | None] = ContextVar("headway_run", default=None)
innermost_step: ContextVar[Step | None] = ContextVar("headway_step", default=None)
_active: dict[RunContext, None] = {}
_local: RunContext | None = None
on_leave: list[Callable[[RunContext], None]] = []
"""Called when a run is left, before its last reports: the captured output of half lines."""


def current() -> RunContext:
    """The run this code is in; outside of any, the local one, whose reports go to stderr and `logging`."""
    return run_of_context.get() or _sole_or_local()


def current_or_none() -> RunContext | None:
    run = run_of_context.get()
    if run is None and len(_active) == 1:
        run = next(iter(_active), None)
    return run


def _sole_or_local() -> RunContext:
    global _local
    run = current_or_none()
    if run is None:
        run = _local
        if run is None:
            run = _local = RunContext(LocalReporter(), id="local", name="local")
    return run


def finish_local_bars() -> None:
    """As `RunContext.finish_closed_bars`, of the run that code outside of any run is in."""
    if _local is not None:
        _local.finish_closed_bars()


@contextmanager
def enter(run: RunContext) -> Generator[RunContext]:
    """Be in `run`: what this code (and what it starts) reports belongs to it. At the end, what is open is closed."""
    token = run_of_context.set(run)
    step_token = innermost_step.set(None)  # a step that the last run in this thread left open is not ours
    pid = os.getpid()
    _active[run] = None
    outcome = "succeeded"
    try:
        yield run
    except BaseException as error:
        outcome = outcome_of(error)
        raise
    finally:
        try:
            if os.getpid() == pid:  # a forked process that comes by here leaves the parent's steps alone
                for function in on_leave:
                    function(run)
                run.close(outcome)
        finally:
            _active.pop(run, None)
            innermost_step.reset(step_token)
            run_of_context.reset(token)


def current_run() -> RunContext:
    """The run that this code is in: `id`, `attempt`, `task`, `parameters`, `checkpoint`, `is_cancelled`.

    Outside of any run it is a local one with the id ``local``, so that a task can be called as a plain function.
    """
    return current()


def _forget_parent() -> None:
    global _forked_as
    _forked_as = f"{os.getpid()}."
    for run in [*_active, *([_local] if _local else [])]:
        run.forget_bars()


os.register_at_fork(after_in_child=_forget_parent)
