"""The core of `headway exec`: any command becomes a run. It sees its own stdin; what it writes goes to the terminal unchanged
and, as lines, into the run's log."""

from __future__ import annotations

import contextlib
import os
import select
import shlex
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from headway.model.clock import iso
from headway.model.events import LOG_WRITTEN, NAME_LIMIT
from headway.sdk.connection import FindConnection, find_connection
from headway.sdk.delivery import Delivery, deliver_left_over_soon
from headway.sdk.http import Http
from headway.sdk.jsonable import clean
from headway.sdk.lines import Lines
from headway.sdk.record import new_spool
from headway.sdk.spool import Opening
from headway.sdk.spool_reporter import SpoolReporter

CHUNK = 65_536
GRACE_SECONDS = 10.0
"""Between SIGTERM and SIGKILL when the run is cancelled."""
LINGER_SECONDS = 1.0
"""How long output is still awaited after the command's end, while a process that it left behind holds the pipe."""
NOT_FOUND, NOT_EXECUTABLE = 127, 126
_FORWARDED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def execute(
    argv: Sequence[str],
    *,
    name: str | None = None,
    tags: Iterable[str] = (),
    metadata: Mapping[str, Any] | None = None,
    project: str | None = None,
    external_id: str | None = None,
    find: FindConnection = find_connection,
    grace_seconds: float = GRACE_SECONDS,
    settle_seconds: float = 30.0,
) -> int:
    """Run a command as an outside run; its exit code (128 + n when signal n ended it; 127 and 126 as a shell answers).

    SIGINT, SIGTERM and SIGHUP are passed on to the command's process group. When the run is cancelled in Headway the group gets
    SIGTERM, and SIGKILL after `grace_seconds`. Works without a server: what was reported is delivered later. Call it in the
    main thread.
    """
    opening = Opening(
        name=clean(name or shlex.join(argv))[:NAME_LIMIT], external_id=external_id, tags=tuple(tags), project=project,
        metadata={"command": [clean(part)[:1000] for part in argv[:100]], **(metadata or {})},
    )  # fmt: skip
    spool = new_spool(opening)
    if spool is None:
        return subprocess.call(list(argv))
    command = Command(argv, grace_seconds=grace_seconds)
    delivery = Delivery(spool, Http(find), on_wish=command.on_wish)
    reporter = SpoolReporter(spool, delivery)
    delivery.start()
    deliver_left_over_soon(find)
    code = command.run(reporter)
    outcome, error = command.outcome(code)
    reporter.end(outcome, result={"exit_code": code} if outcome == "succeeded" else None, error=error)
    if not delivery.settle(settle_seconds):
        spool.sync()
    return code


