"""Makes `src/headway/access/much_used.bin` from a list of passwords, one a line, the most used first:

    python -m tools.much_used_passwords LIST "what the list is, and under which licence"

Of the list only hashes are kept, and only of what is long enough to be a password here. Nothing is left out that other rules refuse, too:
those may change. How many pass them is what is printed, and written into the first line.
"""

from __future__ import annotations

import sys
from pathlib import Path

from headway.access.much_used import FILE, HASH_BYTES, hash_of
from headway.access.passwords import LONGEST, SHORTEST, check_password, normal
from headway.model.errors import WeakPassword


def make(lines: list[str], source: str) -> bytes:
    """The whole file."""
    taken = [normal(line) for line in lines]
    fit = list(dict.fromkeys(password.casefold() for password in taken if SHORTEST <= len(password) <= LONGEST))
    hashes = sorted({hash_of(password) for password in fit})
    passing = sum(map(_passes, fit))
    about = (
        f"The {len(hashes)} of {len(lines)} much used passwords that have {SHORTEST} characters or more, as the first {HASH_BYTES} bytes "
        f"of the SHA-256 of each in small letters; {passing} of them pass all other rules. From: {source}"
    )
    return about.encode() + b"\n" + b"".join(hashes)


def _passes(password: str) -> bool:
    """Whether nothing but the list refuses it."""
    try:
        check_password(password)
    except WeakPassword as refused:
        return refused.fields["why"] == "used"
    return True


def main(path: str, source: str) -> None:
    made = make(Path(path).read_text(encoding="utf-8").removesuffix("\n").split("\n"), source)
    FILE.write_bytes(made)
    print(made.partition(b"\n")[0].decode())


if __name__ == "__main__":
    main(*sys.argv[1:])
