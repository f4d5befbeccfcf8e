"""Hidden tests of `fork_with_correction`."""

from __future__ import annotations

import pytest

from test_fork_with_correction import LOOKED_UP, OFFERED, REMARKED, corrected, draw_conversation, draw_text


@pytest.mark.exercise("fork_with_correction", points=1, rules=(2, 3, 4))
def test_thread_that_was_forked_before(submission):
    """A message is in both branches, was corrected, dropped or restored already, or came a thousand checkpoints ago."""
    rng = submission.rng
    turns, first_text = draw_conversation(rng), f"{rng.randrange(100, 999)} cradles"
    id, stock = turns[1]["id"], f"{turns[1]['id']}-stock"
    corrected(submission, turns, [(stock, "In stock: 0.", REMARKED)], first_text, name="forked.db")
    twice = [(id, draw_text(rng), LOOKED_UP), (id, draw_text(rng), LOOKED_UP)]
    corrected(submission, turns, twice, name="twice.db")
    back = [(turns[0]["id"], draw_text(rng), LOOKED_UP), (turns[0]["id"], turns[0]["text"], OFFERED)]
    corrected(submission, turns, back, name="back.db")
    corrected(submission, turns, twice[:1], drops=id, name="dropped.db")
    newest = [(id, "(archived)", LOOKED_UP)]  # that's what it says at the end, and nobody has answered that
    corrected(submission, turns, newest, drops=id, restores=True, name="restored.db")
    # A hundred nodes ran in its turn, and a thousand checkpoints came after it.
    first = [(turns[0]["id"], draw_text(rng), LOOKED_UP)]
    corrected(submission, turns[:1], first, ticks=100, later=1000, name="long.db")
