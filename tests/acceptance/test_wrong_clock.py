"""A machine whose clock is an hour beside the database's takes the tokens of others, and its own are taken elsewhere."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from chaos.faults.clocks import HOUR_SECONDS, beside
from headway.access.secret import open_secret
from headway.access.tokens import Tokens
from headway.model.states import RunState
from headway.sdk.client import Client
from headway.sdk.news import Finished
from tests.acceptance.installation import Installation

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(120)]


@pytest.mark.parametrize("by", [HOUR_SECONDS, -HOUR_SECONDS], ids=["ahead", "behind"])
def test_tokens_go_by_the_time_of_the_store(home: Path, postgres_database: str, by: int) -> None:
    clock = beside(by)
    if clock.why_not:
        pytest.skip(clock.why_not)
    with Installation(home, environment={"DATABASE_URL": postgres_database, **clock.environment}) as installation:
        right = Tokens(open_secret(home, None))
        theirs = right.issue("somebody", role="admin", lifetime=timedelta(minutes=1))
        with Client(url=installation.connection["url"], token=theirs) as client:
            run = client.start("grade_sheets", {"sheets": 2}).id
            last = list(client.follow(run))[-1]
            assert client.wait(run, 60).state is RunState.SUCCEEDED
        ours = right.read(installation.connection["token"])
    assert isinstance(last, Finished)
    assert ours.id == "admin"
