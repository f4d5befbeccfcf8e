"""Hidden tests of `answer_with_tools`."""

from __future__ import annotations

import pytest

from autograder.counts import often
from common import assert_whole
from test_answer_with_tools import ToolDesk


@pytest.mark.exercise("answer_with_tools", points=1, rules=(5,), needs=("server",), restarts=True)
def test_the_customer_writes_instead(submission):
    """The process is killed in a tool, and the customer writes again instead of a resume."""
    desk = ToolDesk(submission)
    dead = desk.call("die") | {"id": "m1"}  # its message has this id, too
    calls = [desk.call("look_up"), desk.call("look_up"), dead]
    desk.kill(calls)
    before = desk.done()
    last = {"text": "And now?", "id": "m3"}
    both = {"text": "Hello?", "id": "m2", "more": [{"text": "Are you there?", "id": "m2b"}]}
    seen = desk.talk(both, last, last, desk.say(calls, "m1"), both["more"][0])
    assert seen["sent"], (
        "when the customer wrote after a kill, the model wasn't asked: a new question wants an answer"
    )
    first = seen["sent"][0]
    assert desk.done() == before, (
        f"when the customer wrote after a kill, a lost call ran again: {dict(desk.done() - before)}. Its effect may have happened"
    )
    assert dead["id"] in [call for message in first for call in message["calls"]], (
        f"the model made call {dead['id']}, and it isn't in the thread any more: keep it, with a result that says it was lost"
    )
    assert_whole(seen["sent"], "when the customer wrote after a kill (two messages at once)")
    assert [m["status"] for m in first if m["of"] == dead["id"]] == ["error"], (
        'a call was lost in a kill, and its result isn\'t an error: set `status="error"`, so that the model looks again'
    )
    assert [m["text"] for m in first if m["type"] == "human"][-2:] == ["Hello?", "Are you there?"], (
        "the customer sent two messages at once, and the model wasn't sent both, in this order"
    )
    *_, again, oldest, behind = seen["runs"]
    assert again["inputs"] == 0, (
        f"one question was cut off by a kill, the next were answered, and the newest came again: the model was asked "
        f"{often(again['inputs'])}. Once the newest question has its answer, don't call the model"
    )
    questions = [(m["type"], m["id"]) for m in oldest["messages"]].count(("human", "m1"))
    assert questions == 1, (
        f"a lost call had the id of its question, 'm1'. The question came again, and now the thread has it {often(questions)}: "
        "a message replaces another with its id, so don't give your results the ids of calls"
    )
    assert oldest["inputs"] == 0, (
        "a question was cut off by a kill, the next were answered, and the first came again: the model was asked "
        f"{often(oldest['inputs'])}. Once the newest question has its answer, don't call the model"
    )
    assert behind["inputs"] == 0, (
        "a question came behind a lost call, was answered, and came again with its id, and the model was asked "
        f"{often(behind['inputs'])}. If you put messages behind the results, let them keep their ids"
    )
    desk.db = "again.db"
    calls = [desk.call("look_up"), desk.call("die")]
    desk.kill(calls)
    before = desk.done()
    seen = desk.talk(desk.say(calls, "m1"))
    [run] = seen["runs"]
    assert run["inputs"] and run["messages"][-1]["text"].startswith("Answer"), (
        "the model said 'Let me see.' and called two tools, the process was killed in one, and the same message came again. The "
        "run gave no answer: the message's id is known, but nobody has answered it"
    )
    assert desk.done() == before, (
        f"when a message came again after a kill, a lost call ran again: {dict(desk.done() - before)}. Its effect may have happened"
    )
    assert_whole(seen["sent"], "when a message came again after a kill")


def assert_answered_after_the_results(desk):
    """Expect an answer where the model was down when it should have read a result, and the question came again."""
    desk.db = "down.db"
    question, before = desk.say([desk.call("look_up")], "m1"), desk.done()
    [run] = desk.talk(question, question, down_at=2)["runs"]
    assert run["inputs"] == 1 and run["messages"][-1]["text"].startswith("Answer"), (
        "the model called a tool, and raised when it should have read the result. The same message came again, and the model was "
        f"asked {often(run['inputs'])}: a question whose calls are done isn't answered yet"
    )
    assert desk.done() - before == {"look_up": 1}, (
        "the model raised when it should have read a result, the same message came again, and the call ran twice"
    )


