"""Attack 11: a thousand tries at one name, and one password at a thousand names. Neither gets in, nor learns who has an account."""

from __future__ import annotations

from typing import Any

from headway.live.limits.local import LocalLimits
from tests.unit.web.office import Office, problem
from tests.unit.web.test_accounts import GOOD, enter, make


class Open(LocalLimits):
    """No limit of an address: what is left is that of the name."""

    async def take(self, rates: Any, now: float) -> float:
        return 0.0


def shape(answer: Any) -> tuple[int, Any, Any]:
    """All of an answer that could say something."""
    body = {name: value for name, value in answer.json().items() if name != "request_id"}
    headers = {name: value for name, value in answer.headers.items() if name not in {"x-request-id", "content-length"}}
    return answer.status_code, body, headers


async def test_a_thousand_tries_at_one_name_are_ten_whoever_it_is(office: Office) -> None:
    office.desk.limits = Open()
    await make(office)
    seen: dict[str, list[Any]] = {}
    for name in ("ada", "nobody"):
        answers = [await enter(office, name, f"a guess, number {number}") for number in range(1_000)]
        assert [each.status_code for each in answers] == [401] * 10 + [429] * 990
        assert 0 < int(answers[-1].headers["retry-after"]) <= 900
        seen[name] = [shape(each)[:2] for each in answers[:10]]
    assert seen["ada"] == seen["nobody"]
    locked = problem(await enter(office), 429, "sign_in_locked")
    assert 0 < locked["retry_in_seconds"] <= 900, "the right password does not help, or it would be found out"


async def test_one_password_at_a_thousand_names_ends_at_the_address(office: Office) -> None:
    for number in range(0, 30, 3):
        await make(office, f"user{number}")
    answers = [await enter(office, f"user{number}", "the same for everybody") for number in range(1_000)]
    statuses = [each.status_code for each in answers]
    assert statuses.count(401) + statuses.count(429) == 1_000
    assert statuses[:60] == [401] * 60
    assert statuses.count(401) < 100, "sixty, and what the bucket was filled with meanwhile"
    assert problem(answers[-1], 429, "rate_limited")["retry_in_seconds"] > 0
    assert int(answers[-1].headers["retry-after"]) >= 1
    existing, strange = shape(answers[0]), shape(answers[1])
    assert existing == strange


async def test_who_is_refused_has_not_tried(office: Office) -> None:
    """With no room for another hash, the count of the name stays as it is."""
    await make(office)
    office.desk.passwords._waiting_limit = 0
    for _ in range(15):
        assert int((await enter(office)).headers["retry-after"]) >= 1
    office.desk.passwords._waiting_limit = 8
    assert (await enter(office, password=GOOD)).status_code == 201
