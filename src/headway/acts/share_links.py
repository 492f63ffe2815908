"""Make, list, revoke and follow share links: whoever has one reads one run, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from headway.access.authorise import authorise
from headway.access.principal import Principal
from headway.access.seal import Seals, find_sealed
from headway.acts.audit import audit
from headway.acts.bounds import end_of
from headway.acts.revoke import revoke
from headway.model.audit import Action
from headway.model.errors import ShareLinkEnded, ShareLinkNotFound, TooManyShareLinks
from headway.model.ids import new_id
from headway.model.permissions import Permission
from headway.model.run import Run
from headway.model.share_link import LONGEST_SHARE_LINK_LIFE, SHARE_LINKS_EACH, ShareLink
from headway.store.contract import Snapshot, Transaction

REMEMBERED = timedelta(days=30)
"""A link that has ended is still listed for so long."""


def make_share_link(tx: Transaction, run: Run, by: Principal, *, code_hash: str, label: str, lifetime: timedelta) -> ShareLink:
    """Raises `Forbidden`, `TooManyShareLinks`."""
    authorise(by, Permission.RUN_SHARE, run.project, run.id)
    tx.share_links.prune(tx.now - REMEMBERED)
    alive = [link for link in tx.share_links.list(run.id) if _is_alive(link, tx)]
    if len(alive) >= SHARE_LINKS_EACH:
        raise TooManyShareLinks(limit=SHARE_LINKS_EACH)
    wanted, last = tx.now + min(lifetime, LONGEST_SHARE_LINK_LIFE), end_of(tx, by)
    link = ShareLink(
        id=new_id(),
        code_hash=code_hash,
        run=run.id,
        label=label,
        created_at=tx.now,
        created_by=by.id,
        expires_at=wanted if last is None else min(wanted, last),
    )
    tx.share_links.add(link)
    said = {"link": link.id, "label": link.label, "expires_at": link.expires_at}
    audit(tx, by, Action.RUN_SHARED, target=run.id, project=run.project, after=said)
    return link


def list_share_links(snapshot: Snapshot, run: Run, by: Principal) -> Sequence[ShareLink]:
    """All of a run, the newest first. Raises `Forbidden`."""
    authorise(by, Permission.RUN_SHARE, run.project, run.id)
    return snapshot.share_links.list(run.id)


def revoke_share_link(tx: Transaction, run: Run, link: str, by: Principal) -> None:
    """It is good no more, nor are the tokens that it gave, on every server within 5 s. Once more changes nothing. Raises `Forbidden`,
    `ShareLinkNotFound`."""
    authorise(by, Permission.RUN_SHARE, run.project, run.id)
    found = tx.share_links.get(link)
    if found is None or found.run != run.id:
        raise ShareLinkNotFound
    tx.share_links.end(link, tx.now)
    revoke(tx, link, by.id, ends_at=found.expires_at)
    audit(tx, by, Action.RUN_SHARED, target=run.id, project=run.project, before={"link": link, "label": found.label})


def follow_share_link(tx: Transaction, code_hashes: Seals, *, is_renewal: bool) -> ShareLink:
    """The link of the code of these seals. `is_renewal`: whoever asks is there already. Raises `ShareLinkEnded`, also for a code that never
    was one."""
    link = find_sealed(tx.share_links.find, code_hashes)
    if link is None or not _is_alive(link, tx):
        raise ShareLinkEnded
    tx.share_links.open(link.id, tx.now, count=0 if is_renewal else 1)
    return link


def _is_alive(link: ShareLink, tx: Transaction) -> bool:
    return link.revoked_at is None and link.expires_at > tx.now
