"""Nodes in network namespaces of their own, so that a cable between a node and a server can be pulled.

Each node has three cables (veth pairs): to PostgreSQL, to Valkey, and to whoever asks it. All of it has names with our process id, goes
when it is closed, and what a killed process has left goes with the next one. Linux, root and `ip` and `nsenter` are needed.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import IPv4Address

import psutil

PREFIX = "hwc"
_FIRST = int(IPv4Address("198.18.0.0"))
NETWORK = "198.18.0.0/15"
"""Addresses that RFC 2544 sets aside for tests: no network that anybody uses has them."""
_STEP = 4
"""Addresses of one cable (a /30)."""
_COUNT = 2**17 // _STEP
_NOWHERE = "02:00:00:00:00:01"
"""A hardware address that nobody has."""
_SECONDS = 10


class NoNamespaces(Exception):
    """Network namespaces cannot be had here; the text says why."""


@dataclass(frozen=True, slots=True)
class Cable:
    """A way between a node's namespace and us, with an address at each end."""

    namespace: str
    device: str
    """Our end."""
    device_there: str
    here: str
    there: str

    def pull(self) -> None:
        """From now on nothing comes through, and nobody is told so."""
        _ip("link", "set", self.device, "down")

    def plug_in(self) -> None:
        _ip("link", "set", self.device, "up")

    def deafen(self) -> None:
        """From now on what the node says is heard, and no answer reaches it."""
        _ip("neigh", "replace", self.there, "lladdr", _NOWHERE, "dev", self.device, "nud", "permanent")

    def hear(self) -> None:
        _ip("neigh", "del", self.there, "dev", self.device)

    def reaches(self, port: int) -> bool:
        """Whether the node gets a connection to us."""
        done = subprocess.run(
            [*inside(self.namespace), "timeout", "1", "bash", "-c", f"exec 3<>/dev/tcp/{self.here}/{port}"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=_SECONDS, check=False,
        )  # fmt: skip
        return done.returncode == 0


@dataclass(frozen=True, slots=True)
class Place:
    """Where a node lives."""

    namespace: str
    to_postgres: Cable
    to_valkey: Cable
    to_all: Cable
    """By which the node itself is asked."""

    @property
    def prefix(self) -> Sequence[str]:
        """In front of a command that is to run there."""
        return inside(self.namespace)


def inside(namespace: str) -> list[str]:
    # It becomes the command, with the same process id: what is killed is the command.
    return ["nsenter", f"--net=/run/netns/{namespace}", "--"]


@contextmanager
def places(count: int) -> Iterator[Sequence[Place]]:
    """So many namespaces, with cables. Raises `NoNamespaces`."""
    if os.geteuid() != 0:
        raise NoNamespaces("only root can make network namespaces")
    if missing := [name for name in ("ip", "nsenter", "bash") if shutil.which(name) is None]:
        raise NoNamespaces(f"{' and '.join(missing)} is not installed")
    _sweep()
    made: list[str] = []
    try:
        try:
            found = [_place(number, made) for number in range(count)]
        except subprocess.CalledProcessError as error:
            raise NoNamespaces(f"{' '.join(error.cmd)}: {error.stderr.strip()}") from error
        yield found
    finally:
        for name in made:
            _remove(name)


def _place(number: int, made: list[str]) -> Place:
    name = f"{PREFIX}{os.getpid()}n{number}"
    _ip("netns", "add", name)
    made.append(name)
    _ip("-n", name, "link", "set", "lo", "up")
    return Place(name, *(_cable(name, f"{name}{letter}") for letter in "pva"))


def _cable(namespace: str, device: str) -> Cable:
    there = f"{device}t"
    first = _free_addresses()
    one = Cable(namespace, device, there, str(IPv4Address(first + 1)), str(IPv4Address(first + 2)))
    _ip("link", "add", device, "type", "veth", "peer", "name", there, "netns", namespace)
    _ip("addr", "add", f"{one.here}/30", "dev", device)
    _ip("link", "set", device, "up")
    _ip("-n", namespace, "addr", "add", f"{one.there}/30", "dev", there)
    _ip("-n", namespace, "link", "set", there, "up")
    return one


def _free_addresses() -> int:
    """The first of four that no device here has."""
    used = {int(IPv4Address(found)) for found in re.findall(r"inet (198\.1[89]\.\d+\.\d+)", _ip("-4", "-o", "addr", "show"))}
    start = os.getpid() * 8
    for number in range(_COUNT):
        first = _FIRST + (start + number) % _COUNT * _STEP
        if not used & set(range(first, first + _STEP)):
            return first
    raise NoNamespaces(f"all of {NETWORK} is in use")


def _sweep() -> None:
    """What processes left that are no more."""
    for line in _ip("netns", "list").splitlines():
        found = re.match(rf"({PREFIX}(\d+)n\d+)\b", line)
        if found and not psutil.pid_exists(int(found[2])):
            _remove(found[1])


def _remove(namespace: str) -> None:
    # The devices go when the last process of the namespace has ended; ours are not to be there for so long.
    for letter in "pva":
        _ip("link", "del", f"{namespace}{letter}", is_checked=False)
    _ip("netns", "del", namespace, is_checked=False)


def _ip(*words: str, is_checked: bool = True) -> str:
    return subprocess.run(
        ["ip", *words], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=_SECONDS, check=is_checked
    ).stdout  # fmt: skip
