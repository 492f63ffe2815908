"""Errors as sentences that say what to do, in the reader's language."""

from __future__ import annotations

import json
from typing import Any, cast

from headway.cli.exits import Exit, exit_of_error
from headway.cli.output import Output
from headway.cli.screen.text import clean
from headway.model.errors import HeadwayError


class _Lenient(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "?"


class UsageError(HeadwayError):
    """What the command line asks for makes no sense; the message says why."""

    code = "usage"


def complain(error: HeadwayError, output: Output) -> Exit:
    """Say it on standard error (with --json as a JSON document); the exit code."""
    code = Exit.USAGE if isinstance(error, UsageError) else exit_of_error(error)
    if output.is_json:
        problem = {"code": error.code, "message": error.message, **{key: _plain(value) for key, value in error.fields.items()}}
        output.err.write(json.dumps({"error": problem}, ensure_ascii=False) + "\n")
        return code
    output.complain(sentence(error, output))
    hint = output.words.find(f"hint.{error.code}")
    givers = error.fields.get("can_be_given_by")
    if isinstance(givers, list) and givers:
        names = ", ".join(clean(str(name)) for name in cast("list[Any]", givers))
        output.err.write("  " + output.words("access.ask", names=names) + "\n")
    elif hint:
        output.err.write("  " + hint.format_map(_Lenient(error.fields)) + "\n")
    return code


def sentence(error: HeadwayError, output: Output) -> str:
    """In Chinese from our catalogue, if it knows the code; in English what the error itself says."""
    own = output.words.find(f"error.code.{error.code}") if output.language != "en" else None
    if own is None:
        return error.message
    if "{" in own and any(isinstance(value, str | int | float) for value in error.fields.values()):
        return own.format_map(_Lenient(error.fields))
    return own if "{" not in own else f"{own.split('{', maxsplit=1)[0].rstrip('：: ')}: {error.message}"


def _plain(value: Any) -> Any:
    """As JSON can hold it."""
    return cast("Any", value) if isinstance(value, str | int | float | bool | list | dict | type(None)) else str(value)
