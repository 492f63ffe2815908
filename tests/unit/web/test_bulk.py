"""Acts for all runs that match a filter, or for those that are named."""

from __future__ import annotations

from typing import Any

import pytest

from headway.acts import wish
from headway.acts.claim import claim
from headway.acts.finish import Finish, finish
from headway.model.states import Outcome
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
    assert done == {
        "matched": 7,
        "succeeded": 7,
        "failed_count": 0,
        "failed": [],
        "skipped_count": 0,
        "skipped": [],
        "started": [],
        "is_complete": True,
        "next_cursor": None,
    }
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
        problem(await office.ask("POST", "/runs/pauses", json={"runs": ["a"], "cursor": cursor}), 400, "invalid_cursor")
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


async def fail(office: Office, *runs: str) -> None:
    held = await office.store.write(lambda tx: claim(tx, worker="w", queues=["default"], limit=100))
    ends = [
        Finish(run=each.run.id, fence=each.fence, batch_no=0, events=[], outcome=Outcome.FAILED) for each in held if each.run.id in runs
    ]
    assert len(ends) == len(runs)
    await office.store.write(lambda tx: finish(tx, ends))


async def family(office: Office, generations: int, **more: Any) -> list[str]:
    """A run, its child, the child of that, and so on."""
    ids: list[str] = []
    for number in range(generations):
        parent = {"parent": ids[-1]} if ids else {}
        ids.append((await office.start(name=f"generation {number}", **parent, **more))["id"])
    return ids


async def retried(office: Office) -> list[str]:
    """Names of the runs that were run again."""
    runs = (await office.ask("GET", "/runs?limit=200")).json()["items"]
    return sorted(run["name"] for run in runs if "retry_of" in run["metadata"])


async def test_a_child_whose_parent_is_run_again_is_left_to_it(office: Office) -> None:
    parent, child, grandchild = await family(office, 3)
    alone = (await office.start(name="alone"))["id"]
    await fail(office, parent, child, grandchild, alone)

    said = await ask(office, "retries", "?state=failed")
    assert (said["matched"], said["succeeded"], said["failed_count"], said["skipped_count"]) == (4, 2, 0, 2)
    assert said["skipped"] == [{"id": child, "ancestor": parent}, {"id": grandchild, "ancestor": child}]
    assert await retried(office) == ["alone", "generation 0"]


@pytest.mark.parametrize("way", ["named", "in calls of one"])
async def test_so_it_is_with_those_that_are_named_and_over_the_calls_of_a_sweep(office: Office, way: str) -> None:
    ids = await family(office, 3)
    await fail(office, *ids)
    skipped = 0
    if way == "named":
        said = await ask(office, "retries", runs=[ids[2], ids[0]])
        # The one between is not named; it failed, so it runs again, and with it what it starts.
        assert said["skipped"] == [{"id": ids[2], "ancestor": ids[0]}]
    else:
        cursor: dict[str, str] = {}
        for _ in ids:
            said = await ask(office, "retries", "?state=failed", limit=1, **cursor)
            cursor = {"cursor": said["next_cursor"]}
            skipped += said["skipped_count"]
        assert (skipped, said["next_cursor"]) == (2, None)
    assert await retried(office) == ["generation 0"]


async def test_a_child_that_is_older_than_who_took_it_over_is_left_to_that(office: Office) -> None:
    """What a retry keeps was created before it: the sweep comes to the child first."""
    child, parent = (await office.start(name="a child"))["id"], (await office.start(name="a parent"))["id"]
    await office.store.write(lambda tx: tx.runs.change(child, parent=parent))
    await fail(office, parent, child)
    assert (await ask(office, "retries", "?state=failed", limit=1))["skipped"] == [{"id": child, "ancestor": parent}]


