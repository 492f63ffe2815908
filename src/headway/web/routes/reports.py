"""Runs that outside programs record: open, report, progress, end."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import orjson
from starlette.responses import Response

from headway.acts.finish import RESULT_LIMIT, Finish
from headway.acts.outside import OpenOutside, end_outside, open_outside, report, report_progress
from headway.acts.record import Batch
from headway.model.errors import Invalid, InvalidEvent, TooLarge
from headway.model.events import EVENT_LIMIT, LOG_WRITTEN
from headway.model.permissions import Permission
from headway.model.states import Outcome
from headway.store.contract import Pace
from headway.web.auth import make_routes, needs
from headway.web.bodies import BATCH_LIMIT, DEPTH_LIMIT, answer, check_depth, encode
from headway.web.desk import TheCall
from headway.web.inputs import BatchInput, OpenInput, OutcomeInput, ProgressInput, RunName
from headway.web.outputs import OPENED, RECORDED, RUN
from headway.web.routes.starts import IdempotencyKey

routes = make_routes("outside runs")

REPORT_TOKEN_LIFE = timedelta(days=90)
MAY_HOLD_NUL = frozenset({"text", "traceback"})
"""Fields of a log line that are stored as bytes and never searched by the database: there NUL is harmless, and happens."""


@routes.post("/runs", status_code=201, **needs(Permission.RUN_RECORD), responses=OPENED)
async def open_run(call: TheCall, wish: OpenInput, idempotency_key: IdempotencyKey = None) -> Response:
    """Open a run for a program of your own; it is `running` at once. The token in the answer is good for its reports only."""
    opened = await call.store.write(
        lambda tx: open_outside(tx, OpenOutside(**wish.model_dump(), idempotency_key=idempotency_key), call.principal)
    )
    run = opened.run
    token = call.desk.tokens.issue(call.principal.id, scopes=[f"run:{run.id}:record"], lifetime=REPORT_TOKEN_LIFE)
    body = {"run": run, "attempt": opened.attempt, "fence": opened.fence, "token": token}
    return answer(body, 201, Location=f"/api/v1/runs/{run.id}")


@routes.post("/runs/{run}/events", **needs(Permission.RUN_RECORD, body_limit=BATCH_LIMIT, is_batch=True), responses=RECORDED)
async def record_events(call: TheCall, run: RunName, batch: BatchInput) -> Response:
    """Record a batch. It is on disk when the answer comes; the same `batch_no` again is acknowledged again. Empty: renews the lease."""
    events = as_lines(batch.events)
    wanted = Batch(run=run, fence=batch.fence, batch_no=batch.batch_no, events=events)
    done = await call.store.write(lambda tx: report(tx, wanted, call.principal), pace=Pace.REPORT)
    return answer(
        {
            "last_seq": done.last_seq,
            "last_line": done.last_line,
            "lease_until": done.lease_until,
            "watched": call.desk.watched(run),
            "wish": done.wish,
        }
    )


@routes.patch("/runs/{run}/progress", **needs(Permission.RUN_RECORD), responses=RUN)
async def report_run_progress(call: TheCall, run: RunName, wish: ProgressInput) -> Response:
    """Progress without counting batches; the last writer wins."""
    if wish.done is None and (wish.total, wish.unit, wish.message) != (None, None, None):
        raise Invalid("done: total, unit and message go with it.", field="done")
    given = wish.model_dump(exclude_none=True)
    if not given:
        raise Invalid("Say at least one of done, stage and status_text.", field="done")
    return answer(await call.store.write(lambda tx: report_progress(tx, run, call.principal, **given), pace=Pace.REPORT))


@routes.put("/runs/{run}/outcome", **needs(Permission.RUN_RECORD, body_limit=BATCH_LIMIT, is_batch=True), responses=RUN)
async def end_run(call: TheCall, run: RunName, outcome: OutcomeInput) -> Response:
    """End the run, with its last batch, its result or its error."""
    end = Finish(
        run=run,
        fence=outcome.fence,
        batch_no=outcome.batch_no,
        events=as_lines(outcome.events),
        outcome=Outcome(outcome.outcome),
        result=_result(outcome),
        error=outcome.error.model_dump(exclude_none=True) if outcome.error else None,
        is_lenient=False,
    )
    if end.events and not end.batch_no:
        raise Invalid("batch_no: events need the number of their batch.", field="batch_no")

    def act(tx: Any) -> object:
        end_outside(tx, end, call.principal)
        return tx.runs.get(run)

    return answer(await call.store.write(act))


def _result(outcome: OutcomeInput) -> bytes | None:
    if "result" not in outcome.model_fields_set:
        return None
    result = encode(outcome.result)
    if len(result) > RESULT_LIMIT:
        raise TooLarge(what="The result", limit=f"{RESULT_LIMIT} bytes", field="result")
    return result


def as_lines(events: Sequence[dict[str, Any]]) -> list[bytes]:
    """Each event as one line of JSON, as journals keep them. Raises `InvalidEvent`."""
    return [_line(event, index) for index, event in enumerate(events)]


def _line(event: dict[str, Any], index: int) -> bytes:
    try:
        line = orjson.dumps(event)
    except orjson.JSONEncodeError as error:
        raise InvalidEvent(index=index, reason=str(error)) from error
    if len(line) > EVENT_LIMIT:
        raise InvalidEvent(index=index, reason=f"it is longer than {EVENT_LIMIT} bytes")
    if line.count(b"{") + line.count(b"[") > DEPTH_LIMIT:
        check_depth(event)
    if rb"\u0000" in line and _holds_nul(event):
        raise InvalidEvent(index=index, reason="it holds the character NUL outside of a log line's text")
    return line


def _holds_nul(event: dict[str, Any]) -> bool:
    searched = {name: value for name, value in event.items() if event.get("kind") != LOG_WRITTEN or name not in MAY_HOLD_NUL}
    return rb"\u0000" in orjson.dumps(searched).replace(rb"\\", b"")
