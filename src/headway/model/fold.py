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
    checkpoint, is_throttled, is_silent, has_result
    created_at, queued_at, started_at, finished_at
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from headway.model import events as e
from headway.model.events import Event
from headway.model.patches import fold_patches
from headway.model.states import ACTIVE, FINAL, RunState

View = dict[str, Any]
Patch = dict[str, Any]

MAIN_BAR = "main"
BARS_LIMIT = 50
STEPS_LIMIT = 100
METRICS_LIMIT = 100
SHORT_TEXT = 300
"""Characters of a text that the view repeats (last line, message, status): the journal has the whole."""
RATE_HALF_LIFE_SECONDS = 10.0
"""A rate forgets half of the past in this time: steady enough to read, quick enough to notice a stall."""


def fold(view: View, event: Event) -> Patch:
    """Fold one recorded event into the view, in place; return the change as a merge patch."""
    patch: Patch = {}
    _FOLDS.get(event["kind"], _nothing)(view, event, patch)
    return patch


def fold_into(view: View, event: Event, patch: Patch) -> None:
    """Fold an event into the view and its change into a patch that already holds earlier ones.

    What `fold` and `fold_patches` do one after the other; log lines, of which there are most, skip the patch in between
    (measured: 1.1 us instead of 2.9).
    """
    if event["kind"] == e.LOG_WRITTEN:
        _log_written(view, event, patch)
    else:
        fold_patches(patch, fold(view, event))


def _set(view: View, patch: Patch, key: str, value: Any) -> None:
    """Set or (for None) remove a top-level key, and say so if that changes anything."""
    if value is None:
        if key in view:
            del view[key]
            patch[key] = None
    elif view.get(key) != value:
        view[key] = patch[key] = value


def _put(view: View, patch: Patch, key: str, name: str, item: dict[str, Any] | None, limit: int) -> None:
    """Set or remove one item of a map in the view. The map is bounded: the oldest closed item goes first, then the oldest."""
    items: dict[str, Any] = view.setdefault(key, {})
    changes: dict[str, Any] = patch.setdefault(key, {})
    before = items.get(name)
    if item is None:
        if before is not None:
            del items[name]
            changes[name] = None
    else:
        if before is None and len(items) >= limit:
            gone = next((old for old, it in items.items() if it.get("is_closed")), None) or next(iter(items))
            del items[gone]
            changes[gone] = None
        changes[name] = {**dict.fromkeys(before or (), None), **item} if before and before.keys() - item.keys() else item
        items[name] = item
    if not changes:
        del patch[key]
    if not items:
        del view[key]


def _count(view: View, patch: Patch, name: str, by: int = 1) -> None:
    counters: dict[str, int] = view.setdefault("counters", {})
    counters[name] = counters.get(name, 0) + by
    patch.setdefault("counters", {})[name] = counters[name]


def _short(text: str) -> str:
    return text if len(text) <= SHORT_TEXT else text[: SHORT_TEXT - 1] + "…"


def _nothing(view: View, event: Event, patch: Patch) -> None:
    """An unknown kind is kept in the journal and changes no picture."""


def _log_written(view: View, event: Event, patch: Patch) -> None:
    counters: dict[str, int] = view.setdefault("counters", {})
    changed: dict[str, int] = patch.setdefault("counters", {})
    level: str = event["level"]
    counters["lines"] = changed["lines"] = counters.get("lines", 0) + 1
    counters[level] = changed[level] = counters.get(level, 0) + 1
    text: str = event["text"]
    if text and not text.isspace():
        view["last_line"] = patch["last_line"] = {"text": _short(text), "level": level, "at": event["at"]}


def _step_started(view: View, event: Event, patch: Patch) -> None:
    step = {"name": _short(event["name"]), "started_at": event["at"]}
    if "parent" in event:
        step["parent"] = event["parent"]
    _put(view, patch, "steps", event["step"], step, STEPS_LIMIT)
    _set(view, patch, "stage", step["name"])


def _step_ended(view: View, event: Event, patch: Patch) -> None:
    step: str = event["step"]
    _put(view, patch, "steps", step, None, STEPS_LIMIT)
    _count(view, patch, "steps_ended")
    if event["outcome"] == "failed":
        _count(view, patch, "steps_failed")
    for name, bar in list(view.get("bars", {}).items()):
        if bar.get("step") == step and not bar.get("is_closed"):
            _put(view, patch, "bars", name, {**bar, "is_closed": True}, BARS_LIMIT)
    open_steps: dict[str, Any] = view.get("steps", {})
    if open_steps:
        _set(view, patch, "stage", next(reversed(open_steps.values()))["name"])


def _progress(view: View, event: Event, patch: Patch) -> None:
    name = event.get("bar", MAIN_BAR)
    before: dict[str, Any] = view.get("bars", {}).get(name, {})
    bar: dict[str, Any] = {"done": event["done"], "at": event["at"]}
    for key in ("name", "unit", "step", "total", "is_closed"):
        value = event.get(key, before.get(key))
        if value is not None:
            bar[key] = value
    if event.get("total", 0) is None:
        bar.pop("total", None)
    message = event.get("message", before.get("message"))
    if message:
        bar["message"] = _short(message)
    if "elapsed_seconds" in event:
        bar["elapsed_seconds"] = event["elapsed_seconds"]
    rate = _rate(before, bar)
    if rate is not None:
        bar["rate"] = rate
        total = bar.get("total")
        if total is not None and rate > 0:
            bar["eta_seconds"] = round(max(0.0, total - bar["done"]) / rate, 3)
    _put(view, patch, "bars", name, bar, BARS_LIMIT)
    if name == MAIN_BAR or MAIN_BAR not in view["bars"]:
        header = {key: bar[key] for key in _HEADER if key in bar}
        gone = dict.fromkeys(view.get("progress", {}).keys() - header.keys(), None)
        view["progress"] = header
        patch["progress"] = {**gone, **header}


