"""Accounts at a real server: made on the command line, signed in to by password, and out within 5 s when they are disabled."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from tests.acceptance.cli.commands import headway
from tests.acceptance.installation import Installation
from tests.acceptance.web.test_sign_in import ask, exchange, printed_link

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(120)]

GOOD = "tulips under a cold moon"


def closed_with(socket: ClientConnection) -> int:
    """Whatever is said before is passed over."""
    try:
        while True:
            socket.recv(timeout=10)
    except ConnectionClosed as closed:
        return 0 if closed.rcvd is None else closed.rcvd.code


@pytest.mark.one_database("what is asked of the store is in tests/contract/test_store_sign_ins.py")
def test_from_the_printed_link_to_an_account_and_out_again(home: Path) -> None:
    with Installation(home) as running:
        url = running.connection["url"]
        own = {"Origin": url, "Cookie": exchange(printed_link(home)).headers["Set-Cookie"].split(";")[0]}
        first = ask(url, "POST", "/api/v1/session/tokens", **own).json["token"]
        made = ask(url, "POST", "/api/v1/accounts", {"name": "ada", "password": GOOD, "role": "admin"}, Authorization=f"Bearer {first}")
        assert made.status == 201, made.body

        listed = headway(home, "user", "list", "--json")
        assert [each["name"] for each in json.loads(listed.out)["items"]] == ["ada"]
        added = headway(home, "user", "add", "boris", "--role", "operator", "--json")
        assert added.code == 0, added.err
        code = json.loads(added.out)["link"]["code"]
        wanted = ask(url, "POST", "/api/v1/sessions", {"code": code}, Origin=url)
        assert (wanted.status, wanted.json["code"], wanted.json["account"]) == (422, "password_wanted", "boris")
        assert ask(url, "POST", "/api/v1/sessions", {"code": code, "password": GOOD}, Origin=url).status == 201

        signed = ask(url, "POST", "/api/v1/sessions/by-password", {"name": "boris", "password": GOOD}, Origin=url)
        assert signed.status == 201, signed.body
        cookie = {"Origin": url, "Cookie": signed.headers["Set-Cookie"].split(";")[0]}
        token = ask(url, "POST", "/api/v1/session/tokens", **cookie).json["token"]
        assert ask(url, "GET", "/api/v1/tasks", Authorization=f"Bearer {token}").status == 200
        assert ask(url, "GET", "/api/v1/accounts", Authorization=f"Bearer {token}").status == 403

        with connect(f"{url.replace('http', 'ws')}/api/v1/live", origin=url, compression=None) as socket:
            socket.send(json.dumps({"type": "hello", "version": 1, "token": token}))
            assert "welcome" in socket.recv(timeout=10)
            assert headway(home, "user", "disable", "boris").code == 0
            assert 4200 <= closed_with(socket) < 4600, "told so, and not cut off"
        assert ask(url, "GET", "/api/v1/tasks", Authorization=f"Bearer {token}").status == 401
        assert ask(url, "POST", "/api/v1/session/tokens", **cookie).status == 401
        again = ask(url, "POST", "/api/v1/sessions/by-password", {"name": "boris", "password": GOOD}, Origin=url)
        assert (again.status, again.json["code"]) == (401, "sign_in_refused")
