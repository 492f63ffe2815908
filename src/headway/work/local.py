"""A worker that reaches the store itself, and takes its part in what must be done for all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from headway.access.scanning import Scan
from headway.access.vault import Vault
from headway.acts.tidy import Retention
from headway.model.ids import new_id
from headway.store.contract import Store
from headway.work.depot.store import StoreDepot
from headway.work.doorbell.bells import Bells
from headway.work.duties import Duties
from headway.work.worker import Worker


def local_worker(
    store: Store,
    *,
    artifacts: Path,
    retention: Retention | None = None,
    name: str | None = None,
    bells: Bells | None = None,
    vault: Vault | None = None,
    scan: Scan | None = None,
    **options: Any,
) -> Worker:
    """`artifacts`: where kept files go. `vault`: opens secrets. `scan`: looks at files before they are kept. `options`: of `Worker`."""
    worker = name or new_id()
    bells = bells or Bells()
    return Worker(
        StoreDepot(store, worker=worker, artifacts=artifacts, vault=vault, scan=scan),
        name=worker,
        duties=Duties(store, holder=worker, artifacts=artifacts, retention=retention, bells=bells),
        bells=bells,
        **options,
    )
