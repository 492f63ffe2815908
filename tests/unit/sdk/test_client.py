"""`headway.Client` against the real server: by id and by external id, errors by class, pages, files, and a bad network."""

from __future__ import annotations

import json
import queue
import stat
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import headway
from headway.model.errors import (
    BadSetting,
    Conflict,
    DuplicateRun,
    Invalid,
    RunFinal,
    RunNotFinal,
    RunNotFound,
    ServerUnreachable,
    TaskNotFound,
    Unauthorised,
)
from headway.model.ids import new_id
from headway.sdk.async_client import AsyncClient
from headway.sdk.client import Client
from headway.sdk.connection import find_connection
from headway.sdk.record import record
from tests.unit.sdk.stage import Stage, free_port
from tests.unit.sdk.wire import Wire
from tests.waiting import eventually


@pytest.fixture
def stage(home: Path) -> Iterator[Stage]:
    stage = Stage(home).start()
    yield stage
    stage.stop()


def test_a_progress_record_in_three_lines(stage: Stage) -> None:
    client = headway.Client()
    client.create("创建技能", external_id="task-001", tags=["skill_creation"], metadata={"user_id": "user-123"})
    client.update_progress("task-001", 50.0, 100, stage="处理文件")
    run = client.complete("task-001", {"ok": True})
    assert (run.state, run.name, run.external_id, run.tags) == ("succeeded", "创建技能", "task-001", ("skill_creation",))
    view = client.view("task-001")
    assert (view["progress"]["done"], view["progress"]["total"], view["stage"]) == (50, 100, "处理文件")
    assert client.result(external_id="task-001", run="") == {"ok": True}
    assert client.complete("task-001", {"ok": True}).state == "succeeded"


def test_another_program_ends_a_run_by_its_external_id(stage: Stage) -> None:
    stage.client().create("shared", external_id="shared-1")
    error = ValueError("no sheets")
    run = stage.client().fail("shared-1", error, details={"sheets": 0})
    assert (run.state, run.error_code) == ("failed", "exception")
    attempt = stage.client().attempts(run)[0]
    assert attempt.error is not None
    assert attempt.error["details"] == {"sheets": 0}
    with pytest.raises(RunFinal):
        stage.client().update_progress("shared-1", 1)
    with pytest.raises(RunFinal):
        stage.client().complete("shared-1")


def test_errors_are_the_classes_of_the_model(stage: Stage) -> None:
    client = stage.client()
    with pytest.raises(RunNotFound):
        client.get(new_id())
    with pytest.raises(RunNotFound):
        client.get("nobody's external id ?")
    with pytest.raises(TaskNotFound) as missing:
        client.start("no.such.task", {"a": 1})
    assert "no.such.task" in str(missing.value)
    assert missing.value.fields["request_id"]
    client.create("one", external_id="x")
    with pytest.raises(DuplicateRun):
        client.create("two", external_id="x")
    with pytest.raises(RunNotFinal):
        client.delete("x")
    with pytest.raises(Invalid):
        client.create("")
    with pytest.raises(Unauthorised):
        Client(stage.url, "wrong").get("x")


def test_lists_are_read_page_by_page(stage: Stage) -> None:
    client = stage.client()
    ids = [client.create(f"run {number:03}", tags=["many"]).id for number in range(230)]
    assert [run.id for run in client.list(tag="many")] == ids[::-1]
    assert [run.id for run in client.list(tag="many", sort="name", limit=3)] == ids[:3]
    assert next(client.list(text="run 22", state=["running", "queued"], sort="name")).name == "run 220"
    assert list(client.list(state="succeeded")) == []


def test_entries_and_events_are_read_to_the_end(stage: Stage) -> None:
    with record("long"):
        for number in range(2500):
            headway.log(f"line {number}")
        headway.metric("loss", 0.5)
    client = stage.client()
    run = client.wait(next(client.list()), 20)
    entries = list(client.entries(run))
    assert [entry["line"] for entry in entries] == list(range(1, len(entries) + 1))
    assert len(entries) > 2500
    assert [entry["line"] for entry in client.entries(run, 10, 12)] == [10, 11, 12]
    seqs = [event["seq"] for event in client.events(run)]
    assert seqs == list(range(1, len(seqs) + 1))
    assert len(seqs) > len(entries)
    assert [point["value"] for point in client.points(run, "loss")] == [0.5]
    text = b"".join(client.log(run))
    assert b"line 2499" in text


def test_edit_cancel_retry_delete(stage: Stage) -> None:
    client = stage.client()
    run = client.create("steered")
    assert client.edit(run, name="renamed", tags=["a"]).name == "renamed"
    with pytest.raises(Conflict, match="executed"):
        client.dump_stack(run)
    assert client.cancel(run, "enough").state == "cancelling"
    client.fail(run, "gave up")
    client.delete(run)
    with pytest.raises(RunNotFound):
        client.get(run.id)


def test_waiting_has_an_end(stage: Stage) -> None:
    client = stage.client()
    run = client.create("for ever")
    with pytest.raises(TimeoutError, match="still running"):
        client.wait(run, 0.1)


def test_a_download_is_whole_or_not_there(stage: Stage, tmp_path: Path) -> None:
    content = bytes(range(256)) * 4_000
    with record("file"):
        headway.artifact(content, name="data.bin")
    client = stage.client()
    run = client.wait(next(client.list()), 20)
    (artifact,) = client.artifacts(run)
    assert client.download(run, artifact.id, tmp_path / "copy").read_bytes() == content
    assert stage.server is not None
    wire = Wire(stage.port)
    wire.cut_after = 200_000
    try:
        with pytest.raises(ServerUnreachable):
            Client(wire.url, stage.server.token).download(run.id, artifact, tmp_path / "cut")
    finally:
        wire.close()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["copy"]


