"""Hidden tests of `safe_replay`."""

from __future__ import annotations

import pytest

from test_safe_replay import assert_replayed, assert_thread_stays, draw_claims, draw_policy, settled


@pytest.mark.exercise("safe_replay", points=1, needs=("server",), rules=(4, 5, 6))
def test_run_that_was_rolled_back(submission):
    """A run that was rolled back is not the thread's last run; the whole state is returned, and a replay that raised is forgotten."""
    drawn, new = draw_claims(submission.rng, ["pay", "pay", "pay"]), draw_policy(submission.rng)
    seen = settled(submission, drawn, new, then="roll back", breaks=True)
    assert_replayed(seen, drawn, new, 1)
    assert_thread_stays(seen)


@pytest.mark.exercise("safe_replay", points=1, needs=("server",), rules=(2, 3))
def test_what_came_before_stays(submission):
    """The replay starts at a later node, or at the last one, or after a correction and another replay in the thread: what was stays."""
    for start in ("letter", "close"):
        drawn, new = draw_claims(submission.rng, ["escalate", "pay"]), draw_policy(submission.rng)
        seen = settled(submission, drawn, new, start=start)
        assert_replayed(seen, drawn, new, 1)
        assert_thread_stays(seen)
    drawn, new = draw_claims(submission.rng, ["pay"]), draw_policy(submission.rng)
    corrected = drawn["facts"][0] | {
        "price": drawn["facts"][0]["price"] + 100 * submission.rng.randrange(5, 99)
    }
    seen = settled(submission, drawn, new, then="pay again", corrected=corrected)
    assert_replayed(seen, drawn | {"facts": [corrected]}, new, 0)
    assert_thread_stays(seen)
