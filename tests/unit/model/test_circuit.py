"""A circuit breaker, step by step; `tests/machine/test_circuit_machine.py` has all orders of steps."""

from __future__ import annotations

from headway.model.circuit import Circuit, Closed, HalfOpen, Open
from headway.testing.clock import FakeClock


def circuit_at(clock: FakeClock) -> Circuit:
    return Circuit(monotonic=clock.monotonic, failure_limit=2, open_seconds=1, longest_seconds=3, probe_seconds=5)


def test_it_opens_after_failures_in_a_row_probes_once_and_closes_with_the_answer() -> None:
    clock = FakeClock()
    circuit = circuit_at(clock)
    for do in (circuit.failed, circuit.answered, circuit.failed):
        assert circuit.may_ask()
        do()
    assert circuit.state == Closed(1)
    circuit.failed()
    assert isinstance(circuit.state, Open)
    assert not circuit.may_ask()
    clock.advance(1)
    assert circuit.may_ask()
    assert isinstance(circuit.state, HalfOpen)
    assert not circuit.may_ask()
    circuit.answered()
    assert circuit.state == Closed()


def test_each_probe_that_fails_makes_it_wait_longer_up_to_a_bound() -> None:
    clock = FakeClock()
    circuit = circuit_at(clock)
    circuit.failed()
    circuit.failed()
    waits: list[float] = []
    for _ in range(4):
        assert isinstance(circuit.state, Open)
        waits.append(circuit.state.until - clock.monotonic())
        clock.advance(waits[-1])
        assert circuit.may_ask()
        circuit.failed()
    assert [round(wait) for wait in waits] == [1, 2, 3, 3]


def test_a_probe_of_which_nothing_is_heard_does_not_keep_it_shut() -> None:
    clock = FakeClock()
    circuit = circuit_at(clock)
    circuit.failed()
    circuit.failed()
    clock.advance(1)
    assert circuit.may_ask()
    clock.advance(4)
    assert not circuit.may_ask()
    clock.advance(1)
    assert circuit.may_ask()
