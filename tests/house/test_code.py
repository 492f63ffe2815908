"""Rules of the house for Python code. Each failure says what to do; the reasons are in CONTRIBUTING.md."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from tests.house.repository import Source, report, sources

MODULE_LIMIT = 500
FUNCTION_LIMIT = 80
SCREEN = 60
BANNED_ENDINGS = ("Manager", "Service", "Handler", "Processor", "Helper", "Util", "Utils", "Base", "Common", "Misc")
HANDLERS_OF_THE_STANDARD_LIBRARY = {"Handler"}
"""A class may be named for the library's own word that it subclasses: `logging.Handler`."""

IMPORTS_INSIDE_FUNCTIONS = {
    "src/headway/__init__.py": "the public names are looked up when used, so that `import headway` costs little",
    "src/headway/cli/": "a command imports what it needs when it is called: client commands start within 0.2 s",
    "src/headway/testing/": "the pytest plug-in is loaded by every pytest run, also of projects that do not test Headway",
    "src/headway/sdk/": "optional libraries of the user (pydantic, numpy, tqdm) are looked at only where they are already in use",
    "src/headway/assembly/bus.py": "redis-py is an extra: it is needed where REDIS_URL is set",
    "src/headway/assembly/shared.py": "redis-py is an extra: it is needed where REDIS_URL is set",
    "src/headway/assembly/oidc.py": "Authlib is an extra: it is needed where HEADWAY_OIDC_ISSUER is set",
    "src/headway/assembly/doorbell.py": "Celery is an extra: it is needed where HEADWAY_BROKER_URL is set",
    "src/headway/store/sql/engines.py": "psycopg is an extra: it is needed where DATABASE_URL names a PostgreSQL",
    "src/headway/work/child": "a child imports user code when it is told to",
    "src/headway/work/load": "a child imports user code when it is told to",
}
PRINTING = {
    "src/headway/cli/": "prints for a living",
}
DECIDING_ROOMS = tuple(f"src/headway/{room}/" for room in ("access", "acts", "live"))
SLEEPING_TESTS = {
    "tests/waiting.py": "the one place that waits",
    "tests/unit/testing/test_installation.py": "its tasks sleep in a loop that skips the time: that is what is tested",
    "tests/unit/testing/test_sleeping.py": "sleeping in a task is what is tested; its three real sleeps last 20 ms",
}


def _names(path: str, allowed: dict[str, str]) -> bool:
    return any(path == prefix or path.startswith(prefix) for prefix in allowed)


def _functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def _package() -> list[Source]:
    return [source for source in sources() if source.is_package]


def _tests() -> list[Source]:
    return [source for source in sources() if source.is_test]


def test_no_module_is_longer_than_the_limit() -> None:
    long = [f"{s.path}: {s.line_count} lines" for s in sources() if s.line_count > MODULE_LIMIT]

    assert not long, report(long, f"Divide these modules by noun; {MODULE_LIMIT} lines are the limit, 300 the aim.")


def test_no_function_is_longer_than_the_limit() -> None:
    long = [
        f"{s.path}:{f.lineno} {f.name}: {size} lines"
        for s in sources()
        for f in _functions(s.tree)
        if (size := (f.end_lineno or f.lineno) - f.lineno) > FUNCTION_LIMIT
    ]

    assert not long, report(long, f"Name the steps of these functions; {FUNCTION_LIMIT} lines are the limit, 40 the aim.")


def test_classes_are_named_for_what_they_are() -> None:
    vague = [
        f"{s.path}:{node.lineno} {node.name}"
        for s in sources()
        if not s.is_test
        for node in ast.walk(s.tree)
        if isinstance(node, ast.ClassDef) and node.name.endswith(BANNED_ENDINGS) and not _is_named_by_a_library(node)
    ]

    assert not vague, report(vague, "Ask what these classes do to their noun (claim, reap, fold …) and name them for that.")


def _is_named_by_a_library(node: ast.ClassDef) -> bool:
    """`class JournalHandler(logging.Handler)` takes its last word from the class it extends."""
    parents = {ast.unparse(base).rsplit(".", 1)[-1] for base in node.bases}
    return any(node.name.endswith(parent) for parent in parents if parent in HANDLERS_OF_THE_STANDARD_LIBRARY)


def test_imports_stand_at_the_top() -> None:
    hidden = [
        f"{s.path}:{inner.lineno} {ast.unparse(inner)}"
        for s in _package()
        if not _names(s.path, IMPORTS_INSIDE_FUNCTIONS)
        for f in _functions(s.tree)
        for inner in ast.walk(f)
        if isinstance(inner, ast.Import | ast.ImportFrom)
    ]

    assert not hidden, report(
        sorted(set(hidden)),
        "Move these imports to the top. If that makes a circle, the rooms are out of order; "
        "if it is a measured cost or an optional library, give the reason in IMPORTS_INSIDE_FUNCTIONS.",
    )


def test_no_error_is_swallowed() -> None:
    swallowed = [
        f"{s.path}:{node.lineno}"
        for s in sources()
        for node in ast.walk(s.tree)
        if (isinstance(node, ast.ExceptHandler) and _swallows(node)) or (isinstance(node, ast.With) and _suppresses_all(node))
    ]

    assert not swallowed, report(swallowed, "Name the errors that are expected here, or do something with them.")


def _swallows(node: ast.ExceptHandler) -> bool:
    if node.type is None:
        return True
    does_nothing = all(isinstance(step, ast.Pass | ast.Continue) or _is_dots(step) for step in node.body)
    return ast.unparse(node.type) in {"Exception", "BaseException"} and does_nothing


