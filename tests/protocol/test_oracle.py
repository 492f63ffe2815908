"""Whatever happens on the way, the fold of what a viewer heard is the journal: every line once and in order, the same view, the
end once and last (invariants I1, I5, I6). Random from a seed; the client is the one of the SDK."""

from __future__ import annotations

import asyncio
import random
from typing import Any

import orjson
import pytest

from headway.live import channel, reading
from headway.model.events import Facet
from headway.sdk.news import Entry, Finished, Gap, ViewChanged
from headway.sdk.viewer import Viewer as ClientViewer
from tests.unit.live.theatre import Run, Theatre, Viewer, bare, open_theatre
from tests.waiting import eventually_async

STEPS = 150


class Watcher:
    """A viewer of the SDK on a wire that breaks."""

    def __init__(self, theatre: Theatre, run: Run) -> None:
        self._theatre = theatre
        self._run = run
        self.client = ClientViewer([run.id])
        self.client.token = "ada"
        self._wire: Viewer | None = None
        self._at = 0
        self.news: list[Any] = []
        self.is_visible = True

    def connect(self) -> None:
        if self._wire is None and not self.client.is_finished:
            self._wire = self._theatre.viewer()
            self._at = 0
            self.is_visible = True
            self._wire.say(self.client.hello())

    def cut(self) -> None:
        """What was sent and not yet read is lost."""
        if self._wire is not None:
            self._wire.leave()
            self._theatre.viewers.remove(self._wire)
            self._wire = None

    def read(self) -> None:
        """Take in what has come, and answer."""
        while self._wire is not None and self._at < len(self._wire.frames):
            frame = self._wire.frames[self._at]
            self._at += 1
            self.news += self.client.receive(frame.body)
            answer = self.client.outgoing()
            if answer is not None:
                self._wire.say(answer)

    def pause(self) -> None:
        if self._wire is not None and self._wire.is_reading:
            self._wire.stop_reading()

    def go_on(self) -> None:
        if self._wire is not None and not self._wire.is_reading:
            self._wire.read_again()

    def look_away(self) -> None:
        if self._wire is not None:
            self.is_visible = not self.is_visible
            self._wire.say({"type": "visible", "visible": self.is_visible})

    def look(self) -> None:
        if not self.is_visible:
            self.look_away()


async def _publish(run: Run, dice: random.Random, number: int) -> None:
    match dice.randrange(6):
        case 0 | 1 | 2:
            await run.log(*(f"{number}.{part} {'ü' * dice.randrange(80)}" for part in range(dice.choice([1, 1, 3, 12]))))
        case 3:
            await run.log(*(f"{number}.{part}" for part in range(70)))
        case 4:
            await run.progress(number, total=STEPS, bar=dice.choice(["main", "upload"]), message=dice.choice(["", "on its way"]))
        case _:
            await run.metric("loss", *(dice.random() for _ in range(dice.choice([1, 5, 40]))))


@pytest.mark.parametrize("seed", range(6))
async def test_every_fold_is_the_journal(seed: int, database: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    dice = random.Random(seed)
    for name, value in {"RING_ENTRIES": 40, "CUT_BYTES": 3_000, "BACKLOG_BYTES": 9_000, "CHANGES_KEPT": 5, "CUTS_KEPT": 3}.items():
        monkeypatch.setattr(channel, name, value)
    for name, value in {"RING_ENTRIES": 40, "PAGE_ENTRIES": 17}.items():
        monkeypatch.setattr(reading, name, value)
    async with open_theatre(
        database,
        tick_seconds=0.004,
        least_tick_seconds=0.001,
        tops_seconds=0.05,
        hidden_seconds=0.01,
        linger_seconds=0.02,
        flush_bytes=2_000,
    ) as theatre:
        run = await theatre.run()
        watchers = [Watcher(theatre, run) for _ in range(5)]
        for number in range(STEPS):
            await _publish(run, dice, number)
            watcher = dice.choice(watchers)
            await _disturb(theatre, watchers, watcher, dice)
            for one in watchers:
                one.read()
        theatre.is_deaf = False
        await run.finish({"seed": seed})
        for watcher in watchers:
            watcher.go_on()
            watcher.look()
            watcher.connect()
        await eventually_async(lambda: _all_finished(watchers), timeout=20, what="the end, for every viewer")
        await _check(theatre, run, watchers)


def _all_finished(watchers: list[Watcher]) -> bool:
    for watcher in watchers:
        watcher.read()
    return all(watcher.client.is_finished for watcher in watchers)


async def _disturb(theatre: Theatre, watchers: list[Watcher], watcher: Watcher, dice: random.Random) -> None:
    match dice.randrange(12):
        case 0 | 1:
            watcher.cut()
        case 2 | 3 | 4:
            watcher.connect()
        case 5:
            watcher.pause()
        case 6 | 7:
            watcher.go_on()
        case 8:
            theatre.is_deaf = not theatre.is_deaf
        case 9:
            watcher.look_away()
        case 10 if dice.random() < 0.3:
            for one in watchers:
                one.cut()
            await theatre.close()
            await theatre.open()
        case _:
            for _ in range(dice.randrange(50)):
                await asyncio.sleep(0)


async def _check(theatre: Theatre, run: Run, watchers: list[Watcher]) -> None:
    head = await run.head()
    stored = await theatre.store.read(lambda snapshot: snapshot.journal.read(run.id, Facet.LOG, 1, head.last_line, limit=100_000))
    journal = [orjson.loads(entry) for entry in stored]
    for watcher in watchers:
        entries = [news.event for news in watcher.news if isinstance(news, Entry)]
        assert [entry["line"] for entry in entries] == list(range(1, head.last_line + 1))
        assert entries == journal
        assert bare(watcher.client.view(run.id)) == bare(head.view)
        assert not [news for news in watcher.news if isinstance(news, Gap) and news.facet == "log"]
        seqs = [news.seq for news in watcher.news if isinstance(news, ViewChanged)]
        assert seqs == sorted(seqs), "the view never goes back"
        (finished,) = [news for news in watcher.news if isinstance(news, Finished)]
        assert finished.is_complete
        assert finished.result == {"seed": int(finished.result["seed"])}
        assert max(index for index, news in enumerate(watcher.news) if isinstance(news, Entry)) < watcher.news.index(finished)
