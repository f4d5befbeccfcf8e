"""Hidden tests of `restart_proof_chat`."""

from __future__ import annotations

import pytest

from autograder.counts import often
from autograder.testing import evidence

from common import PEOPLE, texts_in
from test_restart_proof_chat import (
    ask_a_broken_model,
    assert_replied,
    draw_turns,
    heard,
    is_there,
    keep_only_checkpoints,
    say,
    talk,
)


@pytest.mark.exercise("restart_proof_chat", points=1, rules=(1, 2, 3))
def test_one_thread_holds_the_conversation(submission):
    """The database holds all turns of a customer in one thread, and the model is asked once for each."""
    # It is long, and people say the same thing again.
    customer, turns = submission.rng.choice(PEOPLE), draw_turns(submission.rng, 5)
    # They say nothing, too, or begin with a space, and so may the model.
    odd = [("", "Good."), ("Yes.", ""), ("  ok\n", " fine "), ("{order} %s", "{0}"), ("long " * 2000, "Bye.")]
    odd.append(("Bye.", " Bye "))
    turns = [*turns[:4], *[("Yes.", "Good.")] * 49, turns[4], *odd]
    db = submission.path("chat.db")
    seen = submission.observe(talk, db=db, customer=customer, turns=turns)
    assert_asked(seen["asked"], turns)
    assert_replied(seen, turns[-1][1])
    path = submission.file("chat.db")
    threads = evidence.threads(path)
    assert threads, "the file has no checkpoints at all: compile the graph with a saver on `db_path`"
    assert len(threads) == 1, (
        f"after {len(turns)} turns of one customer the file has {len(threads)} threads, such as {threads[0]!r}: "
        "make the `thread_id` from the customer and nothing else"
    )
    held = set(texts_in(evidence.checkpoints(path, threads[0])[-1].values))
    missing = [text for turn in turns for text in turn if text and text not in held]
    assert not missing, (
        f"the thread's newest checkpoint doesn't have {missing[0][:40]!r}: put both the text and the reply into the "
        "state, and use a reducer that keeps earlier messages"
    )
    said = [part for turn in turns for part in turn][:-1]
    given = heard(seen, turns)
    assert given == said, (
        f"on turn {len(turns)} the model got {len(given)} of {len(said)} messages: give it the whole conversation, word for word{why_missing(said, given)}"
    )
    kinds = [*["HumanMessage", "AIMessage"] * (len(turns) - 1), "HumanMessage"]
    odd_one = next(
        (number for number, pair in enumerate(zip(seen["kinds"], kinds, strict=True)) if len(set(pair)) > 1),
        0,
    )
    assert seen["kinds"] == kinds, (
        f"message {odd_one + 1} of {len(said)} came to the model as a `{seen['kinds'][odd_one]}`, not as a "
        f"`{kinds[odd_one]}`: customers say HumanMessages, and the model replies in AIMessages"
    )
    people = submission.rng.sample(PEOPLE, 3)
    for one in submission.observe(ask_a_broken_model, db=submission.path("broken.db"), customers=people):
        assert one["asked"] == 1, (
            f"the model raised `{one['error']}`, and `chat` had called it {often(one['asked'])} for this turn: a call costs money "
            "even if it fails, so ask once"
        )
        assert "returned" not in one, (
            f"the model raised `{one['error']}`, and `chat` returned {one['returned']!r}, which isn't the model's reply: let the "
            "error out"
        )


def why_missing(said, given):
    """Say what is special about the first message that the model should have been given, and wasn't."""
    place = next(
        (n for n, (one, other) in enumerate(zip(said, given, strict=False)) if one != other), len(given)
    )
    first = said[place] if place < len(said) else None
    if first == "":
        return f". The {'reply to' if place % 2 else 'text of'} turn {place // 2 + 1} was empty, and it's a message, too"
    again = ". `add_messages` keeps one message for each id, so equal texts need different ids"
    return again * (first in said[:place])


def assert_asked(asked, turns):
    """Expect the model to have been asked once on every turn."""
    texts = [None, *(text for text, _ in turns)]
    for number, (before, text, times) in enumerate(zip(texts, texts[1:], asked, strict=False), 1):
        said = "the same as the turn before" if text == before else repr(text[:40])
        assert times, f"turn {number} said {said}, and `model` wasn't called: every turn needs its own reply"
        reply = turns[number - 1][1]
        why = "a node that calls `interrupt` runs from its beginning when it's resumed"
        assert times == 1, (
            f"turn {number} said {said}, the model replied {reply[:40]!r}, and it was called {often(times)}: ask once. A call costs "
            f"money, and {why if reply.strip() else 'any text is a reply, also an empty one'}"
        )


@pytest.mark.exercise("restart_proof_chat", points=1, rules=(2, 3, 4), restarts=True)
def test_customers_stay_apart(submission):
    """Customers each get their own conversation, a kill and a day later, with nothing but the checkpoints left."""
    name, other = submission.rng.sample(PEOPLE, 2)
    long = f"{name} {'of the north ' * 8}"
    customers = [
        name,
        f"{name} {other}",
        *(f"{name}{sign}{other}" for sign in "_-./@"),
        other,
        name.title(),
        f"{name} ",
        f"{long}1",
        f"{long}2",
    ]
    customers += ["7", "007", f"chat-{name}", f"{name}\u00e9", f"{name}e\u0301"]
    talks = {customer: draw_turns(submission.rng) for customer in customers}
    everything = [turn for talk in talks.values() for turn in talk]
    db = submission.path("chat #1? %41.db")
    order = submission.rng.sample(customers, len(customers))
    for number in (0, 1):
        for customer in order[:: -1 if number else 1]:  # who came first comes last
            text, reply = talks[customer][number]
            turn = {"customer": customer, "text": text, "reply": reply, "pid": 4000 + number, "days": number}
            seen = submission.observe(say, db=db, **turn)
            assert_replied(seen, reply)
            own = [part for turn in talks[customer][:number] for part in turn] + [text]
            strange = [part for part in heard(seen, everything) if part not in own]
            assert not strange or number == 0, (
                f"the process was killed, only the tables of the checkpoints were kept, and then {customer!r} got another "
                "customer's thread: a table or file of your own tells which thread is whose, so make the `thread_id` from the name alone"
            )
            assert not strange, (
                f"{strange[0]!r}, which belongs to another customer, was shown to the model when {customer!r} spoke: "
                "every customer needs their own thread, so make the `thread_id` from the whole name, unchanged"
            )
            assert heard(seen, everything) == own, (
                f"when {customer!r} wrote again, the model got {heard(seen, everything)} instead of their whole "
                "conversation: one customer must get the same thread in every process (`hash()` differs there), on every day, from checkpoints alone"
            )
        if number == 0:
            assert submission.observe(is_there, db=db), (
                f"`db_path` was {db!r}, and after a turn there's no such file: open it by its path, unchanged. In a URI, "
                "`#`, `?` and `%` mean something else"
            )
            submission.observe(keep_only_checkpoints, db=db)
            submission.restart()
