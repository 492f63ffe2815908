"""`headway open`, and when a browser is worth starting."""

from __future__ import annotations

import json
import webbrowser

import pytest

from headway.cli.browsing import has_display, show_page
from headway.cli.main import call
from tests.unit.cli.documents_server import DocumentsServer

RUN = "019336e1-8f5c-7d3a-9b1e-4f2a6c8d0e12"
LINK = {"url": "http://127.0.0.1:8765/sign-in#code=abc", "code": "abc", "expires_at": "2026-11-22T09:40:00.125Z"}


@pytest.mark.parametrize(
    ("environ", "platform", "has"),
    [
        ({}, "linux", False),
        ({"DISPLAY": ":0"}, "linux", True),
        ({"WAYLAND_DISPLAY": "wayland-0"}, "linux", True),
        ({"DISPLAY": ":0", "CI": "true"}, "linux", False),
        ({"SSH_CONNECTION": "a 1 b 2", "DISPLAY": "localhost:10.0"}, "linux", True),
        ({"SSH_CONNECTION": "a 1 b 2", "BROWSER": "/vscode/bin/browser.sh"}, "linux", True),
        ({}, "darwin", True),
        ({"SSH_CONNECTION": "a 1 b 2"}, "darwin", False),
        ({}, "win32", True),
    ],
)
def test_a_browser_is_started_where_somebody_sees_it(environ: dict[str, str], platform: str, *, has: bool) -> None:
    assert has_display(environ, platform) is has


class Window(webbrowser.BaseBrowser):
    def __init__(self) -> None:
        super().__init__("window")
        self.shown: list[str] = []

    def open(self, url: str, new: int = 0, autoraise: bool = True) -> bool:
        self.shown.append(url)
        return True


def test_a_browser_with_a_window_is_opened_and_one_of_text_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    window = Window()
    monkeypatch.setattr(webbrowser, "get", lambda: window)
    assert show_page("http://x/", {"DISPLAY": ":0"})
    assert window.shown == ["http://x/"]
    assert not show_page("http://x/", {})
    monkeypatch.setattr(webbrowser, "get", lambda: webbrowser.GenericBrowser("lynx"))
    assert not show_page("http://x/", {"DISPLAY": ":0"})


def test_no_browser_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    def none() -> webbrowser.BaseBrowser:
        raise webbrowser.Error("could not locate runnable browser")

    monkeypatch.setattr(webbrowser, "get", none)
    assert not show_page("http://x/", {"DISPLAY": ":0"})


def test_the_link_is_printed_alone_and_leads_to_the_run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADWAY_LANG", "en")
    with DocumentsServer({"POST /sign-in-links": (201, LINK), "GET /runs": {"items": [{"id": RUN}]}}) as server:
        assert call(["open", "--print", "--url", server.url]) == 0
        assert call(["open", RUN, "--json", "--url", server.url]) == 0
        assert call(["open", "last", "--print", "--url", server.url]) == 0
    out = capsys.readouterr()
    first, second, third = out.out.splitlines()
    assert (first, json.loads(second), third) == (LINK["url"], LINK, LINK["url"])
    assert "once, within ten minutes" in out.err
    assert [body for name, _, body in server.asked if name == "POST /sign-in-links"] == [{}, {"to": f"/runs/{RUN}"}, {"to": f"/runs/{RUN}"}]


def test_who_may_not_make_links_is_told_so(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADWAY_LANG", "en")
    refused = {"code": "forbidden", "detail": "You lack the permission session:create here.", "permission": "session:create"}
    with DocumentsServer({"POST /sign-in-links": (403, refused)}) as server:
        assert call(["open", "--url", server.url]) == 4
    assert "session:create" in capsys.readouterr().err
