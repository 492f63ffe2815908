"""The children of a run in one line: ``17/40 · 2 failed · 4 running``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from headway.cli.formats import format_state
from headway.cli.messages import Words
from headway.model.states import FINAL, RunState

_SAID = [state for state in RunState if state is not RunState.SUCCEEDED]


def family_text(children: Mapping[str, Any], words: Words) -> str:
    ended = sum(int(children.get(state.value, 0)) for state in FINAL)
    said = [f"{children[state.value]} {format_state(state.value, words.language)}" for state in _SAID if children.get(state.value)]
    return " · ".join([f"{ended}/{int(children.get('total', 0))}", *said])
