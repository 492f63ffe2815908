"""What a process writes becomes lines, bars and status: the samples of real programs, any cut of their bytes, and any garbage."""

from __future__ import annotations

import tracemalloc
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headway.model.events import check_reported
from headway.sdk.context import RunContext
from headway.sdk.stream import Stream
from tests.unit.sdk.kept import Kept

TQDM_NESTED = (
    "\repoch:   0%|          | 0/2 [00:00<?, ?it/s]"
    "\n\rbatch:   0%|          | 0/30 [00:00<?, ?it/s]\x1b[A"
    "\n\rbatch:  33%|███▎      | 10/30 [00:00<00:00, 96.09it/s]\x1b[A"
    "\n\rbatch: 100%|██████████| 30/30 [00:00<00:00, 97.26it/s]\x1b[A"
    "\n\r                                                      \x1b[A\r" + " " * 60 + "\rhello 1\n"
    "\repoch:  50%|█████     | 1/2 [00:00<00:00,  3.20it/s]"
    "\n\rbatch:   0%|          | 0/30 [00:00<?, ?it/s]\x1b[A"
    "\n\rbatch: 100%|██████████| 30/30 [00:00<00:00, 97.68it/s]\x1b[A"
    "\n\r                                                      \x1b[A\repoch: 100%|██████████| 2/2 [00:00<00:00,  3.23it/s]\n"
)
RICH_TWO = (
    "\x1b[?25l\r\x1b[2Kone \x1b[90m━━━━━━━━━━\x1b[0m \x1b[35m  0%\x1b[0m \x1b[36m-:--:--\x1b[0m\ntwo \x1b[90m━━━━━━━━━━\x1b[0m \x1b[35m  0%\x1b[0m"
    "\r\x1b[2K\x1b[1A\x1b[2Kin the middle\none \x1b[91m━━━━━\x1b[0m\x1b[90m╺━━━━\x1b[0m \x1b[35m 55%\x1b[0m\ntwo \x1b[91m━━\x1b[0m\x1b[90m╺━\x1b[0m 50%"
    "\r\x1b[2K\x1b[1A\x1b[2Kone \x1b[90m━━━━━━━━━━\x1b[0m \x1b[35m100%\x1b[0m\ntwo \x1b[90m━━━━━━━━━━\x1b[0m \x1b[35m100%\x1b[0m\n\x1b[?25h"
)
PIP = (
    "Collecting numpy\n  Downloading numpy-2.4.6-cp311.whl (18.3 MB)\n"
    "\x1b[?25l     \x1b[90m━━━━━━━━\x1b[0m \x1b[32m0.0/18.3 MB\x1b[0m \x1b[31m?\x1b[0m eta \x1b[36m-:--:--\x1b[0m"
    "\r\x1b[2K     \x1b[91m━━━━\x1b[0m\x1b[90m╺━━━\x1b[0m \x1b[32m9.1/18.3 MB\x1b[0m \x1b[31m89.1 MB/s\x1b[0m eta \x1b[36m0:00:01\x1b[0m"
    "\r\x1b[2K     \x1b[90m━━━━━━━━\x1b[0m \x1b[32m18.3/18.3 MB\x1b[0m \x1b[31m81.4 MB/s\x1b[0m eta \x1b[36m0:00:00\x1b[0m\n\x1b[?25h"
    "Installing collected packages: numpy\n"
)
DOCKER = (
    "Pulling from library/python\naaa: Pulling fs layer\nbbb: Pulling fs layer\n"
    "\x1b[2A\x1b[2K\raaa: Downloading [=>      ]  10MB/40MB\r\x1b[2B\x1b[1A\x1b[2K\rbbb: Downloading [>       ]  1MB/20MB\r\x1b[1B"
    "\x1b[2A\x1b[2K\raaa: Downloading [=======>]  40MB/40MB\r\x1b[2B\x1b[2A\x1b[2K\raaa: Pull complete \r\x1b[2B"
    "\x1b[1A\x1b[2K\rbbb: Pull complete \r\x1b[1BDigest: sha256:abc\n"
)
CURL = (
    "  % Total    % Received % Xferd  Average Speed   Time    Time     Time  Current\n"
    "                                 Dload  Upload   Total   Spent    Left  Speed\n\r"
    "  0     0    0     0    0     0      0      0 --:--:-- --:--:-- --:--:--     0\r"
    " 53 2929k   53 1562k    0     0  2051k      0  0:00:01 --:--:--  0:00:01 2050k\r"
    "100 2929k  100 2929k    0     0  2000k      0  0:00:01  0:00:01 --:--:-- 2001k\n"
)
WGET_DOTS = "Saving to: x\n\n" + "".join(f"{n * 50:6}K .......... .......... {n:3}% 87.6M 0s\n" for n in range(100)) + (
    "  5000K .......... ...                                          100%  633M=1.5s\n\nsaved\n"
)  # fmt: skip
GIT = "Cloning\nremote: Enumerating: 9, done.\x1b[K\n" + "".join(f"Receiving objects: {n:3}% ({n}/100)\r" for n in range(101)) + (
    "Receiving objects: 100% (100/100), 3.00 KiB | 3.00 MiB/s, done.\n"
)  # fmt: skip
ALL = {
    "tqdm": TQDM_NESTED, "rich": RICH_TWO, "pip": PIP, "docker": DOCKER, "curl": CURL, "wget": WGET_DOTS, "git": GIT,
    "plain": "one\ntwo\x1b[31m red\x1b[0m\r\n\nlast", "spinner": "".join(f"\r{'|/-'[n % 3]} solving" for n in range(90)) + "\rsolved   \n",
}  # fmt: skip


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def seen(pieces: list[bytes], *, seconds_each: float = 0.0, is_plain: bool = False) -> Kept:
    """What a run is told by these pieces, at times that are the test's own."""
    kept = Kept()
    context = RunContext(kept, id="run")
    clock = Clock()
    stream = Stream("stderr", context, kept.say, clock=clock, is_plain=is_plain)
    for piece in pieces:
        clock.now += seconds_each
        stream.feed(piece)
    stream.close()
    context.close()
    for event in kept.events:
        check_reported(event)
    return kept


