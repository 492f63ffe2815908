"""What must hold after whatever happened, a function each. It answers with what is wrong; nothing where all is well.

The numbers are those of docs/explanation/promises.md.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from chaos.faults.history import Felt, History, RunHistory
from chaos.faults.plan import LONGER_THAN_A_LEASE, OUTAGES, Fault
from chaos.faults.tasks import POINTS
from chaos.ledger import bare
from headway.acts.places import POISON_LIMIT
from headway.model.fold import fold
from headway.model.run import Attempt
from headway.model.states import FINAL, TRANSITIONS, Outcome, RunState

NOTICE_SECONDS = 20.0
"""So long a run may be held by a worker that is dead (I2)."""
RETURN_SECONDS = 10.0
"""After an outage of its own the reaper gives every lease a fresh period: so much later it may come for each that fell into the time."""
GROWTH_MB = 256.0
OUTLIVED_SECONDS = 15.0
"""From the end of an outage of PostgreSQL or Valkey until all goes on."""
ANSWER_SECONDS = 2.5
"""An answer comes within this, whatever is away: 2 s, and what a busy machine adds."""
_STATES = {f"run.{state}": state for state in RunState}
_REPORTED = frozenset({"log.written", "metric.reported", "progress.reported", "step.started", "step.ended", "checkpoint.stored"})

Violations = Iterator[str]


def acknowledged_writes_stand_once_and_in_order(history: History) -> Violations:
    """I1."""
    for run, one in history.runs.items():
        said: dict[int, list[int]] = defaultdict(list)
        pointed: dict[int, list[int]] = defaultdict(list)
        for event in one.events:
            if event["kind"] == "log.written" and event["text"].startswith("number "):
                said[event["attempt"]].append(int(event["text"].removeprefix("number ")))
            elif event["kind"] == "metric.reported" and event["name"] == "number":
                pointed[event["attempt"]].append(int(event["value"]))
        for kind, numbers in (("lines", said), ("points", pointed)):
            for attempt, found in numbers.items():
                if found != sorted(set(found)):
                    yield f"{run}: {kind} of attempt {attempt} are doubled or out of order"
        for known in history.of(run):
            wanted = range(known.first, known.last + 1)
            lost = sorted(set(wanted) - set(said[known.attempt]))
            if known.has_points:
                lost += sorted({number for number in wanted if number % POINTS == 0} - set(pointed[known.attempt]))
            if lost:
                yield f"{run}: {len(lost)} numbers of attempt {known.attempt} were acknowledged and are lost, the first is {lost[0]}"
    yield from (f"{known.run}: numbers were acknowledged of a run that is not there" for known in history.recorded
                if known.run not in history.runs)  # fmt: skip


def acknowledged_checkpoints_are_gone_on_from(history: History) -> Violations:
    """I1: an attempt begins where an earlier one was told that it is recorded, or behind."""
    for begun in history.begun:
        kept = max((known.goes_on or 1 for known in history.of(begun.run) if known.attempt < begun.attempt), default=1)
        if begun.first < kept:
            yield f"{begun.run}: attempt {begun.attempt} began with {begun.first}, though {kept - 1} was recorded before it"


def positions_are_dense(history: History) -> Violations:
    """I1: seq = 1, 2, 3 … over all, line over the log; and the head says where they end."""
    for run, one in history.runs.items():
        if [event["seq"] for event in one.events] != list(range(1, one.last_seq + 1)):
            yield f"{run}: seq is not 1 to {one.last_seq}"
        if [event["line"] for event in one.events if "line" in event] != list(range(1, one.last_line + 1)):
            yield f"{run}: line is not 1 to {one.last_line}"


def the_journal_is_the_same_everywhere(history: History) -> Violations:
    """I1: whichever node is asked."""
    for run, one in history.runs.items():
        if one.elsewhere is not None and list(one.elsewhere) != list(one.events):
            yield f"{run}: a node gives another journal than the store has"


def every_run_is_final(history: History) -> Violations:
    """I2."""
    for run, one in history.runs.items():
        if not one.run.state.is_final:
            yield f"{run}: it is still {one.run.state}"


def dead_workers_are_noticed(history: History) -> Violations:
    """I2: what a worker held when it died is known to be lost within 20 s; where more befell the cluster meanwhile, that much later."""
    for death in _deaths(history):
        for run, one in history.runs.items():
            for attempt in one.attempts:
                began, ended = attempt.started_at.timestamp(), attempt.ended_at and attempt.ended_at.timestamp()
                if attempt.worker not in death.workers or began > death.at or (ended is not None and ended < death.at):
                    continue
                if death.fault in LONGER_THAN_A_LEASE and attempt.outcome is not Outcome.LOST:
                    continue  # it stood still, and went on before anybody took the run
                if ended is None or ended - death.at > _allowed(history, death):
                    late = "never" if ended is None else f"after {ended - death.at:.1f} s"
                    yield f"{run}: attempt {attempt.number} was held by a dead worker ({death.fault.value}); that was known {late}"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Death:
    fault: Fault
    workers: Collection[str]
    at: float
    felt: Felt | None = None
    """The blow that it is of; None: a run's own doing."""


