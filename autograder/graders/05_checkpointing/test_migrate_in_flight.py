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
            if order.get("after"):  # an order that version 1 has finished in the same thread
                first = version_1(saver, {**order["after"], "at": "finished"})
                first.invoke({"client": order["after"]["who"]}, config, durability="sync")
                first.invoke(Command(resume=order["after"]["answer"]), config, durability="sync")
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
    """Be a worker of version 2: bring these threads to their end, as the prompt says, and note what was done.

    While a new order waits, `upgrade` is called once more, with other functions.
    """
    from langgraph.checkpoint.sqlite import SqliteSaver
    from langgraph.types import Command

    by_name = {order["who"]: order for order in everything}
    seen = {
        order["thread"]: {"calls": [], "questions": [], "others": [], "error": None, "values": None}
        for order in everything
    }
    now = {"at": None}

    def order_of(customer):
        return now["at"] or by_name.get(customer) or everything[0]

    def price(customer):
        order = order_of(customer)
        seen[order["thread"]]["calls"].append(["price", customer])
        return order["new cents"]

    def deliver(customer, cents, approved):
        order = order_of(customer)
        seen[order["thread"]]["calls"].append(["deliver", customer, cents, approved])
        return order["parcel"]

    def other_price(customer):
        seen[now["at"]["thread"]]["others"].append("price")
        return price(customer)

    def other_deliver(*args):
        seen[now["at"]["thread"]]["others"].append("deliver")
        return deliver(*args)

    with SqliteSaver.from_conn_string(db) as saver:
        saver.conn.execute("pragma synchronous = off")
        threads = [order["thread"] for order in everything]
        graph = upgrade(saver, threads, price, deliver)
        if not hasattr(graph, "get_state"):
            return {"no graph": type(graph).__name__}
        for order in orders:
            now["at"] = order
            config, mine = {"configurable": {"thread_id": order["thread"]}}, seen[order["thread"]]
            try:
                if order["at"] == "new":
                    graph.invoke({"customer": order["who"]}, config)
                    mine["waits at"] = list(graph.get_state(config).next)
                    upgrade(saver, threads, other_price, other_deliver)
                for _ in range(6):
                    snapshot = graph.get_state(config)
                    if snapshot.interrupts:
                        mine["calls"].append(["ask"])
                        mine["questions"].append(str(snapshot.interrupts[0].value))
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
    answers = rng.sample([True, False], 2)  # both, always
    # Whoever takes an empty name for none forgets the first; some names are nearly the same.
    names = ["", *names[1:-1], names[0].title()] if len(names) > 2 else [names[0], ""]
    return [
        {
            "thread": f"order-{number}",
            "who": name,
            "at": place,
            "cents": rng.randrange(100, 10**5) * (name != ""),  # nothing, for one of them
            "new cents": rng.randrange(10**5, 10**6),
            "answer": answers[number % 2],
            "parcel": f"parcel {rng.randrange(10**6)}",
        }
        for number, (name, place) in enumerate(zip(names, places, strict=True), rng.randrange(1000))
    ]


def follow_another(orders: Sequence[dict[str, Any]], at: str) -> None:
    """Let one of the orders at this place come after a finished one in its thread."""
    [*_, order] = [order for order in orders if order["at"] == at and order["who"]]
    first = {"who": f"not {order['who']}", "cents": order["cents"] + 1, "answer": not order["answer"]}
    order["after"] = {**first, "parcel": f"not {order['parcel']}"}


def assert_in_time(seen: dict[str, Any], orders: Iterable[dict[str, Any]]) -> None:
    """Expect each order at its end, with no step left out and none done twice."""
    kind = seen.get("no graph")
    assert kind is None, f"`upgrade` returned a `{kind}` and no graph: return what `compile` returns"
    # What only '' gets wrong is told late, and what only an order after another one does is told last.
    for order in sorted(orders, key=lambda order: (bool(order.get("after")), not order["who"])):
        assert_one_in_time(seen[order["thread"]], order)


