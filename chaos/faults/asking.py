"""Nodes are asked all the time, a read and a write in turn, so that it shows how they answer while something is away."""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Sequence

from chaos.faults.history import ApiAnswer
from cluster.nodes import Node

PAUSE_SECONDS = 0.1
PATIENCE_SECONDS = 10.0
ASKED = (("GET", "/api/v1/runs?limit=1"), ("POST", "/api/v1/sign-in-links"))
"""A read of the store, and a write."""


class Asker(threading.Thread):
    """Asks one node for one thing until `over`."""

    def __init__(self, node: Node, token: str, asked: tuple[str, str], over: threading.Event) -> None:
        super().__init__(name=f"asker of {node.name}", daemon=True)
        self.answers: list[ApiAnswer] = []
        self._node = node
        self._asked = asked
        self._head = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        self._over = over

    def run(self) -> None:
        while not self._over.wait(PAUSE_SECONDS):
            self.answers.append(self._ask())

    def _ask(self) -> ApiAnswer:
        method, path = self._asked
        at, began = time.time(), time.monotonic()
        status, says_when = 0, False
        wire = http.client.HTTPConnection(self._node.host, self._node.port, timeout=PATIENCE_SECONDS)
        try:
            wire.request(method, path, body=b"{}" if method == "POST" else None, headers=self._head)
            answer = wire.getresponse()
            answer.read()
            status, says_when = answer.status, answer.headers.get("Retry-After") is not None
        except (OSError, http.client.HTTPException):
            status = 0
        finally:
            wire.close()
        return ApiAnswer(
            node=self._node.name, asked=f"{method} {path}", at=at, seconds=time.monotonic() - began, status=status, says_when=says_when
        )


def askers(nodes: Sequence[Node], token: str, over: threading.Event) -> list[Asker]:
    return [Asker(node, token, asked, over) for node in nodes for asked in ASKED]


def pids(nodes: Sequence[Node]) -> dict[str, int]:
    """Of the processes of nodes: launchers, servers and workers."""
    found: dict[str, int] = {}
    for node in nodes:
        assert node.launcher is not None
        found[f"the launcher of {node.name}"] = node.launcher.pid
        for role in ("server", "worker"):
            found[f"the {role} of {node.name}"] = node.process(role).pid
    return found
