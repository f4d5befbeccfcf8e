"""Hidden tests of `read_last_result`."""

from __future__ import annotations

import pytest

from test_read_last_result import assert_read


@pytest.mark.exercise("read_last_result", points=1, rules=(1, 2, 3))
def test_node_that_did_not_finish_last(submission):
    """In the newest run the node returned `{}`, was left out, raised, or has yet to run; or it never ran at all."""
    assert_read(
        submission, ["both", "empty"], 1, "an empty result is a result; only `None` means there is none"
    )
    long = ["both", *["out"] * 6]
    assert_read(submission, long, 0, "the node was left out of the newest runs, so read on to older ones")
    assert_read(
        submission,
        ["both", "stopped"],
        0,
        "the thread waits before the node, so its newest task has no result",
    )
    assert_read(
        submission,
        ["both", "both", "raised"],
        1,
        "in the newest run the node raised, so it has no result there",
    )
    assert_read(submission, ["out", "stopped"], None, "the node never finished in this thread")
    assert_read(submission, [], None, "the thread has no checkpoint")
