"""`headway export RUN`: the journal of a run as a file, to be kept, sent to somebody, or replayed by a test."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

from headway.cli.arguments import add_url
from headway.cli.complaints import UsageError
from headway.cli.documents import Document
from headway.cli.exits import Exit
from headway.cli.messages import Words
from headway.cli.output import Output
from headway.cli.remote import Remote
from headway.cli.watch import add_run
from headway.model.journal_file import write_journal

_BESIDE = frozenset({"view", "last_seq", "last_line", "attempts", "steps"})
"""What stands in the document of a run beside its own fields; all of it follows from the events."""


def add_arguments(parser: argparse.ArgumentParser, words: Words) -> None:
    add_run(parser, words)
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help=words("option.export.output"))
    add_url(parser, words)


def run(args: argparse.Namespace, output: Output) -> int:
    remote = Remote(args.url)
    run_id = remote.find_run(args.run, is_external=args.is_external)
    lines = journal_of(remote, run_id)
    file: Path | None = args.output
    if file is None:
        for line in lines:
            output.out.write(line)
        return Exit.SUCCEEDED
    # Whole or not there: whoever replays half a journal finds no mistake in it.
    unfinished = file.with_name(f"{file.name}.part")
    try:
        with unfinished.open("w", encoding="utf-8") as opened:
            opened.writelines(lines)
        unfinished.replace(file)
    except OSError as error:
        raise UsageError(output.words("export.unwritable", file=file, reason=error.strerror or error)) from None
    finally:
        unfinished.unlink(missing_ok=True)
    output.note("export.written", file=file)
    return Exit.SUCCEEDED


def journal_of(remote: Remote, run: str) -> Iterator[str]:
    """The lines of the file. What a run that goes on reports meanwhile is left out: the view is of this moment."""
    document = remote.run(run)
    about = {key: value for key, value in document.items() if key not in _BESIDE}
    return write_journal(about, document["view"], _events(remote, run, int(document["last_seq"])))


def _events(remote: Remote, run: str, last_seq: int) -> Iterator[Document]:
    after = 0
    while after < last_seq:
        page = remote.get(f"/runs/{run}/events", after_seq=after, limit=1000)
        for event in page["items"]:
            if event["seq"] <= last_seq:
                yield event
        if not page["items"]:
            return
        after = int(page["items"][-1]["seq"])
