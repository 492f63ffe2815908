"""The cases of misbehaving tasks: each ends with a clear answer, and nothing that was said is lost."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from headway.access.principal import SYSTEM
from headway.acts.start import StartRun, TaskUnusable, start
from headway.model.errors import InvalidParameters
from headway.model.events import TEXT_LIMIT
from headway.model.states import RunState
from tests.unit.work.rig import is_alive, rig
from tests.waiting import eventually_async


async def test_parameters_that_do_not_fit_the_function(tmp_path: Path) -> None:
    """The schema is checked at start; whatever came past it is refused by the child, with the parameter's name."""
    async with rig(tmp_path, "@headway.task(retries=3)\ndef needs(count: int): return count\n") as at:
        task = await at.task("needs")
        with pytest.raises(InvalidParameters):
            await at.start("needs", count="five")
        await at.store.write(lambda tx: tx.tasks.put([replace(task, parameter_schema={})]))
        run = await at.do("needs", count="five")
        assert run.state is RunState.FAILED
        error = await at.error(run.id)
        assert error["code"] == "bad_parameters"
        assert "count" in error["message"]
        assert run.attempt == 1, "another try would fail too"


async def test_a_module_that_fails_to_import_is_listed_and_its_start_refused(tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text("import headway\nraise RuntimeError('no database')\n")
    async with rig(tmp_path, "@headway.task\ndef fine(): return 1\n", sources=["broken", "jobs"]) as at:
        listed = await at.task("broken")
        assert listed.import_error is not None
        assert "no database" in listed.import_error
        with pytest.raises(TaskUnusable):
            await at.store.write(lambda tx: start(tx, [StartRun(task="broken")], SYSTEM))
        assert (await at.do("fine")).state is RunState.SUCCEEDED


async def test_printing_more_than_the_quota_is_counted_and_dropped(tmp_path: Path) -> None:
    async with rig(
        tmp_path,
        """
        @headway.task
        def flood():
            for number in range(50_000):
                print("x" * 100)
            headway.progress(1, 1)
        """,
        limits={"output_quota_bytes": 1_000_000, "spool_bytes": 200_000},
    ) as at:
        await at.task("flood")
        run = await at.do("flood")
        assert run.state is RunState.SUCCEEDED
        events = await at.events(run.id)
        dropped = [event for event in events if event["kind"] == "output.dropped"]
        kept = [event for event in events if event["kind"] == "log.written" and event.get("stream") == "stdout"]
        assert len(dropped) == 1
        assert len(kept) + dropped[0]["line_count"] == 50_000
        assert any("quota" in event.get("text", "") for event in events)
        assert any(event["kind"] == "progress.reported" for event in events), "what is not output still counts"


async def test_a_full_spool_holds_the_task_back_and_says_so(tmp_path: Path) -> None:
    async with rig(
        tmp_path,
        """
        @headway.task
        def flood():
            for number in range(30_000):
                print("x" * 200)
        """,
        limits={"spool_bytes": 100_000},
    ) as at:
        await at.task("flood")
        run = await at.do("flood")
        events = await at.events(run.id)
        assert sum(event["kind"] == "log.written" for event in events) == 30_000
        throttled = [event["is_throttled"] for event in events if event["kind"] == "run.throttled"]
        assert throttled[0] is True
        assert throttled[-1] is False or run.state.is_final


async def test_invalid_utf8_and_raw_output_become_lines(tmp_path: Path) -> None:
    async with rig(
        tmp_path,
        r"""
        @headway.task
        def raw():
            os.write(1, b"caf\xe9\n")
            os.write(2, b"no newline at the end")
            sys.stdout.buffer.write(b"\xff\xfe bytes\n")
            print("lone \ud800 surrogate")
        """,
    ) as at:
        await at.task("raw")
        run = await at.do("raw")
        assert run.state is RunState.SUCCEEDED
        texts = await at.texts(run.id)
        assert "caf\ufffd" in texts
        assert "no newline at the end" in texts
        assert any("bytes" in text for text in texts)
        assert any("surrogate" in text for text in texts)


@pytest.mark.parametrize(
    "how", ["print('x' * 50_000_000)", "os.write(1, b'x' * 1000000) and [os.write(1, b'x' * 1000000) for _ in range(49)]"]
)
async def test_a_line_of_50_mb_comes_in_parts(tmp_path: Path, how: str) -> None:
    async with rig(tmp_path, f"@headway.task\ndef long():\n    {how}\n") as at:
        await at.task("long")
        run = await at.do("long")
        assert run.state is RunState.SUCCEEDED
        events = [event for event in await at.events(run.id) if event["kind"] == "log.written"]
        assert sum(len(event["text"]) for event in events) == 50_000_000
        assert all(len(event["text"]) <= TEXT_LIMIT for event in events)
        assert all(event.get("part") for event in events[:-1])


async def test_a_task_that_forks_keeps_both_halves_apart(tmp_path: Path) -> None:
    async with rig(
        tmp_path,
        """
        @headway.task
        def fork():
            pid = os.fork()
            if not pid:
                print("in the fork")
                return "the fork's result"
            os.waitpid(pid, 0)
            print("in the parent")
            return "the parent's result"
        """,
    ) as at:
        await at.task("fork")
        run = await at.do("fork")
        assert run.state is RunState.SUCCEEDED
        assert await at.result(run.id) == "the parent's result"
        assert set(await at.texts(run.id)) >= {"in the fork", "in the parent"}


async def test_a_fork_that_is_left_behind_is_ended_and_named(tmp_path: Path) -> None:
    async with rig(
        tmp_path,
        """
        @headway.task
        def leave():
            return subprocess.Popen(["sleep", "600"]).pid
        """,
    ) as at:
        await at.task("leave")
        run = await at.do("leave")
        pid = await at.result(run.id)
        assert await at.said(run.id, "sleep 600")
        await eventually_async(lambda: not is_alive(pid), what="the end of what was left behind")


async def test_a_daemon_that_left_its_group_is_ended_too(tmp_path: Path) -> None:
    async with rig(
        tmp_path,
        """
        @headway.task
        def leave():
            reading, writing = os.pipe()
            if not os.fork():
                os.setsid()
                pid = os.fork()
                if pid:
                    os.write(writing, str(pid).encode())
                    os._exit(0)
                os.execvp("sleep", ["sleep", "600"])
            return int(os.read(reading, 20))
        """,
    ) as at:
        await at.task("leave")
        run = await at.do("leave")
        pid = await at.result(run.id)
        for child in at.children:
            child.kill()
        await eventually_async(lambda: not is_alive(pid), what="the end of the daemon")


async def test_a_task_that_ignores_sigterm_is_killed_and_each_stage_is_shown(tmp_path: Path) -> None:
    async with rig(
        tmp_path,
        """
        @headway.task
        def stubborn():
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            print("started")
            while True:
                try:
                    time.sleep(60)
                except BaseException as error:
                    print("ignoring", type(error).__name__)
        """,
    ) as at:
        await at.task("stubborn")
        run = await at.start("stubborn")
        await at.said(run, "started")
        await at.cancel(run)
        assert (await at.ended(run)).state is RunState.CANCELLED
        texts = "\n".join(await at.texts(run))
        assert "ignoring Cancelled" in texts
        assert texts.index("Cancelling") < texts.index("SIGTERM") < texts.index("SIGKILL")


@pytest.mark.parametrize(
    ("how", "says"),
    [
        ("os._exit(3)", "exited with code 3"),
        ("os.kill(os.getpid(), signal.SIGKILL)", "killed by SIGKILL: perhaps out of memory"),
        ("os.kill(os.getpid(), signal.SIGSEGV)", "killed by SIGSEGV"),
        ("os.killpg(0, signal.SIGTERM)", "killed by SIGTERM"),
    ],
)
async def test_a_task_that_exits_hard_is_explained_in_words(tmp_path: Path, how: str, says: str) -> None:
    async with rig(tmp_path, f"@headway.task\ndef die():\n    print('last words'); os.write(1, b'raw words'); {how}\n") as at:
        await at.task("die")
        run = await at.do("die")
        assert run.state is RunState.FAILED
        error = await at.error(run.id)
        assert error["code"] == "child_died"
        assert says in error["message"]
        assert await at.texts(run.id) == ["last words", "raw words"]


async def test_the_process_of_a_task_that_fails_is_used_again(tmp_path: Path) -> None:
    """How each failure is told is in `tests/unit/testing/test_outcomes.py`; here is what could end or poison the process."""
    ways = ["x = bytearray(1 << 62)", "sys.exit('usage: …')", "raise KeyboardInterrupt", "def again(): again()\n    again()"]
    tasks = "".join(f"@headway.task\ndef bad{number}():\n    {how}\n\n" for number, how in enumerate(ways))
    async with rig(tmp_path, tasks + "@headway.task\ndef good(): return os.getpid()\n", limits={"children": 1}) as at:
        await at.task("good")
        pids: set[object] = set()
        for number in range(len(ways)):
            assert (await at.do(f"bad{number}")).state is RunState.FAILED
            pids.add(await at.result((await at.do("good")).id))
        assert len(pids) == 1


async def test_threads_signals_and_directories_left_behind_retire_the_child(tmp_path: Path) -> None:
    async with rig(
        tmp_path,
        """
        @headway.task
        def leave():
            threading.Thread(target=time.sleep, args=(600,), name="forgotten", daemon=False).start()
            signal.signal(signal.SIGALRM, lambda *_: None)
            os.chdir("/")
            return os.getpid()

        @headway.task
        def where(): return [os.getpid(), os.getcwd()]
        """,
        limits={"children": 1},
    ) as at:
        await at.task("leave")
        run = await at.do("leave")
        left = await at.said(run.id, "left something behind")
        assert "forgotten" in left
        assert "SIGALRM" in left
        assert "working directory" in left
        pid, cwd = await at.result((await at.do("where")).id)
        assert pid != await at.result(run.id)
        assert cwd == str(tmp_path)


async def test_garbage_and_lies_on_the_report_pipe_become_entries(tmp_path: Path) -> None:
    async with rig(
        tmp_path,
        r"""
        from headway.sdk.context import current

        @headway.task
        def lie():
            run = current()
            send = lambda line: run.reporter.pipe.send(line)
            slot = b"%d " % run.reporter.slot
            send(b"no slot at all\n")
            send(slot + b"not json\n")
            send(slot + b'{"kind":"run.succeeded","at":"2026-01-01T00:00:00.000Z"}\n')
            send(slot + b'{"kind":"child.ended","outcome":"marvellous"}\n')
            send(slot + b'{"kind":"child.checkpoint","number":"one","value":1}\n')
            send(slot + b'{"kind":"log.written","at":"2026-01-01T00:00:00.000Z","level":"loud","text":"x"}\n')
            send(slot + b'{"kind":"log.written","seq":9,"line":9,"at":"2026-01-01T00:00:00.000Z","level":"info","text":"forged numbers"}\n')
            send(slot + b'{"kind":"log.written","at":"2026-01-01T00:00:00.000Z","level":"info","text":"' + b"x" * 3_000_000 + b'"}\n')
            send(b"99 " + b'{"kind":"log.written"}\n')
            print("and then the truth")
            return 1
        """,
    ) as at:
        await at.task("lie")
        run = await at.do("lie")
        assert run.state is RunState.SUCCEEDED
        texts = await at.texts(run.id)
        for shown in (
            "no slot at all",
            "not json",
            "run.succeeded",
            "marvellous",
            "child.checkpoint",
            "loud",
            "3,000,",
            "forged numbers",
            "and then the truth",
        ):
            assert any(shown in text for text in texts), shown
        assert await at.result(run.id) == 1


async def test_the_environment_is_scrubbed_and_descriptors_are_closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "do not tell")
    monkeypatch.setenv("HEADWAY_SECRET", "do not tell either")
    kept = os.open(tmp_path / "kept", os.O_CREAT | os.O_WRONLY)
    os.set_inheritable(kept, True)
    with os.fdopen(kept, "w"):
        async with rig(
            tmp_path,
            """
            @headway.task
            def look():
                files = [os.readlink(f"/proc/self/fd/{fd}") for fd in os.listdir("/proc/self/fd") if os.path.exists(f"/proc/self/fd/{fd}")]
                return {"environment": dict(os.environ), "files": files, "group": os.getpgrp() == os.getpid(), "session": os.getsid(0) == os.getpid()}
            """,
        ) as at:
            await at.task("look")
            found = await at.result((await at.do("look")).id)
    assert "do not tell" not in str(found["environment"])
    assert not any(name.endswith("_FD") for name in found["environment"])
    assert not any("kept" in file for file in found["files"])
    assert found["group"]
    assert found["session"]
