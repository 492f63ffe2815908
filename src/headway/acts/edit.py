"""Change what people wrote on a run, or delete a run that has ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from headway.access.authorise import authorise
from headway.access.principal import Principal
from headway.acts.append import Append, fact
from headway.acts.audit import audit
from headway.acts.count import count
from headway.acts.look import run_for
from headway.acts.start import PRIORITIES, check_labels
from headway.model import events as e
from headway.model.audit import Action
from headway.model.errors import Conflict, Invalid, RunNotFinal
from headway.model.permissions import Permission
from headway.model.run import Run
from headway.model.states import RunState
from headway.store.contract import Deleted, Queued, Transaction


class NotQueued(Conflict):
    """The priority can only be changed while the run waits; it is {state}."""


_WAITING = {RunState.SCHEDULED, RunState.QUEUED, RunState.RETRYING, RunState.PAUSED, RunState.AWAITING_APPROVAL}


def edit(
    tx: Transaction, run: str, by: Principal, *, name: str | None = None, tags: Sequence[str] | None = None,
    metadata: Mapping[str, Any] | None = None, priority: int | None = None,
) -> Run:  # fmt: skip
    """Set what is given. Name, tags and metadata may be changed at any time, the priority while the run waits."""
    append = Append(tx)
    append.head(run)
    found = run_for(tx, run)
    authorise(by, Permission.RUN_EDIT, found.project, found.id)
    check_labels(name=name, tags=tags or (), metadata=metadata or {})
    changes: dict[str, Any] = {}
    if name is not None:
        changes["name"] = name
    if tags is not None:
        changes["tags"] = tuple(dict.fromkeys(tags))
    if metadata is not None:
        changes["metadata"] = dict(metadata)
    if priority is not None:
        if priority not in PRIORITIES:
            raise Invalid("priority must be between -10 and 10.", field="priority")
        if found.state not in _WAITING:
            raise NotQueued(state=found.state.value)
        changes["priority"] = priority
    if changes:
        tx.runs.change(found.id, **changes)
        said = {**changes, "tags": list(changes["tags"])} if "tags" in changes else changes
        append.add(found.id, fact(e.RUN_EDITED, by=by.id, **said))
        append.flush()
        before = {name: getattr(found, name) for name in changes}
        audit(tx, by, Action.RUN_EDITED, project=found.project, target=found.id, before=before, after=changes)
        if "priority" in changes and found.state is RunState.QUEUED:
            tx.announce(Queued(queue=found.queue))
    return run_for(tx, found.id)


def delete(tx: Transaction, run: str, by: Principal) -> None:
    """Remove a final run with its journal. Its artifacts' bytes go with the next sweep of orphans."""
    gone = remove(tx, run, by)
    before = {"name": gone.name, "task": gone.task, "state": gone.state.value, "created_by": gone.created_by}
    audit(tx, by, Action.RUN_DELETED, project=gone.project, target=gone.id, before=before)


def remove(tx: Transaction, run: str, by: Principal) -> Run:
    """The same without a word in the audit log, for acts that say there what they do with many. The run as it was."""
    Append(tx).head(run)
    found = run_for(tx, run)
    authorise(by, Permission.RUN_DELETE, found.project, found.id)
    if not found.state.is_final:
        raise RunNotFinal(state=found.state.value, run=run)
    count(tx, [found.id])
    tx.runs.delete(found.id)
    tx.announce(Deleted(run=found.id, project=found.project))
    return found
