"""How long the writers may be held for the log's sake."""

from __future__ import annotations

import pytest

from headway.store.sql.checkpointer import RESTART_BYTES, Patience, patience
from headway.store.sql.engines import BUSY_SECONDS

MB = 1024 * 1024


@pytest.mark.parametrize(
    ("log_mb", "wait_ms"), [(0, 100), (64, 100), (127, 100), (128, 400), (191, 400), (192, 2_000), (256, 2_000), (4_096, 2_000)]
)
def test_the_larger_the_log_the_longer_the_writers_may_wait(log_mb: int, wait_ms: int) -> None:
    assert patience(log_mb * MB, RESTART_BYTES).wait_ms == wait_ms


def test_near_its_bound_the_log_is_tried_again_without_a_rest() -> None:
    assert patience(3 * RESTART_BYTES, RESTART_BYTES) == Patience(wait_ms=2_000, rest_seconds=0.0)


def test_no_write_gives_up_before_a_restart_does() -> None:
    assert patience(2**40, RESTART_BYTES).wait_ms / 1000 < BUSY_SECONDS / 2
