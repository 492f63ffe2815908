"""Housekeeping on a real store: what it merges, what it drops, and which files it leaves alone."""

from __future__ import annotations

import os
import time
from pathlib import Path

from headway.acts.keep import keep_artifact
from headway.acts.reap import lead
from headway.acts.tidy import Retention
from headway.model.ids import new_id
from headway.model.run import Artifact
from headway.model.states import Outcome
from headway.work.housekeeping import ORPHAN_SECONDS, Housekeeping
from tests.unit.acts.conftest import Stage, line, stage

__all__ = ["stage"]
DAY = 86_400.0


def _keep(root: Path, sha256: str, age_seconds: float) -> Path:
    file = root / sha256[:2] / sha256[2:]
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(b"x")
    os.utime(file, (time.time() - age_seconds,) * 2)
    return file


async def test_a_turn_merges_what_has_settled(stage: Stage, tmp_path: Path) -> None:
    held = await stage.running()
    for number in range(1, 11):
        await stage.report(held, number, line(f"{number}"))
    await stage.finish(held, Outcome.SUCCEEDED)
    stage.clock.advance(61)
    before = await stage.events(held.run.id)

    await Housekeeping(stage.store, holder="a", artifacts=tmp_path, retention=Retention()).turn()

    assert await stage.do(lambda tx: tx.journal.uncompacted(finished_before=tx.now, limit=10)) == []
    assert await stage.events(held.run.id) == before


async def test_old_runs_go_when_a_retention_is_set(stage: Stage, tmp_path: Path) -> None:
    held = await stage.running()
    await stage.finish(held, Outcome.SUCCEEDED)
    stage.clock.advance(8 * DAY)

    await Housekeeping(stage.store, holder="a", artifacts=tmp_path, retention=Retention(run_days=7)).turn()

    assert await stage.ask(lambda snapshot: snapshot.runs.get(held.run.id)) is None


async def test_who_does_not_lead_does_nothing(stage: Stage, tmp_path: Path) -> None:
    held = await stage.running()
    await stage.finish(held, Outcome.SUCCEEDED)
    stage.clock.advance(8 * DAY)
    await stage.do(lambda tx: lead(tx, holder="other"))

    await Housekeeping(stage.store, holder="a", artifacts=tmp_path, retention=Retention(run_days=7)).turn()

    assert await stage.ask(lambda snapshot: snapshot.runs.get(held.run.id)) is not None


async def test_only_old_files_that_no_run_names_are_deleted(stage: Stage, tmp_path: Path) -> None:
    held = await stage.running()
    named, orphan, young = "a" * 64, "b" * 64, "c" * 64
    artifact = Artifact(
        id=new_id(), run=held.run.id, name="n", media_type="text/plain", size_bytes=1, sha256=named, created_at=stage.clock.now(), attempt=1
    )
    await stage.do(lambda tx: keep_artifact(tx, run=held.run.id, fence=held.fence, artifact=artifact))
    files = [_keep(tmp_path, named, ORPHAN_SECONDS * 2), _keep(tmp_path, orphan, ORPHAN_SECONDS * 2), _keep(tmp_path, young, 60)]

    gone = await Housekeeping(stage.store, holder="a", artifacts=tmp_path, retention=Retention()).sweep()

    assert gone == 1
    assert [file.exists() for file in files] == [True, False, True]
