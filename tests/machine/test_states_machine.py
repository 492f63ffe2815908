"""The transition table, looked at as a whole."""

from __future__ import annotations

import itertools

import pytest

from headway.model.errors import IllegalTransition
from headway.model.states import ACTIVE, FINAL, TRANSITIONS, RunState, check_transition


def test_every_state_stands_in_the_table() -> None:
    assert set(TRANSITIONS) == set(RunState)


def test_nothing_leads_out_of_a_final_state() -> None:
    assert {state for state in RunState if not TRANSITIONS[state]} == FINAL


def test_every_state_that_is_not_final_can_still_end() -> None:
    for start in set(RunState) - FINAL:
        seen, waiting = {start}, [start]
        while waiting:
            for after in TRANSITIONS[waiting.pop()] - seen:
                seen.add(after)
                waiting.append(after)
        assert seen & FINAL, f"{start} can never end"


def test_every_state_but_the_first_ones_can_be_reached() -> None:
    reached = set(itertools.chain.from_iterable(TRANSITIONS.values()))

    assert set(RunState) - reached == {RunState.AWAITING_APPROVAL}


def test_no_state_leads_to_itself() -> None:
    assert not [state for state in RunState if state in TRANSITIONS[state]]


def test_an_active_run_can_end_in_every_way() -> None:
    for state in ACTIVE:
        assert TRANSITIONS[state] >= FINAL


def test_a_cancellation_is_never_taken_back() -> None:
    assert TRANSITIONS[RunState.CANCELLING] == FINAL


@pytest.mark.parametrize(("before", "after"), list(itertools.product(RunState, RunState)))
def test_the_check_allows_what_the_table_allows_and_nothing_else(before: RunState, after: RunState) -> None:
    if after in TRANSITIONS[before]:
        check_transition(before, after)
    else:
        with pytest.raises(IllegalTransition, match=f"{before} cannot become {after}") as caught:
            check_transition(before, after)
        assert caught.value.fields == {"before": before, "after": after}
