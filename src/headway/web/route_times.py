"""How often each route is called, how that ends, and how long it takes to its first byte: counted in memory, handed to the sampler."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from starlette.types import Scope

from headway.model.histogram import Histogram
from headway.model.samples import Sample, SampleKind

WAITED = "headway.waited"
"""Where a request's scope has the seconds for which it waited because its caller wanted that: they are no slowness of ours."""
UNKNOWN = "unknown"
"""What no route answers."""
CONSOLE = "console"
"""The files of the console."""


class _Span(Protocol):
    @property
    def at(self) -> datetime: ...
    @property
    def seconds(self) -> float: ...


class _Tally:
    __slots__ = ("bad", "count", "failed", "took")

    def __init__(self) -> None:
        self.count = 0
        self.bad = 0
        self.failed = 0
        self.took = Histogram()


def route_of(scope: Scope) -> str:
    """Which route answers a request, once that is known: by its pattern, so there are never more than are written."""
    route = scope.get("route")
    if route is not None:
        return f"{scope['method']} {route.path}"
    return UNKNOWN if scope["path"].startswith("/api") else CONSOLE


class RouteTimes:
    """A probe of the sampler. All in the loop's thread."""

    def __init__(self) -> None:
        self._tallies: dict[str, _Tally] = {}

    def note(self, scope: Scope, status: int, seconds: float) -> None:
        """A request was answered."""
        name = route_of(scope)
        tally = self._tallies.get(name)
        if tally is None:
            tally = self._tallies[name] = _Tally()
        tally.count += 1
        if status >= 500:
            tally.failed += 1
        elif status >= 400:
            tally.bad += 1
        tally.took.note(max(0.0, seconds - scope.get(WAITED, 0.0)))

    def look(self, lag_seconds: float) -> None:
        """Nothing to do: requests are counted as they come."""

    async def sample(self, span: _Span) -> Sequence[Sample]:
        tallies, self._tallies = self._tallies, {}
        return [
            Sample(
                kind=SampleKind.ROUTE, name=name, at=span.at, seconds=span.seconds,
                counts={"calls": tally.count, "client_errors": tally.bad, "errors": tally.failed},
                spreads={"took": tally.took.take()},
            )
            for name, tally in tallies.items()
        ]  # fmt: skip
