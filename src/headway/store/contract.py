"""The seam between what Headway does and where it is kept. Two real stores answer to it: SQLite and PostgreSQL.

An act (or a query) is an ordinary synchronous function over a `Transaction` (or a `Snapshot`); the store runs it in a
thread of its own. So the rules of an act read top to bottom without an await in them, an act costs one hop between
threads rather than one a statement, and many acts share one commit: `write` puts each act in a savepoint, an act that
raises is undone alone, and the others are committed.

What must hold:
- `write` returns after the commit is durable (SQLite: ``synchronous=FULL``). *Acknowledged* means committed.
- An act changes nothing but the transaction: on PostgreSQL it is undone and run again when another process holds rows that it needs.
- Acts are applied one after another, in the order of `write` calls of one process for the same `Pace`.
- After the commit, and only then, the news of the transaction are announced, in commit order. News may be lost when a
  process dies between commit and announcement; whoever needs them all reads the journal.
- `Transaction.now` is the store's clock; leases are judged by it and by nothing else.
- Heads are locked in the order of run ids, so that two writers cannot wait for each other.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any, Protocol, TypeVar

from headway.model.events import Facet
from headway.model.fold import View
from headway.model.run import Artifact, Attempt, Checkpoint, Run, Step
from headway.model.states import Outcome, RunState
from headway.model.statistics import RunOutline, StepOutline
from headway.store.accounts import Accounts, ReadAccounts
from headway.store.approvals import Approvals, ReadApprovals
from headway.store.audit import Audit, ReadAudit
from headway.store.credentials import Credentials, ReadCredentials
from headway.store.news import AccessChanged, Appended, Changed, Deleted, Noticed, Queued, Revoked, Wished, WorkerWished
from headway.store.places import Leases, Queues, ReadQueues, ReadSlots, Slots, Workers
from headway.store.revocations import ReadRevocations, Revocations
from headway.store.rollups import ReadRollups, Rollups
from headway.store.samples import ReadSamples, Sampled, Samples
from headway.store.second_factors import ReadSecondFactors, ReadVouchers, SecondFactors, Vouchers
from headway.store.secrets import ReadSecrets, Secrets
from headway.store.sessions import ReadSessions, Sessions
from headway.store.sign_ins import PasswordLinks, ReadPasswordLinks, ReadStrangers, Strangers
from headway.store.statements import ReadStatements
from headway.store.stretch import ALL_TIMES, LevelCounts, Outlines, Span, Stretch
from headway.store.tasks import Presets, ReadPresets, ReadTasks, Tasks

T = TypeVar("T")


class Pace(Enum):
    """How soon a commit must come."""

    NOW = "now"
    """Create, claim, finish, cancel: someone waits."""
    REPORT = "report"
    """Reports of running work: leave 1-2 ms after the last commit, so that other processes get their turn."""


@dataclass(slots=True, kw_only=True)
class Head:
    """The end of a run's journal: one row that changes with every append, and has no secondary index."""

    run: str
    fence: int = 0
    """The only number with which an attempt may write. Raised by each claim and by the reaper."""
    last_batch_no: int = 0
    """Of the attempt that holds the fence; set to 0 with each new fence."""
    last_seq: int = 0
    last_line: int = 0
    log_hash: int = 0
    """CRC-32 over the UTF-8 text of each entry and a newline (`acts/append.py: hash_entry`)."""
    wish: str | None = None
    """``cancel``, ``pause`` or ``resume``: what someone wants of the run, until its attempt ends."""
    first_kept_line: int = 1
    """The log facet is kept from this line on; retention moves it."""
    first_kept_metric_seq: int = 1
    view: View = field(default_factory=dict[str, Any])
    """The fold of events 1..last_seq."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """Events of one facet, appended together."""

    run: str
    facet: Facet
    first: int
    """Position of its first event in the facet: `line` for the log, `seq` for the others."""
    last: int
    first_seq: int
    last_seq: int
    first_at: str
    last_at: str
    count: int
    levels: Mapping[str, int]
    """How many log lines of each level it holds, so that a search by level can pass it over."""
    lines: Sequence[bytes]
    """One event as JSON each, in order, with its `seq` (and `line`, `attempt`) inside and no newline."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFilter:
    project: str | None = None
    projects: frozenset[str] | None = None
    """Those that the asker may see; None: all."""
    states: frozenset[RunState] = frozenset()
    task: str | None = None
    kind: str | None = None
    tag: str | None = None
    created_by: str | None = None
    parent: str | None = None
    is_root: bool = False
    """Only runs without a parent."""
    text: str | None = None
    """Substring of the name."""
    created_from: datetime | None = None
    created_to: datetime | None = None
    finished_to: datetime | None = None
    """Ended before this time."""
    active_from: datetime | None = None
    """Not ended before this time, or not at all."""


