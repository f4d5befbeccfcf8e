"""Hidden tests of `approve_refund`."""

from __future__ import annotations

import pytest

from autograder.counts import counted, often

from test_approve_refund import RefundDesk


@pytest.mark.exercise("approve_refund", points=1, rules=(3, 4, 6), needs=("server",), restarts=True)
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
        f"three refunds were waiting, and {declined['order']} was declined and paid anyway: "
        "keep nothing about a refund outside its thread"
    )
    assert sorted(paid) == sorted(one["order"] for one in approved), (
        f"the ledger has payments for {paid}, but the approved ones are {[one['order'] for one in approved]}"
    )


@pytest.mark.exercise("approve_refund", points=1, rules=(1, 3, 5), needs=("server",), restarts=True)
def test_decided_refunds_and_errors(submission):
    """After the decision nothing changes; each step in another process; an error of `ask` or `pay` comes out, once."""
    desk = RefundDesk(submission)
    refund = desk.refund()
    desk.start(refund)
    desk.step(refund)
    desk.assert_nothing_paid(refund)
    seen = desk.step(refund, resume=True, days=30)
    limit = seen["limit"]
    assert limit is None or limit >= 600, (
        f"the graph's `step_timeout` is {limit} s, but `ask` and `pay` may take ten minutes: the bank may still pay after you "
        "stopped waiting, and then the refund has no receipt"
    )
    assert desk.made("/pay"), (
        "a refund was approved when `time.time()` said that 30 days had passed since the question, and nothing was paid: "
        "call `pay` after the decision, whenever that comes"
    )
    desk.assert_paid(refund, seen)
    submission.restart()
    for send in ({}, {"resume": True}):
        desk.assert_paid(refund, desk.step(refund, **send))
    desk.assert_asked_once(
        refund, "after all of that", "save that the message was sent, so it isn't sent again"
    )
    assert_paid_step_by_step(desk, submission)
    assert_raises_once(desk, "/pay")
    assert_raises_once(desk, "/ask")


def assert_paid_step_by_step(desk, submission):
    """Expect a refund to be asked about and paid, though each of its steps runs in another process."""
    refund = desk.refund()
    seen = desk.step(refund, start=refund, stops=True)
    for _ in range(9):
        if seen["next"] and not seen["raised"]:
            submission.restart()
            seen = desk.step(refund, stops=True, **({"resume": True} if seen["asked"] else {}))
    came = f"the run raised `{seen['raised']}`" if seen["raised"] else "nothing was paid"
    assert desk.made("/pay").count(refund) and not seen["raised"], (
        f"a refund was approved, a new process took over after each step, and {came}: what a later step needs must be in the "
        "state, since a process's memory ends with it"
    )
    desk.assert_paid(refund, seen)
    desk.assert_asked_once(refund, "after steps in several processes", "save each step that was done")


def assert_raises_once(desk, path):
    """Expect a call whose answer is lost to be made once in each of three equal refunds, and its errors to come out."""
    desk.use_another_database()  # in the same process, and with the same thread ids
    refund, name = desk.refund(), path[1:]
    threads = [f"refund-{letter}" for letter in "abc"]
    starts = [(thread, {"start": refund}) for thread in threads]
    if path == "/pay":
        desk.steps(starts)
    desk.loses = path
    seen = desk.steps([(thread, {"resume": True}) for thread in threads] if path == "/pay" else starts)
    count = desk.made(path).count(refund)
    failed = ", ".join(f"`{kind}`" for one in seen for kind in one["failed"])
    assert count <= len(threads), (
        f"three runs called `{name}` {count} times, and it raised {failed}: it may raise after it has done its work, so don't retry it"
    )
    assert count == len(threads), (
        f"three threads of a new database got equal refunds, and `{name}`, which raised, was called {often(count)} instead of 3 "
        "times: a thread is one refund, so only its own checkpoints can say what's been done for it"
    )
    quiet = sum(not one["raised"] for one in seen)
    assert not quiet, (
        f"in three runs, `{name}` raised {failed}, and {quiet} of them ended as if nothing had failed: let the error out"
    )


