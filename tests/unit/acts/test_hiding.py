"""Which parameters are secrets, in schemas of every kind."""

from __future__ import annotations

from typing import Any

import pytest

from headway.acts.hiding import hidden_parameters, hide_secrets
from headway.model.run import Task
from headway.testing.store import memory_store
from tests.contract.material import a_run

SECRET = {"type": "string", "format": "password"}


@pytest.mark.parametrize(
    ("schema", "given", "shown"),
    [
        ({"properties": {"a": SECRET, "b": {"type": "string"}}}, {"a": "x", "b": "y"}, {"a": "***", "b": "y"}),
        ({"properties": {"a": {"writeOnly": True}}}, {"a": {"deep": [1]}}, {"a": "***"}),
        ({"properties": {"a": {"x-control": "secret"}}}, {"a": 7}, {"a": "***"}),
        ({"properties": {"a": SECRET, "b": SECRET}}, {"a": None, "b": ""}, {"a": None, "b": ""}),
        ({"properties": {"a": {"anyOf": [SECRET, {"type": "null"}]}}}, {"a": "x"}, {"a": "***"}),
        ({"properties": {"a": {"items": {"properties": {"p": SECRET}}}}}, {"a": [{"p": "x", "q": 1}]}, {"a": [{"p": "***", "q": 1}]}),
        ({"properties": {"a": {"prefixItems": [{}, SECRET], "items": {}}}}, {"a": ["x", "y", "z"]}, {"a": ["x", "***", "z"]}),
        ({"properties": {"a": {"additionalProperties": SECRET}}}, {"a": {"k": "x"}}, {"a": {"k": "***"}}),
        ({"patternProperties": {"^pw_": SECRET, "(": {}}}, {"pw_a": "x"}, {"pw_a": "***"}),
        ({"properties": {"a": {"$ref": "#/$defs/S"}}, "$defs": {"S": SECRET}}, {"a": "x"}, {"a": "***"}),
        ({"allOf": [{"properties": {"a": SECRET}}], "properties": {"a": {"type": "string"}}}, {"a": "x"}, {"a": "***"}),
        ({"if": {}, "then": {"properties": {"a": SECRET}}}, {"a": "x"}, {"a": "***"}),
        ({"properties": {"a": {"$ref": "#"}, "p": SECRET}}, {"a": {"a": {"p": "x"}}}, {"a": {"a": {"p": "***"}}}),
        ({"$ref": "#"}, {"a": 1}, {"a": 1}),
        ({"properties": {"a": True}, "additionalProperties": False}, {"a": 1, "b": 2}, {"a": 1, "b": 2}),
        ({}, {"a": 1}, {"a": 1}),
    ],
    ids=str,
)
def test_secrets(schema: dict[str, Any], given: dict[str, Any], shown: dict[str, Any]) -> None:
    assert hide_secrets(given, schema) == shown


def test_what_is_too_deep_to_be_looked_at_counts_as_secret() -> None:
    value: Any = "at the bottom"
    for _ in range(100):
        value = {"a": value}
    assert "at the bottom" not in str(hide_secrets(value, {}))


async def test_without_a_task_nobody_can_say_which_are_secret_and_of_another_program_none_are() -> None:
    async with memory_store() as store:
        await store.write(lambda tx: tx.tasks.put([Task(name="known", parameter_schema={"properties": {"a": SECRET}})]))
        for task, kind, shown in [
            ("known", "task", {"a": "***", "b": 2}),
            ("gone", "task", {"a": "***", "b": "***"}),
            (None, "outside", {"a": 1, "b": 2}),
        ]:
            run = a_run(task=task, kind=kind, parameters={"a": 1, "b": 2})
            assert await store.read(lambda snapshot, run=run: hidden_parameters(snapshot, run)) == shown
