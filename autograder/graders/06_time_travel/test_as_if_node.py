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


def enter(as_if_node, db, thread, shape, orders, stops, names, result):
    """Run a pipeline over all orders, the last up to where it `stops`; or enter a result, in each of the `names`.

    It stops `before` the node, or `by error` of the node; `by errors`, if those beside it raised once, too, or `by two
    errors`, if the first of them did. Or it stopped in the run before, `by an earlier error`. While the last node runs after the result was entered, another order runs
    through the same graph.
    """
    import contextlib
    import operator
    import threading
    import time
    from typing import Annotated, TypedDict

    from langgraph.checkpoint.sqlite import SqliteSaver
    from langgraph.config import get_store
    from langgraph.graph import END, START, StateGraph
    from langgraph.store.memory import InMemoryStore

    class State(TypedDict, total=False):
        log: Annotated[list, operator.add]
        outcome: str

    ran, down, later, without_store = [], [], [], []

    def run_later():  # in a thread of its own, which knows nothing of the run around it
        begun = len(ran)
        config = {"configurable": {"thread_id": "later"}}
        other = threading.Thread(target=graph.invoke, args=({"log": ["later"]}, config))
        other.start()
        other.join()
        later.extend(ran[begun:])
        del ran[begun:]

    def node(name):
        def run(state):
            if name in down:
                if name == shape["node"] and len(down) > 1:
                    time.sleep(0.05)  # the errors beside it come first, or they might not be saved
                raise RuntimeError("the gateway is down")
            ran.append(name)
            if shape["by_join"] and get_store() is None:
                without_store.append(name)
            if name == shape["last"] and names and state["log"][0] != "later" and not later:
                run_later()
            if name in shape["silent"]:
                return {}
            return {"log": [name], "outcome": "paid"} if name == shape["node"] else {"log": [name]}

        return run

    def choose(state):
        # After the node, what ran beside it isn't to be seen: whoever sees it takes the other way.
        outcome, beside = state.get("outcome", "paid"), shape["beside"] if not shape["joint"] else []
        others = [key for key in shape["ways"] if key != outcome]
        return others[0] if any(name in state["log"] for name in beside) else outcome

    builder = StateGraph(State)
    wide = (
        *shape["beside"][:1],
        shape["node"],
        *shape["beside"][1:],
    )  # the one that waits is not the first task
    for name in (
        *shape["before"],
        *wide,
        *shape["joint"],
        *shape["follows"].values(),
        *shape["ways"].values(),
        shape["last"],
    ):
        builder.add_node(name, node(name))
    for start, end in zip([START, *shape["before"]], shape["before"], strict=False):
        builder.add_edge(start, end)
    for name in (shape["node"], *shape["beside"]):
        builder.add_edge(shape["before"] if shape["by_join"] else shape["before"][-1], name)
    chooser = shape["node"]
    for chooser in shape["joint"]:
        builder.add_edge([shape["node"], *shape["beside"]], chooser)
    builder.add_conditional_edges(chooser, choose, shape["ways"])
    for start, end in shape["follows"].items():
        builder.add_edge(start, end)
    for name in (*shape["follows"].values(), *shape["ways"].values()):
        builder.add_edge(name, shape["last"])
    builder.add_edge(shape["last"], END)

    def run_all(graph, config):
        for order in orders:
            before = [shape["node"]] if order == orders[-1] and stops == "before" else None
            fails = (
                order == orders[0] if stops == "by an earlier error" else order == orders[-1] and not before
            )
            down[:] = [shape["node"]] if stops and fails else []
            also = {"by errors": shape["beside"], "by two errors": shape["beside"][:1]}
            down.extend(also.get(stops, []) if down else [])
            with contextlib.suppress(RuntimeError):
                graph.invoke({"log": [order]}, config, interrupt_before=before)
            del down[1:]
            # The error may have come before a task beside it had begun.
            while len(graph.get_state(config).next) > 1:
                with contextlib.suppress(RuntimeError):
                    graph.invoke(None, config)

    with SqliteSaver.from_conn_string(db) as saver:
        saver.conn.execute("pragma synchronous = off")  # nothing is killed here
        store = InMemoryStore() if shape["by_join"] else None
        graph = builder.compile(checkpointer=saver, store=store)
        if names is None:
            for one in (thread, f"{thread}0"):  # another order waits for the same node
                run_all(graph, {"configurable": {"thread_id": one}})
            return None
        for name in names:
            try:
                state = as_if_node(graph, thread, name, result)
            except ValueError as error:
                seen = {"refused": True, "ran": ran, "text": str(error)[:1000]}
            except NotImplementedError:
                raise
            except Exception as error:
                if len(names) == 1:
                    raise
                return {"refused": False, "ran": ran, "name": name, "raised": type(error).__name__}
            else:
                return {
                    "later": later,
                    "without_store": without_store,
                    "refused": False,
                    "ran": ran,
                    "name": name,
                    "kind": type(state).__name__,
                    "state": state if isinstance(state, dict) else None,
                }
    return seen


