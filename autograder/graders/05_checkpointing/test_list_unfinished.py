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
    from langgraph.types import Command, interrupt

    class Order(TypedDict, total=False):
        at: str
        price: int

    ran, down = [], [True]

    def price(state):
        ran.append("price")
        if state["at"].startswith("failed") and down:
            raise ConnectionError("no price")
        return {"price": 0}

    def ship(state):
        ran.append("ship")
        if state["at"].startswith("waiting"):
            interrupt("ship it?")

    connection = sqlite3.connect(db, check_same_thread=False)
    connection.execute("pragma synchronous = off")
    saver = SqliteSaver(connection)
    graph = StateGraph(Order).add_sequence([price, ship]).add_edge(START, "price").compile(checkpointer=saver)
    for thread, at in threads.items():
        config = {"configurable": {"thread_id": thread}}
        how = {"durability": "exit" if at == "waiting without a parent" else "sync"}
        stop = {"interrupt_before": ["ship"]} if at == "stopped before ship" else {}
        if "second run" in at:
            with suppress(ConnectionError):
                graph.invoke({"at": "failed" if at.startswith("failed") else "finished"}, config)
        with suppress(ConnectionError):
            graph.invoke({"at": at.removeprefix("failed, and ")}, config, **how, **stop)
        if "then finished" in at:
            down.clear()
            graph.invoke(Command(resume=True) if "waiting" in at else None, config, **how)
            down.append(True)
        if at == "put back before price":
            due = next(one for one in list(graph.get_state_history(config)) if one.next == ("price",))
            graph.update_state(due.config, None, as_node="__copy__")
        if at == "finished, and answered late":
            graph.invoke(Command(resume=True), config)
        if at.startswith("killed"):
            # The newest rows are gone, as after a kill before they were saved.
            newest = 1 if "ship" in at else 3 if "before price" in at else 2
            history = [one.config["configurable"]["checkpoint_id"] for one in graph.get_state_history(config)]
            lost = [(id, table) for id in history[:newest] for table in ("writes", "checkpoints")]
            if "before price" in at or at == "killed in ship":
                lost.append((history[newest], "writes"))
            for id, table in lost:
                connection.execute(
                    f"delete from {table} where thread_id = ? and checkpoint_id = ?", (thread, id)
                )
            connection.commit()
    ran.clear()
    before = list(connection.iterdump())
    returned = list_unfinished(graph, list(asked))
    seen = {"returned": returned, "ran": [*ran], "wrote": list(connection.iterdump()) != before}
    other = [thread for thread, at in threads.items() if at in ("finished", "failed")]
    for thread in other:  # what was finished fails, and what had failed is finished
        with suppress(ConnectionError):
            at = "failed" if threads[thread] == "finished" else "finished"
            graph.invoke({"at": at}, {"configurable": {"thread_id": thread}})
    return seen | {"other": other, "later": list_unfinished(graph, other)}


def sort_out_parts(list_unfinished, db, threads):
    """The same for a graph with two nodes in one step, a node behind both, a graph in it, and a node that's reached by `Send`.

    A thread that nobody asks about has over a thousand newer checkpoints.
    """
    import operator
    import sqlite3
    from contextlib import suppress
    from typing import Annotated, TypedDict

    from langgraph.checkpoint.sqlite import SqliteSaver
    from langgraph.graph import START, StateGraph
    from langgraph.types import Send

    class Parts(TypedDict, total=False):
        at: str
        done: Annotated[list, operator.add]

    def node(name):
        def run(state):
            if state["at"].startswith(f"failed in {name}"):
                raise ConnectionError(f"no {name}")
            return {"done": [name]}

        return run

    packing = StateGraph(Parts).add_node("wrap", node("pack")).add_edge(START, "wrap").compile()
    connection = sqlite3.connect(db, check_same_thread=False)
    connection.execute("pragma synchronous = off")
    builder = StateGraph(Parts).add_node("price", node("price")).add_node("stock", node("stock"))
    builder.add_edge(START, "price").add_edge(START, "stock")
    builder.add_node("pack", packing).add_edge(["price", "stock"], "pack")
    builder.add_node("mail", node("mail"))
    builder.add_conditional_edges("pack", lambda state: [Send("mail", {"at": state["at"]})], ["mail"])
    graph = builder.compile(checkpointer=SqliteSaver(connection))
    for thread, at in threads.items():
        config = {"configurable": {"thread_id": thread}}
        with suppress(ConnectionError):
            graph.invoke({"at": at}, config, durability="sync")
        if at == "killed before the result of a graph in a node was saved":
            mailed, packed, due = (
                one.config["configurable"]["checkpoint_id"]
                for one in graph.get_state_history(config, limit=3)
            )
            for table, id in (
                ("checkpoints", mailed),
                ("checkpoints", packed),
                ("writes", packed),
                ("writes", due),
            ):
                what = f"delete from {table} where thread_id = ? and checkpoint_ns = '' and checkpoint_id = ?"
                connection.execute(what, (thread, id))
    connection.execute(
        "with recursive n(i) as (select 1 union all select i + 1 from n where i < 1100) insert into checkpoints "
        "select 'somebody else', '', 'f' || printf('%08d', i), null, type, checkpoint, metadata "
        "from (select type, checkpoint, metadata from checkpoints limit 1), n"
    )
    connection.commit()
    return list_unfinished(graph, list(threads))


