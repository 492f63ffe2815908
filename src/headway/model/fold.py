"""The one fold: view + event -> view. The store, the hub, the CLI and (as TypeScript) the console all answer to it.

`fold(view, event)` changes `view` in place and returns what changed as a merge patch (RFC 7396). It reads nothing but
its arguments, so the view at any `seq` can be made again from the journal. A key that has no value is absent, never null.
The cases in `conformance/fold/*.yaml` are its specification.

The view:

    state, name, task, project, run_kind, priority, tags          what the run is
    attempt, worker, reason, error {code, type, message …}         how it goes
    stage, status_text                                             what people are told
    progress {done, total, unit, message, rate, eta_seconds, at}   the bar in the header: the run's own, else the newest step's
    bars {id: {name, done, total, unit, message, step, rate, eta_seconds, elapsed_seconds, at, is_closed}}
    steps {id: {name, parent, started_at}}                         those that are open
    metrics {name: {value, unit, labels, at}}                      the newest of each
    counters {lines, debug … critical, steps_ended, steps_failed, attempts_ended, artifacts, dropped_lines}
    last_line {text, level, at}
    children {total, done, queued, running, succeeded …}           how many child runs there are, in each state; `done` in parts
    approval {id, needed, given, until}                            while it waits for one
    checkpoint, is_throttled, is_silent, has_result
    log_deleted {to, by, at}                                       the last line of those that somebody deleted
    created_at, queued_at, started_at, finished_at
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast

from headway.model import events as e
from headway.model.bounds import (
    MAIN_BAR,
    MESSAGE_TEXT,
    NAME_TEXT,
    UNIT_TEXT,
    Item,
    crowded_out,
    is_same_size,
    key_of,
    labels_of,
    number,
    short,
    tags_of,
)
from headway.model.events import Event
from headway.model.patches import fold_patches
from headway.model.states import ACTIVE, FINAL, RunState

View = dict[str, Any]
Patch = dict[str, Any]

RATE_HALF_LIFE_SECONDS = 10.0
"""A rate forgets half of the past in this time: steady enough to read, quick enough to notice a stall."""


def fold(view: View, event: Event) -> Patch:
    """Fold one recorded event into the view, in place; return the change as a merge patch."""
    patch: Patch = {}
    _FOLDS.get(event["kind"], _nothing)(view, event, patch)
    return patch


def fold_into(view: View, event: Event, patch: Patch) -> None:
    """Fold an event into the view and its change into a patch that already holds earlier ones."""
    fold_patches(patch, fold(view, event))


def fold_lines(view: View, patch: Patch, levels: Mapping[str, int], newest: Event | None) -> None:
    """Fold many log lines at once, and their change into `patch`: what folding them one by one would give.

    There are more of them than of all other kinds together. `levels`: how many of each level; `newest`: the last of them
    that is not blank.
    """
    counters: dict[str, int] = view.setdefault("counters", {})
    changed: dict[str, int] = patch.setdefault("counters", {})
    counters["lines"] = changed["lines"] = counters.get("lines", 0) + sum(levels.values())
    for level, count in levels.items():
        counters[level] = changed[level] = counters.get(level, 0) + count
    if newest is not None:
        view["last_line"] = patch["last_line"] = {"text": short(newest["text"]), "level": newest["level"], "at": _at(newest)}


def is_blank(text: str) -> bool:
    """Whether a line says nothing worth repeating in the view."""
    return not text or text.isspace()


def _set(view: View, patch: Patch, key: str, value: Any) -> None:
    """Set or (for None) remove a top-level key, and say so if that changes anything."""
    if value is None:
        if key in view:
            del view[key]
            patch[key] = None
    elif view.get(key) != value:
        view[key] = patch[key] = value


def _put(view: View, patch: Patch, key: str, name: str, item: Item | None) -> None:
    """Set or remove one item of a map in the view, and keep the map within its limits.

    The patch of an item says what the item lacks, too: folded with an earlier removal of the same item it still is the whole truth.
    """
    items: dict[str, Item] = view.setdefault(key, {})
    changes: dict[str, Item | None] = patch.setdefault(key, {})
    before = items.get(name)
    if item is None:
        if before is not None:
            del items[name]
            changes[name] = None
        return
    items[name] = item
    changes[name] = {**dict.fromkeys(_LACKING[key] - item.keys(), None), **item}
    if before is None or not is_same_size(before, item):
        for where, gone in crowded_out(view, (key, name)):
            del view[where][gone]
            patch.setdefault(where, {})[gone] = None


_LACKING = {
    "bars": frozenset({"name", "total", "unit", "message", "step", "rate", "eta_seconds", "elapsed_seconds", "is_closed"}),
    "steps": frozenset({"parent"}),
    "metrics": frozenset({"unit", "labels"}),
}
"""What an item of each map may lack. Everything else in it is always there."""


def _count(view: View, patch: Patch, name: str, by: float = 1) -> None:
    counters: dict[str, float] = view.setdefault("counters", {})
    counters[name] = number(counters.get(name, 0) + by) or 0
    patch.setdefault("counters", {})[name] = counters[name]


def _nothing(view: View, event: Event, patch: Patch) -> None:
    """An unknown kind is kept in the journal and changes no picture."""


def _at(event: Event) -> str:
    return short(event["at"], 30)


def _log_written(view: View, event: Event, patch: Patch) -> None:
    fold_lines(view, patch, {event["level"]: 1}, None if is_blank(event["text"]) else event)


def _step_started(view: View, event: Event, patch: Patch) -> None:
    step = {"name": short(event["name"], NAME_TEXT), "started_at": _at(event)}
    if event.get("parent"):
        step["parent"] = key_of(event["parent"])
    _put(view, patch, "steps", key_of(event["step"]), step)
    _set(view, patch, "stage", step["name"] or None)


def _step_ended(view: View, event: Event, patch: Patch) -> None:
    step = key_of(event["step"])
    if step in view.get("steps", {}):
        _put(view, patch, "steps", step, None)
    _count(view, patch, "steps_ended")
    if event["outcome"] == "failed":
        _count(view, patch, "steps_failed")
    for name, bar in list(view.get("bars", {}).items()):
        if bar.get("step") == step and not bar.get("is_closed"):
            _put(view, patch, "bars", name, {**bar, "is_closed": True})
    open_steps: dict[str, Any] = view.get("steps", {})
    if open_steps:
        _set(view, patch, "stage", next(reversed(open_steps.values()))["name"] or None)


def _progress(view: View, event: Event, patch: Patch) -> None:
    done = number(event["done"])
    if done is None:
        return
    name = key_of(event.get("bar", MAIN_BAR))
    before: Item = view.get("bars", {}).get(name, {})
    if event.get("is_closed") is False and before.get("is_closed"):
        before = {}  # said to be open again: a loop that runs anew, with a rate of its own
    bar: Item = {"done": done, "at": _at(event)}
    for key, limit in _BAR_TEXTS:
        text = short(event[key], limit) if key in event else before.get(key)
        if text:
            bar[key] = text
    total = number(event["total"]) if "total" in event else before.get("total")
    if total is not None:
        bar["total"] = total
    if "step" in event:
        bar["step"] = key_of(event["step"])
    elif "step" in before:
        bar["step"] = before["step"]
    if event.get("is_closed", before.get("is_closed")):
        bar["is_closed"] = True
    elapsed = number(event.get("elapsed_seconds"))
    if elapsed is not None:
        bar["elapsed_seconds"] = elapsed
    rate = _rate(before, bar)
    if rate is None and done == before.get("done") and "elapsed_seconds" in before:
        bar["elapsed_seconds"] = before["elapsed_seconds"]  # the wait for the first item belongs to the first rate
    if rate is not None:
        bar["rate"] = rate
        if total is not None and rate > 0:
            bar["eta_seconds"] = number(round(max(0.0, total - done) / rate, 3))
            if bar["eta_seconds"] is None:
                del bar["eta_seconds"]
    _put(view, patch, "bars", name, bar)
    if name == MAIN_BAR or MAIN_BAR not in view["bars"] or (view["bars"][MAIN_BAR].get("is_closed") and "is_closed" not in bar):
        header = {key: bar[key] for key in _HEADER if key in bar}
        gone = dict.fromkeys(view.get("progress", {}).keys() - header.keys(), None)
        view["progress"] = header
        patch["progress"] = {**gone, **header}


_BAR_TEXTS = (("name", NAME_TEXT), ("unit", UNIT_TEXT), ("message", MESSAGE_TEXT))
_HEADER = ("name", "done", "total", "unit", "message", "rate", "eta_seconds", "at")


def _rate(before: dict[str, Any], bar: dict[str, Any]) -> float | None:
    """Items a second, smoothed over time rather than over reports, from monotonic durations only.

    The weight of the newest interval is 1 - 2^(-interval / half-life), so that many small reports and one large
    report over the same time give the same rate. A bar that opens at 0 has no rate before something is done: the time until
    it was opened is not its own.
    """
    elapsed: float | None = bar.get("elapsed_seconds")
    if elapsed is None:
        return before.get("rate")
    since = elapsed - before.get("elapsed_seconds", 0.0)
    if since <= 0 or bar["done"] < before.get("done", 0):
        return before.get("rate")
    newest = number((bar["done"] - before.get("done", 0)) / since)
    smoothed: float | None = before.get("rate")
    if newest is None:
        return smoothed  # so much in so short a time that no number says it
    if smoothed is None:
        return round(newest, 6) if newest else None
    weight = 1.0 - 2.0 ** (-since / RATE_HALF_LIFE_SECONDS)
    return round(smoothed + weight * (newest - smoothed), 6)


def _status(view: View, event: Event, patch: Patch) -> None:
    if "stage" in event:
        _set(view, patch, "stage", short(event["stage"], NAME_TEXT) or None)
    if "text" in event:
        _set(view, patch, "status_text", short(event["text"]) or None)


def _metric(view: View, event: Event, patch: Patch) -> None:
    value = number(event["value"])
    if value is None:
        return
    metric: Item = {"value": value, "at": _at(event)}
    if event.get("unit"):
        metric["unit"] = short(event["unit"], UNIT_TEXT)
    name: str = event["name"]
    labels = labels_of(event.get("labels") or {})
    if labels:
        metric["labels"] = labels
        name += "{" + ",".join(f'{label}="{text}"' for label, text in labels.items()) + "}"
    _put(view, patch, "metrics", key_of(name), metric)


def _artifact(view: View, event: Event, patch: Patch) -> None:
    _count(view, patch, "artifacts")


def _log_deleted(view: View, event: Event, patch: Patch) -> None:
    _set(view, patch, "log_deleted", {"to": event["to"], "by": short(event["by"], NAME_TEXT), "at": _at(event)})
    _set(view, patch, "last_line", None)


def _result(view: View, event: Event, patch: Patch) -> None:
    _set(view, patch, "has_result", True)


def _dropped(view: View, event: Event, patch: Patch) -> None:
    _count(view, patch, "dropped_lines", number(event["line_count"]) or 0)


def _checkpoint(view: View, event: Event, patch: Patch) -> None:
    _set(view, patch, "checkpoint", event["number"])


_STATES = tuple(state.value for state in RunState)
"""Plain text: an enum's member is no key of JSON."""


