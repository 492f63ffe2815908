"""Ciphers and their keys: one key for one cipher, and what was made yesterday is opened tomorrow."""

from __future__ import annotations

import hashlib
import hmac

import pytest
from cryptography.exceptions import InvalidTag, UnsupportedAlgorithm
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from headway.access import ciphers
from headway.access.algorithms import OFFERED
from headway.access.ciphers import KEY_BYTES, NONCE_BYTES, open_ciphers
from headway.access.derivation import derive
from headway.model.errors import BadSetting

KEY = bytes(range(KEY_BYTES))
NONCE = bytes(NONCE_BYTES)
SECRETS = OFFERED["secrets"]


def rfc5869(material: bytes, info: bytes, size: int) -> bytes:
    """Written out, as the RFC says it."""
    key = hmac.new(bytes(64), material, hashlib.sha512).digest()
    block, found, number = b"", b"", 1
    while len(found) < size:
        block = hmac.new(key, block + info + bytes([number]), hashlib.sha512).digest()
        found, number = found + block, number + 1
    return found[:size]


def test_a_key_is_derived_as_the_rfc_says_and_as_it_always_will_be() -> None:
    for size in (32, 48, 64, 65, 130):
        assert derive(KEY, "some use", size) == rfc5869(KEY, b"headway/some use", size)
    assert derive(KEY, "ChaCha20-Poly1305", 32).hex() == "d93c038f8699358572d4b173a41c67f4cc052e35b98d2a53353b37a07cdab816"
    assert derive(KEY, "AES-256-GCM-SIV", 32).hex() == "7eaa3a870bc8ff66186ad6e703b757684290d16c6431e9a592a0fffe1c97b84c"


def test_every_cipher_that_is_offered_is_there_in_the_order_that_was_asked_for() -> None:
    assert tuple(open_ciphers(KEY, SECRETS)) == SECRETS
    assert tuple(open_ciphers(KEY, SECRETS[::-1])) == SECRETS[::-1]


def test_the_first_has_the_key_itself_and_each_other_one_of_its_own() -> None:
    made = {name: cipher.encrypt(NONCE, bytes(64), b"") for name, cipher in open_ciphers(KEY, SECRETS).items()}
    assert made["AES-256-GCM"] == AESGCM(KEY).encrypt(NONCE, bytes(64), b"")
    for name in ("AES-256-GCM-SIV", "ChaCha20-Poly1305"):
        assert made[name] != ciphers.MADE_BY[name](KEY).encrypt(NONCE, bytes(64), b"")
    for name, cipher in open_ciphers(KEY, SECRETS).items():
        for other in SECRETS:
            if other != name:
                with pytest.raises(InvalidTag):
                    cipher.decrypt(NONCE, made[other], b"")


def test_what_openssl_does_not_offer_is_a_bad_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(key: bytes) -> ciphers.Cipher:
        raise UnsupportedAlgorithm("not in this OpenSSL")

    monkeypatch.setattr(ciphers, "MADE_BY", {**ciphers.MADE_BY, "AES-256-GCM-SIV": refuse})
    with pytest.raises(BadSetting, match=r"HEADWAY_ALGORITHMS.*AES-256-GCM-SIV"):
        open_ciphers(KEY, ("AES-256-GCM-SIV",))