def enter_payment(as_if_node, db, thread, receipt, boxes):
    """Let a payment fail, beside two tasks for each of the boxes, and enter a receipt; the node after it fails once.

    One of the two packs the box. The other pays for it, and has the name of the payment that fails, which is neither the
    first nor the last of them. Without boxes, the node after it, which is the last, is entered too, with nothing; else the
    thread goes on.
    """
    import contextlib
    import operator
    from typing import Annotated, TypedDict

    from langgraph.checkpoint.sqlite import SqliteSaver
    from langgraph.errors import InvalidUpdateError
    from langgraph.graph import START, StateGraph
    from langgraph.types import Send

    class NoPost(ConnectionError, KeyError, IndexError, TypeError, RuntimeError, InvalidUpdateError):
        """Whatever somebody catches who looks for the node."""

    ran, down = [], [True]
    fields = {"receipt": str, "sent": str} | ({"packed": Annotated[list, operator.add]} if boxes else {})

    def pay(state):
        if "box" in state:
            return {"packed": [f"paid for {state['box']}"]}
        raise RuntimeError("the gateway is down")

    def pack(state):
        return {"packed": [state["box"]]}

    def post(state):
        ran.append("post")
        if down:
            raise NoPost("no post")
        return {"sent": state["receipt"]}

    builder = StateGraph(TypedDict("State", fields, total=False)).add_sequence([pay, post])
    if boxes:
        builder.add_node(pack)
        sends = [Send(to, {"box": box}) for box in boxes for to in ("pay", "pack")]
        sends.insert(len(boxes), Send("pay", {}))  # in the middle
        builder.add_conditional_edges(START, lambda state: sends, ["pay", "pack"])
    else:
        builder.add_edge(START, "pay")
    with SqliteSaver.from_conn_string(db) as saver:
        saver.conn.execute("pragma synchronous = off")  # nothing is killed here
        graph, config = builder.compile(checkpointer=saver), {"configurable": {"thread_id": thread}}
        with contextlib.suppress(RuntimeError):
            graph.invoke({}, config)
        while (
            len(graph.get_state(config).next) > 1
        ):  # the error may have come before a task beside it had begun
            with contextlib.suppress(RuntimeError):
                graph.invoke(None, config)
        raised = None
        try:
            as_if_node(graph, thread, "pay", {"receipt": receipt})
        except NotImplementedError:
            raise
        except Exception as error:
            raised = type(error).__name__
        begun, empty = list(ran), None
        if begun == ["post"] and raised == "NoPost" and not boxes:
            try:
                as_if_node(graph, thread, "post", {})
            except Exception as error:
                empty = type(error).__name__
            empty = "it began all the same" if ran != begun else empty and f"`as_if_node` raised `{empty}`"
            state = graph.get_state(config).values
            return {
                "raised": raised,
                "begun": begun,
                "sent": state.get("receipt"),
                "packed": None,
                "empty": empty,
            }
        down.clear()
        state = graph.invoke(None, config) if begun else {}
    return {
        "raised": raised,
        "begun": begun,
        "sent": state.get("sent"),
        "packed": state.get("packed"),
        "empty": None,
    }


