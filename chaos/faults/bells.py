"""Faults of the broker by which Celery's workers hear that there is something to do: the messages are bells, and no run hangs on one."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any, cast

from chaos.faults.plan import hesitating
from chaos.faults.processes import DEATH_SECONDS
from chaos.faults.reach import NotFelt, NotHere, Reach, pings
from cluster.nodes import Node
from cluster.servers import Valkey
from tests.waiting import eventually

TOO_MANY = 14
"""Runs that are more than there are places, so that messages wait in the broker."""
SENT_TWICE = 200
LOOK_SECONDS = 0.05
LEAST_SECONDS = 3.0
BEGIN_SECONDS = 60.0
LISTS = "headway.default*"
"""A queue is a list for each of four priorities."""


class Bells:
    def __init__(self, reach: Reach) -> None:
        self._reach = reach

    def lost(self, _: Node, seconds: float) -> None:
        """All that wait in the broker, again and again."""
        broker, runs = self._broker(), self._overfill()
        lost = 0
        until = time.monotonic() + max(seconds, LEAST_SECONDS)
        with self._reach.redis(server=broker) as client:
            while time.monotonic() < until:
                for key in list(client.scan_iter(LISTS, _type="list")):
                    lost += int(cast("list[Any]", client.pipeline().llen(key).delete(key).execute())[0])
                time.sleep(LOOK_SECONDS)
        self._reach.healed_at = time.time()
        if not lost:
            raise NotFelt("no message waited in the broker")
        self._until_begun(runs)

    def twice(self, _: Node, seconds: float) -> None:
        """All that wait in the broker are sent once more, again and again."""
        broker, runs = self._broker(), self._overfill()
        twice = 0
        until = time.monotonic() + max(seconds, LEAST_SECONDS)
        with self._reach.redis(server=broker) as client:
            while time.monotonic() < until:
                for key in list(client.scan_iter(LISTS, _type="list")):
                    messages = cast("list[Any]", client.lrange(key, 0, SENT_TWICE - 1))
                    if messages and int(cast("int", client.llen(key))) < SENT_TWICE:
                        client.lpush(key, *messages)
                        twice += len(messages)
                time.sleep(LOOK_SECONDS)
        self._reach.healed_at = time.time()
        if not twice:
            raise NotFelt("no message waited in the broker")
        self._until_begun(runs)

    def broker_killed(self, _: Node, seconds: float) -> None:
        """It keeps nothing on its disk: with it all messages are gone."""
        broker, runs = self._broker(), self._overfill()
        broker.kill()
        try:
            with self._reach.redis(server=broker) as client:
                eventually(lambda: not pings(client), DEATH_SECONDS, "the broker refuses connections")
            time.sleep(seconds)
        finally:
            self._reach.healed_at = time.time()
            broker.start()
        self._until_begun(runs)

    def broker_stopped(self, _: Node, seconds: float) -> None:
        broker, runs = self._broker(), self._overfill()
        with broker.stopped():
            with self._reach.redis(timeout=0.3, server=broker) as client:
                if pings(client):
                    raise NotFelt("the broker answers while it stands still")
            time.sleep(seconds)
        self._reach.healed_at = time.time()
        self._until_begun(runs)

    def broker_flushed(self, _: Node, __: float) -> None:
        broker, runs = self._broker(), self._overfill()
        with self._reach.redis(server=broker) as client:
            if not client.dbsize():
                raise NotFelt("the broker was empty before")
            client.flushall()
        self._reach.healed_at = time.time()
        self._until_begun(runs)

    def _broker(self) -> Valkey:
        if self._reach.cluster.broker is None:
            raise NotHere("its workers are not Celery's (--celery)")
        return self._reach.cluster.broker

    def _overfill(self) -> Sequence[str]:
        return [self._reach.start(hesitating()) for _ in range(TOO_MANY)]

    def _until_begun(self, runs: Sequence[str]) -> None:
        eventually(lambda: not self._reach.not_begun(runs), BEGIN_SECONDS, "runs whose messages were lost are executed all the same")
