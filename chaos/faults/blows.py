"""The faults themselves. Each says that it took effect, or raises `NotFelt`: a fault that does nothing proves nothing."""

from __future__ import annotations

import http.client
import os
import signal
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import psutil
import psycopg
import redis

from chaos.faults import clocks
from chaos.faults.bells import Bells
from chaos.faults.history import Felt
from chaos.faults.pauses import Pauses
from chaos.faults.plan import Blow, Fault, hesitating
from chaos.faults.poison import Poison
from chaos.faults.processes import DEATH_SECONDS, is_alive, kill, launcher_of, stopped
from chaos.faults.reach import NotFelt, NotHere, Reach, pings
from cluster.disks import Disk
from cluster.network import Cable, Place
from cluster.nodes import Node
from cluster.whole import Cluster
from tests.waiting import NeverHappened, eventually

ORPHANS_SECONDS = 10.0
"""So long after the death of a worker its children may be there."""
EXIT_SECONDS = 12.0
"""From SIGTERM of a node to its end."""
NEWS_SENT_TWICE = 200
HESITATING = 4
"""Runs that one worker is to have some of."""
CLOCK_SECONDS = 5.0
"""How well a clock is known from an answer."""


class Blows:
    """Does faults to a cluster, one at a time. All of it waits, so call it from a thread."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self.reach = reach = Reach(cluster)
        poison, pauses, bells = Poison(reach), Pauses(reach), Bells(reach)
        self._acts: Mapping[Fault, Callable[[Node, float], None]] = {
            Fault.WORKER_KILLED: self._worker_killed,
            Fault.WORKER_STOPPED: self._worker_stopped,
            Fault.WORKER_BEHIND: self._worker_behind,
            Fault.WORKER_TERMINATED: self._worker_terminated,
            Fault.CHILD_KILLED: self._child_killed,
            Fault.CHILD_STOPPED: self._child_stopped,
            Fault.SERVER_KILLED: lambda node, _: kill(node.process("server")),
            Fault.SERVER_STOPPED: self._server_stopped,
            Fault.NODE_KILLED: self._node_killed,
            Fault.NODE_TERMINATED: lambda node, _: self._restart(node),
            Fault.ROLLING_RESTART: self._rolling,
            Fault.POSTGRES_KILLED: self._postgres_killed,
            Fault.POSTGRES_ABORTED: self._postgres_aborted,
            Fault.POSTGRES_STOPPED: self._postgres_stopped,
            Fault.POSTGRES_CUT: self._postgres_cut,
            Fault.VALKEY_KILLED: self._valkey_killed,
            Fault.VALKEY_STOPPED: self._valkey_stopped,
            Fault.VALKEY_CUT: self._valkey_cut,
            Fault.VALKEY_FLUSHED: self._valkey_flushed,
            Fault.POSTGRES_UNREACHABLE: self._postgres_unreachable,
            Fault.VALKEY_UNREACHABLE: self._valkey_unreachable,
            Fault.NODE_CUT_OFF: self._node_cut_off,
            Fault.NODE_DEAF: self._node_deaf,
            Fault.CLOCK_AHEAD: lambda node, seconds: self._clock_jumps(node, seconds, clocks.HOUR_SECONDS),
            Fault.CLOCK_BEHIND: lambda node, seconds: self._clock_jumps(node, seconds, -clocks.HOUR_SECONDS),
            Fault.CLOCK_FAST: self._clock_fast,
            Fault.DATA_DISK_FULL: self._data_disk_full,
            Fault.WAL_DISK_FULL: self._wal_disk_full,
            Fault.HOME_DISK_FULL: self._home_disk_full,
            Fault.ARTIFACTS_DISK_FULL: self._artifacts_disk_full,
            Fault.NEWS_LOST: self._news_lost,
            Fault.NEWS_TWICE: self._news_twice,
            Fault.POISON_FOR_WORKERS: lambda _, __: poison.befall("poison_worker"),
            Fault.POISON_FOR_CHILDREN: lambda _, __: poison.befall("poison_child"),
            Fault.POISON_FOR_COMPANY: lambda _, __: poison.befall("poison_company"),
            Fault.QUEUE_PAUSED: pauses.queue,
            Fault.RUNS_PAUSED: pauses.runs,
            Fault.BELLS_LOST: bells.lost,
            Fault.BELLS_TWICE: bells.twice,
            Fault.BROKER_KILLED: bells.broker_killed,
            Fault.BROKER_STOPPED: bells.broker_stopped,
            Fault.BROKER_FLUSHED: bells.broker_flushed,
        }

    def deal(self, blow: Blow) -> Felt:
        """Do it, keep it up for its time, and take its cause away. Raises `NotFelt`, `NotHere`."""
        self.reach.dead, self.reach.died_at, self.reach.healed_at = [], None, None
        began = time.time()
        try:
            self._acts[blow.fault](self._cluster.nodes[blow.node], blow.seconds)
        except (NeverHappened, psutil.Error) as error:
            raise NotFelt(f"{blow.fault.value}: {error}") from error
        healed = self.reach.healed_at or time.time()
        return Felt(fault=blow.fault, began_at=began, healed_at=healed, dead_workers=tuple(self.reach.dead), died_at=self.reach.died_at)

    # --- workers and children ---------------------------------------------------------------------------------------

    def _worker_killed(self, node: Node, _: float) -> None:
        worker = node.process("worker")
        self.reach.note_worker(worker)
        children = worker.children()
        kill(worker)
        self.reach.healed_at = time.time()
        eventually(lambda: not any(map(is_alive, children)), ORPHANS_SECONDS, "the children of a dead worker are gone")

    def _worker_stopped(self, node: Node, seconds: float) -> None:
        worker = node.process("worker")
        self.reach.note_worker(worker)
        with stopped(worker):
            time.sleep(seconds)

    def _worker_behind(self, node: Node, _: float) -> None:
        """Its children say their first words while it stands still. When it goes on to record them, the next attempt is there and has
        said nothing yet: of all that could refuse them only the fence does."""
        worker = node.process("worker")
        self.reach.note_worker(worker)
        for _number in range(HESITATING):
            self.reach.start(hesitating())
        held = eventually(lambda: self._attempts_of(self.reach.dead[-1], 1), 20, "the worker has a run that says nothing yet")
        with stopped(worker):
            eventually(lambda: self._goes_on_elsewhere(held), 40, "the next attempt of a run goes on elsewhere")

    def _attempts_of(self, worker: str, number: int) -> list[str]:
        with self.reach.sql() as sql:
            asked = "SELECT run_id FROM attempts JOIN runs ON runs.id = run_id WHERE worker = %s AND number = %s AND task = 'hesitate'"
            return [str(row[0]) for row in sql.execute(f"{asked} AND ended_at IS NULL", [worker, number])]

    def _goes_on_elsewhere(self, runs: Sequence[str]) -> bool:
        with self.reach.sql() as sql:
            asked = "SELECT count(*) FROM attempts WHERE run_id = ANY(%s) AND number = 2 AND ended_at IS NULL"
            return bool((sql.execute(asked, [list(runs)]).fetchone() or (0,))[0])

    def _worker_terminated(self, node: Node, _: float) -> None:
        worker = node.process("worker")
        worker.terminate()
        eventually(lambda: not is_alive(worker), EXIT_SECONDS, "a worker that was told to end has ended")

    def _child_killed(self, node: Node, _: float) -> None:
        for child in self._children(node)[:1]:
            kill(child)

    def _child_stopped(self, node: Node, seconds: float) -> None:
        with stopped(self._children(node)[0]):
            time.sleep(seconds)

    def _children(self, node: Node) -> list[psutil.Process]:
        """The busiest first: they execute something."""
        children = eventually(lambda: node.process("worker").children(), 20, "the worker has children")
        return sorted(children, key=lambda child: -sum(child.cpu_times()[:2]))

    # --- servers and nodes ------------------------------------------------------------------------------------------

    def _server_stopped(self, node: Node, seconds: float) -> None:
        with stopped(node.process("server")):
            time.sleep(seconds)

    def _node_killed(self, node: Node, seconds: float) -> None:
        launcher = launcher_of(node)
        worker = node.process("worker")
        self.reach.note_worker(worker)
        family = launcher.children(recursive=True)
        for process in (launcher, node.process("server"), worker):
            process.kill()
        assert node.launcher is not None
        node.launcher.wait(DEATH_SECONDS)
        eventually(lambda: not any(map(is_alive, family)), ORPHANS_SECONDS, "all of a killed node is gone")
        time.sleep(seconds)
        self.reach.healed_at = time.time()
        node.serve()

    def _restart(self, node: Node) -> None:
        launcher = launcher_of(node)
        family = [launcher, *launcher.children(recursive=True)]
        assert node.launcher is not None
        node.launcher.send_signal(signal.SIGTERM)
        began = time.monotonic()
        code = node.launcher.wait(3 * EXIT_SECONDS)
        took = time.monotonic() - began
        if code != 0 or took > EXIT_SECONDS:
            raise NotFelt(f"a node that was told to end did so with code {code} after {took:.1f} s")
        eventually(lambda: not any(map(is_alive, family)), DEATH_SECONDS, "nothing of a node is left over")
        self.reach.healed_at = time.time()
        node.serve()

    def _rolling(self, _: Node, __: float) -> None:
        for node in self._cluster.nodes:
            self._restart(node)

    # --- PostgreSQL -------------------------------------------------------------------------------------------------

    def _postgres_killed(self, _: Node, seconds: float) -> None:
        self._cluster.postgres.kill()
        self._postgres_is_away(seconds)

    def _postgres_aborted(self, _: Node, seconds: float) -> None:
        os.kill(self._cluster.postgres.pid, signal.SIGQUIT)
        self._postgres_is_away(seconds)

    def _postgres_is_away(self, seconds: float) -> None:
        eventually(lambda: not self._answers(), DEATH_SECONDS, "PostgreSQL refuses connections")
        time.sleep(seconds)
        self.reach.healed_at = time.time()
        self._cluster.postgres.start()
        eventually(self._answers, 30, "PostgreSQL answers again")

    def _postgres_stopped(self, _: Node, seconds: float) -> None:
        with self._cluster.postgres.stopped():
            pid = self._cluster.postgres.pid
            eventually(lambda: psutil.Process(pid).status() == psutil.STATUS_STOPPED, DEATH_SECONDS, "PostgreSQL stands still")
            time.sleep(seconds)

    def _postgres_cut(self, _: Node, __: float) -> None:
        with self.reach.sql() as sql:
            cut = sql.execute("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
                              "WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'").fetchone()  # fmt: skip
        if not cut or not cut[0]:
            raise NotFelt("there was no connection to cut")

    def _answers(self) -> bool:
        try:
            with self.reach.sql() as sql:
                return sql.execute("SELECT 1").fetchone() == (1,)
        except psycopg.OperationalError:
            return False

    # --- Valkey -----------------------------------------------------------------------------------------------------

    def _valkey_killed(self, _: Node, seconds: float) -> None:
        self._cluster.valkey.kill()
        with self.reach.redis() as client:
            eventually(lambda: not pings(client), DEATH_SECONDS, "Valkey refuses connections")
        time.sleep(seconds)
        self._cluster.valkey.start()

    def _valkey_stopped(self, _: Node, seconds: float) -> None:
        with self._cluster.valkey.stopped():
            with self.reach.redis(timeout=0.3) as client:
                if pings(client):
                    raise NotFelt("Valkey answers while it stands still")
            time.sleep(seconds)

    def _valkey_cut(self, _: Node, __: float) -> None:
        with self.reach.redis() as client:
            cut = sum(int(client.client_kill_filter(_type=kind, skipme=True)) for kind in ("normal", "pubsub"))  # type: ignore[arg-type]
        if not cut:
            raise NotFelt("there was no connection to cut")

    def _valkey_flushed(self, _: Node, __: float) -> None:
        with self.reach.redis() as client:
            client.set("chaos:mark", "here")
            client.flushall()
            if client.exists("chaos:mark"):
                raise NotFelt("a key outlived FLUSHALL")

    def _news_lost(self, _: Node, seconds: float) -> None:
        """Entries are deleted as they come; most readers are quicker, some are not."""
        lost = 0
        until = time.monotonic() + max(seconds, 2.0)
        with self.reach.redis() as client:
            while time.monotonic() < until:
                lost += sum(int(client.xtrim(stream, maxlen=0, approximate=False)) for stream in _streams(client))  # type: ignore[arg-type]
        if not lost:
            raise NotFelt("there was no news to lose")

    def _news_twice(self, _: Node, __: float) -> None:
        twice = 0
        with self.reach.redis() as client:
            for stream in _streams(client):
                entries: Any = client.xrevrange(stream, count=NEWS_SENT_TWICE)
                for _key, fields in reversed(entries):
                    client.xadd(stream, fields)
                    twice += 1
        if not twice:
            raise NotFelt("there was no news to send twice")

    # --- the network ------------------------------------------------------------------------------------------------

    def _postgres_unreachable(self, node: Node, seconds: float) -> None:
        place = _place(node)
        with self._cut(place.to_postgres, self._cluster.postgres.port, place.to_postgres.pull, place.to_postgres.plug_in):
            time.sleep(seconds)

    def _valkey_unreachable(self, node: Node, seconds: float) -> None:
        place = _place(node)
        with self._cut(place.to_valkey, self._cluster.valkey.port, place.to_valkey.pull, place.to_valkey.plug_in):
            time.sleep(seconds)

    def _node_cut_off(self, node: Node, seconds: float) -> None:
        place = _place(node)
        self.reach.note_worker(node.process("worker"))
        postgres, valkey = place.to_postgres, place.to_valkey
        with (
            self._cut(postgres, self._cluster.postgres.port, postgres.pull, postgres.plug_in),
            self._cut(valkey, self._cluster.valkey.port, valkey.pull, valkey.plug_in),
        ):
            time.sleep(seconds)

    def _node_deaf(self, node: Node, seconds: float) -> None:
        place = _place(node)
        postgres, valkey = place.to_postgres, place.to_valkey
        with (
            self._cut(postgres, self._cluster.postgres.port, postgres.deafen, postgres.hear),
            self._cut(valkey, self._cluster.valkey.port, valkey.deafen, valkey.hear),
        ):
            time.sleep(seconds)

    # --- disks ------------------------------------------------------------------------------------------------------

    def _data_disk_full(self, _: Node, seconds: float) -> None:
        with self._full(self._cluster.ground.data):
            eventually(self._has_no_room, DEATH_SECONDS, "PostgreSQL has no room for more rows")
            time.sleep(seconds)

    def _has_no_room(self) -> bool:
        try:
            with self.reach.sql() as sql:
                sql.execute("CREATE TEMPORARY TABLE more AS SELECT generate_series(1, 100000)")
        except psycopg.errors.DiskFull:
            return True
        return False

    def _wal_disk_full(self, _: Node, seconds: float) -> None:
        """PostgreSQL panics, and ends all that it was doing; it comes back by itself, or not, and then it is started again."""
        before = self._panics()
        with self._full(self._cluster.ground.wal):
            eventually(lambda: self._write_ahead() or self._panics() > before, 30, "PostgreSQL panics")
            time.sleep(seconds)
        self._cluster.postgres.start()
        eventually(self._answers, 30, "PostgreSQL answers again")

    def _write_ahead(self) -> None:
        """The next piece of the log, for which there is no room."""
        with suppress(psycopg.OperationalError), self.reach.sql() as sql:
            sql.execute("SELECT pg_logical_emit_message(false, 'chaos', repeat('x', 1000000)), pg_switch_wal()")

    def _panics(self) -> int:
        return self._cluster.postgres.log().count("PANIC:")

    def _home_disk_full(self, node: Node, seconds: float) -> None:
        """Its server must be started again by the launcher, and has to wait until it can say where it is."""
        homes = self._cluster.ground.homes
        with self._full(homes[self._cluster.nodes.index(node)] if homes else None):
            kill(node.process("server"))
            time.sleep(seconds)

    def _artifacts_disk_full(self, node: Node, seconds: float) -> None:
        """What cannot be kept is refused, with a code; then it is kept."""
        with self._full(self._cluster.ground.artifacts):
            code, says_when = self._upload(node)
            if (code, says_when) != (507, True):
                raise NotFelt(f"an upload to a full disk was answered with {code}{'' if says_when else ', and no Retry-After'}")
            time.sleep(seconds)
        eventually(lambda: self._upload(node)[0] == 201, DEATH_SECONDS, "what is uploaded is kept again")

    def _upload(self, node: Node) -> tuple[int, bool]:
        """Status and whether it says when to come again."""
        head = {"Authorization": f"Bearer {self._cluster.token}", "Content-Type": "application/octet-stream"}
        wire = http.client.HTTPConnection(node.host, node.port, timeout=10)
        try:
            run, fence = self.reach.outside
            where = f"/api/v1/runs/{run}/artifacts?name={time.time_ns()}&fence={fence}"
            wire.request("POST", where, body=os.urandom(200_000), headers=head)
            answer = wire.getresponse()
            answer.read()
        except (OSError, http.client.HTTPException) as error:
            raise AssertionError(repr(error)) from error
        finally:
            wire.close()
        return answer.status, answer.headers.get("Retry-After") is not None

    @contextmanager
    def _full(self, disk: Disk | None) -> Iterator[None]:
        if disk is None:
            raise NotHere("no disks of its own")
        disk.fill()
        try:
            if not disk.is_full():
                raise NotFelt(f"{disk.path} takes more, though it was filled")
            yield
        finally:
            disk.free()
            self.reach.healed_at = time.time()
        eventually(lambda: not disk.is_full(), DEATH_SECONDS, "there is room again")

    # --- clocks -----------------------------------------------------------------------------------------------------

    def _clock_jumps(self, node: Node, seconds: float, by: int) -> None:
        """Of its launcher, server and worker, under load, and back again. Time alone jumps: no jump of a clock moves the monotonic one."""
        with self._under_another_clock(node, clocks.jumping(node.home)) as clock:
            clock.jump(by)
            eventually(lambda: abs(clocks.wrong_by(node) - by) < CLOCK_SECONDS, 10, "the node's clock has jumped")
            time.sleep(seconds)
            clock.jump(0)
            eventually(lambda: abs(clocks.wrong_by(node)) < CLOCK_SECONDS, 10, "the node's clock is right again")

    def _clock_fast(self, node: Node, seconds: float) -> None:
        """The monotonic clock, too, and with it every deadline and pause: the machine counts time wrongly."""
        with self._under_another_clock(node, clocks.fast()):
            eventually(lambda: clocks.wrong_by(node) > CLOCK_SECONDS, 20, "the node's clock has run ahead")
            time.sleep(seconds)

    @contextmanager
    def _under_another_clock(self, node: Node, clock: clocks.Clock) -> Iterator[clocks.Clock]:
        if clock.why_not:
            raise NotHere(clock.why_not)
        right = dict(node.environment)
        node.environment |= clock.environment
        try:
            self._restart(node)
            self.reach.healed_at = None
            yield clock
        finally:
            node.environment = right
            if node.launcher is None:  # it has not come up under the other clock
                node.serve()
            else:
                self._restart(node)

    @contextmanager
    def _cut(self, cable: Cable, port: int, cut: Callable[[], None], mend: Callable[[], None]) -> Iterator[None]:
        cut()
        try:
            if cable.reaches(port):
                raise NotFelt(f"{cable.here} is reached from where it was cut off")
            yield
        finally:
            mend()
            self.reach.healed_at = time.time()
        eventually(lambda: cable.reaches(port), DEATH_SECONDS, "the cable carries again")


def _place(node: Node) -> Place:
    if node.place is None:
        raise NotHere("no network namespaces")
    return node.place


def _streams(client: redis.Redis) -> list[Any]:
    return list(client.scan_iter("headway:*", _type="stream"))
