"""Hidden tests of `storage_budget`."""

from __future__ import annotations

import pytest

from autograder.counts import counted

from common import BUDGET_PEOPLE
from test_storage_budget import (
    BUDGET_BYTES,
    assert_called_once,
    assert_in_budget,
    assert_knows_all,
    draw_talk,
    talk,
)

MANY = 150


@pytest.mark.exercise("storage_budget", points=2, rules=(1, 2), timeout=60)
def test_many_short_turns(submission):
    """Many short turns of two customers stay within 5 MB, and each keeps the whole conversation."""
    rng = submission.rng
    customers = rng.sample(BUDGET_PEOPLE, 2)
    order = [customers[number % 8 == 0] for number in range(MANY)]  # one has more than 256 messages
    turns, replies = draw_talk(rng, order, 700)
    db = submission.path("support.db")
    seen = submission.observe(talk, db=db, turns=turns, replies=replies, give_up=24_000_000, anew_after=7)
    assert_knows_all(seen, turns, replies, {})
    also = "; `open_chat` was called every 7 turns, so whoever counts turns mustn't do so in memory"
    assert_in_budget(seen, submission.file("support.db"), MANY, also)


@pytest.mark.exercise("storage_budget", points=1, rules=(1, 2, 4, 6), restarts=True)
def test_a_failed_reply_loses_nothing(submission):
    """When the model raises, or its process is killed, what was said before is still there, in a new process too."""
    rng = submission.rng
    customer, db = rng.choice(BUDGET_PEOPLE), submission.path("support.db")
    turns, replies = draw_talk(rng, [customer] * 6, 100)
    said = [text for pair in zip(turns[:2], replies[:2], strict=True) for text in (pair[0][1], pair[1])]
    given = {"db": db, "give_up": 24_000_000}
    seen = submission.observe(talk, turns=turns[:3], replies=[*replies[:2], None], **given)
    assert_called_once(seen["told"][2], "when the model raised")
    assert seen["told"][2]["returned"] is None, (
        "the model raised, and `say` returned something: let its caller see the exception"
    )
    submission.restart()
    # The first turn of a process raises: whoever goes back to a checkpoint that's remembered has none.
    submission.observe(talk, turns=turns[3:5], replies=[None, False], dies=True, **given)
    submission.restart()
    seen = submission.observe(talk, turns=turns[5:], replies=replies[5:], **given)["told"][0]
    assert_called_once(seen, "after a turn that had failed")
    assert seen["count"] - len(said) in (1, 2, 3, 4), (
        f"the model raised, again on a new process's first turn, then was killed. Next it got {counted(seen['count'], 'message')}, "
        f"not {len(said)} old ones and the new one: delete nothing before its successor is saved, and find that in the database"
    )
    assert seen["begins"] == [said[0][:12], turns[5][1][:12]], (
        "the model raised twice, and on the next turn it got other messages than were said: keep the old ones, then add the new one"
    )
    kinds = (["human", "ai"] * 2 + ["human"] * 4)[: seen["count"]]
    assert seen["kinds"] == kinds[-len(seen["kinds"]) :], (
        f"the model raised twice, and its process was killed once; then the next turn's last messages were {seen['kinds']}: a text "
        "without a reply is a `HumanMessage`, too, so save each message's kind"
    )
    assert_in_budget_while_down(submission, customer)


def assert_in_budget_while_down(submission, customer):
    """Expect the database to stay small, and to lose nothing, while the model raises, turn after turn, and later."""
    rng, down = submission.rng, 61  # an odd number: a failed turn may add one message, where others add two
    turns, replies = draw_talk(rng, [customer] * 6, 20_000)
    failed, _ = draw_talk(rng, [customer] * down, 350)  # each leaves the long conversation once more
    more, again = draw_talk(rng, [customer] * 24, 400)
    given = {
        "turns": turns + failed + more,
        "replies": [*replies, *[None] * down, *again],
        "give_up": 24_000_000,
    }
    told = submission.observe(talk, db=submission.path("down.db"), **given)["told"]
    for number, one in enumerate(told, 1):
        answered = min(number - 1, len(turns)) + max(number - 1 - len(turns + failed), 0)
        assert one["count"] > 2 * answered and one["begins"][0] == turns[0][1][:12], (
            f"the model raised turn after turn, and at turn {number} it got {counted(one['count'], 'message')}, where {2 * answered} had "
            "been said before without an error: delete no checkpoint that a newer one is still put together from"
        )
    over = next((number for number, one in enumerate(told, 1) if one["size"] > BUDGET_BYTES), 0)
    size = f"the database took {told[over - 1]['size'] / 1e6:.2f} MB of 5"
    assert not 0 < over <= len(turns + failed), (
        f"the model raised turn after turn, and after turn {over} {size}: failed turns leave checkpoints, too, so delete old ones "
        "whether or not `model` raises"
    )
    assert not over, (
        f"the model had raised in {down} turns, then it answered again, and after turn {over} {size}: delete old checkpoints on every "
        "turn, and don't wait for a number of messages, which failed turns change"
    )
