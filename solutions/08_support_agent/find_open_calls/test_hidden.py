"""Hidden tests of `find_open_calls`."""

from __future__ import annotations

import pytest

from test_find_open_calls import assert_open


@pytest.mark.exercise("find_open_calls", points=1, rules=(1, 2, 3))
def test_long_conversations(submission):
    """Long conversations, results of every kind and in any order, ids that are alike, and no calls at all."""
    every = "look at every message, not only at the last ones"
    answered = "the assistant has answered since, but only a `ToolMessage` is a result"
    tools = "two calls of one tool are two calls, so compare their ids and not their names"
    alike = "a result with an id that's nearly the same is another call's: compare whole ids"
    assert_open(submission, "", every)
    assert_open(submission, "Q, A, Q", every)
    assert_open(submission, "S, Q, call order1, A, Q", answered)
    assert_open(submission, "Q, say order1, Q", "a message with calls may have a text as well")
    assert_open(submission, "Q, call order1, Q, call order2, result order2, A, Q", tools)
    lost = "the first result's call was trimmed away, so compare ids instead of counting results"
    assert_open(submission, "result order1, A, Q, call parcel1, Q", lost)
    assert_open(submission, "Q, call order1 parcel1, result parcel1 order1, A", every)
    assert_open(submission, "Q, call order1 parcel1, result parcel1, Q", every)
    for kind in ("result", "error", "empty", "nameless"):
        assert_open(submission, f"Q, call order1, {kind} order1, A, Q", every)
        assert_open(submission, f"Q, call order1, Q, A, {kind} order1, Q", every)
    assert_open(submission, "Q, call order1, error order1, A, Q, result order1, A", every)
    doubled = "a call may have two results, so compare ids instead of counting results"
    assert_open(submission, "Q, call order1 parcel1, error order1, Q, result order1, Q", doubled)
    assert_open(submission, "Q, call order1 order10 Order1, result order10 Order1, Q", alike)
    assert_open(submission, "Q, call order1 order10 Order1, result order1, Q", alike)
    assert_open(submission, "Q, call order9 order10, Q, call order2, Q", every)  # in no sorted order
    much = ", ".join(f"Q, call parcel{number}, result parcel{number}, A" for number in range(100))
    assert_open(submission, f"Q, call order1, {much}, Q, call order2, Q", every)
    assert_open(submission, f"Q, call order1, {much}, result order1, A", every)
