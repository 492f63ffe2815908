"""Runs of real tasks whose end is known, as `bench/insight/record.py` recorded them: read, and made into courses."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from headway.model.course import Course, Reading, course_of

FORMAT = "headway.recorded_runs.v1"
FILE = Path(__file__).with_name("recorded.jsonl")


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    kind: str
    """The task."""
    duration_seconds: float
    parameters: Mapping[str, Any]
    readings: Sequence[Reading]
    """Of the leading bar; empty: none led."""

    @property
    def course(self) -> Course:
        return course_of(self.duration_seconds, self.parameters, self.readings)


def write(file: Path, about: Mapping[str, Any], runs: Sequence[Recorded]) -> None:
    """JSON lines: the first says how they were made, then a run each, in the order in which they ended."""
    lines = [about, *map(_line_of, runs)]
    file.write_text("".join(json.dumps(line, separators=(",", ":")) + "\n" for line in lines), encoding="utf-8")


def read(file: Path = FILE) -> dict[str, list[Recorded]]:
    """The runs of each kind, oldest first."""
    about, *lines = map(json.loads, file.read_text(encoding="utf-8").splitlines())
    if about["format"] != FORMAT:
        raise ValueError(f"{file} is not a file of {FORMAT}")
    found: dict[str, list[Recorded]] = {}
    for line in lines:
        found.setdefault(line["kind"], []).append(_run_of(line))
    return found


def _line_of(run: Recorded) -> dict[str, Any]:
    return {
        "kind": run.kind,
        "seconds": round(run.duration_seconds, 3),
        "parameters": run.parameters,
        "bar": run.readings[0].bar if run.readings else None,
        "total": run.readings[-1].total if run.readings else None,
        "at": [round(reading.at_seconds, 2) for reading in run.readings],
        "done": [reading.done for reading in run.readings],
    }


def _run_of(line: Mapping[str, Any]) -> Recorded:
    readings = [
        Reading(bar=line["bar"], at_seconds=at, done=done, total=line["total"]) for at, done in zip(line["at"], line["done"], strict=True)
    ]
    return Recorded(kind=line["kind"], duration_seconds=line["seconds"], parameters=line["parameters"], readings=readings)
