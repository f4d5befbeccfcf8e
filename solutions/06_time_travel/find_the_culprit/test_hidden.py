"""Hidden tests of `find_the_culprit`."""

from __future__ import annotations

import pytest

from test_find_the_culprit import audited, draw_part


@pytest.mark.exercise("find_the_culprit", points=1, needs=("server",), rules=(1, 2))
def test_culprit_before_the_branches_part(submission):
    """The culprit came before the branches parted, or an older branch is longer; it's good to its end.

    The culprit of the newest branch is a copy.
    """
    rng = submission.rng
    wrong = rng.randrange(9, 12)
    parts = [
        draw_part(rng, 14, wrong, None),
        draw_part(rng, 12, None, wrong - rng.randrange(1, 4)),
        draw_part(rng, 12, None, wrong + rng.randrange(1, 3)),
    ]
    audited(submission, parts)
    copy = {
        **draw_part(rng, 3, None, 14 + 2, None),
        "early": True,
    }  # of the culprit, which it takes the place of
    audited(submission, [draw_part(rng, 14, None, None), draw_part(rng, 5, 2, 3), copy], db="shorter.db")


@pytest.mark.exercise("find_the_culprit", points=1, needs=("server",), rules=(1, 2))
def test_culprit_at_either_end(submission):
    """In a short thread, the culprit is the first run, the last, the newest checkpoint, or the only one."""
    rng = submission.rng
    runs, by_hand = rng.randrange(3, 7), rng.choice([-31, 13, 27])
    for wrong in (0, runs - 1):
        audited(submission, [draw_part(rng, runs, wrong, None)], db=f"run-{wrong}.db")
    newest = [draw_part(rng, runs, None, None), draw_part(rng, 0, None, runs - 1, by_hand)]
    audited(submission, newest, db="newest.db")
    audited(submission, [draw_part(rng, 0, None, None, by_hand)], db="single.db")
