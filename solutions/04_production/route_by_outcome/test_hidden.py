"""Hidden tests of `route_by_outcome`."""

from __future__ import annotations

import pytest

from test_route_by_outcome import (
    OTHER_ERRORS,
    STEP_ERRORS,
    assert_all_routed,
    assert_routed,
    draw_failing,
    order_error,
    run,
)

LATE_CASES = {  # a handler, and a failure that leads there
    "reject": ("validate", "ValueError"),
    "park": ("process", "TimeoutError"),
    "page": ("validate", "RuntimeError"),
}


@pytest.mark.exercise("route_by_outcome", points=1, rules=(1, 4, 5))
def test_class_and_step_decide(submission):
    """Subclasses go with their class, and the same class means another thing in another step."""
    assert_all_routed(submission, OTHER_ERRORS)
    order = draw_failing(submission.rng, submission.rng.choice(["validate", "process"]), "Stop")
    [seen] = run(submission, [{"thread": "stop", "order": order}])
    assert (seen["raised"] or "").startswith("Stop"), (
        "a step raised a `BaseException` that's no `Exception`, as Ctrl-C does, and a handler was called: it has to come "
        "out of the run, so catch `Exception` and nothing wider"
    )


@pytest.mark.exercise("route_by_outcome", points=1, rules=(3, 6))
def test_next_order_of_a_thread(submission):
    """The next order of a thread, and an order of another thread, are told nothing of the one before."""
    rng = submission.rng
    handler = rng.choice(list(STEP_ERRORS))
    failing = draw_failing(rng, *rng.choice(STEP_ERRORS[handler]))
    rejected = draw_failing(rng, "validate", "ValueError")
    orders = [(handler, failing), (None, {"id": rng.randrange(10**6)}), ("reject", rejected)]
    asking = {"id": rng.randrange(10**6), "validate": {"ask": "Is the address right?"}}
    todo = [{"thread": "customer", "order": order} for _, order in orders]
    todo += [{"thread": "customer", "order": asking}, {"thread": "customer", "answer": "yes"}]
    seen = run(submission, todo)
    for number, (one, (name, order)) in enumerate(zip(seen, orders, strict=False), 1):
        assert_routed(one, order, name, case=f"at order {number} of a thread ")
    assert_routed(seen[-1], asking, None, case="at order 4 of a thread, after its question, ", steps=2)

    parked, paged = draw_failing(rng, "process", "TimeoutError"), draw_failing(rng, "validate", "TypeError")
    waits = {"thread": "parked", "order": parked, "stop": ["park"]}
    seen = run(submission, [waits, {"thread": "paged", "order": paged}, {"thread": "parked"}])
    assert_routed(seen[1], paged, "page", case="while another thread waited before its handler, ")
    assert_routed(seen[2], parked, "park", case="while another thread had its own error, ", steps=0)

    # Stopped before the handler's node, after an order that was done, by a failure of either step.
    late = [(name, draw_failing(rng, *case)) for name, case in LATE_CASES.items()]
    todo = []
    for name, order in late:
        todo += [{"thread": f"{name} later", "order": {"id": rng.randrange(10**6)}}]
        todo += [{"thread": f"{name} later", "order": order, "stop": [name]}]
    for (name, order), stopped in zip(late, run(submission, todo)[1::2], strict=True):
        kept, step = {key: stopped["state"][key] for key in ("outcome", "result")}, order_error(order)["step"]
        assert kept["result"] is None and kept["outcome"] in (None, name), (
            f"an order failed in `{step}` after one that was done, and when `{name}` began, the state had `outcome` "
            f"{kept['outcome']!r} and `result` {kept['result']!r}: those are the last order's, so clear them where either step fails"
        )
