"""What the answers of the live wire by HTTP look like. As `outputs.py`, for OpenAPI."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from headway.web.outputs import EVENT, RUN_ID, one

Json = dict[str, Any]

_CHANNEL = f"run:{RUN_ID}"
_AT = "2026-11-22T09:30:00.125Z"
_CURSOR = "eyJydW46MDE5MzM2ZTEt…"
_ENTRIES: Json = {"type": "entries", "channel": _CHANNEL, "at": _AT, "first": 5, "entries": [EVENT]}


class Polled(BaseModel):
    messages: list[Json]
    cursor: str


class TicketCreated(BaseModel):
    ticket: str
    expires_in: int


LIVE_EVENTS: dict[int | str, Json] = {
    200: {
        "description": "Events: each an array of messages, its id the cursor behind them.",
        "content": {"text/event-stream": {"schema": {"type": "string"}, "example": f'id: {_CURSOR}\ndata: [{{"type":"welcome"}}]\n\n'}},
    }
}
LIVE_POLLED = one(200, Polled, {"messages": [_ENTRIES], "cursor": _CURSOR}, "What there is to say, perhaps nothing.")
TICKET_CREATED = one(201, TicketCreated, {"ticket": "PvJ2…", "expires_in": 30}, "The ticket.")
