"""Tickets: what stands in an address instead of a token, for a caller that can send no header (a browser's `EventSource`).

An address is written into histories and logs on its way. A ticket that is found there is worth nothing: it was good once, within
half a minute, at the server that gave it out.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from datetime import timedelta

from headway.access.principal import Principal
from headway.access.seal import SECRET_LIMIT, Seal
from headway.model.clock import Clock, SystemClock
from headway.model.errors import RateLimited, TicketInvalid

TICKET_LIFE = timedelta(seconds=30)
TICKET_LIMIT = 10_000
"""That nobody has used yet, over all callers."""
TICKETS_EACH = 200
"""The same, of one token: as many as it may open at once, and no more."""


class Tickets:
    """Kept in memory, as seals: a server that starts again gives out new ones, and who reads its memory finds none."""

    def __init__(self, seal: Seal, clock: Clock | None = None) -> None:
        self._seal = seal
        self._clock = clock or SystemClock()
        self._kept: OrderedDict[str, tuple[Principal, float]] = OrderedDict()
        """By seal: whose it is, and until when (monotonic seconds). All live equally long, so the oldest come first."""
        self._held: Counter[str] = Counter()

    def issue(self, principal: Principal) -> tuple[str, float]:
        """A ticket for `principal`, and the seconds that it is good for. Raises `RateLimited`."""
        self._forget_old()
        holder = _holder(principal)
        if len(self._kept) >= TICKET_LIMIT or self._held[holder] >= TICKETS_EACH:
            raise RateLimited("Too many tickets have not been used yet.", retry_in_seconds=1)
        life = TICKET_LIFE.total_seconds()
        ticket = self._seal.make()
        self._kept[self._seal.of(ticket)] = (principal, self._clock.monotonic() + life)
        self._held[holder] += 1
        return ticket, life

    def take(self, ticket: str) -> Principal:
        """Whose ticket it is; nobody's from now on. Raises `TicketInvalid`, also when the token behind it has ended since."""
        self._forget_old()
        kept = self._kept.get(self._seal.of(ticket)) if len(ticket) <= SECRET_LIMIT else None
        if kept is None:
            raise TicketInvalid
        self._drop(self._seal.of(ticket))
        principal = kept[0]
        if principal.expires_at is not None and principal.expires_at <= self._clock.now():
            raise TicketInvalid
        return principal

    def _forget_old(self) -> None:
        now = self._clock.monotonic()
        while self._kept:
            oldest = next(iter(self._kept))
            if now < self._kept[oldest][1]:
                return
            self._drop(oldest)

    def _drop(self, seal: str) -> None:
        principal, _ = self._kept.pop(seal)
        holder = _holder(principal)
        self._held[holder] -= 1
        if self._held[holder] <= 0:
            del self._held[holder]


def _holder(principal: Principal) -> str:
    return principal.token_id or principal.id