WHY = {
    "killed after price": "a result was saved and isn't applied yet; `next` is empty then, but `tasks` isn't",
    "killed after ship": "the last result was saved and isn't applied yet; `next` is empty then, but `tasks` isn't",
    "waiting": "it waits for an answer, so a node still has to run",
    "failed": "a node failed, so it still has to run",
    "killed before price": "only its input was saved, but that's a run, and its first node still has to run",
    "killed in ship": "the node had begun, but it has left no result, error or question; it still has to run",
    "stopped before ship": "`interrupt_before` leaves no result, error or question, but a node still has to run",
    "waiting in a second run": "its first run is finished, but the second isn't",
    "put back before price": "it went back to an old checkpoint, so the newest has a lower step, and a node still has to run",
    "killed before price in a second run": "its first run is finished; of the second, only its input was saved, and its first node still has to run",
    "waiting without a parent": '`durability="exit"` saves one checkpoint, with no parent, and a node still has to run',
}
LATE = "finished, and answered late"
AGAIN = "failed, and finished in a second run"
DONE = ("finished", "failed once, then finished", "waiting once, then finished", LATE, AGAIN)
PARTS = {
    "failed in stock, not in price": "one of the step's two nodes has a result, and the other failed: look at all `tasks`",
    "failed in price, not in stock": "one of the step's two nodes has a result, and the other failed: look at all `tasks`",
    "failed in pack, behind two nodes": "an edge from two nodes leads to the one that failed, which still has to run",
    "failed in mail, reached by `Send`": "a `Send` started the node that failed, and it still has to run",
    "killed before the result of a graph in a node was saved": "that graph's checkpoints are finished, and they lie in another "
    "namespace; its node still has to run",
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
        assert at != LATE or thread not in returned, (
            "a finished thread that was sent an answer too late is in the list: the answer is a pending write, but no node "
            "has to run"
        )
        assert at in WHY or thread not in returned, (
            f"a thread that {'never ran' if at == 'new' else 'is finished'} is in the list: "
            "its newest checkpoint has no tasks, so leave it out, whatever happened earlier"
        )
    wanted = [thread for thread in asked if threads.get(thread) in WHY]
    assert returned == wanted, (
        f"the list is {returned}, not {wanted}: keep the ids as they are, in the given order"
    )
    assert not seen["ran"], (
        f"`{seen['ran'][0]}` ran while you looked: read the state, and don't invoke the graph"
    )
    assert not seen["wrote"], "the database has changed: read the state, and don't update it"
    later = [thread for thread in seen["other"] if threads[thread] == "finished"]
    assert seen["later"] == later, (
        f"two threads ran once more: a finished one failed, and a failed one finished. Asked again, it returned {seen['later']}, and "
        f"not {later}: look at each thread in each call, and remember nothing"
    )


@pytest.mark.exercise("list_unfinished", points=1, rules=(1, 2, 3))
def test_half_committed_thread_is_listed(submission):
    """A thread that was killed right after a node's result was saved isn't finished."""
    names = submission.rng.sample(BUDGET_PEOPLE, 4)
    threads = dict(zip(names, ["finished", "finished", "killed after price", "waiting"], strict=True))
    seen = submission.observe(sort_out, db=submission.path("orders.db"), threads=threads, asked=names)
    assert_listed(seen, threads, names)
