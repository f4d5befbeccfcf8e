"""Public tests of `typed_state`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from common import PLACES

if TYPE_CHECKING:
    import random
    from collections.abc import Iterable, Sequence


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
    """Approve offers in strict mode; tell what `book` was given, type by type, and whether a stranger is built.

    Tell, too, which classes `pickle` looked up.
    """
    import sqlite3
    import sys
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

    asked, given, unpickled, watching = [], [], [], [True]

    def hear(event, about):
        if watching and event == "pickle.find_class":
            unpickled.append(".".join(map(str, about)))

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
        sys.addaudithook(hear)  # it stays for as long as the process does, and hears nothing more after this
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
            "unpickled": unpickled,
        }
    finally:
        watching.clear()
        connection.close()
        loading.STRICT_MSGPACK_ENABLED, compiling.STRICT_MSGPACK_ENABLED = was


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


def assert_not_unpickled(seen: dict[str, Any]) -> None:
    """Expect no row to have been read by `pickle`."""
    assert not seen["unpickled"], (
        f"to read an offer, `pickle` looked up `{seen['unpickled'][0]}`: whoever can write a pickle into a row chooses what "
        "runs, strict mode or not, so save types that `compile` allows, or plain data"
    )


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
    assert_not_unpickled(seen)
    assert not seen["stranger"], (
        "from a row that named it, the graph's saver built an object of a class that has no part in an offer: "
        "whoever can write to the database chooses what runs, so allow the classes that you save, and no others"
    )
