"""A server with the mistakes that the tools look for: SQL made of text, a page made of text, and none of the headers that guard a page. It
listens on the loopback, holds nothing, and lives as long as the check of a tool."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

PAGE = '<!doctype html><title>Unguarded</title><p><a href="/hello?name=ada">Hello</a> <a href="/items?id=1">Items</a></p>'
_TEXT = {"type": "string"}


def openapi() -> dict[str, Any]:
    """The description of what it does."""

    def operation(name: str, example: str) -> dict[str, Any]:
        parameter = {"name": name, "in": "query", "required": True, "schema": _TEXT, "example": example}
        return {"get": {"parameters": [parameter], "responses": {"200": {"description": "Fine."}}}}

    return {
        "openapi": "3.0.3",
        "info": {"title": "Unguarded", "version": "1"},
        "paths": {"/items": operation("id", "1"), "/hello": operation("name", "ada")},
    }


class _Answer(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        place = urlsplit(self.path)
        query = {name: values[-1] for name, values in parse_qs(place.query, keep_blank_values=True).items()}
        match place.path:
            case "/":
                self._say(PAGE)
            case "/hello":
                self._say(f"<!doctype html><title>Hello</title><p>Hello, {query.get('name', '')}</p>")
            case "/items":
                self._say(_items(query.get("id", "1")))
            case "/openapi.json":
                self._say(json.dumps(openapi()), "application/json")
            case _:
                self._say("<p>Nothing here", status=404)

    def _say(self, text: str, kind: str = "text/html; charset=utf-8", status: int = 200) -> None:
        content = text.encode(errors="replace")
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        """It says nothing."""


def _items(wanted: str) -> str:
    with sqlite3.connect(":memory:") as database:
        database.execute("CREATE TABLE items (id INTEGER, name TEXT)")
        database.executemany("INSERT INTO items VALUES (?, ?)", [(number, f"item {number}") for number in range(1, 6)])
        try:
            rows = database.execute(f"SELECT name FROM items WHERE id = {wanted}").fetchall()
        except sqlite3.Error as error:
            return f"<p>SQLite error: {error}</p>"
    return "<ul>" + "".join(f"<li>{name}</li>" for (name,) in rows) + "</ul>"


@contextmanager
def unguarded() -> Iterator[str]:
    """Its address, while it runs."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Answer)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
