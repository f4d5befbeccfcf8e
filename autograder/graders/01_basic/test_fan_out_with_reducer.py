"""Public tests of `fan_out_with_reducer`."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from autograder.counts import often
from autograder.testing import evidence

from common import THINGS, assert_graph

if TYPE_CHECKING:
    import random
    from collections.abc import Iterable, Sequence


CHECKS = ("fraud", "cover", "address", "limits", "police", "history", "photos")
ODD_CHECKS = ("Past claims", " own-fault/50%?")  # names that an answer might tidy up
SAME = ("nothing odd", 40)  # what two checks find, of each claim, and what it costs
NOTHING = ("", 0)  # what a third one finds: a finding, too
CREDIT = ("on the house", -15)  # what a fourth one finds: it gives something back


def review(build_review, db, claims, results):
    """Review claims, one run each, in one thread; return the state after each run, and which claims each check got.

    `results` has what each check finds and costs, run by run.
    """
    import sqlite3
    import time

    from langgraph.checkpoint.sqlite import SqliteSaver
    from langgraph.errors import InvalidUpdateError

    runs, states = [], []  # a run has the claims that each check was called with

    def check(name):
        def run(claim):
            runs[-1][name].append(claim)
            return tuple(results[len(runs) - 1][name])

        return run

    slow, slow_results = [0.1, 0.1, 0.1], [0.1 for _ in results[0]]

    class SlowSaver(SqliteSaver):
        """Takes its time with the first checkpoints that hold findings, and with the first run's findings themselves."""

        def put_writes(self, config, writes, task_id, task_path=""):
            if slow_results and any(channel == "findings" for channel, _ in writes):
                time.sleep(slow_results.pop())
            return super().put_writes(config, writes, task_id, task_path)

        def put(self, config, checkpoint, metadata, new_versions):
            if slow and metadata["source"] == "loop" and checkpoint["channel_values"].get("findings"):
                time.sleep(slow.pop())
            return super().put(config, checkpoint, metadata, new_versions)

    connection = sqlite3.connect(db, check_same_thread=False)
    connection.execute("pragma synchronous = off")
    graph = build_review(SlowSaver(connection), {name: check(name) for name in results[0]})
    if not hasattr(graph, "get_state"):
        return {"no graph": type(graph).__name__}
    try:
        for claim in claims:
            runs.append({name: [] for name in results[0]})
            states.append(graph.invoke({"claim": claim}, {"configurable": {"thread_id": "review"}}))
    except InvalidUpdateError as error:
        return {"invalid update": str(error).splitlines()[0]}
    return {"states": states, "runs": runs, "nodes": sorted(getattr(graph, "nodes", ()))}


def break_thread(db, thread, claims, results):
    """Do what happened: a good run with one check, a correction, then Friday's run with all checks and no reducer."""
    from contextlib import suppress
    from typing import TypedDict

    from langgraph.checkpoint.sqlite import SqliteSaver
    from langgraph.errors import InvalidUpdateError
    from langgraph.graph import START, StateGraph

    class Review(TypedDict, total=False):
        claim: str
        findings: list
        cost: int

    def node(name):
        def run(state):
            finding, cents = results[state["claim"]][name]
            return {"findings": [finding], "cost": cents}

        return run

    good, friday = claims
    config = {"configurable": {"thread_id": thread}}
    with SqliteSaver.from_conn_string(db) as saver:
        saver.conn.execute("pragma synchronous = off")  # nothing is killed here
        for claim, names in ((good, list(results[good])), (friday, list(results[friday]))):
            builder = StateGraph(Review)
            for name in names:
                builder.add_node(name, node(name)).add_edge(START, name)
            graph = builder.compile(checkpointer=saver)
            with suppress(InvalidUpdateError):
                graph.invoke({"claim": claim}, config)
            if claim == good:
                graph.update_state(config, {"claim": f"{good}, corrected"})


def repair(repair_review, build_review, db, thread, results, then):
    """Repair the thread; count the calls of each check. `then` is the claim of one more run."""
    from langgraph.checkpoint.sqlite import SqliteSaver
    from langgraph.errors import InvalidUpdateError

    called = []

    def check(name):
        def run(claim):
            called.append(name)
            return tuple(results[claim][name])

        return run

    checks = {name: check(name) for name in next(iter(results.values()))}
    with SqliteSaver.from_conn_string(db) as saver:
        saver.conn.execute("pragma synchronous = off")
        try:
            seen = {"returned": repair_review(saver, checks, thread), "called": list(called)}
            if then is not None:
                config = {"configurable": {"thread_id": thread}}
                seen["next run"] = build_review(saver, checks).invoke({"claim": then}, config)
        except InvalidUpdateError as error:
            return {"invalid update": str(error).splitlines()[0]}
    return seen


