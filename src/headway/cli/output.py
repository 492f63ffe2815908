"""Where a command writes: standard output and error, what they can show, and in which language."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Mapping
from typing import Any, TextIO, cast

from headway.cli.formats import Language
from headway.cli.messages import Words
from headway.cli.screen.text import Line, render


class Output:
    """`is_terminal`: a person sees standard output as it is written. Colour, bars and short ids are for terminals only."""

    def __init__(
        self, out: TextIO, err: TextIO, *, language: Language = "en", is_terminal: bool = False, has_colour: bool = False,
        is_json: bool = False, width: int | None = None,
    ) -> None:  # fmt: skip
        self.out = out
        self.err = err
        self.words = Words(language)
        self.is_terminal = is_terminal
        self.has_colour = has_colour
        self.is_json = is_json
        self._width = width

    @property
    def language(self) -> Language:
        return self.words.language

    @property
    def size(self) -> tuple[int, int]:
        """Columns and lines of the terminal now; 100 columns when piped."""
        if self._width is not None:
            return self._width, 24
        size = shutil.get_terminal_size((100, 24))
        return max(20, size.columns), max(4, size.lines)

    def line(self, content: Line | str = "") -> None:
        self.out.write((content if isinstance(content, str) else render(content, has_colour=self.has_colour)) + "\n")

    def say(self, key: str, /, **fields: Any) -> None:
        """A sentence of the catalogue, on standard output."""
        self.line(self.words(key, **fields))

    def note(self, key: str, /, **fields: Any) -> None:
        """A sentence beside the matter (hints, progress of the command itself), on standard error; silent with --json."""
        if not self.is_json:
            self.err.write(self.words(key, **fields) + "\n")
            self.err.flush()

    def complain(self, text: str) -> None:
        colour = self.has_colour and self.err.isatty()
        self.err.write(render(((self.words("error.prefix"), "bold red" if colour else ""), (text, "")), has_colour=colour) + "\n")
        self.err.flush()

    def json(self, value: Any) -> None:
        """One JSON document on one line, written out at once: many of them are NDJSON."""
        self.out.write(json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str) + "\n")
        self.out.flush()


def find_language(environ: Mapping[str, str]) -> Language:
    """``HEADWAY_LANG``, else the locale: Chinese when it says so, else English."""
    for name in ("HEADWAY_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        value = environ.get(name)
        if value:
            return "zh-CN" if value.lower().startswith("zh") else "en"
    return "en"


def open_output(*, is_json: bool = False, no_colour: bool = False, language: str | None = None) -> Output:
    """The output of this process. ``NO_COLOR`` (any value) and ``TERM=dumb`` switch colour off; ``FORCE_COLOR`` is not for bars."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            cast("Any", stream).reconfigure(errors="replace")
    is_terminal = sys.stdout.isatty() and os.environ.get("TERM") != "dumb"
    chosen: Language = find_language({"HEADWAY_LANG": language} if language else os.environ)
    return Output(
        sys.stdout,
        sys.stderr,
        language=chosen,
        is_terminal=is_terminal and not is_json,
        has_colour=is_terminal and not no_colour and not os.environ.get("NO_COLOR"),
        is_json=is_json,
    )
