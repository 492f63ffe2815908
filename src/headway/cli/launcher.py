"""Keeps two processes alive: a server and a worker. Standard library only, so that it costs 15 MB and starts at once.

Each process is the leader of a process group of its own, so that Ctrl-C in a terminal reaches the launcher alone, which then
ends them in order. A pipe whose other end only the launcher holds tells them when it is gone.
"""

from __future__ import annotations

import fcntl
import json
import os
import random
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn
from urllib.parse import urlsplit

from headway.cli.process_status import ANEW, DRAINED, LIFE, STATUS
from headway.model.errors import HeadwayError, Unavailable, every_error
from headway.settings import Settings, to_environment

FIRST_DELAY, LONGEST_DELAY = 0.2, 10.0
HEALTHY_SECONDS = 30.0
"""A process that lived so long has its back-off forgotten."""
START_SECONDS = 60.0
"""A server or worker that is not ready after so long is killed, and started again."""
STOP_SECONDS = 7.0
"""From SIGTERM to SIGKILL, besides the time that running work is given (3 s, unless HEADWAY_GRACE_SECONDS says more)."""
SILENT_SECONDS = 20.0
"""A process that was ready and gives no sign of life for so long stands still (SIGSTOP, a debugger, a loop that hangs): it is killed, and
started again. Its runs are executed elsewhere before that (a lease lasts 8 s); but what it holds, nobody else can take from a process
that lives: the lock of SQLite's file, the port."""
AWAY_SECONDS = 5.0
"""A launcher that has not looked for so long stood still itself (Ctrl-Z, a container that was frozen), and so perhaps did the others."""
LOOK_SECONDS = 1.0
"""Between two looks at the processes, at most."""

SERVER = "headway.cli.server_process"
WORKER = "headway.cli.worker_process"


@dataclass(slots=True)
class Part:
    """One of the two processes, alive or waiting to be started again."""

    module: str
    process: subprocess.Popen[bytes] | None = None
    status_fd: int | None = None
    is_ready: bool = False
    started_at: float = 0.0
    heard_at: float = 0.0
    """When it last gave a sign of life (monotonic)."""
    start_at: float | None = 0.0
    """When to start it (monotonic); None: not now."""
    failures: int = 0
    is_drained: bool = False
    """It was asked to end and to stay away."""

    @property
    def name(self) -> str:
        return "server" if self.module == SERVER else "worker"


