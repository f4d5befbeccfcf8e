"""Hidden tests of `fan_out_with_reducer`."""

from __future__ import annotations

import pytest

from autograder.testing import evidence

from common import THINGS
from test_fan_out_with_reducer import (
    assert_adds_up,
    assert_repaired,
    break_thread,
    draw_broken,
    draw_results,
    repair,
)


@pytest.mark.exercise("fan_out_with_reducer", points=1, rules=(4,))
def test_history_is_kept(submission):
    """The checkpoints of a broken thread stay as they were, and the new one descends from them."""
    broken, db = draw_broken(submission.rng), submission.path("broken.db")
    thread, friday = broken["thread"], broken["claims"][1]
    submission.observe(break_thread, db=db, **broken)
    before = evidence.checkpoints(submission.file("broken.db"), thread)
    submission.observe(repair, db=db, thread=thread, results={friday: broken["results"][friday]}, then=None)
    after = {row.id: row for row in evidence.checkpoints(submission.file("broken.db"), thread)}
    gone = [row for row in before if row.id not in after]
    assert not gone, (
        f"{len(gone)} of {len(before)} of the thread's checkpoints are gone from its history: "
        "a repair adds a checkpoint, and doesn't need to delete any"
    )
    changed = [
        row for row in before if (row.values, row.metadata) != (after[row.id].values, after[row.id].metadata)
    ]
    assert not changed, (
        f"the checkpoint of step {changed[0].step} was changed: repair a thread by continuing from it"
    )
    assert len(after) > len(before), "the repair saved no checkpoint, so the thread is still broken"
    newest = max(after)
    ancestors = {newest}
    while (parent := after[newest].parent_id) in after:
        newest = parent
        ancestors.add(newest)
    assert before[-1].id in ancestors, (
        "the thread's newest checkpoint doesn't descend from the one where the run broke: continue from there"
    )


@pytest.mark.exercise("fan_out_with_reducer", points=1, rules=(5,))
def test_repaired_thread_works_on(submission):
    """The next run of a repaired thread works as on any other."""
    broken, db = draw_broken(submission.rng, friday=""), submission.path("broken.db")
    good, friday = broken["claims"]
    results = broken["results"]
    submission.observe(break_thread, db=db, **broken)
    monday = submission.rng.choice([thing for thing in THINGS if thing != good])
    more = draw_results(submission.rng, [monday], list(results[friday])[::-1])
    todo = {friday: results[friday]} | more
    seen = submission.observe(repair, db=db, thread=broken["thread"], results=todo, then=monday)
    assert_repaired(seen, [results[good], results[friday]])
    done = [results[good], results[friday], more[monday]]
    case = "after one more run of the repaired thread"
    assert_adds_up(
        seen["next run"], done, case, "the repair must save what it returns, and the next run must keep it"
    )
