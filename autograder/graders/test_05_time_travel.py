"""Public tests of module 05: history, forks, replay, and what a rollback has to undo."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from autograder import evidence

if TYPE_CHECKING:
    import random
    from collections.abc import Iterable, Sequence
    from pathlib import Path

WARES = ("tent", "lamp", "stove", "kayak", "rope", "compass", "hammock", "paddle", "anorak", "sled")


def lineage(rows: Sequence[evidence.Row]) -> list[evidence.Row]:
    """Return the newest checkpoint and those it came out of, newest first."""
    by_id = {row.id: row for row in rows}
    at, found = rows[-1].id if rows else None, list[evidence.Row]()
    while at in by_id:
        found.append(by_id[at])
        at = by_id.pop(at).parent_id
    return found


# --- fork_with_correction ----------------------------------------------------------------------------


def converse(fork_with_correction, db, turns, first_text, message_id, text):
    """Hold a conversation, and perhaps all of it again with another first text; or fork the one that is there."""
    from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
    from langgraph.checkpoint.sqlite import SqliteSaver
    from langgraph.graph import START, MessagesState, StateGraph

    stock, ran = {turn["text"]: turn["stock"] for turn in turns}, []

    def last(state, kind):
        return next(message for message in reversed(state["messages"]) if message.type == kind)

    def look_up(state):
        ran.append("look_up")
        asked = last(state, "human")
        found = f"In stock: {stock.get(asked.text, 0)}."
        return {"messages": [ToolMessage(found, tool_call_id="stock", id=f"{asked.id}-stock")]}

    def reply(name):
        def node(state):
            ran.append(name)
            texts = " / ".join(message.text for message in state["messages"][-2:])
            return {"messages": [AIMessage(f"I {name}: {texts}", id=f"{last(state, 'human').id}-reply")]}

        return node

    def route(state):
        return "refuse" if last(state, "tool").text == "In stock: 0." else "offer"

    builder = StateGraph(MessagesState).add_node(look_up)
    builder.add_node("offer", reply("offer")).add_node("refuse", reply("refuse"))
    builder.add_edge(START, "look_up").add_conditional_edges("look_up", route, ["offer", "refuse"])
    with SqliteSaver.from_conn_string(db) as saver:
        saver.conn.execute("pragma synchronous = off")  # nothing is killed here
        graph, config = builder.compile(checkpointer=saver), {"configurable": {"thread_id": "call"}}
        if message_id is None:
            for turn in turns:
                graph.invoke({"messages": [HumanMessage(turn["text"], id=turn["id"])]}, config)
            if first_text:
                start = next(s for s in graph.get_state_history(config) if s.metadata["step"] == 0)
                first = HumanMessage(first_text, id=turns[0]["id"])
                graph.invoke(None, graph.update_state(start.config, {"messages": [first]}))
                for turn in turns[1:]:
                    graph.invoke({"messages": [HumanMessage(turn["text"], id=turn["id"])]}, config)
            return None
        state = fork_with_correction(graph, "call", message_id, text)
    messages = state.get("messages") if isinstance(state, dict) else None
    if not isinstance(messages, list) or not all(hasattr(message, "text") for message in messages):
        return {"kind": type(state).__name__}
    return {"messages": [[m.type, m.id, m.text] for m in messages], "ran": ran}


def draw_conversation(rng: random.Random) -> list[dict[str, Any]]:
    """Draw the turns of a conversation: the customer's message, and what the tool finds."""
    wares, number = rng.sample(WARES, 3), rng.randrange(100, 900)
    return [
        {
            "id": f"m{number + 7 * at}",
            "text": f"{rng.randrange(2, 99)} {ware}s",
            "stock": rng.randrange(1, 99),
        }
        for at, ware in enumerate(wares)
    ]


