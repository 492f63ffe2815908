"""Ask for something that others have to approve, and decide upon it: each approver once, and nobody upon what they asked for themselves.

A start that needs approval is a run that waits (`awaiting_approval`); its request and its state change together. Anything else is carried
out when it is approved (`acts/carry.py`). Locks are taken in one order: the head of the run, then the request.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from headway.access.authorise import may, projects_where
from headway.access.principal import SYSTEM, Principal
from headway.acts.admins import gains
from headway.acts.append import Append, fact
from headway.acts.audit import audit
from headway.acts.change import change_state
from headway.acts.places import queued_news
from headway.model import events as e
from headway.model.approval import (
    REASON_LIMIT,
    Approval,
    ApprovalFilter,
    ApprovalKind,
    ApprovalState,
    Asker,
    OpenApproval,
    Verdict,
    Vote,
    check_transition,
    person_key,
)
from headway.model.audit import Action
from headway.model.clock import iso
from headway.model.errors import (
    ApprovalNotFound,
    ApprovalSettled,
    Forbidden,
    Invalid,
    OwnApproval,
    OwnGain,
    TooLarge,
    TooManyApprovals,
    VotedAlready,
)
from headway.model.events import Event
from headway.model.ids import new_id
from headway.model.permissions import Permission
from headway.model.run import Run
from headway.model.states import RunState
from headway.store.contract import Snapshot, Transaction
from headway.store.news import Changed

PENDING_LIMIT = 50
"""Requests of one kind that one person may have waiting, beside the starts, which are runs that wait."""
DAYS = 7
DAYS_KEY = "approval_days"
EXPIRED_AT_ONCE = 100
KEPT_DAYS = 400
"""For which a settled request is kept, for whoever wants to see who approved what."""
_CHANGED = Changed(what="approvals")


def set_days(tx: Transaction, days: int) -> None:
    """For how long requests wait from now on, by every process of the installation."""
    if tx.meta.get(DAYS_KEY) != str(days):
        tx.meta.put(DAYS_KEY, str(days))


def expiry(tx: Transaction) -> datetime:
    """When a request that is made now expires."""
    return tx.now + timedelta(days=int(tx.meta.get(DAYS_KEY) or DAYS))


def asker_of(by: Principal) -> Asker:
    return Asker(
        id=by.id, role=by.role, scopes=by.scopes, account=by.account, token_id=by.token_id, token_ends_at=by.expires_at,
        session_id=by.session_id, api_key=by.api_key, key_account=by.key_account, key_scopes=by.key_scopes,
    )  # fmt: skip


def ask(
    tx: Transaction, by: Principal, *, kind: ApprovalKind, what: dict[str, Any], project: str | None, needed: int,
    targets: Sequence[str] | None = None,
) -> Approval:  # fmt: skip
    """Keep a request for what the caller has checked; the same once more gives the one that is pending. `targets`: runs that an act for
    many is about. Raises `TooManyApprovals`."""
    mine = tx.approvals.list(ApprovalFilter(states=frozenset({ApprovalState.PENDING}), kind=kind, requested_by=by.id), limit=PENDING_LIMIT)
    for before in mine:
        is_same = before.what == what and before.asker == asker_of(by) and before.needed == needed and before.expires_at > tx.now
        if is_same and list(tx.approvals.targets(before.id)) == list(targets or ()):
            return before
    if len(mine) >= PENDING_LIMIT:
        raise TooManyApprovals(limit=PENDING_LIMIT)
    approval = Approval(
        id=new_id(), kind=kind, what=what, project=project, asker=asker_of(by), requested_at=tx.now, expires_at=expiry(tx), needed=needed
    )
    tx.approvals.insert([approval], targets={} if targets is None else {approval.id: targets})
    _audit(tx, by, Action.APPROVAL_ASKED, approval)
    tx.announce(_CHANGED)
    return approval


def ask_for_starts(tx: Transaction, append: Append, runs: Sequence[tuple[Run, int]], by: Principal) -> None:
    """Requests for runs that are being created and wait: how many each needs. `append` has their first events."""
    if not runs:
        return
    asker, until = asker_of(by), expiry(tx)
    approvals = [
        Approval(
            id=new_id(), kind=ApprovalKind.RUN_START, what={"task": run.task, "name": run.name}, project=run.project, run=run.id,
            asker=asker, requested_at=tx.now, expires_at=until, needed=needed,
        )
        for run, needed in runs
    ]  # fmt: skip
    tx.approvals.insert(approvals)
    for approval in approvals:
        assert approval.run is not None
        append.add(approval.run, _requested(approval))
    tx.announce(_CHANGED)


def _audit(tx: Transaction, by: Principal, action: Action, approval: Approval, reason: str | None = None) -> None:
    what = {"kind": approval.kind.value, "asked_by": approval.requested_by, "needed": approval.needed, "run": approval.run, **approval.what}
    after = {name: value for name, value in {**what, "reason": reason}.items() if value is not None}
    audit(tx, by, action, project=approval.project, target=approval.id, after=after)


def _requested(approval: Approval) -> Event:
    return fact(
        e.APPROVAL_REQUESTED, approval=approval.id, needed=approval.needed, by=approval.asker.id,
        until=iso(approval.expires_at.timestamp()),
    )  # fmt: skip


# --- who may see and decide ----------------------------------------------------------------------------------------


def may_decide(by: Principal, approval: Approval) -> bool:
    """Whether it waits for them: they have the right, have not asked for it themselves, and not voted yet."""
    return _has_right(by, approval) and not _is_own(by, approval) and not approval.has_vote_of(by.id)


def _has_right(by: Principal, approval: Approval) -> bool:
    return may(by, Permission.APPROVAL_DECIDE, approval.project)


def _is_own(by: Principal, approval: Approval) -> bool:
    return not asker_of(by).person_keys.isdisjoint(approval.asker.person_keys)


def may_see(by: Principal, approval: Approval) -> bool:
    return _is_own(by, approval) or _has_right(by, approval) or may(by, Permission.RUN_READ, approval.project)


def seen_by(by: Principal) -> ApprovalFilter:
    """What they may see, for lists."""
    readable, decided = projects_where(by, Permission.RUN_READ), projects_where(by, Permission.APPROVAL_DECIDE)
    if readable is None or decided is None:
        return ApprovalFilter()
    return ApprovalFilter(projects=readable | decided, or_of=by.id)


def waiting_for(by: Principal) -> ApprovalFilter:
    """What they could decide upon."""
    return ApprovalFilter(projects=projects_where(by, Permission.APPROVAL_DECIDE), waits_for=by.id)


def open_for(by: Principal, approvals: Sequence[OpenApproval]) -> tuple[list[OpenApproval], list[OpenApproval]]:
    """Of these, those that they may see, and those of them that they could decide upon. Each project is judged once."""
    me = person_key(by.id)
    places = {each.project for each in approvals}
    decided = {place for place in places if may(by, Permission.APPROVAL_DECIDE, place)}
    readable = decided | {place for place in places if may(by, Permission.RUN_READ, place)}
    seen = [each for each in approvals if each.project in readable or each.asker_key == me]
    return seen, [each for each in seen if each.project in decided and each.waits_for(by.id)]


def approval_for(tx: Snapshot | Transaction, approval: str, by: Principal) -> Approval:
    """Raises `ApprovalNotFound`, also for one that they may not see."""
    found = tx.approvals.get(approval)
    if found is None or not may_see(by, found):
        raise ApprovalNotFound
    return found


# --- deciding --------------------------------------------------------------------------------------------------------


def decide(tx: Transaction, approval: str, by: Principal, verdict: Verdict, reason: str | None = None) -> Approval:
    """The request after this vote. One refusal refuses it; with the last approval that it needs a run is queued, and anything else is
    ready to be carried out. Nobody decides upon rights that they would get themselves.

    Raises `ApprovalNotFound`, `Forbidden`, `OwnApproval`, `OwnGain`, `VotedAlready`, `ApprovalSettled`, `TooLarge`, `Invalid`.
    """
    if reason is not None and len(reason) > REASON_LIMIT:
        raise TooLarge(what="The reason", limit=f"{REASON_LIMIT} characters", field="reason")
    if verdict is Verdict.REFUSED and not (reason or "").strip():
        raise Invalid("say why it is refused: whoever asked for it reads that.", field="reason")
    append = Append(tx)
    found = _locked(tx, append, approval, by)
    if not _has_right(by, found):
        raise Forbidden(permission=str(Permission.APPROVAL_DECIDE))
    if _is_own(by, found):
        raise OwnApproval
    if by.account is not None and gains(tx, found, by.account):
        raise OwnGain
    if found.state is not ApprovalState.PENDING:
        raise ApprovalSettled(approval=found.id, state=found.state.value)
    if found.expires_at <= tx.now:
        raise ApprovalSettled(approval=found.id, state=ApprovalState.EXPIRED.value)
    vote = Vote(by=by.id, at=tx.now, verdict=verdict, reason=reason)
    if not tx.approvals.vote(found.id, vote):
        raise VotedAlready
    _audit(tx, by, Action.APPROVAL_GIVEN if verdict is Verdict.APPROVED else Action.APPROVAL_REFUSED, found, reason)
    found = replace(found, votes=(*found.votes, vote))
    if found.run is not None:
        append.add(found.run, _voted(found, vote))
    if verdict is Verdict.REFUSED:
        settle(tx, found, ApprovalState.REFUSED)
        _end_run(tx, append, found, RunState.CANCELLED, by=by.id, reason=reason)
    elif found.given >= found.needed:
        _approve(tx, append, found, by)
    append.flush()
    tx.announce(_CHANGED)
    return tx.approvals.lock([found.id])[found.id]


def _locked(tx: Transaction, append: Append, approval: str, by: Principal) -> Approval:
    found = approval_for(tx, approval, by)
    if found.run is not None:
        append.lock([found.run])
    locked = tx.approvals.lock([approval]).get(approval)
    if locked is None:
        raise ApprovalNotFound
    return locked


def _voted(approval: Approval, vote: Vote) -> Event:
    if vote.verdict is Verdict.REFUSED:
        return fact(e.APPROVAL_REFUSED, approval=approval.id, by=vote.by, reason=vote.reason)
    return fact(e.APPROVAL_APPROVED, approval=approval.id, by=vote.by, given=approval.given, needed=approval.needed, reason=vote.reason)


def _approve(tx: Transaction, append: Append, approval: Approval, by: Principal) -> None:
    check_transition(approval.id, approval.state, ApprovalState.APPROVED)
    approved = replace(approval, state=ApprovalState.APPROVED)
    if approval.run is None:
        tx.approvals.change(approval.id, state=ApprovalState.APPROVED)
        return
    run = _waiting_run(tx, approval)
    if run is None:
        settle(tx, approved, ApprovalState.FAILED, outcome={"code": "run_not_found", "message": "The run does not wait any more."})
        return
    settle(tx, approved, ApprovalState.CARRIED_OUT)
    if run.run_after is not None and run.run_after > tx.now:
        change_state(tx, append, run, RunState.SCHEDULED, by=by.id, until=iso(run.run_after.timestamp()))
        return
    change_state(tx, append, run, RunState.QUEUED, by=by.id)
    tx.announce(*queued_news([run]))


def settle(tx: Transaction, approval: Approval, state: ApprovalState, outcome: dict[str, Any] | None = None) -> None:
    """Nothing changes it any more. The caller holds its lock. Raises `ApprovalSettled`."""
    check_transition(approval.id, approval.state, state)
    tx.approvals.change(approval.id, state=state, settled_at=tx.now, outcome=outcome)
    tx.announce(_CHANGED)


def _waiting_run(tx: Transaction, approval: Approval) -> Run | None:
    run = tx.runs.get(approval.run) if approval.run is not None else None
    return run if run is not None and run.state is RunState.AWAITING_APPROVAL else None


def _end_run(tx: Transaction, append: Append, approval: Approval, after: RunState, **said: Any) -> None:
    run = _waiting_run(tx, approval)
    if run is not None:
        error: dict[str, Any] = said.get("error") or {}
        change_state(tx, append, run, after, fields={"error_code": error["code"]} if error else None, **said)


def withdraw(tx: Transaction, approval: str, by: Principal) -> Approval:
    """Take back what one has asked for; a run that waits for it is cancelled. Raises `ApprovalNotFound`, `Forbidden`, `ApprovalSettled`."""
    append = Append(tx)
    found = _locked(tx, append, approval, by)
    if not _is_own(by, found):
        raise Forbidden("Only who asked for it can withdraw it; refuse it instead.", permission=str(Permission.APPROVAL_DECIDE))
    settle(tx, found, ApprovalState.WITHDRAWN)
    _audit(tx, by, Action.APPROVAL_WITHDRAWN, found)
    _end_run(tx, append, found, RunState.CANCELLED, by=by.id, reason="withdrawn")
    append.flush()
    return tx.approvals.lock([found.id])[found.id]


def withdraw_with_run(tx: Transaction, run: str) -> None:
    """A run that waits is cancelled, and so nobody need decide upon it. The caller holds the lock of its head."""
    found = tx.approvals.of_runs([run]).get(run)
    locked = tx.approvals.lock([found.id]).get(found.id) if found is not None else None
    if locked is not None and locked.state is ApprovalState.PENDING:
        settle(tx, locked, ApprovalState.WITHDRAWN)


# --- what the leader does -------------------------------------------------------------------------------------------


def expire(tx: Transaction) -> int:
    """End some requests whose time is over; their runs fail. How many."""
    due = tx.approvals.list(ApprovalFilter(states=frozenset({ApprovalState.PENDING}), expires_to=tx.now), limit=EXPIRED_AT_ONCE)
    if not due:
        return 0
    append = Append(tx)
    append.lock([each.run for each in due if each.run is not None])
    for approval in tx.approvals.lock([each.id for each in due]).values():
        if approval.state is ApprovalState.PENDING:
            settle(tx, approval, ApprovalState.EXPIRED)
            _audit(tx, SYSTEM, Action.APPROVAL_EXPIRED, approval)
            error = {"code": "approval_expired", "message": f"Nobody decided until {iso(approval.expires_at.timestamp())}."}
            _end_run(tx, append, approval, RunState.FAILED, reason="expired", error=error)
    append.flush()
    return len(due)


def prune(tx: Transaction) -> int:
    """Delete some that were settled long ago. How many."""
    return tx.approvals.prune(tx.now - timedelta(days=KEPT_DAYS), EXPIRED_AT_ONCE)
