"""What people want of a run: cancel, pause, resume, run it again, say where it is."""

from __future__ import annotations

from starlette.responses import Response

from headway.acts.cancel import cancel
from headway.acts.inspect import ask_for_stack
from headway.acts.pause import pause, resume
from headway.acts.retry import retry
from headway.model.permissions import Permission
from headway.web.auth import make_routes, needs
from headway.web.bodies import answer
from headway.web.desk import TheCall
from headway.web.inputs import RetryInput, RunName, WishInput
from headway.web.outputs import RUN_ACCEPTED, RUN_CREATED
from headway.web.routes.starts import IdempotencyKey

routes = make_routes("runs")


@routes.put("/runs/{run}/cancellation", status_code=202, **needs(Permission.RUN_CANCEL), responses=RUN_ACCEPTED)
async def cancel_run(call: TheCall, run: RunName, wish: WishInput | None = None) -> Response:
    """Wish that the run and its family be cancelled. A run that waits is cancelled at once, one that runs by its worker."""
    reason = wish.reason if wish else None
    return answer(await call.store.write(lambda tx: cancel(tx, run, call.principal, reason)), 202)


@routes.put("/runs/{run}/pause", status_code=202, **needs(Permission.RUN_PAUSE), responses=RUN_ACCEPTED)
async def pause_run(call: TheCall, run: RunName, wish: WishInput | None = None) -> Response:
    """Wish that the run pause, and its family. A run that waits is paused at once, one that runs at its next checkpoint."""
    reason = wish.reason if wish else None
    return answer(await call.store.write(lambda tx: pause(tx, run, call.principal, reason)), 202)


@routes.put("/runs/{run}/resumption", status_code=202, **needs(Permission.RUN_PAUSE), responses=RUN_ACCEPTED)
async def resume_run(call: TheCall, run: RunName, wish: WishInput | None = None) -> Response:
    """Let a paused run go on from its last checkpoint, and its family."""
    reason = wish.reason if wish else None
    return answer(await call.store.write(lambda tx: resume(tx, run, call.principal, reason)), 202)


@routes.post("/runs/{run}/retries", status_code=201, **needs(Permission.RUN_RETRY), responses=RUN_CREATED)
async def retry_run(call: TheCall, run: RunName, wish: RetryInput | None = None, idempotency_key: IdempotencyKey = None) -> Response:
    """Run a final run again: a new run with the same parameters, or with others. The same `Idempotency-Key` again gives the same new
    run, so a call whose answer was lost can be repeated."""
    parameters = wish.parameters if wish else None
    new = await call.store.write(lambda tx: retry(tx, run, call.principal, parameters, idempotency_key=idempotency_key))
    return answer(new, 201, Location=f"/api/v1/runs/{new.id}")


@routes.post("/runs/{run}/stack-dumps", status_code=202, **needs(Permission.RUN_INSPECT), responses=RUN_ACCEPTED)
async def dump_stack(call: TheCall, run: RunName) -> Response:
    """Ask what the run is doing right now; the answer comes as an entry of its log."""
    return answer(await call.store.write(lambda tx: ask_for_stack(tx, run, call.principal)), 202)
