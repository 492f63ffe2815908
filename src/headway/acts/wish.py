"""What someone wants of runs (cancel, pause, resume), and how it reaches one run with its family, or many.

A wish judges one locked run at a time. A run's family, its children and theirs, is reached in the same transaction: either all
hear of it, or nobody. Where a member of the family cannot follow (it has no checkpoint to pause at), it is left as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from headway.access.authorise import authorise, may
from headway.access.principal import Principal
from headway.acts.append import Append, fact
from headway.acts.audit import audit
from headway.acts.look import run_for
from headway.model import events as e
from headway.model.audit import Action, AuditOutcome
from headway.model.errors import FamilyTooLarge, HeadwayError, RunNotFound
from headway.model.permissions import Permission
from headway.model.run import Run
from headway.model.states import RunState
from headway.store.contract import Head, Transaction, Wished

FAMILY_LIMIT = 10_000
"""Descendants that one act may reach: about two seconds in which nothing else is committed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One run, its head locked, and who wants what of it for which reason."""

    tx: Transaction
    append: Append
    head: Head
    run: Run
    by: str
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    do: str
    """The word in the journal and on the bus: ``cancel``, ``pause``, ``resume``."""
    permission: Permission
    action: Action
    action_for_many: Action
    """What the audit log calls it."""
    concerns: frozenset[RunState]
    """States in which it changes something. In those of `met` it has come true already, or nearly."""
    met: frozenset[RunState]
    judge: Callable[[Asked], None]
    """Raise if it cannot be granted."""
    grant: Callable[[Asked], None]
    """Change the state, or tell the worker."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Acted:
    """What came of a wish for many."""

    succeeded: list[str] = field(default_factory=list[str])
    failed: list[tuple[str, HeadwayError]] = field(default_factory=list[tuple[str, HeadwayError]])
    skipped: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    """Left to an ancestor that is acted on as well, and whose that is."""
    started: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    """Those that were run again, and the new run of each."""

    @property
    def reached(self) -> int:
        return len(self.succeeded) + len(self.failed) + len(self.skipped)


def wish_for(tx: Transaction, run: str, wish: Wish, by: Principal, reason: str | None = None) -> Run:
    """The run as it is after the wish, which has reached its family, too. Asking twice is harmless.

    Raises `RunNotFound`, `Forbidden`, `FamilyTooLarge`, and what the wish's `grant` raises.
    """
    append = Append(tx)
    append.head(run)
    found = run_for(tx, run)
    authorise(by, wish.permission, found.project, found.id)
    family = _family(tx, found, wish, by)
    if found.state not in wish.met:
        _grant(tx, append, found, wish, by, reason)
    _grant_family(tx, append, found, family, wish, by, reason)
    append.flush()
    now = run_for(tx, found.id)
    said = {"state": now.state.value, "family_count": len(family)} | ({"reason": reason} if reason else {})
    audit(tx, by, wish.action, project=found.project, target=found.id, before={"state": found.state.value}, after=said)
    return now


def wish_for_many(tx: Transaction, runs: Sequence[str], wish: Wish, by: Principal, reason: str | None = None) -> Acted:
    """Ask it of each with its family: what can be granted is, and the rest is said with its reason.

    Those with families beyond `FAMILY_LIMIT` in all, and who comes after them, are left for the next transaction: `Acted` is about
    the first of `runs`, at least one.
    """
    append = Append(tx)
    heads = append.lock(runs)
    found = {run.id: run for run in tx.runs.get_many(list(runs))}
    parents = tx.runs.family(list(runs))
    acted = Acted()
    reached: set[str] = set()
    for id_ in runs:
        run = found.get(id_)
        try:
            if run is None or id_ not in heads:
                raise RunNotFound(run=id_)
            authorise(by, wish.permission, run.project, run.id)
            family = _family(tx, run, wish, by) if id_ in parents else []
            if reached and len(reached) + len(family) > FAMILY_LIMIT:
                break
            if run.state not in wish.met and id_ not in reached:
                _grant(tx, append, run, wish, by, reason)
            reached |= _grant_family(tx, append, run, [member for member in family if member.id not in reached], wish, by, reason)
            acted.succeeded.append(id_)
        except HeadwayError as error:
            acted.failed.append((id_, error))
    append.flush()
    audit_many(tx, by, wish.action_for_many, acted, {run.id: run.project for run in found.values()}, reason)
    return acted


