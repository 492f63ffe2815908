"""Live lists: rows in view follow their runs, new and deleted runs are told, counts follow, and only what is looked at costs."""

from __future__ import annotations

from itertools import pairwise

import pytest

from headway.live import feed, feeds, hub
from headway.model.clock import parse_iso
from headway.model.ids import new_id
from headway.store.contract import Deleted, News
from tests.unit.live.theatre import Run, Theatre, Viewer, open_theatre
from tests.waiting import eventually_async


async def shows_what_is_stored(viewer: Viewer, *runs: Run) -> None:
    for run in runs:
        stored = await run.row()
        await eventually_async(lambda run=run, stored=stored: viewer.row(run) == stored, what=f"{stored}, not {viewer.row(run)}")


async def test_a_row_comes_whole_and_then_as_patches(theatre: Theatre) -> None:
    run = await theatre.run("Class 7b")
    viewer = await theatre.watching_list(run)
    whole = viewer.of("row")[0]
    assert whole["whole"] is True
    assert (whole["run"], whole["patch"]["name"], whole["patch"]["state"]) == (run.id, "Class 7b", "running")
    assert "bars" not in whole["patch"]
    await run.progress(3, total=10)
    await eventually_async(lambda: len(viewer.of("row")) == 2)
    patch = viewer.of("row")[1]
    assert "whole" not in patch
    assert patch["patch"].keys() == {"progress"}
    assert patch["seq"] > whole["seq"]
    await run.log("half of it")
    await run.finish()
    await shows_what_is_stored(viewer, run)
    assert viewer.row(run)["state"] == "succeeded"  # type: ignore[index]


async def test_what_a_row_does_not_show_is_not_sent(theatre: Theatre) -> None:
    run = await theatre.run()
    viewer = await theatre.watching_list(run)
    await run.metric("loss", 0.5)
    await run.log("seen")
    await shows_what_is_stored(viewer, run)
    assert len(viewer.of("row")) == 2


async def test_only_rows_in_view_are_sent(theatre: Theatre) -> None:
    seen, unseen = await theatre.run("seen"), await theatre.run("unseen")
    viewer = await theatre.watching_list(seen)
    await unseen.log("nobody reads this")
    await seen.log("somebody reads this")
    await shows_what_is_stored(viewer, seen)
    assert {message["run"] for message in viewer.of("row")} == {seen.id}
    viewer.look(unseen, remove=[seen])
    await eventually_async(lambda: viewer.row(unseen) is not None)
    heard = len(viewer.of("row"))
    await seen.log("out of view")
    await unseen.log("in view")
    await shows_what_is_stored(viewer, unseen)
    assert {message["run"] for message in viewer.of("row")[heard:]} == {unseen.id}


async def test_a_row_that_comes_back_into_view_comes_whole(theatre: Theatre) -> None:
    run = await theatre.run()
    viewer = await theatre.watching_list(run)
    viewer.look(remove=[run])
    await run.log("out of view")
    viewer.look(run)
    await eventually_async(lambda: len(viewer.of("row")) == 2)
    assert viewer.of("row")[1]["whole"] is True
    await shows_what_is_stored(viewer, run)


async def test_new_and_deleted_runs_are_told(theatre: Theatre) -> None:
    old = await theatre.run()
    viewer = await theatre.watching_list(old)
    assert viewer.table.new == []
    fresh = [await theatre.run() for _ in range(3)]
    await theatre.run(project="another")
    await eventually_async(lambda: viewer.table.new == [run.id for run in fresh])
    await old.finish()
    await old.delete()
    await fresh[0].finish()
    await fresh[0].delete()
    await eventually_async(lambda: viewer.table.gone == [old.id, fresh[0].id])
    assert viewer.row(old) is None


async def test_states_count_what_has_not_ended(theatre: Theatre) -> None:
    first = await theatre.run()
    viewer = await theatre.watching_list()
    assert viewer.table.states == {"running": 1}
    second = await theatre.run()
    await eventually_async(lambda: viewer.table.states == {"running": 2})
    await first.finish()
    await second.finish()
    await eventually_async(lambda: viewer.table.states == {})