def _children(view: View, event: Event, patch: Patch) -> None:
    states: dict[str, Any] = event["states"]
    counted = {state.value: number(states[state]) for state in RunState if states.get(state)}
    shown: Item = {"total": number(event["total"]), "done": number(event["done"]), **counted}
    if view.get("children") != shown:
        view["children"] = shown
        patch["children"] = {**dict.fromkeys(_STATES, None), **shown}


def _throttled(view: View, event: Event, patch: Patch) -> None:
    _set(view, patch, "is_throttled", event["is_throttled"] or None)


def _silent(view: View, event: Event, patch: Patch) -> None:
    _set(view, patch, "is_silent", event["is_silent"] or None)


def _approval_requested(view: View, event: Event, patch: Patch) -> None:
    wanted: Item = {"id": short(event["approval"], 40), "needed": number(event["needed"]), "given": 0}
    if event.get("until"):
        wanted["until"] = short(event["until"], 30)
    _set(view, patch, "approval", wanted)


def _approval_approved(view: View, event: Event, patch: Patch) -> None:
    if "approval" in view and "given" in event:
        _set(view, patch, "approval", {**view["approval"], "given": number(event["given"])})


def _created(view: View, event: Event, patch: Patch) -> None:
    for key in ("name", "project", "run_kind", "task", "by", "tags", "priority", "parent"):
        _set(view, patch, key, _described(key, event.get(key)))
    _set(view, patch, "created_at", _at(event))


