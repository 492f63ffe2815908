"""What a check of a store finds."""

from __future__ import annotations

from dataclasses import dataclass, field

from headway.model.statements import TotalsState


@dataclass(frozen=True, slots=True, kw_only=True)
class TableSize:
    name: str
    row_count: int
    """Exact on SQLite; on PostgreSQL as of its last ANALYZE."""
    size_bytes: int | None
    """With its indexes; None: this SQLite does not say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexUse:
    """An index of PostgreSQL."""

    name: str
    table: str
    size_bytes: int
    scan_count: int
    """How often it was used, since `Report.counted_since`."""
    bloat_bytes: int | None
    """About how much of it is empty, beyond the tenth that every index keeps free; None: the table was never analysed."""
    is_valid: bool
    """False: left behind by a REINDEX CONCURRENTLY that did not end. It costs every write and serves nothing."""
    is_unused: bool
    is_bloated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    backend: str
    version: str
    wanted_version: str
    damages: list[str]
    """What is wrong with the data themselves. Empty: what was asked (`asked`) says that they are sound."""
    asked: list[str]
    missing_tables: list[str]
    missing_indexes: list[str]
    tables: list[TableSize]
    indexes: list[IndexUse] = field(default_factory=list[IndexUse])
    """PostgreSQL only."""
    totals: TotalsState = TotalsState.NOT_POSTGRESQL
    """Whether PostgreSQL's counts of statements can be read."""
    counted_since: str | None = None
    reindexed: list[str] = field(default_factory=list[str])

    @property
    def is_sound(self) -> bool:
        """Nothing is damaged or missing. An outdated version, and an index that is only large, do not count."""
        return not (self.damages or self.missing_tables or self.missing_indexes or [one for one in self.indexes if not one.is_valid])
