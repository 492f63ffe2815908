"""How an attempt ended, by the last word of its process: one reading for the worker and for the installation of tests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import orjson

from headway.model.run import Options
from headway.model.states import Outcome
from headway.work.limits import RESULT_LIMIT

ENDS = frozenset({"succeeded", "failed", "cancelled", "paused", "timed_out"})
"""What a ``child.ended`` line may say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    outcome: Outcome
    result: bytes | None = None
    error: dict[str, Any] | None = None
    retry_delay_seconds: float | None = None


def ending_said(said: dict[str, Any], options: Options, *, is_over_time: bool, may_pause: bool) -> Ending:
    """`said`: a ``child.ended`` line, whose outcome is one of `ENDS`. `may_pause`: somebody has asked for that."""
    outcome, given, delay = said["outcome"], said.get("error"), said.get("retry_delay_seconds")
    if is_over_time and outcome != "succeeded":
        return over_time(options)
    if outcome == "paused" and not may_pause:
        return failed("bad_outcome", "The run ended itself as paused, though nobody had asked for that.")
    if outcome != "succeeded":
        error = cast("dict[str, Any]", given) if isinstance(given, dict) else None
        seconds = max(0.0, float(delay)) if isinstance(delay, int | float) else None
        return Ending(outcome=Outcome(outcome), error=error, retry_delay_seconds=seconds)
    result = orjson.dumps(said.get("result"))
    if len(result) > RESULT_LIMIT:
        told = f"The result has {len(result):,} bytes; at most {RESULT_LIMIT:,} can be kept. Use headway.artifact()."
        return failed("result_too_large", told)
    return Ending(outcome=Outcome.SUCCEEDED, result=result if said.get("result") is not None else None)


def over_time(options: Options) -> Ending:
    message = f"The run took longer than its limit of {options.timeout_seconds:g} s."
    return Ending(outcome=Outcome.TIMED_OUT, error={"code": "timeout", "message": message})


def failed(code: str, message: str) -> Ending:
    return Ending(outcome=Outcome.FAILED, error={"code": code, "message": message})
