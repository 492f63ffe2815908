"""A journal file becomes a run of this store: the same events, numbered and folded once more, and what follows from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

import orjson

from headway.acts.append import OURS, Append
from headway.model import events as e
from headway.model.clock import parse_iso
from headway.model.errors import DuplicateRun, InvalidEvent, RunNotFinal
from headway.model.events import Event, state_change
from headway.model.fold import View
from headway.model.ids import new_id
from headway.model.run import DEFAULT_PROJECT, DEFAULT_QUEUE, Artifact, Attempt, Options, Run
from headway.model.states import Outcome, RunState
from headway.store.contract import Transaction

_TIMES = ("created_at", "run_after", "queued_at", "started_at", "finished_at")
_OF_RUN = frozenset(field.name for field in fields(Run)) - {*_TIMES, "options", "tags", "state"}
_OF_OPTIONS = frozenset(field.name for field in fields(Options))


def load(tx: Transaction, about: Mapping[str, Any], events: Sequence[Event]) -> tuple[Run, View]:
    """Write the run of a journal file (`model.journal_file.read_journal`) with its journal: the run, and the view that folding its
    events gave. Bytes of artifacts are not in a journal, nor are values of checkpoints.

    Raises `RunNotFinal` for a run that goes on (somebody else executes it), `DuplicateRun`, `InvalidEvent`.
    """
    for index, event in enumerate(events):
        if event["kind"] not in e.KINDS or not isinstance(event.get("at"), str):
            raise InvalidEvent(index=index, reason="its kind is unknown, or it has no time")
    run = _run(about, events)
    if not run.state.is_final:
        raise RunNotFinal(run=run.id, state=run.state.value)
    if tx.runs.get(run.id) is not None:
        raise DuplicateRun(field="id", run=run.id)
    tx.runs.insert([run])
    append = Append(tx)
    head = append.open(run.id, run.project)
    for event in events:
        own = {key: value for key, value in event.items() if key not in OURS or key == "attempt"}
        append.add(run.id, own, attempt=event.get("attempt"))
    append.flush()
    _write_details(tx, run, events)
    return run, head.view


def _run(about: Mapping[str, Any], events: Sequence[Event]) -> Run:
    """The first line of a file tells a run as the server does, or little more than its id; the rest follows from the events."""
    nothing: Event = {}
    created = next((event for event in events if event["kind"] == e.RUN_CREATED), nothing)
    changes = [(state, parse_iso(event["at"])) for event in events if (state := state_change(event["kind"])) is not None]
    attempts = [event for event in events if event["kind"] == e.ATTEMPT_STARTED]
    state, ended_at = changes[-1] if changes else (RunState.QUEUED, None)
    follows: dict[str, Any] = {
        "project": created.get("project", DEFAULT_PROJECT), "kind": created.get("run_kind", "task"), "task": created.get("task"),
        "name": created.get("name") or "", "queue": DEFAULT_QUEUE, "priority": created.get("priority", 0),
        "created_by": created.get("by") or "", "parent": created.get("parent"),
        "attempt": attempts[-1]["attempt"] if attempts else 0,
    }  # fmt: skip
    times: dict[str, datetime | None] = {
        "created_at": parse_iso(events[0]["at"]) if events else None,
        "queued_at": next((at for state, at in changes if state is RunState.QUEUED), None),
        "started_at": parse_iso(attempts[0]["at"]) if attempts else None,
        "finished_at": ended_at if state.is_final else None,
    }
    told = {name: parse_iso(about[name]) for name in _TIMES if about.get(name)}
    given: dict[str, Any] = {key: value for key, value in about.items() if key in _OF_RUN and value is not None}
    columns: dict[str, Any] = follows | given | times | told | {"run_after": None, "blocked_on": None}
    tags = tuple(about.get("tags") or created.get("tags") or ())
    return Run(**columns, state=state, tags=tags, options=_options(about.get("options") or {}))


def _options(said: Mapping[str, Any]) -> Options:
    known: dict[str, Any] = {key: value for key, value in said.items() if key in _OF_OPTIONS}
    for key in ("retry_on", "no_retry_on", "tags", "secrets"):
        known[key] = tuple(known.get(key) or ())
    return Options(**known)


def _write_details(tx: Transaction, run: Run, events: Sequence[Event]) -> None:
    """What is kept beside the journal, as far as the journal tells it."""
    started: dict[int, datetime] = {}
    for event in events:
        at = parse_iso(event["at"])
        match event["kind"]:
            case e.ATTEMPT_STARTED:
                number = event["attempt"]
                started[number] = at
                tx.details.open_attempts([Attempt(run=run.id, number=number, fence=number, worker=event.get("worker"), started_at=at)])
            case e.ATTEMPT_ENDED:
                if event["attempt"] in started:
                    tx.details.end_attempts([(run.id, event["attempt"], at, Outcome(event["outcome"]), event.get("error"))])
            case e.RESULT_STORED:
                if "value" in event:
                    tx.details.store_results([(run.id, orjson.dumps(event["value"]))])
            case e.ARTIFACT_ADDED:
                tx.details.add_artifact(_artifact(run, event, at))
            case _:
                pass


def _artifact(run: Run, event: Event, at: datetime) -> Artifact:
    return Artifact(
        id=event.get("artifact") or new_id(), run=run.id, name=event["name"], size_bytes=event["size_bytes"], sha256=event["sha256"],
        media_type=event.get("media_type") or "application/octet-stream", created_at=at, attempt=event.get("attempt") or run.attempt,
        step=event.get("step"), stated_type=event.get("stated_type"),
    )  # fmt: skip
