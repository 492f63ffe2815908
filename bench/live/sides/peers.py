"""Whom the gateway is measured beside, and how each is started; who cannot be had here says why."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bench.live.sides.said import PORT
from bench.peers.environment import ROOT, NotToBeHad, installed

NODE_PEERS = ROOT / "bench" / "live" / "sides" / "node_peers"
GATHERED_SECONDS = 0.05
"""As long as Headway's gateway gathers when many look on."""
_INSTALLING_SECONDS = 300
_NCHAN = Path("/usr/lib/nginx/modules/ngx_nchan_module.so")


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    name: str
    command: Callable[[Path], list[str]]
    """In a directory of its own. Raises `NotToBeHad`."""
    path: str = "/"
    greeting: str = ""
    """What a viewer says first."""
    feeder: str = "lines"
    """How events come to it: as lines of its input, or by HTTP."""
    gather_seconds: float = 0.0


def _python(kind: str, gather: float) -> Callable[[Path], list[str]]:
    return lambda _: [sys.executable, "-m", "bench.live.sides.python_peers", kind, str(gather)]


def _node(kind: str, gather: float) -> Callable[[Path], list[str]]:
    return lambda _: [_installed_node(), str(NODE_PEERS / "peer.mjs"), kind, str(PORT), str(int(gather * 1000))]


def _installed_node() -> str:
    """Node, with what `package-lock.json` pins beside the script (263 MB, most of them the builds of uWebSockets for other systems)."""
    found = subprocess.run([str(ROOT / "tools" / "node.sh")], capture_output=True, text=True, check=False)
    if found.returncode:
        raise NotToBeHad((found.stderr.strip().splitlines() or ["there is no Node"])[-1])
    directory = found.stdout.strip().splitlines()[-1]
    installed(NODE_PEERS / "package-lock.json", NODE_PEERS / "node_modules" / ".pins", lambda: _install(directory))
    return str(Path(directory) / "node")


def _install(directory: str) -> None:
    """`directory`: where `npm` is."""
    environment = {**os.environ, "PATH": f"{directory}:{os.environ['PATH']}"}
    command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    try:
        done = subprocess.run(
            command, cwd=NODE_PEERS, env=environment, capture_output=True, text=True, timeout=_INSTALLING_SECONDS, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise NotToBeHad(f"installing those of Node took longer than {_INSTALLING_SECONDS} s") from error
    if done.returncode:
        raise NotToBeHad(f"npm ci failed: {(done.stderr.strip().splitlines() or ['no reason given'])[-1]}")


def _nginx(home: Path) -> list[str]:
    nginx = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if nginx is None or not _NCHAN.exists():
        raise NotToBeHad("nginx with nchan is not installed (Debian: nginx, libnginx-mod-nchan)")
    (home / "nginx.conf").write_text(
        f"""load_module {_NCHAN};
daemon off;
worker_processes 1;
pid {home}/nginx.pid;
error_log stderr error;
events {{ worker_connections 20000; }}
http {{
    access_log off;
    client_body_temp_path {home}/body;
    proxy_temp_path {home}/proxy;
    fastcgi_temp_path {home}/fastcgi;
    uwsgi_temp_path {home}/uwsgi;
    scgi_temp_path {home}/scgi;
    keepalive_requests 1000000;
    server {{
        listen 127.0.0.1:{PORT} backlog=4096;
        location = /pub {{ nchan_publisher; nchan_channel_id run; nchan_message_buffer_length 100; }}
        location = /sub {{ nchan_subscriber websocket; nchan_channel_id run; nchan_subscriber_first_message newest; }}
    }}
}}
"""
    )
    return [nginx, "-c", str(home / "nginx.conf"), "-p", str(home)]


PEERS = (
    Peer(name="uWebSockets.js", command=_node("uwebsockets", 0)),
    Peer(name="nginx nchan", command=_nginx, path="/sub", feeder="http"),
    Peer(name="ws", command=_node("ws", 0)),
    Peer(name="websockets.broadcast", command=_python("websockets", 0)),
    Peer(name="Socket.IO", command=_node("socket.io", 0), path="/socket.io/?EIO=4&transport=websocket", greeting="40"),
    Peer(name="FastAPI, a loop", command=_python("fastapi", 0)),
    Peer(name="uWebSockets.js, each 50 ms", command=_node("uwebsockets", GATHERED_SECONDS), gather_seconds=GATHERED_SECONDS),
    Peer(name="ws, each 50 ms", command=_node("ws", GATHERED_SECONDS), gather_seconds=GATHERED_SECONDS),
    Peer(name="websockets.broadcast, each 50 ms", command=_python("websockets", GATHERED_SECONDS), gather_seconds=GATHERED_SECONDS),
)
