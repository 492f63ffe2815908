"""The estimate of a moment, by the cases that the TypeScript client answers to as well."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
import yaml

from headway.model.eta import Guide, Knot, Spell, estimate

(SUITE,) = yaml.safe_load((Path(__file__).parents[3] / "conformance/eta/estimate.yaml").read_text("utf-8"))


def guide(plain: dict[str, Any]) -> Guide:
    usual = Spell(**plain["usual"]) if plain["usual"] else None
    return Guide(**{**plain, "usual": usual, "knots": [Knot(**knot) for knot in plain["knots"]]})


@pytest.mark.parametrize("case", SUITE["cases"], ids=lambda case: case["name"])
def test_a_moment_is_estimated_as_the_cases_say(case: dict[str, Any]) -> None:
    said = estimate(guide(SUITE["guides"][case["guide"]]), **case["seen"])
    if case["says"] is None:
        assert said is None
        return
    assert said is not None
    plain = asdict(said)
    assert plain.pop("left") == pytest.approx(case["says"]["left"], abs=1e-4)
    assert plain == {
        key: pytest.approx(value, abs=1e-4) if key == "slowness" and value else value
        for key, value in case["says"].items()
        if key != "left"
    }
