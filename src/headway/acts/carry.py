"""Carry out what was approved: as whoever asked for it, with the rights that they have now, a part at a time.

Each part is one transaction that also notes how far it got, so that whoever carries on after a crash, the leader or the server that was
told of the last vote, does nothing twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from headway.access.directory import read_rights
from headway.access.key_rights import cut
from headway.access.principal import Principal
from headway.acts.api_keys import principal_of
from headway.acts.approvals import settle
from headway.acts.clear import delete_log
from headway.acts.edit import delete
from headway.acts.giving import give_approved
from headway.acts.many import CANCEL_MANY, DELETE_MANY, ForMany
from headway.acts.sweep import Sweep
from headway.model.approval import NAMED_LIMIT, Approval, ApprovalFilter, ApprovalKind, ApprovalState, Asker
from headway.model.errors import HeadwayError, Unauthorised
from headway.model.revocation import REVOCATIONS_KEPT, Revocation
from headway.model.session import LONGEST_TOKEN_LIFE
from headway.store.contract import Snapshot, Store, Transaction
from headway.store.news import Changed

SLICE = 500
"""Runs of one transaction."""
_MANY: dict[ApprovalKind, ForMany] = {ApprovalKind.RUNS_CANCEL: CANCEL_MANY, ApprovalKind.RUNS_DELETE: DELETE_MANY}


async def carry_out(store: Store, approval: str, *, parts: int | None = None) -> None:
    """So many parts of it (None: all), if it is approved and not carried out yet. What goes wrong is kept with the request, and raised to
    nobody."""
    try:
        while (parts is None or parts > 0) and await store.write(lambda tx: carry_on(tx, approval)):
            parts = None if parts is None else parts - 1
    except HeadwayError as error:
        if error.is_temporary:
            raise
        failure = {"code": error.code, "message": error.message}
        await store.write(lambda tx: _fail(tx, approval, failure))


def approved(snapshot: Snapshot | Transaction) -> list[str]:
    """Some that wait to be carried out: somebody died who was at it."""
    return [each.id for each in snapshot.approvals.list(ApprovalFilter(states=frozenset({ApprovalState.APPROVED})), limit=20)]


def carry_on(tx: Transaction, approval: str, *, slice_size: int = SLICE) -> bool:
    """The next part; whether there is another. Raises what the act raises; `Unauthorised` where what it was asked with is good no more."""
    found = tx.approvals.lock([approval]).get(approval)
    if found is None or found.state is not ApprovalState.APPROVED:
        return False
    by = standing(tx, found.asker)
    if found.kind in _MANY:
        return _carry_many(tx, found, by, _MANY[found.kind], slice_size)
    if found.kind is ApprovalKind.GRANT_ADD:
        give_approved(tx, by, found)
        settle(tx, found, ApprovalState.CARRIED_OUT)
        return False
    if found.kind is not ApprovalKind.RUN_DELETE:
        raise HeadwayError(f"{found.kind} cannot be carried out by this version of Headway.")
    if found.what.get("part") == "log":
        if delete_log(tx, found.what["run"], by, is_approved=True):
            return True
    else:
        delete(tx, found.what["run"], by, is_approved=True)
    settle(tx, found, ApprovalState.CARRIED_OUT)
    return False


def _carry_many(tx: Transaction, approval: Approval, by: Principal, many: ForMany, slice_size: int) -> bool:
    targets = tx.approvals.targets(approval.id)
    runs = targets[approval.place : approval.place + slice_size]
    outcome: dict[str, Any] = approval.outcome or {"succeeded": 0, "failed": 0, "failures": []}
    place = approval.place
    if runs:
        sweep = Sweep(id=approval.id, named=frozenset(targets), is_approved=True)
        acted = many.act(tx, runs, by, approval.what.get("reason"), sweep)
        place += acted.reached
        failures = [*outcome["failures"], *({"run": run, "code": error.code} for run, error in acted.failed)]
        outcome = {
            "succeeded": outcome["succeeded"] + len(acted.succeeded), "failed": outcome["failed"] + len(acted.failed),
            "failures": failures[:NAMED_LIMIT],
        }  # fmt: skip
    tx.approvals.change(approval.id, place=place, outcome=outcome)
    if place < len(targets):
        tx.announce(Changed(what="approvals"))
        return True
    settle(tx, approval, ApprovalState.CARRIED_OUT, outcome)
    return False


def _fail(tx: Transaction, approval: str, failure: dict[str, Any]) -> None:
    found = tx.approvals.lock([approval]).get(approval)
    if found is not None and found.state is ApprovalState.APPROVED:
        settle(tx, found, ApprovalState.FAILED, (found.outcome or {}) | failure)


def standing(tx: Transaction, asker: Asker) -> Principal:
    """Whoever asked, with the rights of now. Raises `Unauthorised` where there are none any more.

    Of an account its rights count, wherever the person is signed in by then, and of an API key what its scopes name of them. What stands
    for itself counts as long as it is good: a token until it ends or is revoked, and one of a session while somebody is signed in there.
    """
    by = Principal(
        id=asker.id, role=asker.role, scopes=asker.scopes, account=asker.account, token_id=asker.token_id, session_id=asker.session_id,
        expires_at=asker.token_ends_at, api_key=asker.api_key, key_account=asker.key_account, key_scopes=asker.key_scopes,
    )  # fmt: skip
    if asker.api_key is not None:
        key = tx.api_keys.get(asker.api_key)
        if key is None or key.revoked_at is not None or key.expires_at <= tx.now:
            raise Unauthorised(f"The API key with which {asker.id} asked for it is good no more.")
        by = principal_of(key)
    owner = asker.account or asker.key_account
    if owner is not None:
        rights = read_rights(tx, owner)
        if rights is None:
            raise Unauthorised(f"The account {owner} has no rights here any more.")
        return replace(by, rights=rights if asker.account is not None else cut(rights, asker.key_scopes))
    if asker.api_key is None:
        _check_token(tx, asker)
    return by


def _check_token(tx: Transaction, asker: Asker) -> None:
    if asker.session_id is not None:
        if not tx.sessions.alive([asker.session_id], tx.now) and not tx.devices.alive([asker.session_id], tx.now):
            raise Unauthorised(f"{asker.id} has signed out since, and the rights were those of that session.")
    elif asker.token_ends_at is not None and asker.token_ends_at <= tx.now:
        raise Unauthorised(f"The token with which {asker.id} asked for it has expired since.")
    elif asker.token_id is not None and any(each.id == asker.token_id for each in _revoked(tx)):
        raise Unauthorised(f"The token with which {asker.id} asked for it has been revoked since.")


def _revoked(tx: Transaction) -> Sequence[Revocation]:
    # Those of tokens that would still be good: one that has expired was refused above.
    return tx.revocations.since(tx.now - LONGEST_TOKEN_LIFE, tx.now, limit=REVOCATIONS_KEPT)
