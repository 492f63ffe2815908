"""The shape of what a check says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from headway.cli.messages import Words
from headway.settings import Settings


class Grade(StrEnum):
    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    check: str
    grade: Grade
    says: str
    """What was found."""
    advice: str = ""
    """What to do; empty when nothing has to be done."""
    facts: dict[str, Any] = field(default_factory=dict[str, Any])
    """The numbers behind it, for --json."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What the checks are about."""

    settings: Settings
    words: Words
    url: str | None = None

    def finding(self, check: str, grade: Grade, key: str, /, *, advice: str | None = None, **facts: Any) -> Finding:
        """`key` and `advice` are sentences of the catalogue, filled with `facts`."""
        return Finding(
            check=check, grade=grade, says=self.words(f"doctor.{key}", **facts),
            advice=self.words(f"doctor.{advice}", **facts) if advice else "", facts=facts,
        )  # fmt: skip


Check = Callable[[Place], Finding]
