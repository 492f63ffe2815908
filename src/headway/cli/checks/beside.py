"""What stands beside Headway, where settings name it: a scanner of files, a list of stolen passwords, a receiver of the audit log. Each is
tried as the server uses it."""

from __future__ import annotations

import asyncio
import ssl
import tempfile
from pathlib import Path

from headway.access.scanning import FileRefused, ScannerFailed
from headway.access.stolen import StolenUnknown, find_stolen
from headway.assembly.relaying import Syslog
from headway.assembly.scanner import Scanner
from headway.cli.checks.finding import Finding, Grade, Place
from headway.model.errors import BadSetting

_HARMLESS = b"headway doctor looks whether the scanner runs\n"
_NOBODYS = "headway doctor looks whether somebody answers"
"""No password of anybody's: a service is told the beginning of its hash."""


def check_scanner(place: Place) -> Finding:
    """Whether the scanner lets a harmless file pass."""
    command = place.settings.scan_command
    if command is None:
        return place.finding("scanner", Grade.OK, "scanner_none")
    home = place.settings.home
    try:
        scanner = Scanner(command)
        # In the home, as artifacts are where nothing else is said: a scanner may run as somebody who may not read there.
        with tempfile.TemporaryDirectory(prefix=".doctor-", dir=home if home.is_dir() else None) as directory:
            file = Path(directory) / "harmless.txt"
            file.write_bytes(_HARMLESS)
            asyncio.run(scanner.check(file))
    except (BadSetting, ScannerFailed) as error:
        return place.finding("scanner", Grade.FAIL, "beside_bad", advice="scanner_advice", reason=str(error.fields["reason"]))
    except FileRefused as error:
        return place.finding("scanner", Grade.FAIL, "scanner_refuses", advice="scanner_advice", found=str(error.fields["found"]))
    except OSError as error:
        return place.finding("scanner", Grade.FAIL, "beside_bad", advice="home_closed_advice", reason=str(error), home=str(home))
    return place.finding("scanner", Grade.OK, "scanner")


def check_stolen(place: Place) -> Finding:
    """Whether the file can be searched, or the service answers. While a service is away, passwords are set without it."""
    try:
        stolen = find_stolen(place.settings.stolen_passwords)
        if stolen is None:
            return place.finding("stolen", Grade.OK, "stolen_none")
        stolen.is_stolen(_NOBODYS)
    except BadSetting as error:
        return place.finding("stolen", Grade.FAIL, "beside_bad", advice="stolen_bad_advice", reason=str(error.fields["reason"]))
    except StolenUnknown as error:
        return place.finding("stolen", Grade.WARN, "beside_bad", advice="stolen_away_advice", reason=str(error))
    return place.finding("stolen", Grade.OK, "stolen", where=str(place.settings.stolen_passwords))


def check_syslog(place: Place) -> Finding:
    """Whether the receiver lets somebody connect. While it does not, rows wait in the database."""
    address = place.settings.audit_syslog
    if address is None:
        return place.finding("syslog", Grade.OK, "syslog_none")
    try:
        asyncio.run(_connect(address))
    except ssl.SSLError as error:
        return place.finding("syslog", Grade.WARN, "beside_bad", advice="syslog_tls_advice", reason=str(error))
    except (OSError, TimeoutError) as error:
        reason = str(error) or "timeout"
        return place.finding("syslog", Grade.WARN, "beside_bad", advice="syslog_away_advice", reason=reason, address=address)
    return place.finding("syslog", Grade.OK, "syslog", address=address)


async def _connect(address: str) -> None:
    syslog = Syslog(address)
    try:
        await syslog.open()
    finally:
        syslog.close()
