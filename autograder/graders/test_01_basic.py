"""Public tests of module 01: threads, checkpoints, reducers."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from autograder.testing import evidence

if TYPE_CHECKING:
    import random
    from collections.abc import Iterable, Sequence
    from pathlib import Path

PEOPLE = ("ada", "bob", "cleo", "dan", "eve", "finn", "gus", "hana", "ivy", "jon", "kim", "leo", "mia", "ned")
THINGS = ("lamp", "kettle", "tent", "drill", "guitar", "printer", "saddle", "mirror", "ladder", "radio")
NODES = ("load", "plan", "search", "draft", "answer", "review", "route", "notify")
CHECKS = ("fraud", "cover", "address", "limits", "police", "history", "photos")


# --- restart_proof_chat ------------------------------------------------------------------------------


def say(chat, db, customer, text, reply):
    """Let the customer say something, with a model that notes what it is given."""
    given = []

    def model(messages):
        given.append([getattr(message, "content", message) for message in messages])
        return reply

    returned = chat(db, customer, text, model)
    return {"returned": returned, "given": given}


def is_there(db):
    """Tell whether the file exists."""
    from pathlib import Path

    return Path(db).exists()


def draw_turns(rng: random.Random, count: int = 2) -> list[tuple[str, str]]:
    """Draw what a customer says and what the model replies."""
    things = rng.sample(THINGS, count)
    return [
        (f"My order {rng.randrange(10**5, 10**6)} is a {thing}.", f"Noted, {thing} ({rng.randrange(10**4)}).")
        for thing in things
    ]


def heard(seen: dict[str, Any], turns: Iterable[tuple[str, str]]) -> list[str]:
    """Return which texts of these turns the model was given in its last call, in order."""
    known = {text for turn in turns for text in turn}
    return [text for text in (seen["given"] or [[]])[-1] if isinstance(text, str) and text in known]


def assert_replied(seen: dict[str, Any], reply: str) -> None:
    """Expect the model to have been asked, and its reply to have come back as a string."""
    assert seen["given"], "`chat` never called `model`: the reply must come from `model(messages)`"
    returned = seen["returned"]
    kind = returned.get("type", "dict") if isinstance(returned, dict) else type(returned).__name__
    assert isinstance(returned, str), (
        f"`chat` returned a value of type {kind}, not the reply as a string: return the text of the last message"
    )
    assert returned == reply, (
        f"the model replied {reply!r}, but `chat` returned {returned!r}: return the reply"
    )


@pytest.mark.exercise("restart_proof_chat", points=1)
def test_second_turn_knows_the_first(submission):
    """A second turn knows the first, and another customer's does not."""
    customer, turns = submission.rng.choice(PEOPLE), draw_turns(submission.rng)
    (text, reply), (next_text, next_reply) = turns
    db = submission.path("chat.db")
    first = submission.observe(say, db=db, customer=customer, text=text, reply=reply)
    assert_replied(first, reply)
    assert heard(first, turns) == [text], (
        f"on the first turn the model was given {first['given'][-1]}: it needs the new text, as a message"
    )
    second = submission.observe(say, db=db, customer=customer, text=next_text, reply=next_reply)
    assert_replied(second, next_reply)
    told = heard(second, turns)
    assert told != [next_text], (
        "on the second turn the model was given the new text and nothing of the first turn: "
        "either each call goes to another thread, or the state has no reducer and each turn replaces the one before it"
    )
    assert told == [text, reply, next_text], (
        f"on the second turn the model was given {second['given'][-1]}, "
        "not the first text, the reply to it, and the new text: save the reply as a message, too, and each message once"
    )
    other = submission.rng.choice([person for person in PEOPLE if person != customer])
    stranger = submission.observe(say, db=db, customer=other, text="Hello?", reply="Hello.")
    assert not heard(stranger, turns), (
        f"{other} said hello, and the model was given what {customer} had said: "
        "all customers share one thread, so make the `thread_id` from the customer"
    )


@pytest.mark.exercise("restart_proof_chat", points=2, restarts=True)
def test_new_process_recalls(submission):
    """After SIGKILL, a new process still knows what was said."""
    customer, turns = submission.rng.choice(PEOPLE), draw_turns(submission.rng)
    (text, reply), (next_text, next_reply) = turns
    db = submission.path("chat.db")
    assert_replied(submission.observe(say, db=db, customer=customer, text=text, reply=reply), reply)
    submission.restart()
    assert submission.observe(is_there, db=db), (
        "after a turn there is no file at `db_path`: the conversation lived in the memory of the process that "
        "was killed, so look at which saver `compile` is given, and where that saver writes"
    )
    second = submission.observe(say, db=db, customer=customer, text=next_text, reply=next_reply)
    assert_replied(second, next_reply)
    if heard(second, turns) != [text, reply, next_text]:
        raise AssertionError(why_forgotten(submission.file("chat.db"), text, next_text))
    assert threads_with(submission.file("chat.db"), text), (
        "the new process knew the first turn, but no checkpoint in `db_path` holds it: keep it in the graph's state"
    )


