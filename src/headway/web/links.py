"""Sign-in links: whoever follows one first, within ten minutes, is signed in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from headway.access.principal import Principal
from headway.acts.sign_in import offer_code
from headway.web.desk import Desk


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInLink:
    url: str
    code: str
    expires_at: datetime


async def make_link(desk: Desk, by: Principal, to: str | None = None) -> SignInLink:
    """A link for a session of `by`; `to` is the page where it ends. The code stands behind the `#`, so no server's log has it."""
    code = desk.seal.make()
    seal = desk.seal.of(code)
    offered = await desk.store.write(lambda tx: offer_code(tx, seal, by))
    return link_to(desk, code, offered.expires_at, to)


def link_to(desk: Desk, code: str, expires_at: datetime, to: str | None = None) -> SignInLink:
    """Where a page asks for what the code is good for."""
    where = f"?to={quote(to, safe='/')}" if to else ""
    return SignInLink(url=f"{desk.url}/sign-in{where}#code={code}", code=code, expires_at=expires_at)
