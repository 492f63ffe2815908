"""Nobody becomes an administrator of a protected project, in whatever way, unless others have approved it; on every database."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

import pytest

from headway.access.directory import read_rights
from headway.access.principal import SYSTEM, Principal
from headway.acts.accounts import add_account
from headway.acts.approvals import decide, expire, withdraw
from headway.acts.carry import carry_out
from headway.acts.giving import change_group_or_ask, give_or_ask, put_role_or_ask
from headway.acts.grants import give
from headway.acts.groups import change_group, make_group
from headway.acts.protect import protect
from headway.acts.roles import put_role
from headway.model.account import Grant
from headway.model.approval import Approval, ApprovalFilter, ApprovalKind, ApprovalState, Verdict
from headway.model.audit import AuditFilter
from headway.model.errors import ApprovalNeeded, ApprovalNotFound, ApprovalSettled, Conflict, Forbidden, OwnApproval, OwnGain
from headway.model.permissions import Permission
from headway.store.audit import AuditPage
from headway.store.contract import Transaction
from headway.store.sql.store import SqlStore
from headway.testing.clock import FakeClock

T = TypeVar("T")
ROOT = Principal(id="root", role="admin")
BEN = Principal(id="ben", role="operator")
CLEO = Principal(id="cleo", role="operator")
GIVES = Permission.GRANT_EDIT


async def town(store: SqlStore, **needed: int) -> None:
    """Two projects, of which one is protected; two accounts and a group."""

    def act(tx: Transaction) -> None:
        protect(tx, "exams", SYSTEM, **({"grant_admin": 1} | needed))
        for name in ("eve", "fay"):
            add_account(tx, SYSTEM, name=name, display_name=name)
        make_group(tx, SYSTEM, name="heads", description="", members=["fay"])
        put_role(tx, SYSTEM, "head", description="", permissions=[Permission.RUN_READ], inherits=[])

    await store.write(act)


async def asked(store: SqlStore, act: Callable[[Transaction], T | Approval]) -> Approval:
    found = await store.write(act)
    assert isinstance(found, Approval), found
    return found


async def approve(store: SqlStore, approval: Approval, by: Principal = BEN) -> Approval:
    await store.write(lambda tx: decide(tx, approval.id, by, Verdict.APPROVED))
    await carry_out(store, approval.id)
    found = await store.read(lambda s: s.approvals.get(approval.id))
    assert found is not None
    return found


async def gives(store: SqlStore, account: str, project: str = "exams") -> bool:
    rights = await store.read(lambda s: read_rights(s, account))
    return rights is not None and rights.holds(GIVES, project)


def grant(
    role: str = "admin", *, account: str | None = "eve", group: str | None = None, project: str | None = "exams", by: Principal = ROOT
) -> Callable[[Transaction], Grant | Approval]:
    return lambda tx: give_or_ask(tx, by, account=account, group=group, role=role, project=project)


async def test_a_role_that_makes_an_administrator_is_given_when_others_have_approved(store: SqlStore) -> None:
    await town(store, grant_admin=2)
    with pytest.raises(ApprovalNeeded, match="approval of 2"):
        await store.write(lambda tx: give(tx, ROOT, account="eve", group=None, role="admin", project="exams"))
    approval = await asked(store, grant())
    assert (approval.kind, approval.project, approval.needed) == (ApprovalKind.GRANT_ADD, "exams", 2)
    assert approval.what == {"act": "grant", "account": "eve", "name": "eve", "role": "admin", "project": "exams", "projects": ["exams"]}
    assert (await asked(store, grant())).id == approval.id, "asked twice, it is one request"
    assert (await approve(store, approval)).state is ApprovalState.PENDING
    assert not await gives(store, "eve")
    assert (await approve(store, approval, CLEO)).state is ApprovalState.CARRIED_OUT
    assert await gives(store, "eve")
    assert not await gives(store, "eve", "other")
    with pytest.raises(Conflict, match="given there already"):
        await store.write(grant())
    (row, *_) = await store.read(lambda s: s.audit.list(AuditFilter(actions=frozenset({"grant.given"})), AuditPage(limit=1)))
    assert (row.by, row.after["account"], row.after["role"]) == ("root", "eve", "admin")


async def test_what_makes_nobody_an_administrator_there_asks_nobody(store: SqlStore) -> None:
    await town(store)
    for act in (grant("developer"), grant(project="other"), grant("head", project=None)):
        assert not isinstance(await store.write(act), Approval)
    await store.write(lambda tx: change_group(tx, ROOT, "heads", description="x", add=["eve"]))
    assert await store.read(lambda s: s.approvals.count(ApprovalFilter())) == 0


async def test_where_it_is_good_everywhere_whoever_decides_must_be_so_too(store: SqlStore) -> None:
    await town(store)
    approval = await asked(store, grant(project=None))
    assert (approval.project, approval.what["projects"]) == (None, ["exams"])
    of_exams = Principal(id="dan", scopes=("project:exams:approval:decide", "project:exams:run:read"))
    with pytest.raises(ApprovalNotFound):
        await store.write(lambda tx: decide(tx, approval.id, of_exams, Verdict.APPROVED))
    await approve(store, approval)
    assert await gives(store, "eve", "other")


async def test_a_member_of_a_group_of_administrators_is_let_in_when_others_have_approved(store: SqlStore) -> None:
    await town(store)
    await approve(store, await asked(store, grant(account=None, group="heads")), CLEO)
    assert await gives(store, "fay")
    approval = await asked(store, lambda tx: change_group_or_ask(tx, ROOT, "heads", description=None, add=["eve"], remove=["fay"]))
    assert approval.what == {"act": "group", "name": "heads", "add": ["eve"], "remove": ["fay"], "projects": ["exams"]}
    assert (await gives(store, "eve"), await gives(store, "fay")) == (False, True), "nothing of it is done yet"
    await approve(store, approval)
    assert (await gives(store, "eve"), await gives(store, "fay")) == (True, False)
    out = await store.write(lambda tx: change_group_or_ask(tx, ROOT, "heads", description=None, add=[], remove=["eve"]))
    assert not isinstance(out, Approval), "to take somebody out needs nobody"


@pytest.mark.parametrize("way", ["itself", "by one that it inherits from"])
async def test_a_role_that_somebody_has_gets_no_more_without_others(store: SqlStore, way: str) -> None:
    await town(store)
    name = "head"
    if way != "itself":
        await store.write(lambda tx: put_role(tx, ROOT, "chief", description="", permissions=[], inherits=["head"]))
        await store.write(grant("chief"))
    else:
        await store.write(grant("head"))
    rights = [Permission.RUN_READ, GIVES]
    approval = await asked(store, lambda tx: put_role_or_ask(tx, ROOT, name, description="d", permissions=rights, inherits=["viewer"]))
    assert approval.what == {
        "act": "role", "name": "head", "description": "d", "permissions": ["grant:edit", "run:read"], "inherits": ["viewer"],
        "projects": ["exams"],
    }  # fmt: skip
    with pytest.raises(OwnGain):
        await store.write(lambda tx: decide(tx, approval.id, Principal(id="eve", account="eve", role="operator"), Verdict.APPROVED))
    await approve(store, approval)
    assert await gives(store, "eve")


async def test_a_role_that_nobody_has_there_may_be_anything(store: SqlStore) -> None:
    await town(store)
    await store.write(grant("head", project="other"))
    changed = await store.write(lambda tx: put_role_or_ask(tx, ROOT, "head", description="", permissions=[GIVES], inherits=[]))
    assert not isinstance(changed, Approval)
    assert isinstance(await store.write(grant("head")), Approval), "given in the protected project it is asked for"


async def test_neither_who_asks_nor_who_gets_it_decides(store: SqlStore) -> None:
    await town(store)
    await approve(store, await asked(store, grant(account=None, group="heads")), CLEO)
    for by in (ROOT, Principal(id="Root", role="operator", session_id="another")):
        approval = await asked(store, grant())
        with pytest.raises(OwnApproval):
            await store.write(lambda tx, a=approval, by=by: decide(tx, a.id, by, Verdict.APPROVED))
    eve, fay = (Principal(id=name, account=name, role="operator") for name in ("eve", "fay"))
    of_group = await asked(store, grant("admin", account=None, group="heads", project=None))
    into_group = await asked(store, lambda tx: change_group_or_ask(tx, ROOT, "heads", description=None, add=["eve"], remove=[]))
    for request, by in ((approval, eve), (into_group, eve), (of_group, fay)):
        with pytest.raises(OwnGain):
            await store.write(lambda tx, request=request, by=by: decide(tx, request.id, by, Verdict.APPROVED))
    assert (await store.write(lambda tx: withdraw(tx, approval.id, ROOT))).state is ApprovalState.WITHDRAWN
    assert not await gives(store, "eve")


async def test_it_expires_and_is_refused_and_then_nothing_is_given(store: SqlStore, clock: FakeClock) -> None:
    await town(store)
    first = await asked(store, grant())
    clock.advance(timedelta(days=8).total_seconds())
    assert await store.write(expire) == 1
    with pytest.raises(ApprovalSettled, match="expired"):
        await store.write(lambda tx: decide(tx, first.id, BEN, Verdict.APPROVED))
    second = await asked(store, grant())
    assert second.id != first.id
    await store.write(lambda tx: decide(tx, second.id, BEN, Verdict.REFUSED, "not in the exam week"))
    await carry_out(store, second.id)
    assert not await gives(store, "eve")


async def test_it_is_done_with_the_rights_of_that_moment_and_for_the_projects_that_were_named(store: SqlStore) -> None:
    await town(store)
    await store.write(grant(account="fay", project="other"))
    await store.write(lambda tx: protect(tx, "exams", SYSTEM, grant_admin=0))
    await store.write(grant(account="fay", by=ROOT))
    await store.write(lambda tx: protect(tx, "exams", SYSTEM, grant_admin=1))
    rights = await store.read(lambda s: read_rights(s, "fay"))
    fay = Principal(id="fay", account="fay", rights=rights)
    by_fay = await asked(store, grant(by=fay))
    everywhere = await asked(store, grant(project=None))
    await store.write(lambda tx: [tx.accounts.delete_grant(each.id) for each in tx.accounts.grants(account="fay")])
    failed = await approve(store, by_fay)
    assert failed.state is ApprovalState.FAILED
    await store.write(lambda tx: protect(tx, "finance", SYSTEM, grant_admin=3))
    failed = await approve(store, everywhere)
    assert failed.state is ApprovalState.FAILED
    assert failed.outcome is not None
    assert failed.outcome["code"] == "approval_needed", "nobody was asked about the other project"
    assert not await gives(store, "eve")


async def test_of_two_who_carry_it_out_one_does(store: SqlStore) -> None:
    await town(store)
    approval = await asked(store, grant())
    await store.write(lambda tx: decide(tx, approval.id, BEN, Verdict.APPROVED))
    await asyncio.gather(*(carry_out(store, approval.id) for _ in range(3)))
    assert len(await store.read(lambda s: s.accounts.grants(account="eve"))) == 1


async def test_who_gives_no_rights_does_not_say_how_they_are_given(store: SqlStore) -> None:
    await town(store)
    dev = Principal(id="dev", role="developer")
    with pytest.raises(Forbidden):
        await store.write(lambda tx: protect(tx, "exams", dev, run_start=1))
    kept = await store.write(lambda tx: protect(tx, "exams", dev, run_start=1, grant_admin=1))
    assert (kept.run_start, kept.grant_admin) == (1, 1)
