"""Hidden tests of module 04."""

from __future__ import annotations

import pytest

from autograder import evidence
from autograder.graders.test_04_checkpointing import (
    assert_foretold,
    assert_hidden,
    assert_in_time,
    assert_reads,
    assert_same_offer,
    bytes_beside,
    draw_call,
    draw_ending,
    draw_key,
    draw_offer,
    draw_orders_in_flight,
    leave_in_flight,
    work_through,
    PLACES_IN_FLIGHT,
    open_again,
    seal,
    through_the_night,
)


@pytest.mark.exercise("predict_the_loss", points=1, restarts=True, timeout=20)
def test_backlogs_of_any_length(submission):
    """A fast, a slow and a very slow saver, in the background."""
    rng = submission.rng
    quick = draw_ending(rng, "async", "SIGKILL", slowness=1, length=7, at=rng.choice([3, 4, 5]))
    slow = draw_ending(rng, "async", "SIGTERM", slowness=3, length=11, at=rng.choice([6, 9, 10]))
    very_slow = draw_ending(rng, None, "SIGKILL", slowness=9, length=7, at=6)
    assert_foretold(submission, [quick, slow, very_slow])


@pytest.mark.exercise("predict_the_loss", points=1, restarts=True, timeout=20)
def test_the_first_node_and_the_last(submission):
    """The run ends in its second or in its last node."""
    rng = submission.rng
    early = draw_ending(rng, rng.choice(["async", None]), "SIGTERM", slowness=1, at=1)
    last = draw_ending(rng, "sync", rng.choice(["SIGTERM", "SIGKILL"]), length=6, at=5)
    failed = draw_ending(rng, None, "exception", slowness=3, length=5, at=1)
    exit_failed = draw_ending(rng, "exit", "exception", length=5, at=4)
    assert_foretold(submission, [failed, exit_failed, early, last])


@pytest.mark.exercise("typed_state", points=2, restarts=True)
def test_many_offers_wait(submission):
    """Several offers wait at once, long, short and empty ones, and are booked in another order."""
    rng = submission.rng
    offers = {f"D{number}": draw_offer(rng, stops) for number, stops in enumerate([4, 1, 0, 2])}
    morning = rng.sample(list(offers), len(offers))
    seen = through_the_night(submission, offers, morning)
    for number, given in zip(morning, seen["given"], strict=True):
        assert_same_offer(given, offers[number], offers[number])
    assert not seen["stranger"], (
        "the graph's saver built an object of a class that has no part in an offer: allow those that you save"
    )


@pytest.mark.exercise("encrypt_at_rest", points=1, restarts=True)
def test_an_old_snapshot_leads_to_its_thread(submission):
    """One can go on from the config of an old snapshot, and nothing is in plain text then."""
    call, key = draw_call(submission.rng), draw_key(submission.rng)
    note, answer = draw_call(submission.rng)["note"], draw_call(submission.rng)["note"]
    seal(submission, call, key)
    submission.restart()
    db = submission.path("calls.db")
    seen = submission.observe(open_again, db=db, key=key, thread=call["thread"], answer=answer, fork=note)
    assert_reads(seen["old"], call, call["note"], ["decide"])
    forked = seen["forked"]
    assert (forked["note"], forked["next"]) == (f"{note}, forked", []), (
        f"an old snapshot was corrected with the note {note!r}, but then the thread held {forked['note']!r}: a config "
        "that the saver has handed out, by `put`, `list` or `get_tuple`, must lead to the thread that it came from"
    )
    for secret in (call["text"], call["thread"], note, answer):
        assert_hidden(
            bytes_beside(submission), secret, "after a fork, a secret", "seal what `put_writes` gets, too"
        )


@pytest.mark.exercise("encrypt_at_rest", points=1)
def test_the_key_is_what_counts(submission):
    """Another key finds nothing, each key veils thread ids in its own way, and `delete_thread` deletes."""
    call, key, other = draw_call(submission.rng), draw_key(submission.rng), draw_key(submission.rng)
    seal(submission, call, key)
    seal(submission, call, other, "others.db")
    veiled, others = (set(evidence.threads(submission.file(name))) for name in ("calls.db", "others.db"))
    assert not veiled & others, (
        "two keys make the same of a thread id, so whoever has one key can check guesses in all databases: "
        "the key must be part of it"
    )
    seen = submission.observe(peep, db=submission.path("calls.db"), key=other, thread=call["thread"])
    assert not seen, f"with another key than the one it was sealed with, the thread gave {str(seen)[:80]}"
    left = submission.observe(forget, db=submission.path("calls.db"), key=key, thread=call["thread"])
    assert left["before"], "the thread was not found with the right key, after another key had been tried"
    assert not left["after"], (
        "`delete_thread` was called with the caller's thread id, and the thread is there still"
    )
    assert len(evidence.threads(submission.file("calls.db"))) == 1, (
        "`delete_thread` must delete the rows of one thread, and leave the other's"
    )


def peep(open_vault, db, key, thread):
    """Read a thread with a key, which may be the wrong one."""
    try:
        found = open_vault(db, bytes.fromhex(key)).get_tuple({"configurable": {"thread_id": thread}})
    except Exception:
        return None
    return found and str(found.checkpoint["channel_values"])


def forget(open_vault, db, key, thread):
    """Delete a thread; tell whether it was there before, and after."""
    saver = open_vault(db, bytes.fromhex(key))
    config = {"configurable": {"thread_id": thread}}
    before = saver.get_tuple(config) is not None
    saver.delete_thread(thread)
    return {"before": before, "after": saver.get_tuple(config) is not None}


@pytest.mark.exercise("migrate_in_flight", points=2, restarts=True)
def test_twenty_in_flight(submission):
    """Twenty orders in all places are worked through by two workers, the first of which is killed."""
    rng = submission.rng
    places = [*PLACES_IN_FLIGHT, *PLACES_IN_FLIGHT, *rng.choices(PLACES_IN_FLIGHT[:5], k=8)]
    orders = draw_orders_in_flight(rng, rng.sample(places, len(places)))
    db = submission.path("orders.db")
    submission.observe(leave_in_flight, db=db, orders=orders)
    calls = {order["thread"]: [] for order in orders}
    for part in (orders[:9], orders[9:]):
        submission.restart()
        seen = submission.observe(work_through, db=db, orders=part, everything=orders)
        for order in part:
            if isinstance(found := seen.get(order["thread"]), dict):
                found["calls"] = calls[order["thread"]] + found["calls"]
        assert_in_time(seen, part)
        for thread, found in seen.items():
            calls[thread] += found["calls"]
    assert all(calls[order["thread"]].count(["ask"]) <= 1 for order in orders), (
        "the second worker worked once more on orders that the first had finished: `upgrade` runs in each worker"
    )
    for order in orders:
        newest = evidence.checkpoints(submission.file("orders.db"), order["thread"])[-1]
        assert newest.values.get("parcel") == order["parcel"], (
            f"the order of {order['who']}, {order['at']}, has no parcel in the database: save its end in its thread"
        )