def _edited(view: View, event: Event, patch: Patch) -> None:
    for key in ("name", "tags", "priority", "parent"):
        if key in event:
            _set(view, patch, key, _described(key, event[key]))


def _described(key: str, value: Any) -> Any:
    if isinstance(value, str):
        return short(value, NAME_TEXT * 2 if key == "name" else NAME_TEXT)
    return tags_of(cast("list[Any]", value)) if isinstance(value, list) else number(value)


def _attempt_started(view: View, event: Event, patch: Patch) -> None:
    """A new attempt starts with a clean picture: bars, steps, metrics and messages of the last one are its own.

    The maps stay, empty: a merge patch that removed a whole map could not be folded with one that fills it again.
    """
    for key in ("bars", "steps", "metrics", "progress"):
        gone = view.get(key)
        if gone:
            patch[key] = dict.fromkeys(gone, None)
            view[key] = {}
    for key in ("stage", "status_text", "error", "reason", "is_throttled", "is_silent"):
        _set(view, patch, key, None)
    _set(view, patch, "attempt", number(event["attempt"]))
    _set(view, patch, "worker", short(event.get("worker"), NAME_TEXT) or None)
    if "started_at" not in view:
        _set(view, patch, "started_at", _at(event))


def _attempt_ended(view: View, event: Event, patch: Patch) -> None:
    _count(view, patch, "attempts_ended")
    if event["outcome"] != "succeeded" and "error" in event:
        _set_error(view, patch, event["error"])


