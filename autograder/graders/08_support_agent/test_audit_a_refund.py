"""Public tests of `audit_a_refund`."""

from __future__ import annotations

from typing import Any

import pytest

from autograder.sandbox.http_server import Request, Response
from autograder.testing import evidence


def work(audit_refund, url, folder, steps, lines):
    """Let a desk work through some steps, and audit some lines of the ledger: before, if there are steps, and after."""
    import http.client
    import json
    import sqlite3
    from contextlib import closing
    from pathlib import Path

    from langchain_core.messages import HumanMessage
    from langgraph.checkpoint.sqlite import SqliteSaver
    from langgraph.store.sqlite import SqliteStore
    from langgraph.types import Command

    from course.learner.chat_model import ScriptedChatModel
    from course.support_agent import memory
    from course.support_agent.graph import desk
    from course.support_agent.scripted import clerk
    from course.support_agent.state import Context

    class Shop:
        def _ask(self, path, **body):
            connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=10)
            connection.request("POST", path, json.dumps(body))
            answer = json.loads(connection.getresponse().read())
            connection.close()
            return answer

        def find(self, order):
            return self._ask("/find", order=order)

        def refunded(self, order):
            return self._ask("/refunded", order=order)

        def refund(self, key, order, cents):
            return self._ask("/refund", key=key, order=order, cents=cents)

    def open_(name):
        return sqlite3.connect(Path(folder, name), check_same_thread=False, isolation_level=None)

    def at(thread, node):
        """The oldest place in a thread's history where this node is next."""
        history = graph.get_state_history({"configurable": {"thread_id": thread}})
        return [one.config for one in history if one.next == ((node,) if node else ())][-1]

    def prune(thread):
        newest = "(select max(checkpoint_id) from checkpoints where thread_id = ?)"
        for table in ("checkpoints", "writes"):
            saver.conn.execute(
                f"delete from {table} where thread_id = ? and checkpoint_id < {newest}", (thread, thread)
            )

    def crowd(thread):
        """Copy a thread's checkpoints a few hundred times, as if it had gone on."""
        columns = [row[1] for row in saver.conn.execute("pragma table_info(checkpoints)")]
        copied = ["checkpoint_id || '-' || n" if name == "checkpoint_id" else name for name in columns]
        saver.conn.execute(
            "with recursive count(n) as (select 1 union all select n + 1 from count where n < 300) "
            f"insert into checkpoints select {', '.join(copied)} from checkpoints, count where thread_id = ?",
            (thread,),
        )

    with closing(open_("desk.db")) as talk, closing(open_("store.db")) as known:
        saver, store = SqliteSaver(talk), SqliteStore(known)
        saver.setup()
        store.setup()
        graph = desk(ScriptedChatModel(reply=clerk), Shop()).compile(checkpointer=saver, store=store)
        if steps:
            try:
                for line in lines or [{"key": "refund:0", "order": "0", "cents": 1, "receipt": "r-0"}]:
                    audit_refund(graph, line)
            except Exception as problem:
                if isinstance(problem, NotImplementedError):
                    raise
        for step in steps:
            if step["do"] == "instruct":
                memory.write_instructions(store, step["text"])
            elif step["do"] == "erase":
                saver.delete_thread(step["thread"])
            elif step["do"] == "prune":
                prune(step["thread"])
            elif step["do"] == "crowd":
                crowd(step["thread"])
            else:
                config = {"configurable": {"thread_id": step["thread"]}}
                given = Command(resume=step["answer"]) if "answer" in step else None
                if "text" in step:
                    given = {
                        "messages": [HumanMessage(step["text"], id=step["id"])],
                        "refunds": [],
                        "log": [],
                    }
                if "before" in step:
                    config = at(step["thread"], step["before"])
                context = Context(step["customer"], step["now"])
                graph.invoke(given, config, context=context, durability="sync")
        return {"found": [audit_refund(graph, line) for line in lines]}


