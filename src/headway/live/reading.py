"""What the hub asks of the journal. Each function is one query over a snapshot, run in a thread of the store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from headway.live.arrivals import WINDOW, Newest
from headway.live.channel import RING_ENTRIES
from headway.live.points import POINTS_KEPT
from headway.live.rows import row_of
from headway.live.subscription import Page
from headway.live.views import Json
from headway.model.errors import RunNotFound
from headway.model.events import Facet
from headway.store.contract import Head, Snapshot

PAGE_ENTRIES = 1_000
PAGE_BYTES = 65_536
HOLE_BYTES = 1_048_576


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    head: Head
    final_state: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hole:
    """What a channel has missed, up to `head`. None: too much to read at once."""

    head: Head
    final_state: str | None
    entries: list[bytes] | None
    points: list[bytes] | None


def read_opening(snapshot: Snapshot, run: str) -> Opening:
    """Raises `RunNotFound`."""
    head, found = snapshot.journal.head(run), snapshot.runs.get(run)
    if head is None or found is None:
        raise RunNotFound(run=run)
    return Opening(head=head, final_state=found.state.value if found.state.is_final else None)


def read_hole(snapshot: Snapshot, run: str, line: int, seq: int) -> Hole:
    """What comes after `line` and `seq`. Raises `RunNotFound`."""
    opening = read_opening(snapshot, run)
    head = opening.head
    entries: list[bytes] | None = None
    if head.last_line - line <= RING_ENTRIES:
        entries = snapshot.journal.read(run, Facet.LOG, line + 1, head.last_line, limit=RING_ENTRIES, max_bytes=HOLE_BYTES)
        if len(entries) != head.last_line - line:
            entries = None
    return Hole(head=head, final_state=opening.final_state, entries=entries, points=_points(snapshot, run, seq + 1, head.last_seq))


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """Every point after `after_seq`, up to the seq that was asked for."""

    after_seq: int
    points: list[bytes]


def read_points(snapshot: Snapshot, run: str, after_seq: int, to_seq: int) -> Past | None:
    """The points of a part of the past, as far as retention has left them; None if they are too many to be held in memory."""
    head = snapshot.journal.head(run)
    after_seq = max(after_seq, head.first_kept_metric_seq - 1) if head is not None else to_seq
    points = _points(snapshot, run, after_seq + 1, to_seq)
    return None if points is None else Past(after_seq=after_seq, points=points)


def _points(snapshot: Snapshot, run: str, first_seq: int, last_seq: int) -> list[bytes] | None:
    if first_seq > last_seq:
        return []
    points = snapshot.journal.read(run, Facet.METRIC, first_seq, last_seq, limit=POINTS_KEPT, max_bytes=HOLE_BYTES)
    return None if len(points) >= POINTS_KEPT or sum(map(len, points)) >= HOLE_BYTES else points


def read_page(snapshot: Snapshot, run: str, first: int, begin: int | None = None) -> Page:
    """Lines from `first` on, and those from `begin` on before them, as far as they are kept and there is room. Raises `RunNotFound`."""
    head = snapshot.journal.head(run)
    if head is None:
        raise RunNotFound(run=run)
    kept = head.first_kept_line
    if kept > first:
        return Page(first, [], kept)
    begin = max(first if begin is None else begin, kept)
    entries = snapshot.journal.read(run, Facet.LOG, begin, head.last_line, limit=PAGE_ENTRIES, max_bytes=PAGE_BYTES)
    if begin < first and begin + len(entries) <= first:
        return read_page(snapshot, run, first)
    return Page(begin, entries, kept)


def read_result(snapshot: Snapshot, run: str) -> bytes | None:
    return snapshot.details.result(run)


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """A project's runs as a whole."""

    states: dict[str, int]
    newest: Newest


def read_overview(snapshot: Snapshot, project: str) -> Overview:
    return Overview(states=read_states(snapshot, project), newest=read_newest(snapshot, project))


def read_newest(snapshot: Snapshot, project: str) -> Newest:
    return snapshot.runs.newest(project, WINDOW)


def read_states(snapshot: Snapshot, project: str) -> dict[str, int]:
    """How many runs are in each state that is not final; beyond 10,000 it says 10,000."""
    return {state.value: count for state, count in snapshot.runs.count_unfinished(project).items()}


def read_rows(snapshot: Snapshot, project: str, runs: Sequence[str]) -> dict[str, tuple[int, Json]]:
    """Seq and row of those runs that are in the project."""
    heads = snapshot.journal.heads(runs)
    return {run: (head.last_seq, row_of(head.view)) for run, head in heads.items() if head.view.get("project") == project}
