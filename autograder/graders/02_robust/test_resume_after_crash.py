"""Public tests of `resume_after_crash`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from autograder.testing import evidence

if TYPE_CHECKING:
    import random


JOB_NODES = ("load", "clean", "match", "price", "tax", "rank", "pack", "sign", "send", "file")


def do_job(
    run_to_end,
    db,
    ran,
    job,
    stages,
    first,
    sends,
    durability=None,
    kill=None,
    fails=None,
    error="ConnectionError",
    elsewhere=None,
):
    """Run a job in a graph of our own: by the learner's function, or as a program does that may be killed.

    A node whose amount is 0 returns nothing. Where `first` is empty, so is the state, until a node writes. The nodes of stage
    number `sends` are started by `Send`. A node that's to fail or to be killed in, or whose result is to be saved and not the
    checkpoint, has run a graph of its own before.

    If a job of this name is to end `elsewhere` first, in another file, the saver has the `id` that the one of that file had.
    """
    import builtins
    import gc
    import operator
    import os
    import signal
    import sqlite3
    import threading
    from contextlib import closing
    from pathlib import Path
    from typing import Annotated, TypedDict

    from langgraph.checkpoint.sqlite import SqliteSaver
    from langgraph.errors import EmptyInputError, GraphRecursionError
    from langgraph.graph import START, StateGraph
    from langgraph.types import Send

    class State(TypedDict):
        log: Annotated[list, operator.add]
        total: Annotated[int, operator.add]

    class Note(TypedDict):  # a channel with a reducer has a value before anything's written
        text: str

    place, at = kill or (None, None)
    sizes = [1, *map(len, stages)]
    written, put, changed = {}, set(), threading.Condition()
    config, raised = {"configurable": {"thread_id": job}}, []

    def die():
        os.kill(os.getpid(), signal.SIGKILL)

    def wait_for_writes(config, count):
        parent = config["configurable"].get("checkpoint_id")
        with changed:
            changed.wait_for(lambda: written.get(parent, 0) >= count, 3)

    class DyingSaver(SqliteSaver):
        """Kills its process at a place of our choice, and saves what was to be saved before that."""

        def put_writes(self, config, writes, task_id, task_path=""):
            of_the_job = not config["configurable"].get("checkpoint_ns")  # and not of a node's own graph
            if of_the_job and place == "before put_writes" and task_path.endswith(f" {at}"):
                wait_for_writes(config, next(len(stage) for stage in stages if at in stage) - 1)
                die()
            super().put_writes(config, writes, task_id, task_path)
            with changed:
                parent = config["configurable"].get("checkpoint_id")
                written[parent] = written.get(parent, 0) + 1
                changed.notify_all()

        def put(self, config, checkpoint, metadata, new_versions):
            if config["configurable"].get("checkpoint_ns"):
                return super().put(config, checkpoint, metadata, new_versions)
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

    class Look(TypedDict):
        found: bool

    look = StateGraph(Look).add_node("look", lambda state: {"found": True}).add_edge(START, "look").compile()

    def error_of(name):
        special = {
            "EmptyInputError": EmptyInputError("Received no input for __start__"),  # LangGraph's own words
            "GraphRecursionError": GraphRecursionError("Recursion limit of 25 reached"),
            "OperationalError": sqlite3.OperationalError("database is locked"),
        }
        raised.append(special.get(error) or getattr(builtins, error)(f"{name} cannot reach its server"))
        return raised[-1]

    def node(name, amount):
        def run(state):
            with Path(ran).open("a") as file:
                file.write(f"{name}\n")
            if name == fails:
                look.invoke({"found": False})
                raise error_of(name)
            if place == "in node" and name == at:
                look.invoke({"found": False})
                step = next(number for number, stage in enumerate(stages) if name in stage)
                with changed:  # what ran before it has been saved by now, unless nothing is saved on the way
                    changed.wait_for(lambda: step in put, 3)
                die()
            if place == "before put" and at > 0 and name in stages[at - 1]:
                look.invoke({"found": False})
            return {"log": [name], "total": amount} if amount else {}

        return run

    builder, before = StateGraph(State if first else Note), START
    for number, stage in enumerate(stages):
        for name, amount in stage.items():
            builder.add_node(name, node(name, amount))
            if number != sends:
                builder.add_edge(before, name)
        if number == sends:
            names = sorted(stage)
            builder.add_conditional_edges(
                before, lambda state, names=names: [Send(name, state) for name in names], names
            )
        before = list(stage) if len(stage) > 1 else next(iter(stage))
    seen = {}
    if durability is None and Path(db).exists():
        with closing(sqlite3.connect(db, check_same_thread=False)) as connection:
            snapshot = builder.compile(checkpointer=SqliteSaver(connection)).get_state(config)
        seen = {"tasks": [task.name for task in snapshot.tasks], "next": list(snapshot.next)}
        seen["begun"] = snapshot.created_at is not None

    def saver_of(file):
        connection = sqlite3.connect(file, check_same_thread=False)
        connection.execute("pragma synchronous = off")  # what is killed is a process, and no machine
        return DyingSaver(connection)

    def run_elsewhere():
        short = StateGraph(State).add_node("look", lambda state: {}).add_edge(START, "look")
        graph = short.compile(checkpointer=saver_of(elsewhere))
        run_to_end(graph, job, first)
        return id(graph.checkpointer)

    saver = saver_of(db)
    for _ in range(20 if elsewhere else 0):
        # Of many savers that are made now, one takes the place of the one that's gone, nearly each time.
        used = run_elsewhere()
        gc.collect()
        made = [DyingSaver(saver.conn) for _ in range(500)]
        if found := [one for one in made if id(one) == used]:
            saver = found[0]
            break
    graph = builder.compile(checkpointer=saver)
    try:
        if durability is None:
            return seen | {"returned": run_to_end(graph, job, first)}
        return seen | {"returned": graph.invoke(first, config, durability=durability)}
    except Exception as problem:
        if any(problem is one for one in raised):
            return seen | {"raised": error}
        if isinstance(problem, EmptyInputError):
            return seen | {"empty": str(problem)}
        raise


def draw_job(rng: random.Random, sizes: list[int], sends: int | None = None) -> dict[str, Any]:
    """Draw a job: its thread, its input, and stages of nodes with what each adds to the total; one started by `Send`."""
    names = iter(rng.sample(JOB_NODES, sum(sizes)))
    return {
        "job": f"order-{rng.randrange(10**6)}",
        "first": {"log": [f"input {rng.randrange(10**6)}"], "total": rng.randrange(1, 1000)},
        "stages": [{next(names): rng.randrange(1, 1000) for _ in range(size)} for size in sizes],
        "sends": sends,
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


def job_saved(submission, job: dict[str, Any], file: str = "jobs.db") -> list[str]:
    """Return the nodes whose results lie in the database: in the newest checkpoint, or as writes beside it."""
    rows = evidence.checkpoints(submission.file(file), job["job"])
    if not rows:
        return []
    held = list(rows[-1].values.get("log") or ())
    held += [name for write in rows[-1].writes if write.channel == "log" for name in write.value]
    return [name for name in job_nodes(job) if name in held]


def job_kwargs(submission, job: dict[str, Any], file: str = "jobs.db") -> dict[str, Any]:
    """Return what the probe is given for a job."""
    return {"db": submission.path(file), "ran": submission.path("ran.txt"), **job}


DO_NOT_START_OVER = "don't start over, neither with the input nor from a `checkpoint_id`"


def assert_job_ended(
    submission,
    job: dict[str, Any],
    seen: Any,
    case: str,
    saved: list[str],
    before: list[str],
    file: str = "jobs.db",
) -> None:
    """Expect the end of an undisturbed run, in what was returned and in the database, and nothing done in vain."""
    end, state = job_end(job), seen.get("returned")
    assert "empty" not in seen, (
        f"{case}, `run_to_end` raised `EmptyInputError`: nothing was saved for thread {job['job']!r}, so `invoke(None)` can't "
        "continue it. Ask the saver about this very id, and send the input"
    )
    assert isinstance(state, dict) and isinstance(state.get("log"), list), (
        f"{case}, `run_to_end` returned {state!r}: return the state at the end of the job"
    )
    log, again = state["log"], job_ran(submission)[len(before) :]
    missing = [name for name in end["log"][1:] if name not in log]
    assert not missing, (
        f"{case}, `run_to_end` called the job done, but {', '.join(missing[:2])} never ran: {why_left_out(seen)}"
    )
    twice = log.count(end["log"][0])
    assert twice, f"{case}, the input isn't in the state: if nothing was saved, send it again"
    assert twice == 1, (
        f"{case}, the input is in the state {twice} times instead of once: "
        "send it only if no checkpoint has it yet"
    )
    for name in dict.fromkeys(again):
        assert name not in saved, (
            f"{case}, {name!r} ran again, although its result was in the database: {DO_NOT_START_OVER}"
        )
    assert log == end["log"], (
        f"{case}, the state's `log` is {log} instead of {end['log']}, as in an undisturbed run: "
        "each node's result belongs in it once"
    )
    assert state.get("total") == end["total"], (
        f"{case}, `total` is {state.get('total')} and not {end['total']}: each node adds its amount once"
    )
    rows = evidence.checkpoints(submission.file(file), job["job"])
    assert rows and rows[-1].values.get("log") == end["log"], (
        f"{case}, the right state came back, but the newest checkpoint of thread {job['job']!r} doesn't have it: "
        "let the graph finish that thread, so its last checkpoint is saved too"
    )


def why_left_out(seen: dict[str, Any]) -> str:
    """Say what the thread still had to do when the learner's function got it."""
    tasks = ", ".join((seen.get("tasks") or [])[:2])
    if not tasks and seen.get("begun"):
        return "the thread had ended, and its state has their results, so return that state"
    if not tasks:
        return "this file has nothing of this thread, so the job is new, whatever has run elsewhere"
    if not seen["next"]:
        return (
            f"`next` was empty, but `tasks` had {tasks}. A job ends when none is left, whatever they returned"
        )
    return f"the thread's `tasks` still had {tasks}. `invoke(None, …)` runs what's left, and drops nothing"


