"""`headway demo` from nothing: shows a run, prints its result, and leaves nothing behind; the second start is quick."""

from __future__ import annotations

import json
import re
import urllib.request
from pathlib import Path

import pytest

from headway.model.clock import parse_iso
from tests.acceptance.cli.commands import Terminal, headway

pytestmark = [
    pytest.mark.acceptance,
    pytest.mark.timeout(180),
    pytest.mark.one_database("a demo is on SQLite, in a home of its own"),
]


def test_the_demo_shows_a_run_and_ends_by_itself(home: Path) -> None:
    said = headway(home, "demo", "--builtin", "--size", "small", timeout=120)
    assert said.code == 0, said.err
    assert "✓ succeeded  count-words" in said.out
    assert "keyword" in said.out
    assert "complete ✓" in said.out
    assert (home / "headway.db").exists()
    assert re.search(r"in the browser: http://127\.0\.0\.1:\d+/sign-in\?to=/runs/[0-9a-f-]{36}#code=[\w-]{43}\n", said.err), said.err


def test_ctrl_c_ends_the_demo_in_order(home: Path) -> None:
    with Terminal(home, "demo", "--builtin", "--no-open") as terminal:
        terminal.until(lambda screen: "/ 300 files" in screen, 90)
        terminal.press("\x03")
        code, screen = terminal.end()
    assert code == 130
    assert "The server has ended" in screen


def test_in_a_terminal_the_server_stays_while_somebody_may_look_around(home: Path) -> None:
    with Terminal(home, "demo", "--builtin", "--size", "small", "--no-open", columns=300) as terminal:
        shown = terminal.until(lambda screen: "press Ctrl-C to end" in screen, 120)
        url = re.findall(r"Still serving at (http://\S+);", shown)[0]
        with urllib.request.urlopen(f"{url}/api/v1/health/live", timeout=20) as answer:
            assert json.load(answer) == {"ok": True}
        assert f"{url}/sign-in?to=/runs/" in terminal.written
        terminal.press("\x03")
        code, screen = terminal.end()
    assert code == 0
    assert "The server has ended" in screen


def test_a_demo_as_json(home: Path) -> None:
    said = headway(home, "demo", "--builtin", "--size", "small", "--json", timeout=120)
    documents = [json.loads(text) for text in said.out.splitlines()]
    assert documents[-1]["state"] == "succeeded"
    assert parse_iso(next(document for document in documents if document["type"] == "entry")["at"])