def _deaths(history: History) -> Iterator[_Death]:
    for felt in history.felt:
        yield _Death(fault=felt.fault, workers=felt.dead_workers, at=felt.died_at or felt.began_at, felt=felt)
    for killed in history.killed:
        if killed.is_worker:
            workers = {attempt.worker for attempt in _attempts(history, killed.run) if attempt.number == killed.attempt}
            yield _Death(fault=Fault.POISON_FOR_WORKERS, workers={each for each in workers if each}, at=killed.at)


def _attempts(history: History, run: str) -> Sequence[Attempt]:
    return history.runs[run].attempts if run in history.runs else ()


def _allowed(history: History, death: _Death) -> float:
    until = death.at + NOTICE_SECONDS
    for other in sorted(history.felt, key=lambda each: each.began_at):
        is_own = other is death.felt or (death.felt is None and other.fault is death.fault)
        if not is_own and other.began_at < until and (other.well_at or other.healed_at + RETURN_SECONDS) > death.at:
            until += other.healed_at - other.began_at + RETURN_SECONDS
    return until - death.at


def code_of_an_attempt_begins_once(history: History) -> Violations:
    """I3."""
    for (run, attempt), count in Counter((begun.run, begun.attempt) for begun in history.begun).items():
        if count > 1:
            yield f"{run}: the code of attempt {attempt} was begun {count} times"


def each_fence_has_one_owner(history: History) -> Violations:
    """I4: fences rise, no two attempts live at once, and what an attempt reports lies between its first and its last event."""
    for run, one in history.runs.items():
        for before, after in pairwise(one.attempts):
            if after.fence <= before.fence:
                yield f"{run}: attempt {after.number} has fence {after.fence} after {before.fence}"
            if before.ended_at is None or before.ended_at > after.started_at:
                yield f"{run}: attempts {before.number} and {after.number} lived at once"
        living: int | None = 1 if one.run.kind == "outside" else None
        for event in one.events:
            if event["kind"] == "attempt.started":
                living = event["attempt"]
            elif event["kind"] == "attempt.ended":
                living = None
            elif event["kind"] in _REPORTED and event.get("attempt") != living:
                yield f"{run}: attempt {event.get('attempt')} wrote seq {event['seq']} while {living or 'none'} lived"


def poison_is_contained(history: History) -> Violations:
    """A run that kills what executes it ends, failed, after as many tries as it has; and no other is given up for its deaths alone."""
    for run, one in history.runs.items():
        is_poison = (one.run.task or "").startswith("poison_")
        deaths = sum(killed.run == run for killed in history.killed)
        code = (one.events[-1].get("error") or {}).get("code") if one.events else None
        if is_poison and (one.run.state is not RunState.FAILED or code not in {"poisoned", "child_died"}):
            yield f"{run}: it kills whatever executes it, and is {one.run.state} ({code})"
        if deaths > POISON_LIMIT + (0 if one.run.task == "poison_worker" else one.run.options.max_attempts - 1):
            yield f"{run}: it has killed what executed it {deaths} times"
        if not is_poison and code == "poisoned":
            culprits = [_culprit(history, attempt) for attempt in one.attempts if attempt.outcome is Outcome.LOST]
            if culprits[0] is not None and len(set(culprits)) == 1:
                yield f"{run}: it was given up for what {culprits[0]} has done"


def _culprit(history: History, attempt: Attempt) -> str | None:
    """The run that killed what executed this attempt of another."""
    for killed in history.killed:
        for own in _attempts(history, killed.run):
            is_beside = own.number == killed.attempt and own.worker == attempt.worker and own.run != attempt.run
            if is_beside and attempt.started_at.timestamp() <= killed.at <= (attempt.ended_at or attempt.started_at).timestamp():
                return killed.run
    return None