@pytest.mark.exercise("resume_after_crash", points=1, rules=(1, 2))
def test_new_and_finished_jobs(submission):
    """A new job runs to its end, whatever others are called; a finished one is not run again."""
    stem, number = "order", submission.rng.randrange(100, 10**6)
    alike = [f"{stem}_{number}", f"{stem.upper()}-{number}", f"{stem}-{number}0", f"{stem}-{number // 10}"]
    alike += ["%", "*"]
    for name in (f"{stem}-{number}", *alike):  # in one file
        job = draw_job(submission.rng, [1] * submission.rng.choice([2, 3])) | {"job": name}
        before = job_ran(submission)
        seen = submission.observe(do_job, **job_kwargs(submission, job))
        case = f"when {name!r} was new" + (f" and {stem}-{number} had ended" if name in alike else "")
        assert_job_ended(submission, job, seen, case, [], before)
        before = job_ran(submission)
        seen = submission.observe(do_job, **job_kwargs(submission, job))
        again = f"when it was called once more for {name!r}, which had ended"
        assert_job_ended(submission, job, seen, again, job_nodes(job), before)
    job, before = draw_job(submission.rng, [1] * 3) | {"job": f"{stem}-{number}"}, job_ran(submission)
    for file in ("others.db", "more.db"):
        elsewhere = submission.path("first.db") if file == "more.db" else None
        seen = submission.observe(do_job, **job_kwargs(submission, job, file), elsewhere=elsewhere)
        case = f"when {job['job']!r} was new in another file than before"
        assert_job_ended(submission, job, seen, case, [], before, file)
        before = job_ran(submission)


