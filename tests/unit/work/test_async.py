"""`async def` tasks share a process."""

from __future__ import annotations

from pathlib import Path

from headway.acts.start import StartRun
from headway.model.states import RunState
from tests.unit.work.rig import rig
from tests.waiting import eventually_async

WAITERS = """
@headway.task
async def wait(seconds: float = 60):
    print("started")
    try:
        await asyncio.sleep(seconds)
    finally:
        print("tidied up")
    return os.getpid()

@headway.task(soft_timeout=0.3)
async def slow():
    try:
        await asyncio.sleep(60)
    except headway.SoftTimeout:
        await asyncio.sleep(0)
        return "wrapped up"

@headway.task(timeout=0.3)
async def late():
    async with asyncio.TaskGroup() as group:
        group.create_task(asyncio.sleep(60))

@headway.task
async def block():
    print("blocking")
    while True:
        try:
            time.sleep(60)
        except BaseException:
            pass

@headway.task
async def die():
    print("dying")
    os._exit(9)

@headway.task
async def resume():
    await headway.checkpoint({"n": 1})
    return headway.current_run().checkpoint
"""


async def test_many_runs_share_a_process_without_mixing_their_reports(tmp_path: Path) -> None:
    async with rig(tmp_path, WAITERS) as at:
        await at.task("wait")
        runs = await at.start_many([StartRun(task="wait", parameters={"seconds": 0.2}) for _ in range(50)])
        ended = [await at.ended(run) for run in runs]
        assert {run.state for run in ended} == {RunState.SUCCEEDED}
        assert len({await at.result(run) for run in runs}) == 1
        assert [await at.texts(run) for run in runs] == [["started", "tidied up"]] * 50


async def test_cancel_soft_and_hard_limits(tmp_path: Path) -> None:
    async with rig(tmp_path, WAITERS) as at:
        await at.task("wait")
        run, other = await at.start("wait"), await at.start("wait", seconds=1.5)
        await at.said(run, "started")
        await at.cancel(run)
        assert (await at.ended(run)).state is RunState.CANCELLED
        assert "tidied up" in await at.texts(run)
        assert await at.result((await at.do("slow")).id) == "wrapped up"
        assert (await at.do("late")).state is RunState.TIMED_OUT
        assert (await at.ended(other)).state is RunState.SUCCEEDED
        assert await at.result((await at.do("resume")).id) == {"n": 1}


async def test_a_run_that_blocks_the_loop_is_ended_and_the_others_are_given_back(tmp_path: Path) -> None:
    async with rig(tmp_path, WAITERS) as at:
        await at.task("wait")
        innocent = await at.start("wait", seconds=0.5)
        await at.said(innocent, "started")
        guilty = await at.start("block")
        await at.said(guilty, "blocking")
        await at.ask_for_stack(guilty)
        await at.said(guilty, "Stack of the running code")
        await at.cancel(guilty)
        assert (await at.ended(guilty)).state is RunState.CANCELLED
        run = await at.ended(innocent)
        assert (run.state, run.attempt, run.lost_count) == (RunState.SUCCEEDED, 2, 0)


async def test_a_run_that_kills_a_shared_process_is_found_and_the_innocent_finish(tmp_path: Path) -> None:
    async with rig(tmp_path, WAITERS) as at:
        await at.task("wait")
        innocent = [await at.start("wait", seconds=0.5) for _ in range(3)]
        for run in innocent:
            await at.said(run, "started")
        guilty = await at.ended(await at.start("die"))
        assert guilty.state is RunState.FAILED
        assert "exited with code 9" in (await at.error(guilty.id))["message"]
        for run in innocent:
            assert (await at.ended(run)).state is RunState.SUCCEEDED


async def test_nothing_runs_in_a_child_that_is_not_needed(tmp_path: Path) -> None:
    async with rig(tmp_path, WAITERS) as at:
        await at.task("wait")
        await eventually_async(lambda: {child.mode.value for child in at.children} == {"async"}, what="only the shared child")
