"""A worker that reaches the store itself has files scanned before it keeps them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from headway.access.scanning import FileRefused, ScannerFailed
from headway.assembly.scanner import Scanner
from headway.model.audit import AuditFilter
from headway.store.audit import AuditPage
from headway.store.sql.store import SqlStore
from headway.testing.store import memory_store
from headway.work.depot.store import SCANS, StoreDepot
from tests.unit.assembly.scanners import EICAR, program, scanner_of
from tests.unit.work.rig import rig


async def keep(store: SqlStore, directory: Path, command: str, content: bytes) -> bytes:
    """What is kept, as it can be had by its hash."""
    root = directory / "artifacts"
    depot = StoreDepot(store, worker="w", artifacts=root, scan=Scanner(command).check, scan_pause_seconds=0)
    (directory / "made").write_bytes(content)
    try:
        kept = await depot.keep_file(os.open(directory / "made", os.O_RDONLY), 1_000)
    finally:
        assert list((root / "incoming").iterdir()) == []
    assert kept.head == content
    return (root / kept.sha256[:2] / kept.sha256[2:]).read_bytes()


async def test_what_is_clean_is_kept_and_what_is_not_is_refused_and_audited(tmp_path: Path) -> None:
    async with memory_store() as store:
        assert await keep(store, tmp_path, scanner_of(tmp_path), b"harmless") == b"harmless"
        with pytest.raises(FileRefused, match="Eicar"):
            await keep(store, tmp_path, scanner_of(tmp_path), EICAR)
        (row,) = await store.read(lambda s: s.audit.list(AuditFilter(), AuditPage(limit=100)))
        assert (row.action, row.by, row.target, row.outcome) == ("file.refused", "system", "w", "refused")
        assert row.after["found"] == "the file: Eicar-Test-Signature FOUND"
    assert [path.read_bytes() for path in (tmp_path / "artifacts").rglob("*") if path.is_file()] == [b"harmless"]


async def test_a_scanner_that_fails_is_asked_again_and_not_for_ever(tmp_path: Path) -> None:
    often = f'echo x >> "{tmp_path}/tries"; test $(wc -l < "{tmp_path}/tries") -ge 3 || exit 2'
    async with memory_store() as store:
        assert await keep(store, tmp_path, program(tmp_path, often), b"harmless") == b"harmless"
        assert (tmp_path / "tries").read_text() == "x\n" * 3
        (tmp_path / "tries").write_text("")
        with pytest.raises(ScannerFailed):
            await keep(store, tmp_path, program(tmp_path, f'echo x >> "{tmp_path}/tries"; exit 2'), b"other")
    assert (tmp_path / "tries").read_text() == "x\n" * SCANS
    assert [path.read_bytes() for path in (tmp_path / "artifacts").rglob("*") if path.is_file()] == [b"harmless"]


async def test_a_run_goes_on_without_the_file_that_is_refused_and_its_log_says_so(tmp_path: Path) -> None:
    source = f"""
        @headway.task
        def leave():
            headway.artifact(bytes.fromhex("{EICAR.hex()}"), name="free.exe")
            headway.artifact(b"a,b", name="marks.csv")
            return 7
        """
    async with rig(tmp_path, source, scan=Scanner(scanner_of(tmp_path)).check) as at:
        await at.task("leave")
        run = await at.do("leave")
        assert await at.result(run.id) == 7
        kept = await at.store.read(lambda snapshot: snapshot.details.artifacts(run.id))
        assert [artifact.name for artifact in kept] == ["marks.csv"]
        (said,) = [text for text in await at.texts(run.id) if "free.exe" in text]
        assert "was not kept" in said
        assert "Eicar-Test-Signature" in said
        assert str(tmp_path) not in said
