"""Files are scanned before anybody can have them."""

from __future__ import annotations

from pathlib import Path

from headway.assembly.scanner import Scanner
from headway.model.audit import AuditFilter
from headway.store.audit import AuditPage
from headway.web.files import LocalFiles
from tests.unit.assembly.scanners import EICAR, program, scanner_of
from tests.unit.web.office import Json, Office, problem
from tests.unit.web.test_artifacts import add
from tests.unit.web.test_remote_workers import remote


def use(office: Office, tmp_path: Path, command: str) -> None:
    office.desk.files = LocalFiles(tmp_path / "artifacts", 4_000_000, Scanner(command).check)


def kept(tmp_path: Path) -> list[Path]:
    return [path for path in (tmp_path / "artifacts").rglob("*") if path.is_file()]


async def rows(office: Office) -> list[Json]:
    await office.desk.refusals.flush()
    found = await office.store.read(lambda s: s.audit.list(AuditFilter(), AuditPage(limit=100)))
    return [
        {"by": row.by, "target": row.target, "project": row.project, "outcome": row.outcome, "after": row.after}
        for row in found
        if row.action == "file.refused"
    ]


async def test_what_the_scanner_finds_is_refused_audited_and_gone(office: Office, tmp_path: Path) -> None:
    use(office, tmp_path, scanner_of(tmp_path))
    opened = await office.open()
    run = opened["run"]["id"]
    assert (await add(office, opened)).status_code == 201
    refused = problem(await add(office, opened, EICAR, name="free.exe"), 422, "file_refused")
    assert "Eicar-Test-Signature" in refused["detail"]
    assert str(tmp_path) not in str(refused)
    items = (await office.ask("GET", f"/runs/{run}/artifacts")).json()["items"]
    assert [one["name"] for one in items] == ["marks.csv"]
    assert [path.read_bytes() for path in kept(tmp_path)] == [b"a,b\n1,2\n"]
    (row,) = await rows(office)
    assert (row["target"], row["project"], row["outcome"]) == (run, "default", "refused")
    assert row["by"]
    assert row["after"] == {"found": "the file: Eicar-Test-Signature FOUND"}


async def test_what_cannot_be_scanned_is_not_taken_and_whoever_brings_it_is_told_when_to_come_again(office: Office, tmp_path: Path) -> None:
    use(office, tmp_path, program(tmp_path, "exit 2"))
    opened = await office.open()
    answer = await add(office, opened)
    problem(answer, 503, "scanner_failed")
    assert int(answer.headers["retry-after"]) > 0
    assert kept(tmp_path) == []
    assert (await office.ask("GET", f"/runs/{opened['run']['id']}/artifacts")).json()["items"] == []
    use(office, tmp_path, scanner_of(tmp_path))
    assert (await add(office, opened)).status_code == 201


async def test_what_a_remote_worker_hands_over_is_scanned_too(office: Office, tmp_path: Path) -> None:
    use(office, tmp_path, scanner_of(tmp_path))
    worker = await remote(office, "project:default:worker:serve")
    assert (await worker.say("POST", "/files", content=b"harmless")).status_code == 201
    problem(await worker.say("POST", "/files", content=EICAR), 422, "file_refused")
    assert [path.read_bytes() for path in kept(tmp_path)] == [b"harmless"]
    assert [row["target"] for row in await rows(office)] == [worker.id]
    use(office, tmp_path, program(tmp_path, "exit 2"))
    problem(await worker.say("POST", "/files", content=b"harmless"), 503, "scanner_failed")
