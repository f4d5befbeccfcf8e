"""Hidden tests of `reject_bad_answers`."""

from __future__ import annotations

import pytest

from test_reject_bad_answers import (
    OPTIONS,
    QUESTION_KINDS,
    ask_reviewers,
    assert_not_meant,
    assert_refused,
    assert_taken,
    draw_question,
    good_answers,
)


@pytest.mark.exercise("reject_bad_answers", points=1, rules=(1, 4))
def test_two_questions_at_once(submission):
    """Of two questions that wait at the same time, each can be answered first, also if one node is a graph that asks both."""
    rng = submission.rng
    for last, inside, ahead in ((0, 0, 0), (1, 0, 0), (0, 1, 0), (1, 1, 0), (1, 1, 1)):
        kinds = rng.sample(QUESTION_KINDS, 2 + ahead)
        questions = [draw_question(rng, kind) for kind in kinds]
        good = [good_answers(rng, question)[0] for question in questions]
        beside = not inside and last == 0
        last, first, thread = ahead + last, ahead + 1 - last, f"both-{last}-{inside}-{ahead}"
        numbers = [*range(ahead), first, first, last]
        seen = submission.observe(
            ask_reviewers,
            db=submission.path("reviews.db"),
            start={thread: questions},
            at_once=True,
            answers=[[thread, number, good[number]] for number in numbers],
            inside=bool(inside),
            ahead=bool(ahead),
            beside=beside,
        )
        if ahead:
            assert_taken(seen.pop(0), 0, kinds[0], good[0])
        both = "both asked by one node's own graph, " if inside else ""
        both = "a node beside them failed in the first run, " if beside else both
        assert seen[0]["returned"] is True, (
            f"two questions are open, {both}number {first + 1} was answered first, with {good[first]!r}, and `submit` returned "
            f"{seen[0]['returned']!r}: it's open, so look for its id among all open ones, and at nothing else"
        )
        assert_taken(seen[0], first, kinds[first], good[first])
        assert seen[0]["open"] == [last], (
            f"two questions are open, {both}one was answered, and now the other is closed too: resume by the question's id"
        )
        assert_not_meant(
            seen[1], [last], "a question that was already answered, while the other one is waiting,"
        )
        assert_taken(seen[2], last, kinds[last], good[last])


@pytest.mark.exercise("reject_bad_answers", points=1, rules=(3,))
def test_another_threads_question(submission):
    """An answer to a question of another thread, or that new input has dropped, or to an unknown thread is refused."""
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
        answers=[
            [ours, 0, good, other],
            ["refund", 0, good, ours],
            [ours, 7, good],
            [ours, 0, good, "before"],
            [ours, 0, good],
        ],
        renewed=ours,
    )
    assert_not_meant(seen[0], [0], "another thread's question")
    assert_not_meant(seen[1], [], "another thread's question, sent to a thread that doesn't exist,")
    assert_not_meant(seen[2], [0], "a question that was never asked")
    assert_not_meant(seen[3], [0], "a question that new input has dropped, while the next one is waiting,")
    assert_taken(seen[4], 0, kind, good)


@pytest.mark.exercise("reject_bad_answers", points=1, rules=(1, 2))
def test_unusual_answers_that_fit(submission):
    """After a bad answer, an unusual one that fits is taken: a blank note, a large amount, an empty option."""
    rng = submission.rng
    unusual = {
        "yes_no": [False, True],
        "cents": [2**31 + rng.randrange(10**6), 0],
        "choice": ["", " Refund "],
        "note": [" ", str(rng.randrange(10, 10**5)), "false", " padde\u0301d\r\n"],
    }
    for kind, good in unusual.items():
        for number in range(0, len(good), 2):
            pair = good[number : number + 2]
            questions = [draw_question(rng, kind) for _ in pair]
            for question in questions:
                if kind == "choice":
                    question["options"] = [rng.choice(OPTIONS), *rng.sample(pair, 2), "refund"]
            thread = f"{kind}-{number}"
            seen = submission.observe(
                ask_reviewers,
                db=submission.path("reviews.db"),
                start={thread: questions},
                at_once=False,
                answers=[[thread, place, one] for place, value in enumerate(pair) for one in (None, value)],
            )
            for place, value in enumerate(pair):
                assert_refused(seen[2 * place], kind, None)
                assert_taken(seen[2 * place + 1], place, kind, value)
