"""What an operator may say of algorithms, and what not."""

from __future__ import annotations

import re
from dataclasses import fields

import pytest

from headway.access.algorithms import OFFERED, Algorithms, read_algorithms, spell
from headway.access.anchors import KEY_LIMIT, PUBLIC_KEY, Signer, is_public_key


def test_nothing_said_is_the_first_of_each_use() -> None:
    assert read_algorithms("") == read_algorithms(" , ") == Algorithms()
    assert {field.name for field in fields(Algorithms)} == set(OFFERED)
    for use, offered in OFFERED.items():
        assert getattr(Algorithms(), use) == offered[:1]


def test_the_first_makes_and_all_are_taken() -> None:
    said = read_algorithms("tokens=HS512+HS256, anchors = ML-DSA-65 + Ed25519")
    assert said.tokens == ("HS512", "HS256")
    assert said.anchors == ("ML-DSA-65", "Ed25519")
    assert said.secrets == ("AES-256-GCM",)


@pytest.mark.parametrize("text", ["", "tokens=HS512", "tokens=HS384+HS256,secrets=ChaCha20-Poly1305,audit=SHA3-256+SHA-256"])
def test_it_is_spelt_as_it_was_read(text: str) -> None:
    assert spell(read_algorithms(text)) == text


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("tokens", "names no use"),
        ("cookies=HS256", "names no use"),
        ("=HS256", "names no use"),
        ("tokens=", "HS256, HS384, HS512"),
        ("tokens=none", "HS256, HS384, HS512"),
        ("tokens=hs256", "HS256, HS384, HS512"),
        ("tokens=HS256+HS256", "once"),
        ("tokens=HS256+", "once"),
        ("tokens=HS256,tokens=HS512", "twice"),
        ("audit=MD5", "SHA-256"),
        ("secrets=AES-256-ECB", "AES-256-GCM"),
    ],
)
def test_what_is_none_is_refused_with_what_there_is(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        read_algorithms(text)


def test_public_keys_look_as_the_description_of_the_interface_says() -> None:
    keys = Signer("correct-horse-battery-staple-0123456789", Algorithms(anchors=OFFERED["anchors"])).keys
    assert len(keys) == len(OFFERED["anchors"])
    for key in keys:
        assert re.fullmatch(PUBLIC_KEY, key)
        assert is_public_key(key)
    assert max(map(len, keys)) == KEY_LIMIT
