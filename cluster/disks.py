"""Small disks, so that one can be full: ext4 in a file where the kernel has loop devices, tmpfs elsewhere. Root is needed.

The file has our process id in its name; what a killed process has left mounted goes with the next disk.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

_SECONDS = 30
_BALLAST = "ballast"
_PIECE = 65_536


class NoDisks(Exception):
    """A disk cannot be mounted here; the text says why."""


@dataclass(frozen=True, slots=True)
class Disk:
    path: Path

    def fill(self) -> None:
        """Until not one more block can be written."""
        with self.path.joinpath(_BALLAST).open("ab", buffering=0) as file:
            while free := self._free():
                try:
                    os.posix_fallocate(file.fileno(), file.seek(0, os.SEEK_END), free)
                except OSError:
                    break
            with suppress(OSError):
                while file.write(b"\0" * _PIECE):
                    pass
            with suppress(OSError):
                while file.write(b"\0"):
                    pass

    def is_full(self) -> bool:
        probe = self.path / "probe"
        try:
            with probe.open("wb") as file:
                file.write(b"\0" * _PIECE)
                file.flush()
                os.fsync(file.fileno())
        except OSError:
            return True
        finally:
            probe.unlink(missing_ok=True)
        return False

    def free(self) -> None:
        self.path.joinpath(_BALLAST).unlink(missing_ok=True)

    def _free(self) -> int:
        found = os.statvfs(self.path)
        return found.f_bavail * found.f_frsize


@contextmanager
def disk(path: Path, megabytes: int) -> Iterator[Disk]:
    """Mounted at `path`, which is made. Raises `NoDisks`."""
    if os.geteuid() != 0:
        raise NoDisks("only root can mount a disk")
    _sweep()
    path.mkdir(parents=True, exist_ok=True)
    image = path.with_name(f"hwc{os.getpid()}-{path.name}.img")
    try:
        _mount(path, image, megabytes)
        try:
            yield Disk(path)
        finally:
            # Somebody may look into it still; it goes when nobody does.
            _run("umount", "-l", str(path), is_checked=False)
    finally:
        image.unlink(missing_ok=True)


def _mount(path: Path, image: Path, megabytes: int) -> None:
    why: list[str] = []
    try:
        with image.open("xb") as file:
            file.truncate(megabytes << 20)
        _run("mkfs.ext4", "-q", "-m", "0", str(image))
        _run("mount", "-o", "loop", str(image), str(path))
    except (OSError, subprocess.CalledProcessError) as error:
        why.append(_why(error))
    else:
        return
    try:
        _run("mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=755", "tmpfs", str(path))
    except (OSError, subprocess.CalledProcessError) as error:
        raise NoDisks("; ".join([*why, _why(error)])) from error


def _sweep() -> None:
    """What processes left that are no more."""
    for backing in Path("/sys/block").glob("loop*/loop/backing_file"):
        with suppress(OSError):
            found = re.search(r"/hwc(\d+)-[^/]*\.img", backing.read_text())
            if found and not psutil.pid_exists(int(found[1])):
                device = f"/dev/{backing.parts[3]}"
                for line in Path("/proc/mounts").read_text().splitlines():
                    if line.startswith(f"{device} "):
                        _run("umount", "-l", line.split()[1], is_checked=False)


def _run(*command: str, is_checked: bool = True) -> None:
    subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=_SECONDS, check=is_checked)


def _why(error: OSError | subprocess.CalledProcessError) -> str:
    if isinstance(error, subprocess.CalledProcessError):
        command: Sequence[str] = error.cmd
        return f"{command[0]}: {str(error.stderr).strip()}"
    return str(error)
