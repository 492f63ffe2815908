"""One act for many runs: all that match a filter, or those that are named."""

from __future__ import annotations

from starlette.responses import Response

from headway.acts.many import CANCEL_MANY, DELETE_MANY, PAUSE_MANY, RESUME_MANY, RETRY_MANY, ForMany
from headway.store.contract import RunFilter
from headway.web.approval_outputs import ASKED, given
from headway.web.auth import make_routes, needs
from headway.web.bodies import answer
from headway.web.bulk import (
    act_on_matches,
    act_on_named,
    ask_first_for_matches,
    ask_first_for_named,
    check_aim,
    count_matches,
    count_named,
    read_stretch,
)
from headway.web.desk import Call, TheCall
from headway.web.inputs import BulkInput
from headway.web.outputs import BULK
from headway.web.paging import TheFilter

routes = make_routes("runs")


@routes.post("/runs/cancellations", **needs(CANCEL_MANY.permission), responses={**BULK, **ASKED})
async def cancel_many(call: TheCall, where: TheFilter, wish: BulkInput) -> Response:
    """Cancel all runs that match the filter and have not ended; up to 10,000 a call. Where others have to approve that, ask them: for
    these very runs, whatever `limit` says."""
    return await _act(call, where, wish, CANCEL_MANY)


@routes.post("/runs/pauses", **needs(PAUSE_MANY.permission), responses=BULK)
async def pause_many(call: TheCall, where: TheFilter, wish: BulkInput) -> Response:
    """Pause all runs that match the filter and wait or run; up to 10,000 a call."""
    return await _act(call, where, wish, PAUSE_MANY)


@routes.post("/runs/resumptions", **needs(RESUME_MANY.permission), responses=BULK)
async def resume_many(call: TheCall, where: TheFilter, wish: BulkInput) -> Response:
    """Let all runs go on that match the filter and are paused; up to 10,000 a call."""
    return await _act(call, where, wish, RESUME_MANY)


@routes.post("/runs/retries", **needs(RETRY_MANY.permission), responses=BULK)
async def retry_many(call: TheCall, where: TheFilter, wish: BulkInput) -> Response:
    """Run all runs again that match the filter and ended without success; up to 10,000 a call."""
    return await _act(call, where, wish, RETRY_MANY)


@routes.post("/runs/deletions", **needs(DELETE_MANY.permission), responses={**BULK, **ASKED})
async def delete_many(call: TheCall, where: TheFilter, wish: BulkInput) -> Response:
    """Delete all runs that match the filter and have ended; up to 10,000 a call. Where others have to approve that, ask them: for these
    very runs, whatever `limit` says."""
    return await _act(call, where, wish, DELETE_MANY)


async def _act(call: Call, where: RunFilter, wish: BulkInput, many: ForMany) -> Response:
    check_aim(where, wish.runs, is_everything=wish.is_everything)
    stretch = read_stretch(wish.cursor, wish.limit)
    if wish.runs is not None:
        if wish.is_preview:
            return answer(await count_named(call.store, wish.runs))
        asked = await ask_first_for_named(call.store, wish.runs, many, call.principal, wish.reason)
        if asked is not None:
            return answer(given(asked, call.principal), 202)
        return answer(await act_on_named(call.store, wish.runs, many, call.principal, wish.reason, stretch))
    if wish.is_preview:
        return answer(await count_matches(call.store, where, many))
    asked = await ask_first_for_matches(call.store, where, many, call.principal, wish.reason, stretch)
    if asked is not None:
        return answer(given(asked, call.principal), 202)
    return answer(await act_on_matches(call.store, where, many, call.principal, wish.reason, stretch))
