"""What a check finds of damage, of what is missing, and of indexes that are not worth their room."""

from __future__ import annotations

from pathlib import Path

import pytest

from cluster.servers import Postgres
from headway.model.errors import Invalid, NoStore, StoreUnavailable
from headway.store.sql.care.check import INDEXES, check
from headway.store.sql.care.postgres_indexes import expected_bytes
from headway.store.sql.care.reach import linked, say_nothing
from headway.store.sql.care.report import IndexUse, Report
from headway.store.sql.migrate import VERSION
from headway.store.sql.tables import metadata
from tests.unit.store.care.material import filled


def overwrite(path: Path, at: int, size: int = 4_000) -> None:
    with path.open("r+b") as file:
        file.seek(at)
        file.write(b"\xa5" * size)


def checked(url: str, *, is_reindexing: bool = False, least_bytes: int = 1 << 20) -> Report:
    return check(url, is_reindexing=is_reindexing, tell=say_nothing, least_bytes=least_bytes)


async def test_a_sound_store(url: str) -> None:
    await filled(url)
    if not url.startswith("sqlite"):
        with linked(url) as link:
            link.cursor.execute("ANALYZE")
    report = checked(url)
    assert report.is_sound
    assert (report.version, report.wanted_version) == (VERSION, VERSION)
    assert (report.damages, report.missing_tables, report.missing_indexes, report.reindexed) == ([], [], [], [])
    sizes = {table.name: table for table in report.tables}
    assert set(sizes) == {table.name for table in metadata.sorted_tables}
    assert sizes["runs"].row_count == 3
    assert sizes["segments"].row_count > 3
    assert (sizes["runs"].size_bytes or 0) > 10_000, "with its indexes"


async def test_what_is_missing_is_named(url: str) -> None:
    await filled(url)
    with linked(url) as link:
        link.cursor.execute("DROP INDEX ix_runs_claim")
        link.cursor.execute("DROP TABLE presets")
    report = checked(url)
    assert (report.missing_indexes, report.missing_tables) == (["ix_runs_claim"], ["presets"])
    assert not report.is_sound


async def test_an_older_store_is_not_held_against_todays_schema(url: str) -> None:
    await filled(url)
    with linked(url) as link:
        link.cursor.execute("DROP TABLE revocations")
        link.cursor.execute("UPDATE alembic_version SET version_num = '0008'")
    report = checked(url)
    assert report.is_sound
    assert (report.version, report.wanted_version, report.missing_tables) == ("0008", VERSION, [])


async def test_a_store_of_the_future_is_not_judged(url: str) -> None:
    await filled(url)
    with linked(url) as link:
        link.cursor.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StoreUnavailable, match="newer version"):
        checked(url)


async def test_where_there_is_none_none_is_made(url: str, tmp_path: Path) -> None:
    with pytest.raises(NoStore):
        checked(url)
    assert not (tmp_path / "headway.db").exists()


