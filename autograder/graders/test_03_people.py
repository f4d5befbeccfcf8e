"""Public tests of module 03: questions to people, and their answers."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from autograder.sandbox.http_server import Response
from autograder.testing import evidence

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence

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
