"""Hidden tests of `restart_proof_chat`."""

from __future__ import annotations

import pytest

from autograder.testing import evidence

from common import PEOPLE, texts_in
from test_restart_proof_chat import assert_replied, draw_turns, heard, say, talk


@pytest.mark.exercise("restart_proof_chat", points=1)
def test_one_thread_holds_the_conversation(submission):
    """The database holds all turns of a customer in one thread."""
    # It is long, and people say the same thing again.
    customer, turns = submission.rng.choice(PEOPLE), draw_turns(submission.rng, 5)
    turns = [*turns[:4], *[("Yes.", "Good.")] * 36, turns[4]]
    db = submission.path("chat.db")
    seen = submission.observe(talk, db=db, customer=customer, turns=turns)
    assert_replied(seen, turns[-1][1])
    path = submission.file("chat.db")
    threads = evidence.threads(path)
    assert threads, "the file holds no checkpoint at all: compile the graph with a saver on `db_path`"
    assert len(threads) == 1, (
        f"after {len(turns)} turns of one customer the file holds {len(threads)} threads, such as {threads[0]!r}: "
        "make the `thread_id` from the customer and from nothing else"
    )
    held = set(texts_in(evidence.checkpoints(path, threads[0])[-1].values))
    missing = [text for turn in turns for text in turn if text not in held]
    assert not missing, (
        f"the newest checkpoint of the thread does not hold {missing[0]!r}: both the customer's text and the reply "
        "must be part of the state, and a channel of messages needs a reducer to keep the earlier ones"
    )
    said = [part for turn in turns for part in turn][:-1]
    given = heard(seen, turns)
    assert given == said, (
        f"on turn {len(turns)} the model was given {len(given)} messages of {len(said)}: "
        "it needs the whole conversation, also what was said long ago and what was said twice"
    )


@pytest.mark.exercise("restart_proof_chat", points=1, restarts=True)
def test_customers_stay_apart(submission):
    """Customers who take turns, with a kill between, each get their own conversation."""
    name, other = submission.rng.sample(PEOPLE, 2)
    customers = [name, f"{name} {other}", f"{name}_{other}", other, name.title()]
    talks = {customer: draw_turns(submission.rng) for customer in customers}
    everything = [turn for talk in talks.values() for turn in talk]
    for number in (0, 1):
        for customer in submission.rng.sample(customers, len(customers)):
            text, reply = talks[customer][number]
            seen = submission.observe(
                say, db=submission.path("chat.db"), customer=customer, text=text, reply=reply
            )
            assert_replied(seen, reply)
            own = [part for turn in talks[customer][:number] for part in turn] + [text]
            strange = [part for part in heard(seen, everything) if part not in own]
            assert not strange, (
                f"{strange[0]!r}, which belongs to another customer, was shown to the model when {customer!r} spoke: "
                "each customer needs a thread of their own, so make the `thread_id` from the customer"
            )
            assert heard(seen, everything) == own, (
                f"when {customer!r} spoke after the restart, the model was given {heard(seen, everything)} and not "
                "their whole conversation: the same customer must lead to the same thread in each process"
            )
        if number == 0:
            submission.restart()
