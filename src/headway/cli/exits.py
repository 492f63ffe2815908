"""What the exit code of a command says. `docs/reference/cli.md` prints this table."""

from __future__ import annotations

from enum import IntEnum

from headway.model import errors
from headway.model.states import RunState


class Exit(IntEnum):
    SUCCEEDED = 0
    FAILED = 1
    USAGE = 2
    UNREACHABLE = 3
    REFUSED = 4
    """What was asked for does not exist, may not be seen, or is not possible in its present state."""
    TIMED_OUT = 5
    LOST = 6
    INTERRUPTED = 130
    """Ctrl-C, or a run that was cancelled."""
    PIPE_CLOSED = 141
    """Whoever read our output has gone (`headway logs … | head`): 128 + SIGPIPE, as other programs say it."""


_OF_STATE: dict[str, Exit] = {
    RunState.SUCCEEDED: Exit.SUCCEEDED,
    RunState.FAILED: Exit.FAILED,
    RunState.CANCELLED: Exit.INTERRUPTED,
    RunState.TIMED_OUT: Exit.TIMED_OUT,
    RunState.LOST: Exit.LOST,
}


def exit_of_state(state: str) -> Exit:
    """The exit code for a final state."""
    return _OF_STATE.get(state, Exit.FAILED)


def exit_of_error(error: errors.HeadwayError) -> Exit:
    match error:
        case errors.ServerUnreachable():
            return Exit.UNREACHABLE
        case errors.Invalid() | errors.BadSetting():
            return Exit.USAGE
        case errors.NotFound() | errors.Conflict() | errors.Refused():
            return Exit.REFUSED
        case _:
            return Exit.FAILED
