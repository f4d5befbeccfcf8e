"""Public tests of `hand_over_and_back`."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest

from autograder.sandbox.http_server import Request, Response
from autograder.testing import evidence

from common import assert_whole


def talk(build_desk, url, db, runs):
    """Build a desk, and let people speak to it. Its model and its tools are behind the URL."""
    import http.client
    import json
    import os
    import signal
    import sqlite3
    import time

    from langchain_core.messages import AIMessage, HumanMessage
    from langchain_core.tools import tool
    from langgraph.checkpoint.sqlite import SqliteSaver
    from langgraph.types import Command

    from course.support_agent.state import Context

    def ask(path, body):
        connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=10)
        connection.request("POST", path, json.dumps(body))
        answer = json.loads(connection.getresponse().read())
        connection.close()
        return answer

    def model(messages):
        sent = [
            {
                "type": m.type,
                "id": m.id,
                "text": m.text,
                "name": m.name,
                "calls": [call["id"] for call in getattr(m, "tool_calls", [])],
                "of": getattr(m, "tool_call_id", None),
            }
            for m in messages
        ]
        said = ask("/model", sent)
        return AIMessage(said["text"], tool_calls=[{**call, "type": "tool_call"} for call in said["calls"]])

    def saved():
        try:
            with sqlite3.connect(db, timeout=5) as connection:
                return connection.execute(
                    "select count(distinct task_id) from writes "
                    "where checkpoint_id = (select max(checkpoint_id) from checkpoints)"
                ).fetchone()[0]
        except sqlite3.Error:
            return 0

    @tool
    def look_up(number: int) -> str:
        """Look something up."""
        ask("/look_up", number)
        return f"number {number}"

    @tool
    def die(beside: int) -> str:
        """Die at the first call, when what ran beside has been saved, and work at the next."""
        if ask("/die", beside) == "alive":
            return "alive"
        until = time.monotonic() + 6
        while saved() < beside and time.monotonic() < until:
            time.sleep(0.02)
        os.kill(os.getpid(), signal.SIGKILL)
        return "dead"

    seen = []
    with SqliteSaver.from_conn_string(db) as saver:
        graph = build_desk(model, [look_up, die], saver)
        if not hasattr(graph, "invoke"):
            return {"no graph": type(graph).__name__}
        for run in runs:
            given = None
            if "text" in run:
                content = run["text"]
                if run.get("picture"):
                    content = [{"type": "image_url", "image_url": {"url": "https://shop.example/8.png"}}]
                    content += [{"type": "text", "text": run["text"]}] * bool(run["text"])
                given = {"messages": [HumanMessage(content, id=run["id"])]}
            if "answer" in run:
                given = Command(resume=run["answer"])
            config = {"configurable": {"thread_id": run["thread"]}}
            context = Context(customer=run["customer"], now=run["now"])
            try:
                result = graph.invoke(given, config, context=context, durability="sync")
            except Exception as problem:
                seen.append({"raised": f"{type(problem).__name__}: {problem}"[:200], "asked": []})
                continue
            result = result if isinstance(result, dict) else {}
            seen.append({"asked": [one.value for one in result.get("__interrupt__", ())]})
    return {"seen": seen}


def brief(texts: Any) -> str:
    """Return a list as a message can show it."""
    if not isinstance(texts, list) or len(texts) < 5:
        return repr(texts)[:200]
    return f"{len(texts)} texts from {texts[0]!r} to {texts[-1]!r}"


OWNER = "look at the owner when a run starts, and once all calls of a message are done"


class PeopleDesk:
    """A learner's desk, with its model, the ledger of its tools, and its file, as the judge sees them."""

    def __init__(self, submission: Any) -> None:
        self.rng, self._submission = submission.rng, submission
        self.sent, self.done = list[list[dict[str, Any]]](), Counter[str]()
        self._script, self._handed = dict[str, dict[str, Any]](), set[str]()
        self._clock = 0
        self._server = submission.serve(self._answer)
        self.customer = self.rng.choice(["ida", "ben", "cleo"])

    def _answer(self, request: Request) -> Response:
        name, body = request.path.strip("/"), request.json
        if name != "model":
            self.done[name] += 1
            return Response(body=json.dumps("alive" if self.done[name] > 1 else "dies"))
        self.sent.append(body)
        scripted = self._script.get(body[-1]["id"]) if body and body[-1]["type"] == "human" else None
        return Response(body=scripted or {"text": f"Answer {len(self.sent)}.", "calls": []})

    def call(self, name: str, **args: Any) -> dict[str, Any]:
        return {"name": name, "args": args, "id": f"{name}-{self.rng.randrange(10**9)}"}

    def say(self, text: str, *calls: dict[str, Any], thread: str = "t", aside: str = "") -> dict[str, Any]:
        """Return a customer's message. The model answers it with these calls, if any."""
        number = f"m{self.rng.randrange(10**9)}"
        if calls:
            self._script[number] = {"text": aside, "calls": list(calls)}
        return {"text": text, "id": number, "thread": thread}

    def hand_over(self, text: str = "A person, please!", thread: str = "t", **more: Any) -> dict[str, Any]:
        """Return a customer's message upon which the model hands over."""
        return self.say(text, self.call("hand_over", reason=f"because {text}"), thread=thread, **more)

    def answer(self, answer: Any, thread: str = "t") -> dict[str, Any]:
        return {"answer": answer, "thread": thread}

    def run(self, *runs: dict[str, Any], dies: bool = False) -> list[dict[str, Any]]:
        """Send these into the desk; return what each run asked. Each is a minute after the one before."""
        for each in runs:
            self._clock += 1
            each |= {"customer": self.customer, "now": f"2026-03-01T09:{self._clock:02d}:00Z"}
        given = {"url": self._server.url, "db": self._submission.path("desk.db"), "runs": list(runs)}
        seen = self._submission.observe(talk, **given, dies=dies)
        if seen is None:
            self._submission.restart()
            return []
        assert "no graph" not in seen, (
            f"`build_desk` returned a value of type {seen.get('no graph')}: return what `compile` gives"
        )
        return seen["seen"]

    def silent(self, *runs: dict[str, Any], when: str, look: str = OWNER) -> list[dict[str, Any]]:
        """Send these in, and expect that the model isn't called, but once for each message that hands over."""
        handing = {each["id"] for each in runs if each.get("id") in self._script} - self._handed
        self._handed |= handing
        before = len(self.sent) + len(handing)
        seen = self.run(*runs)
        for one in seen:
            assert "raised" not in one, f"{when}, the run raised {one['raised']!r}"
        assert len(self.sent) <= before, (
            f"{when}, a person owns the thread, and the model was called again: {look}"
        )
        return seen

    def asked(self, *runs: dict[str, Any], said: list[str], when: str, look: str = OWNER) -> None:
        """Send these in, and expect the last to ask a person, who's shown these messages."""
        seen = self.silent(*runs, when=when, look=look)[-1]["asked"]
        assert len(seen) == 1, (
            f"{when}, the run should pause with one question to a person, and it gave {len(seen)}: new input drops "
            "a question that waits, so come to `human` again"
        )
        shown = seen[0].get("said") if isinstance(seen[0], dict) else None
        each_is_there = isinstance(shown, list) and all(text in shown for text in said)
        for text in said if each_is_there else ():
            assert shown.count(text) >= said.count(text), (
                f"{when}, {said.count(text)} unanswered messages, each with its own id, say {text!r}, and the person was shown "
                f"{shown.count(text)} of them: messages with equal texts are all shown"
            )
        assert shown == said or shown != [text for text in said if text], (
            f"a message has a picture and no text, and the person was shown {brief(shown)} without it: its text, which is empty, "
            "belongs there, too"
        )
        assert shown == said, (
            f"{when}, the customer's unanswered messages are {brief(said)}, and the person was shown {brief(shown)}"
        )

    def replied(self, answer: dict[str, Any], thread: str = "t", when: str = "after a reply") -> None:
        """Send a good reply, and expect it in the thread, from outside."""
        [seen] = self.silent(self.answer(answer, thread), when=when)
        assert not seen["asked"], (
            f"{when} to customer {self.customer!r}, {answer} was good, and the desk asked again: {seen['asked']}"
        )
        *before, last = self.state(thread)["messages"]
        found = (last.type, last.name, last.text)
        earlier = any((m.type, m.name, m.text) == ("ai", "staff", answer["say"]) for m in before)
        assert found == ("ai", "staff", answer["say"]) or not earlier, (
            f"{when}, the thread in the file ends with {found}, and {answer['say']!r} is further up: add it at the end. A "
            "message whose id is in the thread replaces that message"
        )
        assert found == ("ai", "staff", answer["say"]), (
            f'{when}, the thread in the file ends with {found}: add the reply as `AIMessage(say, name="staff")`'
        )

    def back(
        self, text: str, *first: dict[str, Any], thread: str = "t", when: str = "after `done`"
    ) -> list[dict[str, Any]]:
        """Let the customer write, and expect that the model answers; return what it was sent.

        `first` is what else is sent into the same graph before it.
        """
        before = len(self.sent)
        *_, seen = self.run(*first, self.say(text, thread=thread))
        assert "raised" not in seen, f"{when}, the next message raised {seen['raised']!r}"
        assert not seen["asked"] and len(self.sent) == before + 1, (
            f"{when}, the model should answer the next message, and it was called {len(self.sent) - before} times; "
            f"a person was asked: {seen['asked']}"
        )
        assert_whole(self.sent[before:], when)
        return self.sent[-1]

    def state(self, thread: str = "t") -> dict[str, Any]:
        """Return the thread's newest state, read from the file."""
        rows = evidence.checkpoints(self._submission.file("desk.db"), thread)
        assert rows and rows[-1].values.get("messages"), (
            f"the file has no messages of thread {thread!r}: compile with `checkpointer=saver`"
        )
        return rows[-1].values


