"""What is attacked: a real `headway serve` in a home of its own, on the loopback, with something of everything in it."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2

from security.caller import Caller, connection
from tests.acceptance.installation import ROOT, Installation

START_SECONDS = 120.0
SEEDED_RUNS = 24
"""Attacks delete them; those that they start themselves come on top."""
PROJECT = "exams"
ENDING = (("/api/v1/live/sse", "get"), ("/api/v1/session", "delete"), ("/api/v1/signing-keys", "post"))
"""Operations that a tool cannot ask again and again: a stream, the end of the session, a hundred thousand keys."""
GOOD = {
    "fields": "id,state", "sort": "-created_at",
    "project": PROJECT, "name": "rows.txt", "parameters": "{}", "levels": "info,error", "facets": "log", "queue": "default", "tag": "exam",
    "created_by": "admin",
    "level": "info", "hash": "0" * 64, "number": 1,
}  # fmt: skip
"""What parameters of a query may well be, where their description says no more than that they are text."""
OMITTED = {"key", "ticket"}
"""A signature's key and a ticket are read before anything is asked of the store; a wrong one ends the request there."""
SINCE, UNTIL = timedelta(days=2), timedelta(0)

Json = dict[str, Any]


@dataclass
class Target:
    installation: Installation
    seeds: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    """By the name of the part of an address that they stand for."""

    @property
    def home(self) -> Path:
        return self.installation.home

    @property
    def url(self) -> str:
        return connection(self.home)["url"]

    def describe(self) -> Json:
        """The server's own description, with seeds as examples of the parts of addresses."""
        described = self._ask("GET", "/openapi.json").json()
        for item in described["paths"].values():
            for operation in item.values():
                for parameter in operation.get("parameters", []):
                    if parameter["in"] == "path" and self.seeds.get(parameter["name"]):
                        parameter["schema"]["examples"] = self.seeds[parameter["name"]][:1]
        return described

    def describe_plainly(self) -> Json:
        """The same for tools that make one request of each operation, which should be a good one: no parameter that ends it, each cursor
        one that was given out, and no operation that has no end, or that ends the session with which all others are asked."""
        described = self.describe()
        for path, method in ENDING:
            described["paths"][path].pop(method)
        for path, item in described["paths"].items():
            for method, operation in item.items():
                operation["parameters"] = [
                    good
                    for parameter in operation.get("parameters", [])
                    if (good := self._good(path, method, parameter, operation, described)) is not None
                ]
        described["paths"] = {path: item for path, item in described["paths"].items() if item}
        return described

    def _good(self, path: str, method: str, parameter: Json, operation: Json, described: Json) -> Json | None:
        name, schema = parameter["name"], json.dumps(parameter["schema"])
        if "date-time" in schema:
            at = datetime.now(UTC) - (SINCE if name.endswith("from") else UNTIL)
            return _with_example(parameter, at.strftime("%Y-%m-%dT%H:%M:%SZ"))
        named = re.search(r"#/components/schemas/(\w+)", schema)
        values = described["components"]["schemas"][named[1]].get("enum") if named else None
        if values:
            return _with_example(parameter, values[0])
        if name == "step" and '"integer"' in schema:
            return _with_example(parameter, 3_600)
        if name in GOOD and parameter["in"] == "query":
            return _with_example(parameter, GOOD[name])
        if name not in {"cursor", "after"}:
            if parameter["in"] == "path":
                return _with_example(parameter, self.seeds.get(name, ["x"])[0])
            return parameter if name not in OMITTED else None
        if method != "get":
            return None
        filled = re.sub(r"\{(\w+)\}", lambda part: self.seeds.get(part[1], ["x"])[0], path)
        limited = {"limit": 1} if any(each["name"] == "limit" for each in operation["parameters"]) else {}
        answer = self._try("GET", filled.removeprefix("/api/v1"), params=limited)
        found = answer.json().get("next_cursor") if answer.headers.get("content-type") == "application/json" else None
        return _with_example(parameter, found) if found else None

    def is_well(self) -> bool:
        """Whether the same server still answers."""
        try:
            return httpx2.get(f"{self.url}/api/v1/health/live", timeout=20).status_code == 200
        except httpx2.HTTPError:
            return False

    def complaints(self) -> list[str]:
        """Lines of the server's log that tell of a mistake of ours."""
        log = (self.home / "serve.log").read_text(errors="replace")
        return [line for line in log.splitlines() if "Traceback" in line or " ERROR " in line or " CRITICAL " in line]

    def settle(self) -> None:
        """Put something of everything into it."""
        items = [{"parameters": {"n": number}, "tags": ["exam"]} for number in range(SEEDED_RUNS // 2)]
        started = [each["id"] for each in self._make("POST", "/tasks/grading:grade/run-batches", {"items": items})["items"]]
        reported = [self._report(number) for number in range(SEEDED_RUNS // 2)]
        self.seeds["run"] = [each for pair in zip(reported, started, strict=True) for each in pair]
        self.seeds["task"] = ["grading:grade"]
        self.seeds["project"] = [PROJECT, "default"]
        self.seeds["name"] = ["default"]  # of a queue
        self._people()
        self._rest()

    def _report(self, number: int) -> str:
        """A run that somebody reports, with a line, a bar and a file; every second one is over. Its id."""
        opened = self._make("POST", "/runs", {"name": f"import {number}", "project": PROJECT, "external_id": f"job-{number}"})
        run, fence = opened["run"]["id"], opened["fence"]
        lines = [
            {"kind": "log.written", "at": "2026-11-22T09:30:00.125Z", "level": level, "text": f"row {number}"}
            for level in ("info", "error")
        ]
        self._make("POST", f"/runs/{run}/events", {"fence": fence, "batch_no": 1, "events": lines})
        self._make("PATCH", f"/runs/{run}/progress", {"done": number, "total": SEEDED_RUNS})
        file = self._ask("POST", f"/runs/{run}/artifacts", params={"name": "rows.txt", "fence": fence}, content=b"rows").json()
        self.seeds.setdefault("artifact", []).append(file["id"])
        if number % 2:
            self._make("PUT", f"/runs/{run}/outcome", {"fence": fence, "outcome": "succeeded", "result": {"rows": number}})
        return run

    def _people(self) -> None:
        for account in ("ada", "anna", "boris"):
            self._make("POST", "/accounts", {"name": account, "role": "operator", "project": PROJECT})
        self.seeds["account"] = ["ada", "anna", "boris"]
        self._make("POST", "/groups", {"name": "class-7", "members": ["anna"]})
        self.seeds["group"] = ["class-7"]
        self._make("PUT", "/roles/marker", {"permissions": ["run:read"]})
        self.seeds["role"] = ["marker", "viewer"]
        self.seeds["grant"] = [
            self._make("POST", "/grants", {"account": "ada", "role": "viewer", "project": f"p{n}"})["id"] for n in range(6)
        ]
        self.seeds["key"] = [self._make("POST", "/keys", {"name": f"key {n}", "scopes": ["run:read"]})["id"] for n in range(6)]

    def _rest(self) -> None:
        self._make("PUT", "/secrets/OPENAI_KEY", {"value": "not-a-secret"})
        self.seeds["secret"] = ["OPENAI_KEY"]
        self.seeds["notice"] = [str(self._make("POST", "/notices", {"title": f"Maintenance {n}"})["id"]) for n in range(6)]
        presets = [{"name": f"class {n}", "parameters": {"n": n}} for n in range(6)]
        self.seeds["preset"] = [self._make("POST", "/tasks/grading:grade/presets", each)["id"] for each in presets]
        first = self.seeds["run"][0]
        self.seeds["link"] = [self._make("POST", f"/runs/{first}/share-links", {"label": f"parents {n}"})["id"] for n in range(6)]
        self.seeds["worker"] = [each["id"] for each in self._ask("GET", "/workers").json()["items"]]

    def _make(self, method: str, path: str, body: Json) -> Json:
        return self._ask(method, path, json=body).json()

    def _try(self, method: str, path: str, **more: Any) -> httpx2.Response:
        headers = {"Authorization": f"Bearer {connection(self.home)['token']}"}
        return httpx2.request(method, f"{self.url}/api/v1{path}", headers=headers, timeout=20, **more)

    def _ask(self, method: str, path: str, **more: Any) -> httpx2.Response:
        answer = self._try(method, path, **more)
        assert answer.status_code < 300, f"{method} {path}: {answer.status_code} {answer.text[:400]}"
        return answer


def _with_example(parameter: Json, value: str | int) -> Json:
    """Said twice: sqlmap takes the example, and wapiti the default."""
    kind = "integer" if isinstance(value, int) else "string"
    return {**parameter, "example": value, "schema": {"type": kind, "default": value}}


@contextmanager
def target(home: Path, environment: dict[str, str] | None = None) -> Iterator[Target]:
    """One that is started, filled and stopped. `home` is an empty directory; `environment` may name a database (``DATABASE_URL``)."""
    home.chmod(0o700)
    here = ROOT / "security"
    surroundings = {
        "HEADWAY_CANARY_SECONDS": "0",
        "HEADWAY_HOST": "127.0.0.1",
        "HEADWAY_ARTIFACT_LIMIT": "1000000",
        "PYTHONPATH": os.pathsep.join([str(here / "patient"), str(here / "attacked"), str(ROOT)]),
        **(environment or {}),
    }
    installation = Installation(home, tasks="grading", environment=surroundings)
    installation.start_seconds = START_SECONDS
    with installation as running:
        found = Target(running)
        found.settle()
        yield found


def caller(of: Target, name: str = "attacker") -> Caller:
    return Caller(of.home, name)
