"""The pages of the docs, and the blocks of code in them.

A fence says after its language what its block is: `runnable` (executed, in the order of the page), `page` (the same, in a page of the
server in a browser), `file=NAME` (saved where the server and the other blocks find it), or, for `text`, `output` (what the block
before it prints; `…` stands for anything).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[3]
FOLDERS = ("docs/tutorial", "docs/howto", "docs/explanation")
_FENCE = re.compile(r"^```(\S+)[ ]?(.*)\n((?:.*\n)*?)^```$", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    page: str
    line: int
    language: str
    role: str
    code: str

    @property
    def place(self) -> str:
        return f"{self.page}:{self.line}"

    @property
    def is_runnable(self) -> bool:
        return self.role in {"runnable", "page"}

    @property
    def file(self) -> str | None:
        """Name of the file that the block is."""
        return self.role.removeprefix("file=") if self.role.startswith("file=") else None

    @property
    def is_output(self) -> bool:
        return (self.language, self.role) == ("text", "output")


def pages() -> list[Path]:
    """Every page that tells people what to do; the index first."""
    return [ROOT / "docs/README.md", *(page for folder in FOLDERS for page in sorted((ROOT / folder).glob("*.md")))]


def blocks(page: Path) -> list[Block]:
    text = page.read_text(encoding="utf-8")
    name = str(page.relative_to(ROOT))
    return [
        Block(page=name, line=text.count("\n", 0, found.start()) + 1, language=found[1], role=found[2], code=found[3])
        for found in _FENCE.finditer(text)
    ]
