"""What becomes of a run, by what its code does: `work/job.py` decides it for a worker's child and for Headway in memory alike."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

import headway
from headway.testing import Installation, installation


@pytest.fixture
def hw() -> Iterator[Installation]:
    with installation() as made:
        yield made


def _raise(error: BaseException) -> Callable[[], object]:
    def bad() -> object:
        raise error

    return bad


def _again() -> object:
    return _again()


def _endless() -> object:
    loop: list[object] = []
    loop.append(loop)
    return loop


class Odd(Exception):
    def __str__(self) -> str:
        return str(1 / 0)


@pytest.mark.parametrize(
    ("bad", "code", "kind"),
    [
        (_raise(ValueError("no such sheet")), "exception", "ValueError"),
        (_raise(MemoryError("16 GB")), "out_of_memory", "MemoryError"),
        (lambda: bytearray(1 << 62), "out_of_memory", "MemoryError"),
        (_raise(SystemExit("usage: …")), "exited", "SystemExit"),
        (_raise(KeyboardInterrupt()), "interrupted", "KeyboardInterrupt"),
        (_again, "exception", "RecursionError"),
        (_raise(Odd()), "exception", f"{__name__}.Odd"),
        (object, "result_not_json", None),
        (lambda: float("nan"), "result_not_json", None),
        (lambda: {1: {2, 3}, "f": open}, "result_not_json", None),
        (_endless, "result_not_json", None),
        (lambda: "x" * 2_000_000, "result_too_large", None),
        (_raise(BaseExceptionGroup("many", [KeyboardInterrupt(), ValueError("one")])), "exception", "BaseExceptionGroup"),
    ],
)
def test_how_a_task_fails_has_a_code(hw: Installation, bad: Callable[[], object], code: str, kind: str | None) -> None:
    @headway.task(name="bad")
    def call() -> object:
        return bad()

    run = hw.run(call)

    assert (run.state, run.attempt) == ("failed", 1)
    error = run.error
    assert error is not None
    assert error["code"] == code
    assert kind is None or error["type"] == kind
    assert error["message"]


def test_a_failure_tells_its_place(hw: Installation) -> None:
    error = hw.run(headway.task(name="bad")(_raise(ValueError("no such sheet")))).error

    assert error is not None
    assert error["message"] == "no such sheet"
    assert "test_outcomes.py" in error["traceback"]


def test_exit_0_and_no_result_are_a_success(hw: Installation) -> None:
    run = hw.run(headway.task(name="leave")(_raise(SystemExit())))

    assert (run.state, run.result) == ("succeeded", None)


def test_a_retry_waits_as_the_task_says_and_no_retry_ends_it(hw: Installation) -> None:
    @headway.task(retries=3)
    def flaky() -> int:
        if headway.current_run().attempt < 3:
            raise headway.Retry("not yet", delay=60)
        return headway.current_run().attempt

    @headway.task(retries=3)
    def hopeless() -> None:
        raise headway.NoRetry("never")

    run = hw.run(flaky)
    assert (run.state, run.result, hw.clock.monotonic()) == ("succeeded", 3, 120)
    run = hw.run(hopeless)
    assert (run.state, run.attempt) == ("failed", 1)
