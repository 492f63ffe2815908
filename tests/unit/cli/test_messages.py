from __future__ import annotations

import re
import string
from pathlib import Path

from headway.cli.commands import COMMANDS
from headway.cli.messages import catalogue
from headway.model import audit_chain

ENGLISH, CHINESE = catalogue("en"), catalogue("zh-CN")
CLI = Path(__file__).parents[3] / "src/headway/cli"
_USED = re.compile(r"""(?:words|words\.find|say|note)\(\s*"([a-z_.]+)"(?:\s+if\s+[^"]+?\s+else\s+"([a-z_.]+)")?""")


def fields(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name and name != "s"}


def test_both_languages_say_the_same_things() -> None:
    # English errors carry their own sentence; only their translation stands in a catalogue.
    own = {key for key in CHINESE if not key.startswith("error.code.")}
    assert own == set(ENGLISH)


def test_a_translation_has_the_same_fields() -> None:
    assert {key: fields(sentence) for key, sentence in ENGLISH.items()} == {key: fields(CHINESE[key]) for key in ENGLISH}


def test_chinese_is_chinese() -> None:
    same = {
        "cancel.done",
        "type.null",
        "show.id",
        "doctor.python",
        "doctor.wal",
        "monitor.cpu",
        "monitor.client_errors",
        "monitor.errors",
        "monitor.p95",
        "monitor.websocket",
    }
    left = [key for key, sentence in CHINESE.items() if sentence.isascii() and key not in same]
    assert left == []


def test_every_sentence_that_is_said_is_there_and_every_one_there_is_said() -> None:
    source = "\n".join(path.read_text("utf-8") for path in CLI.rglob("*.py") if path.parent.name != "messages")
    used = {key for found in _USED.findall(source) for key in found if key}
    assert used - set(ENGLISH) == set()
    built = (
        "command.",
        "epilogue.",
        "group.",
        "hint.",
        "type.",
        "show.",
        "stats.",
        "waiting.",
        "outcome.",
        "frame.is_",
        "parameters.m",
        "doctor.",
        "check.",
        "monitor.",
        "approvals.",
        "audit.fault.",
        "entry.approval_",
        "connections.",
        "workers.",
        "db.column_",
        "db.totals_",
    )
    literal = set(re.findall(r"""["']([a-z_]+(?:\.[a-z_]+)+)["']""", source))
    unsaid = [key for key in ENGLISH if key not in used | literal and not key.startswith(built)]
    assert unsaid == []


def test_every_command_has_its_line() -> None:
    assert {f"command.{name}" for name in COMMANDS} == {key for key in ENGLISH if key.startswith("command.")}


def test_chinese_has_its_own_punctuation() -> None:
    """Half a width between signs of a whole one looks like a slip, and half of the sentences had it."""
    assert [key for key, text in CHINESE.items() if re.search(r"[\u4e00-\u9fff][,;:!?()]|[,;:!?()][\u4e00-\u9fff]", text)] == []


def test_every_fault_of_the_audit_log_has_its_sentence() -> None:
    source = Path(audit_chain.__file__).read_text("utf-8")
    faults = set(re.findall(r'"((?:row|anchor|front|key|algorithm)_[a-z]+)"', source))
    assert {f"audit.fault.{fault}" for fault in faults} == {key for key in ENGLISH if key.startswith("audit.fault.")}