def draw_pipeline(
    rng: random.Random, beside: int, joined: bool = True, silent: bool = False, by_join: bool = False
) -> dict[str, Any]:
    """Draw the nodes of a pipeline: those before, the one that fails, those beside it, two ways, the last.

    One node before begins like the one that fails. Of those beside it, the first comes before it in the graph and by
    name, and the second after it. Where they are joined with it, `settle` waits for all of them and decides the way. Else the node
    that fails decides, and one of those beside it has a follower of its own. One of them may be silent, and return
    `{}`: if one has a follower, that one. A join of the nodes before may start the one that fails and those beside it;
    that graph has a store.
    """
    others = [rng.choice(("address", "archive")), rng.choice(("pack", "weigh", "label"))][:beside]
    stem = rng.choice(["charge", "debit", "bill"])
    follows = {} if joined else {rng.choice(others): rng.choice(["seal", "stack"])}
    return {
        "before": [stem, *rng.sample(("check", "price", "route", "vet"), rng.choice([1, 2]))],
        "node": f"{stem}_card",
        "by_join": by_join,
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
    node, ran, outcome = shape["node"], seen["ran"], result.get("outcome", "paid")
    way, other = (shape["ways"][key] for key in (outcome, _other(shape, outcome)))
    after = [*shape["joint"], way, *shape["follows"].values(), shape["last"]]
    text = shorten(seen.get("text") or "", 120, placeholder=" …")
    assert not seen["refused"], (
        f"`as_if_node` raised `ValueError`{f' with the text {text!r}' if text else ''}, but the thread waits for {node!r}"
    )
    earlier = [name for name in ran if name in shape["before"]]
    assert not earlier, (
        f"{naming('node', earlier)} ran again: input that isn't `None` starts a new run at `START`, so continue with `None`"
    )
    again = [name for name in ran if name == node or name in shape["beside"]]
    assert not shape["by_join"] or not again, (
        f"{naming('node', again)} ran, though finished or entered: a join (`add_edge([…], node)`) had started them. An update "
        "by hand doesn't empty a join, so it starts them again; `StateUpdate(None, END)` ends what's due"
    )
    assert node not in ran or ran.count(shape["last"]) == 1, (
        f"{naming('node', ran)} ran: {node!r} was executed after all, by an `invoke` before the result was entered, "
        "or because a `goto` runs beside what waits; enter the result first, in its name"
    )
    assert node not in ran, (
        f"node {node!r} ran, although its result was entered: the update counted as written by the node before it; "
        "say with `as_node` in whose name you write"
    )
    dropped = [name for name in shape["follows"].values() if name not in ran]  # that's said below
    edge = ": the edge sees it on the state before the step, without what ran beside it"
    assert other not in ran or dropped, (
        f"node {other!r} ran, but a result with the outcome {outcome!r} leads to {way!r}{edge if shape['follows'] else ''}"
    )
    repeated = [name for name in ran if name in shape["beside"]]
    assert not repeated, (
        f"{naming('node', repeated)} ran again, but had finished: what it returned is in `snapshot.tasks`. If you continue with "
        "`snapshot.config`, its `checkpoint_id` means a replay, and a replay runs the whole step again"
    )
    assert_silent_counts(seen, shape)
    assert ran or not shape["joint"] or not seen["raised_before"], (
        f"nothing ran after {node!r}, because `settle` still waits: a neighbour raised first and finished when the thread was "
        "continued, so its task has an error and a result; the result counts"
    )
    assert ran or not shape["joint"], (
        f"nothing ran after {node!r}, because `settle` still waits: your update replaced the checkpoint that held its "
        "neighbours' results, so what ran beside it is lost; enter those, too"
    )
    assert_nothing_dropped(seen, shape, way)
    assert ran or seen["kind"] not in ("generator", "NoneType"), (
        f"no node ran, and you returned a value of type {seen['kind']}: run the graph to its end, and return the state"
    )
    skipped = [name for name in after if name not in ran]
    assert not skipped, (
        f"node {skipped[0]!r} was skipped: `as_node` names the node that has written, not the node to go to"
    )
    assert sorted(ran) == sorted(after), f"{naming('node', ran)} ran, and not {', '.join(after)}, each once"
    assert seen["state"] is not None, (
        f"`as_if_node` returned a value of type {seen['kind']}: return the state that the run ended in"
    )
    assert_log(seen["state"], shape, orders, result, "the state that you return")


def assert_silent_counts(seen: dict[str, Any], shape: dict[str, Any]) -> None:
    """Expect what waits for a node that returned `{}` to have run, where only that one was left out."""
    log, due = (seen["state"] or {}).get("log") or [], shape["joint"] or list(shape["follows"].values())
    for silent in shape["silent"]:
        others = [name for name in shape["beside"] if name != silent and name not in log]
        waits = [name for name in due if name not in seen["ran"]]
        assert others or not waits, (
            f"{naming('node', waits)} never ran: `{silent}` finished and returned `{{}}`, and you left that out; "
            "an empty result is a result, and only `None` means there is none"
        )


def assert_nothing_dropped(seen: dict[str, Any], shape: dict[str, Any], way: str) -> None:
    """Expect what follows a node beside to have run, and what follows the node: each is due by its own result."""
    ran, log = seen["ran"], (seen["state"] or {}).get("log") or []
    dropped = [name for name in (*shape["follows"].values(), way) if name not in ran]
    if not shape["follows"] or not dropped:
        return
    unheard = [name for name in shape["beside"] if name not in log and name not in shape["silent"]]
    assert unheard, (
        f"{naming('node', dropped)} never ran: each update is a step of its own, and what an earlier one made due "
        "is due no longer; enter all results of the step as one"
    )
    assert way not in ran, (
        f"{naming('node', dropped)} never ran, and the log lacks {', '.join(unheard)}: your update replaced the checkpoint "
        "that held those results, so what ran beside it is lost; enter them, too"
    )


def _other(shape: dict[str, Any], outcome: str) -> str:
    return next(key for key in shape["ways"] if key != outcome)


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
        way = shape["ways"][result.get("outcome", "paid") if by_hand else "paid"]
        of_node = result.get("log", []) if by_hand else [shape["node"]]
        due += [order, *shape["before"], *of_node, *beside, way, shape["last"]]
    got, want = Counter(map(str, state["log"])), Counter(due)
    lost, extra = list((want - got).elements()), list((got - want).elements())
    assert not lost, (
        f"{what} lacks {', '.join(lost)} in its log: what was saved, and what was entered, must count"
    )
    assert not extra, f"{what} has {', '.join(extra)} in its log once too often: add each result once"
    assert state.get("outcome") == result.get("outcome"), (
        f"{what} has the outcome {state.get('outcome')!r}, and the result that was entered has {result.get('outcome')!r}"
    )


def draw_result(rng: random.Random, shape: dict[str, Any], outcome: str) -> dict[str, Any]:
    """Draw what the colleague enters."""
    return {"log": [f"receipt {rng.randrange(10**4)} for {shape['node']}"], "outcome": outcome}


def draw_orders(rng: random.Random, count: int = 1) -> list[str]:
    """Draw orders."""
    return [f"{rng.randrange(2, 99)} {rng.choice(WARES)}s {number}" for number in range(count)]


def entered(
    submission: Any,
    shape: dict[str, Any],
    orders: list[str],
    result: dict[str, Any],
    stops: str = "by error",
    name: str = "orders.db",
) -> list[str]:
    """Enter a result where a thread waits; expect what follows, the state in the end, and the neighbour untouched.

    Returns:
        The nodes that ran for another order meanwhile.
    """
    thread, db = f"order-{submission.rng.randrange(1, 99)}", submission.path(name)
    given = {"db": db, "thread": thread, "shape": shape, "orders": orders}
    submission.observe(enter, **given, stops=stops, names=None, result=None)
    neighbour = evidence.raw_rows(submission.file(name), f"{thread}0")
    seen = submission.observe(enter, **given, stops=None, names=[shape["node"]], result=result)
    assert_entered({**seen, "raised_before": stops == "by errors"}, shape, orders, result)
    assert not seen["without_store"], (
        f"{naming('node', seen['without_store'])} ran without the store that `graph` was compiled with: a graph that you compile "
        "again has only what you give it"
    )
    newest = evidence.checkpoints(submission.file(name), thread)[-1]
    assert_log(newest.values, shape, orders, result, "the thread's newest checkpoint")
    assert evidence.raw_rows(submission.file(name), f"{thread}0") == neighbour, (
        f"thread {thread + '0'!r} was written to as well: enter the result in {thread!r} only"
    )
    return seen["later"]


def refused(
    submission: Any,
    shape: dict[str, Any],
    stops: str | None,
    names: list[str],
    waits: str,
    name: str = "orders.db",
) -> None:
    """Enter a result for nodes that are not waited for; expect an error each time, and nothing else."""
    rng, thread, db = submission.rng, "order-7", submission.path(name)
    given = {"db": db, "thread": thread, "shape": shape, "orders": draw_orders(rng, 2)}
    submission.observe(enter, **given, stops=stops, names=None, result=None)
    file, result = submission.file(name), draw_result(rng, shape, "paid")
    before = evidence.raw_rows(file, thread), evidence.raw_rows(file, "order-8")
    for other in (thread, "order-8"):  # nobody has heard of order 8
        seen = submission.observe(
            enter, **(given | {"thread": other}), stops=None, names=[*names, "no_such_node"], result=result
        )
        why = waits if other == thread else "has no checkpoint"
        raised = f"raised `{seen['raised']}`" if "raised" in seen else "didn't raise `ValueError`"
        assert seen["refused"] or stops != "by two errors" or seen["name"] != shape["beside"][0], (
            f"{seen['name']!r} raised once, and finished when the thread was continued, so the thread doesn't wait for it, and "
            f"`as_if_node` {raised}: a task can have an error and a result"
        )
        assert seen["refused"] or seen["name"] not in shape["silent"], (
            f"{seen['name']!r} finished and returned `{{}}`, so the thread doesn't wait for it, and `as_if_node` {raised}: LangGraph lets "
            "you write in any node's name, so look before you write. An empty result is a result, too"
        )
        assert seen["refused"], (
            f"the thread {why}, so it doesn't wait for {seen['name']!r}, and `as_if_node` {raised}: LangGraph lets you write in "
            "any node's name, so look before you write"
        )
        assert not seen["ran"], f"{naming('node', seen['ran'])} ran before `ValueError` was raised"
    after = evidence.raw_rows(submission.file(name), thread), evidence.raw_rows(file, "order-8")
    assert after == before, (
        "`as_if_node` raised `ValueError`, but wrote to the thread first: look before you write"
    )


def assert_payment_entered(submission: Any, boxes: list[str], name: str) -> None:
    """Enter a receipt where the state is empty, or tasks of one name ran beside; expect a later node's own error."""
    rng = submission.rng
    receipt, db = f"receipt {rng.randrange(10**4)}", submission.path(name)
    seen = submission.observe(
        enter_payment, db=db, thread=f"order-{rng.randrange(99)}", receipt=receipt, boxes=boxes
    )
    assert seen["begun"] or seen["raised"] != "ValueError" or not boxes, (
        f"`as_if_node` raised `ValueError`, but the thread waits for `pay`: `Send` had started it {len(boxes) + 1} times, and all but "
        "one have finished. Several tasks may have one name, so look at each"
    )
    assert seen["begun"] or seen["raised"] != "ValueError", (
        "`as_if_node` raised `ValueError`, but the thread waits for the node: its state holds nothing, and it's the tasks that tell "
        "what a thread waits for"
    )
    assert seen["begun"], f"a node raised `{seen['raised']}`, and what follows the entered result never ran"
    assert seen["begun"] == ["post"], (
        f"a node after the entered result raised, and began {len(seen['begun'])} times in one call: let its error out, and leave it to "
        "the caller whether to go on"
    )
    came = f"raised `{seen['raised']}`" if seen["raised"] else "raised nothing"
    assert seen["raised"] == "NoPost", (
        f"a node after the entered result raised an error of its own, and `as_if_node` {came}: let it out, since `ValueError` says that "
        "nothing was saved"
    )
    assert seen["sent"] == receipt, (
        f"a node after the entered result failed, and the thread's state then had the receipt {seen['sent']!r} and not {receipt!r}: "
        "enter the result in the thread"
    )
    assert not seen["empty"], (
        f"the result `{{}}` was entered for `post`, the last node, and {seen['empty']}: a node that returns nothing and has no "
        "node after it saves no writes, and has finished all the same"
    )
    packed, paid = seen["packed"] or [], [f"paid for {box}" for box in boxes]
    assert set(paid) <= set(packed) or not set(boxes) <= set(packed), (
        f"`pay` waited once and had finished {len(boxes)} times, by `Send`, and the state lacks what those returned: other tasks of "
        "the step may have the name of the one that waits, so enter each that has a result"
    )
    assert sorted(packed) == sorted([*boxes, *paid]), (
        f"beside the node, `pack` and `pay` had run {len(boxes)} times each by `Send`, and the state has {len(packed)} of their results: "
        "tasks of one step may have the same name, so enter each of them"
    )


@pytest.mark.exercise("as_if_node", points=2, rules=(1, 2))
def test_result_decides_the_way(submission):
    """The node counts as done, and its result decides which nodes run."""
    rng = submission.rng
    for outcome in ("paid", "refused"):
        shape = draw_pipeline(rng, beside=0)
        later = entered(
            submission, shape, draw_orders(rng), draw_result(rng, shape, outcome), name=f"orders-{outcome}.db"
        )
        assert shape["node"] in later, (
            f"while {shape['last']!r} ran, another order ran through the same `graph`, and {shape['node']!r} didn't run for it: you "
            "changed `graph` itself, so change a copy of it"
        )


@pytest.mark.exercise("as_if_node", points=1, rules=(1, 3))
def test_results_beside_it_count(submission):
    """What ran beside the node is not repeated, and not lost, not even an empty result."""
    rng = submission.rng
    for beside, outcome in ((1, "refused"), (2, "paid")):
        shape = draw_pipeline(rng, beside, silent=beside == 2)
        entered(
            submission, shape, draw_orders(rng), draw_result(rng, shape, outcome), name=f"orders-{beside}.db"
        )


@pytest.mark.exercise("as_if_node", points=1, rules=(1, 2, 3))
def test_each_result_has_its_followers(submission):
    """A node beside has a follower of its own, and a join may have started them; what's due runs, and nothing else."""
    rng = submission.rng
    for beside, outcome in ((1, "paid"), (2, "refused")):
        shape = draw_pipeline(rng, beside, joined=False, silent=beside == 2, by_join=beside == 2)
        entered(
            submission, shape, draw_orders(rng), draw_result(rng, shape, outcome), name=f"orders-{beside}.db"
        )


@pytest.mark.exercise("as_if_node", points=1, rules=(4,))
def test_order_is_finished(submission):
    """Where the thread waits for no node, or doesn't exist, nothing is saved and nothing runs."""
    shape = draw_pipeline(submission.rng, beside=0)
    refused(submission, shape, None, [shape["node"]], "is finished")
