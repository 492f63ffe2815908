"""People with an authenticator app: accounts with a second factor, and what their telephones show."""

from __future__ import annotations

from dataclasses import dataclass, field

import httpx2

from headway.access import totp
from headway.model.clock import Clock
from headway.testing.clock import FakeClock
from tests.unit.web.office import Office
from tests.unit.web.test_accounts import GOOD, cookie_of, enter, make, own
from tests.unit.web.test_sessions import page


@dataclass(slots=True)
class Phone:
    clock: Clock
    secret: str
    recovery_codes: list[str] = field(default_factory=list[str])

    def code(self, *, steps: int = 0) -> str:
        return totp.code_of(self.secret, totp.step_at(self.clock.now()) + steps)

    def fresh(self) -> str:
        """A code that was not used yet: half a minute later."""
        assert isinstance(self.clock, FakeClock)
        self.clock.advance(totp.STEP_SECONDS)
        return self.code()

    def wrong(self) -> str:
        good = {self.code(steps=step) for step in range(-2, 3)}
        return next(code for number in range(10) if (code := f"{number:06}") not in good)


async def enrol(office: Office, clock: FakeClock, cookie: str) -> Phone:
    begun = await own(office, "POST", "/second-factor", cookie)
    assert begun.status_code == 201, begun.text
    phone = Phone(clock, begun.json()["secret"])
    answer = await own(office, "PUT", "/second-factor", cookie, json={"code": phone.code()})
    assert answer.status_code == 200, answer.text
    phone.recovery_codes = answer.json()["recovery_codes"]
    return phone


async def with_phone(office: Office, clock: FakeClock, name: str = "ada") -> Phone:
    await make(office, name)
    return await enrol(office, clock, await cookie_of(office, name))


async def voucher_of(office: Office, name: str = "ada", password: str = GOOD) -> str:
    answer = await enter(office, name, password)
    assert answer.status_code == 202, answer.text
    assert "set-cookie" not in answer.headers
    return answer.json()["voucher"]


async def with_code(office: Office, voucher: str, code: str) -> httpx2.Response:
    return await page(office, "POST", "/sessions/by-code", json={"voucher": voucher, "code": code})


async def cookie_with_code(office: Office, phone: Phone, name: str = "ada") -> str:
    answer = await with_code(office, await voucher_of(office, name), phone.fresh())
    assert answer.status_code == 201, answer.text
    return answer.headers["set-cookie"].split(";")[0]
