"""Forgeries after the kinds of Project Wycheproof, made here of fresh keys, so that they are tried on every machine: signatures of ID tokens,
signed JSON, anchors of the audit log, and sealed secrets. Those of access tokens are in `test_tokens.py` and `test_rfc8725.py`."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed448 import Ed448PublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from joserfc.jwk import ECKey, KeySet, OKPKey, RSAKey

from headway.access.algorithms import OFFERED, Algorithms
from headway.access.anchors import Signer, is_public_key, is_signed
from headway.access.id_token import ALGORITHMS, KeyUnknown
from headway.access.vault import Vault
from headway.model.audit_chain import SEAL, Anchor, signed_part
from headway.model.errors import IdTokenInvalid, SecretUnreadable
from headway.testing.clock import START
from tests.unit.access.test_id_token import CURVE, KEY, KEYS, raw, read, signed

SIZE = 256
"""Bytes of a signature of RSA with 2048 bits."""
_RSA: Any = KEY.private_key
NUMBERS = _RSA.private_numbers()
MODULUS = NUMBERS.public_numbers.n
P256 = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""The order of the curve."""
ED25519 = 2**252 + 27742317777372353535851937790883648493
OLD_NAME = pytest.mark.filterwarnings("ignore:EdDSA is deprecated")
"""Providers sign so all the same."""
HASH_INFO = bytes.fromhex("3031300d060960864801650304020105000420")
"""What PKCS #1 puts before a SHA-256: its name, with the parameters NULL, and its length."""


