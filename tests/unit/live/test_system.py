"""The channel `system`: the newest of all at first, then what is sampled; for those who may."""

from __future__ import annotations

from typing import Any

from headway.store.samples import Sampled
from tests.unit.live.theatre import Theatre
from tests.waiting import eventually_async


def sampled(*names: str, cpu: float = 1.0) -> Sampled:
    return Sampled(samples=[{"kind": "host", "name": name, "levels": {"cpu": cpu}} for name in names])


def told(message: dict[str, Any]) -> list[tuple[str, float]]:
    return [(each["name"], each["levels"]["cpu"]) for each in message["samples"]]


async def test_a_viewer_gets_the_newest_of_all_and_then_what_comes(theatre: Theatre) -> None:
    theatre.hear([sampled("a", "b"), sampled("a", cpu=2.0)])
    viewer = theatre.viewer()
    viewer.hello()
    viewer.say({"type": "subscribe", "id": 1, "channel": "system"})
    assert told(await viewer.until("samples")) == [("b", 1.0), ("a", 2.0)]
    assert viewer.of("subscribed")[0]["channel"] == "system"
    theatre.hear([sampled("b", cpu=3.0)])
    assert told(await viewer.until("samples", 2)) == [("b", 3.0)]


async def test_all_viewers_share_a_frame(theatre: Theatre) -> None:
    viewers = [theatre.viewer(), theatre.viewer()]
    for viewer in viewers:
        viewer.hello()
        viewer.say({"type": "subscribe", "id": 1, "channel": "system"})
        await viewer.until("samples")
    theatre.hear([sampled("a")])
    first, second = [await viewer.until("samples", 2) for viewer in viewers]
    assert first == second


async def test_who_was_behind_gets_the_newest_once(theatre: Theatre) -> None:
    viewer = theatre.viewer()
    viewer.hello()
    viewer.say({"type": "subscribe", "id": 1, "channel": "system"})
    await viewer.until("samples")
    other = theatre.viewer()
    other.hello()
    other.say({"type": "subscribe", "id": 1, "channel": "system"})
    await other.until("samples")
    viewer.stop_reading()
    for cpu in (1.0, 2.0, 3.0):
        theatre.hear([sampled("a", cpu=cpu)])
        await eventually_async(lambda cpu=cpu: told(other.of("samples")[-1]) == [("a", cpu)])
    viewer.read_again()
    await eventually_async(lambda: told(viewer.of("samples")[-1]) == [("a", 3.0)])
    assert len(viewer.of("samples")) < 4


async def test_who_may_not_is_told_so(theatre: Theatre) -> None:
    theatre.hidden.add("system")
    viewer = theatre.viewer()
    viewer.hello()
    viewer.say({"type": "subscribe", "id": 1, "channel": "system"})
    assert (await viewer.until("error"))["code"] == "forbidden"


async def test_it_always_begins_anew(theatre: Theatre) -> None:
    viewer = theatre.viewer()
    viewer.hello()
    viewer.say({"type": "subscribe", "id": 1, "channel": "system", "from": {"line": 1}})
    assert (await viewer.until("error"))["code"] == "invalid_message"
    viewer.say({"type": "subscribe", "id": 2, "channel": "system:all"})
    assert (await viewer.until("error", 2))["code"] == "invalid_channel"


async def test_after_leaving_nothing_comes(theatre: Theatre) -> None:
    viewer = theatre.viewer()
    viewer.hello()
    viewer.say({"type": "subscribe", "id": 1, "channel": "system"})
    await viewer.until("samples")
    viewer.say({"type": "unsubscribe", "id": 1})
    await viewer.until("unsubscribed")
    theatre.hear([sampled("a")])
    assert len(viewer.of("samples")) == 1