def assert_any_number_of_rounds(desk):
    """Expect an answer to a question for which the model makes calls again and again."""
    desk.db = "rounds.db"
    rounds = [[desk.call("look_up")] for _ in range(60)]
    [run] = desk.talk(desk.say(rounds, "m1"))["runs"]
    assert run["inputs"] == len(rounds) + 1, (
        f"the model made a call in each of {len(rounds)} messages, and was asked {often(run['inputs'])}: go on until its message has "
        "no calls"
    )


@pytest.mark.exercise("answer_with_tools", points=1, rules=(1, 4, 6), needs=("server",))
def test_sent_again_and_asked(submission):
    """A message that was answered is sent again, and a tool asks a person."""
    desk = ToolDesk(submission)
    one, two = desk.say([desk.call("look_up")], "m1"), {"text": "Thanks.", "id": "m2"}
    *_, old, new = desk.talk(one, two, one, two)["runs"]
    assert (old["inputs"], new["inputs"]) == (0, 0), (
        "a message with an id that's in the thread was answered again (the model's last answer was an empty text, without calls): "
        "a phone that sends twice would buy twice"
    )
    [run] = desk.talk(one)["runs"]
    assert run["inputs"] == 0, (
        "a message that was answered came again after a restart, and was answered again: what you know about a thread belongs in "
        "its state, not in a variable"
    )
    more = [{"text": f"Hello {n}.", "id": f"n{n}"} for n in range(14)]
    more.append({"text": "Thanks.", "id": "m2b"})
    number = desk.rng.randrange(10**6)
    rounds = [[desk.call("look_up", number=number) for _ in range(calls)] for calls in (1, 2, 1, 1, 3)]
    rounds[0][0]["id"] = "rounds"
    before = desk.done()
    seen = desk.talk(desk.say(rounds, "rounds"))
    [run], ran = seen["runs"], desk.done() - before
    assert all(("human", "rounds") in [(m["type"], m["id"]) for m in sent] for sent in seen["sent"]), (
        "a question and a call had the same id, 'rounds', and a later input of the model lacks the question: a message with an id "
        "that's in the thread replaces the one that has it"
    )
    assert run["inputs"] == 6, (
        f"the model made calls in five messages, one after the other, and was asked {often(run['inputs'])} instead of six times: go on until "
        "its message has no calls"
    )
    assert ran == {"look_up": 8}, (
        f"the model made eight calls with the same arguments, and {ran['look_up']} ran: each has an id of its own, and is run"
    )
    seen = desk.talk(*more)
    assert seen["runs"][-1]["inputs"] == 1, (
        "a customer wrote 'Thanks.' twice, in messages with two ids, and the second was taken for the first: compare ids, not texts"
    )
    texts = [message["text"] for message in seen["sent"][-1] if message["type"] == "human"]
    said = [each["text"] for each in (one, two, desk.say(rounds, "rounds"), *more)]
    assert texts == said, (
        f"a thread has {len(said)} questions, and the model was sent {len(texts)} of them: give it all messages"
    )
    asks = desk.call("ask")
    seen = desk.talk(desk.say([asks, desk.call("look_up")], "m3"), {"resume": "yes"})
    asked, after = seen["runs"]
    assert asked["asked"] == [asks["args"]], (
        f"a tool called `interrupt`, and the run didn't pause: it gave {asked['asked']}. A broad `except` takes the interrupt for an error"
    )
    assert [m["text"] for m in after["messages"] if m["of"] == asks["id"]] == ["they said yes"], (
        "a tool asked a person, who said yes, and its result doesn't say so"
    )
    assert_answered_after_the_results(desk)
    assert_any_number_of_rounds(desk)
