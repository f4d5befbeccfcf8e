"""Public tests of module 03: people in the loop, errors, limits, caches, metrics, shutdown."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from autograder.sandbox.http_server import Response
from autograder.sandbox.outcomes import TimedOut
from autograder.testing import evidence

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence
    from pathlib import Path

    from autograder.sandbox.http_server import Request, Server


# --- approve_refund ----------------------------------------------------------------------------------


def step_refund(build_refunds, db, url, thread, send):
    """Build the graph anew, send one thing into a thread, and tell what came back."""
    import http.client
    import json

    from langgraph.checkpoint.sqlite import SqliteSaver
    from langgraph.types import Command

    def post(path, order, cents):
        connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=10)
        connection.request("POST", path, json.dumps({"order": order, "cents": cents}))
        answer = json.loads(connection.getresponse().read())
        connection.close()
        return answer

    def ask(order, cents):
        post("/ask", order, cents)

    def pay(order, cents):
        return post("/pay", order, cents)["receipt"]

    config = {"configurable": {"thread_id": thread}}
    with SqliteSaver.from_conn_string(db) as saver:
        graph = build_refunds(saver, ask, pay)
        if not hasattr(graph, "get_state"):
            return {"no graph": type(graph).__name__}
        given = Command(resume=send["resume"]) if "resume" in send else send.get("start")
        result = graph.invoke(given, config)
        result = result if isinstance(result, dict) else {}
        return {
            "asked": [one.value for one in result.get("__interrupt__", ())],
            "next": list(graph.get_state(config).next),
            "receipt": result.get("receipt", "missing"),
        }


class RefundDesk:
    """The reviewers' channel and the bank, as the judge sees them."""

    def __init__(self, submission: Any) -> None:
        self.rng: random.Random = submission.rng
        self.receipts: dict[str, str] = {}
        self._submission, self._db = submission, submission.path("refunds.db")
        self._server: Server = submission.serve(self._answer)

    def _answer(self, request: Request) -> Response:
        receipt = f"r-{self.rng.randrange(10**6)}"
        if request.path == "/pay":
            self.receipts[request.json["order"]] = receipt
        return Response(body={"receipt": receipt})

    def refund(self) -> dict[str, Any]:
        return {"order": str(self.rng.randrange(1000, 10**5)), "cents": self.rng.randrange(100, 10**5)}

    def step(self, refund: dict[str, Any], **send: Any) -> dict[str, Any]:
        """Send something into the refund's thread: `start=`, `resume=`, or nothing, as a worker does."""
        thread = f"refund-{refund['order']}"
        seen = self._submission.observe(
            step_refund, db=self._db, url=self._server.url, thread=thread, send=send
        )
        assert "no graph" not in seen, (
            f"`build_refunds` returned a value of type {seen['no graph']}, not a graph: "
            "return what `builder.compile(checkpointer=saver)` gives"
        )
        return seen

    def start(self, refund: dict[str, Any]) -> None:
        """Start a refund, and expect it to wait for a person."""
        seen = self.step(refund, start=refund)
        if not seen["asked"] and seen["next"]:
            raise AssertionError(
                f"the thread stopped before `{seen['next'][0]}` without an interrupt: a breakpoint puts no question "
                "and takes no answer, so the decision would be lost; ask from inside a node"
            )
        assert seen["asked"], (
            "the refund ran to its end and asked nobody: a node must pause before the money goes out"
        )
        assert seen["asked"] == [refund], (
            f"the interrupt's value is {seen['asked'][0]!r}, not {refund}: a reviewer decides on what it says"
        )

    def made(self, path: str) -> list[dict[str, Any]]:
        return [request.json for request in self._server.requests if request.path == path]

    def assert_nothing_paid(self, refund: dict[str, Any]) -> None:
        paid = self.made("/pay").count(refund)
        assert not paid, (
            f"{refund['cents']} cents went out {paid} times before anybody had decided: what stands above the "
            "interrupt has happened when a person is asked, so pay below it"
        )

    def assert_paid(self, refund: dict[str, Any], seen: dict[str, Any]) -> None:
        """Expect a decided refund to be paid once, with its receipt in the state."""
        assert not seen["asked"], "after the decision the graph asked again: one interrupt a refund is enough"
        paid = [one for one in self.made("/pay") if one["order"] == refund["order"]]
        assert paid, (
            f"refund {refund['order']} was approved, but nothing was paid: call `pay` after the decision"
        )
        assert paid == [refund], (
            f"refund {refund['order']} was to be paid once, {refund['cents']} cents, but the ledger says "
            f"{[one['cents'] for one in paid]}: is `pay` above an interrupt, or called in two places?"
        )
        receipt = self.receipts[refund["order"]]
        assert seen["receipt"] == receipt, (
            f"the bank gave the receipt {receipt!r}, but `receipt` in the state is {seen['receipt']!r}: "
            "return from the node what `pay` returned"
        )

    def assert_asked_once(self, refund: dict[str, Any], when: str, why: str) -> None:
        asked = [one for one in self.made("/ask") if one["order"] == refund["order"]]
        assert asked, "no message came to the reviewers' channel: call `ask` before you pause"
        assert asked[0] == refund, f"`ask` was called with {asked[0]}, not with {refund}"
        assert len(asked) == 1, f"{when}, the channel has {len(asked)} messages about one refund: {why}"


