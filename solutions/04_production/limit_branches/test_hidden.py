"""Hidden tests of `limit_branches`."""

from __future__ import annotations

import pytest

from test_limit_branches import assert_bounded, assert_read, draw_pages, run_batches


@pytest.mark.exercise("limit_branches", points=1, rules=(1, 2, 3))
def test_other_limits_in_their_threads(submission):
    """Limits of 1, 3 and 40 are kept, and each run is saved in its own thread."""
    days = ["Monday", *submission.rng.sample(["tuesday", "friday", "sunday"], 2)]
    batches = [
        (day, limit, draw_pages(submission, limit + 6)) for day, limit in zip(days, (1, 3, 40), strict=True)
    ]
    seen = submission.observe(run_batches, batches=batches)
    for came, held, (day, limit, pages) in zip(seen["came"], seen["held"], batches, strict=True):
        assert_bounded(came, limit)
        assert held, f"after the run, thread {day!r} has nothing in it: use the `thread_id` that you're given"
        assert_read(came, pages)
    assert seen["threads"] == sorted(days), (
        f"three runs were made, and the saver has the threads {', '.join(seen['threads'])}: use `thread_id` as it is"
    )
