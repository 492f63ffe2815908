"""`headway.start` and `headway.map`: a run has child runs, waits for them, and gets their results.

A child is known by its key: the same key again, in whatever attempt of the parent, is the child that was started first. So a parent
that is interrupted and tried again finds its children where they are, and starts none of them twice. Without a key of its own a child
has its task, its parameters, and how many alike were started before it.
"""

from __future__ import annotations

import hashlib
import inspect
import json
import sys
import threading
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Generator, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from headway.model.errors import ChildFailed, HeadwayError, Invalid
from headway.sdk.context import RunContext, current
from headway.sdk.jsonable import exact
from headway.sdk.outcomes import Paused
from headway.sdk.task import Task, find_task
from headway.sdk.track import track

if TYPE_CHECKING:
    from headway.sdk.kin import Kin

WINDOW = 200
"""Children whose ends are asked for at once; a family of thousands is waited for piece by piece."""
_LOOK_SECONDS = 0.5
"""Between two looks at whether the parent is to pause, while it waits."""

TaskOrName = Task[..., Any] | str


class ChildRun:
    """A run that this run has started. `result()` waits for it; in an ``async def`` task ``await`` it."""

    def __init__(self, run: RunContext, kin: Kin, wish: Mapping[str, Any], size_bytes: int) -> None:
        self.task: str = wish["task"]
        self.parameters: Mapping[str, Any] = wish["parameters"]
        self._run = run
        self._kin = kin
        self._wish = wish
        self._born = kin.start(wish, size_bytes)

    @property
    def id(self) -> str:
        """Of the run. Waits until it is recorded. Raises what kept it from being started."""
        self._wait(self._born.is_settled, self._born.on_settled)
        return self._born.value

    @property
    def state(self) -> str | None:
        """How it has ended, as far as that is known here; None: it has not."""
        end = self._kin.end_of(self._born.value) if self._born.is_settled() and self._born.error is None else None
        return None if end is None else end["state"]

    def result(self) -> Any:
        """What it returned. Waits for its end. Raises `ChildFailed` when it did not succeed."""
        return _result_of(self.wait())

    def wait(self) -> Mapping[str, Any]:
        """Wait for its end, whatever it is: ``{run, name, state, result?, error?}``."""
        _wait_for(self._run, self._kin, [self])
        return self._end

    async def started(self) -> str:
        """Its id, once it is recorded. Raises what kept it from being started."""
        await _until(self._born.is_settled, self._born.on_settled)
        return self._born.value

    def __await__(self) -> Generator[Any, None, Any]:
        yield from self.ended().__await__()
        return _result_of(self._end)

    async def ended(self) -> Mapping[str, Any]:
        """As `wait`, for ``async def`` tasks."""
        await _until_ended(self._run, self._kin, [self])
        return self._end

    @property
    def _end(self) -> Mapping[str, Any]:
        end = self._kin.end_of(self._born.value)
        assert end is not None
        return end

    @property
    def is_ended(self) -> bool:
        return self._born.is_settled() and self._kin.end_of(self._born.value) is not None

    @property
    def is_born(self) -> bool:
        """Whether it is recorded. Raises what kept it from being started."""
        if not self._born.is_settled():
            return False
        return bool(self._born.value)

    def _wait(self, is_so: Callable[[], bool], on_change: Callable[[Callable[[], object]], None]) -> None:
        if _is_in_loop():
            if not is_so():
                raise HeadwayError("This child run is not recorded yet; in an async task say `await child.started()` first.")
            return
        changed = threading.Event()
        on_change(changed.set)
        while not is_so():
            changed.wait(_LOOK_SECONDS)

    def __repr__(self) -> str:
        return f"<headway child run of {self.task}: {self.state or 'not ended'}>"


