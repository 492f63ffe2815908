from __future__ import annotations

from datetime import UTC, datetime, timedelta

from headway.store.sql.clock import StoreClock


def test_before_it_was_told_it_is_this_machine_s() -> None:
    assert abs(StoreClock().now() - datetime.now(UTC)) < timedelta(seconds=5)


def test_it_goes_on_from_what_it_was_told() -> None:
    clock = StoreClock()
    at = datetime(2020, 2, 2, tzinfo=UTC)
    clock.set(at)
    first, second = clock.now(), clock.now()
    assert at <= first <= second < at + timedelta(minutes=1)
    clock.set(at - timedelta(hours=1))
    assert clock.now() < at
