"""Public tests of module 02: failure, retry, resume."""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING, Any

import pytest

from autograder import evidence
from autograder.outcomes import LearnerError
from autograder.server import Response

if TYPE_CHECKING:
    import random

    from autograder.server import Request


# --- resume_after_crash ------------------------------------------------------------------------------

JOB_NODES = ("load", "clean", "match", "price", "tax", "rank", "pack", "sign", "send", "file")


def do_job(run_to_end, db, ran, job, stages, first, durability=None, kill=None, fails=None):
    """Run a job in a graph of our own: by the learner's function, or as a program does that may be killed."""
    import operator
    import os
    import signal
    import sqlite3
    import threading
    from pathlib import Path
    from typing import Annotated, TypedDict

    from langgraph.checkpoint.sqlite import SqliteSaver
    from langgraph.graph import START, StateGraph

    class State(TypedDict):
        log: Annotated[list, operator.add]
        total: Annotated[int, operator.add]

    place, at = kill or (None, None)
    sizes = [1, *map(len, stages)]
    written, changed = {}, threading.Condition()

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
            if place == "after put" and metadata["step"] == at:
                die()
            return saved

    def node(name, amount):
        def run(state):
            with Path(ran).open("a") as file:
                file.write(f"{name}\n")
            if name == fails:
                raise ConnectionError(f"{name} cannot reach its server")
            if place == "in node" and name == at:
                die()
            return {"log": [name], "total": amount}

        return run

    builder, before = StateGraph(State), START
    for stage in stages:
        for name, amount in stage.items():
            builder.add_node(name, node(name, amount)).add_edge(before, name)
        before = list(stage) if len(stage) > 1 else next(iter(stage))
    connection = sqlite3.connect(db, check_same_thread=False)
    graph = builder.compile(checkpointer=DyingSaver(connection))
    if durability is None:
        return run_to_end(graph, job, first)
    try:
        return graph.invoke(first, {"configurable": {"thread_id": job}}, durability=durability)
    except ConnectionError:
        return None


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
    return {"log": [*job["first"]["log"], *job_nodes(job)], "total": total}


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
        f"{case}, `run_to_end` called the job done, and {', '.join(missing)} had never run: an empty `next` also means "
        "that a step is half committed, its results saved and its checkpoint not; what does `tasks` of the snapshot say?"
    )
    twice = log.count(end["log"][0])
    assert twice, f"{case}, the input is not in the state: where nothing was saved, it has to be sent again"
    assert twice == 1, (
        f"{case}, the input is in the state {twice} times instead of once: "
        "send it where no checkpoint holds it yet, and only there"
    )
    for name in dict.fromkeys(again):
        assert name not in saved, (
            f"{case}, {name!r} ran again, although its result was in the database: "
            "go on from what is saved, and do not start anew"
        )
    assert log == end["log"], (
        f"{case}, the state's `log` is {log}, after an undisturbed run it is {end['log']}: "
        "each node's result belongs in it once"
    )
    assert state.get("total") == end["total"], (
        f"{case}, `total` is {state.get('total')} and not {end['total']}: each node adds its amount once"
    )
    rows = evidence.checkpoints(submission.file("jobs.db"), job["job"])
    assert rows and rows[-1].values.get("log") == end["log"], (
        f"{case}, the right state came back, but the newest checkpoint of thread {job['job']!r} does not hold it: "
        "let the graph finish that thread, so that its last checkpoint is saved, too"
    )


@pytest.mark.exercise("resume_after_crash", points=1)
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


@pytest.mark.exercise("resume_after_crash", points=1, restarts=True)
def test_killed_before_the_first_node(submission):
    """Killed before the input was saved, or right after it."""
    places = {"before its input was saved": "before put", "right after its input was saved": "after put"}
    for case, place in places.items():
        job = draw_job(submission.rng, [1] * 3)
        submission.observe(do_job, **job_kwargs(submission, job), kill=[place, -1], dies=True)
        before = job_ran(submission)
        state = submission.observe(do_job, **job_kwargs(submission, job))
        assert_job_ended(submission, job, state, f"after a kill {case}", [], before)


