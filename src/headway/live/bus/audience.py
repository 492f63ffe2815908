"""How many look at each run, over all processes that have told."""

from __future__ import annotations

from headway.live.bus.contract import BusNews, Watched


class Audience:
    """Each process says its own number; workers want to know them all together. One that has ended says nothing any more, and what
    it said is forgotten."""

    def __init__(self) -> None:
        self._runs: dict[str, dict[str, int]] = {}
        """By run and by process, never 0."""
        self._heard_at: dict[str, float] = {}

    def heard(self, process: str, now: float) -> None:
        """A sign of life. `now`: seconds of a clock that does not go back."""
        self._heard_at[process] = now

    def count(self, process: str, said: Watched) -> Watched:
        """What a process says of a run, and what that makes in all."""
        numbers = self._runs.setdefault(said.run, {})
        if said.count:
            numbers[process] = said.count
        else:
            numbers.pop(process, None)
        return self._sum(said.run)

    def forget(self, process: str) -> list[BusNews]:
        """What a process has said; the runs that it looked at, with what is left."""
        self._heard_at.pop(process, None)
        runs = [run for run, numbers in self._runs.items() if numbers.pop(process, None)]
        return [self._sum(run) for run in runs]

    def forget_silent(self, since: float) -> list[BusNews]:
        """All that were last heard before this time."""
        return [news for process, at in list(self._heard_at.items()) if at < since for news in self.forget(process)]

    def _sum(self, run: str) -> Watched:
        numbers = self._runs[run]
        if not numbers:
            del self._runs[run]
        return Watched(run=run, count=sum(numbers.values()))
