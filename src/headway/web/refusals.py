"""What is refused to callers, for the audit log: noted at once, written a second later, and bounded, so that nobody fills a disk by asking.

Each caller has a bucket of its own, and all of them one together. What is over is counted, and said in one row when there is room again.
"""

from __future__ import annotations

import time
from collections import Counter, OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from starlette.requests import Request

from headway.access.principal import Principal
from headway.acts.audit import audit
from headway.model.audit import Action, AuditOutcome, Occasion
from headway.store.contract import Store, Transaction

EACH_BURST, EACH_SECONDS = 20, 30.0
"""Rows of one caller: so many at once, then one in so many seconds."""
ALL_BURST, ALL_SECONDS = 500, 2.0
REMEMBERED = 10_000
OVER_LIMIT = 200
"""Callers whose further refusals are counted by name; those of others are counted together."""
OTHERS = "others"


def occasion_of(request: Request) -> Occasion:
    """The call, as the audit log names it."""
    address = request.client.host if request.client else None
    return Occasion(address=address, request_id=request.scope.get("headway.request_id"), transport="rest")


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    by: Principal
    action: Action
    project: str | None = None
    target: str | None = None
    after: object = None


class Bucket:
    """Room for `burst`, and for one more every `seconds`."""

    def __init__(self, burst: int, seconds: float, now: float) -> None:
        self._burst = burst
        self._seconds = seconds
        self._left = float(burst)
        self._since = now

    def take(self, now: float) -> bool:
        self._left = min(self._burst, self._left + (now - self._since) / self._seconds)
        self._since = now
        if self._left < 1:
            return False
        self._left -= 1
        return True


class Refusals:
    """`note` from the loop; `flush` every second, and once more at the end (`assembly/sealing.py`)."""

    def __init__(self, store: Store, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._store = store
        self._monotonic = monotonic
        self._waiting: list[Refusal] = []
        self._over: Counter[str] = Counter()
        self._all = Bucket(ALL_BURST, ALL_SECONDS, monotonic())
        self._each: OrderedDict[str, Bucket] = OrderedDict()

    def note(self, refusal: Refusal) -> None:
        caller = refusal.by.id or refusal.by.occasion.address or "?"
        now = self._monotonic()
        bucket = self._each.pop(caller, None) or Bucket(EACH_BURST, EACH_SECONDS, now)
        self._each[caller] = bucket
        if len(self._each) > REMEMBERED:
            self._each.popitem(last=False)
        if bucket.take(now) and self._all.take(now):
            self._waiting.append(refusal)
        else:
            self._over[caller if caller in self._over or len(self._over) < OVER_LIMIT else OTHERS] += 1

    async def flush(self) -> int:
        """Write what was noted. How many rows. Raises `StoreUnavailable`; then it is noted still."""
        over = {caller: count for caller, count in self._over.items() if self._may_count(caller)}
        if not self._waiting and not over:
            return 0
        waiting, self._waiting = self._waiting, []
        for caller in over:
            del self._over[caller]

        def act(tx: Transaction) -> int:
            for each in waiting:
                audit(
                    tx, each.by, each.action, project=each.project, target=each.target, after=each.after, outcome=AuditOutcome.REFUSED
                )  # fmt: skip
            for caller, count in over.items():
                who = Principal(id="" if caller == OTHERS else caller)
                audit(tx, who, Action.CALL_REFUSED, after={"further_count": count}, outcome=AuditOutcome.REFUSED)
            return len(waiting) + len(over)

        try:
            return await self._store.write(act)
        except BaseException:
            self._waiting = [*waiting, *self._waiting][:ALL_BURST]
            self._over.update(over)
            raise

    def _may_count(self, caller: str) -> bool:
        """Whether there is room again for a row that says how many there were beside those that have one."""
        bucket = self._each.get(caller)
        now = self._monotonic()
        return (bucket is None or bucket.take(now)) and self._all.take(now)
