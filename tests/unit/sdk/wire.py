"""A wire that can be spoilt: a TCP proxy in front of the real server, for the faults that only a network has."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable

from tests.unit.sdk.stage import free_port


class Wire:
    """Passes bytes on, until a test says otherwise. Faults apply to what the server answers."""

    def __init__(self, port: int) -> None:
        self._target = port
        self.port = free_port()
        self.swallow: Callable[[bytes], bool] = lambda request: False
        """Requests whose answer is lost: the server has acted, and the connection breaks."""
        self.swallowed = 0
        self.cut_after: int | None = None
        """Bytes of answers after which each connection breaks."""
        self.instead: bytes | None = None
        """What is answered in the place of the server."""
        self.delay_seconds = 0.0
        self.connections = 0
        self._never = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", self.port))
        self._open: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._is_closed = False
        self._start(self._accept)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def cut(self) -> None:
        """Break what is connected."""
        for one in list(self._open):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self._is_closed = True
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut()
        for thread in self._threads:
            thread.join(10)

    def _start(self, target: Callable[..., None], *args: object) -> None:
        thread = threading.Thread(target=target, args=args, name="wire", daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._is_closed:
            try:
                here, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            try:
                there = socket.create_connection(("127.0.0.1", self._target), timeout=5)
            except OSError:
                here.close()
                continue
            there.settimeout(None)
            self._open |= {here, there}
            state = {"lost": False}
            self._start(self._up, here, there, state)
            self._start(self._down, here, there, state)

    def _up(self, here: socket.socket, there: socket.socket, state: dict[str, bool]) -> None:
        with contextlib.suppress(OSError):
            while data := here.recv(65_536):
                if self.instead is not None:
                    here.sendall(self.instead)
                    break
                if self.swallow(data):
                    self.swallowed += 1
                    state["lost"] = True
                there.sendall(data)
        self._end(here, there)

    def _down(self, here: socket.socket, there: socket.socket, state: dict[str, bool]) -> None:
        left = self.cut_after
        with contextlib.suppress(OSError):
            while data := there.recv(65_536):
                if state["lost"]:
                    break
                if self.delay_seconds:
                    self._never.wait(self.delay_seconds)  # the fault itself: a slow network
                if left is not None:
                    here.sendall(data[:left])
                    left -= len(data)
                    if left <= 0:
                        break
                else:
                    here.sendall(data)
        self._end(here, there)

    def _end(self, *ends: socket.socket) -> None:
        for one in ends:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
            self._open.discard(one)
