"""Secrets over the routes: set and listed, never shown; given to remote workers with their leases alone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from headway.access.vault import Vault
from headway.model.run import Options, Task
from tests.unit.web.office import Office, problem
from tests.unit.web.test_remote_workers import Remote, remote

VALUE = "sk-Zq7w9Kx4"
NEEDY = Task(name="maths:needy", options=Options(secrets=("KEY",)))


@pytest.fixture
async def needy(office: Office) -> Office:
    await office.store.write(lambda tx: tx.tasks.put([NEEDY]))
    return office


async def put(office: Office, name: str = "KEY", value: str = VALUE, **more: object) -> None:
    answer = await office.ask("PUT", f"/secrets/{name}", json={"value": value, **more})
    assert answer.status_code == 200, answer.text
    assert value not in answer.text


async def test_set_list_delete(office: Office) -> None:
    await put(office)
    await put(office, value="another-value")
    await put(office, project="exams")
    answer = await office.ask("GET", "/secrets")
    assert [(each["name"], each["project"], each["version"], each["set_by"]) for each in answer.json()["items"]] == [
        ("KEY", None, 2, "somebody"),
        ("KEY", "exams", 1, "somebody"),
    ]
    assert VALUE not in answer.text
    assert "sealed" not in answer.text
    assert (await office.ask("DELETE", "/secrets/KEY")).status_code == 204
    problem(await office.ask("DELETE", "/secrets/KEY"), 404, "secret_not_found")
    assert [each["project"] for each in (await office.ask("GET", "/secrets")).json()["items"]] == ["exams"]
    audited = (await office.ask("GET", "/audit?target=KEY")).json()["items"]
    assert [row["action"] for row in audited] == ["secret.deleted", "secret.set", "secret.set", "secret.set"]
    assert VALUE not in str(audited)


@pytest.mark.parametrize(
    ("name", "value"),
    [("KEY", "short"), ("KEY", "     short     "), ("KEY", "x" * 32_769), ("KEY", ""), ("1KEY", VALUE), ("A-B", VALUE), ("K" * 65, VALUE)],
)
async def test_what_is_refused_is_not_repeated(office: Office, name: str, value: str) -> None:
    answer = problem(await office.ask("PUT", f"/secrets/{name}", json={"value": value}), 422, "invalid")
    assert not value or value not in str(answer)


async def test_what_is_no_text_is_not_repeated(office: Office) -> None:
    for body in ({"value": [VALUE]}, {"value": VALUE, "more": VALUE}, {"value": f"{VALUE}\0"}, {}):
        assert VALUE not in str(problem(await office.ask("PUT", "/secrets/KEY", json=body), 422, "invalid"))


async def test_who_may(office: Office) -> None:
    await put(office, project="exams")
    await put(office, name="ALL_KEY")
    of_exams = office.token("project:exams:secret:*")
    of_maths = office.token("project:maths:secret:read")
    assert [each["name"] for each in (await office.ask("GET", "/secrets", token=of_exams)).json()["items"]] == ["ALL_KEY", "KEY"]
    assert [each["name"] for each in (await office.ask("GET", "/secrets", token=of_maths)).json()["items"]] == ["ALL_KEY"]
    problem(await office.ask("GET", "/secrets", token=office.token(role="viewer")), 403, "forbidden")
    for token, project in ((of_exams, None), (of_exams, "maths"), (of_maths, "maths")):
        problem(await office.ask("PUT", "/secrets/NEW", token=token, json={"value": VALUE, "project": project}), 403, "forbidden")
    problem(await office.ask("DELETE", "/secrets/ALL_KEY", token=of_exams), 403, "forbidden")
    problem(await office.ask("POST", "/secrets/rotations", token=of_exams, json={}), 403, "forbidden")
    assert (await office.ask("DELETE", "/secrets/KEY?project=exams", token=of_exams)).status_code == 204


async def test_a_start_needs_the_secret_and_the_right_to_use_it(needy: Office) -> None:
    body = problem(await needy.ask("POST", "/tasks/maths:needy/runs", json={}), 422, "secret_missing")
    assert "headway secret set KEY" in body["detail"]
    await put(needy, project="exams")
    problem(await needy.ask("POST", "/tasks/maths:needy/runs", json={}), 422, "secret_missing")
    assert (await needy.ask("POST", "/tasks/maths:needy/runs", json={"project": "exams"})).status_code == 201
    starter = needy.token("project:exams:run:start")
    assert problem(await needy.ask("POST", "/tasks/maths:needy/runs", token=starter, json={"project": "exams"}), 403, "forbidden")[
        "detail"
    ].count("secret:read")
    both = needy.token("project:exams:run:start", "project:exams:secret:read")
    assert (await needy.ask("POST", "/tasks/maths:needy/runs", token=both, json={"project": "exams"})).status_code == 201


async def claimed(worker: Remote) -> dict[str, str]:
    said = await worker.turn(wanted=[{"tasks": ["maths:needy"], "limit": 1}], held={})
    (claim,) = said["claims"]
    return claim["secrets"]


async def test_a_remote_worker_gets_them_with_its_lease_alone(needy: Office) -> None:
    await put(needy)
    started = await needy.ask("POST", "/tasks/maths:needy/runs", json={"project": "exams"})
    other = await remote(needy, "project:maths:worker:serve")
    assert (await other.turn(wanted=[{"tasks": ["maths:needy"], "limit": 1}], held={}))["claims"] == []
    mine = await remote(needy, "project:exams:worker:serve")
    assert await claimed(mine) == {"KEY": VALUE}
    assert await claimed(mine) == {"KEY": VALUE}, "the answer was lost: the same lease again"
    second = await remote(needy, "project:exams:worker:serve")
    assert (await second.turn(wanted=[{"tasks": ["maths:needy"], "limit": 1}], held={}))["claims"] == []
    for path in ("", "/events", "/entries", "/view"):
        assert VALUE not in (await needy.ask("GET", f"/runs/{started.json()['id']}{path}")).text


async def test_rotation_encrypts_with_the_newest_key(needy: Office) -> None:
    await put(needy)
    old = needy.desk.vault
    assert old is not None
    needy.desk.vault = Vault([bytes(range(32)), *old._keys.values()])
    assert [each["is_current"] for each in (await needy.ask("GET", "/secrets")).json()["items"]] == [False]
    assert (await needy.ask("POST", "/secrets/rotations", json={})).json() == {"count": 1}
    assert (await needy.ask("POST", "/secrets/rotations")).json() == {"count": 0}
    needy.desk.vault = Vault([bytes(range(32))])
    assert [each["is_current"] for each in (await needy.ask("GET", "/secrets")).json()["items"]] == [True]
    await needy.ask("POST", "/tasks/maths:needy/runs", json={"project": "exams"})
    assert await claimed(await remote(needy, "project:exams:worker:serve")) == {"KEY": VALUE}


async def test_what_cannot_be_opened_stops_a_rotation_whole(office: Office) -> None:
    await put(office, name="GOOD")
    await put(office, name="LOST")
    good = await office.store.read(lambda s: s.secrets.get("GOOD", None))
    assert good is not None
    await office.store.write(lambda tx: tx.secrets.put(replace(good, name="LOST", version=1)))
    old = office.desk.vault
    assert old is not None
    office.desk.vault = Vault([bytes(range(32)), *old._keys.values()])
    problem(await office.ask("POST", "/secrets/rotations", json={}), 500, "secret_unreadable")
    assert await office.store.read(lambda s: s.secrets.get("GOOD", None)) == good


async def test_without_a_key_there_are_none(office: Office) -> None:
    office.desk.vault = None
    problem(await office.ask("PUT", "/secrets/KEY", json={"value": VALUE}), 503, "no_secrets_key")
