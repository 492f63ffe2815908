"""What the processes of an installation have in common."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote, urlsplit

from headway.settings import Settings


def artifact_root(settings: Settings) -> Path:
    return Path(unquote(urlsplit(settings.artifacts_url).path))
