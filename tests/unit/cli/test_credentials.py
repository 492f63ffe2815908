"""`headway key`, `headway share` and `headway token rotate-keys`: what they ask, and what they print where."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from headway.access.algorithms import Algorithms
from headway.access.tokens import Tokens, algorithm_named_in, key_named_in
from headway.cli.exits import Exit
from headway.cli.main import call
from headway.model.signing_key import SigningKey
from tests.unit.cli.documents_server import DocumentsServer

SOON = (datetime.now(UTC) + timedelta(days=3)).isoformat()
SECRET = "k7Pq2Zr9Xw4Lm6Nt8Bv3Cs5Df1Gh0Jy-Ra"
MADE = {"key": "hwk_0123456789ab_" + "c" * 64, "id": "k-1", "prefix": "0123456789ab", "name": "nightly", "expires_at": SOON}
KEY = {
    "id": "k-1", "prefix": "0123456789ab", "name": "nightly\x1b[31m", "scopes": ["run:read", "project:a:run:*"], "owner": "li", "created_at": SOON,
    "expires_at": SOON, "used_at": "2026-11-22T09:30:00.000Z", "rotated_at": None, "old_until": None, "revoked_at": None,
}  # fmt: skip
LINK = {
    "id": "l-1", "run": "r-1", "label": "parents", "created_at": SOON, "created_by": "li", "expires_at": SOON, "opened_count": 3,
    "opened_at": None, "revoked_at": None,
}  # fmt: skip


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADWAY_LANG", "en")


@pytest.mark.parametrize(
    ("arguments", "asked", "wish"),
    [
        (["create", "nightly", "--scope", "run:read"], "POST /keys", {"name": "nightly", "scopes": ["run:read"]}),
        (["create", "x", "--scope", "a", "--scope", "b", "--days", "7"], "POST /keys", {"name": "x", "scopes": ["a", "b"], "days": 7}),
        (["rotate", "k-1"], "POST /keys/k-1/rotation", {}),
        (["rotate", "k-1", "--grace", "2h"], "POST /keys/k-1/rotation", {"grace_seconds": 7_200}),
        (["rotate", "k-1", "--grace", "0", "--days", "9"], "POST /keys/k-1/rotation", {"grace_seconds": 0, "days": 9}),
        (["rotate", "a/../b"], "POST /keys/a%2F..%2Fb/rotation", {}),
    ],
)
def test_a_key_is_printed_alone(arguments: list[str], asked: str, wish: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    with DocumentsServer({asked: MADE}) as server:
        assert call(["key", *arguments, "--url", server.url]) == 0
        assert server.asked == [(asked, "", wish)]
    said = capsys.readouterr()
    assert said.out == f"{MADE['key']}\n"
    assert "shown this once" in said.err
    assert MADE["key"] not in said.err


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["create"], "headway key create"), (["rotate"], "headway key rotate"), (["revoke"], "headway key revoke"), (["create", "x"], "--scope"),
        (["rotate", "k", "--grace", "soon"], "not a duration"),
    ],
)  # fmt: skip
def test_what_is_not_said(arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(["key", *arguments, "--url", "http://127.0.0.1:9"]) == Exit.USAGE
    assert says in capsys.readouterr().err


def test_keys_are_listed_without_what_steers_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    with DocumentsServer({"GET /keys": {"items": [KEY, {**KEY, "id": "k-2", "revoked_at": SOON, "used_at": None}]}}) as server:
        assert call(["key", "--url", server.url]) == 0
        assert call(["key", "list", "--all", "--json", "--url", server.url]) == 0
    out = capsys.readouterr().out
    assert "\x1b[31m" not in out
    assert "2026-11-22 09:30" in out
    assert "ended" in out
    assert json.loads(out[out.index("{") :])["items"][0]["id"] == "k-1"


def test_no_keys(capsys: pytest.CaptureFixture[str]) -> None:
    with DocumentsServer({"GET /keys": {"items": []}}) as server:
        assert call(["key", "--url", server.url]) == 0
    assert "no API keys" in capsys.readouterr().err


def test_a_key_is_revoked_by_its_id(capsys: pytest.CaptureFixture[str]) -> None:
    with DocumentsServer({"DELETE /keys/k-1": KEY}) as server:
        assert call(["key", "revoke", "k-1", "--url", server.url]) == 0
    assert "is good no more" in capsys.readouterr().out


def test_a_key_itself_is_revoked_as_a_token_is(capsys: pytest.CaptureFixture[str]) -> None:
    with DocumentsServer({"POST /revocations": {"id": "k-1", "revoked_at": SOON, "ends_at": SOON, "by": "li"}}) as server:
        assert call(["token", "--revoke", MADE["key"], "--url", server.url]) == 0
        assert server.asked == [("POST /revocations", "", {"token": MADE["key"]})]
    assert MADE["key"] not in capsys.readouterr().out


def test_a_link_is_made_listed_and_taken_back(capsys: pytest.CaptureFixture[str]) -> None:
    at = "/runs/r-1/share-links"
    made = {"url": "http://h/share#code=x", "id": "l-1", "label": "parents", "expires_at": SOON}
    with DocumentsServer({f"POST {at}": made, f"GET {at}": {"items": [LINK]}, f"DELETE {at}/l-1": {}}) as server:
        assert call(["share", "r-1", "--label", "parents", "--days", "3", "--url", server.url]) == 0
        said = capsys.readouterr()
        assert said.out == "http://h/share#code=x\n"
        assert "headway share r-1 --revoke l-1" in said.err
        assert call(["share", "r-1", "--list", "--url", server.url]) == 0
        assert "parents" in capsys.readouterr().out
        assert call(["share", "r-1", "--revoke", "l-1", "--url", server.url]) == 0
        assert "Taken back" in capsys.readouterr().out
        assert server.asked[0] == (f"POST {at}", "", {"label": "parents", "days": 3})


@pytest.mark.parametrize(("more", "is_ending", "says"), [([], False, "stay good"), (["--end-old"], True, "good no more")])
def test_keys_are_rotated(more: list[str], is_ending: bool, says: str, capsys: pytest.CaptureFixture[str]) -> None:
    key = {"id": "5f0c2a91b7d4", "created_at": SOON, "signs_from": SOON, "created_by": "li"}
    with DocumentsServer({"POST /signing-keys": {"key": key, "ended": []}}) as server:
        assert call(["token", "rotate-keys", *more, "--url", server.url]) == 0
        assert server.asked == [("POST /signing-keys", "", {"is_ending_old": is_ending})]
    assert says in capsys.readouterr().out


def test_the_end_of_old_keys_is_not_asked_for_by_accident(capsys: pytest.CaptureFixture[str]) -> None:
    assert call(["token", "--end-old"]) == Exit.USAGE
    assert "rotate-keys" in capsys.readouterr().err


def test_a_token_made_by_hand_is_signed_with_the_key_that_signs_now(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Which is the one that signed the token of the running server."""
    (home / "secret").write_text(SECRET)
    (home / "secret").chmod(0o600)
    at = datetime(2026, 1, 1, tzinfo=UTC)
    tokens = Tokens(SECRET)
    tokens.keys.hold([SigningKey(id="5f0c2a91b7d4", created_at=at, signs_from=at, created_by="li")])
    for content, name in (
        (json.dumps({"token": tokens.issue("admin", role="admin", lifetime=timedelta(days=1))}), "5f0c2a91b7d4"),
        ("{", "first"),
    ):
        (home / "connection.json").write_text(content)
        assert call(["token", "--json"]) == 0
        made = json.loads(capsys.readouterr().out)["token"]
        assert key_named_in(made) == name
    assert not tokens.keys.holds("first")


def test_a_token_made_by_hand_is_signed_by_the_algorithm_that_the_server_signs_by(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its settings are those of a service, and not of the shell."""
    (home / "secret").write_text(SECRET)
    (home / "secret").chmod(0o600)
    server = Tokens(SECRET, algorithms=Algorithms(tokens=("HS512",)))
    token = server.issue("admin", role="admin", lifetime=timedelta(days=1))
    for content, said, wanted in (
        (json.dumps({"token": token}), "", "HS512"), ("{", "tokens=HS384", "HS384"), ("{", "", "HS256"),
    ):  # fmt: skip
        (home / "connection.json").write_text(content)
        monkeypatch.setenv("HEADWAY_ALGORITHMS", said)
        assert call(["token", "--json"]) == 0
        assert algorithm_named_in(json.loads(capsys.readouterr().out)["token"]) == wanted
