"""Whether a page can be shown to whoever sits here, and showing it."""

from __future__ import annotations

import sys
import webbrowser
from collections.abc import Mapping


def has_display(environ: Mapping[str, str], platform: str = sys.platform) -> bool:
    """Whether a browser that is started here appears before the person: not in CI, and over SSH only where a display comes along
    or ``BROWSER`` names something that reaches them (as editors that work on another machine set it)."""
    if environ.get("CI"):
        return False
    if environ.get("BROWSER") or environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY"):
        return True
    return platform in {"darwin", "win32"} and not environ.get("SSH_CONNECTION")


def show_page(url: str, environ: Mapping[str, str]) -> bool:
    """Open the page in the person's browser, if there is one with a window; whether it was."""
    if not has_display(environ):
        return False
    try:
        browser = webbrowser.get()
    except webbrowser.Error:
        return False
    # A browser of text would take this terminal over.
    is_text = isinstance(browser, webbrowser.GenericBrowser) and not isinstance(browser, webbrowser.BackgroundBrowser)
    if is_text and not environ.get("BROWSER"):
        return False
    return browser.open(url)
