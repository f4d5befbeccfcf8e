"""Public tests of `as_if_node`."""

from __future__ import annotations

from collections import Counter
from textwrap import shorten
from typing import TYPE_CHECKING, Any

import pytest

from autograder.testing import evidence

from common import WARES, naming

if TYPE_CHECKING:
    import random


def enter(as_if_node, db, shape, orders, stops, enters, result):
    """Run a pipeline over all orders, the last up to where it `stops`; or enter a result in what is there."""
    import contextlib
    import operator
    from typing import Annotated, TypedDict

    from langgraph.checkpoint.sqlite import SqliteSaver
    from langgraph.graph import END, START, StateGraph

    class State(TypedDict, total=False):
        log: Annotated[list, operator.add]
        outcome: str

    ran, down = [], []

    def node(name):
        def run(state):
            if down and name == shape["node"]:
                raise RuntimeError("the gateway is down")
            ran.append(name)
            if name in shape["silent"]:
                return {}
            return {"log": [name], "outcome": "paid"} if name == shape["node"] else {"log": [name]}

        return run

    builder = StateGraph(State)
    inner = (*shape["before"], shape["node"], *shape["beside"], *shape["joint"], *shape["follows"].values())
    for name in (*inner, *shape["ways"].values(), shape["last"]):
        builder.add_node(name, node(name))
    for start, end in zip([START, *shape["before"]], shape["before"], strict=False):
        builder.add_edge(start, end)
    for name in (shape["node"], *shape["beside"]):
        builder.add_edge(shape["before"][-1], name)
    chooser = shape["node"]
    for chooser in shape["joint"]:
        builder.add_edge([shape["node"], *shape["beside"]], chooser)
    builder.add_conditional_edges(chooser, lambda state: state.get("outcome", "paid"), shape["ways"])
    for start, end in shape["follows"].items():
        builder.add_edge(start, end)
    for name in (*shape["follows"].values(), *shape["ways"].values()):
        builder.add_edge(name, shape["last"])
    builder.add_edge(shape["last"], END)
    with SqliteSaver.from_conn_string(db) as saver:
        saver.conn.execute("pragma synchronous = off")  # nothing is killed here
        graph, config = builder.compile(checkpointer=saver), {"configurable": {"thread_id": "order"}}
        if enters is None:
            for order in orders:
                before = [shape["node"]] if order == orders[-1] and stops == "before" else None
                down[:] = [True] if order == orders[-1] and stops == "by error" else []
                with contextlib.suppress(RuntimeError):
                    graph.invoke({"log": [order]}, config, interrupt_before=before)
                while (
                    len(graph.get_state(config).next) > 1
                ):  # the error came before a task beside it had begun
                    with contextlib.suppress(RuntimeError):
                        graph.invoke(None, config)
            return None
        try:
            state = as_if_node(graph, "order", enters, result)
        except ValueError as error:
            return {"refused": True, "ran": ran, "text": str(error)[:1000]}
    seen = {"refused": False, "ran": ran, "kind": type(state).__name__}
    return {**seen, "state": state if isinstance(state, dict) else None}


def draw_pipeline(
    rng: random.Random, beside: int, joined: bool = True, silent: bool = False
) -> dict[str, Any]:
    """Draw the nodes of a pipeline: those before, the one that fails, those beside it, two ways, the last.

    Where those beside are joined with it, `settle` waits for all of them and decides the way. Else the node that
    fails decides, and one of those beside it is followed by a node of its own. One of them may be silent, and return
    `{}`: if one has a follower, that one.
    """
    others = rng.sample(("archive", "pack", "weigh", "label"), beside)
    before = rng.sample(("check", "price", "route", "vet"), rng.choice([1, 2]))
    follows = {} if joined else {rng.choice(others): rng.choice(["seal", "stack"])}
    return {
        "before": before,
        "node": rng.choice(["charge", "debit", "bill"]),
        "beside": others,
        "joint": ["settle"] if joined and others else [],
        "follows": follows,
        "silent": [*follows, *others][:1] if silent else [],
        "ways": {"paid": rng.choice(["ship", "send"]), "refused": rng.choice(["hold", "cancel"])},
        "last": rng.choice(["mail", "notify"]),
    }


