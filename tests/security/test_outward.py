"""The one door out: to public addresses alone, and to the very address that was looked at."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from headway.access.outward import Outward, ask, find_target
from headway.model.addresses import read_networks
from headway.model.errors import OutwardFailed, OutwardRefused
from tests.security.outward import HERE, NO_ADDRESS, OUTSIDE, WRITTEN

PUBLIC = Outward()


def to(*addresses: str) -> Callable[[str, int], Sequence[str]]:
    return lambda host, port: addresses


@pytest.mark.parametrize("address", HERE)
def test_34_a_name_that_leads_inside_is_refused(address: str) -> None:
    for url in ("http://example.org/", "https://example.org:8443/x?y=z"):
        with pytest.raises(OutwardRefused, match="only this machine or its network"):
            find_target(url, PUBLIC, to(address))


@pytest.mark.parametrize("address", OUTSIDE)
def test_34_a_name_that_leads_outside_is_found(address: str) -> None:
    target = find_target("https://example.org/a?b=c", PUBLIC, to(address))
    assert (target.address, target.host, target.port, target.path) == (address, "example.org", 443, "/a?b=c")


@pytest.mark.parametrize("inside", ["127.0.0.1", "::1", "10.0.0.1"])
def test_34_one_address_that_leads_inside_refuses_the_name(inside: str) -> None:
    for addresses in ((inside, "8.8.8.8"), ("8.8.8.8", inside)):
        with pytest.raises(OutwardRefused):
            find_target("http://example.org/", PUBLIC, to(*addresses))


@pytest.mark.parametrize("url", WRITTEN)
def test_34_an_address_that_is_written_in_another_way_is_the_same_address(url: str) -> None:
    with pytest.raises((OutwardRefused, OutwardFailed)):
        find_target(url, PUBLIC)


@pytest.mark.parametrize("url", NO_ADDRESS, ids=lambda url: repr(url)[:40])
def test_34_what_is_no_address_is_not_asked(url: str) -> None:
    with pytest.raises(OutwardRefused):
        find_target(url, PUBLIC, to("8.8.8.8"))


def test_34_plain_http_can_be_refused() -> None:
    with pytest.raises(OutwardRefused, match="https"):
        find_target("http://example.org/", Outward(is_plain_allowed=False), to("8.8.8.8"))


def test_34_a_network_of_ones_own_can_be_allowed() -> None:
    where = Outward(allowed=read_networks("10.1.0.0/16"))
    assert find_target("http://chat.lan/", where, to("10.1.2.3")).address == "10.1.2.3"
    for address in ("10.2.0.1", "127.0.0.1"):
        with pytest.raises(OutwardRefused):
            find_target("http://chat.lan/", where, to(address))


def test_34_a_name_that_stands_for_nothing() -> None:
    def fail(host: str, port: int) -> Sequence[str]:
        raise socket.gaierror("no such name")

    for resolve in (fail, to()):
        with pytest.raises(OutwardFailed):
            find_target("http://example.org/", PUBLIC, resolve)


# --- over a real connection ------------------------------------------------------------------------------------------

OWN = Outward(allowed=read_networks("127.0.0.0/8"))


class _Answering(BaseHTTPRequestHandler):
    asked: list[tuple[str, str, bytes]]

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.asked.append((self.path, self.headers["Host"], body))
        if self.path == "/moved":
            self.send_response(302)
            self.send_header("Location", "http://169.254.169.254/")
            self.end_headers()
            return
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"x" * (5_000 if self.path == "/long" else 5))

    do_POST = do_GET  # noqa: N815 - the library's name

    def log_message(self, format: str, *args: Any) -> None:
        pass


@contextmanager
def serving() -> Iterator[tuple[int, list[tuple[str, str, bytes]]]]:
    handler = type("Own", (_Answering,), {"asked": []})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server.server_port, handler.asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_the_connection_goes_to_the_address_that_was_looked_at() -> None:
    """A name that means something else a moment later is asked no second time."""
    told: list[str] = []

    def rebinding(host: str, port: int) -> Sequence[str]:
        told.append(host)
        return ("127.0.0.1",) if len(told) == 1 else ("127.0.0.2",)

    with serving() as (port, asked):
        answer = ask(f"http://rebinding.example:{port}/hook", where=OWN, method="POST", body=b"{}", resolve=rebinding)
    assert (answer.status, answer.body) == (200, b"xxxxx")
    assert told == ["rebinding.example"]
    assert asked == [("/hook", f"rebinding.example:{port}", b"{}")]


def test_a_redirect_is_an_answer() -> None:
    with serving() as (port, asked):
        answer = ask(f"http://127.0.0.1:{port}/moved", where=OWN)
    assert (answer.status, answer.headers["location"], len(asked)) == (302, "http://169.254.169.254/", 1)


def test_a_long_answer_is_not_taken() -> None:
    with serving() as (port, _), pytest.raises(OutwardFailed, match="longer than 4000"):
        ask(f"http://127.0.0.1:{port}/long", where=OWN, limit=4_000)


def test_without_leave_nothing_is_connected() -> None:
    with serving() as (port, asked), pytest.raises(OutwardRefused):
        ask(f"http://127.0.0.1:{port}/", where=PUBLIC)
    assert asked == []


def test_whoever_sends_a_letter_now_and_then_is_not_waited_for() -> None:
    """Each part comes in time, the whole does not."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        is_over = threading.Event()

        def drip() -> None:
            opened, _ = server.accept()
            with opened:
                for letter in b"HTTP/1.1 200 OK\r\nX: " + b"x" * 10_000:
                    if is_over.wait(0.02):
                        return
                    try:
                        opened.sendall(bytes([letter]))
                    except OSError:
                        return

        thread = threading.Thread(target=drip)
        thread.start()
        try:
            with pytest.raises(OutwardFailed, match="does not answer"):
                ask(f"http://127.0.0.1:{server.getsockname()[1]}/", where=OWN, seconds=0.3)
        finally:
            is_over.set()
            thread.join()


def test_nobody_there_is_said_so() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(OutwardFailed, match="does not answer"):
        ask(f"http://127.0.0.1:{port}/", where=OWN)
