"""How many mistakes a caller may make in a row: a token bucket for each token, or address if there is no valid token.

Only refused requests are counted, so that a program that works is never slowed, and one that guesses is.
"""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from collections.abc import Callable

from headway.model.errors import RateLimited

BURST = 200
PER_SECOND = 10.0
REMEMBERED = 10_000


class Patience:
    def __init__(self, *, burst: int = BURST, per_second: float = PER_SECOND, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._burst = burst
        self._per_second = per_second
        self._monotonic = monotonic
        self._spent: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def check(self, caller: str) -> None:
        """Raise `RateLimited` while the caller has made too many mistakes."""
        if caller not in self._spent:
            return
        left = self._left(caller)
        if left < 1:
            raise RateLimited(retry_in_seconds=math.ceil((1 - left) / self._per_second * 10) / 10)

    def note(self, caller: str) -> None:
        """The caller has made a mistake."""
        self._spent[caller] = (self._left(caller) - 1, self._monotonic())
        self._spent.move_to_end(caller)
        if len(self._spent) > REMEMBERED:
            self._spent.popitem(last=False)

    def _left(self, caller: str) -> float:
        left, since = self._spent.get(caller, (float(self._burst), self._monotonic()))
        return min(self._burst, left + (self._monotonic() - since) * self._per_second)
