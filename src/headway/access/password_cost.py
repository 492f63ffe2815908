"""What the hash of a password costs whoever makes one, and whoever tries to guess: ``HEADWAY_PASSWORD_COST``. Standard library only.

A hash says what it cost, where it is kept. One of another cost is compared at its own, and made anew when its owner signs in.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass

LEAST = (19_456, 2, 1)
"""Memory in KiB, passes, lanes: what OWASP's cheat sheet on the storage of passwords asks of argon2id at least."""
MOST = (524_288, 16, 16)
"""Two are hashed at once by each server: 1 GiB of memory."""
MOST_WORK = 1 << 20
"""KiB of memory, times passes: five times as much as where nothing is said. Who signs in waits for it, up to three times (the first of a
process, and where a hash is made anew), and no longer than `web/passwords.py: SECONDS`."""
_LETTERS = ("m", "t", "p")
"""As a hash itself spells them (PHC string format)."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Of a hash: RFC 9106 section 4, the second recommended choice."""

    memory_kib: int = 65_536
    rounds: int = 3
    lanes: int = 4


def read_cost(text: str) -> Cost:
    """From words such as ``m=131072,t=4,p=4``. Raises `ValueError`, which says what is allowed."""
    given: dict[str, int] = {}
    for word in text.split(","):
        letter, _, number = (part.strip() for part in word.partition("="))
        if letter not in _LETTERS or letter in given or not (number.isascii() and number.isdecimal() and len(number) < 10):
            raise ValueError(f"{text!r} is no cost; write memory in KiB, passes and lanes, such as {spell_cost(Cost())}")
        given[letter] = int(number)
    if len(given) < len(_LETTERS):
        raise ValueError(f"{text!r} does not say all three; write memory in KiB, passes and lanes, such as {spell_cost(Cost())}")
    numbers = tuple(given[letter] for letter in _LETTERS)
    for letter, number, least, most in zip(_LETTERS, numbers, LEAST, MOST, strict=True):
        if not least <= number <= most:
            raise ValueError(f"{letter}={number} is not between {least} and {most}")
    if numbers[0] * numbers[1] > MOST_WORK:
        raise ValueError(f"m times t is {numbers[0] * numbers[1]}, and people wait for it; it may be {MOST_WORK}")
    return Cost(*numbers)


def spell_cost(cost: Cost) -> str:
    """The inverse of `read_cost`."""
    return ",".join(f"{letter}={number}" for letter, number in zip(_LETTERS, astuple(cost), strict=True))
