"""The log as a file."""

from __future__ import annotations

import gzip
import zlib
from urllib.parse import unquote

import orjson
import pytest

from tests.unit.web.office import Json, Office, line, problem


async def a_run(office: Office, name: str = "nightly") -> Json:
    opened = await office.open(name=name)
    await office.report(opened, 1, *[line(f"line {number}") for number in range(1_500)])
    return opened


async def test_a_log_is_downloaded_whole_under_a_name(office: Office) -> None:
    run = (await a_run(office, "Class 7b: é/中"))["run"]["id"]
    answer = await office.ask("GET", f"/runs/{run}/log?download=1")
    disposition = answer.headers["content-disposition"]
    assert disposition.startswith("attachment; filename*=UTF-8''")
    assert unquote(disposition.split("''")[1]) == f"Class 7b_ é_中 {run[:8]}.log"
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert len(answer.text.splitlines()) == 1_501
    assert "content-disposition" not in (await office.ask("GET", f"/runs/{run}/log")).headers


@pytest.mark.parametrize("name", ["..", "a" * 200, "<>|?*", "\u202egpj.exe", "   ."])
async def test_a_name_is_one_that_file_systems_take(office: Office, name: str) -> None:
    run = (await office.open(name=name))["run"]["id"]
    answer = await office.ask("GET", f"/runs/{run}/log?download=1&format=ndjson&compress=gzip")
    file = unquote(answer.headers["content-disposition"].split("''")[1])
    assert file.endswith(f"{run[:8]}.ndjson.gz")
    assert len(file) <= 110
    assert not set(file) & set('<>:"/\\|?*\u202e')
    assert not file.startswith((".", " "))


async def test_it_is_compressed_while_it_is_sent(office: Office) -> None:
    opened = await a_run(office)
    run = opened["run"]["id"]
    plain = await office.ask("GET", f"/runs/{run}/log?format=ndjson")
    packed = await office.ask("GET", f"/runs/{run}/log?format=ndjson&compress=gzip&download=1")
    assert packed.headers["content-type"] == "application/gzip"
    assert "content-encoding" not in packed.headers
    assert gzip.decompress(packed.content) == plain.content
    assert len(packed.content) < len(plain.content) / 5
    assert [orjson.loads(each)["line"] for each in plain.content.splitlines()] == list(range(1, 1_502))


async def test_who_follows_a_compressed_log_reads_it_to_its_end(office: Office) -> None:
    opened = await a_run(office)
    await office.end(opened)
    packed = await office.ask("GET", f"/runs/{opened['run']['id']}/log?compress=gzip&follow=1")
    unpacker = zlib.decompressobj(31)
    assert unpacker.decompress(packed.content).endswith(b"\n")
    assert unpacker.eof


async def test_an_unknown_compression_is_refused(office: Office) -> None:
    run = (await office.open())["run"]["id"]
    problem(await office.ask("GET", f"/runs/{run}/log?compress=rar"), 422, "invalid")


async def test_a_log_is_deleted_when_its_run_has_ended_and_its_numbers_stay(office: Office) -> None:
    opened = await a_run(office)
    run = opened["run"]["id"]
    problem(await office.ask("DELETE", f"/runs/{run}/log"), 409, "run_not_final")
    await office.end(opened)
    problem(await office.ask("DELETE", f"/runs/{run}/log", token=office.token(f"run:{run}:read")), 403, "forbidden")
    problem(await office.ask("DELETE", f"/runs/{run}/log", token=office.token("project:other:run:delete")), 404, "run_not_found")
    assert (await office.ask("DELETE", f"/runs/{run}/log")).status_code == 204
    assert (await office.ask("DELETE", f"/runs/{run}/log")).status_code == 204
    assert (await office.ask("GET", f"/runs/{run}/log")).text == ""
    assert (await office.ask("GET", f"/runs/{run}/entries")).json()["items"] == []
    assert (await office.ask("GET", f"/logs?run={run}")).json()["items"] == []
    document = (await office.ask("GET", f"/runs/{run}")).json()
    assert (document["view"]["log_deleted"]["by"], document["view"]["log_deleted"]["to"]) == ("somebody", document["last_line"])
    events = (await office.ask("GET", f"/runs/{run}/events?limit=1000")).json()["items"]
    assert [event["by"] for event in events if event["kind"] == "log.deleted"] == ["somebody"]
