"""Public tests of `find_the_culprit`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from autograder.sandbox.http_server import Response
from autograder.testing import evidence

from common import lineage, naming

if TYPE_CHECKING:
    import random


LONGEST = 200  # checkpoints of a branch, by the prompt


def audit(find_the_culprit, url, db, thread, parts, limits):
    """Keep books on one thread, part by part; then find a culprit for each limit, with an auditor who sits at `url`.

    Before the last part, find one in what there is, with an auditor who finds everything bad. Tell the names in what she was asked
    about, if that's no state of the thread.
    """
    import json
    import urllib.request
    from typing import TypedDict

    from langgraph.checkpoint.sqlite import SqliteSaver
    from langgraph.graph import START, StateGraph

    class Books(TypedDict, total=False):
        entry: list
        lines: list  # without a reducer, so that the very first state is {}
        total: int
        filed: int

    def book(state):
        cents, counted = state["entry"]
        return {"lines": [*state.get("lines", []), cents], "total": state.get("total", 0) + counted}

    def file(state):
        return {"filed": len(state["lines"])}

    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    class Enough(BaseException):
        """The auditor was asked so often that the answer doesn't matter any more."""

    def auditor(limit, strange):
        asked = []

        def is_bad(values):
            asked.append(limit)
            if len(asked) > 24:
                raise Enough
            if values not in states:
                strange[:] = sorted(values) if isinstance(values, dict) else []
            books = {"lines": values.get("lines", []), "total": values.get("total", 0), "limit": limit}
            request = urllib.request.Request(url + "/audit", json.dumps(books).encode(), method="POST")
            with direct.open(request) as reply:
                return json.load(reply)

        return is_bad

    builder = StateGraph(Books).add_sequence([book, file]).add_edge(START, "book")
    with SqliteSaver.from_conn_string(db) as saver:
        saver.conn.execute("pragma synchronous = off")  # nothing is killed here
        graph = builder.compile(checkpointer=saver)
        config, ends = {"configurable": {"thread_id": thread}}, []
        known = None
        for part in parts:
            if part is parts[-1] and ends:
                known = graph.get_state(config).config["configurable"]["checkpoint_id"]
                find_the_culprit(graph, thread, lambda values: True)
            by_hand, old = part["by_hand"], ends[part["from"]] if part["from"] is not None else config
            old = graph.get_state(old).parent_config if part.get("early") else old
            if by_hand is None:
                graph.update_state(old, None, as_node="__copy__")
            elif part["from"] is not None or not part["entries"]:
                total = graph.get_state(old).values.get("total", 0)
                graph.update_state(old, {"total": total + by_hand}, as_node="file")
            for entry in part["entries"]:
                graph.invoke({"entry": entry}, config)
                ends.append(graph.get_state(config).config)
        graph.invoke({"entry": [1, 2]}, {"configurable": {"thread_id": f"{thread}0"}})
        states = [snapshot.values for snapshot in graph.get_state_history(config)]
        told = []
        for limit in limits:
            strange = []
            try:
                found = find_the_culprit(graph, thread, auditor(limit, strange))
            except Enough:
                return [{"asked": 25}]
            id = {"id": found} if isinstance(found, str) else {"kind": type(found).__name__}
            told.append({**id, "known": known, "strange": strange, "later": bool(told or known)})
    return told


def draw_part(
    rng: random.Random, runs: int, wrong: int | None, start: int | None, by_hand: int | None = 0
) -> dict[str, Any]:
    """Draw some runs that book one line each; the run of index `wrong` miscounts it.

    They begin at the end of run `start`, after a correction `by_hand`, or on a copy of it. A part with `early` begins
    a checkpoint earlier, at what the run's node `book` left.
    """
    entries = [[cents, cents] for cents in (rng.randrange(100, 10_000) for _ in range(runs))]
    if wrong is not None:
        entries[wrong][1] += rng.choice([-31, 13, 27])
    return {"from": start, "entries": entries, "by_hand": by_hand}


def draw_long(rng: random.Random) -> list[dict[str, Any]]:
    """Draw parts whose current branch has 49 runs of four checkpoints, four corrections, and a copy: 200."""
    parts, runs = list[dict[str, Any]](), 0
    for kept, by_hand in zip((10, 9, 8, 8, 7, 7), (0, 0, 0, None, 0, 0), strict=True):
        left = rng.randrange(1, 3) if len(parts) < 5 else 0
        start = runs - 1 - parts[-1]["left"] if parts else None
        parts.append({**draw_part(rng, kept + left, None, start, by_hand), "left": left})
        runs += kept + left
    return parts


def audited(
    submission: Any,
    parts: list[dict[str, Any]],
    db: str = "books.db",
    limits: tuple[int | None, ...] = (None,),
) -> None:
    """Have a thread audited, and expect each culprit, found with few questions."""

    def answer(request: Any) -> Response:
        return Response(body=str(is_off(request.json, request.json["limit"])).lower())

    server, thread = submission.serve(answer), f"books-{submission.rng.randrange(1, 99)}"
    seen = submission.observe(
        audit, url=server.url, db=submission.path(db), thread=thread, parts=parts, limits=list(limits)
    )
    rows = evidence.checkpoints(submission.file(db), thread)
    for one, limit in zip(seen, limits, strict=False):
        asked = [request for request in server.requests if request.json["limit"] == limit]
        assert_found(one, rows, limit, [request.json for request in asked])


