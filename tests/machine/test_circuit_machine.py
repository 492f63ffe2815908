"""A circuit under any order of questions, answers, failures and time."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from headway.model.circuit import Circuit, Closed, HalfOpen, Open

LIMIT, SHORTEST, LONGEST, PROBE = 3, 1.0, 8.0, 2.0


class CircuitMachine(RuleBasedStateMachine):
    @initialize()
    def begin(self) -> None:
        self.now = 0.0
        self.circuit = Circuit(
            monotonic=lambda: self.now, failure_limit=LIMIT, open_seconds=SHORTEST, longest_seconds=LONGEST, probe_seconds=PROBE
        )
        self.asking = 0
        self.failures_in_row = 0
        self.shut_until = 0.0
        """Nobody may have asked before."""
        self.waits: list[float] = []

    @rule(seconds=st.floats(0.0, 10.0))
    def wait(self, seconds: float) -> None:
        self.now += seconds

    @rule()
    def ask(self) -> None:
        before = self.circuit.state
        may = self.circuit.may_ask()
        if isinstance(before, Closed):
            assert may
        else:
            assert may == (self.now >= before.until), "shut for as long as it said, and no longer"
            assert isinstance(self.circuit.state, HalfOpen if may else type(before))
        if may:
            self.asking += 1
            if not isinstance(before, Closed):
                assert not self.circuit.may_ask(), "one probe at a time"

    @precondition(lambda self: self.asking > 0)
    @rule()
    def answer(self) -> None:
        self.asking -= 1
        self.circuit.answered()
        self.failures_in_row = 0
        self.waits.clear()
        assert self.circuit.state == Closed()

    @precondition(lambda self: self.asking > 0)
    @rule()
    def fail(self) -> None:
        self.asking -= 1
        before = self.circuit.state
        self.circuit.failed()
        after = self.circuit.state
        self.failures_in_row += 1
        if isinstance(before, Open):
            assert after == before, "what was asked before it opened does not keep it open longer"
        elif isinstance(after, Open):
            assert self.failures_in_row >= LIMIT
            wait = after.until - self.now
            assert 0.99 * SHORTEST <= wait <= 1.01 * LONGEST
            assert not self.waits or wait >= 0.99 * self.waits[-1], "longer each time, until it is answered"
            self.waits.append(wait)
        else:
            assert isinstance(after, Closed)
            assert after.failure_count == self.failures_in_row < LIMIT

    @invariant()
    def the_sample_says_the_state(self) -> None:
        assert self.circuit.level == {Closed: 0.0, HalfOpen: 1.0, Open: 2.0}[type(self.circuit.state)]


TestCircuit = CircuitMachine.TestCase
