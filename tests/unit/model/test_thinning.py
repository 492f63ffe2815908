from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from headway.model.thinning import Point, ThinnedSeries


def points_of(values: list[float], first: int = 1) -> list[Point]:
    return [(seq, f"at {seq}", value, 1) for seq, value in enumerate(values, first)]


def thinned(values: list[float], limit: int, parts: list[int] = []) -> ThinnedSeries:
    """The values, added in parts of these sizes, and the rest at once."""
    series = ThinnedSeries(limit)
    points = points_of(values)
    for size in parts:
        series.add(points[:size])
        points = points[size:]
    series.add(points)
    return series


def test_few_points_stay_as_they_are() -> None:
    series = thinned([3.0, 1.0, 2.0], 3)
    assert series.points() == points_of([3.0, 1.0, 2.0])
    assert not series.is_thinned
    assert series.count == 3


def test_a_spike_among_a_million_stays() -> None:
    values = [float(number % 7) for number in range(100_000)]
    values[54_321], values[77_777] = 1000.0, -1000.0
    series = thinned(values, 500, [10_000] * 9)
    shown = series.points()
    assert len(shown) <= 500
    assert series.is_thinned
    assert (54_322, "at 54322", 1000.0, 1) in shown
    assert (77_778, "at 77778", -1000.0, 1) in shown
    assert shown[-1][0] == 100_000


@given(
    values=st.lists(st.floats(min_value=-1e9, max_value=1e9), max_size=400),
    limit=st.integers(min_value=3, max_value=60),
    parts=st.lists(st.integers(min_value=0, max_value=90), max_size=6),
)
def test_what_is_left_is_in_order_within_the_limit_and_holds_the_extremes(values: list[float], limit: int, parts: list[int]) -> None:
    series = thinned(values, limit, parts)
    shown = series.points()
    assert series.count == len(values)
    assert len(shown) <= limit
    assert [point[0] for point in shown] == sorted({point[0] for point in shown})
    assert set(shown) <= set(points_of(values))
    assert series.is_thinned == (len(values) > limit)
    if values:
        kept = [point[2] for point in shown]
        assert (min(kept), max(kept), kept[-1]) == (min(values), max(values), values[-1])
    if not series.is_thinned:
        assert shown == points_of(values)


@given(values=st.lists(st.floats(min_value=0, max_value=9), min_size=50, max_size=300), parts=st.lists(st.integers(0, 60), max_size=5))
def test_in_what_parts_the_points_come_makes_no_difference(values: list[float], parts: list[int]) -> None:
    assert thinned(values, 20, parts).points() == thinned(values, 20).points()