def why_forgotten(db: Path, text: str, next_text: str) -> str:
    """Explain, from the database, why the second process did not know the first turn."""
    knew_nothing = "after the kill, the model was not given the whole first turn"
    first, second = (threads_with(db, wanted) for wanted in (text, next_text))
    if not first:
        return f"{knew_nothing}, and no checkpoint in `db_path` holds it: compile the graph with a saver on that file"
    if not threads_with(db, text, newest=True):
        return (
            f"{knew_nothing}: thread {first[0]!r} held it, and holds it no more, for each turn replaces the one "
            "before it; the channel of the messages needs a reducer"
        )
    if not set(first) & set(second):
        return (
            f"{knew_nothing}: it stands in thread {first[0]!r}, but the new process looked in another thread, "
            f"{(second or ['?'])[0]!r}; the `thread_id` must come out the same in every process"
        )
    return f"{knew_nothing}, though thread {first[0]!r} holds it: give `model` all of the state's messages"


def threads_with(db: Path, text: str, newest: bool = False) -> list[str]:
    """Return the threads that hold a text in one of their checkpoints, or in the newest."""
    found: list[str] = []
    for thread in evidence.threads(db):
        rows = evidence.checkpoints(db, thread)
        if any(text in texts_in(row.values) for row in (rows[-1:] if newest else rows)):
            found.append(thread)
    return found


