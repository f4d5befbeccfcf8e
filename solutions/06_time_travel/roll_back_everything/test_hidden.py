"""Hidden tests of `roll_back_everything`."""

from __future__ import annotations

import pytest

from test_roll_back_everything import draw_agent, rolled_back


@pytest.mark.exercise("roll_back_everything", points=1, needs=("server",), restarts=True, rules=(1, 3, 5))
def test_killed_at_the_store_or_the_thread(submission):
    """The process is killed while the store or the thread is written, or the bank raises, and the second call finishes the work."""
    kills = (
        ({"store": 1}, (1, False)),
        ({"store": 3}, (2, True)),
        ({"before the thread": 1}, (1, False)),
        ({"after the thread": 1}, (2, True)),
    )
    for number, (kill_at, good) in enumerate(kills):
        rolled_back(submission, draw_agent(submission.rng), good, name=f"agent{number}", kill_at=kill_at)
    drawn = draw_agent(submission.rng)
    rolled_back(submission, drawn, (1, False), name="bank", bank_refuses=True)
