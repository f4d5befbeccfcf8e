"""Hidden tests of `fold_into_summary`."""

from __future__ import annotations

import pytest

from common import PEOPLE
from test_fold_into_summary import Talk


@pytest.mark.exercise("fold_into_summary", points=2, rules=(2, 5))
def test_killed_at_each_step(submission):
    """The process dies at each thing that a run saves or asks for, and the customer writes again."""
    name = submission.rng.choice(PEOPLE)
    places = [("model", 1), ("summarize", 1), *((what, n) for what in ("put", "writes") for n in range(1, 7))]
    talk = Talk(submission, 4)
    for number, (what, n) in enumerate(places):
        thread = f"{name}{number}"
        talk.after = ""
        talk.hear([talk.turn(thread) for _ in range(4)])
        talk.after = "after a run was killed and the customer wrote again"
        crash = talk.turn(thread, crash={what: n})
        talk.hear([crash, talk.turn(thread), talk.turn(thread), talk.turn(thread)])


@pytest.mark.exercise("fold_into_summary", points=1, rules=(2, 5), restarts=True)
def test_two_customers_and_a_kill(submission):
    """Two customers take turns, people repeat themselves, and another process goes on after a kill."""
    names = submission.rng.sample(PEOPLE, 2)
    threads = [names[0], f"{names[0]}1"]
    yes = f"#{submission.rng.randrange(10**5)}"  # shorter than any other number, and as a summary has it
    for keep, place in ((2, "summarize"), (5, "model")):
        talk = Talk(submission, keep, f"chat{keep}.db")
        talk.hear(
            [talk.turn(thread, text) for text in ("", "Yes.", yes, yes, "", "Yes.", "") for thread in threads]
        )
        talk.hear([talk.turn(threads[0]), talk.turn(threads[0], crash={place: 1, "kill": 1})])
        talk.after = "after a kill"
        talk.hear([talk.turn(thread, text) for text in ("", "", yes, "Yes.") for thread in threads])
