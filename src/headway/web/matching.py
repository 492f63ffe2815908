"""Which entries of a log match: by a substring, by a regular expression, by level, step, stream and attempt.

A substring is looked for in the bytes of a whole block of entries, which costs a tenth of reading them; only the lines in which it
stands are read, and looked at again, for it may stand in a name of the JSON and not in the text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice
from time import monotonic
from typing import Any, cast

import orjson

from headway.model.clock import parse_iso
from headway.model.events import LOG_WRITTEN

SHOWN = 500
"""Characters of the text that a hit carries."""
_BEFORE = 100
"""Of those, how many stand in front of the match if the text is longer."""
SPANS_LIMIT = 50
_LOOK = 64
"""Entries between two looks at the clock."""
_WORDS = ("name", "outcome", "do", "by", "reason")
"""What is searched of entries without text, beside their kind."""

Span = tuple[int, int]
Find = Callable[[str], list[Span]]
"""The matches in a text, in order, `SPANS_LIMIT` of them at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """An entry that matches."""

    line: int
    kind: str
    level: str | None
    at: str
    attempt: int | None
    step: str | None
    text: str
    """Around the first match."""
    spans: list[Span]
    """Begin and end of the matches within `text`, as JavaScript counts: in UTF-16 code units."""
    begin: int = 0
    """Where in all that is searched of the entry `text` begins, counted alike."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What entries have to be like. What is empty or None asks for nothing."""

    q: str = ""
    is_regex: bool = False
    is_case_sensitive: bool = False
    levels: frozenset[str] = frozenset()
    step: str | None = None
    stream: str | None = None
    attempt: int | None = None
    logger: str | None = None
    source: str | None = None
    """Beginning of the place in the code, ``path:line``, or of its last part."""
    fields: Mapping[str, str] = field(default_factory=dict[str, str])
    """Of the context, as text: ``{"sheet": "7"}``."""
    since: float | None = None
    until: float | None = None
    """Seconds since 1970, by the clock of who reported; `until` itself is not wanted."""
    is_line: bool = False
    """Lines of the program alone, and no other entries."""

    @property
    def asks_beside_the_text(self) -> bool:
        return replace(self, q="", is_regex=False, is_case_sensitive=False) != _ALL

    @property
    def asks_beside_levels(self) -> bool:
        """Whether what is known of segments unopened is not enough to count what matches: their levels and times are."""
        return replace(self, levels=frozenset(), since=None, until=None, is_line=False) != _ALL

    def is_met_by(self, entry: dict[str, Any]) -> bool:
        """Whether all but the text is as wanted."""
        return (
            self._fits(entry)
            and ((self.since is None and self.until is None) or self._is_of_the_time(entry))
            and (not self.fields or self._has_fields(entry))
        )

    def _is_of_the_time(self, entry: dict[str, Any]) -> bool:
        try:
            at = parse_iso(entry["at"]).timestamp()
        except ValueError:
            return False
        return (self.since is None or at >= self.since) and (self.until is None or at < self.until)

    def _has_fields(self, entry: dict[str, Any]) -> bool:
        context: object = entry.get("context")
        if not isinstance(context, dict):
            return False
        known = cast("dict[str, Any]", context)
        return all(name in known and as_word(known[name]) == value for name, value in self.fields.items())

    def _fits(self, entry: dict[str, Any]) -> bool:
        return (
            (not self.levels or entry.get("level") in self.levels)
            and (self.step is None or entry.get("step") == self.step)
            and (self.stream is None or entry.get("stream") == self.stream)
            and (self.attempt is None or entry.get("attempt") == self.attempt)
            and (self.logger is None or entry.get("logger") == self.logger)
            and (self.source is None or _is_place(entry.get("source"), self.source))
            and (not self.is_line or entry["kind"] == LOG_WRITTEN)
        )


_ALL = Wanted()


def as_word(value: object) -> str:
    """A value of the context as people write it: text as it is, all else as JSON."""
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def _is_place(source: object, wanted: str) -> bool:
    return isinstance(source, str) and (source.startswith(wanted) or f"/{wanted}" in source)


@dataclass(frozen=True, slots=True, kw_only=True)
class Matched:
    hits: list[Hit]
    after: int
    """The first line that was not looked at."""
    is_stuck: bool = False
    """The pattern does not come to an end on the line `after`."""


class Match:
    """Looks for the hits among entries; what it has found so far can be seen while it looks."""

    __slots__ = ("_asks", "_find", "_wanted", "hits", "line", "stored")

    def __init__(self, wanted: Wanted) -> None:
        self._wanted = wanted
        self._asks = wanted.asks_beside_the_text
        self._find = finder(wanted)
        self.hits: list[Hit] = []
        self.stored: list[bytes] = []
        """The entry of each hit."""
        self.line = 0
        """The line that is being looked at."""

    def look(self, raw: bytes, first: int, last: int, *, limit: int, deadline: float, before: int) -> int:
        """Look through entries (one JSON a line) of the lines first … last, which end before line `before`. Returns the first line
        that was not looked at: `before`, unless there are `limit` hits, or it is later than `deadline` (monotonic seconds)."""
        looked_at = 0
        for stored in candidates(raw, self._wanted):
            entry: dict[str, Any] = orjson.loads(stored)
            line: int = entry["line"]
            if line < first:
                continue
            if line > last:
                break
            self.line = line
            looked_at += 1
            if looked_at % _LOOK == 0 and monotonic() > deadline:
                return line
            if self._asks and not self._wanted.is_met_by(entry):
                continue
            text = text_of(entry)
            spans = self._find(text) if self._find is not None else []
            if spans or self._find is None:
                self.hits.append(_hit(entry, text, spans))
                self.stored.append(stored)
                if len(self.hits) >= limit:
                    return line + 1
        return before