class Children:
    """What `map` gives: iterate over it for the results, in the order of the items, each as soon as it and those before it are there.
    `runs` are the children themselves."""

    def __init__(self, run: RunContext, kin: Kin, children: Sequence[ChildRun], label: str) -> None:
        self._run = run
        self._kin = kin
        self.runs = children
        self._label = label

    def __len__(self) -> int:
        return len(self.runs)

    def results(self) -> Iterator[Any]:
        """Results in the order of the items. Raises `ChildFailed` at the first that did not succeed; the others go on."""
        for end in self.ends():
            yield _result_of(end)

    def ends(self) -> Iterator[Mapping[str, Any]]:
        """As `results`, but how each has ended, also those that failed: ``{run, name, state, result?, error?}``."""
        for at in self._tracked():
            _wait_for(self._run, self._kin, self.runs[at : at + WINDOW])
            yield self.runs[at]._end  # pyright: ignore[reportPrivateUsage]

    def _tracked(self) -> Iterable[int]:
        # No place is kept: the next attempt gets the results from the beginning, and they are there.
        return track(range(len(self.runs)), name=self._label, unit="runs", checkpoint=False)

    def wait(self) -> list[Mapping[str, Any]]:
        """Wait for all of them, and tell how each has ended."""
        return list(self.ends())

    def __iter__(self) -> Iterator[Any]:
        return self.results()

    async def __aiter__(self) -> AsyncGenerator[Any]:
        for at in self._tracked():
            await _until_ended(self._run, self._kin, self.runs[at : at + WINDOW])
            yield _result_of(self.runs[at]._end)  # pyright: ignore[reportPrivateUsage]


def start(
    task: TaskOrName,
    parameters: Mapping[str, Any] | None = None,
    *,
    key: str | None = None,
    name: str | None = None,
    tags: Iterable[str] = (),
    priority: int | None = None,
) -> ChildRun:
    """Start a child run of this one, and go on at once. `ChildRun.result()` waits for it.

    It runs in this run's project, in the name of whoever started this one; whoever cancels or pauses this run, does so to it.
    Called outside of a worker (a test, a shell) the task's function is simply called.

    Args:
        task: A task, or its name.
        parameters: What it is called with.
        key: What the child is known by among its siblings. By default its task, its parameters, and how many alike came before.
        name: Shown instead of the task's name.
        tags: In addition to the task's own.
        priority: -10 … 10; by default this run's.

    Raises:
        NoFamily: This run is recorded from an outside program.
        TaskNotFound, InvalidParameters, QueueFull, TooLarge: From `result()` and `id`: the start was refused.
    """
    run = current()
    child = _born(run, run.kin, task, parameters or {}, key=key, name=name, tags=tags, priority=priority)
    run.kin.flush()
    return child


def map(  # noqa: A001  (as `concurrent.futures` and everyone who maps calls it)
    task: TaskOrName,
    items: Iterable[Any],
    *,
    cap: int | None = None,
    over: str | None = None,
    name: Callable[[Any], str] | None = None,
    tags: Iterable[str] = (),
    priority: int | None = None,
) -> Children:
    """Start a child run for each item, all at once, and give their results in the order of the items::

        for marks in headway.map(grade_class, ["7a", "7b", "7c"], cap=4):
            ...

    Args:
        task: A task, or its name.
        items: Mappings of parameters; or values of one parameter (`over`).
        cap: How many of them are executed at once; None: as many as the workers have places.
        over: The parameter that the items are values of; by default the task's first.
        name: What a child is called, from its item. By default the task's name and, if it is short, the item.
        tags, priority: As for `start`.

    Raises:
        As `start`, when the results are asked for.
    """
    if cap is not None and cap < 1:
        raise ValueError(f"cap must be at least 1, not {cap!r}")
    run = current()
    kin = run.kin
    task_name = _name_of(task)
    number = kin.next_map()
    cap_of: dict[str, Any] = {"family_key": str(number), "family_limit": cap} if cap is not None else {}
    children = [
        _born(run, kin, task, _parameters_of(task, item, over), name=_called(task_name, item, name), tags=tags, priority=priority, **cap_of)
        for item in items
    ]
    kin.flush()
    return Children(run, kin, children, task_name)


