"""Families: a run starts children, waits for them, and tells how many there are in which state."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from headway.access.principal import Principal
from headway.acts.append import Append, fact
from headway.acts.kept import child_before, child_key, is_kept, lock_going_on, runs_before, take_over
from headway.acts.look import run_for
from headway.acts.record import check_fence
from headway.acts.start import StartRun, start
from headway.acts.wish import FAMILY_LIMIT
from headway.model import events as e
from headway.model.errors import TooLarge
from headway.model.events import NAME_LIMIT
from headway.model.permissions import Permission
from headway.model.run import Run
from headway.model.states import ACTIVE, FINAL, RunState
from headway.store.contract import Head, Page, RunFilter, Snapshot, Transaction

RUNNING_LOOKED_AT = 32
"""Children that are executed at this moment whose own progress counts in parts; a machine executes few more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StartChild:
    """A run wants a child. `key`: the same again, in whatever attempt, gives the child that it started first."""

    key: str
    task: str
    parameters: Mapping[str, Any] = field(default_factory=dict[str, Any])
    name: str | None = None
    tags: Sequence[str] = ()
    priority: int | None = None
    family_key: str | None = None
    family_limit: int | None = None


def start_children(tx: Transaction, *, run: str, fence: int, wishes: Sequence[StartChild]) -> list[Run]:
    """Start all or none, in the name of whoever started the parent, and in its project. Of a parent that is the retry of one that
    failed, children are kept (`acts/kept.py`): those that succeeded stay the other's, those that still go on become its own.

    Raises `StaleFence`, `RunFinal`, `TooLarge` (a family has at most 10,000), and what `start` raises.
    """
    check_fence(Append(tx).head(run), fence)
    parent = tx.runs.get_many([run])[0]
    have = sum(tx.runs.family([run]).get(run, {}).values())
    if have + len(wishes) > FAMILY_LIMIT:
        raise TooLarge(what="The family", limit=f"{FAMILY_LIMIT:,} children of one run")
    by = Principal(id=parent.created_by, scopes=tuple(f"project:{parent.project}:{right}" for right in _RIGHTS))
    before = runs_before(tx, parent)
    kept, retried = _children_before(tx, parent, before, wishes) if before else ({}, {})
    first = before[-1] if before else parent
    new = [_wish_of(parent, first, wish, retried.get(wish.key)) for wish in wishes if wish.key not in kept]
    started = iter(start(tx, new, by))
    if kept:
        kept = dict(zip(kept, take_over(tx, parent, list(kept.values())), strict=True))
        _tell_kept(tx, parent, before[0], len(kept))
    tell_counts(tx, [run])
    return [kept[wish.key] if wish.key in kept else next(started) for wish in wishes]


def _children_before(
    tx: Transaction, parent: Run, before: Sequence[Run], wishes: Sequence[StartChild]
) -> tuple[dict[str, Run], dict[str, Run]]:
    """By key: children of the runs before that are kept, and those that are run again. Who was started by this run is neither."""
    found: dict[str, Run] = {}
    for wish in wishes:
        if tx.runs.find_by_idempotency_key(child_key(parent.id, wish.key), parent.created_by) is None:
            child = child_before(tx, before, wish.key, wish.task, wish.parameters)
            if child is not None:
                found[wish.key] = child
    found = lock_going_on(tx, found)
    kept = {key: child for key, child in found.items() if is_kept(child)}
    return kept, {key: child for key, child in found.items() if key not in kept}


def _tell_kept(tx: Transaction, parent: Run, before: Run, count: int) -> None:
    text = f"{count:,} child run{'s' if count > 1 else ''} kept from before (this is a retry of {before.id}), and not started again."
    append = Append(tx)
    append.head(parent.id)
    append.add(parent.id, fact(e.LOG_WRITTEN, level="info", logger="headway", text=text))
    append.flush()


_RIGHTS = (Permission.RUN_START, Permission.RUN_READ, Permission.SECRET_READ)
"""What a run may do in its project: start children, with the secrets that their tasks ask for, and see that it is their parent."""


