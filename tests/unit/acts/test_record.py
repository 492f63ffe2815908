"""Recording: fence, batch number, all or none, and what is announced."""

from __future__ import annotations

import zlib

import orjson
import pytest

from headway.model.errors import BatchOutOfOrder, InvalidEvent, RunFinal, RunNotFound, StaleFence
from headway.model.fold import fold
from headway.model.states import Outcome
from headway.store.contract import Appended
from tests.unit.acts.conftest import Stage, line


async def test_events_are_numbered_without_holes_over_all_facets(stage: Stage) -> None:
    held = await stage.running()
    metric = orjson.dumps({"kind": "metric.reported", "at": "2026-01-01T00:00:00.000Z", "name": "loss", "value": 0.5})
    progress = orjson.dumps({"kind": "progress.reported", "at": "2026-01-01T00:00:00.000Z", "done": 1, "total": 2})

    await stage.report(held, 1, line("a"), metric, line("b"), progress)

    events = await stage.events(held.run.id)
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    assert [event["line"] for event in events if "line" in event] == [1, 2, 3]
    assert all(event["attempt"] == 1 for event in events[-4:])


async def test_the_stored_view_equals_the_fold_of_the_journal(stage: Stage) -> None:
    """Invariant I11."""
    held = await stage.running()
    await stage.report(held, 1, line("a", "warning"), line("b"))
    await stage.finish(held, Outcome.SUCCEEDED, batch_no=2, events=[line("c")], result=b'{"n":1}')

    view: dict[str, object] = {}
    for event in await stage.events(held.run.id):
        fold(view, event)
    heads = await stage.ask(lambda snapshot: snapshot.journal.heads([held.run.id]))
    assert heads[held.run.id].view == view


async def test_a_batch_sent_again_is_acknowledged_and_not_recorded_again(stage: Stage) -> None:
    held = await stage.running()
    first = await stage.report(held, 1, line("once"))

    again = await stage.report(held, 1, line("once"))

    assert again == first
    assert (await stage.kinds(held.run.id)).count("log.written") == 1


async def test_a_hole_in_the_batch_numbers_is_refused(stage: Stage) -> None:
    held = await stage.running()

    answer = await stage.report(held, 2, line())

    assert isinstance(answer, BatchOutOfOrder)
    assert answer.fields == {"batch_no": 2, "expected": 1}
    assert "log.written" not in await stage.kinds(held.run.id)


@pytest.mark.parametrize("number", [0, -1])
async def test_events_without_a_number_are_refused_and_not_lost_silently(stage: Stage, number: int) -> None:
    held = await stage.running()

    assert isinstance(await stage.report(held, number, line()), BatchOutOfOrder)


async def test_a_stale_fence_never_writes(stage: Stage) -> None:
    """Invariant I4."""
    held = await stage.running()

    answer = await stage.report(held, 1, line(), fence=held.fence - 1)

    assert isinstance(answer, StaleFence)
    assert "log.written" not in await stage.kinds(held.run.id)


async def test_an_event_for_a_final_run_is_refused(stage: Stage) -> None:
    held = await stage.running()
    await stage.finish(held, Outcome.SUCCEEDED)

    assert isinstance(await stage.report(held, 1, line()), RunFinal)
    assert (await stage.kinds(held.run.id))[-1] == "run.succeeded"


async def test_one_refused_batch_harms_no_other(stage: Stage) -> None:
    held = await stage.running()

    strict = await stage.report(held, 1, line("good"), b"garbage")
    kept = await stage.report(held, 1, line("good"))

    assert isinstance(strict, InvalidEvent)
    assert strict.fields["index"] == 1
    assert not isinstance(kept, InvalidEvent)
    assert (await stage.kinds(held.run.id)).count("log.written") == 1


@pytest.mark.parametrize(
    "bad",
    [
        b"garbage",
        b"[]",
        b"{}",
        b'{"kind":"run.succeeded","at":"x"}',
        b'{"kind":"log.written","at":"x","level":"loud","text":""}',
        b'{"kind":"progress.reported","at":"x","done":true}',
    ],
)
async def test_a_childs_malformed_event_is_shown_instead_of_lost(stage: Stage, bad: bytes) -> None:
    held = await stage.running()

    await stage.report(held, 1, bad, line("after"), is_lenient=True)

    entries = [event for event in await stage.events(held.run.id) if event["kind"] == "log.written"]
    assert bad.decode() in entries[0]["text"]
    assert entries[1]["text"] == "after"


async def test_a_reporter_cannot_claim_numbers_of_its_own(stage: Stage) -> None:
    held = await stage.running()
    forged = orjson.dumps(
        {"kind": "log.written", "at": "2026-01-01T00:00:00.000Z", "level": "info", "text": "x", "seq": 99, "line": 99, "attempt": 9}
    )

    await stage.report(held, 1, forged)

    last = (await stage.events(held.run.id))[-1]
    assert (last["seq"], last["line"], last["attempt"]) == (5, 2, 1)


async def test_an_unknown_kind_is_kept_and_changes_no_picture(stage: Stage) -> None:
    held = await stage.running()

    await stage.report(held, 1, b'{"kind":"later.invented","at":"2026-01-01T00:00:00.000Z","deep":[1]}')

    assert (await stage.events(held.run.id))[-1]["deep"] == [1]


async def test_what_is_announced_is_what_was_stored(stage: Stage) -> None:
    held = await stage.running()
    stage.news.clear()

    await stage.report(held, 1, line("a"), line("b"))

    (news,) = stage.news
    assert isinstance(news, Appended)
    events = await stage.events(held.run.id)
    assert [orjson.loads(raw) for raw in news.entries] == events[-2:]
    assert (news.first_seq, news.last_seq, news.first_line, news.last_line) == (5, 6, 2, 3)
    assert news.log_hash == zlib.crc32(b"attempt.started\na\nb\n")


async def test_a_run_that_does_not_exist(stage: Stage) -> None:
    held = await stage.running()
    await stage.finish(held, Outcome.SUCCEEDED)
    await stage.do(lambda tx: tx.runs.delete(held.run.id))

    assert isinstance(await stage.report(held, 1, line()), RunNotFound)
