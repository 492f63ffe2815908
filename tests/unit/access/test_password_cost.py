"""What the hash of a password may cost."""

from __future__ import annotations

import pytest

from headway.access.password_cost import LEAST, MOST, Cost, read_cost, spell_cost


def test_it_is_read_as_it_is_spelt() -> None:
    assert read_cost("m=131072,t=4,p=4") == Cost(memory_kib=131_072, rounds=4, lanes=4)
    assert read_cost(" p=1 , m=19456, t = 2") == Cost(*LEAST), "in any order"
    for cost in (Cost(), Cost(*LEAST), Cost(MOST[0], 2, MOST[2])):
        assert read_cost(spell_cost(cost)) == cost
    assert spell_cost(Cost()) == "m=65536,t=3,p=4"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no cost"), ("much", "no cost"), ("m=65536", "all three"), ("m=65536,t=3", "all three"), ("m=65536,t=3,p=4,x=1", "no cost"),
        ("m=65536,m=65536,t=3,p=4", "no cost"), ("m=65536,t=3,p=", "no cost"), ("m=65536,t=3,p=-4", "no cost"), ("m=6e4,t=3,p=4", "no cost"),
        ("m=65536,t=3,p=٤", "no cost"), (f"m={'9' * 5_000},t=3,p=4", "no cost"), ("m=19455,t=2,p=1", "m=19455 is not between 19456"),
        ("m=19456,t=1,p=1", "t=1 is not between 2"), ("m=19456,t=2,p=0", "p=0 is not between 1"), ("m=524289,t=2,p=1", "524288"),
        ("m=65536,t=17,p=1", "16"), ("m=65536,t=3,p=17", "16"), ("m=524288,t=3,p=4", "people wait for it"),
    ],
)  # fmt: skip
def test_what_is_too_little_too_much_or_nonsense_says_what_is_allowed(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        read_cost(text)
