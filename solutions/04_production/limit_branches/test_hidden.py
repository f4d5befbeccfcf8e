"""Hidden tests of `limit_branches`."""

from __future__ import annotations

import pytest

from test_limit_branches import assert_bounded, assert_read, draw_pages, run_batches


@pytest.mark.exercise("limit_branches", points=1, rules=(1, 2, 3))
def test_other_limits_in_their_threads(submission):
    """Limits of 1, 3 and 40 are kept, each run is saved in its own thread, and a thread can run again."""
    days = ["Monday", *submission.rng.sample([" tuesday", "friday ", "a sunday"], 2)]
    batches = [
        (day, limit, draw_pages(submission, limit + 6)) for day, limit in zip(days, (1, 3, 40), strict=True)
    ]
    again = (days[0], 2, draw_pages(submission, 8))
    seen = submission.observe(run_batches, batches=[*batches, again])
    for came, held, (day, limit, pages) in zip(seen["came"], seen["held"], batches, strict=False):
        assert_bounded(came, limit)
        assert held, f"after the run, thread {day!r} has nothing in it: use the `thread_id` that you're given"
        assert_read(came, pages)
    assert_bounded(seen["came"][-1], 2)
    assert_read(seen["came"][-1], [*batches[0][2], *again[2]])
    assert seen["threads"] == sorted(days), (
        f"runs were made in three threads, and the saver has the threads {', '.join(seen['threads'])}: use `thread_id` as it is"
    )
