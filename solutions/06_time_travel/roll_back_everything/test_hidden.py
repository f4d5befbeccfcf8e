"""Hidden tests of `roll_back_everything`."""

from __future__ import annotations

import pytest

from test_roll_back_everything import draw_agent, rolled_back


@pytest.mark.exercise("roll_back_everything", points=1, needs=("server",), restarts=True)
def test_killed_at_the_store_or_the_thread(submission):
    """The process is killed while the store or the thread is written, and the second call finishes the work."""
    rng = submission.rng
    for number, kill_at in enumerate(
        ({"store": rng.randrange(1, 4)}, {"before the thread": 1}, {"after the thread": 1})
    ):
        good = rng.choice([(1, False), (2, True)])
        rolled_back(submission, draw_agent(rng), good, name=f"agent{number}", kill_at=kill_at)
