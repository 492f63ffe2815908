"""Headway: run long work and see it live.

Everything that user code needs is an attribute of this module. They are loaded when first used, so that ``import headway``
costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module

TYPE_CHECKING = False  # as type checkers know it; typing itself would cost 8 ms
if TYPE_CHECKING:
    from typing import Any

    from headway.model.errors import ChildFailed, HeadwayError, InvalidParameters
    from headway.sdk.artifact import artifact
    from headway.sdk.async_client import AsyncClient
    from headway.sdk.checkpoint import checkpoint
    from headway.sdk.client import Client
    from headway.sdk.context import current_run
    from headway.sdk.family import Children, ChildRun, map, start  # noqa: A004
    from headway.sdk.field import Field
    from headway.sdk.listeners import on
    from headway.sdk.log import log
    from headway.sdk.metric import metric
    from headway.sdk.outcomes import Cancelled, NoRetry, Paused, Retry, SoftTimeout
    from headway.sdk.progress import progress, status
    from headway.sdk.record import record
    from headway.sdk.secret import secret
    from headway.sdk.step import step
    from headway.sdk.task import task
    from headway.sdk.track import track

__version__ = "0.1.0"

_HOMES = {
    "HeadwayError": "model.errors", "ChildFailed": "model.errors", "InvalidParameters": "model.errors",
    "task": "sdk.task", "Field": "sdk.field", "on": "sdk.listeners",
    "track": "sdk.track", "step": "sdk.step", "progress": "sdk.progress", "status": "sdk.progress",
    "log": "sdk.log", "metric": "sdk.metric", "artifact": "sdk.artifact", "checkpoint": "sdk.checkpoint",
    "secret": "sdk.secret", "start": "sdk.family", "map": "sdk.family", "ChildRun": "sdk.family", "Children": "sdk.family",
    "current_run": "sdk.context", "Client": "sdk.client", "AsyncClient": "sdk.async_client", "record": "sdk.record",
    "Cancelled": "sdk.outcomes", "Paused": "sdk.outcomes", "SoftTimeout": "sdk.outcomes",
    "Retry": "sdk.outcomes", "NoRetry": "sdk.outcomes",
}  # fmt: skip

__all__ = [
    "AsyncClient", "Cancelled", "ChildFailed", "ChildRun", "Children", "Client", "Field", "HeadwayError", "InvalidParameters", "NoRetry",
    "Paused", "Retry", "SoftTimeout", "artifact", "checkpoint", "current_run", "log", "map", "metric", "on", "progress", "record", "secret",
    "start", "status", "step", "task", "track",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'headway' has no attribute {name!r}")
    value = getattr(import_module(f"headway.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
