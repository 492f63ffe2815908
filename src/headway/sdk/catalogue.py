"""A task as the catalogue keeps it. Apart from `task.py`, because only a child that reports its tasks needs to know."""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from headway.model import run as model
from headway.sdk.schema import describe_function
from headway.sdk.task import Task


def describe(task: Task[..., Any]) -> model.Task:
    """Name, description, schema, options and source of a task. Raises `TypeError` for a parameter that JSON cannot give."""
    description, schema = describe_function(task.function)
    return model.Task(
        name=task.name,
        description=description,
        parameter_schema=schema,
        options=task.options,
        is_async=task.is_async,
        source=task.source,
        source_hash=source_hash(task.function),
    )


def task_to_json(task: Task[..., Any]) -> dict[str, Any]:
    """The task as ``child.ready`` carries it: the fields of `model.run.Task`, but for the time of its update."""
    plain = asdict(describe(task))
    del plain["updated_at"]
    return plain


def source_hash(function: Callable[..., Any]) -> str:
    """Of the whole file, because a task changes with the functions beside it."""
    unwrapped = inspect.unwrap(function)
    try:
        source = Path(inspect.getsourcefile(unwrapped) or "").read_bytes()
    except (OSError, TypeError):
        code = getattr(unwrapped, "__code__", None)
        source = code.co_code if code else b""
    return hashlib.sha256(source).hexdigest()[:16]
