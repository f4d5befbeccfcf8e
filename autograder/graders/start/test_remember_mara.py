"""Tests of the warm-up on the start page, `remember_mara`."""

from __future__ import annotations

import pytest

NAMES = ("Ada", "Bob", "Cleo", "Dan", "Eve", "Finn", "Gus", "Hana")


def two_turns(build_desk, name, second):
    """Tell the desk a name in one run, and ask for it in another, on the thread `second`."""
    desk = build_desk()
    said = []
    for thread, text in (("first", f"My name is {name}."), (second, "What's my name?")):
        config = {"configurable": {"thread_id": thread}}
        said.append(desk.invoke({"messages": [("user", text)]}, config)["messages"][-1].text)
    return said[-1]


@pytest.mark.exercise("remember_mara", points=1)
def test_second_run_knows_the_name(submission):
    """A second run on the same thread still knows the name."""
    name = submission.rng.choice(NAMES)
    reply = submission.observe(two_turns, name=name, second="first")
    assert name in reply, (
        f'the second run answered "{reply}": nothing was saved after the first. '
        "Pass `checkpointer=InMemorySaver()` to `compile()`"
    )


@pytest.mark.exercise("remember_mara", points=1)
def test_another_thread_does_not(submission):
    """Another thread doesn't know it."""
    name = submission.rng.choice(NAMES)
    reply = submission.observe(two_turns, name=name, second="other")
    assert name not in reply, (
        f'somebody else asked, and the desk answered "{reply}": leave the node as it is, and change only '
        "the call of `compile()`"
    )
