"""Start runs of a task: checked against its schema, and once only however often it is asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import orjson

from headway.access.authorise import authorise, may
from headway.access.principal import Principal
from headway.acts.append import Append, fact
from headway.acts.approvals import ask_for_starts
from headway.acts.parameters import check_parameters
from headway.acts.places import key_for, queued_news
from headway.acts.protect import needed_in
from headway.acts.room import check_room, set_aside
from headway.model import events as e
from headway.model.approval import ApprovalKind
from headway.model.clock import iso
from headway.model.errors import Conflict, DuplicateRun, Invalid, RunNotFound, SecretMissing, TaskNotFound, TooLarge
from headway.model.ids import new_id
from headway.model.permissions import Permission
from headway.model.run import DEFAULT_PROJECT, Options, Run, Task
from headway.model.states import RunState
from headway.store.contract import Transaction

START_LIMIT = 1_000
"""Runs that one call may start."""
TAGS_LIMIT = 20
METADATA_LIMIT = 16_384
PRIORITIES = range(-10, 11)


@dataclass(frozen=True, slots=True, kw_only=True)
class StartRun:
    """Someone wants a run of a task."""

    task: str
    parameters: Mapping[str, Any] = field(default_factory=dict[str, Any])
    name: str | None = None
    tags: Sequence[str] = ()
    metadata: Mapping[str, Any] = field(default_factory=dict[str, Any])
    priority: int | None = None
    run_after: datetime | None = None
    external_id: str | None = None
    project: str = DEFAULT_PROJECT
    queue: str | None = None
    idempotency_key: str | None = None
    parent: str | None = None
    family_key: str | None = None
    family_limit: int | None = None
    """Of the siblings with this key so many are executed at once."""


class TaskUnusable(Conflict):
    """The task {task} cannot be run: its module does not import. `headway tasks` shows the error."""


def start(tx: Transaction, wishes: Sequence[StartRun], by: Principal, *, starter: Run | None = None) -> list[Run]:
    """Start all or none; the runs in the order of the wishes. A wish whose idempotency key was used before gets that run again.

    What needs approval waits for it (`awaiting_approval`). `starter`: the run that starts these as its children, and is executed; None: a
    person or program, whatever parent they name.

    Raises `Forbidden`, `TaskNotFound`, `TaskUnusable`, `InvalidParameters`, `DuplicateRun`, `TooLarge`, `Invalid`, `QueueFull`,
    `QuotaReached`; `RunNotFound` for a parent.
    """
    if len(wishes) > START_LIMIT:
        raise TooLarge(what="The batch", limit=f"{START_LIMIT} runs")
    try:
        return _start(tx, wishes, by, starter)
    except DuplicateRun:
        # Another node may have used a key between our look and our insert, which has waited for its commit: now it is found.
        if not any(wish.idempotency_key for wish in wishes):
            raise
        return _start(tx, wishes, by, starter)


def _start(tx: Transaction, wishes: Sequence[StartRun], by: Principal, starter: Run | None) -> list[Run]:
    protected: Mapping[str, int] = {}
    if starter is None:
        protected = needed_in(tx, ApprovalKind.RUN_START, {wish.project for wish in wishes})
    tasks: dict[str, Task] = {}
    runs: list[Run] = []
    new: list[Run] = []
    waits: list[tuple[Run, int]] = []
    keys: dict[str, str] = {}
    seen: dict[str, Run] = {}
    check_parents(tx, wishes, by)
    for index, wish in enumerate(wishes):
        authorise(by, Permission.RUN_START, wish.project)
        run = _started_before(tx, wish, by, seen)
        if run is None:
            task = tasks.get(wish.task) or tasks.setdefault(wish.task, _usable(tx, wish.task))
            needed = _needed(task, protected.get(wish.project, 0), starter)
            run = _new_run(tx, task, wish, by, index, needed)
            new.append(run)
            if needed.waits_for:
                waits.append((run, needed.waits_for))
            if wish.idempotency_key:
                keys[run.id] = wish.idempotency_key
                seen[wish.idempotency_key] = run
        runs.append(run)
    check_room(tx, new)
    enqueue(tx, new, keys, lambda append: ask_for_starts(tx, append, waits, by))
    return runs


@dataclass(frozen=True, slots=True, kw_only=True)
class _Needed:
    """How many others have to approve a run."""

    waits_for: int
    """Before it is executed; 0: it is queued at once."""
    covered_by: int
    """Or did so already, when they approved the run that starts it: what a run was started with says so to its own children."""


def _needed(task: Task, protected: int, starter: Run | None) -> _Needed:
    """A run that is executed and needed approval has got it: its children were approved with it. Of another run's children the project
    asks nothing, for they come from a run that it let in, but a task that wants approval wants it of them, too."""
    if starter is not None and starter.options.approval:
        return _Needed(waits_for=0, covered_by=starter.options.approval)
    needed = max(task.options.approval, protected)
    return _Needed(waits_for=needed, covered_by=needed)


def enqueue(
    tx: Transaction, new: Sequence[Run], keys: Mapping[str, str] = {}, say_more: Callable[[Append], None] = lambda _append: None
) -> None:
    """Write runs that are complete, with their first events and what else is to be said of them at once, and tell the workers."""
    append = Append(tx)
    tx.runs.insert(set_aside(new), idempotency_keys=keys, have_new_ids=True)
    for run in new:
        announce_new(append, run)
    say_more(append)
    append.flush()
    tx.announce(*queued_news([run for run in new if run.state is RunState.QUEUED]))


def check_parents(tx: Transaction, wishes: Sequence[StartRun], by: Principal) -> None:
    """A parent is a run that whoever starts its child may see. Raises `RunNotFound`."""
    named = {wish.parent for wish in wishes if wish.parent is not None}
    seen = {run.id for run in tx.runs.get_many(sorted(named)) if may(by, Permission.RUN_READ, run.project, run.id)}
    for parent in named - seen:
        raise RunNotFound(run=parent)


def announce_new(append: Append, run: Run) -> None:
    """The first events of a run: it was created, and it waits (or, recorded from outside, is running)."""
    append.open(run.id, run.project)
    append.add(
        run.id,
        fact(
            e.RUN_CREATED, name=run.name, project=run.project, run_kind=run.kind, task=run.task, by=run.created_by,
            tags=list(run.tags) or None, priority=run.priority or None, parent=run.parent,
        ),
        fact(f"run.{run.state}", until=iso(run.run_after.timestamp()) if run.run_after and run.state is RunState.SCHEDULED else None),
    )  # fmt: skip


def _started_before(tx: Transaction, wish: StartRun, by: Principal, seen: Mapping[str, Run]) -> Run | None:
    if not wish.idempotency_key:
        return None
    if len(wish.idempotency_key) > e.NAME_LIMIT:
        raise TooLarge(what="The idempotency key", limit=f"{e.NAME_LIMIT} characters")
    run = seen.get(wish.idempotency_key) or tx.runs.find_by_idempotency_key(wish.idempotency_key, by.id)
    if run is not None and (run.task != wish.task or run.parameters != dict(wish.parameters)):
        raise DuplicateRun(field="idempotency key", run=run.id)
    return run


def _usable(tx: Transaction, name: str) -> Task:
    task = tx.tasks.get(name)
    if task is None:
        raise TaskNotFound(task=name)
    if task.import_error:
        raise TaskUnusable(task=name, import_error=task.import_error)
    return task


def _new_run(tx: Transaction, task: Task, wish: StartRun, by: Principal, index: int, needed: _Needed) -> Run:
    check_parameters(task, wish.parameters, index)
    check_secrets(tx, task, wish.project, by)
    check_labels(name=wish.name, tags=wish.tags, metadata=wish.metadata)
    priority = task.options.priority if wish.priority is None else wish.priority
    if priority not in PRIORITIES:
        raise Invalid("priority must be between -10 and 10.", field="priority", index=index)
    is_delayed = wish.run_after is not None and wish.run_after > tx.now
    later = RunState.SCHEDULED if is_delayed else RunState.QUEUED
    state = RunState.AWAITING_APPROVAL if needed.waits_for else later
    return Run(
        id=new_id(),
        project=wish.project,
        kind="task",
        task=task.name,
        name=wish.name or task.name,
        state=state,
        queue=wish.queue or task.options.queue,
        priority=priority,
        created_at=tx.now,
        created_by=by.id,
        external_id=wish.external_id,
        parameters=dict(wish.parameters),
        tags=tuple(dict.fromkeys([*task.options.tags, *wish.tags])),
        metadata=dict(wish.metadata),
        options=_options(task, wish, priority, needed.covered_by),
        parent=wish.parent,
        run_after=wish.run_after if is_delayed else None,
        queued_at=tx.now if state is RunState.QUEUED else None,
    )


def check_secrets(tx: Transaction, task: Task, project: str, by: Principal) -> None:
    """A run gets the secrets that its task asks for, if whoever starts it may use them. Raises `Forbidden`, `SecretMissing`."""
    wanted = task.options.secrets
    if not wanted:
        return
    authorise(by, Permission.SECRET_READ, project)
    there = tx.secrets.for_project(project, wanted)
    missing = [name for name in wanted if name not in there]
    if missing:
        raise SecretMissing(task=task.name, names=", ".join(missing), first=missing[0], project=project)


def _options(task: Task, wish: StartRun, priority: int, approval: int) -> Options:
    options = task.options
    return replace(
        options,
        priority=priority,
        approval=approval,
        family_key=wish.family_key,
        family_limit=wish.family_limit,
        concurrency_key=key_for(options.concurrency_key, wish.parameters),
        rate_limit_key=key_for(options.rate_limit_key, wish.parameters),
    )


def check_labels(*, name: str | None, tags: Sequence[str], metadata: Mapping[str, Any]) -> None:
    """Raise unless what people write on a run keeps to its limits."""
    if name is not None and not 0 < len(name) <= e.NAME_LIMIT:
        raise Invalid(f"name must have 1 to {e.NAME_LIMIT} characters.", field="name")
    if len(tags) > TAGS_LIMIT or any(not 0 < len(tag) <= 64 for tag in tags):
        raise Invalid(f"at most {TAGS_LIMIT} tags of 1 to 64 characters each.", field="tags")
    if len(orjson.dumps(metadata)) > METADATA_LIMIT:
        raise TooLarge(what="The metadata", limit=f"{METADATA_LIMIT} bytes", field="metadata")