class Auditor:
    """The bank, the shop's customers, and what the judge knows of each refund."""

    def __init__(self, submission: Any) -> None:
        self.rng, self._submission = submission.rng, submission
        self.ledger = dict[str, dict[str, Any]]()
        self._orders = dict[str, dict[str, Any]]()
        self._server = submission.serve(self._answer)
        self._base = str(self.rng.randrange(10, 999))
        self._clock, self._version = 0, 0
        self._steps = list[dict[str, Any]]()

    def _answer(self, request: Request) -> Response:
        body = request.json
        if request.path == "/find":
            return Response(body=self._orders.get(body["order"]) or "null")
        if request.path == "/refunded":
            paid = [one for one in self.ledger.values() if one["order"] == body["order"]]
            return Response(body=paid[0] if paid else "null")
        return Response(body=self.pay(body["key"], body["order"], body["cents"]))

    def pay(self, key: str, order: str, cents: int) -> dict[str, Any]:
        receipt = f"r-{self.rng.randrange(10**9)}"
        return self.ledger.setdefault(key, {"key": key, "order": order, "cents": cents, "receipt": receipt})

    def order(self, customer: str, paid: int = 9000) -> str:
        """Add an order. Each number begins with those before it."""
        number = self._base = self._base + str(self.rng.randrange(10))
        about = {"order": number, "customer": customer, "item": "tulips", "paid": paid, "status": "sent"}
        self._orders[number] = about
        return number

    def instruct(self) -> int:
        """Give the shop new instructions; return their version."""
        self._version += 1
        self._steps.append({"do": "instruct", "text": f"Be kind, {self.rng.randrange(10**6)}."})
        return self._version

    def say(self, customer: str, thread: str, text: str, **more: Any) -> str:
        """Let a customer write; return the message's id."""
        number = f"m{self.rng.randrange(10**9)}"
        self._run(thread=thread, customer=customer, text=text, id=number, **more)
        return number

    def ask(self, customer: str, thread: str, order: str, cents: int = 3000) -> str:
        """Let a customer ask for a refund; return the message's id."""
        text = f"I want {cents // 100}.{cents % 100:02d} back for order {order}, they were brown."
        return self.say(customer, thread, text)

    def decide(
        self, customer: str, thread: str, order: str, staff: str, approve: Any = True, **more: int
    ) -> None:
        """Answer the question that waits in a thread; `cents` lowers the amount."""
        answer = {"staff": staff, "order": order, "approve": approve, **more}
        self._run(thread=thread, customer=customer, answer=answer)

    def reply(self, customer: str, thread: str, staff: str) -> None:
        """Answer a customer who wanted a person, and give the thread back."""
        answer = {"staff": staff, "say": "What is it?", "done": True}
        self._run(thread=thread, customer=customer, answer=answer)

    def replay(self, customer: str, thread: str, node: str) -> None:
        """Start a thread again from where a node was next."""
        self._run(thread=thread, customer=customer, before=node)

    def drop(self, do: str, thread: str) -> None:
        """Erase a thread, prune it, or make it long."""
        self._steps.append({"do": do, "thread": thread})

    def _run(self, **step: Any) -> None:
        self._clock += 1
        self._steps.append({"do": "run", "now": f"2026-03-01T09:{self._clock:02d}:00Z", **step})

    def work(self, *keys: str) -> list[Any]:
        """Do all that was planned since the last time, at a real desk; return what it finds then for these keys.

        It audits them before, too, so that an answer may remember them.
        """
        given = {"steps": self._steps, "lines": [self.ledger[key] for key in keys]}
        self._steps = []
        return self._observe(**given)["found"]

    def _observe(self, **given: Any) -> Any:
        return self._submission.observe(
            work, url=self._server.url, folder=self._submission.path("."), **given
        )

    def audit(self, key: str) -> Any:
        """Audit the ledger's line with this key, and expect that nothing was called or changed."""
        before, calls = self._left(), len(self._server.requests)
        [found] = self._observe(steps=[], lines=[self.ledger[key]])["found"]
        asked = [request.path for request in self._server.requests[calls:]]
        assert not asked, (
            f"during the audit, the shop or the bank was called: {asked[:3]}. A replay runs the nodes again; read what is saved"
        )
        changed = [name for name, rows in self._left().items() if rows != before.get(name)]
        assert not changed, (
            f"during the audit, {changed[0]} was changed: a new checkpoint becomes the newest state. Only read"
        )
        return found

    def _left(self) -> dict[str, Any]:
        file = self._submission.file("desk.db")
        left = {f"thread {name!r}": evidence.raw_rows(file, name) for name in evidence.threads(file)}
        return {**left, "the store": evidence.store_items(self._submission.file("store.db"))}

    def checkpoint(self, thread: str, order: str) -> str:
        """Return the first checkpoint with the charge, as the file has it."""
        for row in evidence.checkpoints(self._submission.file("desk.db"), thread):
            for line in row.values.get("log", []):
                if (line["what"], line.get("order")) == ("charged", order):
                    return row.id
        raise LookupError(order)

    def assert_found(self, when: str, order: str, **expected: Any) -> None:
        """Expect what an audit finds for an order. Without a `checkpoint`, the file knows it."""
        if "checkpoint" not in expected:
            expected["checkpoint"] = self.checkpoint(expected["thread"], order)
        found = self.audit(f"refund:{order}")
        assert isinstance(found, dict), (
            f"{when}, `audit_refund` should return a dict about order {order}, and it returned {found!r}"
        )
        for name, value in expected.items():
            assert found.get(name) == value, (
                f"{when}, `{name}` is {value!r}, and `audit_refund` returned {found.get(name)!r}: "
                f"{WHERE[name]}"
            )


