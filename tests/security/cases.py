"""What a case is, how it is asked, and what must hold of every answer, whatever was asked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx2

from tests.unit.web.office import Office

Json = dict[str, Any]
REFUSED = frozenset({400, 401, 403, 404, 405, 408, 409, 410, 413, 414, 415, 416, 422, 429, 431})
"""What a bad request may get: a mistake of the caller's, said as such."""
SAFE = REFUSED | {200, 201, 202, 204, 206}
"""The same, or taken literally, as the harmless text that it is."""
LEAKS = ("Traceback", 'File "', "sqlite3", "psycopg", "sqlalchemy", "/site-packages/")


@dataclass(frozen=True, kw_only=True)
class Case:
    number: int
    """Of its class."""
    name: str
    method: str = "GET"
    path: str = "/runs"
    token: str | None = None
    """None: no credentials; "admin": all rights."""
    headers: Sequence[tuple[str, str]] = ()
    json: Any = None
    content: bytes | None = None
    expect: frozenset[int] = REFUSED
    code: str | None = None


@dataclass
class Tried:
    """What came of a table of cases."""

    office: Office
    wrong: list[str] = field(default_factory=list[str])

    async def all(self, cases: Iterable[Case]) -> list[httpx2.Response]:
        answers = [await self.one(case) for case in cases]
        alive = await self.office.ask("GET", "/health/live", token=None)
        assert alive.status_code == 200, "the server is there afterwards"
        assert not self.wrong, f"{len(self.wrong)} of {len(answers)}:\n" + "\n".join(self.wrong[:40])
        return answers

    async def one(self, case: Case) -> httpx2.Response:
        headers = list(case.headers)
        token = self.office.admin if case.token == "admin" else case.token
        if token is not None:
            headers.append(("Authorization", f"Bearer {token}"))
        more: Json = {}
        if case.content is not None:
            more["content"] = case.content
        elif case.json is not None:
            more["json"] = case.json
        answer = await self.office.client.request(case.method, case.path, headers=headers, **more)
        self.wrong += [f"{case.number}: {case.name}: {reason}" for reason in complaints(case, answer)]
        return answer


def complaints(case: Case, answer: httpx2.Response) -> list[str]:
    """What is not safe about an answer; nothing, if all is."""
    found: list[str] = []
    if answer.status_code not in case.expect:
        found.append(f"{answer.status_code} {answer.text[:160]}")
    if answer.status_code >= 500:
        found.append("a mistake of ours")
    if any(leak in answer.text for leak in LEAKS):
        found.append(f"tells of our inside: {answer.text[:160]}")
    headers: Mapping[str, str] = answer.headers
    if headers.get("x-content-type-options") != "nosniff" or "frame-ancestors 'none'" not in headers.get("content-security-policy", ""):
        found.append("without the headers that every answer has")
    if "access-control-allow-origin" in headers:
        found.append("lets a page of another origin read it")
    if answer.status_code >= 400:
        is_problem = headers.get("content-type") == "application/problem+json"
        if not is_problem or answer.json().get("status") != answer.status_code:
            found.append("no problem as we write them")
        elif case.code is not None and answer.json()["code"] != case.code:
            found.append(f"{answer.json()['code']}, not {case.code}")
    return found
