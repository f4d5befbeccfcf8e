"""Public tests of `two_approvers`."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from autograder.counts import often
from autograder.sandbox.http_server import Response
from autograder.testing import evidence

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Sequence

    from autograder.sandbox.http_server import Request, Server


def settle_payments(
    decide, db, url, start, decisions, meet, elsewhere=False, older=0, beside=False, nested=False
):
    """Start threads of payments, let their questions be decided, and tell which questions are open then.

    With `meet`, each decision comes from a worker thread of its own, when as many have met at the server.
    With `elsewhere`, the process is in another folder, and gets at the file by a link there. Who pays makes the files next to it `older`
    by so many seconds, as if the payment had begun earlier; where no file's time can be set, in tier B, `time.time` is so much ahead
    instead. With `beside`, the first node of a step asks nothing. With `nested`, a node is a graph, which saves between asking and paying.
    """
    import http.client
    import json
    import operator
    import os
    import tempfile
    import threading
    import time
    from concurrent.futures import Future, ThreadPoolExecutor, wait
    from contextlib import suppress
    from pathlib import Path
    from typing import Annotated, TypedDict
    from unittest.mock import patch

    from langgraph.checkpoint.sqlite import SqliteSaver
    from langgraph.graph import END, START, StateGraph
    from langgraph.types import interrupt

    def post(path, **body):
        connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=15)
        connection.request("POST", path, json.dumps(body))
        connection.getresponse().read()
        connection.close()

    class Payments(TypedDict):
        payments: list
        answers: Annotated[list, operator.add]

    class Payment(TypedDict):
        payment: str
        answer: bool

    def ask(state):
        post("/asked")
        return {"answer": interrupt({"pay": state["payment"]})}

    def pay(state):
        for file in Path(db).parent.rglob("*") if state["answer"] and older else ():
            with suppress(FileNotFoundError):
                os.utime(file, (time.time() - older,) * 2)
        if state["answer"]:
            post("/pay", payment=state["payment"])
        return {}

    inner = StateGraph(Payment).add_sequence([ask, pay]).add_edge(START, "ask").compile()

    def settle(state):
        payment = {"payment": state["payments"][len(state["answers"])]}
        if nested:
            payment = inner.invoke(payment)
        else:
            payment |= ask(payment)
            pay(payment)
        return {"answers": [payment["answer"]]}

    def more(state):
        return "settle" if len(state["answers"]) < len(state["payments"]) else END

    def build():
        builder = StateGraph(Payments)
        if beside:
            builder.add_node("audit", lambda _: {}).add_edge(START, "audit")
        builder.add_node(settle).add_edge(START, "settle")
        return builder.add_conditional_edges("settle", more, ["settle", END])

    if elsewhere:
        if not Path("link").is_symlink():
            os.chdir(tempfile.mkdtemp(dir="."))
            Path("link").symlink_to(Path(db).parent)
        db = f"link/{Path(db).name}"

    def answer(thread, question, answer):
        if meet:
            post("/ready", answer=answer)
        promise = Future()

        def take():
            try:
                promise.set_result(decide(db, build(), thread, question, answer))
            except BaseException as error:
                promise.set_exception(error)

        # A thread of its own: a lock that nobody releases must not keep the judge.
        threading.Thread(target=take, daemon=True).start()
        finished, _ = wait([promise], timeout=7)
        returned = promise.result() if finished else "nothing for 7 s"
        if meet:
            post("/done")
        return returned

    with SqliteSaver.from_conn_string(db) as saver:
        graph = build().compile(checkpointer=saver)
        for thread, payments in start.items():
            config = {"configurable": {"thread_id": thread}}
            graph.invoke({"payments": payments, "answers": []}, config, durability="sync")
    with tempfile.NamedTemporaryFile() as file:
        os.utime(file.name, (0, 0))
        ahead = older if Path(file.name).stat().st_mtime else 0
    clock = time.time
    if meet:
        with ThreadPoolExecutor(len(decisions)) as pool, patch("time.time", lambda: clock() + ahead):
            returned = list(pool.map(lambda one: answer(*one), decisions))
    else:
        returned = [answer(*one) for one in decisions]
    with SqliteSaver.from_conn_string(db) as saver:
        graph, questions = build().compile(checkpointer=saver), {}
        for thread in {*start, *(one[0] for one in decisions)}:
            pending = graph.get_state({"configurable": {"thread_id": thread}}).interrupts
            questions[thread] = pending[0].id if pending else None
    return {"returned": returned, "open": questions}


def press_in_turn(decide, db):
    """While a stale press is being looked at, a no comes to the open question; while its node runs, a yes.

    A press is looked at for as long as its builder takes to compile. Each has a builder of its own. Tell what came back,
    which answers were used, by whose builder, and which files beside the database are gone.
    """
    import threading
    from concurrent.futures import ThreadPoolExecutor, wait
    from pathlib import Path
    from typing import TypedDict

    from langgraph.checkpoint.sqlite import SqliteSaver
    from langgraph.graph import START, StateGraph
    from langgraph.types import interrupt

    class Payment(TypedDict):
        paid: bool

    looking, may_go_on, using, last_is_back = (threading.Event() for _ in range(4))
    used, files = [], set()

    class SlowBuilder(StateGraph):
        def compile(self, *args, **options):
            files.update(Path(db).parent.iterdir())
            looking.set()
            may_go_on.wait(2)
            return super().compile(*args, **options)

    def build(whose, kind=StateGraph):
        def settle(state):
            answer = interrupt("Pay?")
            used.append([answer, whose])
            using.set()
            last_is_back.wait(2 if len(used) == 1 else 0)
            return {"paid": answer}

        return kind(Payment).add_node(settle).add_edge(START, "settle")

    with SqliteSaver.from_conn_string(db) as saver:
        config = {"configurable": {"thread_id": "supplier"}}
        asked = build("first").compile(checkpointer=saver).invoke({"paid": False}, config, durability="sync")
    question = asked["__interrupt__"][0].id
    with ThreadPoolExecutor(3) as pool:
        stale = pool.submit(decide, db, build("stale", SlowBuilder), "supplier", question[::-1], True)
        looking.wait(2)
        good = pool.submit(decide, db, build("good"), "supplier", question, False)
        wait([good], timeout=0.1)
        may_go_on.set()
        stale.result()
        refused = good.done() and not used
        using.wait(0 if refused else 2)
        last = pool.submit(decide, db, build("last"), "supplier", question, True)
        wait([last], timeout=0.5)
        last_is_back.set()
        returned = [good.result(), last.result()]
    own = ("-wal", "-shm", "-journal")  # SQLite's
    gone = [file.name for file in files if not file.exists() and not file.name.endswith(own)]
    return {"refused": refused, "returned": returned, "used": used, "gone": gone}


class PaymentBank:
    """The bank, which lets those who want to pay wait for each other, and the threads of payments."""

    HOLD = 0.7  # seconds: time enough for another to come to the bank as well, if nothing keeps it

    def __init__(self, submission: Any) -> None:
        self.rng: random.Random = submission.rng
        self.db: str = submission.path("payments.db")
        self.paid: list[str] = []
        self._submission, self._done, self.asked = submission, 0, 0
        self.held, self.older = self.HOLD, 0.0
        self._met, self._changed = threading.Barrier(2), threading.Condition()
        self._server: Server = submission.serve(self._answer)
        self.ready = self.pressing = 0  # how many want to press; how many of them a payment waits for
        self.hold = self.kills = self.in_turn = self.overtaken = self.beside = self.nested = False

    def _answer(self, request: Request) -> Response:
        if request.path == "/ready" and not self.in_turn:
            self._met.wait(timeout=8)
            return Response()
        with self._changed:
            self.ready += request.path == "/ready"
            self._changed.notify_all()
            if request.path == "/ready":  # a no comes when a yes is being paid
                self._changed.wait_for(lambda: request.json["answer"] or self.paid or self._done, timeout=8)
                return Response()
            if request.path == "/asked":
                self.asked += 1
                return Response()
            if self.kills:
                self._submission.kill()
                return Response(reset=True)
            if request.path == "/done":
                self._done += 1
            else:
                self.paid.append(request.json["payment"])
            self._changed.notify_all()
            if request.path == "/pay" and self.hold:
                self._changed.wait_for(lambda: self.ready >= self.pressing, timeout=4)
                before = self._done if self.pressing else 0
                self._changed.wait_for(lambda: len(self.paid) > 1 or self._done > before, timeout=self.held)
                self.overtaken = bool(self._done)
        return Response()

    def wait_for(self, what: Callable[[], Any], seconds: float) -> None:
        """Wait until it holds, but no longer than so many seconds."""
        with self._changed:
            self._changed.wait_for(what, timeout=seconds)

    def decide_beside(self, decisions: Sequence[Sequence[Any]], twin: Any) -> list[Any]:
        """While a yes is being paid, answer another thread in that process, and then the first one in a second process."""
        self.hold = self.in_turn = True
        self.pressing = len(decisions)
        with ThreadPoolExecutor(2) as pool:
            here = pool.submit(self.ask, self._submission, decisions=decisions[:2], meet=True)
            self.wait_for(lambda: self.paid, 8)
            self.wait_for(lambda: self._done, 1.5)  # it may be kept until the first has paid
            there = pool.submit(self.ask, twin, decisions=decisions[2:], meet=True)
            return [*here.result()["returned"], *there.result()["returned"]]

    def ask(self, one: Any, **given: Any) -> dict[str, Any]:
        """Have a process start threads and decide questions."""
        defaults: dict[str, Any] = {"start": {}, "decisions": [], "meet": False}
        defaults |= {"older": self.older, "beside": self.beside, "nested": self.nested}
        return one.observe(settle_payments, db=self.db, url=self._server.url, **(defaults | given))

    def draw(self, count: int) -> list[str]:
        """Draw payments; no two are alike."""
        return [f"{cents} cents" for cents in self.rng.sample(range(100, 10**6), count)]

    def start(self, threads: dict[str, list[str]]) -> dict[str, str]:
        """Start threads of payments; return the id of each one's question."""
        return self.ask(self._submission, start=threads)["open"]

    def decide(self, thread: str, question: str, answer: bool) -> tuple[Any, str | None]:
        """Decide one question; return what came back, and the id of the question that is open then."""
        seen = self.ask(self._submission, decisions=[[thread, question, answer]])
        return seen["returned"][0], seen["open"][thread]

    def die_with(self, thread: str, question: str) -> None:
        """Let the process die on its way to the bank, and begin another."""
        self.kills = True
        self.ask(self._submission, decisions=[[thread, question, True]], dies=True)
        self.kills = False
        self._submission.restart()

    def decide_at_once(self, decisions: Sequence[Sequence[Any]], twin: Any = None) -> list[Any]:
        """Let two decisions meet, in two processes or in two worker threads; return what came back."""
        self.hold = True
        if twin is None:
            return self.ask(self._submission, decisions=decisions, meet=True)["returned"]
        with ThreadPoolExecutor(2) as pool:
            asked = [
                pool.submit(self.ask, one, decisions=[decision], meet=True, elsewhere=one is twin)
                for one, decision in zip((self._submission, twin), decisions, strict=True)
            ]
            return [one.result()["returned"][0] for one in asked]

    def expect_no_change(self, before: tuple[int, Any], threads: Sequence[str], what: str) -> None:
        """Expect that a refused answer has run no node, and has left the threads as they were."""
        asked, rows = self.snapshot(threads)
        assert before == (asked, rows), (
            f"`decide` returned `False` for {what}, but "
            f"{'the node that asks has run again' if asked > before[0] else 'saved something on that thread'}: a refused answer "
            "changes nothing, so look with `get_state`, which runs no node"
        )

    def snapshot(self, threads: Sequence[str]) -> tuple[int, Any]:
        """Return how often a node has begun to ask, and all that the file holds of some threads."""
        db = self._submission.file("payments.db")
        return self.asked, [evidence.raw_rows(db, thread) for thread in threads]

    def answers(self, thread: str) -> list[bool]:
        """Return the answers that the thread's newest checkpoint holds."""
        rows = evidence.checkpoints(self._submission.file("payments.db"), thread)
        return rows[-1].values.get("answers", []) if rows else []


