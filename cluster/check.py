"""Whether a cluster keeps its promises while parts of it are killed: a school is graded, and everything is held against everything."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, TypeVar

from cluster.whole import Cluster
from headway.model.errors import HeadwayError, Unavailable
from headway.model.states import Outcome, RunState
from headway.sdk.client import Client
from headway.sdk.news import Entry, Finished, Gap

T = TypeVar("T")
END_SECONDS = 600.0
PATIENCE_SECONDS = 60.0


def start_school(client: Client, classes: int) -> str:
    """Start the grading of a school; its id."""
    wish = {"classes": classes, "at_once": 4, "students": 2, "reading": "quick"}
    return patiently(lambda: client.start("grade_school", wish).id)


def patiently(ask: Callable[[], T]) -> T:
    """Ask again while a node is away. Raises what was raised at last, after a minute."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return ask()
        except Unavailable:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.3)


class Viewer(threading.Thread):
    """Looks at a run through one address, whatever happens to what is behind it."""

    def __init__(self, where: str, url: str, token: str, run: str) -> None:
        super().__init__(daemon=True, name=f"viewer at {where}")
        self.where = where
        self.lines: list[int] = []
        self.ends: list[Finished] = []
        self.gap_count = 0
        self.error: HeadwayError | None = None
        self._client = Client(url=url, token=token)
        self._run = run
        self.start()

    def run(self) -> None:
        try:
            for news in self._client.follow(self._run):
                match news:
                    case Entry(line=line):
                        self.lines.append(line)
                    case Gap():
                        self.gap_count += 1
                    case Finished():
                        self.ends.append(news)
                    case _:
                        pass
        except HeadwayError as error:
            self.error = error


@dataclass(slots=True)
class Report:
    violations: list[str] = field(default_factory=list[str])

    def demand(self, is_so: bool, otherwise: str) -> None:
        if not is_so:
            self.violations.append(otherwise)


def check(running: Cluster, classes: int) -> int:
    """0: nothing was lost, doubled or reordered, and every run has ended; else 1. Prints what was seen."""
    report = Report()
    addresses = {**{node.name: node.url for node in running.nodes}, "the balancer": running.balancer.url}
    with Client(url=running.balancer.url, token=running.token) as client:
        began = time.monotonic()
        school = start_school(client, classes)
        viewers = [Viewer(where, url, running.token, school) for where, url in addresses.items() for _ in range(2)]
        graded_until(client, school, classes // 4)
        killed_at = time.time()
        say(f"{classes // 4} classes are graded: killing the worker of {running.nodes[0].name}")
        running.nodes[0].kill("worker")
        graded_until(client, school, classes // 2)
        say(f"{classes // 2} classes are graded: killing the server of {running.nodes[1].name}")
        running.nodes[1].kill("server")
        state = ended(client, school)
        took = time.monotonic() - began
        report.demand(state is RunState.SUCCEEDED, f"the school is {state}")
        say(f"the school is {state} after {took:.0f} s")
        children = patiently(lambda: list(client.list(task="grade_class")))
        ours = [each for each in children if each.parent == school]
        report.demand(len(ours) == classes, f"{len(ours)} classes were started, not {classes}")
        report.demand(all(each.state is RunState.SUCCEEDED for each in ours), "a class has not been graded")
        again = look_at_attempts(client, report, [school, *(each.id for each in ours)], killed_at)
        line_count = look_at_journals(report, addresses, running.token, [school, *(each.id for each in ours)])
        look_at_viewers(client, report, viewers, school)
    say(f"{classes} classes, {line_count} entries read at {len(addresses)} addresses, {len(viewers)} viewers; dead worker: {again}")
    for violation in report.violations:
        say(f"VIOLATION: {violation}")
    say(f"violations: {len(report.violations)}")
    return 1 if report.violations else 0


def say(text: str) -> None:
    print(text, flush=True)


def graded_until(client: Client, school: str, count: int) -> None:
    deadline = time.monotonic() + END_SECONDS
    while patiently(lambda: client.view(school)).get("children", {}).get("done", 0) < count:
        if time.monotonic() > deadline:
            raise TimeoutError(f"{count} classes were not graded within {END_SECONDS:.0f} s")
        time.sleep(0.2)


def ended(client: Client, run: str) -> RunState:
    deadline = time.monotonic() + END_SECONDS
    while not (now := patiently(lambda: client.get(run)).state).is_final and time.monotonic() < deadline:
        time.sleep(0.2)
    return now


def look_at_attempts(client: Client, report: Report, runs: list[str], killed_at: float) -> str:
    """One attempt of a run at a time; and how long it took until what the dead worker had held was known to be lost, and begun again."""
    lost: list[float] = []
    begun: list[float] = []
    for run in runs:
        attempts = patiently(lambda run=run: client.attempts(run))
        for before, after in pairwise(attempts):
            if before.ended_at is None or before.ended_at > after.started_at:
                report.violations.append(f"two attempts of run {run} ran at once")
            elif before.outcome is Outcome.LOST:
                lost.append(before.ended_at.timestamp() - killed_at)
                begun.append(after.started_at.timestamp() - killed_at)
    if not lost:
        report.violations.append("the dead worker held nothing, so its death proves nothing")
        return "none"
    return f"{len(lost)} attempts, found lost {min(lost):.1f} to {max(lost):.1f}, begun again {min(begun):.1f} to {max(begun):.1f} s after"


def look_at_journals(report: Report, addresses: dict[str, str], token: str, runs: list[str]) -> int:
    """The journal of each run is dense, and the same wherever it is read."""
    count = 0
    clients = {where: Client(url=url, token=token) for where, url in addresses.items()}
    for run in runs:
        read = {where: patiently(lambda client=client, run=run: list(client.events(run))) for where, client in clients.items()}
        (first, *others) = read.values()
        report.demand([event["seq"] for event in first] == list(range(1, len(first) + 1)), f"the journal of {run} has holes")
        lines = [event["line"] for event in first if "line" in event]
        report.demand(lines == list(range(1, len(lines) + 1)), f"the log of {run} has holes")
        report.demand(all(other == first for other in others), f"the journal of {run} is not the same everywhere")
        count += sum(map(len, read.values()))
    for client in clients.values():
        client.close()
    return count


def look_at_viewers(client: Client, report: Report, viewers: list[Viewer], school: str) -> None:
    events: list[dict[str, Any]] = patiently(lambda: list(client.events(school)))
    last = max(event.get("line", 0) for event in events)
    for viewer in viewers:
        viewer.join(PATIENCE_SECONDS)
        report.demand(not viewer.is_alive() and viewer.error is None, f"a viewer at {viewer.where} has not seen the end: {viewer.error}")
        report.demand(viewer.gap_count == 0, f"a viewer at {viewer.where} was told of a gap")
        is_whole = viewer.lines == list(range(1, last + 1))
        report.demand(is_whole, f"a viewer at {viewer.where} saw {len(viewer.lines)} of {last} entries, or not in order")
        ends = [(end.state, end.is_complete) for end in viewer.ends]
        report.demand(ends == [("succeeded", True)], f"a viewer at {viewer.where} was told of the end as {ends}")
