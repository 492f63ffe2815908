"""An authority of our own, certificates that it signs, and TLS in front of a server that speaks HTTP, as a balancer does it."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

PIECE = 65_536


class Authority:
    def __init__(self, name: str) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _named(name)
        usage = x509.KeyUsage(True, False, False, False, False, True, True, False, False)
        builder = _begin(self._name, self._name, self._key.public_key(), days=2).add_extension(usage, critical=True)
        self._certificate = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True).sign(
            self._key, hashes.SHA256()
        )

    def write(self, path: Path) -> Path:
        """Its certificate, for those who are to trust it."""
        path.write_bytes(self._certificate.public_bytes(serialization.Encoding.PEM))
        return path

    def issue(self, path: Path, host: str, *, days: int = 1) -> Path:
        """A key and its certificate, for a server at this host (an address or a name). `days`: until it ends; below 0: it has ended."""
        key = ec.generate_private_key(ec.SECP256R1())
        builder = _begin(_named(host), self._name, key.public_key(), days=days).add_extension(
            x509.SubjectAlternativeName([_name_of(host)]), critical=False
        )
        authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
        certificate = builder.add_extension(authority, critical=False).sign(self._key, hashes.SHA256())
        path.write_bytes(
            key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
            + certificate.public_bytes(serialization.Encoding.PEM)
        )
        return path


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _name_of(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _begin(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, *, days: int) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key)
    builder = builder.serial_number(x509.random_serial_number()).not_valid_before(now - timedelta(days=3))
    builder = builder.not_valid_after(now + timedelta(days=days))
    return builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)


@contextmanager
def tls_front(target: str, certificate: Path) -> Iterator[str]:
    """The `https://` address at which the server of the address `target` is reached."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    ports: list[int] = []
    is_open, is_over = threading.Event(), asyncio.Event()
    loops: list[asyncio.AbstractEventLoop] = []

    async def serve() -> None:
        loops.append(asyncio.get_running_loop())
        where = urlsplit(target)
        met: set[asyncio.Task[None]] = set()

        async def meet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            me = asyncio.current_task()
            assert me is not None
            met.add(me)
            ends = [writer]
            try:
                inside = await asyncio.open_connection(where.hostname, where.port)
                ends.append(inside[1])
                await asyncio.wait(
                    [asyncio.create_task(_carry(reader, inside[1])), asyncio.create_task(_carry(inside[0], writer))],
                    return_when=asyncio.FIRST_COMPLETED,
                )
            except (OSError, asyncio.CancelledError):
                pass
            finally:
                for end in ends:
                    end.transport.abort()
                    with contextlib.suppress(OSError):
                        await end.wait_closed()
                met.discard(me)

        server = await asyncio.start_server(meet, "127.0.0.1", 0, ssl=context)
        ports.append(server.sockets[0].getsockname()[1])
        is_open.set()
        await is_over.wait()
        server.close()
        for task in list(met):
            task.cancel()
        await asyncio.gather(*met, return_exceptions=True)

    thread = threading.Thread(target=lambda: asyncio.run(serve()), name="tls-front", daemon=True)
    thread.start()
    assert is_open.wait(10)
    try:
        yield f"https://127.0.0.1:{ports[0]}"
    finally:
        loops[0].call_soon_threadsafe(is_over.set)
        thread.join(10)
        assert not thread.is_alive()


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while piece := await reader.read(PIECE):
            writer.write(piece)
            await writer.drain()
