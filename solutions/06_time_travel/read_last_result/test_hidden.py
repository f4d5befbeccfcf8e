"""Hidden tests of `read_last_result`."""

from __future__ import annotations

import pytest

from test_read_last_result import assert_read

# How the runs ended, which of them has the result (if any), and what to look at if it wasn't found.
CASES: list[tuple[list[str], int | None, str]] = [
    (["both", "empty"], 1, "an empty result is a result; only `None` means there is none"),
    (["both", "nothing"], 1, "a node may return `None` for a key, and that belongs to its result"),
    (["both", *["out"] * 40], 0, "the node was left out of the newest runs, so read on to older ones"),
    (["both", "stopped"], 0, "the thread waits before the node, so its newest task has no result"),
    (["both", "both", "raised"], 1, "in the newest run the node raised, so it has no result there"),
    (
        ["both", "retried"],
        1,
        "it raised, and finished when the thread was continued; the error is still saved, next to the result",
    ),
    (["both", "beside"], 1, "it ran next to another node in one step, so look at all of the step's `tasks`"),
    (
        ["both", "both", "both", "back"],
        3,
        "the thread went back, so steps are counted again from there; go by the history's order",
    ),
    (
        ["both", "both", "copy"],
        1,
        "the thread went back, so the newest result is on a branch that was left, and the history lists that, too",
    ),
    (["both", "half"], 1, "another node of the step raised, so its result waits with the newest checkpoint"),
    (
        ["both", "watched"],
        1,
        "your function was called before, when the node had raised; the node has finished since, with no new checkpoint, so "
        "remember nothing and read again",
    ),
    (
        ["both", "asked"],
        1,
        "it asked, was answered and finished; the question is still saved, next to the result",
    ),
    (["both", "waits"], 0, "it asked and waits for the answer, so its newest task has no result"),
    (["both", "corrected"], 1, "it ran after a correction by hand, from a checkpoint like any other"),
    (["out", "stopped"], None, "the node never finished in this thread"),
    ([], None, "the thread has no checkpoint"),
]


@pytest.mark.exercise("read_last_result", points=1, rules=(1, 2, 3))
def test_node_that_did_not_finish_last(submission):
    """In the newest run the node returned `{}`, was left out, raised, or has yet to run; or it never ran at all."""
    for ends, expected, why in CASES:
        assert_read(submission, ends, expected, why)
