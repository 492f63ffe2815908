"""`headway audit`: who did what; the whole log as a file; and whether it is as Headway left it, here or in such a file."""

from __future__ import annotations

import argparse
import codecs
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from headway.cli.arguments import add_url, whole
from headway.cli.complaints import UsageError
from headway.cli.documents import Document
from headway.cli.exits import Exit
from headway.cli.messages import Words
from headway.cli.output import Output
from headway.cli.remote import Remote
from headway.cli.screen.table import Column, draw_table
from headway.cli.screen.text import Line, clean, line
from headway.settings import read_settings

ACTS = ("list", "export", "verify")
COLUMNS = ("audit.number", "audit.at", "audit.by", "audit.action", "audit.target", "audit.from")
_OPTIONS = {
    "by": "list", "actions": "list", "project": "list", "target": "list", "outcome": "list", "limit": "list", "output": "export",
    "format": "export", "file": "verify", "keys": "verify", "expect": "verify",
}  # fmt: skip
"""Of which act each option is; any other act refuses it."""
_SPELLED = {"actions": "--action", "keys": "--key"}


def add_arguments(parser: argparse.ArgumentParser, words: Words) -> None:
    parser.add_argument("act", nargs="?", choices=ACTS, default="list", help=words("option.audit.act"))
    parser.add_argument("--by", metavar="NAME", help=words("option.audit.by"))
    parser.add_argument("--action", dest="actions", action="append", metavar="ACTION", help=words("option.audit.action"))
    parser.add_argument("--project", metavar="NAME", help=words("option.audit.project"))
    parser.add_argument("--target", metavar="ID", help=words("option.audit.target"))
    parser.add_argument("--outcome", choices=("done", "refused", "failed"), help=words("option.audit.outcome"))
    parser.add_argument("--limit", type=whole(1, 1_000), metavar="N", help=words("option.audit.limit"))
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help=words("option.audit.output"))
    parser.add_argument("--format", choices=("ndjson", "csv"), help=words("option.audit.format"))
    parser.add_argument("--file", type=Path, metavar="FILE", help=words("option.audit.file"))
    parser.add_argument("--key", dest="keys", action="append", metavar="KEY", help=words("option.audit.key"))
    parser.add_argument("--expect", metavar="N:HASH", help=words("option.audit.expect"))
    add_url(parser, words)


def run(args: argparse.Namespace, output: Output) -> int:
    for name, act in _OPTIONS.items():
        if getattr(args, name) is not None and args.act != act:
            raise UsageError(output.words("audit.option_of", option=_SPELLED.get(name, f"--{name}"), act=act))
    return {"list": _list, "export": _export, "verify": _verify}[args.act](args, output)


def _list(args: argparse.Namespace, output: Output) -> int:
    query = {
        "by": args.by, "action": args.actions, "project": args.project, "target": args.target, "outcome": args.outcome,
        "limit": args.limit or 50,
    }  # fmt: skip
    found = cast("Document", Remote(args.url).get("/audit", **query))
    items = cast("list[Document]", found["items"])
    if output.is_json:
        output.json(found)
    elif not items:
        output.note("audit.none")
    else:
        columns = [Column(title=output.words(name), is_right=name == "audit.number", gives_way=name == "audit.target") for name in COLUMNS]
        for content in draw_table(columns, [_row(each) for each in items], output.size[0] if output.is_terminal else None):
            output.line(content)
    return Exit.SUCCEEDED


def _row(row: Document) -> list[Line]:
    style = "" if row["outcome"] == "done" else "yellow"
    return [
        line("–" if row["number"] is None else str(row["number"])),
        line(clean(row["at"])),
        line(clean(row["by"] or "–"), "bold"),
        line(clean(row["action"]), style),
        line(clean(row["target"] or "–")),
        line(clean(row["address"] or "–")),
    ]


