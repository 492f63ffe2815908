from __future__ import annotations

import hashlib
import os
from collections.abc import AsyncIterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from cluster.disks import NoDisks, disk
from headway.web.envelope import POLICY
from headway.web.files import LocalFiles
from tests.unit.web.office import Json, Office, problem


async def add(office: Office, opened: Json, content: bytes | AsyncIterator[bytes] = b"a,b\n1,2\n", **query: str) -> object:
    params = {"name": "marks.csv", "fence": str(opened["fence"]), **query}
    return await office.ask("POST", f"/runs/{opened['run']['id']}/artifacts", token=opened["token"], params=params, content=content)


async def test_what_was_added_is_fetched(office: Office) -> None:
    opened = await office.open()
    answer = await add(office, opened, media_type="text/csv")
    assert answer.status_code == 201, answer.text
    artifact = answer.json()
    assert artifact["sha256"] == hashlib.sha256(b"a,b\n1,2\n").hexdigest()
    address = f"/runs/{opened['run']['id']}/artifacts"
    assert (await office.ask("GET", address)).json()["items"] == [artifact]
    assert (await office.ask("GET", f"{address}/{artifact['id']}")).json() == artifact
    content = await office.ask("GET", f"{address}/{artifact['id']}/content")
    assert content.content == b"a,b\n1,2\n"
    assert content.headers["content-type"] == "text/csv"
    assert content.headers["content-disposition"] == "attachment; filename*=UTF-8''marks.csv"
    assert content.headers["cache-control"] == "no-store"
    assert "sandbox" in content.headers["content-security-policy"]
    entry = (await office.ask("GET", f"/runs/{opened['run']['id']}/entries")).json()["items"][-1]
    assert (entry["kind"], entry["artifact"]) == ("artifact.added", artifact["id"])


EVIL = b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'><script>alert(1)</script></svg>"


@pytest.mark.parametrize(
    ("name", "media_type", "content", "served"),
    [
        ("page.html", "text/html", EVIL, "text/html"), ("drawing.svg", "image/svg+xml", EVIL, "image/svg+xml"), ("feed.xml", "text/xml", EVIL, "text/xml"),
        ("page.xhtml", "application/xhtml+xml", EVIL, "application/xhtml+xml"), ("x.js", "text/javascript", EVIL, "text/javascript"),
        ("x.pdf", "application/pdf", b"%PDF-1.7\n" + EVIL, "application/pdf"), ("x.pdf", "application/pdf", EVIL, "application/octet-stream"),
        ("photo.png", "image/png", EVIL, "application/octet-stream"), ("page.html", "text/html; charset=utf-7", EVIL, "application/octet-stream"),
    ],
)  # fmt: skip
async def test_an_artifact_is_inert_in_a_browser(office: Office, name: str, media_type: str, content: bytes, served: str) -> None:
    """It is saved, not shown; and were it shown, it could run, load and send nothing, and would have an origin of its own."""
    opened = await office.open()
    artifact = (await add(office, opened, content, name=name, media_type=media_type)).json()
    answer = await office.ask("GET", f"/runs/{opened['run']['id']}/artifacts/{artifact['id']}/content")
    assert answer.content == content
    assert answer.headers["content-type"] == served
    assert answer.headers["content-disposition"].startswith("attachment;")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"] == POLICY


async def test_an_empty_one_and_a_strange_name(office: Office) -> None:
    opened = await office.open()
    artifact = (await add(office, opened, b"", name='<b>"quoted"; é.txt')).json()
    content = await office.ask("GET", f"/runs/{opened['run']['id']}/artifacts/{artifact['id']}/content")
    assert content.content == b""
    assert content.headers["content-disposition"].isascii()
    assert '"' not in content.headers["content-disposition"]


