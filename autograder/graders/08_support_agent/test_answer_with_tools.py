"""Public tests of `answer_with_tools`."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest

from autograder.counts import often
from autograder.sandbox.http_server import Response

from common import assert_whole


def talk(build_desk, url, db, runs, named=False, down_at=0):
    """Build a desk, and run it. A customer's message is the JSON of the calls that the model makes, or of rounds of them.

    With `down_at`, the model raises instead of answering its input of that number.
    """
    import http.client
    import json
    import os
    import signal
    import sqlite3
    import time
    from pathlib import Path

    from langchain_core.messages import AIMessage, HumanMessage
    from langchain_core.tools import ToolException, tool
    from langgraph.checkpoint.sqlite import SqliteSaver
    from langgraph.errors import GraphRecursionError
    from langgraph.types import Command, interrupt

    sent = []

    class Broken(Exception):
        pass

    class Down(Exception):
        pass

    def model(messages):
        sent.append(
            [
                {
                    "type": m.type,
                    "id": m.id,
                    "text": m.text,
                    "calls": [call["id"] for call in getattr(m, "tool_calls", [])],
                    "of": getattr(m, "tool_call_id", None),
                    "status": getattr(m, "status", None),
                }
                for m in messages
            ]
        )
        if len(sent) == down_at:
            raise Down
        asked = [place for place, m in enumerate(messages) if m.type == "human"]
        text = messages[asked[-1]].text if asked else ""
        plan = json.loads(text) if text.startswith("[") else []
        rounds = plan if plan and isinstance(plan[0], list) else [plan]
        made = sum(bool(getattr(m, "tool_calls", None)) for m in messages[asked[-1] :]) if asked else 1
        if not plan or made >= len(rounds):
            return AIMessage("" if text == "Thanks." else f"Answer {len(sent)}.")
        text = "Let me see." if any(call["name"] == "die" for call in rounds[made]) else ""
        return AIMessage(text, tool_calls=[{**call, "type": "tool_call"} for call in rounds[made]])

    def effect(name, number):
        connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=10)
        connection.request("POST", "/" + name, json.dumps({"number": number}))
        connection.getresponse().read()
        connection.close()

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
        effect("look_up", number)
        return f"number {number}"

    @tool
    def break_down(number: int) -> str:
        """Break."""
        effect("break_down", number)
        raise Broken(f"no {number}")

    @tool
    def give_up(number: int) -> str:
        """Break, and make a text of its own error."""
        effect("give_up", number)
        raise ToolException(f"no {number}")

    give_up.handle_tool_error = give_up.handle_validation_error = True

    @tool
    def die(number: int) -> str:
        """Die at the first call, when what ran beside has been saved, and work at the next."""
        effect("die", number)
        mark = Path(f"{db}.{number}")
        if mark.exists():
            return "alive"
        until = time.monotonic() + 2
        while saved() < 2 and time.monotonic() < until:
            time.sleep(0.02)
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
        return "dead"

    @tool
    def ask(number: int) -> str:
        """Ask a person."""
        return f"they said {interrupt({'number': number})}"

    results = []
    with SqliteSaver.from_conn_string(db) as saver:
        tools = [look_up, break_down, give_up, die, ask]
        graph = build_desk(model, tools, saver)
        if not hasattr(graph, "invoke"):
            return {"no graph": type(graph).__name__}
        if named:
            known = {one.name for one in tools}
            names = [name for name in graph.nodes if name not in known and not name.startswith("__")]
            more = [look_up.model_copy(update={"name": name}) for name in names]
            try:
                graph = build_desk(model, tools + more, saver)
            except ValueError as problem:
                return {"names": names[:3], "problem": str(problem)[:60]}
        config = {"configurable": {"thread_id": "t"}}
        for run in runs:
            given = None
            if "text" in run:
                both = [run, *run.get("more", [])]
                given = {"messages": [HumanMessage(each["text"], id=each["id"]) for each in both]}
            if "resume" in run:
                given = Command(resume=run["resume"])
            before = len(sent)
            try:
                result = graph.invoke(given, config, durability="sync")
            except Down:
                continue
            except (Broken, ToolException, ValueError, GraphRecursionError) as problem:
                return {"raised": f"{type(problem).__name__}: {problem}"[:60]}
            results.append(
                {
                    "asked": [one.value for one in result.get("__interrupt__", ())],
                    "inputs": len(sent) - before,
                    "messages": [
                        {
                            "type": m.type,
                            "id": m.id,
                            "text": m.text,
                            "of": getattr(m, "tool_call_id", None),
                            "status": getattr(m, "status", None),
                            "calls": len(getattr(m, "tool_calls", [])),
                        }
                        for m in result["messages"]
                    ],
                }
            )
    return {"sent": sent, "runs": results}


class ToolDesk:
    """A learner's desk, with the ledger of what its tools have done."""

    def __init__(self, submission: Any) -> None:
        self.rng, self._submission, self.db = submission.rng, submission, "desk.db"
        self._server = submission.serve(lambda request: Response(body="ok"))

    def call(self, name: str, **args: Any) -> dict[str, Any]:
        return {
            "name": name,
            "args": args or {"number": self.rng.randrange(10**6)},
            "id": f"{name}-{self.rng.randrange(10**6)}",
        }

    def talk(self, *runs: dict[str, Any], dies: bool = False, named: bool = False, down_at: int = 0) -> Any:
        given = {"url": self._server.url, "db": self._submission.path(self.db), "runs": list(runs)}
        seen = self._submission.observe(talk, **given, named=named, down_at=down_at, dies=dies)
        if seen is None:
            self._submission.restart()
            return None
        assert "no graph" not in seen, (
            f"`build_desk` returned a value of type {seen.get('no graph')}: return what `builder.compile(checkpointer=saver)` gives"
        )
        raised = seen.get("raised", "")
        assert not raised.startswith("GraphRecursionError"), (
            f"the model made calls in many messages, one after the other, and the run ended with {raised!r}: go on for as many rounds "
            "as it wants, and don't set LangGraph's `recursion_limit` lower"
        )
        assert named or not raised, f"a run ended with {raised!r}"
        return seen

    def say(self, calls: list[Any], id: str) -> dict[str, Any]:
        return {"text": json.dumps(calls), "id": id}

    def done(self) -> Counter[str]:
        return Counter(request.path.strip("/") for request in self._server.requests)

    def kill(self, calls: list[dict[str, Any]]) -> None:
        """Have the desk killed in the last of the calls, when those beside it are saved."""
        seen = self.talk(self.say(calls, "m1"), dies=True)
        assert seen is None, (
            "the model called the tool `die`, which kills the process, and the process is alive: run every call"
        )


