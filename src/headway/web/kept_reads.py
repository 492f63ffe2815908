"""Answers that are asked for again and again, kept for all nodes: which, for how long, and when they are not good any more.

What must hold (docs/decisions/0035):
- An answer goes to those alone who may see the same as whoever asked for it: their rights are part of its key.
- After a caller's own change, and after anything that the server has told of what an answer depends on, the next answer shows it.
- Whoever asks while the same question is on its way to the store waits for that, if it was asked late enough.
- Without Redis, or with a slow one, the store is asked as ever.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol, runtime_checkable
from urllib.parse import parse_qsl

import orjson
from starlette.requests import Request
from starlette.responses import Response

from headway.access.principal import Principal
from headway.live import topics
from headway.live.shelf import Looked
from headway.model.run import Run
from headway.web.bodies import raw_answer

BODY_LIMIT = 262_144
"""A longer answer is not kept."""
STATUS = "Cache-Status"
"""RFC 9211."""
_MOVING_FIELDS = frozenset({"view", "estimate"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeping:
    """How the answers of a route are kept."""

    kind: str
    seconds: float
    """The longest that something which nobody tells of (a heartbeat, progress) may have changed meanwhile."""
    topics: tuple[str, ...] = ()
    """What it depends on, and is told of; ``{run}`` stands for the part of the address."""
    is_moving: bool = True
    """It also depends on what no topic tells of: a caller's own changes, whatever they were, make it old for them."""
    is_final: bool = False
    """Kept only of runs that have ended."""


_PAST = Keeping(kind="past", seconds=10)
_RUN = Keeping(kind="run", seconds=30, topics=("run:{run}",), is_moving=False, is_final=True)
_QUEUES = Keeping(kind="queues", seconds=3, topics=(topics.QUEUES,))
_WORKERS = Keeping(kind="workers", seconds=3)
_TASKS = Keeping(kind="tasks", seconds=30, topics=(topics.TASKS,), is_moving=False)
_OUTLOOK = Keeping(kind="outlook", seconds=4)
_MONITOR = Keeping(kind="monitor", seconds=10, topics=(topics.SAMPLED,))

KEPT: Mapping[str, Keeping] = {
    "/runs": Keeping(kind="runs", seconds=3, topics=(topics.RUNS,)),
    **{
        f"/runs/{{run}}{part}": _RUN
        for part in ("", "/events", "/entries", "/points", "/view", "/result", "/attempts", "/steps", "/series")
    },
    "/runs/{run}/family": replace(_OUTLOOK, topics=(topics.RUNS,)),
    "/runs/{run}/waiting": replace(_OUTLOOK, topics=(topics.RUNS,)),
    "/runs/{run}/estimate": _OUTLOOK,
    "/waiting": _OUTLOOK,
    "/estimates": _OUTLOOK,
    "/tasks/{task}/expectation": _OUTLOOK,
    "/tasks/{task}/statistics": _PAST,
    "/statistics": _PAST,
    "/tasks": _TASKS,
    "/tasks/{task}": _TASKS,
    "/tasks/{task}/presets": replace(_TASKS, topics=(topics.TASKS, topics.PRESETS)),
    "/queues": _QUEUES,
    "/quotas": replace(_QUEUES, seconds=30, is_moving=False),
    "/workers": _WORKERS,
    "/workers/{worker}": _WORKERS,
    **{f"/monitor/{part}": _MONITOR for part in ("tasks", "apis", "database", "gateway")},
    "/live/connections": Keeping(kind="connections", seconds=3),
    "/monitor/system": replace(_MONITOR, seconds=3),
}
"""By the address of the route, without ``/api/v1``."""


class Shelf(Protocol):
    """Where answers are kept: `live/redis_cache.py: RedisCache`."""

    async def look(self, key: str, topics: list[str]) -> Looked | None: ...
    def keep(self, key: str, body: bytes, *, as_of: int, seconds: float) -> None: ...


@runtime_checkable
class Told(Protocol):
    """Who tells the other nodes what has changed: `live/bus/redis.py: RedisBus`."""

    def touch(self, touched: set[str]) -> int: ...
    def is_untold(self, names: list[str]) -> bool: ...
    async def told(self, number: int) -> None: ...


@dataclass(slots=True)
class _Flight:
    """A question that is on its way to the store."""

    as_of: int
    landed: asyncio.Future[bytes | None]