async def test_states_are_counted_only_so_often(theatre: Theatre, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feeds, "COUNT_SECONDS", 0.2)
    viewer = await theatre.watching_list()
    for number in range(1, 4):
        for _ in range(5):
            await (await theatre.run()).finish()
        await theatre.run()
        await eventually_async(lambda number=number: viewer.table.states == {"running": number})
    counted: dict[str, float] = {}
    for message in viewer.of("rows_changed"):
        counted.setdefault(str(message["states"]), parse_iso(message["at"]).timestamp())
    times = list(counted.values())
    assert len(times) >= 4
    assert min(later - sooner for sooner, later in pairwise(times)) > 0.15


async def test_a_run_of_another_project_and_one_that_is_none_are_gone(theatre: Theatre) -> None:
    foreign = await theatre.run(project="another")
    viewer = await theatre.watching_list()
    nowhere = new_id()
    viewer.say({"type": "rows", "channel": "runs:default", "add": [foreign.id, nowhere]})
    await eventually_async(lambda: sorted(viewer.table.gone) == sorted([foreign.id, nowhere]))
    await foreign.log("not for you")
    await theatre.run()
    await eventually_async(lambda: viewer.table.new)
    assert viewer.of("row") == []
    assert theatre.hub.row_count == 0


async def test_viewers_with_the_same_rows_share_the_same_frames(theatre: Theatre) -> None:
    runs = [await theatre.run() for _ in range(3)]
    viewers = [await theatre.watching_list(*runs) for _ in range(3)]
    other = await theatre.watching_list(runs[0])
    await runs[1].log("for three")
    for viewer in viewers:
        await shows_what_is_stored(viewer, *runs)
    assert len({id(viewer.frames[-1]) for viewer in viewers}) == 1
    assert other.row(runs[1]) is None


async def test_changes_between_two_flushes_are_one_patch(theatre: Theatre) -> None:
    run = await theatre.run()
    viewer = await theatre.watching_list(run)
    heard: list[News] = []
    theatre.store.set_announce(heard.extend)
    for number in range(40):
        await run.progress(number)
    await eventually_async(lambda: len(heard) == 40)
    theatre.hub.apply(heard)
    await shows_what_is_stored(viewer, run)
    assert len(viewer.of("row")) == 2


async def test_who_did_not_read_gets_the_whole_row_once(theatre: Theatre) -> None:
    run = await theatre.run()
    slow, quick = await theatre.watching_list(run), await theatre.watching_list(run)
    slow.stop_reading()
    heard = len(slow.heard)
    for number in range(10):
        await run.log(f"line {number}")
        await shows_what_is_stored(quick, run)
    assert slow.session._outbox == []
    slow.read_again()
    (row,) = slow.heard[heard:]
    assert row["whole"] is True
    await shows_what_is_stored(slow, run)
    await run.log("in step again")
    await shows_what_is_stored(slow, run)
    assert "whole" not in slow.of("row")[-1]


async def test_a_hidden_viewer_gets_rows_once_a_second(theatre: Theatre) -> None:
    theatre.time = 1000.0
    run = await theatre.run()
    hidden, open_eyed = await theatre.watching_list(run), await theatre.watching_list(run)
    hidden.say({"type": "visible", "visible": False})
    await run.log("first")
    await shows_what_is_stored(open_eyed, run)
    heard = len(hidden.of("row"))
    for number in range(3):
        await run.log(f"unseen {number}")
        await shows_what_is_stored(open_eyed, run)
    assert len(hidden.of("row")) == heard
    theatre.time += 1.1
    hidden.session.tick(theatre.now())
    await shows_what_is_stored(hidden, run)
    assert len(hidden.of("row")) == heard + 1


async def test_a_hole_in_the_news_of_a_row_is_read_from_the_store(theatre: Theatre) -> None:
    run = await theatre.run()
    viewer = await theatre.watching_list(run)
    theatre.is_deaf = True
    await run.progress(7, total=10)
    theatre.is_deaf = False
    await run.log("heard")
    await shows_what_is_stored(viewer, run)
    assert viewer.row(run)["progress"]["done"] == 7  # type: ignore[index]


async def test_lost_news_of_a_row_are_found_by_comparing_and_counted() -> None:
    async with open_theatre(tops_seconds=0.05) as theatre:
        run = await theatre.run()
        viewer = await theatre.watching_list(run)
        theatre.is_deaf = True
        await run.finish()
        await shows_what_is_stored(viewer, run)
        await eventually_async(lambda: viewer.table.states == {})
        assert theatre.hub.found_by_tops == 1


