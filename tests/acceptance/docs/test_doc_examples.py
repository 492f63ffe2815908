"""What the docs say works: each page's blocks run in its order, against one real server in a home of its own."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from tests.acceptance.docs.pages import ROOT, Block, blocks, pages
from tests.acceptance.installation import Installation, import_path
from tests.waiting import SCALE

pytestmark = pytest.mark.one_database("the pages are read as people do who have just begun, on SQLite")

BLOCK_SECONDS = 60.0
LONGEST_PAGE = 150
ALLOWED = {"python": ("runnable", "file="), "sh": ("runnable",), "js": ("runnable", "page"), "text": ("", "output"), "json": ("",)}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """A server with the tasks of all pages, started in the directory where their files are."""
    directory = tmp_path_factory.mktemp("project")
    files = {block.file: block.code for page in pages() for block in blocks(page) if block.file}
    for name, code in files.items():
        (directory / name).write_text(code, encoding="utf-8")
    tasks = [name.removesuffix(".py") for name, code in files.items() if "@headway.task" in code]
    home = tmp_path_factory.mktemp("docs-home")
    with Installation(home, tasks=",".join(tasks), environment={"PYTHONPATH": ""}, directory=directory) as installation:
        yield installation


@cache
def node() -> str | None:
    """A Node.js with WebSocket, as every browser has it."""
    try:
        asked = subprocess.run(
            ["node", "--experimental-websocket", "-p", "typeof WebSocket"], capture_output=True, text=True, timeout=20, check=False
        )
    except FileNotFoundError:
        return None
    return "node" if asked.stdout.strip() == "function" else None


@cache
def has_browser() -> bool:
    """Whether Playwright and a Chromium are here, as for the console's own tests."""
    chromium = Path(os.environ.get("HEADWAY_CHROMIUM", "/usr/bin/chromium"))
    return node() is not None and (ROOT / "node_modules/playwright-core").is_dir() and chromium.exists()


def can_run(block: Block) -> bool:
    """Whether what the block needs is on this machine."""
    if block.language != "js":
        return True
    return has_browser() if block.role == "page" else node() is not None


def command(block: Block, installation: Installation) -> list[str]:
    match block.language:
        case "python":
            return [sys.executable, "-c", block.code]
        case "js" if block.role == "page":
            there, run = installation.home / "connection.json", installation.directory / "run.txt"
            return ["node", str(Path(__file__).with_name("page.mjs")), block.code, str(there), str(run)]
        case "js":
            return ["node", "--experimental-websocket", "--no-warnings", "--input-type=module", "-e", block.code]
        case _:
            return ["bash", "-euo", "pipefail", "-c", block.code]


def run(block: Block, installation: Installation, home: Path) -> str:
    """Execute one block as a reader would, and give what it wrote."""
    environment = {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}",
        "HOME": str(home),
        "HEADWAY_HOME": str(installation.home),
        "HEADWAY_LANG": "en",
        "LANG": "C.UTF-8",
        "TERM": "dumb",
        "PYTHONPATH": import_path(),
    }
    ended = subprocess.run(
        command(block, installation), cwd=installation.directory, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, timeout=BLOCK_SECONDS * SCALE, check=False,
    )  # fmt: skip
    assert ended.returncode == 0, f"{block.place} ended with {ended.returncode}:\n{block.code}\n--- it wrote ---\n{ended.stdout}"
    return ended.stdout


def missing_line(expected: str, written: str) -> str | None:
    """The first line of `expected` that does not come, in its place, in what was written."""
    lines = iter(written.splitlines())
    for wanted in expected.strip().splitlines():
        pattern = re.compile(r"\s*" + ".*".join(re.escape(part.strip()) for part in wanted.split("…")) + r"\s*")
        if wanted.strip() != "…" and not any(pattern.fullmatch(line) for line in lines):
            return wanted
    return None


@pytest.mark.parametrize("page", [page for page in pages() if any(block.is_runnable for block in blocks(page))], ids=lambda page: page.stem)
def test_what_a_page_says_works(page: Path, served: Installation, tmp_path: Path) -> None:
    written: str | None = ""
    ran = 0
    for block in blocks(page):
        if block.is_runnable:
            if not can_run(block):
                written = None
                continue
            written = run(block, served, tmp_path)
            ran += 1
        elif block.is_output and written is not None:
            missing = missing_line(block.code, written)
            assert missing is None, f"{block.place}: this line did not come: {missing}\n--- it wrote ---\n{written}"
    assert ran


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.stem)
def test_every_block_says_what_it_is_and_pages_are_short(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    wrong = [
        block.place
        for block in blocks(page)
        if not any(block.role == role or (role.endswith("=") and block.role.startswith(role)) for role in ALLOWED.get(block.language, ()))
    ]

    assert not wrong, f"mark these blocks as runnable, file=NAME, or text: {wrong}"
    assert text.count("```") == 2 * len(blocks(page)), "a fence without a language, or one that is not closed"
    assert text.count("\n") < LONGEST_PAGE


def api_paths(installation: Installation) -> set[tuple[str, str]]:
    """Method and path of every operation that the server describes, below `/api/v1`, without the names of parameters."""
    there = installation.connection
    request = Request(f"{there['url']}/api/v1/openapi.json", headers={"Authorization": f"Bearer {there['token']}"})
    with urlopen(request, timeout=20) as answer:
        described = json.load(answer)["paths"]
    return {(method.upper(), plain(path.removeprefix("/api/v1"))) for path, methods in described.items() for method in methods}


def plain(path: str) -> str:
    return re.sub(r"\{[^}]*\}", "{}", path.split("?", maxsplit=1)[0])


def said_paths(text: str) -> set[tuple[str, str]]:
    """`GET /runs/{id}`, `GET /tasks` … in a page."""
    return {(method, plain(path)) for method, path in re.findall(r"`(GET|POST|PUT|PATCH|DELETE) (/[^\s`]*)", text)}


def test_every_path_that_is_said_is_there(served: Installation) -> None:
    ours = api_paths(served)
    asked_for = (ROOT / "docs/reference/asked-for.md").read_text(encoding="utf-8")
    answers = "\n".join("|".join(row.split("|")[-3:]) for row in asked_for.splitlines())
    protocol = (ROOT / "PROTOCOL.md").read_text(encoding="utf-8")

    not_described = {("GET", "/openapi.json"), ("GET", "/health/live"), ("GET", "/health/ready")}
    assert len(said_paths(answers)) > 15
    assert said_paths(answers) - not_described <= ours
    assert said_paths(protocol) - not_described <= ours


def test_every_file_of_the_package_that_is_said_is_there() -> None:
    said = set(
        re.findall(
            r"`((?:sdk|web|live|acts|access|store|model|work|assembly)/[\w/]+\.py)`", (ROOT / "docs/reference/asked-for.md").read_text()
        )
    )

    assert len(said) > 30
    assert not [path for path in said if not (ROOT / "src/headway" / path).is_file()]