@pytest.mark.exercise("approve_refund", points=2, needs=("server",), restarts=True)
def test_paid_after_the_decision(submission):
    """Nothing is paid before the decision, and once after it, in another process."""
    desk = RefundDesk(submission)
    refund = desk.refund()
    desk.start(refund)
    desk.assert_nothing_paid(refund)
    assert evidence.threads(submission.file("refunds.db")), (
        "the refund waits, but the database holds no thread: compile the graph with the saver that you are given"
    )
    submission.restart()
    desk.assert_paid(refund, desk.step(refund, resume=True))


@pytest.mark.exercise("approve_refund", points=1, needs=("server",))
def test_declined_is_not_paid(submission):
    """A refund that is declined is not paid."""
    desk = RefundDesk(submission)
    refund = desk.refund()
    desk.start(refund)
    seen = desk.step(refund, resume=False)
    assert not desk.made("/pay"), (
        f"refund {refund['order']} was declined and was paid all the same: "
        "the decision is what `interrupt` returns, and `pay` must depend on it"
    )
    assert not seen["asked"] and seen["receipt"] is None, (
        f"after a no, the thread has the receipt {seen['receipt']!r} and {len(seen['asked'])} open questions: "
        "it should be over, with `receipt` written as `None`"
    )


@pytest.mark.exercise("approve_refund", points=2, needs=("server",), restarts=True)
def test_asked_once(submission):
    """The channel gets one message, though the thread is invoked with None and resumed."""
    desk = RefundDesk(submission)
    refund = desk.refund()
    desk.start(refund)
    desk.assert_asked_once(refund, "when the refund waits", "`ask` was called twice in one run")
    again = (
        "a node runs again from its first line whenever its thread is resumed or invoked, "
        "so what is to happen once must be saved as done before the pause"
    )
    desk.step(refund)
    desk.assert_asked_once(refund, "after an `invoke(None)` on the waiting thread", again)
    submission.restart()
    desk.step(refund)
    desk.assert_asked_once(
        refund,
        "after an `invoke(None)` from a new process",
        "that process does not know what the old one had noted in memory; only a checkpoint tells it",
    )
    desk.step(refund, resume=True)
    desk.assert_asked_once(refund, "after the decision", again)


# --- two_approvers -----------------------------------------------------------------------------------


