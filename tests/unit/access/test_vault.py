"""Secrets sealed and opened: in their own place, with a key that is known, and unaltered."""

from __future__ import annotations

import base64
import os
from collections.abc import Sequence
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from headway.access.algorithms import OFFERED, Algorithms
from headway.access.secret import derive_key
from headway.access.vault import Vault, key_id, open_vault
from headway.model.errors import BadSetting, SecretUnreadable
from tests.unit.web.office import SECRET

OLD, NEW = bytes(range(32)), bytes(range(32, 64))
PLACE = {"project": "exams", "name": "KEY", "version": 2}
AES, SIV, CHACHA = OFFERED["secrets"]
each_cipher = pytest.mark.parametrize("cipher", OFFERED["secrets"])


def by(*names: str, keys: Sequence[bytes] = (NEW,)) -> Vault:
    return Vault(keys, algorithms=Algorithms(secrets=names))


@each_cipher
def test_what_is_sealed_opens_again_and_is_never_twice_the_same(cipher: str) -> None:
    vault = by(cipher)
    for value in ("sk-123456", "", "ä\n🌙" * 100):
        key, sealed = vault.seal(value, **PLACE)
        assert key == key_id(NEW)
        assert vault.open(sealed, key=key, **PLACE) == value
        assert sealed != vault.seal(value, **PLACE)[1]
        assert not value or value not in sealed


@each_cipher
@pytest.mark.parametrize("other", [{"project": None}, {"project": "maths"}, {"name": "KEY2"}, {"version": 3}])
def test_it_opens_in_its_own_place_alone(other: dict[str, object], cipher: str) -> None:
    key, sealed = by(cipher).seal("sk-123456", **PLACE)
    with pytest.raises(SecretUnreadable):
        by(cipher).open(sealed, key=key, **{**PLACE, **other})


@each_cipher
def test_every_altered_byte_is_found(cipher: str) -> None:
    vault = by(cipher)
    key, sealed = vault.seal("sk-123456", **PLACE)
    way, _, text = sealed.partition(".")
    data = base64.urlsafe_b64decode(text)
    for at in range(len(data)):
        altered = f"{way}.{base64.urlsafe_b64encode(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]).decode()}"
        with pytest.raises(SecretUnreadable, match="altered"):
            vault.open(altered, key=key, **PLACE)
    for broken in ("", "x", "ä", sealed[:12], sealed + "===="):
        with pytest.raises(SecretUnreadable):
            vault.open(broken, key=key, **PLACE)


def test_what_one_cipher_sealed_is_no_other_s_whatever_stands_in_front() -> None:
    """Each has a key of its own: the letter can be exchanged by whoever writes into the database."""
    vault = by(AES, SIV, CHACHA)
    for maker in OFFERED["secrets"]:
        key, sealed = by(maker).seal("sk-123456", **PLACE)
        assert vault.open(sealed, key=key, **PLACE) == "sk-123456"
        for letter in {"a", "s", "c"} - {sealed[0]}:
            with pytest.raises(SecretUnreadable, match="altered"):
                vault.open(letter + sealed[1:], key=key, **PLACE)


def test_the_first_cipher_seals_and_all_that_are_named_open() -> None:
    key, before = by(AES).seal("sk-123456", **PLACE)
    both, after_all = by(CHACHA, AES), by(CHACHA)
    assert both.open(before, key=key, **PLACE) == "sk-123456"
    assert both.seal("sk-123456", **PLACE)[1].startswith("c.")
    assert by(SIV).seal("sk-123456", **PLACE)[1].startswith("s.")
    for kept in (before, before.removeprefix("a.")):
        with pytest.raises(SecretUnreadable, match="it was sealed by AES-256-GCM, which HEADWAY_ALGORITHMS"):
            after_all.open(kept, key=key, **PLACE)


def test_what_is_current_has_the_newest_key_and_the_first_cipher() -> None:
    key, sealed = by(AES).seal("sk-123456", **PLACE)
    assert by(AES).is_current(sealed, key=key)
    assert by(AES, CHACHA).is_current(sealed.removeprefix("a."), key=key), "as Headway wrote it before"
    assert not by(CHACHA, AES).is_current(sealed, key=key)
    assert not by(AES, keys=(OLD, NEW)).is_current(sealed, key=key)
    assert not by(AES).is_current(f"x{sealed[1:]}", key=key)


def test_what_is_made_where_nothing_is_said_is_what_was_always_made() -> None:
    _, sealed = Vault([NEW]).seal("sk-123456", **PLACE)
    data = base64.urlsafe_b64decode(sealed.removeprefix("a."))
    place = b'["headway secret", "exams", "KEY", 2]'
    assert AESGCM(NEW).decrypt(data[:12], data[12:], place) == b"sk-123456"
    assert open_vault(None, None, SECRET, algorithms=Algorithms(secrets=(SIV,))).maker == SIV  # type: ignore[union-attr]


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
