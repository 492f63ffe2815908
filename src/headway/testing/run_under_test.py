"""A run, as a test sees it: every look is a look into the store."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator, Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import Any, Protocol, Self, TypeVar

import orjson

from headway.access.principal import Principal
from headway.acts.cancel import cancel
from headway.acts.pause import pause, resume
from headway.acts.retry import retry
from headway.model.events import LOG_WRITTEN, Facet
from headway.model.journal_file import write_journal
from headway.model.run import Artifact, Attempt, Run, Step
from headway.model.states import RunState
from headway.sdk.positions import Positions
from headway.store.contract import Snapshot, Transaction
from headway.testing.errors import NothingMoves, NotStanding
from headway.testing.worker import WorkerInMemory
from headway.work.artifacts import artifact_path

T = TypeVar("T")
_ALL = 1_000_000
_SHOWN_LINES = 5


class Kit(Protocol):
    """What a run under test needs of its installation."""

    worker: WorkerInMemory
    principal: Principal
    artifacts: Path
    is_closed: bool

    def read(self, query: Callable[[Snapshot], T]) -> T: ...
    def write(self, act: Callable[[Transaction], T]) -> T: ...


class RunUnderTest:
    """A run of an `Installation`. It moves only while somebody waits: `wait`, `run_until`, `Installation.settle`."""

    def __init__(self, kit: Kit, id: str) -> None:
        self.id = id
        self._kit = kit

    def __repr__(self) -> str:
        if self._kit.is_closed:  # pytest shows what a test had when all is over
            return f"<run {self.id} of an installation that is closed>"
        run = self.run
        lines = [f"<run of {run.task}: {run.state}, attempt {run.attempt}>"]
        error = self.error
        if error is not None:
            lines.append(f"  {error.get('type') or error.get('code')}: {error.get('message', '')}")
        lines += [f"  {text}" for text in self.log[-_SHOWN_LINES:]]
        return "\n".join(lines)

    # --- what happened -----------------------------------------------------------------------------------------------

    @property
    def run(self) -> Run:
        """Its row: task, options, times, tags, parent …"""
        found = self._kit.read(lambda snapshot: snapshot.runs.get(self.id))
        assert found is not None
        return found

    @property
    def state(self) -> RunState:
        return self.run.state

    @property
    def attempt(self) -> int:
        """Number of the newest attempt; 0 before the first."""
        return self.run.attempt

    @property
    def result(self) -> Any:
        """What the task returned, as JSON gives it back; None before the end, or if it returned nothing."""
        stored = self._kit.read(lambda snapshot: snapshot.details.result(self.id))
        return None if stored is None else orjson.loads(stored)

    @property
    def error(self) -> dict[str, Any] | None:
        """``{code, type?, message, traceback?, bases?}`` of the newest attempt that failed; None if none did, or a later one went well."""
        last = next((attempt for attempt in reversed(self.attempts) if attempt.outcome is not None), None)
        return None if last is None else last.error

    @property
    def view(self) -> dict[str, Any]:
        """What people look at: the stored view."""
        head = self._kit.read(lambda snapshot: snapshot.journal.head(self.id))
        return {} if head is None else head.view

    @property
    def progress(self) -> dict[str, Any]:
        """The main bar: done, total, unit, name …; empty before the first report. A loop reports its first and last item and, in
        between, as often as real time allows (20 Hz)."""
        return self.view.get("progress") or {}

    @property
    def events(self) -> list[dict[str, Any]]:
        """The journal."""
        return [
            orjson.loads(event)
            for event in self._kit.read(lambda snapshot: snapshot.journal.events(self.id, 0, limit=_ALL, max_bytes=1 << 30))
        ]

    @property
    def entries(self) -> list[dict[str, Any]]:
        """The events of the log facet."""
        return self._facet(Facet.LOG)

    @property
    def log(self) -> list[str]:
        """Texts of the log lines, of all attempts."""
        return [entry["text"] for entry in self.entries if entry["kind"] == LOG_WRITTEN]

    def points(self, metric: str) -> list[float]:
        """The values of a metric, in order."""
        return [point["value"] for point in self._facet(Facet.METRIC) if point["name"] == metric]

    @property
    def attempts(self) -> Sequence[Attempt]:
        return self._kit.read(lambda snapshot: snapshot.details.attempts(self.id))

    @property
    def steps(self) -> Sequence[Step]:
        return self._kit.read(lambda snapshot: snapshot.details.steps(self.id))

    @property
    def checkpoint(self) -> Any:
        """The value last given to `headway.checkpoint`; None before the first."""
        kept = self._kit.read(lambda snapshot: snapshot.details.checkpoint(self.id))
        return None if kept is None else Positions({"number": kept.number, "value": kept.value}).value

    @property
    def artifacts(self) -> Sequence[Artifact]:
        return self._kit.read(lambda snapshot: snapshot.details.artifacts(self.id))

    def artifact(self, name: str) -> bytes:
        """The content of the newest artifact of that name. Raises `LookupError`."""
        kept = [artifact for artifact in self.artifacts if artifact.name == name]
        if not kept:
            raise LookupError(f"this run has no artifact {name!r}, only {[artifact.name for artifact in self.artifacts]}")
        return artifact_path(self._kit.artifacts, kept[-1].sha256).read_bytes()

    def export(self, path: str | PathLike[str]) -> Path:
        """Write the journal as a file that `headway.testing.replay` reads (PROTOCOL.md section 5)."""
        run, view, events = self.run, self.view, self.events
        about = {"id": run.id, "task": run.task, "name": run.name, "parameters": run.parameters}
        with Path(path).open("w", encoding="utf-8") as file:
            file.writelines(write_journal(about, view, events))
        return Path(path)

    def _facet(self, facet: Facet) -> list[dict[str, Any]]:
        events = self._kit.read(lambda snapshot: snapshot.journal.read(self.id, facet, 1, _ALL, limit=_ALL, max_bytes=1 << 30))
        return [orjson.loads(event) for event in events]

    # --- let it move -------------------------------------------------------------------------------------------------

    def wait(self) -> Self:
        """Execute until it has ended, skipping time in which nothing would happen.

        Raises `NothingMoves` when it cannot end (it is paused, or waits for a slot that a standing run holds), `TaskStuck`.
        """
        if not self._kit.worker.drive(self.id, lambda: self.state.is_final):
            raise NothingMoves(state=self.state.value, run=self.id)
        return self

    def __await__(self) -> Generator[Any, None, Self]:
        """``run = await hw.start("grade")``: `wait` in a thread, while the test's event loop goes on."""
        return asyncio.to_thread(self.wait).__await__()

    def run_until(self, condition: Callable[[Self], object]) -> Self:
        """Execute until `condition(run)` is true, and let the run stand still at the report that made it so.

        It is looked at after every report of the task: log lines, `print`, steps, status, checkpoints, the first item of a loop.
        Raises `NothingMoves` if the run ends, or stands for ever, before that.
        """
        is_met = False

        def check() -> bool:
            nonlocal is_met
            is_met = is_met or bool(condition(self))
            return is_met

        worker = self._kit.worker
        if not worker.drive(self.id, lambda: check() or self.state.is_final, condition=check) or not is_met:
            raise NothingMoves(state=self.state.value, run=self.id)
        return self

    # --- what people want --------------------------------------------------------------------------------------------

    def cancel(self, reason: str | None = None) -> Self:
        """Ask for the end. A run whose code is executed hears it at its next report. Raises `RunFinal`."""
        return self._ask(lambda tx: cancel(tx, self.id, self._kit.principal, reason))

    def pause(self, reason: str | None = None) -> Self:
        """Ask for a pause at the next checkpoint. Raises `NoCheckpoint`, `NotPausable`, `RunFinal`, `IllegalTransition`."""
        return self._ask(lambda tx: pause(tx, self.id, self._kit.principal, reason))

    def resume(self, reason: str | None = None) -> Self:
        """Let a paused run go on. Raises `RunFinal`, `IllegalTransition`."""
        return self._ask(lambda tx: resume(tx, self.id, self._kit.principal, reason))

    def retry(self, parameters: Mapping[str, Any] | None = None) -> RunUnderTest:
        """A new run with the same parameters, or others. Raises `RunNotFinal`, `InvalidParameters`."""
        made = self._kit.write(lambda tx: retry(tx, self.id, self._kit.principal, parameters))
        return RunUnderTest(self._kit, made.id)

    def kill_child(self) -> Self:
        """End the process that executes it, as the kernel does when memory is short. Raises `NotStanding`."""
        if not self._kit.worker.kill_child(self.id):
            raise NotStanding(state=self.state.value, run=self.id)
        return self

    def _ask(self, act: Callable[[Transaction], Run]) -> Self:
        after = self._kit.write(act)
        if after.run_after is not None:
            self._kit.worker.due_at(after.run_after)
        self._kit.worker.hear()
        return self
