"""One trial: two runs report, viewers watch them through the proxy, deeds are done to the server; at the end everybody is judged."""

from __future__ import annotations

import asyncio
import os
import random
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import psutil

from chaos.ledger import Truth, judge, sum_of
from chaos.plan import Deed, Fault, Plan, Size, Transport, make_plan
from chaos.proxy import Proxy, viewer_of
from chaos.viewers import ChaosViewer
from headway.access.secret import open_secret
from headway.access.tokens import Tokens
from headway.model.clock import iso
from headway.model.errors import HeadwayError, Unavailable
from headway.model.events import Facet
from headway.store.sql.store import SqlStore
from tests.acceptance.installation import Installation
from tests.waiting import SCALE

T = TypeVar("T")
RUN_SECONDS = 60.0
"""So much longer than planned a run may take."""
TOKEN_SECONDS = (5, 45)
"""Life of a token, from and to. One that ends within 30 s is announced at once, and those who renew it do so with every answer."""
GROWTH_LIMIT = 256 * 1_048_576
"""By so much the memory of the server may grow."""


@dataclass(slots=True, kw_only=True)
class Finding:
    """What came of a trial."""

    seed: int
    deliveries: int = 0
    reconnects: int = 0
    """Of sockets and streams: how often they reached the server beyond the first time."""
    polls: int = 0
    """Questions of polls that were answered."""
    gaps: int = 0
    resets: int = 0
    lines: int = 0
    kills: int = 0
    grown_mb: float = 0.0
    seconds: float = 0.0
    faults: dict[Fault, int] = field(default_factory=dict[Fault, int])
    violations: list[str] = field(default_factory=list[str])


class Stage:
    """A served installation, and what a trial needs of it. `without`: modules that switch a protection off, in the server as here."""

    def __init__(self, home: Path, without: tuple[str, ...] = ()) -> None:
        root = Path(__file__).parents[1]
        self.installation = Installation(
            home, tasks="chaos.tasks",
            environment={
                "PYTHONPATH": f"{root / 'chaos' / 'unprotected'}:{root}", "CHAOS_WITHOUT": " ".join(without), "HEADWAY_CANARY_SECONDS": "0",
                "HEADWAY_LOG_LEVEL": "error",
            },
        )  # fmt: skip
        self._home = home
        self._dice = random.Random(0)

    def open(self) -> None:
        self.installation.serve()
        self._tokens = Tokens(open_secret(self._home, None))
        self.port = int(self.installation.connection["url"].rpartition(":")[2])

    def new_token(self) -> tuple[str, float]:
        """One that ends soon, while the trial goes on; and when (it counts whole seconds, so up to one earlier)."""
        seconds = self._dice.randint(*TOKEN_SECONDS)
        return self._tokens.issue("chaos", role="admin", lifetime=timedelta(seconds=seconds)), time.monotonic() + seconds - 1

    def moved(self) -> None:
        """The server was started again, perhaps at another port."""
        with suppress(OSError, ValueError):
            self.port = int(self.installation.connection["url"].rpartition(":")[2])


