"""Viewers of some runs of a trial, on three transports, by way of a proxy that breaks their connections and the balancer behind it."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Mapping, Sequence
from datetime import timedelta

from chaos.faults.history import RunHistory
from chaos.ledger import Truth, judge, sum_of
from chaos.plan import Part, Transport
from chaos.proxy import Proxy, viewer_of
from chaos.viewers import ChaosViewer
from headway.access.tokens import Tokens
from tests.waiting import SCALE

TOKEN_SECONDS = (10, 60)
END_SECONDS = 60.0
"""After the last run has ended every viewer must have heard so within this."""


class Watch:
    """`open`, then, when all runs are final, `heard`, and `close`."""

    def __init__(self, seed: int, count: int, runs: Sequence[str], port: int, secret: str) -> None:
        """`port`: the balancer's."""
        self._dice = random.Random(seed)
        self._tokens = Tokens(secret)
        self._proxy = Proxy(lambda: port, lambda head: self._viewers[viewer_of(head)].next_fate())
        self._runs = tuple(runs)
        self._parts = [self._part(number) for number in range(count)]
        self._viewers: list[ChaosViewer] = []
        self._watching: list[asyncio.Task[None]] = []

    @property
    def reconnects(self) -> int:
        return max(0, self._proxy.lasting_count - sum(part.transport is not Transport.POLL for part in self._parts))

    @property
    def deliveries(self) -> int:
        return sum(ledger.heard for viewer in self._viewers for ledger in viewer.ledgers.values())

    async def open(self) -> None:
        await self._proxy.__aenter__()
        self._viewers = [ChaosViewer(part, self._runs, lambda: self._proxy.port, self._new_token) for part in self._parts]
        self._watching = [asyncio.create_task(viewer.run()) for viewer in self._viewers]

    async def heard(self, histories: Mapping[str, RunHistory]) -> list[str]:
        """What they were told that is not the journal."""
        truths = {run: _truth(histories[run]) for run in self._runs}
        wrong: list[str] = []
        for viewer in self._viewers:
            who = f"viewer {viewer.part.number} ({viewer.part.transport.value})"
            wrong += [f"{who}: {what}" for what in viewer.unlike]
            if viewer.holes:
                wrong.append(f"{who}: lines were left out {viewer.holes} times within a connection")
            for run, ledger in viewer.ledgers.items():
                wrong += [f"{who}, run {run}: {what}" for what in judge(ledger, truths[run])]
        return wrong

    async def until_told(self) -> list[str]:
        """Nothing befalls them any more; who does not hear the end in time is a violation."""
        for viewer in self._viewers:
            viewer.is_fair = True
        done, late = await asyncio.wait(self._watching, timeout=END_SECONDS * SCALE)
        failed = [f"a viewer failed: {task.exception()!r}" for task in done if task.exception() is not None]
        return failed + ([f"{len(late)} viewers never heard the end"] if late else [])

    async def close(self) -> None:
        for task in self._watching:
            task.cancel()
        await asyncio.gather(*self._watching, return_exceptions=True)
        await self._proxy.__aexit__()

    def _new_token(self) -> tuple[str, float]:
        seconds = self._dice.randint(*TOKEN_SECONDS)
        return self._tokens.issue("chaos", role="admin", lifetime=timedelta(seconds=seconds)), time.monotonic() + seconds - 1

    def _part(self, number: int) -> Part:
        transports = tuple(Transport)
        channels = self._dice.sample(range(len(self._runs)), self._dice.randint(1, len(self._runs)))
        return Part(
            number=number, transport=transports[number % len(transports)], seed=self._dice.getrandbits(48), channels=tuple(channels),
            is_renewing=self._dice.random() < 0.5,
        )  # fmt: skip


def _truth(history: RunHistory) -> Truth:
    sums = {event["line"]: sum_of(event) for event in history.events if "line" in event}
    return Truth(sums=sums, view=history.view, last_line=history.last_line, state=history.run.state.value)
