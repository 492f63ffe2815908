"""How many cases there are, of how many classes; that each has a name of its own."""

from __future__ import annotations

from collections import Counter

import httpx2
import pytest

from tests.security.browser import cross_origin, elsewhere, lively_names
from tests.security.cases import Case, complaints
from tests.security.credentials import bent, forged, heavy, in_other_places, of_another_kind, of_proxies
from tests.security.injection import forged_reports, numbers, paths, patterns, ranges, tasks, times
from tests.security.outward import HERE, NO_ADDRESS, WRITTEN
from tests.security.routes import fields_of_others, of_json, of_kinds, of_queries, spellings
from tests.unit.web.office import Office

BY_HAND, ALL, CLASSES = 600, 5_000, 25


def by_hand() -> list[Case]:
    """Those that are written down, not made from the table of routes."""
    return [
        *forged(), *heavy(), *of_another_kind({}), *bent(7, "a token", "eyJhbGciOi.eyJzdWIiOi.c2lnbmF0dXJl"), *in_other_places("a.b.c", "hwk_0"), *of_proxies(), *cross_origin(),
        *lively_names(), *elsewhere(), *paths("x"), *tasks(), *patterns("x"), *times(), *numbers(), *forged_reports("x", "a.b.c"), *ranges("/x"),
    ]  # fmt: skip


async def test_there_are_enough_of_them_and_each_has_a_name(office: Office) -> None:
    written = by_hand()
    made = [*spellings(office, "x"), *fields_of_others(office), *of_kinds(office), *of_json(office), *of_queries(office, "x")]
    outward = len(HERE) + len(WRITTEN) + len(NO_ADDRESS)
    assert len(written) + outward >= BY_HAND, len(written)
    assert len(written) + len(made) + outward >= ALL, len(made)
    classes = {case.number for case in (*written, *made)} | {14, 34, 35}
    assert len(classes) >= CLASSES, sorted(classes)
    twice = [
        key for key, count in Counter((case.number, case.method, case.path, case.name) for case in (*written, *made)).items() if count > 1
    ]
    assert not twice, twice[:5]


@pytest.mark.parametrize(
    ("status", "headers", "body", "says"),
    [
        (500, {}, "{}", "a mistake of ours"), (200, {}, "{}", "200"), (404, {"x-content-type-options": ""}, "{}", "without the headers"),
        (404, {"content-type": "text/html"}, "<p>", "no problem"), (404, {}, '{"status": 404, "code": "x", "d": "Traceback"}', "our inside"),
        (404, {"access-control-allow-origin": "*"}, '{"status": 404, "code": "x"}', "another origin"), (404, {}, '{"status": 404, "code": "y"}', "y, not x"),
        (404, {}, '{"status": 404, "code": "x"}', ""),
    ],
)  # fmt: skip
def test_what_is_not_safe_is_found(status: int, headers: dict[str, str], body: str, says: str) -> None:
    safe = {
        "x-content-type-options": "nosniff",
        "content-security-policy": "frame-ancestors 'none'",
        "content-type": "application/problem+json",
    }
    found = complaints(Case(number=0, name="x", code="x"), httpx2.Response(status, headers=safe | headers, content=body.encode()))
    assert (not found) if not says else any(says in complaint for complaint in found), found
