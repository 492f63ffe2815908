"""Which messages are missing: as many there should be as there are runs that could be claimed.

A message may be lost (a broker that was killed or emptied), and one that came while a queue was paused or full has found nothing. So
the number of messages is compared with the number of runs. A difference counts when it is there in two looks: between a commit and
its message, and between a message and its claim, it is there for a moment.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

PAUSE_LIMIT = 32.0
"""Seconds after which is rung again at the latest for runs that nobody claims (no worker knows their task)."""
FIRST_PAUSE = 1.0


@dataclass(slots=True, kw_only=True)
class _Queue:
    missing: int
    """At the last look."""
    rung_with: int | None = None
    """How many runs there were when somebody was last rung for."""
    pause: float = FIRST_PAUSE
    next_at: float = 0.0


class Missing:
    def __init__(self) -> None:
        self._queues: dict[str, _Queue] = {}

    def due(self, unclaimed: Mapping[str, int], message_count: Callable[[str], int], now: float) -> dict[str, int]:
        """How many messages to send for each queue. `message_count`: those that wait in the broker. `now`: seconds of a monotonic clock."""
        for queue in self._queues.keys() - unclaimed.keys():
            del self._queues[queue]
        found: dict[str, int] = {}
        for queue, count in unclaimed.items():
            missing = count - message_count(queue)
            known = self._queues.get(queue)
            if missing <= 0:
                self._queues.pop(queue, None)
            elif known is None:
                self._queues[queue] = _Queue(missing=missing)
            else:
                number, known.missing = min(missing, known.missing), missing
                if now >= known.next_at:
                    # Where ringing has helped nobody, it is done less and less often.
                    is_in_vain = known.rung_with is not None and count >= known.rung_with
                    known.pause = min(PAUSE_LIMIT, known.pause * 2) if is_in_vain else FIRST_PAUSE
                    known.next_at, known.rung_with = now + known.pause, count
                    found[queue] = number
        return found
