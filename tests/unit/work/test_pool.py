"""Warm children: when they are replaced, and what happens when they cannot be."""

from __future__ import annotations

from pathlib import Path

from headway.acts.start import StartRun
from headway.model.states import RunState
from headway.testing.store import memory_store
from tests.unit.work.rig import HEADER, rig, worker_on
from tests.waiting import eventually_async

WHO = """
@headway.task
def who(): return os.getpid()
"""


async def test_a_child_is_replaced_after_so_many_runs(tmp_path: Path) -> None:
    async with rig(tmp_path, WHO, limits={"children": 1, "runs_per_child": 5, "least_age_seconds": 0.0}) as at:
        await at.task("who")
        pids: set[int] = set()

        async def is_replaced() -> bool:
            for run in await at.start_many([StartRun(task="who") for _ in range(6)]):
                assert (await at.ended(run)).state is RunState.SUCCEEDED
                pids.add(await at.result(run))
            return len(pids) > 2

        await eventually_async(is_replaced, 20, "the third child")
        await eventually_async(lambda: len(at.children) == 2, what="one child and its spare")


async def test_a_child_that_grew_is_replaced(tmp_path: Path) -> None:
    source = """
    kept = []

    @headway.task
    def grow():
        kept.append(b"x" * 80_000_000)
        return os.getpid()
    """
    async with rig(tmp_path, source, limits={"children": 1, "memory_growth_bytes": 50_000_000}) as at:
        await at.task("grow")
        first = await at.result((await at.do("grow")).id)

        async def is_replaced() -> bool:
            return await at.result((await at.do("grow")).id) != first

        await eventually_async(is_replaced, 20, "another child")


async def test_a_changed_source_is_used_by_the_next_run(tmp_path: Path) -> None:
    async with rig(tmp_path, "@headway.task\ndef version(): return 1\n", is_reloading=True) as at:
        await at.task("version")
        assert await at.result((await at.do("version")).id) == 1
        before = (tmp_path / "jobs.py").stat().st_mtime_ns
        (tmp_path / "jobs.py").write_text(HEADER + "@headway.task\ndef version(): return 22\n")
        assert (tmp_path / "jobs.py").stat().st_mtime_ns != before

        async def is_new() -> bool:
            return await at.result((await at.do("version")).id) == 22

        await eventually_async(is_new, 20, "the new source")


async def test_a_task_that_is_gone_from_the_source_says_so(tmp_path: Path) -> None:
    async with rig(tmp_path, "@headway.task\ndef first(): pass\n", is_reloading=True) as at:
        await at.task("first")
        (tmp_path / "jobs.py").write_text(HEADER + "@headway.task\ndef second(): pass\n")
        await at.task("second")

        async def says_so() -> bool:
            return "no longer defines" in ((await at.task("first")).import_error or "")

        await eventually_async(says_so, what="the reason")


async def test_children_that_die_at_start_are_not_started_in_a_hurry(tmp_path: Path) -> None:
    (tmp_path / "deadly.py").write_text("import os\nprint('about to die')\nopen('born', 'a').write('x')\nos._exit(7)\n")
    async with memory_store() as store, worker_on(store, tmp_path, ["deadly"]) as worker:
        born = tmp_path / "born"
        await eventually_async(lambda: born.exists() and len(born.read_text()) >= 3, 20, "three tries")
        assert worker.pool is not None
        assert len(worker.pool) <= 1
        assert len(born.read_text()) <= 4


async def test_without_tasks_no_child_is_started(tmp_path: Path) -> None:
    async with memory_store() as store, worker_on(store, tmp_path, []) as worker:

        async def is_known() -> bool:
            return bool(await store.read(lambda snapshot: snapshot.workers.list()))

        await eventually_async(is_known, what="the worker's row")
        assert worker.pool is not None
        assert len(worker.pool) == 0
