"""Exceptions by which a run is told to stop, or says how it wants to end."""

from __future__ import annotations


class Cancelled(BaseException):
    """Raised in a running task when someone cancels its run. Not an `Exception`, so that ``except Exception`` lets it pass.

    Catch it (or use ``finally``) to tidy up, then let it go on. An ``async def`` task sees `asyncio.CancelledError` instead.
    """

    def __init__(self, reason: str = "cancelled") -> None:
        super().__init__(reason)
        self.reason = reason


class Paused(BaseException):
    """Raised by `checkpoint()` once the checkpoint is recorded, when someone asked for a pause: the run ends here and goes on later."""


def outcome_of(error: BaseException | None) -> str:
    """How a step or a run ends that is left by `error`: succeeded, paused, cancelled or failed."""
    if error is None:
        return "succeeded"
    if isinstance(error, Paused):
        return "paused"
    # asyncio's by its name, because importing asyncio costs 30 ms.
    return "cancelled" if isinstance(error, Cancelled) or type(error).__name__ == "CancelledError" else "failed"


class SoftTimeout(Exception):
    """Raised in a running task when its ``soft_timeout`` is over: time to wrap up before the hard limit."""


class Retry(Exception):
    """``raise headway.Retry(delay=30)``: this try failed, make another (as long as ``retries`` allows).

    `delay` is in seconds; None: the task's own back-off. The cause is kept with ``raise headway.Retry() from error``.
    """

    def __init__(self, message: str = "another try was asked for", *, delay: float | None = None) -> None:
        super().__init__(message)
        self.delay_seconds = delay


class NoRetry(Exception):
    """``raise headway.NoRetry("the file is empty")``: this failed, and another try would fail too."""
