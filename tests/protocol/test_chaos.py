"""Trials of `chaos/` in small, and that they find what is wrong."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SEEDS = {"sqlite": 1, "postgresql": 2}


def chaos(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "chaos", "--small", *arguments],
        cwd=ROOT, env={**os.environ, "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}"}, capture_output=True, text=True, timeout=170, check=False,
    )  # fmt: skip


@pytest.mark.acceptance
@pytest.mark.timeout(180)
def test_every_viewer_is_told_the_journal(database_kind: str) -> None:
    """Invariants I1, I5, I6: the server is killed, connections break, history is evicted, tokens run out."""
    done = chaos("--seed", str(SEEDS[database_kind]))

    assert done.returncode == 0, done.stdout + done.stderr
    said = [line for line in done.stdout.splitlines() if line.startswith("seed ")]
    assert len(said) == 1
    assert all(line.endswith(" 0 violations") for line in said)


@pytest.mark.acceptance
@pytest.mark.one_database("what is missing is the viewer's own protection")
@pytest.mark.timeout(180)
@pytest.mark.parametrize(("protection", "complaint"), [("without_dedupe", "lines came twice"), ("without_position", "lines never came")])
def test_without_a_protection_it_is_found_out(protection: str, complaint: str) -> None:
    done = chaos("--seed", "1", "--kills", "0", "--end", "5", "--without", f"tests.protections.{protection}")

    assert done.returncode == 1, done.stdout + done.stderr
    assert complaint in done.stdout
