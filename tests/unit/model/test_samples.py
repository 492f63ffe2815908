"""Many samples become one: levels by how long they stood, peaks by the highest, counts and spreads by their sum."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from headway.model.samples import Sample, SampleKind, Slow, bucket_start, joined, sample_to_json

HOUR = datetime(2026, 11, 22, 9, tzinfo=UTC)


def a_sample(seconds: float, cpu: float, calls: int = 0, **more: object) -> Sample:
    given: dict[str, object] = {"levels": {"cpu": cpu}, "counts": {"calls": calls}}
    return Sample(kind=SampleKind.HOST, name="lab-3", at=HOUR, seconds=seconds, **(given | more))  # type: ignore[arg-type]


def test_a_level_counts_for_as_long_as_it_stood() -> None:
    one = joined([a_sample(30, 10, 3), a_sample(10, 50, 4)], HOUR)
    assert one.levels == {"cpu": 20.0}
    assert one.peaks == {"cpu": 50}
    assert one.counts == {"calls": 7}
    assert one.seconds == 40


def test_joined_again_the_peak_and_the_mean_stay_right() -> None:
    first = joined([a_sample(30, 10), a_sample(10, 50)], HOUR)
    again = joined([first, a_sample(40, 0)], HOUR)
    assert again.levels == {"cpu": 10.0}
    assert again.peaks == {"cpu": 50}


def test_what_only_some_have_is_their_mean_alone() -> None:
    one = joined([a_sample(30, 10), a_sample(30, 0, levels={"load": 2.0})], HOUR)
    assert one.levels == {"cpu": 10.0, "load": 2.0}


def test_spreads_are_merged_and_the_worst_stay() -> None:
    slow = [Slow(what=f"act {n}", seconds=n / 10, at="") for n in range(1, 13)]
    one = joined(
        [a_sample(30, 1, spreads={"took": {3: 1}}, worst=slow[:6]), a_sample(30, 1, spreads={"took": {3: 2, 5: 1}}, worst=slow[6:])], HOUR
    )
    assert one.spreads == {"took": {3: 3, 5: 1}}
    assert [each.seconds for each in one.worst] == [n / 10 for n in range(12, 2, -1)]


def test_a_sample_is_said_with_its_median_not_its_buckets() -> None:
    said = sample_to_json(a_sample(30, 1, spreads={"took": {0: 9, 10: 1}}))
    assert said["at"] == "2026-11-22T09:00:00.000Z"
    assert 0.9 < said["p50"]["took"] < 1.0
    assert "spreads" not in said


@given(st.integers(0, 10**9), st.sampled_from([1, 30, 300, 3600, 400]))
def test_a_time_lies_in_its_bucket_the_end_included(second: int, length: int) -> None:
    at = datetime(1970, 1, 2, tzinfo=UTC) + timedelta(seconds=second)
    start = bucket_start(at, length)
    assert start < at <= start + timedelta(seconds=length)
    assert bucket_start(start + timedelta(seconds=length), length) == start
