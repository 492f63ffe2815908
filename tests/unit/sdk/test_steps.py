"""Steps, progress by hand, status, checkpoints, artifacts: what user code says about its work."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

import headway
from headway.model.errors import ResultNotJson, TooLarge
from headway.model.events import check_reported
from headway.sdk.outcomes import Cancelled, Paused
from tests.unit.sdk.piped import Piped, a_run, piped
from tests.waiting import eventually


@contextmanager
def saying(**about: Any) -> Iterator[Piped]:
    """A run; after the block everything it said has been read and checked."""
    with piped() as said, a_run(said, **about):
        yield said
    for event in said.events:
        if not event["kind"].startswith("child."):
            check_reported(event)


def outcomes(said: Piped) -> list[tuple[str, str]]:
    names = {event["step"]: event["name"] for event in said.of("step.started")}
    return [(names[event["step"]], event["outcome"]) for event in said.of("step.ended")]


def test_steps_nest_and_end_in_order() -> None:
    with saying(attempt=3) as said, headway.step("outer"), headway.step("inner", total=2, unit="sheets") as inner:
        inner.advance()
        inner.progress(2, message="done")
    outer, started = said.of("step.started")
    assert outer["step"] == "3.1"
    assert (started["parent"], started["total"], started["unit"]) == ("3.1", 2, "sheets")
    assert outcomes(said) == [("inner", "succeeded"), ("outer", "succeeded")]
    last = said.of("progress.reported")[-1]
    assert (last["bar"], last["step"], last["done"], last["total"], last["message"], last["is_closed"]) == (
        "3.2",
        "3.2",
        2,
        2,
        "done",
        True,
    )
    assert [event["kind"] for event in said.events][-3:] == ["progress.reported", "step.ended", "step.ended"]


def test_names_and_units_of_any_length_are_cut_to_what_may_be_reported() -> None:
    long = "x" * 50_000
    with saying() as said:
        with headway.step(long, total=2, unit=long) as part:
            part.progress(1, message=long)
        headway.progress(1, 2, bar=long, unit=long, message=long, stage=long, status_text=long)
        headway.metric(long, 1.0, unit=long, labels={long: long})
        for _ in headway.track(range(2), name=long, unit=long):
            pass
    assert {len(event["name"]) for event in said.events if "name" in event} == {200}
    assert {len(event["unit"]) for event in said.events if "unit" in event} == {200}


@pytest.mark.parametrize(
    ("error", "outcome"),
    [(ValueError("bad"), "failed"), (Cancelled(), "cancelled"), (asyncio.CancelledError(), "cancelled"), (Paused(), "paused")],
)
def test_a_step_ends_as_what_passes_through_it(error: BaseException, outcome: str) -> None:
    with saying() as said, pytest.raises(type(error)), headway.step("read"):
        raise error
    assert outcomes(said) == [("read", outcome)]
    assert said.of("step.ended")[0]["error"]["type"] == type(error).__name__


def test_what_is_open_when_the_run_ends_is_closed() -> None:
    with saying() as said:
        headway.step("forgotten").__enter__()
        headway.progress(1, 2)
    assert outcomes(said) == [("forgotten", "succeeded")]
    assert said.of("progress.reported")[-1]["is_closed"]
    with saying() as next_run:
        headway.log("not in that step")
    assert "step" not in next_run.events[0]


def test_a_step_as_a_decorator() -> None:
    @headway.step("load")
    def load(number: int) -> int:
        return number + 1

    @headway.step("fetch")
    async def fetch(number: int) -> int:
        await asyncio.sleep(0)
        headway.log("fetching")
        return number * 2

    with saying() as said:
        assert load(1) == 2
        assert load(number=2) == 3
        assert asyncio.run(fetch(2)) == 4
    assert outcomes(said) == [("load", "succeeded"), ("load", "succeeded"), ("fetch", "succeeded")]
    assert said.of("log.written")[0]["step"] == said.of("step.started")[2]["step"]


async def test_async_steps_side_by_side_have_the_same_parent() -> None:
    async def part(name: str) -> None:
        async with headway.step(name):
            await asyncio.sleep(0)

    with saying() as said:
        async with headway.step("all"):
            await asyncio.gather(part("a"), part("b"))
    everything, *parts = said.of("step.started")
    assert [one["parent"] for one in parts] == [everything["step"]] * 2


def test_a_step_is_entered_once_and_has_progress_only_then() -> None:
    with saying():
        step = headway.step("once")
        with pytest.raises(RuntimeError, match="only while it is entered"):
            step.advance()
        with step, pytest.raises(RuntimeError, match="entered already"):
            step.__enter__()


def test_progress_by_hand_with_stage_and_text() -> None:
    with saying() as said:
        headway.progress(1, 10, unit="files", stage="reading", status_text="Reading the first file", message="a.csv")
        headway.progress(2)
        headway.progress(5, 5, bar="upload")
        headway.status("Nearly there", stage="writing")
    first, *_ = said.of("progress.reported")
    main, upload = (event for event in said.of("progress.reported") if event.get("is_closed"))
    assert (first["done"], first["total"], first["unit"]) == (1, 10, "files")
    assert (main["done"], main["total"], main["message"]) == (2, 10, "a.csv")
    assert (upload["bar"], upload["done"], upload["total"]) == ("upload", 5, 5)
    assert [(event.get("stage"), event.get("text")) for event in said.of("status.reported")] == [
        ("reading", "Reading the first file"), ("writing", "Nearly there"),
    ]  # fmt: skip


def test_progress_must_be_a_number() -> None:
    with saying():
        for wrong in (float("nan"), float("inf"), "half"):
            with pytest.raises(ValueError, match="finite number"):
                headway.progress(wrong)  # type: ignore[arg-type]


def test_a_checkpoint_waits_until_it_is_recorded() -> None:
    with piped(acknowledges=False) as said, a_run(said) as run:
        order: list[str] = []

        def acknowledge() -> None:
            eventually(lambda: said.of("child.checkpoint"))
            order.append("acknowledged")
            said.reporter.acknowledge(1)

        thread = threading.Thread(target=acknowledge)
        thread.start()
        headway.checkpoint({"page": 3})
        order.append("returned")
        thread.join()
        assert order == ["acknowledged", "returned"]
        assert run.checkpoint == {"page": 3}


async def test_an_async_checkpoint_is_awaited_and_the_loop_goes_on() -> None:
    with piped(acknowledges=False) as said, a_run(said):
        kept = asyncio.ensure_future(_keep(said))
        await asyncio.sleep(0)
        assert not kept.done()
        eventually(lambda: said.of("child.checkpoint"))
        said.reporter.acknowledge(1)
        await kept


async def _keep(said: Piped) -> None:
    await headway.checkpoint([1, 2])


def test_a_run_that_is_to_pause_ends_at_its_checkpoint() -> None:
    with saying() as said:
        headway.current_run().want_pause()
        with pytest.raises(Paused):
            headway.checkpoint(1)
    assert said.of("child.checkpoint") == [{"kind": "child.checkpoint", "number": 1, "value": 1}]


def test_what_a_checkpoint_cannot_hold() -> None:
    with saying() as said:
        with pytest.raises(ResultNotJson, match=r"checkpoint\.rows\[1\] is of type object"):
            headway.checkpoint({"rows": [1, object()]})
        with pytest.raises(TooLarge, match="checkpoint is larger"):
            headway.checkpoint("x" * 300_000)
    assert said.of("child.checkpoint") == []


def test_artifacts_are_taken_as_they_are_now(tmp_path: Path) -> None:
    file = tmp_path / "marks.csv"
    file.write_text("a,b")
    with saying() as said, headway.step("report"):
        headway.artifact(file)
        file.write_text("changed")
        headway.artifact(str(file), name="second/../name.bin", media_type="x/y")
        headway.artifact(b"bytes", name="page.png")
        headway.artifact(b"packed", name="marks.csv.gz")
        headway.artifact(b"packed", name="marks.csv.br")
    first, second, third, gzipped, packed = said.of("child.artifact")
    assert Path(first["path"]).read_text() == "a,b"
    assert (first["name"], first["media_type"], first["step"], first["is_temporary"]) == ("marks.csv", "text/csv", "1.1", True)
    assert (second["name"], second["media_type"]) == ("second_.._name.bin", "x/y")
    assert Path(third["path"]).read_bytes() == b"bytes"
    assert third["media_type"] == "image/png"
    assert (gzipped["media_type"], packed.get("media_type")) == ("application/gzip", None), "it is no table"
    for event in (first, second, third, gzipped, packed):
        Path(event["path"]).unlink()


def test_what_cannot_be_an_artifact(tmp_path: Path) -> None:
    with saying() as said:
        with pytest.raises(FileNotFoundError, match="there is no file"):
            headway.artifact(tmp_path / "absent")
        with pytest.raises(ValueError, match="not a regular file"):
            headway.artifact(tmp_path)
        with pytest.raises(ValueError, match="needs a name"):
            headway.artifact(b"x")
    assert said.events == []


def test_the_run_as_its_code_sees_it() -> None:
    with saying(attempt=2, parameters={"n": 1}, name="nightly"):
        run = headway.current_run()
        assert (run.id, run.attempt, run.task, run.parameters, run.name) == ("run", 2, "task", {"n": 1}, "nightly")
        assert not run.is_cancelled
        run.want_cancel()
        assert run.is_cancelled
        assert "attempt 2 of task" in repr(run)
