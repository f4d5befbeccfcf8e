"""Public tests of module 03: the production pattern."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from autograder import evidence
from autograder.outcomes import TimedOut
from autograder.server import Response

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence

    from autograder.server import Request

# --- drain_on_sigterm --------------------------------------------------------------------------------

DRAIN_NODES = ("check", "pack", "weigh", "send", "bill", "notify", "file")
DRAIN_GOODS = ("lamp", "kettle", "tent", "drill", "guitar", "printer", "saddle", "mirror", "ladder", "radio")


def work_through(work, url, db, jobs, nodes):
    """Work through jobs. A node tells the backend when it begins and ends, and is sent SIGTERM if that says so."""
    import operator
    import os
    import signal
    import sqlite3
    import time
    from typing import Annotated, TypedDict
    from urllib.request import urlopen

    from langgraph.checkpoint.sqlite import SqliteSaver
    from langgraph.graph import START, StateGraph

    class State(TypedDict, total=False):
        order: str
        done: Annotated[list, operator.add]

    def tell(*what):
        return urlopen(f"{url}/{'/'.join(what)}").read().decode()

    def node(name):
        def run(state):
            if tell(state["order"], name, "begins") == "SIGTERM":
                blocked = signal.SIGTERM in signal.pthread_sigmask(signal.SIG_BLOCK, ())
                if signal.getsignal(signal.SIGTERM) == signal.SIG_DFL and not blocked:
                    # What would end any other process does nothing to a container's first one.
                    tell(state["order"], name, "died")
                    os.kill(os.getpid(), signal.SIGKILL)
                os.kill(os.getpid(), signal.SIGTERM)
                time.sleep(0.15)
            tell(state["order"], name, "ends")
            return {"done": [name]}

        return run

    builder = StateGraph(State)
    for name in nodes:
        builder.add_node(name, node(name))
    for before, after in zip([START, *nodes], nodes, strict=False):
        builder.add_edge(before, after)
    graph = builder.compile(checkpointer=SqliteSaver(sqlite3.connect(db, check_same_thread=False)))
    try:
        work(graph, {thread: {"order": order} for thread, order in jobs})
    except SystemExit as end:
        return {"status": end.code or 0}
    except Exception as error:
        if type(error).__name__ != "GraphDrained":
            raise
        return {"status": "GraphDrained"}
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
        self.told: list[tuple[str, str, str]] = []  #: what was ordered, node, what happened
        self.stopped: list[int] = []  #: at which places of `told` SIGTERM was sent
        self.backend = submission.serve(self.answer)

    def answer(self, request: Request) -> Response:
        order, node, what = request.path.strip("/").split("/")
        self.told.append((order, node, what))
        if what == "begins" and (order, node) in self.stops:
            self.stops.remove((order, node))
            self.stopped.append(len(self.told))
            return Response(body="SIGTERM")
        return Response()

    def work(self) -> Any:
        """Have the learner's process work; return its status, `None` where it died."""
        self.told.clear()
        seen = self.submission.observe(
            work_through, dies=True, url=self.backend.url, db=self.submission.path("orders.db"), **self.drawn
        )
        return seen and seen["status"]

    def nodes(self, what: str) -> list[tuple[str, str]]:
        """Return which nodes began, or ended, in this process."""
        return [(order, node) for order, node, happened in self.told if happened == what]


def assert_drained(drained: Drained, status: Any, at: tuple[str, str]) -> None:
    """Expect the node that got SIGTERM to have ended, no other to have begun, and status 0."""
    order, node = at
    where = f"SIGTERM came while `{node}` of {order} ran"
    assert at in drained.nodes("begins"), (
        f"`{node}` of {order} never began, so no SIGTERM could come: run each job to its end, in their order"
    )
    assert not drained.nodes("died"), (
        f"{where}, and nothing in your process listened: it is gone without a word, or if it is the first of its "
        "container it runs on until SIGKILL; LangGraph installs no handler, so install one with `signal.signal`"
    )
    assert at in drained.nodes("ends"), (
        f"{where}, and the node was cut short in the middle: a handler that raises, as `sys.exit` does, raises "
        "inside the node; let it ask for a stop, and let the run end between two nodes"
    )
    after = drained.nodes("begins")[drained.nodes("begins").index(at) + 1 :]
    mine = [name for other, name in after if other == order]
    assert not mine, (
        f"{where}, and {len(mine)} more of its nodes ran, {mine[0]!r} first: what your handler sets is looked at "
        "between jobs only, or not at all; the run itself must stop, between two nodes"
    )
    assert not after, (
        f"{where}, the last of its job, and `{after[0][1]}` of the next job began: the run had nothing left to "
        "stop, so what remembers the SIGTERM must outlive it"
    )
    assert status is not None, (
        f"{where}, and the process was gone before `work` came back: return, or call `sys.exit(0)`"
    )
    assert status != "GraphDrained", (
        f"{where}, the run stopped as it should, and then `GraphDrained` came out of `work`: that is a traceback "
        "and status 1, a crash, to whoever restarts it; catch it, and end with status 0"
    )
    assert status == 0, f"{where}, and the process ended with status {status}, not 0"


