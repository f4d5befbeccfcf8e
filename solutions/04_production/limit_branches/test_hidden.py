"""Hidden tests of `limit_branches`."""

from __future__ import annotations

import pytest

from test_limit_branches import a_batch, assert_bounded, assert_read, draw_pages, run_batches


@pytest.mark.exercise("limit_branches", points=1, rules=(1, 2, 3))
def test_other_limits_in_their_threads(submission):
    """Limits of 1, 3 and 40 are kept, each run is saved in its own thread, and a thread can run again."""
    days = ["Monday", *submission.rng.sample([" tuesday", "friday ", "a sunday"], 2)]
    batches = [
        a_batch(day, limit, draw_pages(submission, limit + 6), before=before)
        for day, limit, before in zip(days, (1, 3, 40), (None, "failed", None), strict=True)
    ]
    # Few pages, and many branches. The last one is of another graph, which has a config of its own.
    again = a_batch(days[0], 5, draw_pages(submission, 3), copies=4, before="saved")
    other = a_batch(days[0], 5, draw_pages(submission, 9), bound=True)
    batches += [again, other]
    seen = submission.observe(run_batches, batches=batches)
    for number, (came, held, batch) in enumerate(zip(seen["came"], seen["held"], batches, strict=False)):
        assert_bounded(came, batch["limit"], earlier=[before["limit"] for before in batches[:number]])
        assert held or batch is other, (
            f"after the run, thread {batch['thread']!r} has nothing in it: run in the `thread_id` that you're given, and delete nothing there"
        )
        assert held, (
            f"another graph, bound to a thread of its own by `with_config`, was to run in {batch['thread']!r}, and has nothing there: "
            "run the `graph` that you're given, in the thread that you're given"
        )
        assert_read(came, batch, before=batches[0]["pages"] if batch is again else ())
    assert seen["threads"] == sorted(days), (
        f"runs were made in three threads, and the saver has the threads {', '.join(seen['threads'])}: use `thread_id` as it is"
    )
