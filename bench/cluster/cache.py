"""How many of the console's reads are answered without the database, and what does that save it, while runs go on?

    python -m bench.cluster.cache [--people 30] [--seconds 30] [--small]

A cluster of its own (`cluster/`): PostgreSQL with fsync, Valkey, two nodes with a worker each. 20 runs are executed all the time, each
reporting progress, a metric and a line some times a second; every two seconds one ends and another is started. Meanwhile so many people
have the console open, each with a session of their own, a third of them with rights in one project alone, each at one of the nodes:
they go from page to page (`PAGES`: what each page asks when it is opened and while it stands open, as `console/src` does), with the live
connections left out. After the half of the time all go on with `Cache-Control: no-store`, which asks the database as if nothing was kept.

Hits: of all GET requests that they made, those without any right to be kept included. Database time: `pg_stat_database.active_time`,
without what the runs alone take a second (measured before).
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import random
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
import psycopg

from bench.figures import tell
from cluster.whole import Cluster, cluster
from headway.access.tokens import Tokens
from headway.sdk.client import Client
from tests.waiting import eventually

LIVE_RUNS = 20
RUN_SECONDS = LIVE_RUNS * 2.0
SEEDED_RUNS = 200
STAY_SECONDS = (6.0, 20.0)
"""How long somebody looks at a page."""
ROOTS = "is_root=true&sort=-created_at"
ACTIVE = "state=running&state=pausing&state=cancelling"
FIELDS = (
    "id,project,kind,task,name,state,queue,priority,created_at,created_by,external_id,tags,attempt,parent,run_after,queued_at,"
    "started_at,finished_at,error_code,view"
)
LIST = f"/runs?fields={FIELDS}&limit="
SHARE_OF_CALLERS_OF_A_PROJECT = 3


@dataclass(slots=True)
class World:
    live: list[str] = field(default_factory=list[str])
    ended: list[str] = field(default_factory=list[str])


def moment(back: float = 0.0) -> str:
    """As `console/src/live/moments.ts`: times stand on five seconds, so that those who look at the same time ask the same."""
    now = time.time() - back
    return (datetime.fromtimestamp(now // 5 * 5, UTC)).isoformat().replace("+00:00", ".000Z")


@dataclass(frozen=True, slots=True)
class Page:
    """What a page asks at once, and what it asks again after so many seconds."""

    weight: int
    opens: Callable[[World], Sequence[str]]
    again: Sequence[tuple[float, Callable[[World], Sequence[str]]]] = ()


TASK = "/tasks/mark"


def _home(_: World) -> list[str]:
    return [f"{LIST}100&{ACTIVE}", f"{LIST}100&{ROOTS}", "/statistics?step=hour", f"/monitor/apis?from={moment(900)}"]


def _run(run: str) -> list[str]:
    return [f"/runs/{run}", f"{TASK}/statistics", f"/runs/{run}/entries?from=1&to=200&limit=200"]


def _in_view(world: World) -> list[str]:
    return ["/estimates?" + "&".join(f"run={run}" for run in world.live)] if world.live else []


def _sampled(part: str) -> Callable[[World], list[str]]:
    return lambda _: [f"/monitor/{part}?from={moment(3600)}&to={moment()}"]


PAGES = {
    "home": Page(6, _home, [(10, lambda _: ["/statistics?step=hour"]), (30, lambda _: [f"/monitor/apis?from={moment(900)}"])]),
    "runs": Page(8, lambda world: [f"{LIST}100&{ROOTS}", "/tasks", *_in_view(world)], [(5, _in_view)]),
    "a run at work": Page(4, lambda world: [*_run(random.choice(world.live)), f"/runs/{random.choice(world.live)}/estimate"]),
    "a run of before": Page(4, lambda world: _run(random.choice(world.ended[-30:]))),
    "tasks": Page(2, lambda _: ["/tasks", f"{TASK}/statistics?days=30", "/tasks/no_op/statistics?days=30"]),
    "a task": Page(
        2,
        lambda _: [
            TASK, f"{TASK}/statistics?days=30&offset_minutes=0", f"{TASK}/presets?limit=100",
            f"/statistics?task=mark&from={moment(86_400)}&step=hour&by=user&offset_minutes=0",
        ],
    ),
    "start": Page(
        2, lambda _: [TASK, f"{TASK}/presets?limit=100", "/runs?task=mark&limit=20", f"{TASK}/statistics?days=30"]
    ),
    "queues": Page(2, lambda _: ["/queues", "/quotas"], [(5, lambda _: ["/queues", "/quotas"])]),
    "workers": Page(2, lambda _: ["/workers"], [(3, lambda _: ["/workers"])]),
    "monitor": Page(2, _sampled("system"), [(30, _sampled("system"))]),
    "live gateway": Page(
        1,
        lambda world: [*_sampled("gateway")(world), "/live/connections?limit=100"],
        [(5, lambda _: ["/live/connections?limit=100"])],
    ),
    "logs": Page(1, lambda _: ["/tasks", "/logs?limit=200"]),
}  # fmt: skip
SYSTEM = {"queues", "workers", "monitor", "live gateway"}
"""For those with a role in the whole installation."""


@dataclass(slots=True)
class Asked:
    how: Counter[str] = field(default_factory=Counter[str])
    """`hit`, `fwd=miss`, `fwd=bypass`, or `never` for an answer that is not kept at all."""
    misses: Counter[str] = field(default_factory=Counter[str])
    seconds: list[float] = field(default_factory=list[float])
    errors: list[str] = field(default_factory=list[str])


class Person:
    def __init__(self, number: int, url: str, token: str, world: World, *, is_of_a_project: bool) -> None:
        self._random = random.Random(number)
        self._world = world
        self._pages = {name: page for name, page in PAGES.items() if not is_of_a_project or name not in SYSTEM}
        self._is_of_a_project = is_of_a_project
        self._client = httpx2.AsyncClient(base_url=f"{url}/api/v1", headers={"Authorization": f"Bearer {token}"}, timeout=20)
        self.asked = Asked()
        self.headers: dict[str, str] = {}

    async def look_around(self) -> None:
        async with self._client:
            await asyncio.sleep(self._random.uniform(0, 5))
            while True:
                page = self._random.choices(list(self._pages.values()), [page.weight for page in self._pages.values()])[0]
                stay = self._random.uniform(*STAY_SECONDS)
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(stay):
                        await self._ask_all(page.opens(self._world))
                        await asyncio.gather(*[self._again(seconds, what) for seconds, what in page.again], asyncio.sleep(stay))

    async def _again(self, seconds: float, what: Callable[[World], Sequence[str]]) -> None:
        while True:
            await asyncio.sleep(seconds)
            await self._ask_all(what(self._world))

    async def _ask_all(self, paths: Sequence[str]) -> None:
        # Like a page, all at once.
        await asyncio.gather(*[self._ask(path) for path in paths if not (self._is_of_a_project and path.startswith("/monitor"))])

    async def _ask(self, path: str) -> None:
        asked = self.asked
        began = time.perf_counter()
        answer = await self._client.get(path, headers=self.headers)
        asked.seconds.append(time.perf_counter() - began)
        how = answer.headers.get("cache-status", "never").removeprefix("headway; ")
        asked.how[how] += 1
        if how != "hit":
            asked.misses[path.split("?", maxsplit=1)[0][:28]] += 1
        if answer.status_code != 200:
            asked.errors.append(f"{answer.status_code} {path}: {answer.text[:100]}")


@contextlib.asynccontextmanager
async def live_runs(client: Client, world: World) -> AsyncIterator[None]:
    """20 runs at work: one ends and one is started every two seconds."""

    async def go_on() -> None:
        while True:
            began = time.monotonic()
            run = await asyncio.to_thread(client.start, "mark", {"seconds": RUN_SECONDS})
            world.live.append(run.id)
            if len(world.live) > LIVE_RUNS:
                world.ended.append(world.live.pop(0))
            await asyncio.sleep(max(0.0, RUN_SECONDS / LIVE_RUNS - (time.monotonic() - began)))

    going = asyncio.create_task(go_on())
    try:
        yield
    finally:
        going.cancel()
        await asyncio.gather(going, return_exceptions=True)


def worked(database: psycopg.Connection) -> tuple[float, int]:
    """Milliseconds that the database has executed statements so far, and its transactions."""
    row = database.execute("SELECT active_time, xact_commit FROM pg_stat_database WHERE datname = current_database()").fetchone()
    assert row is not None
    return float(row[0]), int(row[1])


async def observe(running: Cluster, people: int, seconds: float) -> None:
    world = World()
    tokens = Tokens((Path(running.nodes[0].home).parent / "secret").read_text())
    with (
        Client(url=running.nodes[0].url, token=running.token) as client,
        psycopg.connect(running.postgres.url, autocommit=True) as database,
    ):
        world.ended = [client.start("no_op", {"number": number}).id for number in range(SEEDED_RUNS)]
        await asyncio.to_thread(eventually, lambda: client.get(world.ended[-1]).state.is_final, 60, "the runs of before")
        async with live_runs(client, world):
            await asyncio.sleep(RUN_SECONDS if seconds > 10 else 6)
            alone_ms, alone_count = await per_second(database, seconds / 3)
            crowd: list[Person] = []
            for number in range(people):
                is_of_a_project = number % SHARE_OF_CALLERS_OF_A_PROJECT == 0
                scopes = ("project:default:run:read", "project:default:task:read") if is_of_a_project else ()
                token = tokens.issue(
                    f"person-{number}", role=None if is_of_a_project else "operator", scopes=scopes, lifetime=timedelta(hours=1)
                )
                crowd.append(Person(number, running.nodes[number % 2].url, token, world, is_of_a_project=is_of_a_project))
            looking = [asyncio.create_task(person.look_around()) for person in crowd]
            try:
                await asyncio.sleep(min(10.0, seconds / 3))
                for name, headers in (("with the cache", {}), ("without", {"Cache-Control": "no-store"})):
                    for person in crowd:
                        person.headers, person.asked = headers, Asked()
                    took_ms, transactions = await per_second(database, seconds)
                    report(name, [person.asked for person in crowd], seconds, (took_ms - alone_ms, transactions - alone_count))
            finally:
                for task in looking:
                    task.cancel()
                await asyncio.gather(*looking, return_exceptions=True)


async def per_second(database: psycopg.Connection, seconds: float) -> tuple[float, float]:
    """Milliseconds and transactions of the database in a second, over so many."""
    before, began = worked(database), time.monotonic()
    await asyncio.sleep(seconds)
    after, passed = worked(database), time.monotonic() - began
    return (after[0] - before[0]) / passed, (after[1] - before[1]) / passed


def report(name: str, asked: Sequence[Asked], seconds: float, database: tuple[float, float]) -> None:
    how = sum((each.how for each in asked), Counter[str]())
    took = sorted(second for each in asked for second in each.seconds)
    count = max(1, how.total())
    tell(
        f"console reads {name}", people=len(asked), requests=how.total(), requests_per_second=count / seconds,
        hits_percent=100 * how["hit"] / count, never_kept_percent=100 * how["never"] / count,
        p50_ms=took[count // 2] * 1_000, p90_ms=took[int(count * 0.9)] * 1_000,
        database_ms_per_request=database[0] * seconds / count, transactions_per_request=database[1] * seconds / count,
        errors=sum(len(each.errors) for each in asked),
    )  # fmt: skip
    for error in sorted({error for each in asked for error in each.errors})[:5]:
        print("error:", error)
    print("asked of the database:", sum((each.misses for each in asked), Counter[str]()).most_common(12))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--small", action="store_true", help="8 s, 12 people")
    parser.add_argument("--people", type=int, default=30)
    parser.add_argument("--seconds", type=float, default=30.0)
    arguments = parser.parse_args()
    people, seconds = (12, 8.0) if arguments.small else (arguments.people, arguments.seconds)
    with (
        tempfile.TemporaryDirectory(prefix="headway-bench-") as home,
        cluster(Path(home), tasks="bench.cluster.tasks", children=LIVE_RUNS // 2 + 1) as running,
    ):
        asyncio.run(observe(running, people, seconds))


if __name__ == "__main__":
    main()
