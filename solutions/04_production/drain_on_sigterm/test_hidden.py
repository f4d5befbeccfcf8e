"""Hidden tests of `drain_on_sigterm`."""

from __future__ import annotations

import pytest

from test_drain_on_sigterm import Drained, assert_drained, assert_jobs_saved, assert_worked_once, draw_jobs


@pytest.mark.exercise("drain_on_sigterm", points=1, restarts=True, needs=("server",), rules=(1, 2, 3, 4))
def test_two_deploys(submission):
    """Two stops of one queue, each by two SIGTERMs, two calls after them, the first without a restart, and two other queues."""
    drawn = draw_jobs(submission.rng, 2, 4)
    order = drawn["jobs"][0][1]
    first = submission.rng.choice([0, 1])
    stops = [(order, drawn["nodes"][first]), (order, drawn["nodes"][first + 1])]
    drained, earlier = Drained(submission, drawn, *stops), []
    drained.signals = 2
    for at in stops:
        # The second call comes in the process that the first SIGTERM stopped.
        status = drained.work(restart=not earlier)
        again = [one for one in drained.nodes("begins") if one in earlier]
        assert not again, (
            f"`{again[0][1]}` of {again[0][0]} had ended before the queue was stopped, and ran again afterwards: "
            "`None` goes on with a thread that's in the middle"
        )
        assert at in drained.nodes("begins") or not earlier, (
            f"after a stop, `work` was called again in the same process, and `{at[1]}` of {at[0]} never began: what remembers a SIGTERM is "
            "for one call, so make it in `work`, not at the top of the file"
        )
        assert_drained(drained, status, at, stopped_before=bool(earlier))
        earlier += drained.nodes("ends")
    assert_worked_once(drained, earlier, drained.work())
    earlier += drained.nodes("ends")
    assert_worked_once(drained, earlier, drained.work())
    assert_jobs_saved(drained)
    status = Drained(submission, {**drawn, "jobs": []}).work()
    assert status == 0, f"`jobs` was empty, and `work` ended with status {status}, not 0: let it return"
    nothing = ("order-99999", "nothing")  # its input and its state are empty
    last = ("nothing", drawn["nodes"][2])
    other = Drained(submission, {**drawn, "jobs": [*drawn["jobs"], nothing], "silent": True}, last)
    other.db, other.raises = "other.db", last
    status = other.work(restart=False)
    earlier = other.nodes("ends")
    assert any(thing == order for thing, _ in earlier), (
        "another queue has a saver of its own and the same thread ids, and none of its nodes ran: ask the thread what's done, and "
        "don't keep a list of your own"
    )
    assert any(thing == "nothing" for thing, _ in other.nodes("begins")), (
        f"a job whose input is `{{}}` was never begun, and `work` ended with status {status}: begin each thread that has no "
        "checkpoint, whatever its input is"
    )
    assert status == "ConnectionError", (
        f"a SIGTERM came, then the node that ran raised `ConnectionError`, and `work` ended with status {status}, as if all were well: "
        "let the error out; `sys.exit` in a `finally` swallows it"
    )
    assert_worked_once(other, earlier, other.work(), since="another node of the job raised")
    earlier += other.nodes("ends")
    assert_worked_once(other, earlier, other.work(restart=False))  # a finished job's state is empty, too
