"""One trial: runs are started, reported and watched, faults befall the cluster; then all heals, all ends, and everything is judged."""

from __future__ import annotations

import asyncio
import http.client
import random
import tempfile
import threading
import time
import traceback
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import orjson
import psycopg

from chaos.faults.asking import Asker, askers, pids
from chaos.faults.blows import Blows
from chaos.faults.gather import gather, unfinished
from chaos.faults.history import ApiAnswer, Felt, History, Recorded
from chaos.faults.invariants import judge
from chaos.faults.ledger import Page, size_of
from chaos.faults.load import Door, Load, Reporter, Starter
from chaos.faults.plan import Blow, Fault, Plan, Wish
from chaos.faults.processes import resident_mb
from chaos.faults.reach import NotFelt, NotHere
from chaos.faults.watch import Watch
from cluster.nodes import Node
from cluster.whole import Cluster
from headway.model.states import Outcome
from tests.waiting import SCALE

WELL_SECONDS = 45.0
"""After its cause is gone a fault must be recovered from within this."""
END_SECONDS = 180.0
"""So long after the last fault every run must be final."""
LOOK_SECONDS = 0.1
WATCHED_A_SECOND = 20
"""Numbers that a watched run says in a second."""


@dataclass(slots=True, kw_only=True)
class Finding:
    """What came of a trial."""

    seed: int
    felt: list[Felt] = field(default_factory=list[Felt])
    skipped: list[tuple[Fault, str]] = field(default_factory=list[tuple[Fault, str]])
    """Faults of the plan that this machine cannot do, and why."""
    begun_again: list[float] = field(default_factory=list[float])
    """Seconds from the death of a worker to the next attempt of each run that it held."""
    runs: int = 0
    attempts: int = 0
    acknowledged: int = 0
    """Numbers that were said and acknowledged."""
    deliveries: int = 0
    reconnects: int = 0
    seconds: float = 0.0
    api_answers: Sequence[ApiAnswer] = ()
    violations: dict[str, list[str]] = field(default_factory=dict[str, list[str]])

    @property
    def violation_count(self) -> int:
        return sum(map(len, self.violations.values()))


