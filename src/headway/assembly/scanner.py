"""A program of the operator's that looks at files before anybody can have them (`HEADWAY_SCAN_COMMAND`): a scanner for viruses.

It is run once for each file, without a shell, with nothing of our environment but what programs need. As clamscan and clamdscan have it:
0 says that nothing was found, 1 that something was; all else, and no answer in time, says that it failed.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import shlex
import shutil
import signal
import tempfile
from pathlib import Path
from typing import BinaryIO

from headway.access.scanning import FileRefused, ScannerFailed
from headway.model.errors import BadSetting

SCAN_SECONDS = 60.0
"""That one file may take."""
AT_ONCE = 2
"""Scanners of one process."""
WAITING_LIMIT = 16
"""Files that wait for one; whoever brings one more is told to come again."""
RETRY_SECONDS = 10
"""When whoever brings a file that could not be scanned is told to come again."""
PLACE = "{file}"
"""Stands in the command for the path of the file."""
CLEAN, FOUND = 0, 1
_SAID_LIMIT = 300
_ENVIRONMENT = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "LD_LIBRARY_PATH")


log = logging.getLogger("headway.assembly")


class Scanner:
    """One for each process that takes files."""

    def __init__(self, command: str, *, seconds: float = SCAN_SECONDS, waiting_limit: int = WAITING_LIMIT) -> None:
        """Raises `BadSetting` where there is no such program."""
        self._words = shlex.split(command)
        self._seconds = seconds
        self._waiting_limit = waiting_limit
        self._places = asyncio.Semaphore(AT_ONCE)
        self._waiting = 0
        if shutil.which(self._words[0]) is None:
            raise BadSetting(name="HEADWAY_SCAN_COMMAND", reason=f"{self._words[0]} is no program that can be run here")

    async def check(self, path: Path) -> None:
        """A `Scan` (`access/scanning.py`)."""
        if self._waiting >= self._waiting_limit:
            raise ScannerFailed(reason="too many files wait for it", retry_in_seconds=RETRY_SECONDS)
        self._waiting += 1
        try:
            async with self._places:
                with tempfile.TemporaryFile() as said:
                    code = await self._run(path, said)
                    text = _first_of(said, path)
        finally:
            self._waiting -= 1
        if code == FOUND:
            raise FileRefused(found=text or "it does not say what")
        if code != CLEAN:
            reason = "the scanner takes too long" if code is None else f"the scanner ended with {code}"
            log.warning("A file could not be scanned: %s (%s)", reason, text)
            raise ScannerFailed(retry_in_seconds=RETRY_SECONDS, reason=reason)

    async def _run(self, path: Path, said: BinaryIO) -> int | None:
        """How it ended; None: it did not, in time."""
        words = [word.replace(PLACE, str(path)) for word in self._words]
        environment = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
        try:
            process = await asyncio.create_subprocess_exec(
                *words, stdin=asyncio.subprocess.DEVNULL, stdout=said, stderr=asyncio.subprocess.DEVNULL, env=environment,
                start_new_session=True,
            )  # fmt: skip
        except OSError as error:
            log.warning("A file could not be scanned: %s cannot be run: %s", words[0], error.strerror)
            raise ScannerFailed(retry_in_seconds=RETRY_SECONDS, reason="the scanner cannot be run") from error
        try:
            async with asyncio.timeout(self._seconds):
                return await process.wait()
        except TimeoutError:
            return None
        finally:
            # With all that it has started; nothing of it may be left, also where whoever brought the file has gone.
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()


def _first_of(said: BinaryIO, path: Path) -> str:
    """The first line of what it says, without the place of the file, which is nobody's business."""
    said.seek(0)
    line = said.read(4_096).decode(errors="replace").strip().partition("\n")[0]
    return line.replace(str(path), "the file")[:_SAID_LIMIT]
