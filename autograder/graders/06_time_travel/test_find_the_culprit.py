"""Public tests of `find_the_culprit`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from autograder.sandbox.http_server import Response
from autograder.testing import evidence

from common import lineage

if TYPE_CHECKING:
    import random


def audit(find_the_culprit, url, db, parts):
    """Keep books on one thread, part by part; then find the culprit with an auditor who sits at `url`."""
    import json
    import operator
    import urllib.request
    from typing import Annotated, TypedDict

    from langgraph.checkpoint.sqlite import SqliteSaver
    from langgraph.graph import START, StateGraph

    class Books(TypedDict, total=False):
        entry: list
        lines: Annotated[list, operator.add]
        total: int

    def book(state):
        cents, counted = state["entry"]
        return {"lines": [cents], "total": state.get("total", 0) + counted}

    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def is_bad(values):
        books = {"lines": values.get("lines", []), "total": values.get("total", 0)}
        request = urllib.request.Request(url + "/audit", json.dumps(books).encode(), method="POST")
        with direct.open(request) as reply:
            return json.load(reply)

    with SqliteSaver.from_conn_string(db) as saver:
        saver.conn.execute("pragma synchronous = off")  # nothing is killed here
        graph = StateGraph(Books).add_node(book).add_edge(START, "book").compile(checkpointer=saver)
        config, ends = {"configurable": {"thread_id": "books"}}, []
        for part in parts:
            if part["from"] is not None:
                old = graph.get_state(ends[part["from"]])
                graph.update_state(old.config, {"total": old.values["total"] + part["by_hand"]})
            for entry in part["entries"]:
                graph.invoke({"entry": entry}, config)
                ends.append(graph.get_state(config).config)
        found = find_the_culprit(graph, "books", is_bad)
    return {"id": found} if isinstance(found, str) else {"kind": type(found).__name__}


def draw_part(
    rng: random.Random, runs: int, wrong: int | None, start: int | None, by_hand: int = 0
) -> dict[str, Any]:
    """Draw some runs that book one line each; the run of index `wrong` miscounts it."""
    entries = [[cents, cents] for cents in (rng.randrange(100, 10_000) for _ in range(runs))]
    if wrong is not None:
        entries[wrong][1] += rng.choice([-31, 13, 27])
    return {"from": start, "entries": entries, "by_hand": by_hand}


def audited(submission: Any, parts: list[dict[str, Any]], db: str = "books.db") -> None:
    """Have a thread audited, and expect the culprit, found with few questions."""

    def answer(request: Any) -> Response:
        return Response(body=str(is_off(request.json)).lower())

    server = submission.serve(answer)
    seen = submission.observe(audit, url=server.url, db=submission.path(db), parts=parts)
    found = seen.get("id")
    rows = evidence.checkpoints(submission.file(db), "books")
    branch = [row.id for row in lineage(rows)][::-1]
    bad = [row.id for row in lineage(rows)[::-1] if is_off(row.values)]
    assert isinstance(found, str), (
        f"`find_the_culprit` returned a value of type {seen.get('kind')}, and not the id of a checkpoint, which is a string"
    )
    assert found in {row.id for row in rows}, f"{found!r} is no checkpoint of this thread"
    assert found in branch, (
        "what you found is on a branch that the thread has left: in the list of a forked thread all branches are mixed, good "
        "comes after bad and step numbers repeat"
    )
    assert found in bad, (
        f"the checkpoint that you found is good, {'the last good one' if branch[branch.index(found) + 1] == bad[0] else 'too early'}: "
        "return the first that is bad"
    )
    assert found == bad[0], (
        "what you found is bad, but so is the checkpoint that it came out of: the culprit is the first bad one on the way "
        "from parent to child"
    )
    asked = len(server.requests)
    assert asked <= 8, (
        f"the auditor was asked {asked} times, of half an hour each, for a branch of {len(branch)}: each question can rule "
        "out half of what is left"
    )
    assert asked or len(branch) < 2, "the auditor was never asked: whether a state is bad is hers to say"


def is_off(values: dict[str, Any]) -> bool:
    """Tell whether the books are wrong."""
    return sum(values.get("lines") or []) != (values.get("total") or 0)


@pytest.mark.exercise("find_the_culprit", points=2, needs=("server",))
def test_culprit_among_branches(submission):
    """A history of 200 with branches that were left, some of them bad."""
    rng = submission.rng
    audited(
        submission,
        [
            draw_part(rng, 22, None, None),
            draw_part(rng, 12, rng.randrange(3), rng.randrange(7, 10)),
            draw_part(rng, 12, rng.randrange(3), rng.randrange(10, 14)),
            draw_part(rng, 19, rng.randrange(3), rng.randrange(17, 19)),
        ],
    )


@pytest.mark.exercise("find_the_culprit", points=1, needs=("server",))
def test_culprit_by_hand(submission):
    """A correction by hand was wrong: it is a checkpoint like any other."""
    rng = submission.rng
    audited(
        submission,
        [
            draw_part(rng, rng.randrange(18, 22), None, None),
            draw_part(rng, 20, 0, rng.randrange(5, 9)),
            draw_part(rng, 20, None, rng.randrange(12, 17), by_hand=rng.choice([-31, 13, 27])),
        ],
    )
