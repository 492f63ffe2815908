"""Files may be looked at before anybody can have them (`HEADWAY_SCAN_COMMAND`): what is asked, and what may be the answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

from headway.model.errors import Invalid, Unavailable

Scan = Callable[[Path], Awaitable[None]]
"""Returns when nothing was found. Raises `FileRefused`, with what the scanner says in `found`; `ScannerFailed`."""


class FileRefused(Invalid):
    """The file was not taken: the scanner of this installation has found something in it ({found})."""


class ScannerFailed(Unavailable):
    """The file could not be scanned, and is not taken until it was: {reason}. Try again."""
