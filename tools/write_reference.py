"""Writes the pages of `docs/reference` that are lists of what the code knows: errors, events, settings.

`python tools/write_reference.py` writes them; with `--check` it only says which are out of date (exit code 1).
"""

from __future__ import annotations

import argparse
import importlib
import pkgutil
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

import headway
from headway.model import events
from headway.model.errors import HeadwayError, every_error
from headway.model.permissions import ROLES, Permission
from headway.model.states import FINAL, TRANSITIONS
from headway.settings import SETTINGS
from tools import asvs
from tools.limits import Limit, find_limits

ROOT = Path(__file__).resolve().parents[1]
REFERENCE = ROOT / "docs" / "reference"
_NOTE = "<!-- Written by tools/write_reference.py; `make docs` writes it anew. -->\n\n"
_TYPES = {str: "text", int: "whole number", float: "number", dict: "object", bool: "true or false", list: "list", type(None): "null"}


def import_everything() -> None:
    """Errors stand where they belong, also beside one act: only an imported module has told of its own."""
    for module in pkgutil.walk_packages(headway.__path__, "headway."):
        if not module.name.endswith("__main__") and ".migrations" not in module.name:
            importlib.import_module(module.name)


def errors() -> str:
    """Every code, what it means, and whether trying again may help."""
    import_everything()
    own = {code: cls for code, cls in every_error().items() if cls.__module__.startswith("headway.")}
    rows = (
        f"| `{code}` | {_sentence(cls)} | {cls.__mro__[1].code if cls is not HeadwayError else '-'} | {'yes' if cls.is_temporary else ''} |"
        for code, cls in sorted(own.items())
    )
    return _page(
        "Errors",
        "Every error that a person or a program can get from Headway. The code is stable; over HTTP it stands in the `code` of the problem "
        "(RFC 9457), in the live wire in `error`. "
        "A word in braces is a field of the error. *Temporary*: the same request may succeed later.",
        "| code | sentence | is a kind of | temporary |\n|---|---|---|---|",
        rows,
    )


def _sentence(cls: type[HeadwayError]) -> str:
    return " ".join((cls.__doc__ or "").split()).replace("|", "\\|")


def event_kinds() -> str:
    """Every kind of event: facet, who may report it, what it carries."""
    rows = (
        f"| `{name}` | {kind.facet} | {'yes' if kind.reported else ''} | {_fields(kind.required)} | {_fields(kind.optional)} |"
        for name, kind in sorted(events.KINDS.items())
    )
    return _page(
        "Events",
        "The facts a run is made of. Every event has `kind` and `at`; once recorded also `seq`, `attempt` and, in the log facet, "
        "`line`. "
        "*Reported*: a worker or an outside program may send it; all others are written by Headway itself. "
        f"Unknown kinds are kept in the log facet and shown raw. A log line has at most {events.TEXT_LIMIT:,} characters, "
        f"an event {events.EVENT_LIMIT:,} bytes.",
        "| kind | facet | reported | always carries | may carry |\n|---|---|---|---|---|",
        rows,
    )


def _fields(fields: object) -> str:
    listed: dict[str, tuple[type, ...]] = dict(fields)  # type: ignore[call-overload]
    return ", ".join(f"`{name}` ({' or '.join(dict.fromkeys(_TYPES[one] for one in types))})" for name, types in listed.items())


def settings() -> str:
    """Every setting: variable, default, meaning."""
    rows = (f"| `{one.variable}` | {_default(one.default)} | {' '.join(one.says.split())} |" for one in SETTINGS)
    return _page(
        "Settings",
        "Read once at the start, from the environment; options of `headway serve` of the same name come before them. "
        "`headway doctor` checks them and says what is wrong.",
        "| variable | default | what it does |\n|---|---|---|",
        rows,
    )


def _default(default: str | None) -> str:
    return f"`{default}`" if default else ""


def states() -> str:
    """The transition table, and the permissions."""
    rows = [
        f"| `{state}` | {', '.join(f'`{after}`' for after in sorted(TRANSITIONS[state]))} |" for state in TRANSITIONS if state not in FINAL
    ]
    final = ", ".join(f"`{state}`" for state in sorted(FINAL))
    marks = "\n".join(
        f"| `{permission}` | " + " | ".join("yes" if permission in may else "" for may in ROLES.values()) + " |"
        for permission in Permission
    )
    words = f"| permission | {' | '.join(ROLES)} |\n|{'---|' * (len(ROLES) + 1)}\n{marks}"
    return (
        _page(
            "States",
            f"A run ends in one of {final}, and then never changes. Before that:",
            "| a run that is | may become |\n|---|---|",
            rows,
        )
        + f"\n## Permissions\n\n{words}\n"
    )


def limits() -> str:
    """Every pool, queue, time-out and pause: default, setting, and where it stands."""
    import_everything()
    parts: dict[str, list[str]] = {}
    for limit in find_limits():
        setting = f"`{limit.variable}`" if limit.variable else ""
        row = f"| `{limit.name}` | {_amount(limit)} | {limit.says.replace('|', chr(92) + '|')} | {setting} | `{limit.path}` |"
        parts.setdefault(limit.room, []).append(row)
    head = "| name | default | what it is | setting | in `src/headway` |\n|---|---|---|---|---|"
    tables = "\n\n".join(f"## {room}\n\n{head}\n" + "\n".join(rows) for room, rows in parts.items())
    return (
        f"{_NOTE}# Limits\n\n"
        "Every pool, every bound of a queue, every time-out, pause before a further try and circuit breaker, as the code has them. Where a "
        "setting is named, it changes the number; the others are chosen so that nobody has to. Sizes of what is kept (texts, results, "
        f"artifacts) stand in [PROTOCOL.md](../../PROTOCOL.md) and in [settings](settings.md).\n\n{tables}\n"
    )


def _amount(limit: Limit) -> str:
    name = limit.name.rpartition(".")[2].lower()
    unit = " s" if name.endswith("seconds") else " ms" if name.endswith("_ms") else ""
    values = limit.value if isinstance(limit.value, tuple) else (limit.value,)
    if limit.name == "Limits.children":
        return "one a processor, at least 2"
    return ", ".join(f"{value:,}" if isinstance(value, int) else f"{value:g}" for value in values) + unit


def _page(title: str, opening: str, head: str, rows: Iterable[str]) -> str:
    return f"{_NOTE}# {title}\n\n{opening}\n\n{head}\n" + "\n".join(rows) + "\n"


PAGES: dict[str, Callable[[], str]] = {
    "errors.md": errors,
    "events.md": event_kinds,
    "settings.md": settings,
    "states.md": states,
    "limits.md": limits,
    "asvs.md": lambda: _NOTE + asvs.page(),
}


def stale() -> list[str]:
    """Pages that do not say what the code says."""
    return [
        name
        for name, write in PAGES.items()
        if not (REFERENCE / name).is_file() or (REFERENCE / name).read_text(encoding="utf-8") != write()
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; name the pages that are out of date")
    if parser.parse_args().check:
        for name in stale():
            print(f"docs/reference/{name} is out of date: run make docs")
        return 1 if stale() else 0
    REFERENCE.mkdir(parents=True, exist_ok=True)
    for name, write in PAGES.items():
        (REFERENCE / name).write_text(write(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
