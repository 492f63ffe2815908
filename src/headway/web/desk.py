"""What the routes work with: the seams they are handed, and one call of one caller."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager
from dataclasses import InitVar, dataclass, field
from typing import Annotated, Protocol

from fastapi import Depends
from starlette.requests import HTTPConnection

from headway.access.anchors import Signer
from headway.access.authorise import may
from headway.access.directory import Directory
from headway.access.id_token import Person
from headway.access.pending import Pending, PendingSeal
from headway.access.principal import Principal
from headway.access.seal import Seal
from headway.access.tickets import Tickets
from headway.access.tokens import Tokens
from headway.access.vault import Vault
from headway.acts.second_factors import FactorKeys
from headway.live.gateway import Gateway
from headway.live.limits.contract import SharedLimits
from headway.live.limits.local import LocalLimits
from headway.model.canary import CanaryState
from headway.model.errors import Forbidden, HeadwayError, RunNotFound
from headway.model.permissions import Permission
from headway.model.run import Run
from headway.store.contract import Head, Snapshot, Store, Transaction
from headway.store.figures import StoreFigures
from headway.web.kept_reads import KeptReads
from headway.web.key_ring import KeyRing, is_api_key
from headway.web.new_passwords import NewPasswords
from headway.web.passwords import Passwords
from headway.web.patience import Patience
from headway.web.refusals import Refusals
from headway.web.rejections import Rejections
from headway.web.route_times import RouteTimes
from headway.web.starting import Starts
from headway.web.worker_news import WorkerNews

ASIDES = 2
"""Processes at once for regular expressions and long series; whoever comes later waits."""
FOLLOWED_PATTERNS = 8
"""At once: each has a process as long as it is followed, of some 12 MB."""


class Files(Protocol):
    """Where the bytes of artifacts are."""

    async def put(self, chunks: AsyncIterator[bytes]) -> tuple[str, int]:
        """Keep what comes; its sha256 (hexadecimal) and size. Raises `TooLarge` beyond the quota, `StorageFull`;
        `FileRefused` and `ScannerFailed` where files are scanned."""
        ...

    def read(self, sha256: str) -> AsyncIterator[bytes]:
        """The bytes, in chunks. Raises `ArtifactNotFound` at the first if they are gone."""
        ...

    async def head(self, sha256: str) -> bytes:
        """The first of them, as many as tell what it is (`model/media_types.py`). Raises `ArtifactNotFound`."""
        ...


class Growth(Protocol):
    """Logs that have grown since somebody looked: `web/following.py: Growth`."""

    event: asyncio.Event

    def take(self) -> dict[str, int]: ...


class Watch(Protocol):
    """Who is told when a run's journal grows: `web/following.py: Wakes`."""

    def watch(self, run: str) -> AbstractContextManager[asyncio.Event]: ...
    def watch_all(self, projects: frozenset[str] | None) -> AbstractContextManager[Growth]: ...
    @property
    def workers(self) -> WorkerNews: ...


class Provider(Protocol):
    """Where people sign in that is not here: `web/provider.py: OidcProvider`."""

    @property
    def name(self) -> str:
        """As people know it."""
        ...

    @property
    def issuer(self) -> str:
        """`HEADWAY_OIDC_ISSUER`."""
        ...

    @property
    def admits(self) -> frozenset[str]:
        """`HEADWAY_OIDC_ADMIT`."""
        ...

    async def begin(self, *, back: str, to: str, account: str | None = None) -> tuple[str, Pending]:
        """Where the browser goes, and what it has to bring back. Raises `ProviderUnavailable`."""
        ...

    async def end(self, pending: Pending, *, back: str, code: str, issuer: str | None) -> Person:
        """Who came back with the code. Raises `ProviderUnavailable`, `ProviderRefused`, `IdTokenInvalid`."""
        ...


def _no_canary() -> CanaryState | None:
    return None


def _nobody(run: str) -> int:
    return 0


