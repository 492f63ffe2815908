"""What a viewer may say, checked: nothing of it is trusted."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import Any, cast

import orjson

from headway.live.frames import ALL, FACETS, Facets
from headway.model.audit import NO_OCCASION, Occasion
from headway.model.bounds import NAME_TEXT
from headway.model.ids import ID_PATTERN, is_id
from headway.model.notice import USER_LIMIT
from headway.model.positions import Position, position_from

TAIL_LIMIT = 10_000
ID_LIMIT = 100
ROWS_LIMIT = 200
"""Rows of a list that one viewer may have in view."""
_PROJECT = re.compile(rf"[^\s/:*]{{1,{NAME_TEXT - 1}}}")
"""A view holds a project's name up to `NAME_TEXT` characters: a shorter one is never another's, cut."""

CHANNEL_PATTERN = rf"^(run:{ID_PATTERN}|(runs|project):[^\s/:*]{{1,{NAME_TEXT - 1}}}|user:.{{1,{USER_LIMIT}}}|system|approvals)$"
"""What `channel_of` reads, as far as a pattern can say it: for descriptions."""

Message = dict[str, Any]


class ChannelKind(Enum):
    RUN = "run"
    LIST = "runs"
    PROJECT = "project"
    USER = "user"
    SYSTEM = "system"
    APPROVALS = "approvals"


@dataclass(frozen=True, slots=True)
class ChannelName:
    """``run:<id>``, ``runs:<project>``, ``project:<project>``, ``user:<name>``, ``system`` or ``approvals``."""

    kind: ChannelKind
    subject: str

    def __str__(self) -> str:
        return f"{self.kind.value}:{self.subject}" if self.subject else self.kind.value


_OF_PROJECTS = {kind.value: kind for kind in (ChannelKind.LIST, ChannelKind.PROJECT)}
SYSTEM_CHANNEL = ChannelName(ChannelKind.SYSTEM, "")
_WITHOUT_SUBJECT = {name.kind.value: name for name in (SYSTEM_CHANNEL, ChannelName(ChannelKind.APPROVALS, ""))}


class Refusal(Exception):
    """A message that cannot be honoured; becomes an `error`."""

    def __init__(self, code: str, text: str, *, is_temporary: bool = False, retry_in: float | None = None) -> None:
        super().__init__(text)
        self.code = code
        self.is_temporary = is_temporary
        self.retry_in = retry_in


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    id: str | int | None
    run: str
    do: str
    args: dict[str, Any]
    idempotency_key: str | None
    occasion: Occasion = NO_OCCASION
    """For the audit log: whose connection, and which command of it. Set by the gateway."""


def read_messages(text: str | bytes, *, longest: int, most: int) -> list[Message]:
    """The messages of one frame: an object, or an array of objects. Raises `Refusal`."""
    if len(text) > longest:
        raise Refusal("too_large", f"A frame is at most {longest} bytes.")
    try:
        read: object = orjson.loads(text)
    except (orjson.JSONDecodeError, UnicodeEncodeError) as error:
        raise Refusal("invalid_message", f"This is not JSON: {error}.") from error
    items = cast("list[object]", read) if isinstance(read, list) else [read]
    if len(items) > most:
        raise Refusal("too_large", f"A frame holds at most {most} messages.")
    if not all(isinstance(item, dict) for item in items):
        raise Refusal("invalid_message", "A message is an object with a type.")
    return cast("list[Message]", items)


def id_of(message: Message) -> str | int | None:
    given = message.get("id")
    if not isinstance(given, str | int | None) or (isinstance(given, str) and len(given) > ID_LIMIT):
        raise Refusal("invalid_message", f"id must be a number, or text of at most {ID_LIMIT} characters.")
    return given


def run_channel(run: str) -> ChannelName:
    return ChannelName(ChannelKind.RUN, run)


def channel_of(name: object) -> ChannelName:
    """The channel that a message names."""
    kind, _, subject = name.partition(":") if isinstance(name, str) else ("", "", "")
    if kind == ChannelKind.RUN.value and is_id(subject):
        return run_channel(subject)
    if kind in _OF_PROJECTS and _PROJECT.fullmatch(subject) and subject.isprintable():
        return ChannelName(_OF_PROJECTS[kind], subject)
    if kind == ChannelKind.USER.value and 0 < len(subject) <= USER_LIMIT and subject.isprintable():
        return ChannelName(ChannelKind.USER, subject)
    if isinstance(name, str) and name in _WITHOUT_SUBJECT:
        return _WITHOUT_SUBJECT[name]
    raise Refusal(
        "invalid_channel",
        f"A channel is named run:<id>, runs:<project> or project:<project> (of at most {NAME_TEXT - 1} characters), user:<name>, system or "
        "approvals.",
    )


def run_of(channel: object) -> str:
    """The run of a channel's name, where only a run will do."""
    name = channel_of(channel)
    if name.kind is not ChannelKind.RUN:
        raise Refusal("invalid_channel", "This needs the channel of a run: run:<id>.")
    return name.subject


def rows_of(message: Message) -> tuple[list[str], list[str]]:
    """Runs that come into view, and runs that leave it; each once, in the order given."""
    return _runs_of(message.get("add")), _runs_of(message.get("remove"))


def _runs_of(given: object) -> list[str]:
    if given is None:
        return []
    runs = cast("list[object]", given) if isinstance(given, list) else [None]
    if len(runs) > ROWS_LIMIT:
        raise Refusal("too_many_rows", f"add and remove hold at most {ROWS_LIMIT} ids each.")
    if not all(isinstance(run, str) and is_id(run) for run in runs):
        raise Refusal("invalid_message", "add and remove are lists of ids of runs.")
    return list(dict.fromkeys(cast("list[str]", runs)))


def facets_of(names: object) -> Facets:
    if names is None:
        return ALL
    facets = 0
    for name in cast("list[object]", names) if isinstance(names, list) and 0 < len(cast("list[object]", names)) <= 3 else [None]:
        if not isinstance(name, str) or name not in FACETS:
            raise Refusal("invalid_message", f"facets is a list of {', '.join(FACETS)}.")
        facets |= FACETS[name]
    return facets


def wants_of(wants: object) -> Position | dict[str, int] | None:
    """Where a subscription begins."""
    match cast("Message | None", wants):
        case None:
            return None
        case {"position": position}:
            try:
                return position_from(position)
            except ValueError:
                pass
        case {"line": int(line)} if not isinstance(line, bool) and 0 <= line < 2**53:
            return {"line": line}
        case {"tail": int(tail)} if not isinstance(tail, bool) and 0 <= tail <= TAIL_LIMIT:
            return {"tail": tail}
        case _:
            pass
    raise Refusal("invalid_position", f"from is {{line}}, {{tail}} (at most {TAIL_LIMIT}) or {{position: [epoch, line, seq]}}.")


def command_of(message: Message) -> Command:
    do, key = message.get("do"), message.get("idempotency_key")
    args: object = message.get("args") or {}
    if not isinstance(do, str) or not isinstance(args, dict) or not isinstance(key, str | None):
        raise Refusal("invalid_message", "A command has do (text), args (an object) and perhaps idempotency_key (text).")
    return Command(id=id_of(message), run=run_of(message.get("channel")), do=do, args=cast("Message", args), idempotency_key=key)