def settle_payments(decide, db, url, start, decisions, meet):
    """Start threads of payments, let their questions be decided, and tell which questions are open then.

    With `meet`, each decision comes from a worker thread of its own, when as many have met at the server.
    """
    import http.client
    import json
    import operator
    from concurrent.futures import ThreadPoolExecutor
    from typing import Annotated, TypedDict

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

    def settle(state):
        payment = state["payments"][len(state["answers"])]
        answer = interrupt({"pay": payment})
        if answer:
            post("/pay", payment=payment)
        return {"answers": [answer]}

    def more(state):
        return "settle" if len(state["answers"]) < len(state["payments"]) else END

    def build():
        builder = StateGraph(Payments).add_node(settle).add_edge(START, "settle")
        return builder.add_conditional_edges("settle", more, ["settle", END])

    def answer(thread, question, answer):
        if meet:
            post("/ready")
        returned = decide(db, build(), thread, question, answer)
        if meet:
            post("/done")
        return returned

    with SqliteSaver.from_conn_string(db) as saver:
        graph = build().compile(checkpointer=saver)
        for thread, payments in start.items():
            config = {"configurable": {"thread_id": thread}}
            graph.invoke({"payments": payments, "answers": []}, config, durability="sync")
    if meet:
        with ThreadPoolExecutor(len(decisions)) as pool:
            returned = list(pool.map(lambda one: answer(*one), decisions))
    else:
        returned = [answer(*one) for one in decisions]
    with SqliteSaver.from_conn_string(db) as saver:
        graph, questions = build().compile(checkpointer=saver), {}
        for thread in {*start, *(one[0] for one in decisions)}:
            pending = graph.get_state({"configurable": {"thread_id": thread}}).interrupts
            questions[thread] = pending[0].id if pending else None
    return {"returned": returned, "open": questions}


class PaymentBank:
    """The bank, which lets those who want to pay wait for each other, and the threads of payments."""

    HOLD = 0.7  # seconds: time enough for another to come to the bank as well, if nothing keeps it

    def __init__(self, submission: Any) -> None:
        self.rng: random.Random = submission.rng
        self.db: str = submission.path("payments.db")
        self.paid: list[str] = []
        self._submission, self._done = submission, 0
        self._met, self._changed = threading.Barrier(2), threading.Condition()
        self._server: Server = submission.serve(self._answer)
        self.hold = False

    def _answer(self, request: Request) -> Response:
        if request.path == "/ready":
            self._met.wait(timeout=8)
            return Response()
        with self._changed:
            if request.path == "/done":
                self._done += 1
            else:
                self.paid.append(request.json["payment"])
            self._changed.notify_all()
            if request.path == "/pay" and self.hold:
                self._changed.wait_for(lambda: len(self.paid) > 1 or self._done, timeout=self.HOLD)
        return Response()

    def ask(self, one: Any, **given: Any) -> dict[str, Any]:
        """Have a process start threads and decide questions."""
        defaults: dict[str, Any] = {"start": {}, "decisions": [], "meet": False}
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

    def decide_at_once(self, decisions: Sequence[Sequence[Any]], twin: Any = None) -> list[Any]:
        """Let two decisions meet, in two processes or in two worker threads; return what came back."""
        self.hold = True
        if twin is None:
            return self.ask(self._submission, decisions=decisions, meet=True)["returned"]
        with ThreadPoolExecutor(2) as pool:
            asked = [
                pool.submit(self.ask, one, decisions=[decision], meet=True)
                for one, decision in zip((self._submission, twin), decisions, strict=True)
            ]
            return [one.result()["returned"][0] for one in asked]

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
        "had seen: once you hold the lock, look whether this very question is still open"
    )
    assert returned.count(True) < 2, (
        f"{who} answered the same question at once, and both were told that theirs was taken: "
        "the second looked before the first had finished, so look again once you hold the lock"
    )
    assert returned.count(True) == 1, (
        f"{who} answered the same question at once, and both were told that it was answered already: "
        "one of the two must win"
    )
    assert len(answers) == 1, (
        f"{who} answered the same question at once, `decide` returned `True` for one of them, and the thread's "
        "newest checkpoint holds no answer: resume it before you return"
    )


def assert_told_by_bool(returned: list[Any]) -> None:
    """Expect `decide` to have returned `True` or `False` each time."""
    wrong = [one for one in returned if not isinstance(one, bool)]
    assert not wrong, (
        f"`decide` returned {wrong[0]!r}: it must say `True` or `False`, whether the answer counts"
    )