def _set_error(view: View, patch: Patch, error: dict[str, Any]) -> None:
    """What a person needs to see; details and traceback stand in the journal. The patch says what this error lacks, as an item's does."""
    shown: dict[str, Any] = {key: short(error[key], limit) for key, limit in _ERROR_TEXTS if error.get(key)}
    if isinstance(error.get("is_retryable"), bool):
        shown["is_retryable"] = error["is_retryable"]
    if view.get("error") != shown:
        view["error"] = shown
        patch["error"] = {"code": None, "type": None, "message": None, "is_retryable": None, **shown}


_ERROR_TEXTS = (("code", 60), ("type", NAME_TEXT), ("message", 300))


def _state_changed(view: View, event: Event, patch: Patch) -> None:
    state = RunState(event["kind"].removeprefix("run."))
    _set(view, patch, "state", state.value)
    _set(view, patch, "reason", short(event.get("reason"), NAME_TEXT * 2) or None)
    if "error" in event:
        _set_error(view, patch, event["error"])
    elif state is RunState.SUCCEEDED:
        _set(view, patch, "error", None)
    _set(view, patch, "until", short(event.get("until"), 30) or None)
    if state is not RunState.AWAITING_APPROVAL:
        _set(view, patch, "approval", None)
    if state is RunState.QUEUED:
        _set(view, patch, "queued_at", _at(event))
    if state in FINAL:
        _set(view, patch, "finished_at", _at(event))
        _set(view, patch, "is_silent", None)
        _set(view, patch, "is_throttled", None)
    if state not in ACTIVE:
        _set(view, patch, "worker", None)


_Fold = Callable[[View, Event, Patch], None]
_FOLDS: dict[str, _Fold] = {
    e.LOG_WRITTEN: _log_written,
    e.STEP_STARTED: _step_started,
    e.STEP_ENDED: _step_ended,
    e.PROGRESS_REPORTED: _progress,
    e.STATUS_REPORTED: _status,
    e.METRIC_REPORTED: _metric,
    e.ARTIFACT_ADDED: _artifact,
    e.RESULT_STORED: _result,
    e.OUTPUT_DROPPED: _dropped,
    e.CHECKPOINT_STORED: _checkpoint,
    e.CHILDREN_COUNTED: _children,
    e.RUN_THROTTLED: _throttled,
    e.RUN_SILENT: _silent,
    e.LOG_DELETED: _log_deleted,
    e.APPROVAL_REQUESTED: _approval_requested,
    e.APPROVAL_APPROVED: _approval_approved,
    e.RUN_CREATED: _created,
    e.RUN_EDITED: _edited,
    e.ATTEMPT_STARTED: _attempt_started,
    e.ATTEMPT_ENDED: _attempt_ended,
    **{f"run.{state}": _state_changed for state in RunState},
}
