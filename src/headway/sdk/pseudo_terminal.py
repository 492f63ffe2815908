"""A terminal that is not there: for programs that draw only when they think that somebody looks on."""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import termios

SIZE = (40, 120)
"""Rows and columns where there is no terminal of our own to go by."""


def open_pseudo_terminal(size: tuple[int, int]) -> tuple[int, int]:
    """The end to read and the end to hand to a program. Raises `OSError` where there is none to be had.

    What the program writes arrives byte for byte: the terminal does not turn its newlines into returns and newlines.
    """
    ours, theirs = pty.openpty()
    attributes = termios.tcgetattr(theirs)
    attributes[1] &= ~termios.OPOST
    attributes[3] &= ~termios.ECHO
    termios.tcsetattr(theirs, termios.TCSANOW, attributes)
    os.set_inheritable(ours, False)
    set_size(ours, size)
    return ours, theirs


def size_of(fd: int) -> tuple[int, int]:
    """Rows and columns of the terminal behind `fd`; `SIZE` if it is none, or does not say."""
    try:
        columns, rows = os.get_terminal_size(fd)
    except OSError:
        return SIZE
    return (rows, columns) if rows and columns else SIZE


def set_size(fd: int, size: tuple[int, int]) -> None:
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", *size, 0, 0))
