"""The hub: a hole is read from the journal, a lost last message is found, viewers in step share frames."""

from __future__ import annotations

from headway.live.hub import HEARS_AGAIN
from headway.model.positions import Position, write_cursor
from headway.store.contract import Appended
from tests.unit.live.theatre import Theatre, bare, open_theatre
from tests.waiting import eventually_async


async def test_a_viewer_sees_the_whole_run_and_its_end(theatre: Theatre) -> None:
    run = await theatre.run()
    await run.log("one", "two")
    viewer = await theatre.watching(run)
    await run.log("three")
    await run.progress(5, total=10)
    await run.finish({"rows": 7})
    finished = await viewer.until("finished")
    head = await run.head()
    assert viewer.lines == list(range(1, head.last_line + 1))
    assert [text for text in viewer.texts if "." not in text] == ["one", "two", "three"]
    assert viewer.view == bare(head.view)
    assert (finished["state"], finished["line"], finished["result"]) == ("succeeded", head.last_line, {"rows": 7})
    assert finished["log_hash"] == head.log_hash
    assert viewer.kinds().count("finished") == 1


async def test_a_hole_in_the_news_is_read_from_the_journal(theatre: Theatre) -> None:
    run = await theatre.run()
    viewer = await theatre.watching(run)
    theatre.is_deaf = True
    await run.log("lost")
    await run.metric("loss", 0.5)
    theatre.is_deaf = False
    await run.log("heard")
    await eventually_async(lambda: "heard" in viewer.texts)
    assert viewer.texts[-2:] == ["lost", "heard"]
    assert [point["value"] for message in viewer.of("points") for point in message["points"]] == [0.5]
    assert viewer.view == bare((await run.head()).view)
    assert theatre.hub.hole_count == 1


async def test_a_lost_last_message_is_found_by_comparing_tops_and_counted() -> None:
    async with open_theatre(tops_seconds=0.05) as theatre:
        run = await theatre.run()
        viewer = await theatre.watching(run)
        theatre.is_deaf = True
        await run.log("the last words")
        await eventually_async(lambda: "the last words" in viewer.texts)
        assert theatre.hub.found_by_tops == 1
        await run.finish()
        await viewer.until("finished")


async def test_viewers_in_step_share_the_same_frames(theatre: Theatre) -> None:
    run = await theatre.run()
    viewers = [await theatre.watching(run) for _ in range(3)]
    await eventually_async(lambda: all(viewer.lines == [1] for viewer in viewers))
    await run.log("for all")
    await eventually_async(lambda: all("for all" in viewer.texts for viewer in viewers))
    assert len({id(viewer.frames[-1]) for viewer in viewers}) == 1


async def test_lines_beyond_the_ring_come_from_the_journal_in_pages(theatre: Theatre) -> None:
    run = await theatre.run()
    for start in range(0, 2_500, 500):
        await run.log(*(f"line {number}" for number in range(start, start + 500)))
    viewer = await theatre.watching(run)
    await run.log("new")
    await run.finish()
    await viewer.until("finished")
    assert viewer.lines == list(range(1, (await run.head()).last_line + 1))


async def test_a_deleted_run_ends_its_channel(theatre: Theatre) -> None:
    run = await theatre.run()
    viewer = await theatre.watching(run)
    await run.finish()
    await viewer.until("finished")
    await run.delete()
    assert (await viewer.until("unsubscribed"))["code"] == "run_not_found"


async def test_workers_hear_how_many_look_on(theatre: Theatre) -> None:
    run = await theatre.run()
    first = await theatre.watching(run)
    await eventually_async(lambda: [told.count for told in theatre.told] == [1])
    second = await theatre.watching(run)
    first.leave()
    second.leave()
    await eventually_async(lambda: theatre.told[-1].count == 0)
    assert {told.run for told in theatre.told} == {run.id}


async def test_a_run_nobody_looks_at_any_more_is_forgotten_after_a_while() -> None:
    async with open_theatre(linger_seconds=0.01) as theatre:
        run = await theatre.run()
        viewer = await theatre.watching(run)
        assert theatre.hub.watched_count == 1
        viewer.leave()
        await eventually_async(lambda: theatre.hub.watched_count == 0)