def audit_many(
    tx: Transaction, by: Principal, action: Action, acted: Acted, projects: Mapping[str, str], reason: str | None = None
) -> None:  # fmt: skip
    """A row a project for all that one transaction reached there: the runs by their ids, and how many it was refused for. `projects`: of
    each run; those of which none is known there are not, and their row is in no project."""
    failed = [run for run, _ in acted.failed]
    for project in sorted({projects.get(run) for run in (*acted.succeeded, *failed)}, key=str):
        done = [run for run in acted.succeeded if projects.get(run) == project]
        failed_count = sum(projects.get(run) == project for run in failed)
        started = [new for run, new in acted.started if projects.get(run) == project]
        said = {"count": len(done), "failed_count": failed_count, "runs": done, "started": started} | ({"reason": reason} if reason else {})
        audit(tx, by, action, project=project, after=said, outcome=AuditOutcome.DONE if done else AuditOutcome.FAILED)


def _family(tx: Transaction, run: Run, wish: Wish, by: Principal) -> list[Run]:
    """Whom the wish concerns. The right to a run is the right to what it started, within its project; elsewhere it has to be held there."""
    return [
        member
        for member in descendants(tx, run.id)
        if member.state in wish.concerns and (member.project == run.project or may(by, wish.permission, member.project, member.id))
    ]


def _grant_family(
    tx: Transaction, append: Append, run: Run, family: Sequence[Run], wish: Wish, by: Principal, reason: str | None
) -> set[str]:
    """Those of the family that could follow."""
    followed: set[str] = set()
    append.lock([member.id for member in family])
    # Read again under the lock: a worker may have ended one of them in the meantime.
    for member in tx.runs.get_many([member.id for member in family]):
        if member.state in wish.concerns:
            try:
                _grant(tx, append, member, wish, by, reason, of=run.id)
                followed.add(member.id)
            except HeadwayError:
                continue
    return followed


def descendants(tx: Transaction, run: str) -> list[Run]:
    """Children, their children, and so on, generation by generation. Raises `FamilyTooLarge`."""
    found: list[Run] = []
    parents = [run]
    while parents:
        children = tx.runs.children(parents, limit=FAMILY_LIMIT + 1 - len(found))
        found += children
        if len(found) > FAMILY_LIMIT:
            raise FamilyTooLarge(limit=FAMILY_LIMIT, run=run)
        parents = [child.id for child in children]
    return found


def tell_worker(asked: Asked, wish: str) -> None:
    """Leave the wish where the worker finds it with its next answer, and let it know at once."""
    asked.head.wish = wish
    asked.append.touch(asked.run.id)
    lease = asked.tx.leases.get(asked.run.id)
    if lease is not None:
        asked.tx.announce(Wished(run=asked.run.id, worker=lease.worker, wish=wish))


def _grant(tx: Transaction, append: Append, run: Run, wish: Wish, by: Principal, reason: str | None, *, of: str | None = None) -> None:
    """`of`: the member of the family that was meant."""
    asked = Asked(tx=tx, append=append, head=append.head(run.id), run=run, by=by.id, reason=reason)
    wish.judge(asked)
    said = {key: value for key, value in (("reason", reason), ("of", of)) if value}
    append.add(run.id, fact(e.COMMAND_GIVEN, do=wish.do, by=by.id, args=said or None))
    wish.grant(asked)