class RunSort(Enum):
    CREATED = "created_at"
    FINISHED = "finished_at"
    STARTED = "started_at"
    NAME = "name"


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Keyset paging: what comes after (`value`, `id`) in the order asked for."""

    sort: RunSort = RunSort.CREATED
    is_descending: bool = True
    limit: int = 50
    after: tuple[Any, str] | None = None


News = Appended | Changed | Queued | Wished | Deleted | Sampled | Noticed | Revoked | WorkerWished | AccessChanged
Announce = Callable[[Sequence[News]], None]


class ReadRuns(Protocol):
    def get(self, run: str) -> Run | None: ...
    def with_head(self, run: str) -> tuple[Run, Head] | None:
        """A run and where its journal is, in one query."""
        ...

    def get_many(self, runs: Sequence[str]) -> list[Run]: ...
    def find(self, *, project: str, external_id: str) -> Run | None: ...
    def find_by_idempotency_key(self, key: str, created_by: str) -> Run | None: ...
    def list(self, where: RunFilter, page: Page) -> list[Run]: ...
    def places(self, where: RunFilter, page: Page) -> list[tuple[Any, str]]:
        """As `list`, but only where each stands in the order: (value, id), as a `Page` continues after it."""
        ...

    def count(self, where: RunFilter, *, limit: int = 10_000) -> int:
        """How many match, counted no further than `limit`."""
        ...

    def outlines(self, task: str, projects: frozenset[str] | None, since: datetime, *, limit: int) -> list[RunOutline]:
        """The newest runs of a task created since then, newest first; `projects`: of these alone, None: of all."""
        ...

    def count_unfinished(self, project: str, *, limit: int = 10_000) -> dict[RunState, int]:
        """How many runs of a project are in each state that is not final, each counted no further than `limit`; a state that none
        is in is absent."""
        ...

    def children(self, parents: Sequence[str], *, limit: int, first: int = 0) -> list[Run]:
        """Runs whose parent is one of these, oldest first; `first`: so many of the oldest are passed over."""
        ...

    def newest(self, project: str, limit: int) -> list[tuple[str, datetime]]:
        """Id and `created_at` of the runs of a project that were created last and have no parent, the newest first."""
        ...

    def family(self, parents: Sequence[str]) -> dict[str, dict[RunState, int]]:
        """How many children of each are in each state, in one query; who has none is absent."""
        ...

    def endings(self, runs: Sequence[str]) -> dict[str, bool]:
        """Whether each has ended, of those that there are: nothing else of them is read."""
        ...

    def states_of_children(self, parent: str, *, limit: int) -> list[RunState]:
        """State of each child, in the order of their start."""
        ...

    def ahead(self, asked: Sequence[tuple[Run, str]], *, limit: int) -> list[int]:
        """Of each run: how many queued runs of that queue stand before it (or would) and wait for the same (`Run.blocked_on`), counted
        no further than `limit`. For many runs in few statements: each line is walked once."""
        ...

    def queued(self, *, queue: str | None = None, project: str | None = None, limit: int) -> int:
        """How many wait in a queue or of a project, counted no further than `limit`."""
        ...

    def queue_counts(self) -> dict[str, dict[RunState, int]]:
        """By queue: how many runs are in each state that is not final, each counted no further than 10,000."""
        ...

    def in_line(self, *, limit: int) -> dict[str, int]:
        """By queue: how many queued runs wait for nothing but a worker, each counted no further than `limit`; where there is none,
        the queue is absent."""
        ...


class Runs(ReadRuns, Protocol):
    def block(self, runs: Sequence[str], key: str) -> None:
        """Set queued runs aside until a place of this key is free: `claimable` passes them over."""
        ...

    def unblock(self, key: str, limit: int) -> list[str]:
        """Let the best-ranked of those that wait for this key be claimed again. The queue of each."""
        ...

    def blocks(self, limit: int) -> list[str]:
        """Keys that somebody waits for."""
        ...

    def insert(self, runs: Sequence[Run], *, idempotency_keys: Mapping[str, str] = {}, have_new_ids: bool = False) -> None:
        """Insert; `idempotency_keys` maps run id to key. Raises `DuplicateRun`. `have_new_ids`: their ids were made just now."""
        ...

    def change(self, run: str, **fields: Any) -> None:
        """Set columns of one run, by the names of `Run`. ``state`` or ``priority`` also place it in its queue (`rank_at`)."""
        ...

    def change_many(self, changes: Sequence[tuple[str, Mapping[str, Any]]]) -> None: ...

    def claimable(
        self, queues: Sequence[str], limit: int, tasks: Sequence[str] | None = None, projects: Collection[str] | None = None
    ) -> list[Run]:
        """Queued runs of `kind` task, best rank first, locked for this transaction by their *heads* (PostgreSQL: FOR UPDATE OF
        heads SKIP LOCKED). With `tasks` perhaps only those of some projects. The head is the one lock of a run: who locked rows of
        `runs` first would wait crosswise for an act that holds the head."""
        ...

    def due(self, limit: int) -> list[Run]:
        """Scheduled or retrying runs whose `run_after` has passed, locked as by `claimable`."""
        ...

    def delete(self, run: str) -> None:
        """Remove the run and everything that hangs on it, but its artifacts' bytes."""
        ...


