"""Hidden tests of `find_the_culprit`."""

from __future__ import annotations

import pytest

from test_find_the_culprit import audited, draw_part


@pytest.mark.exercise("find_the_culprit", points=1, needs=("server",))
def test_culprit_before_the_branches_part(submission):
    """The culprit came before the branches parted, and an older branch is good to its end."""
    rng = submission.rng
    wrong = rng.randrange(9, 14)
    parts = [
        draw_part(rng, 20, wrong, None),
        draw_part(rng, 20, None, wrong - rng.randrange(1, 4)),
        draw_part(rng, 20, None, wrong + rng.randrange(1, 4)),
    ]
    audited(submission, parts)


@pytest.mark.exercise("find_the_culprit", points=1, needs=("server",))
def test_culprit_at_either_end(submission):
    """In a short thread, the first run or the newest checkpoint is the culprit."""
    rng = submission.rng
    runs = rng.randrange(3, 7)
    for wrong in (0, runs - 1):
        audited(submission, [draw_part(rng, runs, wrong, None)], db=f"run-{wrong}.db")
