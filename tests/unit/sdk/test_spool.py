"""The spool on disk: whole after a crash at any byte, bounded, held by one process at a time."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from headway.sdk import spool as spool_module
from headway.sdk.spool import END, KEPT, Opening, Place, Spool, SpoolBusy, bound_left_over, left_over


def bodies(spool: Spool, start: Place = Place(1, 0)) -> list[bytes]:  # noqa: B008
    return [record.body for record in spool.read(start)]


def made(home: Path, *events: bytes) -> Spool:
    spool = Spool.create(Opening(name="a run", tags=("x",), metadata={"é": 1}), home=home)
    for event in events:
        spool.append(event)
    return spool


def test_what_is_appended_is_read_in_order_and_survives_the_process(tmp_path: Path) -> None:
    spool = made(tmp_path, b"one", b"two")
    spool.append(b"end", END)
    assert bodies(spool) == [b"one", b"two", b"end"]
    spool.opened("run-1", 7, "token")
    spool.close()
    again = Spool.recover(spool.path)
    assert again.opening == spool.opening
    assert bodies(again) == [b"one", b"two", b"end"]
    assert (again.progress.run, again.progress.fence, again.progress.token) == ("run-1", 7, "token")
    assert again.damaged_bytes == 0
    again.remove()
    assert left_over(tmp_path) == []


@pytest.mark.parametrize("cut", range(1, 12))
def test_a_torn_record_is_left_out_and_what_follows_goes_on(tmp_path: Path, cut: int) -> None:
    spool = made(tmp_path, b"one", b"two", b"three")
    spool.close()
    path = spool.path / "00000001.events"
    whole = path.read_bytes()
    path.write_bytes(whole[:-cut])
    again = Spool.recover(spool.path)
    again.append(b"four")
    assert bodies(again) == [b"one", b"two", b"four"]
    assert again.damaged_bytes == 14 - cut
    again.close()


def test_a_flipped_bit_ends_the_file(tmp_path: Path) -> None:
    spool = made(tmp_path, b"one", b"two", b"three")
    spool.close()
    path = spool.path / "00000001.events"
    content = bytearray(path.read_bytes())
    content[-8] ^= 1
    path.write_bytes(content)
    again = Spool.recover(spool.path)
    assert bodies(again)[0] == b"one"
    assert len(bodies(again)) < 3
    assert again.damaged_bytes > 0
    again.close()


def test_a_batch_is_composed_once_also_by_the_next_process(tmp_path: Path) -> None:
    spool = made(tmp_path, b"one", b"two")
    end = list(spool.read(Place(1, 0)))[-1].end
    spool.composed(1, end)
    spool.append(b"three")
    spool.close()
    again = Spool.recover(spool.path)
    assert (again.progress.batch_no, again.progress.acknowledged_no) == (1, 0)
    assert again.progress.batch_end == end
    again.acknowledged()
    assert bodies(again, again.progress.acknowledged_end) == [b"three"]
    again.close()
    third = Spool.recover(spool.path)
    assert third.progress.acknowledged_no == 1
    assert bodies(third, third.progress.acknowledged_end) == [b"three"]
    third.close()


def test_acknowledged_files_go_and_their_room_is_free_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spool_module, "FILE_BYTES", 1000)
    monkeypatch.setattr(spool_module, "SENT_BYTES", 500)
    spool = Spool.create(Opening(name="long"), home=tmp_path, limit=5_000)
    seen: list[bytes] = []
    written = 0
    for batch_no in range(1, 200):
        while spool.has_room(100):
            spool.append(b"%0100d" % written)
            written += 1
        records = list(spool.read(spool.progress.acknowledged_end))[:20]
        seen += [record.body for record in records]
        spool.composed(batch_no, records[-1].end)
        spool.acknowledged()
        assert spool.size <= 5_000
    assert seen == [b"%0100d" % number for number in range(len(seen))]
    assert sum(path.stat().st_size for path in spool.path.iterdir()) < 10_000
    spool.close()
    again = Spool.recover(spool.path)
    assert again.progress.acknowledged_no == 199
    assert bodies(again, again.progress.acknowledged_end)[0] == b"%0100d" % len(seen)
    again.close()


def test_one_process_at_a_time(tmp_path: Path) -> None:
    spool = made(tmp_path, b"one")
    code = f"from pathlib import Path; from headway.sdk.spool import Spool; Spool.recover(Path({str(spool.path)!r}))"
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False, timeout=60)
    assert b"SpoolBusy" in other.stderr
    with pytest.raises(SpoolBusy):
        Spool.recover(spool.path)
    spool.close()
    Spool.recover(spool.path).close()


def test_what_is_no_spool_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "something").mkdir()
    with pytest.raises(ValueError, match="not a spool"):
        Spool.recover(tmp_path / "something")
    assert left_over(tmp_path) == []
    assert left_over(tmp_path / "nowhere") == []


def test_a_closed_spool_takes_nothing(tmp_path: Path) -> None:
    spool = made(tmp_path)
    spool.close()
    with pytest.raises(OSError, match="closed"):
        spool.append(b"x")


def test_left_over_spools_are_bounded_and_the_oldest_go(tmp_path: Path) -> None:
    paths = []
    for _ in range(4):
        spool = made(tmp_path, b"x" * 10_000)
        paths.append(spool.path)
        spool.close()
    kept = Spool.recover(paths[1]).keep()
    assert kept.name.endswith(KEPT)
    assert left_over(tmp_path) == [paths[0], paths[2], paths[3]]
    removed = bound_left_over(tmp_path, limit=25_000)
    assert removed == [paths[0], kept]
    assert left_over(tmp_path) == paths[2:]
