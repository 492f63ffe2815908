"""`headway.Client`: start, watch and steer runs from any program.

    client = headway.Client()
    client.create("创建技能", external_id="task-001")
    client.update_progress("task-001", 50, 100)
    client.complete("task-001")

A run is named by its id, by the external id that its creator gave it, or by a `Run`.
"""

from __future__ import annotations

import os
import time
from collections import OrderedDict
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar, Unpack
from urllib.parse import quote

from headway.model.errors import Conflict
from headway.model.ids import is_id, new_id
from headway.model.run import Artifact, Attempt, Run, Step, Task
from headway.sdk.connection import finder
from headway.sdk.failure import failure_of
from headway.sdk.http import Http
from headway.sdk.jsonable import exact
from headway.sdk.logs import LogWhere, count_logs, follow_logs, query_of_logs, read_logs
from headway.sdk.matching import Matching, Where, query_of
from headway.sdk.values import artifact_from_json, attempt_from_json, run_from_json, step_from_json, task_from_json, understood

if TYPE_CHECKING:
    from headway.sdk.news import News

R = TypeVar("R")

PAGE = 200
ASKED = 202
"""Others have to approve it first, and were asked."""
IDS_KEPT = 10_000
WAIT_FIRST_SECONDS = 0.05
"""`wait`: the first pause between two questions for the state; each further one is half as long again …"""
WAIT_LONGEST_SECONDS = 2.0
"""… up to this."""

Ref = str | Run
"""A run's id, its external id, or the run itself."""


