"""Whether we live and are ready, for whoever restarts and routes."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from starlette.responses import Response

from headway.model.errors import Unavailable
from headway.store.contract import Snapshot
from headway.web.auth import anonymous, make_routes
from headway.web.bodies import answer
from headway.web.desk import TheDesk
from headway.web.outputs import HEALTH, READINESS, Readiness

routes = make_routes("system")

STORE_SECONDS = 2.0
HEARTBEAT_AGE = timedelta(seconds=15)


@routes.get("/health/live", **anonymous(), responses=HEALTH)
async def live() -> Response:
    """Whether the loop turns. Never asks the store: an outage there is no reason to restart the server."""
    return answer({"ok": True})


@routes.get("/health/ready", **anonymous(), responses=READINESS)
async def ready(desk: TheDesk) -> Response:
    """Whether runs can be started and executed: the store answers, a worker is alive, and we are not on our way out. `degraded`: all
    that is so, and still no canary came through for a minute, the live gateway is full, or hears no news, or the broker of Celery is
    away; `reasons` says why."""
    if desk.is_draining:
        raise Unavailable("Not ready.")

    def read(snapshot: Snapshot) -> bool:
        return bool(snapshot.workers.list(alive_since=snapshot.now - HEARTBEAT_AGE))

    try:
        async with asyncio.timeout(STORE_SECONDS):
            has_worker = await desk.store.read(read)
    except (TimeoutError, Unavailable):
        raise Unavailable("Not ready.") from None
    if desk.is_worker_expected and not has_worker:
        raise Unavailable("Not ready.")
    canary = desk.canary()
    late = (canary.reason or "No canary came through.") if canary is not None and canary.is_late else None
    broker = "Celery's broker does not answer; workers find queued runs up to a second late." if desk.is_broker_away() else None
    why = [each for each in (late, broker, None if desk.gateway is None else desk.gateway.trouble) if each is not None]
    return answer(Readiness(ok=True, status="degraded" if why else "ready", reasons=why, canary=canary))
