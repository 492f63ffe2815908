"""The plug-in as users meet it: pytest in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

CONFTEST = "from headway.testing.pytest_plugin import headway_installation, pytest_runtest_makereport\n"
TESTS = """
import headway

@headway.task
def grade(sheets: int) -> int:
    headway.log.warning("sheet 7 is doubtful")
    return sheets

def test_it_works(headway_installation):
    assert headway_installation.run(grade, sheets=7).result == 7

def test_each_has_its_own(headway_installation):
    assert headway_installation.runs() == []

def test_it_fails(headway_installation):
    assert headway_installation.run("grade", sheets=7).state == "failed"
"""


def run_pytest(directory: Path) -> str:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:cov", str(directory)]
    return subprocess.run(command, cwd=directory, capture_output=True, text=True, timeout=50, check=False).stdout


def test_the_fixture_is_an_installation_of_the_test_alone_and_a_failure_shows_its_runs(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text(CONFTEST)
    (tmp_path / "test_tasks.py").write_text(TESTS)

    said = run_pytest(tmp_path)

    assert "2 passed" in said
    assert "1 failed" in said
    assert "runs in Headway" in said
    assert "<run of grade: succeeded, attempt 1>\n  sheet 7 is doubtful" in said


def test_whoever_does_not_use_it_does_not_pay_for_it() -> None:
    program = (
        "import sys, headway.testing.pytest_plugin\n"
        "print([name for name in ('sqlalchemy', 'orjson', 'fastapi', 'headway.acts', 'asyncio') if name in sys.modules])"
    )

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=30, check=True)

    assert done.stdout.strip() in {"[]", "['asyncio']"}  # newer pytests import asyncio themselves
