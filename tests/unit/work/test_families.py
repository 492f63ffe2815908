"""A run starts children, waits for them, is paused and cancelled with them, and tells how many there are."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

from headway.model.run import Run
from headway.model.states import RunState
from headway.store.contract import Page, RunFilter
from tests.unit.work.rig import Rig, rig
from tests.waiting import eventually_async

FAMILY = """
@headway.task
def double(n: int):
    for _ in headway.track(range(2)):
        pass
    if n < 0:
        raise ValueError(f"sheet {n} is torn")
    return 2 * n

@headway.task
def parent(numbers: list[int], cap: int | None = None):
    return list(headway.map(double, numbers, cap=cap))

@headway.task
def unknown():
    try:
        headway.start("nosuch").result()
    except headway.HeadwayError as error:
        return error.code

@headway.task
def bad():
    try:
        headway.start(double, {"n": "x"}).result()
    except headway.InvalidParameters as error:
        return error.fields["field"]

@headway.task
def deep(depth: int):
    return 1 + headway.start(deep, {"depth": depth - 1}).result() if depth else 0

@headway.task
async def gather(numbers: list[int]):
    children = [headway.start(double, {"n": n}) for n in numbers]
    ids = [await child.started() for child in children]
    assert len(set(ids)) == len(numbers)
    return [await child for child in children] + [n async for n in headway.map(double, numbers)]

@headway.task
def sleep(n: int):
    headway.log("asleep")
    time.sleep(60)

@headway.task(resumable=True)
def step(n: int):
    for _ in headway.track(range(400)):
        time.sleep(0.01)
    return n

@headway.task
def nurse(count: int):
    headway.map(sleep, range(count)).wait()

@headway.task(resumable=True)
def guide(count: int):
    return list(headway.map(step, range(count)))

"""


async def children(at: Rig, run: str) -> list[Run]:
    return await at.store.read(lambda snapshot: snapshot.runs.list(RunFilter(parent=run), Page(is_descending=False, limit=200)))


async def test_results_come_in_the_order_of_the_items(tmp_path: Path) -> None:
    async with rig(tmp_path, FAMILY) as at:
        await at.task("parent")
        run = await at.start("parent", numbers=[5, 3, 8, 1])
        assert (await at.ended(run)).state is RunState.SUCCEEDED
        assert await at.result(run) == [10, 6, 16, 2]
        born = await children(at, run)
        assert {(child.task, child.parent, child.project, child.name) for child in born} >= {("double", run, "default", "double 5")}
        head = (await at.store.read(lambda snapshot: snapshot.journal.heads([run])))[run]
        assert head.view["children"] == {"total": 4, "done": 4.0, "succeeded": 4}
        assert head.view["progress"]["done"] == head.view["progress"]["total"] == 4


async def test_what_cannot_be_started_says_why_in_the_parent(tmp_path: Path) -> None:
    async with rig(tmp_path, FAMILY) as at:
        await at.task("unknown")
        for task, answer in (("unknown", "task_not_found"), ("bad", "n")):
            run = await at.start(task)
            assert (await at.ended(run)).state is RunState.SUCCEEDED, await at.error(run)
            assert await at.result(run) == answer


async def test_a_parent_does_not_wait_for_the_place_that_it_holds(tmp_path: Path) -> None:
    """Deeper than there are places: each parent stands aside for its child."""
    async with rig(tmp_path, FAMILY) as at:
        await at.task("deep")
        run = await at.start("deep", depth=5)
        await at.ended(run, timeout=60)
        assert await at.result(run) == 5
        await eventually_async(lambda: _has_few(at), 20, "the processes that were started for those who waited end")


async def _has_few(at: Rig) -> bool:
    return len(at.children) <= 4


async def test_an_async_parent_awaits_its_children(tmp_path: Path) -> None:
    async with rig(tmp_path, FAMILY) as at:
        await at.task("gather")
        run = await at.start("gather", numbers=[1, 2, 3])
        await at.ended(run)
        assert await at.result(run) == [2, 4, 6, 2, 4, 6], await at.error(run)


async def test_a_family_is_cancelled_together(tmp_path: Path) -> None:
    async with rig(tmp_path, FAMILY) as at:
        await at.task("nurse")
        run = await at.start("nurse", count=6)
        await eventually_async(lambda: _is_in(at, run, RunState.RUNNING, 2), 20, "two children run")
        await at.cancel(run)
        assert (await at.ended(run)).state is RunState.CANCELLED
        for child in await children(at, run):
            assert (await at.ended(child.id)).state is RunState.CANCELLED


async def test_a_family_is_paused_and_goes_on_together(tmp_path: Path) -> None:
    async with rig(tmp_path, FAMILY) as at:
        await at.task("guide")
        run = await at.start("guide", count=3)
        await eventually_async(lambda: _is_in(at, run, RunState.RUNNING, 2), 20, "two children run")
        await at.pause(run)
        await at.becomes(run, RunState.PAUSED)
        await eventually_async(lambda: _is_in(at, run, RunState.PAUSED, 3), 20, "all children are paused")
        await at.resume(run)
        assert (await at.ended(run, timeout=60)).state is RunState.SUCCEEDED, await at.error(run)
        assert await at.result(run) == [0, 1, 2]
        assert len(await children(at, run)) == 3


async def _is_in(at: Rig, run: str, state: RunState, count: int) -> bool:
    return sum(child.state is state for child in await children(at, run)) == count


async def test_a_cap_is_kept(tmp_path: Path) -> None:
    async with rig(tmp_path, FAMILY) as at:
        await at.task("parent")
        run = await at.start("parent", numbers=list(range(30)), cap=1)
        await at.ended(run, timeout=60)
        assert await at.result(run) == [2 * n for n in range(30)]
        born = sorted((child.started_at, child.finished_at) for child in await children(at, run) if child.started_at and child.finished_at)
        assert len(born) == 30
        assert all(ended <= begun for (_, ended), (begun, _) in pairwise(born))
