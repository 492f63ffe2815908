"""`make console-dev`: the console from its sources, reloading as they change, before a real server on `.demo` with the grading example.

Vite serves the pages and passes `/api`, the live connection included, on to the server. The link that is printed signs in there.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PORT = os.environ.get("HEADWAY_DEV_PORT", "5173")
ORIGIN = f"http://localhost:{PORT}"
LOOK_SECONDS = 0.2


def main() -> int:
    """Until Ctrl-C, or until one of the two has ended; then both have."""
    signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit(143))
    home = Path(os.environ.get("HEADWAY_HOME") or ROOT / ".demo")
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    node = subprocess.run([ROOT / "tools/node.sh"], check=True, stdout=subprocess.PIPE, text=True).stdout.strip()
    started = [start_server(home)]
    try:
        assert started[0].stdout is not None
        said = started[0].stdout.readline()
        if not said:
            return started[0].wait()
        ready = json.loads(said)
        print(f"\n  The server is {ready['url']}. Sign in here: {ready['sign_in_url']}")
        print(f"  Another link: HEADWAY_HOME={home} headway open\n", flush=True)
        started.append(start_vite(node, ready["url"]))
        while all(process.poll() is None for process in started):
            time.sleep(LOOK_SECONDS)
        return 1
    except KeyboardInterrupt:
        return 130
    finally:
        for process in started:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGTERM)
        for process in started:
            process.wait(20)


def start_vite(node: str, server: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "PATH": f"{node}:{os.environ['PATH']}", "HEADWAY_DEV_SERVER": server}
    command = ["npm", "run", "--silent", "dev", "-w", "console", "--", "--host", "localhost", "--port", PORT, "--strictPort"]
    return subprocess.Popen(command, cwd=ROOT, env=environment, text=True, start_new_session=True)


def start_server(home: Path) -> subprocess.Popen[str]:
    """`headway serve` on a free port, whose links lead to Vite; Ctrl-C in this terminal is not for it."""
    environment = {
        **os.environ,
        "HEADWAY_HOME": str(home),
        "HEADWAY_PORT": os.environ.get("HEADWAY_PORT", "0"),
        "HEADWAY_PUBLIC_URL": ORIGIN,
    }
    return subprocess.Popen(
        [sys.executable, "-m", "headway.cli.main", "serve", "--json"],
        env=environment,
        cwd=ROOT / "examples/grading",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


if __name__ == "__main__":
    sys.exit(main())
