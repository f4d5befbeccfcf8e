"""Hidden tests of `two_approvers`."""

from __future__ import annotations

import pytest

from test_two_approvers import PaymentBank, assert_one_counts, assert_told_by_bool, press_in_turn


@pytest.mark.exercise("two_approvers", points=1, rules=(1, 3, 4), needs=("server",))
def test_two_worker_threads_at_once(submission):
    """Worker threads press while another press is handled: exactly one answer counts, whatever it is."""
    bank = PaymentBank(submission)
    thread = f"supplier-{submission.rng.randrange(1000)}"
    question = bank.start({thread: bank.draw(2)})[thread]
    # In all, that's as long as a payment may take: nobody may break the lock meanwhile.
    bank.held, bank.older, bank.in_turn = 1.3, 1.6, True
    returned = bank.decide_at_once([[thread, question, True], [thread, question, False]])
    both = returned == [True, True] and len(bank.answers(thread)) < 2
    assert not (both and bank.overtaken), (
        "while a yes was being paid, another worker thread said no, and got `True` before the yes did: lock or claim a question "
        "whatever the answer, never break it, and use a lock that stops threads, unlike `fcntl.lockf`"
    )
    assert not both, (
        "while a yes was being paid, another worker thread said no to that question, and later got `True` too: if it looked "
        "before it waited, look again once it's your turn"
    )
    why = "use a lock that threads respect"
    assert_one_counts(bank, thread, returned, "two worker threads of one process", why)
    assert len(bank.paid) == 1, "one yes was taken, but the bank was never called"
    seen = submission.observe(press_in_turn, db=submission.path("presses.db"))
    assert not seen["refused"], (
        f"while `decide` looked at an answer to an old question, the open one was answered, and got {seen['returned'][0]!r}: "
        "nobody had answered that question, so wait for the lock, and then look"
    )
    assert all(whose == ("last" if answer else "good") for answer, whose in seen["used"]), (
        "calls in one process brought different builders for one file, and one call ran the nodes of another call's builder: "
        "compile the `builder` that each call gets"
    )
    assert len(seen["used"]) == 1 and seen["returned"].count(True) == 1, (
        "a no came, and while its node ran, a yes came. `decide` returned "
        f"{seen['returned'][0]!r} and {seen['returned'][1]!r}: "
        + (
            f"the file {seen['gone'][0]!r} was removed, and others may still wait for its lock, so leave it there"
            if seen["gone"]
            else "lock a no, too, and keep a lock while others wait for it"
        )
    )
    assert_one_counts_in_a_graph_inside(PaymentBank(submission), f"{thread}-b")


def assert_one_counts_in_a_graph_inside(bank, thread):
    """Expect one of two answers to count where a run saves a step between its answer and the payment."""
    bank.nested, bank.held = True, 1.3
    question = bank.start({thread: bank.draw(2)})[thread]
    returned = bank.decide_at_once([[thread, question, True]] * 2)
    why = "the run saves a step before it pays, which ends a transaction on the saver's connection"
    assert_one_counts(bank, thread, returned, "where a node is a graph, two threads", why)


@pytest.mark.exercise("two_approvers", points=1, rules=(1, 3, 5), needs=("server",), restarts=True)
def test_other_threads_are_answered(submission):
    """Answers to two threads, with a `/` in their ids, both count at once; one counts after another's process has died."""
    bank = PaymentBank(submission)
    number = submission.rng.randrange(1000)
    threads = [f"supplier/{number}", f"supplier/{number + 1}"]
    payments = dict(zip(threads, ([one] for one in bank.draw(2)), strict=True))
    questions = bank.start(payments)
    bank.held = 3  # longer than most would wait
    with submission.twin() as twin:
        returned = bank.decide_at_once([[thread, questions[thread], True] for thread in threads], twin)
    assert_told_by_bool(returned)
    assert returned == [True, True], (
        f"two threads were answered at the same moment, the bank took some seconds, and `decide` returned {returned}: one "
        "answer was refused, although nobody else had answered that question. Wait for the lock as long as it takes"
    )
    assert sorted(bank.paid) == sorted(payment for [payment] in payments.values()), (
        f"two threads were answered with a yes, and the bank paid {bank.paid or 'nothing'}"
    )
    bank.hold, threads = False, [f"supplier-{number}-a", f"supplier-{number}-b"]
    assert_found_behind_another_task(bank, f"supplier-{number}-c")
    questions = bank.start(dict(zip(threads, ([one] for one in bank.draw(2)), strict=True)))
    bank.die_with(threads[0], questions[threads[0]])
    returned, _ = bank.decide(threads[1], questions[threads[1]], True)
    assert returned is True, (
        f"a process died while it paid, and then an answer to another thread gave {returned!r}: what you lock must be free when "
        "its owner dies, so don't let a file's existence be the lock"
    )
    assert_locked_while_another_is_answered(submission, f"supplier-{number}-d")


def assert_locked_while_another_is_answered(submission, thread):
    """Expect one of two processes' answers to count where the first one answers another thread while it pays."""
    bank, other = PaymentBank(submission), f"{thread}-other"
    questions = bank.start({thread: bank.draw(2), other: bank.draw(1)})
    presses = [[thread, questions[thread], True], [other, questions[other], False]]
    with submission.twin() as twin:
        first, beside, second = bank.decide_beside([*presses, presses[0]], twin)
    assert beside is True, (
        f"while a yes to one thread was being paid, another thread was answered, and `decide` returned {beside!r}: nobody else had "
        "answered that question"
    )
    why = (
        "meanwhile the first answered another thread. With `lockf`, closing the file anywhere in a process drops its lock: use "
        "`flock`"
    )
    assert_one_counts(bank, thread, [first, second], "two processes", why)


def assert_found_behind_another_task(bank, thread):
    """Expect a question to be answered where the thread's first task is another node's."""
    bank.beside = True
    question = bank.start({thread: bank.draw(1)})[thread]
    returned, _ = bank.decide(thread, question, True)
    assert returned is True, (
        f"beside the node that asks, another had run and asked nothing, and an answer to the open question gave {returned!r}: look at "
        "the questions of all `tasks`"
    )
    bank.beside = False
