"""Hidden tests of `ask_twice`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from common import PEOPLE, THINGS
from test_ask_twice import assert_ran_twice, assert_remembered, assert_saver_used, talk

if TYPE_CHECKING:
    from collections.abc import Sequence


@pytest.mark.exercise("ask_twice", points=1, rules=(1, 2, 3))
def test_saver_holds_each_thread(submission):
    """The saver holds each conversation in its own thread, and a later call continues it."""
    person, other = submission.rng.sample(PEOPLE[1:], 2)  # the prompt's example is of the first
    said = submission.rng.choices(THINGS, k=12)
    # One talk comes back to a thread, and three have names that an answer might tidy up.
    names = [person, other, person, person.upper(), f"{person} ", ""]
    talks: list[Any] = [
        [name, {"words": said[at : at + 1], "visits": 1}, {"words": said[at + 1 : at + 2]}]
        for name, at in zip(names, range(0, 12, 2), strict=True)
    ]
    # 0 is a value, too, in a first input and in a second.
    talks[0][1]["cups"], talks[2][1]["cups"] = 2, 0
    talks[3][1]["cups"], talks[3][2]["cups"] = 2, 0
    talks[1][2] = talks[1][1]  # the same twice is two inputs
    seen = submission.observe(talk, talks=talks)
    assert_saver_used(seen)
    assert_ran_twice(seen["came"][1]["ran"], [], *talks[1][1:])
    assert_ran_twice(seen["came"][2]["ran"], said[:2], *talks[2][1:])
    assert_held(seen, talks)
    assert_remembered(seen["came"][2]["returned"], said[:2] + said[4:6], person)
    assert_state_returned(seen)
    assert not any(came["changed"] for came in seen["came"]), (
        "after the call, `first` or `second` isn't what its owner passed: give them to `invoke` as they are, and change a copy "
        "if you must"
    )
    # A graph with more steps, so that one with a small `recursion_limit` raises.
    words = {"words": said[:1]}
    talks = [(person, {}, words), (other, words, {})]
    for (_, *inputs), came in zip(talks, submission.observe(talk, talks=talks, more=20)["came"], strict=True):
        assert_ran_twice(came["ran"], [], *inputs)
    assert_newest_continued(submission, person, said)


def assert_state_returned(seen: dict[str, Any]) -> None:
    """Expect what was returned to be the thread's state, and no other fields than those."""
    unlike = [name for came in seen["came"] for name in came["unlike"]]
    own = [name for name in unlike if name not in ("words", "visits", "cups")]
    assert not own, (
        f"`ask_twice` returned a state with `{own[0]}` in it, which isn't a field: a checkpoint holds LangGraph's own notes, too, so "
        "return what the second `invoke` returns"
    )
    assert not unlike, (
        f"`ask_twice` returned other `{unlike[0]}` than the thread holds: return what the second `invoke` returns"
    )


def assert_newest_continued(submission, person, said):
    """Expect a thread that went back to its first checkpoint to go on from there."""
    first, second = {"words": said[:1]}, {"words": said[1:2]}
    (came,) = submission.observe(talk, talks=[(person, first, second)], left=said[2:])["came"]
    assert [name for name, _ in came["ran"][:1]] != ["answer"], (
        "a thread had gone back to an old checkpoint where a node was due, and that ran before `first` came: make the two "
        "calls and no other"
    )
    assert_ran_twice(came["ran"], said[-1:], first, second)
    assert came["returned"] == [said[-1], *said[:2]], (
        f"a thread had gone back to an old checkpoint, and `ask_twice` returned {(came['returned'] or [])[:3]}, the state of a branch that it "
        "had left: the newest checkpoint is what `get_state` finds, not what has the highest `step`"
    )


def assert_held(seen: dict[str, Any], talks: Sequence[Any]) -> None:
    """Expect each thread to hold what was said in it, and nothing else."""
    whole: dict[str, list[str]] = {}
    visits: dict[str, int] = {}
    for thread, first, second in talks:
        whole[thread] = whole.get(thread, []) + first["words"] + second.get("words", [])
        visits[thread] = visits.get(thread, 0) + first["visits"] + second.get("visits", 0)
    for (thread, _, _), held in zip(talks, seen["held"], strict=True):
        assert held, (
            f"a graph that was compiled later with the same saver looked into thread {thread!r}, which has nothing in it: "
            "use the `saver` and the `thread_id` that you're given"
        )
        assert held.get("words") == whole[thread], (
            f"in thread {thread!r}, {', '.join(whole[thread])} was said, but it holds {', '.join(held.get('words') or ['nothing'])}: "
            "run both calls in that thread and no other, and leave what it held before"
        )
        assert held.get("visits") == visits[thread], (
            f"thread {thread!r} was given {visits[thread]} visits, but holds {held.get('visits')}: LangGraph adds each input to what the "
            "thread holds, so send only what's new"
        )
    assert seen["threads"] == sorted(whole), (
        f"the saver has {seen['threads']} where {sorted(whole)} talked: use `thread_id` as it is"
    )
    for thread, held in ((talks[at][0], seen["held"][at]) for at in (0, 3)):
        assert held.get("cups") == 0, (
            f"thread {thread!r} was given `cups` 2, then 0, and holds {held.get('cups')}: "
            "0 is a value, so give `invoke` the inputs as they are"
        )
