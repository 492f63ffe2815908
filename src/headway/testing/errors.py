"""What a test did not reckon with."""

from __future__ import annotations

from headway.model.errors import HeadwayError


class NothingMoves(HeadwayError):
    """The run is {state}, and nothing is left that would change that: no run waits for a worker, no moment to skip to."""


class TaskStuck(HeadwayError):
    """The task has neither reported anything nor ended for {seconds} s of real time. It stands here:
    {stack}"""


class NotStanding(HeadwayError):
    """The run is {state}, and its code does not stand still: first let it go on to the place that is meant, with `run_until`."""
