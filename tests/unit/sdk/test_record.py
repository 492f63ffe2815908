"""`headway.record` against a real server that comes, goes, and comes back."""

from __future__ import annotations

import asyncio
import logging
import os
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import headway
from headway.sdk.delivery import deliver_left_over
from headway.sdk.outcomes import Cancelled
from headway.sdk.record import record
from headway.sdk.spool import left_over, spool_home
from tests.unit.sdk.stage import Stage, ended, texts, the_run
from tests.waiting import eventually


@pytest.fixture
def stage(home: Path) -> Iterator[Stage]:
    stage = Stage(home)
    yield stage
    stage.stop()


def test_a_program_reports_itself(stage: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    stage.start()
    client = stage.client()
    with record("nightly import", tags=["import"], metadata={"source": "a.csv"}) as run:
        headway.log("begun", rows=3)
        with headway.step("load"):
            print("loading")
        for _ in headway.track(range(3), unit="rows"):
            pass
        logging.getLogger("importer").warning("doubtful row")
        run.set_result({"rows": 3})
    assert run.is_delivered
    found = ended(client, "nightly import")
    assert found.state == "succeeded"
    assert found.kind == "outside"
    assert found.tags == ("import",)
    assert found.metadata == {"source": "a.csv"}
    assert texts(client, found) == ["begun", "loading", "doubtful row"]
    assert client.result(found) == {"rows": 3}
    view = client.view(found)
    assert view["progress"]["done"] == 3
    assert [step.name for step in client.steps(found)] == ["load"]
    assert "loading" in capsys.readouterr().out
    assert left_over() == []


def test_an_exception_fails_the_run_and_goes_on_its_way(stage: Stage) -> None:
    stage.start()
    client = stage.client()
    with pytest.raises(ZeroDivisionError), record("division"):
        print(1 / 0)
    found = ended(client, "division")
    assert found.state == "failed"
    error = client.attempts(found)[0].error
    assert error is not None
    assert (error["code"], error["type"]) == ("exception", "ZeroDivisionError")
    assert "1 / 0" in error["traceback"]


def test_a_decorated_function_is_a_run_for_each_call(stage: Stage) -> None:
    stage.start()
    client = stage.client()

    @record("sum")
    def add(a: int, b: int) -> int:
        return a + b

    @record("async sum")
    async def add_later(a: int, b: int) -> int:
        return a + b

    assert (add(1, 2), add(3, 4), asyncio.run(add_later(5, 6))) == (3, 7, 11)
    results = {client.result(run) for run in client.list() if client.wait(run, 10)}
    assert results == {3, 7, 11}


def test_without_a_server_the_program_runs_to_its_end_and_a_later_process_delivers(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    longest = 0.0
    begun = time.monotonic()
    with record("away") as run:
        for number in range(100):
            before = time.monotonic()
            headway.log(f"line {number}")
            longest = max(longest, time.monotonic() - before)
        eventually(lambda: [one for one in caplog.records if "not reported" in one.getMessage()])
    ended_at = time.monotonic()
    assert longest < 0.05
    assert ended_at - begun < 5
    assert not run.is_delivered
    assert len([one for one in caplog.records if one.name == "headway"]) == 1
    stage.start()
    client = stage.client()
    # Its own thread goes on trying while the process lives.
    found = ended(client, "away")
    assert found.state == "succeeded"
    assert [text for text in texts(client, found) if text.startswith("line")] == [f"line {number}" for number in range(100)]


def test_the_server_goes_away_in_the_middle_and_comes_back(stage: Stage) -> None:
    stage.start()
    with record("outage") as run:
        headway.log("before")
        assert run.wait_opened()
        stage.stop()
        for number in range(2000):
            headway.log(f"during {number}")
        stage.start()
        headway.log("after")
        eventually(lambda: run._delivery and run._delivery.is_healthy, timeout=30)
    eventually(lambda: run.is_delivered, timeout=30)
    client = stage.client()
    found = ended(client, "outage")
    expected = ["before", *(f"during {number}" for number in range(2000)), "after"]
    assert [text for text in texts(client, found) if not text.startswith("The run")] == expected


def test_kill_9_and_the_next_process_delivers_what_was_reported(stage: Stage) -> None:
    code = textwrap.dedent("""
        import os, pathlib, signal, headway
        from headway.sdk.record import record
        with record("killed") as run:
            for number in range(500):
                headway.log(f"line {number}")
            os.kill(os.getpid(), signal.SIGKILL)
    """)
    ended_with = subprocess.run([sys.executable, "-c", code], check=False, timeout=60)
    assert ended_with.returncode == -9
    assert len(left_over()) == 1
    stage.start()
    outcomes = deliver_left_over()
    assert [(one.name, one.is_delivered) for one in outcomes] == [("killed", True)]
    client = stage.client()
    found = ended(client, "killed")
    assert found.state == "failed"
    assert found.error_code == "process_died"
    assert [text for text in texts(client, found) if text.startswith("line")] == [f"line {number}" for number in range(500)]
    assert left_over() == []


def test_the_next_recording_delivers_what_an_earlier_process_left(stage: Stage) -> None:
    code = "import headway\nfrom headway.sdk.record import record\nwith record('first', settle_seconds=0): headway.log('hello')"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
    stage.start()
    with record("second"):
        pass
    client = stage.client()
    assert ended(client, "first").state == "succeeded"
    assert ended(client, "second").state == "succeeded"


def test_cancel_wakes_the_main_thread(stage: Stage) -> None:
    stage.start()
    client = stage.client()
    begun = time.monotonic()

    def work() -> None:
        with record("endless") as run:
            assert run.wait_opened()
            client.cancel(str(run.id), "enough")
            headway.log("so that a batch goes out")
            threading.Event().wait(30)  # woken by the cancellation

    with pytest.raises(Cancelled):
        work()
    assert time.monotonic() - begun < 10
    assert ended(client, "endless").state == "cancelled"


async def test_cancel_reaches_an_asyncio_task(stage: Stage) -> None:
    await asyncio.to_thread(stage.start)
    client = stage.client()

    async def work() -> None:
        async with record("endless and async") as run:
            assert await asyncio.to_thread(run.wait_opened)
            await asyncio.to_thread(client.cancel, str(run.id))
            headway.log("so that a batch goes out")
            await asyncio.Event().wait()

    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(asyncio.create_task(work()), 15)
    assert (await asyncio.to_thread(ended, client, "endless and async")).state == "cancelled"


def test_a_final_run_is_kept_in_the_spool_and_said_where(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    stage.start()
    client = stage.client()
    with record("overtaken") as run:
        assert run.wait_opened()
        client.fail(str(run.id), "someone was quicker")
        headway.log("too late")
    eventually(lambda: run._delivery and run._delivery.refused)
    kept = [path for path in spool_home().iterdir() if path.name.endswith(".kept")]
    assert len(kept) == 1
    assert str(kept[0]) in caplog.text
    assert left_over() == []


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_in_a_forked_process_nothing_is_reported(stage: Stage) -> None:
    stage.start()
    client = stage.client()
    with record("forks") as run:
        headway.log("parent before")
        pid = os.fork()
        if not pid:
            headway.log("child")
            os._exit(0)
        os.waitpid(pid, 0)
        headway.log("parent after")
    assert run.is_delivered
    assert texts(client, the_run(client, "forks")) == ["parent before", "parent after"]


def test_an_unwritable_home_is_no_reason_to_fail(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a directory")
    monkeypatch.setenv("HEADWAY_HOME", str(blocked))
    monkeypatch.setattr("tempfile.tempdir", str(blocked))
    with record("nowhere"):
        print("goes on")
    assert "not recorded" in caplog.text


def test_artifacts_travel_with_the_run(stage: Stage, tmp_path: Path) -> None:
    stage.start()
    client = stage.client()
    with record("with a file"):
        headway.artifact(b"a,b\n1,2\n", name="marks.csv")
    found = ended(client, "with a file")
    (kept,) = client.artifacts(found)
    assert (kept.name, kept.size_bytes) == ("marks.csv", 8)
    assert client.download(found, kept, tmp_path).read_bytes() == b"a,b\n1,2\n"
