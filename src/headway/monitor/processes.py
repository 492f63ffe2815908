"""What our processes take: the server, the worker with its children, and each run that is executed now."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

import psutil

from headway.model.histogram import Histogram
from headway.model.samples import Sample, SampleKind
from headway.monitor.sampler import Span

LEAST_SECONDS = 0.2
"""The kernel counts processor time in ticks of 10 ms: over less than this they tell more of the ticks than of the process."""
_GONE = (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess)


class AtWork(Protocol):
    """A worker, as far as it is asked here."""

    @property
    def slots(self) -> int: ...
    def at_work(self) -> list[tuple[str, int]]:
        """(run, process id of its child)."""
        ...

    def child_pids(self) -> list[int]: ...


class Tree:
    """A process and all that it started, at one moment."""

    __slots__ = ("at", "cpu_seconds", "memory_bytes", "process_count")

    def __init__(self, processes: Iterable[psutil.Process]) -> None:
        self.at = time.monotonic()
        self.cpu_seconds = 0.0
        self.memory_bytes = 0
        self.process_count = 0
        for process in processes:
            try:
                with process.oneshot():
                    times, memory = process.cpu_times(), process.memory_info()
            except _GONE:
                continue
            # With the time of children that have ended: when a process is gone, its parent's time holds what it took, and the sum
            # of a tree never falls while somebody waits for the ended ones.
            self.cpu_seconds += times.user + times.system + times.children_user + times.children_system
            self.memory_bytes += memory.rss
            self.process_count += 1


class _Meter:
    """Processor time of something between two looks. By the time of the looks themselves: they come late where there is much to do."""

    def __init__(self) -> None:
        self._before: dict[object, Tree] = {}

    def percent(self, key: object, tree: Tree) -> float | None:
        """Of one processor; None at the first look, and when the last one was only just."""
        before = self._before.setdefault(key, tree)
        seconds = tree.at - before.at
        if seconds < LEAST_SECONDS:
            return None
        self._before[key] = tree
        return round(max(0.0, 100 * (tree.cpu_seconds - before.cpu_seconds) / seconds), 2)

    def begin(self, key: object, tree: Tree) -> None:
        self._before.setdefault(key, tree)

    def keep(self, keys: Iterable[object]) -> None:
        """Forget all others."""
        self._before = {key: self._before[key] for key in keys if key in self._before}


class ServerProbe:
    """The process that answers, and the aside processes that it has."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._process = psutil.Process()
        self._meter = _Meter()
        self._lags = Histogram()
        self._meter.begin(name, Tree(_family(self._process)))

    def look(self, lag_seconds: float) -> None:
        self._lags.note(lag_seconds)

    async def sample(self, span: Span) -> Sequence[Sample]:
        lags = self._lags.take()
        return [await asyncio.to_thread(self._read, span, lags)]

    def _read(self, span: Span, lags: Mapping[int, int]) -> Sample:
        tree = Tree(_family(self._process))
        levels = {"memory_bytes": float(tree.memory_bytes), "threads": float(self._process.num_threads())}
        cpu = self._meter.percent(self._name, tree)
        if cpu is not None:
            levels["cpu"] = cpu
        return Sample(
            kind=SampleKind.SERVER, name=self._name, at=span.at, seconds=span.seconds, levels=levels, spreads={"lag": lags}
        )  # fmt: skip


class WorkerProbe:
    """The worker's own process with all its children, and each run's child with all that it started."""

    def __init__(self, name: str, worker: AtWork) -> None:
        self._name = name
        self._worker = worker
        self._process = psutil.Process()
        self._meter = _Meter()
        self._meter.begin(name, Tree(_family(self._process)))
        self._since: dict[tuple[str, int], float] = {}
        """When each run was first looked at, in this process's own time."""
        self._lags = Histogram()

    def look(self, lag_seconds: float) -> None:
        """Note what the child of a new run has used until now: a warm one has executed others before."""
        self._lags.note(lag_seconds)
        now = asyncio.get_running_loop().time()
        at_work = self._worker.at_work()
        for run, pid in at_work:
            if (run, pid) not in self._since:
                self._since[run, pid] = now
                # Of the child alone: what others before it started has ended with them.
                self._meter.begin((run, pid), Tree(_one(pid)))
        if len(self._since) > len(at_work):
            there = set(at_work)
            self._since = {key: since for key, since in self._since.items() if key in there}
            self._meter.keep([self._name, *there])

    async def sample(self, span: Span) -> Sequence[Sample]:
        now = asyncio.get_running_loop().time()
        since = {key: min(span.seconds, now - since) for key, since in self._since.items()}
        return await asyncio.to_thread(self._read, span, since, self._worker.child_pids(), self._lags.take())

    def _read(self, span: Span, runs: Mapping[tuple[str, int], float], child_pids: Sequence[int], lags: Mapping[int, int]) -> list[Sample]:
        family = _family(self._process)
        tree = Tree(family)
        levels = {
            "memory_bytes": float(tree.memory_bytes),
            "children": float(len(child_pids)),
            "slots": float(self._worker.slots),
            "busy": float(len({pid for _, pid in runs})),
            "runs": float(len(runs)),
        }
        cpu = self._meter.percent(self._name, tree)
        if cpu is not None:
            levels["cpu"] = cpu
        worker = Sample(
            kind=SampleKind.WORKER, name=self._name, at=span.at, seconds=span.seconds, levels=levels, spreads={"lag": lags}
        )  # fmt: skip
        return [worker, *self._of_runs(span, runs, family)]

    def _of_runs(self, span: Span, runs: Mapping[tuple[str, int], float], family: Sequence[psutil.Process]) -> list[Sample]:
        below = _by_parent(family)
        sharing = Counter(pid for _, pid in runs)
        samples: list[Sample] = []
        for (run, pid), seconds in runs.items():
            tree = Tree(_descent(pid, family, below))
            if not tree.process_count:
                continue
            levels = {"memory_bytes": float(tree.memory_bytes), "processes": float(tree.process_count), "sharing": float(sharing[pid])}
            cpu = self._meter.percent((run, pid), tree)
            if cpu is not None:
                levels["cpu"] = cpu
            samples.append(Sample(kind=SampleKind.RUN, name=run, at=span.at, seconds=seconds, levels=levels))
        return samples


def _one(pid: int) -> list[psutil.Process]:
    try:
        return [psutil.Process(pid)]
    except _GONE:
        return []


def _family(process: psutil.Process) -> list[psutil.Process]:
    """It and all that it started: one walk over the process table."""
    return [process, *process.children(recursive=True)]


def _by_parent(family: Sequence[psutil.Process]) -> dict[int, list[psutil.Process]]:
    below: dict[int, list[psutil.Process]] = {}
    for process in family:
        try:
            below.setdefault(process.ppid(), []).append(process)
        except _GONE:
            continue
    return below


def _descent(pid: int, family: Sequence[psutil.Process], below: Mapping[int, Sequence[psutil.Process]]) -> list[psutil.Process]:
    found = [process for process in family if process.pid == pid]
    for process in found:  # grows as it is walked
        found += below.get(process.pid, ())
    return found
