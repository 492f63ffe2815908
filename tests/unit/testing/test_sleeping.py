"""Sleeping in a task skips time, and nobody else's sleep is touched."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from time import sleep

import pytest

import headway
import headway.testing
from headway.testing import Installation, installation
from headway.testing.clock import START
from tests.waiting import eventually

HOUR = 3600.0
_real_sleep = time.sleep


@pytest.fixture
def hw() -> Iterator[Installation]:
    with installation(patience_seconds=10) as made:
        yield made


@pytest.mark.parametrize("way", ["time.sleep", "from time import sleep"])
def test_hours_of_sleep_take_no_time(hw: Installation, way: str) -> None:
    @headway.task
    def patient() -> None:
        for number in range(3):
            (time.sleep if way == "time.sleep" else sleep)(HOUR)
            headway.log.info(f"hour {number + 1}")

    before = time.monotonic()
    run = hw.run(patient)

    assert run.log == ["hour 1", "hour 2", "hour 3"]
    assert hw.clock.monotonic() == 3 * HOUR
    assert time.monotonic() - before < 10
    assert time.sleep is sleep is _real_sleep


def test_a_loop_until_a_deadline_ends(hw: Installation) -> None:
    @headway.task
    def poll() -> int:
        looks, until = 0, time.monotonic() + 60
        started = time.time()
        while time.monotonic() < until:
            looks += 1
            time.sleep(5)
        assert 55 < time.time() - started < 70
        return looks

    assert hw.run(poll).result == 12


@pytest.mark.parametrize(("seconds_each", "state"), [(1, "succeeded"), (3, "timed_out")])
def test_a_time_limit_ends_a_sleep_at_its_moment(hw: Installation, seconds_each: float, state: str) -> None:
    @headway.task(timeout=25)
    def slow() -> None:
        for _ in range(10):
            time.sleep(seconds_each)

    run = hw.run(slow)

    assert run.state == state
    assert (run.error or {}).get("code") == (None if state == "succeeded" else "timeout")
    assert hw.clock.monotonic() == pytest.approx(10 * seconds_each if state == "succeeded" else 25, abs=0.001)


def test_an_async_task_is_ended_at_its_limit_and_not_after_its_sleep(hw: Installation) -> None:
    @headway.task(timeout=60)
    async def patient() -> None:
        await asyncio.sleep(HOUR)

    assert hw.run(patient).state == "timed_out"
    assert hw.clock.monotonic() == pytest.approx(60, abs=1)


def test_time_sleep_in_an_async_task_moves_its_timers(hw: Installation) -> None:
    @headway.task
    async def mixed() -> list[str]:
        heard: list[str] = []
        asyncio.get_running_loop().call_later(HOUR, heard.append, "timer")
        time.sleep(2 * HOUR)  # noqa: ASYNC251  (that is what people write)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        return heard

    assert hw.run(mixed).result == ["timer"]
    assert hw.clock.monotonic() == 2 * HOUR


def test_a_loop_that_a_plain_task_makes_skips_too(hw: Installation) -> None:
    @headway.task
    def wrapped() -> None:
        asyncio.run(asyncio.sleep(HOUR))

    assert hw.run(wrapped).state == "succeeded"
    assert hw.clock.monotonic() == pytest.approx(HOUR, abs=1)
    own = asyncio.new_event_loop()
    own.close()
    assert type(own).__name__ != "SkippingLoop"


def test_a_sleeping_run_stands_where_a_test_wants_it_and_is_cancelled(hw: Installation) -> None:
    @headway.task
    def for_ever() -> None:
        while True:
            time.sleep(60)

    run = hw.start(for_ever).run_until(lambda run: hw.clock.monotonic() >= HOUR)

    assert (run.state, hw.clock.monotonic()) == ("running", HOUR)
    assert run.cancel().wait().state == "cancelled"


def test_what_becomes_due_meanwhile_is_due_at_its_time(hw: Installation) -> None:
    @headway.task
    def patient() -> None:
        time.sleep(HOUR)

    @headway.task
    def later() -> None:
        """Due while the other one sleeps."""

    sleeping = hw.start(patient)
    due = hw.start(later, run_after=60)

    sleeping.wait()

    assert due.run.queued_at == START + timedelta(minutes=1)


def test_the_sleep_of_others_is_real(hw: Installation) -> None:
    """Another thread, and the standard library, which waits for something real."""
    slept: list[float] = []

    def nap() -> None:
        before = time.monotonic()
        time.sleep(0.02)
        slept.append(time.monotonic() - before)

    @headway.task
    def busy() -> None:
        thread = threading.Thread(target=nap)
        thread.start()
        thread.join()
        # It looks again and again whether the process has ended, and sleeps between the looks.
        subprocess.Popen([sys.executable, "-S", "-c", ""]).wait(timeout=30)

    assert hw.run(busy).state == "succeeded"
    assert slept[0] >= 0.02
    assert hw.clock.monotonic() == 0


def test_it_can_be_switched_off() -> None:
    with installation(skips_sleep=False) as hw:

        @headway.task
        def short() -> float:
            before = time.monotonic()
            time.sleep(0.02)
            return time.monotonic() - before

        @headway.task
        async def short_async() -> None:
            await asyncio.sleep(0.02)

        assert hw.run(short).result >= 0.02
        assert hw.run(short_async).state == "succeeded"
        assert hw.clock.monotonic() == 0

        hw.skips_sleep = True
        hw.run(short)
        assert hw.clock.monotonic() == 0.02


def test_a_wrong_argument_is_refused_as_ever(hw: Installation) -> None:
    @headway.task
    def wrong() -> None:
        time.sleep(-1)

    error = hw.run(wrong).error
    assert error is not None
    assert (error["type"], "non-negative" in error["message"]) == ("ValueError", True)


def test_a_run_that_is_given_up_leaves_the_clocks_as_they_were() -> None:
    is_released = threading.Event()
    with installation(patience_seconds=0.05) as hw:

        @headway.task
        def stuck() -> None:
            is_released.wait()

        with pytest.raises(headway.testing.TaskStuck):
            hw.run(stuck)
        is_released.set()

    assert time.sleep is _real_sleep
    eventually(lambda: not [thread for thread in threading.enumerate() if thread.name.startswith("headway-run-")], 5, "its thread ends")
