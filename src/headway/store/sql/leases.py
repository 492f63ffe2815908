# ruff: noqa: S608 - statements are put together from constants of this room only; values are always parameters
"""Leases: who may write for an attempt, and for how long."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa

from headway.store.places import Lease
from headway.store.sql import schema
from headway.store.sql.keys import key_list, keys_in
from headway.store.sql.link import Link
from headway.store.sql.values import checked_key, clean, dumps, is_key, lease_of, micros, optional_micros, to_id, to_key

_leases = schema.leases
_COLUMNS = "run_id, attempt, fence, worker, until, silent_since, places"


class SqlLeases:
    def __init__(self, link: Link, *, is_writing: bool) -> None:
        self._link = link
        lock = " ORDER BY l.run_id FOR UPDATE OF l" if link.is_postgres and is_writing else ""
        skip = " FOR UPDATE SKIP LOCKED" if link.is_postgres and is_writing else ""
        self._take = link.upsert(_leases)
        self._held = link.prepare(
            f"SELECT l.run_id, l.fence, h.wish FROM leases l JOIN heads h ON h.run_id = l.run_id WHERE l.run_id {keys_in(link)}{lock}"
        )
        self._renew = link.prepare("UPDATE leases SET until = ? WHERE run_id = ?")
        self._release = link.prepare(f"DELETE FROM leases WHERE run_id {keys_in(link)}")
        self._held_by = link.prepare("SELECT run_id, fence FROM leases WHERE worker = ? ORDER BY run_id LIMIT ?")
        self._get = link.prepare(sa.select(_leases).where(_leases.c.run_id == sa.bindparam("run")))
        self._expired = link.prepare(f"SELECT {_COLUMNS} FROM leases WHERE until < ? ORDER BY until LIMIT ?{skip}")
        self._places = link.prepare("UPDATE leases SET places = ? WHERE run_id = ?")
        has_place = "strpos(places, ?) > 0" if link.is_postgres else "instr(places, ?) > 0"
        self._holders = link.prepare(f"SELECT run_id FROM leases WHERE {has_place} ORDER BY run_id LIMIT ?")
        self._silent = link.prepare("UPDATE leases SET silent_since = ? WHERE run_id = ?")
        self._prolong = link.prepare("UPDATE leases SET until = ? WHERE until < ?")

    def take(self, leases: Sequence[Lease]) -> None:
        self._take.many([
            (
                checked_key(each.run), each.attempt, each.fence, each.worker, micros(each.until), optional_micros(each.silent_since),
                dumps(each.places).decode(),
            )
            for each in sorted(leases, key=lambda lease: lease.run)
        ])  # fmt: skip

    def renew(self, held: Mapping[str, int], until: datetime) -> dict[str, str | None]:
        wishes: dict[str, str | None] = {}
        if held:
            rows = self._held.all(key_list(self._link, held))
            wishes = {run: wish for run, fence, wish in ((to_id(key), fence, wish) for key, fence, wish in rows) if held[run] == fence}
            new = micros(until)
            self._renew.many([(new, to_key(run)) for run in sorted(wishes)])
        return wishes

    def held_by(self, worker: str, limit: int) -> dict[str, int]:
        return {to_id(key): fence for key, fence in self._held_by.all(clean(worker), limit)}

    def release(self, runs: Sequence[str]) -> None:
        if runs:
            self._release.later(key_list(self._link, runs))

    def get(self, run: str) -> Lease | None:
        row = self._get.one(to_key(run)) if is_key(run) else None
        return None if row is None else lease_of(row)

    def expired(self, now: datetime, limit: int) -> list[Lease]:
        """Those that ran out before `now`, the oldest first."""
        return [lease_of(row) for row in self._expired.all(micros(now), limit)]

    def set_places(self, run: str, places: Sequence[str]) -> None:
        self._places.later(dumps(tuple(places)).decode(), to_key(run))

    def holders(self, place: str, limit: int) -> list[str]:
        return [to_id(key) for (key,) in self._holders.all(dumps(place).decode(), limit)]

    def set_silent(self, run: str, since: datetime | None) -> None:
        self._silent.later(optional_micros(since), to_key(run))

    def prolong_all(self, until: datetime) -> int:
        """Leases that already last longer are left as they are (an outside run's lasts a minute)."""
        return self._prolong.run(micros(until), micros(until))