@pytest.mark.exercise("two_approvers", points=2, needs=("server",))
def test_one_after_another(submission):
    """The first of two answers counts, the next question can be answered, another thread's id is refused."""
    bank = PaymentBank(submission)
    thread, payments = f"supplier-{submission.rng.randrange(1000)}", bank.draw(3)
    question = bank.start({thread: payments})[thread]
    returned, following = bank.decide(thread, question, True)
    assert returned is True and bank.paid == payments[:1], (
        f"an open question was answered with a yes: `decide` returned {returned!r}, and the bank paid "
        f"{bank.paid or 'nothing'}; resume the thread with the answer, and return `True`"
    )
    late, still = bank.decide(thread, question, True)
    assert bank.paid == payments[:1] and bank.answers(thread) == [True], (
        "the same question was answered once more, and the second answer went to the next question, which nobody "
        "had seen: look whether this very question is still open, and answer by its id"
    )
    assert late is False and still == following, (
        f"the same question was answered once more, and `decide` returned {late!r}: it must say `False` for an answer "
        "that came too late, and leave the thread as it is"
    )
    returned, last = bank.decide(thread, following, False)
    assert returned is True, (
        f"the thread's next question was answered for the first time, but `decide` returned {returned!r}: "
        "a claim on the thread lasts for ever, so claim the question"
    )
    assert bank.answers(thread) == [True, False] and bank.paid == payments[:1], (
        f"the second payment was refused, but the thread holds the answers {bank.answers(thread)}, and the bank paid "
        f"{len(bank.paid)} times: resume with the answer as it is"
    )
    bank.decide(thread, last, True)
    assert bank.paid == [payments[0], payments[2]], (
        f"three questions were answered yes, no, yes, and the bank paid {bank.paid} of {payments}"
    )
    other, [payment] = f"{thread}-b", bank.draw(1)
    question = bank.start({other: [payment]})[other]
    strange, _ = bank.decide(thread, question, True)
    assert strange is False, (
        f"the id of a question that waits on another thread was sent to a thread which never asked it, and `decide` "
        f"returned {strange!r}: look whether the thread waits for this very question"
    )
    returned, _ = bank.decide(other, question, True)
    assert returned is True and bank.paid[2:] == [payment], (
        "the id of a thread's question was first sent to another thread, where it was refused, and then to its own: "
        f"`decide` returned {returned!r}, and the bank paid {bank.paid[2:] or 'nothing'}; claim nothing before you have looked"
    )


@pytest.mark.exercise("two_approvers", points=2, needs=("server",), restarts=True)
def test_two_processes_at_once(submission):
    """Two processes answer the same question at once: one payment."""
    bank = PaymentBank(submission)
    thread = f"supplier-{submission.rng.randrange(1000)}"
    question = bank.start({thread: bank.draw(2)})[thread]
    with submission.twin() as twin:
        returned = bank.decide_at_once([[thread, question, True]] * 2, twin)
    why = (
        "nothing in LangGraph keeps two processes from resuming one question, and a lock that lies in the memory of "
        "one process does not exist for the other; take one on the disk before you look"
    )
    assert_one_counts(bank, thread, returned, "two processes", why)
    assert len(bank.paid) == 1, "one of two answers was taken, a yes, but the bank was never called"


# --- reject_bad_answers ------------------------------------------------------------------------------


def ask_reviewers(submit, db, start, at_once, answers):
    """Start threads that ask questions, submit answers, and tell after each what has happened.

    An answer is [thread, the number of one of its questions, value], or with a fourth part, the thread
    whose question of that number is meant.
    """
    import operator
    from typing import Annotated, TypedDict

    from langgraph.checkpoint.sqlite import SqliteSaver
    from langgraph.graph import START, StateGraph
    from langgraph.types import interrupt

    class Review(TypedDict):
        questions: list
        answers: Annotated[list, operator.add]

    ran = []

    def node(number):
        def ask(state):
            ran.append(number)
            given = interrupt({**state["questions"][number], "number": number})
            return {"answers": [[number, type(given).__name__, given]]}

        return ask

    def build(count, saver):
        builder, before = StateGraph(Review), START
        for number in range(count):
            builder.add_node(f"ask {number}", node(number)).add_edge(before, f"ask {number}")
            before = START if at_once else f"ask {number}"
        return builder.compile(checkpointer=saver)

    def answer(graph, thread, question, value):
        try:
            return submit(graph, thread, question, value)
        except NotImplementedError:
            raise
        except Exception as error:
            return f"{type(error).__name__}: {error}"

    known, seen = {}, []
    with SqliteSaver.from_conn_string(db) as saver:
        saver.conn.execute("pragma synchronous = off")  # nothing is killed here
        graph = build(2, saver)
        configs = {name: {"configurable": {"thread_id": name}} for name in start}

        def look():
            for name, config in configs.items():
                for one in graph.get_state(config).interrupts:
                    known[name, one.value["number"]] = one.id

        def rows():
            [[count]] = saver.conn.execute(
                "select (select count(*) from checkpoints) + (select count(*) from writes)"
            )
            return count

        for name, questions in start.items():
            graph.invoke({"questions": questions, "answers": []}, configs[name])
        look()
        for thread, number, value, *of in answers:
            ran.clear()
            before = rows()
            returned = answer(graph, thread, known.get((of[0] if of else thread, number), "f" * 32), value)
            after = rows()
            look()
            snapshot = graph.get_state(configs[thread]) if thread in configs else None
            seen.append(
                {
                    "returned": returned,
                    "ran": list(ran),
                    "saved": after - before,
                    "answers": snapshot.values["answers"] if snapshot else [],
                    "open": sorted(one.value["number"] for one in snapshot.interrupts) if snapshot else [],
                }
            )
    return seen


