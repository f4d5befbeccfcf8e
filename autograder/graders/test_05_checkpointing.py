"""Public tests of module 05: what is stored."""

from __future__ import annotations

import base64
import hashlib
import itertools
import shutil
import sqlite3
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from autograder.testing import evidence

if TYPE_CHECKING:
    import random
    from collections.abc import Iterable, Sequence


STATIONS = ("load", "check", "price", "tax", "reserve", "pack", "label", "ship", "invoice", "mail", "archive")


# --- predict_the_loss --------------------------------------------------------------------------------


def foretell(predict_loss, cases):
    """Have the learner's function predict what each ending leaves."""
    return [predict_loss(**case) for case in cases]


def run_and_end(db, durability, ending, nodes, dies_in, slowness):
    """Run a chain with a slow saver, and end it in the middle of a node, as told.

    Nothing is timed. A clock counts nodes: the saver is done with a checkpoint when as many nodes as it takes
    have run since it began, and before the clock goes on, all that is due by then is on disk.
    """
    import operator
    import os
    import signal
    import sqlite3
    import threading
    import time
    from typing import Annotated, TypedDict

    from langgraph.checkpoint.sqlite import SqliteSaver
    from langgraph.graph import START, StateGraph

    class State(TypedDict):
        done: Annotated[list, operator.add]

    turn = threading.Condition()
    # When the run waits for its saver, or asks it for nothing, no node can run meanwhile.
    now = {"clock": 0.0, "due": 0.0, "begun": 0, "saved": 0, "hurry": durability in ("sync", "exit")}
    kept = set()

    def wait(ready):
        with turn:
            assert turn.wait_for(ready, timeout=10), "the saver of this test was not called as it should be"

    def note(**changes):
        with turn:
            now.update(changes)
            turn.notify_all()

    class SlowSaver(SqliteSaver):
        def put(self, *args, **kwargs):
            note(begun=now["begun"] + 1, due=now["clock"] + slowness)
            wait(lambda: now["hurry"] or now["clock"] >= now["due"])
            returned = super().put(*args, **kwargs)
            note(saved=now["saved"] + 1)
            return returned

        def put_writes(self, config, writes, task_id, task_path=""):
            super().put_writes(config, writes, task_id, task_path)
            with turn:
                kept.add(task_path.rpartition(" ")[2])
                turn.notify_all()

    def pass_time(until, handed_over):
        while now["saved"] < handed_over:
            wait(lambda: now["begun"] > now["saved"])
            if now["due"] > until:
                break
            saved = now["saved"]
            note(clock=now["due"])
            wait(lambda saved=saved: now["saved"] > saved)
        note(clock=until)

    def node(number, name):
        def run(state):
            if not now["hurry"]:
                wait(lambda: number == 0 or nodes[number - 1] in kept)
                pass_time(number + 0.5, handed_over=number + 2)
            if name != dies_in:
                return {"done": [name]}
            if ending == "exception":
                note(hurry=True)
                raise KeyError(name)
            return end()

        def end():
            os.kill(os.getpid(), getattr(signal, ending))
            # The first process of a namespace is deaf to a SIGTERM that it does not handle. No other is.
            time.sleep(0.05)
            os.kill(os.getpid(), signal.SIGKILL)

        return run

    if ending == "SIGTERM":
        signal.signal(signal.SIGTERM, signal.SIG_DFL)  # as in a program that says nothing about it
    builder = StateGraph(State)
    for number, name in enumerate(nodes):
        builder.add_node(name, node(number, name))
    for before, after in zip([START, *nodes], nodes, strict=False):
        builder.add_edge(before, after)
    saver = SlowSaver(sqlite3.connect(db, check_same_thread=False))
    saver.setup()
    how = {} if durability is None else {"durability": durability}
    # Each checkpoint that waits holds a thread of the pool: more than there are processors, so have enough.
    config = {"configurable": {"thread_id": "run"}, "max_concurrency": 64}
    try:
        builder.compile(checkpointer=saver).invoke({"done": []}, config, **how)
    except KeyError:
        saver.conn.close()
    return "lives"


def go_on(db, nodes):
    """Bring the thread to its end as one should, with a saver that is not slow; tell which nodes ran."""
    import operator
    from typing import Annotated, TypedDict

    from langgraph.checkpoint.sqlite import SqliteSaver
    from langgraph.graph import START, StateGraph

    class State(TypedDict):
        done: Annotated[list, operator.add]

    ran = []

    def node(name):
        return lambda state: ran.append(name) or {"done": [name]}

    builder = StateGraph(State)
    for name in nodes:
        builder.add_node(name, node(name))
    for before, after in zip([START, *nodes], nodes, strict=False):
        builder.add_edge(before, after)
    config = {"configurable": {"thread_id": "run"}}
    with SqliteSaver.from_conn_string(db) as saver:
        graph = builder.compile(checkpointer=saver)
        nothing_there = graph.get_state(config).created_at is None
        done = graph.invoke({"done": []} if nothing_there else None, config)["done"]
    return {"ran": ran, "done": done}


def draw_ending(
    rng: random.Random, durability: str | None, ending: str, slowness: int = 0, length: int = 0, at: int = 0
) -> dict[str, Any]:
    """Draw a chain, a node in which it ends, and how slow its saver is."""
    slowness = slowness or rng.choice([1, 2, 3])
    # A saver in the background has saved two checkpoints or more, so that what lies beside the newest matters.
    behind = durability in (None, "async") and ending != "exception"
    first = 2 * slowness if behind else 3
    length = length or rng.randrange(max(6, first + 1), 9)
    nodes = rng.sample(STATIONS, length)
    return {
        "durability": durability,
        "ending": ending,
        "nodes": nodes,
        "dies_in": nodes[at or rng.randrange(max(3, first), length)],
        "slowness": slowness,
    }


def assert_foretold(submission: Any, cases: Sequence[dict[str, Any]]) -> None:
    """Run each case, end it for real, and compare what lies on disk with what the learner said before."""
    said = submission.observe(foretell, cases=cases)
    for number, (case, guess) in enumerate(zip(cases, said, strict=True)):
        assert isinstance(guess, dict) and {"saved", "again"} <= set(guess), (
            f"`predict_loss` returned {str(guess)[:80]}: return a dict with the keys `saved` and `again`"
        )
        db = f"ended-{number}.db"
        killed = case["ending"] != "exception"
        survived = submission.observe(run_and_end, db=submission.path(db), dies=killed, **case)
        assert not (killed and survived), f"the process outlived {case['ending']}: this is the test's fault"
        if killed:
            submission.restart()
        saved = [row.step for row in evidence.checkpoints(submission.file(db), "run")]
        resumed = submission.observe(go_on, db=submission.path(db), nodes=case["nodes"])
        begun = case["nodes"][: case["nodes"].index(case["dies_in"]) + 1]
        assert_prediction(case, guess, saved, [name for name in resumed["ran"] if name in begun])


def assert_prediction(
    case: dict[str, Any], guess: dict[str, Any], saved: list[int], again: list[str]
) -> None:
    """Compare a prediction with what happened, and tell the belief that does not hold."""
    at = case["nodes"].index(case["dies_in"]) + 1
    mode = case["durability"] or "no durability given"
    slow = "1 node" if case["slowness"] == 1 else f"{case['slowness']} nodes"
    what = f"{mode}, {case['ending']} in node {at} of {len(case['nodes'])}, a saver as slow as {slow}"
    told = f"{what}: you foretold the steps {guess['saved']}, and {saved or 'none'} lay on disk"
    assert guess["saved"] == saved, f"{told}; {why_not_saved(case, guess['saved'], saved)}"
    told = f"{what}: you foretold that {guess['again']} would run again, and {again} did"
    assert guess["again"] == again, f"{told}; {why_again(case, guess['again'], again, saved)}"


def why_not_saved(case: dict[str, Any], guess: Any, saved: list[int]) -> str:
    """Say which belief about what is saved does not hold."""
    durability, ending = case["durability"], case["ending"]
    if not isinstance(guess, list) or not all(isinstance(step, int) for step in guess):
        return "`saved` is a list of step numbers"
    if ending == "exception":
        if durability == "exit":
            return (
                "an exception leaves through `invoke`, so exit still saves then: one checkpoint, as of the last "
                "whole super-step"
            )
        if len(guess) < len(saved):
            return "an exception leaves through `invoke`, which waits until the saver has written all it was given"
        return (
            "count the checkpoints: one for the input, one that hands it on, one for each node that has ended"
        )
    if durability == "exit":
        return f"exit saves when `invoke` ends, and {ending} ends the process without that"
    if durability is None and len(guess) > len(saved):
        return (
            "the default is not sync: it writes in the background, and what waits there dies with the process"
        )
    if durability != "sync" and len(guess) > len(saved):
        return (
            "the next node does not wait for the saver, which writes one checkpoint after another: "
            "with a slow saver it is more than one behind"
        )
    if durability != "sync":
        return f"{ending} takes only what the saver had no time to write; what it had written stays"
    return "sync waits for each checkpoint before the next node begins: one for the input, one that hands it on, one for each node that has ended"


def why_again(case: dict[str, Any], guess: Any, again: list[str], saved: list[int]) -> str:
    """Say which belief about what runs again does not hold."""
    if not isinstance(guess, list):
        return "`again` is a list of names of nodes"
    if not saved:
        return "with no checkpoint there is nothing to go on from, and the run begins anew"
    step, nodes = saved[-1], case["nodes"]
    if step > 0 and set(guess) & set(nodes[:step]):
        held = ", ".join(nodes[:step])
        return f"the newest checkpoint is step {step}, and what these returned is in it, so none of them runs again: {held}"
    if step >= 0 and nodes[step] in guess and nodes[step] not in again:
        return (
            f"the newest checkpoint is step {step}, and beside it lies the result of the node that ran next "
            f"({nodes[step]!r}), as a pending write: it does not run again"
        )
    if len(guess) > len(again):
        return "list the nodes that had begun when the run ended, and no others"
    return "a node whose result is neither in the newest checkpoint nor beside it must run once more"


@pytest.mark.exercise("predict_the_loss", points=1)
def test_an_exception(submission):
    """An exception: what each durability keeps."""
    modes = submission.rng.sample(["sync", "async", "exit"], 3)
    assert_foretold(submission, [draw_ending(submission.rng, mode, "exception") for mode in modes])


@pytest.mark.exercise("predict_the_loss", points=1, restarts=True, timeout=20)
def test_sigterm(submission):
    """SIGTERM: what each durability keeps."""
    cases = [draw_ending(submission.rng, mode, "SIGTERM", 2) for mode in ("exit", "sync", "async")]
    assert_foretold(submission, cases)


