"""A server of fixed REST documents on a free port: what commands do with what a server says, without a server of ours."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

Answers = Mapping[str, Any]
"""By ``GET /path``: a document, or (status, problem)."""


class DocumentsServer:
    """Use as a context manager. `asked` holds (method and path, query, body) of every request."""

    def __init__(self, answers: Answers) -> None:
        self.asked: list[tuple[str, str, Any]] = []
        asked = self.asked

        class Answering(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _answer(self) -> None:
                parts = urlsplit(self.path)
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                name = f"{self.command} {parts.path.removeprefix('/api/v1')}"
                asked.append((name, parts.query, json.loads(body) if body else None))
                found = answers.get(name, (404, {"code": "run_not_found", "detail": "There is no such thing."}))
                status, document = found if isinstance(found, tuple) else (200, found)
                data = json.dumps(document).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _answer  # noqa: N815 - the library's names

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})

    def __enter__(self) -> DocumentsServer:  # noqa: PYI034
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"
