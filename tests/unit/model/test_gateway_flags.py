"""When a gateway is flagged, and when not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from headway.model.gateway_flags import FlagKind, flags_of
from headway.model.histogram import bucket_of
from headway.model.samples import Sample, SampleKind

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


def a_sample(
    seconds_ago: float = 0, *, name: str = "one", viewers: float = 100, lag: float | None = None, seconds: float = 30, **counts: int
) -> Sample:
    return Sample(
        kind=SampleKind.GATEWAY, name=name, at=NOW - timedelta(seconds=seconds_ago), seconds=seconds,
        levels={"viewers": viewers, "room": 1_000.0}, counts=counts, spreads={} if lag is None else {"lag": {bucket_of(lag): 100}},
    )  # fmt: skip


def kinds(*samples: Sample) -> list[FlagKind]:
    return [flag.kind for flag in flags_of(samples)]


def test_one_that_is_well_has_none() -> None:
    assert kinds() == []
    assert kinds(a_sample(lag=0.05, reconnects=9, lost_news=0)) == []


@pytest.mark.parametrize(("viewers", "flagged"), [(900, []), (901, [FlagKind.POOL]), (1_000, [FlagKind.POOL])])
def test_few_places_left(viewers: float, flagged: list[FlagKind]) -> None:
    assert kinds(a_sample(viewers=viewers)) == flagged


def test_the_pool_is_that_of_the_newest_sample() -> None:
    assert kinds(a_sample(30, viewers=1_000), a_sample(viewers=10)) == []


def test_news_are_late() -> None:
    assert kinds(a_sample(lag=0.9)) == []
    (flag,) = flags_of([a_sample(lag=2.0)])
    assert (flag.kind, flag.bound) == (FlagKind.LAG, 1.0)
    assert flag.value == pytest.approx(2.0, rel=0.06)
    assert kinds(a_sample(121, lag=2.0), a_sample(lag=0.05)) == [], "long ago"
    assert kinds(a_sample(90, lag=2.0), a_sample(lag=0.05)) == [FlagKind.LAG], "5 of 100, and more"


def test_viewers_come_back_again_and_again() -> None:
    assert kinds(a_sample(reconnects=250, seconds=60)) == [FlagKind.CHURN]
    assert kinds(a_sample(reconnects=200, seconds=60)) == []
    assert kinds(a_sample(viewers=1, reconnects=9)) == [], "somebody loads a page"
    assert kinds(a_sample(viewers=0, reconnects=12)) == [FlagKind.CHURN], "and nobody stays"


def test_a_restart_after_which_all_come_back_once_is_no_churn() -> None:
    assert kinds(a_sample(viewers=5_000, reconnects=5_000, seconds=10)) == [FlagKind.POOL]


def test_news_are_lost_and_each_gateway_is_looked_at_by_itself() -> None:
    found = flags_of([a_sample(30, name="two", lost_news=1), a_sample(name="one"), a_sample(name="two")])
    assert [(flag.gateway, flag.kind, flag.value) for flag in found] == [("two", FlagKind.LOST_NEWS, 1.0)]
