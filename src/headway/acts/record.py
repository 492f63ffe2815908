"""Record what running work reports: many batches of many runs in one transaction.

A batch is acknowledged when it is committed. Numbers decide, never time: the fence says whether this attempt may still
write, `batch_no` whether this batch was recorded before (then it is acknowledged again) or one is missing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from headway.acts.append import Append
from headway.model.errors import BatchOutOfOrder, HeadwayError, RunFinal, RunNotFound, StaleFence
from headway.model.states import ACTIVE, FINAL
from headway.store.contract import Head, Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    run: str
    fence: int
    batch_no: int
    """1, 2, 3 … without holes within an attempt."""
    events: Sequence[bytes]
    """One JSON object each."""
    is_lenient: bool = False
    """A child's batch: a malformed event becomes an entry that shows it, instead of refusing the batch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    run: str
    last_seq: int
    last_line: int
    wish: str | None


def record(tx: Transaction, batches: Sequence[Batch]) -> list[Recorded | HeadwayError]:
    """Record the batches in order. One that is refused is answered by its error, and harms no other."""
    append = Append(tx)
    heads = append.lock({batch.run for batch in batches})
    answers: list[Recorded | HeadwayError] = []
    for batch in batches:
        try:
            head = heads.get(batch.run)
            if head is None:
                raise RunNotFound(run=batch.run)
            take_batch(append, head, batch)
            answers.append(Recorded(run=batch.run, last_seq=head.last_seq, last_line=head.last_line, wish=head.wish))
        except HeadwayError as error:
            answers.append(error)
    append.flush()
    return answers


def take_batch(append: Append, head: Head, batch: Batch) -> None:
    """Check fence and number, then append. Raises `RunFinal`, `StaleFence`, `BatchOutOfOrder`, `InvalidEvent`."""
    check_fence(head, batch.fence)
    if batch.batch_no < 1 and batch.events:
        raise BatchOutOfOrder(batch_no=batch.batch_no, expected=head.last_batch_no + 1)
    if batch.batch_no <= head.last_batch_no:
        return
    if batch.batch_no > head.last_batch_no + 1:
        raise BatchOutOfOrder(batch_no=batch.batch_no, expected=head.last_batch_no + 1)
    append.add_reported(batch.run, batch.events, attempt=head.view.get("attempt"), is_lenient=batch.is_lenient)
    head.last_batch_no = batch.batch_no
    append.touch(batch.run)


def check_fence(head: Head, fence: int) -> None:
    """Raise unless the attempt with this fence may write. Between two attempts nobody may, whatever number they guess."""
    state = head.view.get("state")
    if state in FINAL:
        raise RunFinal(state=state, run=head.run)
    if fence != head.fence or state not in ACTIVE:
        raise StaleFence(run=head.run)
