"""`headway db`, as people call it: beside a running installation, and with it ended."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest

from headway.cli.exits import Exit
from headway.model.errors import StoreUnavailable
from headway.sdk.client import Client
from headway.store.sql.care.move import Move
from headway.store.sql.care.reach import Advance, linked
from headway.store.sql.engines import make_engine
from headway.store.sql.migrate import VERSION, bring_up
from headway.store.sql.migrations.upgrade import upgrade as migrate_to
from tests.acceptance.cli.commands import HEADWAY, Terminal, environment, headway
from tests.acceptance.installation import Installation
from tests.beside import postgres_programs
from tests.unit.store.care.material import all_rows
from tests.waiting import eventually

pytestmark = [
    pytest.mark.acceptance,
    pytest.mark.timeout(180),
    pytest.mark.one_database("each test names the database that it cares for, and both have their tests"),
]
"""Installations are started and ended, two or three a test."""


def answer(installation: Installation, run: str, cursor: str | None = None) -> dict[str, Any]:
    """What a viewer of a run is told who polls."""
    there = installation.connection
    question = {"subscribe": [{"channel": f"run:{run}", "has_view": cursor is not None}], "wait": 1} | (
        {"cursor": cursor} if cursor else {}
    )
    headers = {"Authorization": f"Bearer {there['token']}", "Content-Type": "application/json"}
    with urlopen(Request(f"{there['url']}/api/v1/live/poll", json.dumps(question).encode(), headers), timeout=20) as answered:
        return json.load(answered)


def finished(client: Client) -> str:
    run = client.start("grade_sheets", {"sheets": 3, "seconds_each": 0.0})
    assert client.wait(run, timeout=60).state == "succeeded"
    return run.id


def result_of(said: dict[str, Any]) -> str:
    """A poll that goes on where it was says nothing of it."""
    return next((message["result"] for message in said["messages"] if message["type"] == "subscribed"), "resumed")


def test_a_backup_of_a_running_installation_is_put_back_and_viewers_are_told(tmp_path: Path) -> None:
    home, copy = tmp_path / "home", tmp_path / "copy.db"
    home.mkdir()
    with Installation(home) as installation, installation.client() as client:
        run = finished(client)
        cursor = answer(installation, run)["cursor"]
        assert result_of(answer(installation, run, cursor)) == "resumed"

        said = headway(home, "db", "backup", str(copy), "--json")
        assert said.code == Exit.SUCCEEDED, said.err
        assert said.documents[0]["path"] == str(copy)
        assert headway(home, "db", "backup", str(copy)).code == Exit.REFUSED
        assert headway(home, "db", "backup", str(copy), "--force").code == Exit.SUCCEEDED
        assert headway(home, "db", "check").code == Exit.SUCCEEDED

        for act in (("restore", str(copy)), ("move", "--to", "postgresql://nobody@/nothing?host=/nowhere")):
            refused = headway(home, "db", *act)
            assert (refused.code, "in use" in refused.err) == (Exit.REFUSED, True), refused.err
        later = finished(client)
    said = headway(home, "db", "restore", str(copy))
    assert said.code == Exit.SUCCEEDED, said.err
    assert "headway.db.before-" in said.out
    assert all_rows(f"sqlite:///{next(home.glob('headway.db.before-*'))}")["runs"], "what was there before is kept"

    with Installation(home) as installation, installation.client() as client:
        assert result_of(answer(installation, run, cursor)) == "reset"
        assert client.get(run).state == "succeeded"
        assert [found.id for found in client.list(task="grade_sheets")] == [run], "what came after the copy is not there"
        assert later != run


def test_postgresql_too(tmp_path: Path, postgres_database: str) -> None:
    home, copy = tmp_path / "home", tmp_path / "copy.dump"
    home.mkdir()
    theirs = {"DATABASE_URL": postgres_database}
    ours = {**theirs, "PATH": f"{postgres_programs()}{os.pathsep}{os.environ['PATH']}"}
    with Installation(home, environment=theirs) as installation, installation.client() as client:
        run = finished(client)
        cursor = answer(installation, run)["cursor"]
        assert result_of(answer(installation, run, cursor)) == "resumed"
        assert headway(home, "db", "backup", str(copy), **ours).code == Exit.SUCCEEDED
        refused = headway(home, "db", "restore", str(copy), **ours)
        assert (refused.code, "in use" in refused.err) == (Exit.REFUSED, True), refused.err
        checked = headway(home, "db", "check", "--reindex", "--json", **ours)
        assert checked.code == Exit.SUCCEEDED, checked.err
        assert checked.documents[0]["backend"] == "postgresql"
    said = headway(home, "db", "restore", str(copy), "--json", **ours)
    assert said.code == Exit.SUCCEEDED, said.err
    with Installation(home, environment=theirs) as installation, installation.client() as client:
        assert result_of(answer(installation, run, cursor)) == "reset"
        assert client.get(run).state == "succeeded"


def moving(home: Path, to: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [*HEADWAY, "db", "move", "--to", to], env=environment(home), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


def _interrupt(_advance: Advance) -> None:
    raise KeyboardInterrupt


def is_waited_for(url: str) -> bool:
    with linked(url, is_reading=True) as link:
        return bool(link.prepare("SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = 'relation'").one()[0])


def copied(url: str) -> int:
    """Rows that a move has copied so far."""
    with linked(url, is_reading=True) as link:
        there = link.prepare("SELECT count(*) FROM pg_tables WHERE tablename = 'headway_move'").one()[0]
        return int(link.prepare("SELECT coalesce(sum(row_count), 0) FROM headway_move").one()[0]) if there else 0


def test_a_move_that_is_killed_goes_on_and_the_installation_with_it(tmp_path: Path, postgres_database: str) -> None:
    home = tmp_path / "home"
    home.mkdir()
    with Installation(home) as installation, installation.client() as client:
        run = finished(client)
        cursor = answer(installation, run)["cursor"]
    source = f"sqlite:///{home}/headway.db"
    with linked(source) as link:
        link.cursor.execute(
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 40000) "
            "INSERT INTO samples (kind, grain, at, name, body) SELECT 'host', 300, i, 'a machine', '{}' FROM n"
        )
    with linked(source) as reading, linked(postgres_database) as writing, suppress(KeyboardInterrupt):
        Move(reading, writing, tell=_interrupt).run()
    # Each is held up at a table by a lock that it waits for, and ended there.
    for table, kind, code in (("samples", signal.SIGINT, Exit.INTERRUPTED), ("sessions", signal.SIGKILL, -signal.SIGKILL)):
        with linked(postgres_database) as link:
            link.cursor.execute(f"BEGIN; LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
            process = moving(home, postgres_database)
            eventually(lambda: is_waited_for(postgres_database), 60, "the move waits for the table")
            process.send_signal(kind)
            assert process.wait(20) == code
            link.cursor.execute("ROLLBACK")
    with pytest.raises(StoreUnavailable, match="headway db move"), linked(postgres_database) as link:
        bring_up(link.connection.engine)
    assert copied(postgres_database) > 40_000

    so_far = copied(postgres_database)
    said = headway(home, "db", "move", "--to", postgres_database, "--json")

    assert said.code == Exit.SUCCEEDED, said.err
    assert said.documents[0]["resumed_rows"] == so_far
    assert all_rows(postgres_database) == all_rows(source)
    again = headway(home, "db", "move", "--to", postgres_database)
    assert (again.code, "moved there already" in again.err) == (Exit.REFUSED, True)
    with Installation(home, environment={"DATABASE_URL": postgres_database}) as installation, installation.client() as client:
        assert result_of(answer(installation, run, cursor)) == "resumed", "their positions are still good"
        assert client.result(run) == client.result(finished(client))


def test_a_person_sees_how_far_it_is(tmp_path: Path, postgres_database: str) -> None:
    home = tmp_path / "home"
    home.mkdir()
    with Installation(home):
        pass
    with Terminal(home, "db", "move", "--to", postgres_database, columns=110) as terminal:
        code, screen = terminal.end()
    assert code == Exit.SUCCEEDED, screen
    assert "copying" in terminal.written
    assert "comparing" in terminal.written
    assert "Moved and compared, every row:" in screen
    assert "copying" not in screen, "the bar is gone"


def test_the_version_is_told_and_raised(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    assert headway(home, "db", "upgrade", "--check").code == Exit.REFUSED, "there is none"
    database = f"sqlite:///{home}/headway.db"
    engine = make_engine(database, synchronous="OFF")
    with engine.connect() as connection:
        migrate_to(connection, "0007")
        connection.exec_driver_sql("INSERT INTO meta (key, value) VALUES ('epoch', 'e')")
        connection.commit()
    engine.dispose()
    asked = headway(home, "db", "upgrade", "--check", "--json")
    assert (asked.code, asked.documents) == (Exit.FAILED, [{"from": "0007", "to": VERSION, "is_needed": True, "is_done": False}])
    said = headway(home, "db", "upgrade")
    assert (said.code, said.out) == (Exit.SUCCEEDED, f"The tables were of version 0007, and are of {VERSION} now.\n")
    assert headway(home, "db", "upgrade", "--check").code == Exit.SUCCEEDED
    with linked(database) as link:
        link.cursor.execute("UPDATE alembic_version SET version_num = '9999'")
    for arguments in (("upgrade",), ("upgrade", "--check"), ("check",)):
        refused = headway(home, "db", *arguments)
        assert (refused.code, "9999" in refused.err) == (Exit.FAILED, True)


def test_slow_statements_are_listed_while_all_runs(tmp_path: Path, postgres_database: str) -> None:
    """At 1 ms many are slow: those of the worker and of the server come with their samples."""
    home = tmp_path / "home"
    home.mkdir()
    theirs = {"DATABASE_URL": postgres_database}
    with Installation(home, environment={**theirs, "HEADWAY_SLOW_STATEMENT_MS": "1", "HEADWAY_SAMPLE_SECONDS": "1"}) as installation:

        def listed() -> dict[str, Any]:
            said = headway(home, "db", "statements", "--limit", "200", "--json", **theirs)
            assert said.code == Exit.SUCCEEDED, said.err
            return said.documents[0]

        with installation.client() as client:
            finished(client)
        found = eventually(
            lambda: (now := listed()) and {one["process"].partition("@")[0] for one in now["items"]} == {"server", "worker"} and now,
            60, "both have told",
        )  # fmt: skip
        shown = headway(home, "db", "statements", "--limit", "1", **theirs)
    one = found["items"][0]
    assert one["seconds"] >= 0.001
    assert one["statement"].split()[0] in {"SELECT", "INSERT", "UPDATE", "DELETE", "WITH", "COMMIT"}
    assert found["totals"]["state"] == "missing"
    assert shown.code == Exit.SUCCEEDED
    title, columns, row, _, hint = shown.out.splitlines()
    assert title == "Slow statements of the last hour, the newest first: 1"
    assert columns.split() == ["AT", "(UTC)", "TOOK", "PROCESS", "ASKED", "BY", "STATEMENT"]
    assert row[columns.index("PROCESS") :].startswith(("server@", "worker@")), "the columns are aligned"
    assert "CREATE EXTENSION pg_stat_statements" in hint
    assert "CREATE EXTENSION pg_stat_statements" in headway(home, "db", "check", **theirs).out


@pytest.mark.parametrize(
    "arguments",
    [
        ("statements", "--limit", "0"), ("statements", "--limit", "201"), ("statements", "file"), ("backup", "file", "--limit", "3"),
        ("statements",), ("backup",), ("restore",), ("check", "file"), ("move",), ("move", "--to", "sqlite:///x.db"), ("upgrade", "--force"),
        ("restore", "file", "--restart"), ("backup", "file", "--to", "postgresql://x"), ("check", "--reindex"), ("nothing",), (),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_and_makes_nothing(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    home = tmp_path / "home"
    home.mkdir()
    said = headway(home, "db", *arguments)
    assert said.code in {Exit.USAGE, Exit.REFUSED}
    assert said.err
    assert "Traceback" not in said.err
    assert not (home / "headway.db").exists()
