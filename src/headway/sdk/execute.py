"""The core of `headway exec`: any command becomes a run. It sees its own stdin; what it writes goes to the terminal unchanged
and, as lines and progress, into the run.

Where we write to a terminal the command does so too: it gets one of its own for each output, as large as ours.
"""

from __future__ import annotations

import contextlib
import os
import shlex
import signal
import subprocess
import sys
import threading
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

from headway.model.clock import iso
from headway.model.events import LOG_WRITTEN, NAME_LIMIT
from headway.sdk.connection import FindConnection, find_connection
from headway.sdk.context import RunContext
from headway.sdk.delivery import Delivery, deliver_left_over_soon
from headway.sdk.http import Http
from headway.sdk.jsonable import clean
from headway.sdk.pump import Pump
from headway.sdk.record import new_spool
from headway.sdk.spool import Opening
from headway.sdk.spool_reporter import SpoolReporter
from headway.sdk.stream import Stream

GRACE_SECONDS = 10.0
"""Between SIGTERM and SIGKILL when the run is cancelled."""
NOT_FOUND, NOT_EXECUTABLE = 127, 126
TERM = "xterm-256color"
"""What the command's terminal is when nobody has said: bars, colours and moves of the cursor are understood."""
_OUTPUTS = {1: "stdout", 2: "stderr"}
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
    pty: bool | None = None,
    is_plain: bool = False,
) -> int:
    """Run a command as an outside run; its exit code (128 + n when signal n ended it; 127 and 126 as a shell answers).

    SIGINT, SIGTERM and SIGHUP are passed on to the command's process group. When the run is cancelled in Headway the group gets
    SIGTERM, and SIGKILL after `grace_seconds`. Works without a server: what was reported is delivered later. Call it in the
    main thread.

    `pty`: whether the command's outputs are terminals; by default each is one where our own is. `is_plain`: keep lines only, and
    read no progress from what the command draws.
    """
    opening = Opening(
        name=clean(name or shlex.join(argv))[:NAME_LIMIT], external_id=external_id, tags=tuple(tags), project=project,
        metadata={"command": [clean(part)[:1000] for part in argv[:100]], **(metadata or {})},
    )  # fmt: skip
    spool = new_spool(opening)
    if spool is None:
        return subprocess.call(list(argv))
    command = Command(argv, grace_seconds=grace_seconds)
    delivery = Delivery(spool, Http(find), on_wish=command.on_wish, on_watched=lambda count: context.watch(count))  # noqa: PLW0108  (made below)
    reporter = SpoolReporter(spool, delivery)
    context = RunContext(reporter, id=opening.idempotency_key, name=opening.name)
    delivery.start()
    deliver_left_over_soon(find)
    code = command.run(context, pty=pty, is_plain=is_plain)
    context.close()
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

    def run(self, context: RunContext, *, pty: bool | None = None, is_plain: bool = False) -> int:
        pumps = [self._pump(number, context, pty=pty, is_plain=is_plain) for number in _OUTPUTS]
        environment = {"PYTHONUNBUFFERED": "1", **os.environ}
        if any(pump.is_terminal for pump in pumps) and os.environ.get("TERM", "dumb") == "dumb":
            environment["TERM"] = TERM
        try:
            self._process = process = subprocess.Popen(
                self._argv, stdout=pumps[0].theirs, stderr=pumps[1].theirs, process_group=0, env=environment,
            )  # fmt: skip
        except OSError as error:
            for pump in pumps:
                pump.close()
            self._start_error = error
            sys.stderr.write(f"headway: {self._argv[0]}: {error.strerror}\n")
            return NOT_FOUND if isinstance(error, FileNotFoundError) else NOT_EXECUTABLE
        finally:
            for pump in pumps:
                pump.close_theirs()
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

    def _pump(self, number: int, context: RunContext, *, pty: bool | None, is_plain: bool) -> Pump:
        name = _OUTPUTS[number]
        stream = Stream(name, context, partial(_write_line, context, name), is_plain=is_plain)
        is_terminal = os.isatty(number) if pty is None else pty
        return Pump(number, stream, is_terminal=is_terminal, on_resize=lambda: self._signal_group(signal.SIGWINCH))

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


def _write_line(context: RunContext, stream: str, text: str, goes_on: bool) -> None:
    event: dict[str, Any] = {"kind": LOG_WRITTEN, "at": iso(), "level": "info", "text": text, "stream": stream}
    if goes_on:
        event["part"] = True
    context.reporter.report(event)


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