def plain(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def spelt(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def resigned(change: Callable[[bytes], bytes], token: str | None = None) -> str:
    """The right token with its signature changed."""
    head, body, signature = (token or signed()).split(".")
    return f"{head}.{body}.{spelt(change(plain(signature)))}"


def by_rsa(block: Callable[[bytes], bytes]) -> str:
    """RS256 as whoever has the private key and pads wrongly; `block` makes of the hash what is signed."""
    head, body, _ = signed().split(".")
    wanted = block(hashlib.sha256(f"{head}.{body}".encode()).digest())
    return f"{head}.{body}.{spelt(pow(int.from_bytes(wanted), NUMBERS.d, MODULUS).to_bytes(SIZE))}"


def padded(info: bytes, *, mark: bytes = b"\x00\x01", filler: bytes = b"\xff", after: bytes = b"", size: int | None = None) -> bytes:
    """`size`: of the filler; unless it is said, as much as there is room for."""
    room = SIZE - len(mark) - 1 - len(info) - len(after) if size is None else size
    return (mark + filler * room + b"\x00" + info + after).ljust(SIZE, b"\x00")


def test_the_padding_that_is_right_is_taken() -> None:
    """So that those beside it are refused for what is wrong with them."""
    assert read(by_rsa(lambda digest: padded(HASH_INFO + digest)))["sub"]


RSA = {
    "the hash alone": lambda: by_rsa(padded),
    "no parameters of the hash's name": lambda: by_rsa(lambda digest: padded(bytes.fromhex("302f300b0609608648016503040201" + "0420") + digest)),
    "a length in the long form": lambda: by_rsa(lambda digest: padded(bytes.fromhex("308131300d060960864801650304020105000420") + digest)),
    "a length that is too great": lambda: by_rsa(lambda digest: padded(b"\x30\x32" + HASH_INFO[2:] + digest)),
    "the name of another hash": lambda: by_rsa(lambda digest: padded(HASH_INFO.replace(b"\x02\x01\x05", b"\x02\x02\x05") + digest)),
    "something after the hash": lambda: by_rsa(lambda digest: padded(HASH_INFO + digest, after=b"\x00" * 8)),
    "a short padding with room after it": lambda: by_rsa(lambda digest: padded(HASH_INFO + digest, size=8)),
    "another padding": lambda: by_rsa(lambda digest: padded(HASH_INFO + digest, filler=b"\xfe")),
    "a block for encryption": lambda: by_rsa(lambda digest: padded(HASH_INFO + digest, mark=b"\x00\x02")),
    "nothing": lambda: resigned(lambda _: b""),
    "zero": lambda: resigned(lambda _: bytes(SIZE)),
    "one": lambda: resigned(lambda _: (1).to_bytes(SIZE)),
    "the modulus": lambda: resigned(lambda _: MODULUS.to_bytes(SIZE)),
    "the modulus less one": lambda: resigned(lambda _: (MODULUS - 1).to_bytes(SIZE)),
    "the right one and the modulus": lambda: resigned(lambda right: (int.from_bytes(right) + MODULUS).to_bytes(SIZE + 1)),
    "a zero before it": lambda: resigned(lambda right: b"\x00" + right),
    "a zero behind it": lambda: resigned(lambda right: right + b"\x00"),
    "its last byte gone": lambda: resigned(lambda right: right[:-1]),
    "its first byte gone": lambda: resigned(lambda right: right[1:]),
    "a bit turned": lambda: resigned(lambda right: right[:-1] + bytes([right[-1] ^ 1])),
}  # fmt: skip


@pytest.mark.parametrize("name", RSA)
def test_signatures_by_rsa(name: str) -> None:
    with pytest.raises(IdTokenInvalid):
        read(RSA[name]())


@OLD_NAME
@pytest.mark.parametrize("said", ALGORITHMS)
@pytest.mark.parametrize("made", ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"])
def test_one_algorithm_under_the_name_of_another(made: str, said: str) -> None:
    """Each of them is announced, and the header is changed after it was signed, or says what the key is not for."""
    _, body, signature = signed(header={"alg": made}).split(".")
    head = raw({"alg": said, "kid": "one", "typ": "JWT"}).split(".")[0]
    with pytest.raises(IdTokenInvalid):
        read(f"{head}.{body}.{signature}", algorithms=list(ALGORITHMS))


def by_curve(change: Callable[[int, int], bytes]) -> str:
    token = signed(key=CURVE, header={"alg": "ES256", "kid": "two"})
    return resigned(lambda right: change(int.from_bytes(right[:32]), int.from_bytes(right[32:])), token)


def pair(r: int, s: int) -> bytes:
    return r.to_bytes(32) + s.to_bytes(32)


EDGES = {"0": 0, "1": 1, "n-1": P256 - 1, "n": P256, "n+1": P256 + 1, "2^256-1": 2**256 - 1}
CURVES = {f"r={r}, s={s}": lambda r=EDGES[r], s=EDGES[s]: by_curve(lambda *_: pair(r, s)) for r in EDGES for s in EDGES} | {
    "as DER": lambda: by_curve(encode_dss_signature),
    "r and s in each other's place": lambda: by_curve(lambda r, s: pair(s, r)),
    "a zero before each": lambda: by_curve(lambda r, s: r.to_bytes(33) + s.to_bytes(33)),
    "zeros behind it": lambda: by_curve(lambda r, s: pair(r, s) + bytes(2)),
    "r and the order": lambda: by_curve(lambda r, s: (r + P256).to_bytes(33) + s.to_bytes(33)),
    "s and the order": lambda: by_curve(lambda r, s: r.to_bytes(33) + (s + P256).to_bytes(33)),
    "half of it": lambda: by_curve(lambda r, _: r.to_bytes(32)),
    "nothing": lambda: by_curve(lambda *_: b""),
}


@pytest.mark.parametrize("name", CURVES)
def test_signatures_by_a_curve(name: str) -> None:
    with pytest.raises(IdTokenInvalid):
        read(CURVES[name]())


# --- signed JSON ---------------------------------------------------------------------------------------------------


def serialised(*, is_flat: bool) -> str:
    """The JSON forms of RFC 7515 section 7.2, of a token that is right."""
    head, body, signature = signed().split(".")
    own = {"protected": head, "signature": signature}
    return json.dumps({"payload": body, **own} if is_flat else {"payload": body, "signatures": [own]})


def in_part(at: int, change: Callable[[str], str]) -> str:
    parts = signed().split(".")
    parts[at] = change(parts[at])
    return ".".join(parts)


def headed(text: bytes) -> str:
    """A token with this very text as its header, rightly signed."""
    body = signed().split(".")[1]
    head = spelt(text)
    digest = hashlib.sha256(f"{head}.{body}".encode()).digest()
    return f"{head}.{body}.{spelt(pow(int.from_bytes(padded(HASH_INFO + digest)), NUMBERS.d, MODULUS).to_bytes(SIZE))}"


def test_a_header_of_our_own_text_is_taken() -> None:
    assert read(headed(b'{"alg":"RS256","kid":"one"}'))["sub"]


SPELT = {
    "as JSON": lambda: serialised(is_flat=False),
    "as flat JSON": lambda: serialised(is_flat=True),
    **{f"{what} in part {at}": lambda at=at, mark=mark: in_part(at, lambda part: part[:8] + mark + part[8:])
       for at in range(3) for what, mark in {"a space": " ", "a line": "\n", "a question mark": "?", "a plus": "+", "a NUL": "\0"}.items()},
    **{f"padding behind part {at}": lambda at=at: in_part(at, lambda part: part + "=") for at in range(3)},
    "bits that say nothing, in the signature": lambda: in_part(2, lambda part: part[:-1] + chr(ord(part[-1]) + 1)),
    "a payload that is not encoded": lambda: headed(b'{"alg":"RS256","kid":"one","b64":false,"crit":["b64"]}'),
    "a payload that is not encoded, without a word on it": lambda: headed(b'{"alg":"RS256","kid":"one","crit":[]}'),
    "a name that stands twice, none first": lambda: headed(b'{"alg":"none","alg":"RS256","crit":["alg"],"kid":"one"}'),
    "a name that stands twice, none last": lambda: headed(b'{"alg":"RS256","alg":"none","kid":"one"}'),
    "no claims": lambda: in_part(1, lambda _: ""),
    "no header": lambda: in_part(0, lambda _: ""),
    "two parts": lambda: signed().rpartition(".")[0],
    "an empty part more": lambda: signed() + ".",
}  # fmt: skip


@pytest.mark.parametrize("name", SPELT)
def test_another_spelling(name: str) -> None:
    with pytest.raises(IdTokenInvalid):
        read(SPELT[name]())


@pytest.mark.parametrize(
    "wrong", [{"use": "enc"}, {"key_ops": ["encrypt"]}, {"key_ops": ["wrapKey"]}, {"alg": "RS512"}, {"alg": "RSA-OAEP"}]
)
def test_a_key_that_is_for_something_else(wrong: dict[str, Any]) -> None:
    public: dict[str, Any] = {name: value for name, value in KEY.as_dict(private=False).items() if name not in {"use", "key_ops", "alg"}}
    assert read(signed(), keys=KeySet([RSAKey.import_key(public)]))["sub"]
    with pytest.raises((IdTokenInvalid, KeyUnknown)):
        read(signed(), keys=KeySet([RSAKey.import_key(public | wrong)]))


@pytest.mark.parametrize("more", ["jwk", "jku", "x5c", "x5u"])
def test_what_a_token_says_of_its_key_is_nothing(more: str) -> None:
    """Signed with another key, which comes with it or is said to be elsewhere."""
    other = RSAKey.generate_key(2048, {"kid": "one"})
    said = {"jwk": other.as_dict(private=False), "jku": "https://evil.example/jwks", "x5c": ["AAAA"], "x5u": "https://evil.example/x5u"}[
        more
    ]
    with pytest.raises(IdTokenInvalid):
        read(signed(key=other, header={more: said}))


@pytest.mark.parametrize(
    "key", [ECKey.generate_key("P-384", {"kid": "one"}), OKPKey.generate_key("Ed25519", {"kid": "one"})], ids=["P-384", "Ed25519"]
)
@pytest.mark.parametrize("said", ALGORITHMS)
@OLD_NAME
def test_a_key_of_another_kind(key: Any, said: str) -> None:
    """The right token, beside a key of the provider's that is none for its algorithm."""
    head = raw({"alg": said, "kid": "one", "typ": "JWT"}).split(".")[0]
    _, body, signature = signed().split(".")
    with pytest.raises((IdTokenInvalid, KeyUnknown)):
        read(f"{head}.{body}.{signature}", algorithms=list(ALGORITHMS), keys=KeySet([*KEYS.keys[1:], key]))


# --- anchors -------------------------------------------------------------------------------------------------------

SIGNER = Signer("k9Qw-3mZx_7bTf0LrYd5sVh2NpJc8uAe")


def anchor() -> Anchor:
    return SIGNER.anchor(SEAL, 7, "ab" * 32, START)


ANCHORS: dict[str, Callable[[bytes], bytes]] = {
    "s and the order": lambda right: right[:32] + (int.from_bytes(right[32:], "little") + ED25519).to_bytes(32, "little"),
    "s is the order": lambda right: right[:32] + ED25519.to_bytes(32, "little"),
    "s is zero": lambda right: right[:32] + bytes(32),
    "all zero": lambda _: bytes(64),
    "all one": lambda _: b"\xff" * 64,
    "r with the other sign": lambda right: right[:31] + bytes([right[31] ^ 0x80]) + right[32:],
    "a bit of s turned": lambda right: right[:32] + bytes([right[32] ^ 1]) + right[33:],
    "its last byte gone": lambda right: right[:-1],
    "half of it": lambda right: right[:32],
    "nothing": lambda _: b"",
    "a byte more": lambda right: right + b"\x00",
    "twice": lambda right: right + right,
}


@pytest.mark.parametrize("name", ANCHORS)
def test_signatures_of_anchors(name: str) -> None:
    good = anchor()
    assert is_signed(good)
    assert not is_signed(replace(good, signature=spelt(ANCHORS[name](plain(good.signature)))))


@pytest.mark.parametrize("wrong", [" ", "\n", "!", "=", "===="])
def test_a_signature_of_an_anchor_that_is_spelt_otherwise(wrong: str) -> None:
    good = anchor()
    assert not is_signed(replace(good, signature=good.signature[:9] + wrong + good.signature[9:]))


@pytest.mark.parametrize("key", ["", "AA", "A" * 42, "A" * 44, "!" * 43])
def test_what_is_no_key_of_an_anchor(key: str) -> None:
    assert not is_public_key(key)
    assert not is_signed(replace(anchor(), key=key))


# Of order 1, 2, 4 and 8, and the spellings of two of them that are no smaller than the prime; each with either sign.
_PRIME = 2**255 - 19
_OF_ORDER_8 = 0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7
SMALL = [
    (y | sign << 255).to_bytes(32, "little")
    for y in (0, 1, _PRIME - 1, _PRIME, _PRIME + 1, _OF_ORDER_8, _PRIME - _OF_ORDER_8)
    for sign in (0, 1)
]


@pytest.mark.parametrize("key", SMALL, ids=bytes.hex)
def test_a_key_of_small_order_signs_nothing(key: bytes) -> None:
    """With such a key one signature, made by nobody, is good for one message in eight at least."""
    for number in range(64):
        said = replace(anchor(), key=spelt(key), number=number)
        for point in (b"\x01" + bytes(31), key):
            forged = point + bytes(32)
            assert not is_signed(replace(said, signature=spelt(forged))), number
    assert not is_public_key(spelt(key))


def test_the_library_alone_would_take_some_of_them() -> None:
    """Else the case above could not fail."""
    taken = 0
    for key in SMALL:
        said = replace(anchor(), key=spelt(key))
        try:
            Ed25519PublicKey.from_public_bytes(key).verify(b"\x01" + bytes(63), signed_part(said))
            taken += 1
        except (InvalidSignature, ValueError):
            continue
    assert taken


BY_448 = Signer("k9Qw-3mZx_7bTf0LrYd5sVh2NpJc8uAe", Algorithms(anchors=("Ed448",)))
BY_ML_DSA = Signer("k9Qw-3mZx_7bTf0LrYd5sVh2NpJc8uAe", Algorithms(anchors=("ML-DSA-65",)))
ED448 = 2**446 - 13818066809895115352007386748515426880336692474882178609894547503885
OTHERS: dict[str, Callable[[bytes], bytes]] = {
    "all zero": lambda right: bytes(len(right)),
    "all one": lambda right: b"\xff" * len(right),
    "its first bit turned": lambda right: bytes([right[0] ^ 1]) + right[1:],
    "its last bit turned": lambda right: right[:-1] + bytes([right[-1] ^ 0x80]),
    "its last byte gone": lambda right: right[:-1],
    "half of it": lambda right: right[: len(right) // 2],
    "nothing": lambda _: b"",
    "a byte more": lambda right: right + b"\x00",
    "twice": lambda right: right + right,
}


@pytest.mark.parametrize("name", OTHERS)
@pytest.mark.parametrize("signer", [BY_448, BY_ML_DSA], ids=["Ed448", "ML-DSA-65"])
def test_signatures_of_anchors_by_other_algorithms(signer: Signer, name: str) -> None:
    good = signer.anchor(SEAL, 7, "ab" * 32, START)
    assert is_signed(good)
    assert is_public_key(good.key)
    assert not is_signed(replace(good, signature=spelt(OTHERS[name](plain(good.signature)))))
    assert not is_signed(replace(good, number=8))
    assert not is_signed(replace(good, hash=f"sha3-256:{good.hash}"))


def test_s_and_the_order_of_ed448() -> None:
    good = BY_448.anchor(SEAL, 7, "ab" * 32, START)
    signature = plain(good.signature)
    s = int.from_bytes(signature[57:], "little")
    for other in (s + ED448, ED448, 0):
        assert not is_signed(replace(good, signature=spelt(signature[:57] + other.to_bytes(57, "little")))), other


@pytest.mark.parametrize(
    "key",
    [
        "ed448:", "ed448:" + "A" * 75, "ed448:" + "A" * 77, "ed448:" + "!" * 76, "ed448:" + SIGNER.key, "ml-dsa-65:", "ml-dsa-65:" + "A" * 2602,
        "ml-dsa-65:" + "A" * 2604, "ml-dsa-65:" + SIGNER.key, "ml-dsa-87:" + "A" * 2603, "ED448:" + "B" * 76, ":" + SIGNER.key,
        "ed25519:" + SIGNER.key, "ed448:ed448:" + "B" * 76, BY_448.key + "A",
    ],
)  # fmt: skip
def test_what_is_no_key_of_another_algorithm(key: str) -> None:
    assert not is_public_key(key)
    assert not is_signed(replace(BY_448.anchor(SEAL, 7, "ab" * 32, START), key=key))


# Of order 1, 2 and 4 (the coordinates of edwards448 are those of RFC 8032 section 5.2), the spellings that are no smaller than the prime, and
# bits where none may be; each with either sign.
_PRIME_448 = 2**448 - 2**224 - 1
SMALL_448 = [y.to_bytes(56, "little") + bytes([sign]) for y in (0, 1, _PRIME_448 - 1, _PRIME_448, _PRIME_448 + 1) for sign in (0, 0x80)]
SMALL_448 += [(7).to_bytes(56, "little") + b"\x01", b"\xff" * 57]


@pytest.mark.parametrize("key", SMALL_448, ids=bytes.hex)
def test_a_key_of_ed448_of_small_order_signs_nothing(key: bytes) -> None:
    said = BY_448.anchor(SEAL, 7, "ab" * 32, START)
    for number in range(16):
        for point in SMALL_448:
            assert not is_signed(replace(said, number=number, key=f"ed448:{spelt(key)}", signature=spelt(point + bytes(57))))
    assert not is_public_key(f"ed448:{spelt(key)}")


def test_the_library_alone_would_take_some_of_those_of_ed448() -> None:
    taken = 0
    for key in SMALL_448:
        for point in SMALL_448:
            try:
                Ed448PublicKey.from_public_bytes(key).verify(point + bytes(57), b"anything")
                taken += 1
            except (InvalidSignature, ValueError):
                continue
    assert taken


# --- sealed secrets ------------------------------------------------------------------------------------------------


SEALED: dict[str, Callable[[bytes], bytes]] = {
    "nothing": lambda _: b"",
    "the nonce alone": lambda right: right[:12],
    "less than a nonce": lambda right: right[:7],
    "no tag": lambda right: right[:-16],
    **{f"{size} bytes of the tag": lambda right, size=size: right[: size - 16] for size in (1, 4, 8, 12, 15)},
    "a tag of zeros": lambda right: right[:-16] + bytes(16),
    "the tag before the text": lambda right: right[:12] + right[-16:] + right[12:-16],
    "another nonce": lambda right: bytes(12) + right[12:],
    "a longer nonce": lambda right: right[:12] + b"\x00" + right[12:],
    "a byte more": lambda right: right + b"\x00",
    "a zero before it": lambda right: b"\x00" + right,
}


@pytest.mark.parametrize("cipher", OFFERED["secrets"])
@pytest.mark.parametrize("name", SEALED)
def test_what_was_sealed_opens_whole_or_not_at_all(name: str, cipher: str) -> None:
    vault = Vault([bytes(range(32))], algorithms=Algorithms(secrets=(cipher,)))
    key, sealed = vault.seal("hunter2", project=None, name="MAIL", version=1)
    assert vault.open(sealed, key=key, project=None, name="MAIL", version=1) == "hunter2"
    letter, _, text = sealed.partition(".")
    altered = base64.urlsafe_b64encode(SEALED[name](base64.urlsafe_b64decode(text))).decode()
    with pytest.raises(SecretUnreadable, match="altered"):
        vault.open(f"{letter}.{altered}", key=key, project=None, name="MAIL", version=1)
