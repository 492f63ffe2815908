"""The figures of this process as Prometheus reads them, by its own client library.

Counters only grow, from the start of the process; what stands in a label is written in our code, or is the name of this process.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import accumulate

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from headway.store.figures import WAIT_BOUNDS, DurationCounts, StoreFigures

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
"""Every Prometheus reads that, and all that is written here is of it."""


def expose(process: str, figures: StoreFigures, *, write_waiting: int) -> str:
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Figures(process, figures, write_waiting))
    return generate_latest(registry).decode()


def expose_rejections(process: str, counts: Mapping[str, int]) -> str:
    """`counts`: by the code with which a request was refused."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Rejected(process, counts))
    return generate_latest(registry).decode()


class _Rejected(Collector):
    """As `_Figures`."""

    def __init__(self, process: str, counts: Mapping[str, int]) -> None:
        self._process = process
        self._counts = counts

    def describe(self) -> Iterator[Metric]:
        return iter(())

    def collect(self) -> Iterator[Metric]:
        refused = CounterMetricFamily(
            "headway_rejected_requests", "Requests that were refused for what they are: malformed, too large, too fast, of another origin.",
            labels=["process", "code"],
        )  # fmt: skip
        for code, count in sorted(self._counts.items()):
            refused.add_metric([self._process, code], count)
        yield refused


class _Figures(Collector):
    """What is counted already, handed to Prometheus' library as it stands."""

    def __init__(self, process: str, figures: StoreFigures, write_waiting: int) -> None:
        self._process = process
        self._figures = figures
        self._write_waiting = write_waiting

    def describe(self) -> Iterator[Metric]:
        """Nothing: the registry is made for one answer, and need not know beforehand what will stand in it."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        yield from self._pool()
        yield from self._work()
        yield self._slow()

    def _pool(self) -> Iterator[Metric]:
        figures = self._figures
        yield self._gauge("connections", "Connections to the database that this process may have.", figures.connection_count)
        yield self._gauge("connections_in_use", "Connections that are in use.", figures.in_use_count)
        waiting = GaugeMetricFamily(
            "headway_database_waiting", "Queries and acts that wait for a connection.", labels=["process", "to"]
        )  # fmt: skip
        waiting.add_metric([self._process, "read"], figures.read_waiting_count)
        waiting.add_metric([self._process, "write"], self._write_waiting)
        yield waiting
        waits = HistogramMetricFamily(
            "headway_database_wait_seconds", "How long was waited for a connection, a pooler's queue included.", labels=["process", "to"]
        )  # fmt: skip
        for to, found in (("read", figures.read_wait), ("write", figures.write_wait)):
            waits.add_metric([self._process, to], buckets=_buckets(found), sum_value=found.total_seconds)
        yield waits

    def _work(self) -> Iterator[Metric]:
        figures = self._figures
        for name, says, count in (
            ("commits", "Transactions that were committed.", figures.commit_count),
            ("acts", "Acts that were committed; a transaction holds one or many.", figures.act_count),
            ("failed_acts", "Acts that found no database.", figures.failed_count),
            ("queries", "Queries that were begun.", figures.read_count),
        ):
            counter = CounterMetricFamily(f"headway_database_{name}", says, labels=["process"])
            counter.add_metric([self._process], count)
            yield counter

    def _slow(self) -> Metric:
        slow = CounterMetricFamily(
            "headway_database_slow_statements", "Statements slower than HEADWAY_SLOW_STATEMENT_MS.",
            labels=["process", "purpose", "asked_by"],
        )  # fmt: skip
        for (purpose, asked_by), count in sorted(self._figures.statements.counts().items()):
            slow.add_metric([self._process, purpose, asked_by], count)
        return slow

    def _gauge(self, name: str, says: str, value: float) -> Metric:
        gauge = GaugeMetricFamily(f"headway_database_{name}", says, labels=["process"])
        gauge.add_metric([self._process], value)
        return gauge


def _buckets(found: DurationCounts) -> list[tuple[str, float]]:
    bounds = [*map(str, WAIT_BOUNDS), "+Inf"]
    return list(zip(bounds, map(float, accumulate(found.counts)), strict=True))
