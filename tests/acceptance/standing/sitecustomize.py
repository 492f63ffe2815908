"""Loaded by each process of an installation whose PYTHONPATH names this directory. The launcher is impatient; and a worker stands still
within a write as soon as there is a file `stand-still` in its home."""

from __future__ import annotations

import os
import signal
import sqlite3
import sys
import threading
from pathlib import Path

IMPATIENT_SECONDS = 6.0


def stand_still_when_asked(home: Path) -> None:
    while not (home / "stand-still").exists():
        threading.Event().wait(0.05)
    (home / "stand-still").unlink()
    connection = sqlite3.connect(home / "headway.db", timeout=30)
    connection.execute("BEGIN IMMEDIATE")
    os.kill(os.getpid(), signal.SIGSTOP)
    threading.Event().wait()  # the signal stops another thread first: this one must not let go meanwhile


said = " ".join(sys.orig_argv)
if "headway.cli.main serve" in said:
    from headway.cli import launcher

    launcher.SILENT_SECONDS = IMPATIENT_SECONDS
elif "headway.cli.worker_process" in said:
    threading.Thread(target=stand_still_when_asked, args=(Path(os.environ["HEADWAY_HOME"]),), daemon=True).start()
