"""Runs the benches one after the other, prints what they answer, and keeps it in bench/results/latest.json.

Exit code 1 when a floor is missed or a bench fails.
"""

from __future__ import annotations

import argparse
import sys

from bench import report, running
from bench.questions import BENCHES


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main() -> int:
    names = [bench.name for bench in BENCHES]
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", metavar="NAME", nargs="*", help=f"which benches; all without a name: {', '.join(names)}")
    parser.add_argument("--small", action="store_true", help="smaller sizes: a few minutes, for a look; figures count from the full size")
    parser.add_argument("--list", action="store_true", help="name the benches and what they measure")
    parser.add_argument("--write-readme", action="store_true", help="put the last result into bench/README.md; runs nothing")
    arguments = parser.parse_args()
    unknown = sorted(set(arguments.names) - set(names))
    if unknown:
        parser.error(f"no bench is called {', '.join(unknown)}; there are {', '.join(names)}")
    if arguments.list:
        for bench in BENCHES:
            say(f"{bench.name:12} {bench.about}")
        return 0
    if arguments.write_readme:
        return write_readme()
    return measure(arguments.names or names, is_small=arguments.small)


def write_readme() -> int:
    result = report.read()
    if result is None:
        say(f"{report.LATEST.relative_to(running.ROOT)} is not there yet: run python -m bench first")
        return 2
    missing = [bench.name for bench in BENCHES if bench.name not in result["benches"]]
    if missing:
        say(f"the last result lacks {', '.join(missing)}: run all benches, so that the table is of one run")
        return 2
    report.write_readme(result)
    say("bench/README.md shows the last result")
    return 0


def measure(names: list[str], *, is_small: bool) -> int:
    chosen = [bench for bench in BENCHES if bench.name in names]
    findings: dict[str, running.Finding] = {}
    for number, bench in enumerate(chosen, 1):
        say(f"[{number}/{len(chosen)}] {bench.name}: {bench.about} (at most {bench.limit_seconds:g} s)")
        finding = findings[bench.name] = running.run(bench, is_small=is_small, say=lambda line: say(f"    {line}"))
        say(f"    {(finding.skipped and 'skipped: ' + finding.skipped) or finding.failure or 'done'} ({finding.seconds:g} s)")
    result = report.document(findings, is_small=is_small)
    report.write(result)
    say("\n" + report.text_table(result))
    say(f"\nKept in {report.LATEST.relative_to(running.ROOT)}.")
    missed = [answer["question"] for answer in result["answers"] if answer["is_reached"] is False]
    failed = [f"{name}: {finding.failure}" for name, finding in findings.items() if finding.failure]
    for line in [*(f"missed: {question}" for question in missed), *(f"failed: {failure}" for failure in failed)]:
        say(line)
    return 1 if missed or failed else 0


if __name__ == "__main__":
    sys.exit(main())
