"""A key is no key: who asks again starts another run."""

from collections.abc import Callable, Mapping, Sequence

from headway.access.principal import Principal
from headway.acts import start
from headway.acts.append import Append
from headway.acts.start import StartRun
from headway.model.run import Run
from headway.store.contract import Transaction

_careful = start.enqueue


def _find_nothing(tx: Transaction, wish: StartRun, by: Principal, seen: Mapping[str, Run]) -> Run | None:
    """What `_started_before` would be without its look."""
    return None


def _enqueue(tx: Transaction, new: Sequence[Run], keys: Mapping[str, str] = {}, *more: Callable[[Append], None]) -> None:
    """The first of each key has it; that of the others is left out, for the store takes each once."""
    _careful(tx, new, {run: key for run, key in keys.items() if tx.runs.find_by_idempotency_key(key, new[0].created_by) is None}, *more)


start._started_before = _find_nothing
start.enqueue = _enqueue
