"""Hidden tests of `split_the_work`."""

from __future__ import annotations

import pytest

from test_split_the_work import Desk, assert_worked


@pytest.mark.exercise("split_the_work", points=1, needs=("server",), rules=(1, 2, 3, 4, 6))
def test_uneven_parts(submission):
    """Parts that take unequal time, a chunk that isn't full, one that counts nothing, one part alone, and two runs of the same graph at once."""
    rng = submission.rng
    for lines, parts, size in ((41, 4, 3), (5, 8, 2), (rng.randrange(10, 14), 3, 1), (3, 2, 9)):
        desk = Desk(
            submission,
            lines,
            parts,
            size,
            beside=True,
            all_bad=lines == 5,
            uncounted=1 if lines == 41 else None,
            alike=size == 1,
        )
        desk.slow = {start for start, _ in rng.sample(desk.parts, len(desk.parts) // 2)}
        assert_worked(desk, desk.run())


@pytest.mark.exercise("split_the_work", points=1, needs=("server",), rules=(2, 3))
def test_60_parts_forty_at_a_time(submission):
    """60 parts, forty at a time: never more, and not fewer."""
    desk = Desk(submission, 60 * 2, 40, 2)
    seen = desk.run()
    desk.keys.clear()  # what else a part has in it costs points elsewhere
    assert_worked(desk, seen)