def assert_one_counts(bank: PaymentBank, thread: str, returned: list[Any], who: str, why: str) -> None:
    """Expect one of two answers to a thread's first question to have counted, and its next to be open."""
    assert_told_by_bool(returned)
    assert len(bank.paid) < 2 or bank.paid[0] != bank.paid[1], (
        f"{who} answered the same question at once, and the bank paid {bank.paid[0]} twice: {why}"
    )
    answers = bank.answers(thread)
    assert len(answers) < 2, (
        f"{who} answered the same question at once, and the second answer went to the next question, which nobody "
        "had seen: once it's your turn, check that this very question is still open"
    )
    assert returned.count(True) < 2, (
        f"{who} answered the same question at once, and both were told that theirs was taken: "
        "the second one looked before the first had finished, so look again once it's your turn"
    )
    assert returned.count(True) == 1, (
        f"{who} answered the same question at once, and both were told that it was already answered: "
        "one of the two must win"
    )
    assert len(answers) == 1, (
        f"{who} answered the same question at once, `decide` returned `True` for one of them, but the thread's "
        "newest checkpoint has no answer: resume the thread before you return"
    )


def assert_told_by_bool(returned: list[Any]) -> None:
    """Expect `decide` to have returned `True` or `False` each time."""
    wrong = [one for one in returned if not isinstance(one, bool)]
    assert not wrong, (
        f"`decide` returned {wrong[0]!r}: return `True` if the answer counts, and `False` if it doesn't"
    )


