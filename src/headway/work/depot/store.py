"""The depot of a worker that reaches the store itself."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from headway.access.principal import SYSTEM
from headway.access.scanning import FileRefused, Scan, ScannerFailed
from headway.access.vault import Vault
from headway.acts.attend import Attended, attend
from headway.acts.audit import audit
from headway.acts.family import ChildEnd, Counted, count_children, ends_of, tell_counts
from headway.acts.parcel import Parcel, Received, receive
from headway.acts.secrets import with_secrets
from headway.acts.turn import Turn, Turned, take_turn
from headway.model.audit import Action, AuditOutcome
from headway.model.errors import HeadwayError
from headway.store.contract import Pace, Store, Transaction
from headway.store.places import Worker
from headway.work.artifacts import KeptFile, adopt_file, copy_file, drop_file, keep_file
from headway.work.catalogue import Catalogue, register_catalogue

SCANS = 20
"""Times that a file is scanned, as long as the scanner fails."""
SCAN_PAUSE_SECONDS = 15.0
"""Between two of them: all together as long as a remote worker waits for a server."""
COUNTED = 100
"""Parents whose children are counted in one transaction."""


async def give_secrets(store: Store, vault: Vault | None, turned: Turned) -> Turned:
    """The same turn, with the values that the runs of its claims ask for; most ask for none."""
    if not any(claim.run.options.secrets for claim in turned.claims):
        return turned
    return replace(turned, claims=await store.read(lambda snapshot: with_secrets(snapshot, vault, turned.claims)))


class StoreDepot:
    def __init__(
        self, store: Store, *, worker: str, artifacts: Path, vault: Vault | None = None, scan: Scan | None = None,
        scan_pause_seconds: float = SCAN_PAUSE_SECONDS,
    ) -> None:  # fmt: skip
        """`artifacts`: directory of kept files. `vault`: opens the secrets that runs ask for. `scan`: looks at files before they are
        kept."""
        self._scan = scan
        self._scan_pause_seconds = scan_pause_seconds
        self._vault = vault
        self._store = store
        self._worker = worker
        self._artifacts = artifacts
        self._is_new = True
        self._told: dict[str, Counted] = {}

    async def attend(self, described: Callable[[datetime], Worker], held: Mapping[str, int]) -> Attended:
        is_new = self._is_new

        def act(tx: Transaction) -> Attended:
            return attend(tx, described(tx.now), held, is_new=is_new)

        attended = await self._store.write(act)
        self._is_new = False
        return attended

    async def leave(self) -> None:
        await self._store.write(lambda tx: tx.workers.end(self._worker, tx.now))

    async def register(self, catalogue: Catalogue) -> None:
        await self._store.write(lambda tx: register_catalogue(tx, catalogue))

    async def turn(self, turn: Turn) -> Turned:
        turned = await self._store.write(lambda tx: take_turn(tx, turn, worker=self._worker), pace=Pace.NOW)
        return await give_secrets(self._store, self._vault, turned)

    async def receive(self, parcels: Sequence[Parcel]) -> Sequence[Received | HeadwayError]:
        return await self._store.write(lambda tx: receive(tx, parcels), pace=Pace.REPORT)

    async def keep_file(self, fd: int, limit_bytes: int) -> KeptFile:
        if self._scan is None:
            return await asyncio.to_thread(keep_file, self._artifacts, fd, limit_bytes)
        incoming, kept = await asyncio.to_thread(copy_file, self._artifacts, fd, limit_bytes)
        try:
            await self._scanned(self._scan, incoming, kept)
            await asyncio.to_thread(adopt_file, self._artifacts, incoming, kept)
        finally:
            await asyncio.to_thread(drop_file, incoming)
        return kept

    async def _scanned(self, scan: Scan, incoming: Path, kept: KeptFile) -> None:
        """Again, where the scanner fails: the work that made the file is worth more than a scanner that starts anew."""
        for _ in range(SCANS - 1):
            with suppress(ScannerFailed):
                return await self._scanned_once(scan, incoming, kept)
            await asyncio.sleep(self._scan_pause_seconds)
        return await self._scanned_once(scan, incoming, kept)

    async def _scanned_once(self, scan: Scan, incoming: Path, kept: KeptFile) -> None:
        try:
            await scan(incoming)
        except FileRefused as refused:
            after = {"sha256": kept.sha256, "found": refused.fields["found"]}
            await self._store.write(
                lambda tx: audit(tx, SYSTEM, Action.FILE_REFUSED, target=self._worker, after=after, outcome=AuditOutcome.REFUSED)
            )
            raise

    async def ends_of(self, runs: Sequence[str]) -> Sequence[ChildEnd]:
        return await self._store.read(lambda snapshot: ends_of(snapshot, runs))

    async def tell_counts(self, parents: Sequence[str]) -> None:
        self._told = {run: self._told[run] for run in parents if run in self._told}
        for first in range(0, len(parents), COUNTED):
            await self._tell(parents[first : first + COUNTED])

    async def _tell(self, parents: Sequence[str]) -> None:
        counts = await self._store.read(lambda snapshot: count_children(snapshot, parents))
        changed = [run for run, counted in counts.items() if self._told.get(run) != counted]
        if changed:
            await self._store.write(lambda tx: tell_counts(tx, changed), pace=Pace.REPORT)
            self._told |= {run: counts[run] for run in changed}

    def overdue(self) -> Mapping[str, int]:
        return {}
