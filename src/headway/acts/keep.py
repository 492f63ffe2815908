"""Keep what an attempt leaves behind: checkpoints and artifacts. Both are written under the fence."""

from __future__ import annotations

from typing import Any

import orjson

from headway.acts.append import Append, fact
from headway.acts.record import check_fence
from headway.model import events as e
from headway.model.errors import TooLarge
from headway.model.run import Artifact, Checkpoint
from headway.store.contract import Transaction

CHECKPOINT_LIMIT = 262_144
"""Bytes of a checkpoint as JSON."""


def keep_checkpoint(tx: Transaction, *, run: str, fence: int, number: int, value: Any) -> None:
    """The newest checkpoint replaces the last; numbers grow over all attempts of a run. Raises `StaleFence`, `RunFinal`, `TooLarge`."""
    size = len(orjson.dumps(value))
    if size > CHECKPOINT_LIMIT:
        raise TooLarge(what="The checkpoint", limit=f"{CHECKPOINT_LIMIT} bytes")
    append = Append(tx)
    head = append.head(run)
    check_fence(head, fence)
    if number <= head.view.get("checkpoint", 0):
        return  # kept before, and the answer was lost
    attempt: int = head.view.get("attempt", 0)
    tx.details.store_checkpoint(Checkpoint(run=run, number=number, attempt=attempt, value=value, created_at=tx.now))
    append.add(run, fact(e.CHECKPOINT_STORED, number=number, size_bytes=size), attempt=attempt)
    append.flush()


def keep_artifact(tx: Transaction, *, run: str, fence: int, artifact: Artifact) -> None:
    """Adopt a stored file: from now on it belongs to the run. Raises `StaleFence`, `RunFinal`."""
    append = Append(tx)
    check_fence(append.head(run), fence)
    tx.details.add_artifact(artifact)
    append.add(
        run,
        fact(
            e.ARTIFACT_ADDED, artifact=artifact.id, name=artifact.name, size_bytes=artifact.size_bytes, sha256=artifact.sha256,
            media_type=artifact.media_type, stated_type=artifact.stated_type, step=artifact.step,
        ),
        attempt=artifact.attempt,
    )  # fmt: skip
    append.flush()
