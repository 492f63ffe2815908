"""What a worker does with a run that is no longer its own, and with those that it has when it is told to stop."""

from __future__ import annotations

from pathlib import Path

from headway.model.states import Outcome, RunState
from tests.unit.work.rig import is_alive, rig
from tests.waiting import eventually_async

WAITING = """
@headway.task
def wait():
    print("started", os.getpid())
    time.sleep(60)
"""


async def test_a_child_whose_lease_is_gone_is_ended(tmp_path: Path) -> None:
    async with rig(tmp_path, WAITING) as at:
        await at.task("wait")
        run = await at.start("wait")
        pid = int((await at.said(run, "started")).split()[1])
        await at.store.write(lambda tx: tx.leases.release([run]))
        await at.worker._leases.renew()
        await eventually_async(lambda: not is_alive(pid), 5, "the end of a child that may no longer write")
        # The run is nobody's now, and in this installation nobody's to find: it is not the worker's to end.
        assert (await at.run(run)).state is RunState.RUNNING


async def test_a_worker_that_is_told_to_stop_gives_its_runs_back(tmp_path: Path) -> None:
    async with rig(tmp_path, WAITING) as at:
        await at.task("wait")
        run = await at.start("wait")
        await at.said(run, "started")
        await at.worker.drain(0)
        found = await at.run(run)
        assert (found.state, found.lost_count, found.failed_count) == (RunState.QUEUED, 0, 0)
        attempts = await at.store.read(lambda snapshot: snapshot.details.attempts(run))
        assert [attempt.outcome for attempt in attempts] == [Outcome.RELEASED]