def transcript_of(turns: Iterable[dict[str, Any]], corrected: str, text: str) -> list[list[str]]:
    """Return what the messages should be, as (type, id, text), with one of them corrected."""
    stock, said = {turn["text"]: turn["stock"] for turn in turns}, list[list[str]]()
    for turn in turns:
        asked = text if corrected == turn["id"] else turn["text"]
        found = f"In stock: {stock.get(asked, 0)}."
        found = text if corrected == f"{turn['id']}-stock" else found
        how = "refuse" if found == "In stock: 0." else "offer"
        said.append(["human", turn["id"], asked])
        said.append(["tool", f"{turn['id']}-stock", found])
        said.append(["ai", f"{turn['id']}-reply", f"I {how}: {asked} / {found}"])
    return said


def assert_corrected(
    seen: dict[str, Any], turns: list[dict[str, Any]], id: str, text: str, ran: list[str]
) -> None:
    """Expect the state of a run that began with the corrected message."""
    messages = seen.get("messages")
    assert messages, (
        f"`fork_with_correction` returned a value of type {seen.get('kind', 'dict without messages')}, "
        "not the state that the run ended in: return what `invoke` returns"
    )
    texts = {message[1]: message[2] for message in messages}
    added = [other for other, said in texts.items() if said == text and other != id]
    assert not added, (
        f"{text!r} stands in the conversation, but not in the place of {id!r}: the new message has another id, "
        "so it was appended, and the wrong text is still read"
    )
    assert seen["ran"], (
        "no node ran after the correction, so what followed from the wrong text still stands: `update_state` on the "
        "newest checkpoint adds one more at the end; correct the checkpoint in which the message first stood"
    )
    assert len(seen["ran"]) <= len(ran), (
        f"{', '.join(seen['ran'])} ran, and only {', '.join(ran)} should: new input begins a new turn at `START`, and an "
        "earlier checkpoint repeats what was done before the message stood there"
    )
    assert texts.get(id) == text, (
        f"message {id!r} says {texts.get(id)!r} in the state that you return: the correction was saved, and the "
        "run did not use it; `update_state` returns the config of the checkpoint that holds it"
    )
    assert seen["ran"] == ran, (
        f"{', '.join(seen['ran'])} ran, and not {', '.join(ran)}: the nodes after the corrected checkpoint "
        "should run, on the way that the corrected conversation takes"
    )
    turn = next(at for at, one in enumerate(turns) if id.startswith(one["id"]))
    right = transcript_of(turns[: turn + 1], id, text)
    assert len(messages) == len(right), (
        f"you return {len(messages)} messages and not {len(right)}: what was said after that turn stays on the "
        "old branch, and what was said before it is kept"
    )
    wrong = next(((got, want) for got, want in zip(messages, right, strict=True) if got != want), None)
    assert not wrong, f"the corrected conversation holds {wrong[0]} where it should hold {wrong[1]}"


def assert_forked_at_first(path: Path, before: list[evidence.Row], id: str) -> None:
    """Expect the new branch to have left the thread's branch where the message first stood."""
    first = [row for row in lineage(before) if id in ids_in(row)][-1]
    old, now = {row.id for row in before}, lineage(evidence.checkpoints(path, "call"))
    left = next((row for row in now if row.id in old), None)
    assert now and now[0].id not in old, (
        "the thread's newest checkpoint is an old one: no corrected branch was saved"
    )
    assert left and left.id in {row.id for row in lineage(before)}, (
        "the new branch came out of a checkpoint on the branch that the thread had left: in the list of a forked "
        "thread all branches are mixed, so go from the newest checkpoint to its parent, and on from there"
    )
    assert left.id == first.id, (
        f"the new branch came out of the checkpoint of step {left.step}, but the message first stood in that of "
        f"step {first.step}: fork where it came in, before any node has read it"
    )


def ids_in(row: evidence.Row) -> list[str]:
    """Return the ids of a checkpoint's messages."""
    return [getattr(message, "id", "") for message in row.values.get("messages") or []]


