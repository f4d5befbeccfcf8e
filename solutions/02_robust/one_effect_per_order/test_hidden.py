"""Hidden tests of `one_effect_per_order`."""

from __future__ import annotations

import pytest

from test_one_effect_per_order import (
    Provider,
    assert_amount_is_kept,
    assert_answers_kept,
    assert_one_effect,
    draw_purchase,
    ordered,
)


@pytest.mark.exercise("one_effect_per_order", points=1, rules=(1, 2, 3), needs=("server",), restarts=True)
def test_killed_before_the_effect(submission):
    """Killed, or refused with 503, before the provider had done anything."""
    for fails, more in (("killed before", 0), ("busy", 0), ("busy", 12)):
        for path in ("shipments", "charges") if more else ("charges", "shipments"):
            provider, order = Provider(submission, {path: fails}, busy=more), draw_purchase(submission.rng)
            state = ordered(submission, provider, order, fails=True, again=fails == "busy" and not more)
            provider.fails.clear()
            done = [effect[0] for effect in provider.effects]
            refused = "provider answered 503" if fails == "busy" else "process was killed before the charge"
            assert path == "shipments" or done[:1] != ["shipments"], (
                f"the {refused}, and the order was shipped before it was charged: `ship` may begin only after an answer to `charge` "
                "that's no error, so look at your edges and at each answer's status"
            )
            assert fails != "busy" or state is None or path in done, (
                f"the provider refused each POST to /{path} with 503, and the run ended as if it had worked: "
                "look at the status of each answer, and raise if it's an error"
            )
            if state is None:
                state = ordered(submission, provider, order)
            case = f"after /{path} failed {'for long' if more else 'once'} ({fails}), and the resume"
            assert_one_effect(provider, order, case)
            assert_answers_kept(provider, order, state, case)


@pytest.mark.exercise("one_effect_per_order", points=1, rules=(1, 2, 4), needs=("server",), restarts=True)
def test_cut_after_the_effect(submission):
    """Killed, or cut off, at each call after it had its effect; under any durability."""
    for fails in ("killed after", "cut after"):
        provider = Provider(submission, {"charges": fails, "shipments": fails})
        order, durability = draw_purchase(submission.rng), submission.rng.choice(["sync", "async", "exit"])
        state = None
        for _ in range(3):
            state = state or ordered(submission, provider, order, fails=True, durability=durability)
        case = f"after each call was {fails} its effect ({durability!r})"
        assert_one_effect(provider, order, case)
        assert_answers_kept(provider, order, state, case)
    # Those who ask again at once are cut off in their second attempt, and the others in the second run.
    provider = Provider(submission, dict.fromkeys(("charges", "shipments"), "busy, then cut"))
    order, state = draw_purchase(submission.rng), None
    for _ in range(5):
        state = state or ordered(submission, provider, order, fails=True)
    case = "after each call got a 503, and was then cut off after its effect"
    assert_one_effect(provider, order, case)
    assert_answers_kept(provider, order, state, case)
    submission.restart()
    assert_amount_is_kept(submission, provider, order)
