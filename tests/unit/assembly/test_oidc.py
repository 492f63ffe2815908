"""Which provider the settings name."""

from __future__ import annotations

from pathlib import Path

import pytest

from headway.access.id_token import ALGORITHMS
from headway.assembly.oidc import find_provider
from headway.model.clock import SystemClock
from headway.model.errors import BadSetting
from headway.settings import read_settings

ISSUER = {"HEADWAY_OIDC_ISSUER": "https://sso.example.org/realms/main"}


def test_without_an_issuer_there_is_none(tmp_path: Path) -> None:
    assert find_provider(read_settings({"HEADWAY_HOME": str(tmp_path)}), SystemClock()) is None


def test_what_is_not_said_follows_from_the_issuer(tmp_path: Path) -> None:
    found = find_provider(read_settings({"HEADWAY_HOME": str(tmp_path), **ISSUER, "HEADWAY_OIDC_CLIENT_ID": "headway"}), SystemClock())
    assert found is not None
    assert (found.name, found.admits) == ("sso.example.org", frozenset())


def test_a_secret_comes_from_one_place(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("a secret\n")
    given = {"HEADWAY_HOME": str(tmp_path), **ISSUER, "HEADWAY_OIDC_CLIENT_ID": "headway", "HEADWAY_OIDC_CLIENT_SECRET_FILE": str(file)}
    found = find_provider(read_settings(given), SystemClock())
    assert found is not None
    assert "a secret" not in repr(found.settings), "nor in any log"
    assert found.settings.client_secret == "a secret"
    with pytest.raises(BadSetting, match="not both"):
        find_provider(read_settings({**given, "HEADWAY_OIDC_CLIENT_SECRET": "x"}), SystemClock())
    with pytest.raises(BadSetting, match="SECRET_FILE"):
        find_provider(read_settings({**given, "HEADWAY_OIDC_CLIENT_SECRET_FILE": str(tmp_path / "nowhere")}), SystemClock())
    file.write_text(" \n")
    with pytest.raises(BadSetting, match="empty"):
        find_provider(read_settings(given), SystemClock())


def test_who_wants_no_rsa_says_so(tmp_path: Path) -> None:
    given = {"HEADWAY_HOME": str(tmp_path), **ISSUER, "HEADWAY_OIDC_CLIENT_ID": "headway"}
    found = find_provider(read_settings({**given, "HEADWAY_OIDC_ALGORITHMS": "ES256, EdDSA"}), SystemClock())
    assert found is not None
    assert found.settings.algorithms == ("ES256", "EdDSA")
    usual = find_provider(read_settings(given), SystemClock())
    assert usual is not None
    assert usual.settings.algorithms == ALGORITHMS
    for wrong in ("HS256", "none", "es256"):
        with pytest.raises(BadSetting, match="HEADWAY_OIDC_ALGORITHMS"):
            find_provider(read_settings({**given, "HEADWAY_OIDC_ALGORITHMS": wrong}), SystemClock())


def test_a_client_has_a_name(tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match="HEADWAY_OIDC_CLIENT_ID"):
        find_provider(read_settings({"HEADWAY_HOME": str(tmp_path), **ISSUER}), SystemClock())
