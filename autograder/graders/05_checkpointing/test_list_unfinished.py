"""Public tests of `list_unfinished`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from common import BUDGET_PEOPLE

if TYPE_CHECKING:
    from collections.abc import Sequence


def sort_out(list_unfinished, db, threads, asked):
    """Leave each thread where it is told to be; tell what the answer makes of these, and whether it only read."""
    import sqlite3
    from contextlib import suppress
    from typing import TypedDict

    from langgraph.checkpoint.sqlite import SqliteSaver
    from langgraph.graph import START, StateGraph
    from langgraph.types import interrupt

    class Order(TypedDict, total=False):
        at: str
        price: int

    ran = []

    def price(state):
        ran.append("price")
        if state["at"] == "failed":
            raise ConnectionError("no price")
        return {"price": 0}

    def ship(state):
        ran.append("ship")
        if state["at"] == "waiting":
            interrupt("ship it?")

    connection = sqlite3.connect(db, check_same_thread=False)
    connection.execute("pragma synchronous = off")
    saver = SqliteSaver(connection)
    graph = StateGraph(Order).add_sequence([price, ship]).add_edge(START, "price").compile(checkpointer=saver)
    for thread, at in threads.items():
        config = {"configurable": {"thread_id": thread}}
        with suppress(ConnectionError):
            graph.invoke({"at": at}, config, durability="sync")
        if at.startswith("killed"):
            # The node's result is saved, and the next checkpoint isn't: what a kill between the two leaves.
            steps = list(graph.get_state_history(config))[: 1 if at == "killed after ship" else 2]
            for one in steps:
                for table in ("writes", "checkpoints"):
                    place = (thread, one.config["configurable"]["checkpoint_id"])
                    connection.execute(
                        f"delete from {table} where thread_id = ? and checkpoint_id = ?", place
                    )
            connection.commit()
    ran.clear()
    before = list(connection.iterdump())
    returned = list_unfinished(graph, list(asked))
    return {"returned": returned, "ran": ran, "wrote": list(connection.iterdump()) != before}


WHY = {
    "killed after price": "a result was saved and isn't applied yet; `next` is empty then, but `tasks` isn't",
    "killed after ship": "the last result was saved and isn't applied yet; `next` is empty then, but `tasks` isn't",
    "waiting": "it waits for an answer, so a node still has to run",
    "failed": "a node failed, so it still has to run",
}


def assert_listed(seen: dict[str, Any], threads: dict[str, str], asked: Sequence[str]) -> None:
    """Expect exactly the unfinished threads, in order, from reading alone."""
    returned = seen["returned"]
    assert isinstance(returned, list), (
        f"`list_unfinished` returned {str(returned)[:60]}: return a list of thread ids"
    )
    for thread in asked:
        at = threads.get(thread, "new")
        assert at not in WHY or thread in returned, f"a thread that was {at} isn't in the list: {WHY[at]}"
        assert at in WHY or thread not in returned, (
            f"a thread that {'is finished' if at == 'finished' else 'never ran'} is in the list: "
            "it has no checkpoint with tasks, so leave it out"
        )
    wanted = [thread for thread in asked if threads.get(thread) in WHY]
    assert returned == wanted, (
        f"the list is {returned}, not {wanted}: keep the ids as they are, in the given order"
    )
    assert not seen["ran"], (
        f"`{seen['ran'][0]}` ran while you looked: read the state, and don't invoke the graph"
    )
    assert not seen["wrote"], "the database has changed: read the state, and don't update it"


@pytest.mark.exercise("list_unfinished", points=1, rules=(1, 2, 3))
def test_half_committed_thread_is_listed(submission):
    """A thread that was killed right after a node's result was saved isn't finished."""
    names = submission.rng.sample(BUDGET_PEOPLE, 4)
    threads = dict(zip(names, ["finished", "killed after price", "waiting", "finished"], strict=True))
    seen = submission.observe(sort_out, db=submission.path("orders.db"), threads=threads, asked=names)
    assert_listed(seen, threads, names)
