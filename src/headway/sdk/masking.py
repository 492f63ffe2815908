"""Takes the secrets that a run was given out of what it says, before that leaves its process."""

from __future__ import annotations

import base64
import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, cast
from urllib.parse import quote, quote_plus

from headway.model.secret import SHORTEST_SECRET
from headway.sdk.reporter import PipeReporter, Recorded

MASK = "***"
_OURS = frozenset({"kind", "at", "level", "stream", "outcome", "code"})
"""Words of the protocol, which are no text of the run's."""
_LINES = frozenset({"text", "message", "traceback"})
"""Texts for people, which may have been cut or wrapped."""
CUT_PART = 4
"""Characters of a value that are masked where a text was cut. Fewer are perhaps shown."""
LONG = 200
"""Characters from which on a text is perhaps one that was cut."""
LEAST_PART, MOST_PART = 8, 24
"""Characters of a value that are masked where a line begins or ends with a part of one: a quarter of it, so many at least, and at most."""
WHOLE_PART = 40
"""Characters of a line that is nothing but a part of a value."""


class Mask:
    """Knows the values as they are, line by line, and as JSON, `repr`, an address or base64 would write them."""

    def __init__(self, values: Iterable[str]) -> None:
        # The longest first, so that of a value that holds another nothing is left.
        forms = sorted({form for value in values for form in _forms(value)}, key=lambda form: (-len(form), form))
        self._found = re.compile("|".join(map(re.escape, forms)))
        self._forms = forms
        self._shortest = min(map(len, forms), default=sys.maxsize)
        self._joined = "\n".join(forms)
        self.reach = max(map(len, forms), default=1) - 1
        """Of a text that goes on, so many characters at its end may be the beginning of a value."""

    def text(self, text: str) -> str:
        """Without the values that stand in it as a whole."""
        # A look for each form costs a short line what one expression of them all does, and a long one a fifth.
        if len(text) >= self._shortest:
            for form in self._forms:
                if form in text:
                    return self._found.sub(MASK, text)
        return text

    def line(self, text: str) -> str:
        """Also without a part of a value with which it begins or ends: a limit has cut it there, or somebody wrote it in two lines."""
        text = self.text(text)
        body = text.rstrip("…")
        least = LEAST_PART if len(body) == len(text) < LONG else CUT_PART
        # What ends within a value ends with characters of it: nearly every line is done with these two looks.
        if len(body) < least or (body[-least:] not in self._joined and body[:least] not in self._joined):
            return text
        return self._without_parts(body, text[len(body) :], is_cut=least == CUT_PART)

    def _without_parts(self, body: str, rest: str, *, is_cut: bool) -> str:
        start, end = 0, len(body)
        for form in self._forms:
            if len(body) < len(form) and len(body) >= (CUT_PART if is_cut else WHOLE_PART) and body in form:
                return MASK + rest
            least = CUT_PART if is_cut else min(max(LEAST_PART, len(form) // 4), MOST_PART)
            end = min(end, _begin_of(form, least, body))
            start = max(start, _end_of(form, least, body))
        if start >= end:
            return MASK + rest
        return f"{MASK if start else ''}{body[start:end]}{MASK if end < len(body) else ''}{rest}"

    def value(self, value: Any) -> Any:
        """Plain JSON, its names included. A number that spells a secret is masked, too."""
        if isinstance(value, str):
            return self.line(value) if value[-1:] == "…" else self.text(value)
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, int | float):
            return MASK if self.text(str(value)) != str(value) else value
        if isinstance(value, Mapping):
            items = cast("Mapping[Any, Any]", value).items()
            return {self.text(key) if isinstance(key, str) else key: self.value(each) for key, each in items}
        if isinstance(value, Sequence):
            return [self.value(each) for each in cast("Sequence[Any]", value)]
        return value

    def event(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """An event, or a line to the supervisor: what is ours in it stays."""
        return {key: each if key in _OURS else self._said(key, each) for key, each in event.items()}

    def _said(self, key: str, value: Any) -> Any:
        if key in _LINES and isinstance(value, str):
            return self.line(value)
        if key == "error" and isinstance(value, Mapping):
            return {self.text(name): self._said(name, each) for name, each in cast("Mapping[str, Any]", value).items()}
        return self.value(value)

    def encoded(self, text: str) -> str:
        """JSON that is text already."""
        return json.dumps(self.value(json.loads(text)), ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def _begin_of(form: str, least: int, text: str) -> int:
    """Where the beginning of the form begins with which the text ends; its length: nowhere."""
    at = text.find(form[:least], max(0, len(text) - len(form) + 1))
    while at >= 0:
        if form.startswith(text[at:]):
            return at
        at = text.find(form[:least], at + 1)
    return len(text)


def _end_of(form: str, least: int, text: str) -> int:
    """Where the end of the form ends with which the text begins; 0: nowhere."""
    at = text.rfind(form[-least:], 0, len(form) - 1)
    while at >= 0:
        if form.endswith(text[: at + least]):
            return at + least
        at = text.rfind(form[-least:], 0, at + least - 1)
    return 0


def _forms(value: str) -> set[str]:
    whole = {value, value.strip(), *value.splitlines(), *(line.strip() for line in value.splitlines())}
    data = value.encode("utf-8", "replace")
    quoted = {quote(value, safe=""), quote(value), quote_plus(value)}
    written = {
        json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1], json.dumps(value)[1:-1].replace("/", "\\/"),
        repr(value)[1:-1],
        *quoted, *(_ESCAPED.sub(lambda found: found[0].lower(), form) for form in quoted),
        base64.b64encode(data).decode().rstrip("="), base64.urlsafe_b64encode(data).decode().rstrip("="), *_within_base64(data),
    }  # fmt: skip
    return {form for form in whole | written if len(form) >= SHORTEST_SECRET}


_ESCAPED = re.compile("%[0-9A-F]{2}")


def _within_base64(data: bytes) -> Iterator[str]:
    """What stands in base64 of something longer that holds it (``Basic`` of a name and a password): at each of the three places at which it
    may begin, without the characters that its neighbours share."""
    for before in range(3):
        whole = base64.b64encode(b"\0" * before + data)
        first = (before * 8 + 5) // 6
        last = (before + len(data)) * 8 // 6
        form = whole[first:last].decode()
        yield form
        yield form.replace("+", "-").replace("/", "_")


class MaskingReporter(PipeReporter):
    """As `PipeReporter`, for a run that was given secrets. Others pay nothing for it."""

    def __init__(self, *arguments: Any, mask: Mask, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.mask = mask

    def line(self, level: str, text: str, fields: Mapping[str, Any]) -> bool:
        return super().line(level, self.mask.line(text), self.mask.event(fields))

    def report(self, event: dict[str, Any]) -> None:
        super().report(self.mask.event(event))

    def checkpoint(self, number: int, value: Any) -> Recorded:
        return super().checkpoint(number, self.mask.value(value))

    def artifact(self, path: Path, *, name: str, media_type: str | None, step: str | None, is_temporary: bool) -> None:
        super().artifact(path, name=self.mask.text(name), media_type=media_type, step=step, is_temporary=is_temporary)

    def _ask(self, kind: str, **said: Any) -> None:
        super()._ask(kind, **self.mask.event(said))
