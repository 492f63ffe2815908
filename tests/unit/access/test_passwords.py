"""What may be a password."""

from __future__ import annotations

import re

import pytest

from headway.access.much_used import FILE, HASH_BYTES, hash_of, hashes, holds, is_much_used
from headway.access.passwords import LONGEST, SHORTEST, check_password, names_of, normal
from headway.model.errors import WeakPassword
from tools.much_used_passwords import make

NAMES = names_of("ada.king@uni.example", "Ada King", "a.lovelace@uni.example")

GOOD = [
    "tulips under a cold moon", "Vierzehn Igel tanzen!", "x7Qw-3mZx_7bTf0L", "我家门前有两棵枣树和一只慢吞吞的猫", "наша кошка любит рыбу",
    "grading fifty exams by night", "my headway to the green hill", "🙂 rowing boats in 1987 rain", "a" + "bcfhkmpquvz" * 2 + "!xyw",
    "aé̀ tiny wooden horse", " leading and trailing ",
]  # fmt: skip


@pytest.mark.parametrize("password", GOOD)
def test_what_is_long_and_ones_own_is_taken(password: str) -> None:
    check_password(password, NAMES)
    assert len(normal(password)) >= SHORTEST


BAD = {
    "": "short",
    "Tr0ub4dor&3": "short",
    "12345678901234": "short",
    "x" * 15: "repeated",
    "abababababababab": "repeated",
    "tulips moon tulips moon ": "repeated",
    "HeadwayHeadwayHeadway": "repeated",
    "password1234567": "common",
    "P@ssw0rd-P@ssw0rd!2024": "common",
    "Headway-Admin-2026!!": "common",
    "qwertyuiopasdfghjkl": "common",
    "lkjhgfdsa0987654321": "common",
    "abcdefghijklmnop": "common",
    "ponmlkjihgfedcba": "common",
    "Summer2024Winter2025": "common",
    "iloveyou.welcome.12345": "common",
    "admin admin1 administrator": "common",
    "密码密码1234567管理员123": "common",
    "letmein......................": "common",
    "correct horse battery staple": "common",
    "1qaz2wsx3edc4rfv": "common",
    "ada.king@uni.example-7": "name",
    "the rights of ADA KING today": "name",
    "here A.LOVELACE counts": "name",
    "tulips under\na cold moon": "character",
    "tulips under a cold moon\x00": "character",
    "tulips under a cold \ud800moon": "character",
}


@pytest.mark.parametrize(("password", "why"), BAD.items())
def test_what_is_refused_says_why(password: str, why: str) -> None:
    with pytest.raises(WeakPassword) as refused:
        check_password(password, NAMES)
    assert refused.value.fields["why"] == why
    assert not password or password not in refused.value.message, "an error never says the password again"


def test_the_bounds_of_length_are_of_characters_as_they_are_hashed() -> None:
    decomposed = "e\u0301 wooden horse"  # fifteen, that are fourteen
    with pytest.raises(WeakPassword):
        check_password(decomposed)
    check_password(decomposed + "s")
    letters = "tulips under a cold moon "
    check_password((letters + "?") * 9 + "x" * (LONGEST - 9 * 26))
    with pytest.raises(WeakPassword) as refused:
        check_password((letters + "?") * 9 + "x" * (LONGEST - 9 * 26 + 1))
    assert refused.value.fields["why"] == "long"


def test_a_password_is_the_same_however_it_was_typed() -> None:
    assert normal("e\u0301") == normal("\u00e9")
    assert normal("ﬁ") != "fi", "what looks alike stays different: NFC, not NFKC"


def test_a_name_of_two_letters_is_in_many_good_passwords() -> None:
    check_password("flights to lisbon", names_of("li"))


def test_the_longest_password_is_looked_through_quickly() -> None:
    """What people send is bounded, and so is what it costs: no pattern here tries a place again and again."""
    for letter in ("a", "0", "ab", "qwertyuiop"):
        with pytest.raises(WeakPassword):
            check_password((letter * LONGEST)[:LONGEST])


USED = ["qazwsxedcrfvtgb", "Mailcreated5240", "MAILCREATED5240", "polniypizdec0211"]


@pytest.mark.parametrize("password", USED)
def test_what_is_used_most_is_refused_however_it_is_written(password: str) -> None:
    with pytest.raises(WeakPassword) as refused:
        check_password(password)
    assert refused.value.fields["why"] == "used"


def test_the_list_holds_the_3000_that_the_rules_would_let_through_and_more() -> None:
    """Nobody keeps the passwords themselves: how many of them pass the other rules was counted when the list was made."""
    listed = hashes()
    each = [listed[at : at + HASH_BYTES] for at in range(0, len(listed), HASH_BYTES)]
    assert each == sorted(set(each))
    assert len(listed) % HASH_BYTES == 0
    about = FILE.read_bytes().partition(b"\n")[0].decode()
    counts = re.match(r"The (\d+) of (\d+) much used passwords .*; (\d+) of them pass all other rules\. From: ", about)
    assert counts is not None
    assert len(each) == int(counts[1])
    assert int(counts[3]) >= 3_000


def test_every_hash_of_the_list_is_found_and_no_other() -> None:
    listed = hashes()
    for at in range(0, len(listed), HASH_BYTES):
        assert holds(listed[at : at + HASH_BYTES])
    assert not holds(b"\0" * HASH_BYTES)
    assert not holds(b"\xff" * HASH_BYTES)
    assert not is_much_used("tulips under a cold moon")


def test_the_list_is_made_of_what_is_long_enough() -> None:
    made = make(["short", "x" * 15, "Qazwsxedcrfvtgb", "qazwsxedcrfvtgb", "tulips under a cold moon", "y" * (LONGEST + 1)], "here")
    about, _, listed = made.partition(b"\n")
    assert sorted(map(hash_of, ["x" * 15, "qazwsxedcrfvtgb", "tulips under a cold moon"])) == [listed[:8], listed[8:16], listed[16:]]
    assert about.startswith(b"The 3 of 6 ")
    assert b"; 2 of them pass all other rules. From: here" in about