@pytest.mark.parametrize(
    "query",
    [
        {"name": "../x"}, {"name": "a\r\nX: y"}, {"name": "a\0b"}, {"name": ""}, {"name": "x" * 300}, {"name": "a\\b"}, {"fence": "-1"},
        {"fence": "x"}, {"media_type": "text/html\r\nX: y"}, {"media_type": "html"},
    ],
)  # fmt: skip
async def test_what_does_not_fit(office: Office, query: dict[str, str]) -> None:
    problem(await add(office, await office.open(), **query), 422, "invalid")


async def test_limits_leave_nothing_behind(office: Office, tmp_path: Path) -> None:
    opened = await office.open()

    async def large() -> AsyncIterator[bytes]:
        for _ in range(20):
            yield b"x" * 65_536

    problem(await add(office, opened, large()), 413, "too_large")
    for number in range(4):
        assert (await add(office, opened, bytes([number]) * 900_000)).status_code == 201
    problem(await add(office, opened, b"y" * 900_000), 413, "too_large")
    assert list((tmp_path / "artifacts" / "incoming").iterdir()) == []


async def test_a_full_disk_is_said_and_overcome(office: Office, tmp_path: Path) -> None:
    with ExitStack() as stack:
        try:
            full = stack.enter_context(disk(tmp_path / "disk", 8))
        except NoDisks as error:
            pytest.skip(str(error))
        office.desk.files = LocalFiles(full.path / "artifacts", 1 << 30)
        opened = await office.open()
        assert (await add(office, opened, os.urandom(100_000))).status_code == 201
        full.fill()
        refused = problem(await add(office, opened, os.urandom(100_000)), 507, "storage_full")
        left = list((full.path / "artifacts").rglob("incoming/*"))
        full.free()
        assert (await add(office, opened, os.urandom(100_000))).status_code == 201
    assert "no room" in refused["detail"]
    assert left == []


async def test_the_fence_holds(office: Office) -> None:
    opened = await office.open()
    problem(await add(office, {**opened, "fence": 7}), 409, "stale_fence")
    await office.end(opened)
    problem(await add(office, opened), 409, "run_final")


async def test_a_file_that_is_gone(office: Office, tmp_path: Path) -> None:
    opened = await office.open()
    artifact = (await add(office, opened)).json()
    for path in (tmp_path / "artifacts").rglob("*"):
        if path.is_file():
            path.unlink()
    problem(await office.ask("GET", f"/runs/{opened['run']['id']}/artifacts/{artifact['id']}/content"), 404, "artifact_not_found")
    problem(await office.ask("GET", f"/runs/{opened['run']['id']}/artifacts/{artifact['run']}"), 404, "artifact_not_found")


async def test_what_is_not_what_it_is_called_is_bytes_of_unknown_type(office: Office) -> None:
    """It is kept all the same: a run does not fail for a name. But it is shown as nothing, and says what it was called."""
    opened = await office.open()
    answer = await add(office, opened, b"<script>alert(1)</script>", name="photo.png", media_type="image/png")
    assert answer.status_code == 201, answer.text
    artifact = answer.json()
    assert (artifact["media_type"], artifact["stated_type"]) == ("application/octet-stream", "image/png")
    address = f"/runs/{opened['run']['id']}/artifacts"
    assert (await office.ask("GET", f"{address}/{artifact['id']}")).json() == artifact
    assert (await office.ask("GET", address)).json()["items"] == [artifact]
    content = await office.ask("GET", f"{address}/{artifact['id']}/content")
    assert content.headers["content-type"] == "application/octet-stream"
    assert content.headers["content-disposition"].startswith("attachment;")
    entry = (await office.ask("GET", f"/runs/{opened['run']['id']}/entries")).json()["items"][-1]
    assert (entry["media_type"], entry["stated_type"]) == ("application/octet-stream", "image/png")


async def test_only_the_beginning_is_looked_at_and_may_end_within_a_character(office: Office) -> None:
    artifact = (await add(office, await office.open(), b"x" * 65_535 + "é".encode(), name="a.txt", media_type="text/plain")).json()
    assert (artifact["media_type"], artifact["stated_type"]) == ("text/plain", None)