def assert_worked_once(drained: Drained, earlier: list[tuple[str, str]], status: Any) -> None:
    """Expect everything that was left to have been done now, and nothing twice."""
    orders = [order for _, order in drained.drawn["jobs"]]
    wanted = [(order, node) for order in orders for node in drained.drawn["nodes"]]
    again = [one for one in drained.nodes("begins") if one in earlier]
    assert not again, (
        f"`{again[0][1]}` of {again[0][0]} had ended before the restart, and ran again after it: an input, sent to a "
        "thread that is in the middle, begins the graph anew; `None` goes on, and a finished thread needs neither"
    )
    counts = Counter(drained.nodes("begins"))
    twice = [one for one in counts if counts[one] > 1]
    assert not twice, f"`{twice[0][1]}` of {twice[0][0]} ran {counts[twice[0]]} times in one process"
    done = earlier + drained.nodes("ends")
    missing = [one for one in wanted if one not in done]
    assert not missing, (
        f"after the restart `{missing[0][1]}` of {missing[0][0]} never ran: go on with each thread that has a task left, "
        "and begin each that has no checkpoint"
    )
    assert done == wanted, (
        f"the jobs were not done one after the other, in the order of `jobs`: `{done[0][1]}` of {done[0][0]} came first"
    )
    assert status == 0, f"with all jobs done, `work` ended with status {status}, not 0"


def assert_jobs_saved(drained: Drained) -> None:
    """Expect each thread's newest checkpoint to hold all that was done, once."""
    path = drained.submission.file("orders.db")
    for thread, order in drained.drawn["jobs"]:
        rows = evidence.checkpoints(path, thread)
        held = rows[-1].values.get("done") if rows else None
        assert held == drained.drawn["nodes"], (
            f"the newest checkpoint of thread {thread!r} says that {held} were done for {order}, not each node once: "
            "run each job in the thread that `jobs` names, with the graph that you are given"
        )


@pytest.mark.exercise("drain_on_sigterm", points=2, restarts=True, needs=("server",))
def test_sigterm_in_a_node(submission):
    """SIGTERM while a node runs: it ends, no other begins, and the status is 0."""
    drawn = draw_jobs(submission.rng, 2, 3)
    at = (drawn["jobs"][0][1], drawn["nodes"][submission.rng.choice([0, 1])])
    drained = Drained(submission, drawn, at)
    assert_drained(drained, drained.work(), at)


@pytest.mark.exercise("drain_on_sigterm", points=2, restarts=True, needs=("server",))
def test_nothing_is_repeated(submission):
    """After the restart the jobs go on: each node of each job runs once."""
    drawn = draw_jobs(submission.rng, 3, 3)
    at = (drawn["jobs"][1][1], drawn["nodes"][submission.rng.choice([0, 1])])
    drained = Drained(submission, drawn, at)
    assert_drained(drained, drained.work(), at)
    earlier = drained.nodes("ends")
    submission.restart()
    assert_worked_once(drained, earlier, drained.work())
    assert_jobs_saved(drained)


# --- cache_across_restarts ---------------------------------------------------------------------------

CACHE_USERS = ("ada", "bob", "cleo", "dan", "eve", "finn", "gus", "hana", "ivy", "jon", "kim", "leo")
CACHE_QUESTIONS = ("my balance?", "my last order?", "my address?", "open invoices?", "my points?", "my rate?")


