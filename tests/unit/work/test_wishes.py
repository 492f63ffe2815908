"""What people and the clock want of a run that goes on: cancel, pause, stack dumps, time limits, retries."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from headway.model.states import RunState
from tests.unit.work.rig import rig
from tests.waiting import eventually_async

SLEEPER = """
@headway.task
def sleep():
    print("started", os.getpid())
    try:
        time.sleep(60)
    finally:
        print("tidied up")

@headway.task(soft_timeout=0.3)
def slow(catch: bool = False):
    try:
        time.sleep(60)
    except headway.SoftTimeout:
        if not catch:
            raise
        return "wrapped up"

@headway.task(timeout=0.3)
def hang():
    print("hanging", flush=True)
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
    while True:
        try:
            time.sleep(60)
        except BaseException:
            pass
"""


async def test_cancel_wakes_a_blocking_call_and_lets_the_task_tidy_up(tmp_path: Path) -> None:
    async with rig(tmp_path, SLEEPER) as at:
        await at.task("sleep")
        run = await at.start("sleep")
        pid = int((await at.said(run, "started")).split()[1])
        await at.cancel(run)
        assert (await at.ended(run)).state is RunState.CANCELLED
        assert "tidied up" in await at.texts(run)
        os.kill(pid, 0)  # the child was not harmed, and serves on


async def test_cancel_of_a_stopped_process_ends_in_sigkill(tmp_path: Path) -> None:
    async with rig(tmp_path, SLEEPER) as at:
        await at.task("sleep")
        run = await at.start("sleep")
        pid = int((await at.said(run, "started")).split()[1])
        os.kill(pid, signal.SIGSTOP)
        await at.cancel(run)
        assert (await at.ended(run)).state is RunState.CANCELLED
        assert await at.said(run, "SIGKILL")


@pytest.mark.parametrize("catch", [False, True])
async def test_the_soft_time_limit_is_raised_in_the_task(tmp_path: Path, catch: bool) -> None:
    async with rig(tmp_path, SLEEPER) as at:
        await at.task("slow")
        run = await at.do("slow", catch=catch)
        assert run.state is (RunState.SUCCEEDED if catch else RunState.TIMED_OUT)
        assert await at.result(run.id) == ("wrapped up" if catch else None)
        assert catch or (await at.error(run.id))["code"] == "soft_timeout"


async def test_the_hard_time_limit_kills_and_shows_where_it_hung(tmp_path: Path) -> None:
    async with rig(tmp_path, SLEEPER) as at:
        await at.task("hang")
        run = await at.do("hang")
        assert run.state is RunState.TIMED_OUT
        assert (await at.error(run.id))["code"] == "timeout"
        events = await at.events(run.id)
        assert any("hang" in event.get("traceback", "") for event in events)


@pytest.mark.parametrize(
    "waits",
    ["time.sleep(60)", "import ctypes; [ctypes.PyDLL(None).sleep(60) for _ in iter(int, 1)]"],
    ids=["in Python", "in C that holds the interpreter's lock"],
)
async def test_a_stack_dump_tells_where_the_code_is(tmp_path: Path, waits: str) -> None:
    async with rig(tmp_path, f"@headway.task\ndef wait():\n    print('started')\n    {waits}\n") as at:
        await at.task("wait")
        run = await at.start("wait")
        await at.said(run, "started")
        await at.ask_for_stack(run)

        async def dumped() -> bool:
            return any("jobs.py" in event.get("traceback", "") for event in await at.events(run))

        await eventually_async(dumped, what="a stack dump")
        await at.cancel(run)
        await at.ended(run)


async def test_a_killed_child_is_tried_again_from_its_checkpoint(tmp_path: Path) -> None:
    async with rig(
        tmp_path,
        """
        @headway.task(retries=1, retry_delay=0)
        def resume():
            done = headway.current_run().checkpoint or 0
            print("from", done)
            headway.checkpoint(done + 5)
            if not done:
                os.kill(os.getpid(), signal.SIGKILL)
            return headway.current_run().checkpoint
        """,
    ) as at:
        await at.task("resume")
        run = await at.do("resume")
        assert run.state is RunState.SUCCEEDED
        assert [text for text in await at.texts(run.id) if text.startswith("from")] == ["from 0", "from 5"]
        assert await at.result(run.id) == 10


STEADY = """
@headway.task(resumable=True)
def count(n: int):
    for number in headway.track(range(n)):
        print("counted", number)
        time.sleep(0.05)
    return headway.current_run().attempt

@headway.task
async def wait_long():
    done = headway.current_run().checkpoint or 0
    print("from", done)
    while True:
        await asyncio.sleep(0.05)
        done += 1
        await headway.checkpoint(done)
