"""Quantiles of a histogram lie within its error of those of the durations themselves."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from headway.model.histogram import LEAST_SECONDS, MOST_SECONDS, RELATIVE_ERROR, Histogram, bucket_of, bucket_top, merged, quantile

DURATIONS = st.lists(st.floats(LEAST_SECONDS, MOST_SECONDS), min_size=1, max_size=200)


def noted(durations: list[float]) -> dict[int, int]:
    histogram = Histogram()
    for seconds in durations:
        histogram.note(seconds)
    return histogram.take()


@given(DURATIONS, st.floats(0, 1))
def test_a_quantile_is_as_good_as_it_says(durations: list[float], share: float) -> None:
    place = (len(durations) - 1) * share
    low = math.floor(place)
    ordered = [*sorted(durations), math.inf]
    exact = ordered[low] + (ordered[low + 1] - ordered[low]) * (place - low) if place > low else ordered[low]
    found = quantile(noted(durations), share)
    assert found is not None
    assert abs(found - exact) <= (RELATIVE_ERROR + 1e-6) * exact


@given(DURATIONS, DURATIONS)
def test_two_that_are_merged_are_as_one(some: list[float], others: list[float]) -> None:
    assert merged([noted(some), noted(others)]) == noted(some + others)


@given(st.floats(0, 1e9, allow_nan=False))
def test_every_duration_has_a_bucket(seconds: float) -> None:
    bucket = bucket_of(seconds)
    assert bucket_of(LEAST_SECONDS) <= bucket <= bucket_of(MOST_SECONDS)
    if LEAST_SECONDS <= seconds <= MOST_SECONDS:
        assert bucket_top(bucket - 1) * (1 - 1e-6) <= seconds <= bucket_top(bucket) * (1 + 1e-6)


def test_nothing_has_no_quantile_and_what_was_taken_is_gone() -> None:
    histogram = Histogram()
    histogram.note(0.25)
    assert sum(histogram.take().values()) == 1
    assert histogram.take() == {}
    assert quantile({}, 0.5) is None
