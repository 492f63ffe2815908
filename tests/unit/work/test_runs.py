"""What a run of a plain function comes to."""

from __future__ import annotations

from pathlib import Path

from headway.model.states import RunState
from tests.unit.work.rig import rig

PLAIN = """
@headway.task
def add(a: int, b: int = 2) -> int:
    print("adding")
    return a + b

@headway.task
def fail(): raise ValueError("no such sheet")
"""


async def test_a_function_runs_and_its_result_is_kept(tmp_path: Path) -> None:
    async with rig(tmp_path, PLAIN) as at:
        await at.task("add")
        run = await at.do("add", a=40)
        assert run.state is RunState.SUCCEEDED
        assert await at.result(run.id) == 42
        assert await at.texts(run.id) == ["adding"]


async def test_an_exception_ends_the_run_as_failed(tmp_path: Path) -> None:
    async with rig(tmp_path, PLAIN) as at:
        await at.task("fail")
        run = await at.do("fail")
        assert run.state is RunState.FAILED
        error = await at.error(run.id)
        assert (error["code"], error["type"], error["message"]) == ("exception", "ValueError", "no such sheet")
        assert "jobs.py" in error["traceback"]
