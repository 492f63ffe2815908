from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from typing import Any

import pytest

from headway.access.algorithms import OFFERED, Algorithms
from headway.access.derivation import derive
from headway.access.lockout import slot_of
from headway.access.seal import SEAL_LIMIT, SECRET_LIMIT, Seal, find_sealed
from headway.access.secret import derive_key

SECRET = "k9Qw-3mZx_7bTf0LrYd5sVh2NpJc8uAe"


def test_a_secret_is_long_and_never_the_same() -> None:
    made = {Seal.make() for _ in range(1_000)}
    assert len(made) == 1_000
    assert all(43 <= len(one) <= SECRET_LIMIT for one in made)


def test_the_seal_of_a_secret_is_its_own_and_says_nothing_of_it() -> None:
    seal = Seal(SECRET)
    secret = seal.make()
    assert seal.of(secret) == Seal(SECRET).of(secret)
    assert seal.of(secret) != seal.of(seal.make())
    assert secret not in seal.of(secret)
    assert len(seal.of("\ud800 x" * 1_000)) == 64


def test_another_installation_seals_otherwise() -> None:
    one, other = Seal(SECRET), Seal(SECRET[::-1])
    assert one.of("x") != other.of("x")
    assert one.name != other.name
    assert one.name == Seal(SECRET).name


WAYS: dict[str, tuple[str, bytes, Callable[[], Any]]] = {
    "HMAC-SHA-256": ("", derive_key(SECRET, "sessions"), hashlib.sha256),
    "HMAC-SHA-512": ("sha512:", derive(SECRET.encode(), "HMAC-SHA-512 sessions", 64), hashlib.sha512),
    "HMAC-SHA3-256": ("sha3-256:", derive(SECRET.encode(), "HMAC-SHA3-256 sessions", 32), hashlib.sha3_256),
}


def by(*names: str) -> Seal:
    return Seal(SECRET, Algorithms(seals=names))


@pytest.mark.parametrize("name", OFFERED["seals"])
def test_each_algorithm_has_a_key_of_its_own_and_says_its_name(name: str) -> None:
    tag, key, digest = WAYS[name]
    sealed = by(name).of("x")
    assert sealed == tag + hmac.new(key, b"x", digest).hexdigest()
    assert len(sealed) <= SEAL_LIMIT


def test_what_was_kept_before_there_were_algorithms_is_still_found() -> None:
    before = hmac.new(derive_key(SECRET, "sessions"), b"x", hashlib.sha256).hexdigest()
    assert Seal(SECRET).of("x") == before
    assert Seal(SECRET).each("x") == (before,)
    assert before in by("HMAC-SHA3-256", "HMAC-SHA-256").each("x")


def test_the_first_makes_and_all_are_looked_for() -> None:
    seal = by("HMAC-SHA-512", "HMAC-SHA-256")
    assert seal.each("x") == (by("HMAC-SHA-512").of("x"), by("HMAC-SHA-256").of("x"))
    assert seal.of("x") == seal.each("x")[0]
    assert (seal.is_by_maker(seal.each("x")[0]), seal.is_by_maker(seal.each("x")[1])) == (True, False)
    looked: list[str] = []
    kept = {seal.each("x")[1]: "it"}

    def find(each: str) -> str | None:
        looked.append(each)
        return kept.get(each)

    assert find_sealed(find, seal.each("x")) == "it"
    assert find_sealed(find, seal.each("y")) is None
    assert looked == [*seal.each("x"), *seal.each("y")]


def test_a_seal_matches_by_the_algorithm_that_it_names_if_that_is_taken() -> None:
    both, new = by("HMAC-SHA-512", "HMAC-SHA-256"), by("HMAC-SHA-512")
    for kept in both.each("x"):
        assert both.matches("x", kept)
        assert not both.matches("y", kept)
    assert [new.matches("x", kept) for kept in both.each("x")] == [True, False]
    digits = both.of("x").removeprefix("sha512:")
    for wrong in ("", digits, f":{digits}", f"sha3-256:{digits}", f"SHA512:{digits}", f"sha512:{digits} ", "sha512:", "sha512:é\ud800"):
        assert not both.matches("x", wrong), wrong


def test_what_is_no_secret_keeps_its_mark() -> None:
    """Else a change would sign everybody out by the name of their cookie, and forget who has tried too often."""
    assert by("HMAC-SHA-512").name == Seal(SECRET).name
    assert by("HMAC-SHA3-256").mark("x") == Seal(SECRET).of("x")
    assert slot_of("ada", by("HMAC-SHA3-256")) == slot_of("ada", Seal(SECRET))
