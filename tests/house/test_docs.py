"""The docs answer to the code: every setting, error, event, state, room and word is mentioned, and generated pages are fresh."""

from __future__ import annotations

import re
from dataclasses import fields

import pytest

import headway
from headway.model import run as nouns
from headway.model.errors import every_error
from headway.model.events import KINDS, Facet
from headway.model.states import Outcome, RunState
from headway.settings import SETTINGS
from headway.store.sql.tables import metadata
from tests.house.repository import ROOT, report, texts
from tools.write_reference import import_everything, stale


def page(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def test_generated_pages_are_fresh() -> None:
    assert not stale(), report(stale(), "These pages of docs/reference are out of date: run make docs")


def test_every_setting_is_documented() -> None:
    missing = [setting.variable for setting in SETTINGS if f"`{setting.variable}`" not in page("docs/reference/settings.md")]

    assert not missing, report(missing, "Say in docs/reference/settings.md what these do (make docs).")


def test_every_environment_variable_that_the_code_reads_is_documented() -> None:
    documented = page("docs/reference/settings.md") + page("docs/reference/environment.md") + page("PROTOCOL.md")
    read = {
        name
        for path, text in texts().items()
        if path.startswith("src/headway/") and path.endswith(".py")
        for name in re.findall(r"""["'](HEADWAY_[A-Z_]+)["']""", text)
    }
    missing = sorted(name for name in read if name not in documented)

    assert not missing, report(missing, "Say in docs/reference/environment.md what these variables do.")


def test_every_error_code_is_documented() -> None:
    import_everything()
    documented = page("docs/reference/errors.md")
    missing = [code for code, cls in every_error().items() if cls.__module__.startswith("headway.") and f"`{code}`" not in documented]

    assert not missing, report(missing, "Run make docs.")


def test_every_event_kind_is_documented() -> None:
    missing = [kind for kind in KINDS if f"`{kind}`" not in page("docs/reference/events.md")]

    assert not missing, report(missing, "Run make docs.")


def glossary() -> set[str]:
    """Words of the glossary, in the singular and the plural."""
    words = {word for bold in re.findall(r"\*\*([^*]+)\*\*", page("docs/glossary.md")) for word in re.split(r"[ ,-]+", bold.lower())}
    plural = {word[:-1] + "ies" if word.endswith("y") else word + "es" if word.endswith("ch") else word + "s" for word in words}
    return words | plural


def test_every_noun_of_the_model_is_in_the_glossary() -> None:
    named = [value.__name__ for value in vars(nouns).values() if isinstance(value, type) and value.__module__ == nouns.__name__]
    missing = [name for name in named if name.lower() not in glossary()]

    assert named
    assert not missing, report(missing, "Give these words a line in docs/glossary.md, or use one that is there.")


def test_every_word_of_a_path_is_in_the_glossary() -> None:
    api = page("PROTOCOL.md").split("## 3. REST")[1].split("\n## ")[0]
    paths = set(re.findall(r"(?<=[`\s])/[a-z][a-z/{}-]*", api))
    words = {word for path in paths for part in path.split("/") for word in part.split("-") if word and "{" not in part}
    missing = sorted(words - glossary() - {"live", "ready", "content", "api", "v", "docs", "openapi"})

    assert {"runs", "tasks", "events"} <= words
    assert not missing, report(missing, "Routes are nouns of docs/glossary.md; give these a line there, or use one that is there.")


@pytest.mark.parametrize("values", [Facet, RunState, Outcome])
def test_every_value_is_in_the_glossary(values: type[Facet | RunState | Outcome]) -> None:
    text = page("docs/glossary.md")
    missing = [value for value in values if not re.search(rf"\b{value}\b", text)]

    assert not missing, report(missing, "Give these words a line in docs/glossary.md.")


def test_every_room_is_on_the_map() -> None:
    rooms = sorted(
        {
            path.split("/")[2]
            for path in texts()
            if path.startswith("src/headway/") and path.count("/") >= 2 and not path.endswith("__init__.py")
        }
    )
    map_of_rooms = page("ARCHITECTURE.md")
    missing = [room for room in rooms if room != "py.typed" and f"`{room.removesuffix('.py')}" not in map_of_rooms]

    assert not missing, report(missing, "ARCHITECTURE.md has a map of rooms; these are not on it.")


def test_every_file_that_the_docs_name_exists() -> None:
    broken = []
    for path, text in texts().items():
        if not path.endswith(".md") or path.startswith("changelog.d/"):
            continue
        for target in re.findall(r"\]\((?!https?://|#|mailto:)([^)#\s]+)", text):
            if not ((ROOT / path).parent / target).exists():
                broken.append(f"{path}: ({target})")
        for target in re.findall(r"`((?:src|docs|tests|conformance|examples|tools|bench|deploy)/[\w./-]+\.\w+)`", text):
            if not (ROOT / target).exists():
                broken.append(f"{path}: `{target}`")

    assert not broken, report(broken, "These files are named, but do not exist (any more).")


def test_every_index_is_explained() -> None:
    indexes = [index.name for table in metadata.sorted_tables for index in table.indexes]
    missing = [name for name in indexes if f"`{name}`" not in page("docs/explanation/indexes.md")]

    assert len(indexes) > 20
    assert not missing, report(missing, "Say in docs/explanation/indexes.md which query these are for.")


def test_every_public_name_has_a_docstring() -> None:
    silent = [name for name in headway.__all__ if not (getattr(headway, name).__doc__ or "").strip()]

    assert not silent, report(silent, "What users call says its shapes, units and errors.")


def test_every_option_of_a_task_is_explained() -> None:
    documented = headway.task.__doc__ or ""
    unexplained = [
        field.name
        for field in fields(nouns.Options)
        if not any(
            word in documented
            for word in (field.name, field.name.removesuffix("_seconds"), field.name.removesuffix("_count"), field.name.removeprefix("is_"))
        )
        and field.name not in {"max_attempts", "retry_delay_max_seconds", "lost_after_seconds", "family_key", "family_limit"}
    ]

    assert not unexplained, report(unexplained, "Say in the docstring of headway.task what these options do.")


def test_decisions_are_numbered_and_say_why() -> None:
    decisions = sorted((ROOT / "docs/decisions").glob("[0-9]*.md"))

    assert [path.name[:4] for path in decisions] == [f"{number:04d}" for number in range(1, len(decisions) + 1)]
    for path in decisions:
        text = path.read_text(encoding="utf-8")
        for part in ("## Context", "## Decision", "## Consequences"):
            assert part in text, f"{path.name} lacks {part}"


def test_every_place_that_the_architecture_names_exists() -> None:
    """`sdk/log.py: write_line` is a file of the package and a class or function in it."""
    places = re.findall(r"`([\w/]+\.py): (\w+)`", page("ARCHITECTURE.md"))
    wrong = []
    for path, name in places:
        file = ROOT / "src/headway" / path
        if not file.is_file() or not re.search(
            rf"^(class|def|async def|{name}\b.*=) ?{name}?\b", file.read_text(encoding="utf-8"), re.MULTILINE
        ):
            wrong.append(f"{path}: {name}")

    assert len(places) > 15
    assert not wrong, report(wrong, "ARCHITECTURE.md walks an event through these places; they are not there (any more).")