def continue_thread(build_review, db, thread, names):
    """Continue a repaired thread; return what was left to do, which checks ran, and the state before and after."""
    from langgraph.checkpoint.sqlite import SqliteSaver

    called = []

    def check(name):
        return lambda claim: called.append(name) or ("checked again", 1)

    config = {"configurable": {"thread_id": thread}}
    with SqliteSaver.from_conn_string(db) as saver:
        graph = build_review(saver, {name: check(name) for name in names})
        found = graph.get_state(config)
        graph.invoke(None, config)
        later = graph.get_state(config).values
    return {"next": sorted(found.next), "before": found.values, "called": sorted(called), "after": later}


def draw_names(rng: random.Random) -> list[str]:
    """Draw the names of checks. The odd ones find different things, so that nobody takes their loss for a merge."""
    plain, odd = rng.sample(CHECKS, rng.choice([2, 3])), rng.sample(ODD_CHECKS, 2)
    return [odd[0], *plain[:2], odd[1], *plain[2:]]


def draw_findings(rng: random.Random, claim: str, names: Sequence[str]) -> dict[str, Any]:
    """Draw what each check finds in one run, and what it costs. The first two find the same, the third nothing.

    The fourth costs less than nothing.
    """
    found = {name: (f"{name} of {claim}: {rng.randrange(1000)}", rng.randrange(1, 500)) for name in names}
    same = dict.fromkeys(names[:2], SAME)
    return found | same | dict(zip(names[2:4], (NOTHING, CREDIT), strict=False))


def draw_results(rng: random.Random, claims: Iterable[str], names: Sequence[str]) -> dict[str, Any]:
    """Draw what each check finds for each claim, and what it costs."""
    return {claim: draw_findings(rng, claim, names) for claim in claims}


def draw_broken(rng: random.Random, friday: str | None = None) -> dict[str, Any]:
    """Draw a thread that a good run went through, and then a run, of a drawn claim or this one, that broke it."""
    good, drawn = rng.sample(THINGS, 2)
    friday = drawn if friday is None else friday
    names = draw_names(rng)
    results = draw_results(rng, [good], names[:1]) | draw_results(rng, [friday], names)
    return {"thread": f"claim-{rng.randrange(1000)}", "claims": [good, friday], "results": results}


def assert_adds_up(state: Any, results: Iterable[dict[str, Any]], case: str, none_missing: str) -> None:
    """Expect all findings of these results, once each, and the sum of their costs."""
    findings = [finding for run in results for finding, _ in run.values()]
    cents = sum(cost for run in results for _, cost in run.values())
    assert isinstance(state, dict) and isinstance(state.get("findings"), list), (
        f"{case}, the state is {state}: it should be a dict whose `findings` are a list"
    )
    got, cost = state["findings"], state.get("cost")
    count, expected = Counter(map(str, got)), Counter(findings)
    extra = [finding for finding in count if count[finding] > expected[finding]]
    assert not extra, (
        f"{case}, `findings` holds {extra[0]!r} {often(count[extra[0]])} instead of {often(expected[extra[0]])}: "
        "does one check run instead of the others, or is a result added twice?"
    )
    lost = expected - count
    assert set(lost) != {""}, (
        f"{case}, the finding of a check that found an empty text is missing: it's a finding, too"
    )
    # A reducer that merges equal findings keeps one of each; where two of them are left, it merges none.
    merged = [finding for finding in lost if count[finding] == 1]
    assert len(merged) < len(lost) or not lost or max(count.values()) > 1, (
        f"{case}, `findings` holds {merged[0]!r} once instead of {often(expected[merged[0]])}: "
        "several checks found the same thing, and each finding counts, so the reducer must keep them all"
    )
    assert not lost, f"{case}, {sum(lost.values())} of {len(findings)} findings are missing: {none_missing}"
    assert cost == cents, (
        f"{case}, `cost` is {cost} and not {cents}, the sum of all checks: add up what they return, a negative amount too"
    )


IN_PLACE = "the repaired state must be saved, and in the same thread"
KEEPS_ONE = (
    "a reducer must combine the channel's value with the new one, "
    "and returning only the new one throws away what the other checks found"
)


@pytest.mark.exercise("fan_out_with_reducer", points=2, rules=(1, 2, 4))
def test_parallel_checks_add_up(submission):
    """Checks that run in parallel add up, over four runs, and in a second graph."""
    first, last = submission.rng.sample(THINGS, 2)
    claims, names = [first, "", first, last], draw_names(submission.rng)
    results = [draw_findings(submission.rng, claim, names) for claim in claims]
    db = submission.path("reviews.db")
    seen = submission.observe(review, db=db, claims=claims, results=results)
    assert_all_ran(seen, claims, names)
    for number, state in enumerate(seen["states"], 1):
        assert_adds_up(state, results[:number], f"after run {number} with {len(names)} checks", KEEPS_ONE)
    others = [draw_findings(submission.rng, first, names)]
    second = submission.observe(review, db=submission.path("other.db"), claims=claims[:1], results=others)
    case = "in a second graph, with a saver and checks of its own that have the same names"
    assert_adds_up(second["states"][0], others, case, "build a graph at each call, from what you're given")
    rows = evidence.checkpoints(submission.file("reviews.db"), "review")
    wide = {
        row.step: len({write.task_id for write in row.writes if write.channel == "findings"}) for row in rows
    }
    widest = max(wide.values())
    assert widest == len(names), (
        f"at most {widest} of {len(names)} checks ran in the same super-step: "
        "add an edge from `START` to each check, and each check as a node of its own"
    )
    first = min(step for step, width in wide.items() if width)
    assert first == 0, (
        f"the checks ran in super-step {first + 1} of the first run, not right after `START`: an edge from `START` leads to each "
        "check, and no other node comes before"
    )
    assert_none_changed(rows, len(names))


