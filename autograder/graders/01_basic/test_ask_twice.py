"""Public tests of `ask_twice`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from autograder.counts import often

from common import PEOPLE, THINGS

if TYPE_CHECKING:
    from collections.abc import Sequence


def talk(ask_twice, talks, more=0, left=()):
    """Let people talk, with one saver for all; return what came back and what the saver then holds.

    A talk is a thread and the inputs of its two calls. `ran` has the nodes that ran, with the words that they saw; `unlike`, in
    what the returned state differs from the thread's. `more` nodes run between the first and the last, and one beside them, which
    a join waits for. In the end, the same builder gets another saver. The words in `left` have been said in the first thread
    before, in a call each; then it went back to its first checkpoint, and `listen` said the last word again, so that a node is due.
    """
    import copy
    import operator
    from typing import Annotated, TypedDict

    from langgraph.checkpoint.memory import InMemorySaver
    from langgraph.graph import START, StateGraph

    class Talk(TypedDict):
        words: Annotated[list, operator.add]
        visits: Annotated[int, operator.add]
        cups: int

    ran = []

    def node(name):
        return lambda state: ran.append([name, state.get("words")]) or {}

    builder = StateGraph(Talk)
    steps = ["listen", *map(str, range(more))]
    builder.add_sequence([(name, node(name)) for name in steps]).add_edge(START, "listen")
    builder.add_node("nod", node("nod")).add_edge("listen", "nod")
    builder.add_node("answer", node("answer")).add_edge([steps[-1], "nod"], "answer")
    saver, came = InMemorySaver(), []
    if left:
        graph, thread = builder.compile(checkpointer=saver), {"configurable": {"thread_id": talks[0][0]}}
        for word in left:
            graph.invoke({"words": [word]}, thread)
        *_, oldest = graph.get_state_history(thread)
        graph.update_state(oldest.config, {"words": left[-1:]}, as_node="listen")
    for thread, first, second in talks:
        ran.clear()
        given = copy.deepcopy([first, second])
        state = ask_twice(builder, saver, thread, *given)
        state = state if isinstance(state, dict) else {}
        held = builder.compile(checkpointer=saver).get_state({"configurable": {"thread_id": thread}}).values
        unlike = sorted(
            name
            for name in {*state, *held}
            if [name in state, state.get(name)] != [name in held, held.get(name)]
        )
        began_or_ended = [one for one in ran if one[0] in ("listen", "answer")]
        changed = given != [first, second]
        came.append(
            {"returned": state.get("words"), "ran": began_or_ended, "changed": changed, "unlike": unlike}
        )
    other = InMemorySaver()
    ask_twice(builder, other, talks[0][0], {"words": ["new"]}, {"words": ["saver"]})
    later = builder.compile(checkpointer=saver)
    return {
        "came": came,
        "held": [later.get_state({"configurable": {"thread_id": thread}}).values for thread, _, _ in talks],
        "threads": sorted({found.config["configurable"]["thread_id"] for found in list(saver.list(None))}),
        "in other saver": len(list(other.list(None))),
    }


def assert_ran_twice(ran: Any, before: list[str], first: dict[str, Any], second: dict[str, Any]) -> None:
    """Expect both calls to have run all nodes, one after the other, in a thread that held these words before."""
    one = before + first.get("words", [])
    both = one + second.get("words", [])
    starts = [words for name, words in ran if name == "listen"]
    for which, given in ("first", first), ("second", second):
        assert given or len(starts) != 1, (
            f"the {which} input was `{{}}`, and the graph didn't run for it: an empty input is an input, too"
        )
    assert starts != [both] or both == one, (
        "the graph ran once, and it met both inputs: each input needs a call of `invoke` of its own, "
        "so make two calls, and let each run to its end"
    )
    assert starts != [one], (
        f"after the first input, {first}, no node ran for the second, {second}: "
        "`invoke` starts another run when its input is `second` itself"
    )
    assert len(starts) == 2, (
        f"the graph ran {often(len(starts))} instead of twice: call `invoke` once for each input"
    )
    forgot = [one, before + second.get("words", [])]
    assert not before or starts != forgot, (
        "the second call began where the thread had been before the first, and forgot it: call `invoke` for the second when the "
        "first has ended, with the same `thread_id` and without a `checkpoint_id`, which `get_state(…).config` has"
    )
    ends = len(ran) - len(starts)
    assert ends == 2, (
        f"the graph began twice, and its last node ran {often(ends)}: let each call run to its end, as `invoke` does"
    )
    assert [name for name, _ in ran] == ["listen", "answer"] * 2, (
        "the second call began before the first had ended: let the first run to its end"
    )


def assert_remembered(returned: Any, said: Sequence[str], person: str) -> None:
    """Expect the second call to have returned what both calls said."""
    assert returned is not None, "`ask_twice` didn't return a state: return what the second `invoke` returns"
    assert returned != [said[-1]], (
        f"{person} said {said[-2]!r}, then {said[-1]!r}, and the second call forgot the first call: "
        "compile with `checkpointer=saver`, and give both calls the same `thread_id`, one after the other"
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
    first, second = {"words": said[:1]}, {"words": said[1:]}
    seen = submission.observe(talk, talks=[(person, first, second)])
    (came,) = seen["came"]
    assert_ran_twice(came["ran"], [], first, second)
    assert_remembered(came["returned"], said, person)
    assert_saver_used(seen)
    held = seen["held"][0].get("words")
    assert held == said, (
        f"a graph that was compiled later with the same saver finds {held or 'nothing'} in the thread: "
        "compile with the `saver` that you're given"
    )
