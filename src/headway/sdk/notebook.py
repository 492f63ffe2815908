"""Bars and links in a cell of a Jupyter notebook. Needs IPython alone, which is there where it is needed; no widgets.

A bar is drawn where it begins, at most ten times a second, and its last state stays in the notebook.
"""

from __future__ import annotations

import html
import threading
import time
from collections.abc import Callable
from typing import Any

from headway.model.events import Event
from headway.model.fold import MAIN_BAR
from headway.sdk.context import finish_local_bars

DRAW_SECONDS = 0.1
_BAR = (
    '<div style="display:flex;align-items:center;gap:.75em;max-width:52em;font-variant-numeric:tabular-nums">'
    '<div role="progressbar" aria-label="{label}" aria-valuemin="0" aria-valuemax="100"{now} '
    'style="flex:0 0 14em;height:.6em;border:1px solid currentColor;border-radius:.3em;overflow:hidden">'
    '<div style="width:{width}%;height:100%;background:currentColor;opacity:{opacity}"></div></div>'
    "<div>{text}</div></div>"
)


class NotebookBars:
    """All bars that are drawn in cells, by their ids. A bar that begins anew is drawn anew, in the cell that runs then."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._handles: dict[str, Any] = {}
        self._drawn_at: dict[str, float] = {}
        _at_the_end_of_cells(finish_local_bars)

    def draw(self, event: Event, text: str) -> None:
        """`text`: the bar as a line, for readers that show no HTML."""
        bar = event.get("bar", MAIN_BAR)
        is_closed = bool(event.get("is_closed"))
        with self._lock:
            now = time.monotonic()
            if not is_closed and now - self._drawn_at.get(bar, float("-inf")) < DRAW_SECONDS:
                return
            self._drawn_at[bar] = now
            picture = {"text/html": picture_of(event), "text/plain": text}
            handle = self._handles.get(bar)
            if handle is None:
                self._handles[bar] = _display(picture)
            else:
                handle.update(picture, raw=True)
            if is_closed:
                self._handles.pop(bar, None)
                self._drawn_at.pop(bar, None)


def picture_of(event: Event) -> str:
    """A bar as HTML, in the colours of the page around it. Without a total it is empty, and its text says how many."""
    done, total, elapsed = event["done"], event.get("total"), event.get("elapsed_seconds", 0.0)
    share = max(0.0, min(1.0, done / total)) if total else None
    words = [f"<b>{html.escape(str(event['name']))}</b>"] if event.get("name") else []
    if share is not None:
        words.append(f"{share:.0%}")
    counted = f"{done:,}/{total:,}" if total else f"{done:,}"
    words.append(f"{counted} {html.escape(str(event['unit']))}" if event.get("unit") else counted)
    if elapsed > 0 and done:
        rate = done / elapsed
        words.append(f"{rate:,.1f}/s")
        left = "" if not total or event.get("is_closed") else f"{max(0.0, total - done) / rate:,.0f} s left"
        words += [left] if left else []
    if event.get("message"):
        words.append(html.escape(str(event["message"])))
    return _BAR.format(
        label=html.escape(str(event.get("name") or "progress"), quote=True),
        now="" if share is None else f' aria-valuenow="{share * 100:.0f}"',
        width=0 if share is None else round(share * 100, 1),
        opacity="0.75",
        text=" · ".join(words),
    )


class NotebookLink:
    """A run's name in its cell, which becomes a link to its page once its address is known."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._handle = _display({"text/html": html.escape(name), "text/plain": name})

    def lead_to(self, url: str) -> None:
        shown = f'<a href="{html.escape(url, quote=True)}" target="_blank" rel="noopener">{html.escape(self._name)}</a>'
        self._handle.update({"text/html": shown, "text/plain": f"{self._name}: {url}"}, raw=True)


def _at_the_end_of_cells(function: Callable[[], None]) -> None:
    """What is drawn after a cell has ended is lost where a notebook is executed without anybody looking on."""
    from IPython import get_ipython  # pyright: ignore[reportMissingImports, reportUnknownVariableType]

    shell: Any = get_ipython()
    shell.events.register("post_execute", function)


def _display(picture: dict[str, str]) -> Any:
    from IPython.display import display  # pyright: ignore[reportMissingImports, reportUnknownVariableType]

    return display(picture, raw=True, display_id=True)  # pyright: ignore[reportUnknownVariableType]
