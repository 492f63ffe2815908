"""Keep samples; and, for the leader, roll them up and let go of what is older than people want, a little at a time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from headway.model.samples import FINER, KEPT, Grain, Sample, SampleKind, bucket_start, joined, sample_to_json
from headway.store.contract import Transaction
from headway.store.samples import Sampled

LATE_SECONDS = 90.0
"""How long a rollup waits for samples that are still on their way: they are as late as their process's period."""
PRUNED_AT_ONCE = 2_000
SHARED = frozenset({SampleKind.HOST, SampleKind.QUEUE, SampleKind.ENDED})
"""What several processes could sample: one of them does."""


def sample(tx: Transaction, samples: Sequence[Sample], *, holder: str, period_seconds: float) -> list[Sample]:
    """Keep samples as they were taken, and tell whoever looks on. Of a host and of the queues those are dropped that another
    process than `holder` already samples; it is followed two and a half periods after its last. The ones that were kept."""
    until = tx.now + timedelta(seconds=2.5 * period_seconds)
    led = {duty: tx.meta.lead(duty, holder, until) is not None for duty in {_duty(each) for each in samples if each.kind in SHARED}}
    kept = [each for each in samples if each.kind not in SHARED or led[_duty(each)]]
    if kept:
        tx.samples.put(Grain.TAKEN, kept)
        tx.announce(Sampled(samples=[sample_to_json(each) for each in kept if each.kind is not SampleKind.RUN]))
    return kept


def _duty(each: Sample) -> str:
    return f"sampler:{each.kind}:{each.name}" if each.kind is SampleKind.HOST else f"sampler:{each.kind}"


def roll_up(tx: Transaction) -> int:
    """Make one sample of all that lie in the next stretch of a grain that is over. How many were made."""
    for grain in FINER:
        made = _roll_stretch(tx, grain)
        if made:
            return made
    return 0


def rolled_until(mark: str | None) -> datetime:
    """Up to when samples are rolled up, by what `rolled_mark` keeps."""
    return datetime.fromisoformat(mark or "1970-01-01T00:00:00+00:00")


def rolled_mark(grain: Grain) -> str:
    return f"rolled:{grain.value}"


def _roll_stretch(tx: Transaction, grain: Grain) -> int:
    finer, length = FINER[grain], timedelta(seconds=grain.value)
    done = rolled_until(tx.meta.get(rolled_mark(grain)))
    starts = [bucket_start(at, grain.value) for kind in SampleKind if (at := tx.samples.next_at(kind, finer, done)) is not None]
    if not starts:
        return 0
    start = max(done, min(starts))
    if start + length + timedelta(seconds=LATE_SECONDS) > _known_until(tx, finer):
        return 0
    made: list[Sample] = []
    for kind in SampleKind:
        by_name: dict[str, list[Sample]] = {}
        for each in tx.samples.between(kind, finer, start, start + length):
            by_name.setdefault(each.name, []).append(each)
        made += [joined(several, start + length) for several in by_name.values()]
    tx.samples.put(grain, made)
    tx.meta.put(rolled_mark(grain), (start + length).isoformat())
    return max(1, len(made))


def _known_until(tx: Transaction, finer: Grain) -> datetime:
    """Up to when all samples of a grain are there."""
    if finer is Grain.TAKEN:
        return tx.now
    return rolled_until(tx.meta.get(rolled_mark(finer))) + timedelta(seconds=LATE_SECONDS)


def prune_samples(tx: Transaction) -> int:
    """Delete some samples that are older than their grain is kept. How many."""
    for grain, kept in KEPT.items():
        for kind in SampleKind:
            gone = tx.samples.prune(kind, grain, tx.now - kept, limit=PRUNED_AT_ONCE)
            if gone:
                return gone
    return 0