async def test_damage_of_a_file_is_found(tmp_path: Path) -> None:
    url, path = f"sqlite:///{tmp_path}/headway.db", tmp_path / "headway.db"
    await filled(url, 40)
    with linked(url) as link:
        link.cursor.execute("PRAGMA foreign_keys = OFF")
        link.cursor.execute("DELETE FROM runs WHERE name LIKE 'run 7 %'")
    report = checked(url)
    assert [damage for damage in report.damages if "heads belongs to a row of runs that is not there" in damage]
    overwrite(path, path.stat().st_size * 3 // 4, 40_000)  # behind the pages on which SQLite keeps what tables there are
    report = checked(url)
    assert report.damages
    assert not report.is_sound


async def test_sqlite_has_nothing_to_reindex(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/headway.db"
    await filled(url)
    with pytest.raises(Invalid, match="PostgreSQL"):
        checked(url, is_reindexing=True)


def of(report: Report, name: str) -> IndexUse:
    return next(index for index in report.indexes if index.name == name)


MANY = 30_000


async def bloated(url: str) -> None:
    """Many samples, of which all but a few are deleted: the key keeps its size."""
    await filled(url)
    with linked(url) as link:
        link.cursor.execute(
            f"INSERT INTO samples (kind, grain, at, name, body) SELECT 'host', 0, n, md5(n::text), '{{}}' FROM generate_series(10, {MANY}) AS n"
        )
        link.cursor.execute("ANALYZE samples")


async def test_an_index_that_is_mostly_empty_is_found_and_built_anew(postgres_database: str) -> None:
    await bloated(postgres_database)
    full = of(checked(postgres_database), "pk_samples")
    assert not full.is_bloated, "just filled, in its order"
    with linked(postgres_database) as link:
        link.cursor.execute("DELETE FROM samples WHERE at % 50 <> 0")
        link.cursor.execute("VACUUM ANALYZE samples")
    report = checked(postgres_database)
    found = of(report, "pk_samples")
    assert found.is_bloated
    assert (found.bloat_bytes or 0) > found.size_bytes * 0.9
    assert report.is_sound, "it costs room, and no more"

    rebuilt = checked(postgres_database, is_reindexing=True)

    assert rebuilt.reindexed == ["pk_samples"]
    assert of(rebuilt, "pk_samples").size_bytes < found.size_bytes / 10
    assert not of(rebuilt, "pk_samples").is_bloated
    assert checked(postgres_database, is_reindexing=True).reindexed == []


async def test_the_estimate_is_near_an_index_that_was_just_built(postgres_database: str) -> None:
    await bloated(postgres_database)
    with linked(postgres_database) as link:
        link.cursor.execute("REINDEX INDEX pk_samples")
        link.cursor.execute("VACUUM ANALYZE samples")
    found = of(checked(postgres_database), "pk_samples")
    assert found.bloat_bytes is not None
    assert found.bloat_bytes < found.size_bytes * 0.2
    # kind (5) + grain (4) + at (8) + name (33), and a header: 60 bytes an entry
    assert expected_bytes(MANY, 50, 8192) == pytest.approx(found.size_bytes, rel=0.2)


async def test_an_index_that_nobody_uses_is_named(postgres_database: str) -> None:
    await filled(postgres_database)
    unused = {index.name for index in checked(postgres_database, least_bytes=1).indexes if index.is_unused}
    assert "ix_runs_kind" in unused
    assert "pk_runs" not in unused
    assert "uq_runs_external_id" not in unused, "it keeps ids unique, also if it is never read"
    assert not [index.name for index in checked(postgres_database).indexes if index.is_unused], "small ones cost nothing"
    with linked(postgres_database) as link:
        link.cursor.execute("SET enable_seqscan = off")
        link.prepare("SELECT id FROM runs WHERE kind = 'task' ORDER BY created_at, id").all()
        link.cursor.execute("SELECT pg_stat_force_next_flush()")
    assert of(checked(postgres_database), "ix_runs_kind").scan_count > 0


async def test_what_a_rebuild_has_left_behind_is_cleared_away(postgres_database: str) -> None:
    await filled(postgres_database)
    with linked(postgres_database) as link:
        link.cursor.execute("CREATE INDEX ix_runs_kind_ccnew ON runs (kind, created_at, id)")
        link.cursor.execute(
            "UPDATE pg_index SET indisvalid = false WHERE indexrelid IN ('ix_runs_kind_ccnew'::regclass, 'ix_runs_name'::regclass)"
        )
    report = checked(postgres_database)
    assert not report.is_sound
    assert {index.name for index in report.indexes if not index.is_valid} == {"ix_runs_kind_ccnew", "ix_runs_name"}
    report = checked(postgres_database, is_reindexing=True)
    assert set(report.reindexed) == {"ix_runs_kind_ccnew", "ix_runs_name"}
    assert report.is_sound
    assert {index.name for index in report.indexes} >= set(INDEXES)
    assert "ix_runs_kind_ccnew" not in {index.name for index in report.indexes}


async def test_damage_on_the_disk_of_postgresql_is_found(own_postgres: Postgres) -> None:
    url = own_postgres.url
    await filled(url, 40)
    with linked(url) as link:
        path = Path(*link.prepare("SELECT current_setting('data_directory'), pg_relation_filepath('segments')").one())
    assert {"all_rows", "checksums"} <= set(checked(url).asked)
    assert checked(url).damages == []
    with linked(url) as link:
        # After all that writes to the table, reading included (hint bits): what is in the log would mend the page at the start.
        link.cursor.execute("VACUUM segments")
        link.cursor.execute("CHECKPOINT")
    own_postgres.kill()
    overwrite(path, 100)
    own_postgres.start()
    report = checked(url)
    assert [damage for damage in report.damages if damage.startswith("segments: invalid page")]
    assert not report.is_sound
