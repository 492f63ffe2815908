"""The machine: processors, memory, the volume of the home, network and disk."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from pathlib import Path

import psutil

from headway.model.samples import Sample, SampleKind
from headway.monitor.sampler import Span


class HostProbe:
    def __init__(self, name: str, home: Path) -> None:
        """`home`: whose volume is looked at."""
        self._name = name
        self._home = home
        self._moved: dict[str, int] = {}
        self._times = psutil.cpu_times()

    def look(self, lag_seconds: float) -> None:
        """Nothing to do: the system counts by itself."""

    async def sample(self, span: Span) -> Sequence[Sample]:
        return [await asyncio.to_thread(self._read, span)]

    def _read(self, span: Span) -> Sample:
        memory, swap, disk = psutil.virtual_memory(), psutil.swap_memory(), psutil.disk_usage(str(self._home))
        levels = {
            "cpu": self._cpu(),
            "cpus": float(psutil.cpu_count() or 1),
            "load": os.getloadavg()[0],
            "memory_bytes": float(memory.total - memory.available),
            "memory_total_bytes": float(memory.total),
            "swap_bytes": float(swap.used),
            "disk_bytes": float(disk.used),
            "disk_total_bytes": float(disk.total),
        }
        return Sample(
            kind=SampleKind.HOST, name=self._name, at=span.at, seconds=span.seconds, levels=levels | self._rates(span.seconds)
        )  # fmt: skip

    def _cpu(self) -> float:
        """Percent of all processors together since the last call: all time but idle, as `top` shows it."""
        before, now = self._times, psutil.cpu_times()
        self._times = now
        # Guests are counted within user and nice already.
        spent = [b - a for a, b in zip(before[:8], now[:8], strict=True)]
        total = sum(spent)
        idle = now.idle - before.idle + getattr(now, "iowait", 0.0) - getattr(before, "iowait", 0.0)
        return round(max(0.0, 100 * (1 - idle / total)), 2) if total > 0 else 0.0

    def _rates(self, seconds: float) -> dict[str, float]:
        """Bytes a second since the last sample; none in the first, which has no beginning."""
        net, disk = psutil.net_io_counters(), psutil.disk_io_counters()
        moved = {"received": net.bytes_recv, "sent": net.bytes_sent}
        if disk is not None:
            moved |= {"read": disk.read_bytes, "written": disk.write_bytes}
        before, self._moved = self._moved, moved
        return {
            f"{name}_bytes_per_second": round(max(0, count - before[name]) / seconds, 1) for name, count in moved.items() if name in before
        }
