"""Public tests of module 04: errors, limits, caches, metrics, shutdown."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from autograder.sandbox.http_server import Response
from autograder.sandbox.outcomes import TimedOut
from autograder.testing import evidence

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence
    from pathlib import Path

    from autograder.sandbox.http_server import Request


# --- route_by_outcome --------------------------------------------------------------------------------


def run_orders(build_orders, db, todo):
    """Run orders whose steps raise or ask as the order says; tell what was called, and what came of it.

    An item of `todo` is [thread, order], [thread, None] to go on, or [thread, None, answer] to resume.
    """
    import builtins

    from langgraph.checkpoint.sqlite import SqliteSaver
    from langgraph.types import Command, interrupt

    called, handled = [], []

    def step(name):
        def run(order):
            called.append([name, order["id"]])
            plan = order.get(name, {})
            answer = interrupt(plan["ask"]) if "ask" in plan else None
            if "raise" in plan:
                raise getattr(builtins, plan["raise"])(plan["message"])
            return f"{name} {order['id']}: {answer}"

        return run

    def handler(name):
        def handle(order, error):
            handled.append([name, order["id"], error])
            return f"{name} took {order['id']}"

        return handle

    seen = []
    with SqliteSaver.from_conn_string(db) as saver:
        handlers = {name: handler(name) for name in ("reject", "park", "page")}
        graph = build_orders(saver, step("validate"), step("process"), handlers)
        if not hasattr(graph, "get_state"):
            return {"no graph": type(graph).__name__}
        for thread, order, *answer in todo:
            config = {"configurable": {"thread_id": thread}}
            given = Command(resume=answer[0]) if answer else order and {"order": order}
            called.clear()
            handled.clear()
            raised, state = None, {}
            try:
                state = graph.invoke(given, config, durability="sync")
            except Exception as error:
                raised = f"{type(error).__name__}: {error}"
            seen.append(
                {
                    "raised": raised,
                    "asked": [one.value for one in state.get("__interrupt__", ())],
                    "state": {key: state.get(key) for key in ("outcome", "error", "result")},
                    "called": list(called),
                    "handled": list(handled),
                }
            )
    return seen


STEP_ERRORS = {  # what a step raises, and where that leads: the plain cases first
    "reject": [("validate", "ValueError")],
    "park": [("process", "ConnectionError"), ("process", "TimeoutError")],
    "page": [("validate", "RuntimeError"), ("process", "ZeroDivisionError"), ("process", "LookupError")],
}
OTHER_ERRORS = {
    "reject": [("validate", "UnicodeError")],
    "park": [("process", "ConnectionResetError"), ("process", "BrokenPipeError")],
    "page": [
        ("process", "ValueError"),
        ("validate", "TimeoutError"),
        ("validate", "ConnectionError"),
        ("process", "FileNotFoundError"),
        ("validate", "TypeError"),
    ],
}


def draw_failing(rng: random.Random, step: str, kind: str) -> dict[str, Any]:
    """Draw an order at which a step raises."""
    number = rng.randrange(10**6)
    return {"id": number, step: {"raise": kind, "message": f"no {rng.randrange(10**6)} for {number}"}}


def order_error(order: dict[str, Any]) -> dict[str, str] | None:
    """Return what the state must say about an order's failure."""
    for step in ("validate", "process"):
        if "raise" in (plan := order.get(step, {})):
            return {"step": step, "type": plan["raise"], "message": plan["message"]}
    return None


def assert_builds_orders(seen: Any) -> None:
    """Expect `build_orders` to have returned a graph."""
    assert not isinstance(seen, dict), (
        f"`build_orders` returned a value of type {seen['no graph']}, not a graph: "
        "return what `builder.compile(checkpointer=saver)` gives"
    )


