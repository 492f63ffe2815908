"""What the answers of the live wire by HTTP look like. As `outputs.py`, for OpenAPI."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import BaseModel

from headway.live.connections import Connection
from headway.model.notice import NoticeLevel
from headway.model.revocation import Revocation
from headway.web.outputs import EVENT, RUN_ID, many, one

Json = dict[str, Any]

_CONNECTION: Json = {
    "id": "5f0c2a91-17",
    "node": "node-1",
    "user": "li",
    "transport": "websocket",
    "address": "10.0.3.17",
    "channels": [f"run:{RUN_ID}"],
    "channel_count": 1,
    "lag_lines": 12_040,
    "age_seconds": 421.5,
    "unread_seconds": 14.2,
    "silent_seconds": 1.3,
    "is_stale": True,
}
_NOTICE: Json = {
    "id": "019336e1-8f5c-7d3a-9b1e-4f2a6c8d0e12",
    "title": "Maintenance at 18:00",
    "level": "warning",
    "user": None,
    "created_by": "admin",
    "created_at": "2026-11-22T09:30:00.125Z",
    "expires_at": "2026-11-22T18:30:00.000Z",
}
_CHANNEL = f"run:{RUN_ID}"
_AT = "2026-11-22T09:30:00.125Z"
_CURSOR = "eyJydW46MDE5MzM2ZTEt…"
_ENTRIES: Json = {"type": "entries", "channel": _CHANNEL, "at": _AT, "first": 5, "entries": [EVENT]}


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeGiven:
    id: str
    title: str
    level: NoticeLevel
    user: str | None
    """Whom it is for; null: everybody."""
    created_by: str
    created_at: datetime
    expires_at: datetime


class Polled(BaseModel):
    messages: list[Json]
    cursor: str


class Swept(BaseModel):
    ended_count: int
    """At the node that answers."""
    asked_count: int
    """Of other nodes, as far as is known: they are to end."""


class TicketCreated(BaseModel):
    ticket: str
    expires_in: int


_REVOCATION: Json = {
    "id": "019336e1-8f5c-7d3a-9b1e-4f2a6c8d0e12",
    "revoked_at": "2026-11-22T09:30:00.125Z",
    "ends_at": "2026-12-22T09:31:00.000Z",
    "by": "admin",
}
LIVE_EVENTS: dict[int | str, Json] = {
    200: {
        "description": "Events: each an array of messages, its id the cursor behind them.",
        "content": {"text/event-stream": {"schema": {}, "example": f'id: {_CURSOR}\ndata: [{{"type":"welcome"}}]\n\n'}},
    }
}
LIVE_POLLED = one(200, Polled, {"messages": [_ENTRIES], "cursor": _CURSOR}, "What there is to say, perhaps nothing.")
TICKET_CREATED = one(201, TicketCreated, {"ticket": "PvJ2…", "expires_in": 30}, "The ticket.")
CONNECTIONS = many("Connection", Connection, _CONNECTION, "Connections; `total` counts them all.")
CONNECTION_ENDED = one(200, Connection, _CONNECTION, "The connection as it was.") | one(
    202, Connection, _CONNECTION, "It is one of another node, which is told to end it."
)
CONNECTIONS_SWEPT = one(200, Swept, {"ended_count": 3, "asked_count": 0}, "How many were ended.")
NOTICES = many("Notice", NoticeGiven, _NOTICE, "Notices.")
NOTICE_CREATED = one(201, NoticeGiven, _NOTICE, "The notice.")
REVOCATIONS = many("Revocation", Revocation, _REVOCATION, "Revocations.")
REVOCATION_CREATED = one(201, Revocation, _REVOCATION, "The revocation.")
