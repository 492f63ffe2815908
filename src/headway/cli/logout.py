"""`headway logout`: this machine's programs are not signed in at a server any more."""

from __future__ import annotations

import argparse
import base64
import json
from contextlib import suppress
from urllib.parse import quote

from headway.cli.arguments import add_url
from headway.cli.exits import Exit
from headway.cli.messages import Words
from headway.cli.output import Output
from headway.cli.screen.text import clean, line
from headway.model.errors import HeadwayError
from headway.sdk.connection import Connection, find_url, headway_home
from headway.sdk.http import NO_RETRY, Http
from headway.sdk.sign_in import KeptTokens, forget, token_for


def add_arguments(parser: argparse.ArgumentParser, words: Words) -> None:
    add_url(parser, words)


def run(args: argparse.Namespace, output: Output) -> int:
    url, home = find_url(args.url), headway_home()
    token_for(url, home)  # one that is good still, to say goodbye with
    gone = forget(url, home)
    is_told = gone is not None and _tell(gone)
    if output.is_json:
        output.json({"url": url, "was_signed_in": gone is not None, "is_server_told": is_told})
        return Exit.SUCCEEDED
    output.line(line(output.words("logout.done" if gone else "logout.nobody", url=clean(url))))
    if gone is not None and not is_told:
        output.note("logout.untold", until=clean(gone.refresh_ends_at))
    return Exit.SUCCEEDED


def _tell(gone: KeptTokens) -> bool:
    """Whether the server has signed the program out. It does so for accounts alone; of others it forgets it by itself."""
    device = _device_of(gone.token)
    if device is None:
        return False
    http = Http(lambda: Connection(url=gone.url, token=gone.token), timeout=5.0, retry=NO_RETRY)
    try:
        http.request("DELETE", f"/account/devices/{quote(device, safe='')}")
    except HeadwayError:
        return False
    finally:
        http.close()
    return True


def _device_of(token: str) -> str | None:
    """The ``sid`` that its middle part names; who signed it is for the server to look at."""
    with suppress(ValueError, IndexError, KeyError, TypeError):
        middle = token.split(".")[1]
        return str(json.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4)))["sid"])
    return None
