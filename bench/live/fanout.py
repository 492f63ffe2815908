"""What does a delivery cost, and how soon does a viewer see what was recorded? Beside it, in the same run, its peers.

    python -m bench.live.fanout                 # 1,000 viewers of one run, 100 events/s of 200 bytes; then p99 with 100 viewers
    python -m bench.live.fanout --seconds 20 --viewers 2000
    python -m bench.live.fanout --rate 1000 --ingest 40000 --all-peers
    python -m bench.live.fanout --small         # 200 viewers, 4 s

The server (uvicorn with our WebSocket class, hub, bus) is alone in its process; a worker process records into SQLite
(synchronous=FULL) with the real act and tells the server over the local bus; a client process holds the viewers. The peers get the
events as lines (nginx: by HTTP), and send each at once, or gathered for 50 ms: `bench/live/sides/peers.py`.

A delivery is one event that reached one viewer. CPU is user + system of the server's processes. Headway's server also keeps the store
beside the worker (it hears every commit, folds it, checkpoints the log), whoever looks on. The peers do none of that: beside their
figure stands ``headway, deliveries alone``, from which is taken what the same server needs for the same recording without a viewer.
"""

from __future__ import annotations

import argparse
import json
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import psutil
from bench.figures import tell
from bench.live.sides.peers import PEERS, Peer
from bench.live.sides.said import PORT
from bench.peers.environment import NotToBeHad

FEW = ("websockets.broadcast", "websockets.broadcast, each 50 ms")
"""Those that need nothing but Headway's own environment."""
ALONE = "headway, deliveries alone"
_STARTING_SECONDS = 20.0
_ENDING_SECONDS = 5.0