ERRORS = [f"{kind}Error" for kind in ("Connection", "Type", "Attribute", "Key", "Index", "Value", "Runtime")]
ERRORS += ["OperationalError", "GraphRecursionError", "EmptyInputError"]


@pytest.mark.exercise("resume_after_crash", points=1, rules=(1, 4))
def test_node_that_raises(submission):
    """A node raises in two calls in a row, whatever it is: each time it comes out, and the next call goes on."""
    for kind in ERRORS:
        job = draw_job(submission.rng, [1] * 2)
        kwargs, name = job_kwargs(submission, job), job_nodes(job)[-1]
        why = "let out the first one, whatever it is. Keep `invoke` out of `try`, and the next call goes on"
        if kind == "EmptyInputError":
            why = "this one came from a graph that the node ran. Ask the saver, not the error, whether your thread is new"
        for number in (1, 2):
            earlier = job_ran(submission).count(name)
            seen = submission.observe(do_job, **kwargs, fails=name, error=kind)
            tries = job_ran(submission).count(name) - earlier
            assert tries or "returned" not in seen, (
                f"{name!r} hadn't run to its end, and call {number} called the job done without it: {why_left_out(seen)}"
            )
            assert "raised" in seen, (
                f"{name!r} raised `{kind}` in call {number}, and `run_to_end` returned {seen.get('returned')!r}: let out what "
                "a node raises, or the job counts as done"
            )
            assert tries == 1, (
                f"{name!r} raised `{kind}` in call {number}, and you ran it {tries} times before the error came out: {why}"
            )
        if kind not in {ERRORS[0], ERRORS[-1]}:
            continue
        before, saved = job_ran(submission), job_saved(submission, job)
        seen = submission.observe(do_job, **kwargs)
        case = f"after {name!r} had raised `{kind}` in two calls in a row"
        assert_job_ended(submission, job, seen, case, saved, before)


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
        seen = submission.observe(do_job, **job_kwargs(submission, job))
        assert_job_ended(submission, job, seen, f"after a kill {case}", [], before)


@pytest.mark.exercise("resume_after_crash", points=2, rules=(1, 2, 3), restarts=True)
def test_killed_in_the_middle_of_a_step(submission):
    """Killed when a node's result was saved and the checkpoint after it was not."""
    count = submission.rng.choice([4, 5])
    job, step = draw_job(submission.rng, [1] * count), submission.rng.randrange(1, count)
    submission.observe(
        do_job, **job_kwargs(submission, job), durability="sync", kill=["before put", step], dies=True
    )
    before, saved = job_ran(submission), job_saved(submission, job)
    seen = submission.observe(do_job, **job_kwargs(submission, job))
    case = f"after `graph.invoke` was killed between the result of {job_nodes(job)[step - 1]!r} and its checkpoint"
    assert_job_ended(submission, job, seen, case, saved, before)