QUESTION_KINDS = ("yes_no", "choice", "note", "cents")
OPTIONS = ("voucher", "refund", "repair", "exchange", "discount")


def draw_question(rng: random.Random, kind: str) -> dict[str, Any]:
    """Draw a question of a kind."""
    question: dict[str, Any] = {"kind": kind, "text": f"About order {rng.randrange(1000, 10**5)}?"}
    return question | ({"options": rng.sample(OPTIONS, 3)} if kind == "choice" else {})


def good_answers(rng: random.Random, question: dict[str, Any]) -> list[Any]:
    """Return answers that fit a question; the first is falsy where one is."""
    options = question.get("options", [])
    return {
        "yes_no": [False, True],
        "cents": [0, rng.randrange(1, 10**5)],
        "choice": rng.sample(options, len(options)),
        "note": ["", f"called back at {rng.randrange(24)}:00"],
    }[question["kind"]]


def bad_answers(rng: random.Random, question: dict[str, Any]) -> list[Any]:
    """Draw answers that do not fit a question, in any order."""
    number, options = rng.randrange(1, 10**5), question.get("options", [])
    wrong = {
        "yes_no": ["false", "", 0, 1, "yes", {"yes_no": True}],
        "cents": [True, False, -number, number + 0.5, str(number), ""],
        "choice": [
            "",
            rng.choice([o for o in OPTIONS if o not in options]),
            0,
            options,
            "".join(options[:1]).upper(),
        ],
        "note": [number, True, False, ["text"], {"text": "ok"}],
    }[question["kind"]]
    drawn = [None, {}, [], *wrong]
    rng.shuffle(drawn)
    return drawn


def is_trap(answer: Any) -> bool:
    """Tell whether an answer equals a `bool` or a number, and is of the other type."""
    return isinstance(answer, int) and answer in (0, 1)


def assert_refused(seen: dict[str, Any], kind: str, answer: Any) -> None:
    """Expect an answer that does not fit to have left no trace."""
    what = f"{answer!r}, sent to a question of the kind {kind!r},"
    returned = seen["returned"]
    assert not isinstance(returned, str), (
        f"{what} ended in `{returned[:100]}`: refuse what does not fit before anything is resumed with it"
    )
    assert returned is not True or not isinstance(answer, bool) or kind != "cents", (
        f"{what} was taken: `True` is an `int` to Python, and `isinstance(True, int)` is true, so ask about `bool` first"
    )
    assert returned is not True or kind != "yes_no" or not is_trap(answer), (
        f"{what} was taken: in Python `0 == False` and `1 == True`, so ask for the type"
    )
    assert returned is not True, (
        f"{what} was taken: any value resumes a thread, for LangGraph does not know what was asked, "
        "so look at the answer before you resume"
    )
    assert returned is False, f"{what} made `submit` return {returned!r}: return `False` for a bad answer"
    assert not seen["ran"] and not seen["saved"], (
        f"{what} was refused, but the thread had been resumed with it: a paused node ran again, and something was "
        "saved; look first, and resume only with what fits"
    )