def ask_advisor(build_advisor, url, cache, requests):
    """Send requests to the advisor; return what each came to. What `ask` is asked goes to the backend."""
    import json
    from urllib.error import HTTPError
    from urllib.request import Request, urlopen

    def ask(user, question):
        data = json.dumps([user, question]).encode()
        return urlopen(Request(url, data=data, method="POST")).read().decode()

    # LangGraph makes the name of a task's function part of its keys, and each probe is a module of its own.
    ask.__module__, ask.__qualname__ = "backend", "ask"
    graph = build_advisor(cache, ask)
    if not hasattr(graph, "invoke"):
        return {"no graph": type(graph).__name__}
    came = []
    for user, question, request_id in requests:
        try:
            state = graph.invoke({"user": user, "question": question, "request_id": request_id})
        except HTTPError:
            came.append({"raised": True})
        else:
            came.append(state if isinstance(state, dict) else {"answer": state})
    return came


class Advice:
    """The backend that `ask` calls, each call another answer, and the advisor that is asked through it."""

    def __init__(self, submission: Any, failures: int = 0) -> None:
        self.submission, self.failures, self.numbers = submission, failures, 0
        self.given: dict[tuple[str, str], list[str]] = {}  #: user and question → the answers to each call
        self.backend = submission.serve(self.answer)

    def answer(self, request: Request) -> Response:
        user, question = request.json
        answers = self.given.setdefault((user, question), [])
        if len(answers) < self.failures:
            answers.append("")
            return Response(status=503)
        answers.append(f"answer {self.submission.rng.randrange(10**6)} for {user}")
        return Response(body=answers[-1])

    def ask(self, *pairs: tuple[str, str], same_id: bool = False) -> list[dict[str, Any]]:
        """Send a request for each pair of user and question; return what each came to."""
        ids = []
        for _ in pairs:
            self.numbers += not (same_id and ids)
            ids.append(f"r{self.numbers}")
        requests = [(*pair, id) for pair, id in zip(pairs, ids, strict=True)]
        url, cache = self.backend.url, self.submission.path("answers.db")
        seen = self.submission.observe(ask_advisor, url=url, cache=cache, requests=requests)
        kind = seen.get("no graph") if isinstance(seen, dict) else None
        assert kind is None, (
            f"`build_advisor` returned a value of type {kind}, not a compiled graph: "
            "return what `builder.compile(…)` gives"
        )
        for (user, question, id), state in zip(requests, seen, strict=True):
            if "raised" not in state:
                self.assert_answered(user, question, id, state)
        return seen

    def calls(self, user: str, question: str) -> int:
        """Return how often the backend was asked this."""
        return len(self.given.get((user, question), ()))

    def assert_answered(self, user: str, question: str, id: str, state: dict[str, Any]) -> None:
        """Expect an answer that was given to this user for this question, and the id of the request."""
        mine, answer = self.given.get((user, question), []), state.get("answer")
        others = {text: pair for pair, texts in self.given.items() for text in texts if pair[0] != user}
        assert answer in mine or answer not in others or others[answer][1] == question, (
            f"what user {others[answer][0]!r} was told about {others[answer][1]!r} was given to user {user!r} for "
            f"{question!r}: the two came to the same key, so put it together in a way that can be taken apart again"
        )
        assert answer in mine or answer not in others, (
            f"what user {others[answer][0]!r} was told about {question!r} was shown to {user!r}: the key must tell "
            "apart whatever the answer depends on, and users whose names differ in capitals only are two"
        )
        assert answer in mine, (
            f"{user!r} asked {question!r}, and `answer` is {answer!r}, which the backend never gave for that: "
            "return what `ask(user, question)` returned"
            + (", and let what it raises come out: a failure was kept or hidden" if self.failures else "")
        )
        assert state.get("request_id") == id, (
            f"request {id!r} came back with the id {state.get('request_id')!r} of an earlier request, or with none: "
            "what a cached node returned is written again, all of it, so let it return the answer only"
        )


@pytest.mark.exercise("cache_across_restarts", points=1, needs=("server",))
def test_asked_once(submission):
    """A question that is asked again costs nothing, whatever the id of the request."""
    user, question = submission.rng.choice(CACHE_USERS), submission.rng.choice(CACHE_QUESTIONS)
    advice = Advice(submission)
    advice.ask((user, question), (user, question), same_id=True)
    assert advice.calls(user, question) == 1, (
        f"the very same request came twice, and `ask` was called {advice.calls(user, question)} times: nothing is kept; "
        "a `cache_policy` says what may be, and `compile(cache=…)` says where"
    )
    advice.ask((user, question), (user, question))
    assert advice.calls(user, question) == 1, (
        f"the same question came with a new `request_id`, and `ask` was called again, {advice.calls(user, question)} times in all: "
        "the key differs, for without a `key_func` LangGraph makes it from the node's whole input"
    )


