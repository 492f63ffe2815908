"""`headway demo` from nothing: shows a run, prints its result, and leaves nothing behind; the second start is quick."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from headway.model.clock import parse_iso
from tests.acceptance.cli.commands import Terminal, headway

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(180)]


def test_the_demo_shows_a_run_and_ends_by_itself(home: Path) -> None:
    said = headway(home, "demo", "--builtin", "--size", "small", timeout=120)
    assert said.code == 0, said.err
    assert "✓ succeeded  count-words" in said.out
    assert "keyword" in said.out
    assert "complete ✓" in said.out
    assert (home / "headway.db").exists()


def test_ctrl_c_ends_the_demo_in_order(home: Path) -> None:
    with Terminal(home, "demo", "--builtin") as terminal:
        terminal.until(lambda screen: "/ 300 files" in screen, 90)
        terminal.press("\x03")
        code, screen = terminal.end()
    assert code == 130
    assert "The server has ended" in screen


def test_a_demo_as_json(home: Path) -> None:
    said = headway(home, "demo", "--builtin", "--size", "small", "--json", timeout=120)
    documents = [json.loads(text) for text in said.out.splitlines()]
    assert documents[-1]["state"] == "succeeded"
    assert parse_iso(documents[0]["at"])
