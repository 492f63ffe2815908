"""A viewer's conversation, without I/O: what came in, what goes out, and where the viewer stands in each channel.

A transport feeds `receive` (one way: `ask`), calls `flush` when `wake` was called and it can write, tells `paused` and `drained`,
`tick`s once a second, and closes with `close_code` after the last flush. That is all that a transport is: a WebSocket
(`web/socket.py`, `web/mounted.py`), server-sent events (`web/event_stream.py`), a poll (`web/polling.py`). Whatever needs the
store or takes time is asked of the `Desk`, which calls back in the loop's thread. There is no queue: what a viewer has still to
get follows from its positions.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping
from enum import Enum
from typing import Any, ClassVar

from headway.live import frames
from headway.live.allowance import Allowance
from headway.live.desk import Code, Desk, Transport, Visitor
from headway.live.frames import NOTHING, Frame
from headway.live.list_subscription import ListSubscription
from headway.live.messages import (
    ROWS_LIMIT,
    ChannelName,
    Command,
    Message,
    Refusal,
    channel_of,
    command_of,
    id_of,
    read_messages,
    rows_of,
    run_channel,
)
from headway.live.settings import VERSION, LiveSettings
from headway.live.subscription import Subscription
from headway.live.wanted import subscription_of
from headway.model.errors import HeadwayError
from headway.model.positions import Position, read_cursor

OUTBOX_LIMIT = 262_144
"""Bytes of answers that wait for a viewer who asks and does not read."""
EXPIRY_GRACE_SECONDS = 3.0
"""A viewer whose token has run out has so long to give a new one."""


class _Phase(Enum):
    NEW = "new"
    CHECKING = "checking"
    OPEN = "open"
    CLOSED = "closed"


class Session:
    __slots__ = (
        "_allowance", "_cursor", "_deadline", "_desk", "_dirty", "_expires_at", "_first_run", "_heartbeat_at", "_heartbeat_no",
        "_is_expiry_told", "_is_one_way", "_is_visible", "_outbox", "_outbox_size", "_parting", "_paused_at", "_phase", "_settings",
        "_shown_at", "_subscriptions", "_view_first", "address", "close_code", "close_why", "denial", "heard_at", "is_counted",
        "is_paused", "joined_at", "number", "push", "retry_in", "transport", "visitor", "wake",
    )  # fmt: skip

    def __init__(
        self,
        desk: Desk,
        settings: LiveSettings,
        wake: Callable[[], None],
        now: float,
        *,
        first_run: str | None = None,
        transport: Transport = Transport.WEBSOCKET,
        address: str = "",
    ) -> None:
        """`wake` is called when there is something to flush. `first_run` is subscribed to as soon as the viewer is admitted.
        `address`: from where the viewer connects. Over any transport but a WebSocket nothing can come in after `ask`, so no fresh
        token either."""
        self.transport = transport
        self.address = address
        self.number = 0
        """Given by the gateway."""
        self.joined_at = now
        self.heard_at: float | None = None
        """When the transport last had a sign of life of the viewer, to about a second; None: it has none."""
        self._desk = desk
        self._settings = settings
        self.wake = wake
        self.visitor: Visitor | None = None
        self.close_code: int | None = None
        """Set when the conversation is over: flush once more, then close with it."""
        self.close_why = ""
        self.retry_in: float | None = None
        """Seconds after which the viewer should come back, where `goodbye` said so."""
        self.denial: HeadwayError | None = None
        """Why the last subscription that was refused was."""
        self.is_paused = False
        """Whether the transport does not drain: nothing is made for it meanwhile."""
        self.push: Callable[[Frame], None] | None = None
        """Set by a transport that can write a frame of all in step right away, without a flush of its own."""
        self.is_counted = False
        """Kept by the gateway: whether the visitor's connections count this one."""
        self._first_run = first_run
        self._is_one_way = transport is not Transport.WEBSOCKET
        self._phase = _Phase.NEW
        self._deadline = now + settings.hello_seconds
        self._cursor: dict[str, Position] = {}
        self._parting: dict[str, Position] | None = None
        """Where the viewer stood when it was over: what is said last is not to take its place away."""
        self._subscriptions: dict[ChannelName, Subscription] = {}
        self._dirty: dict[Subscription, None] = {}
        self._outbox: list[bytes] = []
        self._outbox_size = 0
        self._is_visible = True
        self._shown_at = 0.0
        self._view_first = False
        self._paused_at: float | None = None
        self._heartbeat_at = now + settings.heartbeat_seconds * random.uniform(0.6, 1.0)
        self._heartbeat_no = 0
        self._expires_at: float | None = None
        self._is_expiry_told = False
        self._allowance = Allowance(settings)

    @property
    def is_closed(self) -> bool:
        return self.close_code is not None

    @property
    def is_resuming(self) -> bool:
        """Whether the viewer said where they had been: an earlier connection of theirs broke."""
        return bool(self._cursor)

    @property
    def subscriptions(self) -> list[Subscription]:
        return list(self._subscriptions.values())

    @property
    def is_settled(self) -> bool:
        """Whether each subscription has begun, or was refused."""
        return all(subscription.has_begun for subscription in self._subscriptions.values())

    @property
    def positions(self) -> dict[str, Position]:
        """Where the viewer stands once all that was flushed has been read, by channel."""
        if self._parting is not None:
            return self._parting
        found: dict[str, Position] = {}
        for subscription in self._subscriptions.values():
            position = subscription.position
            if position is not None:
                found[str(subscription.name)] = position
        return found

    # --- what comes in ---------------------------------------------------------------------------------------------

    def receive(self, text: str | bytes, now: float) -> None:
        """One frame of the viewer: a message, or an array of messages."""
        if self.is_closed:
            return
        try:
            for item in read_messages(text, longest=self._settings.message_bytes, most=self._settings.messages_at_once):
                self._take(item, now)
                if self.is_closed:
                    return
        except Refusal as refusal:
            self._refuse(refusal, None, now)

    def ask(self, wishes: Iterable[Message], cursor: Mapping[str, Position]) -> None:
        """What a viewer wants who can say it only once, before it is admitted: `subscribe` and `rows`. Raises `Refusal`."""
        self._cursor = dict(cursor)
        for wish in wishes:
            if wish["type"] == "rows":
                self._rows_in_view(wish, self._deadline)
            else:
                self._subscribe(wish, self._deadline)

    def _take(self, item: Message, now: float) -> None:
        kind = item.get("type")
        if kind == "pong":
            return
        if kind == "hello":
            self._hello(item, now)
            return
        if self._phase is _Phase.NEW:
            self.goodbye(Code.BAD_REQUEST, "The first message must be hello.")
            return
        answer_to: str | int | None = None
        try:
            answer_to = id_of(item)
            do = self._TAKES.get(kind) if isinstance(kind, str) else None
            if do is None:
                raise Refusal("invalid_message", f"There is no message of type {kind!r:.40}.")
            do(self, item, now)
        except Refusal as refusal:
            self._refuse(refusal, answer_to, now)

    def _hello(self, item: Message, now: float) -> None:
        if item.get("version") != VERSION:
            self.goodbye(Code.VERSION, f"This server speaks version {VERSION}.")
            return
        cursor, token = item.get("cursor"), item.get("token")
        if cursor is not None:
            try:
                self._cursor = read_cursor(cursor if isinstance(cursor, str) else "")
            except HeadwayError as error:
                self._refuse(Refusal(error.code, error.message), None, now)
        self._visible(item, now)
        if isinstance(token, str):
            self.present(token)
        elif self._phase is _Phase.NEW:
            self.goodbye(Code.UNAUTHORISED, "hello needs a token.")

    def present(self, token: str) -> None:
        """The viewer's token, from `hello` or from the transport."""
        if self._phase is _Phase.NEW:
            self._phase = _Phase.CHECKING
        self._desk.check(self, token)

    def _subscribe(self, item: Message, now: float) -> None:
        subscription = subscription_of(self, item, self._cursor)
        if subscription.name in self._subscriptions:
            raise Refusal("already_subscribed", f"{subscription.name} is already subscribed to.")
        if len(self._subscriptions) >= self._settings.subscription_count:
            raise Refusal("too_many_subscriptions", f"A connection has at most {self._settings.subscription_count} subscriptions.")
        self._open(subscription)

    def _open(self, subscription: Subscription) -> None:
        self._subscriptions[subscription.name] = subscription
        if self._phase is _Phase.OPEN:
            self._desk.attach(subscription)

    def _rows_in_view(self, item: Message, now: float) -> None:
        subscription = self._subscriptions.get(channel_of(item.get("channel")))
        if not isinstance(subscription, ListSubscription):
            raise Refusal("not_subscribed", "rows are for a list (runs:<project>) that is subscribed to.")
        self._allowance.take_rows(now)
        add, remove = rows_of(item)
        if len((subscription.rows.keys() - remove) | set(add)) > ROWS_LIMIT:
            raise Refusal("too_many_rows", f"A viewer has at most {ROWS_LIMIT} rows of a list in view.")
        try:
            self._desk.look(subscription, add, remove)
        except HeadwayError as error:
            raise Refusal(error.code, error.message, is_temporary=error.is_temporary, retry_in=1.0) from error

    def _unsubscribe(self, item: Message, now: float) -> None:
        wanted, channel = item.get("id"), item.get("channel")
        found = next((s for s in self._subscriptions.values() if (channel == str(s.name) if channel else s.id == wanted)), None)
        if found is None:
            raise Refusal("not_subscribed", "There is no such subscription.")
        self.end(found, "asked", "asked")

    def _visible(self, item: Message, now: float) -> None:
        visible = item.get("visible", self._is_visible)
        if not isinstance(visible, bool):
            raise Refusal("invalid_message", "visible must be true or false.")
        if visible and not self._is_visible:
            self._look_at_all()
            self.wake()
        self._is_visible = visible

    def _look_at_all(self) -> None:
        self._dirty.update(dict.fromkeys(s for s in self._subscriptions.values() if s.has_begun))

    def _token(self, item: Message, now: float) -> None:
        token = item.get("token")
        if not isinstance(token, str):
            raise Refusal("invalid_message", "token must be text.")
        self.present(token)

    def _command(self, item: Message, now: float) -> None:
        self._allowance.take_command(now)
        command = command_of(item)
        if self._phase is not _Phase.OPEN:
            raise Refusal("not_welcome", "Wait for welcome.", is_temporary=True)
        self._desk.obey(self, command)

    _TAKES: ClassVar[dict[str, Callable[[Session, Message, float], None]]] = {
        "subscribe": _subscribe,
        "unsubscribe": _unsubscribe,
        "rows": _rows_in_view,
        "visible": _visible,
        "token": _token,
        "command": _command,
    }

    # --- what the desk answers -------------------------------------------------------------------------------------

    def admitted(self, visitor: Visitor, now: float, *, is_quiet: bool = False) -> None:
        """The token is good: welcome (unless `is_quiet`), or go on under a fresh one."""
        if self.is_closed:
            return
        if self.visitor is not None and self.visitor.id != visitor.id:
            self.goodbye(Code.UNAUTHORISED, "A fresh token must be of the same person.")
            return
        is_first, self.visitor = self.visitor is None, visitor
        self._expires_at = None if visitor.expires_in is None else now + visitor.expires_in
        self._is_expiry_told = False
        if not is_first:
            for subscription in self.subscriptions:
                self._desk.attach(subscription)  # asks again whether the viewer may see it
            return
        self._phase = _Phase.OPEN
        if not is_quiet:
            self._say(frames.welcome(self._settings, rows=ROWS_LIMIT, expires_in=visitor.expires_in))
        for subscription in self.subscriptions:
            self._desk.attach(subscription)
        if self._first_run is not None and run_channel(self._first_run) not in self._subscriptions:
            self._open(subscription_of(self, {"channel": f"run:{self._first_run}"}, self._cursor))

    def refused(self, error: HeadwayError) -> None:
        """The token is not good, or cannot be checked now."""
        if error.is_temporary:
            self.goodbye(Code.INTERNAL, error.message)
        elif self.visitor is None:
            self.goodbye(Code.UNAUTHORISED, error.message)
        else:
            self._say(frames.error(code=error.code, says=error.message, is_temporary=False))

    def attached(self, subscription: Subscription) -> None:
        """`subscription` has begun, or has been woken."""
        self.touch(subscription)
        self.wake()

    def touch(self, subscription: Subscription) -> None:
        """There is something new for it. The caller wakes the session."""
        self._dirty[subscription] = None

    def offer(self, subscription: Subscription) -> bool:
        """Write what all in step are sent, if that is all that this viewer lacks. False: touch it, and wake the session."""
        push = self.push
        if push is None or self._dirty or self._outbox or not self._is_visible or self._view_first:
            return False
        shared = subscription.step()
        if shared is None:
            return False
        if shared is not NOTHING:
            push(shared)
        return True

    def denied(self, subscription: Subscription, error: HeadwayError) -> None:
        if self._subscriptions.get(subscription.name) is not subscription:
            return
        if subscription.has_begun:
            if error.is_temporary:
                return  # asked again, and there was no answer: what was true a moment ago stays
            self.end(subscription, "The right to see it was taken away.", error.code)
            return
        del self._subscriptions[subscription.name]
        self.denial = error
        self._say(frames.error(
            code=error.code, says=error.message, is_temporary=error.is_temporary, answer_to=subscription.id,
            retry_in=1.0 if error.is_temporary else None, channel=str(subscription.name),
        ))  # fmt: skip

    def end(self, subscription: Subscription, why: str, code: str) -> None:
        """The subscription is over: asked for, deleted, or not allowed any more."""
        if self._subscriptions.pop(subscription.name, None) is None:
            return
        self._dirty.pop(subscription, None)
        self._desk.detach(subscription)
        self._say(frames.message("unsubscribed", id=subscription.id, channel=str(subscription.name), why=why, code=code))

    def answered(self, command: Command, answer: dict[str, Any]) -> None:
        self._say(frames.message("answer", **{**answer, "id": command.id, "ok": True}))

    def failed(self, command: Command, error: HeadwayError, now: float) -> None:
        self._refuse(Refusal(error.code, error.message, is_temporary=error.is_temporary), command.id, now)

    def tell(self, **notice: Any) -> None:
        """A `notice`: the server is draining, or degraded."""
        self._say(frames.message("notice", **notice))

    # --- what goes out ---------------------------------------------------------------------------------------------

    def _say(self, message: bytes) -> None:
        if self.is_closed:
            return
        self._outbox.append(message)
        self._outbox_size += len(message)
        if self._outbox_size > OUTBOX_LIMIT:
            self._outbox.clear()
            self.goodbye(Code.TOO_FAST, "Too many answers wait to be read.")
        self.wake()

    def _refuse(self, refusal: Refusal, answer_to: str | int | None, now: float) -> None:
        if not self._allowance.take_error(now):
            self.goodbye(Code.TOO_FAST, "Too many messages that cannot be understood.", retry_in=5.0)
            return
        is_temporary, retry_in = refusal.is_temporary, refusal.retry_in
        self._say(frames.error(code=refusal.code, says=str(refusal), is_temporary=is_temporary, answer_to=answer_to, retry_in=retry_in))

    def goodbye(self, code: int, why: str, *, retry_in: float | None = None) -> None:
        """The last message. Everything after it is ignored."""
        if self.is_closed:
            return
        self._outbox.append(frames.message("goodbye", code=code, why=why, retry_in=retry_in))
        self.close_code, self.close_why, self.retry_in = code, why, retry_in
        if self._is_one_way:
            self._parting = self.positions
        self.leave()
        self.wake()

    def leave(self) -> None:
        """The viewer is gone, or will be: give up its places."""
        self._phase = _Phase.CLOSED
        for subscription in self.subscriptions:
            self._desk.detach(subscription)
        self._subscriptions.clear()
        self._dirty.clear()

    def flush(self, now: float) -> list[Frame]:
        """What may be written now. Call it again, after these have drained, if `has_more`."""
        dirty = self._dirty
        if len(dirty) == 1 and not self._outbox and self._is_visible and not self._view_first:
            # The one that costs: a viewer of one run, in step with all the others.
            (only,) = dirty
            shared = only.step()
            if shared is not None:
                dirty.clear()
                return [shared] if shared is not NOTHING else []
        out: list[Frame] = []
        if self._outbox:
            out.append(Frame(self._outbox))
            self._outbox = []
            self._outbox_size = 0
        if not self._dirty:
            return out
        is_hidden = not self._is_visible
        if is_hidden and now - self._shown_at < self._settings.hidden_seconds:
            return out
        self._shown_at = now
        is_view_only, self._view_first = is_hidden or self._view_first, False
        budget = self._settings.flush_bytes
        for subscription in list(self._dirty):
            # Whoever is not done goes to the end, so that a long replay of one channel does not hold up the others.
            del self._dirty[subscription]
            spent, is_done = subscription.advance(out, budget, self._desk.page, is_view_only=is_view_only)
            budget -= spent
            if not is_done or (is_view_only and not is_hidden):
                self._dirty[subscription] = None
            if budget <= 0:
                break
        return out

    @property
    def has_more(self) -> bool:
        """Whether another flush would have something to write (a hidden viewer waits for `tick`)."""
        return bool(self._outbox) or (bool(self._dirty) and self._is_visible)

    @property
    def lag_lines(self) -> int:
        """Lines of log that the viewer has still to get, of all its runs."""
        return sum(subscription.behind_count for subscription in self._subscriptions.values())

    def silent_seconds(self, now: float) -> float | None:
        """For how long nothing was heard of the viewer; None where nothing can be."""
        return None if self.heard_at is None else max(0.0, now - self.heard_at)

    def unread_seconds(self, now: float) -> float:
        """For how long the transport has not drained."""
        return 0.0 if self._paused_at is None else max(0.0, now - self._paused_at)

    def paused(self, now: float) -> None:
        """The transport does not drain."""
        if self._paused_at is None:
            self._paused_at = now
            self.is_paused = True

    def drained(self, now: float) -> None:
        """The transport takes more, and flushes next: what came meanwhile was not told to a session that was paused."""
        if self._paused_at is not None and now - self._paused_at >= self._settings.view_only_after_seconds:
            self._view_first = True
        self._paused_at = None
        self.is_paused = False
        self._look_at_all()

    def tick(self, now: float) -> None:
        """Once a second: deadlines, heartbeat, expiry; and hidden viewers get their view."""
        if self.is_closed:
            return
        if self.visitor is None:
            if now >= self._deadline:
                self.goodbye(Code.NO_HELLO, f"No valid hello within {self._settings.hello_seconds:g} s.")
            return
        if self._paused_at is not None:
            if now - self._paused_at >= self._settings.stalled_seconds:
                self.goodbye(Code.STALLED, "Nothing was read for too long.", retry_in=0.0)
            return
        if self._expires_at is not None:
            self._check_expiry(self._expires_at - now)
        if now >= self._heartbeat_at:
            self._heartbeat_at, self._heartbeat_no = now + self._settings.heartbeat_seconds, self._heartbeat_no + 1
            tops = {str(s.name): s.top for s in self._subscriptions.values() if s.top is not None}
            self._say(frames.message("heartbeat", n=self._heartbeat_no, tops=tops))
        if self._dirty:
            self.wake()

    def _check_expiry(self, left: float) -> None:
        if left <= (0 if self._is_one_way else -EXPIRY_GRACE_SECONDS):
            self.goodbye(Code.EXPIRED, "The token has expired.")
        elif left <= self._settings.expiry_notice_seconds and not self._is_expiry_told:
            self._is_expiry_told = True
            self._say(frames.message("token_expiring", **{"in": max(0.0, round(left, 3))}))
