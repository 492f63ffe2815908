"""Follow runs live over a WebSocket, for as long as it takes: `Viewer` decides, this file owns the socket.

Imports `websockets`, and is imported when something is followed.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterable, Mapping
from typing import Any

from websockets.sync.client import ClientConnection as Socket
from websockets.sync.client import connect

from headway.sdk.connection import FindConnection
from headway.sdk.live_wire import FAILURES, FRAME_LIMIT, OPEN_SECONDS, SILENCE_HEARTBEATS, SUBPROTOCOL, judge, reason_of, renew_token, told
from headway.sdk.news import News
from headway.sdk.viewer import Viewer


def follow(
    find: FindConnection,
    runs: Iterable[str],
    *,
    start: Mapping[str, Any] | None = None,
    stop: Callable[[], bool] = lambda: False,
    sleep: Callable[[float], None] = time.sleep,
) -> Generator[News]:
    """News of `runs` until all have ended; reconnects by itself, each line once and in order.

    Raises `Unauthorised`, `Forbidden` or `StoppedFollowing` when the server says that trying again is of no use.
    `stop` is asked between frames and before each reconnection.
    """
    viewer = Viewer(runs, start=start)
    while not viewer.is_finished and not stop():
        since = time.monotonic()
        try:
            with _open(find, viewer) as socket:
                yield from _listen(socket, viewer, find, stop)
            code, why = socket.close_code or 1006, socket.close_reason or ""
        except FAILURES as error:
            code, why = reason_of(error)
        if stop():
            return
        verdict = judge(viewer, code, why, time.monotonic() - since)
        if verdict is not None:
            yield told(verdict, viewer)
            sleep(verdict.delay_seconds)


def _open(find: FindConnection, viewer: Viewer) -> Socket:
    connection = find()
    viewer.token = connection.token
    return connect(
        connection.live_url, subprotocols=[SUBPROTOCOL], max_size=FRAME_LIMIT, open_timeout=OPEN_SECONDS, close_timeout=2.0, proxy=None,
        user_agent_header="headway-python",
    )  # fmt: skip


def _listen(socket: Socket, viewer: Viewer, find: FindConnection, stop: Callable[[], bool]) -> Generator[News]:
    socket.send(viewer.hello())
    while not viewer.is_finished and not stop():
        frame = socket.recv(timeout=viewer.heartbeat_seconds * SILENCE_HEARTBEATS)
        news = viewer.receive(frame)
        renew_token(viewer, news, find)
        answer = viewer.outgoing()
        if answer is not None:
            socket.send(answer)
        yield from news
