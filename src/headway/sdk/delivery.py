"""Brings a spool to the server: opens the run, sends batches until they are acknowledged, says how it ended.

A batch is numbered and composed once, and noted in the spool before it goes out, so sending it again (the answer was lost;
this process was killed and another one goes on) is acknowledged again and records nothing twice.
"""

from __future__ import annotations

import json
import logging
import os
import random
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, cast

from headway.model.clock import iso
from headway.model.errors import HeadwayError, Invalid, InvalidEvent, RunFinal, ServerUnreachable, Unauthorised
from headway.model.events import OUTPUT_DROPPED
from headway.sdk.connection import FindConnection, find_connection
from headway.sdk.http import NO_RETRY, Http
from headway.sdk.spool import END, EVENT, FILE, Place, Record, Spool, SpoolBusy, bound_left_over, left_over

BATCH_EVENTS = 500
BATCH_BYTES = 262_144
WATCHED_SECONDS = 0.2
"""Between two batches of a recorded run that somebody looks at."""
UNWATCHED_SECONDS = 1.0
"""The same while nobody does."""
RENEW_SECONDS = 20.0
"""A third of the lease of an outside run."""
FIRST_DELAY_SECONDS = 0.25
"""After a failure, at most, doubled with each further one …"""
LONGEST_DELAY_SECONDS = 10.0
"""… up to this; each time a random part of it."""
HEALTHY_SECONDS = 5.0
"""The server counts as there for so long after its last answer."""
REQUEST_SECONDS = 30.0
"""A request that has no answer after so long has failed."""
THREAD_NAME = "headway-delivery"
LEFT_OVER_THREAD = "headway-left-over"

_logger = logging.getLogger("headway")


class DeliveryRefused(HeadwayError):
    """The server does not take the rest of the run {name}: {reason} What it would not take is kept in {path}."""


