"""Public tests of module 06: history, forks, replay, and what a rollback has to undo."""

from __future__ import annotations

from collections import Counter
from textwrap import shorten
from typing import TYPE_CHECKING, Any

import pytest

from autograder.sandbox.http_server import Response
from autograder.testing import evidence

if TYPE_CHECKING:
    import random
    from collections.abc import Iterable, Sequence
    from pathlib import Path

WARES = ("tent", "lamp", "stove", "kayak", "rope", "compass", "hammock", "paddle", "anorak", "sled")


def naming(kind: str, names: Sequence[str]) -> str:
    """Return names with their kind before them: a sentence may begin with it, and no name is capitalised."""
    return f"{kind}{'s' * (len(names) != 1)} {', '.join(f'`{name}`' for name in names)}"


def lineage(rows: Sequence[evidence.Row]) -> list[evidence.Row]:
    """Return the newest checkpoint and those it came out of, newest first."""
    by_id = {row.id: row for row in rows}
    at, found = rows[-1].id if rows else None, list[evidence.Row]()
    while at in by_id:
        found.append(by_id[at])
        at = by_id.pop(at).parent_id
    return found


# --- find_the_culprit --------------------------------------------------------------------------------


def audit(find_the_culprit, url, db, parts):
    """Keep books on one thread, part by part; then find the culprit with an auditor who sits at `url`."""
    import json
    import operator
    import urllib.request
    from typing import Annotated, TypedDict

    from langgraph.checkpoint.sqlite import SqliteSaver
    from langgraph.graph import START, StateGraph

    class Books(TypedDict, total=False):
        entry: list
        lines: Annotated[list, operator.add]
        total: int

    def book(state):
        cents, counted = state["entry"]
        return {"lines": [cents], "total": state.get("total", 0) + counted}

    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def is_bad(values):
        books = {"lines": values.get("lines", []), "total": values.get("total", 0)}
        request = urllib.request.Request(url + "/audit", json.dumps(books).encode(), method="POST")
        with direct.open(request) as reply:
            return json.load(reply)

    with SqliteSaver.from_conn_string(db) as saver:
        saver.conn.execute("pragma synchronous = off")  # nothing is killed here
        graph = StateGraph(Books).add_node(book).add_edge(START, "book").compile(checkpointer=saver)
        config, ends = {"configurable": {"thread_id": "books"}}, []
        for part in parts:
            if part["from"] is not None:
                old = graph.get_state(ends[part["from"]])
                graph.update_state(old.config, {"total": old.values["total"] + part["by_hand"]})
            for entry in part["entries"]:
                graph.invoke({"entry": entry}, config)
                ends.append(graph.get_state(config).config)
        found = find_the_culprit(graph, "books", is_bad)
    return {"id": found} if isinstance(found, str) else {"kind": type(found).__name__}


def draw_part(
    rng: random.Random, runs: int, wrong: int | None, start: int | None, by_hand: int = 0
) -> dict[str, Any]:
    """Draw some runs that book one line each; the run of index `wrong` miscounts it."""
    entries = [[cents, cents] for cents in (rng.randrange(100, 10_000) for _ in range(runs))]
    if wrong is not None:
        entries[wrong][1] += rng.choice([-31, 13, 27])
    return {"from": start, "entries": entries, "by_hand": by_hand}


def audited(submission: Any, parts: list[dict[str, Any]], db: str = "books.db") -> None:
    """Have a thread audited, and expect the culprit, found with few questions."""

    def answer(request: Any) -> Response:
        return Response(body=str(is_off(request.json)).lower())

    server = submission.serve(answer)
    seen = submission.observe(audit, url=server.url, db=submission.path(db), parts=parts)
    found = seen.get("id")
    rows = evidence.checkpoints(submission.file(db), "books")
    branch = [row.id for row in lineage(rows)][::-1]
    bad = [row.id for row in lineage(rows)[::-1] if is_off(row.values)]
    assert isinstance(found, str), (
        f"`find_the_culprit` returned a value of type {seen.get('kind')}, and not the id of a checkpoint, which is a string"
    )
    assert found in {row.id for row in rows}, f"{found!r} is no checkpoint of this thread"
    assert found in branch, (
        "what you found is on a branch that the thread has left: in the list of a forked thread all branches are mixed, good "
        "comes after bad and step numbers repeat"
    )
    assert found in bad, (
        f"the checkpoint that you found is good, {'the last good one' if branch[branch.index(found) + 1] == bad[0] else 'too early'}: "
        "return the first that is bad"
    )
    assert found == bad[0], (
        "what you found is bad, but so is the checkpoint that it came out of: the culprit is the first bad one on the way "
        "from parent to child"
    )
    asked = len(server.requests)
    assert asked <= 8, (
        f"the auditor was asked {asked} times, of half an hour each, for a branch of {len(branch)}: each question can rule "
        "out half of what is left"
    )
    assert asked or len(branch) < 2, "the auditor was never asked: whether a state is bad is hers to say"


