"""A child run where there is no worker: its task is called as the function that it is."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any

from headway.model.errors import TaskNotFound
from headway.sdk.failure import failure_of
from headway.sdk.kin import End, Wish
from headway.sdk.schema import bind
from headway.sdk.task import Task, find_task


def call_here(wish: Wish, run: str) -> End:
    """How it went, told as a worker would tell it. Raises `TaskNotFound`, `InvalidParameters`, and what is no `Exception`."""
    task = find_task(wish["task"])
    if task is None:
        raise TaskNotFound(task=wish["task"])
    arguments = bind(task, wish["parameters"])
    end = {"run": run, "name": wish.get("name") or task.name}
    try:
        return {**end, "state": "succeeded", "result": _call(task, arguments)}
    except Exception as error:  # noqa: BLE001  (whatever the task raises is how the child ended)
        return {**end, "state": "failed", "error": failure_of(error, "exception")}


def _call(task: Task[..., Any], arguments: dict[str, Any]) -> Any:
    if not task.is_async:
        return task.function(**arguments)

    async def call() -> Any:
        return await task.function(**arguments)

    return _in_a_thread(lambda: asyncio.run(call()))


def _in_a_thread(function: Callable[[], Any]) -> Any:
    """A loop cannot be entered from within another."""
    answers: list[Any] = []
    errors: list[BaseException] = []

    def call() -> None:
        try:
            answers.append(function())
        except BaseException as error:  # noqa: BLE001  (raised again below)
            errors.append(error)

    thread = threading.Thread(target=call, name="headway-child")
    thread.start()
    thread.join()
    if errors:
        raise errors[0]
    return answers[0]
