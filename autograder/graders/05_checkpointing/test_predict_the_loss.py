"""Public tests of `predict_the_loss`."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import pytest

from autograder.counts import counted
from autograder.testing import evidence

from common import STATIONS

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence


def foretell(predict_loss, cases):
    """Have the learner's function predict what each ending leaves; tell how many nodes it left in each list."""
    return [[predict_loss(**case), len(case["nodes"])] for case in cases]


def run_and_end(db, durability, ending, nodes, dies_in, slowness):
    """Run a chain with a slow saver, and end it in the middle of a node, as told.

    Nothing is timed. A clock counts nodes: the saver is done with a checkpoint when as many nodes as it takes
    have run since it began, and before the clock goes on, all that is due by then is on disk.
    """
    import operator
    import os
    import signal
    import sqlite3
    import threading
    import time
    from typing import Annotated, TypedDict

    from langgraph.checkpoint.sqlite import SqliteSaver
    from langgraph.graph import START, StateGraph

    class State(TypedDict):
        done: Annotated[list, operator.add]

    turn = threading.Condition()
    # When the run waits for its saver, or asks it for nothing, no node can run meanwhile.
    now = {"clock": 0.0, "due": 0.0, "begun": 0, "saved": 0, "hurry": durability in ("sync", "exit")}
    kept = set()

    def wait(ready):
        with turn:
            assert turn.wait_for(ready, timeout=10), "the saver of this test was not called as it should be"

    def note(**changes):
        with turn:
            now.update(changes)
            turn.notify_all()

    class SlowSaver(SqliteSaver):
        def put(self, *args, **kwargs):
            note(begun=now["begun"] + 1, due=now["clock"] + slowness)
            wait(lambda: now["hurry"] or now["clock"] >= now["due"])
            returned = super().put(*args, **kwargs)
            note(saved=now["saved"] + 1)
            return returned

        def put_writes(self, config, writes, task_id, task_path=""):
            super().put_writes(config, writes, task_id, task_path)
            with turn:
                kept.add(task_path.rpartition(", ")[2])  # node names may have spaces
                turn.notify_all()

    def pass_time(until, handed_over):
        while now["saved"] < handed_over:
            wait(lambda: now["begun"] > now["saved"])
            if now["due"] > until:
                break
            saved = now["saved"]
            note(clock=now["due"])
            wait(lambda saved=saved: now["saved"] > saved)
        note(clock=until)

    def node(number, name):
        def run(state):
            if not now["hurry"]:
                wait(lambda: number == 0 or nodes[number - 1] in kept)
                pass_time(number + 0.5, handed_over=number + 2)
            if name != dies_in:
                return {"done": [name]}
            if ending == "exception":
                note(hurry=True)
                raise KeyError(name)
            return end()

        def end():
            os.kill(os.getpid(), getattr(signal, ending))
            # The first process of a namespace is deaf to a SIGTERM that it does not handle. No other is.
            time.sleep(0.05)
            os.kill(os.getpid(), signal.SIGKILL)

        return run

    if ending == "SIGTERM":
        signal.signal(signal.SIGTERM, signal.SIG_DFL)  # as in a program that says nothing about it
    builder = StateGraph(State)
    for number, name in enumerate(nodes):
        builder.add_node(name, node(number, name))
    for before, after in zip([START, *nodes], nodes, strict=False):
        builder.add_edge(before, after)
    saver = SlowSaver(sqlite3.connect(db, check_same_thread=False))
    saver.setup()
    how = {} if durability is None else {"durability": durability}
    # Each checkpoint that waits holds a thread of the pool: more than there are processors, so have enough.
    config = {"configurable": {"thread_id": "run"}, "max_concurrency": 64}
    try:
        builder.compile(checkpointer=saver).invoke({"done": []}, config, **how)
    except KeyError:
        saver.conn.close()
    return "lives"


def go_on(db, nodes):
    """Bring the thread to its end as one should, with a saver that is not slow; tell which nodes ran."""
    import operator
    from typing import Annotated, TypedDict

    from langgraph.checkpoint.sqlite import SqliteSaver
    from langgraph.graph import START, StateGraph

    class State(TypedDict):
        done: Annotated[list, operator.add]

    ran = []

    def node(name):
        return lambda state: ran.append(name) or {"done": [name]}

    builder = StateGraph(State)
    for name in nodes:
        builder.add_node(name, node(name))
    for before, after in zip([START, *nodes], nodes, strict=False):
        builder.add_edge(before, after)
    config = {"configurable": {"thread_id": "run"}}
    with SqliteSaver.from_conn_string(db) as saver:
        graph = builder.compile(checkpointer=saver)
        nothing_there = graph.get_state(config).created_at is None
        done = graph.invoke({"done": []} if nothing_there else None, config)["done"]
    return {"ran": ran, "done": done}