def _born(
    run: RunContext, kin: Kin, task: TaskOrName, parameters: Mapping[str, Any], *, key: str | None = None, **options: Any
) -> ChildRun:
    task_name = _name_of(task)
    plain: dict[str, Any] = exact(dict(parameters), "parameters")
    text = json.dumps(plain, sort_keys=True, ensure_ascii=False).encode("utf-8", "backslashreplace")
    wish = {"task": task_name, "parameters": plain, "key": key or _key_of(kin.alike, task_name, text)}
    wish |= {name: list(value) if name == "tags" else value for name, value in options.items() if value is not None}
    return ChildRun(run, kin, wish, len(text))


def _key_of(alike: Counter[str], task: str, parameters: bytes) -> str:
    what = f"{task[:80]}#{hashlib.sha256(task.encode() + parameters).hexdigest()[:24]}"
    alike[what] += 1
    return f"{what}#{alike[what]}"


def _name_of(task: TaskOrName) -> str:
    return task if isinstance(task, str) else task.name


def _parameters_of(task: TaskOrName, item: Any, over: str | None) -> Mapping[str, Any]:
    if over is not None:
        return {over: item}
    if isinstance(item, Mapping):
        return item  # pyright: ignore[reportUnknownVariableType]
    found = find_task(task) if isinstance(task, str) else task
    first = next(iter(inspect.signature(found.function).parameters), None) if found is not None else None
    if first is None:
        raise Invalid(f"Say which parameter of {_name_of(task)} the items are: headway.map(…, over='name').", field="over")
    return {first: item}


def _called(task: str, item: Any, name: Callable[[Any], str] | None) -> str | None:
    if name is not None:
        return name(item)
    return f"{task} {item}" if isinstance(item, str | int) and len(str(item)) <= 60 else None


def _result_of(end: Mapping[str, Any]) -> Any:
    if end["state"] == "succeeded":
        return end.get("result")
    error: Mapping[str, Any] = end.get("error") or {}
    reason = str(error.get("message") or error.get("code") or "it says no more of it").rstrip(".")
    raise ChildFailed(run=end["run"], name=end["name"], state=end["state"], reason=reason, error_code=error.get("code"))


# --- waiting ---


def _wait_for(run: RunContext, kin: Kin, children: Sequence[ChildRun]) -> None:
    """Return when the first of them has ended; the ends of the others are asked for with it."""
    if _is_in_loop():
        raise HeadwayError("In an async task say `await child`, or `async for result in headway.map(…)`; waiting would hold up its loop.")
    first = children[0]
    if first.is_ended:
        return
    with kin.standing_aside():
        while not _has_ended(first, kin, children):
            kin.wait(_LOOK_SECONDS)
            _pause_if_wanted(run)


async def _until_ended(run: RunContext, kin: Kin, children: Sequence[ChildRun]) -> None:
    while not _has_ended(children[0], kin, children):
        await _until(lambda: _has_ended(children[0], kin, children) or run.is_pause_wanted, kin.on_news)
        _pause_if_wanted(run)


def _has_ended(first: ChildRun, kin: Kin, children: Sequence[ChildRun]) -> bool:
    if not first.is_born:
        return False
    kin.ask([child.id for child in children if child.is_born and not child.is_ended])
    return first.is_ended


def _pause_if_wanted(run: RunContext) -> None:
    """Waiting is a checkpoint of its own: who comes here again finds the same children."""
    if run.is_pause_wanted and (run.is_resumable or run.positions.has_any):
        raise Paused


async def _until(is_so: Callable[[], bool], on_change: Callable[[Callable[[], object]], None]) -> None:
    import asyncio  # only async tasks come here, and they have it

    loop = asyncio.get_running_loop()
    changed = asyncio.Event()

    def notify() -> None:
        loop.call_soon_threadsafe(changed.set)

    on_change(notify)
    while not is_so():
        try:
            async with asyncio.timeout(_LOOK_SECONDS):
                await changed.wait()
        except TimeoutError:
            continue  # still listening
        changed.clear()
        on_change(notify)


def _is_in_loop() -> bool:
    asyncio = sys.modules.get("asyncio")
    return asyncio is not None and asyncio._get_running_loop() is not None
