"""What the parsers of all commands have in common: their own words in both languages, and the general options."""

from __future__ import annotations

import argparse
import re
from datetime import UTC, datetime, timedelta
from typing import Any, NoReturn

from headway.cli.exits import Exit
from headway.cli.messages import Words
from headway.model.states import RunState


class _Layout(argparse.RawDescriptionHelpFormatter):
    """Help of a fixed width, so that the printed reference is the same on every terminal."""

    def __init__(self, prog: str, **_options: Any) -> None:
        super().__init__(prog, max_help_position=30, width=100)


class CommandParser(argparse.ArgumentParser):
    def __init__(self, name: str, words: Words, *, epilogue: str | None = None) -> None:
        super().__init__(
            prog=f"headway {name}", description=words(f"command.{name}"), epilog=epilogue, formatter_class=_Layout, add_help=False,
            allow_abbrev=False,
        )  # fmt: skip
        self.words = words
        self._positionals.title = words("help.arguments")
        self._optionals.title = words("help.options")

    def format_usage(self) -> str:
        return super().format_usage().replace("usage:", self.words("help.usage_word"), 1)

    def format_help(self) -> str:
        return super().format_help().replace("usage:", self.words("help.usage_word"), 1)

    def error(self, message: str) -> NoReturn:
        text = f"{self.words('error.prefix')}{message}\n{self.words('error.see_help', command=self.prog)}\n"
        self.exit(Exit.USAGE, text)


def add_common(parser: argparse.ArgumentParser, words: Words) -> None:
    group = parser.add_argument_group(words("help.general"))
    group.add_argument("--json", dest="is_json", action="store_true", help=words("option.json"))
    group.add_argument("--no-color", "--no-colour", dest="no_colour", action="store_true", help=words("option.no_color"))
    group.add_argument("--lang", dest="language", metavar="LANG", choices=("en", "zh-CN", "zh"), help=words("option.lang"))
    group.add_argument("-h", "--help", action="help", help=words("option.help"))


def add_url(parser: argparse.ArgumentParser, words: Words) -> None:
    """For commands that speak to a server. The token is never an argument: other users can read those."""
    parser.add_argument("--url", help=words("option.url"))


def add_filter(parser: argparse._ActionsContainer, words: Words) -> None:  # pyright: ignore[reportPrivateUsage]  (a parser or a group)
    """Which runs of the list are meant."""
    parser.add_argument(
        "--state",
        dest="states",
        action="append",
        choices=[state.value for state in RunState],
        metavar="STATE",
        help=words("option.ps.state"),
    )
    parser.add_argument("--task", help=words("option.ps.task"))
    parser.add_argument("--tag", help=words("option.ps.tag"))


def whole(low: int, high: int = 1_000_000_000) -> Any:
    """An argparse type: a whole number within bounds."""

    def read(text: str) -> int:
        number = int(text)
        if not low <= number <= high:
            raise argparse.ArgumentTypeError(f"{number} is not between {low} and {high}")
        return number

    read.__name__ = "number"
    return read


_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|min|h|d)")
_SECONDS = {"ms": 0.001, "s": 1, "m": 60, "min": 60, "h": 3600, "d": 86_400}


def read_duration(text: str) -> timedelta:
    """``90s``, ``10m``, ``2h30m``, ``1d``; a bare number is seconds. Raises ValueError."""
    if re.fullmatch(r"\d+(\.\d+)?", text):
        return timedelta(seconds=float(text))
    parts = _PART.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise ValueError(text)
    return timedelta(seconds=sum(float(number) * _SECONDS[unit] for number, unit in parts))


def read_moment(text: str, now: datetime | None = None) -> datetime:
    """A moment from now on (``10m``), a time of day (``18:30``: the next one, local), or ISO 8601. An argparse type."""
    now = now or datetime.now(UTC)
    try:
        return now + read_duration(text)
    except ValueError:
        pass
    try:
        if re.fullmatch(r"\d{1,2}:\d{2}(:\d{2})?", text):
            parts = [int(part) for part in text.split(":")]
            local = now.astimezone().replace(hour=parts[0], minute=parts[1], second=parts[2] if len(parts) > 2 else 0, microsecond=0)
            return (local if local > now else local + timedelta(days=1)).astimezone(UTC)
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a time: write 10m, 2h30m, 18:30 or 2026-11-22T09:30") from None