def bars(kept: Kept) -> dict[str, tuple[Any, Any]]:
    """Name of each bar, and where it ended."""
    return {event.get("name", ""): (event["done"], event.get("total")) for event in kept.of("progress.reported")}


def test_nested_bars_of_tqdm_are_two_bars_and_two_lines() -> None:
    kept = seen([TQDM_NESTED.encode()])
    assert bars(kept) == {"epoch": (2, 2), "batch": (30, 30)}
    assert {event.get("bar", "main") for event in kept.of("progress.reported")} == {"main", "bar-2"}
    assert kept.texts == ["hello 1", "epoch: 100%|██████████| 2/2 [00:00<00:00,  3.23it/s]"]


def test_bars_of_rich_are_bars_and_a_line_each_with_their_colours() -> None:
    kept = seen([RICH_TWO.encode()])
    assert bars(kept) == {"one": (100, 100), "two": (100, 100)}
    assert len(kept.texts) == 3
    assert kept.texts[0] == "in the middle"
    assert kept.texts[1] == "one \x1b[90m━━━━━━━━━━\x1b[0m \x1b[35m100%\x1b[0m"


def test_pips_bar_is_called_what_is_downloaded() -> None:
    kept = seen([PIP.encode()])
    assert bars(kept) == {"numpy-2.4.6-cp311.whl": (18_300_000, 18_300_000)}
    assert [text[:14] for text in kept.texts] == ["Collecting num", "  Downloading ", "     \x1b[90m━━━━", "Installing col"]


def test_layers_that_docker_pulls_are_bars() -> None:
    kept = seen([DOCKER.encode()])
    assert bars(kept) == {"aaa: Downloading": (40_000_000, 40_000_000), "bbb: Downloading": (1_000_000, 20_000_000)}
    assert kept.texts[-3:] == ["aaa: Pull complete", "bbb: Pull complete", "Digest: sha256:abc"]