async def test_a_child_runs_again_by_itself_where_no_ancestor_is_meant_or_would_run_it(office: Office) -> None:
    going, orphan = await family(office, 2, tags=["going"])
    kept, held, low = await family(office, 3, tags=["kept"])
    other, tagged = await family(office, 2)
    await office.ask("PATCH", f"/runs/{tagged}", json={"tags": ["kept"]})
    await fail(office, orphan, kept, low, other, tagged)
    assert (await office.ask("GET", f"/runs/{held}")).json()["state"] == "running"

    said = await ask(office, "retries", "?tag=going")
    assert (said["succeeded"], said["skipped_count"], going != orphan) == (1, 0, True)
    # `kept` runs again and keeps `held`, which goes on: nobody would run `low` again. The parent of `tagged` has no such tag.
    said = await ask(office, "retries", "?tag=kept")
    assert (said["succeeded"], said["skipped_count"]) == (3, 0)


async def test_a_call_that_is_repeated_because_its_answer_got_lost_runs_nothing_twice(office: Office) -> None:
    for number in range(3):
        await office.start(name=f"sheet {number}")
    await ask(office, "cancellations", is_everything=True)
    seen = await ask(office, "retries", "?state=cancelled", is_preview=True)
    assert (seen["matched"], seen["is_complete"]) == (3, True)

    first = await ask(office, "retries", "?state=cancelled", limit=2, cursor=seen["next_cursor"])
    # The new runs have ended the same way meanwhile: they match as well, but were not there when it began.
    await ask(office, "cancellations", "?state=queued")
    again = await ask(office, "retries", "?state=cancelled", limit=2, cursor=seen["next_cursor"])
    assert again == first
    rest = await ask(office, "retries", "?state=cancelled", limit=2, cursor=again["next_cursor"])
    assert (rest["succeeded"], rest["next_cursor"]) == (1, None)
    assert await retried(office) == ["sheet 0", "sheet 1", "sheet 2"]


async def test_a_look_at_named_runs_touches_none_and_gives_what_makes_the_act_repeatable(office: Office) -> None:
    first, second = await office.start(name="one"), await office.start(name="two")
    named = [first["id"], second["id"], first["id"]]
    for act in ("cancellations", "deletions"):
        assert (await ask(office, act, runs=named, is_preview=True))["matched"] == 2
    assert await states(office) == ["queued"] * 2
    await ask(office, "cancellations", runs=named)
    cursor = (await ask(office, "retries", runs=named, is_preview=True))["next_cursor"]
    said = await ask(office, "retries", runs=named, cursor=cursor)
    assert [each["id"] for each in said["started"]] == [first["id"], second["id"]]
    assert await ask(office, "retries", runs=named, cursor=cursor) == said
    assert await retried(office) == ["one", "two"]


async def test_named_or_matching_a_retry_comes_to_the_same(office: Office) -> None:
    """`low`, below one that goes on and would be kept, is run again by nobody else; `deep` is by `top`, over one that failed."""
    results: list[tuple[int, list[dict[str, str]], list[str]]] = []
    for way in ("named", "matching"):
        tag = {"tags": [way]}
        kept, held, low = await family(office, 3, **tag)
        top, middle, deep = await family(office, 3, **tag)
        await fail(office, kept, low, top, middle, deep)
        meant = [kept, low, top, deep]
        if way == "matching":
            await office.ask("PATCH", f"/runs/{middle}", json={"tags": ["between"]})
            said = await ask(office, "retries", f"?tag={way}")
        else:
            said = await ask(office, "retries", runs=meant)
        assert (await office.ask("GET", f"/runs/{held}")).json()["state"] == "running"
        place = {run: name for name, run in zip(("kept", "low", "top", "deep"), meant, strict=True)}
        skipped = [{name: place[run] for name, run in each.items()} for each in said["skipped"]]
        results.append((said["succeeded"], skipped, [place[each["id"]] for each in said["started"]]))
    assert results[0] == results[1] == (3, [{"id": "deep", "ancestor": "top"}], ["kept", "low", "top"])


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
