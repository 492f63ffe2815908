"""Why a queued run waits: the first thing that would keep a worker from taking it now, found by the rules of the claim itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import cycle, islice
from typing import Any

from headway.acts.places import POISON_LIMIT, Rules, Scope, read_rules, scope_of
from headway.model.approval import Approval
from headway.model.audit import MASK
from headway.model.clock import iso
from headway.model.line import ENOUGH, FEWEST_ROUNDS, NOW, ROUNDS, Line, Span
from headway.model.run import Run
from headway.model.states import FINAL, RunState
from headway.model.waiting import Cause, Waiting, ahead_sentence
from headway.store.contract import Page, RunFilter, RunSort, Snapshot
from headway.store.places import Worker

ALIVE = timedelta(seconds=15)
"""A worker that has not been heard of for so long is not counted on: five renewals of its leases."""
AHEAD_LIMIT = 10_000
HOLDERS_SHOWN = 10
HOLDERS_LIMIT = 200
LATELY = timedelta(days=7)
CONSIDERED = 200
PLENTY = 20
"""Runs of a task from which the next one's duration is judged; with fewer of them more is looked at."""
LOOKED_AT = 200
"""Of those that wait, and of those that ended last: what stands in a line, and how long such take."""
DRAWN = 200
LINES_IN_FULL = 10
"""Of more lines in one answer each is played less often: of 100 keys a quarter as often."""
KNOWN_SHARE = 0.8
QUEUES_LIMIT = 10
"""Other lines that are asked how many stand before a run; of a worker with more nothing is said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Hands:
    """Who may take the runs of a task from a queue, and what else they take."""

    serving: list[Worker]
    """Those that serve the queue."""
    able: list[Worker]
    """Those of them that know the task."""
    others: list[str] | None
    """Other queues that wait for them; None: too many to ask."""
    shared: list[str]
    """Queues whose runs stand in one line for their places."""
    apart: frozenset[str]
    """Queues with a limit: each takes so many places for itself, however many wait in it."""
    places: int
    """What is left of their places for the shared ones."""


def _hands(rules: Rules, workers: Sequence[Worker], waiting: set[str], run: Run) -> _Hands:
    serving = [worker for worker in workers if run.queue in worker.queues]
    able = [worker for worker in serving if run.task in worker.tasks]
    served = {queue for worker in able for queue in worker.queues if not rules.is_paused(queue)}
    others = sorted(queue for queue in served & waiting if queue != run.queue)
    apart = frozenset(queue for queue in (*others, run.queue) if rules.running_limit(queue) is not None)
    taken = sum(rules.running_limit(queue) or 0 for queue in apart)
    return _Hands(
        serving=serving, able=able, others=others if len(others) <= QUEUES_LIMIT else None, shared=sorted(served - apart), apart=apart,
        places=max(1, sum(worker.slots for worker in able) - taken),
    )  # fmt: skip


@dataclass(slots=True)
class _Scene:
    """What is the same for all runs that are asked about."""

    snapshot: Snapshot
    rules: Rules
    workers: list[Worker]
    executed: list[Run]
    lasted: Mapping[str, float]
    """Of those that are executed: for how many seconds."""
    queued: Mapping[str, Counter[str]]
    """What waits in each queue, by task."""
    recent: Mapping[str, list[float]]
    """By task: how long those took that ended last."""
    approvals: Mapping[str, Approval]
    """By run: what those wait for that others have to approve."""
    known: dict[str, list[float]] = field(default_factory=dict[str, list[float]])
    lines: dict[tuple[object, ...], Line] = field(default_factory=dict[tuple[object, ...], Line])
    hands: dict[tuple[str, str | None], _Hands] = field(default_factory=dict[tuple[str, str | None], "_Hands"])
    ahead: dict[tuple[str, str], int] = field(default_factory=dict[tuple[str, str], int])
    """By run and queue: how many stand before it there."""
    rounds: int = ROUNDS
    """How often each line is played: a page of very many keys plays each less often."""
    held: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    usages: dict[str, tuple[int, int]] = field(default_factory=dict[str, tuple[int, int]])

    def holders(self, place: str) -> list[str]:
        """Asked once of each place, however many wait for it."""
        if place not in self.held:
            self.held[place] = self.snapshot.leases.holders(place, HOLDERS_LIMIT)
        return self.held[place]

    def hands_for(self, run: Run) -> _Hands:
        key = run.queue, run.task
        if key not in self.hands:
            self.hands[key] = _hands(self.rules, self.workers, set(self.queued), run)
        return self.hands[key]

    def look_ahead(self, runs: Iterable[Run]) -> None:
        """How many stand before each of these, asked together: one after the other, every line would be walked for each of them."""
        asked: list[tuple[Run, str]] = []
        for run in runs:
            hands = self.hands_for(run)
            if run.state is not RunState.QUEUED or self.rules.is_paused(run.queue) or not hands.able:
                continue
            asked.append((run, run.queue))
            if run.blocked_on is None and hands.others is not None:
                asked += [(run, queue) for queue in hands.others if queue not in hands.apart]
        counts = self.snapshot.runs.ahead(asked, limit=AHEAD_LIMIT)
        places = {run.blocked_on or Scope.QUEUE.place(run.queue) for run, _ in asked}
        self.rounds = max(FEWEST_ROUNDS, min(ROUNDS, ROUNDS * LINES_IN_FULL // max(1, len(places))))
        self.usages = self.snapshot.slots.usages(sorted(places))
        self.ahead = {(run.id, queue): count for (run, queue), count in zip(asked, counts, strict=True)}

    def durations(self, task: str) -> list[float]:
        """Seconds that runs of the task held their place lately, however they ended."""
        if task not in self.known:
            found = self.recent.get(task, [])
            if len(found) < PLENTY:
                # Not the newest by their creation alone: those wait, and of those that began together the short ones have ended.
                outlines = self.snapshot.runs.outlines(task, None, self.snapshot.now - LATELY, limit=CONSIDERED)
                ended = [took for each in outlines if each.state.is_final and (took := each.duration_seconds) is not None]
                found = max(found, ended, key=len)
            self.known[task] = found
        return self.known[task]

    def mix(self, queues: Iterable[str], run: Run) -> list[float]:
        """Durations of what stands in these lines; none if too little is known of too many."""
        tasks = sum((self.queued[queue] for queue in queues if queue in self.queued), Counter[str]()) or Counter([run.task or ""])
        known = Counter({task: count for task, count in tasks.items() if len(self.durations(task)) >= ENOUGH})
        if known.total() < tasks.total() * KNOWN_SHARE:
            return []
        # Of each task as many as it has of the line, in an order that is of no account.
        return [
            took for task, count in known.items()
            for took in islice(cycle(self.durations(task)), max(1, DRAWN * count // known.total()))
        ]  # fmt: skip

    def line(self, key: tuple[object, ...], places: int, executed: Sequence[Run], durations: Callable[[], Sequence[float]]) -> Line:
        if key not in self.lines:
            held = [(self.lasted.get(run.id, 0.0), self.durations(run.task or "")) for run in executed]
            self.lines[key] = Line(places=places, executed=held, durations=durations(), rounds=self.rounds)
        return self.lines[key]


def why_waiting(snapshot: Snapshot, runs: Sequence[Run]) -> list[Waiting]:
    """One answer a run, in their order; there is one for every state."""
    workers = [worker for worker in snapshot.workers.list(alive_since=snapshot.now - ALIVE) if not worker.is_leaving]
    page = Page(limit=sum(worker.slots for worker in workers) + 1)
    executed = snapshot.runs.list(RunFilter(states=frozenset({RunState.RUNNING})), page)
    starts = snapshot.details.starts([run.id for run in executed])
    lasted = {run: (snapshot.now - at).total_seconds() for run, at in starts.items()}
    queued: dict[str, Counter[str]] = {}
    if any(run.state is RunState.QUEUED for run in runs):
        for run in snapshot.runs.list(RunFilter(states=frozenset({RunState.QUEUED})), Page(limit=LOOKED_AT, is_descending=False)):
            queued.setdefault(run.queue, Counter())[run.task or ""] += 1
    undecided = [run.id for run in runs if run.state is RunState.AWAITING_APPROVAL]
    approvals = snapshot.approvals.of_runs(undecided) if undecided else {}
    scene = _Scene(snapshot, read_rules(snapshot), workers, executed, lasted, queued, _recent(snapshot) if queued else {}, approvals)
    scene.look_ahead(runs)
    return [_why(scene, run) for run in runs]


def _recent(snapshot: Snapshot) -> dict[str, list[float]]:
    found: dict[str, list[float]] = {}
    for run in snapshot.runs.list(RunFilter(kind="task", states=FINAL), Page(sort=RunSort.FINISHED, limit=LOOKED_AT)):
        if run.attempt == 1 and run.started_at is not None and run.finished_at is not None:
            found.setdefault(run.task or "", []).append((run.finished_at - run.started_at).total_seconds())
    return found


def _why(scene: _Scene, run: Run) -> Waiting:
    match run.state:
        case RunState.SCHEDULED:
            return _waiting(run, Cause.SCHEDULED, until=run.run_after, expected_start_at=run.run_after)
        case RunState.RETRYING:
            return _waiting(run, Cause.RETRYING, until=run.run_after, expected_start_at=run.run_after)
        case RunState.AWAITING_APPROVAL:
            return _why_undecided(scene, run)
        case RunState.PAUSED:
            return _waiting(run, Cause.PAUSED)
        case RunState.QUEUED:
            return _why_queued(scene, run)
        case _:
            return _waiting(run, Cause.NOTHING)


def _why_undecided(scene: _Scene, run: Run) -> Waiting:
    approval = scene.approvals.get(run.id)
    if approval is None:
        return _waiting(run, Cause.NOTHING)
    return _waiting(run, Cause.APPROVAL, limit=approval.needed, given=approval.given, by=approval.requested_by, until=approval.expires_at)


def _why_queued(scene: _Scene, run: Run) -> Waiting:
    queue = scene.rules.queues.get(run.queue)
    hands = scene.hands_for(run)
    if queue is not None and queue.is_paused:
        return _waiting(run, Cause.QUEUE_PAUSED, queue=run.queue, by=queue.paused_by, until=None)
    if not scene.workers:
        return _waiting(run, Cause.NO_WORKER)
    if not hands.serving:
        return _waiting(run, Cause.QUEUE_UNSERVED, queue=run.queue)
    if not hands.able:
        return _waiting(run, Cause.TASK_UNKNOWN, task=run.task)
    ahead = scene.ahead[run.id, run.queue]
    if run.blocked_on is not None:
        return _held_up(scene, run, run.blocked_on, ahead)
    if queue is not None and queue.running_limit is not None and _is_full(scene, Scope.QUEUE.place(run.queue)):
        limit = queue.running_limit
        return _waiting(
            run, Cause.QUEUE_LIMIT, queue=run.queue, limit=limit, ahead=ahead, holders=_holders(scene, Scope.QUEUE.place(run.queue)),
            **_expected(scene, _in_queue(scene, run, ahead), _by_workers(scene, run, hands)),
        )  # fmt: skip
    places = sum(worker.slots for worker in hands.able)
    if ahead or len(scene.executed) >= places:
        return _waiting(
            run,
            Cause.WORKERS_BUSY,
            limit=places,
            ahead=ahead,
            **_expected(scene, _in_queue(scene, run, ahead), _by_workers(scene, run, hands)),
        )
    if run.lost_count >= POISON_LIMIT - 1:
        return _waiting(run, Cause.LAST_TRY)
    return _waiting(run, Cause.NEXT, expected_start_at=scene.snapshot.now)


def _held_up(scene: _Scene, run: Run, place: str, ahead: int) -> Waiting:
    scope, name = scope_of(place)
    usage = scene.usages.get(place)
    if scope is Scope.RATE:
        until = scene.snapshot.queues.rate_next(place) or scene.snapshot.now
        interval = run.options.rate_limit_seconds / (run.options.rate_limit_count or 1)
        return _waiting(
            run, Cause.RATE_LIMIT, key=name, until=until, ahead=ahead, expected_start_at=until + timedelta(seconds=interval * ahead)
        )
    limit = usage[1] if usage is not None else run.options.concurrency_limit or 1
    cause = _CAUSES.get(scope, Cause.CONCURRENCY_KEY)
    return _waiting(
        run, cause, key=name if scope is Scope.KEY else None, project=name if scope is Scope.PROJECT else None, limit=limit, ahead=ahead,
        holders=_holders(scene, place), **_expected(scene, _in_line(scene, run, place, ahead, limit)),
    )  # fmt: skip


_CAUSES = {Scope.PROJECT: Cause.PROJECT_QUOTA, Scope.FAMILY: Cause.FAMILY_CAP}


def _is_full(scene: _Scene, place: str) -> bool:
    usage = scene.usages.get(place)
    return usage is not None and usage[0] >= usage[1]


def _holders(scene: _Scene, place: str) -> tuple[str, ...]:
    return tuple(scene.holders(place)[:HOLDERS_SHOWN])


def _by_workers(scene: _Scene, run: Run, hands: _Hands) -> Span | None:
    """The workers serve other queues as well, whose runs may stand before this one."""
    if hands.others is None:
        return None
    ahead = sum(scene.ahead[run.id, queue] for queue in (run.queue, *hands.others) if queue not in hands.apart)
    executed = [each for each in scene.executed if each.queue in hands.shared]
    # Those that share the places play one line, however many ask about it.
    return scene.line(("workers", hands.places, *hands.shared), hands.places, executed, lambda: scene.mix(hands.shared, run)).start(ahead)


def _in_queue(scene: _Scene, run: Run, ahead: int) -> Span | None:
    limit = scene.rules.running_limit(run.queue)
    if limit is None:
        return NOW
    executed = [each for each in scene.executed if each.queue == run.queue]
    return scene.line(("queue", run.queue), limit, executed, lambda: scene.mix([run.queue], run)).start(ahead)


def _in_line(scene: _Scene, run: Run, place: str, ahead: int, limit: int) -> Span | None:
    """Of those who share a key it is taken that they are of one task."""
    holders = set(scene.holders(place))
    executed = [each for each in scene.executed if each.id in holders]
    return scene.line((place, run.task), limit, executed, lambda: scene.durations(run.task or "")).start(ahead)


def _expected(scene: _Scene, *spans: Span | None) -> dict[str, datetime]:
    """When all that it needs is free: a range that holds in eight cases of ten. Nothing where too little is known."""
    known = [span for span in spans if span is not None]
    if len(known) < len(spans):
        return {}
    now = scene.snapshot.now
    return {
        "expected_start_from": now + timedelta(seconds=max(span.low for span in known)),
        "expected_start_at": now + timedelta(seconds=max(span.middle for span in known)),
        "expected_start_to": now + timedelta(seconds=max(span.high for span in known)),
    }


def _waiting(run: Run, cause: Cause, **fields: Any) -> Waiting:
    return _in_words(Waiting(run=run.id, state=run.state.value, cause=cause, detail="", **fields))


def without_key(waiting: Waiting) -> Waiting:
    """For who must not learn the key, which may be made of a secret parameter."""
    return waiting if waiting.key is None else _in_words(replace(waiting, key=MASK))


def _in_words(said: Waiting) -> Waiting:
    words = {name: getattr(said, name) for name in Waiting.__dataclass_fields__}
    until = said.until
    words["until"] = iso(until.timestamp()) if until is not None else "?"
    detail = said.cause.sentence.format_map({name: "?" if word is None else word for name, word in words.items()})
    return replace(said, detail=detail if said.ahead is None else f"{detail} {ahead_sentence(said.ahead)}")
