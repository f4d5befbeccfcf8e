"""Hidden tests of `drain_on_sigterm`."""

from __future__ import annotations

import pytest

from test_drain_on_sigterm import Drained, assert_drained, assert_jobs_saved, assert_worked_once, draw_jobs


@pytest.mark.exercise("drain_on_sigterm", points=1, restarts=True, needs=("server",))
def test_two_deploys(submission):
    """Two deploys in one queue, the second in the first node after the restart, and one call more at the end."""
    drawn = draw_jobs(submission.rng, 2, 4)
    order = drawn["jobs"][0][1]
    first = submission.rng.choice([0, 1])
    stops = [(order, drawn["nodes"][first]), (order, drawn["nodes"][first + 1])]
    drained, earlier = Drained(submission, drawn, *stops), []
    for at in stops:
        status = drained.work()
        again = [one for one in drained.nodes("begins") if one in earlier]
        assert not again, (
            f"`{again[0][1]}` of {again[0][0]} had ended before the restart, and ran again after it: "
            "go on with a thread that is in the middle"
        )
        assert_drained(drained, status, at)
        earlier += drained.nodes("ends")
    assert_worked_once(drained, earlier, drained.work())
    earlier += drained.nodes("ends")
    assert_worked_once(drained, earlier, drained.work())
    assert_jobs_saved(drained)
