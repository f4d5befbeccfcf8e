"""Hidden tests of module 03."""

from __future__ import annotations

import pytest

from autograder.graders.test_03_people import (
    QUESTION_KINDS,
    PaymentBank,
    RefundDesk,
    ask_reviewers,
    assert_not_meant,
    assert_one_counts,
    assert_taken,
    assert_told_by_bool,
    draw_question,
    good_answers,
)


@pytest.mark.exercise("approve_refund", points=1, needs=("server",), restarts=True)
def test_refunds_side_by_side(submission):
    """Three refunds wait in one database; each gets its own decision, in another order."""
    desk = RefundDesk(submission)
    refunds = [desk.refund() for _ in range(3)]
    for refund in refunds:
        desk.start(refund)
    submission.restart()
    submission.rng.shuffle(refunds)
    declined, *approved = refunds
    for refund in refunds:
        seen = desk.step(refund, resume=refund is not declined)
        if refund is not declined:
            desk.assert_paid(refund, seen)
    paid = [one["order"] for one in desk.made("/pay")]
    assert declined["order"] not in paid, (
        f"three refunds waited, {declined['order']} was declined, and it was paid all the same: "
        "keep nothing about a refund outside its thread"
    )
    assert sorted(paid) == sorted(one["order"] for one in approved), (
        f"the ledger has payments for {paid}, but approved were {[one['order'] for one in approved]}"
    )


@pytest.mark.exercise("approve_refund", points=1, needs=("server",), restarts=True)
def test_nothing_happens_after_the_decision(submission):
    """A worker that starts after the decision, and a second decision, change nothing."""
    desk = RefundDesk(submission)
    refund = desk.refund()
    desk.start(refund)
    desk.step(refund)
    desk.assert_nothing_paid(refund)
    desk.assert_paid(refund, desk.step(refund, resume=True))
    submission.restart()
    for send in ({}, {"resume": True}):
        desk.assert_paid(refund, desk.step(refund, **send))
    desk.assert_asked_once(
        refund, "after all of it", "only a message that is saved as sent is not sent again"
    )


@pytest.mark.exercise("two_approvers", points=1, needs=("server",))
def test_two_worker_threads_at_once(submission):
    """Two worker threads answer the same question at once: one payment."""
    bank = PaymentBank(submission)
    thread = f"supplier/{submission.rng.randrange(1000)}"
    question = bank.start({thread: bank.draw(2)})[thread]
    returned = bank.decide_at_once([[thread, question, True]] * 2)
    why = "LangGraph locks nothing, and `fcntl.lockf` lets in every thread of the process that holds the lock"
    assert_one_counts(bank, thread, returned, "two worker threads of one process", why)
    assert len(bank.paid) == 1, "one of two answers was taken, a yes, but the bank was never called"


@pytest.mark.exercise("two_approvers", points=1, needs=("server",), restarts=True)
def test_other_threads_are_answered(submission):
    """Answers to two threads from two processes at once both count."""
    bank = PaymentBank(submission)
    number = submission.rng.randrange(1000)
    threads = [f"supplier-{number}", f"supplier-{number + 1}"]
    payments = dict(zip(threads, ([one] for one in bank.draw(2)), strict=True))
    questions = bank.start(payments)
    with submission.twin() as twin:
        returned = bank.decide_at_once([[thread, questions[thread], True] for thread in threads], twin)
    assert_told_by_bool(returned)
    assert returned == [True, True], (
        f"two threads were answered at the same moment, and `decide` returned {returned}: one answer was refused, "
        "though nobody else had answered it; wait for the lock, or take one for each thread"
    )
    assert sorted(bank.paid) == sorted(payment for [payment] in payments.values()), (
        f"two threads were answered with a yes, and the bank paid {bank.paid or 'nothing'}"
    )


@pytest.mark.exercise("reject_bad_answers", points=1)
def test_two_questions_at_once(submission):
    """Of two questions that wait at the same time, each can be answered first."""
    rng = submission.rng
    for last in (0, 1):
        kinds = rng.sample(QUESTION_KINDS, 2)
        questions = [draw_question(rng, kind) for kind in kinds]
        good = [good_answers(rng, question)[0] for question in questions]
        order = [1 - last, last]
        answers = [[f"both-{last}", number, good[number]] for number in (order[0], *order)]
        seen = submission.observe(
            ask_reviewers,
            db=submission.path("reviews.db"),
            start={f"both-{last}": questions},
            at_once=True,
            answers=answers,
        )
        first = order[0]
        assert seen[0]["returned"] is True, (
            f"two questions wait, number {first + 1} was answered first, with {good[first]!r}, and `submit` returned "
            f"{seen[0]['returned']!r}: find the question by its id among all that are open"
        )
        assert_taken(seen[0], first, kinds[first], good[first])
        assert seen[0]["open"] == [last], (
            "two questions wait, one was answered, and the other is no longer open: resume by the question's id"
        )
        assert_not_meant(seen[1], [last], "a question that had been answered, while the other one waits,")
        assert_taken(seen[2], last, kinds[last], good[last])


@pytest.mark.exercise("reject_bad_answers", points=1)
def test_another_threads_question(submission):
    """An answer with the id of another thread's question, or to a thread that nobody knows, is refused."""
    rng, number = submission.rng, submission.rng.randrange(1000)
    ours, other = f"refund-{number}", f"refund-{number}-b"
    kind = rng.choice(QUESTION_KINDS)
    question = draw_question(rng, kind)
    good = good_answers(rng, question)[0]
    seen = submission.observe(
        ask_reviewers,
        db=submission.path("reviews.db"),
        start={ours: [question] * 2, other: [question] * 2},
        at_once=False,
        answers=[[ours, 0, good, other], ["refund", 0, good, ours], [ours, 7, good], [ours, 0, good]],
    )
    assert_not_meant(seen[0], [0], "another thread's question")
    assert_not_meant(seen[1], [], "a question of another thread, sent to a thread that does not exist,")
    assert_not_meant(seen[2], [0], "a question that was never asked")
    assert_taken(seen[3], 0, kind, good)
