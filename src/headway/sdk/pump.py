"""One output of a command: byte for byte to our own, and read as a `Stream` of the run."""

from __future__ import annotations

import os
import select
import threading
import time
from collections.abc import Callable

from headway.sdk.pseudo_terminal import open_pseudo_terminal, set_size, size_of
from headway.sdk.stream import Stream

CHUNK = 65_536
LINGER_SECONDS = 1.0
"""How long output is still awaited after the command's end, while a process that it left behind holds the pipe."""
RESIZE_SECONDS = 0.5
"""A resized window is noticed after this time: the signal for it goes to the command, which has the terminal."""


class Pump(threading.Thread):
    def __init__(self, target: int, stream: Stream, *, is_terminal: bool, on_resize: Callable[[], None]) -> None:
        """Opens what the command writes to (`theirs`). `is_terminal`: a pseudo-terminal, if the system has one, else a pipe.

        `on_resize()` is called when our own terminal has got another size, and the command's has followed.
        """
        super().__init__(name=f"headway-output-{target}", daemon=True)
        self._target = target
        self._stream = stream
        self._on_resize = on_resize
        self._size = size_of(target)
        self.is_terminal = False
        if is_terminal:
            try:
                self._source, self.theirs = open_pseudo_terminal(self._size)
                self.is_terminal = True
            except OSError:
                self._source, self.theirs = os.pipe()
        else:
            self._source, self.theirs = os.pipe()
        self._read_at = time.monotonic()

    def close_theirs(self) -> None:
        """The command has its own by now, and the end of it must be seen here."""
        os.close(self.theirs)

    def close(self) -> None:
        """There is no command after all."""
        os.close(self._source)

    def run(self) -> None:
        try:
            while data := self._read():
                self._read_at = time.monotonic()
                if not self._pass_on(data):
                    return
                self._stream.feed(data)
                self._read_at = time.monotonic()
        finally:
            # Closed here, so that a command whose reader has gone gets SIGPIPE, as it would without us.
            os.close(self._source)
            self._stream.close()

    def finish(self) -> None:
        """The command has ended: read what it wrote, and do not wait for ever for a process that it left behind."""
        self._read_at = max(self._read_at, time.monotonic())
        while self.is_alive():
            left = self._read_at + LINGER_SECONDS - time.monotonic()
            if left <= 0 and not self._is_busy():
                return
            self.join(max(0.05, left))

    def _is_busy(self) -> bool:
        return time.monotonic() - self._read_at < LINGER_SECONDS

    def _read(self) -> bytes:
        if not self.is_terminal:
            return os.read(self._source, CHUNK)
        while not select.select([self._source], [], [], RESIZE_SECONDS)[0]:
            self._follow_size()
        self._follow_size()
        try:
            return os.read(self._source, CHUNK)
        except OSError:  # so Linux says that nobody has the other end any more
            return b""

    def _follow_size(self) -> None:
        size = size_of(self._target)
        if size != self._size:
            self._size = size
            set_size(self._source, size)
            self._on_resize()

    def _pass_on(self, data: bytes) -> bool:
        written = 0
        while written < len(data):
            try:
                written += os.write(self._target, data[written:] if written else data)
            except BlockingIOError:  # full, and made non-blocking by another program that shares it
                select.select([], [self._target], [], 1.0)
            except OSError:
                return False
        return True