@pytest.mark.exercise("predict_the_loss", points=2, restarts=True, timeout=20)
def test_sigkill(submission):
    """SIGKILL: what each durability keeps, and which nodes run again."""
    modes = submission.rng.sample(["sync", "exit", None], 3)
    assert_foretold(submission, [draw_ending(submission.rng, mode, "SIGKILL") for mode in modes])


# --- typed_state -------------------------------------------------------------------------------------


def make_offers(build_booking, Tariff, Shipper, db, offers):
    """Have offers quoted in strict mode, and let their threads wait."""
    import sqlite3
    from decimal import Decimal

    import langgraph._internal._serde as compiling
    import langgraph.checkpoint.serde._msgpack as loading
    from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
    from langgraph.checkpoint.sqlite import SqliteSaver

    asked, booked = [], []

    def quote(number):
        asked.append(number)
        one = offers[number]
        shipper = one["shipper"]
        return {
            "total": Decimal(one["total"]),
            "tariff": Tariff[one["tariff"]],
            "shipper": Shipper(
                name=shipper["name"],
                limit=Decimal(shipper["limit"]),
                tariffs=[Tariff[name] for name in shipper["tariffs"]],
            ),
            "route": tuple(one["route"]),
            "legs": [(place, Decimal(price)) for place, price in one["legs"]],
        }

    was = loading.STRICT_MSGPACK_ENABLED, compiling.STRICT_MSGPACK_ENABLED
    # What LANGGRAPH_STRICT_MSGPACK sets when these are imported; they look at it whenever they are used.
    loading.STRICT_MSGPACK_ENABLED = compiling.STRICT_MSGPACK_ENABLED = True
    connection = sqlite3.connect(db, check_same_thread=False)
    try:
        saver = SqliteSaver(connection, serde=JsonPlusSerializer())
        graph = build_booking(saver, quote, booked.append)
        if not hasattr(graph, "get_state"):
            return {"no graph": type(graph).__name__}
        for number in offers:
            graph.invoke({"number": number}, {"configurable": {"thread_id": f"offer {number}"}})
        return {"asked": asked, "booked": len(booked)}
    finally:
        connection.close()
        loading.STRICT_MSGPACK_ENABLED, compiling.STRICT_MSGPACK_ENABLED = was


def book_offers(build_booking, Tariff, Shipper, db, numbers):
    """Approve offers in strict mode; tell what `book` was given, type by type, and whether a stranger is built."""
    import sqlite3
    from decimal import Decimal

    import langgraph._internal._serde as compiling
    import langgraph.checkpoint.serde._msgpack as loading
    from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
    from langgraph.checkpoint.sqlite import SqliteSaver
    from langgraph.types import Command
    from pydantic import BaseModel

    class Stranger(BaseModel):
        name: str

    def told(value):
        kind = type(value).__name__
        if type(value) is Decimal:
            return [kind, str(value)]
        if type(value) is Tariff:
            return ["Tariff", value.name]
        if type(value) is Shipper:
            return ["Shipper", {name: told(part) for name, part in vars(value).items()}]
        if isinstance(value, dict):
            return ["dict", {str(name): told(part) for name, part in value.items()}]
        if type(value) in (list, tuple):
            return [kind, [told(part) for part in value]]
        return [kind, value if isinstance(value, str | int | float | bool | None) else repr(value)]

    asked, given = [], []

    def book(offer):
        given.append(told(offer))
        return f"booking {len(given)}"

    globals()["Stranger"] = Stranger  # at the module's top level, where it could be found
    was = loading.STRICT_MSGPACK_ENABLED, compiling.STRICT_MSGPACK_ENABLED
    loading.STRICT_MSGPACK_ENABLED = compiling.STRICT_MSGPACK_ENABLED = True
    connection = sqlite3.connect(db, check_same_thread=False)
    try:
        saver = SqliteSaver(connection, serde=JsonPlusSerializer())
        graph = build_booking(saver, lambda number: asked.append(number) or {}, book)
        confirmations = []
        for number in numbers:
            config = {"configurable": {"thread_id": f"offer {number}"}}
            state = graph.invoke(Command(resume=True), config)
            confirmations.append(state.get("confirmation"))
        serde = graph.checkpointer.serde
        built = serde.loads_typed(JsonPlusSerializer().dumps_typed(Stranger(name="mallory")))
        return {
            "asked": asked,
            "given": given,
            "confirmations": confirmations,
            "stranger": type(built).__name__ == "Stranger",
        }
    finally:
        connection.close()
        loading.STRICT_MSGPACK_ENABLED, compiling.STRICT_MSGPACK_ENABLED = was


PLACES = ("Hamburg", "Oslo", "Turin", "Porto", "Lyon", "Gdansk", "Cork", "Graz", "Bergen", "Split")
TARIFFS = ("EXPRESS", "NIGHT", "SAVER")


def draw_price(rng: random.Random) -> str:
    """Draw a price that a float would not keep: its last digit is a zero."""
    return f"{rng.randrange(1, 900)}.{rng.randrange(1, 10)}0"


def draw_offer(rng: random.Random, stops: int) -> dict[str, Any]:
    """Draw an offer, as the judge writes it down."""
    route = rng.sample(PLACES, stops)
    return {
        "total": draw_price(rng),
        "tariff": rng.choice(TARIFFS),
        "shipper": {
            "name": rng.choice(PLACES).lower(),
            "limit": draw_price(rng),
            "tariffs": rng.sample(TARIFFS, rng.randrange(1, 4)),
        },
        "route": route,
        "legs": [(place, draw_price(rng)) for place in route],
    }


def offer_told(offer: dict[str, Any]) -> dict[str, Any]:
    """Return what a probe tells of this offer when nothing was lost."""
    shipper = offer["shipper"]
    return {
        "total": ["Decimal", offer["total"]],
        "tariff": ["Tariff", offer["tariff"]],
        "shipper": [
            "Shipper",
            {
                "name": ["str", shipper["name"]],
                "limit": ["Decimal", shipper["limit"]],
                "tariffs": ["list", [["Tariff", name] for name in shipper["tariffs"]]],
            },
        ],
        "route": ["tuple", [["str", place] for place in offer["route"]]],
        "legs": [
            "list",
            [["tuple", [["str", place], ["Decimal", price]]] for place, price in offer["legs"]],
        ],
    }


def through_the_night(
    submission: Any, offers: dict[str, dict[str, Any]], morning: Sequence[str]
) -> dict[str, Any]:
    """Have offers quoted, kill the process, and have them booked by another, in this order."""
    db = submission.path("offers.db")
    evening = submission.observe(make_offers, db=db, offers=offers)
    kind = evening.get("no graph")
    assert kind is None, (
        f"`build_booking` returned a value of type {kind}, not a compiled graph: return what `compile` gives"
    )
    assert evening["asked"] == list(offers), (
        f"for {len(offers)} runs `quote` was called for {evening['asked']}: call it once with the run's number"
    )
    assert not evening["booked"], (
        "`book` was called before anybody had approved: the graph must wait before it"
    )
    submission.restart()
    seen = submission.observe(book_offers, db=db, numbers=list(morning))
    assert not seen["asked"], (
        "after the approval `quote` was called again: what stands before `interrupt` in a node runs once more "
        "when it is resumed, so ask in one node and wait in the next"
    )
    assert len(seen["given"]) == len(morning), (
        f"{len(morning)} offers were approved, and `book` was called {len(seen['given'])} times: once for each"
    )
    wanted = [f"booking {number}" for number in range(1, len(morning) + 1)]
    assert seen["confirmations"] == wanted, (
        f"the runs ended with the confirmations {seen['confirmations']}: put what `book` returns into the state"
    )
    return seen


def assert_same_offer(given: Any, offer: dict[str, Any], fields: Iterable[str]) -> None:
    """Expect these fields of an offer as quoted, types and all."""
    kind, found = given
    assert kind == "dict" and set(found) == set(offer), (
        f"`book` was given a {kind} with {sorted(found) if kind == 'dict' else found}: "
        f"give it a dict with the keys of an `Offer`, {', '.join(offer)}"
    )
    for field in fields:
        got, wanted = found[field], offer_told(offer)[field]
        assert got == wanted, (
            f"`{field}` was {plainly(wanted)}, and `book` was given {plainly(got)}: {why_changed(got, wanted)}"
        )


def plainly(told: Any) -> str:
    """Write a value and its type in a few words."""
    kind, value = told
    if kind in ("list", "tuple"):
        ends = "[]" if kind == "list" else "()"
        return ends[0] + ", ".join(map(plainly, value[:2])) + ("" if len(value) < 3 else ", …") + ends[1]
    if isinstance(value, dict):
        return f"{kind}({', '.join(f'{name}={plainly(part)}' for name, part in value.items())})"
    return f"{kind} {value!r}"


def why_changed(got: Any, wanted: Any) -> str:
    """Say why a value has lost its type."""
    if wanted[0] == "tuple" and got[0] == "list":
        return (
            "a tuple is saved as a list, whatever its annotation says; make it a tuple again when you read it"
        )
    if wanted[0] == "list" and got[0] == "list" and tuples(got) < tuples(wanted):
        return "the tuples inside it are lists still, for each of them was saved as a list"
    if wanted[0] == "list" and got[0] == "tuple":
        return "this one was a list, and must stay one"
    if "float" in str(got):
        return "JSON has one kind of number with a point, and the cents of a `Decimal` are not safe in it"
    if wanted[0] in ("Tariff", "Shipper") and got[0] in ("str", "dict", "Shipper"):
        return (
            "in strict mode a class that nobody has allowed comes back as plain data, without an error; `compile` "
            "allows those that the annotations of the state name, and `Any` and `dict` name none"
        )
    return "it must come back as it was quoted"


def tuples(told: Any) -> int:
    """Count the tuples in a value."""
    kind, value = told
    return (kind == "tuple") + (sum(map(tuples, value)) if kind in ("list", "tuple") else 0)


@pytest.mark.exercise("typed_state", points=1, restarts=True)
def test_numbers_enums_and_models_return(submission):
    """Decimals, enums and models come back with their types, in a new process."""
    number, offer = f"A{submission.rng.randrange(100)}", draw_offer(submission.rng, 3)
    seen = through_the_night(submission, {number: offer}, [number])
    assert_same_offer(seen["given"][0], offer, ("total", "tariff", "shipper"))


@pytest.mark.exercise("typed_state", points=1, restarts=True)
def test_tuples_return(submission):
    """Tuples and lists come back as what they were, one inside the other."""
    number, offer = f"B{submission.rng.randrange(100)}", draw_offer(submission.rng, 3)
    seen = through_the_night(submission, {number: offer}, [number])
    assert_same_offer(seen["given"][0], offer, ("route", "legs"))