class Client:
    """Talks to one Headway server. May be used by many threads at once; `close` it, or use it in a ``with`` block.

    Without arguments the server is found by ``HEADWAY_URL`` and ``HEADWAY_TOKEN``, else it is the one of this user. Errors are
    the classes of `headway.model.errors`; `ServerUnreachable` when nobody answers.
    """

    def __init__(self, url: str | None = None, token: str | None = None, *, timeout: float = 30.0) -> None:
        self.find = finder(url, token)
        self._http = Http(self.find, timeout=timeout)
        self._ids: OrderedDict[str, str] = OrderedDict()
        self._fences: OrderedDict[str, int] = OrderedDict()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()

    # --- runs that Headway executes ---------------------------------------------------------------------------------

    def tasks(self) -> Sequence[Task]:
        """What can be run."""
        return [self._understood(task_from_json, said) for said in self._items("/tasks", {})]

    def task(self, name: str) -> Task:
        return self._understood(task_from_json, self._get(f"/tasks/{_part(name)}"))

    def start(
        self, task: str, parameters: Mapping[str, Any] | None = None, *, name: str | None = None, tags: Iterable[str] = (),
        metadata: Mapping[str, Any] | None = None, priority: int | None = None, run_after: datetime | None = None,
        external_id: str | None = None, project: str | None = None, queue: str | None = None, idempotency_key: str | None = None,
    ) -> Run:  # fmt: skip
        """Start a run of a task. The same `idempotency_key` again gives the run that it started first.

        Raises `TaskNotFound`, `InvalidParameters`, `DuplicateRun`, `Forbidden`.
        """
        wish = _wish(
            parameters=exact(dict(parameters or {}), "parameters"), name=name, tags=list(tags), metadata=dict(metadata or {}),
            priority=priority, run_after=run_after.isoformat() if run_after else None, external_id=external_id, project=project,
            queue=queue,
        )  # fmt: skip
        wish.setdefault("parameters", {})
        return self._run(self._post(f"/tasks/{_part(task)}/runs", wish, key=idempotency_key))

    def start_many(self, task: str, items: Iterable[Mapping[str, Any]]) -> Sequence[Run]:
        """Start up to 1,000 runs at once, all or none. An item is a mapping of what `start` takes: ``{"parameters": {"n": 1}}``."""
        wishes = [{"idempotency_key": new_id(), **exact(dict(item), "item")} for item in items]
        said = self._http.request("POST", f"/tasks/{_part(task)}/run-batches", content={"items": wishes}, is_repeatable=True).json()
        return [self._run(one) for one in self._understood(_page_items, said)]

    # --- runs that another program executes -------------------------------------------------------------------------

    def create(
        self, name: str, *, external_id: str | None = None, tags: Iterable[str] = (), metadata: Mapping[str, Any] | None = None,
        project: str | None = None, lost_after_seconds: float | None = None,
    ) -> Run:  # fmt: skip
        """Open an outside run; it is running at once. Report with `update_progress`, end it with `complete` or `fail`.

        To report lines, steps and metrics as well use `headway.record`. Raises `DuplicateRun` for an external id in use.
        """
        wish = _wish(
            name=name, external_id=external_id, tags=list(tags), metadata=dict(metadata or {}), project=project,
            lost_after_seconds=lost_after_seconds,
        )  # fmt: skip
        said = self._post("/runs", wish)
        run = self._run(self._understood(lambda answer: answer["run"], said))
        _keep(self._fences, run.id, self._understood(lambda answer: int(answer["fence"]), said))
        return run

    def update_progress(
        self, run: Ref, done: float | None = None, total: float | None = None, *, unit: str | None = None, stage: str | None = None,
        status_text: str | None = None, message: str | None = None, external_id: str | None = None,
    ) -> None:  # fmt: skip
        """Report how far an outside run is, and renew its lease. Raises `RunFinal`."""
        said = _wish(done=done, total=total, unit=unit, stage=stage, status_text=status_text, message=message)
        self._http.request("PATCH", f"/runs/{self.id_of(run, external_id)}/progress", content=said, is_repeatable=True)

    def complete(self, run: Ref, result: Any = None, *, external_id: str | None = None) -> Run:
        """End an outside run as succeeded, with its result (JSON, at most 1 MB). Ended already: the run as it is."""
        return self._end(self.id_of(run, external_id), {"outcome": "succeeded", "result": exact(result)})

    def fail(
        self, run: Ref, error: BaseException | str, *, code: str | None = None, details: Mapping[str, Any] | None = None,
        external_id: str | None = None,
    ) -> Run:  # fmt: skip
        """End an outside run as failed. `error` is an exception or a sentence."""
        if isinstance(error, BaseException):
            said = failure_of(error, code or "exception")
        else:
            said: dict[str, Any] = {"code": code or "reported", "type": "", "message": error}
        if details:
            said["details"] = exact(dict(details), "details")
        return self._end(self.id_of(run, external_id), {"outcome": "failed", "error": said})

    def _end(self, run: str, said: Mapping[str, Any]) -> Run:
        fence = self._fences.get(run)
        if fence is None:
            attempts = self.attempts(run)
            fence = attempts[-1].fence if attempts else 0
        outcome = {key: value for key, value in said.items() if value is not None}
        try:
            self._http.request("PUT", f"/runs/{run}/outcome", content={"fence": fence, **outcome})
        except Conflict:
            # Said twice (the answer to the first was lost, or two programs finished it) is as good as once.
            now = self.get(run)
            if now.state.value != outcome["outcome"]:
                raise
            return now
        return self.get(run)

    # --- look -------------------------------------------------------------------------------------------------------

    def get(self, run: Ref, *, external_id: str | None = None) -> Run:
        """Raises `RunNotFound`."""
        return self._run(self._detail(run, external_id))

    def view(self, run: Ref, *, external_id: str | None = None) -> dict[str, Any]:
        """What people look at: state, stage, bars, metrics, counters (`headway.model.fold`)."""
        return self._get(f"/runs/{self.id_of(run, external_id)}/view")

    def list(self, *, sort: str = "-created_at", limit: int | None = None, **where: Unpack[Where]) -> Iterator[Run]:
        """Runs, the newest first, fetched page by page as they are asked for. `limit`: at most so many; the rest is the filter."""
        for said in self._items("/runs", {**query_of(where), "sort": sort}, limit=limit):
            yield self._run(said)

    def matching(self, **where: Unpack[Where]) -> Matching:
        """All runs that match, to be cancelled, paused, resumed, retried or deleted together; without a filter: all that you may see.

        ``client.matching(task="grade", state="queued").cancel("wrong class", preview=True).matched`` says how many it would be.
        """
        return Matching(lambda path, query, body: self._http.request("POST", path, query=query, content=body).json(), where)

    def attempts(self, run: Ref, *, external_id: str | None = None) -> Sequence[Attempt]:
        items = self._items(f"/runs/{self.id_of(run, external_id)}/attempts", {}, size=None)
        return [self._understood(attempt_from_json, said) for said in items]

    def steps(self, run: Ref, *, external_id: str | None = None) -> Sequence[Step]:
        items = self._items(f"/runs/{self.id_of(run, external_id)}/steps", {}, size=None)
        return [self._understood(step_from_json, said) for said in items]

    def entries(self, run: Ref, first: int = 1, last: int | None = None, *, external_id: str | None = None) -> Iterator[dict[str, Any]]:
        """The log by line, `first` to `last` (default: to the end)."""
        yield from self._positions(f"/runs/{self.id_of(run, external_id)}/entries", {"from": first, "to": last}, "from")

    def events(self, run: Ref, after_seq: int = 0, *, external_id: str | None = None) -> Iterator[dict[str, Any]]:
        """All events after a position, in order."""
        yield from self._positions(f"/runs/{self.id_of(run, external_id)}/events", {"after_seq": after_seq}, "after_seq")

    def points(self, run: Ref, name: str | None = None, after_seq: int = 0, *, external_id: str | None = None) -> Iterator[dict[str, Any]]:
        """Metric points, of one metric or all."""
        yield from self._positions(f"/runs/{self.id_of(run, external_id)}/points", {"name": name, "after_seq": after_seq}, "after_seq")

    def result(self, run: Ref, *, external_id: str | None = None) -> Any:
        """What the run returned. Raises `ResultNotFound` when it has none (yet)."""
        return self._http.request("GET", f"/runs/{self.id_of(run, external_id)}/result").json()

    def artifacts(self, run: Ref, *, external_id: str | None = None) -> Sequence[Artifact]:
        items = self._items(f"/runs/{self.id_of(run, external_id)}/artifacts", {}, size=None)
        return [self._understood(artifact_from_json, said) for said in items]

    def download(self, run: Ref, artifact: Artifact | str, to: str | os.PathLike[str], *, external_id: str | None = None) -> Path:
        """Write an artifact (its id, or the artifact) to a file, or into a directory under its own name. The file is whole or
        not there. Raises `ArtifactNotFound`."""
        run_id = self.id_of(run, external_id)
        known = artifact.id if isinstance(artifact, Artifact) else artifact
        target = Path(to)
        if target.is_dir():
            name = artifact.name if isinstance(artifact, Artifact) else self._get(f"/runs/{run_id}/artifacts/{_part(known)}")["name"]
            target /= Path(str(name)).name or known
        incoming = target.with_name(f".headway-{new_id()}")
        try:
            with incoming.open("xb") as file, self._http.stream("GET", f"/runs/{run_id}/artifacts/{_part(known)}/content") as pieces:
                for piece in pieces:
                    file.write(piece)
            return incoming.replace(target)
        except BaseException:
            incoming.unlink(missing_ok=True)
            raise

    def log(self, run: Ref, *, follow: bool = False, format: str = "text", external_id: str | None = None) -> Iterator[bytes]:
        """The log as it is served for people: ``text`` or ``ndjson``, piece by piece; with `follow` until the run ends."""
        path = f"/runs/{self.id_of(run, external_id)}/log"
        query = {"format": format, "follow": 1 if follow else None}
        with self._http.stream("GET", path, query=query, timeout=3600.0 if follow else None) as pieces:
            yield from pieces

    def logs(self, *, limit: int | None = None, order: str = "oldest", **where: Unpack[LogWhere]) -> Iterator[dict[str, Any]]:
        """Lines of all runs that match, by time across runs: the entry, and beside it `run`, `run_name`, `task`, `project`, `url`.

        `order`: ``oldest`` or ``newest`` first. Raises `Invalid`, `InvalidPattern`.
        """
        return read_logs(self._get, {**query_of_logs(where), "order": order}, limit)

    def count_logs(self, **where: Unpack[LogWhere]) -> dict[str, int]:
        """How many lines of each level there are that match in all else."""
        return count_logs(self._get, query_of_logs(where))

    def follow_logs(self, **where: Unpack[LogWhere]) -> Generator[dict[str, Any]]:
        """New lines of all runs that match, as they come, each once; it does not end by itself, and reconnects. Where lines were passed
        over because they came too fast, it gives ``{"kind": "gap", "run", "from", "to"}``."""
        return follow_logs(self._http, query_of_logs(where))

    def delete_log(self, run: Ref, *, external_id: str | None = None) -> bool:
        """Delete the log of a final run; the run itself stays, and its journal says who did it. False: others have to approve it first, and
        were asked. Raises `RunNotFinal`."""
        return self._http.request("DELETE", f"/runs/{self.id_of(run, external_id)}/log", timeout=300.0).status != ASKED

    # --- watch ------------------------------------------------------------------------------------------------------

    def follow(self, *runs: Ref, tail: int | None = None, from_line: int | None = None) -> Generator[News]:
        """What happens in the runs, live, until all have ended: `headway.sdk.news` says what may come.

        Reconnects by itself; each entry comes once, in order, and `Finished` once, after the last. `tail`: begin with the last
        so many lines; `from_line`: with this line; default: with the first.
        """
        from headway.sdk.follow import follow  # websockets costs 100 ms of import, and most programs follow nothing

        return follow(self.find, [self.id_of(run) for run in runs], start=start_of(tail, from_line))

    def wait(self, run: Ref, timeout: float | None = None, *, external_id: str | None = None) -> Run:
        """Wait until the run has ended; the run as it is then. Raises `TimeoutError`."""
        run_id = self.id_of(run, external_id)
        deadline = None if timeout is None else time.monotonic() + timeout
        pause = WAIT_FIRST_SECONDS
        while not (now := self.get(run_id)).state.is_final:
            left = None if deadline is None else deadline - time.monotonic()
            if left is not None and left <= 0:
                raise TimeoutError(f"the run {run_id} is still {now.state} after {timeout:g} s")
            time.sleep(pause if left is None else min(pause, left))
            pause = min(pause * 1.5, WAIT_LONGEST_SECONDS)
        return now

    def statistics(
        self, *, by: str = "none", since: datetime | None = None, until: datetime | None = None, step: str | None = None,
        task: str | None = None, project: str | None = None, user: str | None = None,
    ) -> dict[str, Any]:  # fmt: skip
        """How runs went that ended from `since` (default: a day before `until`) to `until` (default: now), in quarters of an hour.

        ``total`` and, by ``task``, ``user``, ``project`` or ``state``, ``groups``, and in steps of ``quarter``, ``hour``, ``6h``, ``day``
        or ``week`` ``buckets``: each with ``runs`` by state, ``success_rate`` (0 to 1, or None), ``duration_seconds`` and
        ``queue_seconds`` (``p50``, ``p95``, ``mean``, ``count``), ``failed_attempts``, ``lost_attempts``, ``per_hour``. Raises `Invalid`
        for more than one answer can hold.
        """
        query = {"by": by, "step": step, "task": task, "project": project, "user": user}
        times = {"from": since, "to": until}
        query |= {name: at.astimezone(UTC).isoformat() for name, at in times.items() if at is not None}
        return self._get("/statistics", query)

    def estimate(self, run: Ref, *, external_id: str | None = None) -> dict[str, Any] | None:
        """When the run will end: ``left`` (``low``, ``middle``, ``high`` seconds; eight of ten end between low and high), ``basis``,
        ``slowness`` (how many times as long as usual), ``is_slower_than_usual``. None: it does not run, or nothing honest can be said.
        """
        return self._get(f"/runs/{self.id_of(run, external_id)}/estimate")["estimate"]

    # --- steer ------------------------------------------------------------------------------------------------------

    def cancel(self, run: Ref, reason: str | None = None, *, external_id: str | None = None) -> Run:
        """Wish for its end; the worker fulfils it. Raises `RunFinal`."""
        said = self._http.request("PUT", f"/runs/{self.id_of(run, external_id)}/cancellation", content=_wish(reason=reason)).json()
        return self._run(said)

    def pause(self, run: Ref, reason: str | None = None, *, external_id: str | None = None) -> Run:
        """Wish that it pause at its next checkpoint, and its child runs; a run that waits is paused at once.

        Raises `Conflict` (codes ``no_checkpoint``, ``not_pausable``) if it could not go on afterwards, `RunFinal`.
        """
        said = self._http.request("PUT", f"/runs/{self.id_of(run, external_id)}/pause", content=_wish(reason=reason)).json()
        return self._run(said)

    def resume(self, run: Ref, reason: str | None = None, *, external_id: str | None = None) -> Run:
        """Let it go on from its last checkpoint, and its child runs. Raises `RunFinal`."""
        said = self._http.request("PUT", f"/runs/{self.id_of(run, external_id)}/resumption", content=_wish(reason=reason)).json()
        return self._run(said)

    def retry(
        self, run: Ref, parameters: Mapping[str, Any] | None = None, *, external_id: str | None = None, idempotency_key: str | None = None
    ) -> Run:
        """Run a final run again, as a new run. `parameters` replace those it had. The same `idempotency_key` again gives the run that it
        started first; without one this call has its own, so that a lost answer is asked for again and starts nothing twice."""
        content = {} if parameters is None else {"parameters": exact(dict(parameters), "parameters")}
        return self._run(self._post(f"/runs/{self.id_of(run, external_id)}/retries", content, key=idempotency_key))

    def dump_stack(self, run: Ref, *, external_id: str | None = None) -> Run:
        """Ask where its code is right now; the answer comes as an entry of its log.

        Raises `Conflict` (code ``not_running``) if no worker is executing it.
        """
        return self._run(self._http.request("POST", f"/runs/{self.id_of(run, external_id)}/stack-dumps").json())

    def edit(
        self, run: Ref, *, name: str | None = None, tags: Iterable[str] | None = None, metadata: Mapping[str, Any] | None = None,
        priority: int | None = None, external_id: str | None = None,
    ) -> Run:  # fmt: skip
        """Change what is given; the priority only while the run is queued."""
        said: dict[str, Any] = {"name": name, "priority": priority}
        said["tags"] = None if tags is None else list(tags)
        said["metadata"] = None if metadata is None else dict(metadata)
        content = {key: value for key, value in said.items() if value is not None}
        return self._run(self._http.request("PATCH", f"/runs/{self.id_of(run, external_id)}", content=content, is_repeatable=True).json())

    def delete(self, run: Ref, *, external_id: str | None = None) -> bool:
        """Delete a final run with all it has recorded. False: others have to approve it first, and were asked. Raises `RunNotFinal`."""
        return self._http.request("DELETE", f"/runs/{self.id_of(run, external_id)}").status != ASKED

    # --- within -----------------------------------------------------------------------------------------------------

    def id_of(self, run: Ref, external_id: str | None = None) -> str:
        """The id of a run that is named in any way. Raises `RunNotFound`."""
        if isinstance(run, Run):
            return run.id
        if external_id is None and is_id(run):
            return run
        external_id = external_id or run
        if external_id not in self._ids:
            self._run(self._get(f"/runs/{_part(external_id)}", {"external": True}))
        return self._ids[external_id]

    def _detail(self, run: Ref, external_id: str | None) -> Any:
        return self._get(f"/runs/{self.id_of(run, external_id)}")

    def _run(self, said: Any) -> Run:
        run: Run = self._understood(run_from_json, said)
        if run.external_id:
            _keep(self._ids, run.external_id, run.id)
        return run

    def _get(self, path: str, query: Mapping[str, object] | None = None) -> Any:
        return self._http.request("GET", path, query=query).json()

    def _post(self, path: str, content: object, *, key: str | None = None) -> Any:
        return self._http.request("POST", path, content=content, headers={"Idempotency-Key": key or new_id()}).json()

    def _understood(self, read: Callable[[Any], R], said: object) -> R:
        return understood(read, said, self._http.connection.url)

    def _items(
        self, path: str, query: Mapping[str, object], *, limit: int | None = None, size: int | None = PAGE
    ) -> Iterator[Any]:  # fmt: skip
        cursor: str | None = None
        left = limit
        while left is None or left > 0:
            page_size = size if size is None or left is None else min(size, left)
            said = self._get(path, {**query, "limit": page_size, "cursor": cursor})
            items = self._understood(_page_items, said)
            yield from items if left is None else items[:left]
            left = None if left is None else left - len(items)
            cursor = said.get("next_cursor")
            if not cursor or not items:
                return

    def _positions(self, path: str, query: dict[str, object], position: str) -> Iterator[dict[str, Any]]:
        while True:
            said = self._get(path, {**query, "limit": 1000})
            items = self._understood(_page_items, said)
            yield from items
            following = said.get("next_cursor")
            if following is None or not items or str(following) == str(query[position]):
                return
            query[position] = following


def _page_items(said: Any) -> Sequence[Any]:
    items = said["items"]
    if not isinstance(items, Sequence) or isinstance(items, str):
        raise TypeError("items is not a list")
    return items  # pyright: ignore[reportUnknownVariableType]


def _keep(kept: OrderedDict[str, R], key: str, value: R) -> None:
    kept[key] = value
    kept.move_to_end(key)
    if len(kept) > IDS_KEPT:
        kept.popitem(last=False)


def _wish(**fields: Any) -> dict[str, Any]:
    return {key: value for key, value in fields.items() if value is not None and value not in ([], {})}


def _part(text: str) -> str:
    """As one part of a path."""
    return quote(text, safe="")


def start_of(tail: int | None, from_line: int | None) -> Mapping[str, Any] | None:
    if tail is not None:
        return {"tail": max(0, tail)}
    return None if from_line is None else {"line": max(0, from_line - 1)}
