"""Public tests of `ask_twice`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from autograder.counts import often

from common import PEOPLE, THINGS

if TYPE_CHECKING:
    from collections.abc import Sequence


def talk(ask_twice, talks, visits=False, more=0):
    """Let people talk, with one saver for all; return what came back and what the saver then holds.

    A talk is a thread and the words of its two calls. A first call without words is `{}`; with `visits`, it adds one.
    `more` nodes run after the one that listens. In the end, the same builder gets another saver.
    """
    import operator
    from typing import Annotated, TypedDict

    from langgraph.checkpoint.memory import InMemorySaver
    from langgraph.graph import START, StateGraph

    class Talk(TypedDict):
        words: Annotated[list, operator.add]
        visits: Annotated[int, operator.add]

    ran = []
    builder = StateGraph(Talk).add_node("listen", lambda state: ran.append(1) or {})
    builder.add_edge(START, "listen")
    for number in range(more):
        builder.add_node(f"{number}", lambda state: {})
        builder.add_edge(f"{number - 1}" if number else "listen", f"{number}")
    saver, returned = InMemorySaver(), []
    for thread, first, second in talks:
        given = {"words": first} | ({"visits": 1} if visits else {}) if first else {}
        state = ask_twice(builder, saver, thread, given, {"words": second})
        returned.append(state.get("words") if isinstance(state, dict) else None)
    runs, other = len(ran), InMemorySaver()
    ask_twice(builder, other, talks[0][0], {"words": ["new"]}, {"words": ["saver"]})
    later = builder.compile(checkpointer=saver)
    held = [later.get_state({"configurable": {"thread_id": thread}}).values for thread, _, _ in talks]
    return {
        "returned": returned,
        "held": [values.get("words") for values in held],
        "visits": [values.get("visits") for values in held],
        "threads": sorted({found.config["configurable"]["thread_id"] for found in list(saver.list(None))}),
        "runs": runs,
        "in other saver": len(list(other.list(None))),
    }


def assert_remembered(returned: Any, said: Sequence[str], person: str) -> None:
    """Expect the second call to have returned what both calls said."""
    assert returned is not None, "`ask_twice` didn't return a state: return what the second `invoke` returns"
    assert returned != [said[-1]], (
        f"{person} said {said[-2]!r}, then {said[-1]!r}, and the second call forgot the first call: "
        "compile with `checkpointer=saver`, and give both calls the same `thread_id`"
    )
    assert returned != list(said[:-1]), (
        f"`ask_twice` returned {returned}, the state after the first call: return what the second `invoke` returns"
    )
    assert returned == list(said), f"after {' and '.join(said)}, `ask_twice` returned {returned}"


def assert_saver_used(seen: dict[str, Any]) -> None:
    """Expect another saver, for the same builder, to have been used as the first one was."""
    assert seen["in other saver"] or not any(seen["held"]), (
        "the same builder came with another saver, and nothing was saved in that one: compile a graph for each call"
    )


@pytest.mark.exercise("ask_twice", points=1, rules=(1, 3))
def test_second_call_remembers_the_first(submission):
    """The second call remembers the first, and a later graph with the same saver does, too."""
    person, said = submission.rng.choice(PEOPLE), submission.rng.sample(THINGS, 2)
    seen = submission.observe(talk, talks=[(person, said[:1], said[1:])])
    assert_remembered(seen["returned"][0], said, person)
    assert seen["runs"] == 2, (
        f"the graph ran {often(seen['runs'])} instead of twice: each call of `invoke` takes one input, "
        "so make two calls"
    )
    assert_saver_used(seen)
    assert seen["held"][0] == said, (
        f"a graph that was compiled later with the same saver finds {seen['held'][0] or 'nothing'} in the thread: "
        "compile with the `saver` that you're given"
    )
