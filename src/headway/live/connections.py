"""Live connections, of this node and the others, for those who look after them: who is there, how far behind, and how they are ended."""

from __future__ import annotations

import contextlib
import heapq
import logging
import random
import secrets
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from headway.live.bus.contract import BusNews, ConnectionWished, SweepWished
from headway.live.desk import Code, Transport
from headway.live.session import Session
from headway.live.settings import LiveSettings
from headway.live.tally import Tally
from headway.model.errors import ConnectionNotFound

CHANNELS_NAMED = 20
SILENT_SECONDS = 30.0
"""No sign of life for so long: a viewer that is there has answered a ping by then."""
RETRY_SECONDS = (1.0, 5.0)
"""Within which time viewers come back who were ended only to come back."""

log = logging.getLogger("headway.live")


class Order(StrEnum):
    """Which connections come first."""

    LAG = "-lag"
    AGE = "-age"


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    id: str
    node: str
    """The node to which it goes (`HEADWAY_NODE`)."""
    user: str | None
    """Null: has not said who they are yet."""
    transport: Transport
    """`websocket`, `sse`, or `poll` (waits for an answer)."""
    address: str
    """IP address of the other end, which may be a proxy; empty where there is none."""
    channels: list[str]
    """The first 20."""
    channel_count: int
    lag_lines: int
    """Lines of log that it has still to get, of all its runs."""
    age_seconds: float
    unread_seconds: float
    """For how long it has not read what was sent."""
    silent_seconds: float | None
    """For how long nothing was heard of it; null over transports that go one way."""
    is_stale: bool
    """Nothing read for 10 s, or nothing heard for 30 s."""


class Connected(Protocol):
    """What is asked of a gateway."""

    settings: LiveSettings
    tally: Tally
    now: Callable[[], float]
    node: str

    def sessions(self) -> list[Session]: ...
    def slice(self, number: int) -> list[Session]: ...
    async def elsewhere(self) -> Sequence[Connection]: ...
    def tell_nodes(self, *wishes: BusNews) -> None: ...


