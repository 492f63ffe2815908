"""Part of the contract: leases, places by key, what people have said of queues, and the workers that have places."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from headway.model.queue import Queue, Quota, RateLimit


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """A worker's right to write for an attempt, for a short time. Exists only while the attempt lives."""

    run: str
    attempt: int
    fence: int
    worker: str
    """Id of the worker, or ``outside`` for a recorded program."""
    until: datetime
    silent_since: datetime | None = None
    places: tuple[str, ...] = ()
    """Keys of the `Slots` that the attempt holds: given back with the lease."""


class Leases(Protocol):
    def take(self, leases: Sequence[Lease]) -> None: ...
    def renew(self, held: Mapping[str, int], until: datetime) -> dict[str, str | None]:
        """Prolong by {run: fence}. Returns {run: wish} of those still held; the absent ones are lost to the caller."""
        ...

    def held_by(self, worker: str, limit: int) -> dict[str, int]:
        """{run: fence} of the leases that the worker holds."""
        ...

    def release(self, runs: Sequence[str]) -> None: ...
    def get(self, run: str) -> Lease | None: ...
    def expired(self, now: datetime, limit: int) -> list[Lease]: ...
    def set_places(self, run: str, places: Sequence[str]) -> None: ...
    def holders(self, place: str, limit: int) -> list[str]:
        """Runs whose attempts hold a place of this key."""
        ...

    def set_silent(self, run: str, since: datetime | None) -> None: ...
    def prolong_all(self, until: datetime) -> int:
        """Give every lease a fresh period, shortening none (the reaper, after it could not reach the store itself)."""
        ...


class ReadSlots(Protocol):
    def usage(self, key: str) -> tuple[int, int] | None:
        """(used, limit), as far as anyone has asked for this key."""
        ...

    def usages(self, keys: Sequence[str]) -> dict[str, tuple[int, int]]:
        """The same of many keys in one statement; those that nobody has asked for are absent."""
        ...


class Slots(ReadSlots, Protocol):
    """Places by key. One is taken by the claim and given back by the end of the attempt, in the same transaction."""

    def hold(self, key: str, limit: int, used: int) -> None:
        """So many places there are of this key, and so many are taken, whatever was known of it."""
        ...

    def take(self, key: str, limit: int) -> bool: ...
    def give_back(self, keys: Sequence[str]) -> None: ...


class ReadQueues(Protocol):
    """What people have said of queues and projects, and how far rate limits are used."""

    def get(self, name: str) -> Queue:
        """As it was set, or as queues are."""
        ...

    def list(self) -> list[Queue]:
        """Those of which somebody has said something, by name."""
        ...

    def quota(self, project: str) -> Quota | None: ...
    def quotas(self) -> list[Quota]: ...
    def rate_free(self, key: str) -> int:
        """How many more may start now under a rate limit that was asked for before."""
        ...

    def rate_next(self, key: str) -> datetime | None:
        """When one more may start; None: now."""
        ...


class Queues(ReadQueues, Protocol):
    def put(self, queue: Queue) -> None: ...
    def put_quota(self, quota: Quota) -> None: ...
    def take_rate(self, rate: RateLimit) -> bool:
        """Whether one more may start now; then it is counted."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Echoes:
    """What a worker of Celery hears of the broker: see `work/doorbell/echo.py`."""

    heard_at: Mapping[str, datetime]
    """By queue: when it last heard something, and listened to that queue."""
    deaf: tuple[str, ...] = ()
    """Queues that it does not hear, though the broker answers and it has room. It looks for their runs itself, and is about to end."""


REMOTE = "remote-"
"""How the ids of workers begin that work through a server (`acts/afar.py`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    id: str
    host: str
    pid: int
    version: str
    started_at: datetime
    heartbeat_at: datetime
    slots: int
    queues: tuple[str, ...] = ()
    tasks: frozenset[str] = frozenset()
    """Names of those that it can execute."""
    echoes: Echoes | None = None
    """None: it is no worker of Celery."""
    is_draining: bool = False
    """It takes no new runs, as it says itself."""
    wish: str | None = None
    """``drain`` or ``restart``: what somebody wants of it."""
    is_now: bool = False
    """Its runs are to be given back rather than finished."""
    wished_by: str | None = None
    wished_at: datetime | None = None
    ended_at: datetime | None = None
    """When it said goodbye; one that was killed never does."""

    @property
    def is_remote(self) -> bool:
        """Whether it reaches no store, and works through a server."""
        return self.id.startswith(REMOTE)

    @property
    def is_leaving(self) -> bool:
        """Nothing that is queued now will be executed by it."""
        return self.is_draining or self.wish is not None


WORKERS_LISTED = 2_000
"""Rows of those that are gone stay for a day: where workers are replaced all the time there are many, and a page asks every 3 s."""


class Workers(Protocol):
    def join(self, worker: Worker) -> None:
        """Insert, or take the place of an earlier one of that id: what was asked of that is over."""
        ...

    def beat(self, worker: Worker) -> None:
        """Insert or renew; what is asked of it stays."""
        ...

    def get(self, worker: str) -> Worker | None: ...
    def list(self, *, alive_since: datetime | None = None, limit: int = WORKERS_LISTED) -> list[Worker]:
        """By heartbeat; `alive_since`: those heard of since then that have not ended. Without it the `limit` heard of last."""
        ...

    def wish(self, worker: str, wish: str, *, is_now: bool, by: str, at: datetime) -> None: ...
    def end(self, worker: str, at: datetime) -> None: ...
    def forget(self, before: datetime) -> int:
        """Remove those not heard of since `before`. How many."""
        ...

    def runs(self, worker: str, limit: int) -> list[str]:
        """Runs whose attempts it holds a lease for, the oldest first."""
        ...

    def run_counts(self) -> dict[str, int]:
        """How many leases each worker holds; who holds none is absent."""
        ...
