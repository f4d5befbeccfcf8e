"""Public tests of `describe_history`."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from autograder.testing import evidence

from common import PEOPLE, THINGS

if TYPE_CHECKING:
    from pathlib import Path


NODES = ("load", "plan", "search", "draft", "answer", "review", "route", "notify")


def describe(
    describe_history,
    db,
    nodes,
    threads,
    fork_at,
    wait_before,
    beside=None,
    replay_at=(),
    asks=None,
    until=0,
    go_on="",
    by_update=False,
):
    """Make threads with a graph of our own, and have the first of them described.

    The node `beside` runs beside the first, and the second waits for both. From the oldest checkpoint of each step in
    `replay_at`, a run is replayed. In the last run the node `asks` waits for an answer. Checkpoints of a thread's first
    run are saved again and again, up to the step `until`: that's quicker than so many runs. With an input to
    `go_on`, the thread has one more run after it was described; then it's described again, that list is emptied, and it's
    described once more. If it's begun `by_update`, its first checkpoint has no input, and is copied before the last run:
    neither it nor its copy has a parent.
    """
    import operator
    import sqlite3
    from pathlib import Path
    from typing import Annotated, TypedDict

    from langgraph.checkpoint.base.id import uuid6
    from langgraph.checkpoint.sqlite import SqliteSaver
    from langgraph.graph import START, StateGraph
    from langgraph.types import interrupt

    class State(TypedDict):
        log: Annotated[list, operator.add]

    ran = []

    def node(name):
        def run(state):
            ran.append(name)
            if name == asks and "wait" in state["log"]:
                interrupt("Go on?")
            return {"log": [name]}

        return run

    builder = StateGraph(State)
    for name in nodes:
        builder.add_node(name, node(name))
    if beside:
        builder.add_node(beside, node(beside)).add_edge(START, beside)
    for before, after in zip([START, *nodes], nodes, strict=False):
        builder.add_edge([before, beside] if beside and before == nodes[0] else before, after)
    Path(db).parent.mkdir(exist_ok=True)
    with SqliteSaver.from_conn_string(db) as saver:
        saver.conn.execute("pragma synchronous = off")  # nothing is killed here
        graph = builder.compile(checkpointer=saver)
        for thread, inputs in threads:
            config = {"configurable": {"thread_id": thread}}
            for number, text in enumerate(inputs):
                begin = by_update and not number
                if begin:
                    graph.update_state(config, {"log": [text]}, as_node=START)
                graph.invoke(None if begin else {"log": [text]}, config)
            run = [*saver.list(config)][::-1]
            at, step = run[-1].config, run[-1].metadata["step"]
            while step < until:
                for one in run:
                    step += 1
                    saved = {**one.checkpoint, "id": str(uuid6())}
                    at = saver.put(at, saved, {**one.metadata, "step": step}, {})
            if fork_at is not None:
                old = next(s for s in graph.get_state_history(config) if s.metadata["step"] == fork_at)
                graph.invoke(None, graph.update_state(old.config, {"log": ["corrected"]}))
            for step in replay_at:
                *_, old = (s for s in graph.get_state_history(config) if s.metadata["step"] == step)
                graph.invoke(None, old.config)
            if by_update:
                *_, first = graph.get_state_history(config)
                graph.update_state(first.config, None, as_node="__copy__")
            if wait_before or asks:
                graph.invoke(
                    {"log": ["wait"]}, config, interrupt_before=[wait_before] if wait_before else None
                )
        ran.clear()
        # As beside a service that's running: what it saved last is still in the file's `-wal`.
        there, thread = {*Path(db).parent.iterdir()}, threads[0][0]
        seen = {"ran": ran, "earlier": [], "unread": ""}
        try:
            seen["rows"] = describe_history(db, thread, builder)
            if go_on and isinstance(seen["rows"], list):
                seen["earlier"].append([*seen["rows"]])
                graph.invoke({"log": [go_on]}, {"configurable": {"thread_id": thread}})
                ran.clear()
                again = describe_history(db, thread, builder)
                seen["earlier"].append([*again])
                again.clear()
                seen["rows"] = describe_history(db, thread, builder)
        except sqlite3.OperationalError as error:
            seen["unread"] = str(error)
            # `setup` would make the tables that it doesn't see.
            if not seen["unread"].endswith(("no such table: checkpoints", "a readonly database")):
                raise
        seen["strays"] = sorted(file.name for file in {*Path(db).parent.iterdir()} - there)
    return seen


def assert_described(seen: dict[str, Any], path: Path, thread: str) -> None:
    """Compare a description with the database, and tell the first thing that is wrong."""
    assert not seen["strays"], (
        f"while you described the thread, the file {seen['strays'][0]!r} appeared next to {path.name!r}: only read, and open the very "
        "path you're given. In a URI, quote it: `#` and `?` end a path there, and `%41` is an `A`"
    )
    assert not seen["unread"], (
        f"in {path.name!r} your code found `{seen['unread']}`. The service has the file open, and what it saved last is in the "
        "`-wal` next to it: open the path you're given, letter by letter, not a copy, and not as `immutable`"
    )
    assert not seen["ran"], (
        f"while you described the thread, its nodes ran again ({', '.join(seen['ran'])}): "
        "`get_state_history` reads a thread, `invoke` runs it"
    )
    truth, rows = [as_described(row) for row in evidence.checkpoints(path, thread)], seen["rows"]
    keys = {"id", "parent", "step", "source", "next"}
    assert isinstance(rows, list), (
        "`describe_history` did not return a list: return one dict for each checkpoint"
    )
    bad = [row for row in rows if not (isinstance(row, dict) and keys <= set(row))]
    assert not bad, (
        "each row must be a dict with the keys id, parent, step, source and next; "
        f"one of yours is {str(bad[0])[:80]} …"
    )
    configs = [key for row in rows for key in ("id", "parent") if isinstance(row[key], dict)]
    assert not configs, (
        f'`"{configs[0]}"` is a whole config: take the id from it, at ["configurable"]["checkpoint_id"]'
    )
    assert_read_at_each_call(seen, len(truth))
    assert_all_there(rows, truth)
    assert_in_order(rows, truth)
    for row, true in zip(rows, truth, strict=True):
        where = f"the checkpoint of step {true['step']} ({true['source']})"
        assert (row["step"], row["source"]) == (true["step"], true["source"]), (
            f"you give step {row['step']} and source {row['source']!r} for {where}: read both from `snapshot.metadata`"
        )
        assert row["parent"] == true["parent"], parent_trouble(row, rows, truth, where)
        assert sorted(row["next"] or ()) == sorted(true["next"]), (
            f"you list {row['next']} as next after {where}, but {true['next']} was due: "
            "take all names from `snapshot.next`"
        )


def assert_read_at_each_call(seen: dict[str, Any], count: int) -> None:
    """Expect calls before and after a run to give what was saved by then, each in a list of its own."""
    if not seen["earlier"]:
        return
    before, after = seen["earlier"]
    assert not before or after != before, (
        f"after another run of the thread you describe the same {len(before)} checkpoints as before it, but now there are {count}: "
        "a thread grows, so read the database at each call, and remember nothing"
    )
    assert seen["rows"] or not after, (
        "the caller emptied the list that you returned, and from the next call got an empty one: "
        "return a new list each time"
    )


def as_described(row: evidence.Row) -> dict[str, Any]:
    """Describe a checkpoint as the prompt asks. A node is due where the channel that triggers it is set."""
    due = ["__start__"] if "__start__" in row.values else []
    for channel, value in row.values.items():
        kind, *names = channel.split(":")
        # A node that waits for several is due when all of them have come.
        if kind == "branch" or (kind == "join" and value == set(names[0].split("+"))):
            due.append(names[-1])
    return {"id": row.id, "parent": row.parent_id, "step": row.step, "source": row.source, "next": due}


def assert_all_there(rows: list[dict[str, Any]], truth: list[dict[str, Any]]) -> None:
    """Expect each checkpoint once, and none of another thread."""
    given, known = [row["id"] for row in rows], {row["id"]: row for row in truth}
    others = [id for id in given if id not in known]
    assert not others, (
        f"{len(others)} of your rows, such as {others[0]!r}, aren't checkpoints of this thread: list this thread only"
    )
    assert given, (
        f"you list none of {len(truth)} checkpoints: ask for the thread you're given, in the database itself, and not in a copy. "
        "The service has the file open, and they're in the `-wal` next to it"
    )
    twice = [id for id, count in Counter(given).items() if count > 1]
    assert not twice, f"checkpoint {twice[0]!r} is in your list more than once"
    missing = [row for id, row in known.items() if id not in given]
    assert not missing or set(given) != {row["id"] for row in truth[: len(given)]}, (
        f"you list {len(rows)} of {len(truth)} checkpoints, and the newest are missing: the service has the file open, and they're "
        "in the `-wal` next to it, so read the database itself, and not a copy"
    )
    if missing and set(given) == lineage(truth):
        raise AssertionError(
            f"you list {len(rows)} of {len(truth)} checkpoints, only the newest and its ancestors: "
            "after a fork the old branch is still in the thread, and some steps appear in both branches"
        )
    newest = [row["id"] for row in truth[-len(given) :]]
    assert not missing or len(given) < 5 or set(given) != set(newest), (
        f"you list {len(rows)} of {len(truth)} checkpoints, and the oldest are missing: "
        "list the whole history, however long it is, and leave `limit` out"
    )
    sources, known_sources = {row["source"] for row in missing}, {known[id]["source"] for id in given}
    assert not missing or not given or sources & known_sources, (
        f"you list {len(rows)} of {len(truth)} checkpoints, and none whose source is {' or '.join(sorted(sources))!r}: "
        "list all of them, whoever made them"
    )
    steps = {row["step"] for row in rows}
    assert not missing or not all(row["step"] in steps for row in missing), (
        f"you list {len(rows)} of {len(truth)} checkpoints, and each missing one has the same step as one you list: "
        "after a fork two branches share a step, so a step isn't a key; only the id is unique"
    )
    assert not missing, (
        f"you list {len(rows)} of {len(truth)} checkpoints: LangGraph saves one per input and one after each "
        "super-step, not one for the whole run; list all that `get_state_history` yields"
    )


def lineage(truth: list[dict[str, Any]]) -> set[str]:
    """Return the ids of the newest checkpoint and of all it came out of."""
    parents, at = {row["id"]: row["parent"] for row in truth}, truth[-1]["id"]
    found: set[str] = set()
    while at in parents:
        found.add(at)
        at = parents[at]
    return found


def assert_in_order(rows: list[dict[str, Any]], truth: list[dict[str, Any]]) -> None:
    """Expect the order in which the checkpoints were saved."""
    given, right = [row["id"] for row in rows], [row["id"] for row in truth]
    assert given != right[::-1], (
        f"your list starts with step {truth[-1]['step']}, which was saved last: "
        "`get_state_history` gives the newest first, so reverse it"
    )
    by_step = sorted(truth, key=lambda row: row["step"])
    assert given == right or [row["step"] for row in rows] != [row["step"] for row in by_step], (
        "your rows are sorted by step, which mixes the two branches of a fork: "
        "sort them by id, which is the order in which they were saved"
    )
    assert given == right, "your rows aren't in the order in which they were saved: sort them by id"


def parent_trouble(
    row: dict[str, Any], rows: list[dict[str, Any]], truth: list[dict[str, Any]], where: str
) -> str:
    """Say what is wrong with a parent."""
    at = next(i for i, one in enumerate(truth) if one["id"] == row["id"])
    if at and row["parent"] == rows[at - 1]["id"]:
        return f"the parent of {where} isn't the row above it, because a fork started there: read `snapshot.parent_config`"
    if row["parent"] is None:
        return f"you give {where} no parent, but it has one: read `snapshot.parent_config`"
    return f"you give {where} the parent {row['parent']!r}, which is wrong: read `snapshot.parent_config`"


@pytest.mark.exercise("describe_history", points=2, rules=(1, 2, 4))
def test_every_checkpoint_of_many_runs(submission):
    """Two runs, and many: every checkpoint is described, from the first to the last."""
    nodes = submission.rng.sample(NODES, 2)
    more_than_a_thousand = submission.rng.randrange(1010, 1100)
    more = submission.rng.choice(THINGS)
    # In a URI, `#` or `?` would end the path, and `%41` would be an `A`.
    for name, thread, count, until, go_on in zip(
        ("history%41#1?", "long"),
        submission.rng.sample(PEOPLE, 2),
        (1, 1),
        (0, more_than_a_thousand),
        (more, ""),
        strict=True,
    ):
        threads = [(thread, submission.rng.choices(THINGS, k=count))]
        seen = submission.observe(
            describe,
            db=submission.path(f"{name}.db"),
            nodes=nodes,
            threads=threads,
            fork_at=None,
            wait_before=None,
            until=until,
            go_on=go_on,
        )
        assert_described(seen, submission.file(f"{name}.db"), thread)


@pytest.mark.exercise("describe_history", points=2, rules=(1, 2, 3))
def test_both_branches_of_a_fork(submission):
    """A fork: both branches are described, each checkpoint with its own parent."""
    thread, nodes = submission.rng.choice(PEOPLE), submission.rng.sample(NODES, 2)
    threads = [(thread, submission.rng.sample(THINGS, 2))]
    # The path is relative, as in the prompt: a probe runs in this test's folder. A shell would read `~` and `$HOME`.
    db = "~/$HOME.db"
    seen = submission.observe(
        describe,
        db=db,
        nodes=nodes,
        threads=threads,
        fork_at=submission.rng.choice([0, 1]),
        wait_before=None,
    )
    assert_described(seen, submission.file(db), thread)
