"""The facts a run is made of.

An event is a JSON object: `kind`, `at` (the source's clock, ISO 8601), what the kind carries, and, once recorded, `seq`
(dense over the run), `line` (dense over the log facet) and `attempt`. Kinds are past tense. An unknown kind is kept, shown
raw, and folds to nothing, so that an old server can hold what a newer worker reports. Unknown fields are kept too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, cast

from headway.model.errors import InvalidEvent
from headway.model.states import RunState

Event = dict[str, Any]
"""An event as read from JSON. The hot path never wraps it."""

TEXT_LIMIT = 16_384
"""Characters of a log line; a longer line is written as several entries, all but the last with ``part: true``."""
EVENT_LIMIT = 262_144
"""Bytes of one event as JSON (a traceback and its context fit)."""
NAME_LIMIT = 200
LENGTHS = {
    **dict.fromkeys(("step", "parent", "bar", "name", "unit"), NAME_LIMIT),
    **dict.fromkeys(("at", "outcome", "stream"), 64),
    **dict.fromkeys(("message", "stage", "reason"), TEXT_LIMIT),
}
"""Characters of a field of a reported event, in whatever kind: what is repeated in tables and views has a bound of its own."""
LEVELS = ("debug", "info", "warning", "error", "critical")


class Facet(StrEnum):
    LOG = "log"
    VIEW = "view"
    METRIC = "metric"


_TEXT = (str,)
_COUNT = (int, float)
_WHOLE = (int,)
_MAP = (dict,)
_FLAG = (bool,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """What may stand in an event of one kind. `reported`: whether a worker or an outside program may send it."""

    facet: Facet
    required: Mapping[str, tuple[type, ...]]
    optional: Mapping[str, tuple[type, ...]]
    reported: bool = False


def _kind(facet: Facet, required: Mapping[str, tuple[type, ...]] = {}, *, reported: bool = False, **optional: tuple[type, ...]) -> Kind:
    return Kind(facet=facet, required=required, optional=optional, reported=reported)


LOG_WRITTEN = "log.written"
STEP_STARTED = "step.started"
STEP_ENDED = "step.ended"
PROGRESS_REPORTED = "progress.reported"
STATUS_REPORTED = "status.reported"
METRIC_REPORTED = "metric.reported"
ARTIFACT_ADDED = "artifact.added"
RESULT_STORED = "result.stored"
CHECKPOINT_STORED = "checkpoint.stored"
CHILDREN_COUNTED = "children.counted"
OUTPUT_DROPPED = "output.dropped"
LOG_DELETED = "log.deleted"
RUN_THROTTLED = "run.throttled"
COMMAND_GIVEN = "command.given"
ATTEMPT_STARTED = "attempt.started"
ATTEMPT_ENDED = "attempt.ended"
APPROVAL_REQUESTED = "approval.requested"
APPROVAL_APPROVED = "approval.approved"
APPROVAL_REFUSED = "approval.refused"
RUN_CREATED = "run.created"
RUN_EDITED = "run.edited"
RUN_SILENT = "run.silent"

_CHANGE = {"reason": _TEXT, "by": _TEXT, "error": _MAP, "attempt": _WHOLE, "until": _TEXT, "worker": _TEXT}

KINDS: dict[str, Kind] = {
    # the log facet: lossless, ordered, each with a line
    LOG_WRITTEN: _kind(
        Facet.LOG,
        {"level": _TEXT, "text": _TEXT},
        reported=True,
        stream=_TEXT,
        logger=_TEXT,
        source=_TEXT,
        step=_TEXT,
        context=_MAP,
        traceback=_TEXT,
        part=_FLAG,
    ),
    STEP_STARTED: _kind(Facet.LOG, {"step": _TEXT, "name": _TEXT}, reported=True, parent=_TEXT, total=_COUNT, unit=_TEXT),
    STEP_ENDED: _kind(
        Facet.LOG,
        {"step": _TEXT, "outcome": _TEXT},
        reported=True,
        duration_seconds=_COUNT,
        error=_MAP,
    ),
    ARTIFACT_ADDED: _kind(
        Facet.LOG,
        {"artifact": _TEXT, "name": _TEXT, "size_bytes": _WHOLE, "sha256": _TEXT},
        media_type=_TEXT,
        stated_type=_TEXT,
        step=_TEXT,
    ),
    RESULT_STORED: _kind(Facet.LOG, {"size_bytes": _WHOLE}, value=(dict, list, str, int, float, bool, type(None))),
    COMMAND_GIVEN: _kind(Facet.LOG, {"do": _TEXT, "by": _TEXT}, args=_MAP),
    APPROVAL_REQUESTED: _kind(Facet.LOG, {"approval": _TEXT, "needed": _WHOLE}, by=_TEXT, until=_TEXT),
    APPROVAL_APPROVED: _kind(Facet.LOG, {"approval": _TEXT, "by": _TEXT}, given=_WHOLE, needed=_WHOLE, reason=_TEXT),
    APPROVAL_REFUSED: _kind(Facet.LOG, {"approval": _TEXT, "by": _TEXT}, reason=_TEXT),
    OUTPUT_DROPPED: _kind(Facet.LOG, {"line_count": _WHOLE, "byte_count": _WHOLE, "reason": _TEXT}, reported=True),
    ATTEMPT_STARTED: _kind(Facet.LOG, {"attempt": _WHOLE}, worker=_TEXT, checkpoint=_WHOLE),
    ATTEMPT_ENDED: _kind(Facet.LOG, {"attempt": _WHOLE, "outcome": _TEXT}, error=_MAP, duration_seconds=_COUNT),
    # the view facet: the newest wins
    RUN_CREATED: _kind(
        Facet.VIEW,
        {"name": _TEXT, "project": _TEXT, "run_kind": _TEXT},
        task=_TEXT,
        by=_TEXT,
        tags=(list,),
        priority=_WHOLE,
        parent=_TEXT,
    ),
    RUN_EDITED: _kind(Facet.VIEW, {"by": _TEXT}, name=_TEXT, tags=(list,), metadata=_MAP, priority=_WHOLE, parent=_TEXT),
    **{f"run.{state}": Kind(facet=Facet.VIEW, required={}, optional=_CHANGE) for state in RunState},
    PROGRESS_REPORTED: _kind(
        Facet.VIEW,
        {"done": _COUNT},
        reported=True,
        bar=_TEXT,
        total=(int, float, type(None)),
        unit=_TEXT,
        name=_TEXT,
        message=_TEXT,
        step=_TEXT,
        elapsed_seconds=_COUNT,
        is_closed=_FLAG,
    ),
    STATUS_REPORTED: _kind(Facet.VIEW, reported=True, stage=_TEXT, text=_TEXT),
    CHECKPOINT_STORED: _kind(Facet.VIEW, {"number": _WHOLE, "size_bytes": _WHOLE}),
    CHILDREN_COUNTED: _kind(Facet.VIEW, {"total": _WHOLE, "done": _COUNT, "states": _MAP}),
    RUN_THROTTLED: _kind(Facet.VIEW, {"is_throttled": _FLAG}, reported=True),
    RUN_SILENT: _kind(Facet.VIEW, {"is_silent": _FLAG}),
    LOG_DELETED: _kind(Facet.VIEW, {"to": _WHOLE, "by": _TEXT}),
    # the metric facet: all stored, thinned live
    METRIC_REPORTED: _kind(Facet.METRIC, {"name": _TEXT, "value": _COUNT}, reported=True, unit=_TEXT, labels=_MAP, step=_TEXT),
}


_OURS = ("run.", "attempt.", "command.", "approval.")
"""How kinds begin that nobody but an act may report."""
_EXPECTED = {name: {**kind.required, **kind.optional} for name, kind in KINDS.items()}
_BOUNDED = {name: [(field, LENGTHS[field]) for field in expected if field in LENGTHS] for name, expected in _EXPECTED.items()}


def facet_of(kind: str) -> Facet:
    """The facet of a kind; an unknown kind is an entry of the log, so that it is not lost from sight."""
    known = KINDS.get(kind)
    return known.facet if known else Facet.LOG


def state_change(kind: str) -> RunState | None:
    """The state that an event of this kind puts the run into, if any: ``run.failed`` -> FAILED."""
    return _STATE_OF.get(kind)


_STATE_OF = {f"run.{state}": state for state in RunState}


def check_reported(given: object, index: int = 0) -> Event:
    """The event, if a worker or an outside program may report it so; else raise `InvalidEvent`.

    Unknown kinds pass as long as they do not claim a name of ours (`_OURS`).
    """
    if not isinstance(given, dict):
        raise InvalidEvent(index=index, reason="it is not an object")
    event = cast("Event", given)
    kind: object = event.get("kind")
    if not isinstance(kind, str) or not 0 < len(kind) <= 64:
        raise InvalidEvent(index=index, reason="its kind is missing, or is not a word of at most 64 characters")
    at: object = event.get("at")
    if not isinstance(at, str) or len(at) > LENGTHS["at"]:
        raise InvalidEvent(index=index, reason=f"its time, at, is missing or longer than {LENGTHS['at']} characters")
    known = KINDS.get(kind)
    if known is None:
        if kind.startswith(_OURS):
            raise InvalidEvent(index=index, reason=f"{kind} is not a kind that can be reported")
        return event
    if not known.reported:
        raise InvalidEvent(index=index, reason=f"{kind} is not a kind that can be reported")
    if not known.required.keys() <= event.keys():
        raise InvalidEvent(index=index, reason=f"{kind} needs {', '.join(sorted(known.required.keys() - event.keys()))}")
    expected = _EXPECTED[kind]
    for field, value in event.items():
        types = expected.get(field)
        # The very type, not a subclass: JSON's true is not a number.
        if types is not None and type(value) not in types:
            raise InvalidEvent(index=index, reason=f"{field} of {kind} must be {_names(types)}")
    for field, length in _BOUNDED[kind]:
        if field in event and len(event[field]) > length:
            raise InvalidEvent(index=index, reason=f"{field} of {kind} is longer than {length} characters")
    if kind == LOG_WRITTEN:
        if event["level"] not in LEVELS:
            raise InvalidEvent(index=index, reason=f"level must be one of {', '.join(LEVELS)}")
        if len(event["text"]) > TEXT_LIMIT:
            raise InvalidEvent(index=index, reason=f"text is longer than {TEXT_LIMIT} characters")
    return event


def _names(types: tuple[type, ...]) -> str:
    words = {
        str: "text",
        int: "a whole number",
        float: "a number",
        dict: "an object",
        bool: "true or false",
        list: "a list",
        type(None): "null",
    }
    return " or ".join(words[t] for t in types)
