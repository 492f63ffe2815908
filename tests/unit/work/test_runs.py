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
"""


async def test_a_function_runs_and_its_result_is_kept(tmp_path: Path) -> None:
    async with rig(tmp_path, PLAIN) as at:
        await at.task("add")
        run = await at.do("add", a=40)
        assert run.state is RunState.SUCCEEDED
        assert await at.result(run.id) == 42
        assert await at.texts(run.id) == ["adding"]
