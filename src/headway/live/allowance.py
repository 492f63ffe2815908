"""How often one viewer may do what."""

from __future__ import annotations

from headway.live.buckets import TokenBucket
from headway.live.messages import Refusal
from headway.live.settings import LiveSettings


class Allowance:
    """Buckets are made when they are first needed: most viewers never send a command, nor nonsense."""

    __slots__ = ("_commands", "_errors", "_rows", "_settings")

    def __init__(self, settings: LiveSettings) -> None:
        self._settings = settings
        self._commands: TokenBucket | None = None
        self._rows: TokenBucket | None = None
        self._errors: TokenBucket | None = None

    def take_command(self, now: float) -> None:
        """Raises `Refusal`."""
        if self._commands is None:
            self._commands = TokenBucket(self._settings.commands_per_second, self._settings.burst)
        _take(self._commands, now, "Too many commands.")

    def take_rows(self, now: float) -> None:
        """Raises `Refusal`."""
        if self._rows is None:
            self._rows = TokenBucket(self._settings.rows_per_second, self._settings.rows_burst)
        _take(self._rows, now, "Other rows come into view too often.")

    def take_error(self, now: float) -> bool:
        """Whether one more may be answered."""
        if self._errors is None:
            self._errors = TokenBucket(self._settings.errors_per_second, self._settings.burst)
        return self._errors.take(now)


def _take(bucket: TokenBucket, now: float, text: str) -> None:
    if not bucket.take(now):
        raise Refusal("too_fast", text, is_temporary=True, retry_in=bucket.retry_in())
