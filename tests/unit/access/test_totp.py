"""Codes of authenticator apps, held against the vectors of RFC 6238, and recovery codes."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from headway.access import totp
from headway.testing.clock import START

OF_THE_RFC = base64.b32encode(b"12345678901234567890").decode()
VECTORS = {
    59: "94287082",
    1_111_111_109: "07081804",
    1_111_111_111: "14050471",
    1_234_567_890: "89005924",
    2_000_000_000: "69279037",
    20_000_000_000: "65353130",
}
"""Appendix B, of SHA-1. It shows eight digits; six are their last ones (RFC 4226 section 5.3)."""


@pytest.mark.parametrize(("seconds", "code"), VECTORS.items())
def test_codes_are_those_of_the_rfc(seconds: int, code: str) -> None:
    now = datetime.fromtimestamp(seconds, UTC)
    assert totp.code_of(OF_THE_RFC, totp.step_at(now)) == code[-6:]
    assert totp.find_step(OF_THE_RFC, code[-6:], now) == seconds // 30


def test_a_code_is_good_for_its_own_half_minute_and_the_ones_beside_it() -> None:
    step = totp.step_at(START)
    code = totp.code_of(OF_THE_RFC, step)
    found = [totp.find_step(OF_THE_RFC, code, START + timedelta(seconds=30 * away)) for away in range(-3, 4)]
    assert found == [None, None, step, step, step, None, None]


def test_secrets_are_160_bits_and_never_the_same() -> None:
    made = {totp.make_secret() for _ in range(100)}
    assert len(made) == 100
    assert {len(base64.b32decode(each)) for each in made} == {20}


def test_recovery_codes_are_120_bits_and_never_the_same() -> None:
    made = [code for _ in range(50) for code in totp.make_recovery_codes()]
    assert len(set(made)) == 500
    plain = [totp.read_recovery_code(code) for code in made]
    assert all(each is not None and len(each) * 5 == 120 for each in plain)
    assert len({letter for each in plain for letter in each or ""}) == 32


def test_codes_are_read_as_people_write_them() -> None:
    assert [totp.read_code(text) for text in ("287082", " 287 082 ", "28708", "2870822", "28708x", "２８７０８２", "", "287-082")] == [
        "287082", "287082", None, None, None, None, None, None,
    ]  # fmt: skip
    (code, *_) = totp.make_recovery_codes()
    plain = code.replace("-", "")
    for written in (code, plain, code.upper(), f"  {code.replace('-', ' ')}", f"{plain[:12]}-{plain[12:]}"):
        assert totp.read_recovery_code(written) == plain
    for wrong in (plain[1:], plain + "a", plain[:-1] + "1", "", "287082"):
        assert totp.read_recovery_code(wrong) is None


def test_the_address_for_an_app_says_whose_secret_it_is() -> None:
    address = totp.address_for_app(OF_THE_RFC, account="ada+x@example.org", installation="lab-3:8765")
    parts = urlsplit(address)
    assert (parts.scheme, parts.netloc) == ("otpauth", "totp")
    assert unquote(parts.path) == "/Headway lab-3 8765:ada+x@example.org"
    said = parse_qs(parts.query)
    assert said == {"secret": [OF_THE_RFC], "issuer": ["Headway lab-3 8765"], "algorithm": ["SHA1"], "digits": ["6"], "period": ["30"]}
    assert "+" not in parts.query, "apps read it as a plus"
