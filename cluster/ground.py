"""What a cluster stands on: a namespace for each node, so that its cables can be pulled, and small disks, so that they can be full. Some
of it can be had by root alone; the rest goes without, and says so."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from cluster.disks import Disk, NoDisks, disk
from cluster.network import NoNamespaces, Place, places

DATA_MB, WAL_MB, HOME_MB, ARTIFACTS_MB = 3_072, 1_536, 64, 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    places: Sequence[Place] = ()
    """Of each node; none: all are on one network."""
    why_no_places: str = ""
    data: Disk | None = None
    """For all of PostgreSQL but its write-ahead log."""
    wal: Disk | None = None
    artifacts: Disk | None = None
    homes: Sequence[Disk] = ()
    """Of each node."""
    why_no_disks: str = ""

    def __str__(self) -> str:
        where = f"all on one network ({self.why_no_places})" if self.why_no_places else "each node in a network namespace of its own"
        return f"{where}, {f'no disks of its own ({self.why_no_disks})' if self.why_no_disks else 'on disks of its own'}"


@contextmanager
def ground(directory: Path, node_count: int) -> Iterator[Ground]:
    with ExitStack() as stack:
        why_no_places = why_no_disks = ""
        found: Sequence[Place] = ()
        disks: list[Disk] = []
        try:
            found = stack.enter_context(places(node_count))
        except NoNamespaces as error:
            why_no_places = str(error)
        try:
            for name, size in (("data", DATA_MB), ("wal", WAL_MB), ("files", ARTIFACTS_MB)):
                disks.append(stack.enter_context(disk(directory / f"{name}-disk", size)))
            disks += [stack.enter_context(disk(directory / f"home-{number}-disk", HOME_MB)) for number in range(node_count)]
        except NoDisks as error:
            why_no_disks, disks = str(error), []
        data, wal, artifacts = disks[:3] or (None, None, None)
        yield Ground(
            places=found, why_no_places=why_no_places, data=data, wal=wal, artifacts=artifacts, homes=disks[3:], why_no_disks=why_no_disks
        )
