"""Hidden tests of `safe_replay`."""

from __future__ import annotations

import pytest

from test_safe_replay import assert_replayed, assert_thread_stays, draw_claims, draw_policy, settled


@pytest.mark.exercise("safe_replay", points=1, needs=("server",), rules=(4, 5))
def test_run_that_was_rolled_back(submission):
    """A run that was rolled back is not the thread's last run."""
    drawn, new = draw_claims(submission.rng, ["pay", "pay", "pay"]), draw_policy(submission.rng)
    seen = settled(submission, drawn, new, roll_back=True)
    assert_replayed(seen, drawn, new, 1)
    assert_thread_stays(seen)


@pytest.mark.exercise("safe_replay", points=1, needs=("server",), rules=(3,))
def test_what_came_before_stays(submission):
    """The replay starts at a later node, or at the last one: what came before it stays as it was."""
    for start in ("letter", "close"):
        drawn, new = draw_claims(submission.rng, ["escalate", "pay"]), draw_policy(submission.rng)
        seen = settled(submission, drawn, new, start=start)
        assert_replayed(seen, drawn, new, 1)
        assert_thread_stays(seen)
