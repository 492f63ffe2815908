"""The server asks nobody but by the one door (`access/outward.py`): what opens connections elsewhere stands here, with its reason."""

from __future__ import annotations

import ast
from pathlib import Path

from tests.house.repository import ROOT

SOURCES = ROOT / "src" / "headway"
ROOMS = ("access", "acts", "assembly", "insight", "live", "model", "monitor", "store", "web", "work")
"""Those that run on a server or worker. `sdk`, `cli`, `contrib` and `testing` are programs of people, who ask where they like."""
CLIENTS = frozenset({
    "httpx", "httpx2", "aiohttp", "requests", "urllib3", "pycurl", "http.client", "urllib.request", "ftplib", "smtplib", "xmlrpc.client",
    "websockets.client", "websockets.sync.client", "websockets.asyncio.client", "authlib.integrations.httpx_client",
    "authlib.integrations.requests_client",
})  # fmt: skip
CALLS = frozenset({"create_connection", "open_connection", "open_unix_connection"})
ALLOWED = {
    "access/outward.py": "the door itself",
    "web/provider.py": "speaks OpenID Connect by a library of its own; its transport is the door",
}
"""Files that import such a module."""
CONNECTING = {
    "access/outward.py",
    "assembly/relaying.py",  # to the one receiver that the operator names, as to the database
}
"""Files that open connections."""


def imports_of(tree: ast.AST) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {each.name for each in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module is not None and node.level == 0:
            found |= {node.module, *(f"{node.module}.{each.name}" for each in node.names)}
    return found


def named(path: Path) -> str:
    return path.relative_to(SOURCES).as_posix()


def trees() -> dict[str, ast.AST]:
    files = [*SOURCES.glob("*.py"), *(path for room in ROOMS for path in (SOURCES / room).rglob("*.py"))]
    return {named(path): ast.parse(path.read_text(encoding="utf-8")) for path in files}


def test_nothing_of_a_server_asks_somebody_else_but_by_the_door() -> None:
    assert {name for name, tree in trees().items() if imports_of(tree) & CLIENTS} == set(ALLOWED)


def test_nothing_of_a_server_opens_a_connection_of_its_own() -> None:
    found = {
        name
        for name, tree in trees().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CALLS
    }
    assert found == CONNECTING


def test_the_look_sees_an_import_however_it_is_written() -> None:
    for line in (
        "import http.client",
        "from http import client",
        "from urllib import request",
        "import httpx2 as h",
        "from httpx2 import get",
    ):
        assert imports_of(ast.parse(line)) & CLIENTS, line
