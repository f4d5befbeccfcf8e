"""Hidden tests of `bound_the_history`."""

from __future__ import annotations

from typing import Any

import pytest

from common import PEOPLE, THINGS
from test_bound_the_history import Desk, cost, draw_turn


@pytest.mark.exercise("bound_the_history", points=1, rules=(1, 2, 4))
def test_turn_longer_than_the_budget(submission):
    """A turn whose chain of tool calls is longer than the budget, and the turns after it."""
    rng, thread = submission.rng, submission.rng.choice(PEOPLE)
    desk = Desk(submission, rng.randrange(150, 170))
    chain = [rng.randrange(1, 4) for _ in range(12)]
    desk.talk([draw_turn(rng, thread), draw_turn(rng, thread, [1, *chain, 1, 4, 1])])
    desk.talk([draw_turn(rng, thread), draw_turn(rng, thread, [2, 1]), draw_turn(rng, thread)])
    again = draw_turn(rng, thread, [1])
    desk.talk([again, draw_turn(rng, thread, [3] * 5, again["question"]), draw_turn(rng, thread, [1])])
    tiny, long = draw_turn(rng, thread, question="Hi!"), draw_turn(rng, thread, [3, 2])
    left = cost([["human", long["question"]]]) + round_cost(long["replies"][1])
    Desk(submission, left + turn_cost(tiny), "tiny.db").talk([tiny, long, draw_turn(rng, thread)])


@pytest.mark.exercise("bound_the_history", points=1, rules=(1, 3, 4))
def test_newest_turns_fit_to_the_token(submission):
    """The newest turns that fit are sent when they fill the budget exactly; people repeat themselves."""
    rng, thread = submission.rng, submission.rng.choice(PEOPLE)
    same = rng.choice(["Yes, please.", ""])
    talk = [draw_turn(rng, thread, [2] * (number % 2), same) for number in range(8)]
    talk[3]["replies"] = talk[1]["replies"][-1:]  # the same question and the same answer as in another turn
    talk[2]["replies"][-1][0] = ""
    sizes = [turn_cost(turn) for turn in talk]
    question = cost([["human", same]])
    Desk(submission, sum(sizes[2:6]) + question).talk(talk)
    chain = draw_turn(rng, thread, [2, 1, 3, 2])
    rounds = [round_cost(reply) for reply in chain["replies"]]
    desk = Desk(submission, cost([["human", chain["question"]]]) + sum(rounds[1:4]), "chain.db")
    desk.talk([draw_turn(rng, thread), chain, draw_turn(rng, thread)])
    wide = draw_turn(rng, thread, [1, 2], " ".join(f"Is it the {thing}?" for thing in THINGS * 9))
    for number, (_, calls) in enumerate(wide["replies"]):
        for call in calls:
            call[1] += f" of row {number}" * 150
    wide["replies"][-1][0] += " Look there." * 150
    Desk(submission, 3000, "wide.db").talk([wide, draw_turn(rng, thread, [1]), draw_turn(rng, thread)])


@pytest.mark.exercise("bound_the_history", points=1, rules=(2, 3, 5), restarts=True)
def test_threads_apart_and_after_a_restart(submission):
    """Two threads stay apart, a new process goes on with both, and neither a kill in a tool nor a model that raises spoils what follows."""
    rng, names = submission.rng, submission.rng.sample(PEOPLE, 2)
    threads = [names[0], f"{names[0]}1", names[1]]
    desk = Desk(submission, rng.randrange(170, 200))
    talk = [draw_turn(rng, thread, [1] * (number % 2)) for number in range(4) for thread in threads]
    for number, turn in enumerate(talk):
        turn["id"] = f"m{number // 3}"  # from a client that numbers each thread's messages
        turn["question"] += " Please." * 20 * (number % 3)  # longer than the same id's elsewhere
    desk.talk(talk)
    submission.restart()
    desk.after = "after the restart"
    desk.talk([draw_turn(rng, thread, [2] * number) for number in range(2) for thread in threads])
    desk = Desk(submission, 400, "killed.db")
    for thread, rounds in ((names[0], [1, 2]), (names[1], [2, 1])):
        first, killed = draw_turn(rng, thread, [2]), draw_turn(rng, thread, rounds)
        for one in (first, killed):  # some models count their calls, and begin again in each turn
            for _, calls in one["replies"]:
                calls[:] = [[f"call_{number}", found] for number, (_, found) in enumerate(calls)]
        desk.talk([first])
        desk.kill(killed)
        desk.talk([draw_turn(rng, thread), draw_turn(rng, thread, [1]), draw_turn(rng, thread)])
    desk = Desk(submission, 400, "down.db")
    for rounds, words in (([], 0), ([1], 0), ([], 135)):  # at the first call of a turn, or at the second
        failed, turn = draw_turn(rng, names[0], rounds), draw_turn(rng, names[0], [1])
        failed["replies"][-1] = None  # the model raises
        for one in (failed, turn):
            one["question"] += " Please." * words  # both questions aren't sent then
        desk.talk([draw_turn(rng, names[0]), failed, turn, draw_turn(rng, names[0])])


def round_cost(reply: list[Any]) -> int:
    """Count the tokens of a reply of the model, with the results of its calls."""
    text, calls = reply
    return cost([["ai", text, *(id for id, _ in calls)], *(["tool", found, id] for id, found in calls)])


def turn_cost(turn: dict[str, Any]) -> int:
    """Count the tokens of a turn."""
    return cost([["human", turn["question"]]]) + sum(round_cost(reply) for reply in turn["replies"])