def nothing_begins_while_it_is_paused(history: History) -> Violations:
    """Neither in a queue that is paused, nor of a run that is."""
    for paused in history.paused:
        for run, one in history.runs.items():
            if paused.run not in {None, run} or paused.queue not in {None, one.run.queue}:
                continue
            for attempt in one.attempts:
                after = attempt.started_at.timestamp() - paused.since
                if 0 < after < paused.until - paused.since:
                    yield f"{run}: attempt {attempt.number} began {after:.1f} s after {paused.queue or 'it'} was paused"


def viewers_were_told_the_journal(history: History) -> Violations:
    """I5 and I6: each line once and in order, the fold of all, and the end once and last."""
    yield from history.heard


def nothing_follows_the_end(history: History) -> Violations:
    """I6: one end, the last event; and states follow each other as the table has it."""
    for run, one in history.runs.items():
        states = [_STATES[event["kind"]] for event in one.events if event["kind"] in _STATES]
        for before, after in pairwise(states):
            if after not in TRANSITIONS[before]:
                yield f"{run}: {after} came after {before}"
        if sum(state in FINAL for state in states) > 1:
            yield f"{run}: it ended more than once"
        if one.run.state.is_final and (not states or states[-1] is not one.run.state):
            yield f"{run}: it is {one.run.state}, its journal says {states[-1] if states else 'nothing'}"
        if one.run.state.is_final and one.events and one.events[-1]["kind"] != f"run.{one.run.state}":
            yield f"{run}: {one.events[-1]['kind']} follows the end"


def memory_keeps_its_budget(history: History) -> Violations:
    """I10."""
    for process, grown in history.grown_mb.items():
        if grown > GROWTH_MB:
            yield f"{process} grew by {grown:.0f} MB"


def views_are_the_fold(history: History) -> Violations:
    """I11."""
    for run, one in history.runs.items():
        view: dict[str, object] = {}
        for event in one.events:
            fold(view, event)
        if bare(view) != bare(one.view):
            other = sorted(key for key in view.keys() | one.view.keys() if view.get(key) != one.view.get(key))
            yield f"{run}: the stored view is not the fold of the journal: {', '.join(other)}"


def a_key_starts_one_run(history: History) -> Violations:
    """Asked again, at another node, after a lost answer: there is one run, and everybody is told the same."""
    asked = {one.key for one in history.asked if one.do in {"start", "open"}}
    of_key: dict[str, list[str]] = defaultdict(list)
    for run, one in history.runs.items():
        if one.key not in asked:
            yield f"{run}: nobody asked for it"
        of_key[one.key or ""].append(run)
    for key, runs in of_key.items():
        if len(runs) > 1:
            yield f"the key {key} started {len(runs)} runs"
    for answer in history.answered:
        if answer.do in {"start", "open"} and answer.run not in of_key[answer.key]:
            yield f"the answer to the key {answer.key} named {answer.run}; the store has {of_key[answer.key] or 'none'}"


def attempts_are_counted(history: History) -> Violations:
    """Each try stands in the run once, as what it was; and no run fails before it has used its tries."""
    for run, one in history.runs.items():
        outcomes = Counter(attempt.outcome for attempt in one.attempts)
        failed = outcomes[Outcome.FAILED] + outcomes[Outcome.TIMED_OUT]
        if [attempt.number for attempt in one.attempts] != list(range(1, one.run.attempt + 1)):
            yield f"{run}: attempts are not 1 to {one.run.attempt}"
        if (one.run.lost_count, one.run.failed_count) != (outcomes[Outcome.LOST], failed):
            counted = f"{one.run.lost_count} lost, {one.run.failed_count} failed"
            yield f"{run}: it counts {counted} attempts; there were {outcomes[Outcome.LOST]} and {failed}"
        if one.run.kind == "task" and one.run.state is RunState.FAILED and not _may_fail(one, failed, outcomes[Outcome.LOST]):
            yield f"{run}: it failed with {failed} failed and {outcomes[Outcome.LOST]} lost attempts"
        last = one.attempts[-1].outcome if one.attempts else None
        if one.run.state is RunState.SUCCEEDED and last is not Outcome.SUCCEEDED:
            yield f"{run}: it succeeded, its last attempt is {last}"
        if one.run.state.is_final and any(attempt.outcome is None for attempt in one.attempts):
            yield f"{run}: it has ended, and an attempt goes on"


