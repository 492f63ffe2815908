"""What happened in a trial, as values: what the ledger says, what the journal says, what viewers heard. The invariants judge it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from chaos.faults.plan import Fault
from headway.model.run import Attempt, Run

Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """User code of an attempt began, with this number."""

    run: str
    attempt: int
    first: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """The program that reports was told that numbers `first` to `last` of this attempt are recorded."""

    run: str
    attempt: int
    first: int
    last: int
    goes_on: int | None = None
    """With which number a later attempt begins at the earliest; None: of an outside run, which has no checkpoints."""
    has_points: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Killed:
    """User code of an attempt was about to kill what executed it."""

    run: str
    attempt: int
    at: float
    """Seconds since 1970."""
    is_worker: bool
    """The worker, and not its child alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Paused:
    """Somebody was told that a queue or a run is paused, and had not yet asked that it go on. Times are seconds since 1970."""

    queue: str | None
    run: str | None
    since: float
    until: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Somebody asked the API for something, and knew not yet what would come of it."""

    do: str
    """``start``, ``open``, ``cancel``, ``finish``."""
    key: str
    """Idempotency key; of a cancellation and an end the run's id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """The API said that it is done."""

    do: str
    key: str
    run: str
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Felt:
    """A fault that took effect. Times are seconds since 1970, of this machine."""

    fault: Fault
    began_at: float
    healed_at: float
    """Its cause was taken away: from here on recovery counts."""
    well_at: float | None = None
    """All nodes were ready and reports were acknowledged again; None: something else befell the cluster before."""
    dead_workers: tuple[str, ...] = ()
    """Ids of workers that were killed by it, or stood still for longer than a lease."""
    died_at: float | None = None
    """When the first of them did; None: as it began."""

    @property
    def recovered_seconds(self) -> float | None:
        return None if self.well_at is None else self.well_at - self.healed_at


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiAnswer:
    """What came of one request to a node."""

    node: str
    asked: str
    """Method and path."""
    at: float
    """When it was asked; seconds since 1970."""
    seconds: float
    status: int
    """0: none came within 10 s, or the connection was closed."""
    says_when: bool = False
    """It has a Retry-After."""


@dataclass(slots=True, kw_only=True)
class RunHistory:
    """A run as the store has it at the end."""

    run: Run
    key: str | None
    attempts: Sequence[Attempt]
    events: Sequence[Json]
    last_seq: int
    last_line: int
    view: Json
    """As stored."""
    result: Any = None
    elsewhere: Sequence[Json] | None = None
    """The journal as one of the nodes gives it; None: not asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """What must not be there when all is over."""

    leases: int = 0
    used_places: int = 0
    blocked: int = 0


@dataclass(slots=True, kw_only=True)
class History:
    runs: Mapping[str, RunHistory]
    begun: Sequence[Begun] = ()
    recorded: Sequence[Recorded] = ()
    asked: Sequence[Asked] = ()
    answered: Sequence[Answered] = ()
    killed: Sequence[Killed] = ()
    paused: Sequence[Paused] = ()
    felt: Sequence[Felt] = ()
    heard: Sequence[str] = ()
    """What viewers were told that is not the journal."""
    left: Left = field(default_factory=Left)
    grown_mb: Mapping[str, float] = field(default_factory=dict[str, float])
    """By how much each process grew at most."""
    is_only_without: bool = False
    """Nothing befell the nodes themselves: they were without a server that they need, and that alone."""
    api_answers: Sequence[ApiAnswer] = ()
    """Of nodes that nothing befell themselves."""
    restarted: Sequence[str] = ()
    """Processes of nodes that were not the same at the end, though nothing befell them."""

    def of(self, run: str) -> list[Recorded]:
        return [one for one in self.recorded if one.run == run]
