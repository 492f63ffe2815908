"""What is told to people: to all who look on, or to one of them."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from fastapi import Path
from starlette.responses import Response

from headway.acts.notify import notify, valid_notices, withdraw
from headway.model.notice import Notice
from headway.model.permissions import Permission
from headway.web.auth import make_routes, needs
from headway.web.bodies import answer, list_answer
from headway.web.desk import TheCall
from headway.web.inputs import NoticeInput
from headway.web.live_outputs import NOTICE_CREATED, NOTICES, NoticeGiven

routes = make_routes("live")


@routes.get("/notices", **needs(Permission.NOTICE_SEND), responses=NOTICES)
async def list_notices(call: TheCall) -> Response:
    """Notices that are valid now, whoever they are for, the newest first: 50 at most."""
    return list_answer([_given(each) for each in await call.store.read(lambda snapshot: valid_notices(snapshot, call.principal))])


@routes.post("/notices", status_code=201, **needs(Permission.NOTICE_SEND), responses=NOTICE_CREATED)
async def create_notice(call: TheCall, wish: NoticeInput) -> Response:
    """Tell everybody something, or one person. Who looks on sees it at once, who comes later as long as it is valid."""
    lifetime = timedelta(seconds=wish.expires_in)
    told = await call.store.write(
        lambda tx: notify(tx, call.principal, title=wish.title, level=wish.level, user=wish.user, lifetime=lifetime)
    )
    return answer(_given(told), 201)


@routes.delete("/notices/{notice}", status_code=204, **needs(Permission.NOTICE_SEND))
async def withdraw_notice(call: TheCall, notice: Annotated[str, Path(max_length=40, description="Id of the notice.")]) -> Response:
    """Take a notice back: it leaves the pages that show it, and is shown to nobody who comes."""
    await call.store.write(lambda tx: withdraw(tx, call.principal, notice))
    return Response(status_code=204)


def _given(notice: Notice) -> NoticeGiven:
    return NoticeGiven(**{name: getattr(notice, name) for name in NoticeGiven.__dataclass_fields__})
