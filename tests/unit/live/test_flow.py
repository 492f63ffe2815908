"""Flow control: positions instead of queues, whatever a viewer's connection does."""

from __future__ import annotations

import pytest

from headway.live.buckets import TokenBucket
from headway.live.desk import Code
from headway.model.events import Facet
from tests.unit.live.theatre import Theatre, bare
from tests.waiting import eventually_async


async def test_a_viewer_that_did_not_read_gets_every_line_later_and_one_folded_patch(theatre: Theatre) -> None:
    run = await theatre.run()
    slow, quick = await theatre.watching(run), await theatre.watching(run)
    await eventually_async(lambda: slow.lines == [1])
    slow.stop_reading()
    for number in range(30):
        await run.log(f"line {number}")
        await eventually_async(lambda number=number: f"line {number}" in quick.texts)
    patches = len(slow.of("patch"))
    slow.read_again()
    assert slow.lines == quick.lines == list(range(1, 32))
    assert len(slow.of("patch")) == patches + 1
    assert slow.of("patch")[-1]["folded"] > 0
    assert slow.view == quick.view == bare((await run.head()).view)


async def test_one_that_was_away_for_too_many_changes_gets_the_whole_view_again(theatre: Theatre) -> None:
    run = await theatre.run()
    slow, quick = await theatre.watching(run), await theatre.watching(run)
    await eventually_async(lambda: slow.lines == [1])
    slow.stop_reading()
    for number in range(80):
        await run.progress(number)
        await eventually_async(lambda number=number: quick.view.get("progress", {}).get("done") == number)
    slow.read_again()
    assert slow.kinds().count("snapshot") == 2
    assert slow.lines == [1]
    assert slow.view == quick.view


async def test_a_laggard_gets_at_most_so_much_in_one_flush(theatre: Theatre) -> None:
    run = await theatre.run()
    slow = await theatre.watching(run)
    await eventually_async(lambda: slow.lines == [1])
    slow.stop_reading()
    for _ in range(10):
        await run.log(*("x" * 2_000 for _ in range(20)))
    await eventually_async(lambda: slow.session.subscriptions[0].channel.cut_line == 201)  # type: ignore[union-attr]
    slow.session.drained(theatre.now())
    (frame,) = slow.session.flush(theatre.now())
    assert len(frame.body) < 1.3 * theatre.settings.flush_bytes
    assert slow.session.has_more
    slow.read_again()


async def test_stalled_for_ten_seconds_the_view_comes_first_and_after_a_minute_it_is_goodbye(theatre: Theatre) -> None:
    theatre.time = 1000.0
    run = await theatre.run()
    viewer = await theatre.watching(run)
    await eventually_async(lambda: viewer.lines == [1])
    viewer.stop_reading()
    await run.log("while it did not read")
    await eventually_async(lambda: viewer.session.subscriptions[0].channel.cut_line == 2)  # type: ignore[union-attr]
    theatre.time += 11
    viewer.session.drained(theatre.now())
    (first,) = viewer.session.flush(theatre.now())
    assert b'"type":"patch"' in first.body
    assert b'"type":"entries"' not in first.body
    (second,) = viewer.session.flush(theatre.now())
    assert b'"type":"entries"' in second.body
    viewer.session.paused(theatre.now())
    theatre.time += 59
    viewer.session.tick(theatre.now())
    assert viewer.session.close_code is None
    theatre.time += 2
    viewer.session.tick(theatre.now())
    assert viewer.session.close_code == Code.STALLED


async def test_a_hidden_viewer_gets_the_view_once_a_second_and_the_log_when_it_looks_again(theatre: Theatre) -> None:
    theatre.time = 1000.0
    run = await theatre.run()
    hidden, open_eyed = await theatre.watching(run), await theatre.watching(run)
    await eventually_async(lambda: hidden.lines == [1])
    hidden.say({"type": "visible", "visible": False})
    for number in range(5):
        await run.log(f"unseen {number}")
        await run.metric("loss", number)
        await eventually_async(lambda number=number: f"unseen {number}" in open_eyed.texts)
    theatre.time += 1.1
    hidden.session.tick(theatre.now())
    assert hidden.lines == [1]
    assert hidden.view["counters"]["lines"] == 5
    assert not hidden.of("points")
    hidden.say({"type": "visible", "visible": True})
    await eventually_async(lambda: hidden.lines == [1, 2, 3, 4, 5, 6])
    assert [point["value"] for message in hidden.of("points") for point in message["points"]] == [0, 1, 2, 3, 4]
    await run.finish()
    await hidden.until("finished")


async def test_what_a_stalled_viewer_costs_does_not_grow(theatre: Theatre) -> None:
    run = await theatre.run()
    slow = await theatre.watching(run)
    await eventually_async(lambda: slow.lines == [1])
    slow.stop_reading()
    for _ in range(20):
        await run.log(*("x" * 500 for _ in range(100)))
    assert slow.session._outbox == []
    assert len(slow.session._dirty) <= 1
    slow.leave()


