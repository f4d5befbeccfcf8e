"""Hidden tests of `ask_twice`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from common import PEOPLE, THINGS
from test_ask_twice import assert_remembered, assert_saver_used, talk

if TYPE_CHECKING:
    from collections.abc import Sequence


@pytest.mark.exercise("ask_twice", points=1, rules=(2, 3))
def test_saver_holds_each_thread(submission):
    """The saver holds each conversation in its own thread, and a later call continues it."""
    person, other = submission.rng.sample(PEOPLE[1:], 2)  # the prompt's example is of the first
    said = submission.rng.choices(THINGS, k=12)
    # One talk comes back to a thread, and three have names that an answer might tidy up.
    names = [person, other, person, person.upper(), f"{person} ", ""]
    talks = [
        (name, said[at : at + 1], said[at + 1 : at + 2])
        for name, at in zip(names, range(0, 12, 2), strict=True)
    ]
    seen = submission.observe(talk, talks=talks, visits=True)
    assert_saver_used(seen)
    assert_held(seen, talks)
    assert_remembered(seen["returned"][2], said[:2] + said[4:6], person)
    # A graph with more steps, so that one with a small `recursion_limit` raises.
    empty = submission.observe(talk, talks=[(other, [], said[:1])], more=20)
    assert empty["runs"] == 2, (
        "the first input was `{}`, and the graph didn't run for it: an empty input is an input, too"
    )


def assert_held(seen: dict[str, Any], talks: Sequence[tuple[str, list[str], list[str]]]) -> None:
    """Expect each thread to hold what was said in it, and nothing else."""
    whole: dict[str, list[str]] = {}
    for thread, first, second in talks:
        whole[thread] = whole.get(thread, []) + first + second
    for (thread, _, _), held, visits in zip(talks, seen["held"], seen["visits"], strict=True):
        assert held, (
            f"a graph that was compiled later with the same saver looked into thread {thread!r}, which has nothing in it: "
            "use the `saver` and the `thread_id` that you're given"
        )
        assert held == whole[thread], (
            f"in thread {thread!r}, {', '.join(whole[thread])} was said, but it holds {', '.join(held)}: "
            "run both calls in that thread and no other, and leave what it held before"
        )
        given = [name for name, _, _ in talks].count(thread)
        assert visits == given, (
            f"thread {thread!r} was given {given} visits, but holds {visits}: LangGraph adds each input to what the "
            "thread holds, so send only what's new"
        )
    assert seen["threads"] == sorted(whole), (
        f"the saver has {seen['threads']} where {sorted(whole)} talked: use `thread_id` as it is"
    )
