"""Notices as they are kept: few, short, and all of them wanted at once, so they are one value of the store's `meta`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from headway.model.notice import Notice, notice_from_json, notice_to_json
from headway.store.contract import Meta

NOTICES_KEY = "notices"
_LOCK_KEY = "notices:lock"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notices:
    top: int
    """The newest `seq` that was ever given; 0: none."""
    items: Sequence[Notice]
    """In order of `seq`; among them those whose time is over, and those that were taken back, until they are tidied away."""


def read_notices(meta: Meta) -> Notices:
    plain = json.loads(meta.get(NOTICES_KEY) or '{"top": 0, "items": []}')
    return Notices(top=plain["top"], items=[notice_from_json(each) for each in plain["items"]])


def lock_notices(meta: Meta) -> Notices:
    """The same, for a transaction that will put others. Nobody else's does so until it has ended: the row that is written first is
    its lock (on PostgreSQL; on SQLite there is one transaction that writes)."""
    meta.put(_LOCK_KEY, "")
    return read_notices(meta)


def put_notices(meta: Meta, notices: Notices) -> None:
    """After `lock_notices`."""
    meta.put(NOTICES_KEY, json.dumps({"top": notices.top, "items": [notice_to_json(each) for each in notices.items]}))
