"""What is acknowledged stays, whatever is killed or full; and the store recovers by itself."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

from headway.model.errors import StoreUnavailable
from headway.model.events import Facet
from headway.model.run import Run
from headway.store.contract import Snapshot, Transaction
from headway.store.sql import engines
from headway.store.sql.copying import copying, is_copied
from headway.store.sql.store import SqlStore
from tests.contract.material import a_run, append_mixed, insert, link_of, put, write_together
from tests.waiting import SCALE, eventually, eventually_async

ROOT = Path(__file__).parents[2]


def start_writing(url: str, ledger: Path, count: int, runs: list[str]) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tests.contract.writing_process", url, str(ledger), str(count), *runs]
    return subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE)


async def with_runs(url: str, count: int) -> list[str]:
    store = await SqlStore.open(url)
    runs = [a_run() for _ in range(count)]
    await insert(store, *runs)
    await store.close()
    return [run.id for run in runs]


async def kept_lines(url: str, runs: list[str]) -> dict[str, list[int]]:
    store = await SqlStore.open(url)

    async def lines(run: str) -> list[int]:
        found = await store.read(lambda s: s.journal.read(run, Facet.LOG, 1, 10**9, limit=10**6, max_bytes=10**9))
        return [orjson.loads(line)["line"] for line in found]

    answer = {run: await lines(run) for run in runs}
    tops = await store.read(lambda s: s.journal.tops(runs))
    assert {run: len(lines) for run, lines in answer.items()} == {run: top[1] for run, top in tops.items()}
    await store.close()
    return answer


def acknowledged(ledger: Path) -> list[tuple[str, int]]:
    text = ledger.read_text() if ledger.exists() else ""
    whole = text[: text.rfind("\n") + 1].splitlines()
    return [(run, int(seq)) for run, seq in (line.split() for line in whole)]


async def test_a_killed_process_loses_nothing_that_was_acknowledged(url: str, tmp_path: Path) -> None:
    """I1, as far as the store goes: kill -9 in the middle of group commits, three times over."""
    runs = await with_runs(url, 10)
    ledger = tmp_path / "ledger"
    for turn in range(1, 4):
        process = start_writing(url, ledger, 10**9, runs)
        await asyncio.to_thread(eventually, lambda turn=turn: len(acknowledged(ledger)) > turn * 300, 30, "acknowledged writes")
        process.kill()
        process.communicate()
        kept = await kept_lines(url, runs)
        for run, lines in kept.items():
            assert lines == list(range(1, len(lines) + 1)), "no hole, none twice"
            assert max(seq for other, seq in acknowledged(ledger) if other == run) <= len(lines)
    assert set(Counter(acknowledged(ledger)).values()) == {1}


async def test_two_processes_write_one_store(url: str, tmp_path: Path) -> None:
    """No "database is locked", and neither waits for ever."""
    runs = await with_runs(url, 6)
    processes = [start_writing(url, tmp_path / f"ledger{number}", 100, runs) for number in range(2)]
    for process in processes:
        _, errors = await asyncio.to_thread(process.communicate, None, 60 * SCALE)
        assert process.returncode == 0, errors.decode()
    kept = await kept_lines(url, runs)
    assert all(lines == list(range(1, 201)) for lines in kept.values())


async def test_a_full_database_is_said_and_overcome(tmp_path: Path) -> None:
    store = await SqlStore.open(f"sqlite:///{tmp_path}/headway.db")
    run = a_run()
    await insert(store, run)

    def fill(tx: Transaction) -> None:
        cursor = link_of(tx).cursor
        cursor.execute("PRAGMA max_page_count = 1")  # SQLite takes the present size: the file may not grow
        tx.details.store_results([(run.id, b"x" * 1_000_000)])

    with pytest.raises(StoreUnavailable, match="full"):
        await store.write(fill)
    answers = await write_together(store, put("a", "1"), fill, put("b", "1"))
    assert isinstance(answers[1], StoreUnavailable)
    told = [isinstance(answer, StoreUnavailable) for answer in (answers[0], answers[2])]
    kept = await store.read(lambda s: [s.meta.get(key) is None for key in ("a", "b")])
    assert told == kept, "an act is kept exactly if it was acknowledged"
    await store.write(lambda tx: tx.meta.put("c", "1"))
    assert await store.read(lambda s: (s.meta.get("c"), s.details.result(run.id))) == ("1", None)
    await store.close()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "disk"
    path.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(path)], capture_output=True, check=False)
    if mounted.returncode:
        pytest.skip("needs the right to mount a file system")
    yield path
    subprocess.run(["umount", "-l", str(path)], check=True)


async def test_a_full_disk_is_said_and_overcome(small_disk: Path) -> None:
    ballast = small_disk / "ballast"
    ballast.write_bytes(b"\0" * 1_000_000)
    store = await SqlStore.open(f"sqlite:///{small_disk}/headway.db")
    run = a_run()
    await insert(store, run)
    acknowledged_count = 0

    async def write() -> None:
        nonlocal acknowledged_count
        await store.write(lambda tx: append_mixed(tx, run.id, 20, 0, os.urandom(400).hex()))
        acknowledged_count += 1

    async def fill() -> None:
        for _ in range(1000):
            await write()

    with pytest.raises(StoreUnavailable, match="full"):
        await fill()
    assert acknowledged_count > 0
    top = await store.read(lambda s: s.journal.tops([run.id]))
    assert top == {run.id: (20 * acknowledged_count, 20 * acknowledged_count)}, "reading goes on, and what was acknowledged is there"

    ballast.unlink()

    async def recovered() -> bool:
        try:
            await write()
        except StoreUnavailable:
            return False
        return True

    await eventually_async(recovered, 10, "the store to recover")
    lines = await store.read(lambda s: s.journal.read(run.id, Facet.LOG, 1, 10**6, limit=10**6))
    assert len(lines) == 20 * acknowledged_count
    await store.close()


async def test_a_lost_connection_harms_its_acts_only(postgres_database: str) -> None:
    store = await SqlStore.open(postgres_database, reader_count=1)
    await store.write(lambda tx: tx.meta.put("a", "1"))
    assert await store.read(lambda s: s.meta.get("a")) == "1"
    other = await SqlStore.open(postgres_database)

    def end_all_others(tx: Transaction) -> None:
        link_of(tx).cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() "
            "AND pid <> pg_backend_pid() AND application_name = 'headway'"
        )

    await other.write(end_all_others)
    await store.write(lambda tx: tx.meta.put("b", "1"))
    assert await store.read(lambda s: s.meta.get("b")) == "1"

    def end_myself(tx: Transaction) -> None:
        tx.meta.put("c", "1")
        link_of(tx).cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    with pytest.raises(StoreUnavailable):
        await store.write(end_myself)
    await store.write(lambda tx: tx.meta.put("d", "1"))
    assert await store.read(lambda s: (s.meta.get("c"), s.meta.get("d"))) == (None, "1")
    await store.close()
    await other.close()


async def test_who_stands_still_within_a_transaction_lets_go_of_what_it_has_locked(
    postgres_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines, "STANDSTILL_SECONDS", 0.5)
    frozen, other = [await SqlStore.open(postgres_database) for _ in range(2)]
    run = a_run()
    await insert(other, run)
    is_locked, may_go_on = threading.Event(), threading.Event()

    def stand_still(tx: Transaction) -> None:
        tx.journal.lock([run.id])
        tx.meta.put("stale", "1")
        is_locked.set()
        may_go_on.wait(60)
        tx.meta.put("later", "1")

    stale = asyncio.ensure_future(frozen.write(stand_still))
    await eventually_async(is_locked.is_set)
    assert await other.write(lambda tx: list(tx.journal.lock([run.id]))) == [run.id], "though the other has not ended"
    assert not stale.done()
    may_go_on.set()
    with pytest.raises(StoreUnavailable):
        await stale
    await frozen.write(lambda tx: tx.meta.put("well", "1"))
    assert await other.read(lambda s: [s.meta.get(name) for name in ("stale", "later", "well")]) == [None, None, "1"]
    await frozen.close()
    await other.close()


async def test_a_commit_that_fails_fails_every_act_of_it(store: SqlStore) -> None:
    """The transaction ends under the acts' feet, as it does on an I/O error."""
    run: Run = a_run()
    await insert(store, run)

    def pull_the_rug(tx: Transaction) -> None:
        link_of(tx).cursor.execute("ROLLBACK")

    with pytest.raises(StoreUnavailable):
        await store.write(pull_the_rug)
    answers = await write_together(store, put("a", "1"), pull_the_rug, put("b", "1"))
    assert all(isinstance(answer, StoreUnavailable) for answer in answers)
    assert await store.read(lambda s: (s.meta.get("a"), s.meta.get("b"))) == (None, None)
    await store.write(lambda tx: tx.meta.put("c", "1"))
    assert await store.read(lambda s: s.meta.get("c")) == "1"