def texts_in(value: Any) -> Iterable[str]:
    """Yield each text in a value: strings, contents of messages, at any depth."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from texts_in(part)
    elif isinstance(value, list | tuple | set):
        for part in value:
            yield from texts_in(part)
    else:
        # A message has its text in `content`, LangGraph's `Overwrite` what it writes in `value`.
        yield from texts_in(getattr(value, "content", None) or getattr(value, "value", None) or ())


# --- describe_history --------------------------------------------------------------------------------


def describe(describe_history, db, nodes, threads, fork_at, wait_before):
    """Make threads with a graph of our own, and have the first of them described."""
    import operator
    from typing import Annotated, TypedDict

    from langgraph.checkpoint.sqlite import SqliteSaver
    from langgraph.graph import START, StateGraph

    class State(TypedDict):
        log: Annotated[list, operator.add]

    ran = []

    def node(name):
        return lambda state: ran.append(name) or {"log": [name]}

    builder = StateGraph(State)
    for name in nodes:
        builder.add_node(name, node(name))
    for before, after in zip([START, *nodes], nodes, strict=False):
        builder.add_edge(before, after)
    with SqliteSaver.from_conn_string(db) as saver:
        saver.conn.execute("pragma synchronous = off")  # nothing is killed here
        graph = builder.compile(checkpointer=saver)
        for thread, inputs in threads:
            config = {"configurable": {"thread_id": thread}}
            for text in inputs:
                graph.invoke({"log": [text]}, config)
            if fork_at is not None:
                old = next(s for s in graph.get_state_history(config) if s.metadata["step"] == fork_at)
                graph.invoke(None, graph.update_state(old.config, {"log": ["corrected"]}))
            if wait_before:
                graph.invoke({"log": ["wait"]}, config, interrupt_before=[wait_before])
    ran.clear()
    rows = describe_history(db, threads[0][0], builder)
    return {"rows": rows, "ran": ran}


def assert_described(seen: dict[str, Any], path: Path, thread: str) -> None:
    """Compare a description with the database, and tell the first thing that is wrong."""
    assert not seen["ran"], (
        f"while you described the thread, its nodes ran again ({', '.join(seen['ran'])}): "
        "`get_state_history` reads a thread, `invoke` runs it"
    )
    truth, rows = [as_described(row) for row in evidence.checkpoints(path, thread)], seen["rows"]
    keys = {"id", "parent", "step", "source", "next"}
    assert isinstance(rows, list), (
        "`describe_history` did not return a list: return one dict for each checkpoint"
    )
    bad = [row for row in rows if not (isinstance(row, dict) and keys <= set(row))]
    assert not bad, (
        "each row is to be a dict with the keys id, parent, step, source, next, as the table of the prompt says; "
        f"one of yours is {str(bad[0])[:80]} …"
    )
    configs = [key for row in rows for key in ("id", "parent") if isinstance(row[key], dict)]
    assert not configs, (
        f'`"{configs[0]}"` holds a whole config: the id stands in it, under ["configurable"]["checkpoint_id"]'
    )
    assert_all_there(rows, truth)
    assert_in_order(rows, truth)
    for row, true in zip(rows, truth, strict=True):
        where = f"the checkpoint of step {true['step']} ({true['source']})"
        assert (row["step"], row["source"]) == (true["step"], true["source"]), (
            f"you say step {row['step']}, source {row['source']!r} of {where}: read both from `snapshot.metadata`"
        )
        assert row["parent"] == true["parent"], parent_trouble(row, rows, truth, where)
        assert list(row["next"] or ()) == true["next"], (
            f"you say that {row['next']} was to run after {where}, but it was {true['next']}: "
            "take the names from `snapshot.next`"
        )


def as_described(row: evidence.Row) -> dict[str, Any]:
    """Describe a checkpoint as the prompt asks. A node is due where the channel that triggers it is set."""
    due = [channel.removeprefix("branch:to:") for channel in row.values if channel.startswith("branch:to:")]
    following = ["__start__"] if "__start__" in row.values else due
    return {"id": row.id, "parent": row.parent_id, "step": row.step, "source": row.source, "next": following}


def assert_all_there(rows: list[dict[str, Any]], truth: list[dict[str, Any]]) -> None:
    """Expect each checkpoint once, and none of another thread."""
    given, known = [row["id"] for row in rows], {row["id"]: row for row in truth}
    others = [id for id in given if id not in known]
    assert not others, f"{len(others)} of your rows, such as {others[0]!r}, are no checkpoint of this thread"
    twice = [id for id, count in Counter(given).items() if count > 1]
    assert not twice, f"checkpoint {twice[0]!r} stands in your list more than once"
    missing = [row for id, row in known.items() if id not in given]
    if missing and set(given) == lineage(truth):
        raise AssertionError(
            f"you describe {len(rows)} of {len(truth)} checkpoints, the newest and those it came out of: "
            "after a fork the branch that was left is in the thread still, with steps that stand in both branches"
        )
    steps = {row["step"] for row in rows}
    assert not missing or not all(row["step"] in steps for row in missing), (
        f"you describe {len(rows)} of {len(truth)} checkpoints, and each that is missing has the same step as one "
        "that is there: after a fork a step is no key, two branches share it, and only the id is unique"
    )
    assert not missing, (
        f"you describe {len(rows)} of {len(truth)} checkpoints: one is saved for each input and one after each "
        "super-step, not one for the whole run; list all that `get_state_history` gives"
    )


def lineage(truth: list[dict[str, Any]]) -> set[str]:
    """Return the ids of the newest checkpoint and of all it came out of."""
    parents, at = {row["id"]: row["parent"] for row in truth}, truth[-1]["id"]
    found: set[str] = set()
    while at in parents:
        found.add(at)
        at = parents[at]
    return found


def assert_in_order(rows: list[dict[str, Any]], truth: list[dict[str, Any]]) -> None:
    """Expect the order in which the checkpoints were saved."""
    given, right = [row["id"] for row in rows], [row["id"] for row in truth]
    assert given != right[::-1], (
        f"your list begins with step {truth[-1]['step']}, which was saved last: "
        "`get_state_history` gives the newest first, so turn it round"
    )
    by_step = sorted(truth, key=lambda row: row["step"])
    assert given == right or [row["step"] for row in rows] != [row["step"] for row in by_step], (
        "your rows are sorted by step, which mixes the two branches of a fork: "
        "put them in the order in which they were saved, which is also the order of their ids"
    )
    assert given == right, (
        "your rows are not in the order in which they were saved, which is the order of their ids"
    )


def parent_trouble(
    row: dict[str, Any], rows: list[dict[str, Any]], truth: list[dict[str, Any]], where: str
) -> str:
    """Say what is wrong with a parent."""
    at = next(i for i, one in enumerate(truth) if one["id"] == row["id"])
    if at and row["parent"] == rows[at - 1]["id"]:
        return f"the parent of {where} is not the row above it, for a fork began there: read `snapshot.parent_config`"
    if row["parent"] is None:
        return f"you say that {where} has no parent, but it has: read `snapshot.parent_config`"
    return (
        f"you say that {where} came out of {row['parent']!r}, which is wrong: `snapshot.parent_config` tells"
    )


@pytest.mark.exercise("describe_history", points=2)
def test_every_checkpoint_of_two_runs(submission):
    """Two runs: every checkpoint is described, from the first to the last."""
    thread, nodes = submission.rng.choice(PEOPLE), submission.rng.sample(NODES, 2)
    threads = [(thread, submission.rng.sample(THINGS, 2))]
    seen = submission.observe(
        describe,
        db=submission.path("history.db"),
        nodes=nodes,
        threads=threads,
        fork_at=None,
        wait_before=None,
    )
    assert_described(seen, submission.file("history.db"), thread)


@pytest.mark.exercise("describe_history", points=2)
def test_both_branches_of_a_fork(submission):
    """A fork: both branches are described, each checkpoint with its own parent."""
    thread, nodes = submission.rng.choice(PEOPLE), submission.rng.sample(NODES, 2)
    threads = [(thread, submission.rng.sample(THINGS, 2))]
    db, fork_at = submission.path("fork.db"), submission.rng.choice([0, 1])
    seen = submission.observe(
        describe, db=db, nodes=nodes, threads=threads, fork_at=fork_at, wait_before=None
    )
    assert_described(seen, submission.file("fork.db"), thread)


# --- serve_fifty_users -------------------------------------------------------------------------------


def take_turns(serve, db, posts):
    """Post one after the other; return what each post returned."""
    import operator
    import sqlite3
    from typing import Annotated, TypedDict

    from langgraph.checkpoint.sqlite import SqliteSaver
    from langgraph.graph import START, StateGraph

    class State(TypedDict):
        notes: Annotated[list, operator.add]

    connection = sqlite3.connect(db, check_same_thread=False)
    connection.execute("pragma synchronous = off")  # nothing is killed here
    builder = StateGraph(State).add_node("file", lambda state: {}).add_edge(START, "file")
    post = serve(builder.compile(checkpointer=SqliteSaver(connection)))
    return [post(user, text) for user, text in posts] if callable(post) else None


def post_at_once(serve, db, posts, meet, wait, workers):
    """Post from several threads at once. A run waits until `meet` runs are under way, or `wait` seconds."""
    import operator
    import sqlite3
    import threading
    from concurrent.futures import ThreadPoolExecutor
    from typing import Annotated, TypedDict

    from langgraph.checkpoint.sqlite import SqliteSaver
    from langgraph.graph import START, StateGraph

    class State(TypedDict):
        notes: Annotated[list, operator.add]

    together, alone = threading.Barrier(meet), []

    def file(state):
        try:
            together.wait(wait)
        except threading.BrokenBarrierError:
            alone.append(state["notes"][-1])
        return {}

    connection = sqlite3.connect(db, check_same_thread=False)
    connection.execute("pragma synchronous = off")
    builder = StateGraph(State).add_node(file).add_edge(START, "file")
    post = serve(builder.compile(checkpointer=SqliteSaver(connection)))
    if not callable(post):
        return None
    with ThreadPoolExecutor(workers) as pool:
        returned = list(pool.map(lambda one: post(*one), posts))
    return {"returned": returned, "alone": alone}


def draw_posts(rng: random.Random, users: Iterable[str], each: int) -> list[tuple[str, str]]:
    """Draw notes of several users, in a random order; each note is unique and begins with its user's name."""
    posts = [
        (user, f"{user}: {rng.choice(THINGS)} {rng.randrange(10**6)}") for user in users for _ in range(each)
    ]
    rng.shuffle(posts)
    return posts


