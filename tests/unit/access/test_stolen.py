"""Passwords that were stolen elsewhere, by a file and by a service."""

from __future__ import annotations

import os
import random
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from headway.access.stolen import StolenFile, StolenRanges, StolenUnknown, find_stolen, sha1_of
from headway.model.errors import BadSetting

STOLEN = [f"stolen number {number}" for number in range(3_000)]


def lines(passwords: list[str], ending: str = "\r\n", *, is_small: bool = False) -> str:
    """As Have I Been Pwned's own program writes them, with counts of any length."""
    chance = random.Random(1)
    hashes = sorted(map(sha1_of, passwords))
    text = ending.join(f"{one}:{chance.randrange(1, 10 ** chance.randrange(1, 9))}" for one in hashes)
    return text.lower() if is_small else text


def written(path: Path, text: str) -> Path:
    path.write_bytes(text.encode())
    return path


@pytest.mark.parametrize("text", [lines(STOLEN) + "\r\n", lines(STOLEN, "\n"), lines(STOLEN, "\n", is_small=True)])
def test_each_one_of_a_file_is_found_and_no_other(tmp_path: Path, text: str) -> None:
    found = StolenFile(written(tmp_path / "hashes", text))
    assert all(map(found.is_stolen, STOLEN))
    assert not any(found.is_stolen(f"{password}!") for password in STOLEN)


@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_short_file(tmp_path: Path, count: int) -> None:
    found = StolenFile(written(tmp_path / "hashes", lines(STOLEN[:count]) + "\n"))
    assert [found.is_stolen(password) for password in STOLEN[:5]] == [True] * count + [False] * (5 - count)


def test_hashes_without_counts_will_do(tmp_path: Path) -> None:
    assert StolenFile(written(tmp_path / "hashes", "\n".join(sorted(map(sha1_of, STOLEN))))).is_stolen(STOLEN[7])


def test_a_file_is_searched_by_halves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of what lies between, nothing is read: however large it is, some forty places of it are."""
    found = StolenFile(written(tmp_path / "hashes", lines(STOLEN)))
    read: list[int] = []
    pread = os.pread

    def counted(fd: int, size: int, at: int) -> bytes:
        read.append(size)
        return pread(fd, size, at)

    monkeypatch.setattr(os, "pread", counted)
    assert found.is_stolen(STOLEN[1_234])
    assert len(read) < 40
    assert sum(read) < 6_000


BAD = {
    "is empty": "",
    "holds a line that is none of SHA-1": "\n".join(f"{one[:32]}:3" for one in sorted(map(sha1_of, STOLEN))),
    "holds a line that is none": "stolen number 1\nstolen number 2\n",
    "at byte 43": f"{sha1_of('a')}:1\n" + "x" * 300,
    "not sorted": "\n".join(f"{sha1_of(password)}:{10_000 - number}" for number, password in enumerate(STOLEN)),
}


@pytest.mark.parametrize(("reason", "text"), BAD.items())
def test_what_is_no_such_file_is_said_at_once(tmp_path: Path, reason: str, text: str) -> None:
    with pytest.raises(BadSetting, match=f"HEADWAY_STOLEN_PASSWORDS .*{reason}"):
        find_stolen(str(written(tmp_path / "hashes", text)))


def test_a_file_that_is_not_there_is_said_at_once(tmp_path: Path) -> None:
    for path in (tmp_path / "nowhere", tmp_path):
        with pytest.raises(BadSetting, match="HEADWAY_STOLEN_PASSWORDS"):
            find_stolen(str(path))
    assert find_stolen(None) is None


def test_a_file_that_goes_away_or_bad_later_is_not_known(tmp_path: Path) -> None:
    path = written(tmp_path / "hashes", lines(STOLEN))
    found = StolenFile(path)
    for text in ("something else\n", "x" * 300, ""):
        path.write_text(text)
        with pytest.raises(StolenUnknown):
            found.is_stolen(STOLEN[0])
    path.unlink()
    with pytest.raises(StolenUnknown):
        found.is_stolen(STOLEN[0])


class Range(BaseHTTPRequestHandler):
    """Answers as the service does, or as the server's `answer` says."""

    asked: list[tuple[str, str | None]]
    answer: tuple[int, str] | None

    def do_GET(self) -> None:
        prefix = self.path.rpartition("/")[2]
        self.server.asked.append((self.path, self.headers.get("Add-Padding")))  # type: ignore[attr-defined]
        known = [f"{sha1_of(one)[5:]}:12" for one in STOLEN if sha1_of(one).startswith(prefix)]
        padding = [f"{number:035X}:0" for number in range(800)]
        status, text = self.server.answer or (200, "\r\n".join(sorted([*known, *padding, f"{sha1_of('never stolen here')[5:]}:0"])))  # type: ignore[attr-defined]
        self.send_response(status)
        if status == 302:
            self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing on the terminal of tests."""


@contextmanager
def service(answer: tuple[int, str] | None = None) -> Iterator[tuple[str, list[tuple[str, str | None]]]]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Range) as server:
        server.asked, server.answer = [], answer  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/range", server.asked  # type: ignore[attr-defined]
        finally:
            server.shutdown()
            thread.join()


def test_a_service_is_told_five_digits_and_nothing_else() -> None:
    with service() as (url, asked):
        found = find_stolen(url)
        assert found is not None
        assert found.is_stolen(STOLEN[0])
        assert not found.is_stolen("tulips under a cold moon")
        assert not found.is_stolen("never stolen here"), "what a list is padded with has the count 0"
    assert asked[0] == (f"/range/{sha1_of(STOLEN[0])[:5]}", "true")
    assert all(len(path) == len("/range/") + 5 for path, _ in asked)


@pytest.mark.parametrize("answer", [(503, ""), (404, ""), (302, ""), (200, "<html>log in to this network</html>"), (200, "x" * 2_000_000)])
def test_what_a_service_cannot_say_is_not_known(answer: tuple[int, str]) -> None:
    with service(answer) as (url, _), pytest.raises(StolenUnknown) as unknown:
        StolenRanges(url).is_stolen(STOLEN[0])
    assert sha1_of(STOLEN[0])[5:] not in str(unknown.value)


def test_a_service_that_is_silent_or_away_is_not_known() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(StolenUnknown):
            StolenRanges(address, seconds=0.2).is_stolen(STOLEN[0])
    with pytest.raises(StolenUnknown):
        StolenRanges(address).is_stolen(STOLEN[0])
