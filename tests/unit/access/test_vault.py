"""Secrets sealed and opened: in their own place, with a key that is known, and unaltered."""

from __future__ import annotations

import base64
import os
from pathlib import Path

import pytest

from headway.access.secret import derive_key
from headway.access.vault import Vault, key_id, open_vault
from headway.model.errors import BadSetting, SecretUnreadable
from tests.unit.web.office import SECRET

OLD, NEW = bytes(range(32)), bytes(range(32, 64))
PLACE = {"project": "exams", "name": "KEY", "version": 2}


def test_what_is_sealed_opens_again_and_is_never_twice_the_same() -> None:
    vault = Vault([NEW])
    for value in ("sk-123456", "", "ä\n🌙" * 100):
        key, sealed = vault.seal(value, **PLACE)
        assert key == key_id(NEW)
        assert vault.open(sealed, key=key, **PLACE) == value
        assert sealed != vault.seal(value, **PLACE)[1]
        assert not value or value not in sealed


@pytest.mark.parametrize("other", [{"project": None}, {"project": "maths"}, {"name": "KEY2"}, {"version": 3}])
def test_it_opens_in_its_own_place_alone(other: dict[str, object]) -> None:
    key, sealed = Vault([NEW]).seal("sk-123456", **PLACE)
    with pytest.raises(SecretUnreadable):
        Vault([NEW]).open(sealed, key=key, **{**PLACE, **other})


def test_every_altered_byte_is_found() -> None:
    key, sealed = Vault([NEW]).seal("sk-123456", **PLACE)
    way, _, text = sealed.partition(".")
    data = base64.urlsafe_b64decode(text)
    for at in range(len(data)):
        altered = f"{way}.{base64.urlsafe_b64encode(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]).decode()}"
        with pytest.raises(SecretUnreadable):
            Vault([NEW]).open(altered, key=key, **PLACE)
    for broken in ("", "x", "ä", sealed[:12], sealed + "===="):
        with pytest.raises(SecretUnreadable):
            Vault([NEW]).open(broken, key=key, **PLACE)


def test_how_it_was_sealed_is_written_in_front_and_what_was_sealed_before_opens() -> None:
    vault = Vault([NEW])
    key, sealed = vault.seal("sk-123456", **PLACE)
    assert sealed.startswith("a.")
    assert vault.open(sealed.removeprefix("a."), key=key, **PLACE) == "sk-123456", "as Headway wrote it before"
    for other in ("b.", "aa.", "."):
        with pytest.raises(SecretUnreadable, match="in a way that this version of Headway does not know"):
            vault.open(other + sealed.removeprefix("a."), key=key, **PLACE)


def test_the_first_key_seals_and_all_open() -> None:
    key, sealed = Vault([OLD]).seal("sk-123456", **PLACE)
    both = Vault([NEW, OLD])
    assert both.open(sealed, key=key, **PLACE) == "sk-123456"
    assert both.seal("sk-123456", **PLACE)[0] == key_id(NEW) == both.newest
    with pytest.raises(SecretUnreadable, match=key):
        Vault([NEW]).open(sealed, key=key, **PLACE)


def test_where_keys_come_from(tmp_path: Path) -> None:
    assert open_vault(None, None, None) is None
    derived = open_vault(None, None, SECRET)
    assert derived is not None
    assert derived.newest == key_id(derive_key(SECRET, "secrets"))
    new, old = (base64.b64encode(key).decode() for key in (NEW, OLD))
    file = tmp_path / "keys"
    file.write_text(f"{old}\n")
    file.chmod(0o600)
    vault = open_vault(f"{new.rstrip('=')}, {base64.urlsafe_b64encode(os.urandom(32)).decode()}", file, SECRET)
    assert vault is not None
    assert vault.newest == key_id(NEW)
    for made in (Vault([OLD]), derived):
        key, sealed = made.seal("sk-123456", **PLACE)
        assert vault.open(sealed, key=key, **PLACE) == "sk-123456"


def test_keys_that_are_none_are_refused_and_not_repeated(tmp_path: Path) -> None:
    for bad in ("short", "a" * 43 + "é", base64.b64encode(bytes(31)).decode(), base64.b64encode(bytes(33)).decode()):
        with pytest.raises(BadSetting) as error:
            open_vault(bad, None, None)
        assert bad not in error.value.message
    file = tmp_path / "keys"
    with pytest.raises(BadSetting, match="cannot be read"):
        open_vault(None, file, None)
    file.write_text(base64.b64encode(NEW).decode())
    file.chmod(0o640)
    with pytest.raises(BadSetting, match="chmod 600"):
        open_vault(None, file, None)
