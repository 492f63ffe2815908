"""What a child inherits of the worker's environment: what programs need to run, and nothing that was meant for Headway itself."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable, Mapping

ALLOWED = (
    "PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "LC_*", "TZ", "TMPDIR", "TEMP", "TMP", "XDG_*", "TERM",
    "TTY_COMPATIBLE", "TTY_INTERACTIVE", "COLUMNS", "LINES",
    "PYTHON*", "VIRTUAL_ENV", "CONDA_*", "LD_LIBRARY_PATH", "DYLD_*", "SSL_CERT_*", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE",
    "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "no_proxy", "all_proxy",
    "OMP_*", "OPENBLAS_*", "MKL_*", "NUMEXPR_*", "CUDA_*", "NVIDIA_*", "HF_HOME", "TORCH_HOME", "HEADWAY_*",
)  # fmt: skip
DENIED = ("HEADWAY_SECRET*", "HEADWAY_TOKEN*", "HEADWAY_*PASSWORD*", "HEADWAY_*_FD")
"""User code reports through its pipes; it gets no right that its run does not need."""

DRAWING = {"TTY_COMPATIBLE": "1", "TERM": "xterm-256color", "COLUMNS": "120", "LINES": "40"}
"""So that rich, and pip as of 25.1, draw their bars although they write to a pipe: here somebody looks on. What the worker's
own environment says counts (``TTY_COMPATIBLE=0``). Not ``FORCE_COLOR``: too many programs would colour what others parse."""


def scrubbed(environment: Mapping[str, str], more: Iterable[str] = ()) -> dict[str, str]:
    """The part of `environment` that user code sees. `more`: names or patterns the installation allows (``HEADWAY_TASK_ENVIRONMENT``)."""
    allowed = (*ALLOWED, *more)
    kept = {name: value for name, value in environment.items() if _is_one_of(name, allowed) and not _is_one_of(name, DENIED)}
    if kept.get("TERM") == "dumb":
        del kept["TERM"]  # said by an editor or a service manager of its own screen
    return DRAWING | kept


def _is_one_of(name: str, patterns: Iterable[str]) -> bool:
    return any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)
