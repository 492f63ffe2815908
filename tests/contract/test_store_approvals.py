"""Approvals, votes, and protected projects."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from headway.model.approval import (
    Approval,
    ApprovalFilter,
    ApprovalKind,
    ApprovalState,
    Asker,
    OpenApproval,
    Protection,
    Verdict,
    Vote,
)
from headway.model.ids import new_id
from headway.store.contract import Transaction
from headway.store.sql.approvals import count_statement, list_statement
from headway.store.sql.store import SqlStore
from headway.testing.clock import START
from tests.contract.material import after, link_of
from tests.contract.test_store_indexes import has_scan, plan, plan_of, prepared_statements, reads_all


def an_approval(**fields: Any) -> Approval:
    given: dict[str, Any] = {
        "id": new_id(), "kind": ApprovalKind.RUN_DELETE, "what": {"run": "x"}, "project": "default", "asker": Asker(id="anna"),
        "requested_at": START, "expires_at": after(600), "needed": 2,
    }  # fmt: skip
    return Approval(**(given | fields))


def yes(by: str, at: float = 1, reason: str | None = None) -> Vote:
    return Vote(by=by, at=after(at), verdict=Verdict.APPROVED, reason=reason)


async def ids(store: SqlStore, where: ApprovalFilter, **page: Any) -> list[str]:
    return [each.id for each in await store.read(lambda snapshot: snapshot.approvals.list(where, **page))]


async def test_a_request_comes_back_as_it_was_written(store: SqlStore) -> None:
    asker = Asker(
        id="ANNA\0", role="operator", scopes=("project:a:run:*",), account="anna", token_id="t", token_ends_at=after(60.000_001), session_id="s"
    )  # fmt: skip
    approval = an_approval(
        kind=ApprovalKind.RUN_START, run=new_id(), asker=asker, needed=5, what={"task": "grade", "parameters": {"n": 2**70, "of": "\0"}},
    )  # fmt: skip
    await store.write(lambda tx: tx.approvals.insert([approval]))
    found = await store.read(lambda snapshot: snapshot.approvals.get(approval.id))
    assert found == replace(approval, asker=replace(asker, id="ANNA\ufffd"))
    assert await store.read(lambda snapshot: snapshot.approvals.of_runs([str(approval.run), new_id(), "no id"])) == {approval.run: found}
    assert await store.read(lambda snapshot: snapshot.approvals.of_runs([])) == {}
    assert await store.read(lambda snapshot: [snapshot.approvals.get(each) for each in (new_id(), "no id")]) == [None, None]


async def test_each_votes_once_however_the_name_is_spelt(store: SqlStore) -> None:
    approval = an_approval()
    await store.write(lambda tx: tx.approvals.insert([approval]))
    votes = [yes("Ben", 2, "fine"), yes("cleo", 1), yes("BEN", 3), yes("ben ", 4)]
    assert [await store.write(lambda tx, vote=vote: tx.approvals.vote(approval.id, vote)) for vote in votes] == [True, True, False, False]
    found = await store.read(lambda snapshot: snapshot.approvals.get(approval.id))
    assert found is not None
    assert list(found.votes) == [votes[1], votes[0]], "the oldest first"
    assert found.given == 2


async def test_lists_by_what_is_asked_the_newest_first(store: SqlStore) -> None:
    run = new_id()
    first = an_approval(kind=ApprovalKind.RUN_START, run=run, project="a")
    second = an_approval(project="b", asker=Asker(id="Ben"), expires_at=after(60))
    third = an_approval(kind=ApprovalKind.RUNS_CANCEL, project=None, asker=Asker(id="cleo"))
    for each in (first, second, third):
        await store.write(lambda tx, each=each: tx.approvals.insert([each]))
    await store.write(lambda tx: tx.approvals.change(third.id, state=ApprovalState.REFUSED, settled_at=after(5)))
    expected = {
        ApprovalFilter(): [third, second, first],
        ApprovalFilter(states=frozenset({ApprovalState.PENDING, ApprovalState.EXPIRED})): [second, first],
        ApprovalFilter(kind=ApprovalKind.RUNS_CANCEL): [third],
        ApprovalFilter(project="b"): [second],
        ApprovalFilter(projects=frozenset({"a", "z"})): [first],
        ApprovalFilter(projects=frozenset()): [],
        ApprovalFilter(projects=frozenset({"a"}), or_of="CLEO"): [third, first],
        ApprovalFilter(run=run): [first],
        ApprovalFilter(run="no id"): [],
        ApprovalFilter(requested_by="ben"): [second],
        ApprovalFilter(expires_to=after(60)): [second],
        ApprovalFilter(waits_for="anna"): [second],
        ApprovalFilter(waits_for="dora"): [second, first],
    }
    for where, wanted in expected.items():
        assert await ids(store, where) == [each.id for each in wanted], where
        assert await store.read(lambda snapshot, where=where: snapshot.approvals.count(where)) == len(wanted)
    await store.write(lambda tx: tx.approvals.vote(first.id, yes("Dora")))
    assert await ids(store, ApprovalFilter(waits_for="dora")) == [second.id]
    assert await ids(store, ApprovalFilter(), limit=2) == [third.id, second.id]
    assert await ids(store, ApprovalFilter(), after=second.id) == [first.id]
    assert await ids(store, ApprovalFilter(), after="no id") == []
    assert await store.read(lambda snapshot: snapshot.approvals.count(ApprovalFilter(), limit=2)) == 2


async def test_what_is_open_says_for_whom_it_waits(store: SqlStore) -> None:
    approvals = [an_approval(asker=Asker(id="Anna")) for _ in range(4)]
    await store.write(lambda tx: tx.approvals.insert(approvals))
    await store.write(lambda tx: tx.approvals.vote(approvals[0].id, yes("Ben")))
    await store.write(lambda tx: tx.approvals.change(approvals[1].id, state=ApprovalState.APPROVED))
    await store.write(lambda tx: tx.approvals.change(approvals[2].id, state=ApprovalState.EXPIRED, settled_at=after(1)))
    found = await store.read(lambda snapshot: snapshot.approvals.open(9))
    assert found == [
        OpenApproval(id=approvals[3].id, project="default", state=ApprovalState.PENDING, asker_key="anna"),
        OpenApproval(id=approvals[1].id, project="default", state=ApprovalState.APPROVED, asker_key="anna"),
        OpenApproval(
            id=approvals[0].id, project="default", state=ApprovalState.PENDING, asker_key="anna", voter_keys=frozenset({"ben"})
        ),
    ]  # fmt: skip
    assert [each.waits_for("ANNA") for each in found] == [False, False, False]
    assert [each.waits_for("ben") for each in found] == [True, False, False]
    assert [each.waits_for("dora") for each in found] == [True, False, True]
    assert len(await store.read(lambda snapshot: snapshot.approvals.open(1))) == 1


async def test_targets_are_kept_until_it_is_settled(store: SqlStore) -> None:
    approval, other = an_approval(kind=ApprovalKind.RUNS_DELETE), an_approval()
    runs = [new_id() for _ in range(500)]
    await store.write(lambda tx: tx.approvals.insert([approval, other], targets={approval.id: runs}))
    assert await store.read(lambda snapshot: snapshot.approvals.targets(approval.id)) == runs
    assert [await store.read(lambda s, each=each: s.approvals.targets(each)) for each in (other.id, new_id(), "no id")] == [(), (), ()]
    await store.write(lambda tx: tx.approvals.change(approval.id, state=ApprovalState.APPROVED, place=300))
    changed = await store.read(lambda snapshot: snapshot.approvals.get(approval.id))
    assert changed == replace(approval, state=ApprovalState.APPROVED, place=300)
    assert len(await store.read(lambda snapshot: snapshot.approvals.targets(approval.id))) == 500
    done = {"state": ApprovalState.CARRIED_OUT, "outcome": {"succeeded": 500}, "settled_at": after(9)}
    await store.write(lambda tx: tx.approvals.change(approval.id, **done))
    assert await store.read(lambda snapshot: snapshot.approvals.get(approval.id)) == replace(approval, place=300, **done)
    assert await store.read(lambda snapshot: snapshot.approvals.targets(approval.id)) == ()


async def test_the_lock_gives_them_as_they_are(store: SqlStore) -> None:
    first, second = an_approval(), an_approval()
    await store.write(lambda tx: tx.approvals.insert([first, second]))
    await store.write(lambda tx: tx.approvals.vote(second.id, yes("ben")))
    found = await store.write(lambda tx: tx.approvals.lock([second.id, first.id, new_id(), "no id"]))
    assert found == {first.id: first, second.id: replace(second, votes=(yes("ben"),))}
    assert await store.write(lambda tx: tx.approvals.lock([])) == {}


async def test_what_is_settled_is_pruned_with_its_votes(store: SqlStore) -> None:
    old, young, pending = (an_approval() for _ in range(3))
    await store.write(lambda tx: tx.approvals.insert([old, young, pending]))
    await store.write(lambda tx: tx.approvals.vote(old.id, yes("ben")))
    for approval, at in ((old, 10), (young, 20)):
        gone = {"state": ApprovalState.WITHDRAWN, "settled_at": after(at)}
        await store.write(lambda tx, approval=approval, gone=gone: tx.approvals.change(approval.id, **gone))
    assert await store.write(lambda tx: tx.approvals.prune(after(20), 9)) == 1
    assert await ids(store, ApprovalFilter()) == [pending.id, young.id]
    assert await store.write(lambda tx: tx.approvals.prune(after(99), 9)) == 1
    assert await store.write(lambda tx: tx.approvals.prune(after(99), 9)) == 0


async def test_protections(store: SqlStore) -> None:
    exams = Protection(project="exams", run_start=2, run_delete=1, bulk=3, grant_admin=1, changed_by="anna", changed_at=START)
    other = Protection(project="a'b", changed_by="ben", changed_at=after(1))
    for each in (other, replace(exams, run_start=0), exams):
        await store.write(lambda tx, each=each: tx.approvals.put_protection(each))
    assert await store.read(lambda snapshot: snapshot.approvals.protections()) == {"a'b": other, "exams": exams}
    assert await store.read(lambda snapshot: snapshot.approvals.protections(["exams", "none"])) == {"exams": exams}
    assert await store.read(lambda snapshot: snapshot.approvals.protections([])) == {}


async def test_statements_go_along_an_index(store: SqlStore) -> None:
    wheres = [
        ApprovalFilter(), ApprovalFilter(states=frozenset({ApprovalState.PENDING})), ApprovalFilter(project="a"),
        ApprovalFilter(requested_by="anna"), ApprovalFilter(run=new_id()),
    ]  # fmt: skip

    def act(tx: Transaction) -> list[tuple[str, str]]:
        link = link_of(tx)
        tx.approvals.insert([an_approval() for _ in range(20)])
        lists = [(str(where), plan_of(link, list_statement(where, new_id(), 50))) for where in wheres]
        counts = [(str(where), plan_of(link, count_statement(where, 50))) for where in wheres[1:]]
        prepared = [
            (name, plan(link, each.text, (None,) * each.text.count("%s" if link.is_postgres else "?")))
            for name, each in prepared_statements(tx.approvals).items()
            if not each.text.startswith("INSERT") and name != "_protections"  # few by nature, and all are wanted
        ]
        return [(name, text) for name, text in lists if has_scan(text)] + [(name, t) for name, t in counts + prepared if reads_all(t)]

    assert await store.write(act) == []
