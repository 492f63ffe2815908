"""The repository as the house tests see it: the files that are, or would be, committed."""

from __future__ import annotations

import ast
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One Python file."""

    path: str
    """Relative to the repository, with slashes."""
    text: str
    tree: ast.Module

    @property
    def is_test(self) -> bool:
        return self.path.startswith("tests/") or "/test_" in self.path or self.path.startswith("test_")

    @property
    def is_package(self) -> bool:
        return self.path.startswith("src/headway/")

    @property
    def line_count(self) -> int:
        return self.text.count("\n")


@cache
def files() -> tuple[str, ...]:
    """Every file that git knows, or would add, and that exists."""
    command = ["git", "-C", str(ROOT), "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    return tuple(sorted(name for name in listed if (ROOT / name).is_file()))


@cache
def sources() -> tuple[Source, ...]:
    """Every Python file that is written by hand (the steps of the schema, `migrations/versions`, are generated)."""
    found: list[Source] = []
    for name in files():
        if name.endswith(".py") and "/migrations/versions/" not in name:
            text = (ROOT / name).read_text(encoding="utf-8")
            found.append(Source(path=name, text=text, tree=ast.parse(text, name)))
    return tuple(found)


@cache
def texts() -> dict[str, str]:
    """Every file that is text."""
    found: dict[str, str] = {}
    for name in files():
        try:
            found[name] = (ROOT / name).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
    return found


def report(places: list[str], rule: str) -> str:
    """What a broken rule prints: the rule, what to do, and where."""
    return f"{rule}\n  " + "\n  ".join(places)
