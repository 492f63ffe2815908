"""What every test answers to: it leaves no process, no task and no thread of ours behind."""

from __future__ import annotations

import asyncio
import inspect
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import psutil
import pytest
import pytest_asyncio
from hypothesis import HealthCheck, settings

from tests.beside import (
    SESSION_SERVERS,
    bounced_database,
    own_postgres,
    postgres_bouncer,
    postgres_database,
    postgres_server,
    postgres_store,
    postgres_template,
    valkey,
)
from tests.waiting import SCALE

__all__ = [  # fixtures of all rooms
    "bounced_database",
    "own_postgres",
    "postgres_bouncer",
    "postgres_database",
    "postgres_server",
    "postgres_store",
    "postgres_template",
    "valkey",
]

# How fast a machine is, no test asserts: Hypothesis neither.
settings.register_profile("headway", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("headway")

_ROOMS_THAT_START_PROCESSES = ("unit/model", "house", "machine")
"""Rooms without a line that starts a process: they are spared the look at the process table."""


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Bytes name no test: those of a packed file hold the second it was packed in, and two processes of xdist then do not agree on what there is."""
    return argname if isinstance(val, bytes) else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if isinstance(item, pytest.Function) and inspect.iscoroutinefunction(item.function):
            item.fixturenames.append("no_task_left")


@pytest.fixture(autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installation of its own for each test, so that none touches the one of the person who runs the tests."""
    path = tmp_path_factory.mktemp("home", numbered=True)
    for name in list(os.environ):
        if name.startswith("HEADWAY_") and not name.startswith("HEADWAY_TEST_"):
            monkeypatch.delenv(name)
    for name in ("DATABASE_URL", "ARTIFACTS_URL", "REDIS_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HEADWAY_HOME", str(path))
    # A test that wants a canary says so: another's run would stand among the news and the files that tests look at.
    monkeypatch.setenv("HEADWAY_CANARY_SECONDS", "0")
    return path


@pytest.fixture(autouse=True)
def no_process_left(request: pytest.FixtureRequest) -> Iterator[None]:
    """A test that starts a process also ends it; what is left over fails the test, by name, and is killed."""
    if any(f"tests/{room}/" in str(request.node.path) for room in _ROOMS_THAT_START_PROCESSES):
        yield
        return
    shared = _children()
    yield
    left = _still_there({process for process in _children() - shared if not _belongs_to(process, shared)})
    if left:
        pytest.fail("left over after the test: " + "; ".join(_describe_and_kill(process) for process in left), pytrace=False)


@pytest_asyncio.fixture
async def no_task_left(request: pytest.FixtureRequest) -> AsyncIterator[None]:
    """An asynchronous test awaits or cancels every task it started."""
    before = asyncio.all_tasks()
    yield
    deadline = asyncio.get_running_loop().time() + 1.0 * SCALE
    while left := [task for task in asyncio.all_tasks() - before if task is not asyncio.current_task()]:
        if asyncio.get_running_loop().time() > deadline:
            names = "; ".join(repr(task.get_coro()) for task in left)
            for task in left:
                task.cancel()
            await asyncio.gather(*left, return_exceptions=True)
            pytest.fail(f"tasks left running after the test: {names}", pytrace=False)
        await asyncio.wait(left, timeout=0.02)


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """At the very end no process that the tests started may live."""
    left = [process for process in _still_there(_children()) if not _is_of_the_test_runner(process)]
    if left:
        print("\nprocesses left over at the end of the session: " + "; ".join(_describe_and_kill(process) for process in left))
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _belongs_to(process: psutil.Process, shared: set[psutil.Process]) -> bool:
    """What a process of the whole session starts (a backend of PostgreSQL) ends with that."""
    try:
        family = {process, *process.parents()}
        return not shared.isdisjoint(family) or not SESSION_SERVERS.isdisjoint(relative.pid for relative in family)
    except psutil.NoSuchProcess:
        return True


def _children() -> set[psutil.Process]:
    return set(psutil.Process().children(recursive=True))


def _still_there(processes: set[psutil.Process]) -> list[psutil.Process]:
    """Those that live on after a moment's grace. A zombie has ended; nobody has asked for its exit code yet."""
    _, alive = psutil.wait_procs(list(processes), timeout=2.0 * SCALE if processes else 0)
    return [process for process in alive if _is_alive(process)]


def _is_alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _is_of_the_test_runner(process: psutil.Process) -> bool:
    """pytest-xdist's workers are still saying goodbye when the session ends."""
    try:
        line = " ".join(process.cmdline())
    except psutil.NoSuchProcess:
        return True
    return "execnet" in line or "multiprocessing.resource_tracker" in line


def _describe_and_kill(process: psutil.Process) -> str:
    try:
        text = f"{process.pid} {' '.join(process.cmdline())[:120]}"
        process.kill()
    except psutil.NoSuchProcess:
        return f"{process.pid}"
    return text
