"""Public tests of `limit_branches`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from autograder.counts import counted

if TYPE_CHECKING:
    from collections.abc import Sequence


def run_batches(limit_branches, batches):
    """Run batches in a graph that counts its branches; return what came of each, and what the savers then hold.

    A batch has a thread, a limit, pages, and how many copies of each are read, in a branch each. All run in the same
    graph, but for those that are `bound`: theirs has a config of its own, and a saver, and goes on for 110 steps.
    Before one that is told so, a run of its thread fails, or its input is saved there, and then it's given none. No
    batch follows one that ran too few branches at a time.
    """
    import operator
    import threading
    import time
    from contextlib import suppress
    from typing import Annotated, TypedDict
    from unittest.mock import patch

    from langgraph.checkpoint.memory import InMemorySaver
    from langgraph.config import get_config
    from langgraph.errors import GraphRecursionError
    from langgraph.graph import END, START, StateGraph
    from langgraph.types import Send

    def seconds_of(threads):
        """Say how long so many threads, one after the other, take to start on this machine now."""
        began = time.monotonic()
        for _ in range(threads):
            one = threading.Thread(target=time.sleep, args=(0,))
            one.start()
            one.join()
        return time.monotonic() - began

    class Batch(TypedDict):
        pages: list
        copies: int
        turns: int
        read: Annotated[list, operator.add]

    class Down(Exception):
        pass

    class Desk:
        """Counts branches. The first ones wait for as many as may come, and then a moment for one too many."""

        def __init__(self, limit):
            self.limit, self.running, self.peak, self.begun = limit, 0, 0, 0
            self.gave_up, self.config = False, {}
            self.changed = threading.Condition()

        def read(self, page):
            if page == "down":  # of the run that failed, which nobody is to go on with
                if self.limit is None:
                    raise Down
                return {"read": [page.upper()]}
            with self.changed:
                self.config = get_config()
                self.begun += 1
                self.running += 1
                self.peak = max(self.peak, self.running)
                self.changed.notify_all()
                if self.begun <= self.limit and not self.gave_up:
                    self.gave_up = not self.changed.wait_for(lambda: self.peak >= self.limit, timeout=2)
                    self.changed.wait_for(lambda: self.peak > self.limit, timeout=moment)
                self.running -= 1
            return {"read": [page.upper()]}

    moment, desk = max(0.08, 10 * seconds_of(10)), None
    savers = {False: InMemorySaver(), True: InMemorySaver()}
    builder = StateGraph(Batch).add_node("read", lambda page: desk.read(page))
    builder.add_conditional_edges(
        START,
        lambda state: [Send("read", page) for page in state.get("pages", ()) * state.get("copies", 1)],
        ["read"],
    )
    # A long run: whoever sets a limit of steps ends it early.
    builder.add_node("turn", lambda state: {"turns": state["turns"] - 1})
    for node in ("read", "turn"):
        builder.add_conditional_edges(
            node, lambda state: "turn" if state.get("turns") else END, ["turn", END]
        )
    graphs = {bound: builder.compile(checkpointer=saver) for bound, saver in savers.items()}
    own = {"max_concurrency": 50, "configurable": {"thread_id": "of the graph"}}
    graphs[True] = graphs[True].with_config(own)
    came = []
    for batch in batches:
        graph, there = graphs[batch["bound"]], {"configurable": {"thread_id": batch["thread"]}}
        given = {"pages": tuple(batch["pages"]), "copies": batch["copies"], "turns": 110 * batch["bound"]}
        if batch["before"] == "failed":
            desk = Desk(None)
            with suppress(Down):
                graph.invoke({"pages": ("down",), "copies": 1}, there)
        elif batch["before"] == "saved":
            graph.update_state(there, given, as_node="read")
            given = {}
        desk = Desk(batch["limit"])
        state, ended_early = None, False
        try:
            with patch("os.cpu_count", return_value=2):  # on every machine: a limit may be larger
                state = limit_branches(graph, given, batch["thread"], batch["limit"])
        except GraphRecursionError:
            ended_early = True
        configurable = desk.config.get("configurable") or {}
        came.append(
            {
                "ended early": ended_early,
                "steps": desk.config.get("recursion_limit"),
                "peak": desk.peak,
                "most": desk.config.get("max_concurrency"),
                "most in configurable": configurable.get("max_concurrency"),
                "read": state.get("read") if isinstance(state, dict) else None,
                "pages": type(state.get("pages")).__name__ if isinstance(state, dict) else None,
            }
        )
        if desk.gave_up or ended_early:
            break

    def held(batch):
        config = {"configurable": {"thread_id": batch["thread"]}}
        return graphs[batch["bound"]].get_state(config).values.get("read")

    return {
        "came": came,
        "held": [held(batch) for batch in batches],
        "threads": sorted(
            {found.config["configurable"]["thread_id"] for found in list(savers[False].list(None))}
        ),
    }


def a_batch(
    thread: str,
    limit: int,
    pages: Sequence[str],
    *,
    copies: int = 1,
    bound: bool = False,
    before: str | None = None,
) -> dict[str, Any]:
    """Return a batch, and what happens in its thread before: a run has "failed" there, or its input is "saved" there."""
    return {
        "thread": thread,
        "limit": limit,
        "pages": pages,
        "copies": copies,
        "bound": bound,
        "before": before,
    }


def draw_pages(submission: Any, count: int) -> list[str]:
    """Draw pages, two of them the same and one without a name."""
    pages = [f"page {number}" for number in submission.rng.sample(range(1000), count - 2)]
    return [*pages, pages[0], ""]


def assert_bounded(came: dict[str, Any], limit: int, earlier: Sequence[int] = ()) -> None:
    """Expect as many branches at a time as may run, and no more, whatever the limits of earlier calls were."""
    peak, most = came["peak"], came["most"]
    assert not came["ended early"], (
        f"`graph` may take hundreds of steps, and with a `recursion_limit` of {came['steps']}, a run ended in a `GraphRecursionError`, "
        "half done: set none, and call `invoke`, since `batch` fills in 25"
    )
    assert came["steps"] is None or came["steps"] >= 1000, (
        f"`graph` may take hundreds of steps, and the run's config has a `recursion_limit` of {came['steps']}, with which 900 end in a "
        "`GraphRecursionError`: set none"
    )
    assert peak, (
        "no branch ran for the pages of this run: invoke `graph` with `given`, even if it's `{}`, whether or not the thread has run "
        "before, and even if that run failed"
    )
    why = (
        f"the run's config has `max_concurrency` {most}, so give it each call's own `limit`"
        if most is not None
        else "`max_concurrency` belongs at the top level of the config, since inside `configurable` nobody reads it"
        if came["most in configurable"] is not None
        else "give each call's own `limit` as `max_concurrency`, which the run's config hasn't got"
    )
    assert peak <= limit, (
        f"{peak} branches ran at the same time with a limit of {limit}, more than the service bears: {why}"
    )
    not_this = "" if most in (None, limit) else f", not {most}"
    if not_this and most in earlier:
        not_this += ", which was an earlier call's limit"
    assert peak == limit, (
        f"the limit was {limit}, and at most {peak} ran at a time, though there were more branches: "
        f"give `max_concurrency` the `limit` that you're given{not_this}"
    )


def assert_read(came: dict[str, Any], batch: dict[str, Any], before: Sequence[str] = ()) -> None:
    """Expect the state that `invoke` returns after the run, in a thread that had read so much before."""
    assert came["read"] is not None, (
        "`limit_branches` didn't return a state: return what `graph.invoke` returns"
    )
    read = [page.upper() for page in [*before, *batch["pages"] * batch["copies"]]]
    assert came["read"] == read, (
        f"{counted(len(read), 'branch', 'branches')} ran in this thread, and the state that came back has "
        f"{counted(len(came['read']), 'result')}: return the state after the run, as it is"
    )


@pytest.mark.exercise("limit_branches", points=1, rules=(1, 2))
def test_two_at_a_time(submission):
    """Two branches run at the same time, and never three."""
    batch = a_batch("tuesday", 2, draw_pages(submission, 8))
    [came] = submission.observe(run_batches, batches=[batch])["came"]
    assert_bounded(came, 2)
    assert_read(came, batch)
    assert came["pages"] == "tuple", (
        f"`pages` was given as a tuple, and in the state that came back it's a {came['pages']}: return what `graph.invoke` "
        "returns, because what a saver gives back may have other types"
    )