def draw_ending(
    rng: random.Random,
    durability: str | None,
    ending: str,
    slowness: int = 0,
    length: int = 0,
    at: int | None = None,
    *,
    within: bool = False,
) -> dict[str, Any]:
    """Draw a chain, a node in which it ends, and how slow its saver is.

    With `within`, the name of an earlier node contains the name of the one in which it ends.
    """
    slowness = slowness or rng.choice([1, 2, 3])
    # A saver in the background has saved two checkpoints or more, so that a pending write of the newest matters.
    behind = durability in (None, "async") and ending != "exception"
    first = 2 * slowness if behind else 3
    length = length or rng.randrange(max(6, first + 1), 9)
    at = rng.randrange(max(3, first), length) if at is None else at
    nodes = rng.sample(STATIONS, length)
    if at:
        nodes[at] = f"{nodes[0]} {nodes[at]}"  # names that begin alike are different names
    if within:
        nodes[1] = f"{nodes[1]} {nodes[at]}"
    return {
        "durability": durability,
        "ending": ending,
        "nodes": nodes,
        "dies_in": nodes[at],
        "slowness": slowness,
    }


def assert_foretold(submission: Any, cases: Sequence[dict[str, Any]], *, unchanged: bool = False) -> None:
    """Run each case, end it for real, and compare what lies on disk with what the learner said before.

    If told so, also expect the lists of nodes to be as long as they were.
    """
    said = submission.observe(foretell, cases=cases)
    kills = any(case["ending"] != "exception" for case in cases)
    with submission.twin(bare=True) if kills else nullcontext(submission) as machine:
        for number, (case, (guess, kept)) in enumerate(zip(cases, said, strict=True)):
            assert isinstance(guess, dict) and {"saved", "again"} <= set(guess), (
                f"`predict_loss` returned {str(guess)[:80]}: return a dict with `saved` and `again`"
            )
            length = len(case["nodes"])
            assert kept == length or not unchanged, (
                f"`nodes` had {counted(length, 'name')} before the call and {kept} after it: the list is the caller's, so leave it "
                "as it is, or change a copy"
            )
            saved, again = what_was_left(machine, f"ended-{number}.db", case)
            assert_prediction(case, guess, saved, again)


def what_was_left(machine: Any, db: str, case: dict[str, Any]) -> tuple[list[int], list[str]]:
    """End a run for real, and continue it; return the steps on disk, and the nodes that began again."""
    killed = case["ending"] != "exception"
    survived = machine.observe(run_and_end, db=machine.path(db), dies=killed, **case)
    assert not (killed and survived), f"the process outlived {case['ending']}: this is the test's fault"
    saved = [row.step for row in evidence.checkpoints(machine.file(db), "run")]
    resumed = machine.observe(go_on, db=machine.path(db), nodes=case["nodes"])
    begun = case["nodes"][: case["nodes"].index(case["dies_in"]) + 1]
    return saved, [name for name in resumed["ran"] if name in begun]


def assert_prediction(
    case: dict[str, Any], guess: dict[str, Any], saved: list[int], again: list[str]
) -> None:
    """Compare a prediction with what happened, and tell the belief that does not hold."""
    at = case["nodes"].index(case["dies_in"]) + 1
    mode = case["durability"] or "default"
    what = f"{mode}, {case['ending']} in node {at}, slowness {case['slowness']}"
    last = str(guess["again"][-1]) if guess["again"] and isinstance(guess["again"], list) else ""
    dies_in = case["dies_in"]
    assert last not in case["nodes"][: at - 1] or not (last in dies_in or dies_in in last), (
        f"{what}: the run ended in {dies_in!r}, and your `again` ends with {last!r}, an earlier node: names that are alike are "
        "different nodes, so compare whole names"
    )
    assert guess["saved"] == saved, (
        f"{what}: you predicted {steps(guess['saved'])}, but {steps(saved)} were on disk: "
        + why_not_saved(case, guess["saved"], saved)
    )
    assert guess["again"] == again, (
        f"{what}: you predicted that {short(guess['again'])} run again, but {short(again)} did: "
        + why_again(case, guess["again"], again, saved)
    )


