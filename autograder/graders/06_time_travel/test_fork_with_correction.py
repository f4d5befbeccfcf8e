"""Public tests of `fork_with_correction`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from autograder.counts import counted
from autograder.testing import evidence

from common import WARES, assert_rows_kept, lineage, naming

if TYPE_CHECKING:
    import random
    from collections.abc import Iterable
    from pathlib import Path


def converse(
    fork_with_correction, db, thread, turns, ticks, first_text, drops, restores, later, message_id, text
):
    """Hold a conversation, and perhaps all of it again with another first text; or fork the one that is there.

    At its end a message may be dropped, and restored from an archive, with other metadata, and as many checkpoints may
    follow as `later` says. The first turn goes through a node that does nothing, `ticks` times.
    """
    import operator
    from typing import Annotated

    from langchain_core.messages import AIMessage, HumanMessage, RemoveMessage, ToolMessage
    from langgraph.checkpoint.base import copy_checkpoint
    from langgraph.checkpoint.base.id import uuid6
    from langgraph.checkpoint.sqlite import SqliteSaver
    from langgraph.graph import START, MessagesState, StateGraph

    class Call(MessagesState):
        heard: Annotated[list, operator.add]
        ticked: int

    stock, ran = {turn["text"]: turn["stock"] for turn in turns}, []

    def last(state, kind):
        messages = [message for message in state["messages"] if not str(message.id).endswith("-remark")]
        return next((message for message in reversed(messages) if message.type == kind), messages[-1])

    def said_by_customer(turn, text):
        return HumanMessage(text, id=turn["id"], name="Ida", additional_kwargs={"line": turn["line"]})

    def said_in_turn(turn):
        thanks = HumanMessage(
            "Thanks.", id=f"{turn['id']}-thanks-remark"
        )  # comes with it, and stays behind it
        return {"messages": [said_by_customer(turn, turn["text"]), thanks]}

    def look_up(name):  # there are two that do the same, and the text decides which it is
        def node(state):
            ran.append(name)
            asked = last(state, "human")
            found = f"In stock: {stock.get(asked.text, 0)}."
            call = f"{asked.id}-call"
            result = ToolMessage(
                found, tool_call_id=call, id=f"{asked.id}-stock", name="stock", artifact=[found]
            )
            return {"messages": [result], "heard": [asked.text]}

        return node

    def remark(state):  # a node that writes as a person
        ran.append("remark")
        return {"messages": [HumanMessage("Hurry.", id=f"{last(state, 'human').id}-remark", name="desk")]}

    def reply(name):
        def node(state):
            ran.append(name)
            said = [message for message in state["messages"][-4:] if "-thanks-" not in message.id]
            texts = " / ".join(message.text for message in said)
            id = f"{last(state, 'human').id}-reply"
            return {
                "messages": [
                    AIMessage(
                        f"I {name}: {texts}",
                        id=id,
                        additional_kwargs={"cents": 3},
                        tool_calls=[{"name": "note", "args": {}, "id": f"{id}-call"}],
                        response_metadata={"model": "m"},
                    )
                ]
            }

        return node

    def where_to_look(state):
        return "find" if last(state, "human").text in stock else "look_up"

    def tick(state):
        return {"ticked": state.get("ticked", 0) + 1}

    def route(state):
        if state.get("ticked", 0) < ticks:
            return "tick"
        return "refuse" if last(state, "tool").text == "In stock: 0." else "offer"

    builder = StateGraph(Call).add_node(remark).add_node(tick)
    builder.add_node("find", look_up("find")).add_node("look_up", look_up("look_up"))
    builder.add_node("offer", reply("offer")).add_node("refuse", reply("refuse"))
    builder.add_conditional_edges(START, where_to_look, ["look_up", "find"])
    builder.add_edge("look_up", "remark").add_edge("find", "remark")
    for name in ("remark", "tick"):
        builder.add_conditional_edges(name, route, ["tick", "offer", "refuse"])

    def hold(graph, config):
        for turn in turns:
            graph.invoke(said_in_turn(turn), config)
        if first_text:
            start = next(s for s in graph.get_state_history(config) if s.metadata["step"] == 0)
            first = said_by_customer(turns[0], first_text)
            graph.invoke(None, graph.update_state(start.config, {"messages": [first]}))
            for turn in turns[1:]:
                graph.invoke(said_in_turn(turn), config)
        if drops:
            graph.update_state(config, {"messages": [RemoveMessage(id=drops)]}, as_node="offer")
            graph.update_state(config, {"heard": []}, as_node="offer")
        if restores:
            archived = HumanMessage("(archived)", id=drops, name="archive")
            graph.update_state(config, {"messages": [archived]}, as_node="offer")
        saved = graph.checkpointer.get_tuple(config)
        at, metadata = saved.config, {**saved.metadata, "source": "update"}
        for _ in range(later):
            made = {**copy_checkpoint(saved.checkpoint), "id": str(uuid6(clock_seq=-1))}
            metadata["step"] += 1
            at = graph.checkpointer.put(at, made, metadata, {})

    with SqliteSaver.from_conn_string(db) as saver:
        saver.conn.execute("pragma synchronous = off")  # nothing is killed here
        graph = builder.compile(checkpointer=saver)
        if message_id is None:
            others = () if later else (f"{thread}0",)  # the same messages, in somebody else's thread
            for one in (thread, *others):
                hold(graph, {"configurable": {"thread_id": one}})
            return None
        state = fork_with_correction(graph, thread, message_id, text)
    messages = state.get("messages") if isinstance(state, dict) else None
    if not isinstance(messages, list) or not all(hasattr(message, "text") for message in messages):
        return {"kind": type(state).__name__}
    names = ("name", "additional_kwargs", "tool_call_id", "response_metadata", "artifact")
    rest = {m.id: {name: getattr(m, name, None) or None for name in names} for m in messages}
    for m in messages:
        rest[m.id]["tool_calls"] = [call["id"] for call in getattr(m, "tool_calls", ())]
    said = [[m.type, m.id, m.text] for m in messages]
    return {"messages": said, "rest": rest, "heard": state.get("heard"), "ran": ran}


def draw_conversation(rng: random.Random) -> list[dict[str, Any]]:
    """Draw the turns of a conversation: the customer's message, and what the tool finds. The last repeats the second."""
    wares, number = rng.sample(WARES, 2), rng.randrange(100, 900)
    asked = [(f"{rng.randrange(2, 99)} {ware}s", rng.randrange(1, 99)) for ware in (*wares, wares[1])]
    asked[2] = asked[1]
    return [
        {"id": f"m{number + 7 * at}", "text": text, "stock": stock, "line": at + 1}
        for at, (text, stock) in enumerate(asked)
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
        said.append(["human", f"{turn['id']}-thanks-remark", "Thanks."])
        said.append(["tool", f"{turn['id']}-stock", found])
        remark = text if corrected == f"{turn['id']}-remark" else "Hurry."
        said.append(["human", f"{turn['id']}-remark", remark])
        reply = f"I {how}: {asked} / {found} / {remark}"
        said.append(["ai", f"{turn['id']}-reply", text if corrected == f"{turn['id']}-reply" else reply])
    return said


def assert_corrected(
    seen: dict[str, Any], turns: list[dict[str, Any]], id: str, text: str, ran: list[str], *, saved: bool
) -> None:
    """Expect the state of a run that began with the corrected message, which was `saved`."""
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
    assert not added or texts.get(id) != text, (
        f"{text!r} is in the place of {id!r}, but message {added[0]!r} has another text than before, too: change the one with "
        "this id only"
    )
    assert not added, (
        f"{text!r} is in the conversation, but not in the place of {id!r}: the new message has another id, "
        "so the reducer appended it, and the wrong text is still read"
    )
    kinds = {"human": "HumanMessage", "tool": "ToolMessage", "ai": "AIMessage"}
    is_now = next((kinds.get(kind, kind) for kind, other, _ in messages if other == id), None)
    was = next(kinds[kind] for kind, other, _ in right if other == id)
    assert is_now in {None, was}, (
        f"message {id!r} was a `{was}`, and is a `{is_now}` now: change its text only"
    )
    assert seen["ran"] or not ran, (
        "no node ran after the correction, so what followed from the wrong text is still there: correct the oldest checkpoint "
        "of the branch that holds the message, even if later ones don't, and run from it"
    )
    assert len(seen["ran"]) <= len(ran), (
        f"{naming('node', seen['ran'][:5])}{', …' * (len(seen['ran']) > 5)} ran, and only {', '.join(ran) or 'none'} should: new input, "
        "or an update in the name of `__start__`, begins a new turn, and an earlier checkpoint repeats finished nodes"
    )
    assert texts.get(id) == text or saved, (
        f"message {id!r} says {texts.get(id)!r} in the state that you return, and no new checkpoint has the correction, "
        f"{text!r}: save it with `update_state`, whatever the text is, even an empty one"
    )
    assert texts.get(id) == text, (
        f"message {id!r} says {texts.get(id)!r} in the state that you return: the correction was saved, but the "
        "run didn't use it; run from the config that `update_state` returns"
    )
    assert seen["ran"] == ran, (
        f"{naming('node', seen['ran'])} ran, and not {', '.join(ran)}: the nodes after the corrected checkpoint "
        "should run, on the way that the corrected conversation takes"
    )
    order = [one[1] for one in messages]
    lost = [other for other in due if other not in order]
    assert not lost, (
        f"message {lost[0]!r} is missing from the state that you return: everything that the forked checkpoint holds is kept, also "
        "what came in with the corrected message, and so is what the nodes add"
    )
    assert len(messages) == len(right), (
        f"you return {counted(len(messages), 'message')} and not {len(right)}: what was said after that turn stays on the "
        "old branch"
    )
    assert order == [one[1] for one in right] or sorted(order) != sorted(one[1] for one in right), (
        f"the messages were in another order before: {id!r} was number {[one[1] for one in right].index(id) + 1}, and is number "
        f"{order.index(id) + 1} now; if you remove a message and add it again, it goes to the end, so replace it by its id"
    )
    wrong = next(((got, want) for got, want in zip(messages, right, strict=True) if got != want), None)
    assert not wrong, f"the corrected conversation holds {wrong[0]} where it should hold {wrong[1]}"
    had = zip(seen["rest"][id].items(), rest_of(turns[turn], id), strict=True)
    changed = [f"`{name}`" for (name, got), was in had if got != was]
    assert not changed, (
        f"message {id!r} has changed in {' and '.join(changed)}, besides its text: copy it, as the forked checkpoint has it, with "
        '`model_copy(update={"content": …})`'
    )
    heard = [said for kind, other, said in right if kind == "human" and not other.endswith("-remark")]
    assert len(seen["heard"] or []) >= len(heard), (
        f"the state's other list, `heard`, has {counted(len(seen['heard'] or []), 'entry', 'entries')} and should have {len(heard)}: "
        "fork the checkpoint that holds the message, not the one before, and everything else is there"
    )
    assert seen["heard"] == heard, (
        f"the state's other list, `heard`, has {counted(len(seen['heard'] or []), 'entry', 'entries')} and should have {len(heard)}: "
        "its reducer adds whatever you write, so write the message only"
    )


def rest_of(turn: dict[str, Any], id: str) -> list[Any]:
    """Return what a message has besides its text: name, additional_kwargs, tool_call_id, response_metadata, artifact, calls."""
    found = f"In stock: {turn['stock']}."
    rest: dict[str, list[Any]] = {
        "": ["Ida", {"line": turn["line"]}, None, None, None, []],
        "-stock": ["stock", None, f"{turn['id']}-call", None, [found], []],
        "-remark": ["desk", None, None, None, None, []],
        "-reply": [None, {"cents": 3}, None, {"model": "m"}, None, [f"{turn['id']}-reply-call"]],
    }
    return rest[id.removeprefix(turn["id"])]


def corrected(
    submission: Any,
    turns: list[dict[str, Any]],
    cases: list[tuple[str, str, list[str]]],
    first_text: str | None = None,
    drops: str | None = None,
    restores: bool = False,
    later: int = 0,
    ticks: int = 0,
    name: str = "call.db",
) -> None:
    """Hold a conversation, and correct a message, or several in turn; expect branch, state, and all rows kept.

    A case has the message's id, its new text, and the nodes that should run.
    """
    thread, db = f"call-{submission.rng.randrange(1, 99)}", submission.path(name)
    given = {"db": db, "thread": thread, "turns": turns, "ticks": ticks}
    ends = {"first_text": first_text, "drops": drops, "restores": restores, "later": later}
    submission.observe(converse, **given, **ends, message_id=None, text=None)
    current = [{**turns[0], "text": first_text, "stock": 0}, *turns[1:]] if first_text else turns
    for id, text, ran in cases:
        before = evidence.checkpoints(submission.file(name), thread)
        threads = (thread, f"{thread}0")
        rows = [evidence.raw_rows(submission.file(name), one) for one in threads]
        seen = submission.observe(converse, **given, **dict.fromkeys(ends), message_id=id, text=text)
        after = [evidence.raw_rows(submission.file(name), one) for one in threads]
        assert_rows_kept(rows[0], after[0])
        assert after[1] == rows[1], (
            f"thread {threads[1]!r} was written to, and it's another customer's: correct {thread!r} only"
        )
        if first_text:  # which branch it is says more here than what is in it
            assert_forked_at_first(submission.file(name), thread, before, id)
        was = next((turn["text"] for turn in turns if turn["id"] == id), None)
        assert seen.get("ran") or text != was, (
            f"message {id!r} was corrected and then put back to its first text, and no node ran: the checkpoint to fork has that text, "
            "but the branch's end doesn't, so fork and run all the same"
        )
        old = {row.id for row in before}
        new = [row for row in evidence.checkpoints(submission.file(name), thread) if row.id not in old]
        saved = any((one.id, one.content) == (id, text) for row in new for one in messages_in(row))
        assert_corrected(seen, current, id, text, ran, saved=saved)
        assert_forked_at_first(submission.file(name), thread, before, id)


def assert_forked_at_first(path: Path, thread: str, before: list[evidence.Row], id: str) -> None:
    """Expect the new branch to have left the thread's branch where the message first stood."""
    first = [row for row in lineage(before) if id in ids_in(row)][-1]
    old, now = {row.id for row in before}, lineage(evidence.checkpoints(path, thread))
    left = next((row for row in now if row.id in old), None)
    assert now and now[0].id not in old, (
        "the thread's newest checkpoint is an old one: no corrected branch was saved"
    )
    assert left and left.id in {row.id for row in lineage(before)}, (
        "you forked a branch that the thread had left: the list of a forked thread mixes all branches, "
        "so go from the newest checkpoint to its parent, and on from there"
    )
    assert left.id == first.id, (
        f"the new branch came out of the checkpoint of step {left.step}, but the message first appeared in that of "
        f"step {first.step}: fork where it came in, before any node has read it"
    )


def messages_in(row: evidence.Row) -> list[Any]:
    """Return a checkpoint's messages."""
    return [one for one in row.values.get("messages") or [] if hasattr(one, "content")]


def ids_in(row: evidence.Row) -> list[str]:
    """Return the ids of a checkpoint's messages."""
    return [one.id for one in messages_in(row)]


LOOKED_UP, REMARKED = ["look_up", "remark", "refuse"], ["remark", "refuse"]
OFFERED = ["find", "remark", "offer"]  # where the text is put back to what it was


def draw_text(rng: random.Random) -> str:
    """Draw a correction."""
    return f"{rng.randrange(100, 999)} saddles"


@pytest.mark.exercise("fork_with_correction", points=2, rules=(2, 3, 5))
def test_customers_message_is_corrected(submission):
    """A customer's message is corrected: one in the middle, the first, or the last. The graph answers the new one."""
    turns = draw_conversation(submission.rng)
    for turn in (turns[1], turns[0], turns[2]):
        case = (turn["id"], draw_text(submission.rng), LOOKED_UP)
        corrected(submission, turns, [case], name=f"{turn['id']}.db")


@pytest.mark.exercise("fork_with_correction", points=1, rules=(3, 4, 5))
def test_any_message_is_corrected(submission):
    """A tool's result, what a node wrote as a person, or a reply is corrected, and the rest of it is kept."""
    turns = draw_conversation(submission.rng)
    corrected(submission, turns, [(f"{turns[1]['id']}-stock", "In stock: 0.", REMARKED)], name="stock.db")
    corrected(submission, turns, [(f"{turns[1]['id']}-remark", "", ["offer"])], name="remark.db")
    corrected(submission, turns, [(f"{turns[0]['id']}-reply", "I don't know.", [])], name="reply.db")


@pytest.mark.exercise("fork_with_correction", points=1, rules=(1, 2))
def test_nothing_saved_was_changed(submission):
    """In a thread that was forked before, each row is still there, byte for byte, and the current branch is corrected."""
    rng = submission.rng
    turns, first_text = draw_conversation(rng), f"{rng.randrange(100, 999)} cradles"
    corrected(submission, turns, [(turns[1]["id"], draw_text(rng), LOOKED_UP)], first_text=first_text)
