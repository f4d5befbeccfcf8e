"""Hidden tests of `list_unfinished`."""

from __future__ import annotations

import pytest

from common import BUDGET_PEOPLE
from test_list_unfinished import DONE, PARTS, WHY, assert_listed, sort_out, sort_out_parts


@pytest.mark.exercise("list_unfinished", points=1, rules=(1, 2, 3, 4))
def test_every_way_to_be_unfinished(submission):
    """Failed, waiting, killed, finished and new threads are told apart, and nothing runs."""
    rng = submission.rng
    names = rng.sample([*BUDGET_PEOPLE, *"abcdefghij"], len(WHY) + len(DONE))
    names[1:3] = names[0].title(), ""
    threads = dict(zip(names, [*WHY, *DONE], strict=True))
    asked = rng.sample([*names, f"{names[0]} ", "0"], len(names) + 2)
    seen = submission.observe(sort_out, db=submission.path("orders.db"), threads=threads, asked=asked)
    assert_listed(seen, threads, asked)


@pytest.mark.exercise("list_unfinished", points=1, rules=(2, 3))
def test_two_nodes_in_a_step_and_a_graph_in_a_node(submission):
    """A node beside others, behind two or started by `Send` failed, or a graph in a node was killed at its end."""
    names = submission.rng.sample(BUDGET_PEOPLE, len(PARTS) + 1)
    threads = dict(zip(names, [*PARTS, "finished"], strict=True))
    returned = submission.observe(sort_out_parts, db=submission.path("parts.db"), threads=threads)
    missing = [thread for thread in names[:-1] if thread not in returned]
    assert len(missing) < len(PARTS), (
        f"none of {len(PARTS)} unfinished threads is in the list: the file has over a thousand newer checkpoints of another thread, so "
        "ask for each thread by its id"
    )
    assert not missing, (
        f"a thread that {threads[missing[0]].replace('killed', 'was killed', 1)} isn't in the list: {PARTS[threads[missing[0]]]}"
    )
    assert names[-1] not in returned, f"a finished thread is in the list: {returned}, not {names[:-1]}"
    assert returned == names[:-1], (
        f"you returned {returned}, not {names[:-1]}: each once, in the order in which you were given them"
    )
