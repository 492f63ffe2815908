"""What Headway answers to each requirement of OWASP ASVS 5.0, levels 1 and 2: read from `docs/reference/asvs.toml`, written as a page.

What is asked stands there in our own words, under the number that ASVS gives it; read the requirement itself there.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "docs" / "reference" / "asvs.toml"

CHAPTERS = {
    1: "Encoding, and what is made harmless", 2: "Validation, and the order of steps", 3: "Browsers", 4: "The interface", 5: "Files",
    6: "How people prove who they are", 7: "Sessions", 8: "Who may do what", 9: "Tokens that say something themselves",
    10: "OAuth and OpenID Connect", 11: "Cryptography", 12: "Connections", 13: "Configuration", 14: "Data", 15: "How it is built",
    16: "What is written down, and errors", 17: "WebRTC",
}  # fmt: skip


_OPENING = (
    "Each requirement of the [Application Security Verification Standard]"
    "(https://owasp.org/www-project-application-security-verification-standard/) in our words (the standard has its own, under `v5.0.0-` "
    "and the number), and what Headway answers. Written from [asvs.toml](asvs.toml); a test fails when a requirement is missing, when one "
    "that is *met* names no test that exists (or, where something is to be said, no page that says it), and when another gives no "
    "reason. Nobody but us has looked at it.\n"
)


class State(StrEnum):
    MET = "met"
    NOT_MET = "not met"
    OPERATOR = "operator"
    """It is asked of whoever sets an installation up; `how` says what Headway does for it."""
    NOT_HERE = "not here"
    """There is nothing in Headway to which it could apply; `how` says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    number: str
    """`6.2.1`; ASVS calls it `v5.0.0-6.2.1`."""
    level: int
    asks: str
    state: State
    how: str
    tests: Sequence[str] = ()
    """`tests/….py::test_name`, or `console/….ts::title of the test`."""
    pages: Sequence[str] = ()
    """`docs/….md#Heading`: for what asks that something is said somewhere."""

    @property
    def chapter(self) -> int:
        return int(self.number.split(".")[0])

    @property
    def section(self) -> str:
        return self.number.rpartition(".")[0]

    @property
    def order(self) -> tuple[int, ...]:
        return tuple(int(part) for part in self.number.split("."))


def read(source: Path = SOURCE) -> list[Requirement]:
    """All of them, in the order of their numbers. Raises `ValueError` for a number that is none, or stands twice (TOML says so)."""
    told: dict[str, dict[str, Any]] = tomllib.loads(source.read_text(encoding="utf-8"))
    found = [Requirement(number=number, **{**row, "state": State(row["state"])}) for number, row in told.items()]
    wrong = [row.number for row in found if not re.fullmatch(r"\d{1,2}\.\d\.\d{1,2}", row.number)]
    if wrong:
        raise ValueError(f"no numbers of requirements: {wrong}")
    return sorted(found, key=lambda row: row.order)


def missing_tests(row: Requirement, root: Path = ROOT) -> Iterator[str]:
    """Tests that are named, and are not there."""
    for test in row.tests:
        path, _, name = test.partition("::")
        file = root / path
        text = file.read_text(encoding="utf-8") if file.is_file() else ""
        pattern = rf"^ *(?:async )?def {re.escape(name)}\(" if path.endswith(".py") else rf"\b(?:it|test)\(\s*'{re.escape(name)}'"
        if not name or re.search(pattern, text, re.MULTILINE) is None:
            yield f"{row.number}: {test}"


def missing_pages(row: Requirement, root: Path = ROOT) -> Iterator[str]:
    """Pages and headings that are named, and are not there."""
    for place in row.pages:
        path, _, heading = place.partition("#")
        file = root / path
        text = file.read_text(encoding="utf-8") if file.is_file() else ""
        if not text or (heading and not re.search(rf"^#+ {re.escape(heading)}$", text, re.MULTILINE)):
            yield f"{row.number}: {place}"


def page() -> str:
    """`docs/reference/asvs.md`, without the note that it is written."""
    rows = read()
    states = Counter(row.state for row in rows)
    parts = [
        "# OWASP ASVS 5.0, levels 1 and 2\n",
        _OPENING,
        "| answer | means | of 253 |\n|---|---|---|",
        f"| met | it is so, and the test shows it | {states[State.MET]} |",
        f"| **not met** | it is not so; what is missing is said | {states[State.NOT_MET]} |",
        f"| operator | whoever sets Headway up does it: proxy, database, machine, or a setting that is off | {states[State.OPERATOR]} |",
        f"| not here | there is nothing in Headway to which it could apply | {states[State.NOT_HERE]} |\n",
    ]
    for chapter, title in CHAPTERS.items():
        parts.append(f"## V{chapter}. {title}\n\n| | L | asked | answer | how, and by which test |\n|---|---|---|---|---|")
        parts += [_line(row) for row in rows if row.chapter == chapter]
        parts.append("")
    return "\n".join(parts)


def _line(row: Requirement) -> str:
    state = f"**{row.state}**" if row.state is State.NOT_MET else str(row.state)
    shown = [_test(test) for test in row.tests] + [_place(place) for place in row.pages]
    how = f"{row.how} {', '.join(shown)}".strip()
    return f"| {row.number} | {row.level} | {_cell(row.asks)} | {state} | {_cell(how)} |"


def _test(test: str) -> str:
    path, _, name = test.partition("::")
    return f"`{path}`: {name.removeprefix('test_').replace('_', ' ')}" if path.endswith(".py") else f"`{path}`: {name}"


def _place(place: str) -> str:
    path, _, heading = place.partition("#")
    return f"[{heading or path}](../../{path})"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
