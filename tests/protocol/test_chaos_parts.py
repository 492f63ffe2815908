"""What the trials of `chaos/` are made of: the plan, the judge, the proxy."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from chaos.ledger import Ledger, Truth, judge, sum_of
from chaos.plan import FAIR, SMALL, Deed, Fate, Fault, Transport, make_plan, next_fate
from chaos.proxy import Proxy, viewer_of
from headway.sdk.news import Entry, Finished, Gap, News, Reset, ViewChanged

pytestmark = pytest.mark.one_database("nothing is stored: plans, ledgers and bytes alone")

RUN = "a-run"


# --- the plan -----------------------------------------------------------------------------------------------------------


def test_a_seed_gives_the_same_plan_again_and_another_seed_another() -> None:
    first, again, other = make_plan(3, SMALL), make_plan(3, SMALL), make_plan(4, SMALL)

    assert first == again
    assert first.parts != other.parts
    fates = [[next_fate(dice) for _ in range(20)] for dice in (first.parts[0].dice(), again.parts[0].dice())]
    assert fates[0] == fates[1]


def test_each_plan_kills_once_and_has_all_transports() -> None:
    plan = make_plan(5, replace(SMALL, kills=1))

    assert [deed for _, deed in plan.deeds].count(Deed.KILL) == 1
    assert {part.transport for part in plan.parts} == set(Transport)


# --- the judge ----------------------------------------------------------------------------------------------------------


def _entry(line: int, text: str = "") -> Entry:
    return Entry(run=RUN, line=line, event={"kind": "log.written", "line": line, "text": text or f"line {line}"})


def _view(seq: int, state: str = "running") -> ViewChanged:
    return ViewChanged(run=RUN, seq=seq, view={"state": state}, patch=None)


def _end(line: int = 3, *, is_complete: bool = True, state: str = "succeeded") -> Finished:
    return Finished(run=RUN, state=state, seq=9, line=line, is_complete=is_complete, result=None, result_url=None, error=None)


def _gap(first: int, last: int) -> Gap:
    return Gap(run=RUN, facet="log", first=first, last=last, why="evicted")


def _judged(*news: News, evicted_to: int = 0) -> list[str]:
    ledger = Ledger()
    for one in news:
        ledger.write(one)
    sums = {line: sum_of(_entry(line).event) for line in (1, 2, 3)}
    return judge(ledger, Truth(sums=sums, view={"state": "succeeded"}, last_line=3, evicted_to=evicted_to, state="succeeded"))


def test_who_was_told_the_journal_is_right() -> None:
    assert _judged(_view(1), _entry(1), _entry(2), _entry(3), _view(9, "succeeded"), _end()) == []
    assert _judged(_gap(1, 2), _entry(3), _view(9, "succeeded"), _end(is_complete=False), evicted_to=2) == []
    assert _judged(_entry(1), _view(4), Reset(run=RUN, why="ahead"), _entry(1), _entry(2), _entry(3), _view(9, "succeeded"), _end()) == []


@pytest.mark.parametrize(
    ("news", "complaint"),
    [
        ([_entry(1), _entry(2), _entry(2), _entry(3), _view(9, "succeeded"), _end()], "1 lines came twice"),
        ([_entry(2), _entry(1), _entry(3), _view(9, "succeeded"), _end()], "out of order"),
        ([_entry(1), _entry(3), _view(9, "succeeded"), _end()], "1 lines never came, the first is 2"),
        ([_entry(1), _entry(2, "another"), _entry(3), _view(9, "succeeded"), _end()], "line 2 is another"),
        ([_gap(1, 2), _entry(3), _view(9, "succeeded"), _end(is_complete=False)], "only those to 0 are gone"),
        ([_entry(1), _entry(2), _entry(3), _view(9), _end()], "the view is not the journal's: state"),
        ([_entry(1), _entry(2), _entry(3), _view(5), _view(4, "succeeded"), _end()], "the view went back from seq 5 to 4"),
        ([_entry(1), _entry(2), _view(9, "succeeded"), _end(2), _entry(3)], "Entry after the end"),
        ([_entry(1), _entry(2), _entry(3), _view(9, "succeeded")], "0 ends"),
        ([_entry(1), _entry(2), _entry(3), _view(9, "succeeded"), _end(), _end()], "2 ends"),
        ([_entry(1), _entry(2), _entry(3), _view(9, "succeeded"), _end(state="failed")], "the end says failed"),
        ([_entry(1), _entry(2), _entry(3), _view(9, "succeeded"), _end(is_complete=False)], "the end says complete: False, with 0 gaps"),
    ],
)
def test_the_judge_finds_what_is_wrong(news: list[News], complaint: str) -> None:
    assert any(complaint in what for what in _judged(*news)), _judged(*news)


# --- the proxy ----------------------------------------------------------------------------------------------------------


async def _got(fate: Fate) -> tuple[bytes, bool]:
    """What a viewer reads of an answer of 1,000 bytes, and whether its connection was reset."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"x" * 1_000)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, Proxy(lambda: port, lambda head: fate if viewer_of(head) == 7 else FAIR) as proxy:
        reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
        writer.write(b"GET / HTTP/1.1\r\nX-Viewer: 7\r\n\r\n")
        got, is_reset = b"", False
        try:
            async with asyncio.timeout(0.5):
                while piece := await reader.read(4_096):
                    got += piece
        except ConnectionError:
            is_reset = True
        except TimeoutError:
            got += b" and silence"
        writer.close()
    return got, is_reset


async def test_the_proxy_does_what_the_fate_says() -> None:
    assert await _got(FAIR) == (b"x" * 1_000, False)
    assert await _got(Fate(fault=Fault.CUT, after_bytes=300)) == (b"x" * 300, False)
    assert (await _got(Fate(fault=Fault.RESET, after_bytes=300)))[1]
    assert await _got(Fate(fault=Fault.HALF_OPEN, after_bytes=300)) == (b"x" * 300 + b" and silence", False)
    assert await _got(Fate(fault=Fault.PAUSE, after_bytes=300, seconds=0.02)) == (b"x" * 1_000, False)
    assert await _got(Fate(fault=Fault.DELAY, seconds=0.02)) == (b"x" * 1_000, False)
    assert (await _got(Fate(fault=Fault.UNAVAILABLE)))[0].startswith(b"HTTP/1.1 503 ")
    assert await _got(Fate(fault=Fault.REFUSE)) in [(b"", False), (b"", True)]
