"""The range holds as often as it says, over replays of runs whose end is known; and where nothing is known, nothing is said."""

from __future__ import annotations

import math
from pathlib import Path
from random import Random

import pytest
from bench.insight import recorded
from bench.insight.eta import recorded_verdicts, summary
from bench.insight.replay import Verdict, replay
from bench.insight.worlds import WORLDS, run_of

from headway.insight.eta import FEWEST, guide_for, likeness
from headway.model.course import Course
from headway.model.eta import KNOTS, Basis, estimate


@pytest.mark.slow
@pytest.mark.parametrize("past", [5, 20, 40])
def test_the_range_holds_eight_of_ten_ends(past: int) -> None:
    found: list[Verdict] = []
    for world, pace in WORLDS.items():
        chance = Random(f"{world} {past} held out")
        runs = [run_of(pace, chance) for _ in range(past + 40)]
        for at in range(40):
            found += replay([course for course, _ in runs[at : at + past]], *runs[at + past])
    held, error, _ = summary(found)
    assert 0.75 <= held <= 0.85
    assert error <= 0.15


def test_of_recorded_runs_of_real_tasks_the_range_holds_as_often() -> None:
    """Each is foretold by those before it, with the noise of the machine as it was."""
    found = {kind: recorded_verdicts(runs) for kind, runs in recorded.read().items()}
    held, error, _ = summary([verdict for of_kind in found.values() for verdict in of_kind])
    assert len(found) == 6
    assert 0.75 <= held <= 0.85
    assert error <= 0.15
    assert {kind: summary(of_kind)[0] for kind, of_kind in found.items() if summary(of_kind)[0] < 0.6} == {}


def test_what_was_recorded_is_read_as_it_was_written(tmp_path: Path) -> None:
    runs = [run for kind in recorded.read().values() for run in kind]
    file = tmp_path / "again.jsonl"
    recorded.write(file, {"format": recorded.FORMAT}, runs)
    assert [run for kind in recorded.read(file).values() for run in kind] == runs
    assert sum(run.course.bar is not None for run in runs) >= 100
    assert all(run.course.bar == run.readings[0].bar for run in runs if run.readings)


def test_the_size_of_a_run_says_nothing_of_where_on_its_way_it_is() -> None:
    """What was left of small and of large runs is brought to the size of this one; which share of its time it has spent is not."""
    chance = Random(5)
    history = [run_of(WORLDS["warm-up"], chance, spread=0.05, items=items)[0] for items in (40, 400) * 10]
    for items in (40, 400):
        knot = guide_for(history, {"items": items}, items).knots[10]
        assert knot.share == pytest.approx(0.75, abs=0.05)


@pytest.mark.parametrize("count", [3, 5, 8, 9, 20])
def test_errors_that_are_like_those_before_lie_within_the_range_eight_times_of_ten(count: int) -> None:
    chance = Random(count)
    held = 0
    for _ in range(1_000):
        *past, now = [course(math.exp(chance.gauss(3.0, 0.3))) for _ in range(count + 1)]
        usual = guide_for(past, {}).usual
        assert usual is not None
        held += usual.low <= now.duration_seconds <= usual.high
    assert 0.75 <= held / 1_000 <= 0.87


@pytest.mark.parametrize("world", WORLDS)
def test_the_estimate_is_near_after_a_fifth_of_the_run(world: str) -> None:
    chance = Random(f"{world} near")
    found: list[Verdict] = []
    for _ in range(15):
        history = [run_of(WORLDS[world], chance)[0] for _ in range(20)]
        found += replay(history, *run_of(WORLDS[world], chance))
    assert summary(found)[1] <= 0.2


EVENLY = [step / KNOTS for step in range(1, KNOTS)]


def course(seconds: float, **parameters: object) -> Course:
    return Course(duration_seconds=seconds, parameters=parameters)


def test_of_few_runs_nothing_is_usual() -> None:
    guide = guide_for([course(10)] * (FEWEST - 1), {})
    assert (guide.usual, guide.count, len(guide.knots)) == (None, FEWEST - 1, 20)
    assert estimate(guide, elapsed_seconds=5.0) is None
    said = estimate(guide, elapsed_seconds=5.0, done=1, total=2)
    assert said is not None
    assert (said.basis, said.slowness) == (Basis.RATE, None)


def test_runs_that_are_alike_make_nobody_quite_sure() -> None:
    usual = guide_for([course(10)] * 20, {}).usual
    assert usual is not None
    assert usual.low < 10 < usual.high
    assert usual.middle == pytest.approx(10)


@pytest.mark.parametrize(("total", "times"), [(12.0, 5.0), (None, 1.0)])
def test_a_run_five_times_as_large_as_all_others_takes_five_times_as_long(total: float | None, times: float) -> None:
    """None of them can say whether size counts. Of runs that did not tell theirs nothing follows."""
    history = [Course(duration_seconds=10 + number / 10, parameters={}, bar="main", total=total, shares=EVENLY) for number in range(8)]
    usual = guide_for(history, {}, total=60.0).usual
    assert usual is not None
    assert usual.middle == pytest.approx(10.3 * times, rel=0.05)


def test_like_parameters_count_where_they_tell() -> None:
    chance = Random(3)
    history = [course(n * 10 * chance.uniform(0.9, 1.1), n=n) for n in (1, 2, 8, 9) * 5]
    small, large = guide_for(history, {"n": 1}).usual, guide_for(history, {"n": 9}).usual
    assert small is not None
    assert large is not None
    assert small.high < large.low


def test_likeness() -> None:
    one = {"n": 10, "rows": [1, 2], "name": "a", "flag": True}
    assert likeness(one, dict(one)) == 1.0
    assert likeness(one, {**one, "n": 11}) > likeness(one, {**one, "n": 20}) > likeness(one, {**one, "n": 1_000})
    assert likeness(one, {**one, "name": "b"}) == likeness(one, {**one, "flag": False}) == 0.5
    assert likeness(one, {}) == pytest.approx(0.0625)


def test_a_run_that_takes_longer_than_all_is_slower_than_usual() -> None:
    history = [run_of(WORLDS["constant"], Random(seed), items=100)[0] for seed in range(20)]
    guide = guide_for(history, {"items": 100}, 100)
    assert guide.usual is not None
    slow = estimate(guide, elapsed_seconds=guide.usual.middle * 3, done=50, total=100)
    usual = estimate(guide, elapsed_seconds=guide.usual.middle / 2, done=50, total=100)
    assert slow is not None
    assert usual is not None
    assert (slow.is_slower_than_usual, usual.is_slower_than_usual) == (True, False)
    assert (slow.slowness or 0) > 2