@pytest.mark.exercise("resume_after_crash", points=2, restarts=True)
def test_killed_in_the_middle_of_a_step(submission):
    """Killed when a node's result was saved and the checkpoint after it was not."""
    count = submission.rng.choice([4, 5])
    job, step = draw_job(submission.rng, [1] * count), submission.rng.randrange(1, count)
    submission.observe(
        do_job, **job_kwargs(submission, job), durability="sync", kill=["before put", step], dies=True
    )
    before, saved = job_ran(submission), job_saved(submission, job)
    state = submission.observe(do_job, **job_kwargs(submission, job))
    case = f"after a kill between the result of {job_nodes(job)[step - 1]!r} and the checkpoint that was to hold it"
    assert_job_ended(submission, job, state, case, saved, before)


# --- one_effect_per_order ----------------------------------------------------------------------------

PATHS = ("charges", "shipments")


def fulfil(build_fulfilment, db, url, thread, order, cents, durability="sync", replay=None):
    """Send an order through the graph, resume it, or run its thread again from the checkpoint before a node."""
    from langgraph.checkpoint.sqlite import SqliteSaver

    config = {"configurable": {"thread_id": thread}}
    with SqliteSaver.from_conn_string(db) as saver:
        graph = build_fulfilment(saver, url)
        if not hasattr(graph, "get_state"):
            return {"no graph": type(graph).__name__}
        if replay:
            history = list(graph.get_state_history(config))
            old = [snapshot for snapshot in history if replay in snapshot.next]
            if not old:
                return {"no node": replay}
            return graph.invoke(None, old[0].config)
        snapshot = graph.get_state(config)
        return graph.invoke(
            None if snapshot.tasks else {"order": order, "cents": cents}, config, durability=durability
        )


class Provider:
    """Charges and ships, and notes it. Fails once at a path, in a way of our choice."""

    def __init__(self, submission, fails: dict[str, str] | None = None) -> None:
        self.submission, self.fails = submission, dict(fails or {})
        self.effects: list[tuple[str, str, int | None]] = []  # path, order, cents
        self.answers: list[dict[str, str]] = []  # to each of them
        self.refused: list[tuple[str, str, str]] = []  # key, path, order
        self._known: dict[str, tuple[str, Any, dict[str, str]]] = {}
        self._lock = threading.Lock()
        self.server = submission.serve(self.answer)

    def answer(self, request: Request) -> Response:
        """Carry out what is asked, unless its key is known."""
        path, body, key = request.path.strip("/"), request.json, key_of(request)
        if request.method != "POST" or path not in PATHS or not isinstance(body, dict) or "order" not in body:
            return Response(status=400, body={"error": "POST an order, as JSON, to /charges or /shipments"})
        with self._lock:
            fails = self.fails.pop(path, None)
            if fails == "busy":
                return Response(status=503, body={"error": "busy"})
            if fails == "killed before":
                self.submission.kill()
                return Response(reset=True)
            answer = self._note(path, body, key)
            if fails == "killed after":
                self.submission.kill()
            if fails in ("killed after", "cut after"):
                return Response(reset=True)
            return Response(body=answer) if answer else Response(status=409, body={"error": "key in use"})

    def _note(self, path: str, body: dict[str, Any], key: str | None) -> dict[str, str] | None:
        if key in self._known:
            of, known, answer = self._known[key]
            if (of, known) == (path, body):
                return answer
            self.refused.append((key, path, body["order"]))
            return None
        answer = {("receipt" if path == "charges" else "parcel"): f"{path[0]}{self.submission.rng.random()}"}
        self.effects.append((path, body["order"], body.get("cents")))
        self.answers.append(answer)
        if key:
            self._known[key] = path, body, answer
        return answer

    def keys(self, path: str, order: str) -> list[str | None]:
        """Return the keys of all requests for an effect."""
        return [key_of(r) for r in self.server.requests if r.path == f"/{path}" and r.json["order"] == order]


def key_of(request: Request) -> str | None:
    """Return the idempotency key of a request."""
    return {name.lower(): value for name, value in request.headers.items()}.get("idempotency-key") or None


def draw_purchase(rng: random.Random) -> dict[str, Any]:
    """Draw an order, and the thread that it is placed in."""
    return {
        "thread": f"customer-{rng.randrange(10**6)}",
        "order": f"o-{rng.randrange(10**6)}",
        "cents": rng.randrange(100, 10**5),
    }


