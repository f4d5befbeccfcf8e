"""Public tests of `drain_on_sigterm`."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from autograder.sandbox.http_server import Response
from autograder.testing import evidence

if TYPE_CHECKING:
    import random

    from autograder.sandbox.http_server import Request


DRAIN_NODES = ("check", "pack", "weigh", "send", "bill", "notify", "file")
DRAIN_GOODS = ("lamp", "kettle", "tent", "drill", "guitar", "printer", "saddle", "mirror", "ladder", "radio")


def work_through(work, url, db, jobs, nodes, silent=False, between=None):
    """Work through jobs. A node tells the backend when it begins and ends, and gets the SIGTERMs that it answers.

    Silent nodes return nothing, so a state may stay empty. With `between`, which is a number of a job and one of nodes, a
    SIGTERM comes when that job's thread is read after so many nodes have ended here.
    """
    import operator
    import os
    import signal
    import sqlite3
    import time
    from typing import Annotated, TypedDict
    from urllib.request import urlopen

    from langgraph.checkpoint.sqlite import SqliteSaver
    from langgraph.graph import START, StateGraph

    fields = {"order": str} if silent else {"order": str, "done": Annotated[list, operator.add]}
    State = TypedDict("State", fields, total=False)

    def tell(*what):
        return urlopen(f"{url}/{'/'.join(what)}").read().decode()

    def stop(order, name):
        blocked = signal.SIGTERM in signal.pthread_sigmask(signal.SIG_BLOCK, ())
        handler = signal.getsignal(signal.SIGTERM)
        if handler == signal.SIG_DFL and not blocked:
            # What would end any other process does nothing to a container's first one.
            tell(order, name, "died")
            os.kill(os.getpid(), signal.SIGKILL)
        if handler == signal.SIG_IGN:
            tell(order, name, "ignored")
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(0.05)

    def node(name):
        def run(state):
            order = state.get("order", "nothing")
            for word in tell(order, name, "begins").split():
                if word == "ERROR":
                    raise ConnectionError("no answer")
                stop(order, name)
            tell(order, name, "ends")
            ended.append(order)
            return {} if silent else {"done": [name]}

        return run

    ended, sent = [], []

    class Saver(SqliteSaver):
        def get_tuple(self, config):
            found = super().get_tuple(config)
            if between and not sent:
                thread, order = jobs[between[0]]
                if len(ended) == between[1] and thread_of(config) == thread:
                    sent.append(True)
                    tell(order, "none", "stopped")
                    stop(order, "none")
            return found

    def thread_of(config):
        return config["configurable"]["thread_id"]

    builder = StateGraph(State)
    for name in nodes:
        builder.add_node(name, node(name))
    for before, after in zip([START, *nodes], nodes, strict=False):
        builder.add_edge(before, after)
    graph = builder.compile(checkpointer=Saver(sqlite3.connect(db, check_same_thread=False)))
    mask = signal.pthread_sigmask

    def masked(how, signals):
        """Die of a signal that was held back, as any other process would."""
        freed = how != signal.SIG_BLOCK and (how == signal.SIG_UNBLOCK) == (signal.SIGTERM in signals)
        pending = signal.SIGTERM in signal.sigpending() and signal.getsignal(signal.SIGTERM) == signal.SIG_DFL
        if freed and pending:
            raise SystemExit(-signal.SIGTERM)
        return mask(how, signals)

    signal.pthread_sigmask = masked
    try:
        work(graph, {thread: {"order": order} if order != "nothing" else {} for thread, order in jobs})
    except SystemExit as end:
        return {"status": end.code or 0}
    except Exception as error:
        if type(error).__name__ not in ("GraphDrained", "ConnectionError"):
            raise
        return {"status": type(error).__name__}
    return {"status": 0}


def draw_jobs(rng: random.Random, count: int, nodes: int) -> dict[str, Any]:
    """Draw jobs, as pairs of a thread and what is ordered, and the nodes that each goes through."""
    goods = rng.sample(DRAIN_GOODS, count)
    numbers = rng.sample(range(1000, 10_000), count)
    jobs = [(f"order-{number}", thing) for number, thing in zip(numbers, goods, strict=True)]
    return {"jobs": jobs, "nodes": rng.sample(DRAIN_NODES, nodes)}


class Drained:
    """The backend that the nodes tell what they do: the ledger, and who sends SIGTERM when."""

    def __init__(self, submission: Any, drawn: dict[str, Any], *stops: tuple[str, str]) -> None:
        self.submission, self.drawn, self.stops = submission, drawn, list(stops)
        self.db = "orders.db"
        self.signals = 1  #: how many SIGTERMs come at each stop
        self.raises: tuple[str, str] | None = None  #: where a node raises, once
        self.told: list[tuple[str, str, str]] = []  #: what was ordered, node, what happened
        self.stopped: list[int] = []  #: at which places of `told` SIGTERM was sent
        self.backend = submission.serve(self.answer)

    def answer(self, request: Request) -> Response:
        order, node, what = request.path.strip("/").split("/")
        self.told.append((order, node, what))
        body = ""
        if what == "begins" and (order, node) in self.stops:
            self.stops.remove((order, node))
            self.stopped.append(len(self.told))
            body = "SIGTERM " * self.signals
        if what == "begins" and (order, node) == self.raises:
            self.raises = None
            body += "ERROR"
        return Response(body=body)

    def work(self, *, restart: bool = True) -> Any:
        """Have a process work, a new one unless told otherwise; return its status, `None` where it died."""
        if restart:
            self.submission.restart()  # a handler that was installed before would listen still
        self.told.clear()
        seen = self.submission.observe(
            work_through, dies=True, url=self.backend.url, db=self.submission.path(self.db), **self.drawn
        )
        return seen and seen["status"]

    def nodes(self, what: str) -> list[tuple[str, str]]:
        """Return which nodes began, or ended, in this process."""
        return [(order, node) for order, node, happened in self.told if happened == what]


def assert_drained(
    drained: Drained, status: Any, at: tuple[str, str], *, stopped_before: bool = False
) -> None:
    """Expect the node that got SIGTERM to have ended, no other to have begun, and status 0.

    With `stopped_before`, an earlier call in this process passed this.
    """
    order, node = at
    where = f"SIGTERM came while `{node}` of {order} ran"
    assert at in drained.nodes("begins"), (
        f"`{node}` of {order} never began, so no SIGTERM could come: run each job to its end, in their order"
    )
    assert not drained.nodes("died"), (
        f"{where}, and nothing in your process listened, or no longer: it's killed in the middle of the node. Install a "
        "handler with `signal.signal`, for LangGraph has none, and leave it in place after the first signal"
    )
    assert at in drained.nodes("ends"), (
        f"{where}, and the node was cut short: a handler that exits or raises does so inside the node. Let it ask for a "
        "stop, and end the run between two nodes"
    )
    after = drained.nodes("begins")[drained.nodes("begins").index(at) + 1 :]
    mine = [name for other, name in after if other == order]
    assert not mine or not drained.nodes("ignored"), (
        f"{where}, and your process ignored it, so {mine[0]!r} began: what set `SIG_IGN` after an earlier signal did so for good; "
        "install your handler in each call"
    )
    assert not mine or not stopped_before, (
        f"{where}, and {len(mine)} more of its nodes ran, {mine[0]!r} first, though an earlier call in this process had stopped "
        "rightly: install your handler in each call, and let it stop that call's run"
    )
    assert not mine, (
        f"{where}, and {len(mine)} more of its nodes ran, {mine[0]!r} first: your code looks at what the handler set "
        "only between jobs, or not at all. The run itself must stop, between two nodes"
    )
    assert not after, (
        f"{where}, the last of its job, and `{after[0][1]}` of the next job began: the run had nothing left to "
        "stop, so what remembers the SIGTERM must outlive it"
    )
    assert status is not None, (
        f"{where}, and the process was gone before `work` came back: return, or call `sys.exit(0)`"
    )
    assert status != "GraphDrained", (
        f"{where}, the run stopped as it should, and then `GraphDrained` came out of `work`: that's a traceback "
        "and status 1, so a crash to whoever restarts it. Catch it, and end with status 0"
    )
    assert status == 0, (
        f"{where}, and the process ended with status {status}, not 0: whoever restarts it takes that for a crash"
    )


def assert_worked_once(
    drained: Drained, earlier: list[tuple[str, str]], status: Any, since: str = "the restart"
) -> None:
    """Expect everything that was left to have been done now, and nothing twice."""
    orders = [order for _, order in drained.drawn["jobs"]]
    wanted = [(order, node) for order in orders for node in drained.drawn["nodes"]]
    again = [one for one in drained.nodes("begins") if one in earlier]
    assert not again, (
        f"`{again[0][1]}` of {again[0][0]} had ended before {since}, and ran again after it: an input that's sent to a "
        "thread begins the graph anew. `None` goes on with it, and a finished thread needs neither"
    )
    counts = Counter(drained.nodes("begins"))
    twice = [one for one in counts if counts[one] > 1]
    assert not twice, (
        f"`{twice[0][1]}` of {twice[0][0]} ran {counts[twice[0]]} times in one process: run each job once, and let LangGraph go on "
        "where it stopped"
    )
    done = earlier + drained.nodes("ends")
    missing = [one for one in wanted if one not in done]
    assert not missing, (
        f"after {since} `{missing[0][1]}` of {missing[0][0]} never ran: go on with each thread that has a task left, "
        "and begin each that has no checkpoint, whatever its input is"
    )
    assert done == wanted, (
        "the jobs weren't done one after another, in the order of `jobs`: go through `jobs` as it is, and finish each job before "
        "the next"
    )
    assert status == 0, f"with all jobs done, `work` ended with status {status}, not 0: let it return"


def assert_jobs_saved(drained: Drained) -> None:
    """Expect each thread's newest checkpoint to hold all that was done, once."""
    path = drained.submission.file(drained.db)
    for thread, order in drained.drawn["jobs"]:
        rows = evidence.checkpoints(path, thread)
        held = rows[-1].values.get("done") if rows else None
        assert held == drained.drawn["nodes"], (
            f"the newest checkpoint of thread {thread!r} says that {held} were done for {order}, not each node once: "
            "run each job in the thread that `jobs` names, with the graph that you are given"
        )