def assert_entered(
    seen: dict[str, Any], shape: dict[str, Any], orders: list[str], result: dict[str, Any]
) -> None:
    """Expect the nodes after the one whose result was entered to have run, and no other."""
    node, ran = shape["node"], seen["ran"]
    way, other = (shape["ways"][key] for key in (result["outcome"], _other(shape, result)))
    after = [*shape["joint"], way, *shape["follows"].values(), shape["last"]]
    text = shorten(seen.get("text") or "", 200, placeholder=" …")
    assert not seen["refused"], (
        f"`as_if_node` raised `ValueError`{f' with the text {text!r}' if text else ''}, but the thread waits for {node!r}"
    )
    earlier = [name for name in ran if name in shape["before"]]
    assert not earlier, (
        f"{naming('node', earlier)} ran again: input that is not `None` began a new run at `START`, so go on with none"
    )
    assert node not in ran or ran.count(shape["last"]) == 1, (
        f"{naming('node', ran)} ran: a `goto` does not take the place of what waits, it runs beside it, and {node!r} "
        "was done a second time; enter the result in the name of the node that waits"
    )
    assert node not in ran, (
        f"node {node!r} ran, although its work was done by hand: the result was taken for the result of the node before, which "
        f"wrote last, so {node!r} was due again; say in whose name you write"
    )
    assert other not in ran, (
        f"node {other!r} ran, but a result with the outcome {result['outcome']!r} leads to {way!r}"
    )
    repeated = [name for name in ran if name in shape["beside"]]
    assert not repeated, (
        f"{naming('node', repeated)} ran again, but had finished: what it returned is in `snapshot.tasks`"
    )
    assert_silent_counts(seen, shape)
    assert ran or not shape["joint"], (
        f"nothing ran after {node!r}, for `settle` still waits: your update took the place of the checkpoint on which "
        "the results of the other tasks hung, so what ran beside it is lost; enter those results, too"
    )
    assert_nothing_dropped(seen, shape, way)
    skipped = [name for name in after if name not in ran]
    assert not skipped, (
        f"node {skipped[0]!r} was skipped: `as_node` names the node that has written, not the node to go to"
    )
    assert sorted(ran) == sorted(after), f"{naming('node', ran)} ran, and not {', '.join(after)}, each once"
    assert seen["state"] is not None, (
        f"`as_if_node` returned a value of type {seen['kind']}, not the state that the run ended in"
    )
    assert_log(seen["state"], shape, orders, result, "the state that you return")


def assert_silent_counts(seen: dict[str, Any], shape: dict[str, Any]) -> None:
    """Expect what waits for a node that returned `{}` to have run, where only that one was left out."""
    log, due = (seen["state"] or {}).get("log") or [], shape["joint"] or list(shape["follows"].values())
    for silent in shape["silent"]:
        others = [name for name in shape["beside"] if name != silent and name not in log]
        waits = [name for name in due if name not in seen["ran"]]
        assert others or not waits, (
            f"{naming('node', waits)} never ran, for `{silent}` finished and returned `{{}}`, and your update left that out: an "
            "empty result is a result, and only `None` is none, so enter it, too"
        )


def assert_nothing_dropped(seen: dict[str, Any], shape: dict[str, Any], way: str) -> None:
    """Expect what follows a node beside to have run, and what follows the node: each is due by its own result."""
    ran, log = seen["ran"], (seen["state"] or {}).get("log") or []
    dropped = [name for name in (*shape["follows"].values(), way) if name not in ran]
    if not shape["follows"] or not dropped:
        return
    unheard = [name for name in shape["beside"] if name not in log and name not in shape["silent"]]
    assert unheard, (
        f"{naming('node', dropped)} never ran: each `update_state`, and each list for `bulk_update_state`, is a step of its own, and "
        "what the one before it had made due is due no longer; enter the results of all that ran beside each other as one step"
    )
    assert way not in ran, (
        f"{naming('node', dropped)} never ran, and the log lacks {', '.join(unheard)}: your update took the place of the checkpoint "
        "on which the results of the other tasks hung, so what ran beside it is lost; enter those results, too"
    )


def _other(shape: dict[str, Any], result: dict[str, Any]) -> str:
    return next(key for key in shape["ways"] if key != result["outcome"])


def assert_log(
    state: Any, shape: dict[str, Any], orders: list[str], result: dict[str, Any], what: str
) -> None:
    """Expect each result of each order in a state's log, once, and the outcome that was entered."""
    assert isinstance(state, dict) and isinstance(state.get("log"), list), (
        f"{what} has no list `log`: it should be the state at the end of the run"
    )
    loud = [name for name in shape["beside"] if name not in shape["silent"]]
    beside = [*loud, *shape["joint"], *shape["follows"].values()]
    due = list[str]()
    for order in orders:
        by_hand = order == orders[-1]
        way = shape["ways"][result["outcome"] if by_hand else "paid"]
        of_node = result["log"] if by_hand else [shape["node"]]
        due += [order, *shape["before"], *of_node, *beside, way, shape["last"]]
    got, want = Counter(map(str, state["log"])), Counter(due)
    lost, extra = list((want - got).elements()), list((got - want).elements())
    assert not lost, (
        f"{what} lacks {', '.join(lost)} in its log: what was saved, and what was entered, must count"
    )
    assert not extra, f"{what} has {', '.join(extra)} in its log once too often: each result is added once"
    assert state.get("outcome") == result["outcome"], (
        f"{what} has the outcome {state.get('outcome')!r}, and not that of the result which was entered"
    )


