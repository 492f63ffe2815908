from __future__ import annotations

import json
import os
import socket
import sqlite3
import threading
from pathlib import Path

import pytest

from headway.access.stolen import sha1_of
from headway.cli.checks.beside import check_scanner, check_stolen, check_syslog
from headway.cli.checks.finding import Grade, Place
from headway.cli.checks.home import check_database, check_home, check_wal
from headway.cli.checks.machine import FLOORS, check_descriptors, check_disk, check_packages, check_python
from headway.cli.checks.server import check_broker, check_clock
from headway.cli.exits import Exit
from headway.cli.main import call
from headway.cli.messages import Words
from headway.settings import read_settings
from tests.unit.assembly.scanners import program


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


def with_setting(variable: str, value: str) -> Place:
    return Place(settings=read_settings({**os.environ, variable: value}), words=Words("en"))


def test_what_is_not_named_need_not_be_there(place: Place) -> None:
    for check in (check_scanner, check_stolen, check_syslog):
        found = check(place)
        assert (found.grade, found.advice) == (Grade.OK, "")
        assert "is not set" in found.says


@pytest.mark.parametrize(
    ("does", "grade", "says"),
    [
        ("exit 0", Grade.OK, "harmless file pass"),
        ('echo "$1: Everything FOUND"; exit 1', Grade.FAIL, "the file: Everything FOUND"),
        ("exit 2", Grade.FAIL, "the scanner ended with 2"),
    ],
)
def test_a_scanner_is_tried(does: str, grade: Grade, says: str, tmp_path: Path, home: Path) -> None:
    home.mkdir(exist_ok=True)
    found = check_scanner(with_setting("HEADWAY_SCAN_COMMAND", program(tmp_path, does)))
    assert found.grade is grade
    assert says in found.says
    assert bool(found.advice) == (grade is not Grade.OK)
    assert not list(home.glob(".doctor-*"))


def test_a_scanner_that_is_not_there_is_a_failure(home: Path) -> None:
    found = check_scanner(with_setting("HEADWAY_SCAN_COMMAND", "/no/scanner {file}"))
    assert found.grade is Grade.FAIL
    assert "/no/scanner is no program" in found.says


def test_a_list_of_stolen_passwords_is_searched(tmp_path: Path) -> None:
    hashes = tmp_path / "hashes"
    absent = check_stolen(with_setting("HEADWAY_STOLEN_PASSWORDS", str(hashes)))
    assert absent.grade is Grade.FAIL
    assert "cannot be read" in absent.says
    hashes.write_text(f"{sha1_of('it was stolen elsewhere')}:3\n")
    assert check_stolen(with_setting("HEADWAY_STOLEN_PASSWORDS", str(hashes))).grade is Grade.OK


def test_a_service_that_is_away_is_a_warning() -> None:
    """Nobody is kept from setting a password by it."""
    found = check_stolen(with_setting("HEADWAY_STOLEN_PASSWORDS", "http://127.0.0.1:9/range"))
    assert found.grade is Grade.WARN
    assert found.says
    assert "own list alone" in found.advice


def test_a_receiver_of_the_audit_log_is_connected_to() -> None:
    with socket.create_server(("127.0.0.1", 0)) as receiver:
        port = receiver.getsockname()[1]
        assert check_syslog(with_setting("HEADWAY_AUDIT_SYSLOG", f"tcp://127.0.0.1:{port}")).grade is Grade.OK
    away = check_syslog(with_setting("HEADWAY_AUDIT_SYSLOG", f"tcp://127.0.0.1:{port}"))
    assert away.grade is Grade.WARN
    assert f"127.0.0.1:{port}" in away.advice


def test_a_receiver_whom_nobody_vouches_for_is_a_warning() -> None:
    with socket.create_server(("127.0.0.1", 0)) as receiver:
        port = receiver.getsockname()[1]
        answering = threading.Thread(target=_speak_plainly, args=(receiver,))
        answering.start()
        found = check_syslog(with_setting("HEADWAY_AUDIT_SYSLOG", f"tls://127.0.0.1:{port}"))
        answering.join()
    assert found.grade is Grade.WARN
    assert "certificate" in found.advice


def _speak_plainly(receiver: socket.socket) -> None:
    taken, _ = receiver.accept()
    with taken:
        taken.recv(4_096)
        taken.sendall(b"this is no TLS\r\n")
