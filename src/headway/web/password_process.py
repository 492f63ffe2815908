"""A process that hashes passwords, and compares them with hashes (`web/passwords.py`)."""

from __future__ import annotations

import sys
from functools import cache
from typing import Any, BinaryIO

from pwdlib import PasswordHash
from pwdlib.exceptions import UnknownHashError
from pwdlib.hashers.argon2 import Argon2Hasher

from headway.web.asked import Header, frames, say

IDLE_SECONDS = 120.0
"""Without a question for so long it ends, and gives its memory back."""
_NOBODYS = "nobody's password: compared with when there is no account"


def main(given: BinaryIO, said: BinaryIO) -> None:
    for asked, _ in frames(given, idle_seconds=IDLE_SECONDS):
        say(said, answer(asked))


@cache
def _kit(memory_kib: int, rounds: int, lanes: int) -> tuple[PasswordHash, str]:
    """What hashes at this cost, and a hash of nobody's."""
    hasher = PasswordHash([Argon2Hasher(time_cost=rounds, memory_cost=memory_kib, parallelism=lanes)])
    return hasher, hasher.hash(_NOBODYS)


def answer(asked: Header) -> dict[str, Any]:
    """To ``{cost, password}`` its hash; to ``{cost, password, hash}`` whether it is that one, and a new hash if the old one is of weaker
    kind. The hash None is nobody's: no password is the right one, and that takes as long to say."""
    hasher, nobodys = _kit(*asked["cost"])
    password: str = asked["password"]
    if "hash" not in asked:
        return {"hash": hasher.hash(password)}
    known: str | None = asked["hash"]
    try:
        is_right, fresh = hasher.verify_and_update(password, known or nobodys)
    except UnknownHashError:
        return {"is_right": False, "hash": None}
    return {"is_right": is_right and known is not None, "hash": fresh if known is not None else None}


if __name__ == "__main__":
    main(sys.stdin.buffer, sys.stdout.buffer)
