"""The waiting that all other tests rely on, and the checks for what they leave behind."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.waiting import NeverHappened, eventually, eventually_async


def test_eventually_gives_the_first_true_answer() -> None:
    answers = iter([0, None, 3])

    assert eventually(lambda: next(answers)) == 3


def test_eventually_takes_a_failing_assertion_as_not_yet() -> None:
    answers = iter([1, 2, 3])

    def is_three() -> bool:
        assert next(answers) == 3
        return True

    assert eventually(is_three)


def test_eventually_names_what_never_happened() -> None:
    with pytest.raises(NeverHappened, match="the moon to turn blue"):
        eventually(lambda: False, timeout=0.01, what="the moon to turn blue")


async def test_eventually_waits_for_coroutines_too() -> None:
    answers = iter([False, True])

    async def ask() -> bool:
        return next(answers)

    assert await eventually_async(ask)
    with pytest.raises(NeverHappened, match="never"):
        await eventually_async(lambda: False, timeout=0.01, what="never")


LEAKING_TESTS = """
import asyncio, subprocess, sys

kept = []

def test_leaves_a_process():
    kept.append(subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"]))

async def test_leaves_a_task():
    asyncio.create_task(asyncio.Event().wait())

async def test_is_clean():
    await asyncio.create_task(asyncio.sleep(0))
"""


def test_a_test_that_leaves_a_process_or_a_task_behind_fails(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> None:
    place = tmp_path_factory.mktemp("leaking")
    (place / "test_leaking.py").write_text(LEAKING_TESTS)
    command = [
        sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "tests.conftest", "-c", str(pytestconfig.rootpath / "pyproject.toml"),
        "--rootdir", str(place), str(place),
    ]  # fmt: skip

    ended = subprocess.run(command, cwd=pytestconfig.rootpath, capture_output=True, text=True, timeout=60, check=False)

    assert "left over after the test" in ended.stdout, ended.stdout
    assert "tasks left running after the test" in ended.stdout
    assert "3 passed, 2 errors" in ended.stdout
