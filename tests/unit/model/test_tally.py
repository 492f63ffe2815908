"""Tallies: no run is lost."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from headway.model.course import Reading, course_of
from headway.model.tally import GRAINS, QUARTER, cover, cover_kept, fine_since, floor_of, widened
from headway.testing.clock import START


@given(st.integers(0, 400), st.integers(0, 40_000), st.sampled_from(GRAINS))
def test_a_cover_holds_every_quarter_once(first: int, count: int, coarsest: int) -> None:
    begin = floor_of(START, QUARTER) + timedelta(seconds=first * QUARTER)
    end = begin + timedelta(seconds=count * QUARTER)
    at = begin
    stretches = cover(begin, end, coarsest)
    assert len(stretches) <= 5
    for stretch in stretches:
        assert stretch.first == at
        assert floor_of(stretch.first, stretch.grain) == stretch.first
        assert floor_of(stretch.last, stretch.grain) == stretch.last
        assert stretch.grain <= coarsest
        at = stretch.last
    assert at == end


@given(st.integers(0, 400 * 96), st.integers(1, 400 * 96), st.sampled_from(GRAINS), st.integers(0, 95))
def test_what_was_long_ago_is_covered_by_days_alone(age: int, count: int, coarsest: int, quarter: int) -> None:
    now = floor_of(START, QUARTER) + timedelta(seconds=quarter * QUARTER)
    asked = now - timedelta(seconds=age * QUARTER)
    until = min(now, asked + timedelta(seconds=count * QUARTER))
    first, last = widened(asked, until, now)
    assert first <= asked
    assert last >= until
    at = first
    stretches = cover_kept(first, last, now, coarsest)
    assert len(stretches) <= 5
    for stretch in stretches:
        assert stretch.first == at
        assert floor_of(stretch.first, stretch.grain) == stretch.first
        assert floor_of(stretch.last, stretch.grain) == stretch.last
        assert stretch.grain == GRAINS[0] or stretch.first >= fine_since(now)
        assert stretch.grain <= coarsest or stretch.last <= fine_since(now)
        at = stretch.last
    assert at == last


def readings(bar: str, *points: tuple[float, float], total: float = 10) -> list[Reading]:
    return [Reading(bar=bar, at_seconds=at, done=done, total=total) for at, done in points]


def test_a_course_tells_when_each_part_of_the_work_was_done() -> None:
    course = course_of(100.0, {"n": 1}, readings("main", (0, 0), (50, 1), (95, 10)))
    assert (course.bar, course.total, len(course.shares)) == ("main", 10, 19)
    assert course.shares[1] == 0.5
    assert course.shares[-1] == 0.925
    assert list(course.shares) == sorted(course.shares)


def test_a_bar_that_is_not_the_runs_own_is_none() -> None:
    loops = readings("inner", (0, 0), (10, 10), (11, 0), (20, 10))
    part = readings("part", (0, 0), (40, 10))
    unfinished = readings("open", (0, 0), (90, 9))
    for some in (loops, part, unfinished, []):
        assert course_of(100.0, {}, some).bar is None
    both = sorted([*part, *readings("whole", (1, 0), (99, 10))], key=lambda reading: reading.at_seconds)
    assert course_of(100.0, {}, both).bar == "whole"
