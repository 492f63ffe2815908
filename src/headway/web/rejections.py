"""Requests that are turned away for what they are, in the log of the process and in the figures: input that does not fit, hosts and
origins that are not ours, what could be read in two ways, whoever asks too fast. What the audit log has already (a right that is
missing, a wrong token) it has by `refusals.py`.

Of each address and code the first is told at once, those after it as a number once a minute; of all together not more than a bucket has
room for. So nobody fills a disk by asking. Never told is what was asked for: the route is, by its pattern.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus

from starlette.types import Scope

from headway.access.principal import Principal
from headway.live.desk import Code
from headway.model.addresses import neighbourhood
from headway.model.errors import HeadwayError
from headway.web.problems import status_of
from headway.web.refusals import Bucket
from headway.web.route_times import route_of

TOLD = frozenset({400, 403, 405, 408, 413, 415, 421, 422, 429, 431})
"""Statuses. 404 beside them where no route is: ordinary programs ask whether a run is there."""
SPAN_SECONDS = 60.0
"""What comes again within it is counted, and told at its end."""
CALLERS = 1_000
"""Pairs of address and code that are counted by themselves; those of others are counted together."""
LINES_BURST, LINE_SECONDS = 200, 1.0
"""Lines of all together: so many at once, then one in so many seconds."""
EVERY_SECONDS = 1.0
"""Between two looks for what is to be told."""

_LIVE = "live"
_HANDSHAKES = {
    HTTPStatus.BAD_REQUEST: "malformed_request",
    HTTPStatus.FORBIDDEN: "origin_refused",
    HTTPStatus.NOT_FOUND: "not_found",
    HTTPStatus.MISDIRECTED_REQUEST: "unknown_host",
}
_GOODBYES: Mapping[int | None, str] = {
    Code.BAD_REQUEST: "live_message_malformed", Code.TOO_FAST: "live_too_fast", Code.TOO_MANY: "live_too_many",
}  # fmt: skip

log = logging.getLogger("headway.web")


@dataclass(slots=True)
class _Span:
    since: float
    address: str
    count: int = 0


class Rejections:
    """All in the loop's thread."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._spans: OrderedDict[tuple[str, str], _Span] = OrderedDict()
        """By address and code; the oldest first."""
        self._others = _Span(monotonic(), "")
        self._lines = Bucket(LINES_BURST, LINE_SECONDS, monotonic())
        self._counts: Counter[str] = Counter()

    @property
    def counts(self) -> Mapping[str, int]:
        """How many there were by their code, since the process began. Codes are written in our code: there are never more."""
        return self._counts

    def note(self, scope: Scope, error: HeadwayError) -> None:
        """A request of HTTP is answered by this error."""
        status = status_of(type(error))
        if status not in TOLD and not (status == 404 and "route" not in scope):
            return
        client = scope.get("client")
        who = scope.get("headway.owner") or getattr(scope.get("headway.call"), "principal", None)
        self.tell(
            error.code, status, place=route_of(scope), address=client[0] if client else "",
            by=who.id if isinstance(who, Principal) else "", request_id=scope["headway.request_id"],
        )  # fmt: skip

    def tell(self, code: str, status: int, *, place: str, address: str, by: str = "", request_id: str = "") -> None:
        """One was turned away. `place`: the pattern of a route, or a word of ours; `by`: the id of whoever asked, where it is known."""
        self._counts[code] += 1
        key = neighbourhood(address), code
        span = self._spans.get(key)
        if span is not None:
            span.count += 1
            return
        now = self._monotonic()
        if len(self._spans) >= CALLERS or not self._lines.take(now):
            self._others.count += 1
            return
        self._spans[key] = _Span(now, address)
        log.warning("refused: %s (%d) at %s, from %s, by %s, request %s", code, status, place, address or "-", by or "-", request_id or "-")

    def note_handshake(self, status: HTTPStatus, address: str) -> None:
        """A live connection was not let in."""
        code = _HANDSHAKES.get(status)
        if code is not None:
            self.tell(code, status, place=_LIVE, address=address)

    def note_goodbye(self, close_code: int | None, address: str) -> None:
        """A live connection was ended by us."""
        code = _GOODBYES.get(close_code)
        if code is not None and close_code is not None:
            self.tell(code, close_code, place=_LIVE, address=address)

    def turn(self, *, is_last: bool = False) -> None:
        """Tell how many there were of what came again; `is_last`: without waiting for the minute to end."""
        now = self._monotonic()
        due = [(key, span) for key, span in self._spans.items() if is_last or now - span.since >= SPAN_SECONDS]
        for key, span in due:
            del self._spans[key]
            if span.count and self._lines.take(now):
                self._spans[key] = _Span(now, span.address)  # who goes on is counted on, without a first line again
                log.warning("refused %d more of the same in the last minute: %s, from %s", span.count, key[1], span.address or "-")
            else:
                self._others.count += span.count
        if self._others.count and (is_last or now - self._others.since >= SPAN_SECONDS):
            log.warning("refused %d more in the last minute, of too many callers to name each", self._others.count)
            self._others = _Span(now, "")

    async def keep(self) -> None:
        """Until it is cancelled."""
        try:
            while True:
                await asyncio.sleep(EVERY_SECONDS)
                self.turn()
        finally:
            self.turn(is_last=True)
