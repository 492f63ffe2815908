"""A real OpenID provider, in a process of its own: `oidc-provider-mock` by its command line; and a browser that signs in at it."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from contextlib import suppress
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx2

from tests.waiting import eventually


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


class ProviderProcess:
    """Use as a context manager. A new start on the same port has new keys, and knows nobody."""

    def __init__(self, port: int | None = None) -> None:
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    def start(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "oidc_provider_mock", "--port", str(self.port), "--require-nonce", "true"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        eventually(self._answers, timeout=30, what="the provider to start")

    def _answers(self) -> bool:
        with suppress(httpx2.HTTPError):
            return httpx2.get(f"{self.url}/jwks", trust_env=False).status_code == 200
        return False

    def stop(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def person(self, subject: str, **claims: Any) -> str:
        body = {"email": f"{subject}@uni.example", "email_verified": True, "name": subject.title(), **claims}
        answer = httpx2.put(
            f"{self.url}/users/{subject}", content=json.dumps(body), headers={"Content-Type": "application/json"}, trust_env=False
        )
        assert answer.status_code == 204, answer.text
        return subject

    def enter(self, url: str, subject: str, **changed: str) -> str:
        """Sign in at the page to which our server has sent the browser; `changed`: what of its address somebody has altered. The path and
        query with which the browser is sent back."""
        parts = urlsplit(url)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()} | changed
        answer = httpx2.post(f"{self.url}{parts.path}?{urlencode(query)}", data={"sub": subject}, trust_env=False)
        assert answer.status_code == 302, answer.text
        back = urlsplit(answer.headers["location"])
        return f"{back.path}?{back.query}"
