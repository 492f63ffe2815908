"""Ask what a running attempt is doing right now: a stack dump, which comes as an entry of the log."""

from __future__ import annotations

from headway.access.authorise import authorise
from headway.access.principal import Principal
from headway.acts.append import Append, fact
from headway.acts.look import run_for
from headway.model import events as e
from headway.model.errors import Conflict
from headway.model.permissions import Permission
from headway.model.run import Run
from headway.store.contract import Transaction, Wished


class NotRunning(Conflict):
    """Nothing of this run is being executed now; it is {state}."""


STACK = "stack"


def ask_for_stack(tx: Transaction, run: str, by: Principal) -> Run:
    append = Append(tx)
    append.head(run)
    found = run_for(tx, run)
    authorise(by, Permission.RUN_INSPECT, found.project, found.id)
    lease = tx.leases.get(found.id)
    if lease is None or found.kind != "task":
        raise NotRunning(state=found.state.value)
    append.add(found.id, fact(e.COMMAND_GIVEN, do=STACK, by=by.id))
    append.flush()
    tx.announce(Wished(run=found.id, worker=lease.worker, wish=STACK))
    return found
