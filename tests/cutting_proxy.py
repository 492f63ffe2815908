"""A proxy that forwards whole requests, and may keep an answer to itself: what was asked is done, and whoever asked does not learn of it."""

from __future__ import annotations

import http.client
import itertools
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

Cut = Callable[[str, str, bytes], bool]
"""Asked with method, path and the answer's body: whether the answer gets lost."""


class CuttingProxy:
    """Use as a context manager. `to`: the servers, asked in turn; it and `cut` may be changed at any time."""

    def __init__(self, *to: str) -> None:
        self.to = list(to)
        self._turns = itertools.count()
        self.cut: Cut = lambda method, path, body: False
        self.lost: list[str] = []
        """Paths of requests whose answers got lost."""
        proxy = self

        class Forward(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                proxy.forward(self)

            do_POST = do_PUT = do_DELETE = do_GET  # noqa: N815

            def log_message(self, format: str, *args: object) -> None:
                """Nobody reads it."""

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, request: object, client_address: object) -> None:
                """A connection that was cut is what we are here for."""

        self._server = Server(("127.0.0.1", 0), Forward)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def forward(self, request: BaseHTTPRequestHandler) -> None:
        body = _chunks(request) if "chunked" in request.headers.get("Transfer-Encoding", "") else None
        if body is None:
            body = request.rfile.read(int(request.headers.get("Content-Length", 0)))
        parts = urlsplit(self.to[next(self._turns) % len(self.to)])
        wire = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
        headers = {name: value for name, value in request.headers.items() if name.lower() not in {"transfer-encoding", "connection"}}
        try:
            wire.request(request.command, request.path, body=body or None, headers=headers)
            answer = wire.getresponse()
            content = answer.read()
        except (OSError, http.client.HTTPException):
            request.close_connection = True
            return
        finally:
            wire.close()
        if self.cut(request.command, request.path, content):
            self.lost.append(request.path)
            request.close_connection = True
            return
        request.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in {"transfer-encoding", "content-length", "connection", "date", "server"}:
                request.send_header(name, value)
        if answer.status != 204:
            request.send_header("Content-Length", str(len(content)))
        request.end_headers()
        request.wfile.write(content)


def _chunks(request: BaseHTTPRequestHandler) -> bytes:
    found = b""
    while size := int(request.rfile.readline(), 16):
        found += request.rfile.read(size)
        request.rfile.readline()
    request.rfile.readline()
    return found
