"""Cancel a run: at once if nothing runs yet, else as a wish that the worker fulfils."""

from __future__ import annotations

from headway.access.authorise import authorise
from headway.access.principal import Principal
from headway.acts.append import Append, fact
from headway.acts.change import change_state
from headway.acts.look import run_for
from headway.model import events as e
from headway.model.errors import RunFinal
from headway.model.permissions import Permission
from headway.model.run import Run
from headway.model.states import RunState
from headway.store.contract import Transaction, Wished

CANCEL = "cancel"


def cancel(tx: Transaction, run: str, by: Principal, reason: str | None = None) -> Run:
    """The run as it is after the wish. Asking twice is harmless. Raises `RunNotFound`, `Forbidden`, `RunFinal`."""
    append = Append(tx)
    head = append.head(run)
    found = run_for(tx, run)
    authorise(by, Permission.RUN_CANCEL, found.project, found.id)
    if found.state in {RunState.CANCELLED, RunState.CANCELLING}:
        return found
    if found.state.is_final:
        raise RunFinal(state=found.state.value, run=found.id)
    append.add(found.id, fact(e.COMMAND_GIVEN, do=CANCEL, by=by.id, args={"reason": reason} if reason else None))
    if found.state.is_active:
        head.wish = CANCEL
        append.touch(found.id)
        change_state(tx, append, found, RunState.CANCELLING, by=by.id, reason=reason)
        lease = tx.leases.get(found.id)
        if lease is not None:
            tx.announce(Wished(run=found.id, worker=lease.worker, wish=CANCEL))
    else:
        change_state(tx, append, found, RunState.CANCELLED, by=by.id, reason=reason)
    append.flush()
    return run_for(tx, found.id)
