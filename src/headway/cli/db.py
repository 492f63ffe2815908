"""`headway db`: upgrade, back up, restore, check and move the store of this installation, on the machine that has it."""

from __future__ import annotations

import argparse
import importlib
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from headway.cli.advancing import Drawing
from headway.cli.complaints import UsageError
from headway.cli.exits import Exit
from headway.cli.formats import format_bytes, format_count, format_duration, format_rate
from headway.cli.output import Output
from headway.settings import Settings, read_settings

if TYPE_CHECKING:
    from headway.cli.messages import Words

ACTS = ("upgrade", "backup", "restore", "check", "move", "statements")
HOURS = 1
"""Of what was noticed so long `headway db statements` tells."""
USUAL_LIMIT, LIMIT = 20, 200
_OPTIONS = {
    "is_check": "upgrade",
    "is_forced": "backup",
    "to": "move",
    "is_restarted": "move",
    "is_reindexing": "check",
    "limit": "statements",
}
"""Of which act each option is; any other act refuses it."""
_SPELLED = {
    "is_check": "--check",
    "is_forced": "--force",
    "to": "--to",
    "is_restarted": "--restart",
    "is_reindexing": "--reindex",
    "limit": "--limit",
}


def add_arguments(parser: argparse.ArgumentParser, words: Words) -> None:
    parser.add_argument("act", choices=ACTS, help=words("option.db.act"))
    parser.add_argument("file", nargs="?", metavar="FILE", help=words("option.db.file"))
    parser.add_argument("--check", dest="is_check", action="store_true", help=words("option.db.check"))
    parser.add_argument("--force", dest="is_forced", action="store_true", help=words("option.db.force"))
    parser.add_argument("--reindex", dest="is_reindexing", action="store_true", help=words("option.db.reindex"))
    parser.add_argument("--to", metavar="URL", help=words("option.db.to"))
    parser.add_argument("--restart", dest="is_restarted", action="store_true", help=words("option.db.restart"))
    parser.add_argument("--limit", type=int, metavar="N", help=words("option.db.limit"))
    parser.add_argument("--home", metavar="DIR", help=words("option.serve.home"))


def run(args: argparse.Namespace, output: Output) -> int:
    """Raises what the act raises; see `headway.assembly.care`."""
    _check_usage(args, output)
    settings = read_settings(home=args.home)
    try:
        care: Any = importlib.import_module("headway.assembly.care")
    except ImportError as error:
        raise UsageError(output.words("needs_server_extra", module=error.name)) from error
    act = {"upgrade": _upgrade, "backup": _back_up, "restore": _restore, "check": _check, "move": _move, "statements": _statements}[
        args.act
    ]
    return act(care, settings, args, output)


def _check_usage(args: argparse.Namespace, output: Output) -> None:
    for name, act in _OPTIONS.items():
        if getattr(args, name) not in {None, False} and args.act != act:
            raise UsageError(output.words("db.option_of", option=_SPELLED[name], act=act))
    if (args.file is not None) != (args.act in {"backup", "restore"}):
        raise UsageError(output.words("db.file_missing" if args.file is None else "db.no_file", act=args.act))
    if args.limit is not None and not 1 <= args.limit <= LIMIT:
        raise UsageError(output.words("db.bad_limit", most=LIMIT))
    if args.act == "move" and not args.to:
        raise UsageError(output.words("db.to_missing"))


def _upgrade(care: Any, settings: Settings, args: argparse.Namespace, output: Output) -> int:
    versions = care.find_versions(settings) if args.is_check else care.upgrade(settings)
    if output.is_json:
        output.json({"from": versions.found, "to": versions.wanted, "is_needed": versions.is_outdated, "is_done": not args.is_check})
    elif not versions.is_outdated:
        output.say("db.up_to_date", version=versions.found)
    else:
        output.say("db.needed" if args.is_check else "db.upgraded", before=versions.found, after=versions.wanted)
    return Exit.FAILED if args.is_check and versions.is_outdated else Exit.SUCCEEDED


def _back_up(care: Any, settings: Settings, args: argparse.Namespace, output: Output) -> int:
    with Drawing(output) as drawing:
        made = care.back_up(settings, Path(args.file), is_forced=args.is_forced, tell=drawing)
    if output.is_json:
        output.json(asdict(made))
    else:
        output.say("db.backed_up", path=made.path, size=format_bytes(made.size_bytes, output.language), version=made.version)
        output.note("db.copy_artifacts", artifacts=settings.artifacts_url.removeprefix("file://"), secret=settings.home / "secret")
    return Exit.SUCCEEDED


def _restore(care: Any, settings: Settings, args: argparse.Namespace, output: Output) -> int:
    with Drawing(output) as drawing:
        restored = care.restore(settings, Path(args.file), tell=drawing)
    if output.is_json:
        output.json(asdict(restored))
        return Exit.SUCCEEDED
    output.say("db.restored", path=args.file, version=restored.version)
    if restored.kept is not None:
        output.say("db.kept", path=restored.kept)
    if restored.revocation_count:
        output.say("db.still_revoked", count=restored.revocation_count)
    output.note("db.viewers_reset")
    return Exit.SUCCEEDED


def _check(care: Any, settings: Settings, args: argparse.Namespace, output: Output) -> int:
    with Drawing(output) as drawing:
        report = care.check(settings, is_reindexing=args.is_reindexing, tell=drawing)
    if output.is_json:
        output.json({"is_sound": report.is_sound, **asdict(report)})
    else:
        from headway.cli.db_report import show_report

        show_report(report, output)
    return Exit.SUCCEEDED if report.is_sound else Exit.FAILED


def _statements(care: Any, settings: Settings, args: argparse.Namespace, output: Output) -> int:
    from headway.cli.db_statements import show_statements, statements_to_json

    limit = args.limit or USUAL_LIMIT
    found = care.statements(settings, hours=HOURS, limit=limit)
    if output.is_json:
        output.json(statements_to_json(found, limit))
    else:
        show_statements(found, limit, output)
    return Exit.SUCCEEDED


def _move(care: Any, settings: Settings, args: argparse.Namespace, output: Output) -> int:
    try:
        with Drawing(output) as drawing:
            moved = care.move(settings, args.to, is_restarted=args.is_restarted, tell=drawing)
    except KeyboardInterrupt:
        output.note("db.move_interrupted")
        raise
    if output.is_json:
        output.json(asdict(moved))
        return Exit.SUCCEEDED
    rate = (moved.row_count - moved.resumed_rows) / max(moved.seconds, 1e-3)
    output.say(
        "db.moved", rows=format_count(moved.row_count, output.language), tables=moved.table_count,
        took=format_duration(moved.seconds, output.language), rate=format_rate(rate, output.words("db.rows"), output.language),
    )  # fmt: skip
    output.note("db.moved_next")
    return Exit.SUCCEEDED
