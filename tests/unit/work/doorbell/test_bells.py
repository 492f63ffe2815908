from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence

import pytest

from headway.store.contract import News, Queued
from headway.work.doorbell.bells import GOING_ON_SECONDS, Bell, Bells
from headway.work.doorbell.echo import Echo
from headway.work.recorder import Wanted
from tests.contract.material import a_run


class Told:
    """A ringer that remembers what it was told."""

    def __init__(self) -> None:
        self.news: list[Queued] = []
        self.looks: list[Mapping[str, int]] = []
        self.is_away = False

    def ring(self, news: Sequence[News]) -> None:
        self.news += [each for each in news if isinstance(each, Queued)]

    def look(self, unclaimed: Mapping[str, int]) -> None:
        self.looks.append(unclaimed)

    def echo(self, number: int, taken: Callable[[], object]) -> None:
        taken()


class Visitors:
    def __init__(self) -> None:
        self.served: list[list[str]] = []
        self.bells = Bells(served=self.served.append)
        self.bells.is_connected = True
        self.answers: dict[str, str | None] = {}

    def ring(self, name: str, queue: str = "default", count: int = 1) -> None:
        self.bells.ring(Bell(queue=queue, count=count, answer=lambda run: self.answers.update({name: run})))


def test_no_more_is_claimed_than_was_rung_for_nor_than_there_is_room() -> None:
    here = Visitors()
    assert here.bells.wanted(3, ["t"]) == []
    for number in range(3):
        here.ring(f"a{number}", "a")
    here.ring("b", "b")
    wanted = here.bells.wanted(2, ["t"])
    assert [(want.queues, want.limit, want.tasks) for want in wanted] == [(["a"], 2, ["t"])]
    here.bells.turned()
    assert here.answers == {"a0": None, "a1": None}, "nothing was there for them"
    assert [(want.queues, want.limit) for want in here.bells.wanted(9, ["t"])] == [(["a"], 1), (["b"], 1)]


def test_a_bell_is_held_as_long_as_its_run_has_a_place() -> None:
    here = Visitors()
    here.ring("a", "a")
    here.ring("b", "b")
    here.bells.wanted(2, ["t"])
    run = a_run(queue="b")
    here.bells.claimed(run)
    here.bells.claimed(a_run(queue="c"))  # found in another way: nobody rang for it
    here.bells.turned()
    assert here.answers == {"a": None}
    here.bells.settle(lambda held: held == run.id)
    assert "b" not in here.answers
    here.bells.settle(lambda _: False)
    assert here.answers["b"] == run.id


def test_a_bell_for_several_goes_on_as_long_as_they_are_over_in_a_moment() -> None:
    here, told = Visitors(), Told()
    here.bells.ringer = told
    here.ring("a", "a", count=5)
    assert [(want.queues, want.limit) for want in here.bells.wanted(2, ["t", "slow"], quick=["t"], ahead=2)] == [(["a"], 1)]
    first, second, third = (a_run(queue="a") for _ in range(3))
    here.bells.claimed(first, is_quick=True)
    here.bells.turned()
    here.bells.settle(lambda _: False)
    assert here.answers == {}, "it goes on"

    wanted = here.bells.wanted(1, ["t", "slow"], quick=["t"], ahead=2)
    assert [(want.tasks, want.limit) for want in wanted] == [(["t", "slow"], 1), (["t"], 2)]
    here.bells.claimed(second, is_quick=True)
    here.bells.claimed(third, is_quick=True)
    here.bells.turned()
    here.bells.settle(lambda run: run == third.id)
    assert here.bells.wanted(9, ["t"]) == [Wanted(tasks=["t"], limit=2, queues=["a"])]
    here.bells.turned()
    here.bells.settle(lambda _: False)
    assert here.answers == {"a": third.id}, "there is nothing more"
    assert told.news == [], "and nobody else is called for nothing"


def test_what_lasts_leaves_the_rest_to_others() -> None:
    here, told = Visitors(), Told()
    here.bells.ringer = told
    here.ring("a", "a", count=5)
    here.bells.wanted(2, ["slow"])
    here.bells.claimed(run := a_run(queue="a"), is_quick=False)
    here.bells.turned()
    assert told.news == [Queued(queue="a", count=4)]
    assert here.bells.wanted(2, ["slow"]) == []
    here.bells.settle(lambda _: False)
    assert here.answers == {"a": run.id}


def test_who_rings_has_a_turn_before_those_who_go_on() -> None:
    here = Visitors()
    here.ring("a", "a", count=9)
    here.bells.wanted(1, ["t"])
    here.bells.claimed(a_run(queue="a"), is_quick=True)
    here.bells.turned()
    here.bells.settle(lambda _: False)
    here.ring("b", "b")
    assert [(want.queues, want.limit) for want in here.bells.wanted(1, ["t"])] == [(["b"], 1)]


def test_a_bell_goes_on_for_half_a_second_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    here, told = Visitors(), Told()
    here.bells.ringer = told
    here.ring("a", "a", count=9)
    here.bells.wanted(1, ["t"])
    here.bells.claimed(run := a_run(queue="a"), is_quick=True)
    here.bells.turned()
    later = time.monotonic() + GOING_ON_SECONDS
    monkeypatch.setattr(time, "monotonic", lambda: later)
    assert here.bells.wanted(1, ["t"]) == []
    here.bells.settle(lambda _: False)
    assert here.answers == {"a": run.id}
    assert told.news == [Queued(queue="a", count=8)]


def test_at_the_end_those_who_go_on_leave_the_rest_to_others() -> None:
    here, told = Visitors(), Told()
    here.bells.ringer = told
    here.ring("a", "a", count=3)
    here.bells.wanted(1, ["t"])
    here.bells.claimed(run := a_run(queue="a"), is_quick=True)
    here.ring("b", "b", count=7)
    here.bells.close()
    assert told.news == [Queued(queue="b", count=7), Queued(queue="a", count=2)]
    here.bells.settle(lambda _: False)
    assert here.answers == {"a": run.id, "b": None}


def test_who_waits_at_the_end_is_passed_on() -> None:
    here, told = Visitors(), Told()
    here.bells.ringer = told
    here.ring("asked")
    here.bells.wanted(1, ["t"])
    here.ring("waiting", "night")
    here.bells.close()
    here.ring("late")
    assert here.answers == {"asked": None, "waiting": None, "late": None}
    assert [news.queue for news in told.news] == ["default", "night", "default"]


def test_it_is_said_which_queues_are_served_when_that_changes() -> None:
    here = Visitors()
    for queues in (["default"], ["default"], ["default", "night"]):
        here.bells.serve(queues)
    assert here.served == [["default"], ["default", "night"]]


def test_while_nothing_is_heard_nobody_is_kept_at_the_door() -> None:
    here = Visitors()
    here.ring("before")
    here.bells.is_connected = False
    here.bells.turned()
    assert here.answers == {"before": None}, "the worker looks for itself"

    here.bells.is_connected = True
    now = time.monotonic()
    here.bells.echo = Echo(30)
    here.bells.echo.turn(now - 31, served=["default"], listening=[], has_room=True, is_away=False)
    assert not here.bells.is_heard
    here.ring("through all the same")
    here.bells.turned()
    assert here.answers["through all the same"] is None
