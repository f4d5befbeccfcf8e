"""Public tests of `return_do_not_mutate`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from autograder.counts import often
from autograder.testing import evidence

from common import THINGS, assert_graph, texts_in

if TYPE_CHECKING:
    import random
    from collections.abc import Iterable, Sequence


def fill(build_basket, db, orders, savers, durability):
    """Put orders into a basket under each saver; return what each run returned and what the thread then held."""
    import copy
    import sqlite3
    import threading

    from langchain_core.callbacks import BaseCallbackHandler
    from langgraph.checkpoint.memory import InMemorySaver
    from langgraph.checkpoint.sqlite import SqliteSaver

    class Noting(BaseCallbackHandler):
        """Has a slow saver note what each node returns, since a saver is given that in a thread, perhaps later."""

        def __init__(self, saver):
            self.saver, self.root = saver, None

        def on_chain_start(self, serialized, inputs, *, run_id, parent_run_id=None, **kwargs):
            self.root = run_id if parent_run_id is None else self.root

        def on_chain_end(self, outputs, *, parent_run_id=None, **kwargs):
            if parent_run_id == self.root and isinstance(outputs, dict):
                self.saver.note("what a node returned", outputs.items())

    class SlowSaver(SqliteSaver):
        """Writes only when the run has ended, as a saver across a network may, and notes what has changed by then."""

        def __init__(self, connection):
            super().__init__(connection)
            self.late, self.held, self.given, self.changed, self.noting = [], [], [], [], Noting(self)

        def note(self, what, values):
            # As bytes: that's what is saved, and any value has them.
            self.given += [(what, name, value, self.serde.dumps_typed(value)) for name, value in values]

        def put(self, config, checkpoint, metadata, new_versions):
            if config["configurable"].get("checkpoint_ns"):  # a subgraph's
                return super().put(config, checkpoint, metadata, new_versions)
            self.late.append((config, checkpoint, metadata, new_versions))
            self.note("a checkpoint", checkpoint["channel_values"].items())
            self.held.append([metadata["step"], copy.deepcopy(checkpoint["channel_values"].get("lines", []))])
            return {"configurable": {**config["configurable"], "checkpoint_id": checkpoint["id"]}}

        def write(self):
            for one in self.late:
                super().put(*one)
            now = [(one, self.serde.dumps_typed(one[2])) for one in self.given]
            self.changed += [[*one[:2], repr(one[2])[:40]] for one, data in now if one[3] != data]
            self.late.clear()
            self.given.clear()

    class SharedSaver(SqliteSaver):
        """Lets another thread's basket be filled by the same graph whenever a checkpoint of ours is about to be saved."""

        def put(self, config, checkpoint, metadata, new_versions):
            if config["configurable"]["thread_id"] == "basket":
                other = threading.Thread(
                    target=lambda: graph.invoke({"sku": "candle", "quantity": 1}, next_door)
                )
                other.start()
                other.join()
                visits.append(1)
            return super().put(config, checkpoint, metadata, new_versions)

    def saver_of(name):
        if name == "InMemorySaver":
            return InMemorySaver()
        connection = sqlite3.connect(db, check_same_thread=False)
        connection.execute("pragma synchronous = off")  # nothing is killed here
        kinds = {"a slow SqliteSaver": SlowSaver, "a SqliteSaver with two threads": SharedSaver}
        return kinds.get(name, SqliteSaver)(connection)

    def lines_of(state):
        return state.get("lines") if isinstance(state, dict) else state

    config, next_door = ({"configurable": {"thread_id": thread}} for thread in ("basket", "next door"))
    seen = {}
    for name in savers:
        saver, graphs, visits, seen[name] = saver_of(name), [], [], []
        for number, (sku, quantity) in enumerate(orders):
            if number % 3 == 2:  # the oldest graph again, which hasn't seen what the others did
                graph, saver = graphs[0]
            else:  # anew for each request, as a new process does
                saver = saver if name == "InMemorySaver" else saver_of(name)
                graph = build_basket(saver)
                graphs.append((graph, saver))
            if not hasattr(graph, "get_state"):
                return {"no graph": type(graph).__name__}
            here = config | {"callbacks": [saver.noting]} if name == "a slow SqliteSaver" else config
            returned = lines_of(graph.invoke({"sku": sku, "quantity": quantity}, here, durability=durability))
            if name == "a slow SqliteSaver":
                saver.write()
            held = lines_of(graph.get_state(config).values)
            seen[name].append(copy.deepcopy([returned, held]))  # as they are now: a later run may change them
            if name == "a slow SqliteSaver":
                seen[name][-1] += [saver.held[:]]
                saver.held.clear()
                seen["changed"] = saver.changed
        if visits:
            seen["candles"] = [len(visits), lines_of(graph.get_state(next_door).values)]
    return seen


