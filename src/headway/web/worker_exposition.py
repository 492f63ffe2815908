"""All workers that are alive as Prometheus reads them: what they said of themselves last, by heartbeat and by sample.

A worker listens at no port, and a remote one cannot be reached: a server tells what the store knows. So each figure is as old as the
series beside it says, and those of a worker that has fallen silent are gone after `ALIVE`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from headway.model.histogram import quantile
from headway.model.samples import Sample
from headway.store.places import Worker

_LEVELS: Mapping[str, tuple[str, str, float]] = {
    "busy": ("headway_worker_busy", "Processes of the worker that execute something.", 1.0),
    "runs": ("headway_worker_runs", "Runs that it executes; those of coroutines share a process.", 1.0),
    "children": ("headway_worker_children", "Processes that it has for runs.", 1.0),
    "memory_bytes": ("headway_worker_memory_bytes", "Resident memory of the worker and all that it started.", 1.0),
    "cpu": ("headway_worker_cpu_ratio", "Processors that it and all that it started take; 1: a whole one.", 0.01),
}
"""Of a sample: name, what it says, and the factor to the unit that Prometheus wants."""
_LABELS = ("worker", "host")


def expose_workers(workers: Sequence[Worker], samples: Mapping[str, Sample], now: datetime) -> str:
    """`samples`: the newest of each worker, by its id; a worker that is young has none yet."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Workers(workers, samples, now))
    return generate_latest(registry).decode()


class _Workers(Collector):
    def __init__(self, workers: Sequence[Worker], samples: Mapping[str, Sample], now: datetime) -> None:
        self._workers = workers
        self._samples = samples
        self._now = now

    def describe(self) -> Iterator[Metric]:
        """Nothing, as in `exposition.py`."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        yield self._of_workers("headway_worker_slots", "Runs of ordinary functions that it executes at once.", lambda one: one.slots)
        yield self._of_workers("headway_worker_draining", "1: it takes no new runs.", lambda one: one.is_draining)
        yield self._of_workers("headway_worker_heartbeat_age_seconds", "Since it was heard of.", lambda one: self._age(one.heartbeat_at))
        for level, (name, says, factor) in _LEVELS.items():
            yield self._of_samples(name, says, lambda found, level=level, factor=factor: _scaled(found.levels.get(level), factor))
        yield self._of_samples(
            "headway_worker_loop_delay_seconds", "How late its event loop was, in 95 of 100 looks.",
            lambda found: quantile(found.spreads["lag"], 0.95) if "lag" in found.spreads else None,
        )  # fmt: skip
        yield self._of_samples("headway_worker_sample_age_seconds", "Since these were measured.", lambda found: self._age(found.at))

    def _age(self, at: datetime) -> float:
        return max(0.0, (self._now - at).total_seconds())

    def _of_workers(self, name: str, says: str, value: Callable[[Worker], float | None]) -> Metric:
        gauge = GaugeMetricFamily(name, says, labels=_LABELS)
        for worker in self._workers:
            found = value(worker)
            if found is not None:
                gauge.add_metric([worker.id, worker.host], float(found))
        return gauge

    def _of_samples(self, name: str, says: str, value: Callable[[Sample], float | None]) -> Metric:
        samples = self._samples
        return self._of_workers(name, says, lambda worker: value(samples[worker.id]) if worker.id in samples else None)


def _scaled(level: float | None, factor: float) -> float | None:
    return None if level is None else level * factor
