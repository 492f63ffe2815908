"""Whether we live and are ready, for whoever restarts and routes."""

from __future__ import annotations

import asyncio

from starlette.responses import Response

from headway.acts.hearing import broker_state
from headway.acts.waiting import ALIVE
from headway.model.errors import Unavailable
from headway.store.contract import Snapshot
from headway.store.places import Worker
from headway.web.auth import anonymous, make_routes
from headway.web.bodies import answer
from headway.web.desk import TheDesk
from headway.web.outputs import HEALTH, READINESS, BrokerHealth, Readiness

routes = make_routes("system")

STORE_SECONDS = 2.0
"""A store that has not answered after so long makes us not ready."""


@routes.get("/health/live", **anonymous(), responses=HEALTH)
async def live() -> Response:
    """Whether the loop turns. Never asks the store: an outage there is no reason to restart the server."""
    return answer({"ok": True})


@routes.get("/health/ready", **anonymous(), responses=READINESS)
async def ready(desk: TheDesk) -> Response:
    """Whether runs can be started and executed: the store answers, a worker is alive, and we are not on our way out. `degraded`: all
    that is so, and still no canary came through for a minute, the live gateway is full, or hears no news, or the broker of Celery is
    away or not heard; `reasons` says why."""
    if desk.is_draining:
        raise Unavailable("Not ready.")

    def read(snapshot: Snapshot) -> list[Worker]:
        return snapshot.workers.list(alive_since=snapshot.now - ALIVE)

    try:
        async with asyncio.timeout(STORE_SECONDS):
            workers = await desk.store.read(read)
    except (TimeoutError, Unavailable):
        raise Unavailable("Not ready.") from None
    if desk.is_worker_expected and not workers:
        raise Unavailable("Not ready.")
    canary = desk.canary()
    late = (canary.reason or "No canary came through.") if canary is not None and canary.is_late else None
    broker = None
    if desk.has_broker:
        found = broker_state(workers, is_away=desk.is_broker_away())
        # In numbers: who asks need not be anybody, and names are told in `/monitor/system`.
        broker = BrokerHealth(is_away=found.is_away, deaf_workers=len(found.deaf_workers), unheard_queues=len(found.unheard_queues))
    why = [late, *_of_broker(broker), None if desk.gateway is None else desk.gateway.trouble]
    reasons = [each for each in why if each is not None]
    return answer(Readiness(ok=True, status="degraded" if reasons else "ready", reasons=reasons, canary=canary, broker=broker))


def _of_broker(broker: BrokerHealth | None) -> list[str]:
    if broker is None:
        return []
    if broker.is_away:
        return ["Celery's broker does not answer; workers find queued runs up to a second late."]
    deaf = f"Workers that do not hear Celery's messages: {broker.deaf_workers}; they look for themselves, and are replaced soon."
    unheard = f"Queues whose messages no worker of Celery hears: {broker.unheard_queues}."
    return [text for text, count in ((deaf, broker.deaf_workers), (unheard, broker.unheard_queues)) if count]
