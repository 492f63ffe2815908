"""`pg_dump`, `pg_restore` and `psql`: found, called with the address of the store, and heard when they fail.

The password goes through the environment: other users of a machine can read arguments.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from typing import Any, cast

import sqlalchemy as sa

from headway.model.errors import StoreUnavailable, ToolMissing

CONNECT_SECONDS = 10
"""How long a tool may take to connect, unless `PGCONNECT_TIMEOUT` says otherwise."""


def find_tool(name: str) -> str:
    """Raises `ToolMissing`, which says where to get it."""
    found = shutil.which(name)
    if found is None:
        raise ToolMissing(
            tool=name, reason="it is not to be found; install the client programs (Debian: postgresql-client), or put them on the PATH"
        )
    return found


def conninfo(url: str) -> str:
    """The address as libpq reads it, without the password."""
    address = sa.make_url(url)
    options: dict[str, Any] = {
        "host": address.host, "port": address.port, "user": address.username, "dbname": address.database, **address.query,
    }  # fmt: skip
    return " ".join(f"{name}='{_escaped(value)}'" for name, value in options.items() if value is not None)


def _escaped(value: Any) -> str:
    text = ",".join(cast("tuple[str, ...]", value)) if isinstance(value, tuple) else str(value)
    return text.replace("\\", "\\\\").replace("'", "\\'")


def environment(url: str) -> Mapping[str, str]:
    password = sa.make_url(url).password
    own = {"LC_MESSAGES": "C", "PGAPPNAME": "headway db"}
    return {"PGCONNECT_TIMEOUT": str(CONNECT_SECONDS), **os.environ, **own, **({} if password is None else {"PGPASSWORD": str(password)})}


def start(url: str, command: Sequence[str], *, stdin: int, stdout: int) -> subprocess.Popen[bytes]:
    """`command` begins with the name of the tool. Standard error is kept for `check_ended`."""
    return subprocess.Popen([find_tool(command[0]), *command[1:]], env=environment(url), stdin=stdin, stdout=stdout, stderr=subprocess.PIPE)


def check_ended(tool: str, code: int, complaint: bytes) -> None:
    """Raises `StoreUnavailable` with the first thing that the tool has complained of, `ToolMissing` where it is too old."""
    if code == 0:
        return
    lines = [line.strip() for line in complaint.decode("utf-8", "replace").splitlines() if line.strip()]
    if any("server version mismatch" in line for line in lines):
        versions = next((line for line in lines if "server version:" in line), "")
        raise ToolMissing(tool=tool, reason=f"the one that was found is older than the database ({versions.rpartition('detail: ')[2]})")
    raise StoreUnavailable(reason=lines[0] if lines else f"{tool} ended with {code}")
