"""Public tests of `resume_after_crash`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from autograder.testing import evidence

if TYPE_CHECKING:
    import random


JOB_NODES = ("load", "clean", "match", "price", "tax", "rank", "pack", "sign", "send", "file")


def do_job(run_to_end, db, ran, job, stages, first, durability=None, kill=None, fails=None, empty=False):
    """Run a job in a graph of our own: by the learner's function, or as a program does that may be killed.

    A node whose amount is 0 returns nothing. With `empty`, the node that fails has resumed a graph of its own without a thread.
    """
    import operator
    import os
    import signal
    import sqlite3
    import threading
    from pathlib import Path
    from typing import Annotated, TypedDict

    from langgraph.checkpoint.sqlite import SqliteSaver
    from langgraph.errors import EmptyInputError
    from langgraph.graph import START, StateGraph

    class State(TypedDict):
        log: Annotated[list, operator.add]
        total: Annotated[int, operator.add]

    place, at = kill or (None, None)
    sizes = [1, *map(len, stages)]
    written, put, changed = {}, set(), threading.Condition()

    def die():
        os.kill(os.getpid(), signal.SIGKILL)

    def wait_for_writes(config, count):
        parent = config["configurable"].get("checkpoint_id")
        with changed:
            changed.wait_for(lambda: written.get(parent, 0) >= count, 3)

    class DyingSaver(SqliteSaver):
        """Kills its process at a place of our choice, and saves what was to be saved before that."""

        def put_writes(self, config, writes, task_id, task_path=""):
            if place == "before put_writes" and task_path.endswith(f" {at}"):
                wait_for_writes(config, next(len(stage) for stage in stages if at in stage) - 1)
                die()
            super().put_writes(config, writes, task_id, task_path)
            with changed:
                parent = config["configurable"].get("checkpoint_id")
                written[parent] = written.get(parent, 0) + 1
                changed.notify_all()

        def put(self, config, checkpoint, metadata, new_versions):
            if place == "before put" and metadata["step"] == at:
                wait_for_writes(config, sizes[at] if at >= 0 else 0)
                die()
            saved = super().put(config, checkpoint, metadata, new_versions)
            with changed:
                put.add(metadata["step"])
                changed.notify_all()
            if place == "after put" and metadata["step"] == at:
                die()
            return saved

    def node(name, amount):
        def run(state):
            with Path(ran).open("a") as file:
                file.write(f"{name}\n")
            if name == fails and empty:
                raise EmptyInputError("Received no input for __start__")  # LangGraph's own words
            if name == fails:
                raise ConnectionError(f"{name} cannot reach its server")
            if place == "in node" and name == at:
                step = next(number for number, stage in enumerate(stages) if name in stage)
                with changed:  # what ran before it has been saved by now, unless nothing is saved on the way
                    changed.wait_for(lambda: step in put, 3)
                die()
            return {"log": [name], "total": amount} if amount else {}

        return run

    builder, before = StateGraph(State), START
    for stage in stages:
        for name, amount in stage.items():
            builder.add_node(name, node(name, amount)).add_edge(before, name)
        before = list(stage) if len(stage) > 1 else next(iter(stage))
    connection = sqlite3.connect(db, check_same_thread=False)
    graph = builder.compile(checkpointer=DyingSaver(connection))
    try:
        if durability is None:
            return run_to_end(graph, job, first)
        return graph.invoke(first, {"configurable": {"thread_id": job}}, durability=durability)
    except ConnectionError as error:
        return {"raised": str(error)}
    except EmptyInputError:
        if not empty:
            raise
        return {"raised": f"{fails} resumed a graph of its own"}


def draw_job(rng: random.Random, sizes: list[int]) -> dict[str, Any]:
    """Draw a job: its thread, its input, and stages of nodes with what each adds to the total."""
    names = iter(rng.sample(JOB_NODES, sum(sizes)))
    return {
        "job": f"order-{rng.randrange(10**6)}",
        "first": {"log": [f"input {rng.randrange(10**6)}"], "total": rng.randrange(1, 1000)},
        "stages": [{next(names): rng.randrange(1, 1000) for _ in range(size)} for size in sizes],
    }


def job_nodes(job: dict[str, Any]) -> list[str]:
    """Return the nodes of a job in the order in which LangGraph applies what they write."""
    return [name for stage in job["stages"] for name in sorted(stage)]


def job_end(job: dict[str, Any]) -> dict[str, Any]:
    """Return the state at the end of a run that nothing disturbed."""
    total = job["first"]["total"] + sum(sum(stage.values()) for stage in job["stages"])
    amounts = {name: amount for stage in job["stages"] for name, amount in stage.items()}
    log = [name for name in job_nodes(job) if amounts[name]]
    return {"log": [*job["first"]["log"], *log], "total": total}


def job_ran(submission) -> list[str]:
    """Return the nodes that have begun so far."""
    try:
        return submission.file("ran.txt").read_text().split()
    except AssertionError:  # none has
        return []


def job_saved(submission, job: dict[str, Any]) -> list[str]:
    """Return the nodes whose results lie in the database: in the newest checkpoint, or as writes beside it."""
    rows = evidence.checkpoints(submission.file("jobs.db"), job["job"])
    if not rows:
        return []
    held = list(rows[-1].values.get("log") or ())
    held += [name for write in rows[-1].writes if write.channel == "log" for name in write.value]
    return [name for name in job_nodes(job) if name in held]


def job_kwargs(submission, job: dict[str, Any]) -> dict[str, Any]:
    """Return what the probe is given for a job."""
    return {"db": submission.path("jobs.db"), "ran": submission.path("ran.txt"), **job}


def assert_job_ended(
    submission, job: dict[str, Any], state: Any, case: str, saved: list[str], before: list[str]
) -> None:
    """Expect the end of an undisturbed run, in what was returned and in the database, and nothing done in vain."""
    end = job_end(job)
    assert isinstance(state, dict) and isinstance(state.get("log"), list), (
        f"{case}, `run_to_end` returned {state!r}: return the state at the end of the job"
    )
    log, again = state["log"], job_ran(submission)[len(before) :]
    missing = [name for name in end["log"][1:] if name not in log]
    assert not missing, (
        f"{case}, `run_to_end` called the job done, but {', '.join(missing)} never ran: `next` is also empty in a "
        "half committed step, so look whether there are `tasks`, whatever they returned"
    )
    twice = log.count(end["log"][0])
    assert twice, f"{case}, the input isn't in the state: if nothing was saved, send it again"
    assert twice == 1, (
        f"{case}, the input is in the state {twice} times instead of once: "
        "send it only if no checkpoint has it yet"
    )
    for name in dict.fromkeys(again):
        assert name not in saved, (
            f"{case}, {name!r} ran again, although its result was in the database: "
            "continue from what's saved, and don't start over"
        )
    assert log == end["log"], (
        f"{case}, the state's `log` is {log} instead of {end['log']}, as in an undisturbed run: "
        "each node's result belongs in it once"
    )
    assert state.get("total") == end["total"], (
        f"{case}, `total` is {state.get('total')} and not {end['total']}: each node adds its amount once"
    )
    rows = evidence.checkpoints(submission.file("jobs.db"), job["job"])
    assert rows and rows[-1].values.get("log") == end["log"], (
        f"{case}, the right state came back, but the newest checkpoint of thread {job['job']!r} doesn't have it: "
        "let the graph finish that thread, so its last checkpoint is saved too"
    )


@pytest.mark.exercise("resume_after_crash", points=1, rules=(1, 2))
def test_new_and_finished_jobs(submission):
    """A new job runs to its end; a finished one is not run again."""
    for number in (1, 2):  # in one file
        job = draw_job(submission.rng, [1] * submission.rng.choice([3, 4]))
        before = job_ran(submission)
        state = submission.observe(do_job, **job_kwargs(submission, job))
        assert_job_ended(submission, job, state, f"after job {number}, which was new", [], before)
        before = job_ran(submission)
        state = submission.observe(do_job, **job_kwargs(submission, job))
        again = "when it was called once more for a job that had ended"
        assert_job_ended(submission, job, state, again, job_nodes(job), before)


@pytest.mark.exercise("resume_after_crash", points=1, rules=(1, 4))
def test_node_that_raises(submission):
    """A node raises in three calls in a row: each time it comes out, and the next call goes on."""
    job = draw_job(submission.rng, [1] * 3)
    kwargs, name = job_kwargs(submission, job), submission.rng.choice(job_nodes(job)[1:])
    for number in (1, 2, 3):
        earlier = job_ran(submission).count(name)
        kind, why = "ConnectionError", "let out the first one, and leave it to the next call to go on"
        if number == 3:
            kind = "EmptyInputError"
            why = "this one came from a graph that the node resumed. Ask the saver, not the error, whether your thread is new"
        state = submission.observe(do_job, **kwargs, fails=name, empty=number == 3)
        assert isinstance(state, dict) and name in str(state.get("raised")), (
            f"{name!r} raised `{kind}` in call {number}, and `run_to_end` returned {state!r}: let out what "
            "a node raises, or the job counts as done"
        )
        tries = job_ran(submission).count(name) - earlier
        assert tries == 1, (
            f"{name!r} raised `{kind}` in call {number}, and you ran it {tries} times before the error came out: {why}"
        )
    before, saved = job_ran(submission), job_saved(submission, job)
    state = submission.observe(do_job, **kwargs)
    assert_job_ended(
        submission, job, state, f"after {name!r} had failed in three calls in a row", saved, before
    )


@pytest.mark.exercise("resume_after_crash", points=1, rules=(1, 3), restarts=True)
def test_killed_before_the_first_node(submission):
    """Killed before the input was saved, right after it, or before the first node."""
    places = {
        "before its input was saved": ["before put", -1],
        "right after its input was saved": ["after put", -1],
        "before its first node began": ["after put", 0],
    }
    for case, kill in places.items():
        job = draw_job(submission.rng, [1] * 3)
        submission.observe(do_job, **job_kwargs(submission, job), kill=kill, dies=True)
        before = job_ran(submission)
        state = submission.observe(do_job, **job_kwargs(submission, job))
        assert_job_ended(submission, job, state, f"after a kill {case}", [], before)


@pytest.mark.exercise("resume_after_crash", points=2, rules=(1, 2, 3), restarts=True)
def test_killed_in_the_middle_of_a_step(submission):
    """Killed when a node's result was saved and the checkpoint after it was not."""
    count = submission.rng.choice([4, 5])
    job, step = draw_job(submission.rng, [1] * count), submission.rng.randrange(1, count)
    submission.observe(
        do_job, **job_kwargs(submission, job), durability="sync", kill=["before put", step], dies=True
    )
    before, saved = job_ran(submission), job_saved(submission, job)
    state = submission.observe(do_job, **job_kwargs(submission, job))
    case = f"after a kill between the result of {job_nodes(job)[step - 1]!r} and its checkpoint"
    assert_job_ended(submission, job, state, case, saved, before)
