"""`headway doctor`: looks at everything that an installation needs, and says what to do about what is wrong."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import asdict

from headway.cli.arguments import add_url
from headway.cli.checks.beside import check_scanner, check_stolen, check_syslog
from headway.cli.checks.finding import Check, Finding, Grade, Place
from headway.cli.checks.home import check_database, check_home, check_wal
from headway.cli.checks.machine import check_descriptors, check_disk, check_packages, check_python
from headway.cli.checks.server import check_server
from headway.cli.exits import Exit
from headway.cli.messages import Words
from headway.cli.output import Output
from headway.cli.screen.text import cells, pad
from headway.settings import read_settings

CHECKS: tuple[Check, ...] = (
    check_python, check_packages, check_descriptors, check_home, check_disk, check_database, check_wal, check_scanner, check_stolen,
    check_syslog,
)  # fmt: skip
_LOOKS = {Grade.OK: ("✓", "green"), Grade.WARN: ("!", "yellow"), Grade.FAIL: ("✗", "red")}


def add_arguments(parser: argparse.ArgumentParser, words: Words) -> None:
    add_url(parser, words)


def run(args: argparse.Namespace, output: Output) -> int:
    """Raises `BadSetting` when the settings themselves cannot be read: nothing else can be checked then."""
    place = Place(settings=read_settings(), words=output.words, url=args.url)
    findings = [*(check(place) for check in CHECKS), *check_server(place)]
    is_sound = all(finding.grade is not Grade.FAIL for finding in findings)
    if output.is_json:
        output.json({"is_sound": is_sound, "checks": [asdict(finding) for finding in findings]})
    else:
        _show(findings, output)
    return Exit.SUCCEEDED if is_sound else Exit.FAILED


def _show(findings: Sequence[Finding], output: Output) -> None:
    names = {finding.check: output.words(f"check.{finding.check}") for finding in findings}
    wide = max(cells(name) for name in names.values())
    for finding in findings:
        icon, style = _LOOKS[finding.grade]
        output.line(((f"{icon} ", style), (pad(names[finding.check], wide) + "  ", "bold"), (finding.says, "")))
        if finding.advice:
            output.line(((" " * (wide + 4) + finding.advice, style),))
    counts = {grade: sum(finding.grade is grade for finding in findings) for grade in Grade}
    output.line(output.words("doctor.sum", ok=counts[Grade.OK], warn=counts[Grade.WARN], fail=counts[Grade.FAIL]))
