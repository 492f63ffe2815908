"""Tests of `tests/protocol` and `tests/acceptance` run on SQLite and on PostgreSQL, each of them, or say why one is enough."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections import defaultdict

import pytest

from tests.databases import KINDS
from tests.house.repository import ROOT, Source, report, sources

PLACES = ("tests/protocol", "tests/acceptance")
MARK = "one_database"
LEAST_WORDS = 3


def _modules() -> list[Source]:
    return [source for source in sources() if re.fullmatch(rf"({'|'.join(PLACES)})/(.+/)?test_\w+\.py", source.path)]


def _marks(node: ast.AST) -> list[ast.Call | ast.Attribute]:
    """The uses of the marker within: called with a reason, or left bare."""
    called = [each for each in ast.walk(node) if isinstance(each, ast.Call) and _is_mark(each.func)]
    bare = [each for each in ast.walk(node) if _is_mark(each) and not any(call.func is each for call in called)]
    return [*called, *(each for each in bare if isinstance(each, ast.Attribute))]


def _is_mark(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and node.attr == MARK


def _marks_of(source: Source) -> dict[str, list[ast.Call | ast.Attribute]]:
    """Of each test, those of its module included."""
    of_all = [
        mark
        for node in source.tree.body
        if isinstance(node, ast.Assign) and any(ast.unparse(target) == "pytestmark" for target in node.targets)
        for mark in _marks(node)
    ]
    return {
        node.name: [*of_all, *(mark for decorator in node.decorator_list for mark in _marks(decorator))]
        for node in source.tree.body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_")
    }


def _collected() -> dict[tuple[str, str], set[str]]:
    """On which databases pytest runs each test; none of them is named where the test runs once."""
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", *PLACES]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    found: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for path, name, parameters in re.findall(r"^(tests/\S+\.py)::(\w+)(\[.*\])?$", done.stdout, re.MULTILINE):
        found[path, name] |= {kind for kind in KINDS if re.search(rf"[\[-]{kind}[-\]]", parameters)}
    return found


@pytest.mark.timeout(250)
def test_every_test_of_the_whole_runs_on_both_databases_or_says_why_not() -> None:
    collected = _collected()
    wrong: list[str] = []
    for source in _modules():
        for name, marks in _marks_of(source).items():
            wanted = set() if marks else set(KINDS)
            if collected[source.path, name] != wanted:
                wrong.append(f"{source.path}::{name} runs on {sorted(collected[source.path, name]) or 'one'}")

    assert len(collected) > 100
    assert not wrong, report(wrong, "A test runs on both databases by itself (tests/databases.py); its directory's conftest.py sees to it.")


def test_whoever_stays_on_one_database_gives_a_reason() -> None:
    silent = [
        f"{source.path}:{mark.lineno}"
        for source in _modules()
        for mark in _marks(source.tree)
        if not isinstance(mark, ast.Call)
        or len(mark.args) != 1
        or not isinstance(mark.args[0], ast.Constant)
        or len(str(mark.args[0].value).split()) < LEAST_WORDS
    ]

    assert not silent, report(silent, f'Say why one database is enough, in a sentence: pytest.mark.{MARK}("…").')
