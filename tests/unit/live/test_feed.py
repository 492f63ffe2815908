"""What a feed and its rows decide, without a store: what is applied, what is read, what is told, and from where on a run is new."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from headway.live.arrivals import KNOWN_RUNS, TOLD_AT_ONCE, WINDOW, Arrivals, Recent
from headway.live.feed import FEED_ROWS, Feed, TooManyRows
from headway.live.rows import Row
from headway.store.contract import Appended
from tests.contract.material import after

Json = dict[str, Any]
RUN = "01890000-0000-7000-8000-000000000001"


def news(first_seq: int, patch: Json, *, last_seq: int | None = None) -> Appended:
    return Appended(
        run=RUN, project="p", first_seq=first_seq, last_seq=last_seq or first_seq, first_line=1, last_line=0, entries=(), points=(),
        patch=patch, event_count=1, log_hash=0,
    )  # fmt: skip


def feed_with_row(seq: int = 5, **content: Any) -> Feed:
    """A feed with one row in view that has been read, and cut."""
    feed = Feed(project="p", epoch="e")
    feed.hold([RUN])
    assert feed.take_unread(10) == [RUN]
    feed.put([RUN], {RUN: (seq, content)})
    feed.cut()
    return feed


def shown(row: Row, seq: int = 0) -> Json:
    message, _ = row.message_after(seq, "runs:p")
    return orjson.loads(message)


def test_news_that_follow_are_applied_and_cut_into_one_patch() -> None:
    feed = feed_with_row(5, state="queued")
    feed.apply(news(6, {"state": "running", "bars": {"main": {}}}))
    feed.apply(news(7, {"progress": {"done": 1}}))
    feed.apply(news(8, {"progress": {"done": 2}}, last_seq=9))
    feed.cut()
    patch = shown(feed.rows[RUN], 5)
    assert feed.changed == (RUN,)
    assert patch["seq"] == 9
    assert patch["patch"] == {"state": "running", "progress": {"done": 2}}
    assert "whole" not in patch
    assert not feed.is_behind


def test_old_news_change_nothing_and_ask_for_nothing() -> None:
    feed = feed_with_row(5, state="running")
    feed.apply(news(4, {"state": "queued"}))
    feed.apply(news(5, {"state": "queued"}))
    assert not feed.is_behind
    assert not feed.unread
    assert shown(feed.rows[RUN])["patch"] == {"state": "running"}


def test_a_hole_is_read_and_read_again_when_news_have_come_meanwhile() -> None:
    feed = feed_with_row(5)
    feed.apply(news(7, {"progress": {"done": 7}}))
    assert feed.take_unread(10) == [RUN]
    feed.apply(news(9, {"progress": {"done": 9}}))
    feed.put([RUN], {RUN: (8, {"progress": {"done": 8}})})
    assert feed.take_unread(10) == [RUN]
    feed.put([RUN], {RUN: (9, {"progress": {"done": 9}})})
    assert not feed.unread
    assert shown(feed.rows[RUN])["patch"] == {"progress": {"done": 9}}


def test_a_read_that_is_older_than_the_news_changes_nothing() -> None:
    feed = feed_with_row(5, state="queued")
    feed.unread[RUN] = None
    feed.take_unread(10)
    feed.apply(news(6, {"state": "running"}))
    feed.put([RUN], {RUN: (5, {"state": "queued"})})
    assert feed.rows[RUN].seq == 6
    assert shown(feed.rows[RUN])["patch"] == {"state": "running"}


def test_a_row_is_patched_for_those_in_step_and_whole_for_all_others() -> None:
    row = feed_with_row(5, state="queued", name="n").rows[RUN]
    for seq in (6, 7):
        row.apply({"state": f"state {seq}"}, seq)
        row.cut()
    assert shown(row, 6)["patch"] == {"state": "state 7"}
    for behind in (0, 5):
        assert shown(row, behind) == {**shown(row, behind), "whole": True, "patch": {"state": "state 7", "name": "n"}}


def test_an_object_that_was_removed_and_made_again_comes_whole() -> None:
    row = feed_with_row(5, error={"code": "a", "type": "T"}).rows[RUN]
    row.apply({"error": None}, 6)
    row.apply({"error": {"code": "b"}}, 7)
    row.cut()
    assert shown(row, 5)["whole"] is True
    assert shown(row, 5)["patch"] == {"error": {"code": "b"}}


def test_a_row_that_was_deleted_while_it_was_read_stays_gone() -> None:
    feed = feed_with_row(5)
    feed.unread[RUN] = None
    feed.take_unread(10)
    feed.delete(RUN)
    feed.put([RUN], {RUN: (9, {"state": "failed"})})
    feed.cut()
    assert feed.rows == {}
    assert feed.changed == (RUN,)
    assert feed.gone.after(0) == ([RUN], False)


def test_a_row_is_held_as_long_as_somebody_looks() -> None:
    feed = feed_with_row()
    feed.hold([RUN])
    feed.let_go([RUN])
    assert RUN in feed.rows
    feed.let_go([RUN])
    feed.let_go([RUN])
    assert feed.rows == {}
    assert feed.unread == {}


def test_there_is_room_for_so_many_rows() -> None:
    feed = feed_with_row()
    feed.hold(f"run {number}" for number in range(FEED_ROWS - 1))
    feed.check_room([RUN])
    with pytest.raises(TooManyRows):
        feed.check_room(["one more"])


def test_a_change_of_state_makes_the_counts_stale_and_a_line_does_not() -> None:
    feed = feed_with_row()
    feed.apply(news(6, {"last_line": {"text": "x"}}))
    assert not feed.is_count_stale
    feed.apply(news(7, {"state": "running"}))
    assert feed.is_count_stale


def test_the_same_counts_are_not_told_twice() -> None:
    feed = Feed(project="p", epoch="e")
    feed.count({})
    assert feed.is_behind
    feed.cut()
    feed.count({})
    assert not feed.is_behind
    feed.count({"running": 1})
    assert feed.is_behind


def test_recent_ones_are_asked_for_by_number() -> None:
    recent = Recent()
    for number in range(TOLD_AT_ONCE + 5):
        recent.add(str(number))
    assert recent.after(recent.count) == ([], False)
    assert recent.after(recent.count - 2) == (["103", "104"], False)
    assert recent.after(5) == ([str(number) for number in range(5, 105)], False)
    assert recent.after(4) == ([str(number) for number in range(5, 105)], True)


def test_a_run_is_new_once() -> None:
    arrivals = Arrivals()
    arrivals.settle([("old", after(0))])
    assert arrivals.note("new")
    assert not arrivals.note("new")
    assert not arrivals.note("old")
    assert arrivals.unknown([("lost", after(2)), ("new", after(1)), ("old", after(0))]) == ["lost"]


def test_an_old_run_that_moves_up_when_others_are_deleted_is_not_new() -> None:
    window = [(f"{number:03}", after(number)) for number in reversed(range(WINDOW))]
    arrivals = Arrivals()
    arrivals.settle(window)
    assert arrivals.unknown([*window[1:], ("older", after(-1))]) == []
    assert arrivals.unknown([("200", after(200)), *window[:-1]]) == ["200"]


def test_only_so_many_runs_are_known() -> None:
    arrivals = Arrivals()
    for number in range(KNOWN_RUNS + 10):
        arrivals.note(str(number))
    assert len(arrivals._known) == KNOWN_RUNS
