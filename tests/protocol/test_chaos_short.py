"""Short trials (`chaos/short`): with all protections nothing is wrong; without one of them it is found out, and by which invariant."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest

from tests.acceptance.installation import ROOT, import_path

pytestmark = [
    pytest.mark.one_database("the trial has a database of its own, on SQLite: what is decided is decided in acts, which both run"),
    pytest.mark.timeout(120),
]


def short(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "chaos.short", *arguments],
        cwd=ROOT, env={**os.environ, "PYTHONPATH": import_path(ROOT)}, capture_output=True, text=True, timeout=110, check=False,
    )  # fmt: skip


def test_who_dies_stands_still_is_asked_twice_or_is_not_told_loses_nothing() -> None:
    done = short("--seeds", "2")

    assert done.returncode == 0, done.stdout + done.stderr
    assert len(re.findall(r"^seed \d: .* 0 violations$", done.stdout, re.MULTILINE)) == 2, done.stdout


WITHOUT = [
    ("batch_no", "acknowledged_writes_stand_once_and_in_order"),
    ("claim_check", "each_fence_has_one_owner"),
    ("commit", "acknowledged_writes_stand_once_and_in_order"),
    ("expiry", "only_the_dead_lose"),
    ("fence", "each_fence_has_one_owner"),
    ("finality", "nothing_follows_the_end"),
    ("key", "a_key_starts_one_run"),
    ("pause", "nothing_begins_while_it_is_paused"),
    ("places", "places_are_kept"),
    ("poison_limit", "poison_is_contained"),
    ("reaper", "dead_workers_are_noticed"),
]
"""A protection that is taken away in the process of the trial, and the invariant that finds it missing."""


@pytest.mark.parametrize(("protection", "invariant"), WITHOUT)
def test_without_a_protection_it_is_found_out(protection: str, invariant: str) -> None:
    done = short("--seed", "1", "--without", f"tests.protections.without_{protection}")

    assert done.returncode == 1, done.stdout + done.stderr
    assert re.search(rf"^ {{4}}{invariant}: [1-9]", done.stdout, re.MULTILINE), done.stdout + done.stderr
    assert "did not take effect" not in done.stdout, done.stdout
