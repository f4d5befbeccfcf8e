"""Ten sentences that hold after any day at the desk, whatever was killed, sent twice or said to the model."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from course.support_agent import invariants_of_money as money
from course.support_agent import invariants_of_talk as talk
from course.support_agent.evidence import Evidence

Rule = Callable[[Evidence], Iterator[str]]

RULES: tuple[Rule, ...] = (
    money.one_refund,
    money.decided_by_staff,
    money.told_the_truth,
    talk.whole_inputs,
    talk.kept_apart,
    talk.silent_model,
    talk.answered_once,
    talk.shop_speaks,
    talk.bounded,
    money.traced,
)


def problems(evidence: Evidence) -> list[str]:
    """Return what's wrong, each with its invariant: an empty list after a good day."""
    return [f"I{n} {problem}" for n, rule in enumerate(RULES, 1) for problem in rule(evidence)]
