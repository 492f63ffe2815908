"""The page of promises names tests; they are there."""

from __future__ import annotations

import re

import pytest

from tests.acceptance.docs.pages import ROOT

pytestmark = pytest.mark.one_database("it reads a page")

PAGE = (ROOT / "docs/explanation/promises.md").read_text(encoding="utf-8")


def test_every_test_that_is_named_exists() -> None:
    named = set(re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGE))
    missing = [
        f"{path}::{name}"
        for path, name in sorted(named)
        if not re.search(rf"^(async )?def {name}\(", (ROOT / path).read_text(), re.MULTILINE)
    ]

    assert len(named) > 15
    assert not missing


def test_every_invariant_has_a_row() -> None:
    assert re.findall(r"^\| I(\d+) \|", PAGE, re.MULTILINE) == [str(number) for number in range(1, 12)]
