"""What probes say is what was done: a process that burns and holds is seen to, a host is what the system says it is."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path

import psutil
import pytest
import pytest_asyncio

from headway.model.histogram import RELATIVE_ERROR, quantile
from headway.model.samples import Grain, SampleKind
from headway.monitor.database import DatabaseProbe
from headway.monitor.host import HostProbe
from headway.monitor.live import EndsProbe, QueuesProbe
from headway.monitor.processes import ServerProbe, WorkerProbe
from headway.monitor.sampler import Sampler, Span
from headway.store.contract import Appended
from headway.store.sql.readers import READER_COUNT
from headway.store.sql.store import SqlStore
from headway.testing.store import memory_store
from tests.waiting import eventually

HELD = 64 * 1024 * 1024
BURN = f"""
import subprocess, sys, time
held = bytearray({HELD})
for at in range(0, {HELD}, 4096): held[at] = 1
inner = subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE)
print("held", flush=True)
sys.stdin.readline()
end = time.process_time() + float(sys.argv[1])
while time.process_time() < end: pass
print("burnt", flush=True)
sys.stdin.readline()
inner.stdin.close(); inner.wait()
"""


class Child:
    """A process that holds memory at once, burns when told, and ends when told."""

    def __init__(self, cpu_seconds: float) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", BURN, str(cpu_seconds)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.hears("held")

    def hears(self, word: str) -> None:
        assert self.process.stdout is not None
        assert self.process.stdout.readline().strip() == word

    def go_on(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()


@pytest.fixture
def child() -> Iterator[Child]:
    made = Child(0.6)
    yield made
    made.go_on()
    made.process.communicate(timeout=10)


class Worker:
    """Says what a worker would of one child."""

    slots = 2

    def __init__(self, pid: int, runs: int = 1) -> None:
        self.pid = pid
        self.runs = [f"run-{number}" for number in range(runs)]

    def at_work(self) -> list[tuple[str, int]]:
        return [(run, self.pid) for run in self.runs]

    def child_pids(self) -> list[int]:
        return [self.pid]


def gone() -> int:
    """The id of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def span(seconds: float = 10.0) -> Span:
    return Span(at=datetime.now(UTC), seconds=seconds)


async def test_what_a_run_burns_and_holds_is_seen(child: Child) -> None:
    probe = WorkerProbe("w1", Worker(child.process.pid))
    probe.look(0.0)
    began = time.monotonic()
    child.go_on()
    child.hears("burnt")
    worker, run = await probe.sample(span(time.monotonic() - began))
    took = time.monotonic() - began
    assert (worker.kind, run.kind, run.name) == (SampleKind.WORKER, SampleKind.RUN, "run-0")
    assert HELD < run.levels["memory_bytes"] < HELD + 120_000_000
    assert run.levels["processes"] == 2, "what it started is its own"
    # 0.6 s of processor time were burnt; the sample says percent of one processor over the time looked at.
    assert run.levels["cpu"] * took / 100 == pytest.approx(0.6, abs=0.15)
    assert worker.levels["memory_bytes"] > run.levels["memory_bytes"]
    assert (worker.levels["busy"], worker.levels["slots"], worker.levels["children"]) == (1, 2, 1)


async def test_of_a_moment_no_processor_time_is_told(child: Child) -> None:
    """A tick of 10 ms over an interval of 2 ms would be five processors, of a run that has one."""
    probe = WorkerProbe("w1", Worker(child.process.pid))
    probe.look(0.0)
    child.go_on()
    *_, run = await probe.sample(span(0.002))
    assert "cpu" not in run.levels
    child.hears("burnt")
    *_, run = await probe.sample(span())
    assert 0 < run.levels["cpu"] < 250


async def test_runs_that_share_a_process_say_so(child: Child) -> None:
    probe = WorkerProbe("w1", Worker(child.process.pid, runs=3))
    probe.look(0.0)
    worker, *runs = await probe.sample(span())
    assert [run.levels["sharing"] for run in runs] == [3, 3, 3]
    assert (worker.levels["busy"], worker.levels["runs"]) == (1, 3)
    child.go_on()
    child.hears("burnt")


async def test_a_run_whose_process_is_gone_has_no_sample(child: Child) -> None:
    probe = WorkerProbe("w1", Worker(gone()))
    probe.look(0.0)
    assert [each.kind for each in await probe.sample(span())] == [SampleKind.WORKER]
    child.go_on()
    child.hears("burnt")


async def test_a_host_is_what_the_system_says(tmp_path: Path) -> None:
    probe = HostProbe("lab-3", tmp_path)
    (first,) = await probe.sample(span())
    assert "received_bytes_per_second" not in first.levels, "the first has no beginning"
    (second,) = await probe.sample(span(1.0))
    levels = second.levels
    assert levels["received_bytes_per_second"] >= 0
    assert 0 <= levels["cpu"] <= 100
    assert levels["cpus"] == psutil.cpu_count()
    assert levels["memory_total_bytes"] == psutil.virtual_memory().total
    assert 0 < levels["memory_bytes"] <= levels["memory_total_bytes"]
    assert levels["disk_total_bytes"] == psutil.disk_usage(str(tmp_path)).total


