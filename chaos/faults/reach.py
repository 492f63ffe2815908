"""What every fault needs to reach: the cluster's servers, somebody who starts runs, and the ledger. What it has done to workers
stands here, too."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psutil
import psycopg
import redis

from chaos.faults.plan import Wish
from cluster.nodes import Node
from cluster.servers import Valkey
from cluster.whole import Cluster
from headway.sdk.client import Client


class NotFelt(AssertionError):
    """The fault did not take effect."""


class NotHere(Exception):
    """This machine, or this cluster, has not what the fault needs; the text says what."""


def _nobody(wish: Wish) -> str:
    raise NotHere("nobody starts runs")


def _nowhere(what: str, **fields: object) -> None:
    raise NotHere("there is no ledger")


class Reach:
    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self.dead: list[str] = []
        """Ids of the workers that this fault has killed, or kept from renewing their leases."""
        self.died_at: float | None = None
        """When the first of them was about to die; None: there is none."""
        self.healed_at: float | None = None
        """When its cause was taken away; None: as it ends."""
        self.start: Callable[[Wish], str] = _nobody
        """Starts a run, writes it into the ledger, and gives its id."""
        self.note: Callable[..., object] = _nowhere
        """Writes a line into the ledger."""
        self.outside = ("", 0)
        """A run that nobody executes, to which anybody may add, and its fence."""

    def sql(self) -> psycopg.Connection[Any]:
        return psycopg.connect(self.cluster.postgres.url, autocommit=True, connect_timeout=5)

    def count(self, query: str, *values: object) -> int:
        with self.sql() as sql:
            return int((sql.execute(query, values).fetchone() or (0,))[0])  # type: ignore[arg-type]

    def not_begun(self, runs: Sequence[str]) -> int:
        """How many of these runs nobody has executed yet."""
        return self.count("SELECT count(*) FROM runs WHERE id = ANY(%s) AND attempt = 0 AND finished_at = 0", list(runs))

    def note_worker(self, worker: psutil.Process) -> None:
        """It is about to die."""
        with self.sql() as sql:
            rows = sql.execute("SELECT id FROM workers WHERE pid = %s", [worker.pid]).fetchall()
        self.died_at = self.died_at or time.time()
        self.dead += [str(row[0]) for row in rows]

    @contextmanager
    def redis(self, timeout: float = 2.0, server: Valkey | None = None) -> Iterator[redis.Redis]:
        """`server`: another than the bus's."""
        url = (server or self.cluster.valkey).url
        client = redis.Redis.from_url(url, socket_timeout=timeout, socket_connect_timeout=timeout)
        try:
            yield client
        finally:
            client.close()

    @contextmanager
    def client(self, node: Node) -> Iterator[Client]:
        with Client(url=node.url, token=self.cluster.token, timeout=5.0) as client:
            yield client

    def other(self, node: Node) -> Node:
        """One of the others."""
        return next(each for each in self.cluster.nodes if each is not node)


def pings(client: redis.Redis) -> bool:
    try:
        return bool(client.ping())
    except (redis.RedisError, OSError):
        return False
