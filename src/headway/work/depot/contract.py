"""The seam between a worker and its installation. Two depots answer to it: the store itself, and a server over HTTP.

All verbs may be said again with the same arguments when nobody has answered: fences and numbers see to it that what was done is not
done twice. All raise `Unavailable` while the installation does not answer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from headway.acts.attend import Attended
from headway.acts.family import ChildEnd
from headway.acts.parcel import Parcel, Received
from headway.acts.turn import Turn, Turned
from headway.model.errors import HeadwayError
from headway.store.places import Worker
from headway.work.artifacts import KeptFile
from headway.work.catalogue import Catalogue


class Depot(Protocol):
    async def attend(self, described: Callable[[datetime], Worker], held: Mapping[str, int]) -> Attended:
        """Say that the worker is there, and renew the leases of {run: fence}. `described`: the worker, at a time of the store's clock."""
        ...

    async def leave(self) -> None:
        """The worker has ended."""
        ...

    async def register(self, catalogue: Catalogue) -> None:
        """These tasks can be run."""
        ...

    async def turn(self, turn: Turn) -> Turned:
        """End attempts, then claim runs: all in one transaction."""
        ...

    async def receive(self, parcels: Sequence[Parcel]) -> Sequence[Received | HeadwayError]:
        """Record what runs report; one answer a parcel. A stale fence is an answer, and never writes."""
        ...

    async def keep_file(self, fd: int, limit_bytes: int) -> KeptFile:
        """Keep the bytes of an artifact, and close `fd`; complete and on disk when this returns. Raises `TooLarge`, `OSError`."""
        ...

    async def ends_of(self, runs: Sequence[str]) -> Sequence[ChildEnd]:
        """How those of these runs have ended that have ended."""
        ...

    async def tell_counts(self, parents: Sequence[str]) -> None:
        """Record how many children each of these runs has, where that has changed."""
        ...

    def overdue(self) -> Mapping[str, int]:
        """{run: fence} of leases that may have run out, as far as that can be judged from here: what goes on there must end. Nothing, where
        leases go by the same clock that the worker can read."""
        ...
