"""A PostgreSQL of Debian's, which has `pg_stat_statements`: that of the other tests has not."""

from __future__ import annotations

import os
import pwd
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from tests.waiting import eventually

USER = "headway"


def programs() -> Path | None:
    """Where `initdb` and `postgres` are; None: Debian's postgresql is not installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[-3]))
    return found[-1].parent if found else None


class CountingPostgres:
    """In a directory of its own; reached by a socket there."""

    def __init__(self, directory: Path, programs: Path) -> None:
        self._directory = directory
        self._programs = programs
        # PostgreSQL refuses to run as root.
        account = pwd.getpwnam("postgres") if os.getuid() == 0 else None
        self._as: dict[str, Any] = {} if account is None else {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": ()}
        if account is not None:
            os.chown(directory, account.pw_uid, account.pw_gid)
        subprocess.run(
            [programs / "initdb", "-D", directory / "data", "-U", USER, "-A", "trust", "-N", "-E", "UTF8", "--no-locale"],
            check=True, capture_output=True, timeout=60, cwd=directory, **self._as,
        )  # fmt: skip

    def url(self, user: str = USER) -> str:
        return f"postgresql://{user}@/postgres?host={self._directory}"

    @contextmanager
    def running(self, *, is_counting: bool) -> Iterator[None]:
        """`is_counting`: whether the extension is loaded."""
        options = {
            "listen_addresses": "", "unix_socket_directories": self._directory, "fsync": "off",
            "shared_preload_libraries": "pg_stat_statements" if is_counting else "",
        }  # fmt: skip
        command = [self._programs / "postgres", "-D", self._directory / "data"]
        for name, value in options.items():
            command += ["-c", f"{name}={value}"]
        with (self._directory / "log").open("ab") as log:
            process = subprocess.Popen(command, stdout=log, stderr=log, cwd=self._directory, **self._as)
        try:
            eventually(self._answers, 20, "PostgreSQL answers")
            yield
        finally:
            process.terminate()
            process.wait(20)

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.url()).close()
        except psycopg.OperationalError:
            return False
        return True


@contextmanager
def counting_postgres(programs: Path) -> Iterator[CountingPostgres]:
    # Not below pytest's directory, which is closed to other users.
    with tempfile.TemporaryDirectory(prefix="headway-counting-", ignore_cleanup_errors=True) as directory:
        yield CountingPostgres(Path(directory), programs)
