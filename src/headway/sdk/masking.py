"""Takes the secrets that a run was given out of what it says, before that leaves its process."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, cast
from urllib.parse import quote

from headway.model.secret import SHORTEST_SECRET
from headway.sdk.reporter import PipeReporter, Recorded

MASK = "***"
_OURS = frozenset({"kind", "at", "level", "stream", "outcome", "code"})
"""Words of the protocol, which are no text of the run's."""


class Mask:
    """Knows the values as they are, line by line, and as JSON, `repr`, an address or base64 would write them."""

    def __init__(self, values: Iterable[str]) -> None:
        forms = {form for value in values for form in _forms(value)}
        # The longest first, so that of a value that holds another nothing is left.
        self._found = re.compile("|".join(re.escape(form) for form in sorted(forms, key=len, reverse=True)))
        self._is_empty = not forms

    def text(self, text: str) -> str:
        return text if self._is_empty else self._found.sub(MASK, text)

    def value(self, value: Any) -> Any:
        """Plain JSON, its names included. A number that spells a secret is masked, too."""
        if isinstance(value, str):
            return self.text(value)
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
        return {key: each if key in _OURS else self.value(each) for key, each in event.items()}

    def encoded(self, text: str) -> str:
        """JSON that is text already."""
        return json.dumps(self.value(json.loads(text)), ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def _forms(value: str) -> set[str]:
    whole = {value, value.strip(), *value.splitlines(), *(line.strip() for line in value.splitlines())}
    written = {
        json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1], repr(value)[1:-1], quote(value, safe=""), quote(value),
        base64.b64encode(value.encode("utf-8", "replace")).decode().rstrip("="),
    }  # fmt: skip
    return {form for form in whole | written if len(form) >= SHORTEST_SECRET}


class MaskingReporter(PipeReporter):
    """As `PipeReporter`, for a run that was given secrets. Others pay nothing for it."""

    def __init__(self, *arguments: Any, mask: Mask, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.mask = mask

    def line(self, level: str, text: str, fields: Mapping[str, Any]) -> bool:
        return super().line(level, self.mask.text(text), self.mask.event(fields))

    def report(self, event: dict[str, Any]) -> None:
        super().report(self.mask.event(event))

    def checkpoint(self, number: int, value: Any) -> Recorded:
        return super().checkpoint(number, self.mask.value(value))

    def artifact(self, path: Path, *, name: str, media_type: str | None, step: str | None, is_temporary: bool) -> None:
        super().artifact(path, name=self.mask.text(name), media_type=media_type, step=step, is_temporary=is_temporary)

    def _ask(self, kind: str, **said: Any) -> None:
        super()._ask(kind, **self.mask.event(said))
