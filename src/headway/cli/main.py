"""`headway COMMAND …`: finds the command, imports its file and no other, and turns what goes wrong into a sentence and an exit code.

A command is a module of this room with `add_arguments(parser, words)` and `run(args, output) -> int`.
"""

from __future__ import annotations

import argparse
import difflib
import os
import signal
import sys
from collections.abc import Sequence
from importlib import import_module
from types import ModuleType

from headway.cli.arguments import CommandParser, add_common
from headway.cli.commands import COMMANDS, GROUPS, Command
from headway.cli.exits import Exit
from headway.cli.output import Output, find_language, open_output


def main() -> int:
    """The entry point. A termination signal ends a command as Ctrl-C does, so that it cleans up behind itself."""
    signal.signal(signal.SIGTERM, _interrupt)
    return call(sys.argv[1:])


def _interrupt(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


def call(arguments: Sequence[str]) -> int:
    """Run one command; the exit code (see `Exit`)."""
    try:
        code = _start(list(arguments))
        sys.stdout.flush()
    except KeyboardInterrupt:
        # Quietly: whoever pressed Ctrl-C knows why it ended.
        return Exit.INTERRUPTED
    except BrokenPipeError:
        # Python flushes standard output once more at exit; let that go nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.PIPE_CLOSED
    return code


def _start(arguments: list[str]) -> int:
    if not arguments or arguments[0] in ("-h", "--help") or arguments == ["help"]:
        output = open_output()
        show_help(output)
        return Exit.SUCCEEDED if arguments else Exit.USAGE
    name, rest = arguments[0], arguments[1:]
    if name in ("-V", "--version"):
        name = "version"
    if name == "help":
        name, rest = rest[0], ["--help"]
    command = COMMANDS.get(name)
    if command is None:
        return _unknown(name)
    return run_command(command, rest)


def run_command(command: Command, arguments: list[str]) -> int:
    """Parse and carry out. Errors of Headway become a sentence on standard error."""
    module = import_module(command.module)
    parser = make_parser(command, module, Output(sys.stdout, sys.stderr, language=find_language(os.environ)))
    args = parser.parse_args(arguments)
    output = open_output(is_json=args.is_json, no_colour=args.no_colour, language=args.language)
    from headway.cli.complaints import complain
    from headway.model.errors import HeadwayError

    try:
        return int(module.run(args, output))
    except HeadwayError as error:
        return complain(error, output)


def make_parser(command: Command, module: ModuleType, output: Output) -> argparse.ArgumentParser:
    """The parser of one command, in the language of `output`."""
    parser = CommandParser(command.name, output.words, epilogue=output.words.find(f"epilogue.{command.name}"))
    module.add_arguments(parser, output.words)
    add_common(parser, output.words)
    return parser


def show_help(output: Output) -> None:
    words = output.words
    output.line(((words("help.usage"), "bold"),))
    output.line()
    output.line(words("help.about"))
    for group in GROUPS:
        output.line()
        output.line(((words(f"group.{group}"), "bold"),))
        for command in COMMANDS.values():
            if command.group == group:
                output.line(f"  {command.name:<13}{words(f'command.{command.name}')}")
    output.line()
    output.line(words("help.more"))


def _unknown(name: str) -> int:
    output = open_output()
    near = difflib.get_close_matches(name, COMMANDS, n=1)
    key = "error.unknown_command_near" if near else "error.unknown_command"
    output.complain(output.words(key, name=name, near=near[0] if near else ""))
    return Exit.USAGE


if __name__ == "__main__":
    sys.exit(main())