async def test_a_run_that_was_created_or_deleted_without_a_word_is_found() -> None:
    async with open_theatre(tops_seconds=0.05) as theatre:
        old = await theatre.run()
        await old.finish()
        viewer = await theatre.watching_list(old)
        theatre.is_deaf = True
        run = await theatre.run()
        await old.delete()
        await eventually_async(lambda: (viewer.table.new, viewer.table.gone) == ([run.id], [old.id]))
        await eventually_async(lambda: viewer.table.states == {"running": 1})


async def test_more_than_a_hundred_new_runs_are_told_as_more(theatre: Theatre) -> None:
    viewer = await theatre.watching_list()
    viewer.stop_reading()
    runs = [await theatre.run() for _ in range(103)]
    viewer.read_again()
    await eventually_async(lambda: len(viewer.table.new) >= 100)
    assert viewer.table.new == [run.id for run in runs[3:]]
    assert viewer.table.is_more


async def test_nobody_looks_any_more_and_nothing_is_held(theatre: Theatre) -> None:
    runs = [await theatre.run() for _ in range(3)]
    first, second = await theatre.watching_list(*runs), await theatre.watching_list(runs[0])
    assert theatre.hub.row_count == 3
    first.leave()
    assert theatre.hub.row_count == 1
    second.say({"type": "unsubscribe", "id": "list"})
    await second.until("unsubscribed")
    assert theatre.hub.row_count == 0
    assert theatre.hub._lists._shows == {}


async def test_all_viewers_together_have_a_limited_number_of_rows(theatre: Theatre, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed, "FEED_ROWS", 2)
    runs = [await theatre.run() for _ in range(3)]
    first, second = await theatre.watching_list(*runs[:2]), await theatre.watching_list(runs[0])
    second.look(runs[2])
    error = await second.until("error")
    assert (error["code"], error["temporary"]) == ("too_many_rows", True)
    first.look(remove=[runs[1]])
    second.look(runs[2])
    await shows_what_is_stored(second, runs[2])
    late = theatre.viewer()
    late.hello()
    late.subscribe_list(rows=[runs[1]])
    error = await late.until("error")
    assert (error["id"], error["code"], error["temporary"]) == ("list", "too_many_rows", True)


async def test_a_fresh_token_that_may_see_less_ends_the_list(theatre: Theatre) -> None:
    run = await theatre.run()
    viewer = await theatre.watching_list(run)
    theatre.hidden.add("default")
    viewer.say({"type": "token", "token": "ada-2"})
    ended = await viewer.until("unsubscribed")
    assert (ended["id"], ended["channel"], ended["code"]) == ("list", "runs:default", "forbidden")
    heard = len(viewer.heard)
    await run.finish()
    assert len(viewer.heard) == heard
    assert theatre.hub.row_count == 0


async def test_more_rows_than_one_query_asks_for_are_compared(theatre: Theatre, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub, "TOPS_AT_ONCE", 2)
    runs = [await theatre.run() for _ in range(5)]
    viewer = await theatre.watching_list(*runs)
    theatre.is_deaf = True
    for run in runs:
        await run.log("lost")
    await theatre.hub.compare_tops()
    await shows_what_is_stored(viewer, *runs)
    assert theatre.hub.found_by_tops == 5


async def test_rows_asked_for_together_with_the_subscription_come(theatre: Theatre) -> None:
    run = await theatre.run()
    viewer = theatre.viewer()
    viewer.say(
        [
            {"type": "hello", "version": 1, "token": "ada"},
            {"type": "subscribe", "id": 1, "channel": "runs:default"},
            {"type": "rows", "channel": "runs:default", "add": [run.id]},
        ]
    )
    await shows_what_is_stored(viewer, run)
    assert viewer.kinds()[:3] == ["welcome", "subscribed", "rows_changed"]


async def test_a_page_of_large_rows_is_sent_in_portions(theatre: Theatre) -> None:
    runs = [await theatre.run("x" * 180) for _ in range(120)]
    for run in runs:
        await run.log("y" * 290)
    viewer = await theatre.watching_list(*runs)
    assert max(len(frame.body) for frame in viewer.frames) < 1.1 * theatre.settings.flush_bytes
    await shows_what_is_stored(viewer, *runs)


async def test_news_for_a_feed_that_is_gone_do_nothing(theatre: Theatre) -> None:
    run = await theatre.run()
    viewer = await theatre.watching_list(run)
    viewer.leave()
    await run.finish()
    theatre.hub.apply([Deleted(run=run.id, project="default")])
    assert theatre.hub.row_count == 0
