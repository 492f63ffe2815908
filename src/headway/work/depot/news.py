"""What a remote worker hears between two heartbeats: one request waits at a server until there are news, in a thread of its own."""

from __future__ import annotations

import asyncio
import random
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any

from headway.model.errors import HeadwayError
from headway.sdk.connection import FindConnection
from headway.sdk.http import NO_RETRY, Http

WAIT_SECONDS = 20
"""A remote worker asks a server to wait so long for news."""
LEAST_SECONDS = 0.05
"""From one request to the next."""
NODES_LIMIT = 64
"""Servers whose numbers are remembered."""
LONGEST_PAUSE = 10.0


class RemoteNews:
    """`open`, then `close`; what is heard is told in the loop in which it was opened."""

    def __init__(
        self,
        find: FindConnection,
        *,
        worker: str,
        queues: Callable[[], Sequence[str]],
        queued: Callable[[], object],
        wished: Callable[[str, str], object],
        asked: Callable[[str, bool], object],
    ) -> None:
        """`queued`: there may be something to claim; also said while nobody answers, so that the worker looks for itself.
        `wished(run, wish)`, `asked(wish, is_now)`: of the worker."""
        self._http = Http(find, timeout=WAIT_SECONDS + 6.0, connections=1, retry=NO_RETRY)
        self._at = f"/workers/{worker}/news"
        self._queues = queues
        self._queued = queued
        self._wished = wished
        self._asked = asked
        self._numbers: OrderedDict[str, int] = OrderedDict()
        self._ended = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    def open(self) -> None:
        self._loop = asyncio.get_running_loop()
        # A daemon: it may be in the middle of a request that lasts, and nothing is lost with it.
        threading.Thread(target=self._listen, name="headway-news", daemon=True).start()

    def close(self) -> None:
        self._ended.set()
        self._http.close()

    def _listen(self) -> None:
        failures = 0
        while not self._ended.is_set():
            began = time.monotonic()
            try:
                self._hear(self._wait())
                failures = 0
                # Servers that know nothing of each other could send us round in a circle.
                self._ended.wait(max(0.0, LEAST_SECONDS - (time.monotonic() - began)))
            except (HeadwayError, KeyError, TypeError, ValueError):
                failures += 1
                self._tell(self._queued)
                self._ended.wait(random.uniform(0.5, 1.0) * min(LONGEST_PAUSE, 0.5 * 2.0 ** min(failures, 10)))

    def _wait(self) -> Any:
        # Which server will answer is not known: each finds its own number among those that are sent along.
        known = [f"{node}:{number}" for node, number in self._numbers.items()]
        query = {"wait": WAIT_SECONDS, "queue": list(self._queues()), "known": known}
        return self._http.request("GET", self._at, query=query).json()

    def _hear(self, said: Any) -> None:
        self._numbers[str(said["node"])] = int(said["number"])
        self._numbers.move_to_end(str(said["node"]))
        if len(self._numbers) > NODES_LIMIT:
            self._numbers.popitem(last=False)
        if said["is_queued"]:
            self._tell(self._queued)
        for each in said["wishes"]:
            self._tell(self._wished, str(each["run"]), str(each["wish"]))
        if said["wish"] is not None:
            self._tell(self._asked, str(said["wish"]), bool(said["is_now"]))

    def _tell(self, do: Callable[..., object], *said: object) -> None:
        if self._loop is not None and not self._ended.is_set() and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(do, *said)