def candidates(raw: bytes, wanted: Wanted) -> Iterator[bytes]:
    """The entries that could match: what is asked for stands in their bytes, so that most others are never read as JSON."""
    needles = _needles(wanted)
    searched = raw
    if wanted.q and not wanted.is_regex:
        # Every writer of entries escapes what JSON demands and nothing else, so text has one form in the bytes.
        word = orjson.dumps(wanted.q)[1:-1]
        if wanted.is_case_sensitive:
            needles.insert(0, word)
        elif not _has_case_beyond_ascii(wanted.q):
            searched = raw.lower()
            needles = [word.lower(), *[needle.lower() for needle in needles]]
    if not needles:
        yield from raw.split(b"\n")
        return
    first, *others = needles
    for begin, end in _lines_with(searched, first):
        if not others or all(searched.find(needle, begin, end) >= 0 for needle in others):
            yield raw[begin:end]


def _needles(wanted: Wanted) -> list[bytes]:
    """What stands in the bytes of all that is as wanted beside the text: values that are text, and names of the context, whose values
    have more than one form."""
    level = next(iter(wanted.levels)) if len(wanted.levels) == 1 else None
    values = [value for value in (level, wanted.step, wanted.stream, wanted.logger) if value is not None]
    return [*map(orjson.dumps, values), *[orjson.dumps(name) + b":" for name in wanted.fields]]


def _lines_with(searched: bytes, needle: bytes) -> Iterator[tuple[int, int]]:
    """Begin and end of the lines in which it stands."""
    place = searched.find(needle)
    while place >= 0:
        begin = searched.rfind(b"\n", 0, place) + 1
        end = searched.find(b"\n", place)
        if end < 0:
            end = len(searched)
        yield begin, end
        place = searched.find(needle, end)


def _has_case_beyond_ascii(text: str) -> bool:
    return any(not letter.isascii() and letter.lower() != letter.upper() for letter in text)


def finder(wanted: Wanted) -> Find | None:
    """How matches are found in a text. Raises `re.error`. A substring without regard to case: of ASCII letters if it has no
    others, so that the bytes and the text are searched alike."""
    word = wanted.q
    if not word:
        return None
    if wanted.is_case_sensitive and not wanted.is_regex:
        return lambda text: _occurrences(text, word)
    flags = re.NOFLAG if wanted.is_case_sensitive else re.IGNORECASE
    if not wanted.is_regex and not _has_case_beyond_ascii(word):
        flags |= re.ASCII
    pattern = re.compile(word if wanted.is_regex else re.escape(word), flags)
    if wanted.is_regex or not word.isascii():
        return lambda text: _matches(text, pattern)
    folded = word.lower()
    # Of ASCII the folded text has the same places, and is looked through in a tenth of the time.
    return lambda text: _occurrences(text.lower(), folded) if text.isascii() else _matches(text, pattern)


def _occurrences(text: str, word: str) -> list[Span]:
    found: list[Span] = []
    place = text.find(word)
    while place >= 0 and len(found) < SPANS_LIMIT:
        found.append((place, place + len(word)))
        place = text.find(word, place + len(word))
    return found


def _matches(text: str, pattern: re.Pattern[str]) -> list[Span]:
    """What matches nothing (as a* does everywhere) is no match."""
    return list(islice((span for each in pattern.finditer(text) if (span := each.span())[0] < span[1]), SPANS_LIMIT))


def _hit(entry: dict[str, Any], text: str, spans: list[Span]) -> Hit:
    begin = max(0, min(spans[0][0] - _BEFORE, len(text) - SHOWN)) if spans else 0
    shown = text[begin : begin + SHOWN]
    within = [(low - begin, min(high - begin, SHOWN)) for low, high in spans if low - begin < SHOWN]
    return Hit(
        line=entry["line"],
        kind=entry["kind"],
        level=entry.get("level"),
        at=entry["at"],
        attempt=entry.get("attempt"),
        step=entry.get("step"),
        text=shown,
        spans=within if shown.isascii() else [(_units(shown[:low]), _units(shown[:high])) for low, high in within],
        begin=_units(text[:begin]),
    )


def _units(text: str) -> int:
    return len(text) + sum(letter > "\uffff" for letter in text)


def text_of(entry: dict[str, Any]) -> str:
    """What is searched of an entry: text and traceback of a log line; of others their kind and what they name, a line each."""
    text = entry.get("text")
    if entry["kind"] == LOG_WRITTEN or isinstance(text, str):
        traceback = entry.get("traceback")
        return f"{text}\n{traceback}" if isinstance(traceback, str) else str(text)
    error = entry.get("error")
    message: object = cast("dict[str, Any]", error).get("message") if isinstance(error, dict) else None
    words = [entry["kind"], *[entry.get(name) for name in _WORDS], message]
    return "\n".join(word for word in words if isinstance(word, str))
