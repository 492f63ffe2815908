"""How a run came along, drawn from what its bars said."""

from __future__ import annotations

import pytest

from headway.model.course import KNOTS, Course, Drawing, Reading, course_of


def readings(*points: tuple[float, float], bar: str = "main", total: float = 100.0) -> list[Reading]:
    return [Reading(bar=bar, at_seconds=at, done=done, total=total) for at, done in points]


def test_between_two_readings_by_a_straight_line() -> None:
    course = course_of(10.0, {"n": 1}, readings((0.0, 0), (2.0, 50), (10.0, 100)))
    assert (course.bar, course.total, len(course.shares)) == ("main", 100.0, KNOTS - 1)
    assert course.shares[4] == pytest.approx(0.1)  # a quarter of the work, in a tenth of the time
    assert course.shares[9] == pytest.approx(0.2)
    assert course.shares[14] == pytest.approx(0.6)


def test_a_bar_that_begins_late_begins_from_nothing() -> None:
    course = course_of(10.0, {}, readings((4.0, 50), (10.0, 100)))
    assert course.shares[4] == pytest.approx(0.2)
    assert course.shares[18] == pytest.approx(0.94)


@pytest.mark.parametrize(
    "path",
    [
        readings((0.0, 0), (5.0, 60), (6.0, 40), (10.0, 100)),  # it went back
        readings((0.0, 0), (10.0, 99)),  # it did not come to its end
        readings((0.0, 0), (4.0, 100)),  # it was over before half of the run
        [*readings((0.0, 0), (5.0, 50)), *readings((10.0, 200), total=200.0)],  # its total was another
        readings((0.0, 0), (10.0, 0), total=0.0),
        [],
    ],
)
def test_of_a_bar_that_does_not_lead_nothing_is_kept(path: list[Reading]) -> None:
    assert course_of(10.0, {"n": 1}, path) == Course(duration_seconds=10.0, parameters={"n": 1})


def test_the_bar_that_goes_over_most_of_the_run_leads() -> None:
    short, long = readings((4.0, 0), (10.0, 100), bar="short"), readings((0.0, 0), (9.0, 7), bar="long", total=7.0)
    drawing = Drawing()
    for reading in sorted([*short, *long], key=lambda each: each.at_seconds):
        drawing.take(reading)
    assert (drawing.course(10.0, {}).bar, drawing.course(10.0, {}).total) == ("long", 7.0)
