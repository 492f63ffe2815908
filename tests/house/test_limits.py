"""Whatever leaves the process gives up after some time, and every time and bound of the code stands in `docs/reference/limits.md`."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest

from tests.house.repository import Source, report, sources
from tools.limits import ELSEWHERE, SOURCES, find_limits

KEYWORDS: dict[str, tuple[str, ...]] = {
    r"(.*\.)?urlopen": ("timeout",),
    r"(.*\.)?HTTPS?Connection": ("timeout",),
    r"httpx2?\..*": ("timeout",),
    r"(psycopg|.*Connection)\.connect": ("connect_timeout",),
    r"connect|connect_async": ("open_timeout", "close_timeout"),
    r"(.*\.)?(create_connection|getaddrinfo_timeout)": ("timeout",),
    r"subprocess\.(run|call|check_call|check_output)": ("timeout",),
    r".*\.communicate": ("timeout",),
}
"""What each of these calls must be told."""
AROUND = r"asyncio\.(open_connection|open_unix_connection)|.*\.(create_unix_connection)"
"""These take no time-out: `asyncio.timeout` stands around them."""
REDIS = {"socket_timeout", "socket_connect_timeout"}
"""Who makes a client of Redis says both, if only that one of them is none."""
WAITS = r"(.*\.)?_?(process|server|worker|dumping|reading|restoring|writing|command)\.wait"
"""How processes are called that are waited for."""
UNBOUNDED: dict[str, str] = {
    "src/headway/live/bus/local.py:_dial": "a socket of this machine lets in at once, or refuses",
    "src/headway/contrib/worker_beside.py:_keep": "it waits for as long as the worker lives: that is what it is for",
    "src/headway/contrib/worker_beside.py:_end": "the second wait comes after SIGKILL",
    "src/headway/web/aside.py:end": "after SIGKILL",
    "src/headway/assembly/scanner.py:_run": "after SIGKILL",
    "src/headway/web/provider.py:handle_async_request": "it makes an answer, or says what is wrong with one",
    "src/headway/cli/launcher.py:_end_all": "after SIGKILL",
    "src/headway/cli/demo.py:_stay": "it serves until Ctrl-C",
    "src/headway/sdk/execute.py:execute": "the command of a person, alone: it takes as long as it takes",
    "src/headway/work/process.py:_reap": "its descriptor has said that it has ended",
    "src/headway/store/sql/care/postgres_backup.py:back_up": "a dump takes as long as its data; a person looks on",
    "src/headway/store/sql/care/postgres_backup.py:_contents": "it reads a file",
    "src/headway/store/sql/care/postgres_backup.py:_usable": "it reads a file",
    "src/headway/store/sql/care/postgres_backup.py:_replace": "as the dump",
}
"""Calls that may take as long as they like, by the function that they are in, and why."""


def _own_calls(tree: ast.AST, name: str = "", *, is_timed: bool = False) -> Iterator[tuple[ast.Call, str, bool]]:
    """Every call, the function that it is in, and whether `asyncio.timeout` or `wait_for` is around it."""
    for node in ast.iter_child_nodes(tree):
        inner, timed = name, is_timed
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            inner = node.name
        elif isinstance(node, ast.AsyncWith):
            timed = timed or any(re.match(r"asyncio\.timeout", ast.unparse(item.context_expr)) for item in node.items)
        elif isinstance(node, ast.Call):
            yield node, inner, timed
            timed = timed or ast.unparse(node.func).endswith("wait_for")
        yield from _own_calls(node, inner, is_timed=timed)


HINT = re.compile(r"urlopen|Connection\(|httpx|connect|subprocess\.|communicate|_connection\(|\.wait\(|from_url")


def _unbounded(source: Source) -> Iterator[tuple[str, int, str]]:
    """(function, line, call) of those that nothing ends."""
    if not HINT.search(source.text):
        return
    for call, function, is_timed in _own_calls(source.tree):
        if not isinstance(call.func, ast.Name | ast.Attribute):
            continue
        callee = ast.unparse(call.func)
        given = {keyword.arg for keyword in call.keywords}
        wanted = next((words for pattern, words in KEYWORDS.items() if re.fullmatch(pattern, callee)), ())
        is_silent = not set(wanted) <= given and None not in given
        is_alone = bool(re.fullmatch(AROUND, callee)) and not is_timed
        is_waiting = bool(re.fullmatch(WAITS, callee)) and not call.args and "timeout" not in given and not is_timed
        if (wanted and is_silent) or is_alone or is_waiting:
            yield function, call.lineno, callee
    if "from_url" in source.text:
        yield from _clients_of_redis(source)


def _clients_of_redis(source: Source) -> Iterator[tuple[str, int, str]]:
    for function in ast.walk(source.tree):
        if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        makes = [node for node in ast.walk(function) if isinstance(node, ast.Attribute) and node.attr == "from_url"]
        told = [{keyword.arg for keyword in node.keywords} for node in ast.walk(function) if isinstance(node, ast.Call)]
        if makes and not any(words >= REDIS for words in told):
            yield function.name, makes[0].lineno, "from_url"


def test_whatever_leaves_the_process_gives_up_after_some_time() -> None:
    found = [(s.path, *one) for s in sources() if s.is_package for one in _unbounded(s)]
    unexpected = [f"{path}:{line} {function}: {callee}" for path, function, line, callee in found if f"{path}:{function}" not in UNBOUNDED]
    stale = set(UNBOUNDED) - {f"{path}:{function}" for path, function, _, _ in found}

    assert not unexpected, report(unexpected, "Say how long these may take; if nothing must end them, give the reason in UNBOUNDED.")
    assert not stale, report(sorted(stale), "These have an end now: take them out of UNBOUNDED.")


@pytest.mark.parametrize(
    ("text", "is_bounded"),
    [
        ("urlopen(url)", False),
        ("urlopen(url, timeout=3)", True),
        ("http.client.HTTPSConnection(host, port)", False),
        ("httpx.get(url)", False),
        ("await psycopg.AsyncConnection.connect(url, connect_timeout=5)", True),
        ("await psycopg.AsyncConnection.connect(url)", False),
        ("connect(url, open_timeout=3)", False),
        ("subprocess.run(command, check=True)", False),
        ("process.communicate()", False),
        ("self._process.wait()", False),
        ("self._process.wait(5)", True),
        ("reader, writer = await asyncio.open_connection(host, port)", False),
        ("async with asyncio.timeout(3):\n        await asyncio.open_connection(host, port)", True),
        ("await asyncio.wait_for(asyncio.open_connection(host, port), 3)", True),
        ("Redis.from_url(url)", False),
        ("Redis.from_url(url, socket_timeout=3)", False),
        ("Redis.from_url(url, socket_timeout=None, socket_connect_timeout=3)", True),
    ],
)
def test_the_rule_notices_a_call_without_an_end(text: str, is_bounded: bool) -> None:
    tree = ast.parse(f"async def ask():\n    {text}\n")

    assert bool(list(_unbounded(Source(path="x.py", text=text, tree=tree)))) is not is_bounded


def test_every_limit_says_what_it_is() -> None:
    silent = [f"src/headway/{limit.path}: {limit.name}" for limit in find_limits() if not limit.says]

    assert not silent, report(silent, "Write a sentence behind it, as a docstring: it stands in docs/reference/limits.md.")


def test_limits_are_found_in_every_room_and_settings_are_named() -> None:
    """The page itself is held against the code by test_docs.py."""
    found = {(limit.path, limit.name): limit for limit in find_limits()}

    assert found["store/sql/readers.py", "READER_COUNT"].value == 4
    assert found["store/sql/store.py", "WRITES_LIMIT"].value == 4_096
    assert found["store/sql/breaker.py", "ANSWER_SECONDS"].value == 1.5
    assert found["web/guard.py", "GuardLimits.connections"].variable == "HEADWAY_MAX_CONNECTIONS"
    assert found["sdk/delivery.py", "REQUEST_SECONDS"].value == 30.0
    assert {limit.path.partition("/")[0] for limit in found.values()} >= {"store", "live", "web", "work", "acts", "sdk", "cli", "monitor"}


def test_what_is_left_out_exists() -> None:
    gone = [prefix for prefix in ELSEWHERE if not list(SOURCES.glob(f"{prefix}*"))]

    assert not gone, report(gone, "tools/limits.py leaves out what is not there.")