class Connections:
    def __init__(self, gateway: Connected) -> None:
        self._gateway = gateway
        self._born = secrets.token_hex(4)
        """Numbers begin anew with each start of the server: an id of the last one is to mean nobody."""
        self._newest = 0

    def number(self) -> int:
        """For a new one."""
        self._newest += 1
        return self._newest

    def slice(self, number: int) -> list[Connection]:
        """Those of a tenth of this node, for the others."""
        now = self._gateway.now()
        return [self._describe(session, now) for session in self._gateway.slice(number) if not session.is_closed]

    async def everywhere(self, count: int, order: Order) -> tuple[list[Connection], int]:
        """At most `count` of all nodes, in this order, and how many there are."""
        others = await self._gateway.elsewhere()
        here = self.first(count, order)
        total = len(self._gateway.sessions()) + len(others)
        if not others:
            return here, total
        if order is Order.LAG:
            return heapq.nlargest(count, [*here, *others], key=lambda each: (each.lag_lines, each.unread_seconds, each.age_seconds)), total
        return heapq.nlargest(count, [*here, *others], key=lambda each: each.age_seconds), total

    def first(self, count: int, order: Order) -> list[Connection]:
        """At most `count` of this node, those with the most lag, or age, first. All are looked at, these alone described."""
        now = self._gateway.now()
        sessions = self._gateway.sessions()
        # The number says who came first; of equal lag, whoever has not read for longest stands in front.
        if order is Order.LAG:
            found = heapq.nlargest(count, sessions, key=lambda each: (each.lag_lines, each.unread_seconds(now), -each.number))
        else:
            found = heapq.nsmallest(count, sessions, key=lambda each: each.number)
        return [self._describe(session, now) for session in found]

    async def end_anywhere(self, id: str, *, by: str, is_final: bool | None = None) -> tuple[Connection, bool]:
        """As `end`, of all nodes. The connection, and whether it has ended: that of another node ends when that node hears of it.

        Raises `ConnectionNotFound`.
        """
        if id.partition("-")[0] == self._born:
            return self.end(id, by=by, is_final=is_final), True
        found = next((each for each in await self._gateway.elsewhere() if each.id == id), None)
        if found is None:
            raise ConnectionNotFound
        self._gateway.tell_nodes(ConnectionWished(connection=id, by=by, is_final=is_final))
        return found, False

    async def sweep_everywhere(self, *, by: str, unread_seconds: float | None = None) -> tuple[int, int]:
        """As `sweep`, of all nodes: how many were ended here, and of how many others it is known that they are to be ended."""
        bound = self._bound(unread_seconds)
        stale = [each for each in await self._gateway.elsewhere() if _is_stale(each.unread_seconds, each.silent_seconds, bound)]
        self._gateway.tell_nodes(SweepWished(by=by, unread_seconds=unread_seconds))
        return self.sweep(by=by, unread_seconds=unread_seconds), len(stale)

    def hear(self, news: Sequence[BusNews]) -> None:
        """What is wished at other nodes."""
        for item in news:
            if isinstance(item, SweepWished):
                self.sweep(by=item.by, unread_seconds=item.unread_seconds)
            elif isinstance(item, ConnectionWished):
                with contextlib.suppress(ConnectionNotFound):  # another node's, or gone meanwhile
                    self.end(item.connection, by=item.by, is_final=item.is_final)

    def end(self, id: str, *, by: str, is_final: bool | None = None) -> Connection:
        """Say goodbye to one of this node. `is_final`: it is not to come back; None: unless it is stale, for then its viewer means no harm.

        Raises `ConnectionNotFound`.
        """
        born, _, number = id.partition("-")
        found = next((each for each in self._gateway.sessions() if born == self._born and str(each.number) == number), None)
        if found is None or found.is_closed:
            raise ConnectionNotFound
        connection = self._describe(found, self._gateway.now())
        if connection.is_stale if is_final is None else not is_final:
            found.goodbye(Code.SENT_BACK, "The connection was ended by an administrator; come back.", retry_in=_soon())
        else:
            found.goodbye(Code.ENDED, "The connection was ended by an administrator.")
        self._note([connection], by)
        return connection

    def sweep(self, *, by: str, unread_seconds: float | None = None) -> int:
        """End all of this node that are stale, so that they come back; how many they were. `unread_seconds`: how long counts for not
        reading."""
        now = self._gateway.now()
        stale = [each for each in self._gateway.sessions() if not each.is_closed and self._is_stale(each, now, unread_seconds)]
        ended = [self._describe(session, now) for session in stale]
        for session in stale:
            session.goodbye(Code.STALLED, "Swept: nothing was read, or heard.", retry_in=_soon())
        self._note(ended, by)
        return len(ended)

    def _note(self, ended: Iterable[Connection], by: str) -> None:
        for each in ended:
            self._gateway.tally.ended += 1
            log.warning(
                "%s has ended the connection %s of %s (%s from %s), %d lines behind, unread for %.0f s",
                by, each.id, each.user, each.transport, each.address or "here", each.lag_lines, each.unread_seconds,
            )  # fmt: skip

    def _is_stale(self, session: Session, now: float, unread_seconds: float | None = None) -> bool:
        return _is_stale(session.unread_seconds(now), session.silent_seconds(now), self._bound(unread_seconds))

    def _bound(self, unread_seconds: float | None) -> float:
        return self._gateway.settings.view_only_after_seconds if unread_seconds is None else unread_seconds

    def id_of(self, session: Session) -> str:
        return f"{self._born}-{session.number}"

    def _describe(self, session: Session, now: float) -> Connection:
        names = [str(subscription.name) for subscription in session.subscriptions]
        silent = session.silent_seconds(now)
        return Connection(
            id=self.id_of(session),
            node=self._gateway.node,
            user=None if session.visitor is None else session.visitor.id,
            transport=session.transport,
            address=session.address,
            channels=names[:CHANNELS_NAMED],
            channel_count=len(names),
            lag_lines=session.lag_lines,
            age_seconds=round(now - session.joined_at, 3),
            unread_seconds=round(session.unread_seconds(now), 3),
            silent_seconds=None if silent is None else round(silent, 3),
            is_stale=self._is_stale(session, now),
        )


def _is_stale(unread_seconds: float, silent_seconds: float | None, bound: float) -> bool:
    return unread_seconds >= bound or (silent_seconds or 0.0) >= SILENT_SECONDS


def _soon() -> float:
    return round(random.uniform(*RETRY_SECONDS), 3)
