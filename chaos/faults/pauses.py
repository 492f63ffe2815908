"""A queue and runs are paused while workers die and Valkey forgets: nothing begins meanwhile, and nothing is lost."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from chaos.faults.load import insist
from chaos.faults.plan import alone, hesitating
from chaos.faults.processes import kill
from chaos.faults.reach import NotFelt, Reach
from cluster.nodes import Node
from headway.model.errors import NoCheckpoint, RunFinal
from headway.model.states import RunState
from headway.sdk.client import Client
from tests.waiting import eventually

QUEUE = "default"
MORE = 4
"""Runs that are started before the pause, and as many within it."""
LONG = 80
"""How far those count that are paused themselves: for eight seconds."""
BEGIN_SECONDS = 60.0


class Pauses:
    def __init__(self, reach: Reach) -> None:
        self._reach = reach

    def queue(self, node: Node, seconds: float) -> None:
        """Asked of one node, and taken back at another."""
        runs = [self._reach.start(hesitating()) for _ in range(MORE)]
        eventually(lambda: self._holds(node), BEGIN_SECONDS, "the worker that is about to die has something to lose")
        try:
            with self._reach.client(node) as client:
                self._pause_queue(client, True)
            since = time.time()
            self._befall(node)
            runs += [self._reach.start(hesitating()) for _ in range(MORE)]
            time.sleep(seconds)
            waiting = self._reach.not_begun(runs)
            self._reach.note("paused", queue=QUEUE, run=None, since=since, until=time.time())
        finally:
            with self._reach.client(self._reach.other(node)) as client:
                self._pause_queue(client, False)
        self._reach.healed_at = time.time()
        if waiting < MORE:
            raise NotFelt(f"{waiting} runs wait in a queue that is paused, though {MORE} were started in it")
        eventually(lambda: not self._reach.not_begun(runs), BEGIN_SECONDS, "what waited in a paused queue begins")

    def runs(self, node: Node, seconds: float) -> None:
        """Their worker dies before all have come to the checkpoint at which they would have paused."""
        runs = [self._reach.start(alone("count", to=LONG, seconds=LONG / 10)) for _ in range(MORE)]
        with self._reach.client(node) as client:
            for run in runs:
                eventually(lambda run=run: self._pause(client, run), BEGIN_SECONDS, "a run that has a checkpoint is paused")
            self._befall(node)
            paused = eventually(lambda: self._paused(client, runs), 40, "all that were told to pause do so, or have ended")
            since = time.time()
            if paused == "none":
                raise NotFelt("all runs ended before they could be paused")
            time.sleep(seconds)
            for run in paused:
                self._reach.note("paused", queue=None, run=run, since=since, until=time.time())
        with self._reach.client(self._reach.other(node)) as client:
            for run in paused:
                insist(lambda run=run: client.resume(run, "chaos"))
        self._reach.healed_at = time.time()

    def _befall(self, node: Node) -> None:
        worker = node.process("worker")
        self._reach.note_worker(worker)
        kill(worker)
        with self._reach.redis() as valkey:
            valkey.flushall()

    def _holds(self, node: Node) -> int:
        asked = "SELECT count(*) FROM leases JOIN workers ON workers.id = leases.worker WHERE workers.pid = %s"
        return self._reach.count(asked, node.process("worker").pid)

    def _pause_queue(self, client: Client, is_paused: bool) -> None:
        http: Any = client._http
        insist(lambda: http.request("PATCH", f"/queues/{QUEUE}", content={"is_paused": is_paused}, is_repeatable=True))

    def _pause(self, client: Client, run: str) -> bool:
        try:
            insist(lambda: client.pause(run, "chaos"))
        except NoCheckpoint:
            return False
        except RunFinal:
            return True
        return True

    def _paused(self, client: Client, runs: Sequence[str]) -> Sequence[str]:
        """Nothing while some still go on."""
        states = {run: insist(lambda run=run: client.get(run)).state for run in runs}
        if any(state is not RunState.PAUSED and not state.is_final for state in states.values()):
            return ()
        return [run for run, state in states.items() if state is RunState.PAUSED] or "none"