@pytest.mark.exercise("drain_on_sigterm", points=2, restarts=True, needs=("server",), rules=(2, 3))
def test_sigterm_in_a_node(submission):
    """SIGTERM while a node runs: it ends, no other begins, and the status is 0."""
    drawn = draw_jobs(submission.rng, 2, 3)
    at = (drawn["jobs"][0][1], drawn["nodes"][submission.rng.choice([0, 1])])
    drained = Drained(submission, drawn, at)
    assert_drained(drained, drained.work(), at)


@pytest.mark.exercise("drain_on_sigterm", points=2, restarts=True, needs=("server",), rules=(1, 4))
def test_nothing_is_repeated(submission):
    """After the restart the jobs go on: each node of each job runs once."""
    drawn = draw_jobs(submission.rng, 3, 3)
    drawn["jobs"].sort(reverse=True)  # no order but that of `jobs` is right
    at = (drawn["jobs"][1][1], drawn["nodes"][submission.rng.choice([0, 1])])
    drained = Drained(submission, drawn, at)
    assert_drained(drained, drained.work(), at)
    earlier = drained.nodes("ends")
    assert_worked_once(drained, earlier, drained.work())
    assert_jobs_saved(drained)


@pytest.mark.exercise("drain_on_sigterm", points=1, restarts=True, needs=("server",), rules=(2, 3, 4))
def test_sigterm_in_the_last_node_of_a_job(submission):
    """SIGTERM during the last node of a job: no node of the next job begins."""
    drawn = draw_jobs(submission.rng, 2, 2)
    at = (drawn["jobs"][0][1], drawn["nodes"][-1])
    drained = Drained(submission, drawn, at)
    assert_drained(drained, drained.work(), at)
    earlier = drained.nodes("ends")
    assert_worked_once(drained, earlier, drained.work())
    assert_jobs_saved(drained)
    order = drawn["jobs"][0][1]
    drained = Drained(submission, {**drawn, "between": [1, len(drawn["nodes"])]})
    drained.db = "between.db"
    status = drained.work(restart=False)
    assert drained.told, (
        "another queue has a saver of its own and the same thread ids, and none of its nodes ran: ask the thread what's done, and "
        "let nothing of an earlier call say so"
    )
    assert_nothing_more(
        drained, status, order, "SIGTERM came between two jobs, while the second thread was read"
    )
    drained.drawn["between"] = [0, 0]  # in a later call, at the first job, which is done
    status = drained.work()
    assert_nothing_more(drained, status, order, "SIGTERM came while the thread of a finished job was read")


def assert_nothing_more(drained: Drained, status: Any, order: str, what: str) -> None:
    """Expect no node of another job than this one to have begun, if a SIGTERM came between two nodes."""
    if not drained.nodes("stopped"):  # then the thread wasn't read where it was to come
        return
    assert not drained.nodes("died"), (
        f"{what}, and nothing in your process listened, or no longer: it's killed there, so install a handler before the first job, and leave it in "
        "place after each"
    )
    others = [one for one in drained.nodes("begins") if one[0] != order]
    assert not others, (
        f"{what}, and `{others[0][1]}` of {others[0][0]} ran all the same: a run that was over, or none, was told of it, so let the "
        "handler set what every later run looks at"
    )
    assert status == 0, f"{what}, and `work` ended with status {status}, not 0: return, or call `sys.exit(0)`"