async def test_the_same_in_asyncio(stage: Stage) -> None:
    async with AsyncClient() as client:
        await client.create("async", external_id="a")
        await client.update_progress("a", 1, 2)
        run = await client.complete("a", 7)
        assert (await client.wait("a", 5)).id == run.id
        assert await client.result("a") == 7
        assert [one.id async for one in client.list()] == [run.id]
        with pytest.raises(RunNotFound):
            await client.get(new_id())


# --- the connection -----------------------------------------------------------------------------------------------------


def test_a_lost_answer_is_asked_for_again_and_creates_one_run(stage: Stage) -> None:
    assert stage.server is not None
    wire = Wire(stage.port)
    wire.swallow = lambda request: request.startswith(b"POST") and not wire.swallowed
    try:
        client = Client(wire.url, stage.server.token)
        run = client.create("once")
        assert wire.swallowed == 1
        assert [one.id for one in client.list()] == [run.id]
        client.close()
    finally:
        wire.close()


def test_a_connection_that_the_server_closed_is_not_used_again(stage: Stage) -> None:
    client = stage.client()
    client.create("before")
    stage.stop()
    stage.start()
    assert client.create("after").name == "after"


def test_nobody_there_says_what_to_do() -> None:
    with pytest.raises(ServerUnreachable, match=r"headway serve.*HEADWAY_URL"):
        Client(f"http://127.0.0.1:{free_port()}").get(new_id())


@pytest.mark.parametrize(
    "garbage",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]",
        b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"",
    ],
)
def test_something_else_answers(stage: Stage, garbage: bytes) -> None:
    wire = Wire(stage.port)
    wire.instead = garbage
    try:
        with pytest.raises(ServerUnreachable):
            Client(wire.url, "t").get(new_id())
    finally:
        wire.close()


def test_where_the_server_is(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert find_connection().url == "http://127.0.0.1:8765"
    written = home / "connection.json"
    written.write_text(json.dumps({"url": "http://127.0.0.1:9", "token": "of-nine"}))
    written.chmod(stat.S_IRUSR)
    assert (find_connection().url, find_connection().token) == ("http://127.0.0.1:9", "of-nine")
    assert find_connection("http://127.0.0.1:9/").token == "of-nine"
    assert find_connection("https://elsewhere.example/headway").token is None
    assert find_connection("https://elsewhere.example/headway").live_url == "wss://elsewhere.example/headway/api/v1/live"
    monkeypatch.setenv("HEADWAY_URL", "http://env:1")
    monkeypatch.setenv("HEADWAY_TOKEN", "of-env")
    assert (find_connection().url, find_connection().token) == ("http://env:1", "of-env")
    assert find_connection("http://said:2", "said").token == "said"
    assert "of-env" not in repr(find_connection())


@pytest.mark.parametrize("url", ["localhost:8765", "ftp://x", "http://", "http://x:port", "http://x/?a=1", "http://x y"])
def test_an_address_that_is_none(url: str) -> None:
    with pytest.raises(BadSetting):
        find_connection(url, "t")


@pytest.mark.parametrize("content", ["", "{", "[]", "5"])
def test_a_broken_connection_file_says_so(home: Path, content: str) -> None:
    (home / "connection.json").write_text(content)
    with pytest.raises(BadSetting, match="headway serve"):
        find_connection()


def test_lines_of_all_runs_are_read_counted_followed_and_deleted(stage: Stage) -> None:
    client = stage.client()
    with record("one", tags=["logs"]):
        headway.log.warning("sheet 7 is doubtful", sheet=7)
        headway.log("sheet 8 is fine", sheet=8)
    (first,) = list(client.list(limit=1))
    assert [line["text"] for line in client.logs(tag="logs")] == ["sheet 7 is doubtful", "sheet 8 is fine"]
    assert [line["run"] for line in client.logs(text="DOUBTFUL", level="warning", fields={"sheet": 7})] == [first.id]
    assert [line["text"] for line in client.logs(run=first.id, limit=1, order="newest")] == ["sheet 8 is fine"]
    assert list(client.logs(since=datetime.now(UTC) + timedelta(minutes=1))) == []
    assert client.count_logs(tag="logs") == {"warning": 1, "info": 1}
    client.delete_log(first.id)
    assert client.count_logs(tag="logs") == {}
    assert client.view(first.id)["log_deleted"]["by"] == "admin"


def test_lines_are_followed_through_a_restart_of_the_server(stage: Stage) -> None:
    client = stage.client()
    heard: queue.Queue[str] = queue.Queue()

    def listen() -> None:
        for line in client.follow_logs(text="number"):
            heard.put(line["text"])
            if line["text"] == "number 3":
                return

    run = client.create("goes on")
    listener = threading.Thread(target=listen)
    listener.start()
    eventually(lambda: stage.server is not None and vars(stage.server.desk.wakes)["_count"] == 1)
    with record("a", external_id="a"):
        headway.log("number 1")
        assert heard.get(timeout=20) == "number 1"
        stage.stop()
        stage.start()
        headway.log("number 2")
        headway.log("number 3")
    assert [heard.get(timeout=30) for _ in range(2)] == ["number 2", "number 3"]
    listener.join(20)
    assert not listener.is_alive()
    client.complete(run.id)
    client.close()
