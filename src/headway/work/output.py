"""What a process writes to stdout and stderr past Python (C code, subprocesses), as lines of the log."""

from __future__ import annotations

import orjson

from headway.model.clock import iso
from headway.model.events import LOG_WRITTEN
from headway.sdk.lines import Lines


def written(text: str, *, level: str = "info", stream: str | None = None, **more: object) -> bytes:
    """A `log.written` event as JSON. Without `stream` it is the supervisor itself that speaks (logger ``headway``)."""
    said = {"stream": stream} if stream else {"logger": "headway"}
    return orjson.dumps({"kind": LOG_WRITTEN, "at": iso(), "level": level, "text": text, **said, **more})


class RawOutput:
    """Bytes of one stream in, events out."""

    __slots__ = ("_lines", "_stream")

    def __init__(self, stream: str) -> None:
        self._stream = stream
        self._lines = Lines()

    def feed(self, data: bytes) -> list[bytes]:
        return [self._event(text, is_part) for text, is_part in self._lines.feed(data)]

    def close(self) -> list[bytes]:
        """What stands after the last newline."""
        return [self._event(text, is_part) for text, is_part in self._lines.close()]

    def _event(self, text: str, is_part: bool) -> bytes:
        return written(text, stream=self._stream, part=True) if is_part else written(text, stream=self._stream)
