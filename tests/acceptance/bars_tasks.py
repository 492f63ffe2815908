"""Tasks that draw bars and know nothing of Headway but the decorator."""

from __future__ import annotations

import multiprocessing
import subprocess
import sys

from rich.progress import track
from tqdm.auto import tqdm

import headway

TQDM = "from tqdm import tqdm\nfor _ in tqdm(range({count}), desc='sheets'): pass"


@headway.task
def with_tqdm(count: int) -> None:
    for _ in tqdm(range(count), desc="sheets", unit="sheet"):
        pass


@headway.task
def with_rich(count: int) -> None:
    for _ in track(range(count), "Working"):
        pass


@headway.task
async def with_tqdm_async(count: int) -> None:
    for _ in tqdm(range(count), desc="sheets"):
        pass


@headway.task
def with_a_program(command: list[str]) -> int:
    """Its output goes past Python."""
    return subprocess.run(command, check=False).returncode


@headway.task
def with_own_progress(count: int) -> None:
    headway.progress(1, 4, unit="sheets")
    subprocess.run([sys.executable, "-c", TQDM.format(count=count)], check=True)
    headway.progress(2, 4)


def _part(number: int) -> None:
    for _ in tqdm(range(100), desc=f"part {number}", position=number):
        pass


@headway.task
def with_processes() -> None:
    with multiprocessing.get_context("fork").Pool(2) as pool:
        pool.map(_part, range(4))