def ordered(
    submission, provider: Provider, order: dict[str, Any], *, fails: bool = False, **more: Any
) -> Any:
    """Send an order through the learner's graph; where `fails`, its process or its run may end before."""
    try:
        seen = submission.observe(
            fulfil,
            db=submission.path("orders.db"),
            url=provider.server.url,
            dies=fails,
            **{**order, **more},
        )
    except LearnerError:
        assert_keys_differ(provider)
        if fails:
            return None
        raise
    if isinstance(seen, dict):
        kind, node = seen.get("no graph"), seen.get("no node")
        assert kind is None, (
            f"`build_fulfilment` returned a value of type {kind}, not a compiled graph: "
            "return what `builder.compile(checkpointer=saver)` gives"
        )
        assert node is None, (
            f"no checkpoint of the thread stands before a node {node!r}: give the nodes the names asked for"
        )
    return seen


def assert_keys_differ(provider: Provider) -> None:
    """Expect that no key was used for two different requests."""
    for key, path, order in provider.refused:
        raise AssertionError(
            f"the key {key!r} came again with another request, /{path} for {order}, and was refused with 409: "
            "a key names one effect, so make it from the order and from what is done with it"
        )


def assert_one_effect(provider: Provider, order: dict[str, Any], case: str) -> None:
    """Expect the ledger to hold one charge and one shipment of an order."""
    assert_keys_differ(provider)
    for path in PATHS:
        found = [effect for effect in provider.effects if effect[:2] == (path, order["order"])]
        keys = provider.keys(path, order["order"])
        what = f"{case}, the provider's ledger has {len(found)} {path} of order {order['order']}"
        assert keys, f"{what}, and was never asked for one: POST to /{path} in the node that is to do it"
        assert found, (
            f"{what}, and no request after the one that failed: "
            "is a note that it is done made before it is done, or an error taken for an answer?"
        )
        assert len(found) == 1 or all(keys), (
            f"{what}: it was asked {len(keys)} times and given no `Idempotency-Key`; a checkpoint is saved "
            "after the call, so it cannot tell whether a call that was cut off had its effect"
        )
        assert len(found) == 1, (
            f"{what}: it was asked with {len(set(keys))} different keys, such as {keys[0]!r} and {keys[-1]!r}; "
            "a key must come out the same whenever the same order is sent, so make it from the order alone"
        )
        cents = order["cents"] if path == "charges" else found[0][2]
        assert found[0][2] == cents, f"{case}, {found[0][2]} cents were charged and not {cents}"


def assert_answers_kept(provider: Provider, order: dict[str, Any], state: Any, case: str) -> None:
    """Expect the state to hold what the provider answered."""
    for effect, answer in zip(provider.effects, provider.answers, strict=True):
        ((name, value),) = answer.items()
        if effect[1] == order["order"]:
            assert isinstance(state, dict) and state.get(name) == value, (
                f"{case}, the provider gave {name} {value!r}, but the state is {state}: save what it answers"
            )


@pytest.mark.exercise("one_effect_per_order", points=1, needs=("server",))
def test_each_order_has_its_effects(submission):
    """Each order is charged and shipped once, two orders of one customer as well."""
    provider, first = Provider(submission), draw_purchase(submission.rng)
    second = {**draw_purchase(submission.rng), "thread": first["thread"], "cents": first["cents"]}
    for number, order in enumerate([first, second, draw_purchase(submission.rng)], 1):
        state = ordered(submission, provider, order)
        case = f"after order {number} of 3"
        assert_one_effect(provider, order, case)
        assert_answers_kept(provider, order, state, case)


@pytest.mark.exercise("one_effect_per_order", points=2, needs=("server",), restarts=True)
def test_killed_after_the_charge(submission):
    """Killed when the provider had charged, and before the answer arrived."""
    provider, order = Provider(submission, {"charges": "killed after"}), draw_purchase(submission.rng)
    assert ordered(submission, provider, order, fails=True) is None and provider.effects, (
        "the run ended without a charge: POST to /charges in the node `charge`"
    )
    state = ordered(submission, provider, order)
    case = "after a kill between the charge and its answer, and the resume"
    assert_one_effect(provider, order, case)
    assert_answers_kept(provider, order, state, case)


@pytest.mark.exercise("one_effect_per_order", points=1, needs=("server",))
def test_replayed(submission):
    """A finished order is replayed from an old checkpoint, for debugging."""
    provider, order = Provider(submission), draw_purchase(submission.rng)
    ordered(submission, provider, order)
    node = submission.rng.choice(["charge", "__start__"])
    state = ordered(submission, provider, order, replay=node)
    case = f"after a replay from the checkpoint before {node!r}"
    assert_one_effect(provider, order, case)
    assert_answers_kept(provider, order, state, case)


