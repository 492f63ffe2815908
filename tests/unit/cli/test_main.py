"""The command line as a whole, without a server."""

from __future__ import annotations

import argparse
import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from headway.cli.arguments import read_duration, read_moment
from headway.cli.commands import COMMANDS
from headway.cli.exits import Exit, exit_of_error, exit_of_state
from headway.cli.main import call
from headway.cli.output import find_language
from headway.cli.reference import MARK, commands_as_markdown
from headway.cli.serve import make_home
from headway.model.errors import BadSetting, every_error
from headway.model.states import FINAL
from headway.settings import read_settings
from tests.unit.cli.documents_server import DocumentsServer

PAGE = Path(__file__).parents[3] / "docs/reference/cli.md"


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADWAY_LANG", "en")
    # A port on which nobody listens: the discard service of a machine without one.
    monkeypatch.setenv("HEADWAY_URL", "http://127.0.0.1:9")


def test_the_reference_is_what_the_commands_say() -> None:
    assert PAGE.read_text("utf-8").split(MARK)[1] == "\n" + commands_as_markdown(), (
        "run: python -m headway.cli.reference docs/reference/cli.md"
    )


def test_the_reference_names_every_exit_code() -> None:
    listed = {int(code) for code in re.findall(r"^\| (\d+) \|", PAGE.read_text("utf-8"), re.MULTILINE)}
    assert listed == set(Exit)


@pytest.mark.parametrize("state", sorted(FINAL))
def test_every_final_state_has_an_exit_code_of_its_own(state: str) -> None:
    assert exit_of_state(state) is not None
    assert len({exit_of_state(one) for one in FINAL}) == len(FINAL)


def test_every_error_has_an_exit_code() -> None:
    codes = {code: exit_of_error(error("")) for code, error in every_error().items()}
    assert codes["server_unreachable"] == 3
    assert codes["run_not_found"] == codes["forbidden"] == codes["run_final"] == 4
    assert codes["invalid_parameters"] == codes["bad_setting"] == 2
    assert 0 not in codes.values()


def test_help_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert call(["--help"]) == 0
    shown = capsys.readouterr().out
    assert all(re.search(rf"^  {name} ", shown, re.MULTILINE) for name in COMMANDS)


