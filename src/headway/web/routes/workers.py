"""The workers: who is there, what each executes, and the wish that one drains or starts anew."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path
from starlette.responses import Response

from headway.access.authorise import authorise
from headway.acts.workers import DRAIN, RESTART, ask_worker, worker_detail, workers_seen
from headway.model.permissions import Permission
from headway.web.auth import make_routes, needs
from headway.web.bodies import answer, list_answer
from headway.web.desk import Call, TheCall
from headway.web.inputs import LeaveInput
from headway.web.worker_outputs import WORKER, WORKER_ASKED, WORKERS

routes = make_routes("workers")

Worker = Annotated[str, Path(max_length=80)]


@routes.get("/workers", **needs(Permission.SYSTEM_READ), responses=WORKERS)
async def list_workers(call: TheCall, total: bool = False) -> Response:
    """Worker processes: those at work, and those that were lost or ended within a day."""
    authorise(call.principal, Permission.SYSTEM_READ, None)
    workers = await call.store.read(workers_seen)
    return list_answer(workers, total=len(workers) if total else None)


@routes.get("/workers/{worker}", **needs(Permission.SYSTEM_READ), responses=WORKER)
async def show_worker(call: TheCall, worker: Worker) -> Response:
    """A worker with the runs that it executes."""
    authorise(call.principal, Permission.SYSTEM_READ, None)
    return answer(await call.store.read(lambda snapshot: worker_detail(snapshot, worker, call.principal)))


@routes.post("/workers/{worker}/drain", status_code=202, **needs(Permission.WORKER_MANAGE), responses=WORKER_ASKED)
async def drain_worker(call: TheCall, worker: Worker, wish: LeaveInput | None = None) -> Response:
    """Have it take no new runs, finish those it has, and end; it is not started again. With `is_now` it gives its runs back instead:
    others go on with them from their last checkpoints."""
    return await _ask(call, worker, DRAIN, wish)


@routes.post("/workers/{worker}/restart", status_code=202, **needs(Permission.WORKER_MANAGE), responses=WORKER_ASKED)
async def restart_worker(call: TheCall, worker: Worker, wish: LeaveInput | None = None) -> Response:
    """The same, but whoever keeps the process alive (`headway serve`, systemd, a container) starts it again."""
    return await _ask(call, worker, RESTART, wish)


async def _ask(call: Call, worker: str, do: str, wish: LeaveInput | None) -> Response:
    is_now = wish is not None and wish.is_now
    return answer(await call.store.write(lambda tx: ask_worker(tx, worker, do, call.principal, is_now=is_now)), 202)
