"""What remote workers are answered, and what that looks like in the OpenAPI document."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from headway.acts.attend import Attended
from headway.acts.claim import Claim
from headway.acts.family import ChildEnd
from headway.acts.parcel import Received
from headway.acts.turn import Turned
from headway.model.errors import HeadwayError
from headway.model.states import RunState
from headway.web.outputs import RUN, RUN_ID, one

WORKER_ID = "remote-0f3a5c7e9b1d-019336e1-7b1c-7d3a-9b1e-4f2a6c8d0e13"
_RUN: Any = RUN[200]["content"]["application/json"]["example"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteSeen:
    worker: str
    """Its id, for the addresses of all else."""
    lease_seconds: float
    """How long a lease lasts from when it was asked for, at most."""
    renew_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    code: str
    message: str
    fields: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class StateSeen:
    state: RunState | None
    """Of the run whose attempt has ended; None: it was refused."""
    error: Refusal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnSeen:
    states: list[StateSeen]
    claims: list[Claim]


@dataclass(frozen=True, slots=True, kw_only=True)
class ParcelSeen:
    wish: str | None
    started: Sequence[str]
    error: Refusal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ParcelsSeen:
    answers: list[ParcelSeen]


@dataclass(frozen=True, slots=True, kw_only=True)
class EndSeen:
    run: str
    name: str
    state: RunState
    result: str | None
    """The text of JSON."""
    error: dict[str, Any] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class KinSeen:
    ends: list[EndSeen]


@dataclass(frozen=True, slots=True, kw_only=True)
class FileSeen:
    sha256: str
    size_bytes: int
    receipt: str
    """To be shown when a run claims the file as its artifact."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    run: str
    wish: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewsSeen:
    node: str
    """Which server answers."""
    number: int
    """How often it had news of these queues: to be sent along when this server is asked again."""
    is_queued: bool
    """There were some that the worker does not know of."""
    wishes: list[Heard]
    wish: str | None
    """Of the worker itself."""
    is_now: bool


def refusal(error: HeadwayError) -> Refusal:
    return Refusal(code=error.code, message=error.message, fields={key: str(value) for key, value in error.fields.items()})


def turn_seen(turned: Turned) -> TurnSeen:
    states = [
        StateSeen(state=None, error=refusal(state)) if isinstance(state, HeadwayError) else StateSeen(state=state, error=None)
        for state in turned.states
    ]
    return TurnSeen(states=states, claims=list(turned.claims))


def parcel_seen(answer: Received | HeadwayError) -> ParcelSeen:
    if isinstance(answer, HeadwayError):
        return ParcelSeen(wish=None, started=(), error=refusal(answer))
    return ParcelSeen(wish=answer.wish, started=answer.started, error=None)


def end_seen(end: ChildEnd) -> EndSeen:
    result = end.result.decode() if end.result is not None else None
    return EndSeen(run=end.run, name=end.name, state=end.state, result=result, error=dict(end.error) if end.error is not None else None)


_CLAIM: dict[str, Any] = {"run": {**_RUN, "state": "running"}, "attempt": 1, "fence": 3, "checkpoint": None, "secrets": {}}
REMOTE = one(201, RemoteSeen, {"worker": WORKER_ID, "lease_seconds": 9.0, "renew_seconds": 3.0}, "The worker's id.")
ATTENDED = one(
    200, Attended, {"wish": None, "is_now": False, "wishes": {RUN_ID: "cancel"}, "watched": {RUN_ID: 2}}, "What is still held, and wanted."
)
CATALOGUED = one(200, dict[str, int], {"changed": 1}, "How many tasks were new or changed.")
TURNED = one(
    200, TurnSeen, {"states": [{"state": "succeeded", "error": None}], "claims": [_CLAIM]}, "What became of the runs, and new ones."
)
_RECEIVED: dict[str, Any] = {"answers": [{"wish": None, "started": [], "error": None}]}
RECEIVED = one(200, ParcelsSeen, _RECEIVED, "One answer a parcel.")
KIN = one(200, KinSeen, {"ends": []}, "Those that have ended.")
FILE = one(201, FileSeen, {"sha256": "9f86d081884c7d65" * 4, "size_bytes": 20, "receipt": "5a" * 32}, "It is kept.")
NEWS = one(
    200, NewsSeen, {"node": WORKER_ID[20:], "number": 7, "is_queued": True, "wishes": [], "wish": None, "is_now": False}, "What there is."
)
