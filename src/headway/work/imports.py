"""A child imports the user's modules and says what it found. One that fails harms no other."""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from headway.sdk.catalogue import task_to_json
from headway.sdk.listeners import EVENTS, listeners_for
from headway.sdk.task import registered_tasks

_TRACEBACK_LIMIT = 32_768
_NOT_THE_PROJECT = ("site-packages", "dist-packages", ".venv", "lib/python")


def import_sources(sources: Sequence[str]) -> dict[str, Any]:
    """Import modules (``package.module``) and files (``tasks.py``): the body of ``child.ready``."""
    modules: list[str] = []
    errors: list[dict[str, str]] = []
    directories = {str(Path.cwd())}
    for source in sources:
        name = Path(source).stem if source.endswith(".py") else source
        try:
            if source.endswith(".py"):
                directories.add(str(Path(source).resolve().parent))
                _import_file(Path(source), name)
            else:
                importlib.import_module(source)
            modules.append(name)
        except BaseException as error:  # noqa: BLE001  (also SystemExit: a script that was not meant to be imported)
            errors.append({"module": name, "traceback": _told(error)})
    tasks: list[dict[str, Any]] = []
    for task in registered_tasks().values():
        try:
            tasks.append(task_to_json(task))
        except Exception as error:  # noqa: BLE001
            errors.append({"module": task.source.partition(":")[0], "traceback": _told(error)})
    return {"tasks": tasks, "modules": modules, "import_errors": errors, "files": _project_files(directories), "listeners": _listened()}


def _import_file(path: Path, name: str) -> None:
    if not path.is_file():
        raise FileNotFoundError(f"there is no file {path}")
    directory = str(path.resolve().parent)
    if directory not in sys.path:
        sys.path.insert(0, directory)
    if name in sys.modules and Path(getattr(sys.modules[name], "__file__", None) or "").resolve() == path.resolve():
        return
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} cannot be imported")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise


def _told(error: BaseException) -> str:
    """The traceback without the frames of the import machinery and of this module."""
    try:
        return "".join(traceback.format_exception(error))[-_TRACEBACK_LIMIT:].encode("utf-8", "replace").decode()
    except Exception:  # noqa: BLE001
        return type(error).__name__


def _project_files(directories: set[str]) -> list[str]:
    """Imported source files of the project itself: a change of one makes this child old."""
    prefixes = tuple(directory.rstrip(os.sep) + os.sep for directory in directories)
    files = (getattr(module, "__file__", None) for module in list(sys.modules.values()))
    ours = {file for file in files if isinstance(file, str) and file.startswith(prefixes)}
    return sorted(file for file in ours if not any(part in file for part in _NOT_THE_PROJECT))


def _listened() -> list[tuple[str, str]]:
    """(event, task) that some function wants to hear of."""
    return [(event, task) for event in EVENTS for task in registered_tasks() if listeners_for(event, task)]