@pytest.mark.exercise("answer_with_tools", points=2, rules=(1, 3), needs=("server",))
def test_errors_go_to_the_model(submission):
    """A tool that raises, one that doesn't exist, and bad arguments: the model reads of each, and answers."""
    desk = ToolDesk(submission)
    kinds = {name: desk.call(name) for name in ("break_down", "give_up", "no_such_tool")}
    kinds["bad arguments"] = desk.call("look_up", wrong="x")
    kinds["bad arguments, of which a tool makes a text"] = desk.call("give_up", wrong="x")
    for kind, bad in kinds.items():
        good, before = desk.call("look_up"), desk.done()
        seen = desk.talk(desk.say([good, bad], f"m-{kind}"), named=True)
        assert "names" not in seen, (
            f"your graph has the nodes {seen.get('names')}, there were tools of these names, too, and `build_desk` raised ValueError: "
            f"{seen.get('problem')} A tool may have any name"
        )
        assert "raised" not in seen, (
            f"with {kind}, the run ended with {seen.get('raised')!r}: an error of a tool doesn't end the run"
        )
        [run] = seen["runs"]
        assert run["inputs"] == 2, (
            f"with two calls, one of them {kind}, the model was asked {often(run['inputs'])} instead of twice: it "
            "makes the calls, and with their results the model continues"
        )
        ran = desk.done() - before
        assert ran == Counter(["look_up", *({kind} & {"break_down", "give_up"})]), (
            f"with {kind}, the ledger says {dict(ran)}: run each call once, also one that raises, for its effect may have happened"
        )
        assert_whole(seen["sent"], f"with {kind}")
        results = {m["of"]: m for m in seen["sent"][1] if m["type"] == "tool"}
        assert results[good["id"]]["text"] == f"number {good['args']['number']}", (
            f"`look_up` returned 'number {good['args']['number']}', and the model was sent {results[good['id']]['text']!r}"
        )
        handled = bad["name"] == "give_up"
        assert results[bad["id"]]["status"] == "error" or not handled, (
            "a tool with `handle_tool_error` and `handle_validation_error` failed, and its result has status 'success': invoked with "
            "arguments alone, it returns a text that looks like a result. Invoke it with the whole call"
        )
        assert results[bad["id"]]["status"] == "error", (
            f'the result of {kind} has status {results[bad["id"]]["status"]!r}: set `status="error"`'
        )
        assert run["messages"][-1]["text"] == "Answer 2.", (
            f"the model answered 'Answer 2.', and the thread's last message is {run['messages'][-1]['text']!r}"
        )


@pytest.mark.exercise("answer_with_tools", points=2, rules=(2,), needs=("server",), restarts=True)
def test_killed_in_one_of_three(submission):
    """The process is killed in one of three calls, and another resumes: the other two aren't repeated."""
    desk = ToolDesk(submission)
    desk.kill([desk.call("look_up"), desk.call("look_up"), desk.call("die")])
    seen = desk.talk({})
    assert desk.done() == {"look_up": 2, "die": 2}, (
        f"the process was killed in the third of three calls, and after the resume the ledger says {dict(desk.done())}: "
        "a node is repeated as a whole, so make each call a task of its own with `Send`"
    )
    assert_whole(seen["sent"], "after the resume")
    assert seen["runs"][0]["messages"][-1]["text"] == "Answer 1.", (
        "after the resume, the model gave no answer"
    )
