"""What a browser keeps of a sign-in that has begun."""

from __future__ import annotations

from datetime import timedelta

import pytest

from headway.access.algorithms import OFFERED, Algorithms
from headway.access.pending import SEALED_LIMIT, Pending, PendingSeal
from headway.testing.clock import START

SECRET = "k9Qw-3mZx_7bTf0LrYd5sVh2NpJc8uAe"
PENDING = Pending(
    state="s" * 43, nonce="n" * 43, verifier="v" * 86, to="/runs?state=failed&tag=学生", account="ada", ends_at=START.timestamp() + 600
)


def by(*names: str) -> PendingSeal:
    return PendingSeal(SECRET, algorithms=Algorithms(secrets=names))


each_cipher = pytest.mark.parametrize("seal", [by(name) for name in OFFERED["secrets"]], ids=OFFERED["secrets"])


def test_one_that_is_under_way_ends_by_a_server_that_takes_its_cipher() -> None:
    aes, _, chacha = OFFERED["secrets"]
    begun = PendingSeal(SECRET).close(PENDING)
    assert by(chacha, aes).open(begun, START) == PENDING
    assert by(chacha).open(begun, START) is None
    assert by(aes, chacha).open(by(chacha, aes).close(PENDING), START) == PENDING
    assert by(aes).open(by(chacha, aes).close(PENDING), START) is None


@each_cipher
def test_what_was_sealed_is_opened_by_the_same_installation_in_time(seal: PendingSeal) -> None:
    sealed = seal.close(PENDING)
    assert seal.open(sealed, START) == PENDING
    assert seal.open(sealed, START + timedelta(seconds=599)) == PENDING
    assert seal.open(sealed, START + timedelta(seconds=600)) is None
    assert PendingSeal(SECRET[::-1]).open(sealed, START) is None
    assert len(sealed) < SEALED_LIMIT
    assert sealed.replace("-", "").replace("_", "").isalnum(), "as a cookie carries it"


def test_nobody_reads_it_and_no_two_are_alike() -> None:
    seal = PendingSeal(SECRET)
    sealed = seal.close(PENDING)
    assert "vvvv" not in sealed
    assert seal.close(PENDING) != sealed


@pytest.mark.parametrize("wrong", ["", "x", "ü", "=", "A" * SEALED_LIMIT, "A" * (SEALED_LIMIT + 1), "....", "\n"])
def test_what_is_no_seal(wrong: str) -> None:
    assert by(*OFFERED["secrets"]).open(wrong, START) is None


@each_cipher
def test_a_change_of_one_character_anywhere_opens_nothing(seal: PendingSeal) -> None:
    sealed = seal.close(PENDING)
    for at in range(0, len(sealed) - 1, 7):
        other = "A" if sealed[at] != "A" else "B"
        assert seal.open(sealed[:at] + other + sealed[at + 1 :], START) is None, at
