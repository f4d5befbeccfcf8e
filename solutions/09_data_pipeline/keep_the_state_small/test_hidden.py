"""Hidden tests of `keep_the_state_small`."""

from __future__ import annotations

import pytest

from test_keep_the_state_small import Run


@pytest.mark.exercise("keep_the_state_small", points=2, rules=(4, 5, 6))
def test_ten_thousand_lines(submission):
    """Ten thousand lines: each checkpoint is small, the database is small, and little is in memory."""
    # A hundred of them come in a row.
    bad = {*range(450, 550), *submission.rng.sample(range(1000, 10_000), 900)}
    run = Run(submission, lines=10_000, parts=4, size=50, length=400, bad=bad)
    run.assert_right()
    run.assert_small()


@pytest.mark.exercise("keep_the_state_small", points=1, rules=(1, 2, 3, 4))
def test_uneven_nights(submission):
    """A file without lines, one without bad lines, one with bad lines in its last chunk only, one with long parts."""
    rng = submission.rng
    for lines, bad in ((0, set()), (17, set()), (23, {22}), (rng.randrange(20, 30), {0, 1, 2})):
        Run(submission, lines=lines, parts=3, size=2, length=20, bad=bad).assert_right()
    # More lines in a part than an integer has bits.
    Run(submission, lines=130, parts=1, size=100, length=20, bad={rng.randrange(9), 99, 129}).assert_right()
