"""What news touch, and what the others were not told of yet."""

from __future__ import annotations

from typing import Any

import pytest

from headway.live.bus.contract import BusNews, Watched
from headway.live.topics import UNSAID_LIMIT, Unsaid, touched_by
from headway.model.canary import CANARY_PROJECT
from headway.store.news import Appended, Changed, Deleted, Queued
from headway.store.samples import Sampled


def appended(**more: Any) -> Appended:
    said: dict[str, Any] = {
        "run": "r", "project": "p", "first_seq": 1, "last_seq": 2, "first_line": 1, "last_line": 1, "entries": (), "points": (),
        "patch": {}, "event_count": 2, "log_hash": 0,
    }  # fmt: skip
    return Appended(**{**said, **more})


RUN = {"runs", "run:r"}


@pytest.mark.parametrize(
    ("news", "touched"),
    [
        (appended(), set()),
        (appended(is_run_changed=True), RUN),
        (appended(is_run_changed=True, final_state="failed"), RUN),
        (appended(is_run_changed=True, final_state="failed", project=CANARY_PROJECT), set()),
        (Deleted(run="r", project="p"), RUN),
        (Changed(what="presets"), {"presets"}),
        (Deleted(run="r", project=CANARY_PROJECT), set()),
        (Sampled(samples=[]), {"sampled"}),
        (Queued(queue="q"), set()),
        (Watched(run="r", count=1), set()),
    ],
)
def test_what_news_touch(news: BusNews, touched: set[str]) -> None:
    assert touched_by([news]) == touched


def test_a_topic_is_unsaid_until_it_was_said_and_again_if_that_failed() -> None:
    unsaid = Unsaid()
    number = unsaid.add({"a"})
    assert unsaid.holds(["b", "a"])
    assert unsaid.take() == ["a"]
    assert unsaid.holds(["a"])
    unsaid.failed()
    assert unsaid.said_count < number
    assert unsaid.holds(["a"])
    late = unsaid.add({"b"})
    assert unsaid.take() == ["a", "b"]
    later = unsaid.add({"a"})
    unsaid.said()
    assert number <= late <= unsaid.said_count < later
    assert (unsaid.holds(["b"]), unsaid.holds(["a"])) == (False, True)


def test_no_more_are_remembered_than_may_be() -> None:
    unsaid = Unsaid()
    unsaid.add({f"run:{number}" for number in range(UNSAID_LIMIT + 100)})
    unsaid.add({"newest"})
    assert len(unsaid.take()) == UNSAID_LIMIT
    assert unsaid.holds(["newest"])
