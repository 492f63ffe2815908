"""Every route, asked in every wrong way that can be made from the table of routes."""

from __future__ import annotations

import pytest

from headway.model.ids import new_id
from tests.security.cases import Tried
from tests.security.routes import fields_of_others, of_json, of_kinds, of_others, of_queries, spellings
from tests.unit.web.office import Office


async def test_18_no_spelling_of_an_address_leads_past_the_door(office: Office) -> None:
    await Tried(office).all(spellings(office, (await office.start())["id"]))


async def test_17_nobody_says_what_is_not_theirs_to_say(office: Office) -> None:
    await Tried(office).all(fields_of_others(office))


async def test_22_32_and_36_a_body_is_what_it_says_and_that_is_json(office: Office) -> None:
    await Tried(office).all(of_kinds(office))


@pytest.mark.timeout(120)
async def test_43_json_that_breaks_its_readers_breaks_nothing(office: Office) -> None:
    await Tried(office).all(of_json(office))


@pytest.mark.timeout(120)
async def test_20_and_28_no_question_is_misread(office: Office) -> None:
    await Tried(office).all(of_queries(office, (await office.start())["id"]))


async def test_14_and_16_what_is_not_yours_might_as_well_not_be(office: Office) -> None:
    theirs, absent = (await office.open(project="history"))["run"]["id"], new_id()
    scopes = [f"project:physics:{noun}:*" for noun in ("run", "task", "worker", "queue", "token")]
    token = office.token(*scopes)
    tried = Tried(office)
    for pair in of_others(office, theirs, absent, token):
        one, other = [await tried.one(case) for case in pair]
        if (one.status_code, one.text.replace(theirs, "*").replace(one.headers["x-request-id"], "*")) != (
            other.status_code, other.text.replace(absent, "*").replace(other.headers["x-request-id"], "*"),
        ):  # fmt: skip
            tried.wrong.append(f"{pair[0].name}: can be told from one that there is not: {one.text} {other.text}")
    await tried.all([])
