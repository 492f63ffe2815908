from __future__ import annotations

from itertools import pairwise

from headway.work.doorbell.missing import PAUSE_LIMIT, Missing


def due(missing: Missing, unclaimed: dict[str, int], messages: int, now: float) -> dict[str, int]:
    return missing.due(unclaimed, lambda _: messages, now)


def test_a_difference_counts_when_it_is_there_twice() -> None:
    missing = Missing()
    assert due(missing, {"a": 3}, 0, 0) == {}
    assert due(missing, {"a": 3}, 3, 2) == {}, "they had only just been sent"
    assert due(missing, {"a": 5}, 3, 4) == {}
    assert due(missing, {"a": 6}, 3, 6) == {"a": 2}, "one of the three may be on its way"


def test_nothing_is_missing_where_there_are_messages_enough() -> None:
    missing = Missing()
    assert [due(missing, {"a": 3}, 3, at) for at in (0, 2, 4)] == [{}] * 3
    assert [due(missing, {"a": 3}, 9, at) for at in (6, 8)] == [{}] * 2


def test_where_it_helps_nobody_it_is_rung_less_and_less_often() -> None:
    missing = Missing()
    rung = [at for at in range(0, 200, 2) if due(missing, {"a": 1}, 0, at)]
    pauses = [after - before for before, after in pairwise(rung)]
    assert pauses == sorted(pauses)
    assert pauses[0] == 2
    assert pauses[-1] == PAUSE_LIMIT


def test_a_backlog_that_is_worked_off_is_rung_for_at_each_look() -> None:
    missing = Missing()
    due(missing, {"a": 1_000}, 0, 0)
    rung = [due(missing, {"a": count}, 0, at) for at, count in enumerate(range(900, 0, -100), start=1)]
    assert all(rung), "what was sent last time has been taken"


def test_a_queue_that_was_empty_in_between_begins_anew() -> None:
    missing = Missing()
    assert due(missing, {"a": 1}, 0, 0) == {}
    assert due(missing, {}, 0, 2) == {}
    assert due(missing, {"a": 1}, 0, 4) == {}