def assert_routed(
    seen: dict[str, Any],
    order: dict[str, Any],
    handler: str | None,
    *,
    case: str = "",
    steps: int | None = None,
) -> None:
    """Expect an order to have reached its handler with its error, or to be done where there is none.

    `steps` is how many steps this run had to call, where it did not begin with the order.
    """
    error, state = order_error(order), seen["state"]
    what = f"{case}`{error['step']}` raised {error['type']}" if error else f"{case}both steps went well"
    assert not seen["raised"], f"{what}, and the run ended in `{seen['raised'][:120]}`: catch it in the node"
    names = [name for name, *_ in seen["handled"]]
    if handler is None:
        assert not names, f"{what}, but the handler `{names[0]}` was called"
    else:
        assert error, f"{case}an order that raises nothing has no handler"
        assert names, (
            f"{what}, and no handler was called: which edge leads to `{handler}`? After an `error_handler` that returns "
            "a dict, the edges of a failed node are not followed"
        )
        assert names == [handler], (
            f"{what}, which is a case for `{handler}`, but {' and '.join(f'`{name}`' for name in names)} was called: "
            "what an exception means depends on its class and on which step had raised it"
        )
        told = seen["handled"][0][2]
        assert told == error, f"{what}, but the handler was told {told} instead of {error}"
    assert state["error"] == error, (
        f"{what}, but at the end `error` in the state is {state['error']} instead of {error}"
        + (
            ""
            if error
            else ": a channel keeps what it holds until a node writes it, so that is of the order before"
        )
    )
    outcome = handler or "done"
    assert state["outcome"] == outcome, (
        f"{what}, but at the end `outcome` in the state is {state['outcome']!r} instead of {outcome!r}"
    )
    ran = [name for name, _ in seen["called"]]
    if steps is None:
        steps = 1 if error and error["step"] == "validate" else 2
    assert len(ran) == steps, (
        f"{what}, and the steps that were called are {ran}: each is to be called once, in turn"
    )
    result = f"{handler} took {order['id']}" if handler else f"process {order['id']}: None"
    assert state["result"] == result, (
        f"{what}, but `result` in the state is {state['result']!r}, not the text {result!r} that "
        f"{'the handler' if handler else '`process`'} returned"
    )


def assert_all_routed(submission: Any, cases: dict[str, list[tuple[str, str]]]) -> None:
    """Run an order for each case, in any order, and one without a failure."""
    rng = submission.rng
    orders = [(name, draw_failing(rng, *one)) for name, found in cases.items() for one in found]
    rng.shuffle(orders)
    orders.append((None, {"id": rng.randrange(10**6)}))
    todo = [[f"order-{number}", order] for number, (_, order) in enumerate(orders)]
    seen = submission.observe(run_orders, db=submission.path("orders.db"), todo=todo)
    assert_builds_orders(seen)
    for one, (handler, order) in zip(seen, orders, strict=True):
        assert_routed(one, order, handler)


@pytest.mark.exercise("route_by_outcome", points=2)
def test_each_failure_reaches_its_handler(submission):
    """Failures of validation, of processing, and all others each reach their handler."""
    assert_all_routed(submission, STEP_ERRORS)


@pytest.mark.exercise("route_by_outcome", points=1)
def test_question_is_no_failure(submission):
    """A step that asks a person pauses the run, and can be answered."""
    rng = submission.rng
    question, answer = f"Ship {rng.randrange(10**4)} pieces?", f"yes, {rng.randrange(10**4)}"
    bad = draw_failing(rng, "process", "TimeoutError")
    bad["process"]["ask"] = question
    orders = {step: {"id": rng.randrange(10**6), step: {"ask": question}} for step in ("validate", "process")}
    todo = [
        one
        for thread, order in (orders | {"bad": bad}).items()
        for one in ([thread, order], [thread, None, answer])
    ]
    seen = submission.observe(run_orders, db=submission.path("orders.db"), todo=todo)
    assert_builds_orders(seen)
    for one, step in zip(seen[::2], ("validate", "process", "process"), strict=True):
        names = [name for name, *_ in one["handled"]]
        assert not names, (
            f"`{step}` asked a person, and the handler `{names[0]}` was called: a broad `except` swallowed the interrupt, "
            "which is how a node pauses and no failure; let `GraphBubbleUp` through"
        )
        assert one["asked"] == [question] and not one["raised"], (
            f"`{step}` asked {question!r}, but the run did not pause with this question: it ended in "
            f"{one['raised'] or one['state']}"
        )
    for one, (step, order) in zip(seen[1::2], orders.items(), strict=False):
        state = one["state"]
        assert not one["raised"] and state["outcome"] == "done" and state["error"] is None, (
            f"`{step}` had asked, and after the answer both steps went well, but the run ended in {one['raised'] or state}"
        )
        expected = f"process {order['id']}: {answer if step == 'process' else None}"
        assert state["result"] == expected, (
            f"after the answer {answer!r}, `result` is {state['result']!r}, not what `process` returned, {expected!r}"
        )
    assert_routed(seen[5], bad, "park", case="after the answer ", steps=1)