async def test_a_storm_of_points_is_thinned_but_keeps_extremes_and_the_last(theatre: Theatre) -> None:
    run = await theatre.run()
    viewer = await theatre.watching(run)
    await eventually_async(lambda: viewer.lines == [1])
    values = [float(number % 97) for number in range(1_500)]
    values[700] = 9_999.0
    await run.metric("loss", *values)
    message = await viewer.until("points")
    shown = [point["value"] for point in message["points"]]
    assert message["thinned"] is True
    assert len(shown) <= 600
    assert max(shown) == 9_999.0
    assert shown[-1] == values[-1]


async def test_a_token_that_ends_is_announced_then_refused(theatre: Theatre) -> None:
    theatre.time, theatre.expires_in = 1000.0, 100.0
    viewer = theatre.viewer()
    viewer.hello()
    await viewer.until("welcome")
    theatre.time += 75
    viewer.session.tick(theatre.now())
    assert viewer.of("token_expiring")[0]["in"] == pytest.approx(25, abs=1)
    viewer.say({"type": "token", "token": "ada-2"})
    await eventually_async(lambda: viewer.session.visitor is not None and viewer.session.visitor.principal == "ada-2")
    theatre.time += 60
    viewer.session.tick(theatre.now())
    assert not viewer.session.is_closed
    theatre.time += 100
    viewer.session.tick(theatre.now())
    assert viewer.session.close_code == Code.EXPIRED


async def test_a_large_result_is_named_by_its_url(theatre: Theatre) -> None:
    run = await theatre.run()
    viewer = await theatre.watching(run)
    await run.finish("x" * 70_000)
    finished = await viewer.until("finished")
    assert "result" not in finished
    assert finished["result_url"] == f"/api/v1/runs/{run.id}/result"


async def test_points_missed_while_nobody_looked_on_are_read_for_whoever_comes_back(theatre: Theatre) -> None:
    run = await theatre.run()
    await run.metric("loss", 1.0, 2.0)
    before = await run.head()
    position = [theatre.store.epoch, before.last_line, before.last_seq - 2]
    viewer = await theatre.watching(run, **{"from": {"position": position}})
    assert [point["value"] for point in (await viewer.until("points"))["points"]] == [1.0, 2.0]
    await run.metric("loss", 3.0)
    await viewer.until("points", 2)
    assert viewer.of("gap") == []
    again = await theatre.watching(run, **{"from": {"position": position}})
    assert [point["value"] for point in (await again.until("points"))["points"]] == [1.0, 2.0, 3.0]


async def test_no_gap_is_told_where_there_are_no_points(theatre: Theatre) -> None:
    run = await theatre.run()
    before = await run.head()
    await run.log("one", "two")
    viewer = await theatre.watching(run, **{"from": {"position": [theatre.store.epoch, before.last_line, before.last_seq]}})
    await eventually_async(lambda: viewer.texts == ["one", "two"])
    await run.metric("loss", 0.5)
    await viewer.until("points")
    assert viewer.of("subscribed")[0]["result"] == "resumed"
    assert viewer.of("gap") == []


async def test_points_that_are_not_held_any_more_are_a_gap_with_an_address(theatre: Theatre) -> None:
    run = await theatre.run()
    before = await run.head()
    for _ in range(3):
        await run.metric("loss", *([1.0] * 1_000))
    top = (await run.head()).last_seq
    viewer = await theatre.watching(run, **{"from": {"position": [theatre.store.epoch, before.last_line, before.last_seq]}})
    gap = await viewer.until("gap")
    assert (gap["facet"], gap["from"], gap["to"]) == ("metric", before.last_seq + 1, top)
    assert gap["url"].startswith(f"/api/v1/runs/{run.id}/points")


async def test_points_that_retention_has_taken_are_a_gap_and_the_others_come(theatre: Theatre) -> None:
    run = await theatre.run()
    before = await run.head()
    await run.metric("loss", 1.0)
    await run.metric("loss", 2.0)
    top = (await run.head()).last_seq
    await theatre.store.write(lambda tx: tx.journal.drop_front(run.id, Facet.METRIC, top))
    viewer = await theatre.watching(run, **{"from": {"position": [theatre.store.epoch, before.last_line, before.last_seq]}})
    assert [point["value"] for point in (await viewer.until("points"))["points"]] == [2.0]
    assert [(gap["from"], gap["to"]) for gap in viewer.of("gap")] == [(before.last_seq + 1, top - 1)]


async def test_a_token_bucket_lets_a_burst_through_and_then_a_rate() -> None:
    bucket = TokenBucket(rate=2.0, burst=3)
    assert [bucket.take(0.0) for _ in range(4)] == [True, True, True, False]
    assert bucket.retry_in() == 0.5
    assert [bucket.take(0.6) for _ in range(2)] == [True, False]


async def test_one_that_asks_and_never_reads_is_shown_out(theatre: Theatre) -> None:
    viewer = theatre.viewer()
    viewer.hello()
    await viewer.until("welcome")
    viewer.stop_reading()
    for _ in range(3_000):
        viewer.session.tell(kind="degraded", title="x" * 100)
    assert viewer.session.close_code == Code.TOO_FAST
    assert viewer.session.flush(theatre.now())