@pytest.mark.exercise("hand_over_and_back", points=2, rules=(1, 3), needs=("server",), timeout=20)
def test_there_and_back(submission):
    """The customer writes while a person is called, the person replies twice, and the model goes on."""
    desk = PeopleDesk(submission)
    desk.run(desk.say("Hello."), desk.say("Hello.", thread="T"))
    first = desk.hand_over()
    desk.asked(first, said=[first["text"]], when="after `hand_over`")
    more = [
        desk.say(text) for text in ("Hello?", "0", "Hello?", "5", "4", "3", "2", "1", "Hello?", "0", "Bye.")
    ]
    texts = [first["text"], *(one["text"] for one in more)]
    desk.asked(*more, said=texts, when="when the customer had written more messages, some of them twice")
    desk.asked(dict(first), said=texts, when="when a message was sent again")
    desk.back("And here?", dict(first), thread="T", when="in a thread that wasn't handed over")
    staff = f"mia{submission.rng.randrange(10**6)}"
    desk.replied({"staff": staff, "say": "Which order?"})
    [seen] = desk.silent(dict(first), when="when a message was sent again that a person had answered")
    assert not seen["asked"], (
        f"a message that a person had answered was sent again, and the run asked a person: {seen['asked']}"
    )
    new = desk.say("Order 8.")
    desk.asked(new, said=["Order 8."], when="after a reply without `done`")
    desk.replied({"staff": desk.customer.title(), "say": "Let me see.", "done": False})
    new = desk.say("Well?")
    desk.asked(new, said=["Well?"], when="after a reply with `done` False")
    desk.replied({"staff": f"{desk.customer}{staff}", "say": "It's packed.", "done": True})
    desk.silent(dict(new), when="when a message was sent again that a person had answered")
    sent = [m["text"] for m in desk.back("Thanks.") if m["type"] != "tool" and m["text"]]
    said = ["Hello.", *texts, "Which order?", "Order 8.", "Let me see.", "Well?", "It's packed.", "Thanks."]
    lost = [text for text in said if text not in sent]
    assert not lost, (
        f"after `done`, the model was sent the conversation without {lost[0]!r}: give it all messages"
    )
    assert [text for text in sent if not text.startswith("Answer ")] == said, (
        f"after `done`, the model was sent the messages in another order, or some twice: {brief(sent)}"
    )