def draw_result(rng: random.Random, shape: dict[str, Any], outcome: str) -> dict[str, Any]:
    """Draw what the colleague enters."""
    return {"log": [f"receipt {rng.randrange(10**4)} for {shape['node']}"], "outcome": outcome}


def draw_order(rng: random.Random) -> str:
    """Draw an order."""
    return f"{rng.randrange(2, 99)} {rng.choice(WARES)}s"


@pytest.mark.exercise("as_if_node", points=2)
def test_result_decides_the_way(submission):
    """The node counts as done, and its result decides which nodes run."""
    rng, db = submission.rng, submission.path("orders.db")
    for number, outcome in enumerate(rng.sample(["paid", "refused"], 2)):
        shape, orders = draw_pipeline(rng, beside=0), [draw_order(rng)]
        given = {"db": f"{db}-{number}", "shape": shape, "orders": orders}
        submission.observe(enter, **given, stops="by error", enters=None, result=None)
        result = draw_result(rng, shape, outcome)
        seen = submission.observe(enter, **given, stops=None, enters=shape["node"], result=result)
        assert_entered(seen, shape, orders, result)
        newest = evidence.checkpoints(submission.file(f"orders.db-{number}"), "order")[-1]
        assert_log(newest.values, shape, orders, result, "the thread's newest checkpoint")


@pytest.mark.exercise("as_if_node", points=1)
def test_results_beside_it_count(submission):
    """What ran beside the node is not repeated, and not lost, not even an empty result."""
    for beside in (1, 2):
        shape = draw_pipeline(submission.rng, beside, silent=beside == 2)
        entered_beside(submission, shape, f"orders-{beside}.db")


@pytest.mark.exercise("as_if_node", points=1)
def test_each_result_has_its_followers(submission):
    """A node beside has a follower of its own: it runs, and so does the way that the entered result takes."""
    for beside in (1, 2):
        shape = draw_pipeline(submission.rng, beside, joined=False, silent=beside == 2)
        entered_beside(submission, shape, f"orders-{beside}.db")


def entered_beside(submission: Any, shape: dict[str, Any], name: str = "orders.db") -> None:
    """Enter a result where others ran beside the node; expect what follows, and the state in the end."""
    rng, db, orders = submission.rng, submission.path(name), [draw_order(submission.rng)]
    submission.observe(enter, db=db, shape=shape, orders=orders, stops="by error", enters=None, result=None)
    result = draw_result(rng, shape, rng.choice(["paid", "refused"]))
    node = shape["node"]
    seen = submission.observe(
        enter, db=db, shape=shape, orders=orders, stops=None, enters=node, result=result
    )
    assert_entered(seen, shape, orders, result)
    newest = evidence.checkpoints(submission.file(name), "order")[-1]
    assert_log(newest.values, shape, orders, result, "the thread's newest checkpoint")


@pytest.mark.exercise("as_if_node", points=1)
def test_order_is_finished(submission):
    """Where the thread waits for no node, nothing is saved and nothing runs."""
    rng, db = submission.rng, submission.path("orders.db")
    shape, orders = draw_pipeline(rng, beside=0), [draw_order(rng)]
    submission.observe(enter, db=db, shape=shape, orders=orders, stops=None, enters=None, result=None)
    assert_not_entered(submission, shape, orders, shape["node"], "is finished")


def assert_not_entered(
    submission: Any, shape: dict[str, Any], orders: list[str], node: str, waits: str
) -> None:
    """Enter a result for a node that is not waited for; expect an error, and nothing else."""
    before = evidence.raw_rows(submission.file("orders.db"), "order")
    given = {"db": submission.path("orders.db"), "shape": shape, "orders": orders, "stops": None}
    result = draw_result(submission.rng, shape, "paid")
    seen = submission.observe(enter, **given, enters=node, result=result)
    assert seen["refused"], (
        f"the thread {waits}, so it does not wait for {node!r}, and `as_if_node` did not raise `ValueError`: LangGraph "
        "lets you write in the name of any node, wherever the thread stands, so look before you write"
    )
    assert not seen["ran"], f"{naming('node', seen['ran'])} ran before `ValueError` was raised"
    assert evidence.raw_rows(submission.file("orders.db"), "order") == before, (
        "`as_if_node` raised `ValueError`, but the thread was written to first: look before you write"
    )