@dataclass(slots=True, kw_only=True)
class Desk:
    """Everything a route may need, put together by `assembly.py`."""

    store: Store
    tokens: Tokens
    seal: Seal
    url: str
    """Where people reach this server: the beginning of links."""
    files: Files
    wakes: Watch
    gateway: Gateway | None = None
    """None: nothing is shown live."""
    watched: Callable[[str], int] = _nobody
    """How many viewers look at a run now."""
    figures: StoreFigures | None = None
    """What this process counts of the store; None: it is not told."""
    write_waiting: Callable[[], int] = int
    """Acts that wait to be written."""
    process: str = "server"
    """What this process is called where its figures are shown."""
    canary: Callable[[], CanaryState | None] = _no_canary
    """What the canary says now; None: there is none."""
    has_broker: bool = False
    """Whether workers are called by Celery."""
    is_broker_away: Callable[[], bool] = bool
    """Whether workers cannot be called through Celery now."""
    times: RouteTimes = field(default_factory=RouteTimes)
    rejections: Rejections = field(default_factory=Rejections)
    """What is turned away for what it is."""
    keys: KeyRing = field(default=None)  # type: ignore[assignment] - made below where it is not given
    """API keys."""
    signer: Signer | None = None
    """Signs the audit log; None: it is not sealed here."""
    vault: Vault | None = None
    """Seals and opens secrets; None: there are none here."""
    reads: KeptReads | None = None
    """Answers that are kept; None: the store is always asked."""
    artifact_limit: int = 1 << 30
    is_worker_expected: bool = True
    """Whether `health/ready` waits for a worker's heartbeat."""
    is_draining: bool = False
    patience: Patience = field(default_factory=Patience)
    limits: SharedLimits = field(default_factory=LocalLimits)
    """Of addresses, over all nodes."""
    passwords: Passwords = field(default_factory=Passwords)
    """Whoever makes the desk closes them."""
    is_factor_required: bool = False
    """Whether who signs in by password must have a second factor: `HEADWAY_SECOND_FACTOR`."""
    new_passwords: NewPasswords = field(default_factory=NewPasswords)
    """Whether one is good enough."""
    pending_seal: PendingSeal = field(default_factory=lambda: PendingSeal(secrets.token_hex(32)))
    """Of sign-ins by a provider that have begun; without a word, only this very process can end them."""
    provider: Provider | None = None
    """None: people sign in here alone."""
    asides: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(ASIDES))
    """For work that is done by a process of its own."""
    followed_patterns: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(FOLLOWED_PATTERNS))
    """Room for those who follow a pattern."""
    looked_up_in: InitVar[Directory | None] = None
    """None: a directory of its own."""
    directory: Directory = field(init=False)
    starts: Starts = field(init=False)
    tickets: Tickets = field(init=False)
    refusals: Refusals = field(init=False)

    def __post_init__(self, looked_up_in: Directory | None) -> None:
        self.directory = looked_up_in or Directory(self.store)
        self.tickets = Tickets(self.seal, self.tokens.clock)
        self.starts = Starts(self.store)
        self.refusals = Refusals(self.store)
        if self.keys is None:  # pyright: ignore[reportUnnecessaryComparison]
            self.keys = KeyRing(self.store, self.seal, self.tokens, self.directory)

    async def read_token(self, text: str, *, is_for_enrolment: bool = False) -> Principal:
        """Whose token, or API key, this is. Raises `Unauthorised`, `SecondFactorRequired`."""
        return await self.keys.read(text) if is_api_key(text) else self.tokens.read(text, is_for_enrolment=is_for_enrolment)

    @property
    def factor_keys(self) -> FactorKeys:
        return FactorKeys(self.vault, self.seal)


@dataclass(slots=True, kw_only=True)
class Call:
    """One request of one caller whose token was read and who holds the route's permission somewhere."""

    desk: Desk
    principal: Principal
    permission: Permission
    seen: list[Run] = field(default_factory=list[Run])
    """Runs that `see` has found."""
    has_other_rights: bool = False
    """Whether the caller's rights have become others since the call began, as far as `is_welcome` was asked."""

    @property
    def store(self) -> Store:
        return self.desk.store

    async def is_welcome(self) -> bool:
        """For an answer that takes long, before each part: whether the caller's token is still good. Looks up what they may do now."""
        if self.desk.tokens.is_over(self.principal):
            return False
        if not self.desk.directory.is_current(self.principal):
            try:
                now = await self.desk.directory.resolve(self.principal)
            except HeadwayError:
                return False
            self.has_other_rights |= _stamp(now) != _stamp(self.principal)
            self.principal = now
        return True

    async def is_unchanged(self) -> bool:
        """As `is_welcome`, for what was chosen by all that the caller may see: False also when that has become something else."""
        return await self.is_welcome() and not self.has_other_rights

    def see(self, snapshot: Snapshot | Transaction, run: str) -> Run:
        """The run, if the caller holds the route's permission for it.

        Raises `RunNotFound` also for a run that they may not even read, so that nobody learns whether it exists.
        """
        return self._seen(snapshot.runs.get(run), run)

    def see_head(self, snapshot: Snapshot, run: str) -> tuple[Run, Head]:
        """As `see`, with where its journal is."""
        found, head = snapshot.runs.with_head(run) or (None, Head(run=run))
        return self._seen(found, run), head

    def _seen(self, found: Run | None, run: str) -> Run:
        if found is None or not may(self.principal, self.permission, found.project, found.id):
            raise self.refusal(found, run)
        self.seen.append(found)
        return found

    def refusal(self, found: Run | None, run: str) -> HeadwayError:
        """What a caller without the permission gets to know of a run."""
        if found is not None and knows(self.principal, found):
            return Forbidden(permission=str(self.permission))
        return RunNotFound(run=run)


def knows(principal: Principal, run: Run) -> bool:
    """Whether the principal may know that the run exists: may read it, or holds a scope of this very run."""
    return may(principal, Permission.RUN_READ, run.project, run.id) or any(scope.startswith(f"run:{run.id}:") for scope in principal.scopes)


def _stamp(principal: Principal) -> str | None:
    return None if principal.rights is None else principal.rights.stamp


async def _call(connection: HTTPConnection) -> Call:
    return connection.scope["headway.call"]


async def _desk(connection: HTTPConnection) -> Desk:
    return connection.app.state.desk


TheCall = Annotated[Call, Depends(_call)]
TheDesk = Annotated[Desk, Depends(_desk)]