@pytest.mark.exercise("approve_refund", points=1, rules=(1, 3, 4, 6), needs=("server",))
def test_refunds_that_look_alike(submission):
    """Refunds that are equal, or differ only in case or a space, are five refunds; so are five more in another database."""
    desk = RefundDesk(submission)
    number = submission.rng.randrange(10**4)
    refunds = [
        {"order": order, "cents": cents}
        for order, cents in (
            (f"k-{number}", 100 + number),
            (f"k-{number}", 0),
            (f"K-{number}", 100 + number),
            (f"k-{number} ", 100 + number),
            (f"k-{number}", 100 + number),
        )
    ]
    threads = [f"refund-{number}-{letter}" for letter in "abcde"]
    assert_each_its_own(desk, dict(zip(threads, refunds, strict=True)))
    desk.use_another_database()  # in the same process; a thread has an equal refund there, or another one
    declined = submission.rng.choice(threads)
    assert_each_its_own(desk, dict(zip(threads, refunds[::-1], strict=True)), declined)


def assert_each_its_own(desk, refunds, declined=None):
    """Expect five refunds, by thread, to be asked about and decided, each for itself."""
    where = " of a second database" if desk.given else ""
    known, paid = {path: len(desk.made(path)) for path in ("/ask", "/pay")}, len(desk.given)
    starts = [(thread, {"start": refund}) for thread, refund in refunds.items()]
    seen = desk.steps([*starts, *((thread, {"resume": thread != declined}) for thread in refunds)])
    names = seen[-1]["by name"]
    assert not names, (
        f"`ask` or `pay` was called with `{names[0]}=…`: a `Callable[[str, int], …]` may call its parameters anything, so pass "
        "order and cents by position"
    )
    values = [one["asked"] for one in seen[:5]]
    free = [refund["cents"] for refund in refunds.values()].index(0)
    assert values[free] or not values[0], (
        "a refund of 0 cents ended without a question: each refund waits for a person, whatever its amount"
    )
    for (thread, refund), value in zip(refunds.items(), values, strict=True):
        assert value == [refund], (
            f"thread {thread!r}{where} has the refund {refund}, and its interrupts' values are {value}: each asks about its own"
        )
    for path in ("/ask", "/pay"):
        due = [tuple(one.values()) for thread, one in refunds.items() if path == "/ask" or thread != declined]
        made = [tuple(one.values()) for one in desk.made(path)[known[path] :]]
        lacks = {pair: due.count(pair) - made.count(pair) for pair in [*due, *made]}
        # What's missing comes first: where a call was made for another refund, it says more.
        pair = next((pair for pair in sorted(lacks, key=lacks.get, reverse=True) if lacks[pair]), None)
        assert pair is None, (
            f"in five threads{where}, `{path[1:]}` was called {often(made.count(pair))} for {pair}, and should be called "
            f"{often(due.count(pair))}: a thread is one refund, so go only by what its own checkpoints hold, unchanged"
        )
    given = iter(desk.given[paid:])
    for thread, one in zip(refunds, seen[5:], strict=True):
        receipt = None if thread == declined else next(given)
        assert one["receipt"] == receipt or receipt is None, (
            f"`pay` returned {receipt!r} for thread {thread!r}{where}, and its receipt is {one['receipt']!r}: the state has "
            "whatever its own `pay` returned, even if that's empty"
        )
        assert one["receipt"] != "missing", (
            f"thread {thread!r}{where} was declined, and its state has no `receipt`: it's `None` then"
        )
        assert one["receipt"] == receipt, (
            f"thread {thread!r}{where} was declined, and its receipt is {one['receipt']!r}: keep nothing about a refund outside "
            "its thread"
        )
    asked = sum(len(one["asked"]) for one in seen[5:])
    assert not asked, (
        f"after a decision in each of five threads, there's {counted(asked, 'open question')}: finish the run"
    )
