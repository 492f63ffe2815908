from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from headway.access.secret import check_strength, derive_key, open_secret
from headway.model.errors import WeakSecret


def test_the_first_start_makes_one_and_the_second_finds_it(tmp_path: Path) -> None:
    secret = open_secret(tmp_path)
    assert open_secret(tmp_path) == secret
    assert stat.S_IMODE((tmp_path / "secret").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["secret"]
    check_strength(secret)


def test_starts_at_once_agree(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(lambda _: open_secret(tmp_path), range(32)))) == 1


def test_others_must_not_read_it(tmp_path: Path) -> None:
    open_secret(tmp_path)
    (tmp_path / "secret").chmod(0o640)
    with pytest.raises(WeakSecret, match="chmod 600"):
        open_secret(tmp_path)


@pytest.mark.parametrize(
    "weak", ["", "short", "a" * 64, "abab" * 16, "please-changeme-before-production-0123456789", "my-super-SECRET-key-0123456789abcdef"]
)
def test_weak_ones_are_refused(tmp_path: Path, weak: str) -> None:
    with pytest.raises(WeakSecret):
        open_secret(tmp_path, weak)
    (tmp_path / "secret").write_text(weak)
    (tmp_path / "secret").chmod(0o600)
    with pytest.raises(WeakSecret):
        open_secret(tmp_path)


def test_each_purpose_has_a_key_of_its_own() -> None:
    keys = {derive_key("s", purpose) for purpose in ("a", "b")}
    assert len(keys) == 2
    assert all(len(key) == 32 for key in keys)
