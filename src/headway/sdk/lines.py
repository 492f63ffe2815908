"""A byte stream as lines of a log, in bounded memory."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from typing import TYPE_CHECKING

from headway.model.events import TEXT_LIMIT

if TYPE_CHECKING:
    from headway.sdk.masking import Mask


class Lines:
    """Bytes in, lines out: each a text of at most `TEXT_LIMIT` characters, and whether it goes on in the next.

    Invalid UTF-8 is replaced, NUL is shown as ␀. Of a line that was rewritten with carriage returns (a progress bar), what a
    terminal shows in the end is kept: the text after the last one. With a mask, a line that has to be cut is masked before, so
    that no value stands in two parts.
    """

    __slots__ = ("_decoder", "_mask", "_open", "_rest")

    def __init__(self, mask: Mask | None = None) -> None:
        self._mask = mask
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._rest = ""
        self._open = False
        """Parts of the present line have gone out."""

    def decode(self, data: bytes, *, final: bool = False) -> str:
        text = self._decoder.decode(data, final)
        return text.replace("\0", "␀") if "\0" in text else text

    def feed(self, data: bytes) -> Iterator[tuple[str, bool]]:
        return self.feed_text(self.decode(data))

    def feed_text(self, text: str) -> Iterator[tuple[str, bool]]:
        text, self._rest = self._rest + text, ""
        *whole, rest = text.split("\n")
        for line in whole:
            yield from self._parts(_shown(line), is_end=True)
        # What may be the beginning of a value waits for its end.
        reach = 0 if self._mask is None else self._mask.reach
        room = TEXT_LIMIT + reach
        if len(rest) > room:
            # The last carriage return may be the first half of a line ending.
            rest = _shown(rest) + ("\r" if rest.endswith("\r") else "")
            if self._mask is not None:
                rest = self._mask.text(rest)
            if len(rest) > room + 1:
                keep = len(rest) % TEXT_LIMIT or TEXT_LIMIT
                while keep < reach:
                    keep += TEXT_LIMIT
                yield from self._parts(rest[:-keep], is_end=False)
                rest = rest[-keep:]
        self._rest = rest

    def take_open(self) -> str:
        """What stands after the last newline: from now on it is somebody else's."""
        rest, self._rest, self._open = self._rest, "", False
        return rest

    def close(self) -> Iterator[tuple[str, bool]]:
        """What stands after the last newline."""
        rest, self._rest = self._rest + self._decoder.decode(b"", final=True), ""
        if rest or self._open:
            yield from self._parts(_shown(rest), is_end=True)

    def _parts(self, line: str, *, is_end: bool) -> Iterator[tuple[str, bool]]:
        if len(line) <= TEXT_LIMIT:
            self._open = not is_end
            yield line, not is_end
            return
        if self._mask is not None:
            line = self._mask.text(line)
        for start in range(0, len(line), TEXT_LIMIT):
            is_last = is_end and start + TEXT_LIMIT >= len(line)
            yield line[start : start + TEXT_LIMIT], not is_last
        self._open = not is_end


def _shown(line: str) -> str:
    if "\r" not in line:
        return line
    return next((part for part in reversed(line.split("\r")) if part), "")