def start(module: str, *args: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", f"bench.live.sides.{module}", *args]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def ask(process: subprocess.Popen[str], line: str) -> str:
    assert process.stdin is not None
    process.stdin.write(line + "\n")
    process.stdin.flush()
    return read(process)


def read(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def end(*processes: subprocess.Popen[str]) -> None:
    for process in processes:
        process.terminate()
        try:
            process.wait(_ENDING_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_for_port(name: str) -> None:
    deadline = time.monotonic() + _STARTING_SECONDS
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", PORT)) == 0:
                return
        time.sleep(0.05)
    raise SystemExit(f"{name} did not start")


def family(pid: int) -> list[psutil.Process]:
    server = psutil.Process(pid)
    return [server, *server.children(recursive=True)]


def cpu_seconds(server: list[psutil.Process]) -> float:
    return sum(times.user + times.system for times in (each.cpu_times() for each in server))


def resident(server: list[psutil.Process]) -> int:
    return sum(each.memory_info().rss for each in server)


def watch(server: list[psutil.Process], clients: subprocess.Popen[str], seconds: float) -> tuple[float, int]:
    """CPU seconds of the server and deliveries over a time."""
    time.sleep(1.5)
    count, cpu = int(ask(clients, "count")), cpu_seconds(server)
    time.sleep(seconds)
    return cpu_seconds(server) - cpu, int(ask(clients, "count")) - count


def recorded(home: Path, *, but: str) -> int:
    """Events that other runs than this one have by now."""
    with closing(sqlite3.connect(home / "headway.db")) as store:
        return store.execute("SELECT coalesce(sum(last_seq), 0) FROM heads WHERE run_id != ?", (but,)).fetchone()[0]


def measure_headway(viewers: int, rate: float, seconds: float, *, ingest: float = 0.0, is_timing: bool = False) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="headway-bench-") as home:
        server = start("headway_process", "serve", home)
        wait_for_port("Headway")
        others = [start("headway_process", "ingest", home, str(ingest))] if ingest else []
        worker = start("headway_process", "work", home, str(rate))
        run = read(worker)
        processes = family(server.pid)
        before = resident(processes)
        clients = start("viewers", f"/api/v1/live?run_id={run}", "headway.live.v1, ada", "", str(viewers), str(int(is_timing)))
        assert read(clients) == "open"
        after = resident(processes)
        assert worker.stdin is not None
        worker.stdin.write("go\n")
        worker.stdin.flush()
        time.sleep(1.0)
        ask(clients, "reset")
        began, ingested = time.monotonic(), recorded(Path(home), but=run)
        cpu, count = watch(processes, clients, seconds)
        figures: dict[str, Any] = {"cpu": cpu, "count": count, "rss": (after - before) / max(viewers, 1)}
        figures["ingested"] = (recorded(Path(home), but=run) - ingested) / (time.monotonic() - began)
        if is_timing:
            figures |= json.loads(ask(clients, "ages"))
        end(clients, worker, *others, server)
        return figures


def measure_peer(peer: Peer, viewers: int, rate: float, seconds: float) -> dict[str, Any]:
    """Raises `NotToBeHad`."""
    with tempfile.TemporaryDirectory(prefix="headway-bench-") as home:
        server = subprocess.Popen(peer.command(Path(home)), stdin=subprocess.PIPE, text=True)
        wait_for_port(peer.name)
        processes = family(server.pid)
        before = resident(processes)
        clients = start("viewers", peer.path, "", peer.greeting, str(viewers), "0")
        assert read(clients) == "open"
        after = resident(processes)
        feeder = subprocess.Popen([sys.executable, "-m", "bench.live.sides.feeder", peer.feeder, str(rate)], stdout=server.stdin)
        cpu, count = watch(processes, clients, seconds)
        feeder.kill()
        feeder.wait()
        end(clients, server)
        return {"cpu": cpu, "count": count, "rss": (after - before) / viewers}


def report(name: str, figures: dict[str, Any], expected: float) -> float:
    """CPU seconds of a million deliveries."""
    cost = figures["cpu"] / max(figures["count"], 1) * 1e6
    tell(
        name, cpu_seconds_a_million=cost, kb_a_viewer=figures["rss"] / 1024,
        percent_of_what_was_published=figures["count"] / expected * 100,
    )  # fmt: skip
    return cost


def show(costs: dict[str, float]) -> None:
    """Who needs how much, beside our deliveries alone. On standard error: standard output is for programs."""
    alone = costs[ALONE]
    print(f"\n{'':34}{'CPU s a million':>16}{'ours are':>12}", file=sys.stderr)
    for name, cost in costs.items():
        print(f"{name:34}{cost:>16.2f}{f'{alone / cost:.2f} of it' if cost else '':>12}", file=sys.stderr)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--viewers", type=int, default=1_000)
    parser.add_argument("--rate", type=float, default=100.0)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--timed-viewers", type=int, default=100)
    parser.add_argument("--ingest", type=float, default=0.0, help="events a second that another worker records meanwhile")
    parser.add_argument("--all-peers", action="store_true", help="those of Node and nginx too (263 MB are installed once)")
    parser.add_argument("--small", action="store_true", help="200 viewers, 4 s")
    args = parser.parse_args()
    if args.small:
        args.viewers, args.seconds = 200, 4.0
    expected = args.viewers * args.rate * args.seconds
    ours = measure_headway(args.viewers, args.rate, args.seconds, ingest=args.ingest)
    costs = {"headway": report("headway", ours, expected)}
    recording = measure_headway(0, args.rate, args.seconds, ingest=args.ingest)
    costs[ALONE] = max(ours["cpu"] - recording["cpu"], 0.0) / max(ours["count"], 1) * 1e6
    tell(ALONE, cpu_seconds_a_million=costs[ALONE], recording_cpu_percent=recording["cpu"] / args.seconds * 100)
    for peer in PEERS:
        if not args.all_peers and peer.name not in FEW:
            continue
        try:
            costs[peer.name] = report(peer.name, measure_peer(peer, args.viewers, args.rate, args.seconds), expected)
        except NotToBeHad as error:
            print(f"{peer.name} cannot be had here: {error}", file=sys.stderr)
    timed = measure_headway(args.timed_viewers, args.rate, args.seconds, ingest=args.ingest, is_timing=True)
    p50, p90, p99, p999 = timed["ms"]
    tell("record_to_viewer", viewers=args.timed_viewers, p50_ms=p50, p90_ms=p90, p99_ms=p99, p999_ms=p999, count=timed["count"])
    show(costs)


if __name__ == "__main__":
    main()
