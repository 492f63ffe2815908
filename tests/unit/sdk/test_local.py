"""A task called as a plain function, with no Headway around."""

from __future__ import annotations

import io
import logging
import pickle
from pathlib import Path

import pytest

import headway
from headway.sdk.local import LocalReporter, draw
from tests.waiting import eventually


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@headway.task(resumable=True)
def count_up(limit: int) -> int:
    """Count up to a limit."""
    found = 0
    with headway.step("counting", total=1) as part:
        for _ in headway.track(range(limit), unit="numbers"):
            found += 1
        part.advance()
    headway.metric("found", found)
    headway.status("done")
    headway.log.warning("that was all", found=found)
    headway.checkpoint(found)
    headway.artifact(b"content", name="count.txt")
    return found


def test_a_task_is_still_a_function(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="headway"):
        assert count_up(100) == 100
    assert [record.levelname for record in caplog.records if "that was all" in record.getMessage()] == ["WARNING"]
    assert "artifact count.txt" in caplog.text
    assert headway.current_run().id == "local"
    assert pickle.loads(pickle.dumps(count_up)) is count_up


def test_nothing_is_drawn_where_there_is_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    list(headway.track(range(10)))
    assert capsys.readouterr().err == ""


def test_a_bar_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    loop = iter(headway.track("abcd", unit="letters", name="spelling"))
    next(loop)
    next(loop)
    eventually(lambda: "1/4" in terminal.getvalue(), what="the bar is drawn while the loop stands still")
    headway.log.info("a line takes the bar away")
    list(loop)
    eventually(lambda: "100% ████████████████████████ 4/4 letters" in terminal.getvalue(), what="the last state of the bar")


def test_what_a_bar_says() -> None:
    event = {"name": "grading", "done": 450, "total": 1_000, "unit": "sheets", "elapsed_seconds": 5.0, "message": "row 3"}
    assert draw(event) == "grading  45% ██████████░░░░░░░░░░░░░░ 450/1,000 sheets 90.0/s 6 s left row 3"
    assert draw({"done": 3}) == "3"


def test_a_temporary_artifact_is_not_left_behind(tmp_path: Path) -> None:
    file = tmp_path / "x"
    file.write_text("x")
    LocalReporter().artifact(file, name="x", media_type=None, step=None, is_temporary=True)
    assert not file.exists()