def assert_serves(returned: object) -> None:
    """Expect `serve` to have returned a function."""
    assert returned is not None, (
        "what `serve(graph)` returned cannot be called: return the function `post` itself"
    )


def assert_lists(returned: Sequence[Any]) -> None:
    """Expect each post to have returned a list of notes."""
    wrong = [value for value in returned if not isinstance(value, list)]
    assert not wrong, (
        f"`post` returned {wrong[0]}, not the list of the user's notes: return the state's `notes`"
    )


def assert_own_notes_only(user: str, notes: Iterable[str], where: str) -> None:
    """Expect no note of anyone else."""
    strange = [note for note in notes if not str(note).startswith(f"{user}: ")]
    assert not strange, (
        f"{where} of {user} holds {strange[0]!r}, which someone else had posted: "
        "both are in one LangGraph thread, so make the `thread_id` from the user"
    )


def assert_threads_apart(db: Path, kept: dict[str, list[str]]) -> None:
    """Expect each thread of the database to hold all notes of one user, and no others."""
    found: dict[str, list[str]] = {}
    for thread in evidence.threads(db):
        notes = evidence.checkpoints(db, thread)[-1].values.get("notes", [])
        owners = sorted({note.split(":")[0] for note in notes})
        assert len(owners) <= 1, (
            f"in the database, thread {thread!r} holds notes of {' and '.join(owners[:2])}: "
            "make the `thread_id` from the user"
        )
        for owner in owners:
            assert owner not in found, (
                f"in the database, the notes of {owner} are spread over several threads: use one for all their posts"
            )
            found[owner] = sorted(notes)
    for user, notes in kept.items():
        have = found.get(user, [])
        assert have == sorted(notes), (
            f"{user} posted {len(notes)} notes at once, but the thread kept {len(have)}: two runs began from the same "
            "checkpoint, and the later overwrote the earlier; LangGraph does not lock a thread, so `post` must"
        )


