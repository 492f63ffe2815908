"""wapiti over the pages of the console and over the API: what is reflected, what is run, what a header forgets."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from security.findings import Finding, Severity

MODULES = (
    "backup", "cookieflags", "crlf", "csp", "csrf", "exec", "file", "htaccess", "http_headers", "ldap", "methods", "permanentxss",
    "redirect",
    "shellshock", "sql", "upload", "xss",
)  # fmt: skip
"""Not those that ask a server of wapiti's on the internet whether they got through (ssrf, xxe, log4shell), those that need a list from
there (buster, cms, nikto, wapp, htp), and those about TLS and DNS, which the loopback has not (ssl, https_redirect, takeover)."""
NOWHERE = "http://127.0.0.1:9/"
"""Where wapiti would ask whether it got through: nobody is there."""
SUPPRESSED: Mapping[str, str] = {
    "LDAP Injection": "Headway asks no LDAP. The module takes a word of it in a page (Swagger UI has some) for an error, and each two "
    "answers that differ for a filter.",
}
"""Kinds of findings that are none here, by wapiti's name, with the reason."""
SUPPRESSED_AT: Mapping[tuple[str, str], str] = {
    (
        "Internal Server Error",
        "/api/v1/health/ready",
    ): "Its answer is 503 while the store is slow to answer or nothing could execute a run, "
    "and wapiti calls everything from 500 on an error. A server that has one says so in its log, which is read afterwards.",
}
"""The same, at one address alone."""
Json = dict[str, Any]


@dataclass(slots=True, kw_only=True)
class Scanned:
    seconds: float = 0.0
    pages: int = 0
    """Requests from which attacks were made."""
    findings: list[Finding] = field(default_factory=list[Finding])
    suppressed: int = 0


def scan(
    wapiti: Path, url: str, directory: Path, *, headers: Mapping[str, str], starts: Sequence[str] = (), described: Json | None = None,
    limit_seconds: float, modules: Sequence[str] = MODULES,
) -> Scanned:  # fmt: skip
    """Look at `url`, at the addresses that `starts` names, and at what `described` (OpenAPI) has. `directory` gets what wapiti writes. A
    scan that does not come to its end is a finding."""
    began = time.monotonic()
    directory.mkdir(parents=True)
    report = directory / "report.json"
    each_seconds = max(10, int(limit_seconds / (2 * len(modules))))
    command = [
        str(wapiti), "--url", f"{url}/", "--scope", "folder", "--module", ",".join(modules), "--format", "json", "--output", str(report),
        "--store-session", str(directory / "session"), "--store-config", str(directory / "config"), "--flush-session", "--no-bugreport",
        "--max-scan-time", str(int(limit_seconds / 4)), "--max-attack-time", str(each_seconds), "--level", "2", "--timeout", "15",
        "--max-parameters", "40", "--endpoint", NOWHERE, "--verbose", "1",
    ]  # fmt: skip
    for name, value in headers.items():
        command += ["--header", f"{name}: {value}"]
    for start in starts:
        command += ["--start", f"{url}{start}"]
    if described is not None:
        (directory / "openapi.json").write_text(json.dumps(described), encoding="utf-8")
        command += ["--swagger", str(directory / "openapi.json")]
    with (directory / "said.txt").open("wb") as said:
        try:
            code: int | None = subprocess.run(
                command, cwd=directory, env=os.environ | {"HOME": str(directory)}, stdin=subprocess.DEVNULL, stdout=said, stderr=said,
                timeout=limit_seconds * 1.5 + 60, check=False,
            ).returncode  # fmt: skip
        except subprocess.TimeoutExpired:
            code = None
    text = report.read_text(encoding="utf-8") if report.exists() else ""
    found = read_report(text, code=code, said=(directory / "said.txt").read_text(errors="replace"))
    found.seconds = time.monotonic() - began
    return found


def read_report(text: str, *, code: int | None, said: str = "") -> Scanned:
    """`text`: wapiti's report, empty where there is none; `code`: how it ended, None: it was ended."""
    found = Scanned()
    try:
        report: Json = json.loads(text)
    except ValueError:
        report = {}
    found.pages = int(report.get("infos", {}).get("crawled_pages_nbr", 0))
    for kind in ("vulnerabilities", "anomalies", "additionals"):
        for name, each in report.get(kind, {}).items():
            for one in each:
                if name in SUPPRESSED or (name, one["path"]) in SUPPRESSED_AT:
                    found.suppressed += 1
                    continue
                found.findings.append(
                    Finding(
                        tool="wapiti", severity=Severity(min(int(one["level"]), Severity.CRITICAL)), where=f"{one['method']} {one['path']}",
                        what=f"{name}: {one['info']}" + (f" ({one['parameter']})" if one.get("parameter") else ""),
                    )
                )  # fmt: skip
    found.findings = list(dict.fromkeys(found.findings))
    if code != 0 or not found.pages:
        how = "was ended: it took too long" if code is None else f"ended with {code}"
        found.findings.append(
            Finding(tool="wapiti", severity=Severity.HIGH, where="wapiti", what=f"{how}, {found.pages} pages: {said.strip()[-300:]}")
        )
    return found
