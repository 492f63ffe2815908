"""PgBouncer before a PostgreSQL: from `deploy/pgbouncer/pgbouncer.ini` as it is shipped, with other addresses and paths alone."""

from __future__ import annotations

import os
import pwd
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg.conninfo import conninfo_to_dict

from cluster.servers import free_port

INI = Path(__file__).parents[1] / "deploy/pgbouncer/pgbouncer.ini"
PASSWORD = "nobody-knows-a-bouncer"  # noqa: S105 - of a server that lives for one session of the tests, on this machine
_END_SECONDS = 5


class BouncerAbsent(Exception):
    """PgBouncer is not installed."""


class Bouncer:
    """A PgBouncer that runs until `stop`."""

    def __init__(self, directory: Path, server: str) -> None:
        """`server`: address of a PostgreSQL that lets its user in without a password, or with the one in the address."""
        self._directory = directory
        self._server = conninfo_to_dict(server)
        self._port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def user(self) -> str:
        return str(self._server.get("user") or "postgres")

    def url(self, database: str) -> str:
        """Of a database of the server, by way of this PgBouncer."""
        return f"postgresql://{quote(self.user)}:{quote(self._password)}@127.0.0.1:{self._port}/{database}"

    @property
    def _password(self) -> str:
        return str(self._server.get("password") or PASSWORD)

    def start(self) -> None:
        """Raises `BouncerAbsent`."""
        program = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
        if program is None:
            raise BouncerAbsent
        (self._directory / "userlist.txt").write_text(f'"{self.user}" "{self._password}"\n')
        ini = self._directory / "pgbouncer.ini"
        ini.write_text(self._configuration())
        account = self._account()
        more = {} if account is None else {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": ()}
        if account is not None:
            for path in (self._directory, *self._directory.iterdir()):
                os.chown(path, account.pw_uid, account.pw_gid)
        self._process = subprocess.Popen(  # type: ignore[call-overload]
            [program, "-q", str(ini)], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **more
        )

    def is_there(self) -> bool:
        """Whether it lets clients in. Raises `RuntimeError` with what it has said, if it has ended."""
        assert self._process is not None
        if self._process.poll() is not None:
            log = self._directory / "pgbouncer.log"
            raise RuntimeError(f"pgbouncer ended: {log.read_text(errors='replace')[-2000:] if log.exists() else 'without a word'}")
        try:
            with psycopg.connect(self.url(str(self._server.get("dbname") or "postgres")), connect_timeout=2):
                return True
        except psycopg.OperationalError:
            return False

    def stop(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.terminate()
            try:
                process.wait(_END_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _configuration(self) -> str:
        host = str(self._server.get("host") or "127.0.0.1")
        return replaced(INI.read_text(encoding="utf-8"), {
            "*": f"host={host} port={self._server.get('port') or 5432}",
            "listen_port": str(self._port),
            "unix_socket_dir": str(self._directory),
            "logfile": str(self._directory / "pgbouncer.log"),
            "pidfile": str(self._directory / "pgbouncer.pid"),
            "auth_file": str(self._directory / "userlist.txt"),
            "stats_users": self.user,
        })  # fmt: skip

    def _account(self) -> pwd.struct_passwd | None:
        """PgBouncer will not run as root: then as whom PostgreSQL runs, whose socket nobody else may reach."""
        if os.geteuid() != 0:
            return None
        host = Path(str(self._server.get("host") or ""))
        owner = host.stat().st_uid if host.is_absolute() and host.exists() else 0
        return pwd.getpwuid(owner) if owner else pwd.getpwnam("nobody")


def replaced(text: str, values: dict[str, str]) -> str:
    """An ini file with other values for settings that it has."""
    for name, value in values.items():
        text, count = re.subn(rf"(?m)^{re.escape(name)} = .*$", lambda _, line=f"{name} = {value}": line, text)
        if count != 1:
            raise ValueError(f"the file says {name} {count} times")
    return text


@contextmanager
def bouncer(server: str) -> Iterator[Bouncer]:
    """One that is started and stopped; let the caller wait until it `is_there`. Raises `BouncerAbsent`."""
    with tempfile.TemporaryDirectory(prefix="headway-bouncer-", ignore_cleanup_errors=True) as directory:
        one = Bouncer(Path(directory), server)
        one.start()
        try:
            yield one
        finally:
            one.stop()
