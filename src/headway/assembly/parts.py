"""What the processes of an installation have in common."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from urllib.parse import unquote, urlsplit

from headway.settings import Settings


def artifact_root(settings: Settings) -> Path:
    return Path(unquote(urlsplit(settings.artifacts_url).path))


def this_host() -> str:
    """This machine, as samples name it."""
    return socket.gethostname()[:100] or "localhost"


def process_name(role: str) -> str:
    """This process, of which no other has the name."""
    return f"{role}@{this_host()}:{os.getpid()}"
