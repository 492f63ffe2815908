"""What goes through the live gateway, and which runs came to their end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from headway.live.bus.contract import BusNews
from headway.live.gateway import Gateway
from headway.live.hub import Hub
from headway.model.canary import CANARY_PROJECT
from headway.model.samples import Sample, SampleKind
from headway.monitor.sampler import Span
from headway.store.contract import Appended, Store


class GatewayProbe:
    def __init__(self, name: str, gateway: Gateway, hub: Hub, dropped: Callable[[], int]) -> None:
        """`dropped`: messages that a peer of the bus did not take in time, since the start."""
        self._name = name
        self._gateway = gateway
        self._hub = hub
        self._dropped = dropped
        self._before = self._counted()

    def _counted(self) -> dict[str, int]:
        tally = self._gateway.tally
        return {
            "sent_bytes": tally.sent_bytes,
            "deliveries": tally.deliveries,
            "holes": self._hub.hole_count,
            "lost_news": self._hub.found_by_tops,
            "dropped_news": self._dropped(),
            "folded": self._hub.folded_count,
            "reconnects": tally.reconnects,
            "resumes": tally.resumes,
            "resets": tally.resets,
            "gaps": tally.gaps,
            "pages_found": tally.pages_found,
            "pages_read": tally.pages_read,
            "cut_off": tally.cut_off,
            "ended": tally.ended,
            "refused": tally.refused,
        }

    def look(self, lag_seconds: float) -> None:
        """Nothing to do: the gateway counts by itself."""

    async def sample(self, span: Span) -> Sequence[Sample]:
        before, self._before = self._before, self._counted()
        levels = {
            **self._gateway.levels(),
            "channels": float(self._hub.watched_count),
            "rows": float(self._hub.row_count),
        }
        counts = {name: count - before[name] for name, count in self._before.items()}
        return [
            Sample(
                kind=SampleKind.GATEWAY, name=self._name, at=span.at, seconds=span.seconds, levels=levels, counts=counts,
                spreads={"lag": self._gateway.tally.lag.take()},
            )
        ]  # fmt: skip


class EndsProbe:
    """Runs that ended, by how, and events that were recorded: counted as the news of them come."""

    NAME = "runs"

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()

    def hear(self, news: Sequence[BusNews]) -> None:
        for item in news:
            if isinstance(item, Appended) and item.project != CANARY_PROJECT:
                self._counts["events"] += item.event_count
                if item.final_state is not None:
                    self._counts[item.final_state] += 1

    def look(self, lag_seconds: float) -> None:
        """Nothing to do: news come by themselves."""

    async def sample(self, span: Span) -> Sequence[Sample]:
        counts, self._counts = self._counts, Counter()
        return [Sample(kind=SampleKind.ENDED, name=self.NAME, at=span.at, seconds=span.seconds, counts=dict(counts))]


class QueuesProbe:
    """Each queue: how many wait, since when the oldest, and how many run."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def look(self, lag_seconds: float) -> None:
        """Nothing to do: the store knows."""

    async def sample(self, span: Span) -> Sequence[Sample]:
        now, queues = await self._store.read(lambda snapshot: (snapshot.now, snapshot.samples.queues()))
        return [
            Sample(
                kind=SampleKind.QUEUE,
                name=queue.queue,
                at=span.at,
                seconds=span.seconds,
                levels={
                    "queued": float(queue.queued),
                    "running": float(queue.running),
                    "oldest_seconds": 0.0 if queue.oldest_at is None else round(max(0.0, (now - queue.oldest_at).total_seconds()), 3),
                },
            )
            for queue in queues
        ]
