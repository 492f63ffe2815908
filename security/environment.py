"""The virtual environment of the tools: made on first use from `requirements/attacks.txt`, apart from Headway's own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from bench.peers import environment

DIRECTORY = environment.ROOT / ".venv-attacks"
PINS = environment.ROOT / "requirements" / "attacks.txt"
NotToBeHad = environment.NotToBeHad


def tool(name: str, say: Callable[[str], None]) -> Path:
    """The program of that name, with all that it needs as pinned. Raises `NotToBeHad`."""

    def make() -> None:
        say(f"making {DIRECTORY.name}/ with the tools that {PINS.relative_to(environment.ROOT)} pins")
        environment.make(DIRECTORY, PINS)

    environment.installed(PINS, DIRECTORY / ".pins", make)
    return DIRECTORY / "bin" / name