def steps(saved: Any) -> str:
    """Write a list of steps in a few words."""
    if not saved:
        return "no checkpoints"
    known = isinstance(saved, list) and all(isinstance(step, int) for step in saved)
    if known and len(saved) > 3 and saved == [saved[0] + at for at in range(len(saved))]:
        return f"steps {saved[0]} to {saved[-1]}"
    text = str(saved)
    return f"steps {text if len(text) <= 12 else text[:12] + '…'}"


def short(names: Any) -> str:
    """Write a list of nodes in a few words."""
    if not isinstance(names, list) or len(names) < 4:
        return str(names)[:60]
    return f"{len(names)} nodes from {names[0]!r} to {names[-1]!r}"


def why_not_saved(case: dict[str, Any], guess: Any, saved: list[int]) -> str:
    """Say which belief about what is saved does not hold."""
    durability, ending = case["durability"], case["ending"]
    if not isinstance(guess, list) or not all(isinstance(step, int) for step in guess):
        return "`saved` is a list of step numbers"
    if sorted(guess) == saved:
        return "list them in order, the oldest first"
    if ending == "exception":
        if durability == "exit":
            return "an exception leaves through `invoke`, so exit still saves one checkpoint, the latest"
        if len(guess) < len(saved):
            return "an exception leaves through `invoke`, which waits for the saver to finish"
        return "count one for the input, one for `START`, and one for each node that ended"
    if durability == "exit":
        return f"exit saves when `invoke` ends, but {ending} ends the process first"
    if durability != "sync" and len(guess) > len(saved):
        return why_less_was_saved(case, guess)
    if durability != "sync":
        return f"{ending} only takes what was still in the queue"
    return "sync saves each checkpoint before the next node: the input, `START`, and each node that ended"


def why_less_was_saved(case: dict[str, Any], guess: list[int]) -> str:
    """Say which belief about a saver in the background makes one expect more than it saves."""
    ended = case["nodes"].index(case["dies_in"])
    as_sync = list(range(-1, ended + 1))
    if guess == as_sync:
        which = "async" if case["durability"] else "the default"
        return f"{which} isn't sync: it saves in the background, and the queue dies with the process"
    if guess == as_sync[:-1] and case["slowness"] > 1:
        return "the next node doesn't wait, so a slow saver falls more than one step behind"
    return (
        f"the saver needs {counted(case['slowness'], 'node')} a checkpoint, the input's first. Only {ended + 0.5:g} had run, and its "
        "queue died"
    )


def why_again(case: dict[str, Any], guess: Any, again: list[str], saved: list[int]) -> str:
    """Say which belief about what runs again does not hold."""
    if not isinstance(guess, list):
        return "`again` is a list of node names"
    if not saved:
        return "with no checkpoint, the run starts over"
    step, nodes = saved[-1], case["nodes"]
    if step > 0 and set(guess) & set(nodes[:step]):
        return f"checkpoint {step} already has the results of {nodes[0]!r} to {nodes[step - 1]!r}"
    if step >= 0 and nodes[step] in guess and nodes[step] not in again:
        return f"{nodes[step]!r} had its result saved as a pending write of checkpoint {step}"
    if len(guess) > len(again):
        return "list only the nodes that had begun when the run ended"
    return "results outside the newest checkpoint and its pending writes are lost"


@pytest.mark.exercise("predict_the_loss", points=1, rules=(1, 2, 3, 4))
def test_an_exception(submission):
    """After an exception: what each durability keeps."""
    modes = submission.rng.sample(["sync", "async", "exit"], 3)
    cases = [draw_ending(submission.rng, mode, "exception") for mode in modes]
    assert_foretold(submission, cases, unchanged=True)


@pytest.mark.exercise("predict_the_loss", points=1, rules=(1, 2, 3, 4, 5), restarts=True, timeout=20)
def test_sigterm(submission):
    """After SIGTERM: what each durability keeps."""
    cases = [
        draw_ending(submission.rng, mode, "SIGTERM", 2, within=mode == "exit") for mode in ("exit", "sync")
    ]
    # Step 0 is the last on disk: whoever takes 0 for none is told.
    zero = draw_ending(submission.rng, "async", "SIGTERM", 2, at=submission.rng.choice([4, 5]))
    assert_foretold(submission, [*cases, zero])


@pytest.mark.exercise("predict_the_loss", points=2, rules=(1, 2, 3, 4, 5), restarts=True, timeout=20)
def test_sigkill(submission):
    """After SIGKILL: what each durability keeps, and which nodes run again."""
    modes = submission.rng.sample(["sync", "exit", None], 3)
    assert_foretold(submission, [draw_ending(submission.rng, mode, "SIGKILL") for mode in modes])
