"""Words that must not stand in any file: unfinished work, this machine, and where packages came from."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from importlib.metadata import packages_distributions

from tests.house.repository import ROOT, report, sources, texts

UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b|(?i:not yet implemented|mock data|coming soon|\bfor now\b|simplified version)")
MACHINE = re.compile(r"(?<![\w.*])/work/|/home/\w|/Users/\w|\.library\b|/tmp/brief")
REGISTRY = re.compile(
    r"(pypi\.|files\.pythonhosted\.|registry\.npmjs\.|proxy\.golang\.|mirrors?\.[a-z0-9-]+\.(com|org|cn|edu))", re.IGNORECASE
)
INDEX_OPTION = re.compile(r"^\s*(--(extra-)?index-url|-i |--find-links)", re.MULTILINE)
SPARED = ("LICENSE", "tests/house/test_words.py")


def _found(pattern: re.Pattern[str]) -> list[str]:
    return [
        f"{path}:{number} {line.strip()[:120]}"
        for path, text in texts().items()
        if path not in SPARED and "/static/" not in path
        for number, line in enumerate(text.split("\n"), 1)
        if pattern.search(line)
    ]


def test_nothing_says_of_itself_that_it_is_unfinished() -> None:
    places = _found(UNFINISHED)

    assert not places, report(places, "Finish it, or write an issue; the code says only what is.")


def test_no_file_names_a_place_on_somebodys_machine() -> None:
    places = _found(MACHINE)

    assert not places, report(places, "Use a path relative to the repository, or HEADWAY_HOME.")


def test_no_file_names_a_package_registry() -> None:
    places = _found(REGISTRY)
    places += [path for path, text in texts().items() if path.startswith("requirements/") and INDEX_OPTION.search(text)]

    assert not places, report(places, "Requirements hold names, versions and hashes; the address belongs to the machine (run make lock).")


def test_no_commit_names_a_machine_or_a_registry() -> None:
    log = subprocess.run(["git", "-C", str(ROOT), "log", "--format=%h %B", "-500"], capture_output=True, text=True, check=True).stdout
    places = [line for line in log.splitlines() if MACHINE.search(line) or REGISTRY.search(line)]

    assert not places, report(places, "A commit message speaks of Headway alone.")


def test_every_pin_has_a_hash() -> None:
    bare: list[str] = []
    for path, text in texts().items():
        if path.startswith("requirements/") and path.endswith(".txt"):
            for pin in re.split(r"\n(?=\S)", text.strip()):
                if "==" not in pin or "--hash=sha256:" not in pin:
                    bare.append(f"{path}: {pin.splitlines()[0]}")

    assert not bare, report(bare, "Run make lock.")


def test_every_library_that_is_imported_is_pinned() -> None:
    """What the code imports must be in requirements/dev.txt, or a fresh clone does not run."""
    pinned = {line.split("==")[0].replace("_", "-").lower() for line in texts()["requirements/dev.txt"].splitlines() if "==" in line}
    homes = packages_distributions()
    imported = {
        (name.split(".")[0], source.path)
        for source in sources()
        if not source.path.startswith("bench/peers/")
        for node in ast.walk(source.tree)
        for name in _imported(node)
    }
    own = {"headway", "tests", "tools", "bench", "chaos", "grading", "security"}
    missing = sorted(
        f"{path}: {name}"
        for name, path in imported
        if name not in sys.stdlib_module_names | own
        and name in homes
        and not {home.replace("_", "-").lower() for home in homes[name]} & pinned
    )

    assert not missing, report(missing, "Add these to pyproject.toml (dependencies, an extra, or a dependency group), then run make lock.")


def _imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [node.module] if isinstance(node, ast.ImportFrom) and node.level == 0 and node.module else []
