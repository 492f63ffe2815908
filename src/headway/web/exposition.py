"""The figures of this process as Prometheus reads them: its text format, version 0.0.4.

Counters only grow, from the start of the process; what stands in a label is written in our code, or is the name of this process.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import accumulate

from headway.store.figures import WAIT_BOUNDS, DurationCounts, StoreFigures

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

Labels = Mapping[str, str]
_ESCAPED = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})


def expose(process: str, figures: StoreFigures, *, write_waiting: int) -> str:
    return "\n".join([*_pool(process, figures, write_waiting), *_work(process, figures), *_slow(process, figures)]) + "\n"


def _pool(process: str, figures: StoreFigures, write_waiting: int) -> Iterator[str]:
    own = {"process": process}
    yield from _one("gauge", "headway_database_connections", "Connections to the database that this process may have.", [
        (own, figures.connection_count),
    ])  # fmt: skip
    yield from _one("gauge", "headway_database_connections_in_use", "Connections that are in use.", [(own, figures.in_use_count)])
    yield from _one("gauge", "headway_database_waiting", "Queries and acts that wait for a connection.", [
        ({**own, "to": "read"}, figures.read_waiting_count), ({**own, "to": "write"}, write_waiting),
    ])  # fmt: skip
    yield from _histogram("headway_database_wait_seconds", "How long was waited for a connection, a pooler's queue included.", [
        ({**own, "to": "read"}, figures.read_wait), ({**own, "to": "write"}, figures.write_wait),
    ])  # fmt: skip


def _work(process: str, figures: StoreFigures) -> Iterator[str]:
    own = {"process": process}
    for name, says, count in (
        ("commits", "Transactions that were committed.", figures.commit_count),
        ("acts", "Acts that were committed; a transaction holds one or many.", figures.act_count),
        ("failed_acts", "Acts that found no database.", figures.failed_count),
        ("queries", "Queries that were begun.", figures.read_count),
    ):
        yield from _one("counter", f"headway_database_{name}_total", says, [(own, count)])


def _slow(process: str, figures: StoreFigures) -> Iterator[str]:
    counts = figures.statements.counts()
    yield from _one(
        "counter", "headway_database_slow_statements_total", "Statements slower than HEADWAY_SLOW_STATEMENT_MS.",
        [
            ({"process": process, "purpose": purpose, "asked_by": asked_by}, count)
            for (purpose, asked_by), count in sorted(counts.items())
        ],
    )  # fmt: skip


def _one(kind: str, name: str, says: str, values: Iterable[tuple[Labels, float]]) -> Iterator[str]:
    yield f"# HELP {name} {says}"
    yield f"# TYPE {name} {kind}"
    for labels, value in values:
        yield f"{name}{_written(labels)} {value}"


def _histogram(name: str, says: str, values: Iterable[tuple[Labels, DurationCounts]]) -> Iterator[str]:
    yield f"# HELP {name} {says}"
    yield f"# TYPE {name} histogram"
    for labels, found in values:
        counts = list(accumulate(found.counts))
        for bound, count in zip([*map(str, WAIT_BOUNDS), "+Inf"], counts, strict=True):
            yield f"{name}_bucket{_written({**labels, 'le': bound})} {count}"
        yield f"{name}_sum{_written(labels)} {found.total_seconds:.9g}"
        yield f"{name}_count{_written(labels)} {counts[-1]}"


def _written(labels: Labels) -> str:
    return "{" + ",".join(f'{name}="{value.translate(_ESCAPED)}"' for name, value in labels.items()) + "}"
