"""What the code of a child is doing right now, as Python tells it."""

from __future__ import annotations

import sys
import threading
import traceback
from typing import Any

_OURS = "headway-"


def of_threads() -> str:
    """All threads but ours, the main one first."""
    frames = sys._current_frames()  # pyright: ignore[reportPrivateUsage]  (documented)
    parts: list[str] = []
    for thread in sorted(threading.enumerate(), key=lambda thread: thread is not threading.main_thread()):
        frame = frames.get(thread.ident or 0)
        if frame is not None and not thread.name.startswith(_OURS):
            parts.append(f"Thread {thread.name}:\n" + "".join(traceback.format_stack(frame)))
    return "\n".join(parts)


def of_coroutine(coroutine: Any) -> str:
    """The chain of awaits, outermost first."""
    frames: list[Any] = []
    while coroutine is not None and len(frames) < 200:
        frame = getattr(coroutine, "cr_frame", None) or getattr(coroutine, "gi_frame", None) or getattr(coroutine, "ag_frame", None)
        if frame is None:
            break
        frames.append(frame)
        coroutine = getattr(coroutine, "cr_await", None) or getattr(coroutine, "gi_yieldfrom", None) or getattr(coroutine, "ag_await", None)
    return "".join(
        traceback.format_list([traceback.FrameSummary(frame.f_code.co_filename, frame.f_lineno, frame.f_code.co_name) for frame in frames])
    )