@pytest.mark.exercise("serve_fifty_users", points=1)
def test_users_take_turns(submission):
    """Users who take turns see their own notes, and no others."""
    posts = draw_posts(submission.rng, submission.rng.sample(PEOPLE, 2), 2)
    returned = submission.observe(take_turns, db=submission.path("notes.db"), posts=posts)
    assert_serves(returned)
    assert_lists(returned)
    kept: dict[str, list[str]] = {}
    for (user, text), notes in zip(posts, returned, strict=True):
        kept.setdefault(user, []).append(text)
        assert_own_notes_only(user, notes, "what `post` returned for a note")
        assert notes == kept[user], (
            f"{user} has posted {len(kept[user])} notes, but `post` returned {len(notes)}: "
            "all posts of a user must run in the same thread, once each"
        )
    assert_threads_apart(submission.file("notes.db"), kept)


@pytest.mark.exercise("serve_fifty_users", points=2)
def test_five_posts_at_once(submission):
    """Five posts of one user at the same moment are all kept."""
    user = submission.rng.choice(PEOPLE)
    posts, db = draw_posts(submission.rng, [user], 5), submission.path("notes.db")
    seen = submission.observe(post_at_once, db=db, posts=posts, meet=2, wait=0.015, workers=5)
    assert_serves(seen)
    assert_lists(seen["returned"])
    assert_threads_apart(submission.file("notes.db"), {user: [text for _, text in posts]})
    for (_, text), notes in zip(posts, seen["returned"], strict=True):
        assert text in notes, (
            f"{user} posted {text!r}, and `post` returned {notes} without it: return that run's notes"
        )


@pytest.mark.exercise("serve_fifty_users", points=1)
def test_users_do_not_wait_for_each_other(submission):
    """Posts of different users run side by side."""
    users = submission.rng.sample(PEOPLE, 2)
    posts, db = draw_posts(submission.rng, users, 1), submission.path("notes.db")
    seen = submission.observe(post_at_once, db=db, posts=posts, meet=2, wait=2, workers=2)
    assert_serves(seen)
    assert_lists(seen["returned"])
    for (user, text), notes in zip(posts, seen["returned"], strict=True):
        assert text in notes, (
            f"{user} posted {text!r}, and `post` returned {notes} without it: run the graph once for each post"
        )
    assert not seen["alone"], (
        f"{users[0]} had to wait for {users[1]}: posts of different users should run at the same time, "
        "so lock one user's thread and not the whole graph"
    )


# --- return_do_not_mutate ----------------------------------------------------------------------------


def fill(build_basket, db, orders, savers, durability):
    """Put orders into a basket under each saver; return what each run returned and what the thread then held."""
    import copy
    import sqlite3
    import time

    from langgraph.checkpoint.memory import InMemorySaver
    from langgraph.checkpoint.sqlite import SqliteSaver

    class SlowSaver(SqliteSaver):
        """Takes its time before it writes, as one across a network does."""

        def put(self, *args, **kwargs):
            time.sleep(0.03)
            return super().put(*args, **kwargs)

    def saver_of(name):
        if name == "InMemorySaver":
            return InMemorySaver()
        connection = sqlite3.connect(db, check_same_thread=False)
        connection.execute("pragma synchronous = off")  # nothing is killed here
        return (SlowSaver if name == "a slow SqliteSaver" else SqliteSaver)(connection)

    def lines_of(state):
        return state.get("lines") if isinstance(state, dict) else state

    config = {"configurable": {"thread_id": "basket"}}
    seen = {}
    for name in savers:
        saver, seen[name] = saver_of(name), []
        for sku, quantity in orders:
            graph = build_basket(saver)  # anew for each request, as a new process does
            if not hasattr(graph, "get_state"):
                return {"no graph": type(graph).__name__}
            returned = lines_of(
                graph.invoke({"sku": sku, "quantity": quantity}, config, durability=durability)
            )
            held = lines_of(graph.get_state(config).values)
            seen[name].append(copy.deepcopy([returned, held]))  # as they are now: a later run may change them
    return seen