class ReadJournal(Protocol):
    def head(self, run: str) -> Head | None: ...
    def heads(self, runs: Sequence[str]) -> dict[str, Head]: ...
    def tops(self, runs: Sequence[str]) -> dict[str, tuple[int, int]]:
        """(last_seq, last_line) of many runs in one query: what the hub compares every 5 s."""
        ...

    def read(self, run: str, facet: Facet, first: int, last: int, *, limit: int = 1000, max_bytes: int = 4_194_304) -> list[bytes]:
        """Events of one facet at positions first..last (line for the log, seq else), as JSON, in order; at most `limit`
        events and about `max_bytes` (at least one event, if there is one)."""
        ...

    def events(self, run: str, after_seq: int, *, limit: int = 1000, max_bytes: int = 4_194_304) -> list[bytes]:
        """Events of all facets after `after_seq`, in order of seq."""
        ...

    def stretch(
        self, run: str, facet: Facet, first: int, last: int, *, levels: frozenset[str] = frozenset(), max_bytes: int = 1_048_576,
        span: Span = ALL_TIMES, is_backward: bool = False,
    ) -> Stretch:  # fmt: skip
        """What is kept between two positions, unopened: about `max_bytes` of it, and no more than a few hundred segments looked
        at. The first may begin before `first`, the last end behind `last`. `levels`: only what holds a log line of one of them;
        empty: all. `span`: only what may hold an event of that time. `is_backward`: from `last` on, the newest first."""
        ...

    def outlines(self, run: str, facet: Facet, first: int, *, levels: frozenset[str] = frozenset(), span: Span = ALL_TIMES) -> Outlines:
        """What is known of the segments from a position on, unopened, in order: some at once. `levels`, `span`: as of `stretch`."""
        ...

    def level_counts(self, runs: Sequence[str], span: Span = ALL_TIMES) -> LevelCounts:
        """How many log lines of each level are kept of these runs, from what is known of segments unopened."""
        ...


class Journal(ReadJournal, Protocol):
    def lock(self, runs: Iterable[str]) -> dict[str, Head]:
        """Heads by run id, locked in the order of ids. Unknown runs are absent."""
        ...

    def open(self, heads: Sequence[Head]) -> None:
        """Insert the heads of new runs."""
        ...

    def append(self, heads: Sequence[Head], segments: Sequence[Segment]) -> None:
        """Store the segments and the heads as they now stand. The caller has numbered and folded."""
        ...

    def compact(self, run: str, facet: Facet, *, before: datetime | None, target_bytes: int = 131_072) -> int:
        """Merge small segments into blocks: all, or those recorded before a time. Returns how many segments it replaced."""
        ...

    def uncompacted(self, *, finished_before: datetime, limit: int) -> list[str]:
        """Final runs that still have small segments."""
        ...

    def drop_front(self, run: str, facet: Facet, keep_from: int) -> int:
        """Drop whole segments that end before `keep_from`, and move the facet's `first_kept`. Returns the new one."""
        ...


class ReadDetails(Protocol):
    """What a run's page shows beside its journal."""

    def attempts(self, run: str) -> list[Attempt]: ...
    def starts(self, runs: Collection[str]) -> dict[str, datetime]:
        """When the newest attempt of each began; a run without attempts is absent."""
        ...

    def steps(self, run: str) -> list[Step]: ...
    def result(self, run: str) -> bytes | None:
        """JSON, as stored."""
        ...

    def checkpoint(self, run: str) -> Checkpoint | None:
        """The newest."""
        ...

    def artifacts(self, run: str) -> list[Artifact]: ...
    def artifact(self, run: str, artifact: str) -> Artifact | None: ...
    def artifact_in_use(self, sha256: str) -> bool: ...
    def step_outlines(self, runs: Sequence[tuple[str, int]], *, limit: int) -> list[StepOutline]:
        """Steps that succeeded, of each (run, attempt), `limit` a run at most."""
        ...


