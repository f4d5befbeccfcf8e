"""Public tests of `fork_with_correction`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from autograder.testing import evidence

from common import WARES, assert_rows_kept, lineage, naming

if TYPE_CHECKING:
    import random
    from collections.abc import Iterable
    from pathlib import Path


def converse(fork_with_correction, db, turns, first_text, message_id, text):
    """Hold a conversation, and perhaps all of it again with another first text; or fork the one that is there."""
    from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
    from langgraph.checkpoint.sqlite import SqliteSaver
    from langgraph.graph import START, MessagesState, StateGraph

    stock, ran = {turn["text"]: turn["stock"] for turn in turns}, []

    def last(state, kind):
        messages = [message for message in state["messages"] if not str(message.id).endswith("-remark")]
        return next((message for message in reversed(messages) if message.type == kind), messages[-1])

    def look_up(state):
        ran.append("look_up")
        asked = last(state, "human")
        found = f"In stock: {stock.get(asked.text, 0)}."
        return {"messages": [ToolMessage(found, tool_call_id="stock", id=f"{asked.id}-stock")]}

    def remark(state):  # a node that writes as a person
        ran.append("remark")
        return {"messages": [HumanMessage("Hurry.", id=f"{last(state, 'human').id}-remark")]}

    def reply(name):
        def node(state):
            ran.append(name)
            texts = " / ".join(message.text for message in state["messages"][-3:])
            return {"messages": [AIMessage(f"I {name}: {texts}", id=f"{last(state, 'human').id}-reply")]}

        return node

    def route(state):
        return "refuse" if last(state, "tool").text == "In stock: 0." else "offer"

    builder = StateGraph(MessagesState).add_node(look_up).add_node(remark)
    builder.add_node("offer", reply("offer")).add_node("refuse", reply("refuse"))
    builder.add_edge(START, "look_up").add_edge("look_up", "remark")
    builder.add_conditional_edges("remark", route, ["offer", "refuse"])
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
        remark = text if corrected == f"{turn['id']}-remark" else "Hurry."
        said.append(["human", f"{turn['id']}-remark", remark])
        said.append(["ai", f"{turn['id']}-reply", f"I {how}: {asked} / {found} / {remark}"])
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
    turn = next(at for at, one in enumerate(turns) if id.startswith(one["id"]))
    right = transcript_of(turns[: turn + 1], id, text)
    due = {other: said for _, other, said in right}
    added = [other for other, said in texts.items() if said == text != due.get(other)]
    assert not added, (
        f"{text!r} stands in the conversation, but not in the place of {id!r}: the new message has another id, "
        "so it was appended, and the wrong text is still read"
    )
    kinds = {"human": "HumanMessage", "tool": "ToolMessage", "ai": "AIMessage"}
    is_now = next((kinds.get(kind, kind) for kind, other, _ in messages if other == id), None)
    was = next(kinds[kind] for kind, other, _ in right if other == id)
    assert is_now in {None, was}, (
        f"message {id!r} was a `{was}`, and is a `{is_now}` now: change its text only"
    )
    assert seen["ran"], (
        "no node ran after the correction, so what followed from the wrong text still stands: `update_state` on the "
        "newest checkpoint adds one more at the end; correct the checkpoint in which the message first stood"
    )
    assert len(seen["ran"]) <= len(ran), (
        f"{naming('node', seen['ran'])} ran, and only {', '.join(ran)} should: new input, or an update in the name of "
        "`__start__`, begins a new turn at `START`, and an earlier checkpoint repeats what was done before the message stood there"
    )
    assert texts.get(id) == text, (
        f"message {id!r} says {texts.get(id)!r} in the state that you return: the correction was saved, and the "
        "run did not use it; `update_state` returns the config of the checkpoint that holds it"
    )
    assert seen["ran"] == ran, (
        f"{naming('node', seen['ran'])} ran, and not {', '.join(ran)}: the nodes after the corrected checkpoint "
        "should run, on the way that the corrected conversation takes"
    )
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
    assert_corrected(seen, turns, turn["id"], text, ["look_up", "remark", "refuse"])
    assert_forked_at_first(submission.file("call.db"), before, turn["id"])


@pytest.mark.exercise("fork_with_correction", points=1)
def test_tools_result_is_corrected(submission):
    """A tool's result is corrected, and the graph takes the other way; so is what a node wrote as a person."""
    turns, db = draw_conversation(submission.rng), submission.path("call.db")
    submission.observe(converse, db=db, turns=turns, first_text=None, message_id=None, text=None)
    before = evidence.checkpoints(submission.file("call.db"), "call")
    id, text = f"{turns[submission.rng.choice([0, 1])]['id']}-stock", "In stock: 0."
    seen = submission.observe(converse, db=db, turns=turns, first_text=None, message_id=id, text=text)
    assert_corrected(seen, turns, id, text, ["remark", "refuse"])
    assert_forked_at_first(submission.file("call.db"), before, id)
    db, id, text = submission.path("remark.db"), f"{turns[1]['id']}-remark", ""
    submission.observe(converse, db=db, turns=turns, first_text=None, message_id=None, text=None)
    before = evidence.checkpoints(submission.file("remark.db"), "call")
    seen = submission.observe(converse, db=db, turns=turns, first_text=None, message_id=id, text=text)
    assert_corrected(seen, turns, id, text, ["offer"])
    assert_forked_at_first(submission.file("remark.db"), before, id)


@pytest.mark.exercise("fork_with_correction", points=1)
def test_nothing_saved_was_changed(submission):
    """In a thread that was forked before, each row is still there, byte for byte, and the current branch is corrected."""
    rng = submission.rng
    turns, db = draw_conversation(rng), submission.path("call.db")
    first_text, turn, text = (
        f"{rng.randrange(100, 999)} cradles",
        turns[1],
        f"{rng.randrange(100, 999)} saddles",
    )
    submission.observe(converse, db=db, turns=turns, first_text=first_text, message_id=None, text=None)
    path = submission.file("call.db")
    before, rows = evidence.checkpoints(path, "call"), evidence.raw_rows(path, "call")
    seen = submission.observe(converse, db=db, turns=turns, first_text=None, message_id=turn["id"], text=text)
    path = submission.file("call.db")
    after = evidence.raw_rows(path, "call")
    assert_rows_kept(rows, after)
    assert len(after) > len(rows), "nothing was added to the database: the corrected branch must be saved"
    assert_forked_at_first(path, before, turn["id"])
    current = [{**turns[0], "text": first_text, "stock": 0}, *turns[1:]]
    assert_corrected(seen, current, turn["id"], text, ["look_up", "remark", "refuse"])
