"""The store as one process sees it: how long commits and queries take, and waiting for a connection, what was slow; and how large it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from headway.model.samples import Sample, SampleKind, Slow
from headway.model.statements import SlowStatement
from headway.monitor.sampler import Span
from headway.store.contract import Store

_COUNTS = ("commit_count", "act_count", "failed_count", "read_count", "slow_count")


class Figures(Protocol):
    """What a store counts of itself since it was opened."""

    commit_count: int
    act_count: int
    failed_count: int
    read_count: int
    slow_count: int
    reading_count: int
    wal_bytes: int

    def take(self) -> tuple[dict[str, dict[int, int]], list[Slow]]: ...
    def take_statements(self) -> Sequence[SlowStatement]: ...
    def use(self) -> tuple[float, int]: ...


class DatabaseProbe:
    def __init__(
        self, name: str, store: Store, figures: Figures, *, waiting: Callable[[], int], readers: int, kept: Mapping[str, int] | None = None
    ) -> None:
        """`waiting`: acts that no transaction has taken yet. `readers`: connections that may read at once;
        one more writes. `kept`: how many answers were kept ones, since the start, by what became of the question; None: none are kept."""
        self._kept = kept
        self._name = name
        self._store = store
        self._figures = figures
        self._waiting = waiting
        self._readers = readers
        self._before = self._counted()

    def _counted(self) -> dict[str, int]:
        kept = {} if self._kept is None else {f"cache_{name}": count for name, count in self._kept.items()}
        return {name.removesuffix("_count"): getattr(self._figures, name) for name in _COUNTS} | kept

    def look(self, lag_seconds: float) -> None:
        """Nothing to do: the store counts by itself."""

    async def sample(self, span: Span) -> Sequence[Sample]:
        spreads, worst = self._figures.take()
        used_seconds, used_most = self._figures.use()
        before, self._before = self._before, self._counted()
        levels = {
            "reading": float(self._figures.reading_count),
            "readers": float(self._readers),
            "connections": float(self._readers + 1),
            "in_use": used_seconds / span.seconds,
            "waiting": float(self._waiting()),
            "wal_bytes": float(self._figures.wal_bytes),
            "size_bytes": float(await self._store.read(lambda snapshot: snapshot.samples.size_bytes())),
        }
        return [
            Sample(
                kind=SampleKind.DATABASE,
                name=self._name,
                at=span.at,
                seconds=span.seconds,
                levels=levels,
                peaks={"in_use": float(used_most)},
                counts={name: count - before.get(name, 0) for name, count in self._before.items()},
                spreads=spreads,
                worst=worst,
                statements=self._figures.take_statements(),
            )
        ]