"""


async def test_a_paused_run_frees_its_child_and_goes_on_with_the_next_item(tmp_path: Path) -> None:
    async with rig(tmp_path, STEADY) as at:
        await at.task("count")
        run = await at.start("count", n=12)
        await at.said(run, "counted 2")
        await at.pause(run)
        await at.becomes(run, RunState.PAUSED)
        shown = await at.texts(run)
        assert (await at.do("count", n=1)).state is RunState.SUCCEEDED  # nothing is held meanwhile
        assert await at.texts(run) == shown

        await at.resume(run)
        assert (await at.ended(run)).state is RunState.SUCCEEDED
        assert [text for text in await at.texts(run) if text.startswith("counted")] == [f"counted {number}" for number in range(12)]
        assert await at.result(run) == 2


async def test_an_async_run_pauses_at_its_checkpoint(tmp_path: Path) -> None:
    async with rig(tmp_path, STEADY) as at:
        await at.task("wait_long")
        run = await at.start("wait_long")
        await at.said(run, "from 0")

        async def has_checkpoint() -> bool:
            return await at.store.read(lambda snapshot: snapshot.details.checkpoint(run)) is not None

        await eventually_async(has_checkpoint, what="a checkpoint")
        await at.pause(run)
        await at.becomes(run, RunState.PAUSED)
        await at.resume(run)

        async def begun_at() -> list[int]:
            found = [int(text.split()[1]) for text in await at.texts(run) if text.startswith("from ")]
            return found if len(found) == 2 else []

        first, second = await eventually_async(begun_at, what="the second attempt")
        assert first == 0 < second
        await at.cancel(run)
        await at.ended(run)


async def test_a_pause_that_is_taken_back_leaves_the_attempt_alone(tmp_path: Path) -> None:
    async with rig(
        tmp_path,
        """
        @headway.task(resumable=True)
        def two(wait_for: str):
            for number in headway.track(range(2)):
                print("at", number)
                while not number and not os.path.exists(wait_for):
                    time.sleep(0.01)
            return headway.current_run().attempt
        """,
    ) as at:
        await at.task("two")
        go_on = tmp_path / "go on"
        run = await at.start("two", wait_for=str(go_on))
        await at.said(run, "at 0")
        await at.pause(run)
        await at.resume(run)
        go_on.touch()
        assert (await at.ended(run)).state is RunState.SUCCEEDED
        assert await at.result(run) in {1, 2}  # 2, where the child was told to go on when it had paused


async def test_artifacts_are_kept_by_content(tmp_path: Path) -> None:
    async with rig(
        tmp_path,
        """
        @headway.task
        def leave():
            open("out.csv", "w").write("a,b\\n")
            headway.artifact("out.csv")
            os.remove("out.csv")
            headway.artifact(b"pixels", name="page.png")
            from headway.sdk.context import current
            from pathlib import Path
            os.symlink("/etc/passwd", "link")
            current().reporter.artifact(Path("link").absolute(), name="link", media_type=None, step=None, is_temporary=False)
            current().reporter.artifact(Path("/dev/zero"), name="endless", media_type=None, step=None, is_temporary=False)
        """,
    ) as at:
        await at.task("leave")
        run = await at.do("leave")
        kept = {artifact.name: artifact for artifact in await at.store.read(lambda snapshot: snapshot.details.artifacts(run.id))}
        assert set(kept) == {"out.csv", "page.png"}
        sha = kept["out.csv"].sha256
        assert (tmp_path / "artifacts" / sha[:2] / sha[2:]).read_bytes() == b"a,b\n"
        assert (kept["out.csv"].media_type, kept["out.csv"].stated_type) == ("text/csv", None)
        assert (kept["page.png"].media_type, kept["page.png"].stated_type) == ("application/octet-stream", "image/png")
        texts = "\n".join(await at.texts(run.id))
        assert "link" in texts
        assert "not an ordinary file" in texts
        assert not list((tmp_path / "spool").iterdir()), "temporary copies are removed"


async def test_a_listener_hears_of_the_end_and_never_touches_the_run(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with rig(
        tmp_path,
        """
        @headway.task
        def work(): return 7

        @headway.on("run.succeeded", task=work)
        def fails(run): raise RuntimeError("listener")

        @headway.on("run.succeeded", task=work)
        def hears(run): open("heard", "a").write(f"{run.id} {run.result}\\n")
        """,
    ) as at:
        await at.task("work")
        run = await at.do("work")
        assert run.state is RunState.SUCCEEDED
        heard = await eventually_async(lambda: (tmp_path / "heard").exists() and (tmp_path / "heard").read_text(), what="the listener")
        assert heard == f"{run.id} 7\n"
        assert (await at.run(run.id)).state is RunState.SUCCEEDED
        said = await eventually_async(
            lambda: [r.getMessage() for r in caplog.records if r.levelname == "WARNING" and "RuntimeError: listener" in r.getMessage()],
            what="the failure of the other one in the worker's own log",
        )
        assert run.id in said[0]
        assert not any("listener" in text for text in await at.texts(run.id)), "a run that has ended takes no more lines"
