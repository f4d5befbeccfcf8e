"""Hidden tests of `fork_with_correction`."""

from __future__ import annotations

import pytest

from autograder.testing import evidence

from common import assert_rows_kept
from test_fork_with_correction import assert_corrected, assert_forked_at_first, converse, draw_conversation


@pytest.mark.exercise("fork_with_correction", points=1)
def test_thread_that_was_forked_before(submission):
    """A customer's message or a tool's result stands in both branches of a thread: the current one is corrected."""
    rng = submission.rng
    turns, db = draw_conversation(rng), submission.path("call.db")
    first_text = f"{rng.randrange(100, 999)} cradles"
    submission.observe(converse, db=db, turns=turns, first_text=first_text, message_id=None, text=None)
    path = submission.file("call.db")
    before, rows = evidence.checkpoints(path, "call"), evidence.raw_rows(path, "call")
    current = [{**turns[0], "text": first_text, "stock": 0}, *turns[1:]]
    id, text, ran = (
        rng.choice(turns[1:])["id"],
        f"{rng.randrange(100, 999)} saddles",
        ["look_up", "remark", "refuse"],
    )
    if rng.choice([True, False]):
        id, text, ran = f"{id}-stock", "In stock: 0.", ["remark", "refuse"]
    seen = submission.observe(converse, db=db, turns=turns, first_text=None, message_id=id, text=text)
    path = submission.file("call.db")
    assert_forked_at_first(path, before, id)
    assert_corrected(seen, current, id, text, ran)
    assert_rows_kept(rows, evidence.raw_rows(path, "call"))