@pytest.mark.exercise("route_by_outcome", points=2, restarts=True)
def test_handler_after_a_kill(submission):
    """Killed before the handler's node, a new process handles the saved error, and repeats no step."""
    rng, db = submission.rng, submission.path("orders.db")
    handler = rng.choice(list(STEP_ERRORS))
    order = draw_failing(rng, *rng.choice(STEP_ERRORS[handler]))
    submission.observe(run_orders, db=db, todo=[["order", order]], kill_before=handler)
    rows = evidence.checkpoints(submission.file("orders.db"), "order")
    saved = rows[-1].values.get("error")
    assert saved == order_error(order), (
        f"before the node `{handler}`, the newest checkpoint holds {saved} as `error`, instead of {order_error(order)}: "
        "only the state is saved, so the step that failed must return what the handler needs"
    )
    submission.restart()
    [seen] = submission.observe(run_orders, db=db, todo=[["order", None]])
    assert not seen["called"], (
        f"the new process called {seen['called'][0][0]} again, which had been saved as failed: the handler is to be "
        "a node of its own, after the step"
    )
    assert_routed(seen, order, handler, case="after the kill, ", steps=0)


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
    assert provider.asked, (
        "no call came to the provider: call `summarise` for each document that has no summary in the thread `thread_id`"
    )
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


