"""What a run was given is taken out of whatever it says, in every form in which it may be written; and nothing of ours is harmed."""

from __future__ import annotations

import base64
import json
from urllib.parse import quote

import pytest

from headway.model.secret import SHORTEST_SECRET
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
