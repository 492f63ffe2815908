"""Turns: one is next, the others let it be, and it is woken when somebody has written."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from headway.store.sql import turns as turns_module
from headway.store.sql.turns import Turns

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere everybody comes again by the clock")


Make = Callable[[str], Turns]


@pytest.fixture
def make() -> Iterator[Make]:
    made: list[Turns] = []

    def turns_of(path: str) -> Turns:
        made.append(Turns(path))
        return made[-1]

    yield turns_of
    for each in made:
        each.close()


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "shared.db"
    path.touch()
    return str(path)


def test_whoever_asks_first_is_next_until_it_has_begun(make: Make, file: str) -> None:
    first, second = make(file), make(file)
    assert first.may_try()
    assert first.may_try()
    assert not second.may_try()
    first.begun()
    assert second.may_try()
    assert not first.may_try()
    second.close()
    assert first.may_try()


def test_of_another_file_nobody_is_next(make: Make, file: str, tmp_path: Path) -> None:
    other = tmp_path / "other.db"
    other.touch()
    assert make(file).may_try()
    assert make(str(other)).may_try()


def test_one_that_does_not_move_is_passed_by(make: Make, file: str, monkeypatch: pytest.MonkeyPatch) -> None:
    stuck, other = make(file), make(file)
    assert stuck.may_try()
    assert not other.may_try()
    monkeypatch.setattr(turns_module, "_PATIENCE_SECONDS", 0.0)
    assert other.may_try()
    other.begun()
    monkeypatch.setattr(turns_module, "_PATIENCE_SECONDS", 60.0)
    assert not other.may_try()  # the patience is for each time


def test_who_is_next_wakes_when_somebody_has_written(make: Make, file: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns_module, "_UNHEARD_SECONDS", 60.0)
    waiting, writing = make(file), make(file)
    assert waiting.may_try()
    thread = threading.Thread(target=waiting.wait, daemon=True)
    thread.start()
    thread.join(0.05)
    assert thread.is_alive()
    writing.ended()
    thread.join(10)
    assert not thread.is_alive()


def test_what_was_said_before_the_wait_is_heard(make: Make, file: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between SQLite's refusal and the wait the other may have committed."""
    monkeypatch.setattr(turns_module, "_UNHEARD_SECONDS", 60.0)
    waiting, writing = make(file), make(file)
    assert waiting.may_try()
    writing.ended()
    began = time.monotonic()
    waiting.wait()
    assert time.monotonic() - began < 30


def test_nobody_has_to_listen(make: Make, file: str) -> None:
    writing = make(file)
    for _ in range(100):
        writing.ended()
    writing.close()
    writing.ended()


def test_whoever_dies_is_next_no_longer(make: Make, file: str) -> None:
    code = f"from headway.store.sql.turns import Turns; t = Turns({file!r}); print(t.may_try(), flush=True); import time; time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline().strip() == "True"
            mine = make(file)
            assert not mine.may_try()
        finally:
            process.send_signal(signal.SIGKILL)
        process.wait(10)
        assert mine.may_try()


def test_a_file_that_is_not_there_has_no_turns(make: Make, tmp_path: Path) -> None:
    turns = make(str(tmp_path / "nothing.db"))
    assert turns.may_try()
    turns.wait()
    turns.begun()
    turns.ended()
    turns.close()
