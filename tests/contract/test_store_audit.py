"""The audit log as both databases keep it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from headway.model.audit import Action, AuditFilter, AuditOutcome, AuditRow
from headway.model.audit_chain import FRONT, SEAL, Anchor
from headway.model.errors import Conflict
from headway.model.ids import new_id
from headway.store.audit import AuditPage
from headway.store.sql.store import SqlStore
from tests.contract.material import after


def a_row(at: float, **fields: Any) -> AuditRow:
    given: dict[str, Any] = {"id": new_id(), "at": after(at), "by": "anna", "action": Action.QUEUE_CHANGED.value}
    return AuditRow(**(given | fields))


def an_anchor(number: int, at: float = 0, kind: str = SEAL) -> Anchor:
    return Anchor(kind=kind, number=number, hash="ab" * 32, at=after(at), key="k", signature="s")


async def add(store: SqlStore, *rows: AuditRow) -> None:
    await store.write(lambda tx: tx.audit.add(rows))


def sealed(row: AuditRow, number: int) -> AuditRow:
    return replace(row, number=number, hash=f"{number:064x}")


async def test_rows_come_back_as_they_were_given(store: SqlStore) -> None:
    full = a_row(
        1, token="t-1", outcome="refused", project="exams", target="q\u00e4'; DROP TABLE audit", before={"a": [1, 2.5, None], "ä": "\"'"},
        after=[True, "x"], address="10.0.0.7", request_id="r-1", transport="rest",
    )  # fmt: skip
    plain = a_row(2, by="")
    await add(store, full, plain)
    assert await store.read(lambda s: s.audit.list(AuditFilter(), AuditPage(limit=9))) == [plain, full]
    assert await store.read(lambda s: s.audit.list(AuditFilter(), AuditPage(limit=9, is_descending=False))) == [full, plain]


async def test_a_page_goes_on_behind_the_last(store: SqlStore) -> None:
    rows = [a_row(second) for second in (1, 2, 2, 2, 3)]
    await add(store, *rows)
    newest = sorted(rows, key=lambda row: (row.at, row.id), reverse=True)
    page, found = AuditPage(limit=2), list[AuditRow]()
    while part := await store.read(lambda s, page=page: s.audit.list(AuditFilter(), page)):
        found += part
        page = AuditPage(limit=2, after=(part[-1].at, part[-1].id))
    assert found == newest


async def test_filters(store: SqlStore) -> None:
    rows = [
        a_row(1, by="li", action=Action.RUN_CANCELLED.value, project="exams", target="r1"),
        a_row(2, by="anna", action=Action.RUN_DELETED.value, project="maths", target="r2"),
        a_row(3, by="li", action=Action.CALL_REFUSED.value, outcome="refused"),
    ]
    await add(store, *rows)

    async def found(**where: Any) -> list[int]:
        listed = await store.read(lambda s: s.audit.list(AuditFilter(**where), AuditPage(limit=9)))
        return sorted(rows.index(row) for row in listed)

    assert await found(by="li") == [0, 2]
    assert await found(actions=frozenset({"run.cancelled", "run.deleted"})) == [0, 1]
    assert await found(project="maths") == [1]
    assert await found(target="r1") == [0]
    assert await found(outcome=AuditOutcome.REFUSED) == [2]
    assert await found(at_from=after(2)) == [1, 2]
    assert await found(at_to=after(2)) == [0]
    assert await found(projects=frozenset({"exams"})) == [0], "what belongs to no project is for who may everywhere"
    assert await found(projects=frozenset()) == []


async def test_a_row_is_sealed_once_and_numbers_are_given_once(store: SqlStore) -> None:
    first, second, third = (a_row(second) for second in (1, 2, 3))
    await add(store, second, third, first)
    assert await store.read(lambda s: s.audit.unsealed(limit=2)) == [first, second]
    assert await store.read(lambda s: (s.audit.count_unsealed(limit=9), s.audit.top())) == (3, None)
    await store.write(lambda tx: tx.audit.seal([sealed(first, 1), sealed(second, 2)]))
    await store.write(lambda tx: tx.audit.seal([sealed(first, 7)]))
    assert await store.read(lambda s: s.audit.sealed(1, limit=9)) == [sealed(first, 1), sealed(second, 2)]
    assert await store.read(lambda s: s.audit.sealed(2, limit=9)) == [sealed(second, 2)]
    assert await store.read(lambda s: (s.audit.count_unsealed(limit=9), s.audit.top())) == (1, sealed(second, 2))
    with pytest.raises(Conflict):
        await store.write(lambda tx: tx.audit.seal([sealed(third, 2)]))
    assert await store.write(lambda tx: tx.audit.unseal_above(1)) == 1
    assert await store.read(lambda s: s.audit.unsealed(limit=9)) == [second, third]


async def test_anchors_are_found_by_number_and_thinned_to_one_an_hour(store: SqlStore) -> None:
    anchors = [an_anchor(2, 10), an_anchor(3, 20), an_anchor(5, 3_700), an_anchor(9, 3_800), an_anchor(3, 20, FRONT)]
    assert await store.read(lambda s: s.audit.newest_anchor()) is None
    for anchor in anchors:
        await store.write(lambda tx, anchor=anchor: tx.audit.add_anchor(anchor))
    with pytest.raises(Conflict):
        await store.write(lambda tx: tx.audit.add_anchor(an_anchor(9, 99)))
    assert await store.read(lambda s: s.audit.newest_anchor()) == anchors[3]
    assert await store.read(lambda s: [each.number for each in s.audit.anchors()]) == [2, 3, 3, 5, 9]
    assert await store.write(lambda tx: tx.audit.thin_anchors(after(3_750))) == 2
    assert await store.read(lambda s: [(each.kind, each.number) for each in s.audit.anchors()]) == [(FRONT, 3), (SEAL, 3), (SEAL, 9)]


async def test_pruning_takes_the_oldest_a_few_at_a_time(store: SqlStore) -> None:
    rows = [a_row(number) for number in range(1, 6)]
    await add(store, *rows)
    await store.write(lambda tx: tx.audit.seal([sealed(row, number) for number, row in enumerate(rows, 1)]))
    for anchor in (an_anchor(1), an_anchor(4), an_anchor(5)):
        await store.write(lambda tx, anchor=anchor: tx.audit.add_anchor(anchor))
    assert await store.read(lambda s: [s.audit.last_before(after(second)) for second in (1, 3.5, 99)]) == [None, 3, 5]
    assert await store.write(lambda tx: tx.audit.prune(4, limit=3)) == 3
    assert await store.read(lambda s: [each.number for each in s.audit.anchors()]) == [1, 4, 5]
    assert await store.write(lambda tx: tx.audit.prune(4, limit=3)) == 1
    assert await store.read(lambda s: [each.number for each in s.audit.sealed(1, limit=9)]) == [5]
    assert await store.read(lambda s: [each.number for each in s.audit.anchors()]) == [4, 5]
