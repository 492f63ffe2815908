"""What every transport shares: the hub, who may see and do what, the connections, and how they are ended."""

from __future__ import annotations

import asyncio
import logging
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import replace
from typing import Any

from headway.live.bus.contract import BusNews
from headway.live.connections import Connection, Connections
from headway.live.desk import Code, Transport, Visitor
from headway.live.hub import Hub
from headway.live.limits.contract import Rate, SharedLimits
from headway.live.limits.local import LocalLimits
from headway.live.list_subscription import ListSubscription
from headway.live.messages import ChannelKind, ChannelName, Command, run_channel
from headway.live.registry.contract import SLICES, Registry
from headway.live.registry.local import LocalRegistry
from headway.live.run_subscription import RunSubscription
from headway.live.session import Session
from headway.live.settings import LiveSettings
from headway.live.subscription import Page, Subscription
from headway.live.troubles import Trouble, TroubleCode, changes
from headway.live.undecided import Weigh
from headway.model.addresses import is_of_this_machine, is_within
from headway.model.audit import Occasion
from headway.model.clock import Clock, SystemClock
from headway.model.errors import Forbidden, HeadwayError, RateLimited, RunNotFound, TooManyConnections, Unavailable
from headway.model.permissions import Permission

VerifyToken = Callable[[str], Awaitable[Visitor]]
"""Whose token this is. Raises `Unauthorised`."""
MaySee = Callable[[object, str], Awaitable[bool]]
"""(principal, run): whether the viewer may see it; False also for a run that does not exist."""
MayList = Callable[[object, str], Awaitable[bool]]
"""(principal, project): whether the viewer may see all runs of the project."""
MayMonitor = Callable[[object], Awaitable[bool]]
"""(principal): whether the viewer may see how the installation is doing."""
HasSameRights = Callable[[object], Awaitable[bool]]
"""(principal): whether its account may do what it might when it came. Raises `Unauthorised` for one that is disabled."""
Obey = Callable[[object, Command], Awaitable[dict[str, Any]]]
"""Carry out a command, authorised and recorded, and return what its `answer` says. Raises a `HeadwayError`."""

Alive = Callable[[Collection[str]], Awaitable[set[str]]]
"""Those of these sessions of people that have not ended."""

SIGN_OUT_SECONDS = 2.0
"""How often it is looked whether the sessions of viewers go on: news of their end may get lost."""
CALL_NAME_LIMIT = 80
"""Characters of what a command is called in the audit log."""
COME_BACK_SECONDS = 2.0
"""Within which those come back who may do something else than before."""
log = logging.getLogger("headway.live")


Note = Callable[[object, Occasion, str, HeadwayError], None]
"""Somebody (a `Visitor.principal`) was refused a channel, or a command for it: for the audit log."""


def _nothing(news: Sequence[BusNews]) -> None:
    """There is no other node."""


def _unnoted(principal: object, occasion: Occasion, target: str, error: HeadwayError) -> None:
    """There is no audit log."""


async def _nobody(principal: object) -> bool:
    return False


async def _always(principal: object) -> bool:
    return True


async def _all(sessions: Collection[str]) -> set[str]:
    return set(sessions)


Tick = Callable[[float], None]
"""What a transport does for a session once a second, among it `Session.tick`."""


