"""Why a run waits, as a sentence in the reader's language. The causes are those of `model/waiting.py`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from headway.cli.formats import format_state
from headway.cli.formats_of_time import format_date
from headway.cli.messages import Words
from headway.cli.screen.text import clean
from headway.model.clock import iso
from headway.model.waiting import Cause


def waiting_text(waiting: Mapping[str, Any], words: Words, now: datetime) -> str:
    """`waiting`: the document of REST. A cause that a newer server has is told in its own words."""
    if waiting["cause"] not in set(Cause):
        return clean(str(waiting.get("detail", "")))
    said = {key: "?" if value is None else clean(str(value)) for key, value in waiting.items()}
    if waiting.get("until"):
        said["until"] = format_date(waiting["until"], iso(now.timestamp()), language=words.language)
    if waiting.get("state"):
        said["state"] = format_state(waiting["state"], words.language)
    return words(f"waiting.{waiting['cause']}", **said)
