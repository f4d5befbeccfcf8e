"""Hidden tests of `find_open_calls`."""

from __future__ import annotations

import pytest

from test_find_open_calls import assert_open


@pytest.mark.exercise("find_open_calls", points=1, rules=(1, 2, 3))
def test_long_conversations(submission):
    """Long conversations, late results, and no calls at all."""
    assert_open(submission, [["done"] * 3, ["late", "empty"], ["error", "open"]])
    assert_open(submission, [["open"], ["done"], ["open", "done", "open"]])
    assert_open(submission, [["error"], ["empty"], ["done"]])
    assert_open(submission, [["open", "done", "done"]])
    assert_open(submission, [["open", "open"], ["done"], ["open"]])  # their ids aren't in any sorted order
    assert_open(submission, [["open"], *[["done"]] * 30, ["done", "open"]])
    assert_open(submission, [])
