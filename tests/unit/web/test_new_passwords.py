"""New passwords are held against those that were stolen elsewhere, wherever one is set."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from headway.access.stolen import StolenFile, StolenRanges, sha1_of
from headway.web.new_passwords import NewPasswords
from tests.unit.web.office import Office, problem
from tests.unit.web.test_accounts import GOOD, cookie_of, make, own, page

STOLEN = "it was stolen elsewhere"


@pytest.fixture
def hashes(tmp_path: Path) -> Path:
    path = tmp_path / "hashes"
    path.write_text("\n".join(f"{one}:3" for one in sorted(map(sha1_of, [STOLEN, "another one", "a third"]))))
    return path


async def test_a_stolen_one_is_refused_wherever_one_is_set(office: Office, hashes: Path) -> None:
    office.desk.new_passwords = NewPasswords(StolenFile(hashes))
    refused = problem(await office.ask("POST", "/accounts", json={"name": "eve", "password": STOLEN}), 422, "weak_password")
    assert refused["why"] == "stolen"
    assert STOLEN not in refused["detail"].replace("it was stolen elsewhere, and", "")
    await make(office)
    here = await cookie_of(office)
    assert problem(await own(office, "POST", "/password", here, json={"old": GOOD, "new": STOLEN}), 422, "weak_password")["why"] == "stolen"
    code = (await office.ask("POST", "/accounts/ada/password-links")).json()["code"]
    assert (
        problem(await page(office, "POST", "/sessions", json={"code": code, "password": STOLEN}), 422, "weak_password")["why"] == "stolen"
    )
    assert (await page(office, "POST", "/sessions", json={"code": code, "password": "grading fifty exams by night"})).status_code == 201
    assert office.desk.new_passwords.unknown_count == 0


async def test_nobody_is_kept_from_setting_one_because_a_service_is_away(office: Office, caplog: pytest.LogCaptureFixture) -> None:
    office.desk.new_passwords = NewPasswords(StolenRanges("http://127.0.0.1:9/range"))
    with caplog.at_level(logging.WARNING, "headway.web"):
        await make(office)
    assert office.desk.new_passwords.unknown_count == 1
    assert "cannot be found out (1 so far)" in caplog.text
    assert GOOD not in caplog.text
    assert sha1_of(GOOD)[5:] not in caplog.text
    problem(await office.ask("POST", "/accounts", json={"name": "eve", "password": "qazwsxedcrfvtgb"}), 422, "weak_password")
