"""What is asked of the cluster while faults befall it: runs are started by keys, some twice at once, some cancelled; and a program
reports over HTTP in numbered batches, and sends some of them twice. Everything asked and answered goes into the ledger."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from chaos.faults.ledger import Page
from chaos.faults.plan import Size, Wish, next_wish
from headway.model.clock import iso
from headway.model.errors import HeadwayError, RunFinal
from headway.sdk.client import Client

T = TypeVar("T")
PATIENCE_SECONDS = 90.0
PAUSE_SECONDS = 0.2
ANSWER_SECONDS = 5.0
"""A node that stands still is not waited for longer."""


def insist(act: Callable[[], T], seconds: float = PATIENCE_SECONDS) -> T:
    """Do it again while whoever should answer is away. Raises what was raised at last."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            return act()
        except HeadwayError as error:
            if not error.is_temporary or time.monotonic() > deadline:
                raise
            time.sleep(PAUSE_SECONDS)


class Door:
    """Clients of the balancer and of each node, for any thread."""

    def __init__(self, urls: Sequence[str], token: str) -> None:
        """`urls`: the balancer's first."""
        self.clients = [Client(url=url, token=token, timeout=ANSWER_SECONDS) for url in urls]
        self._pool = ThreadPoolExecutor(8, thread_name_prefix="door")

    @property
    def balancer(self) -> Client:
        return self.clients[0]

    def at_once(self, ask: Callable[[Client], T]) -> list[T]:
        """The same of each node at the same time."""
        return list(self._pool.map(lambda client: insist(lambda: ask(client)), self.clients[1:]))

    def close(self) -> None:
        self._pool.shutdown()
        for client in self.clients:
            client.close()


class Load(threading.Thread):
    """What several kinds have in common: it goes on until `over`, and keeps what went wrong for the end."""

    def __init__(self, name: str, door: Door, page: Page, over: threading.Event) -> None:
        super().__init__(name=name, daemon=True)
        self.door = door
        self.page = page
        self.over = over
        self.error: BaseException | None = None

    def run(self) -> None:
        try:
            self.work()
        except BaseException as error:
            self.error = error

    def work(self) -> None:
        raise AssertionError("each kind has its own")


class Starter(Load):
    def __init__(self, number: int, seed: int, size: Size, ledger: str, door: Door, page: Page, over: threading.Event) -> None:
        super().__init__(f"starter {number}", door, page, over)
        self._size = size
        self._dice = random.Random(seed * 1_000 + number)
        self._prefix = f"{seed}-{time.time_ns()}-{number}"
        self._ledger = ledger

    def work(self) -> None:
        number = 0
        while not self.over.is_set():
            number += 1
            wish = next_wish(self._dice, self._size.numbers)
            run = self.start_one(wish, f"{self._prefix}-{number}")
            if wish.cancel_after is not None:
                self.over.wait(wish.cancel_after)
                self._cancel(run)
            self.over.wait(self._dice.uniform(*self._size.starts))

    def start_one(self, wish: Wish, key: str) -> str:
        self.page.write("asked", do="start", key=key)
        parameters = {"ledger": self._ledger, "to": wish.to, "seconds": wish.seconds, "failures": wish.failures}

        def ask(client: Client) -> Any:
            return client.start(wish.task, parameters, idempotency_key=key)

        runs = self.door.at_once(ask) if wish.is_asked_twice else [insist(lambda: ask(self.door.balancer))]
        for run in runs:
            self.page.write("answered", do="start", key=key, run=run.id, state=run.state.value)
        return str(runs[0].id)

    def _cancel(self, run: str) -> None:
        self.page.write("asked", do="cancel", key=run)
        try:
            found = insist(lambda: self.door.balancer.cancel(run, "chaos"))
        except RunFinal:
            return
        self.page.write("answered", do="cancel", key=run, run=run, state=found.state.value)


class Reporter(Load):
    """A program of its own: opens a run, reports lines in numbered batches, and ends it when all is over."""

    def __init__(self, seed: int, door: Door, page: Page, over: threading.Event) -> None:
        super().__init__("reporter", door, page, over)
        self._dice = random.Random(seed)
        self._key = f"{seed}-{time.time_ns()}-outside"
        self._post = self.door.balancer._post
        self.run_id = ""
        self.fence = 0

    def open(self) -> str:
        self.page.write("asked", do="open", key=self._key)
        opened = insist(lambda: self._post("/runs", {"name": f"chaos {self._key}"}, key=self._key))
        self.run_id, self.fence = str(opened["run"]["id"]), int(opened["fence"])
        self.page.write("answered", do="open", key=self._key, run=self.run_id, state=str(opened["run"]["state"]))
        return self.run_id

    def work(self) -> None:
        said = number = 0
        while not self.over.wait(0.15):
            number += 1
            first, said = said + 1, said + self._dice.choice([1, 1, 3, 12])
            events = [{"kind": "log.written", "at": iso(), "level": "info", "text": f"number {each}"} for each in range(first, said + 1)]
            batch = {"fence": self.fence, "batch_no": number, "events": events}
            for _ in range(2 if self._dice.random() < 0.2 else 1):
                insist(lambda batch=batch: self._post(f"/runs/{self.run_id}/events", batch))
            self.page.write("recorded", run=self.run_id, attempt=1, first=first, last=said, has_points=False)
        self.page.write("asked", do="finish", key=self.run_id)
        ended = insist(lambda: self.door.balancer.complete(self.run_id, {"said": said}))
        self.page.write("answered", do="finish", key=self.run_id, run=self.run_id, state=ended.state.value)