class Delivery:
    """One spool on its way. `deliver` in any one thread, or `start` a thread that does it for as long as it takes."""

    def __init__(
        self,
        spool: Spool,
        http: Http,
        *,
        on_opened: Callable[[str], None] = lambda run: None,
        on_wish: Callable[[str], None] = lambda wish: None,
        on_watched: Callable[[int], None] = lambda count: None,
    ) -> None:
        self.spool = spool
        self._http = http
        self._on_opened = on_opened
        self._on_wish = on_wish
        self._on_watched = on_watched
        self.done = threading.Event()
        """Nothing more will be sent: all is acknowledged, or refused for good."""
        self.opened = threading.Event()
        self.room = threading.Condition()
        """Notified whenever something was acknowledged."""
        self.refused: DeliveryRefused | None = None
        self._news = threading.Event()
        self._pending_events = 0
        self._pending_bytes = 0
        self._watched = 0
        self._sent_at = float("-inf")
        self._answered_at = float("-inf")
        self._failures = 0
        self._started_at = time.monotonic()
        self._warned = False

    # --- asked by those who report ----------------------------------------------------------------------------------

    def notice(self, size: int) -> None:
        """A record was appended."""
        self._pending_bytes += size
        self._pending_events += 1
        if self._pending_events == 1 or self._pending_events >= BATCH_EVENTS or self._pending_bytes >= BATCH_BYTES:
            self._news.set()

    @property
    def is_healthy(self) -> bool:
        """The server has answered lately, and the newest try did not fail."""
        return not self._failures and time.monotonic() - self._answered_at < HEALTHY_SECONDS

    @property
    def is_hopeful(self) -> bool:
        """Waiting for the delivery makes sense: the server is there, or it is too early to say."""
        return self.is_healthy or (not self._failures and time.monotonic() - self._started_at < 1.0)

    def start(self) -> None:
        threading.Thread(target=self._work, name=THREAD_NAME, daemon=True).start()

    def settle(self, timeout_seconds: float) -> bool:
        """Wait until all is delivered, as long as there is hope; whether it is."""
        self._pending_bytes += BATCH_BYTES
        self._news.set()
        deadline = time.monotonic() + timeout_seconds
        while not self.done.wait(0.02):
            if time.monotonic() > deadline or not self.is_hopeful:
                break
        return self.done.is_set() and self.refused is None

    # --- the thread -------------------------------------------------------------------------------------------------

    def _work(self) -> None:
        while not self.done.is_set():
            try:
                self.deliver()
            except HeadwayError as error:
                self._failures += 1
                self._warn(error)
                self._rest()
                continue
            except Exception as error:  # noqa: BLE001  (a program must not lose its reports over a fault of ours: try again)
                self._failures += 1
                self._warn(error)
                self._rest()
                continue
            self._wait_for_news()

    def _rest(self) -> None:
        """Wait before the next try (full jitter), and meanwhile see that what is spooled outlasts a loss of power."""
        span = min(LONGEST_DELAY_SECONDS, FIRST_DELAY_SECONDS * 2 ** min(self._failures - 1, 10))
        until = time.monotonic() + random.uniform(span / 10, span)
        while (left := until - time.monotonic()) > 0:
            if self.done.wait(min(left, 1.0)):
                return
            try:
                self.spool.sync()
            except OSError:
                return

    def _wait_for_news(self) -> None:
        """Until there is something to send and it is time to: at once after a quiet spell or when a batch is full."""
        interval = WATCHED_SECONDS if self._watched else UNWATCHED_SECONDS
        while not self.done.is_set():
            now = time.monotonic()
            is_full = self._pending_events >= BATCH_EVENTS or self._pending_bytes >= BATCH_BYTES
            if is_full or (self._pending_events and now - self._sent_at >= interval):
                return
            if now - self._sent_at >= RENEW_SECONDS:
                return
            until = self._sent_at + (interval if self._pending_events else RENEW_SECONDS)
            self._news.wait(max(0.0, until - now))
            self._news.clear()

    def _warn(self, error: Exception) -> None:
        if not self._warned:
            self._warned = True
            _logger.warning(
                "The run %r is not reported for the time being: %s It is kept in %s and delivered later.",
                self.spool.opening.name, error, self.spool.path,
            )  # fmt: skip

    # --- sending ----------------------------------------------------------------------------------------------------

    def deliver(self) -> None:
        """Send what is in the spool now, and renew the lease if there is nothing. Raises the error that makes it worth another
        try later; what is refused for good is set aside, and `refused` says so."""
        self._pending_events = self._pending_bytes = 0
        try:
            self._open()
            progress = self.spool.progress
            if progress.batch_no > progress.acknowledged_no:
                self._send_batch(self._composed_before())
            sent = self._send_all()
            if not sent and not self.done.is_set() and time.monotonic() - self._sent_at >= RENEW_SECONDS:
                self._post_batch(0, [])
        except HeadwayError as error:
            if isinstance(error, Unauthorised):
                self._doubt_token()
                raise
            if error.is_temporary:
                raise
            self._refuse(error)

    def _send_all(self) -> bool:
        """Batches, files and the end, in order; whether there was any."""
        has_sent = False
        while not self.done.is_set():
            events, following = self._compose()
            if events:
                self._send_batch(events)
            elif following is None:
                break
            elif following.kind == FILE:
                self._send_file(following)
            else:
                self._send_end(following)
            has_sent = True
        return has_sent

    def _compose(self) -> tuple[list[bytes], Record | None]:
        """The next batch, noted; or the record that is next and is no event; or nothing."""
        events: list[bytes] = []
        size = 0
        end: Place | None = None
        for record in self.spool.read(self.spool.progress.acknowledged_end):
            if record.kind != EVENT:
                if not events:
                    return [], record
                break
            if events and size + len(record.body) > BATCH_BYTES:
                break
            events.append(record.body)
            size += len(record.body) + 1
            end = record.end
            if len(events) >= BATCH_EVENTS:
                break
        if end is not None:
            self.spool.composed(self.spool.progress.acknowledged_no + 1, end)
        return events, None

    def _composed_before(self) -> list[bytes]:
        progress = self.spool.progress
        return [record.body for record in self.spool.read(progress.acknowledged_end) if record.end <= progress.batch_end]

    def _send_batch(self, events: list[bytes]) -> None:
        for left in range(len(events), -1, -1):
            try:
                self._post_batch(self.spool.progress.batch_no, events)
                break
            except Invalid as error:
                if not left:
                    raise
                # Refused batches are not recorded, so this number may go out again with what the server can take.
                events = _without_refused(events, error)
        self.spool.acknowledged()
        with self.room:
            self.room.notify_all()

    def _post_batch(self, batch_no: int, events: list[bytes]) -> None:
        body = b'{"fence":%d,"batch_no":%d,"events":[%b]}' % (self.spool.progress.fence, batch_no, b",".join(events))
        answer = self._call("POST", "/events", body=body)
        watched, wish = answer.get("watched"), answer.get("wish")
        count = int(watched) if isinstance(watched, (int, float)) else 0
        if count != self._watched:
            self._watched = count
            self._on_watched(count)
        if isinstance(wish, str):
            self._on_wish(wish)

    def _send_file(self, record: Record) -> None:
        said: dict[str, Any] = json.loads(record.body)
        path = Path(said["path"])
        query = {"name": said["name"], "media_type": said.get("media_type"), "step": said.get("step"), "fence": self.spool.progress.fence}
        try:
            with path.open("rb") as file:
                self._call("POST", "/artifacts", query=query, body=file, media_type=said.get("media_type"))
        except (OSError, Invalid) as error:
            _logger.warning("The artifact %s of the run %r was not kept: %s", said["name"], self.spool.opening.name, error)
        self.spool.passed(record.end)
        if said.get("is_temporary"):
            path.unlink(missing_ok=True)

    def _send_end(self, record: Record) -> None:
        said: dict[str, Any] = json.loads(record.body)
        was_sent = self.spool.progress.end_was_sent
        if not was_sent:
            self.spool.ending()
        content = {"fence": self.spool.progress.fence, **said}
        try:
            self._call("PUT", "/outcome", content=content)
        except RunFinal:
            if not was_sent:
                raise
        except Invalid as error:
            # The outcome must not be lost over a result that the server cannot hold.
            reason = {"code": "result_refused", "message": str(error)}
            self._call("PUT", "/outcome", content={**content, "result": None, "error": said.get("error") or reason})
        self.spool.remove()
        self._finish()

    def _open(self) -> None:
        if self.spool.progress.run is None:
            opening = {key: value for key, value in asdict(self.spool.opening).items() if value not in (None, (), {})}
            key = opening.pop("idempotency_key")
            answer = self._http.request(
                "POST", "/runs", content=opening, headers={"Idempotency-Key": key}, retry=NO_RETRY, timeout=REQUEST_SECONDS
            ).json()
            run, fence = _opened(answer, self._http.connection.url)
            token = answer.get("token")
            self.spool.opened(run, fence, token if isinstance(token, str) else None)
            self._answered()
        if not self.opened.is_set() and self.spool.progress.run is not None:
            self._on_opened(self.spool.progress.run)
            self.opened.set()

    def _call(
        self, method: str, path: str, *, query: dict[str, Any] | None = None, content: object = None, body: Any = None,
        media_type: str | None = None,
    ) -> dict[str, Any]:  # fmt: skip
        progress = self.spool.progress
        answer = self._http.request(
            method, f"/runs/{progress.run}{path}", query=query, content=content, body=body, token=progress.token, retry=NO_RETRY,
            headers={"Content-Type": media_type or "application/octet-stream"} if path == "/artifacts" else None, timeout=REQUEST_SECONDS,
        ).json()  # fmt: skip
        self._answered()
        return cast("dict[str, Any]", answer) if isinstance(answer, dict) else {}

    def _answered(self) -> None:
        self._failures = 0
        self._sent_at = self._answered_at = time.monotonic()

    def _doubt_token(self) -> None:
        """The run's own token is no longer taken: go on with the user's, and look whether that was changed."""
        self.spool.progress.token = None
        self._http.forget_connection()

    def _refuse(self, error: HeadwayError) -> None:
        path = self.spool.keep()
        self.refused = DeliveryRefused(name=self.spool.opening.name, reason=str(error), path=str(path), by=error.code)
        _logger.warning("%s", self.refused)
        self._finish()

    def _finish(self) -> None:
        self._http.close()
        self.opened.set()
        self.done.set()
        with self.room:
            self.room.notify_all()