class Launcher:
    """`run` returns when both processes have ended after a signal."""

    def __init__(self, settings: Settings, *, ready: Callable[[str, str], None], note: Callable[[str], None]) -> None:
        """`ready` is told the URL and a sign-in link once, when both do their work; `note` what a person should know in between."""
        self._settings = settings
        self._ready = ready
        self._note = note
        self._server = Part(SERVER)
        # Both at once, each on a processor; but while another server holds the home, ours is about to be refused, and a worker
        # of ours has no business there.
        self._worker = Part(WORKER, start_at=None if _is_held(settings.lock_path) else 0.0)
        self._url = ""
        self._sign_in_url = ""
        self._is_announced = False
        self._stop_at: float | None = None
        self._stop_seconds = settings.grace_seconds + STOP_SECONDS
        self._life_read, self._life_write = os.pipe()
        self._wake_read, self._wake_write = os.pipe()
        self._selector = selectors.DefaultSelector()

    def run(self) -> int:
        os.set_blocking(self._wake_read, False)
        os.set_blocking(self._wake_write, False)
        self._selector.register(self._wake_read, selectors.EVENT_READ)
        before = {number: signal.signal(number, self._on_signal) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGCHLD)}
        wakeup = signal.set_wakeup_fd(self._wake_write, warn_on_full_buffer=False)
        try:
            return self._keep()
        finally:
            self._end_all()
            signal.set_wakeup_fd(wakeup)
            for number, handler in before.items():
                signal.signal(number, handler)
            self._selector.close()
            for descriptor in (self._life_read, self._life_write, self._wake_read, self._wake_write):
                os.close(descriptor)

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        if number == signal.SIGCHLD:
            return
        if self._stop_at is None:
            self._stop_at = time.monotonic()
        else:
            self._stop_at = time.monotonic() - self._stop_seconds  # asked twice: now

    def _keep(self) -> int:
        looked_at = time.monotonic()
        while self._stop_at is None:
            now = time.monotonic()
            if now - looked_at > AWAY_SECONDS:
                self._server.heard_at = self._worker.heard_at = now
            looked_at = now
            for part in (self._server, self._worker):
                self._tend(part, now)
            for key, _ in self._selector.select(self._pause()):
                if key.fd == self._wake_read:
                    _empty(self._wake_read)
                else:
                    self._hear(key.data)
        return 0

    def _pause(self) -> float:
        now = time.monotonic()
        starts = [part.start_at - now for part in (self._server, self._worker) if part.start_at is not None]
        return max(0.0, min([LOOK_SECONDS, *starts]))

    def _tend(self, part: Part, now: float) -> None:
        """Start a part whose time has come, and notice one that has ended, or stands still."""
        if part.process is None:
            if part.start_at is not None and now >= part.start_at:
                self._start(part)
            return
        if part.process.poll() is not None:
            self._hear(part)  # its last words, if they are still in the pipe
            self._forget(part)
            self._ended(part)
        elif not part.is_ready and now - part.started_at > START_SECONDS:
            part.process.kill()
        elif part.is_ready and now - part.heard_at > SILENT_SECONDS:
            self._note(f"The {part.name} process has given no sign of life for {SILENT_SECONDS:g} s; it is killed.")
            part.process.kill()
            part.heard_at = now  # it takes a moment to end: told once

    def _start(self, part: Part) -> None:
        status_read, status_write = os.pipe()
        environment = {**os.environ, **to_environment(self._settings), STATUS: str(status_write), LIFE: str(self._life_read)}
        environment["HEADWAY_RELOAD"] = "1" if self._settings.is_reloading else "0"
        part.process = subprocess.Popen(
            [sys.executable, "-m", part.module],
            env=environment,
            stdin=subprocess.DEVNULL,
            pass_fds=(status_write, self._life_read),
            process_group=0,
        )
        os.close(status_write)
        os.set_blocking(status_read, False)
        part.status_fd = status_read
        part.is_ready = False
        part.started_at = time.monotonic()
        part.start_at = None
        self._selector.register(status_read, selectors.EVENT_READ, part)

    def _hear(self, part: Part) -> None:
        """A process says, once, that it is ready, or why it cannot be; then that it lives."""
        if part.status_fd is None:
            return
        try:
            said = os.read(part.status_fd, 65_536)
        except BlockingIOError:
            return
        if not said:
            self._forget(part)
            return
        part.heard_at = time.monotonic()
        if said.strip():
            self._take(part, json.loads(said))

    def _forget(self, part: Part) -> None:
        """Its pipe: something that outlives it may still hold the other end."""
        if part.status_fd is not None:
            self._selector.unregister(part.status_fd)
            os.close(part.status_fd)
            part.status_fd = None

    def _take(self, part: Part, word: dict[str, Any]) -> None:
        """Its first word."""
        url: str = word.get("url", "")
        if not word["ready"]:
            if not self._is_announced:
                _raise(word)
            return
        part.is_ready = True
        if part is self._server:
            self._url = url
            self._sign_in_url = word.get("sign_in_url", "")
            # A server that is started again answers where the first did.
            self._settings = replace(self._settings, port=urlsplit(url).port or self._settings.port)
            if self._worker.process is None and self._worker.start_at is None and not self._worker.is_drained:
                self._worker.start_at = 0.0
        if self._server.is_ready and self._worker.is_ready and not self._is_announced:
            self._is_announced = True
            self._ready(self._url, self._sign_in_url)

    def _ended(self, part: Part) -> None:
        assert part.process is not None
        code = part.process.returncode
        part.process = None
        if not self._is_announced and not part.is_ready:
            raise Unavailable(f"The {part.name} process ended with code {code} before it was ready.")
        if part is self._worker and code == DRAINED:
            part.is_drained = True
            self._note("The worker was drained. It stays away: queued runs wait for another one, or for the next `headway serve`.")
            return
        if part is self._worker and code == ANEW:
            part.failures = 0
            part.start_at = time.monotonic()
            self._note("The worker has finished, as somebody asked, and is started again.")
            return
        lived = time.monotonic() - part.started_at
        part.failures = 1 if lived > HEALTHY_SECONDS else part.failures + 1
        delay = random.uniform(0.5, 1.0) * min(LONGEST_DELAY, FIRST_DELAY * 2 ** (part.failures - 1))
        part.start_at = time.monotonic() + delay
        self._note(f"The {part.name} process ended (code {code}); it is started again in {delay:.1f} s.")

    def _end_all(self) -> None:
        """SIGTERM to both, SIGKILL to the one that is too slow; nothing is left behind."""
        began = self._stop_at or time.monotonic()
        alive = [part.process for part in (self._worker, self._server) if part.process is not None]
        for process in alive:
            process.terminate()
        while alive := [process for process in alive if process.poll() is None]:
            left = (self._stop_at or began) + self._stop_seconds - time.monotonic()
            if left <= 0:
                for process in alive:
                    process.kill()
                    process.wait()
                break
            self._selector.select(min(left, LOOK_SECONDS))
            _empty(self._wake_read)
        for part in (self._worker, self._server):
            if part.status_fd is not None:
                os.close(part.status_fd)
                part.status_fd = None


def _is_held(path: Path) -> bool:
    """Whether a process holds the lock on this file."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(descriptor)
    return False


def _empty(descriptor: int) -> None:
    try:
        while os.read(descriptor, 4_096):
            pass
    except BlockingIOError:
        return


def _raise(word: dict[str, Any]) -> NoReturn:
    """The error that a process reported, as if it had happened here."""
    known: type[HeadwayError] = every_error().get(word["code"], Unavailable)
    raise known(word["message"], **word.get("fields", {}))
