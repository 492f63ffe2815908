"""Whatever happens on the way, the rows that a viewer has in view become what the store has, the counts too, and nothing new stays
untold. Random from a seed: runs come, report, end and go, news are lost, viewers stall, hide, scroll and come back."""

from __future__ import annotations

import asyncio
import random
from functools import partial

import pytest

from headway.live import feeds
from headway.live.reading import read_states
from tests.unit.live.theatre import Json, Run, Table, Theatre, Viewer, bare, open_theatre
from tests.waiting import eventually_async

STEPS = 200
PROJECTS = ("default", "default", "default", "another")


class Reader:
    """A viewer of the list on a wire that breaks: what was sent and not yet read is lost."""

    def __init__(self, theatre: Theatre) -> None:
        self._theatre = theatre
        self._wire: Viewer | None = None
        self._at = 0
        self.table = Table()
        self.in_view: dict[str, Run] = {}
        self.expected: set[str] = set()
        """Runs that were created while it listened."""

    @property
    def is_listening(self) -> bool:
        return self._wire is not None and self.table.states is not None

    def connect(self) -> None:
        if self._wire is None:
            self._wire = self._theatre.viewer()
            self._at = 0
            self.table, self.expected = Table(), set()
            self._wire.hello()
            self._wire.subscribe_list(rows=list(self.in_view.values()))

    def cut(self) -> None:
        if self._wire is not None:
            self._wire.leave()
            self._theatre.viewers.remove(self._wire)
            self._wire = None
            self.table = Table()

    def read(self) -> None:
        while self._wire is not None and self._at < len(self._wire.heard):
            message = self._wire.heard[self._at]
            self._at += 1
            assert message["type"] != "error", message
            if message["type"] == "row" and message["run"] not in self.in_view:
                continue  # it was on its way when the row left the view
            self.table.take(message)
            for run in message.get("gone", ()):
                self.in_view.pop(run, None)

    def scroll(self, add: list[Run], remove: list[Run]) -> None:
        self.in_view = {key: run for key, run in self.in_view.items() if run not in remove} | {run.id: run for run in add}
        if self._wire is not None:
            self._wire.look(*add, remove=remove)
            for run in remove:
                self.table.forget(run.id)

    def pause(self) -> None:
        if self._wire is not None and self._wire.is_reading:
            self._wire.stop_reading()

    def go_on(self) -> None:
        if self._wire is not None and not self._wire.is_reading:
            self._wire.read_again()

    def look(self, is_visible: bool) -> None:
        if self._wire is not None:
            self._wire.say({"type": "visible", "visible": is_visible})


class World:
    def __init__(self, theatre: Theatre, dice: random.Random) -> None:
        self.theatre = theatre
        self.dice = dice
        self.live: list[Run] = []
        self.ended: list[Run] = []
        self.readers = [Reader(theatre) for _ in range(5)]

    async def happen(self, number: int) -> None:
        dice = self.dice
        match dice.randrange(10):
            case 0 | 1:
                await self._create(number)
            case 2 if self.live:
                run = self.live.pop(dice.randrange(len(self.live)))
                await run.finish(error=dice.choice([None, {"code": "exception", "type": "E", "message": "no"}]))
                self.ended.append(run)
            case 3 if self.ended:
                await self.ended.pop(dice.randrange(len(self.ended))).delete()
            case 4 | 5 | 6 if self.live:
                await dice.choice(self.live).progress(number, total=STEPS, message=dice.choice(["", "on its way"]))
            case 7 if self.live:
                await dice.choice(self.live).metric("loss", number)
            case _ if self.live:
                await dice.choice(self.live).log(*(f"{number}.{part}" for part in range(dice.choice([1, 3, 12]))))

    async def _create(self, number: int) -> None:
        listening = [reader for reader in self.readers if reader.is_listening]
        run = await self.theatre.run(f"run {number}", project=self.dice.choice(PROJECTS))
        self.live.append(run)
        if run.list == "runs:default":
            for reader in listening:
                reader.expected.add(run.id)

    async def disturb(self) -> None:
        dice, reader = self.dice, self.dice.choice(self.readers)
        match dice.randrange(14):
            case 0:
                reader.cut()
            case 1 | 2 | 3:
                reader.connect()
            case 4:
                reader.pause()
            case 5 | 6:
                reader.go_on()
            case 7:
                self.theatre.is_deaf = not self.theatre.is_deaf
            case 8:
                reader.look(is_visible=dice.random() < 0.7)
            case 9 | 10:
                runs = self.live + self.ended
                add = dice.sample(runs, min(len(runs), dice.randrange(6)))
                reader.scroll(add, dice.sample(list(reader.in_view.values()), min(len(reader.in_view), dice.randrange(3))))
            case 11 if dice.random() < 0.3:
                for each in self.readers:
                    each.cut()
                await self.theatre.close()
                await self.theatre.open()
            case _:
                for _ in range(dice.randrange(50)):
                    await asyncio.sleep(0)

    async def stored_rows(self) -> dict[str, Json]:
        return {run.id: await run.row() for run in self.live + self.ended if run.list == "runs:default"}

    def reads(self) -> None:
        for reader in self.readers:
            reader.read()


def _wrong(reader: Reader, stored: dict[str, Json], states: Json) -> str:
    """What this reader has yet to learn."""
    reader.read()
    if reader.table.states != states:
        return f"states {reader.table.states}, not {states}"
    shown = {run: bare(row) for run, row in reader.table.rows.items()}
    wanted = {run: stored[run] for run in reader.in_view if run in stored}
    if reader.in_view.keys() - stored.keys():
        return f"gone and not told: {reader.in_view.keys() - stored.keys()}"
    if shown != wanted:
        return f"rows {shown}, not {wanted}"
    untold = reader.expected & stored.keys() - set(reader.table.new)
    return f"untold {untold}" if untold and not reader.table.is_more else ""


def _is_right(reader: Reader, stored: dict[str, Json], states: Json) -> bool:
    assert _wrong(reader, stored, states) == ""
    return True


@pytest.mark.parametrize("seed", range(6))
async def test_rows_in_view_become_what_is_stored(seed: int, database: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"COUNT_SECONDS": 0.01, "HEADS_AT_ONCE": 3}.items():
        monkeypatch.setattr(feeds, name, value)
    limits = {"rows_per_second": 1e6, "rows_burst": 1_000_000, "flush_bytes": 2_000}
    async with open_theatre(database, tick_seconds=0.004, tops_seconds=0.05, hidden_seconds=0.01, **limits) as theatre:
        world = World(theatre, random.Random(seed))
        for number in range(STEPS):
            await world.happen(number)
            await world.disturb()
            world.reads()
        theatre.is_deaf = False
        stored = await world.stored_rows()
        states = await theatre.store.read(partial(read_states, project="default"))
        for reader in world.readers:
            reader.go_on()
            reader.look(is_visible=True)
            reader.connect()
            await eventually_async(partial(_is_right, reader, stored, states), what="what is stored")
            assert len(reader.table.new) == len(set(reader.table.new)), "no run is new twice"
        assert sum(len(reader.in_view) for reader in world.readers) > 5
