"""How an API key is spelt: ``hwk_<prefix>_<secret>``, so that people and scanners of sources know one when they see it."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, field

START = "hwk_"
_SPELLING = re.compile(r"hwk_([0-9a-f]{12})_([0-9a-f]{64})")


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeltKey:
    prefix: str
    """No secret: it is found by this, and shown in lists."""
    secret: str = field(repr=False)
    """256 bits."""

    @property
    def text(self) -> str:
        """The whole key. It is shown once."""
        return f"{START}{self.prefix}_{self.secret}"


def make_key() -> SpeltKey:
    return SpeltKey(prefix=secrets.token_hex(6), secret=secrets.token_hex(32))


def read_key(text: str) -> SpeltKey | None:
    """None for what is not spelt as we spell it."""
    found = _SPELLING.fullmatch(text)
    return None if found is None else SpeltKey(prefix=found[1], secret=found[2])
