"""What does a delivery cost, and how soon does a viewer see what was recorded?

    python -m bench.live.fanout                 # 1,000 viewers of one run, 100 events/s of 200 bytes; then p99 with 100 viewers
    python -m bench.live.fanout --seconds 20 --viewers 2000
    python -m bench.live.fanout --small         # 200 viewers, 4 s

The server (uvicorn with our WebSocket class, hub, bus) is alone in its process; a worker process records into SQLite
(synchronous=FULL) with the real act and tells the server over the local bus; a client process holds the viewers. Beside it,
in the same run, the peer: `websockets.broadcast`, once an event, and once every 50 ms with the same events gathered.

A delivery is one event that reached one viewer. CPU is user + system of the server's process.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, ClassVar

import psutil
from bench.figures import tell

EVENT_BYTES = 200
PORT = 18_765
MARK = re.compile(rb'"mark":"([0-9.]+)"')


def event(number: int) -> dict[str, Any]:
    made = {"kind": "log.written", "at": "2026-01-01T00:00:00.000Z", "level": "info", "text": "", "context": {"mark": f"{time.time():.6f}"}}
    made["text"] = f"event {number} ".ljust(EVENT_BYTES - len(json.dumps(made, separators=(",", ":"))), "x")
    return made


# --- the server ---------------------------------------------------------------------------------------------------------


def serve(home: Path) -> None:
    import uvicorn

    from headway.live.bus.local import LocalBusServer
    from headway.live.desk import Visitor
    from headway.live.gateway import Gateway
    from headway.live.hub import Hub
    from headway.live.settings import LiveSettings
    from headway.store.sql.store import SqlStore
    from headway.web.socket import socket_class

    async def verify(token: str) -> Visitor:
        return Visitor(id=token, principal=token)

    async def may_see(principal: object, run: str) -> bool:
        return True

    async def obey(principal: object, command: object) -> dict[str, Any]:
        return {}

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 404, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def main() -> None:
        store = await SqlStore.open(f"sqlite:///{home}/headway.db")
        bus = LocalBusServer(home / "bus.sock")
        hub = Hub(store, settings=LiveSettings(connections_per_person=20_000), tell=bus.publish)
        gateway = Gateway(hub=hub, verify_token=verify, may_see=may_see, may_list=may_see, obey=obey)
        await hub.open()
        await gateway.open()
        await bus.open(hub.apply)
        await uvicorn.Server(
            uvicorn.Config(app, host="127.0.0.1", port=PORT, ws=socket_class(gateway), lifespan="off", log_level="error", backlog=4096)
        ).serve()

    import uvloop

    uvloop.run(main())


def serve_peer(gather_seconds: float) -> None:
    """websockets.broadcast; events come as lines on stdin."""
    from websockets.asyncio.server import broadcast
    from websockets.asyncio.server import serve as serve_websockets

    viewers: set[Any] = set()

    async def viewer(connection: Any) -> None:
        viewers.add(connection)
        try:
            await connection.wait_closed()
        finally:
            viewers.discard(connection)

    async def main() -> None:
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader(limit=1 << 20)
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
        async with serve_websockets(viewer, "127.0.0.1", PORT, compression=None, ping_interval=None, backlog=4096):
            waiting: list[str] = []
            sent_at = 0.0
            while line := await reader.readline():
                waiting.append(line.decode().strip())
                if loop.time() - sent_at >= gather_seconds:
                    broadcast(viewers, "[" + ",".join(waiting) + "]")
                    waiting.clear()
                    sent_at = loop.time()

    import uvloop

    uvloop.run(main())


# --- the worker ---------------------------------------------------------------------------------------------------------


def work(home: Path, rate: float) -> None:
    """Opens a run, prints its id, waits for a line, then records `rate` events a second until it is ended."""
    import orjson

    from headway.access.principal import SYSTEM
    from headway.acts.outside import OpenOutside, open_outside
    from headway.acts.record import Batch, record
    from headway.live.bus.local import LocalBusClient
    from headway.store.contract import Pace
    from headway.store.sql.store import SqlStore

    async def main() -> None:
        bus = LocalBusClient(home / "bus.sock")
        store = await SqlStore.open(f"sqlite:///{home}/headway.db", announce=bus.publish)
        await bus.open(lambda news: None)
        opened = await store.write(lambda tx: open_outside(tx, OpenOutside(name="fan-out"), SYSTEM))
        print(opened.run.id, flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        number, began = 0, time.perf_counter()
        while True:
            number += 1
            batch = Batch(run=opened.run.id, fence=1, batch_no=number, events=[orjson.dumps(event(number))])
            await store.write(lambda tx, batch=batch: record(tx, [batch]), pace=Pace.REPORT)
            await asyncio.sleep(max(0.0, began + number / rate - time.perf_counter()))

    asyncio.run(main())


# --- the viewers --------------------------------------------------------------------------------------------------------


class Viewer(asyncio.Protocol):
    """As little as possible: a handshake, then bytes in which events are counted by their mark."""

    count = 0
    frame_bytes = 0
    ages: ClassVar[list[float]] = []
    is_timing = False

    def __init__(self, path: str, protocols: str) -> None:
        self._path = path
        self._protocols = protocols
        self._left = b""
        self._is_open = False
        self.opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: Any) -> None:
        key = base64.b64encode(os.urandom(16)).decode()
        offered = f"Sec-WebSocket-Protocol: {self._protocols}\r\n" if self._protocols else ""
        transport.write(
            f"GET {self._path} HTTP/1.1\r\nHost: 127.0.0.1:{PORT}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n{offered}\r\n".encode()
        )

    def data_received(self, data: bytes) -> None:
        if not self._is_open:
            assert data.startswith(b"HTTP/1.1 101"), data[:200]
            self._is_open = True
            self.opened.set_result(None)
        Viewer.frame_bytes += len(data)
        data = self._left + data
        found = MARK.findall(data) if Viewer.is_timing else None
        if found is not None:
            now = time.time()
            Viewer.ages.extend(now - float(mark) for mark in found)
            Viewer.count += len(found)
        else:
            Viewer.count += data.count(b'"mark":"')
        # A mark that is cut in two by the edge of what was read is looked for again, together with what follows.
        at = max(data.rfind(b'"mark":"'), 0)
        self._left = b"" if MARK.match(data, at) else data[-40:] if b'"mark":"' not in data[-40:] else data[at + 8 :]
        if found is None and self._left and b'"mark":"' in self._left:
            self._left = b""


def view(path: str, protocols: str, viewers: int, is_timing: bool) -> None:
    """Opens the viewers and says so; then answers each line on stdin with the count so far, and at the end with latencies."""
    Viewer.is_timing = is_timing

    async def main() -> None:
        loop = asyncio.get_running_loop()
        for start in range(0, viewers, 50):
            opened = []
            for _ in range(min(50, viewers - start)):
                _, viewer = await loop.create_connection(lambda: Viewer(path, protocols), "127.0.0.1", PORT)
                opened.append(viewer.opened)
            await asyncio.gather(*opened)
        print("open", flush=True)
        while line := (await asyncio.to_thread(sys.stdin.readline)).strip():
            if line == "count":
                print(Viewer.count, flush=True)
            elif line == "reset":
                Viewer.ages.clear()
                print("ok", flush=True)
            else:
                ages = sorted(Viewer.ages)
                at = [ages[min(len(ages) - 1, int(len(ages) * share))] * 1000 for share in (0.5, 0.9, 0.99, 0.999)] if ages else []
                print(json.dumps({"count": len(ages), "ms": [round(age, 2) for age in at]}), flush=True)

    import uvloop

    uvloop.run(main())


# --- the measurement ----------------------------------------------------------------------------------------------------


def start(*args: str) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-m", "bench.live.fanout", *args], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def ask(process: subprocess.Popen[str], line: str) -> str:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(line + "\n")
    process.stdin.flush()
    return process.stdout.readline().strip()


def read(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def end(*processes: subprocess.Popen[str]) -> None:
    for process in processes:
        process.kill()
        process.wait()


def wait_for_port() -> None:
    import socket

    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", PORT)) == 0:
                return
        time.sleep(0.05)
    raise SystemExit("the server did not start")


def watch(server: psutil.Process, clients: subprocess.Popen[str], seconds: float) -> tuple[float, int]:
    """CPU seconds of the server and deliveries over a time."""
    time.sleep(1.5)
    count, cpu = int(ask(clients, "count")), server.cpu_times()
    time.sleep(seconds)
    spent = server.cpu_times()
    return spent.user + spent.system - cpu.user - cpu.system, int(ask(clients, "count")) - count


def measure_headway(viewers: int, rate: float, seconds: float, *, is_timing: bool = False) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="headway-bench-") as home:
        server = start("serve", home)
        wait_for_port()
        worker = start("work", home, str(rate))
        run = read(worker)
        process = psutil.Process(server.pid)
        before = process.memory_info().rss
        clients = start("view", f"/api/v1/live?run_id={run}", "headway.live.v1, ada", str(viewers), str(int(is_timing)))
        assert read(clients) == "open"
        after = process.memory_info().rss
        assert worker.stdin is not None
        worker.stdin.write("go\n")
        worker.stdin.flush()
        time.sleep(1.0)
        ask(clients, "reset")
        cpu, count = watch(process, clients, seconds)
        figures = {"cpu": cpu, "count": count, "rss": (after - before) / viewers, "rss_after": process.memory_info().rss}
        if is_timing:
            figures |= json.loads(ask(clients, "ages"))
        end(clients, worker, server)
        return figures


def measure_peer(viewers: int, rate: float, seconds: float, gather_seconds: float) -> dict[str, Any]:
    server = start("peer", str(gather_seconds))
    wait_for_port()
    process = psutil.Process(server.pid)
    before = process.memory_info().rss
    clients = start("view", "/", "", str(viewers), "0")
    assert read(clients) == "open"
    after = process.memory_info().rss
    feeder = subprocess.Popen([sys.executable, "-m", "bench.live.fanout", "feed", str(rate)], stdout=server.stdin)
    cpu, count = watch(process, clients, seconds)
    feeder.kill()
    feeder.wait()
    end(clients, server)
    return {"cpu": cpu, "count": count, "rss": (after - before) / viewers}


def feed(rate: float) -> None:
    number, began = 0, time.perf_counter()
    while True:
        number += 1
        print(json.dumps(event(number), separators=(",", ":")), flush=True)
        time.sleep(max(0.0, began + number / rate - time.perf_counter()))


def report(name: str, figures: dict[str, Any], expected: float) -> None:
    tell(
        name, cpu_seconds_a_million=figures["cpu"] / max(figures["count"], 1) * 1e6, kb_a_viewer=figures["rss"] / 1024,
        percent_of_what_was_published=figures["count"] / expected * 100,
    )  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--viewers", type=int, default=1_000)
    parser.add_argument("--rate", type=float, default=100.0)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--timed-viewers", type=int, default=100)
    parser.add_argument("--small", action="store_true", help="200 viewers, 4 s")
    args = parser.parse_args()
    if args.small:
        args.viewers, args.seconds = 200, 4.0
    expected = args.viewers * args.rate * args.seconds
    report("headway", measure_headway(args.viewers, args.rate, args.seconds), expected)
    report("websockets.broadcast, each event", measure_peer(args.viewers, args.rate, args.seconds, 0.0), expected)
    report("websockets.broadcast, each 50 ms", measure_peer(args.viewers, args.rate, args.seconds, 0.05), expected)
    timed = measure_headway(args.timed_viewers, args.rate, args.seconds, is_timing=True)
    p50, p90, p99, p999 = timed["ms"]
    tell("record_to_viewer", viewers=args.timed_viewers, p50_ms=p50, p90_ms=p90, p99_ms=p99, p999_ms=p999, count=timed["count"])


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["serve", home]:
            serve(Path(home))
        case ["work", home, rate]:
            work(Path(home), float(rate))
        case ["view", path, protocols, viewers, is_timing]:
            view(path, protocols, int(viewers), is_timing == "1")
        case ["peer", gather_seconds]:
            serve_peer(float(gather_seconds))
        case ["feed", rate]:
            feed(float(rate))
        case _:
            main()