# --- circuit_breaker ---------------------------------------------------------------------------------


def use_desk(build_desk, db, breaker, url, now, limit, cooldown, users, takes=0, at_once=False):
    """Let each user ask in a thread of their own, at a time of ours; return what their runs gave."""
    import sqlite3
    import threading
    import urllib.request
    from concurrent.futures import ThreadPoolExecutor
    from contextlib import suppress
    from functools import partial
    from time import sleep
    from unittest.mock import patch

    from langgraph.checkpoint.sqlite import SqliteSaver

    class SlowConnection(sqlite3.Connection):
        """Takes its time before a transaction, as on a busy machine: others come in between."""

        def execute(self, *args):
            if not self.in_transaction:
                sleep(0.02)
            return super().execute(*args)

    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    time, meeting = [now], threading.Barrier(len(users) if at_once else 1)

    def ask(question):
        try:
            with opener.open(url, question.encode(), timeout=20) as response:
                return response.read().decode()
        finally:
            time[0] += takes

    def clock():
        seen = time[0]
        with suppress(threading.BrokenBarrierError):
            meeting.wait(0.1)  # those who look at the clock before they hold their turn meet here
        return seen

    connection = sqlite3.connect(db, check_same_thread=False)
    connection.execute("pragma synchronous = off")
    graph = build_desk(SqliteSaver(connection), breaker, ask, clock, limit, cooldown)
    if not hasattr(graph, "get_state"):
        return {"no graph": type(graph).__name__}

    def run(user):
        state = graph.invoke({"question": f"{user}?"}, {"configurable": {"thread_id": user}})
        return [state.get("outcome"), state.get("answer")]

    if not at_once:
        return [run(user) for user in users]
    slow = patch("sqlite3.connect", partial(sqlite3.connect, factory=SlowConnection))
    with slow, ThreadPoolExecutor(len(users)) as pool:
        return list(pool.map(run, users))


class Desk:
    """Processes that share a breaker, and the backend that they ask."""

    def __init__(self, submission) -> None:
        rng = submission.rng
        self.submission, self.now = submission, float(rng.randrange(10**6) * 1000)
        self.limit, self.cooldown = rng.randrange(3, 6), rng.randrange(20, 90)
        self.up, self.kills = False, False
        self.together, self.patience = threading.Barrier(1), 0.0
        self.process, self.file = 1, f"backend-{rng.randrange(1000)}"
        self.server = submission.serve(self.answer)

    def answer(self, request: Request) -> Response:
        """Answer as the backend does, when those who are to meet have met."""
        with contextlib.suppress(threading.BrokenBarrierError):
            self.together.wait(self.patience)
        if self.kills:
            self.submission.kill()
            return Response(reset=True)
        return Response(body=f"to {request.body.decode()}") if self.up else Response(status=503)

    @property
    def asked(self) -> int:
        return len(self.server.requests)

    def restart(self) -> None:
        """Go on in a new process, which has checkpoints of its own."""
        self.submission.restart()
        self.process += 1

    def run(
        self, count: int, *, meet: int = 1, wait: float = 0, dies: bool = False, **more: Any
    ) -> list[Any]:
        """Let so many users ask, each for the first time; return the outcomes.

        The backend answers when `meet` requests are there, or after `wait` seconds.
        """
        users = [f"user-{self.submission.rng.randrange(10**9)}" for _ in range(count)]
        first = not self.asked
        self.together, self.patience = threading.Barrier(meet), wait
        seen = self.submission.observe(
            use_desk,
            db=self.submission.path(f"worker-{self.process}.db"),
            breaker=self.submission.path(self.file),
            url=self.server.url,
            now=self.now,
            limit=self.limit,
            cooldown=self.cooldown,
            users=users,
            dies=dies,
            **more,
        )
        if seen is None:
            return []
        kind = seen.get("no graph") if isinstance(seen, dict) else None
        assert kind is None, (
            f"`build_desk` returned a value of type {kind}, not a compiled graph: "
            "return what `builder.compile(checkpointer=saver)` gives"
        )
        for user, (outcome, answer) in zip(users, seen, strict=True):
            right = f"to {user}?" if outcome == "answered" else None
            assert outcome in ("answered", "failed", "refused") and answer == right, (
                f"a run ended with outcome {outcome!r} and answer {answer!r}: the outcome is one of the three in "
                "the table, with the backend's text as the answer where it answered, and None elsewhere"
            )
        outcomes = [outcome for outcome, _ in seen]
        assert not first or outcomes[0] != "refused", (
            "there was no file `breaker` yet, so the breaker was closed, and the first run was refused all the same: "
            "what it knows must lie in that file, and not in a variable that outlives it"
        )
        return outcomes

    def open(self) -> None:
        """Let the backend fail as often as is needed."""
        seen = self.run(self.limit)
        assert seen == ["failed"] * self.limit, (
            f"the backend is down, and the first {self.limit} runs ended as {seen}: "
            f"up to {self.limit} failures in a row the breaker is closed, and each run asks"
        )