_HEADER = ("name", "done", "total", "unit", "message", "rate", "eta_seconds", "at")


def _rate(before: dict[str, Any], bar: dict[str, Any]) -> float | None:
    """Items a second, smoothed over time rather than over reports, from monotonic durations only.

    The weight of the newest interval is 1 - 2^(-interval / half-life), so that many small reports and one large
    report over the same time give the same rate.
    """
    elapsed: float | None = bar.get("elapsed_seconds")
    if elapsed is None:
        return before.get("rate")
    since = elapsed - before.get("elapsed_seconds", 0.0)
    if since <= 0 or bar["done"] < before.get("done", 0):
        return before.get("rate")
    newest = (bar["done"] - before.get("done", 0)) / since
    smoothed: float | None = before.get("rate")
    if smoothed is None:
        return round(newest, 6)
    weight = 1.0 - 2.0 ** (-since / RATE_HALF_LIFE_SECONDS)
    return round(smoothed + weight * (newest - smoothed), 6)


def _status(view: View, event: Event, patch: Patch) -> None:
    if "stage" in event:
        _set(view, patch, "stage", _short(event["stage"]) or None)
    if "text" in event:
        _set(view, patch, "status_text", _short(event["text"]) or None)


def _metric(view: View, event: Event, patch: Patch) -> None:
    metric = {key: event[key] for key in ("value", "unit", "labels", "at") if key in event}
    name: str = event["name"]
    if event.get("labels"):
        name += "{" + ",".join(f"{key}={value}" for key, value in sorted(event["labels"].items())) + "}"
    _put(view, patch, "metrics", name, metric, METRICS_LIMIT)


def _artifact(view: View, event: Event, patch: Patch) -> None:
    _count(view, patch, "artifacts")


def _result(view: View, event: Event, patch: Patch) -> None:
    _set(view, patch, "has_result", True)


def _dropped(view: View, event: Event, patch: Patch) -> None:
    _count(view, patch, "dropped_lines", event["line_count"])


def _checkpoint(view: View, event: Event, patch: Patch) -> None:
    _set(view, patch, "checkpoint", event["number"])


def _throttled(view: View, event: Event, patch: Patch) -> None:
    _set(view, patch, "is_throttled", event["is_throttled"] or None)


def _silent(view: View, event: Event, patch: Patch) -> None:
    _set(view, patch, "is_silent", event["is_silent"] or None)


def _created(view: View, event: Event, patch: Patch) -> None:
    for key in ("name", "project", "run_kind", "task", "by", "tags", "priority", "parent"):
        _set(view, patch, key, event.get(key))
    _set(view, patch, "created_at", event["at"])


def _edited(view: View, event: Event, patch: Patch) -> None:
    for key in ("name", "tags", "priority"):
        if key in event:
            _set(view, patch, key, event[key])


def _attempt_started(view: View, event: Event, patch: Patch) -> None:
    """A new attempt starts with a clean picture: bars, steps, metrics and messages of the last one are its own."""
    for key in ("bars", "steps", "metrics", "progress"):
        gone = view.pop(key, None)
        if gone:
            patch[key] = dict.fromkeys(gone, None)
    for key in ("stage", "status_text", "error", "reason", "is_throttled", "is_silent"):
        _set(view, patch, key, None)
    _set(view, patch, "attempt", event["attempt"])
    _set(view, patch, "worker", event.get("worker"))
    if "started_at" not in view:
        _set(view, patch, "started_at", event["at"])


def _attempt_ended(view: View, event: Event, patch: Patch) -> None:
    _count(view, patch, "attempts_ended")
    if event["outcome"] != "succeeded" and "error" in event:
        _set(view, patch, "error", _short_error(event["error"]))


def _short_error(error: dict[str, Any]) -> dict[str, Any]:
    return {key: _short(value) if isinstance(value, str) else value for key, value in error.items() if key != "traceback"}


def _state_changed(view: View, event: Event, patch: Patch) -> None:
    state = RunState(event["kind"].removeprefix("run."))
    _set(view, patch, "state", state.value)
    _set(view, patch, "reason", event.get("reason"))
    if "error" in event:
        _set(view, patch, "error", _short_error(event["error"]))
    elif state is RunState.SUCCEEDED:
        _set(view, patch, "error", None)
    _set(view, patch, "until", event.get("until"))
    if state is RunState.QUEUED:
        _set(view, patch, "queued_at", event["at"])
    if state in FINAL:
        _set(view, patch, "finished_at", event["at"])
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
    e.RUN_THROTTLED: _throttled,
    e.RUN_SILENT: _silent,
    e.RUN_CREATED: _created,
    e.RUN_EDITED: _edited,
    e.ATTEMPT_STARTED: _attempt_started,
    e.ATTEMPT_ENDED: _attempt_ended,
    **{f"run.{state}": _state_changed for state in RunState},
}