@pytest.mark.exercise("fork_with_correction", points=2)
def test_customers_message_is_corrected(submission):
    """A customer's message is corrected, and the graph answers the corrected one."""
    turns, db = draw_conversation(submission.rng), submission.path("call.db")
    submission.observe(converse, db=db, turns=turns, first_text=None, message_id=None, text=None)
    before = evidence.checkpoints(submission.file("call.db"), "call")
    turn, text = turns[1], f"{submission.rng.randrange(100, 999)} saddles"
    seen = submission.observe(converse, db=db, turns=turns, first_text=None, message_id=turn["id"], text=text)
    assert_corrected(seen, turns, turn["id"], text, ["look_up", "refuse"])
    assert_forked_at_first(submission.file("call.db"), before, turn["id"])


@pytest.mark.exercise("fork_with_correction", points=1)
def test_tools_result_is_corrected(submission):
    """A tool's result is corrected, the tool is not asked again, and the graph takes the other way."""
    turns, db = draw_conversation(submission.rng), submission.path("call.db")
    submission.observe(converse, db=db, turns=turns, first_text=None, message_id=None, text=None)
    before = evidence.checkpoints(submission.file("call.db"), "call")
    id, text = f"{turns[submission.rng.choice([0, 1])]['id']}-stock", "In stock: 0."
    seen = submission.observe(converse, db=db, turns=turns, first_text=None, message_id=id, text=text)
    assert_corrected(seen, turns, id, text, ["refuse"])
    assert_forked_at_first(submission.file("call.db"), before, id)


@pytest.mark.exercise("fork_with_correction", points=1)
def test_nothing_saved_was_changed(submission):
    """Each row that the database held is still there, byte for byte."""
    turns, db = draw_conversation(submission.rng), submission.path("call.db")
    submission.observe(converse, db=db, turns=turns, first_text=None, message_id=None, text=None)
    before = evidence.raw_rows(submission.file("call.db"), "call")
    turn, text = submission.rng.choice(turns[:2]), f"{submission.rng.randrange(100, 999)} saddles"
    seen = submission.observe(converse, db=db, turns=turns, first_text=None, message_id=turn["id"], text=text)
    after = evidence.raw_rows(submission.file("call.db"), "call")
    assert_rows_kept(before, after)
    assert len(after) > len(before), "nothing was added to the database: the corrected branch must be saved"
    assert_corrected(seen, turns, turn["id"], text, ["look_up", "refuse"])


def assert_rows_kept(before: set[tuple[Any, ...]], after: set[tuple[Any, ...]]) -> None:
    """Expect all rows of the one among those of the other."""
    lost = len(before - after)
    assert not lost, (
        f"{lost} of {len(before)} rows that were saved before are changed or gone: the record of what was really said "
        "is lost with them; correct a copy, which `update_state` saves as a child of the old checkpoint"
    )


# --- as_if_node --------------------------------------------------------------------------------------


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
            return {"log": [name], "outcome": "paid"} if name == shape["node"] else {"log": [name]}

        return run

    builder = StateGraph(State)
    for name in (*shape["before"], shape["node"], *shape["beside"], *shape["ways"].values(), shape["last"]):
        builder.add_node(name, node(name))
    for start, end in zip([START, *shape["before"]], shape["before"], strict=False):
        builder.add_edge(start, end)
    for name in (shape["node"], *shape["beside"]):
        builder.add_edge(shape["before"][-1], name)
    chooser = shape["node"]
    if shape["beside"]:
        chooser = "settle"
        builder.add_node(chooser, node(chooser)).add_edge([shape["node"], *shape["beside"]], chooser)
    builder.add_conditional_edges(chooser, lambda state: state.get("outcome", "paid"), shape["ways"])
    for name in shape["ways"].values():
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
        except ValueError:
            return {"refused": True, "ran": ran}
    return {"refused": False, "ran": ran, "state": state if isinstance(state, dict) else None}


def draw_pipeline(rng: random.Random, beside: int) -> dict[str, Any]:
    """Draw the nodes of a pipeline: those before, the one that fails, those beside it, two ways, the last."""
    before = rng.sample(("check", "price", "route", "vet"), rng.choice([1, 2]))
    return {
        "before": before,
        "node": rng.choice(["charge", "debit", "bill"]),
        "beside": rng.sample(("archive", "pack", "weigh", "label"), beside),
        "ways": {"paid": rng.choice(["ship", "send"]), "refused": rng.choice(["hold", "cancel"])},
        "last": rng.choice(["mail", "notify"]),
    }