async def test_a_server_tells_its_own_and_the_lag_of_its_loop() -> None:
    probe = ServerProbe("server@lab-3")
    for lag in (0.001, 0.001, 0.2):
        probe.look(lag)
    (sample,) = await probe.sample(span())
    assert sample.levels["memory_bytes"] >= psutil.Process(os.getpid()).memory_info().rss / 2
    assert sum(sample.spreads["lag"].values()) == 3


@pytest_asyncio.fixture
async def store() -> AsyncIterator[SqlStore]:
    async with memory_store() as opened:
        yield opened


async def test_the_store_is_counted_from_one_sample_to_the_next(store: SqlStore) -> None:
    probe = DatabaseProbe("server@lab-3", store, store.figures, waiting=lambda: store.waiting_count, readers=4)
    for number in range(3):
        await store.write(lambda tx, number=number: tx.meta.put("x", str(number)))
    (sample,) = await probe.sample(span())
    assert (sample.counts["commit"], sample.counts["failed"]) == (3, 0)
    assert sum(sample.spreads["commit"].values()) == 3
    assert sample.levels["size_bytes"] > 50_000
    (again,) = await probe.sample(span())
    assert again.counts["commit"] == 0
    assert again.counts["read"] == 1, "the question for the size"


async def test_the_wait_for_a_connection_is_measured_and_how_many_are_in_use(store: SqlStore) -> None:
    """Four readers, and a fifth query: it waits until one of the four is done."""
    probe = DatabaseProbe("server@lab-3", store, store.figures, waiting=lambda: store.waiting_count, readers=READER_COUNT)
    await store.read(lambda snapshot: snapshot.now)
    store.figures.take()
    store.figures.use()
    began = threading.Barrier(READER_COUNT + 1)
    done = threading.Event()

    def hold(_: object) -> None:
        began.wait(10)
        done.wait(10)

    asked = [asyncio.ensure_future(store.read(hold)) for _ in range(READER_COUNT)]
    await asyncio.to_thread(began.wait, 10)
    fifth = asyncio.ensure_future(store.read(lambda snapshot: snapshot.now))
    await store.write(lambda tx: tx.meta.put("x", "1"))  # its turn is its own
    since = time.monotonic()
    await store.write(lambda tx: tx.meta.put("x", "2"))
    held = time.monotonic() - since
    done.set()
    await asyncio.gather(*asked, fifth)
    (sample,) = await probe.sample(Span(at=datetime.now(UTC), seconds=held))
    assert (sample.levels["connections"], sample.peaks["in_use"]) == (READER_COUNT + 1, READER_COUNT + 1)
    assert sample.levels["in_use"] >= READER_COUNT, "all readers were in use all the time"
    assert sum(sample.spreads["write_wait"].values()) == 2
    assert sum(sample.spreads["read_wait"].values()) == READER_COUNT + 1
    assert (quantile(sample.spreads["read_wait"], 1) or 0) >= held * (1 - RELATIVE_ERROR)
    (again,) = await probe.sample(Span(at=datetime.now(UTC), seconds=held))
    assert again.peaks["in_use"] == 1, "the question for the size"


async def test_what_was_slow_is_named(store: SqlStore) -> None:
    def slow_act(tx: object) -> None:
        end = time.monotonic() + 0.12
        while time.monotonic() < end:
            pass

    probe = DatabaseProbe("server@lab-3", store, store.figures, waiting=lambda: 0, readers=4)
    await store.write(slow_act)
    (sample,) = await probe.sample(span())
    assert sample.counts["slow"] == 1
    assert "slow_act" in sample.worst[0].what
    assert sample.worst[0].seconds >= 0.12


async def test_ends_and_queues_are_counted_without_the_canary(store: SqlStore) -> None:
    def ended(project: str, state: str | None) -> Appended:
        return Appended(
            run="r", project=project, first_seq=1, last_seq=2, first_line=1, last_line=0, entries=[], points=[], patch={}, event_count=2,
            log_hash=0, final_state=state,
        )  # fmt: skip

    probe = EndsProbe()
    probe.hear([ended("default", "succeeded"), ended("default", None), ended("headway.canary", "succeeded"), ended("x", "failed")])
    (sample,) = await probe.sample(span())
    assert sample.counts == {"events": 6, "succeeded": 1, "failed": 1}
    assert await QueuesProbe(store).sample(span()) == []


class Broken:
    def look(self, lag_seconds: float) -> None:
        """Nothing."""

    async def sample(self, span: Span) -> list[object]:
        raise RuntimeError("no figures today")


async def test_a_probe_that_fails_costs_the_others_nothing(store: SqlStore, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    sampler = Sampler(store, [Broken(), HostProbe("lab-3", tmp_path)], holder="h", period_seconds=30)  # type: ignore[list-item]
    await sampler.take()
    (kept,) = await store.read(lambda s: s.samples.between(SampleKind.HOST, Grain.TAKEN, datetime.fromtimestamp(0, UTC), s.now))
    assert kept.name == "lab-3"
    eventually(lambda: "no figures today" in caplog.text)
