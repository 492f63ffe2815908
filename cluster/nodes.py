"""A node: a server and a worker, as `headway serve` starts them, in a home of their own."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cluster.network import Place
from cluster.servers import free_port
from tests.acceptance.installation import ROOT, Installation


class Node(Installation):
    """An installation with a name, at a port that it keeps when its server is started again. Use as a context manager."""

    start_seconds = 90.0
    """Two nodes on a busy machine, of which one may be without a database at the time."""

    def __init__(
        self, name: str, home: Path, environment: Mapping[str, str], tasks: str, path: Sequence[Path] = (), place: Place | None = None
    ) -> None:
        """`environment`: what all nodes of the cluster share. `path`: where modules are looked for first. `place`: where it lives; None:
        among all others."""
        home.mkdir(parents=True, exist_ok=True)
        self.name = name
        self.place = place
        self.host = place.to_all.there if place else "127.0.0.1"
        self.port = free_port()
        modules = os.pathsep.join(map(str, [*path, ROOT, ROOT / "examples" / "grading"]))
        own = {"HEADWAY_NODE": name, "HEADWAY_HOST": self.host, "HEADWAY_PORT": str(self.port), "PYTHONPATH": modules}
        super().__init__(home, tasks=tasks, environment={**environment, **own}, is_apart=True, prefix=place.prefix if place else ())

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    @property
    def token(self) -> str:
        return str(self.connection["token"])

    def sign_in_url(self) -> str:
        """A fresh link, good once. Raises `HeadwayError` while the server is away."""
        with self.client() as client:
            said: Any = client._post("/sign-in-links", {})
        return str(said["url"])
