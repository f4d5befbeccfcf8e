"""Hidden tests of `hand_over_and_back`."""

from __future__ import annotations

import pytest

from test_hand_over_and_back import GOOD, PeopleDesk, assert_asks_again


@pytest.mark.exercise(
    "hand_over_and_back", points=1, rules=(4, 5), needs=("server",), timeout=20, restarts=True
)
def test_calls_beside_the_hand_over(submission):
    """The model hands over twice beside other calls, says something too, and one call kills the process."""
    desk = PeopleDesk(submission)
    first = desk.say(
        "A person!",
        desk.call("look_up", number=submission.rng.randrange(10**6)),
        desk.call("hand_over", reason="twice"),
        desk.call("hand_over", reason="to be sure"),
        aside="I'll call somebody.",
    )
    when = 'after two `hand_over`, a `look_up` and "I\'ll call somebody." in one message'
    desk.asked(first, said=[first["text"]], when=when)
    number = submission.rng.randrange(10**6)
    calls = [desk.call("look_up", number=number), desk.call("hand_over", reason="now")]
    dies = desk.say("A person!", *calls, desk.call("die", beside=2), thread="dead")
    assert desk.run(dies, dies=True) == [], (
        "the model called the tool `die`, which kills the process, and the process is alive: run every call"
    )
    desk.asked({"thread": "dead"}, said=["A person!"], when="after a kill beside `hand_over` and a resume")
    assert desk.done == {"look_up": 2, "die": 2}, (
        f"a call that was done beside `hand_over` was lost or repeated: the ledger says {dict(desk.done)} instead of "
        "two of each. Don't leave the graph from inside the tool"
    )
    for thread, when in (("t", "after two hand-overs"), ("dead", "after a kill")):
        desk.replied(GOOD | {"done": True}, thread, when=when)
        sent = desk.back("Thanks.", thread=thread, when=when)
        results = [m["text"] for m in sent if m["type"] == "tool"]
        assert any(text.startswith("number ") for text in results), (
            f"{when}, the model should read what `look_up` found beside `hand_over`, and it reads {results}"
        )


@pytest.mark.exercise("hand_over_and_back", points=1, rules=(1, 2, 6), needs=("server",), timeout=20)
def test_strange_answers_and_the_log(submission):
    """The customer's own answer, strange ones and halves: none counts later. The log says who gave back, and when."""
    desk = PeopleDesk(submission)
    first = desk.hand_over()
    desk.asked(first, said=[first["text"]], when="after `hand_over`")
    for bad in (
        GOOD | {"staff": desk.customer, "done": True},
        GOOD | {"staff": None, "done": True},
        GOOD | {"staff": "", "done": True},
        GOOD | {"staff": "\u3000"},
        GOOD | {"staff": 5},
        GOOD | {"say": None},
        GOOD | {"say": 7},
        GOOD | {"say": ["I'm Mia."]},
        GOOD | {"say": "", "done": True},
        GOOD | {"say": "\u00a0"},
        GOOD | {"done": 1},
        GOOD | {"done": None},
        [GOOD],
        {"staff": "mia", "done": True},
        0,
    ):
        assert_asks_again(desk, bad, [first["text"]])
    # Another id than the customer's, and a text with blanks around it, which stay.
    good = {"staff": f" {desk.customer}", "say": " I'm Mia.\n"}
    desk.replied(good, when="after a half answer with `done` and a whole one without")
    more = [desk.say("") | {"picture": True}, desk.say("Hello?") | {"picture": True}]
    desk.silent(
        more[0],
        when="after a half answer with `done` and a whole one without",
        look="use nothing of an earlier answer, and look at the owner when a run starts",
    )
    desk.asked(
        more[1], said=["", "Hello?"], when="after two messages with pictures, the first without a text"
    )
    last = desk.answer({"staff": "bob", "say": "I'm Bob.", "done": True})
    desk.silent(last, when="with a reply")
    again = desk.hand_over("A person again!")
    desk.asked(again, said=[again["text"]], when="after a second hand-over")
    log = [
        {name: line.get(name) for name in ("what", "by", "at", "why")} for line in desk.state().get("log", [])
    ]
    expected = [
        {"what": "handed over", "by": "model", "at": first["now"], "why": f"because {first['text']}"},
        {"what": "given back", "by": "bob", "at": last["now"], "why": None},
        {"what": "handed over", "by": "model", "at": again["now"], "why": f"because {again['text']}"},
    ]
    assert len(log) == len(expected), (
        f"after two hand-overs and one giving back, the thread's log should have three lines, and it has {len(log)}"
    )
    for line, other in zip(log, expected, strict=True):
        assert line == other, f"a line of the thread's log should be {other}, and in the file it is {line}"
