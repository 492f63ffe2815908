"""The fold under events that nobody would send: bounded, repeatable, and truly told by its patches."""

from __future__ import annotations

import copy
import json
from typing import Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from headway.model.bounds import LIMITS, VIEW_LIMIT
from headway.model.events import LEVELS
from headway.model.fold import fold, fold_into
from headway.model.patches import apply_patch, fold_patches
from headway.model.states import RunState

KEYS = st.sampled_from(["main", "a", "b", "1", "2", ""]) | st.text(max_size=80)
TEXTS = st.text(max_size=20) | st.sampled_from(["\x00", "字", "😀", '"\\', "\ud800", "a"]).map(lambda text: text * 2000)
NUMBERS = st.integers() | st.floats() | st.sampled_from([10**400, -(10**400), 1e308, float("nan")])
WHOLE = st.integers(min_value=0, max_value=2**70)
AT = st.sampled_from(["2026-11-22T09:00:00.000Z", "yesterday", "9" * 500])


def _event(kind: str, **fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    required = {"kind": st.just(kind), "at": AT}
    optional = {name.rstrip("_"): value for name, value in fields.items() if name.endswith("_")}
    required |= {name: value for name, value in fields.items() if not name.endswith("_")}
    return st.fixed_dictionaries(required, optional=optional)


_ERROR = st.fixed_dictionaries(
    {},
    optional={
        "code": TEXTS,
        "type": TEXTS,
        "message": TEXTS,
        "traceback": TEXTS,
        "details": st.just({"a": {"b": 1}}),
        "is_retryable": st.booleans(),
    },
)
_LABELS = st.dictionaries(TEXTS, TEXTS | NUMBERS | st.booleans() | st.none() | st.just({"x": None}), max_size=12)
EVENTS = st.one_of(
    _event("log.written", level=st.sampled_from(LEVELS), text=TEXTS),
    _event("step.started", step=KEYS, name=TEXTS, parent_=KEYS),
    _event("step.ended", step=KEYS, outcome=st.sampled_from(["succeeded", "failed"])),
    _event(
        "progress.reported", done=NUMBERS, bar_=KEYS, total_=NUMBERS | st.none(), unit_=TEXTS, name_=TEXTS, message_=TEXTS, step_=KEYS, elapsed_seconds_=NUMBERS,
        is_closed_=st.booleans(),
    ),
    _event("status.reported", stage_=TEXTS, text_=TEXTS),
    _event("metric.reported", name=TEXTS, value=NUMBERS, unit_=TEXTS, labels_=_LABELS),
    _event("artifact.added", artifact=TEXTS, name=TEXTS, size_bytes=WHOLE, sha256=TEXTS),
    _event("result.stored", size_bytes=WHOLE, value_=TEXTS),
    _event("output.dropped", line_count=WHOLE, byte_count=WHOLE, reason=TEXTS),
    _event("checkpoint.stored", number=st.integers(0, 1000), size_bytes=WHOLE),
    _event("run.throttled", is_throttled=st.booleans()),
    _event("run.silent", is_silent=st.booleans()),
    _event("log.deleted", to=WHOLE, by=TEXTS),
    _event("run.created", name=TEXTS, project=TEXTS, run_kind=TEXTS, task_=TEXTS, by_=TEXTS, tags_=st.lists(TEXTS), priority_=st.integers(-10, 10), parent_=TEXTS),
    _event("run.edited", by=TEXTS, name_=TEXTS, tags_=st.lists(TEXTS), priority_=st.integers(-10, 10)),
    _event("attempt.started", attempt=st.integers(1, 9), worker_=TEXTS),
    _event("attempt.ended", attempt=st.integers(1, 9), outcome=st.sampled_from(["succeeded", "failed", "lost"]), error_=_ERROR),
    *[_event(f"run.{state}", reason_=TEXTS, until_=TEXTS, error_=_ERROR, by_=TEXTS) for state in RunState],
    _event("weather.changed", to=TEXTS),
)  # fmt: skip


def size_of(view: dict[str, Any]) -> int:
    return len(json.dumps(view, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode())


class FoldMachine(RuleBasedStateMachine):
    """One view as the recorder sees it, one as a viewer gets it patch by patch, one that gets several patches at once."""

    def __init__(self) -> None:
        super().__init__()
        self.view: dict[str, Any] = {}
        self.again: dict[str, Any] = {}
        self.viewer: dict[str, Any] = {}
        self.laggard: dict[str, Any] = {}
        self.waiting: dict[str, Any] = {}
        self.gathered: dict[str, Any] = {}

    @rule(event=EVENTS)
    def one(self, event: dict[str, Any]) -> None:
        self._fold(event)

    @rule(event=EVENTS, times=st.integers(10, 120))
    def many(self, event: dict[str, Any], times: int) -> None:
        for number in range(times):
            numbered = {key: f"{number}{value}" if key in ("bar", "step", "name") else value for key, value in event.items()}
            self._fold(numbered)

    @rule()
    def catch_up(self) -> None:
        apply_patch(self.laggard, self.waiting)
        self.waiting = {}
        assert self.laggard == self.view

    def _fold(self, event: dict[str, Any]) -> None:
        before = copy.deepcopy(event)
        patch = fold(self.view, event)
        fold_into(self.again, event, self.gathered)
        assert event["kind"] == before["kind"]
        apply_patch(self.viewer, copy.deepcopy(patch))
        fold_patches(self.waiting, copy.deepcopy(patch))

    @invariant()
    def the_patches_tell_the_view(self) -> None:
        assert self.viewer == self.view
        assert list(self.viewer.get("bars", {})) == list(self.view.get("bars", {})), "the order of items decides who leaves first"

    @invariant()
    def folding_is_repeatable(self) -> None:
        assert self.again == self.view
        assert apply_patch({}, copy.deepcopy(self.gathered)) == self.view

    @invariant()
    def the_view_is_bounded(self) -> None:
        assert size_of(self.view) <= VIEW_LIMIT
        for name, limit in LIMITS.items():
            assert len(self.view.get(name, {})) <= limit


def test_the_fold_holds_its_promises() -> None:
    run_state_machine_as_test(
        FoldMachine, settings=settings(max_examples=60, stateful_step_count=30, suppress_health_check=list(HealthCheck))
    )


@given(text=TEXTS)
@example(text="😀" * 1000)
@example(text='"' * 1000)
@settings(max_examples=30)
def test_the_fullest_view_there_can_be_fits(text: str) -> None:
    """Every field of every kind as long and as many as it may be."""
    view: dict[str, Any] = {}
    events: list[dict[str, Any]] = [
        {"kind": "run.created", "name": text, "project": text, "run_kind": text, "task": text, "by": text, "tags": [text] * 50, "priority": 5, "parent": text},
        {"kind": "attempt.started", "attempt": 2**70, "worker": text},
        *({"kind": "progress.reported", "bar": f"{n}{text}", "step": text, "name": text, "unit": text, "message": text, "done": 1e-299 * n, "total": 1.234567890123e299,
           "elapsed_seconds": n + 0.123456789012} for n in range(60)),
        *({"kind": "step.started", "step": f"{n}{text}", "parent": text, "name": text} for n in range(120)),
        *({"kind": "metric.reported", "name": f"{n}{text}", "value": 1.2345678901234e-200, "unit": text, "labels": {f"{i}{text}": text for i in range(9)}} for n in range(120)),
        *({"kind": "log.written", "level": level, "text": "x" + text} for level in LEVELS),
        {"kind": "status.reported", "stage": text, "text": text},
        {"kind": "progress.reported", "done": 1.23456789e-100, "total": 2.3456e-200, "name": text, "unit": text, "message": text, "elapsed_seconds": 0.00001},
        {"kind": "run.retrying", "reason": text, "until": text, "error": {"code": text, "type": text, "message": text, "is_retryable": True}},
        {"kind": "checkpoint.stored", "number": 2**60, "size_bytes": 1},
    ]  # fmt: skip

    for event in events:
        fold(view, {"at": text, **event})
        assert size_of(view) <= VIEW_LIMIT

    assert view["bars"]["main"]["done"] == 1.23456789e-100
