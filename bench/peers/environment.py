"""The virtual environment of the peers: made on first use from `requirements/peers.txt`, apart from Headway's own."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DIRECTORY = ROOT / ".venv-peers"
PINS = ROOT / "requirements" / "peers.txt"
_STAMP = DIRECTORY / ".pins"
_MAKING_SECONDS = 300


class NotToBeHad(Exception):
    """The peers cannot be installed here; the text says why in a sentence."""


def python(say: Callable[[str], None]) -> Path:
    """The peers' Python, with all that `requirements/peers.txt` pins. Raises `NotToBeHad`."""

    def make_it() -> None:
        say(f"making {DIRECTORY.name}/ with the peers that {PINS.relative_to(ROOT)} pins")
        make(DIRECTORY, PINS)

    installed(PINS, _STAMP, make_it)
    return DIRECTORY / "bin" / "python"


def installed(pins: Path, stamp: Path, make: Callable[[], None]) -> None:
    """Call `make` unless `stamp` says that what the file `pins` names is there."""
    wanted = hashlib.sha256(pins.read_bytes()).hexdigest()
    if not stamp.is_file() or stamp.read_text() != wanted:
        make()
        stamp.write_text(wanted)


def surroundings(home: Path) -> dict[str, str]:
    """The environment variables of a peer: everything that it keeps lies in `home`, and it calls nobody."""
    quiet = {"PREFECT_HOME": str(home), "PREFECT_SERVER_ANALYTICS_ENABLED": "false", "PREFECT_LOGGING_LEVEL": "ERROR", "DO_NOT_TRACK": "1"}
    return {**os.environ, **quiet}


def make(directory: Path, pins: Path) -> None:
    """A virtual environment with what the file `pins` names, and nothing else. Raises `NotToBeHad`."""
    uv = Path(sys.executable).with_name("uv")
    if not uv.is_file():
        raise NotToBeHad(f"uv is not in {uv.parent}: make setup puts it there")
    for command in (
        [str(uv), "venv", "-q", "--clear", "--python", sys.executable, str(directory)],
        [str(uv), "pip", "install", "-q", "--require-hashes", "--no-deps", "-r", str(pins)],
    ):
        try:
            done = subprocess.run(
                command,
                env={**os.environ, "VIRTUAL_ENV": str(directory)},
                capture_output=True,
                text=True,
                timeout=_MAKING_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise NotToBeHad(f"installing them took longer than {_MAKING_SECONDS} s") from error
        if done.returncode:
            reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
            raise NotToBeHad(f"uv {command[1]} failed: {reason}")
