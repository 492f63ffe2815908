"""What is claimed may have been claimed by another since it was found in the queue."""

from collections.abc import Collection, Sequence

from headway.acts import change
from headway.model.run import Run
from headway.model.states import RunState
from headway.store.sql.runs import SqlRuns

_careful = SqlRuns.claimable
_seen: list[str] = []
"""Found in the queue by the last who looked."""


def _late(
    runs: SqlRuns, queues: Sequence[str], limit: int, tasks: Sequence[str] | None = None, projects: Collection[str] | None = None
) -> list[Run]:
    """What `claimable` would be without its condition on the state in the transaction that claims."""
    again = [run for run in runs.get_many(_seen) if run.state.is_active]
    found = [*again, *_careful(runs, queues, limit, tasks, projects)]
    _seen[:] = [run.id for run in found if run.state is RunState.QUEUED]
    return list({run.id: run for run in found}.values())[:limit]


def _allow(before: RunState, after: RunState) -> None:
    """What `check_transition` would be without its table."""


SqlRuns.claimable = _late  # type: ignore[method-assign]
change.check_transition = _allow
