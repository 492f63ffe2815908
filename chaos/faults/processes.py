"""Processes of nodes: found, killed, stopped, and looked at afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

from cluster.nodes import Node
from tests.waiting import eventually

DEATH_SECONDS = 5.0


def launcher_of(node: Node) -> psutil.Process:
    assert node.launcher is not None
    return psutil.Process(node.launcher.pid)


def is_alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def kill(process: psutil.Process) -> None:
    process.kill()
    eventually(lambda: not is_alive(process), DEATH_SECONDS, f"process {process.pid} is dead")


@contextmanager
def stopped(process: psutil.Process) -> Iterator[None]:
    process.suspend()
    try:
        eventually(lambda: process.status() == psutil.STATUS_STOPPED, DEATH_SECONDS, f"process {process.pid} stands still")
        yield
    finally:
        with suppress(psutil.NoSuchProcess):
            process.resume()
    eventually(lambda: not is_alive(process) or process.status() != psutil.STATUS_STOPPED, DEATH_SECONDS, "it goes on")


def resident_mb(nodes: list[Node]) -> dict[int, tuple[str, float]]:
    """Of servers and workers, by process id: what each is, and its resident memory."""
    found: dict[int, tuple[str, float]] = {}
    for node in nodes:
        for role in ("server", "worker"):
            with suppress(psutil.Error, AssertionError):
                process = node._find(role)
                if process is not None:
                    found[process.pid] = (f"the {role} of {Path(node.name).name}", process.memory_info().rss / 1_048_576)
    return found
