"""Every client command against a real server and worker, in a pipe and in a terminal."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from subprocess import PIPE, Popen

import pytest

from headway.testing import replay
from tests.acceptance.cli.commands import HEADWAY, Terminal, environment, headway
from tests.acceptance.installation import Installation
from tests.waiting import eventually

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(120)]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, shared_database: dict[str, str]) -> Iterator[Path]:
    """The home of a running installation."""
    home = tmp_path_factory.mktemp("served")
    home.chmod(0o700)
    with Installation(home, tasks="tests.acceptance.cli.cli_tasks", environment=shared_database):
        yield home


def started(home: Path, *more: str) -> str:
    said = headway(home, "run", "mark", "--detach", *more)
    assert said.code == 0, said.err
    return said.out.strip()


def test_run_in_a_pipe(served: Path) -> None:
    said = headway(served, "run", "mark", "-p", "sheets=4")
    assert said.code == 0, said.err
    lines = said.out.splitlines()
    assert [text for text in lines if text.startswith(("sheet", "WARN"))] == [
        "sheet 0 of 7b", "sheet 1 of 7b", "sheet 2 of 7b", "WARN  sheet 3 of 7b",
    ]  # fmt: skip
    assert "\x1b" not in said.out
    assert "✓ succeeded  mark" in said.out
    assert "  mean    6.833" in lines
    assert lines[-1].endswith("lines, complete ✓")


def test_run_as_json(served: Path) -> None:
    said = headway(served, "run", "mark", "-p", "sheets=4", "--json")
    entries = [document for document in said.documents if document["type"] == "entry"]
    assert [entry["line"] for entry in entries] == list(range(1, len(entries) + 1))
    last = said.documents[-1]
    assert (last["type"], last["state"], last["is_complete"], last["result"]["sheets"]) == ("finished", "succeeded", True, 4)


def test_run_quietly(served: Path) -> None:
    assert json.loads(headway(served, "run", "mark", "-q").out) == {"sheets": 5, "mean": 6.8333}


def test_a_run_that_fails(served: Path) -> None:
    said = headway(served, "run", "broken")
    assert said.code == 1
    assert "ValueError: there are no sheets" in said.out
    assert "raise ValueError" in said.out, "the traceback stands in the log"


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("mark", "-p", "sheets=many"), "sheets: must be a whole number, not many"),
        (("mark", "-p", "sheet=3"), "did you mean sheets?"),
        (("mark", "-p", "nothing"), "KEY=VALUE"),
    ],
)
def test_parameters_that_do_not_fit(served: Path, arguments: tuple[str, ...], complaint: str) -> None:
    said = headway(served, "run", *arguments)
    assert said.code == 2
    assert complaint in said.err


def test_a_task_that_is_not_there(served: Path) -> None:
    said = headway(served, "run", "mrk")
    assert said.code == 4
    assert "Did you mean mark?" in said.err


def test_run_in_a_terminal(served: Path) -> None:
    with Terminal(served, "run", "mark", "-p", "sheets=40", "-p", "seconds_each=0.05") as terminal:
        moving = terminal.until(lambda screen: "/ 40 sheets" in screen and "left" in screen)
        assert "● running  mark" in moving
        assert "live" in moving
        assert "Ctrl-C: leave it running" in moving
        code, screen = terminal.end()
    assert code == 0
    lines = [line.rstrip() for line in screen.splitlines()]
    assert sum("sheet" in line and "of 7b" in line for line in lines) == 40, "each line stands there once"
    assert "✓ succeeded  mark" in screen
    assert "/ 40 sheets" not in screen, "the picture is gone; the log and the summary stay"
    assert terminal.written.count("\x1b[?25h") == 1, "the cursor is given back"


def test_ctrl_c_leaves_a_run_running(served: Path) -> None:
    with Terminal(served, "run", "mark", "-p", "sheets=2000", "-p", "seconds_each=0.05", "--name", "long") as terminal:
        terminal.until(lambda screen: "/ 2,000 sheets" in screen)
        terminal.press("\x03")
        code, screen = terminal.end()
    assert code == 130
    assert "The run goes on. See it again: headway watch" in screen
    (row,) = [row for row in headway(served, "ps", "--json").documents[0]["items"] if row["name"] == "long"]
    assert row["state"] == "running"
    assert row["view"]["progress"]["total"] == 2000
    with Terminal(served, "watch", row["id"][-8:], "--cancel-on-interrupt") as terminal:
        terminal.until(lambda screen: "/ 2,000 sheets" in screen)
        terminal.press("\x03")
        code, screen = terminal.end()
    assert code == 130
    assert "⊘ cancelled  long" in screen


def test_ps_shows_progress_and_cancel_ends_it(served: Path) -> None:
    run = started(served, "-p", "sheets=2000", "-p", "seconds_each=0.05", "--tag", "ps", "--name", "marks of 7b")

    def is_moving() -> bool:
        return "/ 2,000 sheets" in headway(served, "ps", "--tag", "ps").out

    eventually(is_moving, 20, "ps shows the progress")
    with Terminal(served, "ps", "--tag", "ps", columns=120) as terminal:
        code, screen = terminal.end()
    assert code == 0
    assert run[-8:] in screen
    assert run not in screen
    assert "marks of 7b" in screen
    said = headway(served, "cancel", run[-8:], "--wait", "--json")
    assert (said.code, said.documents[0]["state"]) == (0, "cancelled")
    assert headway(served, "watch", run).code == 130


def test_a_run_that_has_succeeded_cannot_be_cancelled(served: Path) -> None:
    run = started(served, "-p", "sheets=1")
    headway(served, "watch", run)
    said = headway(served, "cancel", run)
    assert said.code == 4
    assert "headway retry" in said.err


def test_logs_of_many_runs(served: Path) -> None:
    run = started(served, "-p", "sheets=4", "--name", "many logs", "--tag", "many-logs")
    headway(served, "watch", run)
    found = headway(served, "logs", "--tag", "many-logs", "--level", "warning")
    assert found.code == 0, found.err
    (text,) = found.out.splitlines()
    assert text.startswith(f"{run[-8:]} many logs 20")
    assert text.endswith("WARN  sheet 3 of 7b")
    texts = [item["text"] for item in headway(served, "logs", "--tag", "many-logs", "--grep", "SHEET", "--json").documents]
    assert texts == [f"sheet {number} of 7b" for number in range(4)]
    assert headway(served, "logs", run, "--grep", "sheet 2", "--only-logged").out == "sheet 2 of 7b\n"
    assert headway(served, "logs", "--all", "--grep", "sheet [2", "-E").code == 2
    assert headway(served, "logs", "--tag", "many-logs", "--field", "nothing=7").out == ""
    assert headway(served, "logs", "--tag", "many-logs", "--since", "1d", "-n", "1").out.endswith("sheet 3 of 7b\n")
    assert headway(served, "logs").code == 2
    assert headway(served, "logs", run, "--all").code == 2


def test_the_log_of_a_run_is_deleted_when_one_agrees(served: Path) -> None:
    run = started(served, "-p", "sheets=4", "--name", "log to go")
    asked = headway(served, "logs", "--delete", run)
    assert asked.code == 2
    assert "--yes" in asked.err
    with Terminal(served, "logs", "--delete", run) as terminal:
        terminal.until(lambda screen: "[y/N]" in screen)
        terminal.press("n\n")
        terminal.process.wait(20)
    assert "sheet 2 of 7b" in headway(served, "logs", run).out
    with Terminal(served, "logs", "--delete", run) as terminal:
        terminal.until(lambda screen: "[y/N]" in screen)
        terminal.press("y\n")
        terminal.until(lambda screen: "is deleted" in screen)
    assert "sheet 2 of 7b" not in headway(served, "logs", run).out
    assert headway(served, "logs", "--delete", run, "--yes", "--json").documents == [{"run": run, "is_log_deleted": True}]
    for wrong in (("--all",), (run, "-f"), (run, "--grep", "x"), ()):
        assert headway(served, "logs", "--delete", "--yes", *wrong).code == 2


def test_logs(served: Path) -> None:
    run = started(served, "-p", "sheets=6")
    followed = headway(served, "logs", "-f", run, "--only-logged")
    assert followed.code == 0
    assert [text.removeprefix("WARN  ") for text in followed.out.splitlines()] == [f"sheet {number} of 7b" for number in range(6)]
    assert headway(served, "logs", run, "--only-logged").out == followed.out
    whole = headway(served, "logs", run, "--json").documents
    assert [entry["line"] for entry in whole] == list(range(1, len(whole) + 1))
    assert headway(served, "logs", run, "--tail", "3", "--json").documents == whole[-3:]
    assert headway(served, "logs", "-f", run, "--tail", "3", "--json").documents == whole[-3:]
    assert headway(served, "logs", run, "--since-line", "4", "--json").documents == whole[3:]
    assert headway(served, "logs", run, "--tail", "0").out == ""
    assert headway(served, "logs", run, "--level", "warning").out == "WARN  sheet 3 of 7b\n"
    assert "✓ marking" in headway(served, "logs", run, "--tail", "3").out, "a step that began before is named"


def test_show_and_retry(served: Path) -> None:
    run = started(served, "-p", "sheets=2", "-p", "who=8a", "--tag", "first")
    headway(served, "watch", run)
    shown = headway(served, "show", run)
    assert all(text in shown.out for text in (run, "✓ succeeded", "who     8a", "✓ marking", "mean    6.833", "first"))
    assert json.loads(headway(served, "show", run, "--result").out)["sheets"] == 2
    said = headway(served, "retry", run, "-p", "sheets=3", "--watch", "--json")
    assert said.code == 0, said.err
    assert said.documents[-1]["result"]["sheets"] == 3
    entry = next(document for document in said.documents if document.get("text"))
    assert entry["text"].endswith("of 8a"), "the other parameters are those of the first run"


def test_tasks(served: Path) -> None:
    assert {task["name"] for task in headway(served, "tasks", "--json").documents[0]["items"]} == {"mark", "broken"}
    assert "Mark some sheets." in headway(served, "tasks").out
    explained = headway(served, "tasks", "mark").out
    assert "How many." in explained
    assert "= 5" in explained
    assert headway(served, "tasks", "nothing").code == 4


def test_exec(served: Path) -> None:
    said = headway(served, "exec", "--name", "nightly", "--tag", "exec", "--", "sh", "-c", "echo to out; echo to err >&2; exit 7")
    assert (said.code, said.out, said.err) == (7, "to out\n", "to err\n")
    (run,) = headway(served, "ps", "--all", "--tag", "exec", "--json").documents[0]["items"]
    assert (run["name"], run["state"]) == ("nightly", "failed")
    log = headway(served, "logs", run["id"]).out
    assert "to out" in log
    assert "to err" in log


def test_doctor_finds_everything_in_order(served: Path) -> None:
    said = headway(served, "doctor", "--json")
    grades = {check["check"]: check["grade"] for check in said.documents[0]["checks"]}
    assert said.code == 0, said.out
    assert {grades[name] for name in ("database", "server", "clock", "worker", "tasks")} == {"ok"}


def test_a_token_that_is_not_good(served: Path) -> None:
    said = headway(served, "ps", HEADWAY_TOKEN="a.b.c")
    assert said.code == 4
    assert "headway token" in said.err


def test_a_token_that_was_made_is_good(served: Path) -> None:
    token = headway(served, "token", "--name", "lin").out.strip()
    assert headway(served, "ps", HEADWAY_TOKEN=token).code == 0


@pytest.mark.parametrize("run", ["0000000000", "nonsense", "01a205e3-ef3b-7ffd-ad08-0775070b5050"])
@pytest.mark.parametrize("command", ["watch", "logs", "show", "cancel", "retry"])
def test_a_run_that_is_not_there(served: Path, command: str, run: str) -> None:
    said = headway(served, command, run)
    assert said.code == 4
    assert "headway ps --all" in said.err


def test_the_reader_may_go_away(served: Path) -> None:
    run = started(served, "-p", "sheets=2000", "-p", "seconds_each=0")
    headway(served, "watch", run)
    with Popen([*HEADWAY, "logs", run], env=environment(served), stdout=PIPE, stderr=PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline()
        process.stdout.close()
        assert process.wait(20) == 141
        assert process.stderr is not None
        assert process.stderr.read() == b""


def test_a_run_is_exported_and_replayed(served: Path, tmp_path: Path) -> None:
    run = headway(served, "run", "mark", "-q", "--json", "-p", "sheets=4")
    assert run.code == 0, run.err
    file = tmp_path / "run.jsonl"

    said = headway(served, "export", "last", "-o", str(file))

    assert (said.code, said.out, said.err) == (0, "", f"Written to {file}.\n")
    recorded = replay(file)
    recorded.check()
    assert recorded.run["task"] == "mark"
    assert recorded.view_at(len(recorded.events))["state"] == "succeeded"
    assert headway(served, "export", "last").out == file.read_text()


def test_a_file_that_cannot_be_written_is_said(served: Path, tmp_path: Path) -> None:
    started(served)

    said = headway(served, "export", "last", "-o", str(tmp_path / "nowhere" / "run.jsonl"))

    assert said.code == 2
    assert "cannot be written" in said.err
