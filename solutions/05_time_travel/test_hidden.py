"""Hidden tests of module 05."""

from __future__ import annotations

import pytest

from autograder import evidence
from autograder.graders.test_05_time_travel import (
    assert_corrected,
    assert_forked_at_first,
    assert_rows_kept,
    converse,
    draw_conversation,
)


@pytest.mark.exercise("fork_with_correction", points=1)
def test_thread_that_was_forked_before(submission):
    """The thread was forked before, and the message stands in both branches: the current one is corrected."""
    rng = submission.rng
    turns, db = draw_conversation(rng), submission.path("call.db")
    first_text = f"{rng.randrange(100, 999)} cradles"
    submission.observe(converse, db=db, turns=turns, first_text=first_text, message_id=None, text=None)
    path = submission.file("call.db")
    before, rows = evidence.checkpoints(path, "call"), evidence.raw_rows(path, "call")
    turn, text = rng.choice(turns[1:]), f"{rng.randrange(100, 999)} saddles"
    seen = submission.observe(converse, db=db, turns=turns, first_text=None, message_id=turn["id"], text=text)
    path = submission.file("call.db")
    assert_forked_at_first(path, before, turn["id"])
    current = [{**turns[0], "text": first_text, "stock": 0}, *turns[1:]]
    assert_corrected(seen, current, turn["id"], text, ["look_up", "refuse"])
    assert_rows_kept(rows, evidence.raw_rows(path, "call"))
