"""Trials of `chaos/faults` in small: a cluster under faults loses nothing, and without a protection it is found out."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest

from tests.acceptance.installation import ROOT, import_path

pytestmark = [
    pytest.mark.acceptance,
    pytest.mark.timeout(300),
    pytest.mark.one_database("a cluster stands on PostgreSQL"),
]


def chaos(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "chaos.faults", "--small", *arguments],
        cwd=ROOT, env={**os.environ, "PYTHONPATH": import_path(ROOT)}, capture_output=True, text=True, timeout=280, check=False,
    )  # fmt: skip


def test_a_cluster_under_faults_loses_nothing(postgres_database: str) -> None:
    """Invariants I1 to I6, I10 and I11. `postgres_database`: skipped where there is none."""
    done = chaos("--seed", "2")

    assert done.returncode == 0, done.stdout + done.stderr
    said = re.search(r"^seed 2: 4 faults, .* 0 violations$", done.stdout, re.MULTILINE)
    assert said is not None, done.stdout


def test_without_a_protection_it_is_found_out(postgres_database: str) -> None:
    """`without_fence` is not found in every trial: mostly the stale attempt's batches have a number that nobody expects. The fence has
    its own test in `test_protections.py`."""
    done = chaos("--seed", "1", "--blows", "2", "--fault", "NEWS_TWICE", "--without", "tests.protections.without_batch_no")

    assert done.returncode == 1, done.stdout + done.stderr
    assert "acknowledged_writes_stand_once_and_in_order" in done.stdout, done.stdout
