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
    from typing import Annotated, TypedDict

    from langgraph.checkpoint.sqlite import SqliteSaver
    from langgraph.graph import END, START, StateGraph
    from langgraph.types import Command, interrupt

    class State(TypedDict, total=False):
        goes: list
        results: dict
        said: Annotated[str, lambda old, new: f"{old} / {new}"]
        weighed: bool

    ran, down, asking = [], set(), set()

    def returning(name):
        def work(state):
            ran.append(name)
            if state["results"][name] is None or name in down:
                raise RuntimeError("the courier is out")
            if name in asking:
                interrupt("which street?")
            return state["results"][name]

        return work

    first, second = nodes
    builder = StateGraph(State).add_node(first, returning(first)).add_node(second, returning(second))

    def weigh(state):  # only ever beside the second node
        if "weigh" in down:
            raise RuntimeError("the scales are out")
        return {"weighed": True}

    builder.add_node(weigh)
    builder.add_edge(START, first).add_edge(second, END).add_edge("weigh", END)
    builder.add_conditional_edges(first, lambda state: state["goes"] or END, [second, "weigh", END])
    with SqliteSaver.from_conn_string(db) as saver:
        saver.conn.execute("pragma synchronous = off")  # nothing is killed here
        graph = builder.compile(checkpointer=saver)
        if runs is not None:
            ends = [{"configurable": {"thread_id": thread}}]
            for run in runs:
                how, config = run["how"], ends[1] if run["how"] == "back" else ends[0]
                if how == "copy":
                    graph.update_state(ends[1], None, as_node="__copy__")
                    continue
                if how == "corrected":
                    graph.update_state(config, {"goes": [second], "results": run["results"]}, as_node=first)
                    graph.invoke(None, config)
                    continue
                stop = [second] if how == "stopped" else None
                down.update(
                    {"retried": [second], "half": ["weigh"], "watched": ["weigh", second]}.get(how, [])
                )
                asking.update([second] if how in ("asked", "waits") else [])
                with contextlib.suppress(RuntimeError):
                    graph.invoke(
                        {"goes": run["goes"], "results": run["results"]}, config, interrupt_before=stop
                    )
                if how == "asked":
                    graph.invoke(Command(resume="5 Elm Road"), config)
                asking.clear()
                if how == "watched":
                    read_last_result(graph, thread, node)
                    down.discard(second)
                if how in ("half", "watched"):
                    while second in graph.get_state(config).next:  # the error came before it had begun
                        with contextlib.suppress(RuntimeError):
                            graph.invoke(None, config)
                    down.clear()
                if down:
                    down.clear()
                    graph.invoke(None, config)
                ends.append(graph.get_state(ends[0]).config)
            theirs = {name: {"said": f"{name} of another"} for name in nodes}
            graph.invoke({"goes": [second], "results": theirs}, {"configurable": {"thread_id": f"{thread}0"}})
            return None
        result = read_last_result(graph, thread, node)
    plain = result if result is None or isinstance(result, dict) else type(result).__name__
    return {"result": plain, "ran": ran}


def draw_runs(rng: random.Random, nodes: list[str], ends: list[str]) -> list[dict[str, Any]]:
    """Draw runs, each of which ends in its own way: `both` nodes run, or the second is left `out`, and so on.

    A run that goes `back` begins at the end of the first one, and a `copy` of that end is no run at all.
    """
    runs = list[dict[str, Any]]()
    for number, how in enumerate(ends):
        results: dict[str, Any] = {
            name: {"said": f"{name} {rng.randrange(100, 999)} {rng.choice(WARES)}s {number}"}
            for name in nodes
        }
        special: dict[str, Any] = {"empty": {}, "raised": None, "nothing": {"said": None}}
        results[nodes[1]] = special.get(how, results[nodes[1]])
        beside = ["weigh", nodes[1]]
        goes = {"out": [], "beside": beside, "half": beside, "watched": beside}.get(how, [nodes[1]])
        runs.append({"how": how, "goes": goes, "results": results})
    return runs


def assert_read(submission: Any, ends: list[str], expected: int | None, why: str) -> None:
    """Have the second node's last result read; expect that of run `expected`, and nothing run or saved."""
    rng, thread = submission.rng, f"trip-{submission.rng.randrange(1, 99)}"
    stem = rng.choice(["deliver", "send", "ship"])
    nodes = [f"{stem}_note", stem]
    runs, name = draw_runs(rng, nodes, ends), f"{'-'.join(ends[:4]) or 'none'}.db"
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
    other = [run["results"][nodes[0]] for run in runs]
    assert got not in other, f"you returned {got}, a result of `{nodes[0]}`: compare whole names"
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
