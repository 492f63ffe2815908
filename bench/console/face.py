"""How soon is what a run reports on the screen, how soon is a page there, and what does it cost to keep it open?

    python -m bench.console.face             # with ten minutes of following 1,000 lines a second
    python -m bench.console.face --small     # 20 s of it
    python -m bench.console.face pixels log  # some of the questions: pixels log memory screens lighthouse

A real `headway serve`, its built console (`make console`), and Chromium without a window, driven by `bench/console/look.mjs`. The
browser, the server, the worker and a hundred other viewers share the cores of one machine, so figures are upper bounds. "On
the screen" is when a MutationObserver of the page sees the text: the frame that draws it follows at the browser's next refresh.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from websockets.asyncio.client import connect

from bench.figures import tell
from headway.model.states import RunState
from headway.sdk.client import Client

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = os.environ.get("HEADWAY_CHROMIUM", "/usr/bin/chromium")
START_SECONDS = 60.0
VIEWERS = 100
QUESTIONS = ("pixels", "log", "screens", "lighthouse", "memory")


class Face:
    """An installation with a console, and what looks at it."""

    def __init__(self, home: Path) -> None:
        self.home = home
        environment = {**os.environ, "HEADWAY_HOME": str(home), "HEADWAY_PORT": "0", "HEADWAY_TASKS": "bench.console.tasks"}
        for name in ("HEADWAY_URL", "HEADWAY_TOKEN"):
            environment.pop(name, None)
        command = [sys.executable, "-m", "headway.cli.main", "serve", "--json"]
        self.server = subprocess.Popen(command, cwd=ROOT, env={**environment, "PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE)
        assert self.server.stdout is not None
        if not self.server.stdout.readline():
            raise SystemExit("headway serve did not start")
        connection = json.loads((home / "connection.json").read_text())
        self.url: str = connection["url"]
        self.token: str = connection["token"]
        self.client = Client(url=self.url, token=self.token)
        self._until(lambda: len(self.client.tasks()) >= 4, "the tasks to be known")

    def close(self) -> None:
        self.client.close()
        self.server.send_signal(signal.SIGTERM)
        self.server.wait(30)

    def start(self, task: str, **parameters: Any) -> str:
        return self.client.start(task, parameters).id

    def finish(self, run: str, seconds: float) -> None:
        ended = self.client.wait(run, seconds)
        if ended.state is not RunState.SUCCEEDED:
            raise SystemExit(f"run {run} ended as {ended.state}")

    def _until(self, holds: Callable[[], bool], what: str, seconds: float = START_SECONDS) -> None:
        deadline = time.monotonic() + seconds
        while not holds():
            if time.monotonic() > deadline:
                raise SystemExit(f"waited {seconds:g} s in vain for {what}")
            time.sleep(0.05)

    def look(self, question: str, *, seconds: float, **more: Any) -> list[dict[str, Any]]:
        """Have the browser answer; the figures that it says."""
        link = subprocess.run(
            [sys.executable, "-m", "headway.cli.main", "open", "--print"],
            env={**os.environ, "HEADWAY_HOME": str(self.home)}, capture_output=True, text=True, check=True,
        ).stdout.strip()  # fmt: skip
        wish = {"question": question, "url": self.url, "link": link, "chromium": CHROMIUM, "seconds": seconds, **more}
        done = subprocess.run(
            [shutil.which("node") or "node", "bench/console/look.mjs", json.dumps(wish)],
            cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False, timeout=seconds + 180,
        )  # fmt: skip
        if done.returncode:
            raise SystemExit(f"the browser could not answer {question}")
        return [json.loads(line) for line in done.stdout.splitlines()]


class Audience:
    """Other viewers of a run, in a thread of their own; they take everything and look at nothing."""

    def __init__(self, face: Face, run: str, count: int) -> None:
        self._there = threading.Semaphore(0)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=(self._watch(face, run, count),), daemon=True)
        self._thread.start()
        for _ in range(count):
            if not self._there.acquire(timeout=START_SECONDS):
                raise SystemExit("not all viewers came in")

    async def _watch(self, face: Face, run: str, count: int) -> None:
        await asyncio.gather(*(self._view(face, run) for _ in range(count)))

    async def _view(self, face: Face, run: str) -> None:
        address = f"{face.url.replace('http', 'ws', 1)}/api/v1/live?run_id={run}"
        subprotocols: Any = ["headway.live.v1", face.token]
        async with connect(address, subprotocols=subprotocols, max_size=None, compression=None) as socket:
            await socket.recv()
            self._there.release()
            async for frame in socket:
                if isinstance(frame, str) and '"type":"finished"' in frame:
                    return

    def leave(self) -> None:
        self._thread.join(START_SECONDS)


def pixels(face: Face, *, is_small: bool) -> None:
    seconds = 8.0 if is_small else 30.0
    for viewers in (0, VIEWERS):
        run = face.start("ticking", seconds=seconds + 8, per_second=10)
        audience = Audience(face, run, viewers) if viewers else None
        for figure in face.look("pixels", seconds=seconds, run=run):
            tell(f"report_to_pixel, {viewers} others", **figure)
        face.finish(run, 120)
        if audience:
            audience.leave()


def log(face: Face, *, is_small: bool) -> None:
    lines = 200_000
    run = face.start("flood", lines=lines)
    face.finish(run, 180)
    for figure in face.look("log", seconds=60, run=run, lines=lines, tries=3 if is_small else 7):
        tell("log of 200,000 lines", **figure)


def screens(face: Face, *, is_small: bool) -> None:
    run = _full_pages(face)
    for figure in face.look("screens", seconds=120, run=run, tries=3 if is_small else 9):
        tell("screens", **figure)


def lighthouse(face: Face, *, is_small: bool) -> None:
    run = _full_pages(face)
    for figure in face.look("lighthouse", seconds=300, run=run):
        name = figure.pop("page")
        tell(f"lighthouse, {name}", **figure)


def memory(face: Face, *, is_small: bool) -> None:
    seconds = 20.0 if is_small else 600.0
    run = face.start("steady", seconds=seconds + 30, per_second=1_000)
    for figure in face.look("memory", seconds=seconds, run=run):
        tell("following 1,000 lines/s", **figure)
    face.finish(run, 180)


def _full_pages(face: Face) -> str:
    """Some runs that have ended, so that list and run have something to show; one of them."""
    runs = [face.start("stepping", steps=12) for _ in range(8)]
    for run in runs:
        face.finish(run, 60)
    return runs[-1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("questions", nargs="*", metavar="QUESTION", help=f"default: all of {', '.join(QUESTIONS)}")
    parser.add_argument("--small", action="store_true", help="shorter: for a look")
    arguments = parser.parse_args()
    ask: dict[str, Callable[..., None]] = {
        "pixels": pixels, "log": log, "screens": screens, "lighthouse": lighthouse, "memory": memory,
    }  # fmt: skip
    unknown = set(arguments.questions) - set(ask)
    if unknown:
        parser.error(f"there is no question {', '.join(sorted(unknown))}")
    if not Path(CHROMIUM).exists() or not (ROOT / "console/dist/index.html").exists():
        raise SystemExit("this needs Chromium (HEADWAY_CHROMIUM, default /usr/bin/chromium) and the built console (make console)")
    with tempfile.TemporaryDirectory(prefix="headway-bench-") as home:
        face = Face(Path(home))
        try:
            for question in arguments.questions or QUESTIONS:
                ask[question](face, is_small=arguments.small)
        finally:
            face.close()


if __name__ == "__main__":
    main()