def draw_orders(rng: random.Random, count: int) -> list[tuple[str, int]]:
    """Draw orders; the first sku comes again."""
    skus = rng.sample(THINGS, max(2, count // 2))
    first = [(sku, rng.randrange(1, 9)) for sku in skus]
    again = [(skus[0], rng.randrange(1, 9))]
    return first + again + [(rng.choice(skus), rng.randrange(1, 9)) for _ in range(count - len(first) - 1)]


def baskets(orders: Sequence[tuple[str, int]]) -> list[list[dict[str, Any]]]:
    """Return the basket before the first order and after each."""
    found: list[list[dict[str, Any]]] = [[]]
    counts: dict[str, int] = {}
    for sku, quantity in orders:
        counts[sku] = counts.get(sku, 0) + quantity
        found.append([{"sku": one, "quantity": many} for one, many in counts.items()])
    return found


def shown(lines: Any) -> str:
    """Write a basket in a few words."""
    try:
        return ", ".join(f"{line['quantity']} {line['sku']}" for line in lines) or "nothing"
    except (TypeError, KeyError):
        return repr(lines)


def assert_graph(seen: Any, name: str) -> None:
    """Expect the learner's function to have returned a compiled graph."""
    kind = seen.get("no graph") if isinstance(seen, dict) else None
    assert kind is None, (
        f"`{name}` returned a value of type {kind}, not a compiled graph: "
        "return what `builder.compile(checkpointer=saver)` gives"
    )


def assert_saved_as_returned(seen: dict[str, Any], orders: Sequence[tuple[str, int]]) -> None:
    """Expect each run to return the right basket, and the thread to hold the same."""
    assert_graph(seen, "build_basket")
    for saver, runs in seen.items():
        for (sku, quantity), (returned, held), basket in zip(orders, runs, baskets(orders)[1:], strict=True):
            case = f"under {saver}, after {quantity} {sku}"
            assert held == returned, (
                f"{case}, `invoke` returned {shown(returned)}, but the thread holds {shown(held)}: "
                "the change was made in place and not returned, so this saver never got it"
            )
            assert returned == basket, (
                f"{case}, `invoke` returned {shown(returned)} instead of {shown(basket)}: {why_wrong(returned, basket)}"
            )


def why_wrong(lines: Any, basket: list[dict[str, Any]]) -> str:
    """Say what may be wrong with a basket."""
    skus = [line.get("sku") for line in lines or () if isinstance(line, dict)]
    if len(set(skus)) < len(skus):
        return (
            "there is one line for each sku; a reducer such as `operator.add` puts what a node returns after what "
            "is there, and a list that was appended to in place and returned as well counts twice"
        )
    if set(skus) < {line["sku"] for line in basket}:
        return "what earlier runs had put in must come from the state of the thread"
    return "the lines stand in the order in which their skus came, each with the sum of its pieces"


@pytest.mark.exercise("return_do_not_mutate", points=2)
def test_thread_holds_what_was_returned(submission):
    """What `invoke` returns is what the thread holds, under both savers."""
    orders, db = draw_orders(submission.rng, 3), submission.path("basket.db")
    seen = submission.observe(
        fill, db=db, orders=orders, savers=["SqliteSaver", "InMemorySaver"], durability="async"
    )
    assert_saved_as_returned(seen, orders)


@pytest.mark.exercise("return_do_not_mutate", points=1)
def test_each_change_is_returned_by_a_node(submission):
    """Each change stands among the writes of a node."""
    orders, db = draw_orders(submission.rng, 3), submission.path("basket.db")
    seen = submission.observe(fill, db=db, orders=orders, savers=["SqliteSaver"], durability="async")
    assert_graph(seen, "build_basket")
    rows = evidence.checkpoints(submission.file("basket.db"), "basket")
    for number, ((sku, quantity), run) in enumerate(zip(orders, runs_of(rows), strict=True), 1):
        written = [write.value for row in run for write in row.writes if write.channel == "lines"]
        by_luck = sku in texts_in(run[-1].values.get("lines"))
        assert any(sku in texts_in(value) for value in written), (
            f"run {number} put {quantity} {sku} into the basket, but no node wrote that to `lines`: "
            + (
                "SqliteSaver happened to save it, for it writes the whole state at each step; "
                if by_luck
                else ""
            )
            + "return the change from the node"
        )


def runs_of(rows: Iterable[evidence.Row]) -> list[list[evidence.Row]]:
    """Split the checkpoints of a thread into runs: each begins with its input."""
    runs: list[list[evidence.Row]] = []
    for row in rows:
        if row.source == "input":
            runs.append([])
        runs[-1].append(row)
    return runs


@pytest.mark.exercise("return_do_not_mutate", points=1)
def test_saved_checkpoints_do_not_change(submission):
    """A checkpoint shows the basket as it was when it was saved, also with a slow saver."""
    orders, db = draw_orders(submission.rng, 3), submission.path("basket.db")
    seen = submission.observe(fill, db=db, orders=orders, savers=["a slow SqliteSaver"], durability="async")
    assert_graph(seen, "build_basket")
    runs = runs_of(evidence.checkpoints(submission.file("basket.db"), "basket"))
    for (sku, quantity), run, before in zip(orders, runs, baskets(orders), strict=False):
        for row in run[:2]:  # its input, and the step that hands the input on: no node has run yet
            lines = row.values.get("lines") or []
            assert lines == before, (
                f"{quantity} {sku} came into a basket with {shown(before)}, but the checkpoint of step {row.step}, which "
                f"was saved before that, shows {shown(lines)}: what a node changes in place also changes in checkpoints that wait to be written"
            )


# --- fan_out_with_reducer ----------------------------------------------------------------------------


def review(build_review, db, claims, results):
    """Review claims, one run each, in one thread; return the state after each run."""
    import sqlite3

    from langgraph.checkpoint.sqlite import SqliteSaver
    from langgraph.errors import InvalidUpdateError

    def check(name):
        return lambda claim: tuple(results[claim][name])

    connection = sqlite3.connect(db, check_same_thread=False)
    connection.execute("pragma synchronous = off")
    graph = build_review(SqliteSaver(connection), {name: check(name) for name in results[claims[0]]})
    if not hasattr(graph, "get_state"):
        return {"no graph": type(graph).__name__}
    try:
        return [graph.invoke({"claim": claim}, {"configurable": {"thread_id": "review"}}) for claim in claims]
    except InvalidUpdateError as error:
        return {"invalid update": str(error).splitlines()[0]}


def break_thread(db, thread, claims, results):
    """Do what happened: a good run with one check, then Friday's run with all of them and no reducer."""
    from contextlib import suppress
    from typing import TypedDict

    from langgraph.checkpoint.sqlite import SqliteSaver
    from langgraph.errors import InvalidUpdateError
    from langgraph.graph import START, StateGraph

    class Review(TypedDict, total=False):
        claim: str
        findings: list
        cost: int

    def node(name):
        def run(state):
            finding, cents = results[state["claim"]][name]
            return {"findings": [finding], "cost": cents}

        return run

    good, friday = claims
    config = {"configurable": {"thread_id": thread}}
    with SqliteSaver.from_conn_string(db) as saver:
        saver.conn.execute("pragma synchronous = off")  # nothing is killed here
        for claim, names in ((good, list(results[good])), (friday, list(results[friday]))):
            builder = StateGraph(Review)
            for name in names:
                builder.add_node(name, node(name)).add_edge(START, name)
            with suppress(InvalidUpdateError):
                builder.compile(checkpointer=saver).invoke({"claim": claim}, config)


def repair(repair_review, build_review, db, thread, results, then):
    """Repair the thread; count the calls of each check. `then` is the claim of one more run."""
    from langgraph.checkpoint.sqlite import SqliteSaver
    from langgraph.errors import InvalidUpdateError

    called = []

    def check(name):
        def run(claim):
            called.append(name)
            return tuple(results[claim][name])

        return run

    checks = {name: check(name) for name in next(iter(results.values()))}
    with SqliteSaver.from_conn_string(db) as saver:
        saver.conn.execute("pragma synchronous = off")
        try:
            seen = {"returned": repair_review(saver, checks, thread), "called": list(called)}
            if then is not None:
                config = {"configurable": {"thread_id": thread}}
                seen["next run"] = build_review(saver, checks).invoke({"claim": then}, config)
        except InvalidUpdateError as error:
            return {"invalid update": str(error).splitlines()[0]}
    return seen


def draw_results(rng: random.Random, claims: Iterable[str], names: Sequence[str]) -> dict[str, Any]:
    """Draw what each check finds for each claim, and what it costs."""
    return {
        claim: {name: (f"{name} of {claim}: {rng.randrange(1000)}", rng.randrange(1, 500)) for name in names}
        for claim in claims
    }


def draw_broken(rng: random.Random) -> dict[str, Any]:
    """Draw a thread that a good run went through, and then a run that broke it."""
    good, friday = rng.sample(THINGS, 2)
    names = rng.sample(CHECKS, rng.choice([3, 4]))
    results = draw_results(rng, [good], names[:1]) | draw_results(rng, [friday], names)
    return {"thread": f"claim-{rng.randrange(1000)}", "claims": [good, friday], "results": results}


def assert_adds_up(state: Any, results: Iterable[dict[str, Any]], case: str, none_missing: str) -> None:
    """Expect all findings of these results, once each, and the sum of their costs."""
    findings = [finding for run in results for finding, _ in run.values()]
    cents = sum(cost for run in results for _, cost in run.values())
    assert isinstance(state, dict) and isinstance(state.get("findings"), list), (
        f"{case}, the state is {state}: it should be a dict whose `findings` are a list"
    )
    got, cost = state["findings"], state.get("cost")
    count, expected = Counter(map(str, got)), Counter(findings)
    extra = [finding for finding in count if count[finding] > expected[finding]]
    assert not extra, (
        f"{case}, `findings` holds {extra[0]!r} {count[extra[0]]} times instead of {expected[extra[0]]}: "
        "does one check run in the place of the others, or is a result added twice?"
    )
    missing = [finding for finding in findings if finding not in got]
    assert not missing, f"{case}, {len(missing)} of {len(findings)} findings are missing: {none_missing}"
    assert cost == cents, (
        f"{case}, `cost` is {cost} and not {cents}, the sum of all checks: add up what they return"
    )


IN_PLACE = "the repaired state must be saved, and in the same thread"
KEEPS_ONE = (
    "a reducer must combine what the channel holds with what comes, "
    "and one that returns only the newer of the two throws away what the other checks found"
)


@pytest.mark.exercise("fan_out_with_reducer", points=2)
def test_parallel_checks_add_up(submission):
    """Checks that run in parallel add up, over two runs."""
    claims = submission.rng.sample(THINGS, 2)
    names = submission.rng.sample(CHECKS, submission.rng.choice([3, 4]))
    results, db = draw_results(submission.rng, claims, names), submission.path("reviews.db")
    states = submission.observe(review, db=db, claims=claims, results=results)
    assert_graph(states, "build_review")
    what = states.get("invalid update") if isinstance(states, dict) else None
    assert not what, f"`InvalidUpdateError: {what}`: a channel that parallel nodes write needs a reducer"
    for number, state in enumerate(states, 1):
        done = [results[claim] for claim in claims[:number]]
        assert_adds_up(state, done, f"after run {number} with {len(names)} checks", KEEPS_ONE)
    widest = max(
        len({write.task_id for write in row.writes if write.channel == "findings"})
        for row in evidence.checkpoints(submission.file("reviews.db"), "review")
    )
    assert widest == len(names), (
        f"at most {widest} of {len(names)} checks ran in the same super-step: "
        "add an edge from `START` to each check, and each check as a node of its own"
    )


@pytest.mark.exercise("fan_out_with_reducer", points=2)
def test_broken_thread_is_finished(submission):
    """A broken thread is finished from what was saved, and no check is called again."""
    broken, db = draw_broken(submission.rng), submission.path("broken.db")
    submission.observe(break_thread, db=db, **broken)
    good, friday = broken["claims"]
    results = broken["results"]
    seen = submission.observe(
        repair, db=db, thread=broken["thread"], results={friday: results[friday]}, then=None
    )
    assert_repaired(seen, [results[good], results[friday]])
    newest = evidence.checkpoints(submission.file("broken.db"), broken["thread"])[-1:]
    assert newest, f"thread {broken['thread']!r} is gone from the database: repair it, and do not move it"
    assert_adds_up(
        newest[0].values, [results[good], results[friday]], "in the database, after the repair", IN_PLACE
    )


def assert_repaired(seen: dict[str, Any], results: list[dict[str, Any]]) -> None:
    """Expect the repair to have ended with all results, and without calling a check."""
    what = seen.get("invalid update")
    assert not what, (
        f"`repair_review` ended in `InvalidUpdateError: {what}` again: to try once more changes nothing, "
        "the graph that goes on needs a reducer for that channel"
    )
    called = sorted(set(seen["called"]))
    assert not called, (
        f"{', '.join(called)} ran and cost money again: `repair_review` sent the thread back to the checks, "
        "but their results were saved; go on from there without a new input"
    )
    assert_adds_up(
        seen["returned"],
        results,
        "after the repair",
        "it lost what the checks of the broken run had found, or what the thread held before",
    )