class Details(ReadDetails, Protocol):
    def open_attempts(self, attempts: Sequence[Attempt]) -> None: ...
    def end_attempts(self, ends: Sequence[tuple[str, int, datetime, Outcome, Mapping[str, Any] | None]]) -> None:
        """(run, number, ended_at, outcome, error)."""
        ...

    def change_steps(self, opened: Sequence[Step], ended: Sequence[Step]) -> None: ...
    def store_results(self, results: Sequence[tuple[str, bytes]]) -> None: ...
    def store_checkpoint(self, checkpoint: Checkpoint) -> None:
        """Keeps the newest only."""
        ...

    def add_artifact(self, artifact: Artifact) -> None: ...


class Meta(Protocol):
    def get(self, key: str) -> str | None: ...
    def put(self, key: str, value: str) -> None: ...
    def lead(self, duty: str, holder: str, until: datetime) -> int | None:
        """Take or keep the row lease of a leader's duty (``reaper``): its fence, or None if another holds it."""
        ...


class Snapshot(ReadCredentials, Protocol):
    """A consistent picture for one query. No snapshot outlives 100 ms."""

    @property
    def now(self) -> datetime: ...
    @property
    def runs(self) -> ReadRuns: ...
    @property
    def journal(self) -> ReadJournal: ...
    @property
    def details(self) -> ReadDetails: ...
    @property
    def tasks(self) -> ReadTasks: ...
    @property
    def presets(self) -> ReadPresets: ...
    @property
    def approvals(self) -> ReadApprovals: ...
    @property
    def slots(self) -> ReadSlots: ...
    @property
    def queues(self) -> ReadQueues: ...
    @property
    def workers(self) -> Workers: ...
    @property
    def leases(self) -> Leases: ...
    @property
    def sessions(self) -> ReadSessions: ...
    @property
    def revocations(self) -> ReadRevocations: ...
    @property
    def accounts(self) -> ReadAccounts: ...
    @property
    def password_links(self) -> ReadPasswordLinks: ...
    @property
    def strangers(self) -> ReadStrangers: ...
    @property
    def second_factors(self) -> ReadSecondFactors: ...
    @property
    def vouchers(self) -> ReadVouchers: ...
    @property
    def samples(self) -> ReadSamples: ...
    @property
    def meta(self) -> Meta: ...
    @property
    def rollups(self) -> ReadRollups: ...
    @property
    def statements(self) -> ReadStatements: ...
    @property
    def audit(self) -> ReadAudit: ...
    @property
    def secrets(self) -> ReadSecrets: ...


class Transaction(Credentials, Protocol):
    """One act's share of a commit."""

    @property
    def now(self) -> datetime: ...
    @property
    def runs(self) -> Runs: ...
    @property
    def journal(self) -> Journal: ...
    @property
    def leases(self) -> Leases: ...
    @property
    def details(self) -> Details: ...
    @property
    def tasks(self) -> Tasks: ...
    @property
    def presets(self) -> Presets: ...
    @property
    def approvals(self) -> Approvals: ...
    @property
    def slots(self) -> Slots: ...
    @property
    def queues(self) -> Queues: ...
    @property
    def workers(self) -> Workers: ...
    @property
    def sessions(self) -> Sessions: ...
    @property
    def revocations(self) -> Revocations: ...
    @property
    def accounts(self) -> Accounts: ...
    @property
    def password_links(self) -> PasswordLinks: ...
    @property
    def strangers(self) -> Strangers: ...
    @property
    def second_factors(self) -> SecondFactors: ...
    @property
    def vouchers(self) -> Vouchers: ...
    @property
    def samples(self) -> Samples: ...
    @property
    def meta(self) -> Meta: ...
    @property
    def rollups(self) -> Rollups: ...
    @property
    def audit(self) -> Audit: ...
    @property
    def secrets(self) -> Secrets: ...

    def announce(self, *news: News) -> None:
        """Say this after the commit. An act that raises says nothing."""
        ...


class Store(Protocol):
    @property
    def epoch(self) -> str:
        """Random id of this store; replaced by restore and import, so that old positions are refused."""
        ...

    async def write(self, act: Callable[[Transaction], T], *, pace: Pace = Pace.NOW) -> T:
        """Run the act and commit. Raises what the act raises (then nothing of it is kept), or `StoreUnavailable`."""
        ...

    async def read(self, query: Callable[[Snapshot], T]) -> T: ...
    async def close(self) -> None: ...