def assert_one_in_time(found: dict[str, Any], order: dict[str, Any]) -> None:
    """Expect one order at its end."""
    at, who, answer = order["at"], order["who"], order["answer"]
    case = "a new order" if at == "new" else f"an order that {'' if at.startswith('failed') else 'was '}{at}"
    case += ", after a finished one in its thread," if order.get("after") else ""
    error = str(found["error"])[:60]
    calls = found["calls"]
    quoted = at in ("failed in quote", "new")
    asked = quoted or at in ("waiting at review", "killed after quote")
    cents = order["new cents"] if quoted else order["cents"]
    wanted: list[Any] = [["price", who]] if quoted else []
    wanted += [["ask"]] if asked else []
    wanted += [["deliver", who, cents, answer]] if at != "finished" else []
    assert calls == wanted or not order.get("after"), (
        f"for {case} version 2 called {calls} instead of {wanted}: the finished one's values are still in the state, so ask the "
        "checkpoint what's due, and not the values"
    )
    missing = found["error"] in ("KeyError: 'customer'", "KeyError: 'client'")
    empty = "" if who else "'' is a name, too: check whether the field is there, not whether it's true"
    assert not (missing and empty and at == "new"), f"{case} of customer '' ended in `{error}`: {empty}"
    assert not missing, (
        f"{case} ended in `{error}`: {'new orders have `customer`' if at == 'new' else 'old checkpoints have `client`'}, and a "
        "field that the state doesn't declare can't be read" + (f"; and {empty}" if empty else "")
    )
    assert found["error"] is None or "KeyError" not in found["error"], (
        f"{case} ended in `{error}`: a node ran without a field that an earlier node returns; with `update_state`, "
        "`as_node` must be a node that has finished in this thread"
    )
    assert found["error"] is None, (
        f"{case} ended in `{error}`: look at which node raised it, and for which thread"
    )
    delivered = [call for call in calls if call[0] == "deliver"]
    assert at != "finished" or not calls, (
        f"{case} is done, but version 2 called {calls} for it: leave it as it is"
    )
    assert at != "waiting at review" or calls.count(["ask"]) < 2, (
        f"{case} was asked twice: the answer belongs to the node that asked, so it went to `review`; let "
        "that node do the work too, or move the thread first"
    )
    again = {"price": "priced", "ask": "asked", "deliver": "delivered"}
    for name, what in again.items():
        count, due = (sum(call[0] == name for call in some) for some in (calls, wanted))
        often = "once more" if (count, due) == (1, 0) else f"{count} times"
        assert count <= due, f"version 2 {what} {case} {often}: {why_twice(at)}"
    assert delivered or at == "finished", f"{case} was dropped: {why_dropped(at)}"
    strange = [call[1] for call in calls if len(call) > 1 and call[1] != who]
    assert not strange, (
        f"{case} was priced or delivered for {strange[0]!r}, not {who!r}: read the name from "
        f"{'its' if at == 'new' else 'the old'} state's `{'customer' if at == 'new' else 'client'}`; a default hides that you didn't"
    )
    other = [text for text in found["questions"] if who not in text or str(cents) not in text]
    assert not other, (
        f"{case} was asked {other[0][:40]!r}, without the name {who!r} or the price {cents}: whoever approves needs the name, which "
        "may still be in `client`"
    )
    assert calls == wanted, (
        f"for {case}, version 2 called {calls} instead of {wanted}: pass on what the thread has"
    )
    assert_end(found["values"], order, case, cents)


def why_twice(at: str) -> str:
    """Say why a step of an order was done twice."""
    if at.startswith("killed"):
        return "its result was saved as a pending write, and a new run or `update_state` starts a checkpoint without it"
    return "continue from what the thread has, and don't start over"


def why_dropped(at: str) -> str:
    """Say why an order was dropped without an error."""
    if at.startswith("killed"):
        return (
            "its thread is half-committed, with a saved result that waits to be applied; then `next` is empty, "
            "and only `tasks` shows that it isn't done"
        )
    return (
        "its checkpoint says `review` is due; a graph without that node ignores it and looks finished, "
        "so keep the node, or move the thread"
    )


