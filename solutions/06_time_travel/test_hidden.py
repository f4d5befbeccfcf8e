"""Hidden tests of module 06."""

from __future__ import annotations

import pytest

from autograder.testing import evidence
from autograder.graders.test_06_time_travel import (
    assert_corrected,
    assert_entered,
    assert_forked_at_first,
    assert_log,
    assert_not_entered,
    assert_replayed,
    assert_rows_kept,
    assert_thread_stays,
    audited,
    converse,
    draw_agent,
    draw_claims,
    draw_conversation,
    draw_order,
    draw_part,
    draw_pipeline,
    draw_result,
    enter,
    rolled_back,
    settled,
)


@pytest.mark.exercise("find_the_culprit", points=1, needs=("server",))
def test_culprit_before_the_branches_part(submission):
    """The culprit came before the branches parted, and an older branch is good to its end."""
    rng = submission.rng
    wrong = rng.randrange(9, 14)
    parts = [
        draw_part(rng, 20, wrong, None),
        draw_part(rng, 20, None, wrong - rng.randrange(1, 4)),
        draw_part(rng, 20, None, wrong + rng.randrange(1, 4)),
    ]
    audited(submission, parts)


@pytest.mark.exercise("find_the_culprit", points=1, needs=("server",))
def test_culprit_at_either_end(submission):
    """In a short thread, the first run or the newest checkpoint is the culprit."""
    rng = submission.rng
    runs = rng.randrange(3, 7)
    for wrong in (0, runs - 1):
        audited(submission, [draw_part(rng, runs, wrong, None)], db=f"run-{wrong}.db")


@pytest.mark.exercise("fork_with_correction", points=1)
def test_thread_that_was_forked_before(submission):
    """A customer's message or a tool's result stands in both branches of a thread: the current one is corrected."""
    rng = submission.rng
    turns, db = draw_conversation(rng), submission.path("call.db")
    first_text = f"{rng.randrange(100, 999)} cradles"
    submission.observe(converse, db=db, turns=turns, first_text=first_text, message_id=None, text=None)
    path = submission.file("call.db")
    before, rows = evidence.checkpoints(path, "call"), evidence.raw_rows(path, "call")
    current = [{**turns[0], "text": first_text, "stock": 0}, *turns[1:]]
    id, text, ran = rng.choice(turns[1:])["id"], f"{rng.randrange(100, 999)} saddles", ["look_up", "refuse"]
    if rng.choice([True, False]):
        id, text, ran = f"{id}-stock", "In stock: 0.", ["refuse"]
    seen = submission.observe(converse, db=db, turns=turns, first_text=None, message_id=id, text=text)
    path = submission.file("call.db")
    assert_forked_at_first(path, before, id)
    assert_corrected(seen, current, id, text, ran)
    assert_rows_kept(rows, evidence.raw_rows(path, "call"))


@pytest.mark.exercise("as_if_node", points=1)
def test_stopped_before_the_node(submission):
    """A thread of several runs, the last of which was stopped before the node."""
    rng, db = submission.rng, submission.path("orders.db")
    shape, orders = draw_pipeline(rng, beside=0), [draw_order(rng) + f" {n}" for n in range(3)]
    given = {"db": db, "shape": shape, "orders": orders}
    submission.observe(enter, **given, stops="before", enters=None, result=None)
    result = draw_result(rng, shape, "refused")
    seen = submission.observe(enter, **given, stops=None, enters=shape["node"], result=result)
    assert_entered(seen, shape, orders, result)
    newest = evidence.checkpoints(submission.file("orders.db"), "order")[-1]
    assert_log(newest.values, shape, orders, result, "the thread's newest checkpoint")


@pytest.mark.exercise("as_if_node", points=1)
def test_thread_that_does_not_wait_for_it(submission):
    """Where the thread waits for another node, nothing is saved and nothing runs."""
    rng, db = submission.rng, submission.path("orders.db")
    shape, orders = draw_pipeline(rng, beside=rng.choice([0, 1])), [draw_order(rng)]
    submission.observe(enter, db=db, shape=shape, orders=orders, stops="by error", enters=None, result=None)
    node = rng.choice([shape["last"], *shape["before"], *shape["beside"]])
    assert_not_entered(submission, shape, orders, node, f"waits for {shape['node']!r}")


@pytest.mark.exercise("safe_replay", points=1, needs=("server",))
def test_run_that_was_rolled_back(submission):
    """A run that was rolled back is not the thread's last run."""
    rng = submission.rng
    drawn, new = draw_claims(rng, ["pay", "pay", "pay"]), {"percent": rng.randrange(20, 90), "days": 30}
    seen = settled(submission, drawn, new, roll_back=True)
    assert_replayed(seen, drawn, new, 1)
    assert_thread_stays(seen)


@pytest.mark.exercise("roll_back_everything", points=1, needs=("server",), restarts=True)
def test_killed_at_the_store_or_the_thread(submission):
    """The process is killed while the store or the thread is written, and the second call finishes the work."""
    rng = submission.rng
    for number, kill_at in enumerate(
        ({"store": rng.randrange(1, 4)}, {"before the thread": 1}, {"after the thread": 1})
    ):
        good = rng.choice([(1, False), (2, True)])
        rolled_back(submission, draw_agent(rng), good, name=f"agent{number}", kill_at=kill_at)
