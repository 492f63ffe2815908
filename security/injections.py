"""sqlmap over every parameter and every body of JSON that the description has: whether what is sent becomes SQL."""

from __future__ import annotations

import csv
import json
import re
import subprocess
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from security.findings import Finding, Severity

TECHNIQUES = "BEU"
"""By what is true, by errors, by UNION. Not by time: on a machine that does other things as well, each pause looks like an answer."""
LEVEL, RISK = "1", "1"
SIDE_BY_SIDE = 2
_FALSE_POSITIVE = "false positive"
_TARGETS = re.compile(r"derived (\d+) target")
_TESTED = re.compile(r"testing for SQL injection on")
Json = dict[str, Any]


@dataclass(slots=True, kw_only=True)
class Injected:
    seconds: float = 0.0
    operations: int = 0
    """That sqlmap made a request of."""
    inputs: int = 0
    """Parameters, and values within bodies, that it tried."""
    findings: list[Finding] = field(default_factory=list[Finding])


def inject(sqlmap: Path, url: str, described: Json, headers: Mapping[str, str], directory: Path, *, limit_seconds: float) -> Injected:
    """Try what the description has. `directory` gets what sqlmap writes. One that does not come to its end is a finding."""
    began = time.monotonic()
    parts = _halves(described)
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        waiting = [
            pool.submit(_inject_part, sqlmap, url, part, headers, directory / f"part-{number}", limit_seconds)
            for number, part in enumerate(parts)
        ]
        done = [each.result() for each in waiting]
    return Injected(
        seconds=time.monotonic() - began,
        operations=sum(each.operations for each in done),
        inputs=sum(each.inputs for each in done),
        findings=[finding for each in done for finding in each.findings],
    )


def _halves(described: Json) -> list[Json]:
    """Descriptions that together have all paths, and about as many each."""
    paths = list(described["paths"].items())
    halves = [dict(paths[number::SIDE_BY_SIDE]) for number in range(SIDE_BY_SIDE)]
    return [{**described, "paths": half} for half in halves if half]


def _inject_part(sqlmap: Path, url: str, described: Json, headers: Mapping[str, str], own: Path, limit_seconds: float) -> Injected:
    own.mkdir(parents=True)
    (own / "openapi.json").write_text(json.dumps(described), encoding="utf-8")
    command = [
        str(sqlmap), "--openapi", str(own / "openapi.json"), "--openapi-base", url, "--batch", "--level", LEVEL, "--risk", RISK,
        "--technique", TECHNIQUES, "--headers", "\n".join(f"{name}: {value}" for name, value in headers.items()),
        "--output-dir", str(own / "sessions"), "--results-file", str(own / "results.csv"), "--flush-session", "--skip-waf",
        "--ignore-redirects", "--disable-coloring", "--answers", "quit=N,exploit=N,skip further tests=N",
        "--timeout", "20", "--retries", "1",
    ]  # fmt: skip
    with (own / "said.txt").open("wb") as said:
        try:
            code: int | None = subprocess.run(
                command, cwd=own, stdin=subprocess.DEVNULL, stdout=said, stderr=said, timeout=limit_seconds, check=False
            ).returncode
        except subprocess.TimeoutExpired:
            code = None
    results = (own / "results.csv").read_text(errors="replace") if (own / "results.csv").exists() else ""
    return read_injected((own / "said.txt").read_text(errors="replace"), results, code=code)


def read_injected(said: str, results: str, *, code: int | None) -> Injected:
    """`said`: what sqlmap prints; `results`: its table of what can be injected, empty where nothing can; `code`: how it ended, None: it was
    ended."""
    operations = _TARGETS.search(said)
    found = Injected(operations=int(operations[1]) if operations else 0, inputs=len(_TESTED.findall(said)))
    found.findings = read_results(results.splitlines())
    if code != 0 or not found.operations:
        how = "was ended: it took too long" if code is None else f"ended with {code}"
        found.findings.append(Finding(tool="sqlmap", severity=Severity.HIGH, where="sqlmap", what=f"{how}: {said.strip()[-300:]}"))
    return found


def read_results(lines: Sequence[str]) -> list[Finding]:
    """What sqlmap itself, when it looked again, did not call a false positive."""
    return [
        Finding(
            tool="sqlmap", severity=Severity.CRITICAL, where=f"{row['Target URL'].partition('?')[0]} {row['Place']} {row['Parameter']}",
            what=f"SQL can be injected ({row['Technique(s)']})",
        )
        for row in csv.DictReader(lines)
        if row.get("Technique(s)") and _FALSE_POSITIVE not in (row.get("Note(s)") or "")
    ]  # fmt: skip
