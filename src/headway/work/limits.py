"""Every bound of the room in one place, so that tests can make them small and `headway doctor` can name them."""

from __future__ import annotations

import os
from dataclasses import dataclass

MEBIBYTE = 1_048_576

RESULT_LIMIT = MEBIBYTE
"""Bytes of a result as JSON."""
REPORT_LIMIT = RESULT_LIMIT + 65_536
"""Bytes of a line on the report pipe: the last line of a run carries its result."""

EVENT_TAIL = 64
"""Bytes kept of the beginning of a line that is too long: they say whose it was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    children: int = max(2, os.cpu_count() or 2)
    """Runs of ordinary functions that are executed at once."""
    waiting_parents: int = 32
    """Runs that only wait for their children and whose places others use: processes beyond `children`, some 30 MB each. What is deeper
    nested, or more of them, keeps its place while it waits."""
    async_runs: int = 200
    """Runs of `async def` tasks that share one child."""
    runs_per_child: int = 100
    """After so many runs a child is replaced …"""
    least_age_seconds: float = 30.0
    """… but not before this age: a child that does 500 short runs a second would else spend its time being born."""
    memory_growth_bytes: int = 256 * MEBIBYTE
    """A child that holds so much more than when it was ready is replaced."""
    ready_seconds: float = 120.0
    """Time to import the user's code."""
    gather_seconds: float = 0.02
    """Reports are gathered for this long, unless it was quiet before."""
    batch_bytes: int = MEBIBYTE
    """Of one run in one transaction, so that none is long."""
    spool_bytes: int = 64 * MEBIBYTE
    """What one run may have reported beyond what is recorded; then its pipes are no longer read."""
    all_spools_bytes: int = 256 * MEBIBYTE
    """The same for all runs of the worker together."""
    output_quota_bytes: int = 1024 * MEBIBYTE
    """Log lines of one attempt; what comes after is counted and dropped."""
    artifact_bytes: int = 4096 * MEBIBYTE
    cancel_grace_seconds: float = 5.0
    """From `Cancelled` in user code to SIGTERM."""
    terminate_grace_seconds: float = 5.0
    """From SIGTERM to SIGKILL."""
    stack_seconds: float = 1.0
    """How long a child may take to describe itself before faulthandler does it without its help."""