@pytest.mark.exercise("cache_across_restarts", points=1, needs=("server",))
def test_each_user_is_told_their_own(submission):
    """The same question of two users is asked twice, and so are two questions of one."""
    one, other = submission.rng.sample(CACHE_USERS, 2)
    question, more = submission.rng.sample(CACHE_QUESTIONS, 2)
    pairs, advice = [(one, question), (other, question), (one, more), (other, more)], Advice(submission)
    advice.ask(*pairs, *submission.rng.sample(pairs, 4))
    for pair in pairs:
        assert advice.calls(*pair) == 1, (
            f"{pair[0]} asked {pair[1]!r} twice, in between others, and `ask` was called {advice.calls(*pair)} times: "
            "keep an answer for each user and question"
        )


@pytest.mark.exercise("cache_across_restarts", points=2, restarts=True, needs=("server",))
def test_answers_survive_a_restart(submission):
    """After a restart the kept answers are still there."""
    users = submission.rng.sample(CACHE_USERS, 2)
    pairs = [(user, submission.rng.choice(CACHE_QUESTIONS)) for user in users]
    advice = Advice(submission)
    before = advice.ask(*pairs)
    submission.restart()
    after = advice.ask(*pairs)
    for pair, old, new in zip(pairs, before, after, strict=True):
        assert advice.calls(*pair) == 1 and old.get("answer") == new.get("answer"), (
            f"{pair[0]} asked {pair[1]!r} before and after a restart, and `ask` was called {advice.calls(*pair)} times: "
            "what was kept lived in the memory of the process, so keep it in the file `cache_path`"
        )
    submission.file("answers.db")


# --- bounded_parallelism -----------------------------------------------------------------------------


def summarise_night(summarise_all, url, db, nights):
    """Have each night's documents summarised; return what came of each. A summary is the backend's answer."""
    from urllib.error import HTTPError
    from urllib.request import Request, urlopen

    def summarise(document):
        return urlopen(Request(url, data=document.encode(), method="POST")).read().decode()

    came = []
    for thread, documents, limit in nights:
        try:
            came.append(summarise_all(db, thread, documents, summarise, limit))
        except HTTPError:
            came.append("raised")
    return came


def draw_documents(rng: random.Random, count: int) -> list[str]:
    """Draw documents, no two the same."""
    return [f"page {number}" for number in rng.sample(range(1000, 10_000), count)]


class Provider:
    """The backend that writes summaries and counts how many calls are under way.

    The first calls wait until as many have come as may, so that the count owes nothing to the machine's speed.
    Then each stays long enough for a call too many to be seen.
    """

    def __init__(self, submission: Any, limit: int, wait: float = 3.0, hold: float = 0.04) -> None:
        self.submission, self.limit, self.wait, self.hold = submission, limit, wait, hold
        self.under_way = self.peak = 0
        self.gave_up = False
        self.broken: set[str] = set()  #: documents whose calls fail
        self.slow: set[str] = set()  #: documents whose calls take three times as long
        self.asked: list[str] = []
        self.summaries: dict[str, str] = {}
        self.changed = threading.Condition()
        self.backend = submission.serve(self.answer)

    def answer(self, request: Request) -> Response:
        document = request.body.decode()
        with self.changed:
            self.asked.append(document)
            self.under_way += 1
            self.peak = max(self.peak, self.under_way)
            self.changed.notify_all()
            self.changed.wait_for(lambda: self.peak >= self.limit or self.gave_up, self.wait)
            self.gave_up |= self.peak < self.limit
        time.sleep(self.hold * (3 if document in self.slow else 1))
        with self.changed:
            self.under_way -= 1
            if document in self.broken:
                return Response(status=503)
            number = self.submission.rng.randrange(10**6)
            return Response(body=self.summaries.setdefault(document, f"summary {number} of {document}"))

    def night(self, documents: Sequence[str], *, thread: str = "night", timeout: float = 9) -> Any:
        """Have documents summarised; return the list, or `"raised"`."""
        self.asked.clear()
        db, nights = self.submission.path("night.db"), [(thread, documents, self.limit)]
        try:
            [came] = self.submission.observe(
                summarise_night, url=self.backend.url, db=db, nights=nights, timeout=timeout
            )
        except TimedOut:
            raise AssertionError(
                f"with a limit of {self.limit}, {len(self.asked)} of {len(documents)} calls had been made, and after "
                f"{timeout:g} s `summarise_all` had still not come back: a deadlock, if every thread that "
                "`max_concurrency` allows waits for a task which has no thread left; a sync `entrypoint` needs "
                "threads for itself, besides those of its tasks"
            ) from None
        return came


