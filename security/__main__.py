"""Attacks on Headway by what others have written: schemathesis, sqlmap and wapiti, each against a real server.

    python -m security                                  # 100,000 requests of schemathesis, sqlmap and wapiti, on both databases
    python -m security --requests 20000 --seed 17       # these requests again
    python -m security --only sqlmap --database sqlite

First each tool must find the mistakes of a server that is wrong on purpose. Then a table, and what was found; the exit code is 1 where
there is anything of medium severity or above. What is attacked and what is not: security/README.md.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from cluster.servers import postgres
from security.caller import Caller
from security.environment import NotToBeHad, tool
from security.findings import Finding, Row, Severity, table
from security.generated import attack
from security.injections import inject
from security.scans import scan
from security.target import Target, target
from security.unguarded.app import openapi, unguarded

TOOLS = ("schemathesis", "sqlmap", "wapiti")
DATABASES = ("sqlite", "postgresql")
EXAMPLES = 150
"""For each operation and round."""
PAGES = ("/runs", "/tasks", "/logs", "/sign-in", "/account", "/api/docs")
SHOWN_MODULES = ("http_headers", "csp", "xss", "sql")
"""Of wapiti, at the server that is wrong on purpose."""


def say(text: str) -> None:
    print(text, flush=True)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m security", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=100_000, help="of schemathesis, on all databases together (100,000)")
    parser.add_argument("--seed", type=int, default=1, help="of the first round of schemathesis (1)")
    parser.add_argument("--only", choices=TOOLS, action="append", help="this tool; may be given again")
    parser.add_argument("--database", choices=DATABASES, action="append", help="this database; may be given again")
    parser.add_argument("--minutes", type=float, default=30, help="after which sqlmap is ended, and about as long for wapiti (30)")
    given = parser.parse_args(arguments)
    tools, databases = given.only or list(TOOLS), given.database or list(DATABASES)
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="headway-security-") as directory:
        try:
            for number, database in enumerate(databases):
                own = Path(directory) / database
                if number == 0:
                    missed = check_tools(tools, Path(directory) / "unguarded")
                    if missed:
                        say("\n".join(missed))
                        return 2
                share = given.requests // len(databases)
                rows += attack_database(database, own, tools, share, given.seed, given.minutes * 60, is_first=number == 0)
        except NotToBeHad as error:
            say(f"the tools cannot be had here: {error}")
            return 2
    say("\n" + table(rows))
    findings = [finding for row in rows for finding in row.findings]
    for each in sorted(findings, key=lambda finding: -finding.severity):
        say(f"{each.severity.name.lower():8} {each.tool:12} {each.where}: {each.what}")
    return 1 if any(finding.is_failing for finding in findings) else 0


def check_tools(tools: Sequence[str], directory: Path) -> list[str]:
    """What a tool does not find at a server that is wrong on purpose: then what it says of ours is worth nothing."""
    missed: list[str] = []
    with unguarded() as url:
        if "sqlmap" in tools:
            injected = inject(tool("sqlmap", say), url, openapi(), {}, directory / "sqlmap", limit_seconds=300)
            if not any(found.severity is Severity.CRITICAL and "/items" in found.where for found in injected.findings):
                missed.append(f"sqlmap does not find the injection of /items: {injected.findings}")
        if "wapiti" in tools:
            scanned = scan(
                tool("wapiti", say), url, directory / "wapiti", headers={}, described=openapi(), limit_seconds=240, modules=SHOWN_MODULES
            )
            told = {(found.where, found.what.partition(":")[0]) for found in scanned.findings}
            wanted = {
                ("GET /hello", "Reflected Cross Site Scripting"), ("GET /items", "SQL Injection"),
                ("GET /", "Content Security Policy Configuration"),
            }  # fmt: skip
            missed += [f"wapiti does not find {what} of {where}" for where, what in sorted(wanted - told)]
    if not missed:
        say("at a server that is wrong on purpose, the tools find what is wrong")
    return missed


def attack_database(
    database: str, directory: Path, tools: Sequence[str], requests: int, seed: int, limit_seconds: float, *, is_first: bool
) -> Iterator[Row]:
    """A row for each tool. wapiti looks at what every server of ours says in the same words: the first is enough."""
    directory.mkdir(parents=True)
    if "sqlmap" in tools:
        with opened(database, directory / "sqlmap") as running:
            headers = signed_in(running)
            program = tool("sqlmap", say)
            injected = inject(
                program, running.url, running.describe_plainly(), headers, directory / "said" / "sqlmap", limit_seconds=limit_seconds
            )
            say(f"sqlmap, {database}: {injected.inputs} inputs of {injected.operations} operations")
            yield Row(tool="sqlmap", target=database, requests=None, seconds=injected.seconds, findings=injected.findings + harm(running))
    if "wapiti" in tools and is_first:
        with opened(database, directory / "wapiti") as running:
            scanned = scan(
                tool("wapiti", say), running.url, directory / "said" / "wapiti", headers=signed_in(running), starts=PAGES,
                described=running.describe_plainly(), limit_seconds=limit_seconds,
            )  # fmt: skip
            say(f"wapiti, {database}: {scanned.pages} pages and operations, {scanned.suppressed} findings of suppressed kinds")
            yield Row(tool="wapiti", target=database, requests=None, seconds=scanned.seconds, findings=scanned.findings + harm(running))
    if "schemathesis" in tools:
        with opened(database, directory / "schemathesis") as running:
            done = attack(running, directory / "said" / "schemathesis", wanted=requests, seed=seed, examples=EXAMPLES, say=say)
            yield Row(
                tool="schemathesis", target=database, requests=done.sent, seconds=done.seconds, findings=done.findings + harm(running)
            )


def signed_in(running: Target) -> dict[str, str]:
    """The headers of somebody who may do everything, for as long as a tool needs."""
    credentials = Caller(running.home, "attacker").lasting()
    return {
        "Authorization": f"Bearer {credentials.token}",
        "Cookie": f"{credentials.cookie_name}={credentials.cookie}",
        "Origin": running.url,
    }


def harm(running: Target) -> list[Finding]:
    """What an attack has done to the server, whatever the tool says."""
    where = f"headway serve, {running.url}"
    found = [Finding(tool="server", severity=Severity.HIGH, where=where, what=line) for line in running.complaints()[:10]]
    if not running.is_well():
        found.append(Finding(tool="server", severity=Severity.CRITICAL, where=where, what="does not answer any more"))
    return found


@contextmanager
def opened(database: str, home: Path) -> Iterator[Target]:
    """A target on this database, in `home`, which is made."""
    home.mkdir(parents=True, mode=0o700)
    with ExitStack() as stack:
        environment: dict[str, str] = {}
        if database == "postgresql":
            place = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="headway-postgres-", ignore_cleanup_errors=True)))
            environment["DATABASE_URL"] = stack.enter_context(postgres(place, is_durable=False)).url
        yield stack.enter_context(target(home, environment))


if __name__ == "__main__":
    sys.exit(main())
