"""What a viewer wants to subscribe to, read from its message."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from headway.live.approvals_subscription import ApprovalsSubscription
from headway.live.list_subscription import ListSubscription
from headway.live.messages import ChannelKind, ChannelName, Message, Refusal, channel_of, facets_of, wants_of
from headway.live.project_subscription import ProjectSubscription
from headway.live.run_subscription import RunSubscription
from headway.live.subscription import Subscription
from headway.live.system_subscription import SystemSubscription
from headway.live.user_subscription import UserSubscription
from headway.model.positions import Position

if TYPE_CHECKING:
    from headway.live.session import Session


_PLAIN = {
    ChannelKind.LIST: ListSubscription, ChannelKind.PROJECT: ProjectSubscription, ChannelKind.SYSTEM: SystemSubscription,
    ChannelKind.APPROVALS: ApprovalsSubscription,
}  # fmt: skip
"""Those that begin anew with each connection."""


def subscription_of(session: Session, item: Message, cursor: Mapping[str, Position]) -> Subscription:
    """A subscription that has not begun. `cursor`: where the viewer was. Raises `Refusal`."""
    name = channel_of(item.get("channel"))
    if name.kind is ChannelKind.RUN:
        return _to_run(session, name, item, cursor)
    if name.kind is ChannelKind.USER:
        _refuse_fields(name, item, "facets", "from")
        return UserSubscription(session, id=item.get("id"), name=name, wants=cursor.get(str(name)), has_view=_has_view(item))
    _refuse_fields(name, item, "facets", "from", "has_view")
    return _PLAIN[name.kind](session, id=item.get("id"), name=name)


def _refuse_fields(name: ChannelName, item: Message, *fields: str) -> None:
    for field in fields:
        if item.get(field) is not None:
            raise Refusal("invalid_message", f"{name} has no {field}.")


def _has_view(item: Message) -> bool:
    has_view = item.get("has_view", False)
    if not isinstance(has_view, bool):
        raise Refusal("invalid_message", "has_view must be true or false.")
    return has_view


def _to_run(session: Session, name: ChannelName, item: Message, cursor: Mapping[str, Position]) -> RunSubscription:
    wants = wants_of(item.get("from")) or cursor.get(str(name))
    facets, has_view = facets_of(item.get("facets")), _has_view(item)
    return RunSubscription(session, id=item.get("id"), name=name, facets=facets, wants=wants, has_view=has_view)