def assert_all_ran(seen: dict[str, Any], claims: Sequence[str], names: Sequence[str]) -> None:
    """Expect a graph that has each check as a node, and each run to have called each check with its claim."""
    assert_graph(seen, "build_review")
    what = seen.get("invalid update")
    assert not what, f"`InvalidUpdateError: {what}`: a channel that parallel nodes write needs a reducer"
    for number, (claim, heard) in enumerate(zip(claims, seen["runs"], strict=True), 1):
        again = ", which run 1 had too" if claim in claims[: number - 1] else ""
        idle = [name for name in names if not heard[name]]
        assert not idle, (
            f"run {number} had the claim {claim!r}{again}, and the check {idle[0]!r} wasn't called: "
            "each run calls all checks, whatever its claim is"
        )
        wrong = [got for name in names for got in heard[name] if got != claim]
        assert not wrong, (
            f"run {number} had the claim {claim!r}, and a check was called with {str(wrong[0])[:60]!r}: give each check the "
            "claim's text as it is"
        )
    unknown = [name for name in names if name not in seen["nodes"]]
    assert not unknown, (
        f"the graph has no node {unknown[0]!r}, although a check has that name: take the name as it is, "
        "since a broken thread's results are saved for nodes of these names"
    )


def assert_none_changed(rows: Sequence[evidence.Row], checks: int) -> None:
    """Expect each checkpoint that checks ran after to hold the findings of the runs before, and each check's result one."""
    before = 0
    for row in rows:
        if any(write.channel == "findings" for write in row.writes):
            held = len(row.values.get("findings") or ())
            assert held <= before, (
                f"the checkpoint of step {row.step}, saved before that run's checks, has {held} findings instead of {before}. "
                "Your reducer changed a list that a slow saver was still writing: return a new list"
            )
            before += checks
    results = [write.value for row in rows for write in row.writes if write.channel == "findings"]
    long = [value for value in results if isinstance(value, list) and len(value) > 1]
    assert not long, (
        f"the result that was saved for one check has {len(long[0])} findings. Your reducer changed the list that a check's node "
        "returned, while a slow saver was still writing it: return a new list"
    )


@pytest.mark.exercise("fan_out_with_reducer", points=2, rules=(1, 2, 3))
def test_broken_thread_is_finished(submission):
    """A broken thread is finished from what was saved, and no check is called again."""
    broken, db = draw_broken(submission.rng), submission.path("broken.db")
    submission.observe(break_thread, db=db, **broken)
    good, friday = broken["claims"]
    results = broken["results"]
    seen = submission.observe(
        repair, db=db, thread=broken["thread"], results={friday: results[friday]}, then=None
    )
    assert_repaired(seen, [results[good], results[friday]])
    newest = evidence.checkpoints(submission.file("broken.db"), broken["thread"])[-1:]
    assert newest, f"thread {broken['thread']!r} is gone from the database: repair it in place"
    assert_adds_up(
        newest[0].values, [results[good], results[friday]], "in the database, after the repair", IN_PLACE
    )
    left = submission.observe(continue_thread, db=db, thread=broken["thread"], names=list(results[friday]))
    assert_finished(left)


def assert_finished(left: dict[str, Any]) -> None:
    """Expect a repaired thread to have nothing left to do, and to stay as it is when it's continued."""
    due = left["called"] or left["next"]
    assert not due, (
        f"after the repair, `invoke(None, config)` runs {', '.join(map(repr, due))} again: the run isn't finished. "
        "`get_state(config).next` should be empty, so write the saved results as the checks', not as `START`'s"
    )
    assert left["after"] == left["before"], (
        f"after the repair, `invoke(None, config)` changes the state from {left['before']} to {left['after']}: "
        "the broken run's results are still pending, so they're added again"
    )


def assert_repaired(seen: dict[str, Any], results: list[dict[str, Any]]) -> None:
    """Expect the repair to have ended with all results, and without calling a check."""
    what = seen.get("invalid update")
    assert not what, (
        f"`repair_review` ended in `InvalidUpdateError: {what}` again: trying once more changes nothing. "
        "The graph that continues needs a reducer for that channel"
    )
    called = sorted(set(seen["called"]))
    assert not called, (
        f"{', '.join(map(repr, called))} ran and cost money again, although the results were saved: continue the thread "
        "without new input or a `checkpoint_id` (which replays), in a graph whose nodes have the checks' own names"
    )
    assert_adds_up(
        seen["returned"],
        results,
        "after the repair",
        "it lost what the checks of the broken run had found, equal findings too, or what the thread held before",
    )
