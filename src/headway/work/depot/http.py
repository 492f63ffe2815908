"""The depot of a worker that reaches neither store nor bus: it asks a server, any of the installation, over HTTP.

Answers may get lost. What was asked is then asked again, and the server sees to it that nothing is done twice. A claim whose answer was
lost is found by telling the server, with each turn, what this worker knows that it holds.
"""

from __future__ import annotations

import asyncio
import logging
import os
import random
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any, TypeVar

import orjson

from headway.acts.attend import Attended
from headway.acts.family import ChildEnd
from headway.acts.parcel import Parcel, Received
from headway.acts.turn import Turn, Turned
from headway.model.circuit import Circuit
from headway.model.errors import (
    HeadwayError,
    Refused,
    RunFinal,
    RunNotFound,
    ServerUnreachable,
    ServerUntrusted,
    StaleFence,
    TooLarge,
    Unavailable,
)
from headway.model.states import RunState
from headway.sdk.connection import FindConnection
from headway.sdk.http import NO_RETRY, Answer, Http, not_headway
from headway.store.places import Worker
from headway.work.artifacts import KeptFile
from headway.work.catalogue import Catalogue
from headway.work.depot import wire

_log = logging.getLogger("headway.work")
T = TypeVar("T")

ATTEMPT_SECONDS = 6.0
"""One try of a request. Below the life of a lease: a connection that hangs must not cost it."""
MARGIN_SECONDS = 0.5
"""So much earlier than the server a lease counts as over here."""
FORGET_SECONDS = 60.0
"""A lease that ran out so long ago is nobody's concern any more."""
UPLOAD_SECONDS = 300.0
"""How long a file is offered while the server does not answer."""
CALLS, UPLOADS = 4, 2
"""Requests at once."""
PARCELS, ENDS, AWAITED = 64, 256, 500
"""In one request."""
_SETTLED = (StaleFence, RunFinal, RunNotFound)