def is_off(values: dict[str, Any]) -> bool:
    """Tell whether the books are wrong."""
    return sum(values.get("lines") or []) != (values.get("total") or 0)


@pytest.mark.exercise("find_the_culprit", points=2, needs=("server",))
def test_culprit_among_branches(submission):
    """A history of 200 with branches that were left, some of them bad."""
    rng = submission.rng
    audited(
        submission,
        [
            draw_part(rng, 22, None, None),
            draw_part(rng, 12, rng.randrange(3), rng.randrange(7, 10)),
            draw_part(rng, 12, rng.randrange(3), rng.randrange(10, 14)),
            draw_part(rng, 19, rng.randrange(3), rng.randrange(17, 19)),
        ],
    )


@pytest.mark.exercise("find_the_culprit", points=1, needs=("server",))
def test_culprit_by_hand(submission):
    """A correction by hand was wrong: it is a checkpoint like any other."""
    rng = submission.rng
    audited(
        submission,
        [
            draw_part(rng, rng.randrange(18, 22), None, None),
            draw_part(rng, 20, 0, rng.randrange(5, 9)),
            draw_part(rng, 20, None, rng.randrange(12, 17), by_hand=rng.choice([-31, 13, 27])),
        ],
    )


# --- fork_with_correction ----------------------------------------------------------------------------


def converse(fork_with_correction, db, turns, first_text, message_id, text):
    """Hold a conversation, and perhaps all of it again with another first text; or fork the one that is there."""
    from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
    from langgraph.checkpoint.sqlite import SqliteSaver
    from langgraph.graph import START, MessagesState, StateGraph

    stock, ran = {turn["text"]: turn["stock"] for turn in turns}, []

    def last(state, kind):
        messages = state["messages"]
        return next((message for message in reversed(messages) if message.type == kind), messages[-1])

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
        f"{naming('node', seen['ran'])} ran, and only {', '.join(ran)} should: new input begins a new turn at `START`, and an "
        "earlier checkpoint repeats what was done before the message stood there"
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
    assert_corrected(seen, current, turn["id"], text, ["look_up", "refuse"])


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


