"""Messages and frames of the live wire as bytes (PROTOCOL.md section 4). Entries, points and views go in as they are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson

from headway.live.settings import VERSION, LiveSettings
from headway.model.clock import iso
from headway.model.positions import Position

Facets = int
"""A set of facets as bits. Plain numbers: a flush looks at them once for each viewer, and an enum costs as much as a send."""
LOG, VIEW, METRIC, ALL = 1, 2, 4, 7
FACETS: dict[str, Facets] = {"log": LOG, "view": VIEW, "metric": METRIC}


class Frame:
    """A JSON array of messages, made once for all viewers in step.

    `packed` and `event` are for the transports: what they made of the body for the first viewer, they write to the others.
    """

    __slots__ = ("body", "event", "packed")

    def __init__(self, messages: Iterable[bytes]) -> None:
        self.body = b"[" + b",".join(messages) + b"]"
        self.packed: bytes | None = None
        self.event: tuple[Mapping[str, Position], bytes, bytes] | None = None
        """The positions that it is good for, the event, and the same as a chunk of an answer."""


def message(kind: str, /, **fields: Any) -> bytes:
    """A message that belongs to one viewer, or is small. Fields that are None are left out."""
    return orjson.dumps({"type": kind, "at": iso(), **{key: value for key, value in fields.items() if value is not None}})


def welcome(settings: LiveSettings, *, rows: int, expires_in: float | None) -> bytes:
    """`rows`: how many of a list a viewer may have in view. `expires_in`: seconds that the token is still good for."""
    limits = {
        "message_bytes": settings.message_bytes, "subscriptions": settings.subscription_count,
        "commands_per_second": settings.commands_per_second, "rows": rows, "rows_per_second": settings.rows_per_second,
    }  # fmt: skip
    return message(
        "welcome", version=VERSION, node=settings.node, heartbeat=settings.heartbeat_seconds, limits=limits,
        expires_in=None if expires_in is None else round(expires_in, 3),
    )  # fmt: skip


def error(
    *,
    code: str,
    says: str,
    is_temporary: bool,
    answer_to: str | int | None = None,
    retry_in: float | None = None,
    channel: str | None = None,
) -> bytes:
    return message("error", id=answer_to, channel=channel, code=code, temporary=is_temporary, message=says, retry_in=retry_in)


def _head(kind: str, channel: str) -> bytes:
    return b'{"type":"%b","channel":"%b","at":"%b",' % (kind.encode(), channel.encode(), iso().encode())


def snapshot(channel: str, *, seq: int, line: int, view: bytes, log_hash: int | None) -> bytes:
    known = b"null" if log_hash is None else b"%d" % log_hash
    return b'%b"seq":%d,"line":%d,"view":%b,"log_hash":%b}' % (_head("snapshot", channel), seq, line, view, known)


def patch(channel: str, *, seq: int, view: dict[str, Any], folded: int) -> bytes:
    return b'%b"seq":%d,"view":%b,"folded":%d}' % (_head("patch", channel), seq, orjson.dumps(view), folded)


def entries(channel: str, first: int, lines: Sequence[bytes]) -> bytes:
    return b'%b"first":%d,"entries":[%b]}' % (_head("entries", channel), first, b",".join(lines))


def points(channel: str, *, after_seq: int, to_seq: int, events: Sequence[bytes], is_thinned: bool) -> bytes:
    return b'%b"after_seq":%d,"to_seq":%d,"points":[%b],"thinned":%b}' % (
        _head("points", channel),
        after_seq,
        to_seq,
        b",".join(events),
        b"true" if is_thinned else b"false",
    )


def row(channel: str, run: str, *, seq: int, patch: dict[str, Any], is_whole: bool) -> bytes:
    return message("row", channel=channel, run=run, seq=seq, whole=is_whole or None, patch=patch)


def rows_changed(channel: str, *, new: Sequence[str], gone: Sequence[str], states: dict[str, int], is_more: bool) -> bytes:
    return message("rows_changed", channel=channel, new=new, gone=gone, more=is_more or None, states=states)


def gap(channel: str, run: str, facet: str, first: int, last: int, why: str) -> bytes:
    """`first` and `last` are lines for the log and seqs for metrics; the URL leads to what is still kept of them."""
    url = f"/api/v1/runs/{run}/entries?from={first}&to={last}" if facet == "log" else f"/api/v1/runs/{run}/points?after_seq={first - 1}"
    return message("gap", channel=channel, facet=facet, **{"from": first, "to": last}, why=why, url=url)


def finished(
    channel: str, run: str, *, seq: int, line: int, state: str, result: bytes | None, error: dict[str, Any] | None, log_hash: int
) -> bytes:
    """A result above 64 KB is named by its URL."""
    parts = [_head("finished", channel), b'"seq":%d,"line":%d,"state":"%b","log_hash":%d' % (seq, line, state.encode(), log_hash)]
    if result is not None and len(result) <= RESULT_LIMIT:
        parts.append(b',"result":' + result)
    elif result is not None:
        parts.append(b',"result_url":"/api/v1/runs/%b/result"' % run.encode())
    if error is not None:
        parts.append(b',"error":' + orjson.dumps(error))
    return b"".join([*parts, b"}"])


RESULT_LIMIT = 65_536
"""Bytes of a result that travels in `finished`."""

NOTHING = Frame(())
"""Stands for a frame without a message; it is not sent."""