GOOD = {"staff": "mia", "say": "I'm Mia."}
BAD = ("Hello.", {}, {"say": "I'm Mia."}, {"staff": "mia"}, GOOD | {"say": "  "}, GOOD | {"done": "yes"})


def assert_asks_again(desk: PeopleDesk, bad: Any, said: list[str], thread: str = "t") -> None:
    """Expect the same question after an answer that is no reply, and nothing of it in the thread."""
    before = len(desk.state(thread)["messages"])
    [seen] = desk.run(desk.answer(bad, thread))
    assert "raised" not in seen, (
        f"the answer {bad!r} made the run raise {seen['raised'][:50]!r}. LangGraph keeps such an answer, and gives it to "
        "the node again, whatever comes later: ask again in a loop"
    )
    added = [m.text for m in desk.state(thread)["messages"][before:]]
    assert GOOD["say"] not in added or GOOD["say"] in str(bad), (
        f"the answer {bad!r} isn't a reply, and the thread has the message {GOOD['say']!r}, which only an answer before it said: "
        "use nothing of an answer that you've refused"
    )
    assert not added, (
        f"the answer {bad!r} isn't a reply, and the thread has a new message: check who says it, what, and `done`"
    )
    shown = [one.get("said") for one in seen["asked"] if isinstance(one, dict)]
    assert shown == [said], f"after the answer {bad!r}, a person should be asked again about {said}: {shown}"


@pytest.mark.exercise("hand_over_and_back", points=1, rules=(2,), needs=("server",), timeout=20)
def test_a_bad_answer_does_not_stick(submission):
    """Six answers that are no replies, and then a good one: it counts."""
    desk = PeopleDesk(submission)
    first = desk.hand_over()
    desk.asked(first, said=[first["text"]], when="after `hand_over`")
    for bad in BAD:
        assert_asks_again(desk, bad, [first["text"]])
    desk.replied(GOOD, when="after bad answers and a good one")


@pytest.mark.exercise(
    "hand_over_and_back", points=1, rules=(5,), needs=("server",), timeout=20, restarts=True
)
def test_each_in_a_process_of_its_own(submission):
    """Hand-over, message, bad answer, reply and giving back: each in a new process."""
    desk = PeopleDesk(submission)
    first, second = desk.hand_over(), desk.say("Hello?")
    texts = [first["text"], second["text"]]
    desk.asked(first, said=texts[:1], when="after `hand_over`")
    submission.restart()
    desk.asked(second, said=texts, when="in a new process")
    submission.restart()
    assert_asks_again(desk, "Hello.", texts)
    submission.restart()
    desk.replied(GOOD, when="in a new process")
    submission.restart()
    last = desk.say("Are you there?")
    desk.asked(last, said=[last["text"]], when="in a new process, after a reply without `done`")
    desk.replied(GOOD | {"done": True})
    submission.restart()
    desk.back("Thanks.", when="in a new process, after `done`")
