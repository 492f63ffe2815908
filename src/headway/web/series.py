"""All metric series of a run, for charts. Each is thinned while it is read: a million points cost the memory of what is shown.

Few points are sorted in a thread. Many would hold the interpreter for seconds, and with it the gateway: they are sorted aside
(`web/series_process.py`).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from time import monotonic

from headway.model.errors import Unavailable
from headway.model.events import Facet
from headway.store.contract import Snapshot
from headway.store.stretch import Stretch
from headway.web.aside import AsideTooSlow, aside
from headway.web.bodies import encode
from headway.web.desk import Call
from headway.web.sorting import Sorting

STRETCH_BYTES = 524_288
"""Read at once; sorted in about ten milliseconds."""
FEW = 2
"""Stretches that are sorted here."""
READ_SECONDS = 10.0
"""Beyond that the answer ends where it is, and says so with `to_seq`."""
_SORT_SECONDS = 15.0
"""The process is never so much behind: its pipe holds a stretch or less."""

Part = tuple[bytes, int, int]
"""Points as they are stored, and from which seq to which they count."""


async def read_series(call: Call, run: str, names: frozenset[str], after_seq: int, max_points: int) -> bytes:
    """A `SeriesList` as JSON. Raises `RunNotFound`."""
    parts = _parts(call, run, after_seq + 1)
    held: list[Part] = []
    to_seq = after_seq
    async for part in parts:
        held.append(part)
        to_seq = part[2]
        if len(held) > FEW:
            return await _sorted_aside(call, held, parts, names, max_points)
    return await asyncio.to_thread(_sorted_here, held, names, max_points, to_seq)


async def _parts(call: Call, run: str, first: int) -> AsyncGenerator[Part]:
    """What there is from `first` on, up to the top as it was at the first look; at least one part, perhaps of nothing."""
    ends_at = monotonic() + READ_SECONDS
    top: int | None = None
    while True:
        stretch, top = await call.store.read(lambda snapshot, at=first, end=top: _read(call, snapshot, run, at, end))
        raw = await asyncio.to_thread(_opened, stretch)
        last = min(stretch.after - 1, top)
        yield raw, first, last
        first = last + 1
        if first > top or monotonic() > ends_at:
            return


def _read(call: Call, snapshot: Snapshot, run: str, first: int, top: int | None) -> tuple[Stretch, int]:
    if top is None:
        top = call.see_head(snapshot, run)[1].last_seq
    else:
        call.see(snapshot, run)
    return snapshot.journal.stretch(run, Facet.METRIC, first, top, max_bytes=STRETCH_BYTES), top


def _opened(stretch: Stretch) -> bytes:
    return b"\n".join(packed.open() for packed in stretch.packed)


def _sorted_here(parts: list[Part], names: frozenset[str], max_points: int, to_seq: int) -> bytes:
    sorting = Sorting(names, max_points)
    for raw, first, last in parts:
        if raw:
            sorting.add(raw, first, last)
    return encode(sorting.answer(to_seq))


async def _sorted_aside(call: Call, held: list[Part], rest: AsyncGenerator[Part], names: frozenset[str], max_points: int) -> bytes:
    async with call.desk.asides, aside("headway.web.series_process") as process:
        await process.tell({"names": sorted(names), "max_points": max_points})
        to_seq = held[-1][2]
        for raw, first, last in held:
            await process.tell({"first": first, "last": last}, raw)
        async for raw, first, last in rest:
            await process.tell({"first": first, "last": last}, raw)
            to_seq = last
        try:
            return await process.ask({"to_seq": to_seq}, seconds=_SORT_SECONDS)
        except AsideTooSlow:
            raise Unavailable("There are too many points to sort at this moment; ask for fewer with after_seq.") from None