async def test_a_new_attempt_makes_workers_hear_again_who_looks_on(theatre: Theatre) -> None:
    run = await theatre.run()
    await theatre.watching(run)
    await eventually_async(lambda: [told.count for told in theatre.told] == [1])
    head = await run.head()
    theatre.hub.apply(
        [
            Appended(
                run=run.id, project="default", first_seq=head.last_seq + 1, last_seq=head.last_seq + 1, first_line=head.last_line + 1,
                last_line=head.last_line, entries=(), points=(), patch={"attempt": 2}, event_count=1, log_hash=head.log_hash,
            )
        ]
    )  # fmt: skip
    assert [told.count for told in theatre.told] == [1, 1]


async def test_the_number_of_viewers_is_told_at_most_once_a_second(theatre: Theatre) -> None:
    run = await theatre.run()
    for _ in range(5):
        await theatre.watching(run)
    assert [told.count for told in theatre.told] == [1]
    await eventually_async(lambda: theatre.told[-1].count == 5)
    assert len(theatre.told) == 2
    assert theatre.hub.watched() == theatre.told[-1:]


async def test_what_is_told_together_and_taken_up_again_is_counted() -> None:
    async with open_theatre(tick_seconds=0.3, least_tick_seconds=0.3) as theatre:
        run = await theatre.run()
        viewer = await theatre.watching(run)
        assert (theatre.hub.folded_count, theatre.gateway.tally.reconnects) == (0, 0)
        # The first goes out at once, the others wait for the tick.
        for number in range(1, 5):
            await run.progress(number)
        await eventually_async(lambda: viewer.view.get("progress", {}).get("done") == 4)
        assert 1 <= theatre.hub.folded_count <= 3
        position = write_cursor({f"run:{run.id}": Position(epoch=theatre.store.epoch, line=0, seq=1)})
        again = theatre.viewer()
        again.hello(cursor=position)
        await eventually_async(lambda: "welcome" in again.kinds())
        assert theatre.gateway.tally.reconnects == 1


async def test_a_hub_that_hears_nothing_says_so_and_one_that_has_missed_once_does_not(theatre: Theatre) -> None:
    run = await theatre.run()
    viewer = await theatre.watching(run)
    await eventually_async(lambda: viewer.lines == [1])
    theatre.is_deaf = True
    for number, deaf in ((2, False), (3, True)):
        await run.log("unheard")
        await theatre.hub.compare_tops()
        await eventually_async(lambda number=number: len(viewer.lines) == number)
        assert theatre.hub.is_deaf is deaf
    assert theatre.gateway.trouble is not None
    assert "does not hear" in theatre.gateway.trouble


async def test_a_hub_that_hears_again_says_so_before_the_minute_is_over(theatre: Theatre) -> None:
    run = await theatre.run()
    viewer = await theatre.watching(run)
    await eventually_async(lambda: viewer.lines == [1])

    async def lose(line: int) -> None:
        theatre.is_deaf = True
        await run.log("unheard")
        await theatre.hub.compare_tops()
        theatre.is_deaf = False  # not before: news on their way would be heard, and nothing be lost
        await eventually_async(lambda: viewer.lines[-1] == line)  # what is being read already is not found again

    await lose(2)
    await lose(3)
    for _ in range(HEARS_AGAIN):
        assert theatre.hub.is_deaf
        await theatre.hub.compare_tops()
    assert not theatre.hub.is_deaf
    assert theatre.gateway.trouble is None
    await lose(4)
    assert theatre.hub.is_deaf, "those of before are not forgotten"


async def test_what_was_lost_while_the_bus_was_away_is_caught_up_and_held_against_nobody(theatre: Theatre) -> None:
    run = await theatre.run()
    viewer = await theatre.watching(run)
    await eventually_async(lambda: viewer.lines == [1])
    theatre.is_deaf = True
    await run.log("unheard")
    await theatre.hub.compare_tops()
    await eventually_async(lambda: viewer.lines == [1, 2])
    await run.log("unheard as well")
    theatre.is_deaf = False
    await theatre.hub.catch_up()
    await eventually_async(lambda: viewer.lines == [1, 2, 3])
    assert theatre.hub.found_by_tops == 2
    assert not theatre.hub.is_deaf
