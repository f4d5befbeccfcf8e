"""Public tests of `read_last_result`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from autograder.testing import evidence

from common import WARES, naming

if TYPE_CHECKING:
    import random


def read(read_last_result, db, thread, runs, nodes, node):
    """Do all runs on one thread, and one on another; or, without runs, read what a node returned last."""
    import contextlib
    from typing import TypedDict

    from langgraph.checkpoint.sqlite import SqliteSaver
    from langgraph.graph import END, START, StateGraph

    class State(TypedDict, total=False):
        goes: bool
        results: dict
        said: str

    ran = []

    def returning(name):
        def work(state):
            ran.append(name)
            if state["results"][name] is None:
                raise RuntimeError("the courier is out")
            return state["results"][name]

        return work

    first, second = nodes
    builder = StateGraph(State).add_node(first, returning(first)).add_node(second, returning(second))
    builder.add_edge(START, first).add_edge(second, END)
    builder.add_conditional_edges(first, lambda state: second if state["goes"] else END, [second, END])
    with SqliteSaver.from_conn_string(db) as saver:
        saver.conn.execute("pragma synchronous = off")  # nothing is killed here
        graph = builder.compile(checkpointer=saver)
        if runs is not None:
            for run in runs:
                stop = [second] if run["stops"] else None
                given = {"goes": run["goes"], "results": run["results"]}
                with contextlib.suppress(RuntimeError):
                    graph.invoke(given, {"configurable": {"thread_id": thread}}, interrupt_before=stop)
            theirs = {name: {"said": f"{name} of another"} for name in nodes}
            graph.invoke({"goes": True, "results": theirs}, {"configurable": {"thread_id": f"{thread}0"}})
            return None
        result = read_last_result(graph, thread, node)
    plain = result if result is None or isinstance(result, dict) else type(result).__name__
    return {"result": plain, "ran": ran}


def draw_runs(rng: random.Random, nodes: list[str], ends: list[str]) -> list[dict[str, Any]]:
    """Draw runs, each of which ends in its own way: `both` nodes run, or the second is left `out`, and so on."""
    runs = list[dict[str, Any]]()
    for number, how in enumerate(ends):
        results: dict[str, Any] = {
            name: {"said": f"{name} {rng.randrange(100, 999)} {rng.choice(WARES)}s {number}"}
            for name in nodes
        }
        results[nodes[1]] = {"empty": {}, "raised": None}.get(how, results[nodes[1]])
        runs.append({"goes": how != "out", "stops": how == "stopped", "results": results})
    return runs


def assert_read(submission: Any, ends: list[str], expected: int | None, why: str) -> None:
    """Have the second node's last result read; expect that of run `expected`, and nothing run or saved."""
    rng, thread = submission.rng, f"trip-{submission.rng.randrange(1, 99)}"
    stem = rng.choice(["deliver", "send", "ship"])
    nodes = [f"{stem}_note", stem]
    runs, name = draw_runs(rng, nodes, ends), f"{'-'.join(ends) or 'none'}.db"
    given = {"db": submission.path(name), "thread": thread, "nodes": nodes, "node": stem}
    submission.observe(read, **given, runs=runs)
    before = evidence.raw_rows(submission.file(name), thread)
    seen = submission.observe(read, **given, runs=None)
    assert not seen["ran"], (
        f"{naming('node', seen['ran'])} ran, with everything that it does outside: read the `tasks` of the history instead"
    )
    assert evidence.raw_rows(submission.file(name), thread) == before, (
        "your function saved something in the thread: only read"
    )
    right = None if expected is None else runs[expected]["results"][stem]
    got = seen["result"]
    older = [run["results"][stem] for run in runs[: expected or 0]]
    assert got not in older or got == right, (
        f"you returned {got}, an older result, and {right} is newer: {why}"
    )
    assert got == right, f"you returned {got}, and not {right}: {why}"


@pytest.mark.exercise("read_last_result", points=1, rules=(1, 3))
def test_newest_result_is_read(submission):
    """The node ran in three runs: the result of the last is read, and nothing runs."""
    assert_read(
        submission, ["both", "both", "both"], 2, "the history is newest first, and a task has `.result`"
    )