def _is_dots(step: ast.stmt) -> bool:
    return isinstance(step, ast.Expr) and isinstance(step.value, ast.Constant)


def _suppresses_all(node: ast.With) -> bool:
    return any(re.fullmatch(r"(contextlib\.)?suppress\((Base)?Exception\)", ast.unparse(item.context_expr)) for item in node.items)


def test_the_package_does_not_print() -> None:
    prints = [
        f"{s.path}:{node.lineno}"
        for s in _package()
        if not _names(s.path, PRINTING)
        for node in ast.walk(s.tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    ]

    assert not prints, report(prints, "Use logging, or report an event; only cli/ prints.")


def test_modules_longer_than_a_screen_say_what_lives_in_them() -> None:
    silent = [s.path for s in sources() if s.line_count > SCREEN and not s.is_test and not ast.get_docstring(s.tree)]

    assert not silent, report(silent, "Open these modules with a sentence or two: what lives here, and what does not.")


def test_nothing_is_left_unimplemented() -> None:
    open_ends = [
        f"{s.path}:{node.lineno}"
        for s in sources()
        for node in ast.walk(s.tree)
        if isinstance(node, ast.Raise) and node.exc is not None and "NotImplementedError" in ast.unparse(node.exc)
    ]

    assert not open_ends, report(open_ends, "An optional ability is a separate small Protocol, not an error at run time.")


def test_time_is_read_in_one_place() -> None:
    """Whatever is decided by the wall clock takes a `Clock`, so that tests own time."""
    reads = [
        f"{s.path}:{node.lineno} {ast.unparse(node)}"
        for s in _package()
        if s.path.startswith(DECIDING_ROOMS)
        for node in ast.walk(s.tree)
        if isinstance(node, ast.Call)
        and ast.unparse(node.func) in {"datetime.now", "datetime.utcnow", "datetime.datetime.now", "date.today"}
    ]

    assert not reads, report(reads, "Take a `Clock` (or the transaction's `now`) instead of asking for the time yourself.")


def test_rooms_that_decide_neither_wait_nor_know_threads() -> None:
    """They are called in whatever thread or loop there is; who calls them from a thread hands in how it lets others go."""
    waits = [
        f"{s.path}:{node.lineno} {ast.unparse(node)}"
        for s in _package()
        if s.path.startswith(("src/headway/access/", "src/headway/acts/"))
        for node in ast.walk(s.tree)
        if (isinstance(node, ast.Import) and {name.name.partition(".")[0] for name in node.names} & {"time", "threading", "asyncio"})
        or (isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] in {"time", "threading", "asyncio", "concurrent"})
    ]

    assert not waits, report(waits, "Take what waits as an argument (`breathe` of acts/count.py), or wait in the room that calls.")


def test_tests_wait_for_conditions_not_for_time() -> None:
    sleeps = [
        f"{s.path}:{node.lineno} {ast.unparse(node)}"
        for s in _tests()
        if not _names(s.path, SLEEPING_TESTS)
        for node in ast.walk(s.tree)
        if isinstance(node, ast.Call) and _is_sleep(node)
    ]

    assert not sleeps, report(sleeps, "Wait for a condition with `eventually` of tests/waiting.py, or move a FakeClock.")


def _is_sleep(node: ast.Call) -> bool:
    if ast.unparse(node.func) not in {"time.sleep", "asyncio.sleep", "anyio.sleep", "sleep"} or not node.args:
        return False
    first = node.args[0]
    return not (isinstance(first, ast.Constant) and first.value == 0)


def test_tests_do_not_mock_our_own_code() -> None:
    mock = re.compile(r"\b(MagicMock|AsyncMock|Mock\(|mock\.patch|monkeypatch\.setattr\([^,]*headway)")
    mocks = [
        f"{s.path}:{number} {line.strip()}"
        for s in _tests()
        if s.path != "tests/house/test_code.py"
        for number, line in enumerate(s.text.split("\n"), 1)
        if mock.search(line)
    ]

    assert not mocks, report(mocks, "A seam or a smaller function is missing; use a shipped double of headway.testing.")


def test_every_test_asserts_something() -> None:
    asserting = {f.name for s in _tests() for f in _functions(s.tree) if any(isinstance(node, ast.Assert) for node in ast.walk(f))}
    idle = [
        f"{s.path}:{f.lineno} {f.name}"
        for s in _tests()
        for f in _functions(s.tree)
        if f.name.startswith("test_") and not any(_asserts(node, asserting) for node in ast.walk(f))
    ]

    assert not idle, report(idle, "Say what must hold; a test that only runs code proves nothing.")


def _asserts(node: ast.AST, asserting: set[str]) -> bool:
    """Whether it asserts, expects an error, or calls a function of the tests that asserts."""
    if isinstance(node, ast.Assert | ast.Raise | ast.With | ast.AsyncWith):
        return True
    if not isinstance(node, ast.Call):
        return False
    name = ast.unparse(node.func).rsplit(".", 1)[-1]
    return name in asserting or bool(re.search(r"assert|check|expect|eventually|run_state_machine", name))


def test_nothing_opens_a_file_that_sqlite_has_locked() -> None:
    """Closing it would let go of SQLite's own locks (decision 7)."""
    opening = re.compile(r"(-shm|-wal|_wal|_shm|_index)\b[^\n]*\.(open|read_bytes|read_text)\(|open\([^\n]*(-shm|-wal)")
    found = [f"{s.path}:{n}: {line.strip()}" for s in _package() for n, line in enumerate(s.text.split("\n"), 1) if opening.search(line)]

    assert not found, report(found, "Ask SQLite, or use stat: see docs/decisions/0007-never-open-what-sqlite-locks.md.")
