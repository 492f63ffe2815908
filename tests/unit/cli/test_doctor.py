from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from headway.cli.checks.finding import Grade, Place
from headway.cli.checks.home import check_database, check_home, check_wal
from headway.cli.checks.machine import FLOORS, check_descriptors, check_disk, check_packages, check_python
from headway.cli.checks.server import check_broker, check_clock
from headway.cli.exits import Exit
from headway.cli.main import call
from headway.cli.messages import Words
from headway.settings import read_settings


@pytest.fixture
def place(home: Path) -> Place:
    return Place(settings=read_settings(), words=Words("en"))


def test_a_sound_machine_is_in_order(place: Place) -> None:
    findings = [check(place) for check in (check_python, check_packages, check_home, check_disk, check_database, check_wal)]
    assert {finding.check: finding.grade for finding in findings if finding.grade is Grade.FAIL} == {}
    assert all(finding.says for finding in findings)


def test_open_files_are_counted(place: Place) -> None:
    finding = check_descriptors(place)
    assert (finding.grade is Grade.WARN) == (0 <= finding.facts["soft"] < 4096)


def test_a_secret_that_others_can_read_is_a_failure(place: Place, home: Path) -> None:
    home.chmod(0o755)
    (home / "secret").write_text("x")
    (home / "secret").chmod(0o644)
    finding = check_home(place)
    assert finding.grade is Grade.FAIL
    assert finding.advice == f"chmod 600 {home}/secret"


def test_a_database_that_others_can_read_is_a_warning(place: Place, home: Path) -> None:
    home.chmod(0o755)
    (home / "headway.db").write_bytes(b"")
    (home / "headway.db").chmod(0o644)
    assert check_home(place).grade is Grade.WARN
    home.chmod(0o700)
    assert check_home(place).grade is Grade.OK


def test_a_damaged_database_is_a_failure(place: Place, home: Path) -> None:
    (home / "headway.db").write_bytes(b"no database at all" * 1000)
    finding = check_database(place)
    assert finding.grade is Grade.FAIL
    assert "backup" in finding.advice


def test_a_database_that_somebody_holds_is_a_failure(place: Place, home: Path) -> None:
    holder = sqlite3.connect(home / "headway.db", isolation_level=None)
    holder.execute("CREATE TABLE t (a)")
    holder.execute("BEGIN EXCLUSIVE")
    assert check_database(place).grade is Grade.FAIL
    holder.execute("ROLLBACK")
    assert check_database(place).grade is Grade.OK
    holder.close()


def test_a_large_write_ahead_log_is_a_warning(place: Place, home: Path) -> None:
    with (home / "headway.db-wal").open("wb") as file:
        file.truncate(300_000_000)
    assert check_wal(place).grade is Grade.WARN


@pytest.mark.parametrize(("date", "grade"), [(None, Grade.OK), ("nonsense", Grade.OK), ("Sun, 22 Nov 2020 09:30:00 GMT", Grade.WARN)])
def test_a_clock_that_differs_is_a_warning(place: Place, date: str | None, grade: Grade) -> None:
    assert check_clock(place, date).grade is grade


def test_the_floors_are_those_of_packages_that_we_use() -> None:
    assert FLOORS["starlette"] >= (1, 5, 1)
    assert FLOORS["python-multipart"] >= (0, 0, 27)


def test_doctor_fails_when_a_check_fails(home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("HEADWAY_URL", "http://127.0.0.1:9")
    assert call(["doctor", "--json"]) == 0
    sound = json.loads(capsys.readouterr().out)
    assert sound["is_sound"] is True
    assert {check["check"] for check in sound["checks"]} >= {"python", "packages", "home", "disk", "database", "server"}
    (home / "headway.db").write_bytes(b"no database at all" * 1000)
    assert call(["doctor", "--lang", "en"]) == Exit.FAILED
    assert "✗ database" in capsys.readouterr().out


def test_of_celerys_broker_it_is_told_whether_it_answers_and_is_heard(place: Place) -> None:
    assert check_broker(place, None).grade is Grade.OK
    well = {"is_away": False, "deaf_workers": 0, "unheard_queues": 0}
    assert check_broker(place, well).grade is Grade.OK
    for broker, says in (
        ({**well, "is_away": True}, "does not answer"),
        ({**well, "deaf_workers": 2}, "2 workers do not hear"),
        ({**well, "unheard_queues": 3}, "3 queues are heard by none"),
    ):
        found = check_broker(place, broker)
        assert found.grade is Grade.WARN
        assert says in found.says
        assert found.advice