@pytest.mark.exercise("typed_state", points=1, restarts=True)
def test_strict_stays_strict(submission):
    """A class that has no part in an offer is still refused."""
    number, offer = f"C{submission.rng.randrange(100)}", draw_offer(submission.rng, 2)
    seen = through_the_night(submission, {number: offer}, [number])
    kind, given = seen["given"][0]
    assert kind == "dict" and given.get("tariff") == offer_told(offer)["tariff"], (
        "not looked at yet: the offer did not come back whole, see above"
    )
    assert not seen["stranger"], (
        "from a row that named it, the graph's saver built an object of a class that has no part in an offer: "
        "whoever can write to the database chooses what runs, so allow the classes that you save, and no others"
    )


# --- encrypt_at_rest ---------------------------------------------------------------------------------


def keep_secrets(open_vault, db, key, call):
    """Talk to a caller with a saver of the learner's: one thread waits at an interrupt, another has failed."""
    from contextlib import suppress

    from langgraph.graph import START, MessagesState, StateGraph
    from langgraph.types import interrupt

    class State(MessagesState):
        note: str

    def greet(state, config):
        reply = f"{call['reply']} We write to {config['configurable']['email']}."
        return {"messages": [("ai", reply)], "note": call["note"]}

    def decide(state):
        if state["messages"][-2].text == call["trouble"]:
            raise RuntimeError(call["error"])
        return {"note": f"{state['note']}, {interrupt(call['question'])}"}

    builder = StateGraph(State).add_node(greet).add_node(decide)
    builder.add_edge(START, "greet").add_edge("greet", "decide")
    saver = open_vault(db, bytes.fromhex(key))
    if not hasattr(saver, "get_tuple"):
        return {"no saver": type(saver).__name__}
    globals()["held"] = saver  # open, as in a service that runs: the database has its -wal and -shm
    graph = builder.compile(checkpointer=saver)
    for thread, text in ((call["thread"], call["text"]), (call["other"], call["trouble"])):
        config = {
            "configurable": {"thread_id": thread, "email": call["email"], "account": call["account"]},
            "metadata": {"mobile": call["mobile"]},
        }
        with suppress(RuntimeError):
            graph.invoke({"messages": [("user", text)]}, config, durability="sync")
    return {}


def open_again(open_vault, db, key, thread, answer, fork):
    """Go on with a thread, in another process perhaps; tell what the thread holds and what its history says."""
    from langgraph.graph import START, MessagesState, StateGraph
    from langgraph.types import Command, interrupt

    class State(MessagesState):
        note: str

    def greet(state, config):
        return {"messages": [("ai", "greeted again")]}

    def decide(state):
        return {"note": f"{state['note']}, {interrupt('?')}"}

    def shown(snapshot):
        values = snapshot.values
        return {
            "texts": [message.text for message in values.get("messages", [])],
            "note": values.get("note"),
            "next": list(snapshot.next),
            "asked": [one.value for one in snapshot.interrupts],
        }

    builder = StateGraph(State).add_node(greet).add_node(decide)
    builder.add_edge(START, "greet").add_edge("greet", "decide")
    saver = open_vault(db, bytes.fromhex(key))
    graph = builder.compile(checkpointer=saver)
    config = {"configurable": {"thread_id": thread}}
    seen = {"before": shown(graph.get_state(config))}
    if answer is not None:
        graph.invoke(Command(resume=answer), config)
        seen["after"] = shown(graph.get_state(config))
    history = list(graph.get_state_history(config))
    seen["history"] = [
        {
            "thread": snapshot.config["configurable"]["thread_id"],
            "id": snapshot.config["configurable"]["checkpoint_id"],
            "parent": snapshot.parent_config and snapshot.parent_config["configurable"]["checkpoint_id"],
            "parent thread": (snapshot.parent_config or snapshot.config)["configurable"]["thread_id"],
            "step": (snapshot.metadata or {}).get("step"),
            "source": (snapshot.metadata or {}).get("source"),
            "parents": (snapshot.metadata or {}).get("parents"),
        }
        for snapshot in history
    ]
    seen["last two"] = len(list(graph.get_state_history(config, limit=2)))
    if fork is not None:
        old = [one for one in history if one.next == ("decide",)][-1]
        seen["old"] = shown(graph.get_state(old.config))
        try:
            graph.invoke(None, graph.update_state(old.config, {"note": fork}))
            graph.invoke(Command(resume="forked"), config)
            seen["forked"] = shown(graph.get_state(config))
        except Exception as error:
            seen["forked"] = {"note": f"{type(error).__name__}: {error}", "next": []}
    return seen


def files_beside(db):
    """Name the files that lie where the database lies."""
    from pathlib import Path

    folder = Path(db).parent
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def draw_call(rng: random.Random) -> dict[str, str]:
    """Draw a call, in which nothing could stand in a file by chance."""

    def word() -> str:
        return "".join(rng.choices("bcdfghjklmnpqrstvwxz", k=9))

    return {
        "thread": f"+49 151 {rng.randrange(10**8, 10**9)}",
        "other": f"+47 {rng.randrange(10**8, 10**9)}",
        "email": f"{word()}@example.org",
        "account": f"IBAN {rng.randrange(10**9, 10**10)}",
        "mobile": f"+44 {rng.randrange(10**8, 10**9)}",
        "text": f"my word is {word()}",
        "trouble": f"what of {word()}",
        "reply": f"noted {word()}.",
        "note": f"caller says {word()}",
        "question": f"pay {word()}?",
        "error": f"no such {word()}",
    }


def draw_key(rng: random.Random) -> str:
    """Draw a key."""
    return rng.randbytes(32).hex()


def seal(submission: Any, call: dict[str, str], key: str, name: str = "calls.db") -> None:
    """Have a call kept in a vault."""
    seen = submission.observe(keep_secrets, db=submission.path(name), key=key, call=call)
    kind = seen.get("no saver")
    assert kind is None, f"`open_vault` returned a value of type {kind}, not a saver"
    assert len(evidence.threads(submission.file(name))) == 2, (
        "two threads were run, and the file has rows of "
        f"{len(evidence.threads(submission.file(name)))}: each thread id must come out the same each time, "
        "and no two may come out alike"
    )


def bytes_beside(submission: Any, name: str = "calls.db") -> dict[str, bytes]:
    """Return what lies in the database and in each file beside it."""
    names = submission.observe(files_beside, db=submission.path(name))
    return {one: submission.file(one).read_bytes() for one in names}


