"""Tasks that report what no task should: the console shows it, and nothing of it does anything."""

from __future__ import annotations

import threading

import headway

PACE = threading.Event()
"""Never set: a wait on it is the work that takes time."""

ESCAPE = "\x1b"
BELL = "\x07"


@headway.task
def nasty() -> str:
    """Prints markup, links that run code, sequences for the clipboard, and text that turns other text around."""
    headway.log("<script>window.pwned = true</script><img src=x onerror='window.pwned = true'>")
    headway.log(f"{ESCAPE}]8;;javascript:window.pwned=true{BELL}click{ESCAPE}]8;;{BELL} https://example.org/fine")
    headway.log(f"copied {ESCAPE}]52;c;cm0gLXJmIC8={BELL} to the clipboard")
    headway.log("user\u202egpj.exe and nul\0here")
    headway.log("x" * 1_000_000)
    headway.artifact(b"<script>window.pwned = true</script>", name="page.html", media_type="text/html")
    headway.artifact(
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='window.pwned=true'/>", name="drawing.svg", media_type="image/svg+xml"
    )
    headway.artifact(b"name,marks\nAnna,3\n", name="marks.csv", media_type="text/csv")
    return "[do](javascript:window.pwned=true) **not**\n\n# <script>window.pwned = true</script>"


@headway.task
def countless(steps: int = 10_000) -> int:
    """Has very many steps, and names of ten kilobytes."""
    for number in range(steps):
        with headway.step(f"step {number}" if number % 1_000 else "n" * 10_000):
            pass
    return steps


@headway.task
def bars(count: int = 64, seconds: float = 10.0) -> None:
    """Moves many bars at once."""
    loops = [iter(headway.track(range(10_000), name=f"bar {number}")) for number in range(count)]
    for _ in range(int(seconds * 10)):
        for loop in loops:
            next(loop)
        PACE.wait(0.1)
