"""Writes `packages/client/openapi.json`, from which the client's types and calls are generated.

`python tools/write_openapi.py` writes it; with `--check` it only says whether it is out of date (exit code 1); `--out FILE`
writes elsewhere.
No server is started: the routes describe themselves.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from headway.web.app import create_rest
from headway.web.routes.docs import describe

ROOT = Path(__file__).resolve().parents[1]
FILE = ROOT / "packages" / "client" / "openapi.json"


def openapi() -> str:
    """The description, sorted, so that a change of it reads as what it is."""
    desk = cast("Any", SimpleNamespace(seal=SimpleNamespace(name="…")))  # names the cookie, of each installation its own
    return json.dumps(describe(create_rest(desk)), indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="only say whether the file is out of date")
    parser.add_argument("--out", type=Path, default=FILE)
    given = parser.parse_args(arguments)
    text = openapi()
    if not given.check:
        given.out.write_text(text, encoding="utf-8")
        return 0
    if FILE.exists() and FILE.read_text(encoding="utf-8") == text:
        return 0
    print("packages/client/openapi.json is out of date: run `npm run generate -w @headway/client`.", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
