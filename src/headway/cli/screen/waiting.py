"""Why a run waits, as a sentence in the reader's language. The causes are those of `model/waiting.py`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from headway.cli.formats import format_state
from headway.cli.formats_of_time import format_date, format_spell
from headway.cli.messages import Words
from headway.cli.screen.text import clean
from headway.model.clock import iso, parse_iso
from headway.model.waiting import Cause


def waiting_text(waiting: Mapping[str, Any], words: Words, now: datetime) -> str:
    """`waiting`: the document of REST. A cause that a newer server has is told in its own words."""
    if waiting["cause"] not in set(Cause):
        return clean(str(waiting.get("detail", "")))
    said = {"given": "?"} | {key: "?" if value is None else clean(str(value)) for key, value in waiting.items()}
    if waiting.get("until"):
        said["until"] = format_date(waiting["until"], iso(now.timestamp()), language=words.language)
    if waiting.get("state"):
        said["state"] = format_state(waiting["state"], words.language)
    ahead = waiting.get("ahead")
    before = () if ahead is None else (words("line.first" if ahead == 0 else "line.one_ahead" if ahead == 1 else "line.ahead", **said),)
    # Between two sentences Chinese has no space.
    return ("" if words.language == "zh-CN" else " ").join([words(f"waiting.{waiting['cause']}", **said), *before])


def expected_range(waiting: Mapping[str, Any], words: Words, now: datetime) -> str | None:
    """How long it takes until it starts: ``10–15 s``. None: nothing is known; empty: any moment."""
    at = waiting.get("expected_start_at")
    if not at:
        return None
    ends = [waiting.get(f"expected_start_{end}") or at for end in ("from", "to")]
    low, high = (max(0.0, (parse_iso(end) - now).total_seconds()) for end in ends)
    return format_spell(low, high, words.language) if high >= 1 else ""


def expected_text(waiting: Mapping[str, Any], words: Words, now: datetime) -> str:
    """When it is expected to start, as a sentence; empty: nothing is known."""
    spell = expected_range(waiting, words, now)
    if spell is None:
        return ""
    return words("line.expected", range=spell) if spell else words("line.expected_soon")
