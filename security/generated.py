"""Requests that schemathesis makes of the server's own description, until enough were sent: rounds of processes side by side, each with its
part of the operations and its seed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from security.findings import Finding, Severity
from security.hooks_names import COUNTS, HOME, NAME
from security.target import Target
from tests.acceptance.installation import ROOT

CONFIG = ROOT / "security" / "schemathesis.toml"
PARTS: Mapping[str, str] = {
    "runs": r"^/api/v1/(runs|tasks|logs|workers)(/|$)",
    "rest": r"^/api/v1/(?!(runs|tasks|logs|workers)(/|$))",
}
"""Pattern of paths: what one process attacks, while the other attacks the rest; of about the same length."""
ALL_PHASES, LATER_PHASES = "examples,coverage,fuzzing,stateful", "fuzzing,stateful"
"""What covers the description is the same each time, but for the seeds: one round of it is enough."""
DICTIONARY_SHARE = 0.6
"""How often a part of an address is one that there is."""
ROUND_SECONDS = 2_400
TOLD_LIMIT = 20_000
"""Characters of what schemathesis says of its failures: what was sent, what came back, and how to send it again."""


@dataclass(slots=True, kw_only=True)
class Round:
    """What came of one process."""

    sent: int = 0
    statuses: Counter[str] = field(default_factory=Counter[str])
    excused: Counter[str] = field(default_factory=Counter[str])
    findings: list[Finding] = field(default_factory=list[Finding])
    told: str = ""
    """Of its failures."""


@dataclass(slots=True, kw_only=True)
class Campaign:
    """All rounds together."""

    seed: int
    seconds: float = 0.0
    rounds: list[Round] = field(default_factory=list[Round])

    @property
    def sent(self) -> int:
        return sum(each.sent for each in self.rounds)

    @property
    def statuses(self) -> Counter[str]:
        return sum((each.statuses for each in self.rounds), Counter[str]())

    @property
    def excused(self) -> Counter[str]:
        return sum((each.excused for each in self.rounds), Counter[str]())

    @property
    def findings(self) -> list[Finding]:
        return list(dict.fromkeys(finding for each in self.rounds for finding in each.findings))


def attack(
    target: Target, directory: Path, *, wanted: int, seed: int, examples: int, say: Callable[[str], None], parts: Mapping[str, str] = PARTS
) -> Campaign:
    """Send at least `wanted` requests: in each round `examples` for each operation, of those that are drawn by chance. `directory` gets
    what schemathesis writes. After a finding there is no further round, and a process that fails is one."""
    campaign = Campaign(seed=seed)
    began = time.monotonic()
    number = 0
    while campaign.sent < wanted and not campaign.findings:
        with ThreadPoolExecutor(len(parts)) as pool:
            waiting = [
                pool.submit(
                    _attack_part, target, directory / f"{name}-{seed + number}", pattern, seed + number, examples, is_first=number == 0
                )
                for name, pattern in parts.items()
            ]
            done = [each.result() for each in waiting]
        campaign.rounds += done
        for each in done:
            if each.told:
                say(each.told)
        number += 1
        say(f"schemathesis, round {number}, seed {seed + number - 1}: {campaign.sent:,} requests, {len(campaign.findings)} findings")
        if not any(each.sent for each in done):
            break
    campaign.seconds = time.monotonic() - began
    return campaign


def _attack_part(target: Target, own: Path, pattern: str, seed: int, examples: int, *, is_first: bool) -> Round:
    own.mkdir(parents=True)
    (own / "openapi.json").write_text(json.dumps(target.describe()), encoding="utf-8")
    (own / "schemathesis.toml").write_text(_config(target.seeds), encoding="utf-8")
    command = [
        sys.executable, "-m", "schemathesis.cli", "--config-file", "schemathesis.toml", "run", "openapi.json",
        "--url", target.url, "--header", f"Origin: {target.url}", "--include-path-regex", pattern,
        "--phases", ALL_PHASES if is_first else LATER_PHASES, "--max-examples", str(examples), "--seed", str(seed),
        "--generation-database", "none", "--no-shrink", "--no-color", "--report", "json", "--report-json-path", "report.json",
    ]  # fmt: skip
    surroundings = os.environ | {
        "SCHEMATHESIS_HOOKS": "security.hooks", "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)]),
        HOME: str(target.home), NAME: own.name, COUNTS: str(own / "counts.json"),
    }  # fmt: skip
    with (own / "said.txt").open("wb") as said:
        try:
            done = subprocess.run(
                command, cwd=own, env=surroundings, stdin=subprocess.DEVNULL, stdout=said, stderr=said, timeout=ROUND_SECONDS, check=False
            )
            code = done.returncode
        except subprocess.TimeoutExpired:
            code = -1
    return read_round(own, code=code)


def _config(seeds: Mapping[str, Sequence[str]]) -> str:
    """JSON's lists of texts are TOML's, too."""
    lines = [CONFIG.read_text(encoding="utf-8"), "[dictionaries]"]
    lines += [f"{name} = {{ values = {json.dumps(list(values))} }}" for name, values in seeds.items()]
    lines += ["", "[parameters]"]
    lines += [f'"path.{name}" = {{ dictionary = "{name}", probability = {DICTIONARY_SHARE} }}' for name in seeds]
    return "\n".join([*lines, ""])


def read_round(directory: Path, *, code: int) -> Round:
    """What one process has written. One that did not come to its end is a finding, whatever it has written."""
    found = Round()
    where = f"schemathesis {directory.name}"
    counts = _read(directory / "counts.json")
    found.statuses.update(counts.get("statuses", {}))
    found.excused.update(counts.get("excused", {}))
    found.sent = sum(found.statuses.values())
    report = _read(directory / "report.json")
    for each in report.get("failures", []):
        for operation in each["operations"]:
            found.findings.append(
                Finding(
                    tool="schemathesis", severity=Severity.of(each["severity"]), where=operation, what=f"{each['code']} {each['title']}"
                )
            )  # fmt: skip
    for each in report.get("errors", []):
        found.findings.append(Finding(tool="schemathesis", severity=Severity.HIGH, where=where, what=f"error: {json.dumps(each)[:400]}"))
    said = (directory / "said.txt").read_text(errors="replace") if (directory / "said.txt").exists() else ""
    _, mark, told = said.partition(" FAILURES ")
    found.told = (mark + told)[:TOLD_LIMIT]
    if code not in (0, 1) or not report.get("complete", False):
        found.findings.append(Finding(tool="schemathesis", severity=Severity.HIGH, where=where, what=f"ended with {code}: {said[-400:]}"))
    return found


def _read(path: Path) -> dict[str, Any]:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
