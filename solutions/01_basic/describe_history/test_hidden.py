"""Hidden tests of `describe_history`."""

from __future__ import annotations

import pytest

from common import PEOPLE, THINGS
from test_describe_history import NODES, assert_described, describe


@pytest.mark.exercise("describe_history", points=1, rules=(1, 2, 3, 4))
def test_waiting_thread_among_others(submission):
    """A thread that waits before a node, and was forked, in a file with other threads."""
    thread, *others = submission.rng.sample(PEOPLE, 3)
    nodes = submission.rng.sample(NODES, 3)
    # One id begins with the other, and one differs in case: a search by pattern finds them, too.
    threads = [
        (one, submission.rng.sample(THINGS, 2)) for one in (thread, f"{thread}-2", thread.upper(), *others)
    ]
    seen = submission.observe(
        describe,
        db=submission.path("many.db"),
        nodes=nodes,
        threads=threads,
        fork_at=submission.rng.choice([0, 1, 2]),
        wait_before=nodes[submission.rng.choice([1, 2])],
    )
    assert_described(seen, submission.file("many.db"), thread)


@pytest.mark.exercise("describe_history", points=1, rules=(1, 3))
def test_replayed_thread_with_parallel_nodes(submission):
    """A thread that an update began, with two nodes at a time, replays and a copy, in which a node waits for an answer."""
    thread, (beside, *nodes) = submission.rng.choice(PEOPLE), submission.rng.sample(NODES, 3)
    seen = submission.observe(
        describe,
        db=submission.path("replayed.db"),
        nodes=nodes,
        threads=[(thread, submission.rng.sample(THINGS, 2))],
        fork_at=None,
        wait_before=None,
        beside=beside,
        replay_at=(0, 1),  # both steps are in the first run, and after one replay there are two of step 1
        asks=nodes[1],
        by_update=True,
    )
    assert_described(seen, submission.file("replayed.db"), thread)
