"""Who asks the store, for its log and lists of slow statements. Who is asked on behalf of somebody says so around the call."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from contextvars import ContextVar

Asker = Callable[[], str]
"""Called only when there is something to tell: a route is known later than its request."""

_asker: ContextVar[Asker | None] = ContextVar("headway_asker", default=None)


@contextmanager
def asked_by(asker: Asker) -> Generator[None]:
    """Whatever this context asks of a store within, it asks for `asker`. Its names must be few, and written in the code: they become
    labels of counters."""
    token = _asker.set(asker)
    try:
        yield
    finally:
        _asker.reset(token)


def present_asker() -> Asker | None:
    return _asker.get()