def draw_orders(rng: random.Random, count: int) -> list[tuple[str, int]]:
    """Draw orders; the first sku comes again, and the second differs from it in case only."""
    skus = rng.sample(THINGS, max(2, count // 2))
    skus[1] = skus[0].title()
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


ELSEWHERE = "what one node leaves for the next belongs in the state, because one graph runs many threads"


def shown(lines: Any) -> str:
    """Write a basket in a few words."""
    try:
        return ", ".join(f"{line['quantity']} {line['sku']}" for line in lines) or "nothing"
    except (TypeError, KeyError):
        return repr(lines)


def assert_saved_as_returned(seen: dict[str, Any], orders: Sequence[tuple[str, int]]) -> None:
    """Expect each run to return the right basket, and the thread to hold the same."""
    assert_graph(seen, "build_basket")
    candles, theirs = seen.pop("candles", (0, []))
    for saver, runs in seen.items():
        for (sku, quantity), (returned, held), basket in zip(orders, runs, baskets(orders)[1:], strict=True):
            case = f"under {saver}, after {quantity} {sku}"
            assert held == returned, (
                f"{case}, `invoke` returned {shown(returned)}, but the thread holds {shown(held)}: "
                "the change was made in place and not returned, so this saver never got it"
            )
            assert returned == basket, (
                f"{case}, `invoke` returned {shown(returned)} instead of {shown(basket)}: {why_wrong(returned, basket, sku)}"
            )
    assert not candles or theirs == baskets([("candle", candles)])[-1], (
        f"while this basket was filled, one candle was put into another thread's {often(candles)}, and that one holds "
        f"{shown(theirs)}: {ELSEWHERE}"
    )


def why_wrong(lines: Any, basket: list[dict[str, Any]], sku: str) -> str:
    """Say what may be wrong with a basket."""
    skus = [line.get("sku") for line in lines or () if isinstance(line, dict)]
    if "candle" in skus:
        return f"the candle is another thread's, which ran meanwhile. {ELSEWHERE.capitalize()}"
    if len(set(skus)) < len(skus) and {"sku": sku, "quantity": 0} in lines:
        return "a sku with quantity 0 is in the basket, too, so more pieces go into its line"
    if len(set(skus)) < len(skus):
        return (
            "a reducer such as `operator.add` appends what's returned, "
            "so a list that you append to in place and also return counts twice"
        )
    if basket[-1] == {"sku": sku, "quantity": 0}:
        return "0 is a quantity, too, and its sku has a line"
    if sku not in skus and pieces_of(lines) == pieces_of(basket) > 0:
        return "two skus are the same only if they're equal, letter by letter"
    if set(skus) < {line["sku"] for line in basket}:
        return "what earlier runs put in, another graph's too, must come from the thread's state"
    return "keep the lines in the order in which their skus arrived, each with the sum of its pieces"


def pieces_of(lines: Any) -> int:
    """Count the pieces in a basket; -1 where it isn't one."""
    try:
        return sum(line["quantity"] for line in lines)
    except (TypeError, KeyError):
        return -1


@pytest.mark.exercise("return_do_not_mutate", points=2, rules=(1, 2, 3))
def test_thread_holds_what_was_returned(submission):
    """What `invoke` returns is what the thread holds, under both savers."""
    orders, db = draw_orders(submission.rng, 3), submission.path("basket.db")
    seen = submission.observe(
        fill, db=db, orders=orders, savers=["SqliteSaver", "InMemorySaver"], durability="async"
    )
    assert_saved_as_returned(seen, orders)


@pytest.mark.exercise("return_do_not_mutate", points=1, rules=(4,))
def test_each_change_is_returned_by_a_node(submission):
    """Each change is among a node's writes."""
    orders, db = draw_orders(submission.rng, 3), submission.path("basket.db")
    seen = submission.observe(fill, db=db, orders=orders, savers=["SqliteSaver"], durability="async")
    assert_graph(seen, "build_basket")
    rows = evidence.checkpoints(submission.file("basket.db"), "basket")
    for number, ((sku, quantity), run) in enumerate(zip(orders, runs_of(rows), strict=True), 1):
        written = [write.value for row in run for write in row.writes if write.channel == "lines"]
        by_luck = sku in texts_in(run[-1].values.get("lines"))
        assert any(sku in texts_in(value) for value in written), (
            f"run {number} put {quantity} {sku} into the basket, but no node wrote that to `lines`. "
            + (
                "SqliteSaver happened to save it, because it writes the whole state at each step. "
                if by_luck
                else ""
            )
            + "Return the change from the node"
        )


def runs_of(rows: Iterable[evidence.Row]) -> list[list[evidence.Row]]:
    """Split the checkpoints of a thread into runs: each begins with its input."""
    runs: list[list[evidence.Row]] = []
    for row in rows:
        if row.source == "input":
            runs.append([])
        runs[-1].append(row)
    return runs


@pytest.mark.exercise("return_do_not_mutate", points=1, rules=(5,))
def test_saved_checkpoints_do_not_change(submission):
    """A checkpoint shows the basket as it was when it was saved, also with a slow saver."""
    orders, db = draw_orders(submission.rng, 3), submission.path("basket.db")
    slow = "a slow SqliteSaver"
    seen = submission.observe(fill, db=db, orders=orders, savers=[slow], durability="sync")
    assert_graph(seen, "build_basket")
    changed = seen.pop("changed")
    runs = runs_of(evidence.checkpoints(submission.file("basket.db"), "basket"))
    for (sku, quantity), run, (_, _, saved) in zip(orders, runs, seen[slow], strict=True):
        for row, (step, held) in zip(run, saved, strict=True):
            lines = row.values.get("lines") or []
            assert list(lines) == (held or []), (
                f"when {quantity} {sku} came, the basket of step {step} held {shown(held)}, but its checkpoint, which a slow "
                f"saver wrote later, shows {shown(lines)}: changing state in place also changes checkpoints not written yet"
            )
    what, channel, value = changed[0] if changed else ("", "", "")
    assert not changed, (
        f"a slow saver wrote {what} later, and by then its `{channel}` had become {value}: a reducer gets objects that are still to be "
        "saved, on both sides, so change neither and return new ones"
    )
