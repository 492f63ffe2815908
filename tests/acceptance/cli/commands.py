"""Call `headway` as a person or a script does: as a process, with a pipe or a terminal."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from tests.acceptance.installation import ROOT, import_path
from tests.unit.cli.terminal import Screen
from tests.waiting import SCALE

HEADWAY = [sys.executable, "-m", "headway.cli.main"]


@dataclass(frozen=True, slots=True)
class Said:
    code: int
    out: str
    err: str

    @property
    def documents(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.splitlines()]


def environment(home: Path, **more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HEADWAY_")}
    return {**kept, "HEADWAY_HOME": str(home), "HEADWAY_LANG": "en", "PYTHONUTF8": "1", "PYTHONPATH": import_path(ROOT), **more}


def headway(home: Path, *arguments: str, timeout: float = 60.0, **more: str) -> Said:
    """With pipes for output."""
    done = subprocess.run(
        [*HEADWAY, *arguments], env=environment(home, **more), capture_output=True, text=True, timeout=timeout * SCALE, check=False
    )
    return Said(done.returncode, done.stdout, done.stderr)


class Terminal:
    """`headway` in a pseudo-terminal of its own. Use as a context manager: the process has ended when it is left."""

    def __init__(self, home: Path, *arguments: str, columns: int = 80, rows: int = 24, **more: str) -> None:
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.written = ""
        self.process = subprocess.Popen(
            [*HEADWAY, *arguments], env=environment(home, TERM="xterm-256color", **more), stdin=slave, stdout=slave, stderr=slave,
            start_new_session=True, preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509 - the one way to make it the controlling terminal
        )  # fmt: skip
        os.close(slave)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(10)
        os.close(self._master)

    def press(self, keys: str) -> None:
        os.write(self._master, keys.encode())

    def until(self, condition: Callable[[str], object], seconds: float = 30.0) -> str:
        """Read until the screen's text fulfils the condition, or the process has ended; the screen's text."""
        deadline = time.monotonic() + seconds * SCALE
        while not condition(self.screen):
            assert time.monotonic() < deadline, f"it never came to that; the screen was:\n{self.screen}"
            if not self._read(0.2) and self.process.poll() is not None and not self._read(0):
                break
        return self.screen

    def end(self, seconds: float = 60.0) -> tuple[int, str]:
        """Wait for the end: exit code and what stands on the screen."""
        screen = self.until(lambda _: False, seconds)
        return self.process.wait(10), screen

    def _read(self, seconds: float) -> bool:
        if not select.select([self._master], [], [], seconds)[0]:
            return False
        data = b""
        with suppress(OSError):  # Linux says EIO when the other end has closed
            data = os.read(self._master, 65_536)
        self.written += data.decode("utf-8", "replace")
        return bool(data)

    @property
    def screen(self) -> str:
        screen = Screen()
        screen.write(re.sub(r"\^C", "", self.written))
        return "\n".join(screen.rows)