def _wish_of(parent: Run, first: Run, wish: StartChild, retried: Run | None) -> StartRun:
    """`first`: the run that the family began with; its children that still go on share the cap with the new ones."""
    if len(wish.key) > NAME_LIMIT - 50:
        raise TooLarge(what="The key of the child", limit=f"{NAME_LIMIT - 50} characters")
    return StartRun(
        task=wish.task,
        parameters=wish.parameters,
        name=wish.name,
        tags=wish.tags,
        priority=parent.priority if wish.priority is None else wish.priority,
        project=parent.project,
        # It goes on with what that one had, should it have children of its own.
        metadata={"retry_of": retried.id} if retried is not None else {},
        idempotency_key=child_key(parent.id, wish.key),
        parent=parent.id,
        family_key=f"{first.id}:{wish.family_key}" if wish.family_key is not None else None,
        family_limit=wish.family_limit,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildEnd:
    """How a child has ended, for the one who waits for it."""

    run: str
    name: str
    state: RunState
    result: bytes | None = None
    """JSON."""
    error: Mapping[str, Any] | None = None


def ends_of(snapshot: Snapshot, runs: Sequence[str]) -> list[ChildEnd]:
    """Those of them that have ended; who was deleted counts as cancelled."""
    known = snapshot.runs.endings(runs)
    gone = [ChildEnd(run=run, name=run, state=RunState.CANCELLED) for run in runs if run not in known]
    final = snapshot.runs.get_many([run for run, is_final in known.items() if is_final])
    failed = snapshot.journal.heads([run.id for run in final if run.state is not RunState.SUCCEEDED])
    return gone + [_end_of(snapshot, run, failed.get(run.id)) for run in final]


def _end_of(snapshot: Snapshot, run: Run, head: Head | None) -> ChildEnd:
    result = snapshot.details.result(run.id) if run.state is RunState.SUCCEEDED else None
    return ChildEnd(run=run.id, name=run.name, state=run.state, result=result, error=head.view.get("error") if head is not None else None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """The children of a run."""

    total: int
    done: float
    """Those that have ended, and of those that are executed the parts that are done."""
    states: dict[str, int]


def count_children(snapshot: Snapshot | Transaction, parents: Sequence[str]) -> dict[str, Counted]:
    """Of each that has any. One query for all, and one more for each of whom children are executed."""
    return {parent: _counted(snapshot, parent, states) for parent, states in snapshot.runs.family(parents).items()}


def _counted(snapshot: Snapshot | Transaction, parent: str, states: Mapping[RunState, int]) -> Counted:
    done = float(sum(count for state, count in states.items() if state in FINAL))
    if any(states.get(state) for state in ACTIVE):
        where = RunFilter(parent=parent, states=ACTIVE)
        places = snapshot.runs.places(where, Page(limit=RUNNING_LOOKED_AT))
        done += sum(_share(head.view) for head in snapshot.journal.heads([run for _, run in places]).values())
    return Counted(total=sum(states.values()), done=round(done, 2), states={state.value: count for state, count in sorted(states.items())})


def _share(view: Mapping[str, Any]) -> float:
    progress: dict[str, Any] = view.get("progress") or {}
    done, total = progress.get("done"), progress.get("total")
    return min(1.0, max(0.0, done / total)) if isinstance(done, int | float) and isinstance(total, int | float) and total > 0 else 0.0


def tell_counts(tx: Transaction, parents: Sequence[str]) -> list[str]:
    """Record how many children each of these runs has, where that has changed since it was last said. Those that were told."""
    counts = count_children(tx, parents)
    append = Append(tx)
    heads = append.lock(list(counts))
    told = [run for run in counts if run in heads and heads[run].view.get("state") not in FINAL]
    told = [run for run in told if _is_news(heads[run].view, counts[run])]
    for run in told:
        append.add(run, count_event(counts[run]))
    append.flush()
    return told


def count_event(counted: Counted) -> dict[str, Any]:
    return fact(e.CHILDREN_COUNTED, total=counted.total, done=counted.done, states=counted.states)


def _is_news(view: Mapping[str, Any], counted: Counted) -> bool:
    return view.get("children") != {"total": counted.total, "done": counted.done, **counted.states}


# --- what a family looks like at one glance ---

LETTERS: Mapping[RunState, str] = {
    RunState.SCHEDULED: "d", RunState.AWAITING_APPROVAL: "a", RunState.QUEUED: "q", RunState.RUNNING: "r", RunState.PAUSING: "p",
    RunState.PAUSED: "P", RunState.CANCELLING: "c", RunState.RETRYING: "t", RunState.SUCCEEDED: "s", RunState.FAILED: "f",
    RunState.CANCELLED: "C", RunState.TIMED_OUT: "T", RunState.LOST: "l",
}  # fmt: skip
GROUPED_LIMIT = 1_000
"""Failed children that are looked at to group them by what went wrong."""
EXAMPLES = 5


@dataclass(slots=True, kw_only=True)
class ErrorGroup:
    """Children that failed alike."""

    code: str
    type: str | None
    message: str
    """Of the first; numbers in it may differ."""
    count: int
    runs: list[str]
    """The first five."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """A run that this one goes on with, and whose children that succeeded it does not start again."""

    run: str
    name: str
    succeeded: int
    """How many of its children did."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """The children of a run, small enough to be asked for once a second however many they are."""

    total: int
    done: float
    states: dict[str, int]
    cells: str
    """A letter a child, in the order of their start: s succeeded, f failed, r running, q queued … (`letters` has all)."""
    letters: dict[str, str]
    errors: list[ErrorGroup]
    """What went wrong, the most frequent first."""
    is_every_error: bool
    """False: only the first 1,000 that failed were grouped."""
    before: list[Before]
    """What a retry stands on beside its own children; the last run first. Empty: it began afresh."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Child:
    """One of `Family.cells`."""

    place: int
    """Among the cells, from 0 on."""
    id: str
    name: str
    state: RunState


def children_of(snapshot: Snapshot, run: str, *, first: int, count: int) -> list[Child]:
    """Who stands behind the cells from `first` on."""
    found = snapshot.runs.children([run], first=first, limit=count)
    return [Child(place=place, id=child.id, name=child.name, state=child.state) for place, child in enumerate(found, first)]


def family_of(snapshot: Snapshot, run: str) -> Family:
    """Raises `RunNotFound`."""
    counted = count_children(snapshot, [run]).get(run) or Counted(total=0, done=0.0, states={})
    failed_states = frozenset({RunState.FAILED, RunState.TIMED_OUT, RunState.LOST})
    failed = snapshot.runs.places(RunFilter(parent=run, states=failed_states), Page(is_descending=False, limit=GROUPED_LIMIT + 1))
    heads = snapshot.journal.heads([id_ for _, id_ in failed[:GROUPED_LIMIT]])
    return Family(
        total=counted.total,
        done=counted.done,
        states=counted.states,
        cells="".join(LETTERS[state] for state in snapshot.runs.states_of_children(run, limit=FAMILY_LIMIT)),
        letters={letter: state.value for state, letter in LETTERS.items()},
        errors=group_errors([(id_, heads[id_].view.get("error") or {}) for _, id_ in failed[:GROUPED_LIMIT] if id_ in heads]),
        is_every_error=len(failed) <= GROUPED_LIMIT,
        before=_stood_on(snapshot, run_for(snapshot, run)),
    )


def _stood_on(snapshot: Snapshot, run: Run) -> list[Before]:
    before = runs_before(snapshot, run)
    states = snapshot.runs.family([each.id for each in before])
    found = [Before(run=each.id, name=each.name, succeeded=states.get(each.id, {}).get(RunState.SUCCEEDED, 0)) for each in before]
    return [each for each in found if each.succeeded]


def group_errors(errors: Sequence[tuple[str, Mapping[str, Any]]]) -> list[ErrorGroup]:
    """By code, type and message, whatever numbers stand in it: ``sheet 7 is torn`` and ``sheet 12 is torn`` are alike."""
    groups: dict[bytes, ErrorGroup] = {}
    for run, error in errors:
        code, kind, message = str(error.get("code") or "failed"), error.get("type"), str(error.get("message") or "")
        alike = orjson.dumps([code, kind, _without_numbers(message)])
        group = groups.get(alike)
        if group is None:
            group = groups[alike] = ErrorGroup(code=code, type=kind, message=message, count=0, runs=[])
        group.count += 1
        if len(group.runs) < EXAMPLES:
            group.runs.append(run)
    return sorted(groups.values(), key=lambda group: -group.count)


def _without_numbers(text: str) -> str:
    return _NUMBER.sub("0", text)


_NUMBER = re.compile(r"\d+")