def _opened(answer: Any, url: str) -> tuple[str, int]:
    match answer:
        case {"run": {"id": str(run)}, "fence": int(fence)} | {"run": str(run), "fence": int(fence)}:
            return run, fence
        case _:
            raise ServerUnreachable(f"What answers at {url} does not speak as Headway does.", url=url)


def _without_refused(events: list[bytes], error: Invalid) -> list[bytes]:
    """The batch with an entry of ours in the place of the event that the server names; or, if it names none, of all."""
    index = error.fields.get("index")
    if isinstance(error, InvalidEvent) and isinstance(index, int) and 0 <= index < len(events):
        return [*events[:index], _dropped(events[index : index + 1], error), *events[index + 1 :]]
    return [_dropped(events, error)]


def _dropped(events: list[bytes], error: Invalid) -> bytes:
    size = sum(map(len, events))
    reason = f"refused by the server: {error}"[:1000]
    return json.dumps({"kind": OUTPUT_DROPPED, "at": iso(), "line_count": len(events), "byte_count": size, "reason": reason}).encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOver:
    """What became of a spool that an earlier process left."""

    name: str
    run: str | None
    is_delivered: bool
    reason: str = ""


def deliver_left_over(find: FindConnection = find_connection, *, home: Path | None = None, limit: int = 100) -> list[LeftOver]:
    """Deliver what earlier processes of this user recorded and could not deliver. A run whose process died without an end is
    ended as failed, code ``process_died``. Never raises; stops at the first that finds no server."""
    outcomes: list[LeftOver] = []
    for path in left_over(home)[:limit]:
        try:
            spool = Spool.recover(path)
        except (SpoolBusy, ValueError, OSError):
            continue
        delivery = Delivery(spool, Http(find))
        try:
            _see_to_end(spool)
            delivery.deliver()
        except (HeadwayError, OSError) as error:
            spool.close()
            outcomes.append(LeftOver(name=spool.opening.name, run=spool.progress.run, is_delivered=False, reason=str(error)))
            if isinstance(error, ServerUnreachable):
                break
            continue
        reason = str(delivery.refused or "")
        outcomes.append(LeftOver(name=spool.opening.name, run=spool.progress.run, is_delivered=not reason, reason=reason))
    return outcomes


def _see_to_end(spool: Spool) -> None:
    if any(record.kind == END for record in spool.read(spool.progress.acknowledged_end)):
        return
    if spool.damaged_bytes:
        lost = {"kind": OUTPUT_DROPPED, "at": iso(), "line_count": 0, "byte_count": spool.damaged_bytes, "reason": "the spool was damaged"}
        spool.append(json.dumps(lost).encode())
    error = {"code": "process_died", "type": "", "message": "The recording process ended without saying how (killed, or out of memory)."}
    spool.append(json.dumps({"outcome": "failed", "error": error}).encode(), END)


_under_way = threading.Lock()


def deliver_left_over_soon(find: FindConnection) -> None:
    """`deliver_left_over` in the background, unless that is under way; what is too much for the disk goes first."""
    if not left_over() or not _under_way.acquire(blocking=False):
        return

    def work() -> None:
        try:
            bound_left_over()
            deliver_left_over(find)
        finally:
            _under_way.release()

    threading.Thread(target=work, name=LEFT_OVER_THREAD, daemon=True).start()


def _after_fork() -> None:
    global _under_way
    _under_way = threading.Lock()


os.register_at_fork(after_in_child=_after_fork)