class Gateway:
    """The desk of all sessions (`desk.Desk`)."""

    def __init__(
        self,
        *,
        hub: Hub,
        verify_token: VerifyToken,
        may_see: MaySee,
        may_list: MayList,
        obey: Obey,
        may_monitor: MayMonitor = _nobody,
        weigh: Weigh | None = None,
        has_same_rights: HasSameRights = _always,
        alive: Alive = _all,
        settings: LiveSettings | None = None,
        clock: Clock | None = None,
        is_bus_away: Callable[[], bool] = bool,
        limits: SharedLimits | None = None,
        registry: Registry | None = None,
        node: str = "",
        tell: Callable[[Sequence[BusNews]], None] = _nothing,
        note: Note = _unnoted,
    ) -> None:
        """`is_bus_away`: whether news of other processes cannot come now. `limits`: those that hold over all
        nodes; None: this is the only one. `registry`: who is connected at others, which hear what is wished by `tell`.
        `weigh`: what somebody sees of the requests that wait for approval; None: nobody sees any."""
        self.limits = limits or LocalLimits()
        self.node = node
        self._registry = registry or LocalRegistry()
        self._tell = tell
        self._note = note
        self.now = (clock or SystemClock()).monotonic
        self.hub = hub
        self.settings = settings or hub.settings
        self.is_draining = False
        self._verify_token = verify_token
        self._may_see = may_see
        self._may_list = may_list
        self._obey = obey
        self._may_monitor = may_monitor
        if weigh is not None:
            hub.undecided.weigh = weigh
        self._has_same_rights = has_same_rights
        self._is_bus_away = is_bus_away
        self._alive = alive
        hub.on_revocation.append(self.revoke)
        self.tally = hub.tally
        self.connections = Connections(self)
        # Ticked, as said to others, a tenth at a time: ten thousand of them never hold the loop up together.
        self._slices: list[dict[Session, Tick]] = [{} for _ in range(SLICES)]
        self._people: Counter[str] = Counter()
        self._addresses: Counter[str] = Counter()
        self._turned_away: set[Session] = set()
        """Not counted for their address, and gone in a moment."""
        self._told: list[Trouble] = []
        """What viewers who are here know of."""

    @property
    def connection_count(self) -> int:
        return sum(map(len, self._slices))

    @property
    def is_full(self) -> bool:
        return self.is_draining or self.connection_count >= self.settings.connection_count

    @property
    def trouble(self) -> str | None:
        """What is not well, for people; None: nothing is."""
        if self.is_full:
            return f"The live gateway is full: {self.connection_count} of {self.settings.connection_count} connections are taken."
        return next((trouble.title for trouble in self.troubles()), None)

    def troubles(self) -> list[Trouble]:
        """Why viewers get news late now, the gravest first."""
        late = self.settings.tops_seconds
        found: list[Trouble] = []
        if self._is_bus_away():
            title = f"Redis does not answer; viewers see what other processes record up to {late:g} s late."
            found.append(Trouble(code=TroubleCode.BUS_AWAY, title=title, late_seconds=late))
        if self.hub.is_deaf:
            title = f"The live gateway does not hear what is recorded; viewers see it up to {late:g} s late."
            found.append(Trouble(code=TroubleCode.NEWS_LOST, title=title, late_seconds=late))
        return found

    async def open(self) -> None:
        await self._registry.open(self.connections.slice)
        self.hub.spawn(self._tick())
        self.hub.spawn(self._look_for_sign_outs())

    async def _tick(self) -> None:
        while True:
            for ticks in self._slices:
                await asyncio.sleep(1 / SLICES)
                now = self.now()
                for tick in tuple(ticks.values()):
                    tick(now)
            self.tell_troubles()

    def tell_troubles(self) -> None:
        """Tell all viewers what has become of the troubles that they know of. Called once a second."""
        before, self._told = self._told, self.troubles()
        news = changes(before, self._told)
        for session in self.sessions() if news else ():
            if session.visitor is not None:
                for notice in news:
                    session.tell(**notice)

    def join(self, session: Session, tick: Tick) -> None:
        """A transport has a new connection. It is closed right away if it is one too many of its address."""
        session.number = self.connections.number()
        self._slices[session.number % SLICES][session] = tick
        limit = self.settings.connections_per_address
        is_exempt = self._is_exempt(session.address)
        if self._addresses[session.address] >= limit and not is_exempt:
            self._turned_away.add(session)
            self._turn_away(session, limit, "address")
        else:
            self._addresses[session.address] += 1
            if not is_exempt:
                self._count_over_all(session, "address", session.address, limit)

    def _is_exempt(self, address: str) -> bool:
        """Whether everybody may speak through this address."""
        is_here = self.settings.exempts_this_machine and is_of_this_machine(address)
        return is_here or is_within(address, self.settings.trusted_proxies)

    def _count_over_all(self, session: Session, of: str, name: str, limit: int) -> None:
        """Let in by this node's count, a connection is ended if it is one too many over all nodes: nobody waits for Redis to be let in."""
        if self.limits.circuit_level is not None and limit < self.settings.connection_count:  # else it is no limit of theirs
            self.hub.spawn(self._turn_away_beyond(session, of, name, limit))

    async def _turn_away_beyond(self, session: Session, of: str, name: str, limit: int) -> None:
        counted = self._addresses if of == "address" else self._people
        if await self.limits.count(f"{of}:{name}", counted[name]) > limit and not session.is_closed:
            self._turn_away(session, limit, of)

    def part(self, session: Session) -> None:
        """The connection is gone."""
        was_here = sum(ticks.pop(session, None) is not None for ticks in self._slices)
        self.tally.cut_off += was_here and session.close_code == Code.STALLED
        if session in self._turned_away:
            self._turned_away.discard(session)
        elif was_here:
            _leave(self._addresses, session.address)
            if not self._is_exempt(session.address):
                self.limits.left(f"address:{session.address}", self._addresses.get(session.address, 0))
        if session.visitor is not None and session.is_counted:
            session.is_counted = False
            _leave(self._people, session.visitor.id)
            self.limits.left(f"person:{session.visitor.id}", self._people.get(session.visitor.id, 0))
        session.leave()

    def sessions(self) -> list[Session]:
        return [session for ticks in self._slices for session in ticks]

    def slice(self, number: int) -> list[Session]:
        """A tenth of them."""
        return list(self._slices[number])

    async def elsewhere(self) -> Sequence[Connection]:
        """The connections of all other nodes, as far as is known."""
        return await self._registry.elsewhere()

    def tell_nodes(self, *wishes: BusNews) -> None:
        self._tell(wishes)

    def levels(self) -> dict[str, float]:
        """Viewers now, those of each transport, those that have not read for a while, how many there may be, and whether the bus is
        away (1)."""
        now, bound = self.now(), self.settings.view_only_after_seconds
        levels = {"viewers": 0.0, **{transport.value: 0.0 for transport in Transport}, "stalled": 0.0}
        for session in self.sessions():
            levels["viewers"] += 1
            levels[session.transport.value] += 1
            levels["stalled"] += session.unread_seconds(now) >= bound
        circuit = self.limits.circuit_level
        levels |= {} if circuit is None else {"limits_circuit": circuit}
        return {**levels, "room": float(self.settings.connection_count), "bus_away": float(self._is_bus_away())}

    async def drain(self, seconds: float | None = None) -> None:
        """End all connections within `seconds`, each with a time of its own to come back, so that they do not all come at once."""
        self.is_draining = True
        window = self.settings.drain_seconds if seconds is None else seconds
        leaving = self.sessions()
        for session in leaving:
            session.tell(kind="draining", title="The server restarts; the connection comes back by itself.")
        random.shuffle(leaving)
        for index, session in enumerate(leaving):
            self.dismiss(session)
            if index % 50 == 49:
                await asyncio.sleep(window * 50 / len(leaving))

    def dismiss(self, session: Session) -> None:
        """Say goodbye for a restart."""
        session.goodbye(
            Code.DRAINING, "The server restarts.", retry_in=round(random.uniform(0.2, max(0.2, self.settings.drain_seconds)), 3)
        )

    def revoke(self, *ended: str) -> None:
        """These tokens, sessions of people, or keys that sign tokens, have ended: so does what was opened with them."""
        for session in self.sessions():
            if session.visitor is None:
                continue
            if session.visitor.session in ended:
                session.goodbye(Code.SIGNED_OUT, "The session has ended: sign in again.")
            elif session.visitor.token in ended:
                session.goodbye(Code.UNAUTHORISED, "The token was revoked.")
            elif session.visitor.key in ended:
                session.goodbye(Code.EXPIRED, "The key that signed the token has ended: come with a new token.")

    async def _look_for_sign_outs(self) -> None:
        while True:
            await asyncio.sleep(SIGN_OUT_SECONDS)
            try:
                await self.check_sessions()
            except HeadwayError as error:
                log.warning("Whether people are still signed in cannot be found out: %s", error)

    async def check_sessions(self) -> None:
        """Ask the store which sessions of viewers go on, and end the others."""
        known = {each.visitor.session for each in self.sessions() if each.visitor is not None and each.visitor.session is not None}
        if known:
            self.revoke(*(known - await self._alive(known)))

    def recheck(self, person: str | None = None) -> None:
        """Rights were taken away (from one person, or perhaps from anybody): ask again for every open subscription."""
        for session in self.sessions():
            if session.visitor is not None and (person is None or session.visitor.id == person):
                for subscription in session.subscriptions:
                    self.attach(subscription)

    def ask_again(self, accounts: frozenset[str] | None) -> None:
        """These accounts (None: perhaps any) may do something else than before: those of their connections for which that is true are
        ended, and come back to be asked again."""
        for session in self.sessions():
            visitor = session.visitor
            if visitor is not None and visitor.account is not None and (accounts is None or visitor.account in accounts):
                self.hub.spawn(self._ask_again(session, visitor))

    async def _ask_again(self, session: Session, visitor: Visitor) -> None:
        try:
            if not await self._has_same_rights(visitor.principal):
                session.goodbye(Code.OTHER_RIGHTS, "What you may do has changed; the connection comes back by itself.", retry_in=_soon())
        except HeadwayError as error:
            if error.is_temporary:
                # Nobody can say now what they may see: they come back when somebody can.
                session.goodbye(Code.OTHER_RIGHTS, error.message, retry_in=_soon())
            else:
                session.goodbye(Code.SIGNED_OUT, "The account has been disabled.")

    # --- the desk --------------------------------------------------------------------------------------------------

    def check(self, session: Session, token: str) -> None:
        self.hub.spawn(self._check(session, token))

    async def _check(self, session: Session, token: str) -> None:
        try:
            visitor = await self._verify_token(token)
        except HeadwayError as error:
            session.refused(error)
            return
        except Exception:
            log.exception("A token could not be checked")
            session.refused(Unavailable())
            return
        self.admit(session, visitor)

    def admit(self, session: Session, visitor: Visitor, *, is_quiet: bool = False) -> None:
        """It is known who is there: welcome (`is_quiet`: without a word), unless they have too many connections already."""
        if session.is_closed:
            return
        if session.visitor is None:
            if self._people[visitor.id] >= self.settings.connections_per_person:
                self._turn_away(session, self.settings.connections_per_person, "person")
                return
            self._people[visitor.id] += 1
            session.is_counted = True
            self._count_over_all(session, "person", visitor.id, self.settings.connections_per_person)
            # Each poll says where the one before has ended: that is no reconnect.
            self.tally.reconnects += session.is_resuming and session.transport is not Transport.POLL
        is_new = session.visitor is None
        session.admitted(visitor, self.now(), is_quiet=is_quiet)
        for trouble in self._told if is_new and not is_quiet else ():
            session.tell(**trouble.told())

    def _turn_away(self, session: Session, limit: int, of: str) -> None:
        self.tally.refused += 1
        session.denial = TooManyConnections(limit=limit, of=of, retry_in_seconds=10)
        session.goodbye(Code.TOO_MANY, session.denial.message)

    def attach(self, subscription: Subscription) -> None:
        self.hub.spawn(self._attach(subscription))

    async def _attach(self, subscription: Subscription) -> None:
        session = subscription.session
        assert session.visitor is not None
        try:
            await self._check_sight(session.visitor, subscription.name)
            if subscription.is_seated or subscription.is_over:
                return
            subscription.is_seated = True
            await self.hub.take_seat(subscription)
        except HeadwayError as error:
            self._note(session.visitor.principal, self._occasion(session), str(subscription.name), error)
            session.denied(subscription, error)
            return
        except Exception:
            log.exception("A subscription failed")
            session.denied(subscription, Unavailable())
            return
        if not subscription.is_over:
            session.attached(subscription)

    async def _check_sight(self, visitor: Visitor, channel: ChannelName) -> None:
        """Raises what a viewer is told who may not see the channel: of a run not even that it exists."""
        principal = visitor.principal
        if channel.kind is ChannelKind.SYSTEM:
            if not await self._may_monitor(principal):
                raise Forbidden(permission=Permission.SYSTEM_READ.value)
        elif channel.kind in {ChannelKind.LIST, ChannelKind.PROJECT}:
            if not await self._may_list(principal, channel.subject):
                raise Forbidden(permission=Permission.RUN_READ.value)
        elif channel.kind is ChannelKind.APPROVALS:
            pass  # each hears of those that they may see, and of no other
        elif channel.kind is ChannelKind.USER:
            if channel.subject != visitor.id:
                raise Forbidden("What is told to somebody is theirs alone to hear.")
        elif not await self._may_see(principal, channel.subject):
            raise RunNotFound(run=channel.subject)

    def detach(self, subscription: Subscription) -> None:
        self.hub.leave_seat(subscription)

    def look(self, subscription: ListSubscription, add: Collection[str], remove: Collection[str]) -> None:
        self.hub.look(subscription, add, remove)

    def obey(self, session: Session, command: Command) -> None:
        self.hub.spawn(self._carry_out(session, command))

    async def _carry_out(self, session: Session, command: Command) -> None:
        assert session.visitor is not None
        try:
            await self._take_command(session, session.visitor)
            await self._check_sight(session.visitor, run_channel(command.run))
            given = replace(command, occasion=self._occasion(session, command))
            session.answered(command, await self._obey(session.visitor.principal, given))
        except HeadwayError as error:
            self._note(session.visitor.principal, self._occasion(session, command), str(run_channel(command.run)), error)
            session.failed(command, error, self.now())
        except Exception:
            log.exception("A command failed")
            session.failed(command, Unavailable(), self.now())

    def _occasion(self, session: Session, command: Command | None = None) -> Occasion:
        """The connection, by the id under which it is listed, and the number that its viewer gave to a command."""
        id_ = self.connections.id_of(session) + (f".{command.id}" if command is not None and command.id is not None else "")
        return Occasion(address=session.address or None, request_id=id_[:CALL_NAME_LIMIT], transport="live")

    async def _take_command(self, session: Session, visitor: Visitor) -> None:
        """Raises `RateLimited` where the person, or the address, has given too many over all nodes."""
        names = [f"person:{visitor.id}", *([] if self._is_exempt(session.address) else [f"address:{session.address}"])]
        rate, burst = self.settings.commands_per_person, self.settings.commands_per_person_burst
        wait = await self.limits.take([Rate(name, rate, burst) for name in names], self.now())
        if wait > 0:
            raise RateLimited(retry_in_seconds=max(0.1, round(wait, 1)))

    def page(self, subscription: RunSubscription, first: int) -> Page | None:
        return self.hub.page(subscription, first)


def _soon() -> float:
    """Seconds: not all of them at once."""
    return round(random.uniform(0.1, COME_BACK_SECONDS), 3)


def _leave(counted: Counter[str], name: str) -> None:
    counted[name] -= 1
    if counted[name] <= 0:
        del counted[name]
