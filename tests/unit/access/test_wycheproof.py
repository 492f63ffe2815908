"""The vectors of Project Wycheproof for signed JSON, where somebody has them: `HEADWAY_WYCHEPROOF=<directory of testvectors_v1>`."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from headway.access.id_token import ALGORITHMS
from headway.access.tokens import Tokens
from headway.model.errors import Unauthorised

PLACE = os.environ.get("HEADWAY_WYCHEPROOF")
FLAGS = {"JsonSerialization", "ModifiedPadding", "ModifiedSignature", "WrongPrimitive", "AlgIsNone"}

pytestmark = pytest.mark.skipif(PLACE is None, reason="HEADWAY_WYCHEPROOF names no directory")


def groups() -> list[Any]:
    told = json.loads((Path(PLACE or "") / "json_web_signature_test.json").read_text(encoding="utf-8"))
    assert set(told["notes"]) == FLAGS
    return told["testGroups"]


def test_no_signature_is_believed_that_must_not_be() -> None:
    """By the library and the list of algorithms by which ID tokens are verified."""
    seen = 0
    wrong: list[tuple[Any, ...]] = []
    for group in groups():
        key: Any = group.get("public")
        if not key or key["kty"] == "oct":
            continue
        for test in group["tests"]:
            token = test["jws"]
            seen += 1
            try:
                jws.deserialize_compact(
                    token if isinstance(token, str) else json.dumps(token),
                    KeySet.import_key_set({"keys": [key]}),
                    algorithms=list(ALGORITHMS),
                )
                is_taken = True
            except (JoseError, ValueError, TypeError, KeyError, AttributeError):
                is_taken = False
            if is_taken and test["result"] == "invalid":
                wrong.append((test["tcId"], test["comment"], test["flags"]))
    assert seen > 100
    assert not wrong


def test_none_of_them_is_a_token_of_ours() -> None:
    tokens = Tokens("k9Qw-3mZx_7bTf0LrYd5sVh2NpJc8uAe")
    for group in groups():
        for test in group["tests"]:
            with pytest.raises(Unauthorised):
                tokens.read(test["jws"] if isinstance(test["jws"], str) else json.dumps(test["jws"]))
