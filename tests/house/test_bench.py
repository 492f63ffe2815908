"""The benches run: each is listed, answers a question, and starts as a program. What they measure is no test's business."""

from __future__ import annotations

import os
import subprocess
import sys

import psutil
import pytest
from bench.figures import heard, tell
from bench.questions import BENCHES, QUESTIONS
from bench.report import answers, markdown_table, text_table
from bench.running import follow

from tests.house.repository import ROOT, files, texts

PROGRAMS = [bench for bench in BENCHES if not bench.is_peer]


def python(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True, timeout=50, check=False)


def test_every_bench_is_listed() -> None:
    programs = {name for name in files() if name.startswith("bench/") and name.endswith(".py") and name.count("/") == 2}
    programs -= {
        "bench/peers/environment.py",
        "bench/cluster/tasks.py",
        "bench/console/tasks.py",
        "bench/assembly/serving.py",
        "bench/insight/worlds.py",
        "bench/insight/replay.py",
    }
    programs -= {"bench/insight/kinds.py", "bench/insight/record.py", "bench/insight/recorded.py"}
    programs = {name for name in programs if not name.endswith("/__init__.py")}

    assert {bench.module.replace(".", "/") + ".py" for bench in BENCHES} == programs


def test_every_bench_is_described_and_answers_a_question() -> None:
    page = texts()["bench/README.md"]
    asked = {question.answer.bench for question in QUESTIONS} | {place.bench for question in QUESTIONS for _, place in question.peers}

    assert [bench.name for bench in BENCHES if f"`{bench.name}`" not in page] == []
    assert {bench.name for bench in BENCHES} == asked


def test_the_list_names_every_bench() -> None:
    done = python("-m", "bench", "--list")

    assert done.returncode == 0, done.stderr
    assert [line.split()[0] for line in done.stdout.splitlines()] == [bench.name for bench in BENCHES]


def test_an_unknown_name_is_answered_with_those_that_there_are() -> None:
    done = python("-m", "bench", "nothing")

    assert done.returncode == 2
    assert "no bench is called nothing; there are user_code" in done.stderr


@pytest.mark.parametrize("module", [bench.module for bench in PROGRAMS])
def test_each_bench_says_how_it_is_used(module: str) -> None:
    done = python("-m", module, "--help")

    assert done.returncode == 0, done.stderr
    assert "--small" in done.stdout


def test_a_figure_is_heard_as_it_was_told(capsys: pytest.CaptureFixture[str]) -> None:
    tell("start_latency", p50_ms=3.14159, runs=900)

    assert heard(capsys.readouterr().out) == ("start_latency", {"p50_ms": 3.142, "runs": 900})
    assert heard("a line of a log") is None
    assert heard("[1, 2]") is None


def test_a_missed_floor_stands_in_the_table() -> None:
    found = {"start_runs": {"start_runs": {"runs_per_second": 699.0}}, "idle": {"idle": {"server_and_worker_mb": 200.0}}}

    rows = {answer.question: answer for answer in answers(found)}

    assert rows["Runs started over HTTP"].row[2:] == (">= 700 runs/s", "699 runs/s", "NO")
    assert rows["Idle server + worker, resident"].row[2:] == ("<= 200 MB", "200 MB", "yes")


def test_what_was_not_measured_is_said() -> None:
    (answer,) = answers({"idle": {}})

    assert answer.measured == "not measured"
    assert answer.is_reached is None


def test_both_tables_show_every_row() -> None:
    row = {"question": "How soon?", "beside": "Celery 9", "floor": "<= 5 ms", "measured": "3 ms", "is_reached": True}
    result = {
        "date": "2026-11-23T02:00:00+00:00",
        "size": "full",
        "machine": {"processor": "one", "cores": 2, "memory_gb": 8, "system": "Linux"},
        "versions": {"commit": "abc", "python": "3.11", "sqlite": "3.45", "celery": "5.7.0"},
        "benches": {"celery": {"load": 0.5, "skipped": "uv is missing", "failure": ""}},
        "answers": [row],
    }

    assert text_table(result).splitlines()[-1] == "How soon?  Celery 9       <= 5 ms  3 ms      yes"
    assert "| How soon? | Celery 9 | <= 5 ms | 3 ms | yes |" in markdown_table(result)
    assert "Celery 5.7.0" in markdown_table(result)
    assert "celery: uv is missing" in markdown_table(result)


def test_a_bench_that_does_not_end_is_ended_with_all_that_it_started() -> None:
    said: list[str] = []
    program = (
        "import subprocess, sys\n"
        "from bench.figures import tell\n"
        "child = subprocess.Popen([sys.executable, '-c', 'input()'], stdin=subprocess.PIPE, start_new_session=True)\n"
        "tell('child', pid=child.pid)\n"
        "child.wait()\n"
    )

    finding = follow([sys.executable, "-c", program], dict(os.environ), 2.0, said.append)

    assert finding.failure == "ended after its limit of 2 s"
    assert said == [f"child: pid {finding.figures['child']['pid']}"]
    assert not _is_alive(finding.figures["child"]["pid"])


def _is_alive(pid: int) -> bool:
    """A process that has ended and whose exit code nobody has asked for is not alive."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