async def test_the_write_ahead_log_stays_small(tmp_path: Path) -> None:
    store = await SqlStore.open(f"sqlite:///{tmp_path}/headway.db", synchronous="OFF", wal_bytes=1_000_000)
    run = a_run()
    await insert(store, run)
    for _ in range(4):
        await store.write(lambda tx: tx.details.store_results([(run.id, os.urandom(1_500_000))]))
    log = tmp_path / "headway.db-wal"
    # What the store says of it is what the last look saw: the last of the writes may have come after that.
    await eventually_async(lambda: store.figures.checkpoint_count > 0 and log.stat().st_size < 2_000_000, 10, "the log to be truncated")
    await eventually_async(lambda: store.wal_bytes < 2_000_000, 10, "that to be known")
    assert log.stat().st_size < 2_000_000
    await store.close()


async def test_a_log_that_a_long_query_held_begins_anew_when_that_has_ended(tmp_path: Path) -> None:
    store = await SqlStore.open(f"sqlite:///{tmp_path}/headway.db", synchronous="OFF", wal_bytes=500_000)
    run = a_run()
    await insert(store, run)
    begun, released = threading.Event(), threading.Event()

    def look(snapshot: Snapshot) -> bool:
        snapshot.runs.get(run.id)
        begun.set()
        return released.wait(20 * SCALE)

    query = asyncio.create_task(store.read(look))
    await asyncio.to_thread(begun.wait, 10 * SCALE)
    for _ in range(4):
        await store.write(lambda tx: tx.details.store_results([(run.id, os.urandom(700_000))]))
    grown = (tmp_path / "headway.db-wal").stat().st_size
    assert grown > 4 * 500_000, "the query has kept the log from beginning anew, and no write has failed for that"
    released.set()
    assert await query

    async def has_begun_anew() -> bool:
        await store.write(lambda tx: tx.meta.put("a", "1"))  # each commit is an occasion
        return store.wal_bytes < 1_000_000

    await eventually_async(has_begun_anew, 10, "the log to begin anew")
    await store.close()


async def test_while_the_file_is_copied_no_writer_waits_for_the_log_to_begin_anew(tmp_path: Path) -> None:
    database = tmp_path / "headway.db"
    store = await SqlStore.open(f"sqlite:///{database}", synchronous="OFF", wal_bytes=500_000)
    run = a_run()
    await insert(store, run)
    assert not is_copied(database)
    with copying(database):
        assert is_copied(database)
        for _ in range(4):
            await store.write(lambda tx: tx.details.store_results([(run.id, os.urandom(700_000))]))
        looked = store.figures.checkpoint_count
        await eventually_async(lambda: store.figures.checkpoint_count > looked + 3, 10, "the checkpointer to look again")
        assert (tmp_path / "headway.db-wal").stat().st_size > 4 * 500_000
    assert not is_copied(database)
    await eventually_async(lambda: store.wal_bytes < 1_000_000, 10, "the log to begin anew")
    await store.close()