@pytest.mark.exercise("two_approvers", points=2, rules=(1, 2, 4), needs=("server",))
def test_one_after_another(submission):
    """The first of two answers counts, the next question can be answered, another thread's id is refused."""
    bank = PaymentBank(submission)
    thread, payments = f"supplier-{submission.rng.randrange(1000)}", bank.draw(3)
    question = bank.start({thread: payments})[thread]
    returned, following = bank.decide(thread, question, True)
    assert returned is True and bank.paid == payments[:1], (
        f"an open question was answered with a yes, `decide` returned {returned!r}, and the bank paid "
        f"{bank.paid or 'nothing'}: resume the thread with the answer, and return `True`"
    )
    before = bank.snapshot([thread])
    late, still = bank.decide(thread, question, True)
    assert bank.paid == payments[:1] and bank.answers(thread) == [True], (
        "the same question was answered again, and the second answer went to the next question, which nobody "
        "had seen: check that this very question is still open, and answer by its id"
    )
    assert late is False and still == following, (
        f"the same question was answered again, and `decide` returned {late!r}: return `False` for an answer "
        "that came too late, and leave the thread as it is"
    )
    bank.expect_no_change(before, [thread], "a late answer")
    returned, last = bank.decide(thread, following, False)
    assert returned is True, (
        f"the thread's next question was answered for the first time, but `decide` returned {returned!r}: "
        "a claim on the thread lasts forever, so claim the question"
    )
    assert repr(bank.answers(thread)) == "[True, False]" and bank.paid == payments[:1], (
        f"the second payment was refused, but the thread has the answers {bank.answers(thread)}, and the bank paid "
        f"{often(len(bank.paid))}: resume with the answer as it is"
    )
    bank.decide(thread, last, True)
    assert bank.paid == [payments[0], payments[2]], (
        f"three questions were answered yes, no, yes, and the bank paid {bank.paid} of {payments}"
    )
    other, [payment] = f"{thread}-b", bank.draw(1)
    question = bank.start({other: [payment]})[other]
    nobody = f"{thread}-c"  # a thread that was never started
    before = bank.snapshot([thread, other, nobody])
    strange, _ = bank.decide(thread, question, True)
    assert strange is False, (
        f"a thread got the id of a question that's open on another thread, and `decide` "
        f"returned {strange!r}: check that the thread is waiting for this very question"
    )
    for part in (question[:-1], ""):
        wrong, still = bank.decide(other, part, True)
        assert wrong is False and still == question, (
            f"`question` was {part!r}, which is only a part of the open question's id, and `decide` returned {wrong!r}: compare "
            "whole ids"
        )
    never, _ = bank.decide(nobody, question, True)
    assert never is False, (
        f"a thread that was never started got another thread's question id, and `decide` returned {never!r}: check that the "
        "thread is waiting for this very question"
    )
    bank.expect_no_change(before, [thread, other, nobody], "a question that isn't open on the thread")
    returned, _ = bank.decide(other, question, True)
    assert returned is True and bank.paid[2:] == [payment], (
        "a question's id was refused on another thread, then answered on its own: `decide` returned "
        f"{returned!r}, and the bank paid {bank.paid[2:] or 'nothing'}. Don't claim anything before you've looked"
    )


@pytest.mark.exercise("two_approvers", points=2, rules=(3, 4), needs=("server",), restarts=True)
def test_two_processes_at_once(submission):
    """Two processes answer the same question at once: one payment."""
    bank = PaymentBank(submission)
    thread = f"supplier-{submission.rng.randrange(1000)}"
    question = bank.start({thread: bank.draw(2)})[thread]
    with submission.twin() as twin:
        returned = bank.decide_at_once([[thread, question, True]] * 2, twin)
    why = (
        "LangGraph lets both resume it, and a lock in memory reaches only one. Lock one that both find, whatever "
        "folder they're in, by any link"
    )
    assert_one_counts(bank, thread, returned, "two processes", why)
    assert len(bank.paid) == 1, "one yes was taken, but the bank was never called"
