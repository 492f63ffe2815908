"""What the live gateway asks of access and acts: whose token, who may see, and commands carried out."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from typing import Any

from headway.access.authorise import may
from headway.access.directory import Directory
from headway.access.principal import Principal
from headway.access.tokens import Tokens
from headway.acts.approvals import open_for
from headway.acts.cancel import cancel
from headway.acts.sign_in import those_alive
from headway.live.desk import Visitor
from headway.live.messages import Command
from headway.live.undecided import Seen
from headway.model.approval import OpenApproval
from headway.model.audit import Action, Occasion
from headway.model.errors import Forbidden, HeadwayError, Invalid, RunNotFound, Unauthorised
from headway.model.permissions import Permission
from headway.store.contract import Snapshot, Store
from headway.web.key_ring import KeyRing, is_api_key
from headway.web.refusals import Refusal, Refusals


def visitor_of(principal: Principal, tokens: Tokens) -> Visitor:
    left = tokens.seconds_left(principal)
    return Visitor(
        id=principal.id, principal=principal, expires_in=left, session=principal.session_id, token=principal.token_id,
        key=principal.signed_with,
        account=principal.account or principal.key_account,
    )  # fmt: skip


class LiveAccess:
    """`verify_token`, `may_see`, `may_list`, `may_monitor`, `weigh`, `has_same_rights`, `alive`, `obey` and `note` of a gateway."""

    def __init__(self, store: Store, tokens: Tokens, directory: Directory | None = None, keys: KeyRing | None = None) -> None:
        """`keys`: None: API keys are not taken."""
        self.refusals: Refusals | None = None
        """Where refusals are noted, once there is a desk that has them."""
        self._store = store
        self._keys = keys
        self._tokens = tokens
        self._directory = directory or Directory(store)

    async def verify_token(self, token: str) -> Visitor:
        """Raises `Unauthorised`."""
        is_key = self._keys is not None and is_api_key(token)
        principal = await self._keys.read(token) if self._keys is not None and is_key else self._tokens.read(token)
        visitor = visitor_of(await self._directory.resolve(principal), self._tokens)
        if visitor.session is not None and not await self.alive([visitor.session]):
            raise Unauthorised
        return visitor

    async def alive(self, sessions: Collection[str]) -> set[str]:
        """Those of these sessions, devices and share links that have not ended."""
        return await self._store.read(lambda snapshot: those_alive(snapshot, sessions))

    async def has_same_rights(self, principal: object) -> bool:
        """Whether an account may do what it might when its connection was opened. Raises `Unauthorised`, `StoreUnavailable`."""
        assert isinstance(principal, Principal)
        now = await self._directory.resolve(principal)
        return now.rights is principal.rights or (now.rights is not None and principal.rights == now.rights)

    async def may_see(self, principal: object, run: str) -> bool:
        """False also for a run that does not exist."""
        assert isinstance(principal, Principal)

        def read(snapshot: Snapshot) -> bool:
            found = snapshot.runs.get(run)
            return found is not None and may(principal, Permission.RUN_READ, found.project, found.id)

        return await self._store.read(read)

    async def may_list(self, principal: object, project: str) -> bool:
        """Whether all runs of the project may be seen; a scope of single runs is not enough."""
        assert isinstance(principal, Principal)
        return may(principal, Permission.RUN_READ, project)

    async def may_monitor(self, principal: object) -> bool:
        assert isinstance(principal, Principal)
        return may(principal, Permission.SYSTEM_READ, None)

    def weigh(self, principal: object, approvals: Sequence[OpenApproval]) -> Seen:
        """What they see of the requests that wait for approval."""
        assert isinstance(principal, Principal)
        seen, waiting = open_for(principal, approvals)
        said = "\n".join(f"{each.id} {each.state} {len(each.voter_keys)}" for each in seen)
        stamp = hashlib.blake2b(said.encode(), digest_size=8).hexdigest()
        return Seen(waiting=len(waiting), open=len(seen), stamp=stamp)

    async def obey(self, principal: object, command: Command) -> dict[str, Any]:
        """Carry out `cancel`. Raises `Forbidden`, `RunFinal`, `Invalid`."""
        assert isinstance(principal, Principal)
        reason: object = command.args.get("reason")
        if command.do != "cancel":
            raise Invalid(f"do: {command.do} is no command; the one there is is cancel.", field="do")
        if reason is not None and (not isinstance(reason, str) or len(reason) > 1_000 or "\0" in reason):
            raise Invalid("reason: must be text of at most 1000 characters.", field="reason")
        by = principal.on(command.occasion)
        run = await self._store.write(lambda tx: cancel(tx, command.run, by, reason))
        return {"state": run.state.value}

    def note(self, principal: object, occasion: Occasion, target: str, error: HeadwayError) -> None:
        """What somebody was refused for want of a right, as REST notes it; of a run that they may not see, too."""
        assert isinstance(principal, Principal)
        if self.refusals is not None and isinstance(error, Forbidden | RunNotFound):
            said = {"code": error.code, "permission": error.fields.get("permission")}
            after = {key: value for key, value in said.items() if value}
            self.refusals.note(Refusal(by=principal.on(occasion), action=Action.CALL_REFUSED, target=target, after=after))
