"""A program of the operator's looks at files."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from headway.access.scanning import FileRefused, ScannerFailed
from headway.assembly.scanner import Scanner
from headway.model.errors import BadSetting
from tests.unit.assembly.scanners import EICAR, program, scanner_of
from tests.waiting import eventually


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "a file; touch $(echo hacked) 'x'"
    path.write_bytes(b"harmless\n")
    return path


def infect(file: Path) -> None:
    file.write_bytes(EICAR)


def names_in(directory: Path) -> set[str]:
    return {path.name for path in directory.iterdir()}


async def test_what_is_clean_passes_and_what_is_not_is_refused(tmp_path: Path, file: Path) -> None:
    scanner = Scanner(scanner_of(tmp_path))
    await scanner.check(file)
    infect(file)
    with pytest.raises(FileRefused) as refused:
        await scanner.check(file)
    assert refused.value.fields["found"] == "the file: Eicar-Test-Signature FOUND", "not where it lies"
    assert names_in(tmp_path) == {file.name, "scan"}, "no shell has read the name"


async def test_a_scanner_gets_nothing_of_our_environment(tmp_path: Path, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADWAY_SECRET", "k9Qw-3mZx_7bTf0LrYd5sVh2NpJc8uAe")
    monkeypatch.setenv("DATABASE_URL", "postgresql://headway:secret@db/headway")
    command = program(tmp_path, f'env > "{tmp_path}/environment"')
    await Scanner(command).check(file)
    names = {line.partition("=")[0] for line in (tmp_path / "environment").read_text().splitlines()}
    assert "PATH" in names
    assert not names & {"HEADWAY_SECRET", "DATABASE_URL"}


@pytest.mark.parametrize("does", ["exit 2", "exit 127", "kill -9 $$", "echo no database >&2; exit 40"])
async def test_any_other_end_is_a_failure(tmp_path: Path, file: Path, does: str) -> None:
    with pytest.raises(ScannerFailed) as failed:
        await Scanner(program(tmp_path, does)).check(file)
    assert failed.value.is_temporary
    assert failed.value.fields["retry_in_seconds"] > 0


async def test_one_that_is_too_slow_ends_with_all_that_it_has_started(tmp_path: Path, file: Path) -> None:
    command = program(tmp_path, f'tail -f /dev/null & echo $! > "{tmp_path}/child"; echo $$ > "{tmp_path}/pid"; wait')
    with pytest.raises(ScannerFailed, match="too long"):
        await Scanner(command, seconds=0.5).check(file)
    for name in ("pid", "child"):
        pid = int((tmp_path / name).read_text())
        eventually(lambda pid=pid: _is_gone(pid), 5, f"{name} is gone")


def _is_gone(pid: int) -> bool:
    """A zombie that nobody has waited for yet is gone, too."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


async def test_who_brings_a_file_and_goes_leaves_no_scanner_behind(tmp_path: Path, file: Path) -> None:
    os.mkfifo(tmp_path / "begun")
    command = program(tmp_path, f'echo $$ > "{tmp_path}/begun"; exec tail -f /dev/null')
    task = asyncio.create_task(Scanner(command).check(file))
    pid = int(await asyncio.to_thread((tmp_path / "begun").read_text))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert _is_gone(pid)


async def test_many_files_wait_and_more_are_told_to_come_again(tmp_path: Path, file: Path) -> None:
    os.mkfifo(tmp_path / "go")
    scanner = Scanner(program(tmp_path, f'read line < "{tmp_path}/go"'), waiting_limit=1)
    first = asyncio.create_task(scanner.check(file))
    await asyncio.sleep(0)
    with pytest.raises(ScannerFailed, match="too many"):
        await scanner.check(file)
    await asyncio.to_thread((tmp_path / "go").write_text, "go\n")
    await first


async def test_a_program_that_there_is_not_is_said_at_once(tmp_path: Path, file: Path) -> None:
    with pytest.raises(BadSetting, match="HEADWAY_SCAN_COMMAND"):
        Scanner(f"{tmp_path}/nowhere {{file}}")
    scanner = Scanner(program(tmp_path, "exit 0"))
    (tmp_path / "scan").unlink()
    with pytest.raises(ScannerFailed, match="cannot be run"):
        await scanner.check(file)
