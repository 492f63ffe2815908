"""Events as a well-behaved reporter sends them."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from headway.model.events import LEVELS

AT = "2026-11-22T09:00:00.000Z"
_NAMES = st.sampled_from(["a", "b", "c"])
_NUMBERS = st.integers(0, 1000) | st.floats(0, 1e6)


def _event(kind: str, required: dict[str, st.SearchStrategy[Any]], **optional: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({"kind": st.just(kind), "at": st.just(AT), **required}, optional=optional)


REPORTED = st.one_of(
    _event("log.written", {"level": st.sampled_from(LEVELS), "text": st.text(max_size=30)}),
    _event("step.started", {"step": _NAMES, "name": _NAMES}, parent=_NAMES),
    _event("step.ended", {"step": _NAMES, "outcome": st.sampled_from(["succeeded", "failed"])}),
    _event(
        "progress.reported",
        {"done": _NUMBERS},
        bar=_NAMES,
        total=_NUMBERS | st.none(),
        step=_NAMES,
        elapsed_seconds=_NUMBERS,
        message=_NAMES,
    ),
    _event("status.reported", {}, stage=_NAMES, text=_NAMES),
    _event("metric.reported", {"name": _NAMES, "value": _NUMBERS}, labels=st.dictionaries(_NAMES, _NAMES, max_size=2)),
    _event("weather.changed", {"to": _NAMES}),
)
"""Of every kind that can be reported, and one that nobody knows."""
