"""What a tool has found, in one shape for all of them, and what of that fails the build."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum


class Severity(IntEnum):
    INFO = 0
    LOW = 1
    MEDIUM = 2
    HIGH = 3
    CRITICAL = 4

    @classmethod
    def of(cls, word: str) -> Severity:
        """By its name, however it is written. One that we do not know counts as high: whoever says it means something."""
        return cls.__members__.get(word.strip().upper(), cls.HIGH)


FAILING = Severity.MEDIUM
"""This, and everything above it, fails."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    tool: str
    severity: Severity
    where: str
    """An operation, an address, or a part of it."""
    what: str

    @property
    def is_failing(self) -> bool:
        return self.severity >= FAILING


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What came of one tool at one target."""

    tool: str
    target: str
    requests: int | None
    """None: it does not count them."""
    seconds: float
    findings: Sequence[Finding]


def table(rows: Iterable[Row]) -> str:
    """Tool, target, requests, seconds, and how many findings of each severity."""
    head = ["tool", "target", "requests", "seconds", *(severity.name.lower() for severity in reversed(Severity))]
    lines = [head]
    for row in rows:
        counts = Counter(finding.severity for finding in row.findings)
        lines.append(
            [
                row.tool, row.target, "-" if row.requests is None else f"{row.requests:,}", f"{row.seconds:.0f}",
                *(str(counts[severity]) for severity in reversed(Severity)),
            ]
        )  # fmt: skip
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if column < 2 else cell.rjust(width) for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        for line in lines
    )