def _may_fail(one: RunHistory, failed: int, lost: int) -> bool:
    """Nothing is tried again that somebody cancels."""
    if any(event["kind"] == "run.cancelling" for event in one.events):
        return failed > 0
    return failed >= one.run.options.max_attempts or lost >= POISON_LIMIT or one.events[-1].get("reason") == "attempt_failed"


def results_are_what_was_counted(history: History) -> Violations:
    """A run that succeeded has counted to the end, and its result says so."""
    for run, one in history.runs.items():
        if one.run.kind != "task" or one.run.state is not RunState.SUCCEEDED:
            continue
        if one.result != {"counted": one.run.parameters["to"]}:
            yield f"{run}: it succeeded with the result {one.result}"
        numbers = {int(event["text"][7:]) for event in one.events if event["kind"] == "log.written" and event["text"].startswith("number ")}
        if numbers != set(range(1, one.run.parameters["to"] + 1)):
            yield f"{run}: it succeeded, and {len(numbers)} of {one.run.parameters['to']} numbers were said"


def cancellations_are_true(history: History) -> Violations:
    """Who was told that it is being cancelled finds it asked for, and no attempt begun after it; nothing is cancelled unasked."""
    asked = {one.key for one in history.asked if one.do == "cancel"}
    for answer in history.answered:
        if answer.do == "cancel" and answer.run in history.runs and answer.state in {"cancelling", "cancelled"}:
            kinds = [event["kind"] for event in history.runs[answer.run].events]
            at = next((index for index, kind in enumerate(kinds) if kind in {"run.cancelling", "run.cancelled"}), None)
            if at is None:
                yield f"{answer.run}: its cancellation was acknowledged, and its journal knows nothing of it"
            elif "attempt.started" in kinds[at:]:
                yield f"{answer.run}: an attempt began after it was cancelled"
    for run, one in history.runs.items():
        if one.run.state is RunState.CANCELLED and run not in asked:
            yield f"{run}: it was cancelled, and nobody asked for that"


def nothing_is_left_waiting(history: History) -> Violations:
    """No queue is stuck: when all have ended no lease, no place and no obstacle is left."""
    left = history.left
    for count, what in ((left.leases, "leases"), (left.used_places, "places in use"), (left.blocked, "runs set aside")):
        if count:
            yield f"{count} {what} are left"


def outages_are_outlived(history: History) -> Violations:
    """What nodes need was away: soon after its return all goes on, and no process of a node is another one."""
    for felt in history.felt if history.is_only_without else ():
        if felt.fault in OUTAGES and felt.recovered_seconds is not None and felt.recovered_seconds > OUTLIVED_SECONDS:
            yield f"{felt.fault.value}: all went on {felt.recovered_seconds:.1f} s after its end"
    yield from (f"{process} was started again" for process in history.restarted)


def the_api_always_answers(history: History) -> Violations:
    """In time, with a 503 that says when to come again while it cannot, and never with an error of its own."""
    for answer in history.api_answers:
        who = f"{answer.node}, {answer.asked}"
        if not answer.status:
            yield f"{who}: no answer after {answer.seconds:.1f} s"
        elif answer.status >= 500 and (answer.status != 503 or not answer.says_when):
            yield f"{who}: {answer.status}{'' if answer.says_when else ' without Retry-After'}"
        elif answer.seconds > ANSWER_SECONDS:
            yield f"{who}: {answer.status} after {answer.seconds:.1f} s"


INVARIANTS: tuple[Callable[[History], Violations], ...] = (
    acknowledged_writes_stand_once_and_in_order, acknowledged_checkpoints_are_gone_on_from, positions_are_dense,
    the_journal_is_the_same_everywhere, every_run_is_final, dead_workers_are_noticed, code_of_an_attempt_begins_once,
    each_fence_has_one_owner, poison_is_contained, nothing_begins_while_it_is_paused,
    viewers_were_told_the_journal, nothing_follows_the_end, memory_keeps_its_budget, views_are_the_fold,
    a_key_starts_one_run, attempts_are_counted, results_are_what_was_counted, cancellations_are_true, nothing_is_left_waiting,
    outages_are_outlived, the_api_always_answers,
)  # fmt: skip


def judge(history: History) -> dict[str, list[str]]:
    """What is wrong, by the name of the invariant; of those that hold there is nothing."""
    found = {invariant.__name__: list(invariant(history)) for invariant in INVARIANTS}
    return {name: violations for name, violations in found.items() if violations}
