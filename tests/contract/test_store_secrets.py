"""Secrets as both databases keep them: sealed, by name and project."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from headway.model.secret import Secret
from headway.store.sql.store import SqlStore
from tests.contract.material import after


def a_secret(name: str, project: str | None = None, **fields: Any) -> Secret:
    given: dict[str, Any] = {"version": 1, "key_id": "k1", "sealed": "c2VhbGVk", "set_at": after(1), "set_by": "anna"}
    return Secret(name=name, project=project, **(given | fields))


async def test_one_is_put_in_the_place_of_the_older(store: SqlStore) -> None:
    first = a_secret("KEY")
    await store.write(lambda tx: tx.secrets.put(first))
    newer = replace(first, version=2, sealed="other", set_at=after(5), set_by="li'; DROP TABLE secrets")
    await store.write(lambda tx: tx.secrets.put(newer))
    assert await store.read(lambda s: s.secrets.get("KEY", None)) == newer
    assert await store.read(lambda s: (s.secrets.get("KEY", "exams"), s.secrets.get("NONE", None), s.secrets.count())) == (None, None, 1)
    assert await store.write(lambda tx: (tx.secrets.delete("KEY", "exams"), tx.secrets.delete("KEY", None))) == (False, True)
    assert await store.read(lambda s: s.secrets.get("KEY", None)) is None


async def test_that_of_the_project_counts_there(store: SqlStore) -> None:
    for_all, of_exams, other = a_secret("KEY"), a_secret("KEY", "exams"), a_secret("OTHER", "maths")
    for each in (of_exams, for_all, other):
        await store.write(lambda tx, each=each: tx.secrets.put(each))
    wanted = {"KEY", "OTHER", "NONE"}
    assert await store.read(lambda s: s.secrets.for_project("exams", wanted)) == {"KEY": of_exams}
    assert await store.read(lambda s: s.secrets.for_project("maths", wanted)) == {"KEY": for_all, "OTHER": other}
    assert await store.read(lambda s: s.secrets.for_project("exams", [])) == {}
    assert await store.read(lambda s: s.secrets.list(None)) == [for_all, of_exams, other]
    assert await store.read(lambda s: s.secrets.list({"maths"})) == [for_all, other]