def assert_end(values: dict[str, Any], order: dict[str, Any], case: str, cents: int) -> None:
    """Expect the right state."""
    wanted = {"cents": cents, "approved": order["answer"], "parcel": order["parcel"]}
    if order["at"] != "finished":
        wanted["customer"] = order["who"]
    wrong = {name: values.get(name) for name, value in wanted.items() if values.get(name) != value}
    assert not wrong, (
        f"{case} ended with {wrong} instead of { ({name: wanted[name] for name in wrong}) }: save it in the state"
    )
    log = values.get("log") or []
    kept = order["at"] in ("failed in ship", "killed after review", "finished")
    middle = "review" if kept else "approve"
    of_either = ["review" if step == "approve" else step for step in log]
    assert of_either == ["quote", "review", "ship"] * (2 if order.get("after") else 1), (
        f"{case} ended with the log {log}: every step appears once, so apply each saved result once"
    )
    assert log[-2] == middle, f"{case} ended with the log {log}, without {middle!r}: " + (
        "version 1 logged it, and it stays" if kept else "version 2 approved it, wherever it waited"
    )


def migrate(submission: Any, orders: list[dict[str, Any]], name: str = "orders.db") -> dict[str, Any]:
    """Leave these orders in flight, and have version 2 work through them."""
    db = submission.path(name)
    submission.observe(leave_in_flight, db=db, orders=[order for order in orders if order["at"] != "new"])
    return submission.observe(work_through, db=db, orders=orders, everything=orders)


@pytest.mark.exercise("migrate_in_flight", points=2, rules=(2, 3, 4, 5))
def test_waiting_orders_are_shipped(submission):
    """Orders that waited at the renamed node are shipped, and finished ones are left alone."""
    places = ["waiting at review"] * 3 + ["finished"] * 2
    places = [
        "waiting at review",
        *submission.rng.sample(places, len(places)),
    ]  # the first order's name is ''
    orders = draw_orders_in_flight(submission.rng, places)
    follow_another(orders, "waiting at review")
    assert_in_time(migrate(submission, orders), orders)


@pytest.mark.exercise("migrate_in_flight", points=1, rules=(2, 3, 4))
def test_failed_orders_are_shipped(submission):
    """Orders that had failed before or after the renamed node are shipped."""
    orders = draw_orders_in_flight(submission.rng, ["failed in quote", "failed in ship", "failed in ship"])
    seen = migrate(submission, orders)
    assert_in_time(seen, orders)
    again = orders[-1]
    found = migrate(submission, [again], "another.db")[again["thread"]]
    error = f" (`{found['error'][:60]}`)" if found["error"] else ""
    assert [found["calls"], found["error"]] == [seen[again["thread"]]["calls"], None], (
        f"an order that {again['at']} was shipped, and then the same order under the same thread id in another database "
        f"wasn't, or not as before{error}: look for what `upgrade` remembers between its calls"
    )


@pytest.mark.exercise("migrate_in_flight", points=1, rules=(2, 3, 4))
def test_killed_orders_are_shipped(submission):
    """Orders that were killed between a node's result and the next checkpoint are shipped."""
    for node in ("quote", "review"):  # each by itself: no other order shows which nodes are due
        orders = draw_orders_in_flight(submission.rng, [f"killed after {node}"] * 2)
        assert_in_time(migrate(submission, orders, f"{node}.db"), orders)


@pytest.mark.exercise("migrate_in_flight", points=1, rules=(1,))
def test_new_orders_run_as_version_2(submission):
    """New orders run as version 2 says."""
    orders = draw_orders_in_flight(submission.rng, ["new", "new"])
    seen = migrate(submission, orders)
    assert_in_time(seen, orders)
    for order in orders:
        found = seen[order["thread"]]
        assert found["waits at"] == ["approve"], (
            f"a new order waits at {found['waits at']}: in version 2, the node is called `approve`"
        )
        assert not found["others"], (
            f"while a new order waited, `upgrade` was called again with other functions, and the first graph then called the other "
            f"`{found['others'][0]}`: let each graph keep the functions that it was made with"
        )
        assert "client" not in found["values"], (
            "the state of a new order has the field `client`: version 2 may read the old field, but mustn't write it"
        )
