"""Who attacks: somebody who signs in at the server as people do, with an account that may do everything, and does so again whenever an
attack has ended the session, changed the password, or locked the name."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx2

from headway.access.secret import open_secret
from headway.access.tokens import Tokens

LASTING = timedelta(hours=6)
PASSWORD = "nine herons on one leg in the rain"


class NotLetIn(Exception):
    """The server does not let the attacks in, says the text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    token: str
    """Of a session of the account, good for ten minutes."""
    cookie_name: str
    cookie: str


@dataclass
class Caller:
    """`home`: of the attacked installation, whose `connection.json` makes the accounts."""

    home: Path
    name: str
    _numbers: Iterator[int] = field(default_factory=count)
    _cookie: tuple[str, str] | None = None
    _account: str | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def credentials(self) -> Credentials:
        """New ones. Raises `NotLetIn`."""
        with self._lock:
            steps: tuple[Callable[[], None], ...] = (lambda: None, self._sign_in, self._settle)
            said = ""
            for step in steps:
                try:
                    step()
                    return self._token()
                except NotLetIn as error:
                    said = str(error)
            raise NotLetIn(said)

    def lasting(self) -> Credentials:
        """Credentials whose token is good as long as the session: for tools that cannot ask for another."""
        given = self.credentials()
        session = self._ask("GET", "/session", headers={"Cookie": f"{given.cookie_name}={given.cookie}"}).json()
        account = session["principal"]["id"]
        tokens = Tokens(open_secret(self.home))
        token = tokens.issue(account, account=account, session=session["id"], lifetime=LASTING)
        return Credentials(token=token, cookie_name=given.cookie_name, cookie=given.cookie)

    def _token(self) -> Credentials:
        if self._cookie is None:
            raise NotLetIn("nobody is signed in")
        name, secret = self._cookie
        answer = self._ask("POST", "/session/tokens", headers={"Cookie": f"{name}={secret}"})
        return Credentials(token=answer.json()["token"], cookie_name=name, cookie=secret)

    def _sign_in(self) -> None:
        if self._account is None:
            raise NotLetIn("there is no account yet")
        answer = self._ask("POST", "/sessions/by-password", json={"name": self._account, "password": PASSWORD})
        name, _, secret = answer.headers["set-cookie"].partition(";")[0].partition("=")
        self._cookie = (name, secret)

    def _settle(self) -> None:
        """Another account: the one of before is somebody else's now, or nobody's. Where an attack had others approve of new administrators
        there would be none: nobody is here to approve."""
        owner = {"Authorization": f"Bearer {connection(self.home)['token']}"}
        for each in self._ask("GET", "/protections", headers=owner).json()["items"]:
            if each["grant_admin"]:
                self._ask("PUT", f"/projects/{quote(each['project'], safe='')}/protection", json={}, headers=owner)
        account = f"{self.name}-{next(self._numbers)}"
        body = {"name": account, "password": PASSWORD, "role": "admin"}
        answer = self._ask("POST", "/accounts", json=body, headers=owner)
        if answer.status_code == 202:
            raise NotLetIn(f"others were asked for a new administrator: {answer.text[:300]}")
        self._account = account
        self._sign_in()

    def _ask(self, method: str, path: str, **more: Any) -> httpx2.Response:
        url = connection(self.home)["url"]
        headers = {"Origin": url, **more.pop("headers", {})}
        answer = httpx2.request(method, f"{url}/api/v1{path}", headers=headers, timeout=20, **more)
        if answer.status_code >= 300:
            raise NotLetIn(f"{method} {path}: {answer.status_code} {answer.text[:300]}")
        return answer


def connection(home: Path) -> dict[str, str]:
    """`url` and `token` of the installation."""
    return json.loads((home / "connection.json").read_text(encoding="utf-8"))
