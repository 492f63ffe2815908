"""Where a request comes from, as far as it can be known: proxies that are trusted are believed, and nobody else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headway.model.addresses import is_of_this_machine, is_within, neighbourhood, origin_of, read_networks

OURS = read_networks("10.0.0.0/8, 127.0.0.1, 2001:db8:1::/48")
PROXY = "10.0.0.1"


def by_list(peer: str, *lines: str) -> str:
    return origin_of(peer, OURS, forwarded_for=lines, forwarded=())


def by_forwarded(peer: str, *lines: str) -> str:
    return origin_of(peer, OURS, forwarded_for=(), forwarded=lines)


@pytest.mark.parametrize(
    ("peer", "lines", "origin"),
    [
        ("203.0.113.9", ("198.51.100.7",), "203.0.113.9"),  # whoever is not trusted is not believed
        (PROXY, (), PROXY),
        (PROXY, ("198.51.100.7",), "198.51.100.7"),
        (PROXY, ("1.2.3.4, 198.51.100.7",), "198.51.100.7"),  # the left one anybody can have written
        (PROXY, ("1.2.3.4, 198.51.100.7, 10.0.0.9",), "198.51.100.7"),
        (PROXY, ("1.2.3.4", "198.51.100.7", "10.0.0.9"), "198.51.100.7"),  # several lines are one list
        (PROXY, ("10.0.0.7, 10.0.0.9",), "10.0.0.7"),
        (PROXY, ("198.51.100.7:4711",), "198.51.100.7"),
        (PROXY, ("2001:db8:2::7",), "2001:db8:2::7"),
        (PROXY, ("[2001:db8:2::7]:4711",), "2001:db8:2::7"),
        ("::ffff:10.0.0.1", ("::ffff:198.51.100.7",), "198.51.100.7"),
        ("2001:db8:1::5", ("198.51.100.7",), "198.51.100.7"),
        # A hop that is no address ends the walk at the proxy that said so.
        (PROXY, ("198.51.100.7, unknown",), PROXY),
        (PROXY, ("198.51.100.7, junk, 10.0.0.9",), "10.0.0.9"),
        (PROXY, ("198.51.100.7,",), PROXY),
        (PROXY, ("",), PROXY),
        (PROXY, ("0x7f.1",), PROXY),
        (PROXY, ("fe80::1%eth0",), PROXY),
        (PROXY, ("198.51.100.7:port",), PROXY),
        (PROXY, ("[2001:db8:2::7]x",), PROXY),
        (PROXY, (", ".join(["198.51.100.7"] + ["10.0.0.9"] * 30),), "10.0.0.9"),  # no chain is that long
    ],
)
def test_of_x_forwarded_for_the_last_hop_that_is_not_ours_counts(peer: str, lines: tuple[str, ...], origin: str) -> None:
    assert by_list(peer, *lines) == origin


@pytest.mark.parametrize(
    ("lines", "origin"),
    [
        (("for=198.51.100.7",), "198.51.100.7"),
        (('For="[2001:db8:2::7]:4711";proto=https;by=10.0.0.1',), "2001:db8:2::7"),
        (("for=1.2.3.4, for=198.51.100.7;proto=http, for=10.0.0.9",), "198.51.100.7"),
        (("for=_hidden",), PROXY),
        (("proto=https",), PROXY),
        (("for=1.2.3.4;for=198.51.100.7",), PROXY),
        (("=;;==,for",), PROXY),
    ],
)
def test_forwarded_is_read_likewise(lines: tuple[str, ...], origin: str) -> None:
    assert by_forwarded(PROXY, *lines) == origin


def test_where_both_headers_disagree_neither_is_believed() -> None:
    """A proxy writes one of them, and lets pass what its caller wrote into the other."""
    assert origin_of(PROXY, OURS, forwarded_for=["198.51.100.7"], forwarded=["for=1.2.3.4"]) == PROXY
    assert origin_of(PROXY, OURS, forwarded_for=["198.51.100.7"], forwarded=["for=198.51.100.7"]) == "198.51.100.7"


def test_nobody_is_trusted_unless_named() -> None:
    assert origin_of("127.0.0.1", (), forwarded_for=["198.51.100.7"], forwarded=[]) == "127.0.0.1"
    assert not is_within("", OURS)
    assert not is_within("junk", OURS)
    assert is_of_this_machine("::ffff:127.0.0.1")
    assert is_of_this_machine("")
    assert not is_of_this_machine("junk")
    for wrong in ("10.0.0.0/33", "10.0.0.1/8", "proxy.example", "10.0.0.0/8;127.0.0.1"):
        with pytest.raises(ValueError, match=r"."):
            read_networks(wrong)


@given(st.lists(st.text(max_size=60), max_size=4), st.lists(st.text(max_size=60), max_size=4))
def test_whatever_stands_in_the_headers_an_address_comes_out(forwarded_for: list[str], forwarded: list[str]) -> None:
    origin = origin_of(PROXY, OURS, forwarded_for=forwarded_for, forwarded=forwarded)
    assert is_within(origin, read_networks("0.0.0.0/0, ::/0"))


def test_a_header_without_end_costs_no_more_than_a_long_one() -> None:
    assert by_list(PROXY, "1.2.3.4, " * 1_000_000 + "198.51.100.7") == "198.51.100.7"


@pytest.mark.parametrize(
    ("address", "neighbourhood_of_it"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("fe80::1%eth0", "fe80::1%eth0"),
        ("?", "?"),
        ("", ""),
    ],
)
def test_what_counts_as_one_caller(address: str, neighbourhood_of_it: str) -> None:
    assert neighbourhood(address) == neighbourhood_of_it