WHERE = {
    "thread": "find the thread whose log has this charge; if several have it, the first checkpoint that has it is the one",
    "request": "take the last request of this order in front of its charge",
    "customer": "it's whoever the log's request is by",
    "decided_by": "take the last decision about this order in front of its charge, in the first checkpoint that has the charge",
    "version": "the log's request has the version of that time; the store has today's",
    "checkpoint": "it's the first one, of all branches, whose log has the charge, and `None` if that one was pruned",
}


@pytest.mark.exercise("audit_a_refund", points=2, rules=(1, 2), needs=("server",), timeout=20)
def test_each_part_of_the_way(submission):
    """A small and a large refund in one thread, the same amount elsewhere, a bad answer, and newer instructions."""
    desk = Auditor(submission)
    other, large, small = desk.order("ben"), desk.order("ida"), desk.order("ida")  # the longest is paid first
    first = desk.instruct()
    desk.say("ida", "a", "I want to talk to a real person.")
    desk.reply("ida", "a", "bob")
    asked_small = desk.ask("ida", "a", small, 500)
    second = desk.instruct()
    asked_large = desk.ask("ida", "a", large)
    asked_other = desk.ask("ben", "b", other)
    desk.decide("ida", "a", large, "ida")
    desk.instruct()
    desk.say("ida", "a", f"Is anybody there? It's about order {large}, 30.00.")
    desk.decide("ida", "a", large, "bob", "yes")
    desk.decide("ida", "a", large, "mia", cents=submission.rng.randrange(1000, 2999))
    desk.decide("ben", "b", other, "bob")
    desk.instruct()
    desk.say("ida", "a", "Thanks.")
    desk.work()
    desk.assert_found(
        "after a small refund",
        small,
        thread="a",
        request=asked_small,
        customer="ida",
        decided_by="policy",
        version=first,
    )
    desk.assert_found(
        "after bad answers, a message meanwhile and a good answer",
        large,
        thread="a",
        request=asked_large,
        customer="ida",
        decided_by="mia",
        version=second,
    )
    desk.assert_found(
        "with the same amount in two threads",
        other,
        thread="b",
        request=asked_other,
        customer="ben",
        decided_by="bob",
        version=second,
    )


@pytest.mark.exercise("audit_a_refund", points=1, rules=(5,), needs=("server",), timeout=20)
def test_lines_that_lead_nowhere(submission):
    """An erased customer, an order that nobody asked for, and two that were paid by hand: one refused, one refunded."""
    desk = Auditor(submission)
    erased, kept, never, refused = (
        desk.order("ida"),
        desk.order("ben"),
        desk.order("ben"),
        desk.order("ben"),
    )
    desk.ask("ida", "a", erased)
    desk.decide("ida", "a", erased, "mia")
    desk.ask("ben", "b", refused)
    desk.decide("ben", "b", refused, "mia", approve=False)
    desk.ask("ben", "b", kept)
    desk.decide("ben", "b", kept, "mia")
    desk.drop("erase", "a")
    desk.work()
    for order in (never, refused):
        desk.pay(f"refund:{order}", order, 3000)
    desk.pay(f"hand:{kept}", kept, 3000)
    for when, key in {
        "after the customer was erased": f"refund:{erased}",
        "for an order that nobody asked the desk about": f"refund:{never}",
        "for a refund that staff refused, and somebody paid by hand": f"refund:{refused}",
        "for a line that somebody paid by hand, though the desk had refunded the order": f"hand:{kept}",
    }.items():
        found = desk.audit(key)
        assert found is None, (
            f"{when}, no log has a charge with this receipt, and `audit_refund` returned {found}: return `None`"
        )


def asked_three_times(desk: Auditor) -> tuple[str, str, str]:
    """Plan a refund that was refused before, and asked for again after; return order, request and thread."""
    order = desk.order("cleo")
    thread = f"again {order}"
    desk.ask("cleo", thread, order)
    desk.decide("cleo", thread, order, "bob", approve=False)
    asked = desk.ask("cleo", thread, order)
    desk.decide("cleo", thread, order, "mia")
    desk.ask("cleo", thread, order)
    return order, asked, thread


@pytest.mark.exercise("audit_a_refund", points=1, rules=(3,), needs=("server",), timeout=20)
def test_asked_three_times(submission):
    """Refused, then approved, then asked for once more: what counts led to the charge."""
    desk = Auditor(submission)
    order, asked, thread = asked_three_times(desk)
    desk.work()
    desk.assert_found(
        "after a refusal, an approval and one more request",
        order,
        thread=thread,
        request=asked,
        customer="cleo",
        decided_by="mia",
        version=0,
    )