class Trial:
    def __init__(self, cluster: Cluster, secret: str, plan: Plan, ledger: Path) -> None:
        self._cluster = cluster
        self._plan = plan
        self._ledger = ledger
        self._blows = Blows(cluster)
        self._secret = secret
        self._over = threading.Event()
        self._felt: list[Felt] = []
        self._skipped: list[tuple[Fault, str]] = []
        self._wrong: list[str] = []
        self._grown: dict[str, float] = {}
        self._askers: list[Asker] = []

    async def run(self) -> Finding:
        began, since = time.monotonic(), datetime.now(UTC) - timedelta(milliseconds=1)
        door = Door([self._cluster.balancer.url, *(node.url for node in self._cluster.nodes)], self._cluster.token)
        page = Page(self._ledger, "api")
        measuring = asyncio.create_task(self._measure())
        watch: Watch | None = None
        loads: list[Load] = []
        try:
            watched, loads = await asyncio.to_thread(self._begin, door, page)
            watch = Watch(self._plan.seed, self._plan.size.viewers, watched, self._cluster.balancer.port, self._secret)
            await watch.open()
            before = await asyncio.to_thread(self._ask) if self._plan.size.is_asking else {}
            await self._strike()
            self._over.set()
            await asyncio.to_thread(self._end_loads, loads)
            await self._until_final(since)
            late = await watch.until_told()
            history = await gather(self._cluster.postgres.url, since, self._ledger, door.clients[1:], random.Random(self._plan.seed))
            history.heard = late + await watch.heard(history.runs)
            history.restarted = await asyncio.to_thread(self._restarted, before)
        finally:
            self._over.set()
            measuring.cancel()
            await asyncio.gather(measuring, return_exceptions=True)
            if watch is not None:
                await watch.close()
            await asyncio.to_thread(self._end_loads, loads)
            door.close()
            page.close()
        history.felt, history.grown_mb = self._felt, self._grown
        history.is_only_without = self._plan.size.is_asking
        history.api_answers = [answer for asker in self._askers for answer in asker.answers]
        return self._finding(history, watch, time.monotonic() - began)

    # --- before -----------------------------------------------------------------------------------------------------

    def _begin(self, door: Door, page: Page) -> tuple[Sequence[str], list[Load]]:
        """Start what is watched (a run with a child of its own, one that shares a child, one that reports over HTTP), and the load."""
        seed, size, seconds = self._plan.seed, self._plan.size, self._plan.size.watched_seconds
        starters = [Starter(n, seed, size, str(self._ledger), door, page, self._over) for n in range(size.starters)]
        tag, numbers = f"{seed}-{time.time_ns()}", count()
        watched = [
            starters[0].start_one(
                Wish(task=task, to=int(seconds * WATCHED_A_SECOND), seconds=seconds, failures=0, is_asked_twice=False, cancel_after=None),
                f"{tag}-{task}",
            )
            for task in ("count", "count_together")
        ]
        reporter = Reporter(seed, door, page, self._over)
        watched.append(reporter.open())
        self._blows.reach.start = lambda wish: starters[0].start_one(wish, f"{tag}-{next(numbers)}-{wish.task}")
        self._blows.reach.note = page.write
        self._blows.reach.outside = (reporter.run_id, reporter.fence)
        loads: list[Load] = [*starters, reporter]
        for load in loads:
            load.start()
        return watched, loads

    def _ask(self) -> dict[str, int]:
        """Begin to ask the nodes, and say which processes they have."""
        self._askers = askers(self._cluster.nodes, self._cluster.token, self._over)
        for asker in self._askers:
            asker.start()
        return pids(self._cluster.nodes)

    def _restarted(self, before: dict[str, int]) -> list[str]:
        for asker in self._askers:
            asker.join()
        now = pids(self._cluster.nodes) if before else {}
        return [process for process, pid in before.items() if now[process] != pid]

    # --- meanwhile --------------------------------------------------------------------------------------------------

    async def _strike(self) -> None:
        await asyncio.sleep(1.0)
        for blow in self._plan.blows:
            try:
                felt = await asyncio.to_thread(self._blows.deal, blow)
            except NotHere as error:
                self._skipped.append((blow.fault, str(error)))
                continue
            except NotFelt as error:
                self._wrong.append(f"{blow.fault.value} did not take effect: {error}")
                continue
            except Exception as error:
                # The trial goes on: what is wrong with the cluster shows at its end.
                self._wrong.append(f"{blow.fault.value}: {error!r}"[:2_000])
                continue
            if not blow.is_followed_at_once:
                felt = replace(felt, well_at=await self._until_well(blow))
            self._felt.append(felt)
            await asyncio.sleep(blow.pause)

    async def _until_well(self, blow: Blow) -> float | None:
        """When all nodes were ready, and more of what is reported was acknowledged."""
        size = size_of(self._ledger)
        deadline = time.monotonic() + WELL_SECONDS * SCALE
        why = ""
        while time.monotonic() < deadline:
            whys = await asyncio.gather(*(asyncio.to_thread(_trouble, node) for node in self._cluster.nodes))
            why = "; ".join(filter(None, whys)) or ("" if size_of(self._ledger) > size else "nothing is acknowledged")
            if not why:
                return time.time()
            await asyncio.sleep(LOOK_SECONDS)
        self._wrong.append(f"it was not well {WELL_SECONDS:.0f} s after {blow.fault.value}: {why}")
        return None

    async def _measure(self) -> None:
        firsts: dict[int, float] = {}
        while True:
            for pid, (what, resident) in (await asyncio.to_thread(resident_mb, list(self._cluster.nodes))).items():
                grown = resident - firsts.setdefault(pid, resident)
                self._grown[what] = max(grown, self._grown.get(what, 0.0))
            await asyncio.sleep(1.0)

    # --- afterwards -------------------------------------------------------------------------------------------------

    def _end_loads(self, loads: Sequence[Load]) -> None:
        for load in loads:
            load.join(120)
            if load.is_alive():
                self._wrong.append(f"{load.name} still waits for an answer")
            elif load.error is not None:
                self._wrong.append(f"{load.name}: {load.error!r}")
                load.error = None

    async def _until_final(self, since: datetime) -> None:
        deadline = time.monotonic() + END_SECONDS * SCALE
        while time.monotonic() < deadline:
            with suppress(psycopg.OperationalError):
                if not await asyncio.to_thread(unfinished, self._cluster.postgres.url, since):
                    return
            await asyncio.sleep(0.2)

    def broken(self, error: Exception) -> Finding:
        """It did not come to its end: the cluster is worse than a trial can say."""
        found = Finding(seed=self._plan.seed, felt=self._felt, skipped=self._skipped)
        found.violations["the_trial_itself"] = [*self._wrong, "".join(traceback.format_exception(error))[-1_500:]]
        return found

    def _finding(self, history: History, watch: Watch, seconds: float) -> Finding:
        violations = judge(history)
        if self._wrong:
            violations["the_trial_itself"] = self._wrong
        return Finding(
            seed=self._plan.seed, felt=self._felt, skipped=self._skipped, begun_again=_begun_again(history), runs=len(history.runs),
            attempts=sum(len(one.attempts) for one in history.runs.values()),
            acknowledged=sum(known.last for known in _newest(history)), deliveries=watch.deliveries, reconnects=watch.reconnects,
            seconds=seconds, api_answers=history.api_answers, violations=violations,
        )  # fmt: skip


def _newest(history: History) -> list[Recorded]:
    found = {(known.run, known.attempt): known for known in history.recorded}
    return [replace(known, last=known.last - known.first + 1) for known in found.values()]


def _begun_again(history: History) -> list[float]:
    found: list[float] = []
    for felt in history.felt:
        for one in history.runs.values():
            for before, after in zip(one.attempts, one.attempts[1:], strict=False):
                if before.worker in felt.dead_workers and before.outcome is Outcome.LOST:
                    found.append(after.started_at.timestamp() - (felt.died_at or felt.began_at))
    return found


def _trouble(node: Node) -> str:
    """Why a node is not well; nothing when it is."""
    wire = http.client.HTTPConnection(node.host, node.port, timeout=3)
    try:
        wire.request("GET", "/api/v1/health/ready")
        answer = wire.getresponse()
        said = orjson.loads(answer.read())
    except (OSError, http.client.HTTPException, orjson.JSONDecodeError) as error:
        return f"{node.name}: {error!r}"
    finally:
        wire.close()
    return (
        ""
        if answer.status == 200 and not said.get("reasons")
        else f"{node.name}: {answer.status} {said.get('reasons') or said.get('detail')}"
    )


def hold(cluster: Cluster, secret: str, plan: Plan) -> Finding:
    """One trial on a cluster that is well."""
    with tempfile.TemporaryDirectory(prefix="headway-ledger-") as ledger:
        trial = Trial(cluster, secret, plan, Path(ledger))
        try:
            return asyncio.run(trial.run())
        except Exception as error:
            return trial.broken(error)
