"""What the processes of an installation have in common."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from urllib.parse import unquote, urlsplit

from headway.access.scanning import Scan
from headway.access.secret import open_secret
from headway.access.vault import Vault, open_vault
from headway.acts.tidy import Retention
from headway.assembly.scanner import Scanner
from headway.settings import Settings


def artifact_root(settings: Settings) -> Path:
    return Path(unquote(urlsplit(settings.artifacts_url).path))


def find_scan(settings: Settings) -> Scan | None:
    """None: files are not scanned. Raises `BadSetting`."""
    return None if settings.scan_command is None else Scanner(settings.scan_command).check


def retention(settings: Settings) -> Retention:
    return Retention(run_days=settings.keep_run_days, log_days=settings.keep_log_days, metric_days=settings.keep_metric_days)


def vault(settings: Settings) -> Vault | None:
    """None where there is no key: neither one of its own, nor a secret of the installation from which to derive it. None is made here."""
    secret = None
    if settings.secret is not None or (settings.home / "secret").exists():
        secret = open_secret(settings.home, settings.secret)
    return open_vault(settings.secrets_key, settings.secrets_key_file, secret, algorithms=settings.algorithms)


def this_host() -> str:
    """This machine, as samples name it."""
    return socket.gethostname()[:100] or "localhost"


def process_name(role: str) -> str:
    """This process, of which no other has the name."""
    return f"{role}@{this_host()}:{os.getpid()}"
