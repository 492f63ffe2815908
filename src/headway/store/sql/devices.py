"""Devices, and the number of the refresh token that is good for each."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from headway.model.device import Device
from headway.store.sql.credential_tables import devices
from headway.store.sql.keys import key_list, keys_in
from headway.store.sql.link import Link
from headway.store.sql.values import checked_key, clean, dumps, is_key, loads, micros, moment, optional_clean, to_id, to_key

_NAMES = ", ".join(column.name for column in devices.c)
_TRIM = (
    "DELETE FROM devices WHERE subject = ? AND id NOT IN "
    "(SELECT id FROM devices WHERE subject = ? ORDER BY renewed_at DESC, id DESC LIMIT ?) RETURNING id"
)


class SqlDevices:
    def __init__(self, link: Link) -> None:
        self._link = link
        self._get = link.prepare(f"SELECT {_NAMES} FROM devices WHERE id = ?")  # noqa: S608 - constants of this file
        self._alive = link.prepare(f"SELECT id FROM devices WHERE id {keys_in(link)} AND expires_at > ?")  # noqa: S608 - constants
        # The subject of an account is its name, and has an index.
        of_account = "subject = ? AND account = ? ORDER BY renewed_at DESC, id DESC"
        self._of_account = link.prepare(f"SELECT {_NAMES} FROM devices WHERE {of_account}")  # noqa: S608 - constants of this file
        self._add = link.rows(devices)
        self._renew = link.prepare("UPDATE devices SET number = ?, renewed_at = ? WHERE id = ?")
        self._end = link.prepare("DELETE FROM devices WHERE id = ?")
        self._expire = link.prepare("DELETE FROM devices WHERE expires_at <= ?")
        self._trim = link.prepare(_TRIM)

    def get(self, device: str) -> Device | None:
        row = self._get.one(to_key(device)) if is_key(device) else None
        return None if row is None else _device_of(row)

    def of_account(self, account: str) -> Sequence[Device]:
        return [_device_of(row) for row in self._of_account.all(clean(account), clean(account))]

    def alive(self, devices: Collection[str], now: datetime) -> set[str]:
        return {to_id(key) for (key,) in self._alive.all(key_list(self._link, devices), micros(now))} if devices else set()

    def add(self, device: Device) -> None:
        self._add.insert([_row_of(device)])

    def renew(self, device: str, number: int, at: datetime) -> None:
        self._renew.later(number, micros(at), checked_key(device))

    def end(self, device: str) -> None:
        self._end.later(checked_key(device))

    def prune(self, now: datetime, *, subject: str | None = None, kept: int | None = None) -> Sequence[str]:
        self._expire.later(micros(now))
        if subject is None or kept is None:
            return ()
        return [to_id(key) for (key,) in self._trim.all(clean(subject), clean(subject), kept)]


def _device_of(row: Sequence[Any]) -> Device:
    id_, subject, role, scopes, account, name, number, created_at, renewed_at, expires_at = row
    return Device(
        id=to_id(id_),
        subject=subject,
        role=role,
        scopes=tuple(loads(scopes)),
        account=account,
        name=name,
        number=number,
        created_at=moment(created_at),
        renewed_at=moment(renewed_at),
        expires_at=moment(expires_at),
    )


def _row_of(device: Device) -> tuple[Any, ...]:
    return (
        checked_key(device.id), clean(device.subject), optional_clean(device.role), clean(dumps(list(device.scopes)).decode()),
        optional_clean(device.account), clean(device.name), device.number, micros(device.created_at), micros(device.renewed_at),
        micros(device.expires_at),
    )  # fmt: skip
