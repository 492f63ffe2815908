"""Stores with rows in all tables, to copy, damage and move."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import sqlalchemy as sa

from headway.model.events import Facet
from headway.model.ids import new_id
from headway.model.run import Run
from headway.store.sql.care.reach import Advance, linked
from headway.store.sql.care.rows import canonical
from headway.store.sql.store import SqlStore
from headway.store.sql.tables import metadata
from tests.contract.material import a_run, append_mixed, insert


class Told:
    """What a command has said of its progress."""

    def __init__(self) -> None:
        self.advances: list[Advance] = []

    def __call__(self, advance: Advance) -> None:
        self.advances.append(advance)

    @property
    def stages(self) -> list[str]:
        """In their order, each once."""
        return list(dict.fromkeys(advance.stage for advance in self.advances))


def sqlite_url(directory: Path, name: str = "headway.db") -> str:
    return f"sqlite:///{directory}/{name}"


async def filled(url: str, run_count: int = 3) -> list[Run]:
    """Runs with journals, views, results and checkpoints, and two rows in each table that these do not fill. Closed again."""
    store = await SqlStore.open(url, synchronous="OFF")
    runs = [a_run(name=f"run {number} é 汉字 🚂", tags=("a", "b"), parameters={"n": number}) for number in range(run_count)]
    await insert(store, *runs)
    for run in runs:
        for number in range(3):
            await store.write(lambda tx, number=number, run=run: append_mixed(tx, run.id, 3, 2, f"text {number} of {run.name}"))
        await store.write(lambda tx, run=run: tx.details.store_results([(run.id, b'{"sum": 7}')]))
    await store.close()
    made: dict[tuple[str, int], Any] = {}
    with linked(url) as link:
        for table in metadata.sorted_tables:
            if table.name not in {"runs", "heads", "segments", "run_tags", "results", "meta"}:
                link.rows(table).insert([_a_row(table, runs[number].id, number, made) for number in range(2)])
    return runs


def _a_row(table: sa.Table, run: str, number: int, made: dict[tuple[str, int], Any]) -> tuple[Any, ...]:
    """`made`: values of the rows before, by column and number, for those that name them."""
    row: list[Any] = []
    for column in table.c:
        named = [key.target_fullname for key in column.foreign_keys if column.name != "run_id"]
        value = made[named[0], number] if named else _a_value(column, run, number)
        made[f"{table.name}.{column.name}", number] = value
        row.append(value)
    return tuple(row)


def _a_value(column: sa.Column[Any], run: str, number: int) -> Any:
    """Another one for each `number`; None where that may be, in the second."""
    if column.name == "run_id":
        return run.replace("-", "")
    if column.nullable and number:
        return None
    match column.type:
        case sa.Uuid():
            return new_id().replace("-", "")
        case sa.Boolean():
            return bool(number)
        case sa.Double():
            return number + 0.1
        case sa.Integer():
            return 2**53 + number if isinstance(column.type, sa.BigInteger) else number
        case sa.LargeBinary():
            return bytes([0, 255, number])
        case _:
            return f'{{"{column.name}": "é\\u0000 汉 {number}"}}'


def all_rows(url: str, *, without: frozenset[str] = frozenset()) -> dict[str, list[Any]]:
    """Every row of every table, in one form for both databases."""
    with linked(url, is_reading=True) as link:
        return {
            table.name: sorted((canonical(row) for row in link.prepare(sa.select(table)).all()), key=repr)
            for table in metadata.sorted_tables
            if table.name not in without
        }


async def read_again(url: str, runs: list[Run]) -> list[Any]:
    """What the store itself reads of the runs: the runs, their heads with their views, their lines, their results."""
    store = await SqlStore.open(url, synchronous="OFF")
    try:
        return [
            (
                await store.read(lambda s, run=run: s.runs.get(run.id)),
                await store.read(lambda s, run=run: s.journal.head(run.id)),
                await store.read(lambda s, run=run: list(s.journal.read(run.id, Facet.LOG, 1, 99))),
                await store.read(lambda s, run=run: list(s.journal.events(run.id, 0))),
                await store.read(lambda s, run=run: s.details.result(run.id)),
            )
            for run in runs
        ]
    finally:
        await store.close()
