"""Programs of a machine at which somebody signed in: their tokens renew themselves, whoever asks, and at the same time."""

from __future__ import annotations

import json
import stat
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from headway.model.errors import BadSetting, ServerUnreachable, SignInCodeInvalid, Unauthorised
from headway.sdk import sign_in as signing
from headway.sdk.client import Client
from headway.sdk.connection import find_connection
from headway.sdk.http import Http
from headway.sdk.live_wire import renew_token
from headway.sdk.news import TokenExpiring
from headway.sdk.sign_in import FILE, KeptTokens, forget, kept, sign_in, token_for
from headway.sdk.viewer import Viewer
from tests.unit.sdk.stage import Stage, free_port


@pytest.fixture
def stage(home: Path) -> Iterator[Stage]:
    stage = Stage(home).start()
    yield stage
    stage.stop()


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The home of another machine, which has not what the server wrote down."""
    place = tmp_path / "elsewhere"
    monkeypatch.setenv("HEADWAY_HOME", str(place))
    return place


def code_of(stage: Stage) -> str:
    with stage.client() as client:
        return client._http.request("POST", "/sign-in-links", content={}).json()["code"]


def signed_in(stage: Stage, home: Path) -> KeptTokens:
    return sign_in(stage.url, code_of(stage), "importer", home)


def change(home: Path, **fields: Any) -> None:
    """What the file says of the one server in it."""
    written = json.loads((home / FILE).read_text())
    written["sign_ins"] = [one | fields for one in written["sign_ins"]]
    (home / FILE).write_text(json.dumps(written))


def test_a_code_is_exchanged_once_and_its_tokens_are_for_their_owner_alone(stage: Stage, elsewhere: Path) -> None:
    code = code_of(stage)
    made = sign_in(stage.url, code, "importer", elsewhere)
    assert kept(stage.url, elsewhere) == made
    assert stat.S_IMODE((elsewhere / FILE).stat().st_mode) == 0o600
    assert stat.S_IMODE(elsewhere.stat().st_mode) == 0o700
    assert made.token not in repr(made)
    assert made.refresh_token not in repr(made)
    with pytest.raises(SignInCodeInvalid):
        sign_in(stage.url, code, "importer", elsewhere)
    with pytest.raises(ServerUnreachable):
        sign_in(f"http://127.0.0.1:{free_port()}", code, "importer", elsewhere)
    assert kept(stage.url, elsewhere) == made


def test_a_client_uses_it_and_renews_it_when_it_is_about_to_end(stage: Stage, elsewhere: Path) -> None:
    made = signed_in(stage, elsewhere)
    with Client(stage.url) as client:
        assert list(client.list()) == []
        assert kept(stage.url, elsewhere) == made
        change(elsewhere, ends_at=0)
        assert find_connection(stage.url).token != made.token
        renewed = kept(stage.url, elsewhere)
        assert renewed is not None
        assert renewed.refresh_token != made.refresh_token
        assert client.create("imported").created_by == "admin"


def test_one_that_the_server_does_not_take_is_renewed_and_the_request_goes_on(stage: Stage, elsewhere: Path) -> None:
    signed_in(stage, elsewhere)
    change(elsewhere, token="ended.before.its-time")
    with Client(stage.url) as client:
        run = client.create("imported")
        change(elsewhere, token="ended.before.its-time")
        client._http.forget_connection()
        assert [one.id for one in client.list()] == [run.id]
        client._http.forget_connection()
        change(elsewhere, token="ended.before.its-time")
        with client._http.stream("GET", f"/runs/{run.id}/log") as pieces:
            assert b"".join(pieces) is not None
    assert (kept(stage.url, elsewhere) or pytest.fail("signed out")).token.count(".") == 2


def test_of_many_who_find_it_old_one_renews(stage: Stage, elsewhere: Path) -> None:
    """Else the second would bring a refresh token that was used, and all would be signed out."""
    signed_in(stage, elsewhere)
    for _ in range(3):
        change(elsewhere, ends_at=0)
        begin = threading.Barrier(8)

        def ask(_number: int, begin: threading.Barrier = begin) -> str | None:
            begin.wait(10)
            return token_for(stage.url, elsewhere)

        with ThreadPoolExecutor(8) as pool:
            tokens = set(pool.map(ask, range(8)))
        assert len(tokens) == 1
        assert tokens == {(kept(stage.url, elsewhere) or pytest.fail("signed out")).token}
    with Client(stage.url) as client:
        assert list(client.list()) == []


def test_whoever_was_signed_out_is_told_so_and_has_nothing_any_more(stage: Stage, elsewhere: Path) -> None:
    signed_in(stage, elsewhere)
    change(elsewhere, ends_at=0, refresh_token="of.somebody.else")
    with Client(stage.url) as client, pytest.raises(Unauthorised):
        client.create("imported")
    assert kept(stage.url, elsewhere) is None
    assert token_for(stage.url, elsewhere) is None


def test_while_nobody_answers_the_old_one_is_kept(stage: Stage, elsewhere: Path) -> None:
    made = signed_in(stage, elsewhere)
    stage.stop()
    change(elsewhere, ends_at=0)
    assert token_for(stage.url, elsewhere) == made.token
    assert kept(stage.url, elsewhere) == replace(made, ends_at=0)
    stage.start()
    assert token_for(stage.url, elsewhere) not in {None, made.token}


def test_an_answer_that_was_lost_is_asked_for_again(stage: Stage, elsewhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    signed_in(stage, elsewhere)
    change(elsewhere, ends_at=0)
    ask, lost = signing._ask, []

    def ask_and_lose(url: str, path: str, content: dict[str, str]) -> tuple[int, dict[str, Any]]:
        answer = ask(url, path, content)
        if not lost:
            lost.append(answer)
            raise ServerUnreachable(url=url)
        return answer

    monkeypatch.setattr(signing, "_ask", ask_and_lose)
    assert token_for(stage.url, elsewhere) is not None
    (first,) = lost
    assert (kept(stage.url, elsewhere) or pytest.fail("signed out")).refresh_token == first[1]["refresh_token"], "it buys the same"


def test_somebody_who_holds_the_lock_holds_nobody_up_for_ever(stage: Stage, elsewhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = signed_in(stage, elsewhere)
    change(elsewhere, ends_at=0)
    monkeypatch.setattr(signing, "LOCK_SECONDS", 0.2)
    with signing._locked(elsewhere) as is_ours:
        assert is_ours
        assert token_for(stage.url, elsewhere) == made.token


def test_a_live_connection_is_given_the_next_one_before_the_old_one_ends(stage: Stage, elsewhere: Path) -> None:
    made = signed_in(stage, elsewhere)
    viewer = Viewer([], token=made.token)
    change(elsewhere, ends_at=0)
    renew_token(viewer, [TokenExpiring(in_seconds=29.0)], lambda: find_connection(stage.url))
    assert viewer.token == (kept(stage.url, elsewhere) or pytest.fail("signed out")).token != made.token


def test_what_the_program_or_the_environment_says_comes_first(stage: Stage, elsewhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = signed_in(stage, elsewhere)
    assert find_connection(stage.url).token == made.token
    assert find_connection(stage.url, "mine").token == "mine"
    assert find_connection("http://127.0.0.1:9").token is None, "it is for its own server alone"
    monkeypatch.setenv("HEADWAY_TOKEN", "of the environment")
    assert find_connection(stage.url).token == "of the environment"


def test_a_token_that_the_program_gave_is_not_replaced(stage: Stage, elsewhere: Path) -> None:
    signed_in(stage, elsewhere)
    with Client(stage.url, "mine") as client, pytest.raises(Unauthorised):
        list(client.list())
    http = Http(lambda: find_connection(stage.url))
    with pytest.raises(Unauthorised):
        http.request("GET", "/runs", token="mine")
    http.close()


@pytest.mark.parametrize("text", ["", "[]", "{", '{"sign_ins": [{}]}', '{"sign_ins": 7}'])
def test_a_file_that_is_none_of_ours_is_named(elsewhere: Path, text: str) -> None:
    elsewhere.mkdir()
    (elsewhere / FILE).write_text(text)
    with pytest.raises(BadSetting, match="headway login"):
        token_for("http://127.0.0.1:9", elsewhere)


def test_it_is_forgotten_for_one_server_alone(stage: Stage, elsewhere: Path) -> None:
    made = signed_in(stage, elsewhere)
    assert forget("http://127.0.0.1:9", elsewhere) is None
    assert forget(stage.url, elsewhere) == made
    assert kept(stage.url, elsewhere) is None
    assert forget(stage.url, elsewhere / "none") is None