@pytest.mark.exercise("circuit_breaker", points=1, needs=("server",))
def test_opens_for_all_users(submission):
    """It opens after failures in a row, for all users; a success between them starts the count anew."""
    desk = Desk(submission)
    failures = desk.run(desk.limit - 1)
    desk.up = True
    success = desk.run(1)
    assert success == ["answered"], (
        f"after {desk.limit - 1} failures of {desk.limit} the backend was up again, and a run ended as {success[0]!r}: "
        "the breaker is to be closed still"
    )
    desk.up = False
    failures += desk.run(desk.limit - 1)
    assert set(failures) == {"failed"}, (
        f"{desk.limit - 1} failures, a success, {desk.limit - 1} failures, with a limit of {desk.limit}: one of the "
        "runs was refused, but a success starts the count anew"
    )
    desk.run(1)
    before = desk.asked
    seen = desk.run(3)
    assert desk.asked == before, (
        f"{desk.limit} users in a row had seen the backend fail, and {desk.asked - before} of the next 3 asked it all "
        "the same: kept in a thread's state, each thread counts for itself; the breaker belongs to the backend"
    )
    assert seen == ["refused"] * 3, f"runs that did not ask ended as {seen}: their outcome is 'refused'"


@pytest.mark.exercise("circuit_breaker", points=2, needs=("server",), restarts=True)
def test_open_in_three_processes(submission):
    """Three processes count together, and stay open together."""
    desk = Desk(submission)
    desk.restart()  # a process in which no test has run
    desk.run(desk.limit - 1)
    desk.restart()
    seen = desk.run(3)
    lost = "what the first process knew was lost with the process; keep it in the file"
    assert desk.asked == desk.limit, (
        f"{desk.limit - 1} runs of one process failed, then 3 of the next ended as {seen}, so {desk.asked} calls came "
        f"through with a limit of {desk.limit}: {lost}"
    )
    desk.restart()
    desk.now += desk.cooldown - 1
    seen = desk.run(2)
    assert desk.asked == desk.limit and seen == ["refused"] * 2, (
        f"the breaker had opened {desk.cooldown - 1} s ago, for {desk.cooldown} s, and runs of a new process ended as "
        f"{seen}: that it is open, and until when, must be in the file, in the time that `clock` tells"
    )
    before, desk.file = desk.asked, f"{desk.file}-of-another"
    desk.run(1)
    assert desk.asked > before, (
        "with another file `breaker`, for another backend, the first run was refused: "
        "each file is a breaker of its own, so keep what you know in the file that you are given"
    )


@pytest.mark.exercise("circuit_breaker", points=1, needs=("server",))
def test_one_probe(submission):
    """After the cooldown one probe is let through, and what it meets decides."""
    desk = Desk(submission)
    desk.open()
    desk.now += desk.cooldown
    assert_one_probe(desk)
    desk.now += desk.cooldown
    desk.up = True
    seen = desk.run(4)
    assert seen == ["answered"] * 4, (
        f"the probe of the next cooldown was answered, and it and the three runs after it ended as {seen}: "
        "a probe that is answered closes the breaker"
    )


def assert_one_probe(desk: Desk) -> None:
    """Expect that one of several runs asks, where a probe is due. It fails, so that the next has to wait again."""
    before = desk.asked
    seen = desk.run(4, meet=2, wait=0.6, at_once=True)
    probes = desk.asked - before
    assert probes, (
        f"{desk.cooldown} s after it had opened, for {desk.cooldown} s, 4 runs ended as {seen}: the first is to ask"
    )
    assert probes == 1, (
        f"the cooldown was over, 4 runs came at once, and {probes} of them asked: one is the probe, which takes "
        "that place in the same transaction in which it finds it free, and the others are refused meanwhile"
    )