def why_paid_again(path: Path) -> str:
    """Explain, from the database, why nothing that was saved was used."""
    histories = [evidence.checkpoints(path, thread) for thread in evidence.threads(path)]
    if any(sum(row.source == "input" for row in rows) > 1 for rows in histories):
        return "the input was sent again, which begins the run anew; `None` goes on with it"
    if len(histories) == 2:
        return "it looked in another thread; make the thread's id from `thread_id` alone"
    return "no task had been saved by itself; where one task does them all, it is saved as a whole, or not at all"


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
    submission.restart()
    for attempt in ("second", "third"):
        came = provider.night(documents)
        again = [document for document in provider.asked if document in paid]
        assert len(again) < len(paid), (
            f"on the {attempt} attempt all {len(paid)} documents that had a summary already were paid for again: "
            + why_paid_again(submission.file("night.db"))
        )
        assert not again, (
            f"on the {attempt} attempt {again[0]!r} was paid for again, and had a summary already: save each by itself"
        )
        assert_summaries(provider, documents, came)
        paid = set(provider.summaries)


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

    def ask(self, *pairs: tuple[str, str], repeated: bool = False) -> list[dict[str, Any]]:
        """Send a request for each pair of user and question, the first perhaps twice; return what each came to."""
        ids = [f"r{self.numbers + number}" for number in range(1, len(pairs) + 1)]
        self.numbers += len(pairs)
        if repeated:
            ids[1] = ids[0]
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
            "apart whatever the answer depends on, and users are taken exactly as they are spelled"
        )
        mixed = [pair[1] for pair, texts in self.given.items() if pair[0] == user and answer in texts]
        assert answer in mine or not mixed, (
            f"{user!r} asked {question!r}, and was given the answer to {mixed[0]!r}: the key must tell apart whatever "
            "the answer depends on, and questions are taken exactly as they are spelled"
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
def test_a_known_question_is_free(submission):
    """A question that is asked again costs nothing, whatever the id of the request."""
    user, question = submission.rng.choice(CACHE_USERS), submission.rng.choice(CACHE_QUESTIONS)
    advice = Advice(submission)
    advice.ask(*[(user, question)] * 4, repeated=True)
    calls = advice.calls(user, question)
    assert calls < 4, (
        "one request came twice, two more asked the same, and `ask` was called 4 times: nothing is kept; "
        "a `cache_policy` says what may be, and `compile(cache=…)` says where"
    )
    assert calls == 1, (
        f"the very same request was answered from the cache, and one with a new `request_id` was not, {calls} calls in all: "
        "the request id is part of the key, and without a `key_func` LangGraph makes it from the node's whole input"
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
            "keep an answer for each user and question, and leave out of the key what is another for every request"
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
    try:
        held = submission.file("answers.db").stat().st_size
    except AssertionError:  # there is none
        held = 0
    why = (
        "the file is there, but the later request came to another key: is the request id part of it, or something "
        "that each process has anew?"
        if held
        else "what was kept lived in the memory of the process, so keep it in the file `cache_path`"
    )
    for pair, old, new in zip(pairs, before, after, strict=True):
        assert advice.calls(*pair) == 1 and old.get("answer") == new.get("answer"), (
            f"{pair[0]} asked {pair[1]!r} before and after a restart, and `ask` was called {advice.calls(*pair)} times: "
            + why
        )
    submission.file("answers.db")


# --- observe_a_run -----------------------------------------------------------------------------------

OBSERVE_NODES = ("validate", "price", "charge", "approve", "reserve", "ship", "notify", "archive")
OBSERVE_ERRORS = ("ConnectionError", "TimeoutError", "ValueError", "KeyError", "RuntimeError", "LookupError")


def run_observed(observed, url, stages, visits, runs, at_once, namesake):
    """Observe runs of a graph whose nodes ask the backend what to do. Each stage's nodes run in parallel.

    With `namesake`, what a node calls for that has the node's own name.
    """
    import builtins
    import json
    import operator
    from concurrent.futures import ThreadPoolExecutor
    from pathlib import Path
    from typing import Annotated, TypedDict
    from urllib.request import Request, urlopen

    from langchain_core.callbacks import BaseCallbackHandler
    from langchain_core.runnables import RunnableLambda
    from langgraph.checkpoint.memory import InMemorySaver
    from langgraph.graph import END, START, StateGraph
    from langgraph.types import Command, RetryPolicy, interrupt
    from prometheus_client import CollectorRegistry

    class State(TypedDict, total=False):
        run: int
        done: Annotated[list, operator.add]

    written, registry, calls = Path("run.log"), CollectorRegistry(), []
    log = written.open("a")

    def ask(about):
        return json.loads(urlopen(Request(url, data=json.dumps(about).encode(), method="POST")).read())

    def node(name):
        def act(state, config):
            thread, visit = config["configurable"]["thread_id"], state.get("done", []).count(name)
            about = {"thread": thread, "node": name, "visit": visit, "lines": written.read_text().count("\n")}
            called = RunnableLambda(ask, name=name if namesake else None)  # as a node calls a model
            told = called.invoke(about)
            if told["error"]:
                raise getattr(builtins, told["error"])("the backend is down")
            if told["interrupt"]:
                interrupt("may I?")
            return {"done": [name]}

        return act

    def whether_again(state):
        return stages[0] if state["done"].count(stages[-1][0]) < visits else END

    class Mine(BaseCallbackHandler):
        def on_chain_start(self, *given, **more):
            calls.append(1)

    builder = StateGraph(State)
    policy = RetryPolicy(initial_interval=0.01, max_attempts=3, jitter=False, retry_on=Exception)
    for before, stage in zip([[START], *stages], stages, strict=False):
        for name in stage:
            builder.add_node(name, node(name), retry_policy=policy)
            builder.add_edge(before[0] if before == [START] else before, name)
    builder.add_conditional_edges(stages[-1][0], whether_again, [*stages[0], END])
    run = observed(builder.compile(checkpointer=InMemorySaver()), log, registry)
    if not callable(run):
        return {"no function": type(run).__name__}

    def one(thread, resume):
        config = {"configurable": {"thread_id": thread}, "callbacks": [Mine()]}
        try:
            state = run(Command(resume=True) if resume else {"done": []}, config)
        except Exception as error:
            if str(error).strip("'") != "the backend is down":
                raise
            return {"raised": type(error).__name__}
        if not isinstance(state, dict):
            return {"state": type(state).__name__}
        return {"done": state.get("done"), "interrupted": bool(state.get("__interrupt__"))}

    if at_once:
        with ThreadPoolExecutor(len(runs)) as pool:
            came = list(pool.map(lambda pair: one(*pair), runs))
    else:
        came = [one(*pair) for pair in runs]
    samples = [[s.name, s.labels, s.value] for metric in registry.collect() for s in metric.samples]
    return {"log": written.read_text(), "samples": samples, "came": came, "calls": len(calls)}


class Observed:
    """The backend that the nodes ask: it decides what each attempt comes to, and keeps the ledger."""

    def __init__(self, submission: Any, stages: list[list[str]]) -> None:
        self.submission, self.stages = submission, stages
        self.plan: dict[
            tuple[str, str, int], list[str]
        ] = {}  #: thread, node, visit → errors of the first attempts
        self.asks: set[str] = set()  #: nodes that interrupt
        self.slow: dict[tuple[str, str], float] = {}  #: thread and node → how long a first attempt takes
        self.made: Counter[tuple[str, str, int]] = Counter()
        self.paused: set[tuple[str, str]] = set()
        self.ledger: list[
            dict[str, Any]
        ] = []  #: what the log should hold, in the order of the attempts' beginnings
        self.began = self.ended = 0.0  #: when `run` began to observe, and when it had
        self.lock = threading.Lock()
        self.backend = submission.serve(self.answer)

    def answer(self, request: Request) -> Response:
        about = request.json
        thread, node, visit = about["thread"], about["node"], about["visit"]
        with self.lock:
            key, resumed = (thread, node, visit), (thread, node) in self.paused
            number = self.made[key] = self.made[key] + 1
            errors = self.plan.get(key, [])
            error = errors[number - 1] if number <= len(errors) else None
            asking = error is None and node in self.asks
            outcome = "error" if error else "interrupt" if asking and not resumed else "ok"
            if outcome == "interrupt":
                self.paused.add((thread, node))
                self.made[key] = 0
            slow = self.slow.get((thread, node), 0.0) if number == 1 else 0.0
            line = {"thread": thread, "node": node, "attempt": number, "outcome": outcome, "error": error}
            noted = {**line, "slow": slow, "lines": about["lines"], "came": time.monotonic()}
            self.ledger.append(noted)
        time.sleep(slow)
        noted["left"] = time.monotonic()
        return Response(body={"error": error, "interrupt": asking})

    def run(
        self, *runs: tuple[str, bool], visits: int = 1, at_once: bool = False, namesake: bool = False
    ) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        """Have runs observed, each of a thread, new or resumed; return what was seen, and the log's lines."""
        self.began = time.monotonic()
        seen = self.submission.observe(
            run_observed,
            url=self.backend.url,
            stages=self.stages,
            visits=visits,
            runs=runs,
            at_once=at_once,
            namesake=namesake,
        )
        self.ended = time.monotonic()
        assert "no function" not in seen, (
            f"`observed` returned a value of type {seen['no function']}, not a function: return `run` itself"
        )
        assert self.ledger, "no node ever ran: `run(input, config)` must invoke the graph"
        for came in seen["came"]:
            assert "state" not in came, (
                f"`run` returned a value of type {came['state']}: return what `graph.invoke` returns"
            )
        return seen, read_lines(seen["log"])


def read_lines(log: str) -> list[dict[str, Any]]:
    """Return the lines of a log, each a JSON object with the keys of the prompt."""
    lines: list[dict[str, Any]] = []
    keys = {"thread", "node", "attempt", "outcome", "error", "seconds"}
    for line in filter(None, log.split("\n")):
        try:
            lines.append(json.loads(line))
        except ValueError:
            raise AssertionError(f"a line of the log is no JSON: {line[:80]!r}") from None
        missing = keys - set(lines[-1] if isinstance(lines[-1], dict) else ())
        assert not missing, f"a line of the log has no key {min(missing)!r}: {line[:120]}"
    return lines


OBSERVE_TOLD = ("thread", "node", "attempt", "outcome", "error")


def assert_lines(backend: Observed, lines: list[dict[str, Any]]) -> None:
    """Expect one line for each attempt in the ledger, and tell the first thing that is wrong."""
    ledger = backend.ledger
    assert lines, (
        f"there were {len(ledger)} attempts, and the file `log` is empty after the runs: no line was written, or all wait in the "
        "file's buffer for a flush"
    )
    nodes = {node for stage in backend.stages for node in stage}
    strange = [line["node"] for line in lines if line["node"] not in nodes]
    assert not strange, (
        f"the log has a line for {strange[0]!r}, which is no node of the graph: the graph itself, a function of an edge, "
        "and what a node calls have no lines of their own"
    )
    for node in sorted(nodes):
        mine = [line for line in lines if line["node"] == node]
        true = [line for line in ledger if line["node"] == node]
        retried = sum(line["attempt"] > 1 for line in true)
        assert len(mine) >= len(true), (
            f"the backend saw {len(true)} attempts of `{node}`, {retried} of them retries, and the log has {len(mine)} lines "
            "for it: no stream mode shows a retry, nor when an attempt began; callbacks hear of each attempt"
        )
        assert len(mine) == len(true), (
            f"the backend saw {len(true)} attempts of `{node}`, and the log has {len(mine)} lines for it: count the node's own "
            "beginning and end, and not those of what a node calls, whatever its name, or of an edge's function"
        )
    found = Counter(tuple(map(str, (line[key] for key in OBSERVE_TOLD))) for line in lines)
    for true in ledger:
        told = tuple(str(true[key]) for key in OBSERVE_TOLD)
        if found[told]:
            found[told] -= 1
            continue
        raise AssertionError(line_trouble(true, lines))


def line_trouble(true: dict[str, Any], lines: list[dict[str, Any]]) -> str:
    """Say why no line of the log tells of this attempt."""
    node, attempt = (
        true["node"],
        f"attempt {true['attempt']} of `{true['node']}` in thread {true['thread']!r}",
    )
    mine = [line for line in lines if (line["thread"], line["node"]) == (true["thread"], node)]
    if not mine:
        return f"{attempt} has no line with that thread: take it from the run's config"
    outcomes = {line["outcome"] for line in mine}
    if true["outcome"] not in outcomes:
        if true["outcome"] == "interrupt":
            return (
                f"`{node}` asked a person, and the log says {'/'.join(map(str, outcomes))}: an interrupt is no failure, though it "
                "leaves the node as an exception; tell it from the others by its class"
            )
        return f"{attempt} came to {true['outcome']!r}, and the log says {'/'.join(map(str, outcomes))}"
    numbers = sorted(line["attempt"] for line in mine if isinstance(line["attempt"], int))
    if true["attempt"] not in numbers or numbers.count(1) < len(mine) / 3:
        return (
            f"{attempt} stands in the log among the numbers {numbers}: a first attempt is 1, and the count begins anew where a "
            "node is reached again or resumed; yours counts on from what was before, or not at all"
        )
    same = [line for line in mine if (line["attempt"], line["outcome"]) == (true["attempt"], true["outcome"])]
    if same:
        return (
            f"{attempt} came to {true['outcome']!r} with `error` {true['error']!r}, and the log says {same[0]['error']!r}: "
            "the name of the exception's class, and `null` where nothing failed"
        )
    return (
        f"{attempt} came to {true['outcome']!r}, and no line says both: the log has "
        + ", ".join(f"{line['attempt']} {line['outcome']}" for line in mine)
        + ", so a count goes on where it should begin anew, or is mixed up between runs"
    )


def assert_seconds(backend: Observed, lines: list[dict[str, Any]]) -> None:
    """Expect each attempt's own time, of attempts that came one after the other.

    An attempt begins after the backend has answered the one before, and ends before the next one asks it: that
    bounds its time by the judge's clock, however long the machine stalls.
    """
    ledger = backend.ledger
    answered = [backend.began, *(one["left"] for one in ledger)]
    asked = [*(one["came"] for one in ledger[1:]), backend.ended]
    at_most = [after - before for before, after in zip(answered, asked, strict=False)]
    for line in lines:
        took, where = line["seconds"], f"attempt {line['attempt']} of `{line['node']}`"
        assert isinstance(took, int | float) and not isinstance(took, bool), (
            f"`seconds` is {took!r} for {where}, not a number"
        )
        number = next(
            n for n, one in enumerate(ledger) if all(str(one[key]) == str(line[key]) for key in OBSERVE_TOLD)
        )
        slow, longest = ledger[number]["slow"], at_most[number]
        assert took >= slow * 0.9, (
            f"the backend took {slow:.2f} s for {where}, and the log says {took:.4f} s: note when this attempt begins and when "
            "it ends, in seconds"
        )
        assert took <= longest + 0.05, (
            f"{where} had {longest:.3f} s at most, from the answer that the backend gave the attempt before it to the call of "
            f"the one after it, and the log says {took:.3f}: give the seconds of this attempt alone, without earlier "
            "attempts and the waits between them"
        )


def assert_metrics(backend: Observed, lines: list[dict[str, Any]], samples: list[Any]) -> None:
    """Expect the registry to agree with the ledger, and with the log's seconds."""
    values: dict[tuple[str, ...], float] = {}
    for name, labels, value in samples:
        extra = set(labels) - {"node", "outcome", "le"}
        assert not extra, f"the metric `{name}` has a label {min(extra)!r}, which the prompt does not name"
        if "le" not in labels:
            values[(name, labels.get("node", ""), labels.get("outcome", ""))] = value
    known = {name for name, *_ in values}
    for name in ("node_attempts_total", "node_retries_total", "node_seconds_count"):
        assert name in known, (
            f"the registry has no samples of `{name}`: make the metric with `registry=registry`"
        )
    for node in sorted({line["node"] for line in backend.ledger}):
        true = [line for line in backend.ledger if line["node"] == node]
        for outcome in ("ok", "error", "interrupt"):
            count = sum(line["outcome"] == outcome for line in true)
            got = values.get(("node_attempts_total", node, outcome), 0)
            assert got == count, (
                f"the backend saw {count} attempts of `{node}` that came to {outcome!r}, and `node_attempts` says {got:g}"
            )
        count = sum(line["attempt"] > 1 for line in true)
        got = values.get(("node_retries_total", node, ""), 0)
        assert got == count, (
            f"`node_retries` says {got:g} for `{node}`, and the backend saw {count}: count each attempt whose number is above 1"
        )
        got = values.get(("node_seconds_count", node, ""), 0)
        assert got == len(true), (
            f"the histogram `node_seconds` holds {got:g} attempts of `{node}`, and there were {len(true)}: observe each attempt"
        )
        total = sum(line["seconds"] for line in lines if line["node"] == node)
        got = values.get(("node_seconds_sum", node, ""), 0.0)
        assert abs(got - total) <= 0.05 + 0.02 * len(true), (
            f"the log's attempts of `{node}` took {total:.3f} s in all, and `node_seconds` says {got:.3f}: "
            "observe the same seconds that the line tells"
        )


def draw_observed(rng: random.Random, shape: Sequence[int]) -> list[list[str]]:
    """Draw stages of so many parallel nodes each."""
    names = rng.sample(OBSERVE_NODES, sum(shape))
    return [[names.pop() for _ in range(count)] for count in shape]


@pytest.mark.exercise("observe_a_run", points=2, needs=("server",))
def test_log_agrees_with_the_ledger(submission):
    """Retries, an interrupt and its resume: one line for each attempt, written when it ends."""
    rng, stages = submission.rng, draw_observed(submission.rng, (1, 1, 1))
    thread, other = (f"o-{number}" for number in rng.sample(range(1000), 2))
    backend, (retried, asking, last) = Observed(submission, stages), [stage[0] for stage in stages]
    backend.plan[thread, retried, 0] = rng.sample(OBSERVE_ERRORS, 2)
    backend.plan[other, retried, 0] = rng.sample(OBSERVE_ERRORS, 1)
    backend.plan[thread, last, 0] = rng.sample(OBSERVE_ERRORS, 1)
    backend.asks, backend.slow[thread, retried] = {asking}, 0.5
    seen, lines = backend.run((thread, False), (thread, True), (other, False))
    assert_lines(backend, lines)
    assert_seconds(backend, lines)
    late = [line for number, line in enumerate(backend.ledger) if line["lines"] < number]
    assert not late, (
        f"when attempt {late[0]['attempt']} of `{late[0]['node']}` began, the file held the lines of {late[0]['lines']} attempts, and "
        f"{backend.ledger.index(late[0])} had ended: the others had not been written yet, or wait in its buffer for a flush, and a "
        "process that is killed takes them with it"
    )
    first, second, third = seen["came"]
    assert first.get("interrupted") and third.get("interrupted"), (
        f"`{asking}` asked a person, and what `run` returned does not say so: return what `graph.invoke` returns, "
        "`__interrupt__` included"
    )
    assert second.get("done") == [retried, asking, last], (
        f"the resumed run came to {second}: hand the input on as it is, a `Command` too, and return what `graph.invoke` returns"
    )


@pytest.mark.exercise("observe_a_run", points=2, needs=("server",))
def test_metrics_agree_with_the_ledger(submission):
    """The metrics count what the backend saw, also of a node that fails to the end."""
    rng, stages = submission.rng, draw_observed(submission.rng, (1, 1))
    fine, doomed = (f"o-{number}" for number in rng.sample(range(1000), 2))
    backend, (first, second) = Observed(submission, stages), [stage[0] for stage in stages]
    backend.plan[fine, first, 0] = rng.sample(OBSERVE_ERRORS, rng.choice([1, 2]))
    errors = backend.plan[doomed, second, 0] = rng.sample(OBSERVE_ERRORS, 3)
    backend.asks = {first} if rng.random() < 0.5 else set()
    resumes = [(fine, True), (doomed, True)] if backend.asks else []
    seen, lines = backend.run((fine, False), (doomed, False), *resumes, namesake=True)
    assert_lines(backend, lines)
    assert_metrics(backend, lines, seen["samples"])
    assert seen["came"][-1 if resumes else 1].get("raised") == errors[-1], (
        f"`{second}` failed to the end with `{errors[-1]}`, and `run` did not raise that: what `graph.invoke` raises must come out"
    )
    assert seen["calls"], (
        "the callbacks that came with `config` were not called any more: add your own to them, and replace none"
    )


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
        """Have a new process work; return its status, `None` where it died."""
        self.submission.restart()  # a handler that was installed before would listen still
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
        f"{where}, and nothing in your process listened: the process is killed in the middle of the node, and nobody "
        "knows what it had done; LangGraph installs no handler, so install one with `signal.signal`"
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
    assert_worked_once(drained, earlier, drained.work())
    assert_jobs_saved(drained)


@pytest.mark.exercise("drain_on_sigterm", points=1, restarts=True, needs=("server",))
def test_sigterm_in_the_last_node_of_a_job(submission):
    """SIGTERM during the last node of a job: no node of the next job begins."""
    drawn = draw_jobs(submission.rng, 2, 2)
    at = (drawn["jobs"][0][1], drawn["nodes"][-1])
    drained = Drained(submission, drawn, at)
    assert_drained(drained, drained.work(), at)
    earlier = drained.nodes("ends")
    assert_worked_once(drained, earlier, drained.work())
    assert_jobs_saved(drained)
