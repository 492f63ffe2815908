"""What may be a password (NIST SP 800-63B-4 section 3.1.1), and how it is written before it is hashed.

Length is what counts: nobody is told to use digits or capitals. Refused is what guesses begin with. By patterns: what is left of a
password, when everything that anybody would try first is taken out, has to be long enough by itself. And by a list of those that are used
most (`access/much_used.py`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from headway.access.much_used import is_much_used
from headway.model.errors import WeakPassword

SHORTEST = 15
"""Characters. The least where a password is the only factor."""
LONGEST = 256
LEAST_OF_ITS_OWN = 8
"""Characters that are left without words, names, years and rows of keys."""
FEWEST_DISTINCT = 6
NAME_SHORTEST = 3
"""A name of one or two characters stands in many a good password."""

_WORDS = (
    "password", "passwort", "passphrase", "passw", "pass", "kennwort", "geheim", "secret", "mima", "woaini", "密码", "口令", "管理员",
    "headway", "administrator", "admin", "root", "user", "guest", "test", "demo", "login", "signin", "welcome", "willkommen", "hello",
    "hallo", "nihao", "letmein", "changeme", "default", "master", "server", "system", "database", "computer", "internet", "company",
    "iloveyou", "love", "trustno", "whatever", "dragon", "monkey", "football", "baseball", "sunshine", "princess", "superman", "batman",
    "starwars", "shadow", "michael", "freedom", "spring", "summer", "autumn", "winter", "january", "february", "march", "april",
    "june", "july", "august", "september", "october", "november", "december", "monday", "tuesday", "wednesday", "thursday", "friday",
    "saturday", "sunday", "correcthorsebatterystaple",
)  # fmt: skip
_ROWS = (
    "abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertyuiop", "qwertzuiop", "azertyuiop", "asdfghjkl", "zxcvbnm", "1qaz2wsx3edc4rfv5tgb",
)  # fmt: skip
_STRETCH = 4
"""So many keys in a row are a pattern; three stand in many words."""
_LEET = str.maketrans("@4831!05$7", "aabeiiosst")
_YEAR = re.compile(r"(?:19|20)\d\d")


def normal(password: str) -> str:
    """As it is checked and hashed: the same characters, however a keyboard composes them."""
    return unicodedata.normalize("NFC", password)


def check_password(password: str, names: Iterable[str] = ()) -> None:
    """Raise `WeakPassword` for what is too short or too long, for what guesses begin with, and for what holds one of `names`
    (of the account and the person). `why`: short, long, character, name, repeated, common or used; `web/new_passwords.py` adds
    stolen."""
    password = normal(password)
    if len(password) < SHORTEST:
        raise WeakPassword(reason=f"it has {len(password)} characters; at least {SHORTEST} are needed, a few words will do", why="short")
    if len(password) > LONGEST:
        raise WeakPassword(reason=f"it is longer than {LONGEST} characters", why="long")
    if any(unicodedata.category(letter) in {"Cc", "Cs"} for letter in password):
        raise WeakPassword(reason="it holds a control character", why="character")
    folded = password.casefold()
    known = [name.casefold() for name in names if len(name) >= NAME_SHORTEST]
    if any(name in folded for name in known):
        raise WeakPassword(reason="it holds the name of its account", why="name")
    if len(set(folded)) < FEWEST_DISTINCT or _is_repeated(folded):
        raise WeakPassword(reason="it repeats itself", why="repeated")
    if _own(folded) < LEAST_OF_ITS_OWN or _own(folded.translate(_LEET)) < LEAST_OF_ITS_OWN:
        raise WeakPassword(reason="it is made of words, rows of keys or years that guesses begin with; add words of your own", why="common")
    if is_much_used(password):
        raise WeakPassword(reason="it is one of those that are used most, and that guesses begin with; take words of your own", why="used")


def names_of(account: str, display_name: str = "", email: str | None = None) -> list[str]:
    """What a password of the account must not hold."""
    parts = (account, account.partition("@")[0], display_name, (email or "").partition("@")[0])
    return sorted({part for part in parts if part})


def _is_repeated(text: str) -> bool:
    """Whether it is one piece again and again, and perhaps the beginning of it once more."""
    return any(text == (text[:size] * (len(text) // size + 1))[: len(text)] for size in range(1, len(text) // 2 + 1))


def _own(text: str) -> int:
    """Letters and digits that are left without everything that is tried first."""
    plain = "".join(letter for letter in text if letter.isalnum())
    plain = _YEAR.sub("", plain)
    for word in _WORDS:
        plain = plain.replace(word, "")
    return len(_without_rows(plain))


def _without_rows(text: str) -> str:
    """Without stretches of the keyboard or the alphabet, forwards or backwards, and without one character again and again."""
    left: list[str] = []
    at = 0
    while at < len(text):
        size = _stretch(text, at)
        if size < _STRETCH:
            left.append(text[at])
            size = 1
        at += size
    return "".join(left)


def _stretch(text: str, at: int) -> int:
    """How many characters from here on lie in a row."""
    longest = 1
    while text[at : at + longest + 1] == text[at] * (longest + 1):
        longest += 1
    for row in _ROWS:
        for way in (row, row[::-1]):
            size = 1
            while at + size < len(text) and text[at : at + size + 1] in way:
                size += 1
            longest = max(longest, size)
    return longest