def draw_pipeline(rng: random.Random, beside: int, joined: bool = True) -> dict[str, Any]:
    """Draw the nodes of a pipeline: those before, the one that fails, those beside it, two ways, the last.

    Where those beside are joined with it, `settle` waits for all of them and decides the way. Else the node that
    fails decides, and one of those beside it is followed by a node of its own.
    """
    others = rng.sample(("archive", "pack", "weigh", "label"), beside)
    before = rng.sample(("check", "price", "route", "vet"), rng.choice([1, 2]))
    return {
        "before": before,
        "node": rng.choice(["charge", "debit", "bill"]),
        "beside": others,
        "joint": ["settle"] if joined and others else [],
        "follows": {} if joined else {rng.choice(others): rng.choice(["seal", "stack"])},
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


def assert_nothing_dropped(seen: dict[str, Any], shape: dict[str, Any], way: str) -> None:
    """Expect what follows a node beside to have run, and what follows the node: each is due by its own result."""
    ran, log = seen["ran"], (seen["state"] or {}).get("log") or []
    dropped = [name for name in (*shape["follows"].values(), way) if name not in ran]
    if not shape["follows"] or not dropped:
        return
    unheard = [name for name in shape["beside"] if name not in log]
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
    beside = [*shape["beside"], *shape["joint"], *shape["follows"].values()]
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
    """What ran beside the node is not repeated, and not lost."""
    entered_beside(submission, draw_pipeline(submission.rng, beside=submission.rng.choice([1, 2])))


@pytest.mark.exercise("as_if_node", points=1)
def test_each_result_has_its_followers(submission):
    """A node beside has a follower of its own: it runs, and so does the way that the entered result takes."""
    for beside in (1, 2):
        entered_beside(submission, draw_pipeline(submission.rng, beside, joined=False), f"orders-{beside}.db")


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


# --- safe_replay -------------------------------------------------------------------------------------


def settle(safe_replay, url, db, nodes, policy, claims, roll_back, replay):
    """Settle claims on one thread, and perhaps roll the last one back; or replay with another policy."""
    import json
    import operator
    import urllib.request
    from typing import Annotated, TypedDict

    from langgraph.checkpoint.sqlite import SqliteSaver
    from langgraph.graph import START, StateGraph

    class State(TypedDict, total=False):
        claim: str
        facts: dict
        cents: int
        receipt: str
        ticket: str
        letter: str
        sent: str
        trail: Annotated[list, operator.add]

    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def ask(path, **body):
        request = urllib.request.Request(url + path, json.dumps(body).encode(), method="POST")
        with direct.open(request) as reply:
            return json.load(reply)

    def fetch(state):
        return {"facts": ask("/facts", claim=state["claim"])}

    def decide(state):
        facts = state["facts"]
        return {"cents": facts["price"] * policy["percent"] // 100 if facts["days"] <= policy["days"] else 0}

    def pay(state):
        return {"receipt": ask("/payments", claim=state["claim"], cents=state["cents"])["id"]}

    def escalate(state):
        return {"ticket": ask("/tickets", claim=state["claim"])["id"]}

    def letter(state):
        return {"letter": f"{state['cents']} cents, receipt {state['receipt']}, ticket {state['ticket']}"}

    def mail(state):
        return {"sent": ask("/mails", text=state["letter"])["id"]}

    def keep(state):
        ask("/archive", text=state["letter"])
        return {}

    def close(state):
        return {"letter": f"{state['letter']}, sent as {state['sent']}"}

    def noting(role, node):
        return lambda state: {**node(state), "trail": [role]}

    builder = StateGraph(State)
    for node in (fetch, decide, pay, escalate, letter, mail, keep, close):
        builder.add_node(nodes[node.__name__], noting(node.__name__, node))
    builder.add_edge(START, nodes["fetch"])
    ways = {True: nodes["pay"], False: nodes["escalate"]}
    builder.add_conditional_edges(nodes["decide"], lambda state: state["cents"] > 0, ways)
    for start, end in (
        ("fetch", "decide"),
        ("pay", "letter"),
        ("escalate", "letter"),
        ("letter", "mail"),
        ("mail", "keep"),
        ("keep", "close"),
    ):
        builder.add_edge(nodes[start], nodes[end])
    with SqliteSaver.from_conn_string(db) as saver:
        saver.conn.execute("pragma synchronous = off")  # nothing is killed here
        graph, config = builder.compile(checkpointer=saver), {"configurable": {"thread_id": "claims"}}
        if replay:
            outside = [nodes[role] for role in ("fetch", "pay", "escalate", "mail", "keep")]
            state = safe_replay(graph, "claims", nodes["decide"], outside)
            return {"state": state if isinstance(state, dict) else None, "kind": type(state).__name__}
        ends = []
        for claim in claims:
            graph.invoke({"claim": claim, "receipt": "", "ticket": "", "letter": "", "sent": ""}, config)
            ends.append(graph.get_state(config).config)
        if roll_back:
            graph.update_state(ends[-2], None, as_node="__copy__")
    return None


class Office:
    """The systems outside: each call has an effect, and each answer is another one."""

    def __init__(self, submission: Any, facts: Sequence[dict[str, int]]) -> None:
        self._rng, self._facts, self._given = submission.rng, list(facts), dict[str, str]()
        self.server = submission.serve(self._answer)

    def _answer(self, request: Any) -> Response:
        if request.path == "/facts":
            return Response(body=self._facts.pop(0) if self._facts else {"price": 1, "days": 1})
        self._given[request.path] = f"{request.path[1]}{self._rng.randrange(10**5)}"
        return Response(body={"id": self._given[request.path]})

    def calls(self) -> list[str]:
        """Return what was asked, in order."""
        return [request.path for request in self.server.requests]


def draw_claims(rng: random.Random, ways: Sequence[str]) -> dict[str, Any]:
    """Draw claims of which the old policy pays some and escalates the others, and names for the nodes."""
    roles = ("fetch", "decide", "pay", "escalate", "letter", "mail", "keep", "close")
    stems = rng.sample(WARES, len(roles))
    claims = [f"claim {rng.randrange(10**5)}" for _ in ways]
    facts = [
        {"price": 100 * rng.randrange(5, 99), "days": rng.randrange(1, 30) + (40 if way == "escalate" else 0)}
        for way in ways
    ]
    nodes = {role: f"{role}_{stem}" for role, stem in zip(roles, stems, strict=True)}
    return {"claims": claims, "facts": facts, "nodes": nodes, "policy": {"percent": 10, "days": 30}}


def settled(submission: Any, drawn: dict[str, Any], new: dict[str, int], roll_back: bool = False) -> Any:
    """Have the claims settled under the old policy, and the last run replayed under the new; return what was seen."""
    office = Office(submission, drawn["facts"])
    given = {"url": office.server.url, "db": submission.path("claims.db"), "nodes": drawn["nodes"]}
    given |= {"claims": drawn["claims"], "roll_back": roll_back}
    submission.observe(settle, **given, policy=drawn["policy"], replay=False)
    path, calls = submission.file("claims.db"), office.calls()
    before, rows = evidence.checkpoints(path, "claims"), evidence.raw_rows(path, "claims")
    seen = submission.observe(settle, **given, policy=new, replay=True)
    path = submission.file("claims.db")
    after, kept = evidence.checkpoints(path, "claims"), evidence.raw_rows(path, "claims")
    real, keys = before[-1].values, ("receipt", "ticket", "sent")
    return {
        "state": seen["state"],
        "kind": seen["kind"],
        "calls": office.calls()[len(calls) :],
        "real": real,
        "others": {row.values.get(key) for row in before for key in keys} - {real.get(key) for key in keys},
        "now": after[-1].values,
        "lost": len(rows - kept),
    }


def assert_replayed(seen: dict[str, Any], drawn: dict[str, Any], new: dict[str, int], run: int) -> None:
    """Expect nothing to have been asked outside, and the state that the new policy leads to."""
    assert seen["calls"] != ["/archive"], (
        "of two nodes in a row that reach out, the second was executed (/archive): `interrupt_before` does not stop a run before "
        "the node that it begins with, so `invoke(None, …)` goes past the node that waits; look at `next` first"
    )
    assert not seen["calls"], (
        f"the other systems were asked again ({', '.join(seen['calls'])}): a replay executes the nodes again, from the "
        "checkpoint on, with all that they do outside"
    )
    state, real, facts = seen["state"], seen["real"], drawn["facts"][run]
    assert isinstance(state, dict) and "claim" in state, (
        f"`safe_replay` returned a value of type {seen['kind']}{' without `claim`' * isinstance(state, dict)}: return the state "
        "that the replay ended in"
    )
    cents = facts["price"] * new["percent"] // 100 if facts["days"] <= new["days"] else 0
    assert state["claim"] == drawn["claims"][run], (
        f"you replayed {state['claim']!r}, which had been rolled back: the list of a thread's checkpoints holds the branches "
        "that it has left, so go from the newest checkpoint to its parents"
    )
    assert state.get("cents") == cents or state.get("cents") != real["cents"], (
        f"`cents` is {state.get('cents')}, which is what the old code decided, and the new one says {cents}: the state that "
        "is saved does not change with the code, so `start` has to run on the checkpoint before it"
    )
    assert state.get("cents") == cents, (
        f"`cents` is {state.get('cents')}, and the new code says {cents} for {facts}"
    )
    done = state.get("letter") or ""
    assert ", sent as " in done, (
        f"the letter is {done!r}: the replay stopped before a node that reaches out and never ran to its end; enter what "
        "that node had returned, and go on"
    )
    same = bool(real["cents"]) == bool(cents)
    key, other = ("receipt", "ticket") if cents else ("ticket", "receipt")
    want = {key: real[key] if same else "", other: "", "sent": real["sent"]}
    for name, value in want.items():
        assert state.get(name) == value or not value or state.get(name) not in seen["others"], (
            f"`{name}` is {state.get(name)!r}, and not {value!r}: the node that sets it was passed something else than what it "
            "returned in the last run; another run has a record of the same name"
        )
        assert state.get(name) == value or not value, (
            f"`{name}` is {state.get(name)!r}: the node that sets it was passed without what it had returned in the real run, "
            f"{value!r}, which stands in the `tasks` of the checkpoint before it"
        )
        assert state.get(name) == value, (
            f"`{name}` is {state.get(name)!r}, but no node set it in that run: take only what was recorded after `start`"
        )
    text = f"{cents} cents, receipt {want['receipt']}, ticket {want['ticket']}, sent as {want['sent']}"
    assert done == text, f"the letter is {done!r} and not {text!r}: each node that stays inside is to run"
    way = (
        [] if not same else ["pay" if cents else "escalate"]
    )  # one that did not run has nothing to add to the trail
    due = ["fetch", "decide", *way, "letter", "mail", "keep", "close"]
    trail, past = state.get("trail") or [], real["trail"][:-7]
    assert trail == [*past, *due], (
        f"`trail` is {', '.join(trail)}, and not {', '.join([*past, *due])}: what was saved before `start` counts once, and "
        "each node after it once"
    )


def assert_thread_stays(seen: dict[str, Any]) -> None:
    """Expect the thread as it was."""
    assert not seen["lost"], f"{seen['lost']} rows of the thread were changed or deleted by the replay"
    keys = ("claim", "facts", "cents", "receipt", "ticket", "letter", "sent", "trail")
    real, now = ({key: values.get(key) for key in keys} for values in (seen["real"], seen["now"]))
    assert now == real, (
        f"the thread's newest checkpoint has {now['cents']} cents now, and really it was {real['cents']}: a replay becomes the "
        "thread's newest branch, and the next message would be answered from there"
    )
    waits = [channel for channel in seen["now"] if channel.startswith("branch:to:")]
    assert not waits, "the thread waits for a node now, and its runs were over: leave it as it was"


@pytest.mark.exercise("safe_replay", points=2, needs=("server",))
def test_replay_reaches_nobody(submission):
    """Nobody outside is asked again, and the new code is really run."""
    rng = submission.rng
    drawn, new = draw_claims(rng, ["pay"]), {"percent": rng.randrange(20, 90), "days": 30}
    assert_replayed(settled(submission, drawn, new), drawn, new, 0)


@pytest.mark.exercise("safe_replay", points=1, needs=("server",))
def test_replay_goes_another_way(submission):
    """A decision leads to a node that did not run then."""
    rng = submission.rng
    drawn, new = (
        draw_claims(rng, [rng.choice(["pay", "escalate"])]),
        {"percent": rng.randrange(20, 90), "days": 0},
    )
    if drawn["facts"][0]["days"] > 30:
        new["days"] = 99
    assert_replayed(settled(submission, drawn, new), drawn, new, 0)


@pytest.mark.exercise("safe_replay", points=1, needs=("server",))
def test_thread_is_left_alone(submission):
    """The thread keeps what was saved, and goes on from its real state."""
    rng = submission.rng
    drawn, new = draw_claims(rng, ["pay"]), {"percent": rng.randrange(20, 90), "days": 30}
    seen = settled(submission, drawn, new)
    assert_thread_stays(seen)
    assert_replayed(seen, drawn, new, 0)


@pytest.mark.exercise("safe_replay", points=1, needs=("server",))
def test_only_this_run_is_replayed(submission):
    """A thread of several runs: what is recorded of an earlier run is not this one's."""
    rng = submission.rng
    ways = rng.sample(["pay", "escalate"], 2)
    drawn = draw_claims(rng, ways)
    new = {"percent": rng.randrange(20, 90), "days": 0 if ways[1] == "pay" else 99}
    seen = settled(submission, drawn, new)
    assert_replayed(seen, drawn, new, 1)
    assert_thread_stays(seen)


# --- roll_back_everything ----------------------------------------------------------------------------


def agent(roll_back_everything, url, db, store_db, runs, others, good, kill_at):
    """Let the agent do its jobs, run by run, and return the good checkpoint's id; or roll back to `good`."""
    import contextlib
    import json
    import operator
    import os
    import signal
    import urllib.request
    from typing import Annotated, TypedDict

    from langgraph.checkpoint.sqlite import SqliteSaver
    from langgraph.graph import START, StateGraph
    from langgraph.store.sqlite import SqliteStore

    class State(TypedDict, total=False):
        jobs: list
        runs: Annotated[int, operator.add]
        journal: Annotated[list, operator.add]

    ran, left = [], dict(kill_at or {})

    def die_at(place):
        if place in left:
            left[place] -= 1
            if left[place] == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    class Store(SqliteStore):
        def batch(self, ops):
            done = super().batch(ops)
            for op in ops:
                if type(op).__name__ == "PutOp":
                    die_at("store")
            return done

    class Saver(SqliteSaver):
        def put(self, *args):
            die_at("before the thread")
            config = super().put(*args)
            die_at("after the thread")
            return config

    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def ask(path, **body):
        request = urllib.request.Request(url + path, json.dumps(body).encode(), method="POST")
        with direct.open(request) as reply:
            return json.load(reply)

    class Bank:
        def refund(self, id):
            ask("/refund", id=id)

        def refunded(self):
            return ask("/refunded")

    def record(state):
        ran.append("record")
        journal = []
        for job in state["jobs"]:
            if job["did"] == "put":
                namespace, key = tuple(job["namespace"]), job["key"]
                item = store.get(namespace, key)
                journal.append(
                    {"did": "put", "namespace": list(namespace), "key": key, "before": item and item.value}
                )
                if job["value"] is None:
                    store.delete(namespace, key)
                else:
                    store.put(namespace, key, job["value"])
        return {"journal": journal, "runs": 1}

    def charge(state):
        ran.append("charge")
        charges = [job["id"] for job in state["jobs"] if job["did"] == "charge"]
        for id in charges:
            ask("/charge", id=id)
        return {"journal": [{"did": "charge", "id": id} for id in charges]}

    def audit(state):
        if any(job["did"] == "fail" for job in state["jobs"]):
            raise RuntimeError("the auditor is out")
        return {}

    def close(state):
        ran.append("close")
        return {}

    builder = StateGraph(State).add_node(record).add_node(charge).add_node(audit).add_node(close)
    builder.add_edge(START, "record").add_edge("record", "charge").add_edge("record", "audit")
    builder.add_edge(["charge", "audit"], "close")
    with contextlib.ExitStack() as stack:
        saver = stack.enter_context(Saver.from_conn_string(db))
        store = stack.enter_context(Store.from_conn_string(store_db))
        store.setup()
        for conn in (saver.conn, store.conn):
            conn.execute("pragma synchronous = off")  # a process is killed here, and never the machine
        graph, config = (
            builder.compile(checkpointer=saver, store=store),
            {"configurable": {"thread_id": "agent"}},
        )
        if isinstance(good, str):
            try:
                roll_back_everything(graph, store, "agent", good, Bank())
            except KeyError as error:
                if error.args != ("checkpoint_ns",):
                    raise
                return {"lacks": "checkpoint_ns"}
            return {"ran": ran}
        for jobs in runs:
            with contextlib.suppress(RuntimeError):
                graph.invoke({"jobs": jobs}, config)
            while len(graph.get_state(config).next) > 1:  # the error came before the task beside it had begun
                with contextlib.suppress(RuntimeError):
                    graph.invoke(None, config)
        for namespace, key, value in others:
            store.put(tuple(namespace), key, value)
        number, waits = good
        for snapshot in graph.get_state_history(config):
            if snapshot.values.get("runs") == number and snapshot.next == (
                ("charge", "audit") if waits else ()
            ):
                return snapshot.config["configurable"]["checkpoint_id"]
    return None


class BankDesk:
    """The bank, with the judge: it charges and refunds whatever it is told to, and may kill who asks."""

    def __init__(self, submission: Any) -> None:
        self.charges, self.refunds = list[str](), list[str]()
        self.kill_at: int | None = None
        self._submission, self.server = submission, submission.serve(self._answer)

    def _answer(self, request: Any) -> Response:
        if request.path == "/charge":
            self.charges.append(request.json["id"])
        if request.path == "/refund":
            self.refunds.append(request.json["id"])
            if len(self.refunds) == self.kill_at:
                self.kill_at = None
                self._submission.kill()
        return Response(body=self.refunds if request.path == "/refunded" else {})


def draw_agent(rng: random.Random, fails: bool = False) -> dict[str, Any]:
    """Draw three runs of an agent, and what others put into the same store meanwhile."""
    ada, bob, cleo = (
        [["customers", "staff"][rng.randrange(2)], f"{name}{rng.randrange(99)}"] for name in ("a", "b", "c")
    )
    plan, price, note, tier = rng.sample(WARES, 4)
    ids = iter(rng.sample(range(1000, 9999), 8))

    def put(namespace: list[str], key: str, gone: bool = False) -> dict[str, Any]:
        value = None if gone else {"is": f"{rng.choice(WARES)} {next(values)}"}
        return {"did": "put", "namespace": namespace, "key": key, "value": value}

    def charge() -> dict[str, Any]:
        return {"did": "charge", "id": f"ch_{next(ids)}"}

    values = iter(range(100))
    runs = [
        [put(ada, plan), put(ada, price), put(bob, plan), charge()],
        [put(ada, plan), put(ada, price, gone=True), charge(), charge()],
        [put(ada, plan), put(bob, note), put(ada, tier), put(bob, plan), put(ada, tier), charge()],
    ]
    if fails:
        runs[-1].append({"did": "fail"})
    others = [[cleo, plan, {"is": "theirs"}], [ada, f"{note} of another", {"is": "theirs"}]]
    return {"runs": runs, "others": others}


def items_at(drawn: dict[str, Any], runs: int) -> dict[tuple[str, str], Any]:
    """Return what the store should hold after so many runs, with the items of others."""
    items = dict[tuple[str, str], Any]()
    for job in [job for run in drawn["runs"][:runs] for job in run if job["did"] == "put"]:
        items[".".join(job["namespace"]), job["key"]] = job["value"]
    items |= {(".".join(namespace), key): value for namespace, key, value in drawn["others"]}
    return {place: value for place, value in items.items() if value is not None}


def rolled_back(
    submission: Any,
    drawn: dict[str, Any],
    good: tuple[int, bool],
    name: str = "agent",
    refund_kills: int | None = None,
    kill_at: dict[str, int] | None = None,
) -> None:
    """Have an agent's runs rolled back, perhaps with a kill and a second call; expect all three places right."""
    desk = BankDesk(submission)
    db, store_db = f"{name}.db", f"{name}-store.db"
    given = {
        "url": desk.server.url,
        "db": submission.path(db),
        "store_db": submission.path(store_db),
        **drawn,
    }
    id = submission.observe(agent, **given, good=good, kill_at=None)
    path = submission.file(db)
    rows = evidence.raw_rows(path, "agent")
    wanted = next(row for row in evidence.checkpoints(path, "agent") if row.id == id)
    desk.kill_at = refund_kills
    killed = bool(refund_kills or kill_at)
    seen = submission.observe(agent, **given, good=id, kill_at=kill_at, dies=killed)
    if killed:
        submission.restart()
        seen = submission.observe(agent, **given, good=id, kill_at=None)
    assert "lacks" not in seen, (
        "your code raised `KeyError: 'checkpoint_ns'`: a config with a checkpoint's id that an update is to start from needs "
        'three keys, `thread_id`, `checkpoint_ns` (`""`) and `checkpoint_id`, and the `.config` of a snapshot that you '
        "read without it lacks it, too"
    )
    ran = seen["ran"]
    assert not ran, (
        f"{naming('node', ran)} ran while you rolled back: `invoke` goes on from a checkpoint, and does its work again"
    )
    again = " after a kill and a second call" if killed else ""
    assert_refunded(desk, drawn, good, again)
    assert_restored(evidence.store_items(submission.file(store_db)), drawn, good[0], again)
    path = submission.file(db)
    assert_at_checkpoint(evidence.checkpoints(path, "agent")[-1], wanted, again)
    assert_rows_kept(rows, evidence.raw_rows(path, "agent"))


def assert_refunded(desk: BankDesk, drawn: dict[str, Any], good: tuple[int, bool], again: str) -> None:
    """Expect one refund for each charge since the good checkpoint, and none for others."""
    number, waits = good
    charges = [[job["id"] for job in run if job["did"] == "charge"] for run in drawn["runs"]]
    kept = [id for run in charges[: number - 1 if waits else number] for id in run]
    due = [id for id in desk.charges if id not in kept]
    early = [id for id in desk.refunds if id in kept]
    assert not early, (
        f"charge `{early[0]}` was refunded{again}, but it was charged before the good checkpoint, and stands"
    )
    count = Counter(desk.refunds)
    twice = [id for id in due if count[id] > 1]
    assert not twice, (
        f"charge `{twice[0]}` was refunded {count[twice[0]]} times{again}: the first call had got as far, and the bank had noted it; "
        "ask the bank before you refund"
    )
    missing = [id for id in due if not count[id]]
    never = f"{naming('charge', missing)} {'was' if len(missing) == 1 else 'were'} never refunded"
    assert not missing or not again or not desk.refunds, (
        f"{never}{again}: the second call did not know any more what was left to do, which the "
        "newest checkpoint's journal says, so write the thread last"
    )
    failed = drawn["runs"][-1][-1]["did"] == "fail"
    assert not (failed and missing and set(missing) <= set(charges[-1])), (
        f"{never}: the last run failed, and what the nodes beside the one that raised returned is "
        "not in the newest checkpoint yet; it is pending"
    )
    assert not missing, (
        f"{never}: time travel rewinds the state of the graph and nothing else, so what was done "
        "outside needs an action that undoes it"
    )
    strange = sorted(set(desk.refunds) - set(due))
    assert not strange, f"a refund of {', '.join(strange)} was paid, and nothing of that name was charged"


def assert_restored(
    items: dict[tuple[str, str], Any], drawn: dict[str, Any], number: int, again: str
) -> None:
    """Expect the store to hold what it held at the good checkpoint, and what others put there."""
    right, last = items_at(drawn, number), items_at(drawn, len(drawn["runs"]))
    theirs = {(".".join(namespace), key) for namespace, key, _ in drawn["others"]}
    for place in sorted(place for place in {*right, *items} if items.get(place) != right.get(place)):
        key, namespace, is_now, was = place[1], place[0], items.get(place), right.get(place)
        where = f"item {key!r} of {namespace!r} is {is_now}{again}"
        assert place not in theirs, f"{where}, but it is someone else's, who put {was}: leave it"
        assert is_now != last.get(place) or is_now is None, (
            f"{where}, and at the good checkpoint it was {was}: a store has no history, so time travel rewinds the state of the "
            "graph and nothing else; undo what the journal says"
        )
        assert is_now is None, (
            f"{where}, which it was for a while, and at the good checkpoint it was {was}: an item that was changed twice "
            "has two entries, and the oldest `before` must win, so undo the newest first"
        )
        raise AssertionError(
            f"{where}, and at the good checkpoint it was {was}: put `before` back, and undo nothing that came earlier"
        )


def assert_at_checkpoint(newest: evidence.Row, good: evidence.Row, again: str) -> None:
    """Expect the newest checkpoint to be like the good one, in its state and in what it waits for."""
    keys = ("jobs", "runs", "journal")
    state, wanted = ({key: row.values.get(key) for key in keys} for row in (newest, good))
    assert (state["runs"] or 0) <= (wanted["runs"] or 0) or newest.source != "update", (
        f"the newest checkpoint counts {state['runs']} runs{again}, and the good one {wanted['runs']}: values that you write go "
        "through the reducers, which add them to what is there"
    )
    assert state == wanted, (
        f"the newest checkpoint counts {state['runs']} runs with {len(state['journal'] or [])} entries{again}, and the good one "
        f"{wanted['runs']} with {len(wanted['journal'] or [])}: the thread is to go on from the good one's state"
    )
    due, wanted_due = (
        sorted(name for name in row.values if name.startswith("branch:to:")) for row in (newest, good)
    )
    assert due == wanted_due, (
        f"the newest checkpoint waits for {[name.removeprefix('branch:to:') for name in due]}{again}, and the good one for "
        f"{[name.removeprefix('branch:to:') for name in wanted_due]}: its place in the run is part of it"
    )


@pytest.mark.exercise("roll_back_everything", points=2, needs=("server",))
def test_rolled_back_to_the_end_of_a_run(submission):
    """The good checkpoint is the end of a run: thread, store and bank are back there."""
    rolled_back(submission, draw_agent(submission.rng), (1, False))


@pytest.mark.exercise("roll_back_everything", points=1, needs=("server",))
def test_rolled_back_into_a_run(submission):
    """The good checkpoint is in the middle of a run, and the thread waits again for what came next."""
    rolled_back(submission, draw_agent(submission.rng), (2, True))


@pytest.mark.exercise("roll_back_everything", points=1, needs=("server",))
def test_last_run_failed(submission):
    """The last run failed, and what a node beside the one that raised had done is undone."""
    rolled_back(submission, draw_agent(submission.rng, fails=True), (1, submission.rng.choice([True, False])))


@pytest.mark.exercise("roll_back_everything", points=2, needs=("server",), restarts=True)
def test_killed_during_the_refunds(submission):
    """The process is killed right after a refund, and the second call finishes the work."""
    kill = submission.rng.choice([1, 2])
    rolled_back(submission, draw_agent(submission.rng), (1, False), refund_kills=kill)
