"""Public tests of `limit_branches`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from autograder.counts import counted

if TYPE_CHECKING:
    from collections.abc import Sequence


def run_batches(limit_branches, batches):
    """Run batches in a graph that counts its branches; return what came of each, and what the saver then holds."""
    import operator
    import threading
    import time
    from typing import Annotated, TypedDict

    from langgraph.checkpoint.memory import InMemorySaver
    from langgraph.graph import START, StateGraph
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
        read: Annotated[list, operator.add]

    class Desk:
        """Counts branches. The first ones wait for as many as may come, and then a moment for one too many."""

        def __init__(self, limit):
            self.limit, self.running, self.peak, self.begun = limit, 0, 0, 0
            self.gave_up = False
            self.changed = threading.Condition()

        def read(self, page):
            with self.changed:
                self.begun += 1
                self.running += 1
                self.peak = max(self.peak, self.running)
                self.changed.notify_all()
                if self.begun <= self.limit and not self.gave_up:
                    self.gave_up = not self.changed.wait_for(lambda: self.peak >= self.limit, timeout=2)
                    self.changed.wait_for(lambda: self.peak > self.limit, timeout=moment)
                self.running -= 1
            return {"read": [page.upper()]}

    saver, came, graph, moment = InMemorySaver(), [], None, max(0.08, 10 * seconds_of(10))
    for thread, limit, pages in batches:
        desk = Desk(limit)
        builder = StateGraph(Batch).add_node("read", desk.read)
        builder.add_conditional_edges(
            START, lambda state: [Send("read", one) for one in state["pages"]], ["read"]
        )
        graph = builder.compile(checkpointer=saver)
        state = limit_branches(graph, {"pages": pages}, thread, limit)
        came.append({"peak": desk.peak, "read": state.get("read") if isinstance(state, dict) else None})
    return {
        "came": came,
        "held": [
            graph.get_state({"configurable": {"thread_id": thread}}).values.get("read")
            for thread, *_ in batches
        ],
        "threads": sorted({found.config["configurable"]["thread_id"] for found in list(saver.list(None))}),
    }


def draw_pages(submission: Any, count: int) -> list[str]:
    """Draw pages, two of them the same and one without a name."""
    pages = [f"page {number}" for number in submission.rng.sample(range(1000), count - 2)]
    return [*pages, pages[0], ""]


def assert_bounded(came: dict[str, Any], limit: int) -> None:
    """Expect as many branches at a time as may run, and no more."""
    peak = came["peak"]
    assert peak, "no branch ran: invoke `graph` with `given`, whether or not the thread has run before"
    assert peak <= limit, (
        f"{peak} branches ran at the same time with a limit of {limit}, more than the service bears: give each call's own "
        "`limit` as `max_concurrency`, at the top level of the config, since inside `configurable` nobody reads it"
    )
    assert peak == limit, (
        f"the limit was {limit}, and at most {peak} ran at a time: give `max_concurrency` the `limit` that you're given"
    )


def assert_read(came: dict[str, Any], pages: Sequence[str]) -> None:
    """Expect the state after the run."""
    assert came["read"] is not None, (
        "`limit_branches` didn't return a state: return what `graph.invoke` returns"
    )
    assert came["read"] == [page.upper() for page in pages], (
        f"{len(pages)} branches ran, and the state that came back has {counted(len(came['read']), 'result')}: return the state after the "
        "run, as it is"
    )


@pytest.mark.exercise("limit_branches", points=1, rules=(1, 2))
def test_two_at_a_time(submission):
    """Two branches run at the same time, and never three."""
    pages = draw_pages(submission, 8)
    [came] = submission.observe(run_batches, batches=[("tuesday", 2, pages)])["came"]
    assert_bounded(came, 2)
    assert_read(came, pages)
