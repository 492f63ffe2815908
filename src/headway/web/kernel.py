"""What may wait in the kernel for one viewer: without a limit, one that does not read hides 4 MB there, and then reads stale news."""

from __future__ import annotations

import asyncio
import socket
from typing import cast

SEND_BUFFER = 65_536
NOT_SENT = 16_384


def address_of(transport: asyncio.BaseTransport) -> str:
    """The IP address at the other end; empty where there is none, as of a local socket."""
    peer = cast("tuple[str, int] | str | None", transport.get_extra_info("peername"))
    return peer[0] if isinstance(peer, tuple) and peer else ""


def bound_kernel(transport: asyncio.BaseTransport) -> None:
    connection: socket.socket | None = transport.get_extra_info("socket")
    if connection is not None and connection.family in {socket.AF_INET, socket.AF_INET6}:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
        if hasattr(socket, "TCP_NOTSENT_LOWAT"):
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, NOT_SENT)
