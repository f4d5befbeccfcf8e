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
    "page": ("validate", "TypeError"),
}


@pytest.mark.exercise("route_by_outcome", points=1, rules=(1, 4, 5))
def test_class_and_step_decide(submission):
    """Subclasses go with their class, and the same class means another thing in another step."""
    assert_all_routed(submission, OTHER_ERRORS, caused=True)
    steps = ["validate", "process"]
    todo = [{"thread": step, "order": draw_failing(submission.rng, step, "Stop")} for step in steps]
    for step, seen in zip(steps, run(submission, todo), strict=True):
        assert (seen["raised"] or "").startswith("Stop"), (
            f"`{step}` raised a `BaseException` that's no `Exception`, as Ctrl-C does, and it didn't come out of the run: "
            "catch `Exception` and nothing wider"
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

    # Two threads wait before the same handler, and then the first one goes on.
    first, second = ({name: draw_failing(rng, *case) for name, case in LATE_CASES.items()} for _ in "12")
    pairs = [
        (f"{name} {at}", name, orders[name]) for at, orders in enumerate((first, second)) for name in orders
    ]
    todo = [{"thread": thread, "order": order, "stop": [name]} for thread, name, order in pairs]
    todo += [{"thread": thread} for thread, _, _ in pairs]
    errors = [order_error(order) for _, _, order in pairs]
    for (_, name, order), one in zip(pairs, run(submission, todo)[len(pairs) :], strict=True):
        told = one["handled"][0][2] if one["handled"] else None
        assert told == order_error(order) or told not in errors, (
            f"two threads waited before `{name}`, the first went on, and its handler got the other order's error: keep the "
            "error in the state and nowhere else"
        )
        assert_routed(one, order, name, case="while another thread waited before its handler, ", steps=0)

    # Stopped before the handler's node, after an order that was done, by a failure of either step.
    late = [(name, draw_failing(rng, *case)) for name, case in LATE_CASES.items()]
    fine = {"id": rng.randrange(10**6)}
    todo = []
    for name, order in late:
        todo += [{"thread": f"{name} later", "order": fine}]
        todo += [{"thread": f"{name} later", "order": order, "stop": [name]}]
    seen = run(submission, todo)
    for (name, order), done, stopped in zip(late, seen[::2], seen[1::2], strict=True):
        assert_routed(done, fine, None)
        was, kept, step = done["state"], stopped["state"], order_error(order)["step"]
        old = next((key for key in ("outcome", "result") if str(was[key]) in str(kept[key])), None)
        assert old is None, (
            f"an order failed in `{step}` after one that was done, and when `{name}` began, the state's `{old}` was "
            f"{str(kept[old])[:60]!r}, the last order's: clear `outcome` and `result`, whichever step fails"
        )

    # An order that never reached its handler, and then one that's done.
    todo = []
    for name, order in late:
        todo += [{"thread": f"{name} left", "order": order, "stop": [name]}]
        todo += [{"thread": f"{name} left", "order": fine}]
    for one in run(submission, todo)[1::2]:
        assert_routed(one, fine, None, case="after an order that never reached its handler, ")