@dataclass(slots=True)
class KeptReads:
    shelf: Shelf
    bus: Told
    counts: Counter[str] = field(default_factory=Counter[str])
    """``hits``, ``misses`` and ``bypassed`` since the start, all together and with a colon and the kind behind."""
    _flights: dict[str, _Flight] = field(default_factory=dict[str, _Flight])

    async def answer(
        self, keeping: Keeping, request: Request, principal: Principal, seen: list[Run], ask: Callable[[], Awaitable[Response]]
    ) -> Response:
        """A kept answer, or what `ask` answers; that fills `seen` with the runs that it looked at."""
        asked = request.headers.get("cache-control", "")
        names = [*keeping.topics, *((topics.of_caller(caller_of(principal)),) if keeping.is_moving else ())]
        names = [name.replace("{run}", request.path_params.get("run", "")) for name in names]
        if "no-store" in asked or "external" in request.query_params or self.bus.is_untold(names):
            return await self._pass(keeping, ask)
        query = parse_qsl(request.scope["query_string"].decode("latin-1"), keep_blank_values=True)
        keeping = _narrowed(keeping, query)
        key = _key(principal, request.scope["path"], query)
        looked = await self.shelf.look(key, names)
        if looked is None:
            return await self._pass(keeping, ask)
        is_fresh_wanted = "no-cache" in asked
        body = None if is_fresh_wanted else looked.body
        flight = self._flights.get(key)
        if body is None and flight is not None and flight.as_of >= looked.floor and not is_fresh_wanted:
            body = await asyncio.shield(flight.landed)
        if body is not None:
            self._count("hits", keeping)
            return _marked(raw_answer(body), "headway; hit")
        self._count("misses", keeping)
        return _marked(await self._fly(key, keeping, looked.now, seen, ask), "headway; fwd=miss")

    async def changed(self, principal: Principal) -> None:
        """A caller has changed something: nobody is answered them by what is older, at any node. Waits for that a tenth of a second."""
        await self.bus.told(self.bus.touch({topics.of_caller(caller_of(principal))}))

    async def _fly(self, key: str, keeping: Keeping, now: int, seen: list[Run], ask: Callable[[], Awaitable[Response]]) -> Response:
        flight = self._flights[key] = _Flight(now, asyncio.get_running_loop().create_future())
        body: bytes | None = None
        try:
            response = await ask()
            if _is_keepable(response) and (not keeping.is_final or (seen and all(run.state.is_final for run in seen))):
                body = bytes(response.body)
        finally:
            if self._flights.get(key) is flight:
                del self._flights[key]
            flight.landed.set_result(body)  # None: whoever waited asks for themselves
        if body is not None:
            self.shelf.keep(key, body, as_of=now, seconds=keeping.seconds)
        return response

    async def _pass(self, keeping: Keeping, ask: Callable[[], Awaitable[Response]]) -> Response:
        self._count("bypassed", keeping)
        return _marked(await ask(), "headway; fwd=bypass")

    def _count(self, what: str, keeping: Keeping) -> None:
        self.counts[what] += 1
        self.counts[f"{what}:{keeping.kind}"] += 1


def caller_of(principal: Principal) -> str:
    """Who is to see at once what they changed: a session of a person, or a token."""
    return principal.session_id or principal.token_id or principal.id


def _narrowed(keeping: Keeping, query: list[tuple[str, str]]) -> Keeping:
    """What moves with every report is shown a second late at most."""
    fields = {name for key, value in query if key == "fields" for name in value.split(",")}
    return keeping if _MOVING_FIELDS.isdisjoint(fields) or keeping.is_final else replace(keeping, seconds=1)


def _key(principal: Principal, path: str, query: list[tuple[str, str]]) -> str:
    rights = principal.rights.stamp if principal.rights else None
    asked = [principal.role, rights, sorted(principal.scopes), path, sorted(query, key=lambda pair: pair[0])]
    return hashlib.blake2b(orjson.dumps(asked), digest_size=20).hexdigest()


def _is_keepable(response: Response) -> bool:
    return (
        response.status_code == 200
        and response.media_type == "application/json"
        and isinstance(getattr(response, "body", None), bytes)
        and len(response.body) <= BODY_LIMIT
        and "set-cookie" not in response.headers
    )


def _marked(response: Response, status: str) -> Response:
    response.headers[STATUS] = status
    return response