def _export(args: argparse.Namespace, output: Output) -> int:
    file: Path | None = args.output
    with Remote(args.url).http.stream("GET", "/audit/export", query={"format": args.format or "ndjson"}) as chunks:
        if file is None:
            decode = codecs.getincrementaldecoder("utf-8")("replace").decode
            for chunk in chunks:
                output.out.write(decode(chunk))
            return Exit.SUCCEEDED
        unfinished = file.with_name(f"{file.name}.part")
        try:
            with unfinished.open("wb") as opened:
                opened.writelines(chunks)
            unfinished.replace(file)
        except OSError as error:
            raise UsageError(output.words("export.unwritable", file=file, reason=error.strerror or error)) from None
        finally:
            unfinished.unlink(missing_ok=True)
    output.note("export.written", file=file)
    return Exit.SUCCEEDED


def _verify(args: argparse.Namespace, output: Output) -> int:
    """1 where anything is not as Headway left it."""
    number, hash_ = _expected(args, output)
    if args.file is None:
        query = {"key": args.keys, "number": number, "hash": hash_}
        verdict = cast("Document", Remote(args.url, timeout=600.0).get("/audit/verify", **query))
    else:
        verdict = _verdict_of(args.file, args.keys or [], {} if number is None else {number: hash_ or ""}, output)
    if output.is_json:
        output.json(verdict)
    else:
        _tell(verdict, output)
    return Exit.SUCCEEDED if verdict["is_intact"] else Exit.FAILED


def _tell(verdict: Document, output: Output) -> None:
    words = output.words
    for fault in verdict["faults"]:
        output.line(line(words(f"audit.fault.{fault['what']}", number=fault["number"]), "red"))
    more = verdict["fault_count"] - len(verdict["faults"])
    if more > 0:
        output.say("audit.more_faults", count=more)
    counted = {"first": verdict["first"], "last": verdict["last"], "count": verdict["row_count"]}
    if verdict["is_intact"]:
        output.say("audit.intact", **counted)
    else:
        output.line(line(words("audit.broken", **counted), "bold red"))
    if verdict["unsealed_count"]:
        output.say("audit.unsealed", count=verdict["unsealed_count"])
    output.say("audit.note_it", last=verdict["last"], hash=verdict["last_hash"])
    for key in verdict["keys"]:
        output.say("audit.key", key=key)


def _expected(args: argparse.Namespace, output: Output) -> tuple[int | None, str | None]:
    if args.expect is None:
        return None, None
    from headway.model.audit_chain import algorithm_of

    number, _, hash_ = args.expect.partition(":")
    if not number.isdecimal() or algorithm_of(hash_) is None:
        raise UsageError(output.words("audit.bad_expect"))
    return int(number), hash_


def _verdict_of(file: Path, keys: list[str], noted: Mapping[int, str], output: Output) -> Document:
    """Of an exported file, without any server. The keys are those that are named, or that of this installation's secret."""
    try:
        from headway.access.anchors import Signer, is_public_key, is_signed
        from headway.access.secret import open_secret
    except ImportError as error:
        raise UsageError(output.words("needs_server_extra", module=error.name)) from error
    from headway.model.audit_chain import Verifier

    settings = read_settings()
    if any(not is_public_key(key) for key in keys):
        raise UsageError(output.words("audit.bad_key"))
    if settings.secret is not None or (settings.home / "secret").exists():
        keys = [*keys, *Signer(open_secret(settings.home, settings.secret), settings.algorithms).keys]
    if not keys:
        raise UsageError(output.words("audit.no_key"))
    verifier = Verifier(is_signed=is_signed, trusted=frozenset(keys), noted=noted)
    try:
        with file.open(encoding="utf-8") as opened:
            for at, text in enumerate(opened, 1):
                _feed(verifier, text, at, file, output)
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(output.words("audit.unreadable", file=file, reason=getattr(error, "strerror", None) or error)) from None
    return _plain(verifier.verdict())


def _feed(verifier: Any, text: str, at: int, file: Path, output: Output) -> None:
    from headway.model.audit_chain import anchor_from_json

    try:
        said: dict[str, Any] = json.loads(text)
        kind = said.pop("type")
        if kind == "anchor":
            verifier.anchor(anchor_from_json(said))
        else:
            verifier.row(int(said["number"]), said["hash"], said)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UsageError(output.words("audit.unreadable", file=file, reason=f"line {at}: {error!r}")) from None


def _plain(verdict: Any) -> Document:
    from dataclasses import asdict

    return asdict(verdict)
