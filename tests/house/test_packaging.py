"""What the packages carry: the console as it was built, without anything that a user would need Node for."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from tests.house.repository import ROOT, texts
from tools.hatch_console import NODE, ConsoleHook, is_fresh

DIST = ("index.html", "index.html.br", "assets/main-1a2b.js", "assets/main-1a2b.js.map", ".vite/manifest.json")


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout with a console that was built after its newest source."""
    monkeypatch.delenv("HEADWAY_SKIP_CONSOLE", raising=False)
    for name, age in [("console/src/main.ts", 20), ("packages/client/src/index.ts", 30), *((f"console/dist/{name}", 10) for name in DIST)]:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
        os.utime(path, (1_000_000 - age, 1_000_000 - age))
    return tmp_path


def included(checkout: Path, target: str, version: str = "standard") -> dict[str, str]:
    hook: Any = ConsoleHook(str(checkout), {}, None, None, str(checkout / "dist"), target)  # type: ignore[arg-type]
    data: dict[str, Any] = {"force_include": {}}
    hook.initialize(version, data)
    return {str(Path(source).relative_to(checkout)): place for source, place in data["force_include"].items()}


def test_wheel_and_source_distribution_carry_the_built_console(checkout: Path) -> None:
    served = ("index.html", "index.html.br", "assets/main-1a2b.js")
    assert included(checkout, "wheel") == {f"console/dist/{name}": f"headway/console/{name}" for name in served}
    assert included(checkout, "sdist") == {f"console/dist/{name}": f"console/dist/{name}" for name in served}


def test_an_editable_installation_and_whoever_asks_for_it_go_without(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert included(checkout, "wheel", "editable") == {}
    monkeypatch.setenv("HEADWAY_SKIP_CONSOLE", "1")
    assert included(checkout, "wheel") == {}


def test_a_console_older_than_its_sources_is_built_anew_or_the_package_is_not(checkout: Path) -> None:
    assert is_fresh(checkout)
    (checkout / "packages/client/src/index.ts").touch()
    assert not is_fresh(checkout)
    with pytest.raises(RuntimeError, match="HEADWAY_SKIP_CONSOLE"):  # there is nothing here to build with
        included(checkout, "wheel")


def test_the_node_of_a_package_build_is_the_one_that_is_pinned() -> None:
    assert texts()["requirements/node.txt"].startswith(f"{NODE} ")
    assert (ROOT / "tools/node.sh").stat().st_mode & 0o111
    assert (ROOT / "tools/console.sh").stat().st_mode & 0o111
