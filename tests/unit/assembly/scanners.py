"""Scanners of tests: small programs."""

from __future__ import annotations

import shlex
from pathlib import Path

EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-" + b"TEST-FILE!$H+H*"
"""What every scanner for viruses must find; written in pieces, so that none finds it here."""


def program(directory: Path, does: str, name: str = "scan") -> str:
    """A command that does this; `$1` is the file."""
    path = directory / name
    path.write_text(f"#!/bin/sh\n{does}\n")
    path.chmod(0o755)
    return f"{shlex.quote(str(path))} {{file}}"


def scanner_of(directory: Path) -> str:
    """A command that finds EICAR, and says so as clamscan does."""
    return program(directory, 'if grep -q "EICAR-STANDARD-ANTIVIRUS" -- "$1"; then echo "$1: Eicar-Test-Signature FOUND"; exit 1; fi')
