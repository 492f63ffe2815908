"""The server as commands see it: REST documents as they come, so that `--json` shows exactly what the server says."""

from __future__ import annotations

import json
import re
from collections.abc import Generator, Iterator, Mapping
from typing import Any, cast
from urllib.parse import quote

from headway.cli.documents import Document
from headway.model.errors import RunNotFound
from headway.model.ids import is_id
from headway.sdk.connection import finder
from headway.sdk.http import NO_RETRY, Http

SHORT_ID = 8
"""Digits of an id that tables show: its end, because runs started together begin alike."""
SEARCHED_RUNS = 200
_TAIL = re.compile(r"[0-9a-f]{4,12}")


class Remote:
    """One server, asked once for each question: a command that finds nobody says so at once."""

    def __init__(self, url: str | None = None, *, timeout: float = 15.0) -> None:
        self.find = finder(url)
        self.http = Http(self.find, timeout=timeout, retry=NO_RETRY)

    @property
    def url(self) -> str:
        return self.http.connection.url

    def get(self, path: str, **query: object) -> Any:
        return self.http.request("GET", path, query=query).json()

    def runs(self, **query: object) -> list[Document]:
        return cast("list[Document]", self.get("/runs", **query)["items"])

    def run(self, run: str) -> Document:
        """Run, view, attempts, steps."""
        return cast("Document", self.get(f"/runs/{quote(run, safe='')}"))

    def tasks(self) -> list[Document]:
        return cast("list[Document]", self.get("/tasks")["items"])

    def task(self, name: str) -> Document:
        return cast("Document", self.get(f"/tasks/{quote(name, safe='')}"))

    def statistics(self, **query: object) -> Document:
        return cast("Document", self.get("/statistics", **query))

    def estimate(self, run: str) -> Document:
        """``{estimate, attempt_started_at, guide}``."""
        return cast("Document", self.get(f"/runs/{quote(run, safe='')}/estimate"))

    def start(self, task: str, request: Mapping[str, Any], idempotency_key: str | None) -> Document:
        headers = {"Idempotency-Key": idempotency_key} if idempotency_key else {}
        answer = self.http.request("POST", f"/tasks/{quote(task, safe='')}/runs", content=dict(request), headers=headers)
        return cast("Document", answer.json())

    def cancel(self, run: str, reason: str | None) -> Document:
        return self._wish(run, "cancellation", reason)

    def pause(self, run: str, reason: str | None) -> Document:
        return self._wish(run, "pause", reason)

    def resume(self, run: str, reason: str | None) -> Document:
        return self._wish(run, "resumption", reason)

    def for_many(self, act: str, where: Mapping[str, Any], request: Mapping[str, Any]) -> Document:
        """An act for all runs that match: ``{matched, succeeded, failed_count, failed, is_complete, next_cursor}``."""
        return cast("Document", self.http.request("POST", f"/runs/{act}", query=where, content=dict(request)).json())

    def _wish(self, run: str, wish: str, reason: str | None) -> Document:
        content = {"reason": reason} if reason else {}
        return cast("Document", self.http.request("PUT", f"/runs/{run}/{wish}", content=content).json())

    def retry(self, run: str, request: Mapping[str, Any], idempotency_key: str | None) -> Document:
        headers = {"Idempotency-Key": idempotency_key} if idempotency_key else {}
        return cast("Document", self.http.request("POST", f"/runs/{run}/retries", content=dict(request), headers=headers).json())

    def sign_in_link(self, to: str | None = None) -> Document:
        """A link for a browser: ``{url, code, expires_at}``. `to`: the page where it ends."""
        content = {"to": to} if to else {}
        return cast("Document", self.http.request("POST", "/sign-in-links", content=content).json())

    def result(self, run: str) -> Any:
        return self.get(f"/runs/{run}/result")

    def artifacts(self, run: str) -> list[Document]:
        return cast("list[Document]", self.get(f"/runs/{run}/artifacts")["items"])

    def entries(self, run: str, first: int = 1, last: int | None = None) -> Iterator[Document]:
        """The log facet from line `first` on, page by page."""
        while True:
            page = self.get(f"/runs/{run}/entries", **{"from": first, "to": last, "limit": 1000})
            yield from page["items"]
            if not page.get("next_cursor"):
                return
            first = int(page["next_cursor"])

    def follow(self, run: str, start: Mapping[str, Any] | None = None) -> Generator[Any]:
        """News of a run until it ends. The live client is imported here: it takes longer than all else together."""
        from headway.sdk.follow import follow

        return follow(self.find, [run], start=start)

    def find_run(self, said: str, *, is_external: bool = False) -> str:
        """The id of the run that a person means: an id, the end of one as tables show it, ``last``, or an external id.

        Raises `RunNotFound`.
        """
        if is_external:
            return str(identity(self.get(f"/runs/{quote(said, safe='')}", external="true")))
        said = said.strip().lower()
        if is_id(said):
            return said
        if said != "last" and not _TAIL.fullmatch(said):
            raise RunNotFound(run=said)
        newest = self.runs(limit=1 if said == "last" else SEARCHED_RUNS, fields="id")
        found = [run["id"] for run in newest if said == "last" or run["id"].endswith(said)]
        if len(found) != 1 and said != "last":
            raise (
                RunNotFound(run=said) if not found else RunNotFound(f"More than one run ends with {said}: {', '.join(found[:5])}", run=said)
            )
        if not found:
            raise RunNotFound(run=said)
        return str(found[0])

    def close(self) -> None:
        self.http.close()


def identity(document: Document) -> str:
    """The id in a detail document, or in a run."""
    return str(document["run"]["id"] if isinstance(document.get("run"), dict) else document["id"])


def short(run: str) -> str:
    return run[-SHORT_ID:]


def pretty(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)
