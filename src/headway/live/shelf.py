"""What is known of a kept answer before the store is asked."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Looked:
    """What is known before the store is asked."""

    now: int
    """The moment as of which an answer is true whose question goes to the store after this."""
    floor: int
    """An answer of an earlier moment is not good."""
    body: bytes | None
    """A kept answer that is."""