async def _insist(act: Callable[[], T], seconds: float = 30.0) -> T:
    """Do what needs the server, which may be away just now."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            return await asyncio.to_thread(act)
        except Unavailable:
            if time.monotonic() > deadline:
                raise
            await asyncio.sleep(0.1)


class Trial:
    def __init__(self, stage: Stage, plan: Plan, store: SqlStore) -> None:
        self._stage = stage
        self._plan = plan
        self._store = store
        self._client = stage.installation.client()
        self._dice = random.Random(plan.seed)
        self.finding = Finding(seed=plan.seed)
        self.truths: dict[str, Truth] = {}
        self._seqs: dict[str, int] = {}
        self._peak = 0

    async def run(self) -> Finding:
        began = time.monotonic()
        outside = await _insist(lambda: self._client._post("/runs", {"name": f"chaos {self._plan.seed}"}))
        size = self._plan.size
        wish = {"seed": self._plan.seed, "seconds": size.seconds, "lines": size.lines}
        inside = await _insist(partial(self._client.start, "report_by_dice", wish, idempotency_key=f"chaos-{time.time_ns()}"))
        runs = (inside.id, str(outside["run"]["id"]))
        self.truths = {run: Truth() for run in runs}
        self._seqs = dict.fromkeys(runs, 0)
        viewers: list[ChaosViewer] = []
        async with Proxy(lambda: self._stage.port, lambda head: viewers[viewer_of(head)].next_fate()) as proxy:
            viewers += [ChaosViewer(part, runs, lambda: proxy.port, self._stage.new_token) for part in self._plan.parts]
            watching = [asyncio.create_task(viewer.run()) for viewer in viewers]
            measuring = asyncio.create_task(self._measure())
            try:
                await asyncio.gather(self._publish(runs[1], int(outside["fence"])), self._do_deeds())
                await self._until_final(runs)
                for viewer in viewers:
                    viewer.is_fair = True
                _, late = await asyncio.wait(watching, timeout=self._plan.size.end_seconds * SCALE)
                self.finding.violations += [f"{len(late)} viewers never heard the end"] if late else []
                await asyncio.gather(*(self._archive(run) for run in runs))
            finally:
                for task in (*watching, measuring):
                    task.cancel()
                ends = await asyncio.gather(*watching, measuring, return_exceptions=True)
            self.finding.violations += [f"a viewer failed: {end!r}" for end in ends if isinstance(end, Exception)]
            self.finding.faults = proxy.fates
            lasting = sum(part.transport is not Transport.POLL for part in self._plan.parts)
            self.finding.reconnects = max(0, proxy.lasting_count - lasting)
        self._judge(viewers)
        self.finding.seconds = time.monotonic() - began
        self._client.close()
        return self.finding

    # --- what is reported -------------------------------------------------------------------------------------------

    async def _publish(self, run: str, fence: int) -> None:
        """The run that reports over HTTP: a batch that may have got lost with the server is sent again under its number."""
        dice, said, number = self._dice, 0, 0
        pause = self._plan.size.seconds / max(1, self._plan.size.lines / 8)
        while said < self._plan.size.lines:
            number += 1
            portion = min(self._plan.size.lines - said, dice.choice([1, 1, 3, 12, 23]))
            texts = [f"line {said + part} {'ü' * dice.randrange(80)}" for part in range(1, portion + 1)]
            said += portion
            events: list[dict[str, Any]] = [{"kind": "log.written", "level": "info", "text": text} for text in texts]
            events.append(
                {"kind": "progress.reported", "done": said, "total": self._plan.size.lines, "bar": dice.choice(["main", "upload"])}
            )
            if dice.random() < 0.3:
                events.append({"kind": "metric.reported", "name": "loss", "value": dice.random()})
            at = iso()
            for event in events:
                event["at"] = at
            batch = {"fence": fence, "batch_no": number, "events": events}
            await _insist(partial(self._client._post, f"/runs/{run}/events", batch))
            await asyncio.sleep(pause)
        await _insist(lambda: self._client.complete(run, {"said": said}))

    async def _until_final(self, runs: tuple[str, ...]) -> None:
        deadline = time.monotonic() + self._plan.size.seconds + RUN_SECONDS
        for run in runs:
            while not (found := await _insist(partial(self._client.get, run))).state.is_final:
                if time.monotonic() > deadline:
                    self.finding.violations.append(f"a run did not end; it is {found.state.value}")
                    return
                await asyncio.sleep(0.1)

    # --- what befalls the server ------------------------------------------------------------------------------------

    async def _do_deeds(self) -> None:
        began = time.monotonic()
        for at, deed in self._plan.deeds:
            await asyncio.sleep(max(0.0, began + at - time.monotonic()))
            await {Deed.KILL: self._kill, Deed.EVICT: self._evict, Deed.END_SOME: self._end_some}[deed]()

    async def _kill(self) -> None:
        await asyncio.to_thread(self._stage.installation.kill, "server")
        self.finding.kills += 1
        await asyncio.to_thread(self._stage.installation.process, "server")
        await _insist(self._is_back)

    def _is_back(self) -> None:
        self._stage.moved()
        with self._stage.installation.client() as client:
            client.tasks()

    async def _evict(self) -> None:
        """Two thirds of what there is by now, but never a line that the judge does not know."""
        for run, truth in self.truths.items():
            await self._archive(run)
            keep_from = truth.last_line * 2 // 3
            if keep_from > 1:
                await self._store.write(lambda tx, run=run, keep_from=keep_from: tx.journal.drop_front(run, Facet.LOG, keep_from))

    async def _end_some(self) -> None:
        with suppress(HeadwayError):
            found = await asyncio.to_thread(lambda: list(self._client._items("/live/connections", {"limit": 100})))
            for one in self._dice.sample(found, min(len(found), 10)):
                with suppress(HeadwayError):
                    await asyncio.to_thread(self._client._http.request, "DELETE", f"/live/connections/{one['id']}?reconnect=true")

    async def _measure(self) -> None:
        """The memory of the server, once a second; a server that was started again begins anew."""
        firsts: dict[int, int] = {}
        while True:
            with suppress(psutil.Error, AssertionError):
                process = await asyncio.to_thread(self._stage.installation.process, "server")
                resident = process.memory_info().rss
                grown = resident - firsts.setdefault(process.pid, resident)
                self._peak = max(self._peak, grown)
            await asyncio.sleep(1.0)

    # --- the judge --------------------------------------------------------------------------------------------------

    async def _archive(self, run: str) -> None:
        """What has been recorded since the last time."""
        events = await _insist(lambda: list(self._client.events(run, self._seqs[run])))
        truth = self.truths[run]
        for event in events:
            self._seqs[run] = event["seq"]
            if "line" in event:
                truth.sums[event["line"]] = sum_of(event)
                truth.last_line = event["line"]
        head = await self._store.read(lambda snapshot: snapshot.journal.head(run))
        assert head is not None
        truth.evicted_to = head.first_kept_line - 1
        truth.view = head.view
        truth.state = str(head.view.get("state", ""))

    def _judge(self, viewers: list[ChaosViewer]) -> None:
        finding = self.finding
        finding.grown_mb = self._peak / 1_048_576
        if self._peak > GROWTH_LIMIT:
            finding.violations.append(f"the memory of the server grew by {finding.grown_mb:.0f} MB")
        for run, truth in self.truths.items():
            finding.lines += truth.last_line
            if sorted(truth.sums) != list(range(1, truth.last_line + 1)):
                finding.violations.append(f"the journal of {run} has a hole")
        for viewer in viewers:
            who = f"viewer {viewer.part.number} ({viewer.part.transport.value})"
            if viewer.part.transport is Transport.POLL:
                finding.polls += viewer.frames
            finding.violations += [f"{who}: {what}" for what in viewer.unlike]
            if viewer.holes:
                finding.violations.append(f"{who}: lines were left out {viewer.holes} times within a connection")
            for run, ledger in viewer.ledgers.items():
                finding.deliveries += ledger.heard
                finding.gaps += len(ledger.gaps)
                finding.resets += ledger.resets
                finding.violations += [f"{who}: {what}" for what in judge(ledger, self.truths[run])]


async def hold(stage: Stage, seed: int, size: Size) -> Finding:
    """One trial on an installation that is served."""
    stage.moved()
    store = await SqlStore.open(os.environ.get("DATABASE_URL") or f"sqlite:///{stage.installation.home}/headway.db")
    try:
        return await Trial(stage, make_plan(seed, size), store).run()
    finally:
        await store.close()
