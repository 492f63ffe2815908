"""Acts for all runs that match a filter, or for those that are named."""

from __future__ import annotations

from typing import Any

import pytest

from headway.acts import wish
from headway.web import bulk
from tests.unit.web.office import Office, problem


async def states(office: Office, query: str = "") -> list[str]:
    return sorted(run["state"] for run in (await office.ask("GET", f"/runs?fields=state&limit=200{query}")).json()["items"])


async def ask(office: Office, act: str, query: str = "", **body: Any) -> dict[str, Any]:
    answer = await office.ask("POST", f"/runs/{act}{query}", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_all_that_match_are_cancelled_after_a_look_at_how_many(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "SLICE", 3)
    for number in range(8):
        await office.start(name=f"sheet {number}", tags=["7b"] if number < 7 else ["8a"])

    seen = await ask(office, "cancellations", "?tag=7b", is_preview=True)
    assert (seen["matched"], seen["succeeded"]) == (7, 0)
    assert await states(office) == ["queued"] * 8

    done = await ask(office, "cancellations", "?tag=7b", reason="wrong class")
    assert done == {"matched": 7, "succeeded": 7, "failed_count": 0, "failed": [], "is_complete": True, "next_cursor": None}
    assert await states(office) == ["cancelled"] * 7 + ["queued"]
    assert (await ask(office, "cancellations", "?tag=7b"))["matched"] == 0


async def test_pause_resume_retry_and_delete(office: Office) -> None:
    for _ in range(3):
        await office.start()
    assert (await ask(office, "pauses", "?state=queued"))["succeeded"] == 3
    assert (await ask(office, "pauses", "?state=succeeded"))["matched"] == 0
    assert (await ask(office, "resumptions", is_everything=True))["succeeded"] == 3
    assert await states(office) == ["queued"] * 3
    assert (await ask(office, "cancellations", is_everything=True))["succeeded"] == 3
    assert (await ask(office, "retries", "?state=cancelled"))["succeeded"] == 3
    assert await states(office) == ["cancelled"] * 3 + ["queued"] * 3
    assert (await ask(office, "deletions", "?q=add"))["succeeded"] == 3
    assert await states(office) == ["queued"] * 3


async def test_those_that_are_named_and_what_was_not_possible(office: Office) -> None:
    first, second = await office.start(), await office.start()
    opened = await office.open()
    said = await ask(office, "pauses", runs=[first["id"], opened["run"]["id"], "nothing", first["id"]])
    assert (said["matched"], said["succeeded"], said["failed_count"]) == (3, 1, 2)
    assert [(each["id"], each["problem"]["code"]) for each in said["failed"]] == [
        (opened["run"]["id"], "not_pausable"), ("nothing", "run_not_found"),
    ]  # fmt: skip
    assert await states(office, "&kind=task") == ["paused", "queued"]
    assert second["state"] == "queued"


async def test_more_than_one_call_may_reach(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "SLICE", 2)
    monkeypatch.setattr(bulk, "BULK_LIMIT", 4)
    for _ in range(5):
        await office.start()
    assert (await ask(office, "cancellations", is_everything=True, is_preview=True))["is_complete"] is False
    first = await ask(office, "cancellations", is_everything=True)
    assert (first["succeeded"], first["is_complete"]) == (4, False)
    second = await ask(office, "cancellations", is_everything=True, cursor=first["next_cursor"])
    assert (second["succeeded"], second["is_complete"], second["next_cursor"]) == (1, True, None)


async def test_who_goes_on_meets_no_run_twice_and_none_that_came_later(office: Office) -> None:
    """A retried run still matches the filter, and so would its successor once it has failed, too."""
    for number in range(5):
        await office.start(name=f"sheet {number}")
    await ask(office, "cancellations", is_everything=True)
    cursor: str | None = None
    steps: list[int] = []
    while len(steps) < 10:
        said = await ask(office, "retries", "?state=cancelled", limit=2, **({"cursor": cursor} if cursor else {}))
        assert (await ask(office, "cancellations", "?state=queued"))["succeeded"] == said["succeeded"]
        steps.append(said["succeeded"])
        cursor = said["next_cursor"]
        if cursor is None:
            break
    assert steps == [2, 2, 1]
    assert await states(office) == ["cancelled"] * 10


async def test_a_cursor_that_nobody_gave(office: Office) -> None:
    for cursor in ("x", "W10", "WzEsMiwzXQ"):
        problem(await office.ask("POST", "/runs/pauses", json={"is_everything": True, "cursor": cursor}), 400, "invalid_cursor")
    problem(await office.ask("POST", "/runs/pauses", json={"is_everything": True, "limit": 0}), 422, "invalid")


async def test_each_is_reached_with_its_family_in_transactions_that_do_not_grow_with_it(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wish, "FAMILY_LIMIT", 3)
    for _ in range(3):
        parent = await office.start(name="a parent")
        for _ in range(2):
            await office.start(name="a child", parent=parent["id"])
    said = await ask(office, "cancellations", "?is_root=true", reason="wrong class")
    assert (said["matched"], said["succeeded"], said["failed_count"]) == (3, 3, 0)
    assert await states(office) == ["cancelled"] * 9


async def test_a_child_that_matches_beside_its_parent_is_asked_once(office: Office) -> None:
    parent = await office.start(name="a parent")
    child = await office.start(name="a child", parent=parent["id"])
    said = await ask(office, "cancellations", is_everything=True)
    assert (said["succeeded"], said["failed_count"]) == (2, 0)
    events = (await office.ask("GET", f"/runs/{child['id']}/events?limit=100")).json()["items"]
    assert [event["kind"] for event in events].count("command.given") == 1
    assert await states(office) == ["cancelled"] * 2


@pytest.mark.parametrize(
    ("query", "body"),
    [
        ("", {}),
        ("?state=queued", {"is_everything": True}),
        ("?state=queued", {"runs": ["a"]}),
        ("", {"runs": []}),
        ("", {"runs": ["a"] * 1_001}),
        ("?state=done", {}),
        ("", {"everything": True}),
    ],
)
async def test_nobody_cancels_everything_by_leaving_something_out(office: Office, query: str, body: dict[str, Any]) -> None:
    run = await office.start()
    problem(await office.ask("POST", f"/runs/cancellations{query}", json=body), 422, "invalid")
    assert (await office.ask("GET", f"/runs/{run['id']}")).json()["state"] == "queued"
