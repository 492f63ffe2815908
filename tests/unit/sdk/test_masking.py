"""What a run was given is taken out of whatever it says, in every form in which it may be written; and nothing of ours is harmed."""

from __future__ import annotations

import base64
import json
import textwrap
from typing import Any
from urllib.parse import quote, quote_plus

import pytest

from headway.model.events import TEXT_LIMIT
from headway.model.secret import SHORTEST_SECRET
from headway.sdk.lines import Lines
from headway.sdk.masking import MASK, Mask

KEY = 'sk-"9f\\2c\tä'
PEM = "-----BEGIN KEY-----\nMIIEvQIBADAN\nBgkqhkiG9w0B\n-----END KEY-----\n"


@pytest.mark.parametrize(
    "text",
    [
        KEY, f"key={KEY}.", json.dumps({"a": KEY}), json.dumps({"a": KEY}, ensure_ascii=False), repr(KEY), f"?key={quote(KEY, safe='')}",
        f"/{quote(KEY)}/x", base64.b64encode(KEY.encode()).decode(), KEY * 3,
    ],
)  # fmt: skip
def test_every_form_is_masked(text: str) -> None:
    masked = Mask([KEY]).text(text)
    assert MASK in masked
    for form in (KEY, json.dumps(KEY)[1:-1], json.dumps(KEY, ensure_ascii=False)[1:-1], repr(KEY)[1:-1], quote(KEY, safe="")):
        assert form not in masked


def test_of_a_value_of_several_lines_each_line_is_masked() -> None:
    mask = Mask([PEM])
    for line in PEM.splitlines():
        assert mask.text(f"read: {line}") == f"read: {MASK}"
    assert mask.text(PEM).strip() == MASK


def test_of_two_values_the_longer_counts() -> None:
    assert Mask(["abcdef", "abcdefghij"]).text("abcdefghij abcdef") == f"{MASK} {MASK}"


def test_values_within_json_are_masked_and_it_stays_json() -> None:
    mask = Mask(["123456", "hidden"])
    given = {"a": ["x hidden y", 123456, 1234567.5, True, None], "hidden": {"b": 7}}
    assert mask.value(given) == {"a": [f"x {MASK} y", MASK, MASK, True, None], MASK: {"b": 7}}
    assert json.loads(mask.encoded(json.dumps(given))) == mask.value(given)


def test_words_of_the_protocol_are_left_alone() -> None:
    mask = Mask(["log.written", "succeeded", "message"])
    event = {"kind": "log.written", "at": "2026-11-22T09:30:00.125Z", "level": "info", "message": "a message: succeeded"}
    assert mask.event(event) == {**event, "message": f"a {MASK}: {MASK}"}


def test_without_values_nothing_is_masked() -> None:
    assert Mask([]).text("anything") == "anything"
    assert Mask(["x" * (SHORTEST_SECRET - 1)]).text("xxxxx") == "xxxxx", "refused when it is set; here it would mask half of the log"


LONG = "tok_" + "".join(chr(97 + number * 7 % 26) for number in range(60))
"""64 characters, no eight of which stand in it twice near each other."""


def test_more_forms() -> None:
    odd = "p~s+w/rd ü?&9"
    mask = Mask([odd, KEY])
    for value in (odd, KEY):
        for form in (
            quote_plus(value), quote(value, safe="").lower() if value == KEY else quote(value, safe=""), json.dumps(value).replace("/", "\\/"),
            base64.urlsafe_b64encode(value.encode()).decode(),
        ):  # fmt: skip
            assert MASK in mask.text(f"x {form} y"), form


@pytest.mark.parametrize("before", ["", "a", "ab", "user:", "somebody:"])
@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
def test_within_base64_of_something_longer(before: str, encode: Any) -> None:
    masked = Mask([LONG]).text("Basic " + encode(f"{before}{LONG}:more".encode()).decode())
    assert MASK in masked
    rest = masked.replace("Basic ", "").replace(MASK, "")
    assert len(rest) < 24, "of the neighbours alone, and of at most one character of the value"


@pytest.mark.parametrize("size", range(4, 64))
def test_of_a_value_that_a_limit_has_cut_the_part_is_masked(size: int) -> None:
    mask = Mask([LONG])
    filler = "x " * 200
    assert mask.line(filler + LONG[:size]) == filler + MASK
    assert mask.line(LONG[-size:] + filler) == MASK + filler
    assert mask.line(f"key: {LONG[:size]}…") == f"key: {MASK}…"
    assert mask.value({"k": LONG[:size] + "…"}) == {"k": MASK + "…"}


def test_of_a_value_that_stands_in_two_lines_both_parts_are_masked() -> None:
    mask = Mask([LONG])
    assert [mask.line(text) for text in (f"key {LONG[:30]}", f"{LONG[30:]} and more")] == [f"key {MASK}", f"{MASK} and more"]
    wrapped = textwrap.wrap(base64.b64encode((LONG * 9).encode()).decode(), 76)
    long = Mask([LONG * 9])
    assert {long.line(line) for line in wrapped[:-1]} == {MASK}


def test_what_only_looks_like_a_part_is_left() -> None:
    mask = Mask([LONG, "postgresql://grader:Zq7w9Kx4@db.example.org/grades", PEM])
    for text in (
        "connected to postgres",
        "tok",
        "",
        "…",
        "tok_ab",
        "db.example.org",
        "----------------",
        "a line that ends with tok_",
        PEM[:5],
    ):
        assert mask.line(text) == text
    assert mask.value({"host": "db.example.org/grades"}) == {"host": "db.example.org/grades"}, "what a task returns is not a line"


def test_a_text_that_is_nothing_but_the_middle_of_a_value() -> None:
    value = "".join(chr(33 + (number * number + 7 * number) % 90) for number in range(5_000))
    assert Mask([value]).line(value[1_000:2_000]) == MASK


def test_half_a_line_waits_for_the_end_of_a_value() -> None:
    """Bytes that come in pieces, in a line that never ends: no part holds a value, nor a piece of one."""
    mask = Mask([LONG])
    for offset in range(TEXT_LIMIT - 70, TEXT_LIMIT + 6, 5):
        lines = Lines(mask)
        data = (b"." * offset + LONG.encode()) * 3 + b"." * TEXT_LIMIT
        found = [text for at in range(0, len(data), 997) for text, _ in lines.feed(data[at : at + 997])]
        whole = "".join([*found, *(text for text, _ in lines.close())])
        assert whole == ("." * offset + MASK) * 3 + "." * TEXT_LIMIT
        assert max(map(len, found)) <= TEXT_LIMIT
