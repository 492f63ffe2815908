"""`python -m headway.cli.reference`: the help of every command as Markdown, for `docs/reference/cli.md`."""

from __future__ import annotations

import io
import sys
from importlib import import_module
from pathlib import Path

from headway.cli.commands import COMMANDS, GROUPS
from headway.cli.main import make_parser
from headway.cli.output import Output

MARK = "<!-- What follows is the help of each command, written by `python -m headway.cli.reference PATH`. -->\n"


def commands_as_markdown() -> str:
    """A section for each command, in the order of the help."""
    output = Output(io.StringIO(), io.StringIO())
    sections: list[str] = []
    for group in GROUPS:
        sections.append(f"## {output.words(f'group.{group}')}\n")
        for command in COMMANDS.values():
            if command.group == group:
                text = make_parser(command, import_module(command.module), output).format_help()
                sections.append(f"### headway {command.name}\n\n```text\n{text.rstrip()}\n```\n")
    return "\n".join(sections)


def rewrite(page: Path) -> None:
    """Keep what stands before the mark, and write the rest anew."""
    text = page.read_text("utf-8")
    page.write_text(text[: text.index(MARK) + len(MARK)] + "\n" + commands_as_markdown(), "utf-8")


if __name__ == "__main__":
    rewrite(Path(sys.argv[1]))