def assert_within(provider: Provider) -> None:
    """Expect as many calls under way as may be, and no more."""
    limit, peak = provider.limit, provider.peak
    where = (
        "`max_concurrency` counts at the top level of a config and nowhere else, and without it the number of "
        "the machine's cores decides"
    )
    assert peak <= limit, (
        f"{peak} calls were under way at the same time, with a limit of {limit}, more than the provider allows: {where}"
    )
    assert peak > 1 or limit == 1, (
        f"the calls came one after the other, though {limit} may be under way: make a task of each document, "
        "and LangGraph runs them side by side"
    )
    assert peak == limit, (
        f"at most {peak} calls were under way at the same time, though {limit} may be: {where}; and a sync "
        "`entrypoint` takes places that its tasks then lack"
    )


def assert_summaries(provider: Provider, documents: Sequence[str], came: Any) -> None:
    """Expect the summary of each document, in order."""
    assert came != "raised", (
        "every call was answered, and `summarise_all` raised what a call had raised before"
    )
    assert isinstance(came, list), (
        "`summarise_all` did not return a list: return the summary of each document"
    )
    wanted = [provider.summaries.get(document) for document in documents]
    assert len(came) == len(wanted), (
        f"{len(documents)} documents gave {len(came)} summaries: return one for each, those of earlier attempts too"
    )
    assert came == wanted or sorted(map(str, came)) != sorted(map(str, wanted)), (
        "the summaries are all there, but not in the order of `documents`: they stand in the order in which the calls ended, "
        "or in which they were made, so note for each which document it belongs to"
    )
    assert came == wanted, (
        "what `summarise_all` returned are not the summaries that the provider wrote: return what `summarise` returned"
    )


def assert_asked_once(provider: Provider, documents: Sequence[str]) -> None:
    """Expect one call for each document."""
    counts = Counter(provider.asked)
    wrong = [document for document in documents if counts[document] != 1]
    assert not wrong, f"{wrong[0]!r} was asked for {counts[wrong[0]]} times: ask once for each document"


@pytest.mark.exercise("bounded_parallelism", points=2, needs=("server",))
def test_as_many_as_may(submission):
    """64 documents eight at a time, and 15 three at a time: never more, and not fewer."""
    for count, limit in ((64, 8), (15, 3)):
        documents, provider = draw_documents(submission.rng, count), Provider(submission, limit)
        came = provider.night(documents, thread=f"night-{limit}")
        assert_within(provider)
        assert_asked_once(provider, documents)
        assert_summaries(provider, documents, came)


@pytest.mark.exercise("bounded_parallelism", points=1, restarts=True, needs=("server",))
def test_two_at_a_time_and_one(submission):
    """Limits of 2 and 1 are kept, and nothing hangs."""
    for limit in (2, 1):
        documents, provider = draw_documents(submission.rng, 5), Provider(submission, limit)
        came = provider.night(documents, thread=f"night-{limit}", timeout=4)
        assert_within(provider)
        assert_asked_once(provider, documents)
        assert_summaries(provider, documents, came)


@pytest.mark.exercise("bounded_parallelism", points=2, restarts=True, needs=("server",))
def test_paid_for_once(submission):
    """After two failed calls and a restart, only what has no summary is asked for."""
    documents, provider = draw_documents(submission.rng, 14), Provider(submission, 4)
    provider.broken = set(documents[6:8])
    came = provider.night(documents)
    assert came == "raised", (
        f"the calls for {' and '.join(sorted(provider.broken))} failed, and `summarise_all` came back as if they had not: "
        "let what `summarise` raises come out"
    )
    paid, provider.broken = set(provider.summaries), set()
    for attempt in ("second", "third"):
        submission.restart()
        came = provider.night(documents)
        again = [document for document in provider.asked if document in paid]
        assert len(again) < len(paid), (
            f"on the {attempt} attempt all {len(paid)} documents that had a summary already were paid for again: either "
            "one task did them all, and a task is saved as a whole, or the input was sent again, "
            "which begins the run anew; `None` goes on with it"
        )
        assert not again, (
            f"on the {attempt} attempt {again[0]!r} was paid for again, and had a summary already: save each by itself"
        )
        assert_summaries(provider, documents, came)
        paid = set(provider.summaries)
