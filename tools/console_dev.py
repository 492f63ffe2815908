"""`make console-dev`: the console from its sources, reloading as they change, before a real server on `.demo` with the grading example.

Vite serves the pages and passes `/api`, the live connection included, on to the server. The link that is printed signs in there.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PORT = os.environ.get("HEADWAY_DEV_PORT", "5173")
ORIGIN = f"http://localhost:{PORT}"


def main() -> int:
    home = Path(os.environ.get("HEADWAY_HOME") or ROOT / ".demo")
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    node = subprocess.run([ROOT / "tools/node.sh"], check=True, stdout=subprocess.PIPE, text=True).stdout.strip()
    server = start_server(home)
    try:
        assert server.stdout is not None
        said = server.stdout.readline()
        if not said:
            return server.wait()
        ready = json.loads(said)
        print(
            f"\n  The server is {ready['url']}. Sign in here: {ready['sign_in_url']}\n  Another link: HEADWAY_HOME={home} headway open\n",
            flush=True,
        )
        environment = {**os.environ, "PATH": f"{node}:{os.environ['PATH']}", "HEADWAY_DEV_SERVER": ready["url"]}
        command = ["npm", "run", "dev", "-w", "console", "--", "--host", "localhost", "--port", PORT, "--strictPort"]
        return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode
    except KeyboardInterrupt:
        return 130
    finally:
        if server.poll() is None:
            server.send_signal(signal.SIGTERM)
            server.wait(20)


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
