from __future__ import annotations

from pathlib import Path

import pytest

from headway.access.algorithms import Algorithms
from headway.access.password_cost import Cost
from headway.model.errors import BadSetting
from headway.settings import read_settings, to_environment


def test_defaults(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    settings = read_settings({"HEADWAY_HOME": str(tmp_path)})
    assert (settings.host, settings.port) == ("127.0.0.1", 8765)
    assert settings.database_url == f"sqlite:///{tmp_path}/headway.db"
    assert settings.artifacts_url == f"file://{tmp_path}/artifacts"
    assert settings.tasks == ()
    assert 2 <= settings.children <= 8
    assert (settings.algorithms, settings.password_cost) == (Algorithms(), Cost())
    assert read_settings({**to_environment(settings)}) == settings


def test_arguments_come_before_the_environment(tmp_path: Path) -> None:
    environment = {"HEADWAY_HOME": str(tmp_path), "HEADWAY_PORT": "1", "HEADWAY_TASKS": "a, b"}
    assert read_settings(environment, port="2").port == 2
    assert read_settings(environment, port=None).port == 1
    assert read_settings(environment).tasks == ("a", "b")


def test_the_project_names_its_tasks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pyproject.toml").write_text('[tool.headway]\ntasks = ["one", "two"]\n')
    assert read_settings({}).tasks == ("one", "two")
    (tmp_path / "pyproject.toml").write_text("[tool.headway]\ntasks = 3\n")
    with pytest.raises(BadSetting, match="tasks"):
        read_settings({})
    (tmp_path / "pyproject.toml").write_text("[tool")
    with pytest.raises(BadSetting, match="pyproject"):
        read_settings({})


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("HEADWAY_PORT", "http"), ("HEADWAY_PORT", "-1"), ("HEADWAY_PORT", "65536"), ("HEADWAY_HOST", ""), ("HEADWAY_CHILDREN", "0"),
        ("HEADWAY_CHILDREN", "many"), ("DATABASE_URL", "mysql://x"), ("DATABASE_URL", "headway.db"), ("ARTIFACTS_URL", "ftp://x/y"),
        ("ARTIFACTS_URL", "file://host/y"), ("HEADWAY_LOG_LEVEL", "loud"), ("HEADWAY_ALLOWED_HOSTS", "https://x"),
        ("HEADWAY_ALLOWED_HOSTS", "*"), ("HEADWAY_ALLOWED_ORIGINS", "example.org"), ("HEADWAY_ALLOWED_ORIGINS", "https://*"),
        ("HEADWAY_ALLOWED_ORIGINS", "https://a/b"),
        ("HEADWAY_PUBLIC_URL", "https://a/headway"), ("HEADWAY_PUBLIC_URL", "headway.example.org"), ("HEADWAY_PUBLIC_URL", "https://a,https://b"),
        ("HEADWAY_PUBLIC_URL", "javascript:x"), ("HEADWAY_ARTIFACT_LIMIT", "0"), ("HEADWAY_ARTIFACT_LIMIT", "1X"),
        ("HEADWAY_ARTIFACT_LIMIT", "9999999T"), ("HEADWAY_TOKEN_DAYS", "4000"), ("HEADWAY_HOME", "/dev/null"), ("HEADWAY_MAX_CONNECTIONS", "1"),
        ("HEADWAY_BROKER_URL", "amqp://here"), ("HEADWAY_BROKER_URL", "redis://"), ("HEADWAY_BROKER_PREFIX", "a b"), ("HEADWAY_BROKER_PREFIX", ""),
        ("HEADWAY_GRACE_SECONDS", "-1"), ("HEADWAY_OIDC_ISSUER", "http://sso.example.org"), ("HEADWAY_OIDC_ISSUER", "sso.example.org"),
        ("HEADWAY_OIDC_ISSUER", "https://sso.example.org?x=1"), ("HEADWAY_OIDC_ISSUER", "https://user@sso.example.org"),
        ("HEADWAY_OIDC_SCOPES", "profile email"), ("HEADWAY_OIDC_ADMIT", "everybody"), ("HEADWAY_OIDC_ADMIT", "*.example.org"),
        ("HEADWAY_OIDC_ADMIT", "ada@example.org"), ("HEADWAY_OIDC_ADMIT", "none,example.org"),
        ("HEADWAY_STOLEN_PASSWORDS", "http://api.example.org/range"), ("HEADWAY_STOLEN_PASSWORDS", "https://api.example.org/range?mode=ntlm"),
        ("HEADWAY_STOLEN_PASSWORDS", "ftp://x/y"), ("HEADWAY_STOLEN_PASSWORDS", "https://user@api.example.org/range"),
        ("HEADWAY_SCAN_COMMAND", "clamdscan"), ("HEADWAY_SCAN_COMMAND", "clamdscan --fdpass"), ("HEADWAY_SCAN_COMMAND", "{file} {file}"),
        ("HEADWAY_SCAN_COMMAND", "clamdscan '{file}"), ("HEADWAY_ALGORITHMS", "tokens=none"), ("HEADWAY_PASSWORD_COST", "m=1024,t=1,p=1"),
        ("HEADWAY_PASSWORD_COST", ""),
    ],
)  # fmt: skip
def test_a_bad_setting_is_named(variable: str, value: str) -> None:
    with pytest.raises(BadSetting, match=variable):
        read_settings({variable: value})


def test_a_setting_that_there_is_not() -> None:
    with pytest.raises(BadSetting, match="colour"):
        read_settings({}, colour="red")


def test_a_process_that_is_started_gets_the_same_settings(tmp_path: Path) -> None:
    chosen = read_settings(
        {
            "HEADWAY_HOME": str(tmp_path), "HEADWAY_PORT": "0", "HEADWAY_TASKS": "a,b", "HEADWAY_ARTIFACT_LIMIT": "2M",
            "HEADWAY_ALLOWED_HOSTS": "x.example,y.example", "HEADWAY_ALLOWED_ORIGINS": "https://x.example",
            "HEADWAY_PUBLIC_URL": "https://Headway.example.org/", "HEADWAY_OIDC_ISSUER": "https://sso.example.org/realms/main",
            "HEADWAY_OIDC_SCOPES": "openid, email", "HEADWAY_OIDC_ADMIT": "known,Example.org",
            "HEADWAY_STOLEN_PASSWORDS": "https://api.example.org/range/", "HEADWAY_SCAN_COMMAND": "'a scanner' --fdpass {file}",
            "HEADWAY_ALGORITHMS": "tokens=HS512+HS256, audit=SHA3-256", "HEADWAY_PASSWORD_COST": "m=131072,t=4,p=4",
        }
    )  # fmt: skip
    assert chosen.artifact_limit == 2 << 20
    assert chosen.public_url == "https://headway.example.org"
    assert chosen.oidc_scopes == ("openid", "email")
    assert chosen.oidc_admits == ("known", "example.org")
    assert (chosen.stolen_passwords, chosen.scan_command) == ("https://api.example.org/range", "'a scanner' --fdpass {file}")
    assert chosen.algorithms == Algorithms(tokens=("HS512", "HS256"), audit=("SHA3-256",))
    assert chosen.password_cost == Cost(memory_kib=131_072, rounds=4, lanes=4)
    assert read_settings(to_environment(chosen)) == chosen
