"""Words that must not stand in any file: unfinished work, this machine, and where packages came from."""

from __future__ import annotations

import re
import subprocess

from tests.house.repository import ROOT, report, texts

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
