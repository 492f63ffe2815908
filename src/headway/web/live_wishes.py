"""What a viewer asks for who comes by HTTP, where there is no `hello`: channels, and where to begin. Nothing of it is trusted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from headway.live.messages import ROWS_LIMIT, ChannelKind, Refusal, channel_of
from headway.model.errors import HeadwayError, Invalid, InvalidChannel
from headway.model.positions import Position, read_cursor

Message = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    messages: Sequence[Message]
    """`subscribe`, and `rows`, as they would come over a WebSocket."""
    cursor: Mapping[str, Position]


def stream_wishes(
    channels: Sequence[str], *, facets: str | None, tail: int | None, after_line: int | None, rows: str | None, cursor: str | None
) -> Wishes:
    """What a stream of events is asked for. A position of the cursor is worth more than `tail` and `after_line`: a browser that comes
    back by itself asks with the same address, and says in a header where it was. Raises `InvalidChannel`, `Invalid`, `InvalidCursor`."""
    if tail is not None and after_line is not None:
        raise Invalid("tail and after_line: give one of them.", field="tail")
    positions = read_cursor(cursor) if cursor else {}
    messages: list[Message] = []
    lists: list[str] = []
    for channel in dict.fromkeys(channels):
        wish: Message = {"type": "subscribe", "channel": channel}
        kind = _kind_of(channel)
        if kind is ChannelKind.RUN:
            if facets is not None:
                wish["facets"] = list(dict.fromkeys(facets.split(",")))
            if channel not in positions and (tail is not None or after_line is not None):
                wish["from"] = {"line": after_line} if tail is None else {"tail": tail}
        elif kind is ChannelKind.LIST:
            lists.append(channel)
        messages.append(wish)
    if rows:
        if len(lists) != 1:
            raise Invalid("rows: are those of a list (runs:<project>), and of one.", field="rows")
        ids = rows.split(",", ROWS_LIMIT + 1)
        messages.append({"type": "rows", "channel": lists[0], "add": ids})
    return Wishes(messages=messages, cursor=positions)


def poll_wishes(subscribe: Sequence[Mapping[str, Any]], cursor: str | None) -> Wishes:
    """What a poll is asked for: runs, and what is told to oneself; a position of the cursor is worth more than `from`. Raises
    `InvalidChannel`, `InvalidCursor`."""
    for wish in subscribe:
        if _kind_of(str(wish["channel"])) not in {ChannelKind.RUN, ChannelKind.USER}:
            raise InvalidChannel(
                "A poll is about runs (run:<id>) and user:<name>: lists, projects and system begin anew with each connection, so they need "
                "one that lasts.",
                field="subscribe",
            )
    positions = read_cursor(cursor) if cursor else {}
    return Wishes(
        messages=[
            {"type": "subscribe", **{key: value for key, value in wish.items() if key != "from" or wish["channel"] not in positions}}
            for wish in subscribe
        ],
        cursor=positions,
    )


def _kind_of(channel: str) -> ChannelKind:
    try:
        return channel_of(channel).kind
    except Refusal as refusal:
        raise error_of(refusal) from refusal


def error_of(refusal: Refusal) -> HeadwayError:
    """What cannot be honoured, as an error of REST."""
    return InvalidChannel(str(refusal), field="channel") if refusal.code == "invalid_channel" else Invalid(str(refusal))