def assert_found(
    seen: dict[str, Any], rows: list[evidence.Row], limit: int | None, books: list[dict[str, Any]]
) -> None:
    """Expect the first bad checkpoint of the current branch, and questions about books that are the thread's."""
    found, asked = seen.get("id"), len(books)
    often = "half an hour each: each question can rule out half of what's left, and the newest checkpoint needs none"
    assert "asked" not in seen, f"you asked the auditor more than {asked - 1} times, {often}"
    branch = [row.id for row in lineage(rows)][::-1]
    bad = [row.id for row in lineage(rows)[::-1] if is_off(row.values, limit)]
    assert isinstance(found, str), (
        f"you returned a value of type {seen.get('kind')}: return the checkpoint's id, which is a string"
    )
    assert found in {row.id for row in rows}, f"{found!r} is no checkpoint of this thread"
    assert found in branch, (
        "what you found is on a branch that the thread has left: the list of a forked thread mixes all branches, good "
        "comes after bad and step numbers repeat, so follow `parent_config`"
    )
    assert found != seen["known"] or found == bad[0], (
        "you found the checkpoint that was the newest when your function was called before, and the thread has gone on: read "
        "the thread at each call"
    )
    at = next(row for row in rows if row.id == found)
    known = [at.values.get("lines", []), at.values.get("total", 0)]
    unasked = seen["later"] and known not in [[one["lines"], one["total"]] for one in books]
    states = [[row.values.get("lines", []), row.values.get("total", 0)] for row in lineage(rows)]
    left = [one for one in books if [one["lines"], one["total"]] not in states]
    assert found == bad[0] or not left or seen["strange"], (
        f"you found checkpoint {branch.index(found) + 1} of the branch instead of number {branch.index(bad[0]) + 1}, and asked about a "
        "state that no checkpoint of it has: other branches say nothing about it, so follow `parent_config`"
    )
    assert found in bad or branch[branch.index(found) + 1] == bad[0] or not unasked, (
        "the checkpoint that you found is good, too early, and in this call you never asked about it: your function had been "
        "called before, and another `is_bad` may answer otherwise, so don't keep answers from call to call"
    )
    assert found in bad, (
        f"the checkpoint that you found is good, {'the last good one' if branch[branch.index(found) + 1] == bad[0] else 'too early'}: "
        "return the first that is bad"
    )
    at = next(row for row in rows if row.id == bad[0])
    assert found == bad[0] or at.source != "fork", (
        f"you found checkpoint {branch.index(found) + 1} of the branch, but number {branch.index(bad[0]) + 1}, whose `source` is "
        "'fork', is bad already: a copy takes the place of what it copies, which isn't on this branch"
    )
    # A history that was cut short begins long after the branch does; other faults miss the culprit by a run at most.
    far = branch.index(found) - branch.index(bad[0]) > 4 and len(rows) > len(branch)
    later = [row.values for row in rows if row.id in branch[branch.index(found) :]]
    known = [[values.get("lines", []), values.get("total", 0)] for values in later]
    assert not far or any([one["lines"], one["total"]] not in known for one in books), (
        f"you found checkpoint {branch.index(found) + 1} of the branch, and asked about no earlier state, but number "
        f"{branch.index(bad[0]) + 1} is bad already: go back to the branch's beginning; a limit on the history counts the "
        "checkpoints of left branches, too"
    )
    assert found == bad[0], (
        f"you found checkpoint {branch.index(found) + 1} of the branch, but number {branch.index(bad[0]) + 1} is bad already: "
        "the culprit is the first bad one, and any checkpoint can be it, the very first, too"
    )
    assert asked <= 8, f"for a branch of {len(branch)} you asked the auditor {asked} times, {often}"
    assert not seen["strange"], (
        f"`is_bad` got a dict with {naming('key', seen['strange'])}, and no checkpoint of this thread has that state: ask about a "
        "snapshot's `values`, all of them, and nothing that only the saver knows"
    )
    assert asked or len(branch) < 2, "you never asked the auditor: only she can say whether a state is bad"


def is_off(values: dict[str, Any], limit: int | None) -> bool:
    """Tell whether the books are wrong: they do not add up, or have more lines than the auditor accepts."""
    lines = values.get("lines") or []
    return sum(lines) != (values.get("total") or 0) if limit is None else len(lines) > limit


@pytest.mark.exercise("find_the_culprit", points=2, needs=("server",), rules=(1, 2, 3))
def test_culprit_among_branches(submission):
    """A branch of 200 checkpoints, among branches that were left: wherever the culprit is, eight questions find it."""
    rng = submission.rng
    limits = [-1, 0, 48, *rng.sample(range(1, 48), 4)]
    audited(submission, draw_long(rng), limits=tuple(limits))


@pytest.mark.exercise("find_the_culprit", points=1, needs=("server",), rules=(1, 2))
def test_culprit_by_hand(submission):
    """A correction by hand was wrong: it's a checkpoint like any other. Branches that were left are bad, too."""
    rng = submission.rng
    audited(
        submission,
        [
            draw_part(rng, rng.randrange(12, 15), None, None),
            draw_part(rng, 9, 0, rng.randrange(5, 9)),
            draw_part(rng, 9, None, rng.randrange(9, 12), by_hand=rng.choice([-31, 13, 27])),
        ],
    )
