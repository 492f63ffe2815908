"""How many runs a second does the server accept over HTTP: POST, token, schema, one commit on disk each time?

A real server process on SQLite with ``synchronous=FULL`` and no worker; a light client process with keep-alive connections,
each waiting for its answer before it sends again. Every answer is a 201 and every run is in the store at the end.

    python -m bench.web.start_runs [--seconds 10] [--connections 32] [--small]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import urlsplit

from bench.figures import tell
from headway.assembly.server import open_server
from headway.model.run import Task
from headway.settings import read_settings
from headway.store.contract import RunFilter
from headway.store.sql.store import SqlStore
from headway.web.listening import loop_factory

TASK = Task(
    name="bench:no_op",
    parameter_schema={
        "type": "object",
        "properties": {"number": {"type": "integer"}},
        "required": ["number"],
        "additionalProperties": False,
    },
)


async def client(url: str, token: str, seconds: float, connections: int) -> None:
    """Send as fast as answers come; print what was accepted and how long each took."""
    parts = urlsplit(url)
    took: list[float] = []
    ends = time.monotonic() + seconds

    async def one(number: int) -> None:
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
        while time.monotonic() < ends:
            number += connections
            body = b'{"parameters":{"number":%d}}' % number
            began = time.perf_counter()
            writer.write(
                b"POST /api/v1/tasks/bench:no_op/runs HTTP/1.1\r\nHost: %b\r\nAuthorization: Bearer %b\r\n"
                b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (parts.netloc.encode(), token.encode(), len(body), body)
            )
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
            answer = await reader.readexactly(length)
            assert head.startswith(b"HTTP/1.1 201"), answer
            took.append(time.perf_counter() - began)
        writer.close()

    began = time.monotonic()
    await asyncio.gather(*[one(number) for number in range(connections)])
    elapsed = time.monotonic() - began
    print(json.dumps({"accepted": len(took), "seconds": elapsed, "took": sorted(took)}))


async def serve(home: Path) -> None:
    """The server alone, in this process, until standard input ends."""
    async with open_server(read_settings({"HEADWAY_HOME": str(home), "HEADWAY_PORT": "0"}), is_worker_expected=False) as server:
        listening = asyncio.create_task(server.listener.listen())
        await server.listener.started_event.wait()
        print(json.dumps({"url": server.url, "token": server.token}), flush=True)
        await asyncio.to_thread(sys.stdin.read)
        server.listener.stop()
        await listening


async def prepare(url: str) -> None:
    store = await SqlStore.open(url)
    await store.write(lambda tx: tx.tasks.put([TASK]))
    await store.close()


async def count(url: str) -> int:
    store = await SqlStore.open(url)
    try:
        return await store.read(lambda snapshot: snapshot.runs.count(RunFilter(), limit=10_000_000))
    finally:
        await store.close()


def measure(seconds: float, connections: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as directory:
        home = Path(directory)
        url = f"sqlite:///{home / 'headway.db'}"
        asyncio.run(prepare(url))
        program = [sys.executable, "-m", "bench.web.start_runs"]
        server = subprocess.Popen([*program, "--serve", directory], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        try:
            assert server.stdout is not None
            where = json.loads(server.stdout.readline())
            spent = _cpu(server.pid)
            client_program = [*program, "--client", where["url"], "--seconds", str(seconds), "--connections", str(connections)]
            done = subprocess.run(
                client_program, env={**os.environ, "HEADWAY_BENCH_TOKEN": where["token"]}, capture_output=True, text=True, check=True
            )
            spent = _cpu(server.pid) - spent
        finally:
            assert server.stdin is not None
            server.stdin.close()
            server.wait(30)
        said = json.loads(done.stdout)
        stored = asyncio.run(count(url))
    assert stored == said["accepted"], f"{said['accepted']} were acknowledged, {stored} are stored"
    took: list[float] = said["took"]
    return {
        "runs_per_second": said["accepted"] / said["seconds"],
        "p50_ms": statistics.median(took) * 1000,
        "p99_ms": took[int(len(took) * 0.99)] * 1000,
        "server_cpu_us_per_run": spent / said["accepted"] * 1e6,
    }


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--small", action="store_true", help="3 s")
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--client", help=argparse.SUPPRESS)
    parser.add_argument("--serve", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.client:
        asyncio.run(client(args.client, os.environ["HEADWAY_BENCH_TOKEN"], args.seconds, args.connections))
    elif args.serve:
        with asyncio.Runner(loop_factory=loop_factory) as runner:
            runner.run(serve(Path(args.serve)))
    else:
        tell("start_runs", **measure(3 if args.small else args.seconds, args.connections))


if __name__ == "__main__":
    main()
