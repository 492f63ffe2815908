"""A run changes its state: the row, the event and the table of transitions, always together."""

from __future__ import annotations

from typing import Any

from headway.acts.append import Append, fact
from headway.model.events import Event
from headway.model.run import Run
from headway.model.states import RunState, check_transition
from headway.store.contract import Transaction


def change_state(
    tx: Transaction,
    append: Append,
    run: Run,
    after: RunState,
    *,
    before: RunState | None = None,
    fields: dict[str, Any] | None = None,
    **said: Any,
) -> Event:
    """Move `run` to the state `after`, with other columns of its row (`fields`) and what the event says of it (`said`).

    The row changes with `append.flush()`.

    `before` is given when this act has already changed the state once. Raises `IllegalTransition`.
    """
    check_transition(before or run.state, after)
    columns: dict[str, Any] = {"state": after, **(fields or {})}
    if after.is_final:
        columns.setdefault("finished_at", tx.now)
    if after is RunState.QUEUED:
        columns.setdefault("queued_at", tx.now)
        columns.setdefault("run_after", None)
        columns.setdefault("blocked_on", None)  # the next claim finds out anew
    append.change(run.id, **columns)
    event = fact(f"run.{after}", **said)
    append.add(run.id, event)
    return event
