"""Switch one protection off at a time: the test that guards it must fail.

Some are guarded by whole trials: two that are the viewers' own by `tests/protocol/test_chaos.py`, those of acts by
`tests/protocol/test_chaos_short.py`.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.one_database("it starts tests of tests/unit, with and without a protection")

ROOT = Path(__file__).parents[2]
GUARDED = [
    ("without_fence", "tests/unit/acts/test_record.py::test_a_stale_fence_never_writes"),
    ("without_batch_no", "tests/unit/acts/test_record.py::test_a_hole_in_the_batch_numbers_is_refused"),
    ("without_batch_no", "tests/unit/acts/test_record.py::test_a_batch_sent_again_is_acknowledged_and_not_recorded_again"),
    ("without_contiguity", "tests/unit/live/test_hub.py::test_a_hole_in_the_news_is_read_from_the_journal"),
    ("without_top_check", "tests/unit/live/test_hub.py::test_a_lost_last_message_is_found_by_comparing_tops_and_counted"),
    ("without_budget", "tests/unit/live/test_flow.py::test_a_laggard_gets_at_most_so_much_in_one_flush"),
    ("without_origin", "tests/unit/web/test_socket.py::test_other_paths_hosts_and_origins_are_refused"),
    ("without_row_contiguity", "tests/unit/live/test_lists.py::test_a_hole_in_the_news_of_a_row_is_read_from_the_store"),
    ("without_row_seq", "tests/unit/live/test_feed.py::test_a_read_that_is_older_than_the_news_changes_nothing"),
    ("without_ending", "tests/unit/work/test_lost.py::test_a_child_whose_lease_is_gone_is_ended"),
    ("without_release", "tests/unit/work/test_lost.py::test_a_worker_that_is_told_to_stop_gives_its_runs_back"),
    ("without_re_ring", "tests/unit/work/doorbell/test_celery.py::test_messages_are_sent_counted_and_found_missing"),
    ("without_comparison", "tests/unit/live/test_lists.py::test_lost_news_of_a_row_are_found_by_comparing_and_counted"),
]


def _run(test: str, *plugins: str) -> subprocess.CompletedProcess[str]:
    options = [option for plugin in plugins for option in ("-p", f"tests.protections.{plugin}")]
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-x", "--no-header", *options, test],
        cwd=ROOT,
        env=dict(os.environ),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize(("protection", "test"), GUARDED)
def test_removing_a_protection_makes_its_test_fail(protection: str, test: str) -> None:
    guarded, unguarded = _run(test), _run(test, protection)

    assert guarded.returncode == 0, guarded.stdout
    assert unguarded.returncode == 1, f"{test} passes without the protection it is there for:\n{unguarded.stdout}"
