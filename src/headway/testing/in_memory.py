"""An installation in memory: the acts, the store and the state machine that people run, a clock that is skipped, and tasks executed
in this process. Nothing listens on a port and no process is started."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from os import PathLike
from pathlib import Path
from typing import Any, TypeVar

from headway.access.ciphers import KEY_BYTES
from headway.access.principal import Principal
from headway.access.vault import Vault
from headway.acts.catalogue import register
from headway.acts.load import load
from headway.acts.secrets import set_secret
from headway.acts.start import StartRun, start
from headway.model import run as model
from headway.model.errors import RunNotFound
from headway.model.run import DEFAULT_PROJECT
from headway.model.states import RunState
from headway.sdk.catalogue import describe
from headway.sdk.jsonable import exact
from headway.sdk.task import Task, find_task, keeping_tasks
from headway.store.contract import Page, RunFilter, Snapshot, Transaction
from headway.testing.blocking_store import BlockingStore
from headway.testing.clock import FakeClock
from headway.testing.replaying import replay
from headway.testing.run_under_test import RunUnderTest
from headway.testing.worker import WorkerInMemory

T = TypeVar("T")

PATIENCE_SECONDS = 30.0
TESTER = Principal(id="tester", role="admin")


class Installation:
    """Headway in memory. Made by `installation`."""

    def __init__(self, directory: Path, *, patience_seconds: float = PATIENCE_SECONDS, secrets: Mapping[str, str] | None = None) -> None:
        self.clock = FakeClock()
        """Its time: it stands still but for `advance`, and for what waiting skips."""
        self.artifacts = directory
        self.principal = TESTER
        self.is_closed = False
        self._store = BlockingStore(self.clock)
        self._vault = Vault([os.urandom(KEY_BYTES)])
        self.worker = WorkerInMemory(
            self._store, self.clock, directory, vault=self._vault, patience_seconds=patience_seconds, know=self._known
        )
        self._described: dict[int, model.Task] = {}
        for name, value in (secrets or {}).items():
            self.set_secret(name, value)

    def __repr__(self) -> str:
        return "\n".join(["<Headway in memory>", *([] if self.is_closed else map(repr, self.runs()))])

    def close(self) -> None:
        self.is_closed = True
        self.worker.close()
        self._store.close()

    @property
    def skips_sleep(self) -> bool:
        """Whether `time.sleep` and `asyncio.sleep` in a task take no time. Counts for attempts that begin after it was set."""
        return self.worker.skips_sleep

    @skips_sleep.setter
    def skips_sleep(self, is_wanted: bool) -> None:
        self.worker.skips_sleep = is_wanted

    def set_secret(self, name: str, value: str, *, project: str | None = None) -> None:
        """Keep a secret, as `headway secret set` does: attempts that begin from now on are given it, if their task asks for it, and what
        they say is masked. Raises `Invalid` for a name or a value that the server would refuse, too (a value has 6 characters or more).

        Args:
            project: For the runs of this project alone; None: of all.
        """
        self.write(lambda tx: set_secret(tx, self.principal, self._vault, name=name, value=value, project=project))

    # --- runs --------------------------------------------------------------------------------------------------------

    def start(
        self, task: str | Task[..., Any], parameters: Mapping[str, Any] | None = None, /, *,
        run_after: datetime | float | timedelta | None = None, project: str = DEFAULT_PROJECT, priority: int | None = None,
        tags: Sequence[str] = (), idempotency_key: str | None = None,
        parent: RunUnderTest | None = None, **more: Any,
    ) -> RunUnderTest:  # fmt: skip
        """Start a run: ``hw.start("grade", sheets=7)``. Nothing of it is executed before somebody waits.

        Args:
            task: The task, or its name.
            parameters: Its parameters; keywords that are no option of `start` are parameters, too.
            run_after: Not before this time of `clock`, or so many seconds from now.

        Raises `TaskNotFound`, `InvalidParameters`, `DuplicateRun` and the rest of what the server answers.
        """
        name = self._known(task)
        wish = StartRun(
            task=name, parameters=exact({**(parameters or {}), **more}, "parameters"), run_after=self._moment(run_after), project=project,
            priority=priority, tags=tuple(tags), idempotency_key=idempotency_key, parent=parent.id if parent is not None else None,
        )  # fmt: skip
        (run,) = self.write(lambda tx: start(tx, [wish], self.principal))
        self.worker.queues.add(run.queue)
        if run.state is RunState.SCHEDULED and run.run_after is not None:
            self.worker.due_at(run.run_after)
        return RunUnderTest(self, run.id)

    def run(self, task: str | Task[..., Any], parameters: Mapping[str, Any] | None = None, /, **more: Any) -> RunUnderTest:
        """Start a run and wait for its end."""
        return self.start(task, parameters, **more).wait()

    def find(self, run: str) -> RunUnderTest:
        """The run with this id. Raises `RunNotFound`."""
        if self.read(lambda snapshot: snapshot.runs.get(run)) is None:
            raise RunNotFound(run=run)
        return RunUnderTest(self, run)

    def runs(self, **where: Any) -> list[RunUnderTest]:
        """All runs, the oldest first; ``task=``, ``states=``, ``tag=``: of these alone (`store.contract.RunFilter`)."""
        page = Page(is_descending=False, limit=100_000)
        return [RunUnderTest(self, run.id) for run in self.read(lambda snapshot: snapshot.runs.list(RunFilter(**where), page))]

    def load(self, file: str | PathLike[str]) -> RunUnderTest:
        """A run that has ended elsewhere, from its journal file (`headway export`, `RunUnderTest.export`): its events go through the
        same fold and tables as if they were reported here, under its own id.

        Raises `InvalidJournal`, `OSError`; `RunNotFinal`, `DuplicateRun`; `ViewDiffers` where that gives another view than the file's.
        """
        recorded = replay(file)

        def act(tx: Transaction) -> model.Run:
            run, view = load(tx, recorded.run, recorded.events)
            recorded.compare(view)
            return run

        return RunUnderTest(self, self.write(act).id)

    # --- time and faults ---------------------------------------------------------------------------------------------

    def advance(self, seconds: float | timedelta) -> None:
        """Let time pass: what becomes due meanwhile is executed at its time; what stands still goes on standing.

        In a task it is what `time.sleep` is there: a wait that costs no time.
        """
        self.worker.advance(seconds.total_seconds() if isinstance(seconds, timedelta) else seconds)

    def settle(self) -> None:
        """Execute all there is, skipping time, until nothing moves any more."""
        self.worker.drive(None, lambda: False)

    def kill_worker(self) -> None:
        """kill -9 of the worker with all that stands still or runs: its leases run out, and another worker takes over."""
        self.worker.kill()

    # --- the store ---------------------------------------------------------------------------------------------------

    def read(self, query: Callable[[Snapshot], T]) -> T:
        """A query of the store, as `headway.store.contract` has them; what was reported so far is in it."""
        self.worker.record_all()
        return self._store.read(query)

    def write(self, act: Callable[[Transaction], T]) -> T:
        """An act of `headway.acts`."""
        self.worker.record_all()
        return self._store.write(act)

    def _known(self, task: str | Task[..., Any]) -> str:
        """The name of a task, which stands in the catalogue as it is now."""
        found = task if isinstance(task, Task) else find_task(task)
        if found is None:
            return str(task)
        if self._described.get(id(found)) is None:
            described = self._described[id(found)] = describe(found)
            self._store.write(lambda tx: register(tx, [described]))
        return found.name

    def _moment(self, run_after: datetime | float | timedelta | None) -> datetime | None:
        if run_after is None or isinstance(run_after, datetime):
            return run_after
        return self.clock.now() + (run_after if isinstance(run_after, timedelta) else timedelta(seconds=run_after))


@contextmanager
def installation(
    *, secrets: Mapping[str, str] | None = None, patience_seconds: float = PATIENCE_SECONDS, skips_sleep: bool = True
) -> Generator[Installation]:
    """Headway in memory for one test: ``with headway.testing.installation() as hw: run = hw.run("grade", sheets=7)``.

    The tasks are those of the modules that are imported; what the block defines itself is forgotten at its end.
    `secrets`: values by name, of all projects, as `Installation.set_secret` keeps them. `patience_seconds`: real time after which a task
    that says nothing counts as stuck. `skips_sleep`: whether sleeping in a task takes no time.
    """
    with tempfile.TemporaryDirectory(prefix="headway-") as directory, keeping_tasks():
        made = Installation(Path(directory), patience_seconds=patience_seconds, secrets=secrets)
        made.skips_sleep = skips_sleep
        try:
            yield made
        finally:
            made.close()
