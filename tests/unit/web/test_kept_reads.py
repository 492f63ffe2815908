"""Which answers may be kept at all."""

from __future__ import annotations

from pathlib import Path

from fastapi.routing import APIRoute

from headway.live.redis_cache import LONGEST_SECONDS, TOPIC_MILLISECONDS
from headway.web.auth import PERMISSION, PREFIX
from headway.web.kept_reads import KEPT
from tests.unit.web.office import open_office


async def test_what_is_kept_are_reads_that_need_a_right_and_all_that_is_named_exists(tmp_path: Path) -> None:
    async with open_office(tmp_path) as office:
        routes = [route for route in office.rest.routes if isinstance(route, APIRoute)]
        reads = {route.path.removeprefix(PREFIX): route for route in routes if route.methods == {"GET"}}
    assert set(KEPT) <= set(reads)
    for address in KEPT:
        extra = reads[address].openapi_extra or {}
        assert str(extra[PERMISSION]).endswith(":read"), address


def test_nothing_is_kept_longer_than_it_is_known_what_was_touched() -> None:
    assert max(each.seconds for each in KEPT.values()) <= LONGEST_SECONDS
    assert LONGEST_SECONDS * 1_000 * 2 < TOPIC_MILLISECONDS


def test_what_a_run_that_has_ended_shows_depends_on_that_run() -> None:
    assert all(each.topics == ("run:{run}",) for each in KEPT.values() if each.is_final)


async def test_without_a_place_to_keep_them_answers_say_nothing_of_a_cache(tmp_path: Path) -> None:
    async with open_office(tmp_path) as office:
        answer = await office.ask("GET", "/runs")
        assert answer.status_code == 200
        assert "cache-status" not in answer.headers