def assert_entered(
    seen: dict[str, Any], shape: dict[str, Any], orders: list[str], result: dict[str, Any]
) -> None:
    """Expect the nodes after the one whose result was entered to have run, and no other."""
    node, ran = shape["node"], seen["ran"]
    way, other = (shape["ways"][key] for key in (result["outcome"], _other(shape, result)))
    after = [*(["settle"] if shape["beside"] else []), way, shape["last"]]
    assert not seen["refused"], f"`as_if_node` raised `ValueError`, but the thread waits for {node!r}"
    earlier = [name for name in ran if name in shape["before"]]
    assert not earlier, (
        f"{', '.join(earlier)} ran again: input that is not `None` began a new run at `START`, so go on with none"
    )
    assert node not in ran or ran.count(shape["last"]) == 1, (
        f"{', '.join(ran)} ran: a `goto` does not take the place of what waits, it runs beside it, and {node!r} "
        "was done a second time; enter the result in the name of the node that waits"
    )
    assert node not in ran, (
        f"{node!r} ran, although its work was done by hand: the result was taken for the result of the node before, which "
        f"wrote last, so {node!r} was due again; say in whose name you write"
    )
    assert other not in ran, (
        f"{other!r} ran, but a result with the outcome {result['outcome']!r} leads to {way!r}"
    )
    repeated = [name for name in ran if name in shape["beside"]]
    assert not repeated, (
        f"{', '.join(repeated)} ran again, but had finished: what it returned is in `snapshot.tasks`"
    )
    assert ran or not shape["beside"], (
        f"nothing ran after {node!r}, for `settle` still waits: your update took the place of the checkpoint on which "
        "the results of the other tasks hung, so what ran beside it is lost; enter those results, too"
    )
    skipped = [name for name in after if name not in ran]
    assert not skipped, (
        f"{skipped[0]!r} was skipped: `as_node` names the node that has written, not the node to go to"
    )
    assert ran == after, f"{', '.join(ran)} ran, and not {', '.join(after)}, each once"
    assert_log(seen["state"], shape, orders, result, "the state that you return")


def _other(shape: dict[str, Any], result: dict[str, Any]) -> str:
    return next(key for key in shape["ways"] if key != result["outcome"])


def assert_log(
    state: Any, shape: dict[str, Any], orders: list[str], result: dict[str, Any], what: str
) -> None:
    """Expect each result of each order in a state's log, once, and the outcome that was entered."""
    assert isinstance(state, dict) and isinstance(state.get("log"), list), (
        f"{what} is {state}: it should be the state at the end of the run"
    )
    settle = ["settle"] if shape["beside"] else []
    due = list[str]()
    for order in orders:
        by_hand = order == orders[-1]
        way = shape["ways"][result["outcome"] if by_hand else "paid"]
        of_node = result["log"] if by_hand else [shape["node"]]
        due += [order, *shape["before"], *of_node, *shape["beside"], *settle, way, shape["last"]]
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


@pytest.mark.exercise("as_if_node", points=2)
def test_results_beside_it_count(submission):
    """What ran beside the node is not repeated, and not lost."""
    rng, db = submission.rng, submission.path("orders.db")
    shape, orders = draw_pipeline(rng, beside=rng.choice([1, 2])), [draw_order(rng)]
    submission.observe(enter, db=db, shape=shape, orders=orders, stops="by error", enters=None, result=None)
    result = draw_result(rng, shape, rng.choice(["paid", "refused"]))
    node = shape["node"]
    seen = submission.observe(
        enter, db=db, shape=shape, orders=orders, stops=None, enters=node, result=result
    )
    assert_entered(seen, shape, orders, result)
    newest = evidence.checkpoints(submission.file("orders.db"), "order")[-1]
    assert_log(newest.values, shape, orders, result, "the thread's newest checkpoint")
