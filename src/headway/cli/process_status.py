"""What launcher and processes say to each other: one line of JSON when a process is ready or cannot be, then a sign of life every other
second, and a pipe whose end of file means that the launcher is gone."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
from collections.abc import Callable, Mapping
from typing import Any

from headway.model.errors import HeadwayError

STATUS = "HEADWAY_STATUS_FD"
LIFE = "HEADWAY_LIFE_FD"
DRAINED, ANEW = 84, 85
"""How a worker process ends that was asked to: to stay away, or to be started again. Neither is what a crash or a shell says, so
whoever keeps the process alive can tell them apart."""
BEAT_SECONDS = 2.0
"""Between two signs of life of a process that is ready."""
_LINE_LIMIT = 4_096
"""Bytes: what a pipe takes at once or not at all (PIPE_BUF)."""


def say_ready(**fields: Any) -> None:
    """Tell the launcher, if there is one, that this process does its work now; and from then on, that the running loop goes round."""
    descriptor = _say({"ready": True, **fields})
    if descriptor is not None:
        os.set_blocking(descriptor, False)
        _beat(asyncio.get_running_loop(), descriptor)


def _beat(loop: asyncio.AbstractEventLoop, descriptor: int) -> None:
    try:
        os.write(descriptor, b"\n")
    except BlockingIOError:
        pass  # the launcher stands still itself (Ctrl-Z), and has enough to read when it goes on
    except OSError:
        os.close(descriptor)  # it is gone
        return
    loop.call_later(BEAT_SECONDS, _beat, loop, descriptor)


def say_failed(error: HeadwayError) -> None:
    """Tell the launcher why this process cannot."""
    fields = {key: str(value) for key, value in error.fields.items()}
    descriptor = _say({"ready": False, "code": error.code, "message": error.message, "fields": fields})
    if descriptor is not None:
        os.close(descriptor)


def _say(value: Mapping[str, Any]) -> int | None:
    """The pipe to the launcher, still open."""
    descriptor = _descriptor(STATUS)
    if descriptor is not None:
        os.write(descriptor, json.dumps(value).encode()[: _LINE_LIMIT - 1] + b"\n")
    return descriptor


def _descriptor(name: str) -> int | None:
    """A descriptor that the launcher has left us; asked once, and not for our own children."""
    text = os.environ.pop(name, "")
    if not text.isdecimal():
        return None
    os.set_inheritable(int(text), False)
    return int(text)


def watch_launcher(gone: Callable[[], None]) -> None:
    """Call `gone` in the running loop once the launcher has ended, however it did. Without a launcher: never."""
    descriptor = _descriptor(LIFE)
    if descriptor is None:
        return
    loop = asyncio.get_running_loop()

    def readable() -> None:
        if not os.read(descriptor, 64):
            loop.remove_reader(descriptor)
            gone()

    loop.add_reader(descriptor, readable)


def stop_on_signals(stop: Callable[[], None]) -> None:
    """Call `stop` in the running loop on SIGTERM and SIGINT."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)


class _OneLine(logging.Formatter):
    """A record is one line, whatever a request put into it; a traceback follows indented."""

    def format(self, record: logging.LogRecord) -> str:
        first, *rest = super().format(record).splitlines() or [""]
        return "\n".join(
            [first.encode("utf-8", "replace").decode().translate(_VISIBLE), *[f"  {line.translate(_VISIBLE)}" for line in rest]]
        )


_VISIBLE = {number: f"\\x{number:02x}" for number in [*range(32), *range(127, 160)] if number != 9}


def log_to_stderr(level: str) -> None:
    """The log of Headway itself, for whoever runs it."""
    shown = logging.StreamHandler()
    shown.setFormatter(_OneLine("%(asctime)s %(levelname)-8s %(name)s: %(message)s"))
    logging.basicConfig(level=level.upper(), handlers=[shown])
