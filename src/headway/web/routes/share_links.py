"""Share links: one run, read by whoever has the link."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from fastapi import Path
from starlette.responses import Response

from headway.acts.share_links import follow_share_link, list_share_links, make_share_link, revoke_share_link
from headway.model.errors import ShareLinkEnded
from headway.model.events import NAME_LIMIT
from headway.model.permissions import Permission
from headway.model.session import TOKEN_LIFE
from headway.model.share_link import ShareLink
from headway.store.contract import Snapshot, Transaction
from headway.web.auth import anonymous, make_routes, needs
from headway.web.bodies import answer, list_answer
from headway.web.credential_inputs import ShareLinkInput, ShareTokenInput
from headway.web.credential_outputs import SHARE_LINK_CREATED, SHARE_LINKS, SHARE_TOKEN_CREATED, show_share_link
from headway.web.desk import TheCall, TheDesk
from headway.web.inputs import RunName

routes = make_routes("tokens")

LinkName = Annotated[str, Path(max_length=NAME_LIMIT, examples=["019336e1-8f5c-7d3a-9b1e-4f2a6c8d0e12"])]


@routes.post("/runs/{run}/share-links", status_code=201, **needs(Permission.RUN_SHARE), responses=SHARE_LINK_CREATED)
async def create_share_link(call: TheCall, run: RunName, wish: ShareLinkInput) -> Response:
    """A link by which people without an account see this run, and no other, until it ends. The answer is the only place where it is ever
    shown: the code stands behind the `#`, so no server's log has it."""
    code = call.desk.seal.make()
    seal = call.desk.seal.of(code)

    def act(tx: Transaction) -> ShareLink:
        found = call.see(tx, run)
        return make_share_link(tx, found, call.principal, code_hash=seal, label=wish.label, lifetime=timedelta(days=wish.days))

    link = await call.store.write(act)
    url = f"{call.desk.url}/share#code={code}"
    return answer({"url": url, "id": link.id, "label": link.label, "expires_at": link.expires_at}, 201)


@routes.get("/runs/{run}/share-links", **needs(Permission.RUN_SHARE), responses=SHARE_LINKS)
async def list_links(call: TheCall, run: RunName) -> Response:
    """The links of this run, the newest first, and how often each was opened; never the links themselves."""

    def look(snapshot: Snapshot) -> list[ShareLink]:
        return list(list_share_links(snapshot, call.see(snapshot, run), call.principal))

    return list_answer([show_share_link(link) for link in await call.store.read(look)])


@routes.delete("/runs/{run}/share-links/{link}", status_code=204, **needs(Permission.RUN_SHARE))
async def delete_share_link(call: TheCall, run: RunName, link: LinkName) -> Response:
    """Take a link back: it is good no more, and whoever reads by it sees nothing more within 5 s."""
    await call.store.write(lambda tx: revoke_share_link(tx, call.see(tx, run), link, call.principal))
    return Response(status_code=204)


@routes.post("/share-tokens", status_code=201, **anonymous(is_paced=True), responses=SHARE_TOKEN_CREATED)
async def create_share_token(desk: TheDesk, wish: ShareTokenInput) -> Response:
    """Exchange the code of a share link for a token of ten minutes that reads its run, and nothing else; again for as long as the link
    is good."""
    seals = desk.seal.each(wish.code)
    link = await desk.store.write(lambda tx: follow_share_link(tx, seals, is_renewal=wish.is_renewal))
    if desk.tokens.is_revoked(link.id):
        raise ShareLinkEnded  # taken back after the backup that this store was restored from
    lifetime = max(timedelta(seconds=1), min(TOKEN_LIFE, link.expires_at - desk.tokens.clock.now()))
    token = desk.tokens.issue(f"link {link.label}"[:100], scopes=[f"run:{link.run}:read"], lifetime=lifetime, session=link.id)
    body = {"token": token, "expires_in": int(lifetime.total_seconds()), "run": link.run, "link_expires_at": link.expires_at}
    return answer(body, 201)