def test_the_meter_of_curl_and_the_dots_of_wget() -> None:
    assert bars(seen([CURL.encode()])) == {"": (2929 * 1024, 2929 * 1024)}
    kept = seen([WGET_DOTS.encode()])
    assert bars(kept) == {"": (100, 100)}
    assert [text.strip()[:12] for text in kept.texts] == ["Saving to: x", "", "5000K ......", "", "saved"]


def test_a_hundred_repaints_are_one_line_and_few_reports() -> None:
    kept = seen([GIT.encode()])
    assert bars(kept) == {"Receiving objects": (100, 100)}
    assert len(kept.texts) == 3
    assert len(kept.of("progress.reported")) <= 4


def test_other_repaints_are_the_status_of_the_moment_and_one_line() -> None:
    steps = [f"\r{'|/-'[n % 3]} solving step {n // 20}".encode() for n in range(100)]
    kept = seen([*steps, b"\rsolved            \n"], seconds_each=0.05)
    told = [event["text"] for event in kept.of("status.reported")]
    assert kept.texts == ["solved"]
    assert told[0] == "solving step 0"
    assert told[-1] == ""
    assert len(told) <= 6


def test_a_status_comes_at_most_four_times_a_second() -> None:
    kept = seen([f"\rstep number {chr(97 + n % 26)}{n}".encode() for n in range(1000)], seconds_each=0.005)
    assert len(kept.of("status.reported")) <= 22


def test_a_bar_that_is_renamed_at_each_look_is_one_bar() -> None:
    kept = seen([f"\rloss {1 / (n + 1):.3f}: {n}%|█| {n}/100 [00:01<00:01, 9.0it/s]".encode() for n in range(101)], seconds_each=0.1)
    assert {event.get("bar", "main") for event in kept.of("progress.reported")} == {"main"}


def test_lines_that_only_look_like_bars_stay_lines() -> None:
    kept = seen([b"Epoch 1/10\nEpoch 2/10\n45%\n"])
    assert kept.texts == ["Epoch 1/10", "Epoch 2/10", "45%"]
    assert not kept.of("progress.reported")


def test_plain_is_plain() -> None:
    kept = seen([TQDM_NESTED.encode(), GIT.encode()], is_plain=True)
    assert not kept.of("progress.reported")
    assert kept.texts[-1].startswith("Receiving objects: 100%")


@pytest.mark.parametrize("name", ALL)
@given(data=st.data())
@settings(max_examples=25)
def test_how_the_bytes_are_cut_changes_neither_lines_nor_bars(name: str, data: st.DataObject) -> None:
    raw = ALL[name].encode()
    cuts = sorted(data.draw(st.lists(st.integers(0, len(raw)), max_size=30)))
    whole = seen([raw])
    cut = seen([raw[start:end] for start, end in zip([0, *cuts], [*cuts, len(raw)], strict=True)])
    assert cut.texts == whole.texts
    assert bars(cut) == bars(whole)


@given(
    st.lists(st.binary(max_size=300) | st.sampled_from([b"\r", b"\x1b[A", b"\n", b"\x1b[2K", "━━━ 45%".encode(), b"1/2 \r"]), max_size=60)
)
def test_any_bytes_are_readable_events(pieces: list[bytes]) -> None:
    kept = seen(pieces, seconds_each=0.01)
    assert {event["kind"] for event in kept.events} <= {"log.written", "progress.reported", "status.reported"}
    assert not any("\r" in text or "\x1b[A" in text for text in kept.texts)


def test_any_amount_of_anything_takes_bounded_memory() -> None:
    kept = Kept(limit=50)
    context = RunContext(kept, id="run")
    stream = Stream("stdout", context, kept.say)
    tracemalloc.start()
    try:
        held: list[int] = []
        for number in range(40):
            stream.feed((b"\xff\xfe\x00\r\x1b[A\x1b[%dB" % number) + b"x" * 65_536 + "进━█".encode() * 5_000)
            held.append(tracemalloc.get_traced_memory()[0])
        assert max(held[20:]) <= max(held[:20]) + 256 * 1024  # 2 MB more were fed
    finally:
        tracemalloc.stop()
    stream.close()
    context.close()
