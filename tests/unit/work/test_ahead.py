"""Very short runs are claimed ahead, and given back when they would have to wait."""

from __future__ import annotations

from pathlib import Path

from headway.acts.start import StartRun
from headway.model.states import RunState
from headway.work.paces import Paces
from tests.unit.work.rig import rig
from tests.waiting import eventually_async


def test_a_task_is_quick_when_its_last_runs_all_were() -> None:
    paces = Paces()
    for _ in range(8):
        assert not paces.is_quick("t")
        paces.note("t", 0.001)
    assert paces.is_quick("t")
    paces.note("t", 5.0)
    assert not paces.is_quick("t")


async def test_a_run_claimed_ahead_does_not_wait_behind_a_long_one(tmp_path: Path) -> None:
    async with rig(
        tmp_path,
        """
        @headway.task
        def maybe(gate: str = ""):
            while gate and not os.path.exists(gate):
                time.sleep(0.01)
        """,
        limits={"children": 1},
    ) as at:
        await at.task("maybe")
        for run in await at.start_many([StartRun(task="maybe") for _ in range(30)]):
            await at.ended(run)
        gate = tmp_path / "gate"
        wishes = [StartRun(task="maybe", parameters={"gate": str(gate)}), *[StartRun(task="maybe") for _ in range(3)]]
        long, *others = await at.start_many(wishes)

        async def waiting() -> bool:
            states = [(await at.run(run)).state for run in others]
            return (await at.run(long)).state is RunState.RUNNING and set(states) == {RunState.QUEUED}

        await eventually_async(waiting, what="the others in the queue again")
        gate.touch()
        for run in (long, *others):
            ended = await at.ended(run)
            assert (ended.state, ended.lost_count, ended.failed_count) == (RunState.SUCCEEDED, 0, 0)
