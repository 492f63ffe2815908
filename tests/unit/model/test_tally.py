"""Histograms and tallies: what is lost (5 % of a quantile), and what never is (a run)."""

from __future__ import annotations

import math
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from headway.model.course import Reading, course_of
from headway.model.histogram import LEAST_SECONDS, bucket_of, histogram_of, middle_of, quantile_of
from headway.model.tally import GRAINS, QUARTER, cover, floor_of
from headway.testing.clock import START


@given(st.floats(min_value=LEAST_SECONDS, max_value=8e8))
def test_a_bucket_is_within_five_percent(seconds: float) -> None:
    assert abs(middle_of(bucket_of(seconds)) / seconds - 1) <= 0.05


@given(st.lists(st.floats(min_value=0.01, max_value=1e6), min_size=1, max_size=60), st.sampled_from([0.5, 0.95]))
def test_a_quantile_is_within_five_percent_of_the_value_of_that_rank(values: list[float], share: float) -> None:
    said = quantile_of(histogram_of(values), share)
    exact = sorted(values)[math.floor(share * (len(values) - 1))]
    assert said is not None
    assert abs(said / exact - 1) <= 0.051


def test_of_nothing_there_is_no_quantile() -> None:
    assert quantile_of({}, 0.5) is None


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
