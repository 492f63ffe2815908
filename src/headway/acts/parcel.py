"""What runs hand in while they are executed: events, then perhaps something to keep. A parcel that comes again is recorded once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from headway.acts.family import StartChild, start_children
from headway.acts.keep import keep_artifact, keep_checkpoint
from headway.acts.record import Batch, Recorded, record
from headway.model.errors import HeadwayError
from headway.model.run import Artifact
from headway.store.contract import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepCheckpoint:
    number: int
    value: Any
    """JSON."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepArtifact:
    artifact: Artifact
    """Its bytes are kept already."""
    receipt: str | None = None
    """Of the server that keeps them, for a worker that has handed them over (`web/receipts.py`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepChildren:
    """Child runs that the run wants."""

    wishes: Sequence[StartChild]


Keep = KeepCheckpoint | KeepArtifact | KeepChildren


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """What one transaction takes of a run: events that make one batch, then perhaps something to keep."""

    run: str
    fence: int
    batch_no: int
    """0: there are no events."""
    events: Sequence[bytes] = ()
    keep: Keep | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A parcel is recorded."""

    wish: str | None
    """What somebody wants of the run."""
    started: Sequence[str] = ()
    """Ids of the children that it wanted."""


def receive(tx: Transaction, parcels: Sequence[Parcel]) -> list[Received | HeadwayError]:
    """Batches first, for all runs together, then what is to be kept; one answer a parcel. One that is refused harms no other."""
    batches = [
        Batch(run=parcel.run, fence=parcel.fence, batch_no=parcel.batch_no, events=parcel.events, is_lenient=True) for parcel in parcels
    ]
    return [_kept(tx, parcel, answer) for parcel, answer in zip(parcels, record(tx, batches), strict=True)]


def _kept(tx: Transaction, parcel: Parcel, answer: Recorded | HeadwayError) -> Received | HeadwayError:
    if isinstance(answer, HeadwayError):
        return answer
    try:
        return Received(wish=answer.wish, started=_keep(tx, parcel, parcel.keep))
    except HeadwayError as error:
        return error


def _keep(tx: Transaction, parcel: Parcel, keep: Keep | None) -> Sequence[str]:
    match keep:
        case None:
            pass
        case KeepCheckpoint(number=number, value=value):
            keep_checkpoint(tx, run=parcel.run, fence=parcel.fence, number=number, value=value)
        case KeepArtifact(artifact=artifact):
            if tx.details.artifact(parcel.run, artifact.id) is None:  # else it was adopted before, and the answer was lost
                keep_artifact(tx, run=parcel.run, fence=parcel.fence, artifact=artifact)
        case KeepChildren(wishes=wishes):
            return [run.id for run in start_children(tx, run=parcel.run, fence=parcel.fence, wishes=wishes)]
    return ()