class Command:
    """One process group, its output, and the signals it is sent."""

    def __init__(self, argv: Sequence[str], *, grace_seconds: float = GRACE_SECONDS) -> None:
        self._argv = list(argv)
        self._grace_seconds = grace_seconds
        self._process: subprocess.Popen[bytes] | None = None
        self._is_over = threading.Event()
        self._is_cancelled = False
        self._asked: int | None = None
        """The last signal that was passed on."""
        self._start_error: OSError | None = None

    def run(self, reporter: SpoolReporter) -> int:
        try:
            self._process = process = subprocess.Popen(
                self._argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, process_group=0,
                env={"PYTHONUNBUFFERED": "1", **os.environ}, bufsize=0,
            )  # fmt: skip
        except OSError as error:
            self._start_error = error
            sys.stderr.write(f"headway: {self._argv[0]}: {error.strerror}\n")
            return NOT_FOUND if isinstance(error, FileNotFoundError) else NOT_EXECUTABLE
        assert process.stdout is not None
        assert process.stderr is not None
        pumps = [_Pump(process.stdout.fileno(), 1, "stdout", reporter), _Pump(process.stderr.fileno(), 2, "stderr", reporter)]
        # The pumps have descriptors of their own, and must be the only ones that hold the pipes.
        process.stdout.close()
        process.stderr.close()
        with _foreground(process.pid), self._forwarding():
            if self._is_cancelled:
                self._end_group()
            for pump in pumps:
                pump.start()
            status = self._wait(process.pid)
            self._is_over.set()
            for pump in pumps:
                pump.finish()
        process.returncode = os.waitstatus_to_exitcode(status)
        return process.returncode if process.returncode >= 0 else 128 - process.returncode

    def outcome(self, code: int) -> tuple[str, dict[str, Any] | None]:
        if self._start_error is not None:
            kind = "command_not_found" if code == NOT_FOUND else "command_not_executable"
            return "failed", {"code": kind, "type": type(self._start_error).__name__, "message": str(self._start_error)}
        if code == 0:
            return "succeeded", None
        # Ctrl-C at a terminal goes to the command's group directly.
        if self._is_cancelled or code in (128 + signal.SIGINT, 128 + (self._asked or signal.SIGINT)):
            return "cancelled", None
        if code > 128 and code - 128 in {one.value for one in signal.Signals}:
            message = f"The command was ended by {signal.Signals(code - 128).name} (exit code {code})."
        else:
            message = f"The command ended with exit code {code}."
        return "failed", {"code": "exit_code", "type": "", "message": message, "details": {"exit_code": code}}

    def on_wish(self, wish: str) -> None:
        """From the delivery's thread."""
        if wish == "cancel" and not self._is_cancelled:
            self._is_cancelled = True
            if self._process is not None:
                self._end_group()

    def _end_group(self) -> None:
        self._signal_group(signal.SIGTERM)
        self._signal_group(signal.SIGCONT)  # a stopped process does not hear SIGTERM

        def insist() -> None:
            if not self._is_over.wait(self._grace_seconds):
                self._signal_group(signal.SIGKILL)

        threading.Thread(target=insist, name="headway-grace", daemon=True).start()

    def _signal_group(self, number: int) -> None:
        if self._process is not None and not self._is_over.is_set():
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, number)

    def _wait(self, pid: int) -> int:
        """Until the command has ended. When it is stopped (Ctrl-Z), stop as well, and go on with it."""
        while True:
            _, status = os.waitpid(pid, os.WUNTRACED)
            if not os.WIFSTOPPED(status):
                return status
            if not _is_terminal():
                continue
            if os.WSTOPSIG(status) not in (signal.SIGTTIN, signal.SIGTTOU):  # those: it was quicker than we with the terminal
                _give_terminal(os.getpgrp())
                os.kill(0, signal.SIGSTOP)
            _give_terminal(pid)
            self._signal_group(signal.SIGCONT)

    @contextmanager
    def _forwarding(self) -> Generator[None]:
        def forward(number: int, frame: object) -> None:
            self._asked = number
            self._signal_group(number)

        before = {number: signal.signal(number, forward) for number in _FORWARDED if signal.getsignal(number) is not signal.SIG_IGN}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


class _Pump(threading.Thread):
    """From the command's pipe to our own stdout or stderr, byte for byte, and as lines to the run."""

    def __init__(self, source: int, target: int, stream: str, reporter: SpoolReporter) -> None:
        super().__init__(name=f"headway-{stream}", daemon=True)
        self._source = os.dup(source)
        self._target = target
        self._stream = stream
        self._reporter = reporter
        self._lines = Lines()
        self._read_at = time.monotonic()

    def run(self) -> None:
        try:
            while data := os.read(self._source, CHUNK):
                self._read_at = time.monotonic()
                if not self._pass_on(data):
                    return
                self._report(self._lines.feed(data))
                self._read_at = time.monotonic()
        finally:
            # Closed here, so that a command whose reader has gone gets SIGPIPE, as it would without us.
            os.close(self._source)
            self._report(self._lines.close())

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

    def _report(self, lines: Iterable[tuple[str, bool]]) -> None:
        at = iso()
        for text, goes_on in lines:
            event: dict[str, Any] = {"kind": LOG_WRITTEN, "at": at, "level": "info", "text": text, "stream": self._stream}
            if goes_on:
                event["part"] = True
            self._reporter.report(event)


def _is_terminal() -> bool:
    try:
        return os.isatty(0) and os.tcgetpgrp(0) >= 0
    except OSError:
        return False


def _give_terminal(group: int) -> None:
    with contextlib.suppress(OSError):
        os.tcsetpgrp(0, group)


@contextmanager
def _foreground(group: int) -> Generator[None]:
    """Give the terminal to the command, so that it may read from it and hears Ctrl-C itself; take it back at the end."""
    if not _is_terminal() or os.tcgetpgrp(0) != os.getpgrp():
        yield
        return
    own = os.getpgrp()
    # Writing to the terminal, and taking it back, from the background would stop us.
    before = signal.signal(signal.SIGTTOU, signal.SIG_IGN)
    try:
        _give_terminal(group)
        yield
    finally:
        _give_terminal(own)
        signal.signal(signal.SIGTTOU, before)
