"""Hidden tests of `ask_twice`."""

from __future__ import annotations

import pytest

from common import PEOPLE, THINGS
from test_ask_twice import assert_remembered, talk


@pytest.mark.exercise("ask_twice", points=1, rules=(2, 3))
def test_saver_holds_each_thread(submission):
    """The saver holds each conversation in its own thread, and a later call continues it."""
    person, other = submission.rng.sample(PEOPLE[1:], 2)  # the prompt's example is of the first
    words = submission.rng.sample(THINGS, 6)
    talks = [(person, *words[:2]), (other, *words[2:4]), (person, *words[4:])]
    seen = submission.observe(talk, talks=talks)
    whole = {person: words[:2] + words[4:], other: words[2:4]}
    for (name, _, _), held in zip(talks, seen["held"], strict=True):
        assert held, (
            f"a graph that was compiled later with the same saver looked into thread {name!r}, which has nothing in it: "
            "use the `saver` and the `thread_id` that you're given"
        )
        assert held == whole[name], (
            f"{name} said {', '.join(whole[name])}, but thread {name!r} holds {', '.join(held)}: "
            "run both calls in that thread and no other"
        )
    assert seen["threads"] == sorted(whole), (
        f"two people talked, but the saver has the threads {', '.join(seen['threads'])}: use `thread_id` as it is"
    )
    assert_remembered(seen["returned"][2], whole[person], person)
