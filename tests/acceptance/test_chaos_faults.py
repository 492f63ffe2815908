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


WITHOUT = [
    ("batch_no", ["NEWS_TWICE", "--blows", "2"], "acknowledged_writes_stand_once_and_in_order"),
]
"""A protection that is taken away, a fault that it is for, and the invariant that finds it missing."""


@pytest.mark.parametrize(("protection", "fault", "invariant"), WITHOUT, ids=[protection for protection, _, _ in WITHOUT])
def test_without_a_protection_it_is_found_out(postgres_database: str, protection: str, fault: list[str], invariant: str) -> None:
    done = chaos("--seed", "1", "--without", f"tests.protections.without_{protection}", "--fault", *fault)

    assert done.returncode == 1, done.stdout + done.stderr
    assert re.search(invariant, done.stdout), done.stdout
    assert "did not take effect" not in done.stdout, done.stdout
