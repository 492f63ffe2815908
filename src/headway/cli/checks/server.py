"""The server: whether it answers, its clock, its workers, and the tasks that cannot be run."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from headway.cli.checks.finding import Finding, Grade, Place
from headway.cli.formats import format_ago, format_duration
from headway.cli.remote import Remote
from headway.model.clock import parse_iso
from headway.model.errors import HeadwayError, ServerUnreachable

CLOCK_SECONDS = 5.0
"""`headway doctor` warns when clocks differ by more."""
HEARTBEAT_SECONDS = 15.0
"""A worker silent for longer is called so."""


def check_server(place: Place) -> list[Finding]:
    """The server's own finding and, if it answers, those that it can tell."""
    remote = Remote(place.url, timeout=5.0)
    try:
        begun = time.monotonic()
        answer = remote.http.request("GET", "/health/ready")
        took = time.monotonic() - begun
        url = remote.url
    except ServerUnreachable as error:
        url = str(error.fields.get("url", ""))
        return [place.finding("server", Grade.WARN, "server_absent", advice="server_absent_advice", url=url)]
    except HeadwayError as error:
        return [place.finding("server", Grade.FAIL, "server_not_ready", advice="server_not_ready_advice", reason=error.message)]
    milliseconds = format_duration(took, place.words.language)
    findings = [place.finding("server", Grade.OK, "server", url=url, took=milliseconds), check_clock(place, answer.headers.get("date"))]
    findings.append(check_canary(place, answer.json().get("canary")))
    findings.append(check_broker(place, answer.json().get("broker")))
    for check in (check_workers, check_tasks):
        try:
            findings.append(check(place, remote))
        except HeadwayError as error:
            name = check.__name__.removeprefix("check_")
            findings.append(place.finding(name, Grade.FAIL, "refused", advice="refused_advice", reason=error.message))
    remote.close()
    return findings


def check_clock(place: Place, date: str | None) -> Finding:
    """HTTP's date has whole seconds, so a difference below one says nothing."""
    try:
        there = parsedate_to_datetime(date or "")
    except ValueError:
        return place.finding("clock", Grade.OK, "clock_unknown")
    difference = abs((datetime.now(UTC) - there).total_seconds() - 0.5)
    said = format_duration(max(0.0, difference - 0.5), place.words.language)
    if difference > CLOCK_SECONDS:
        return place.finding("clock", Grade.WARN, "clock", advice="clock_differs", difference=said)
    return place.finding("clock", Grade.OK, "clock", difference=said)


def check_canary(place: Place, canary: dict[str, Any] | None) -> Finding:
    """Whether a run of Headway's own has just gone the whole way."""
    if canary is None:
        return place.finding("canary", Grade.OK, "canary_off")
    if canary["is_late"]:
        return place.finding("canary", Grade.WARN, "canary_late", advice="canary_late_advice", reason=canary["reason"] or "")
    if canary["age_seconds"] is None:
        return place.finding("canary", Grade.OK, "canary_waiting")
    ago = format_ago(canary["age_seconds"], place.words.language)
    return place.finding("canary", Grade.OK, "canary", ago=ago, took=format_duration(canary["took_seconds"], place.words.language))


def check_broker(place: Place, broker: dict[str, Any] | None) -> Finding:
    """Whether Celery's workers hear what is sent to them."""
    if broker is None:
        return place.finding("broker", Grade.OK, "broker_none")
    if broker["is_away"]:
        return place.finding("broker", Grade.WARN, "broker_away", advice="broker_away_advice")
    deaf, unheard = int(broker["deaf_workers"]), int(broker["unheard_queues"])
    if deaf or unheard:
        return place.finding("broker", Grade.WARN, "broker_unheard", advice="broker_unheard_advice", deaf=deaf, unheard=unheard)
    return place.finding("broker", Grade.OK, "broker")


def check_workers(place: Place, remote: Remote) -> Finding:
    workers: list[dict[str, Any]] = [each for each in remote.get("/workers")["items"] if each.get("state", "live") in ("live", "draining")]
    if not workers:
        return place.finding("worker", Grade.FAIL, "worker_none", advice="worker_none_advice")
    newest = max(parse_iso(worker["heartbeat_at"]) for worker in workers)
    age = max(0.0, (datetime.now(UTC) - newest).total_seconds())
    ago = format_ago(age, place.words.language)
    if age > HEARTBEAT_SECONDS:
        return place.finding("worker", Grade.FAIL, "worker_silent", advice="worker_none_advice", ago=ago)
    return place.finding("worker", Grade.OK, "worker", count=len(workers), ago=ago)


def check_tasks(place: Place, remote: Remote) -> Finding:
    tasks = remote.tasks()
    broken = [task for task in tasks if task.get("import_error")]
    if broken:
        last = str(broken[0]["import_error"]).strip().split("\n")[-1]
        names = ", ".join(str(task["name"]) for task in broken)
        return place.finding("tasks", Grade.FAIL, "tasks_broken", advice="tasks_broken_advice", names=names, reason=last)
    if not tasks:
        return place.finding("tasks", Grade.WARN, "tasks_none", advice="tasks_none_advice")
    return place.finding("tasks", Grade.OK, "tasks", count=len(tasks))
