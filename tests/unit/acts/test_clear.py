"""A log that is deleted: what goes, what stays, who may, and how it is told."""

from __future__ import annotations

import pytest

from headway.access.principal import SYSTEM, Principal
from headway.acts.clear import delete_log
from headway.model.errors import Forbidden, RunNotFinal, RunNotFound
from headway.model.events import Facet
from headway.model.ids import new_id
from headway.model.states import Outcome
from headway.store.contract import Appended
from tests.unit.acts.conftest import Stage, line

BY = Principal(id="ann", role="admin")


async def _run(stage: Stage, lines: int = 30, *, is_final: bool = True) -> str:
    held = await stage.running()
    for number in range(1, lines + 1):
        await stage.report(held, number, line(f"line {number} of a pupil"))
    if is_final:
        await stage.finish(held, Outcome.SUCCEEDED)
    return held.run.id


async def _delete(stage: Stage, run: str, by: Principal = BY) -> int:
    calls = 1
    while await stage.do(lambda tx: delete_log(tx, run, by)):
        calls += 1
    return calls


async def test_its_lines_go_and_who_did_it_stays(stage: Stage) -> None:
    run = await _run(stage)
    last = (await stage.do(lambda tx: tx.journal.heads([run])))[run].last_line
    await _delete(stage, run)
    head = (await stage.do(lambda tx: tx.journal.heads([run])))[run]
    assert (head.last_line, head.first_kept_line) == (last, last + 1)
    assert await stage.do(lambda tx: tx.journal.read(run, Facet.LOG, 1, last)) == []
    (told,) = [event for event in await stage.events(run) if event["kind"] == "log.deleted"]
    assert (told["by"], told["to"]) == ("ann", last)
    assert head.view["log_deleted"] == {"to": last, "by": "ann", "at": told["at"]}
    assert "last_line" not in head.view
    assert b"pupil" not in str(head.view).encode()


async def test_a_long_log_goes_in_several_transactions_and_is_told_of_once(stage: Stage) -> None:
    run = await _run(stage, 600)
    assert await _delete(stage, run) == 2
    assert await _delete(stage, run) == 1
    assert [event["kind"] for event in await stage.events(run)].count("log.deleted") == 1


async def test_viewers_hear_of_it(stage: Stage) -> None:
    run = await _run(stage, 2)
    stage.news.clear()
    await _delete(stage, run)
    (news,) = [each for each in stage.news if isinstance(each, Appended)]
    assert news.patch["log_deleted"]["by"] == "ann"
    assert not news.entries


async def test_it_is_refused_to_others_and_while_the_run_goes_on(stage: Stage) -> None:
    run = await _run(stage, 2, is_final=False)
    with pytest.raises(RunNotFinal):
        await _delete(stage, run, SYSTEM)
    ended = await _run(stage, 2)
    with pytest.raises(Forbidden):
        await _delete(stage, ended, Principal(id="ben", scopes=("project:default:run:read",)))
    with pytest.raises(RunNotFound):
        await _delete(stage, new_id())
