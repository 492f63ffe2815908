from __future__ import annotations

from headway.access.seal import SECRET_LIMIT, Seal

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