def assert_taken(seen: dict[str, Any], number: int, kind: str, answer: Any) -> None:
    """Expect an answer that fits to have arrived as it is."""
    returned, what = seen["returned"], f"{answer!r}, sent to a question of the kind {kind!r},"
    assert not isinstance(returned, str), f"{what} ended in `{returned[:100]}`: resume by the question's id"
    assert returned is not False or answer, (
        f"{what} was refused: {answer!r} is an answer too, although an `if` takes it for nothing; "
        "look at its type, not at its truth"
    )
    assert returned is True, f"{what} fits, but `submit` returned {returned!r}: take it, and return `True`"
    got = [one for one in seen["answers"] if one[0] == number]
    assert got == [[number, type(answer).__name__, answer]], (
        f"{what} was to be what `interrupt` returns, but the node that had asked got "
        f"{[one[2] for one in got] or 'nothing'}: resume with the answer as it is"
    )


@pytest.mark.exercise("reject_bad_answers", points=2)
def test_bad_answers_are_refused(submission):
    """Bad answers to each kind of question leave the thread as it was."""
    rng, db = submission.rng, submission.path("reviews.db")
    for kind in QUESTION_KINDS:  # the plain mistakes first, then the one about `bool`
        questions = [draw_question(rng, kind) for _ in range(2)]
        bad = bad_answers(rng, questions[0])
        answers = [[kind, 0, answer] for answer in bad]
        seen = submission.observe(
            ask_reviewers, db=db, start={kind: questions}, at_once=False, answers=answers
        )
        told = sorted(zip(seen, bad, strict=True), key=lambda pair: is_trap(pair[1]))  # plain ones first
        for one, answer in told:
            assert_refused(one, kind, answer)
        assert seen[-1]["open"] == [0], "after all these answers the question is no longer open"
        rows = evidence.checkpoints(submission.file("reviews.db"), kind)
        assert not any(write.channel == "__resume__" for row in rows for write in row.writes), (
            "all these answers were refused, but one of them stands in the database, as what the thread was resumed with"
        )


@pytest.mark.exercise("reject_bad_answers", points=2)
def test_good_answers_are_taken(submission):
    """Good answers go to the node that asked: False, 0 and the empty string too."""
    rng, db = submission.rng, submission.path("reviews.db")
    for kind in QUESTION_KINDS:
        questions = [draw_question(rng, kind) for _ in range(2)]
        good = [good_answers(rng, questions[0])[0], good_answers(rng, questions[1])[1]]
        answers = [[kind, number, answer] for number, answer in enumerate(good)]
        seen = submission.observe(
            ask_reviewers, db=db, start={kind: questions}, at_once=False, answers=answers
        )
        for number, answer in enumerate(good):
            assert_taken(seen[number], number, kind, answer)


@pytest.mark.exercise("reject_bad_answers", points=1)
def test_stale_answer_is_refused(submission):
    """A question that has been answered takes no second answer, and the next one is not touched."""
    rng, thread = submission.rng, f"refund-{submission.rng.randrange(1000)}"
    kind = rng.choice(QUESTION_KINDS)
    questions = [draw_question(rng, kind) for _ in range(2)]
    questions[1] |= {key: questions[0][key] for key in ("options",) if key in questions[0]}
    first, *_, second = good_answers(rng, questions[0])
    seen = submission.observe(
        ask_reviewers,
        db=submission.path("reviews.db"),
        start={thread: questions},
        at_once=False,
        answers=[[thread, 0, first], [thread, 0, second], [thread, 1, second], [thread, 1, first]],
    )
    assert_taken(seen[0], 0, kind, first)
    assert_not_meant(seen[1], [1], "a question that had been answered, while the next one waits,")
    assert_taken(seen[2], 1, kind, second)
    assert_not_meant(seen[3], [], "the last question of a thread that has ended")


def assert_not_meant(seen: dict[str, Any], still_open: list[int], what: str) -> None:
    """Expect an answer of the right kind, but to the wrong question, to have left no trace."""
    returned = seen["returned"]
    assert not isinstance(returned, str), f"an answer to {what} ended in `{returned[:100]}`: refuse it"
    assert returned is False or seen["open"] == still_open, (
        f"an answer to {what} was taken, and went to a question that its reviewer had never seen: "
        "look whether the thread waits for this very id"
    )
    assert returned is False, (
        f"an answer to {what} was taken, as `submit` says, and went nowhere: a stale id raises nothing, so look "
        "whether the thread still waits for it"
    )
    assert not seen["ran"] and not seen["saved"], (
        f"an answer to {what} was refused, but the thread had been resumed with it: look first"
    )


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
