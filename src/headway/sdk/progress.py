"""Progress and status said by hand, where there is no loop to track."""

from __future__ import annotations

import math

from headway.model.fold import MAIN_BAR
from headway.sdk.context import RunContext, current
from headway.sdk.jsonable import clean
from headway.sdk.step import current_step_id


def progress(
    done: float,
    total: float | None = None,
    *,
    unit: str | None = None,
    stage: str | None = None,
    status_text: str | None = None,
    message: str | None = None,
    bar: str | None = None,
) -> None:
    """So much of `total` is done. Call it as often as you like: only what people can see is sent.

    Args:
        done: How much, in `unit`. Not per cent, unless `total` is 100.
        total: Of how much; None: unknown (or as said before).
        unit: What is counted ("sheets", "MB").
        stage: What the run is doing now, in a word or two.
        status_text: The same in a sentence.
        message: A text beside this bar.
        bar: Name of the bar, for several at once; by default the run's main one.
    """
    _check(done, "done")
    if total is not None:
        _check(total, "total")
    run = current()
    if message is not None:
        message = clean(message)
    shown = run.named_bar(bar or MAIN_BAR, base=done, total=total, unit=unit, name=bar, step=current_step_id(), message=message)
    if total is not None:
        shown.total = total
    if unit is not None:
        shown.unit = unit
    if message is not None:
        shown.message = message
    shown.update(done)
    _say(run, stage, status_text)


def status(text: str, stage: str | None = None) -> None:
    """Tell people in a sentence what the run is doing, and optionally its stage in a word or two. The newest wins."""
    _say(current(), stage, text)


def _say(run: RunContext, stage: str | None, text: str | None) -> None:
    change: dict[str, str] = {}
    if stage is not None:
        change["stage"] = clean(str(stage))[:2_000]
    if text is not None:
        change["text"] = clean(str(text))[:2_000]
    if change:
        run.show_status(change)


def _check(number: object, name: str) -> None:
    if not isinstance(number, (int, float)) or not math.isfinite(number):
        raise ValueError(f"{name} must be a finite number, not {number!r}")
