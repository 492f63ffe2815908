"""`headway.metric`: a number over time."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from headway.model.clock import iso
from headway.model.events import METRIC_REPORTED, NAME_LIMIT, Event
from headway.sdk.context import current
from headway.sdk.jsonable import clean
from headway.sdk.log import write_line
from headway.sdk.step import current_step_id

LABELS_LIMIT = 20


def metric(name: str, value: float, unit: str | None = None, labels: Mapping[str, Any] | None = None) -> None:
    """Record a point of the series `name`. Every point is kept; people see as many as a chart can show.

    Args:
        name: Of the series, such as ``accuracy``; at most 200 characters.
        value: A number (a numpy scalar will do). NaN and infinity cannot be drawn: they become a warning in the log.
        unit: What it is measured in ("ms", "%").
        labels: What tells series of one name apart, such as ``{"split": "test"}``; few different values.
    """
    number = value if type(value) is float or type(value) is int else _number(name, value)
    run = current()
    if not math.isfinite(number):
        write_line(run, "warning", f"metric {name} is {number}", {"logger": "headway.metric"})
        return
    event: Event = {"kind": METRIC_REPORTED, "at": iso(), "name": _label(name), "value": number}
    if unit is not None:
        event["unit"] = unit[:NAME_LIMIT]
    if labels:
        event["labels"] = {_label(key): _label(labels[key]) for key in list(labels)[:LABELS_LIMIT]}
    step = current_step_id()
    if step is not None:
        event["step"] = step
    run.report_point(event)


def _number(name: str, value: Any) -> float:
    """A number of another library, or a bool, as a plain one."""
    if isinstance(value, bool):
        return int(value)
    try:
        plain = value.item() if hasattr(value, "item") else value
        return plain if type(plain) is int else float(plain)
    except (TypeError, ValueError) as error:
        raise TypeError(f"metric {name!r} needs a number, not {type(value).__name__}") from error


def _label(value: object) -> str:
    text = value if type(value) is str else str(value)
    return (text if text.isascii() else clean(text))[:NAME_LIMIT]
