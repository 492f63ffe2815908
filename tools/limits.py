"""Every pool, queue, time-out, pause and breaker that the code knows, for `docs/reference/limits.md` and its house test.

Found, not listed: constants of modules whose name says that they are a time (`…_SECONDS`, `…_MS`) or how many may wait, whatever
bounds a pool, a semaphore or a queue, and the fields of the classes of limits. What each is for stands in the code behind it.
"""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import zip_longest
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
SOURCES = ROOT / "src" / "headway"

NAMES = re.compile(
    r"_?([A-Z]+_)*(SECONDS|MS|PATIENCE|WAITING|CONNECTIONS|READER_COUNT|WAITING_LIMIT|WRITES_LIMIT|READS_LIMIT|OUTBOX_LIMIT)"
)
FIELDS = re.compile(r"(\w+_)?(seconds|connections?|count|at_once|children|waiting_parents|async_runs)(_per_(person|address))?")
CLASSES = {"LiveSettings", "GuardLimits", "Limits"}
BOUNDING = {"Semaphore", "BoundedSemaphore", "ThreadPoolExecutor", "Queue"}
KEYWORDS = {"maxsize", "max_connections", "max_workers"}
_HINT = re.compile(rf"^{NAMES.pattern} |class ({'|'.join(sorted(CLASSES))})\b|{'|'.join(sorted(BOUNDING | KEYWORDS))}", re.MULTILINE)
"""What a file must say to be worth reading."""
ROOMS = {
    "store": "Database",
    "live": "Live gateway, bus and limits over all nodes",
    "web": "HTTP",
    "work": "Workers and children",
    "acts": "Acts",
    "access": "Access",
    "monitor": "Monitor",
    "assembly": "Processes",
    "cli": "Processes",
    "contrib": "Processes",
    "sdk": "Client and reports",
}
ELSEWHERE = {
    "model/": "what things are: no time of theirs is a time-out",
    "insight/": "spans of the past",
    "testing/": "the time of tests",
    "acts/count.py": "what is counted, and when",
    "acts/tidy.py": "what is old",
    "cli/screen/": "how often a terminal is drawn",
    "cli/advancing.py": "how often a terminal is drawn",
    "cli/ahead.py": "how often a terminal is drawn",
    "cli/showing.py": "how often a terminal is drawn",
    "cli/ps.py": "how often a terminal is drawn",
    "cli/formats": "units",
    "cli/arguments.py": "units",
    "cli/stats.py": "units",
    "sdk/task.py": "units",
    "sdk/bars.py": "a pattern",
    "sdk/coalesce.py": "how often a bar is told",
    "sdk/drawing.py": "how often a bar is told",
    "sdk/terminal.py": "when a drawn row is finished",
    "sdk/notebook.py": "how often a bar is drawn",
    "sdk/track.py": "how often a place is kept",
}
"""Files whose constants are no limits, and what they are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    room: str
    name: str
    path: str
    """Below `src/headway`."""
    value: Any
    says: str
    """What stands behind it in the code; empty: nothing does."""
    variable: str | None
    """The setting that changes it."""


@cache
def find_limits() -> tuple[Limit, ...]:
    """In the order of rooms and files."""
    variables = _variables()
    found: list[Limit] = []
    for path in sorted(SOURCES.rglob("*.py")):
        place = path.relative_to(SOURCES).as_posix()
        if "/" not in place or ".gen" in place or any(place.startswith(prefix) for prefix in ELSEWHERE):
            continue
        text = path.read_text(encoding="utf-8")
        if not _HINT.search(text):
            continue
        tree = ast.parse(text)
        room = ROOMS[place.partition("/")[0]]
        module = _Module(place)
        names = _bounding_names(tree)
        for name, says in _constants(tree.body):
            if (NAMES.fullmatch(name) or name in names) and is_amount(value := module.value(name)):
                found.append(Limit(room=room, name=name, path=place, value=value, says=says, variable=None))
        for node in tree.body:
            if isinstance(node, ast.ClassDef) and node.name in CLASSES:
                for name, says in _constants(node.body):
                    value = module.field(node.name, name)
                    if FIELDS.fullmatch(name) and is_amount(value):
                        variable = variables.get((node.name, name))
                        found.append(Limit(room=room, name=f"{node.name}.{name}", path=place, value=value, says=says, variable=variable))
    order = list(dict.fromkeys(ROOMS.values()))
    return tuple(sorted(found, key=lambda limit: (order.index(limit.room), limit.path)))


def is_amount(value: Any) -> bool:
    """A number, or a row of them."""
    if isinstance(value, tuple):
        return bool(value) and all(is_amount(each) for each in value)  # type: ignore[misc]
    return isinstance(value, int | float) and not isinstance(value, bool)


class _Module:
    """Imported only where something was found in it."""

    def __init__(self, place: str) -> None:
        self._name = f"headway.{place.removesuffix('.py').replace('/', '.').removesuffix('.__init__')}"

    def value(self, name: str) -> Any:
        return getattr(importlib.import_module(self._name), name)

    def field(self, cls: str, name: str) -> Any:
        fields: Any = getattr(importlib.import_module(self._name), cls).__dataclass_fields__
        return fields[name].default


def _constants(body: list[ast.stmt]) -> Iterator[tuple[str, str]]:
    """Names that are assigned, with the text that follows."""
    for node, following in zip_longest(body, body[1:]):
        name = _name_of(node)
        if name is not None:
            yield name, _text_of(following)


def _name_of(node: ast.stmt) -> str | None:
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value is not None:
        return node.target.id
    if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
        return node.targets[0].id
    return None


def _text_of(node: ast.stmt | None) -> str:
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
        return " ".join(node.value.value.split())
    return ""


def _bounding_names(tree: ast.Module) -> set[str]:
    """Constants that are given to whatever lets only so many in."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        callee = ast.unparse(node.func).rsplit(".", 1)[-1]
        given: Iterable[ast.expr] = [keyword.value for keyword in node.keywords if keyword.arg in KEYWORDS]
        if callee in BOUNDING:
            given = [*given, *node.args]
        names |= {each.id for each in given if isinstance(each, ast.Name) and each.id.isupper()}
    return names


def _variables() -> dict[tuple[str, str], str]:
    """Which fields of the classes of limits a process takes from its settings."""
    settings: Any = importlib.import_module("headway.settings")
    variables = {setting.name: setting.variable for setting in settings.SETTINGS}
    found: dict[tuple[str, str], str] = {}
    for path in sorted((SOURCES / "assembly").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in CLASSES:
                for keyword in node.keywords:
                    asked = [each.attr for each in ast.walk(keyword.value) if isinstance(each, ast.Attribute) and each.attr in variables]
                    if keyword.arg and asked:
                        found[ast.unparse(node.func), keyword.arg] = variables[asked[0]]
    return found
