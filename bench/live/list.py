"""How soon does a viewer of a live list see that a row has changed, and what does it cost?

    python -m bench.live.list                   # 100 viewers of a list of 50 rows, 20 runs of it live, 200 changes/s; 10 s
    python -m bench.live.list --viewers 1000
    python -m bench.live.list --small           # 4 s

The server is that of `bench.live.fanout`, alone in its process; a worker process records progress of the live runs into SQLite
(synchronous=FULL) with the real act; a client process holds the viewers. The age of a change is taken from before it is
recorded until a viewer has it; of changes that were folded into one patch the newest is looked at. CPU is user + system of the
server's process.
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
from bench.live.fanout import ask, end, read, wait_for_port
from bench.live.sides.headway_process import serve
from bench.live.sides.said import PORT

ROWS, LIVE = 50, 20
MARK = re.compile(rb'"message":"([0-9]+\.[0-9]{6})"')


# --- the worker ---------------------------------------------------------------------------------------------------------


def work(home: Path, rate: float) -> None:
    """Opens the runs, prints their ids, waits for a line, then reports progress of the live ones in turn until it is ended."""
    import orjson

    from headway.access.principal import SYSTEM
    from headway.acts.outside import OpenOutside, open_outside
    from headway.acts.record import Batch, record
    from headway.live.bus.local import LocalBusClient
    from headway.model.clock import iso
    from headway.store.contract import Pace
    from headway.store.sql.store import SqlStore

    async def main() -> None:
        bus = LocalBusClient(home / "bus.sock")
        store = await SqlStore.open(f"sqlite:///{home}/headway.db", announce=bus.publish)
        await bus.open(lambda news: None)
        wishes = [OpenOutside(name=f"row {number}") for number in range(ROWS)]
        runs = [(await store.write(lambda tx, wish=wish: open_outside(tx, wish, SYSTEM))).run.id for wish in wishes]
        print(json.dumps(runs), flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        number, began = 0, time.perf_counter()
        while True:
            turn, at = divmod(number, LIVE)
            number += 1
            event = {"kind": "progress.reported", "at": iso(), "done": turn, "total": 100_000, "message": f"{time.time():.6f}"}
            batch = Batch(run=runs[at], fence=1, batch_no=turn + 1, events=[orjson.dumps(event)])
            await store.write(lambda tx, batch=batch: record(tx, [batch]), pace=Pace.REPORT)
            await asyncio.sleep(max(0.0, began + number / rate - time.perf_counter()))

    asyncio.run(main())


# --- the viewers --------------------------------------------------------------------------------------------------------


class Viewer(asyncio.Protocol):
    """As little as possible: a handshake, a subscription, then bytes in which changes are found by their mark."""

    ages: ClassVar[list[float]] = []

    def __init__(self, runs: list[str]) -> None:
        self._runs = runs
        self._left = b""
        self._is_open = False
        self._transport: Any = None
        self.opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        key = base64.b64encode(os.urandom(16)).decode()
        transport.write(
            f"GET /api/v1/live HTTP/1.1\r\nHost: 127.0.0.1:{PORT}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: headway.live.v1, ada\r\n\r\n".encode()
        )

    def _say(self, *messages: object) -> None:
        body = json.dumps(messages).encode()
        # A mask of zeros leaves the bytes as they are (RFC 6455 section 5.3).
        self._transport.write(b"\x81\xfe" + len(body).to_bytes(2, "big") + bytes(4) + body)

    def data_received(self, data: bytes) -> None:
        if not self._is_open:
            assert data.startswith(b"HTTP/1.1 101"), data[:200]
            self._is_open = True
            channel = "runs:default"
            self._say({"type": "subscribe", "id": 1, "channel": channel}, {"type": "rows", "channel": channel, "add": self._runs})
        now = time.time()
        data = self._left + data
        last = 0
        for found in MARK.finditer(data):
            Viewer.ages.append(now - float(found[1]))
            last = found.end()
        # A mark that is cut in two by the edge of what was read is looked for again, together with what follows.
        self._left = data[max(last, len(data) - 40) :]
        if not self.opened.done() and b'"run":"%b"' % self._runs[-1].encode() in data:
            self.opened.set_result(None)


def view(viewers: int) -> None:
    """Reads the ids, opens the viewers and says so; then answers ``reset``, and at the end tells latencies."""

    async def main() -> None:
        loop = asyncio.get_running_loop()
        runs = json.loads(sys.stdin.readline())
        for start in range(0, viewers, 50):
            made = [await loop.create_connection(lambda: Viewer(runs), "127.0.0.1", PORT) for _ in range(min(50, viewers - start))]
            await asyncio.gather(*(viewer.opened for _, viewer in made))
        print("open", flush=True)
        while line := (await asyncio.to_thread(sys.stdin.readline)).strip():
            if line == "reset":
                Viewer.ages.clear()
                print("ok", flush=True)
            else:
                ages = sorted(Viewer.ages)
                at = [ages[min(len(ages) - 1, int(len(ages) * share))] * 1000 for share in (0.5, 0.9, 0.99, 0.999)]
                print(json.dumps({"count": len(ages), "ms": at}), flush=True)

    import uvloop

    uvloop.run(main())


# --- the measurement ----------------------------------------------------------------------------------------------------


def start(*args: str) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-m", "bench.live.list", *args], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def measure(viewers: int, rate: float, seconds: float) -> None:
    with tempfile.TemporaryDirectory(prefix="headway-bench-") as home:
        server = start("serve", home)
        wait_for_port("Headway")
        worker, clients = start("work", home, str(rate)), start("view", str(viewers))
        process = psutil.Process(server.pid)
        before = process.memory_info().rss
        assert ask(clients, read(worker)) == "open"
        after = process.memory_info().rss
        assert worker.stdin is not None
        worker.stdin.write("go\n")
        worker.stdin.flush()
        time.sleep(1.0)
        ask(clients, "reset")
        cpu = process.cpu_times()
        time.sleep(seconds)
        spent = process.cpu_times()
        said = json.loads(ask(clients, "ages"))
        end(clients, worker, server)
    p50, p90, p99, p999 = said["ms"]
    tell("row_to_viewer", viewers=viewers, p50_ms=p50, p90_ms=p90, p99_ms=p99, p999_ms=p999, count=said["count"])
    busy = (spent.user + spent.system - cpu.user - cpu.system) / seconds * 100
    tell("list_server", cpu_percent=busy, patches_per_second=said["count"] / seconds, kb_a_viewer=(after - before) / viewers / 1024)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--viewers", type=int, default=100)
    parser.add_argument("--rate", type=float, default=200.0, help="changes a second, of all live runs together")
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--small", action="store_true", help="4 s")
    args = parser.parse_args()
    measure(args.viewers, args.rate, 4.0 if args.small else args.seconds)


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["serve", home]:
            serve(Path(home))
        case ["work", home, rate]:
            work(Path(home), float(rate))
        case ["view", viewers]:
            view(int(viewers))
        case _:
            main()
