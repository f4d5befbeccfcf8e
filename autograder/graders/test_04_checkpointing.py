"""Public tests of module 04: what is stored."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING, Any

import pytest

from autograder import evidence

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
    length = length or rng.randrange(6, 9)
    nodes = rng.sample(STATIONS, length)
    return {
        "durability": durability,
        "ending": ending,
        "nodes": nodes,
        "dies_in": nodes[at or rng.randrange(3, length)],
        "slowness": slowness or rng.choice([1, 2, 3]),
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
    what = f"{mode}, {case['ending']} in node {at} of {len(case['nodes'])}, a saver as slow as {case['slowness']} nodes"
    told = f"{what}: you foretold the steps {guess['saved']}, and {saved or 'none'} lay on disk"
    assert guess["saved"] == saved, f"{told}; {why_not_saved(case, guess['saved'], saved)}"
    told = f"{what}: you foretold that {guess['again']} would run again, and {again} did"
    assert guess["again"] == again, f"{told}; {why_again(guess['again'], again, saved)}"


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


def why_again(guess: Any, again: list[str], saved: list[int]) -> str:
    """Say which belief about what runs again does not hold."""
    if not isinstance(guess, list):
        return "`again` is a list of names of nodes"
    if not saved:
        return "with no checkpoint there is nothing to go on from, and the run begins anew"
    if len(guess) > len(again):
        return (
            f"the newest checkpoint is of step {saved[-1]}, and what the node after it had returned "
            "may lie beside it, as a pending write, so look at who has to run, from there on"
        )
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
    assert_same_offer(seen["given"][0], offer, ("tariff",))
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
    assert found["error"] is None or "KeyError" not in found["error"], (
        f"{case} ended in `{found['error']}`: old checkpoints hold `client`, and a field that the state does not "
        "declare cannot be read; who was it for?"
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
    counts = {name: sum(call[0] == name for call in calls) for name in ("price", "ask", "deliver")}
    for name in ("price", "ask", "deliver"):
        more = counts[name] > sum(call[0] == name for call in wanted)
        what = {
            "price": "its price was asked for",
            "ask": "its approval was asked for",
            "deliver": "it was delivered",
        }
        assert not more, (
            f"{case} was done a second time in part: {what[name]} by version 2 {counts[name]} times, though its "
            "thread has that result; go on from the thread, and do not begin again"
        )
    assert delivered or at == "finished", f"{case} was dropped: {why_dropped(at)}"
    strange = [call[1] for call in calls if len(call) > 1 and call[1] != who]
    assert not strange, (
        f"{case} was priced or delivered for {strange[0]!r}: the old state names them in `client`, and a default "
        "hides that the old field was not read"
    )
    assert calls == wanted, f"for {case} version 2 called {calls}, and should have called {wanted}"
    assert_end(found["values"], order, case, cents)


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
    log = [
        "review" if step == "approve" and order["at"] != "new" else step for step in values.get("log") or []
    ]
    middle = "approve" if order["at"] == "new" else "review"
    assert log == ["quote", middle, "ship"], (
        f"{case} ended with the log {values.get('log')}: each step stands in it once, so let what is saved be applied once"
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
