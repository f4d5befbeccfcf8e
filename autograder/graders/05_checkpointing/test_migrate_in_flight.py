"""Public tests of `migrate_in_flight`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from common import PLACES

if TYPE_CHECKING:
    import random
    from collections.abc import Iterable, Sequence


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