@pytest.mark.parametrize("name", list(COMMANDS))
def test_every_command_explains_itself(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        call(["help", name])
    assert ended.value.code == 0
    assert capsys.readouterr().out.startswith(f"usage: headway {name}")


def test_no_command_is_a_mistake(capsys: pytest.CaptureFixture[str]) -> None:
    assert call([]) == Exit.USAGE
    assert "headway COMMAND" in capsys.readouterr().out


def test_a_command_that_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert call(["wach"]) == Exit.USAGE
    assert "Did you mean watch?" in capsys.readouterr().err
    assert call(["zzzz"]) == Exit.USAGE
    assert "--help" in capsys.readouterr().err


def test_an_option_that_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        call(["ps", "--nothing"])
    assert ended.value.code == Exit.USAGE
    assert "`headway ps --help` explains it." in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments", [["ps"], ["run", "grade"], ["watch", "last"], ["logs", "last"], ["cancel", "last"], ["tasks"], ["show", "last"]]
)
def test_without_a_server_a_command_says_what_to_do(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert call(arguments) == Exit.UNREACHABLE
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "headway serve" in captured.err
    assert "127.0.0.1:9" in captured.err


def test_errors_are_json_where_json_is_wanted(capsys: pytest.CaptureFixture[str]) -> None:
    assert call(["ps", "--json"]) == Exit.UNREACHABLE
    assert json.loads(capsys.readouterr().err)["error"]["code"] == "server_unreachable"


def test_errors_are_in_the_language_of_the_reader(capsys: pytest.CaptureFixture[str]) -> None:
    assert call(["ps", "--lang", "zh-CN"]) == Exit.UNREACHABLE
    assert "没有 Headway 服务器应答" in capsys.readouterr().err


def test_a_setting_that_is_wrong_is_a_mistake_of_use(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("HEADWAY_URL", "not an address")
    assert call(["ps"]) == Exit.USAGE
    assert "HEADWAY_URL" in capsys.readouterr().err


def test_exec_without_a_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert call(["exec"]) == Exit.USAGE
    assert "--" in capsys.readouterr().err


@pytest.mark.parametrize(("given", "wish"), [("a.b.c", {"token": "a.b.c"}), ("t-1", {"id": "t-1"})])
def test_a_token_is_ended_by_itself_or_by_its_id(
    given: str, wish: dict[str, str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HEADWAY_LANG", "en")
    revoked = {"id": "t-1", "revoked_at": "2026-11-22T09:30:00.125Z", "ends_at": "2026-12-22T09:31:00.000Z", "by": "lin"}
    with DocumentsServer({"POST /revocations": revoked}) as server:
        assert call(["token", "--revoke", given, "--url", server.url]) == 0
        assert server.asked == [("POST /revocations", "", wish)]
        assert "Token t-1 is good no more" in capsys.readouterr().out


def test_a_token_needs_the_installations_secret(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(["token"]) == Exit.USAGE
    assert "no secret" in capsys.readouterr().err
    (home / "secret").write_text("k7Pq2Zr9Xw4Lm6Nt8Bv3Cs5Df1Gh0Jy-Ra")
    (home / "secret").chmod(0o600)
    assert call(["token", "--name", "lin", "--days", "2", "--json"]) == 0
    made = json.loads(capsys.readouterr().out)
    assert made["token"].count(".") == 2
    assert made["role"] == "admin"


@pytest.mark.parametrize(
    ("scope", "code"),
    [
        ("project:default:run:read", 0), ("run:019336e1-8f5c-7d3a-9b1e-4f2a6c8d0e12:*", 0), ("run:read", 2), ("project:*:run:read", 2), ("all", 2),
        ("run:x:fly", 2), ("", 2),
    ],
)  # fmt: skip
def test_a_scope_that_grants_nothing_is_refused(scope: str, code: int, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / "secret").write_text("k7Pq2Zr9Xw4Lm6Nt8Bv3Cs5Df1Gh0Jy-Ra")
    (home / "secret").chmod(0o600)
    assert call(["token", "--scope", scope]) == code
    assert ("grants nothing" in capsys.readouterr().err) == bool(code)


def test_the_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert call(["--version"]) == 0
    assert capsys.readouterr().out.startswith("headway 0.")


@pytest.mark.parametrize(
    ("environ", "language"),
    [
        ({}, "en"),
        ({"LANG": "zh_CN.UTF-8"}, "zh-CN"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "C"}, "en"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
        ({"LANG": "en_US.UTF-8", "HEADWAY_LANG": "zh"}, "zh-CN"),
        ({"LANG": "zh_CN.UTF-8", "HEADWAY_LANG": ""}, "zh-CN"),
    ],
)
def test_the_language_is_found(environ: dict[str, str], language: str) -> None:
    assert find_language(environ) == language


@pytest.mark.parametrize(
    ("text", "seconds"), [("90", 90), ("90s", 90), ("10m", 600), ("2h30m", 9000), ("1d", 86_400), ("500ms", 0.5), ("1.5h", 5400)]
)
def test_durations(text: str, seconds: float) -> None:
    assert read_duration(text) == timedelta(seconds=seconds)


def test_moments() -> None:
    now = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
    assert read_moment("10m", now) == now + timedelta(minutes=10)
    assert read_moment("2026-11-23T10:00:00+08:00", now) == datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
    tomorrow = read_moment(now.astimezone().strftime("%H:%M"), now)
    assert tomorrow == now + timedelta(days=1)


@pytest.mark.parametrize("text", ["soon", "10x", "25:99", "", "-5m", "10m 5s"])
def test_what_is_no_moment(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError):
        read_moment(text)


def test_serving_makes_its_home_before_anything_starts(tmp_path: Path) -> None:
    home = tmp_path / "new" / "home"
    make_home(read_settings({"HEADWAY_HOME": str(home)}))
    assert home.stat().st_mode & 0o777 == 0o700
    (tmp_path / "file").touch()
    with pytest.raises(BadSetting, match="cannot be made"):
        make_home(read_settings({"HEADWAY_HOME": str(tmp_path / "file" / "home")}))