def disguises(secret: str) -> dict[str, list[bytes]]:
    """Return how a text may stand in a file for everybody to read."""
    data = secret.encode()
    based: list[bytes] = []
    for lead in range(3):  # base64 has three ways to write it, by what stands before
        coded = base64.b64encode(b"\0" * lead + data)
        based.append(coded[4 if lead else 0 : len(coded) // 4 * 4 - 4])
    hexed = [data.hex().encode(), data.hex().upper().encode()]
    return {"as text": [data], "in hexadecimal": hexed, "in base64": based}


def digests(secret: str) -> dict[str, list[bytes]]:
    """Return the digests of a text that anybody can compute."""
    found: dict[str, list[bytes]] = {}
    for name in ("md5", "sha1", "sha224", "sha256", "sha384", "sha512", "blake2b", "blake2s", "sha3_256"):
        digest = hashlib.new(name, secret.encode()).digest()
        found[name] = [part[:12] for part in (digest.hex().encode(), base64.b64encode(digest))] + [digest[:8]]
    return found


def assert_hidden(files: dict[str, bytes], secret: str, what: str, why: str) -> None:
    """Expect a secret to stand in no file, in no disguise."""
    for name, data in files.items():
        for how, forms in disguises(secret).items():
            assert not any(form in data for form in forms), f"{what} stands in `{name}`, {how}: {why}"


GOES_PAST = (
    "`EncryptedSerializer` seals what states hold, and nothing beside it; strings and numbers of a config's "
    "`configurable` and `metadata` go past it, into the column `metadata`"
)


@pytest.mark.exercise("encrypt_at_rest", points=1)
def test_states_are_sealed(submission):
    """Messages, strings, an error and a question stand in no file."""
    call, key = draw_call(submission.rng), draw_key(submission.rng)
    seal(submission, call, key)
    files = bytes_beside(submission)
    told = {
        "text": "a message",
        "reply": "the reply",
        "note": "a string of the state",
        "question": "the question of an interrupt",
        "error": "the text of an error",
    }
    for name, what in told.items():
        why = "the rows of `checkpoints` and of `writes` both hold what states hold: seal them all"
        assert_hidden(files, call[name], what, why)


@pytest.mark.exercise("encrypt_at_rest", points=1)
def test_configs_leave_no_trace(submission):
    """What callers put into a config stands in no file."""
    call, key = draw_call(submission.rng), draw_key(submission.rng)
    seal(submission, call, key)
    files = bytes_beside(submission)
    assert_hidden(files, call["email"], "the e-mail address of the config", GOES_PAST)
    why = "it went past the serializer, into the column `metadata`; list what may stay, and not what must go"
    for name in ("account", "mobile"):
        assert_hidden(files, call[name], f"`{name}`, which the caller put into the config,", why)


@pytest.mark.exercise("encrypt_at_rest", points=1)
def test_thread_ids_are_veiled(submission):
    """Thread ids stand in no file, nor does a digest of one that needs no key."""
    call, key = draw_call(submission.rng), draw_key(submission.rng)
    seal(submission, call, key)
    files = bytes_beside(submission)
    for thread in (call["thread"], call["other"]):
        why = (
            "it is a column of both tables, which no serializer sees; the saver must change it on its way in"
        )
        assert_hidden(files, thread, "a thread id", why)
        for name, data in files.items():
            for kind, forms in digests(thread).items():
                assert not any(form in data for form in forms), (
                    f"the {kind} of a thread id stands in `{name}`, a digest that needs no key: there are few "
                    "telephone numbers, and whoever tries them all finds this one"
                )


@pytest.mark.exercise("encrypt_at_rest", points=2, restarts=True)
def test_threads_go_on(submission):
    """In a new process a thread goes on, and its history is there."""
    call, key = draw_call(submission.rng), draw_key(submission.rng)
    answer = submission.rng.choice(STATIONS)
    seal(submission, call, key)
    submission.restart()
    seen = submission.observe(
        open_again, db=submission.path("calls.db"), key=key, thread=call["thread"], answer=answer, fork=None
    )
    assert_reads(seen["before"], call, call["note"], ["decide"])
    assert seen["before"]["asked"] == [call["question"]], (
        f"the thread waits with a question, and read back it asks {seen['before']['asked']}: a question is a pending "
        "write, and `put_writes` has to save it under the veiled thread id"
    )
    assert_lineage(seen["history"], call["thread"], ["input", "loop", "loop", "loop"])
    assert_reads(seen["after"], call, f"{call['note']}, {answer}", [])
    assert seen["last two"] == 2, (
        f"asked for two snapshots, the history gave {seen['last two']}: hand on what `list` is given besides the config"
    )


def assert_reads(seen: dict[str, Any], call: dict[str, str], note: str, following: list[str]) -> None:
    """Expect the thread to hold what it held."""
    assert seen["texts"], (
        "a thread that was saved was not found again under its thread id: what the saver makes of a thread id "
        "must come out the same each time, and in each process"
    )
    texts = [call["text"], f"{call['reply']} We write to {call['email']}."]
    assert seen["texts"] == texts, (
        f"the thread held {texts}, and read back it holds {seen['texts']}: nothing may be lost or added"
    )
    assert (seen["note"], seen["next"]) == (note, following), (
        f"the thread should hold the note {note!r} and have {following} to run, but it holds {seen['note']!r} and has "
        f"{seen['next']}: pending writes, too, must be saved under the veiled thread id, and be found there"
    )


def assert_lineage(history: list[dict[str, Any]], thread: str, sources: list[str]) -> None:
    """Expect a history with steps, sources, parents and the caller's own thread id."""
    strange = [row[name] for row in history for name in ("thread", "parent thread") if row[name] != thread]
    assert not strange, (
        f"a snapshot's config names the thread {strange[0][:20]!r}, a config that the saver has handed out: callers "
        "know their thread by another id, so change it back on its way out"
    )
    found = [(row["step"], row["source"]) for row in reversed(history)]
    wanted = list(enumerate(sources, -1))
    assert found == wanted, (
        f"the history's steps and sources are {found}, and should be {wanted}: keep these in the metadata"
    )
    assert all(row["parents"] == {} for row in history), (
        "the metadata have lost `parents`: graphs with subgraphs need it, so let it stay"
    )
    parents = [row["parent"] for row in history]
    assert parents == [*(row["id"] for row in history[1:]), None], (
        "the history's parents are not the checkpoints before: keep `checkpoint_id` where the saver is given it"
    )


# --- migrate_in_flight -------------------------------------------------------------------------------


def leave_in_flight(db, orders):
    """Run orders with version 1, and leave each thread where it is told to be."""
    import operator
    from contextlib import suppress
    from typing import Annotated, TypedDict

    from langgraph.checkpoint.sqlite import SqliteSaver
    from langgraph.graph import START, StateGraph
    from langgraph.types import Command, interrupt

    class Order(TypedDict, total=False):
        client: str
        cents: int
        approved: bool
        parcel: str
        log: Annotated[list[str], operator.add]

    class Down(Exception):
        pass

    def version_1(saver, order):
        def quote(state):
            if order["at"] == "failed in quote":
                raise Down
            return {"cents": order["cents"], "log": ["quote"]}

        def review(state):
            return {"approved": interrupt(f"{state['client']}, {state['cents']}?"), "log": ["review"]}

        def ship(state):
            if order["at"] != "finished":
                raise Down
            return {"parcel": order["parcel"], "log": ["ship"]}

        builder = StateGraph(Order).add_sequence([quote, review, ship]).add_edge(START, "quote")
        return builder.compile(checkpointer=saver)

    with SqliteSaver.from_conn_string(db) as saver:
        saver.conn.execute("pragma synchronous = off")  # what a kill leaves is made below
        for order in orders:
            graph, config = version_1(saver, order), {"configurable": {"thread_id": order["thread"]}}
            with suppress(Down):
                graph.invoke({"client": order["who"]}, config, durability="sync")
                if order["at"] in ("failed in ship", "killed after review", "finished"):
                    graph.invoke(Command(resume=order["answer"]), config, durability="sync")
            if order["at"].startswith("killed"):
                # The node's writes are saved, and the next checkpoint is not: as a kill between the two leaves it.
                newest = graph.get_state(config).config["configurable"]["checkpoint_id"]
                for table in ("writes", "checkpoints"):
                    where = "thread_id = ? and checkpoint_id = ?"
                    saver.conn.execute(f"delete from {table} where {where}", (order["thread"], newest))
                saver.conn.commit()


def work_through(upgrade, db, orders, everything):
    """Be a worker of version 2: bring these threads to their end, as the prompt says, and note what was done."""
    from langgraph.checkpoint.sqlite import SqliteSaver
    from langgraph.types import Command

    by_name = {order["who"]: order for order in everything}
    seen = {order["thread"]: {"calls": [], "error": None, "values": None} for order in everything}
    now = {"at": orders[0]}

    def order_of(customer):
        return by_name.get(customer) or now["at"]

    def price(customer):
        order = order_of(customer)
        seen[order["thread"]]["calls"].append(["price", customer])
        return order["new cents"]

    def deliver(customer, cents, approved):
        order = order_of(customer)
        seen[order["thread"]]["calls"].append(["deliver", customer, cents, approved])
        return order["parcel"]

    with SqliteSaver.from_conn_string(db) as saver:
        saver.conn.execute("pragma synchronous = off")
        graph = upgrade(saver, [order["thread"] for order in everything], price, deliver)
        if not hasattr(graph, "get_state"):
            return {"no graph": type(graph).__name__}
        for order in orders:
            now["at"] = order
            config, mine = {"configurable": {"thread_id": order["thread"]}}, seen[order["thread"]]
            try:
                if order["at"] == "new":
                    graph.invoke({"customer": order["who"]}, config)
                    mine["waits at"] = list(graph.get_state(config).next)
                for _ in range(6):
                    snapshot = graph.get_state(config)
                    if snapshot.interrupts:
                        mine["calls"].append(["ask"])
                        graph.invoke(Command(resume=order["answer"]), config)
                    elif snapshot.tasks or snapshot.next:
                        graph.invoke(None, config)
                    else:
                        break
                mine["values"] = dict(graph.get_state(config).values)
            except Exception as error:
                mine["error"] = f"{type(error).__name__}: {error}"
    return seen


PLACES_IN_FLIGHT = (
    "waiting at review",
    "failed in quote",
    "failed in ship",
    "killed after quote",
    "killed after review",
    "finished",
)


def draw_orders_in_flight(rng: random.Random, places: Sequence[str]) -> list[dict[str, Any]]:
    """Draw an order for each of these places."""
    names = rng.sample(
        [f"{first}-{place.lower()}" for first in ("ada", "bob", "eve", "kim") for place in PLACES],
        len(places),
    )
    return [
        {
            "thread": f"order-{number}",
            "who": name,
            "at": place,
            "cents": rng.randrange(100, 10**5),
            "new cents": rng.randrange(10**5, 10**6),
            "answer": rng.random() < 0.5,
            "parcel": f"parcel {rng.randrange(10**6)}",
        }
        for number, (name, place) in enumerate(zip(names, places, strict=True), rng.randrange(1000))
    ]


def assert_in_time(seen: dict[str, Any], orders: Iterable[dict[str, Any]]) -> None:
    """Expect each order at its end, with no step left out and none done twice."""
    kind = seen.get("no graph")
    assert kind is None, f"`upgrade` returned a value of type {kind}, not a compiled graph"
    for order in orders:
        assert_one_in_time(seen[order["thread"]], order)


def assert_one_in_time(found: dict[str, Any], order: dict[str, Any]) -> None:
    """Expect one order at its end."""
    at, who, answer = order["at"], order["who"], order["answer"]
    case = f"the order of {who}, {at if at != 'new' else 'new in version 2'},"
    assert found["error"] not in ("KeyError: 'customer'", "KeyError: 'client'"), (
        f"{case} ended in `{found['error']}`: old checkpoints hold `client`, and a field that the state does not "
        "declare cannot be read; who was it for?"
    )
    assert found["error"] is None or "KeyError" not in found["error"], (
        f"{case} ended in `{found['error']}`: a node ran without a field that an earlier node gives; if you move "
        "threads with `update_state`, its `as_node` has to be a node that has ended in this one"
    )
    assert found["error"] is None, f"{case} ended in `{found['error']}`"
    calls = found["calls"]
    quoted = at in ("failed in quote", "new")
    asked = quoted or at in ("waiting at review", "killed after quote")
    cents = order["new cents"] if quoted else order["cents"]
    wanted: list[Any] = [["price", who]] if quoted else []
    wanted += [["ask"]] if asked else []
    wanted += [["deliver", who, cents, answer]] if at != "finished" else []
    delivered = [call for call in calls if call[0] == "deliver"]
    assert at != "finished" or not calls, (
        f"{case} is over, and version 2 called {calls} for it: leave it alone"
    )
    assert at != "waiting at review" or calls.count(["ask"]) < 2, (
        f"{case} was asked for its approval twice: an interrupt belongs to the node that raised it, so the answer went "
        "to `review`, which let it fall; let that node do the work, too, or move the thread before it is asked"
    )
    again = {"price": "asked for its price", "ask": "asked for its approval", "deliver": "delivered it"}
    for name, what in again.items():
        count, due = (sum(call[0] == name for call in some) for some in (calls, wanted))
        often = "once more" if (count, due) == (1, 0) else f"{count} times"
        assert count <= due, f"for {case} version 2 {what} {often}: {why_twice(at)}"
    assert delivered or at == "finished", f"{case} was dropped: {why_dropped(at)}"
    strange = [call[1] for call in calls if len(call) > 1 and call[1] != who]
    assert not strange, (
        f"{case} was priced or delivered for {strange[0]!r}: the old state names them in `client`, and a default "
        "hides that the old field was not read"
    )
    assert calls == wanted, f"for {case} version 2 called {calls}, and should have called {wanted}"
    assert_end(found["values"], order, case, cents)


def why_twice(at: str) -> str:
    """Say why a step of an order was done twice."""
    if at.startswith("killed"):
        return (
            "the result lay beside the checkpoint as a pending write; did a new run, or `update_state`, start a new "
            "checkpoint without it?"
        )
    return "a step was done a second time; go on from what the thread has, and do not begin again"


def why_dropped(at: str) -> str:
    """Say why an order was dropped without an error."""
    if at.startswith("killed"):
        return (
            "its thread is half-committed, what the node returned is saved beside the checkpoint and waits to be "
            "applied; its snapshot has `next == ()`, and only `tasks` show that it is not done"
        )
    return (
        "its checkpoint names `review` as due, and where the graph has no such node its snapshot has no task, looks "
        "finished, and raises nothing; either keep that node, or move the thread to the new one"
    )


def assert_end(values: dict[str, Any], order: dict[str, Any], case: str, cents: int) -> None:
    """Expect the right state."""
    wanted = {"cents": cents, "approved": order["answer"], "parcel": order["parcel"]}
    if order["at"] != "finished":
        wanted["customer"] = order["who"]
    wrong = {name: values.get(name) for name, value in wanted.items() if values.get(name) != value}
    assert not wrong, (
        f"{case} ended with {wrong} in its state, and should have { ({name: wanted[name] for name in wrong}) }"
    )
    log = values.get("log") or []
    kept = order["at"] in ("failed in ship", "killed after review", "finished")
    middle = "review" if kept else "approve"
    of_either = ["review" if step == "approve" else step for step in log]
    assert of_either == ["quote", "review", "ship"], (
        f"{case} ended with the log {log}: each step stands in it once, so let what is saved be applied once"
    )
    assert log[1] == middle, (
        f"{case} ended with the log {log}, and {middle!r} should stand in the middle: version "
        + ("1 had logged that, and it stays" if kept else "2 approved it, wherever it waited")
    )


def migrate(submission: Any, orders: list[dict[str, Any]]) -> dict[str, Any]:
    """Leave these orders in flight, and have version 2 work through them."""
    db = submission.path("orders.db")
    submission.observe(leave_in_flight, db=db, orders=[order for order in orders if order["at"] != "new"])
    return submission.observe(work_through, db=db, orders=orders, everything=orders)


@pytest.mark.exercise("migrate_in_flight", points=2)
def test_waiting_orders_are_shipped(submission):
    """Orders that waited at the renamed node are shipped; finished ones are left alone."""
    places = ["waiting at review"] * 4 + ["finished"] * 2
    orders = draw_orders_in_flight(submission.rng, submission.rng.sample(places, len(places)))
    assert_in_time(migrate(submission, orders), orders)


@pytest.mark.exercise("migrate_in_flight", points=1)
def test_failed_orders_are_shipped(submission):
    """Orders that had failed before or after the renamed node are shipped."""
    orders = draw_orders_in_flight(submission.rng, ["failed in quote", "failed in ship", "failed in ship"])
    assert_in_time(migrate(submission, orders), orders)


@pytest.mark.exercise("migrate_in_flight", points=1)
def test_killed_orders_are_shipped(submission):
    """Orders that were killed between a node's result and the next checkpoint are shipped."""
    orders = draw_orders_in_flight(submission.rng, ["killed after quote", "killed after review"])
    assert_in_time(migrate(submission, orders), orders)


@pytest.mark.exercise("migrate_in_flight", points=1)
def test_new_orders_run_as_version_2(submission):
    """New orders run as version 2 says."""
    orders = draw_orders_in_flight(submission.rng, ["new", "new"])
    seen = migrate(submission, orders)
    assert_in_time(seen, orders)
    for order in orders:
        found = seen[order["thread"]]
        assert found["waits at"] == ["approve"], (
            f"a new order waits at {found['waits at']}: in version 2 the node is called `approve`"
        )
        assert "client" not in found["values"], (
            "the state of a new order has the field `client`: version 2 may read the old field, and does not write it"
        )


# --- write_a_saver -----------------------------------------------------------------------------------

SAVER_WORDS = ("amber", "basil", "cedar", "delta", "ember", "fjord", "grove", "heron", "islet", "jetty")
SAVER_NAMES = ("ada", "bob", "cleo", "dan", "eve", "finn", "gus", "hana", "ivy", "jon")


async def conform(KeyValueSaver):
    """Run the official conformance suite, each of its parts on an empty store."""
    from langgraph.checkpoint.base import empty_checkpoint
    from langgraph.checkpoint.conformance import checkpointer_test, validate

    first = {"configurable": {"thread_id": "first", "checkpoint_ns": ""}}
    await KeyValueSaver({}).aput(first, empty_checkpoint(), {"source": "input", "step": -1}, {})

    @checkpointer_test(name="KeyValueSaver")
    async def empty():
        yield KeyValueSaver({})

    report = await validate(empty)
    parts = report.to_dict()["results"]
    return {"passed": report.passed_all_base(), "parts": parts}


def use_saver(KeyValueSaver, db, steps):
    """Do these steps with a new saver, on a store that lies in a file; tell what each one gave."""
    import asyncio
    import operator
    import sqlite3
    import threading
    from collections.abc import MutableMapping
    from concurrent.futures import ThreadPoolExecutor
    from typing import Annotated, TypedDict

    from langgraph.checkpoint.base import empty_checkpoint
    from langgraph.graph import START, StateGraph

    class Store(MutableMapping):
        """Text to bytes, in one table; nobody pulls the plug of this machine, so it need not be synced."""

        def __init__(self):
            self.lock = threading.Lock()
            self.db = sqlite3.connect(db, check_same_thread=False, isolation_level=None)
            self.run("pragma synchronous = off")
            self.run("create table if not exists store (key text primary key, value blob not null)")

        def run(self, query, *given):
            with self.lock:
                return self.db.execute(query, given).fetchall()

        def __getitem__(self, key):
            found = self.run("select value from store where key = ?", key)
            if not found:
                raise KeyError(key)
            return found[0][0]

        def __setitem__(self, key, value):
            if not isinstance(key, str) or not isinstance(value, bytes):
                raise TypeError(
                    f"the store takes str and bytes, not {type(key).__name__} and {type(value).__name__}"
                )
            self.run("insert or replace into store values (?, ?)", key, value)

        def __delitem__(self, key):
            self[key]
            self.run("delete from store where key = ?", key)

        def __iter__(self):
            return iter([key for (key,) in self.run("select key from store")])

        def __len__(self):
            return self.run("select count(*) from store")[0][0]

    class Round(TypedDict, total=False):
        log: Annotated[list, operator.add]
        left: int

    ran = []

    def work(state):
        ran.append("work")
        return {"log": [f"work {state['left']}"], "left": state["left"] - 1}

    def ship(state):
        ran.append("ship")
        return {"log": ["ship"]}

    saver = KeyValueSaver(Store())
    builder = StateGraph(Round).add_node(work).add_node(ship).add_edge(START, "work")
    builder.add_conditional_edges("work", lambda state: "work" if state["left"] else "ship", ["work", "ship"])
    graph = builder.compile(checkpointer=saver)

    def told(found):
        if found is None:
            return None
        where = found.config["configurable"]
        return {
            "thread": where["thread_id"],
            "id": where["checkpoint_id"],
            "step": found.metadata.get("step"),
            "values": found.checkpoint["channel_values"],
            "writes": [list(write) for write in found.pending_writes or ()],
            "parent": found.parent_config and found.parent_config["configurable"],
        }

    def do(step):
        config = {"configurable": {"thread_id": step.get("thread"), **step.get("at", {})}}
        if "user" in step:
            config["metadata"] = {"user_id": step["user"]}
        match step["do"]:
            case "invoke":
                return graph.invoke(step["input"], config, durability="sync")
            case "ainvoke":
                with ThreadPoolExecutor(1) as own:  # a notebook's kernel runs a loop in this thread
                    return own.submit(asyncio.run, graph.ainvoke(step["input"], config)).result()
            case "state":
                state = graph.get_state(config)
                return {"values": state.values, "next": state.next}
            case "get":
                return told(saver.get_tuple(config))
            case "list":
                given = config if step.get("thread") is not None else None
                return [
                    told(found)
                    for found in saver.list(given, filter=step.get("filter"), limit=step.get("limit"))
                ]
            case "delete":
                return saver.delete_thread(step["thread"])
            case "put":
                made = {**empty_checkpoint(), "channel_values": step["values"]}
                return saver.put(config, made, {"source": "loop", "step": step["step"]}, {})
            case "put_writes":
                config = saver.get_tuple(config).config
                for writes, task, path in step["calls"]:
                    saver.put_writes(config, [tuple(write) for write in writes], task, path)
                return told(saver.get_tuple(config))

    gave = []
    for step in steps:
        ran.clear()
        try:
            gave.append({"gave": do(step), "ran": list(ran)})
        except NotImplementedError:
            raise
        except Exception as error:
            gave.append({"raised": f"{type(error).__name__}: {error}"[:200], "ran": list(ran)})
    return gave


def run_of(thread: str, text: str, rounds: int, how: str = "invoke", **more: Any) -> dict[str, Any]:
    """Return the step that runs the graph once."""
    return {"do": how, "thread": thread, "input": {"log": [text], "left": rounds}, **more}


def log_of(text: str, rounds: int) -> list[str]:
    """Return what such a run adds to the log."""
    return [text, *(f"work {left}" for left in range(rounds, 0, -1)), "ship"]


def draw_text(rng: random.Random) -> str:
    """Draw a text that occurs nowhere else."""
    return f"{rng.choice(SAVER_WORDS)}-{rng.randrange(10**8, 10**9)}"


def done(step: dict[str, Any], what: str) -> Any:
    """Return what a step gave; say so if it raised."""
    assert "raised" not in step, f"{what} raised `{step['raised']}`"
    return step["gave"]


def assert_ran_round(step: dict[str, Any], log: list[str], rounds: int, what: str) -> None:
    """Expect a run to have gone round as often as it should, and to have ended with this log."""
    state, went = done(step, what), step["ran"].count("work")
    assert went >= rounds, (
        f"in {what} the node `work` ran {went} times instead of {rounds}, and no error was raised: a node runs when "
        "the version of its channel is newer than the one that the node has seen, so look at what "
        "`get_next_version` returns, and at whether the versions in a checkpoint come back as they were saved"
    )
    got = state.get("log") if isinstance(state, dict) else state
    assert got == log, (
        f"{what} ended with the log {got} instead of {log}: what the thread held comes from `get_tuple`"
    )


@pytest.mark.exercise("write_a_saver", points=1)
def test_official_suite(submission):
    """The official conformance suite passes for all base methods."""
    seen = submission.observe(conform)
    parts = {
        name: seen["parts"][name] for name in ("put", "put_writes", "get_tuple", "list", "delete_thread")
    }
    missing = [name for name, part in parts.items() if not part["detected"]]
    assert not missing, (
        f"the suite found no `a{missing[0]}` in your class: keep the async methods, it calls only those"
    )
    failed = [(name, failure) for name, part in parts.items() for failure in part["failures"]]
    assert not failed, (
        f"the conformance suite fails {len(failed)} of its tests, the first for `{failed[0][0]}`: {failed[0][1][:300]}"
    )
    assert seen["passed"], "the conformance suite does not pass for all base methods"


@pytest.mark.exercise("write_a_saver", points=1)
def test_invoke_and_ainvoke(submission):
    """A graph with a loop runs to its end, by `invoke` and by `ainvoke`."""
    rng = submission.rng
    rounds, thread, other = rng.randrange(3, 6), *rng.sample(SAVER_NAMES, 2)
    first, second, third = (draw_text(rng) for _ in range(3))
    steps = [
        run_of(thread, first, rounds),
        run_of(other, second, rounds, "ainvoke"),
        run_of(thread, third, 2, "ainvoke"),
    ]
    by_invoke, by_ainvoke, again = submission.observe(use_saver, db=submission.path("store.db"), steps=steps)
    assert "raised" not in by_invoke or "raised" in by_ainvoke, (
        f"`graph.invoke` raised `{by_invoke['raised']}`, and `graph.ainvoke` works: a saver has two faces, and the "
        "conformance suite asks the async methods only, so it cannot see that the sync ones are broken"
    )
    assert_ran_round(by_invoke, log_of(first, rounds), rounds, "`graph.invoke`")
    assert_ran_round(by_ainvoke, log_of(second, rounds), rounds, "`graph.ainvoke`")
    assert_ran_round(again, log_of(first, rounds) + log_of(third, 2), 2, "a second run of the same thread")


@pytest.mark.exercise("write_a_saver", points=1, restarts=True)
def test_another_process_goes_on(submission):
    """After SIGKILL before the last node, another process goes on from the store."""
    rng = submission.rng
    rounds, thread, text, db = (
        rng.randrange(2, 5),
        rng.choice(SAVER_NAMES),
        f"{draw_text(rng)}\nand more",
        submission.path("store.db"),
    )
    submission.observe(use_saver, db=db, steps=[run_of(thread, text, rounds)], kill_before="ship")
    rows = evidence.table(submission.file("store.db"), "store")
    assert rows, (
        "the process was killed before the last node, and the store holds nothing: `put` has to write to it"
    )
    submission.restart()
    steps = [
        {"do": "state", "thread": thread},
        {"do": "invoke", "thread": thread, "input": None},
        {"do": "list", "thread": thread},
    ]
    state, run, history = submission.observe(use_saver, db=db, steps=steps)
    known = done(state, "`get_state` in the new process")
    assert known["values"], (
        f"the store held {len(rows)} keys when the process was killed, but a saver in a new process knew nothing of "
        "the thread: what a saver needs to find a checkpoint must lie in the store, not in the saver"
    )
    held = log_of(text, rounds)[:-1]
    assert (known["values"].get("log"), known["next"]) == (held, ["ship"]), (
        f"in the new process the thread holds {known['values'].get('log')} with {known['next']} to run next, instead "
        f"of {held} with ['ship']: the newest checkpoint is the one with the greatest id"
    )
    ended = done(run, "`invoke(None)` in the new process")
    assert (run["ran"], ended.get("log")) == (["ship"], [*held, "ship"]), (
        f"the new process ran {run['ran']} and ended with {ended.get('log')}: only `ship` was left to run"
    )
    listed = done(history, "`list` in the new process")
    steps_seen = [found["step"] for found in listed]
    assert steps_seen == list(range(rounds + 1, -2, -1)), (
        f"the thread's checkpoints are listed with the steps {steps_seen}: all of both processes, newest first, would "
        f"be {rounds + 1} down to -1"
    )
    for found, earlier in itertools.pairwise(listed):
        parent = found["parent"] or {}
        named = parent.get("thread_id"), parent.get("checkpoint_ns", ""), parent.get("checkpoint_id")
        assert named == (thread, "", earlier["id"]), (
            f"the checkpoint of step {found['step']} names as its parent {named}, and not {(thread, '', earlier['id'])}: "
            "time travel follows `parent_config`, so it must be a config of the same thread and namespace"
        )


def cut_off(KeyValueSaver, thread, values, answer):
    """Run a graph to its end, and note each change of the store. Then, for each of them, be the process that comes
    after one that was killed right there: go on from the store as it was, with a new saver. Tell how each ended.
    """
    import operator
    from collections.abc import MutableMapping
    from typing import Annotated, TypedDict

    from langgraph.graph import START, StateGraph
    from langgraph.types import Command, interrupt

    class Store(MutableMapping):
        def __init__(self, held):
            self.held, self.changes, self.within, self.calls = dict(held), [], [0, "__init__"], 0

        def __getitem__(self, key):
            return self.held[key]

        def __setitem__(self, key, value):
            if not isinstance(key, str) or not isinstance(value, bytes):
                raise TypeError(
                    f"the store takes str and bytes, not {type(key).__name__} and {type(value).__name__}"
                )
            self.held[key] = value
            self.changes.append((self.within, dict(self.held)))

        def __delitem__(self, key):
            del self.held[key]
            self.changes.append((self.within, dict(self.held)))

        def __iter__(self):
            return iter(list(self.held))

        def __len__(self):
            return len(self.held)

        def enter(self, name):
            self.calls += 1
            self.within = [self.calls, name]

    class Watched(KeyValueSaver):
        """Tells the store which call a change belongs to."""

        def put(self, *args, **kwargs):
            store.enter("put")
            return super().put(*args, **kwargs)

        def put_writes(self, *args, **kwargs):
            store.enter("put_writes")
            return super().put_writes(*args, **kwargs)

    class Round(TypedDict, total=False):
        log: Annotated[list, operator.add]
        answer: str
        total: int
        parcel: str

    def price(state):
        return {"total": values["total"], "log": ["price"]}

    def ask(state):
        return {"answer": interrupt("May it be sent?"), "log": ["ask"]}

    def ship(state):
        return {"parcel": values["parcel"], "log": ["ship"]}

    builder = StateGraph(Round).add_sequence([price, ask, ship]).add_edge(START, "price")
    # One thread for the saver: the calls come one after the other, in the order in which LangGraph makes them.
    config = {"configurable": {"thread_id": thread}, "max_concurrency": 1}

    def to_the_end(saver):
        graph = builder.compile(checkpointer=saver)
        for _ in range(6):
            state = graph.get_state(config)
            if state.created_at is None:
                graph.invoke({"log": [values["text"]]}, config, durability="sync")
            elif state.interrupts:
                graph.invoke(Command(resume=answer), config, durability="sync")
            elif state.tasks or state.next:
                graph.invoke(None, config, durability="sync")
            else:
                return state.values
        return "still not at its end"

    def tried(saver):
        try:
            return {"gave": to_the_end(saver)}
        except NotImplementedError:
            raise
        except Exception as error:
            return {"raised": f"{type(error).__name__}: {error}"[:200]}

    store = Store({})
    whole, changes = tried(Watched(store)), store.changes[:200]
    ends = [tried(KeyValueSaver(Store(held))) for _, held in changes]
    return {"whole": whole, "within": [within for within, _ in changes], "ends": ends}


@pytest.mark.exercise("write_a_saver", points=1)
def test_cut_off_after_any_operation(submission):
    """Whatever operation on the store was the last one before a kill, the run goes on and loses nothing."""
    rng = submission.rng
    values = {"text": draw_text(rng), "total": rng.randrange(1, 10**6), "parcel": draw_text(rng)}
    answer = draw_text(rng)
    seen = submission.observe(cut_off, thread=rng.choice(SAVER_NAMES), values=values, answer=answer)
    right = {
        "log": [values["text"], "price", "ask", "ship"],
        "answer": answer,
        "total": values["total"],
        "parcel": values["parcel"],
    }
    whole = done(seen["whole"], "a run that nobody killed")
    assert whole == right, f"a run that nobody killed ended with {whole} instead of {right}"
    assert seen["ends"], "a run went to its end, and the store was never changed: save there"
    within = seen["within"]
    for number, (at, end) in enumerate(zip(within, seen["ends"], strict=True)):
        changes = [place for place, other in enumerate(within) if other == at]
        _, name = at
        what = f"operation {changes.index(number) + 1} of the {len(changes)} that a call of `{name}` makes on the store"
        assert end.get("gave") == right, (
            f"the process died after {what}, and when another went on, "
            + (f"it raised `{end['raised']}`" if "raised" in end else f"the run ended with {end['gave']}")
            + (f" instead of {right}: " if "gave" in end else ": ")
            + why_cut_off(name)
        )


def why_cut_off(name: str) -> str:
    """Say what is wrong with a store that a call has left half-way."""
    if name == "put_writes":
        return (
            "a task with some of its writes counts as done, and what is missing stays missing, so one operation has to "
            "save all that a call hands in"
        )
    return "a checkpoint that is found must be whole, so the operation that makes it visible comes last"


@pytest.mark.exercise("write_a_saver", points=1)
def test_deleted_thread_is_gone(submission):
    """A deleted thread leaves no key and no value, and its neighbours lose nothing."""
    rng = submission.rng
    thread, db = rng.choice(SAVER_NAMES), submission.path("store.db")
    neighbours = [f"{thread}2", f"{thread}/{thread}", thread[1:], f"{thread} {rng.randrange(100)}"]
    dump = [{"do": "list", "thread": one} for one in neighbours]
    texts = {one: draw_text(rng) for one in (*neighbours, thread)}
    steps = [run_of(one, texts[one], 2) for one in neighbours]
    before = submission.observe(use_saver, db=db, steps=[*steps, *dump])[len(steps) :]
    keys = {key for key, _ in evidence.table(submission.file("store.db"), "store")}
    steps = [
        run_of(thread, texts[thread], 2),
        {"do": "delete", "thread": thread},
        {"do": "get", "thread": thread},
    ]
    steps[1:1] = dump
    ran, *seen = submission.observe(use_saver, db=db, steps=[*steps, *dump])
    between, (deleted, got, *after) = seen[: len(dump)], seen[len(dump) :]
    assert_apart(ran, before, between, thread, {one: texts[one] for one in neighbours})
    done(deleted, "`delete_thread`")
    rows = evidence.table(submission.file("store.db"), "store")
    assert_erased(rows, keys, thread, texts[thread])
    assert done(got, "`get_tuple` of a deleted thread") is None, (
        f"thread {thread!r} was deleted, and `get_tuple` still returns a checkpoint for it"
    )
    for one, then, now in zip(neighbours, before, after, strict=True):
        assert done(then, f"`list` of thread {one!r}") and then == now, (
            f"when thread {thread!r} was deleted, thread {one!r} lost something too: its checkpoints or their writes "
            "are no longer what they were, so compare whole thread ids and not how they begin or end"
        )


def assert_apart(
    ran: dict[str, Any],
    before: Sequence[dict[str, Any]],
    after: Sequence[dict[str, Any]],
    thread: str,
    texts: dict[str, str],
) -> None:
    """Expect the first run of a thread to have left its neighbours alone, with these texts, and they it."""
    state = done(ran, f"the first run of thread {thread!r}")
    log = (state.get("log") or []) if isinstance(state, dict) else []
    for (one, text), then, now in zip(texts.items(), before, after, strict=True):
        assert text not in log, (
            f"thread {thread!r} ran for the first time, and its log began with what {one!r} had written, before anything "
            "was deleted: `get_tuple` or `list` took one thread for the other; compare whole thread ids"
        )
        assert done(then, f"`list` of thread {one!r}") and then == now, (
            f"thread {thread!r} ran, and `list` of thread {one!r} yielded other checkpoints or writes than before, though "
            "nothing was deleted: one thread was taken for the other; compare whole thread ids"
        )


def assert_erased(rows: list[tuple[str, bytes]], keys: set[str], thread: str, text: str) -> None:
    """Expect nothing in the store that a thread has brought."""
    for key, value in rows:
        assert text.encode() not in value, (
            f"`delete_thread({thread!r})` left {key!r} behind, and what the customer wrote ({text!r}) is still in the "
            "store: the writes of a thread hold its data as well as the checkpoints do, and the suite never looks"
        )
    left = sorted(key for key, _ in rows if key not in keys)
    assert not left, (
        f"`delete_thread({thread!r})` left {len(left)} keys of the thread in the store, such as {left[0]!r}"
    )


@pytest.mark.exercise("write_a_saver", points=1)
def test_writes_handed_in_again(submission):
    """Writes that a task hands in again, and the order of all of them."""
    rng = submission.rng
    thread, db = rng.choice(SAVER_NAMES), submission.path("store.db")
    first, second, third = rng.sample(range(1000), 3)
    many = [["z", number] for number in rng.sample(range(1000), 12)]
    early, late, last = "task-c", "task-b", "task-a"  # by task id they would stand the other way round
    special = rng.choice(["__interrupt__", "__resume__"])
    twin = "task-bb"  # has the path of another, so the task's id decides
    calls = [
        [[["x", first]], twin, "~2"],
        [[["x", first], ["y", second]], late, "~2"],
        [[["x", third]], last, "~3"],
        [[[special, "old"]], late, "~2"],
        [[["x", -1]], late, "~2"],
        [[[special, "new"]], late, "~2"],
        [many, early, "~1"],
    ]
    steps = [run_of(thread, "a", 1), {"do": "put_writes", "thread": thread, "calls": calls}]
    put = submission.observe(use_saver, db=db, steps=steps)[1]
    writes = done(put, "`put_writes`")["writes"]
    ours = {(task, channel): value for task, channel, value in writes}
    assert (late, "x") in ours and (late, "y") in ours, (
        f"a task handed in `x` and `y`, and later `{special}`: of its ordinary writes only "
        f"{[channel for task, channel in ours if task == late and channel in ('x', 'y')]} are left, so the later call "
        "threw away what the task had handed in before; a write is known by its task and its index"
    )
    assert ours[late, "x"] == first, (
        f"a task handed in `x` = {first}, and later `x` = -1 at the same index, and {ours[late, 'x']} was kept: an "
        "ordinary write that is there already is left alone"
    )
    values = [value for task, channel, value in writes if (task, channel) == (late, special)]
    assert values == ["new"], (
        f"a task handed in `{special}` twice, and its pending writes have {values}: a special write replaces the one "
        "with its index, which is negative and comes from `WRITES_IDX_MAP`"
    )
    right = [
        *([early, channel, value] for channel, value in many),
        [late, special, "new"],
        [late, "x", first],
        [late, "y", second],
        [twin, "x", first],
        [last, "x", third],
    ]
    assert sorted(map(str, writes)) == sorted(map(str, right)), (
        f"of {len(right)} writes `get_tuple` returns {len(writes)}, or others than were handed in"
    )
    assert writes == right, (
        f"the pending writes come as {[f'{task} {channel}' for task, channel, _ in writes]}: sort them by "
        "`writes_sort_key(task_path, task_id, index)`, with the index as a number"
    )


# --- storage_budget ----------------------------------------------------------------------------------

BUDGET_BYTES = 5_000_000
BUDGET_PEOPLE = ("mara", "noor", "otis", "pia", "quin", "rosa", "sven", "tara")


def talk(open_chat, db, turns, replies, give_up):
    """Let customers say something, one after the other; tell what the model was given each time.

    Of a long list of messages a digest is told. Once the files hold more than `give_up` bytes, it is enough.
    """
    import hashlib
    import sqlite3
    from pathlib import Path

    files = [Path(db), Path(f"{db}-wal")]
    connection = sqlite3.connect(db, check_same_thread=False)
    connection.execute("pragma synchronous = off")  # nobody pulls the plug
    coming = iter(replies)
    given = []

    def model(messages):
        given.append([str(getattr(message, "content", message)) for message in messages])
        return next(coming)

    say = open_chat(connection, model)
    told = []
    for customer, text in turns:
        given.clear()
        returned = say(customer, text)
        heard = given[-1] if given else []
        told.append(
            {
                "calls": len(given),
                "returned": returned,
                "count": len(heard),
                "digest": hashlib.sha256("\n".join(heard).encode()).hexdigest(),
                "begins": [one[:12] for one in heard[:1] + heard[-1:]],
            }
        )
        if sum(file.stat().st_size for file in files if file.exists()) > give_up:
            break

    def number(query):
        return connection.execute(query).fetchone()[0] or 0

    tables = number("select count(*) from sqlite_master where name in ('checkpoints', 'writes')")
    about = {
        "checkpoints": number("select count(*) from checkpoints") if tables == 2 else 0,
        "free": number("pragma freelist_count") * number("pragma page_size"),
    }
    connection.close()
    return {"told": told, **about}


def draw_talk(
    rng: random.Random, customers: Sequence[str], size: int
) -> tuple[list[tuple[str, str]], list[str]]:
    """Draw what each of these customers says, one after the other, and what the model replies."""
    texts = [
        f"{rng.randrange(10**11, 10**12)} {rng.randbytes(size).hex()[: size - 13]}"
        for _ in range(2 * len(customers))
    ]
    return list(zip(customers, texts[::2], strict=True)), texts[1::2]


def assert_knows_all(
    seen: dict[str, Any],
    turns: Sequence[tuple[str, str]],
    replies: Sequence[str],
    before: dict[str, list[str]],
) -> None:
    """Expect the model to have been given the whole conversation at each turn; `before` grows by what was said."""
    last = None
    for number, (told, (customer, text), reply) in enumerate(
        zip(seen["told"], turns, replies, strict=False), 1
    ):
        said = before.setdefault(customer, [])
        said.append(text)
        assert told["calls"] == 1, (
            f"at turn {number} `model` was called {told['calls']} times instead of once"
        )
        assert told["returned"] == reply, (
            f"at turn {number} `say` returned {str(told['returned'])[:40]!r} … and not the model's reply as a string"
        )
        assert told["count"] == len(said), why_not_all(
            told, said, number, customer, last, seen["checkpoints"]
        )
        assert told["digest"] == hashlib.sha256("\n".join(said).encode()).hexdigest(), (
            f"at turn {number} the model was given {told['count']} messages, as many as there are, but not the same "
            "ones in the same order: it gets them word for word, from the oldest to the newest"
        )
        said.append(reply)
        last = customer


def why_not_all(
    told: dict[str, Any], said: Sequence[str], number: int, customer: str, last: str | None, rows: int
) -> str:
    """Explain why the model was not given the whole conversation."""
    what = f"at turn {number} the model was given {told['count']} of {len(said)} messages of {customer!r}"
    if 1 < told["count"] < len(said) and told["begins"][0] != said[0][:12]:
        return f"{what}, and the oldest are gone: a budget for the file is no limit for the conversation"
    if told["count"] == 1 and last != customer and last is not None and rows:
        return (
            f"{what}, after another customer had spoken: if you delete old checkpoints, keep the newest of each thread, "
            "and not only the newest of the file"
        )
    if told["count"] == 1 and rows <= number:
        return (
            f"{what}, and no error was raised: what was said before was deleted with its ancestors, for a checkpoint "
            "need not hold the values of its channels; one of a `DeltaChannel` is put together from older writes"
        )
    if told["count"] > len(said):
        return f"{what}: does every customer have a thread of their own, and is each message added once?"
    return f"{what}: does each turn replace the one before it, does it start in another thread, or is one left out?"


def assert_in_budget(seen: dict[str, Any], path: Path, turns: int) -> None:
    """Expect the files to be small enough."""
    assert evidence_of_threads(path), (
        "no checkpoint of LangGraph is in the database: keep what was said in a graph's state"
    )
    size = sum(one.stat().st_size for one in (path, path.with_name(f"{path.name}-wal")) if one.exists())
    went = len(seen["told"])
    what = f"after {went} of {turns} turns the database takes {size / 1e6:.1f} MB, and {BUDGET_BYTES / 1e6:.0f} are the budget"
    assert size <= BUDGET_BYTES or seen["free"] < size // 3, (
        f"{what}: {seen['free'] / 1e6:.1f} MB of it are free pages, for to delete rows does not make a file smaller; "
        "delete sooner, so that the next turn takes the free pages, or have SQLite give them back"
    )
    assert size <= BUDGET_BYTES and went == turns, (
        f"{what}: it holds {seen['checkpoints']} checkpoints, each with the whole conversation up to then, and that "
        "grows with the square of the turns, however few checkpoints a turn makes"
    )


def evidence_of_threads(path: Path) -> list[str]:
    """Return the threads in a database; none if it is not LangGraph's."""
    try:
        return evidence.threads(path)
    except AssertionError:
        return []


@pytest.mark.exercise("storage_budget", points=3, restarts=True, timeout=30)
def test_sixty_long_turns(submission):
    """Sixty long turns stay within 5 MB, and after SIGKILL a new process knows them all."""
    rng = submission.rng
    customer, db = rng.choice(BUDGET_PEOPLE), submission.path("support.db")
    turns, replies = draw_talk(rng, [customer] * 62, 2_400)
    said: dict[str, list[str]] = {}
    seen = submission.observe(talk, db=db, turns=turns[:60], replies=replies[:60], give_up=24_000_000)
    assert_knows_all(seen, turns[:60], replies[:60], said)
    assert_in_budget(seen, submission.file("support.db"), 60)
    submission.restart()
    seen = submission.observe(talk, db=db, turns=turns[60:], replies=replies[60:], give_up=24_000_000)
    assert seen["told"][0]["count"] != 1, (
        f"after SIGKILL the model was given the new text and none of the {len(said[customer])} messages before it: "
        "they lived in the process and not in the database"
    )
    assert_knows_all(seen, turns[60:], replies[60:], said)


@pytest.mark.exercise("storage_budget", points=1)
def test_customers_take_turns(submission):
    """Customers who take turns keep what they said."""
    rng = submission.rng
    one, other, third = rng.sample(BUDGET_PEOPLE, 3)
    order = [one, one, other, one, other, other, third, one, third, other, one]
    turns, replies = draw_talk(rng, order, 100)
    seen = submission.observe(
        talk, db=submission.path("support.db"), turns=turns, replies=replies, give_up=24_000_000
    )
    assert_knows_all(seen, turns, replies, {})


# --- online_backup -----------------------------------------------------------------------------------


def back_up_service(back_up, db, copy, texts, busy):
    """Have a service write, and back it up; tell each commit, in order, and what happened meanwhile.

    A busy service commits, and moves its `-wal` into the file, whenever one of its files is opened as a file or
    half of it has been read, and from a thread of its own as well. What SQLite reads, it reads undisturbed.
    """
    import builtins
    import io
    import operator
    import os
    import sqlite3
    import threading
    from contextlib import closing
    from pathlib import Path
    from typing import Annotated, TypedDict

    from langgraph.checkpoint.sqlite import SqliteSaver
    from langgraph.graph import START, StateGraph

    commits, noting = [], threading.RLock()

    class Noting(SqliteSaver):
        def put(self, config, checkpoint, *rest):
            with noting:
                saved = super().put(config, checkpoint, *rest)
                commits.append(["checkpoint", config["configurable"]["thread_id"], checkpoint["id"], ""])
            return saved

        def put_writes(self, config, writes, task_id, task_path=""):
            where = config["configurable"]
            with noting:
                super().put_writes(config, writes, task_id, task_path)
                commits.append(["write", where["thread_id"], where["checkpoint_id"], task_id])

    class Log(TypedDict):
        log: Annotated[list, operator.add]

    with closing(sqlite3.connect(copy)) as old:
        old.execute("create table old (backup)")
    connection = sqlite3.connect(db, check_same_thread=False, timeout=0.3)
    connection.execute("pragma synchronous = off")
    builder = StateGraph(Log).add_node("note", lambda state: {"log": ["noted"]}).add_edge(START, "note")
    graph = builder.compile(checkpointer=Noting(connection))
    left, one_at_a_time = list(texts), threading.Lock()

    def turn():
        thread, text = left.pop(0)
        graph.invoke({"log": [text]}, {"configurable": {"thread_id": thread}}, durability="sync")

    half = len(left) // 3
    for _ in range(half):
        turn()
    connection.execute("pragma wal_checkpoint(truncate)").fetchone()
    for _ in range(half):
        turn()

    at_work, over = threading.current_thread(), threading.Event()
    was_locked, read = [], []

    def serve(count=3):
        with one_at_a_time:
            try:
                for _ in range(count):
                    if left and not was_locked:
                        turn()
                connection.execute("pragma wal_checkpoint(truncate)").fetchone()
            except sqlite3.OperationalError as error:
                was_locked.append(str(error))

    class Read(io.FileIO):
        """A file of the service's that is read as a file: half-way through, the service goes on."""

        served = False

        def _serve(self):
            if not self.served and self.tell():
                self.served = True
                serve()

        def readinto(self, buffer):
            self._serve()
            return super().readinto(memoryview(buffer)[: max(1, os.fstat(self.fileno()).st_size // 2)])

        def readall(self):
            first = super().read(os.fstat(self.fileno()).st_size // 2)
            self._serve()
            return first + super().readall()

    real_open, real_sendfile = io.open, os.sendfile

    def watched_open(path, mode="r", *args, **kwargs):
        name = str(Path(path).absolute()) if isinstance(path, str | os.PathLike) else ""
        if name.startswith(db) and mode == "rb" and threading.current_thread() is at_work:
            read.append(name[len(db) :])
            serve()
            return io.BufferedReader(Read(name))
        return real_open(path, mode, *args, **kwargs)

    def no_sendfile(*_):
        raise OSError(22, "the kernel copies no files here: read them")

    def go_on():
        for _ in range(6):
            if not over.is_set():
                serve(1)

    before, service, raised = len(commits), threading.Thread(target=go_on), None
    if busy:
        builtins.open = io.open = watched_open
        os.sendfile = no_sendfile
        service.start()
    try:
        back_up(db, copy)
    except sqlite3.OperationalError as error:
        raised = str(error)
    finally:
        builtins.open = io.open = real_open
        os.sendfile = real_sendfile
        over.set()
        if busy:
            service.join(20)
    connection.close()
    return {
        "commits": commits,
        "before": before,
        "locked": was_locked,
        "read": read,
        "raised": raised,
    }


def draw_service(rng: random.Random, turns: int) -> list[tuple[str, str]]:
    """Draw what is said in which thread."""
    threads = rng.sample(BUDGET_PEOPLE, 3)
    return [(rng.choice(threads), rng.randbytes(rng.randrange(300, 900)).hex()) for _ in range(turns)]


def assert_moment(seen: dict[str, Any], path: Path) -> None:
    """Expect a copy, without what lies beside it, to hold all commits up to one of them, and no other."""
    assert not seen["raised"], f"`back_up` raised `OperationalError: {seen['raised']}`"
    assert not seen["locked"], (
        f"while you made the backup, the service could not write (`{seen['locked'][0]}`): a backup must lock nobody "
        "out, and who reads through SQLite in WAL mode need not"
    )
    files = sorted(set(seen["read"]))
    if len(files) > 1:
        torn = "the file and its `-wal` were read one after the other, at two moments, and the service wrote in between"
    else:
        torn = "the service wrote while the file was being read, so that it holds pages of several moments"
    why = (
        torn if files else "what was committed last lies in `-wal` until SQLite moves it, and not in the file"
    )
    if path.with_name(f"{path.name}-wal").exists():
        why += "; only the file `copy_path` is looked at, a `-wal` beside it is no part of the backup"
    with tempfile.TemporaryDirectory() as folder:
        alone = Path(shutil.copy(path, folder))
        try:
            damage, held = evidence.damage(alone), commits_in(alone)
        except AssertionError as error:
            raise AssertionError(f"{why_unread(alone, error)}: {why}") from None
    assert not damage, f"the backup opens, and SQLite finds it damaged ({damage[:80]}): {torn}"
    commits = [tuple(commit) for commit in seen["commits"]]
    unknown = held - set(commits)
    assert not unknown, f"the backup holds {len(unknown)} rows that the service has not committed"
    gap = next((number for number, commit in enumerate(commits) if commit not in held), len(commits))
    holds = f"the first {gap} and none of the later ones"
    if len(held) > gap:
        holds = f"{len(held)}, but not number {gap + 1}"
    assert gap >= seen["before"], (
        f"{seen['before']} commits were made before `back_up` was called, and the backup holds {holds}: {why}"
    )
    assert len(held) == gap, f"the backup lacks commit {gap + 1} and holds later ones: {torn}"


def why_unread(path: Path, error: AssertionError) -> str:
    """Say in which way a file is no backup, from what the judge met when it read it."""
    cause = error.__context__
    if not isinstance(cause, sqlite3.DatabaseError):
        return f"`{path.name}` cannot be read as checkpoints"
    if "no plain tables" in str(cause):
        return f"`{path.name}` holds no tables of checkpoints"
    return f"`{path.name}` does not open ({cause})"


def commits_in(path: Path) -> set[tuple[str, ...]]:
    """Return the commits of a service that a database holds."""
    held: set[tuple[str, ...]] = set()
    for thread in evidence.threads(path):
        for row in evidence.checkpoints(path, thread):
            held.add(("checkpoint", thread, row.id, ""))
            held |= {("write", thread, row.id, write.task_id) for write in row.writes}
    return held


@pytest.mark.exercise("online_backup", points=1)
def test_idle_service(submission):
    """The backup of a service that is open and idle holds all that was committed, in the place of an older one."""
    seen = submission.observe(
        back_up_service,
        db=submission.path("support.db"),
        copy=submission.path("backup.db"),
        texts=draw_service(submission.rng, 24),
        busy=False,
    )
    assert_moment(seen, submission.file("backup.db"))


@pytest.mark.exercise("online_backup", points=2, restarts=True)
def test_busy_service(submission):
    """The backup of a service that goes on writing is the database as it was at one moment."""
    seen = submission.observe(
        back_up_service,
        db=submission.path("support.db"),
        copy=submission.path("backup.db"),
        texts=draw_service(submission.rng, 60),
        busy=True,
    )
    assert_moment(seen, submission.file("backup.db"))


def back_up_nothing(back_up, db, copy, content):
    """Back up a file with this content, or one that is not there; tell what was raised and what is at `copy`."""
    import hashlib
    import sqlite3
    from contextlib import closing
    from pathlib import Path

    def looks():
        return hashlib.sha256(Path(copy).read_bytes()).hexdigest() if Path(copy).exists() else None

    if content is not None:
        Path(db).write_text(content)
    if not Path(copy).exists():
        with closing(sqlite3.connect(copy)) as old:
            old.execute("create table old (backup)")
    before, raised = looks(), None
    try:
        back_up(db, copy)
    except NotImplementedError:
        raise
    except Exception as error:
        raised = type(error).__name__
    return {"raised": raised, "same": looks() == before, "there": looks() is not None}


def assert_refused(submission: Any, name: str, content: str | None) -> None:
    """Expect `back_up` to raise for a source with this content, or for none, and to leave the old backup alone."""
    what = "is not there" if content is None else "is no database"
    paths = {"db": submission.path(name), "copy": submission.path("backup.db")}
    seen = submission.observe(back_up_nothing, content=content, **paths)
    assert seen["there"], (
        f"the source {what}, and now there is no backup at all: the old one was removed before the new one was there"
    )
    made = "`sqlite3.connect` makes an empty database where there is no file, and " if content is None else ""
    assert seen["same"], (
        f"the source {what}, and the old backup is no longer what it was: {made}only a copy that is whole may take the "
        "place of a backup"
    )
    assert seen["raised"], (
        f"the source {what}, and `back_up` raised nothing: whoever calls it believes in a backup"
    )


@pytest.mark.exercise("online_backup", points=1)
def test_no_backup_of_nothing(submission):
    """A source that is missing raises, and the old backup is still there."""
    assert_refused(submission, f"{submission.rng.randrange(10**6)}.db", None)