def awake_seconds() -> float:
    """A clock that does not go back, and goes on while the machine sleeps, where there is one: leases run out meanwhile."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()


@dataclass(slots=True)
class _Held:
    fence: int
    until: float
    """By our own clock."""
    is_lost: bool = False


class HttpDepot:
    def __init__(self, find: FindConnection, *, worker: str, lease_seconds: float, monotonic: Callable[[], float] = awake_seconds) -> None:
        """`worker`: the id that the server has given. `lease_seconds`: how long a lease lasts, as the server says."""
        self._at = f"/workers/{worker}"
        self._lease_seconds = lease_seconds - MARGIN_SECONDS
        self._monotonic = monotonic
        self._http = Http(find, timeout=ATTEMPT_SECONDS, connections=CALLS, retry=NO_RETRY)
        self._files = Http(find, timeout=30.0, connections=UPLOADS, retry=NO_RETRY)
        self._calls = ThreadPoolExecutor(CALLS, thread_name_prefix="headway-depot")
        self._uploads = ThreadPoolExecutor(UPLOADS, thread_name_prefix="headway-upload")
        # Drawn for each worker, so that many that lost one server do not come back together. Short: leases are at stake.
        self._circuit = Circuit(
            monotonic=monotonic, open_seconds=random.uniform(0.2, 0.4), longest_seconds=random.uniform(0.8, 1.5),
            probe_seconds=ATTEMPT_SECONDS,
        )  # fmt: skip
        self._held: dict[str, _Held] = {}
        self._watched: dict[str, int] = {}
        self._is_refused = False
        self.samples: list[wire.Json] = []
        """Of the worker and its runs: sent with the next heartbeat, and let go if that fails."""

    def close(self) -> None:
        """End the connections. Nothing may be asked any more."""
        for threads in (self._calls, self._uploads):
            threads.shutdown(wait=False, cancel_futures=True)
        for http in (self._http, self._files):
            http.close()

    # the contract

    async def attend(self, described: Callable[[datetime], Worker], held: Mapping[str, int]) -> Attended:
        asked_at = self._monotonic()
        samples, self.samples = self.samples, []
        said = {**wire.presence_said(described(datetime.now(UTC)), held), "samples": samples}
        attended = await self._ask("PUT", "/presence", said, wire.attended_of)
        for run in attended.wishes:
            if run in self._held and self._held[run].fence == held.get(run):
                self._held[run].until = asked_at + self._lease_seconds
        self._forget(held)
        changed = {run: count for run, count in attended.watched.items() if self._watched.get(run, 0) != count}
        self._watched = dict(attended.watched)
        return replace(attended, watched=changed)

    async def leave(self) -> None:
        await self._request("DELETE", "/presence", None)

    async def register(self, catalogue: Catalogue) -> None:
        said = {
            "tasks": [wire.task_said(task) for task in catalogue.tasks.values()],
            "modules": list(catalogue.modules), "import_errors": catalogue.import_errors,
        }  # fmt: skip
        await self._request("PUT", "/catalogue", said)

    async def turn(self, turn: Turn) -> Turned:
        *first, last = wire.portions(turn.ends, [wire.end_bytes(end) for end in turn.ends], most=ENDS)
        states = [state for ends in first for state in (await self._turn(Turn(ends=ends))).states]
        turned = await self._turn(replace(turn, ends=last))
        return Turned(states=[*states, *turned.states], claims=turned.claims)

    async def _turn(self, turn: Turn) -> Turned:
        asked_at = self._monotonic()
        said = {
            "queues": list(turn.queues),
            "ends": [wire.end_said(end) for end in turn.ends],
            "wanted": [wire.wanted_said(want) for want in turn.wanted],
            "held": {run: held.fence for run, held in self._held.items()},
        }

        def read(answer: Any) -> Turned:
            claims = [wire.claim_of(each) for each in answer["claims"]]
            return Turned(states=_as_many(turn.ends, map(wire.state_of, answer["states"])), claims=claims)

        turned = await self._ask("POST", "/turns", said, read)
        for end, state in zip(turn.ends, turned.states, strict=True):
            if isinstance(state, RunState | StaleFence | RunFinal | RunNotFound) and self._fence_of(end.run) == end.fence:
                del self._held[end.run]
        claims = [claim for claim in turned.claims if self._fence_of(claim.run.id) != claim.fence]
        self._held |= {claim.run.id: _Held(claim.fence, asked_at + self._lease_seconds) for claim in claims}
        return Turned(states=turned.states, claims=claims)

    async def receive(self, parcels: Sequence[Parcel]) -> Sequence[Received | HeadwayError]:
        answers: list[Received | HeadwayError] = []
        for portion in wire.portions(parcels, [wire.parcel_bytes(parcel) for parcel in parcels], most=PARCELS):
            said = {"parcels": [wire.parcel_said(parcel) for parcel in portion]}
            read = partial(_read_received, portion)
            answers += await self._ask("POST", "/parcels", said, read)
        return answers

    async def keep_file(self, fd: int, limit_bytes: int) -> KeptFile:
        with os.fdopen(fd, "rb") as file:
            if os.fstat(fd).st_size > limit_bytes:
                raise TooLarge(what="The artifact", limit=f"{limit_bytes} bytes")
            until = self._monotonic() + UPLOAD_SECONDS
            pause = 0.2
            while True:
                file.seek(0)
                try:
                    answer = await self._in_thread(
                        self._uploads, lambda: self._files.request("POST", f"{self._at}/files", body=file, headers=_BYTES)
                    )
                    return self._read(answer, lambda said: KeptFile(**said))
                except Unavailable:
                    if self._monotonic() > until:
                        raise
                await asyncio.sleep(random.uniform(pause / 2, pause))
                pause = min(5.0, pause * 2)

    async def ends_of(self, runs: Sequence[str]) -> Sequence[ChildEnd]:
        return await self._ask("POST", "/kin", {"awaited": list(runs)}, lambda said: [wire.child_end_of(end) for end in said["ends"]])

    async def tell_counts(self, parents: Sequence[str]) -> None:
        await self._request("POST", "/kin", {"parents": list(parents)})

    def overdue(self) -> Mapping[str, int]:
        now = self._monotonic()
        over = {run: held for run, held in self._held.items() if now >= held.until and not held.is_lost}
        for held in over.values():
            held.is_lost = True  # said once; known on, so that it is not taken for a claim that we never heard of
        return {run: held.fence for run, held in over.items()}

    # how it asks

    def _fence_of(self, run: str) -> int | None:
        held = self._held.get(run)
        return held.fence if held is not None else None

    def _forget(self, held: Mapping[str, int]) -> None:
        before = self._monotonic() - FORGET_SECONDS
        self._held = {run: each for run, each in self._held.items() if run in held or each.until > before}

    async def _ask(self, method: str, path: str, said: wire.Json, read: Callable[[Any], T]) -> T:
        return self._read(await self._request(method, path, said), read)

    def _read(self, answer: Answer, read: Callable[[Any], T]) -> T:
        try:
            return read(answer.json())
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise not_headway(answer.url, f"its answer is not understood ({error!r})") from error

    async def _request(self, method: str, path: str, said: wire.Json | None) -> Answer:
        """Raises `Unavailable` for all that may pass by itself; a token that is not taken any more counts as that too."""
        if not self._circuit.may_ask():
            raise ServerUnreachable("The server did not answer, and is left alone for a moment.", url=self._http.connection.url)
        body = orjson.dumps(said, option=orjson.OPT_NON_STR_KEYS) if said is not None else None
        try:
            answer = await self._in_thread(self._calls, lambda: self._http.request(method, self._at + path, body=body))
        except Unavailable:
            self._circuit.failed()
            raise
        except Refused as error:
            self._circuit.failed()
            if not self._is_refused:
                self._is_refused = True
                if isinstance(error, ServerUntrusted):
                    _log.error("%s", error)
                else:
                    _log.error("The server does not take the token of this worker: %s", error)
            raise Unavailable(error.message) from error
        except HeadwayError:
            self._circuit.answered()
            raise
        self._is_refused = False
        self._circuit.answered()
        return answer

    async def _in_thread(self, threads: ThreadPoolExecutor, do: Callable[[], Answer]) -> Answer:
        return await asyncio.get_running_loop().run_in_executor(threads, do)


_BYTES = {"Content-Type": "application/octet-stream"}


def _read_received(portion: Sequence[Parcel], said: Any) -> list[Received | HeadwayError]:
    return _as_many(portion, map(wire.received_of, said["answers"]))


def _as_many(asked: Sequence[object], answers: Any) -> list[Any]:
    """Raises ValueError unless there is an answer to each."""
    found = list(answers)
    if len(found) != len(asked):
        raise ValueError(f"{len(found)} answers to {len(asked)}")
    return found
