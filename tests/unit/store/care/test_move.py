"""A store moved from SQLite to PostgreSQL: all of it, in spite of interruptions, and never into anything else."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
import sqlalchemy as sa

from headway.model.errors import StoreDamaged, StoreOutdated, StoreUnavailable, TargetNotEmpty
from headway.store.sql.care.move import PLACE, Move, Moved, empty
from headway.store.sql.care.reach import Advance, Tell, linked, say_nothing
from headway.store.sql.store import SqlStore
from headway.store.sql.tables import metadata
from tests.contract.material import put
from tests.unit.store.care.material import Told, all_rows, filled, read_again


@pytest.fixture
def source(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/headway.db"


def move(source: str, to: str, tell: Tell = say_nothing, *, batch_rows: int = 2) -> Moved:
    with linked(source, busy_ms=0) as reading, linked(to) as writing:
        return Move(reading, writing, tell=tell, batch_rows=batch_rows).run()


class Interrupt:
    """Ctrl-C at the n-th batch."""

    def __init__(self, at: int) -> None:
        self.left = at

    def __call__(self, _advance: Advance) -> None:
        self.left -= 1
        if self.left == 0:
            raise KeyboardInterrupt


async def test_every_row_of_every_table_arrives_and_the_store_reads_it(source: str, postgres_database: str) -> None:
    runs = await filled(source)
    told = Told()
    moved = move(source, postgres_database, told)
    before = all_rows(source)
    assert all(before.values()), "each table had something to lose"
    assert all_rows(postgres_database) == before
    assert await read_again(postgres_database, runs) == await read_again(source, runs)
    assert moved.row_count == sum(map(len, before.values()))
    assert (moved.table_count, moved.resumed_rows) == (len(before), 0)
    assert told.stages == ["copying", "comparing"]
    assert all(0 <= advance.done <= advance.total for advance in told.advances)
    assert {advance.part for advance in told.advances} == set(before) - {"meta"}


async def test_viewers_go_on_at_their_positions(source: str, postgres_database: str) -> None:
    runs = await filled(source)
    move(source, postgres_database)
    old, new = await SqlStore.open(source), await SqlStore.open(postgres_database)
    assert new.epoch == old.epoch
    await new.write(lambda tx: tx.runs.change(runs[0].id, name="still written to"))
    assert (await new.read(lambda s: s.runs.get(runs[0].id))).name == "still written to"  # pyright: ignore[reportOptionalMemberAccess]
    await old.close()
    await new.close()


async def test_interrupted_anywhere_it_goes_on_behind_the_last_batch(source: str, postgres_database: str) -> None:
    runs = await filled(source)
    interrupted = 0
    told = Told()
    for at in (1, 3, 20, 30, 45, 60):
        with suppress(KeyboardInterrupt):
            move(source, postgres_database, Interrupt(at))
            break
        interrupted += 1
        with pytest.raises(StoreUnavailable, match="headway db move"):
            await SqlStore.open(postgres_database)
    moved = move(source, postgres_database, told)
    assert interrupted > 3
    assert 0 < moved.resumed_rows < moved.row_count
    assert all_rows(postgres_database) == all_rows(source)
    assert await read_again(postgres_database, runs) == await read_again(source, runs)
    assert told.advances[0].done == moved.resumed_rows


async def test_what_is_there_is_not_moved_into(source: str, postgres_database: str, tmp_path: Path) -> None:
    await filled(source)
    store = await SqlStore.open(postgres_database)
    await store.write(put("mine", "1"))
    await store.close()
    before = all_rows(postgres_database)
    with pytest.raises(TargetNotEmpty, match="tables of Headway"):
        move(source, postgres_database)
    with linked(postgres_database) as link:
        assert not empty(link), "a store is not emptied"
    assert all_rows(postgres_database) == before


async def test_the_move_of_another_store_is_not_gone_on_with(source: str, postgres_database: str, tmp_path: Path) -> None:
    other = f"sqlite:///{tmp_path}/other.db"
    await filled(source)
    runs = await filled(other)
    with suppress(KeyboardInterrupt):
        move(source, postgres_database, Interrupt(9))
    with pytest.raises(TargetNotEmpty, match="another store"):
        move(other, postgres_database)
    with linked(postgres_database) as link:
        assert empty(link)
    move(other, postgres_database)
    assert await read_again(postgres_database, runs) == await read_again(other, runs)


async def test_once_moved_it_says_so(source: str, postgres_database: str) -> None:
    await filled(source)
    move(source, postgres_database)
    with pytest.raises(TargetNotEmpty, match="moved there already"):
        move(source, postgres_database)


async def test_a_store_that_was_used_in_between_is_noticed(source: str, postgres_database: str) -> None:
    await filled(source)
    with suppress(KeyboardInterrupt):
        move(source, postgres_database, Interrupt(20))
    store = await SqlStore.open(source)
    await store.write(put("mark", "of a server that was started"))
    await store.close()
    with pytest.raises(TargetNotEmpty, match="since the move began"):
        move(source, postgres_database)


@pytest.mark.parametrize(
    ("falsify", "says"),
    [
        ("UPDATE segments SET body = 'x'::bytea WHERE first = 1", r"segments differs there"),
        ("DELETE FROM results", r"results is not there"),
        ("INSERT INTO quotas (project) VALUES ('more')", r"quotas has 3 rows there, and 2 here"),
        ("UPDATE queues SET is_paused = NOT is_paused", r"queues differs there"),
        ("UPDATE courses SET duration_seconds = duration_seconds + 1e-9", r"courses differs there"),
    ],
)
async def test_what_is_not_equal_is_found_and_the_target_is_no_store(source: str, postgres_database: str, falsify: str, says: str) -> None:
    await filled(source)

    def meanwhile(advance: Advance) -> None:
        if (advance.stage, advance.done) == ("comparing", 0):
            with linked(postgres_database) as link:
                link.cursor.execute(falsify)

    with pytest.raises(StoreDamaged, match=says):
        move(source, postgres_database, meanwhile)
    with pytest.raises(StoreUnavailable):
        await SqlStore.open(postgres_database)


async def test_nobody_writes_to_the_source_meanwhile(source: str, postgres_database: str) -> None:
    await filled(source)
    refused: list[str] = []

    def write(_advance: Advance) -> None:
        with linked(source, busy_ms=0) as link, pytest.raises(Exception, match="locked") as caught:
            link.cursor.execute("UPDATE meta SET value = 'x'")
        refused.append(str(caught.value))

    move(source, postgres_database, write)
    assert len(refused) > 20
    with linked(source) as link:
        link.cursor.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreUnavailable, match="locked"):
            move(source, postgres_database)


async def test_a_source_of_an_older_version_is_upgraded_first(source: str, postgres_database: str) -> None:
    await filled(source)
    with linked(source) as link:
        link.cursor.execute("UPDATE alembic_version SET version_num = '0008'")
    with pytest.raises(StoreOutdated, match="headway db upgrade"):
        move(source, postgres_database)
    with linked(postgres_database) as link:
        assert sa.inspect(link.connection).get_table_names() == []


async def test_a_text_that_postgresql_cannot_keep_is_named(source: str, postgres_database: str) -> None:
    runs = await filled(source)
    with linked(source) as link:
        link.prepare("UPDATE tasks SET description = ? WHERE is_async = 1").run("a\0b")
    with pytest.raises(StoreDamaged, match=r"description of the row .* in tasks has a NUL"):
        move(source, postgres_database)
    with linked(source) as link:
        link.cursor.execute("UPDATE tasks SET description = 'ab'")
        link.prepare("UPDATE runs SET priority = ?").run(2**40)
    with linked(postgres_database) as link:
        empty(link)
    with pytest.raises(StoreDamaged, match="rows of runs cannot be kept"):
        move(source, postgres_database)
    assert runs


async def test_nothing_is_left_of_the_move_itself(source: str, postgres_database: str) -> None:
    await filled(source)
    move(source, postgres_database)
    with linked(postgres_database) as link:
        tables = set(sa.inspect(link.connection).get_table_names())
    assert tables == {table.name for table in metadata.sorted_tables} | {"alembic_version"}
    assert PLACE not in tables
