"""Hidden tests of `safe_replay`."""

from __future__ import annotations

import pytest

from test_safe_replay import assert_replayed, assert_thread_stays, draw_claims, settled


@pytest.mark.exercise("safe_replay", points=1, needs=("server",))
def test_run_that_was_rolled_back(submission):
    """A run that was rolled back is not the thread's last run."""
    rng = submission.rng
    drawn, new = draw_claims(rng, ["pay", "pay", "pay"]), {"percent": rng.randrange(20, 90), "days": 30}
    seen = settled(submission, drawn, new, roll_back=True)
    assert_replayed(seen, drawn, new, 1)
    assert_thread_stays(seen)
