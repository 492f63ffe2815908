"""What a process writes to stdout and stderr past Python (C code, subprocesses), as lines of the log."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from typing import Final

import orjson

from headway.model.clock import iso
from headway.model.events import LOG_WRITTEN, TEXT_LIMIT

_LEVEL: Final = "info"


def written(text: str, *, level: str = _LEVEL, stream: str | None = None, **more: object) -> bytes:
    """A `log.written` event as JSON. Without `stream` it is the supervisor itself that speaks (logger ``headway``)."""
    said = {"stream": stream} if stream else {"logger": "headway"}
    return orjson.dumps({"kind": LOG_WRITTEN, "at": iso(), "level": level, "text": text, **said, **more})


class Lines:
    """Bytes of one stream in, events out. Invalid UTF-8 is replaced; a line over `TEXT_LIMIT` comes in parts, so that
    a line of 50 MB needs no more memory than one of 50 bytes; what a carriage return overwrote is left out, as a terminal would."""

    __slots__ = ("_decoder", "_rest", "_stream")

    def __init__(self, stream: str) -> None:
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._rest = ""

    def feed(self, data: bytes) -> list[bytes]:
        text = self._rest + self._decoder.decode(data)
        *lines, self._rest = text.split("\n")
        events = [event for line in lines for event in self._whole(line)]
        if len(self._rest) > TEXT_LIMIT:
            self._rest = _visible(self._rest)
            *parts, self._rest = list(_cut(self._rest)) or [""]
            events += [written(part, stream=self._stream, part=True) for part in parts]
        return events

    def close(self) -> list[bytes]:
        """What stands after the last newline."""
        line, self._rest = self._rest + self._decoder.decode(b"", final=True), ""
        self._decoder.reset()
        return list(self._whole(line)) if line else []

    def _whole(self, line: str) -> Iterator[bytes]:
        *parts, last = list(_cut(_visible(line))) or [""]
        for part in parts:
            yield written(part, stream=self._stream, part=True)
        yield written(last, stream=self._stream)


def _visible(line: str) -> str:
    if "\r" not in line:
        return line
    return next((part for part in reversed(line.split("\r")) if part), "")


def _cut(line: str) -> Iterator[str]:
    return (line[start : start + TEXT_LIMIT] for start in range(0, len(line), TEXT_LIMIT))
