"""Hidden tests of module 05."""

from __future__ import annotations

import pytest

from autograder.testing import evidence
from autograder.graders.test_05_checkpointing import (
    BUDGET_PEOPLE,
    PLACES_IN_FLIGHT,
    SAVER_NAMES,
    assert_foretold,
    assert_hidden,
    assert_in_budget,
    assert_in_time,
    assert_knows_all,
    assert_moment,
    assert_ran_round,
    assert_reads,
    assert_refused,
    assert_same_offer,
    back_up_service,
    bytes_beside,
    done,
    draw_call,
    draw_ending,
    draw_key,
    draw_offer,
    draw_orders_in_flight,
    draw_service,
    draw_talk,
    draw_text,
    leave_in_flight,
    log_of,
    open_again,
    run_of,
    seal,
    talk,
    through_the_night,
    use_saver,
    work_through,
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


@pytest.mark.exercise("write_a_saver", points=1)
def test_unknown_thread_is_empty(submission):
    """A thread that never ran is empty, whatever the ids of other threads look like."""
    rng = submission.rng
    name, db = rng.choice(SAVER_NAMES), submission.path("store.db")
    known = [f"{name}-2", f"{name}/x", f'{name}", "', f"x/{name}", f"{name}%", f"{name}:é_\\n"]
    texts = {one: draw_text(rng) for one in known}
    runs = [run_of(one, texts[one], 1) for one in known]
    unknown = [name, name[:-1], f"{name}_", f"{name}/", f"{name}-"]
    asked = [{"do": "get", "thread": one} for one in unknown]
    reads = [{"do": "get", "thread": one} for one in known]
    gave = submission.observe(use_saver, db=db, steps=[*runs, *asked, *reads, run_of(name, "new", 1)])
    *_, fresh = gave
    for one, step in zip(unknown, gave[len(runs) :], strict=False):
        got = done(step, f"`get_tuple` of thread {one!r}, which has never run,")
        assert got is None, (
            f"for thread {one!r}, that has never run, `get_tuple` returned a checkpoint of thread {got['thread']!r} with "
            f"{got['values'].get('log')}: a key of one thread was taken for one of another that begins alike"
        )
    for one, step in zip(known, gave[len(runs) + len(asked) :], strict=False):
        got = done(step, f"`get_tuple` of thread {one!r}")
        assert got and got["values"].get("log") == log_of(texts[one], 1), (
            f"thread {one!r} ran, and `get_tuple` returned {got and got['values']} for it: a thread id may hold any character"
        )
    assert_ran_round(fresh, log_of("new", 1), 1, f"the first run of thread {name!r}")
    strange = submission.observe(
        use_saver,
        db=db,
        steps=[
            {"do": "get", "thread": known[0], "at": {"checkpoint_id": got["id"]}},
            {"do": "get", "thread": known[0], "at": {"checkpoint_ns": "sub:1"}},
        ],
    )
    for step, what in zip(
        strange, ("the id of another thread's checkpoint", "a namespace it has not"), strict=True
    ):
        assert done(step, f"`get_tuple` with {what}") is None, (
            f"asked for a thread and {what}, `get_tuple` returned a checkpoint instead of `None`"
        )


@pytest.mark.exercise("write_a_saver", points=1)
def test_missing_namespace(submission):
    """A config without a namespace names the root graph's checkpoints, and lists those of all namespaces."""
    rng = submission.rng
    thread, db = rng.choice(SAVER_NAMES), submission.path("store.db")
    spaces = rng.sample(["", "sub:1", "sub:12"], 3)
    if spaces[-1] == "":
        spaces.reverse()  # the root's checkpoint must not be the newest of all
    puts = [
        {"do": "put", "thread": thread, "at": {"checkpoint_ns": ns}, "values": {"ns": ns}, "step": step}
        for step, ns in enumerate(spaces)
    ]
    asks = [{"do": "get", "thread": thread}, {"do": "list", "thread": thread}]
    *_, newest, listed = submission.observe(use_saver, db=db, steps=[*puts, *asks])
    got = done(newest, "`get_tuple` without a namespace")
    assert got and got["values"].get("ns") == "", (
        f"without a `checkpoint_ns`, `get_tuple` returned {got and got['values']}: it means the root graph, whose "
        "namespace is the empty string, and not a subgraph that happens to have saved later"
    )
    found = [one["values"].get("ns") for one in done(listed, "`list` without a namespace")]
    assert found == spaces[::-1], (
        f"without a `checkpoint_ns`, `list` yielded the namespaces {found} instead of {spaces[::-1]}: it means all"
    )


@pytest.mark.exercise("write_a_saver", points=1)
def test_search_by_metadata(submission):
    """A user's checkpoints are found over all threads, newest first."""
    rng = submission.rng
    user, other, third = rng.sample(SAVER_NAMES, 3)
    threads = [f"{rng.choice(SAVER_NAMES)}-{number}" for number in rng.sample(range(100), 4)]
    owners = [user, other, user, third]
    steps = [run_of(one, "a", 1, user=owner) for one, owner in zip(threads, owners, strict=True)]
    steps.append(run_of(threads[0], "b", 1, user=user))
    steps += [
        {"do": "list", "filter": {"user_id": user}},
        {"do": "list", "filter": {"user_id": user}, "limit": 5},
    ]
    steps += [{"do": "list"}]
    *_, found, limited, all_of_them = submission.observe(
        use_saver, db=submission.path("store.db"), steps=steps
    )
    listed = done(found, "`list(None, filter=…)`")
    seen = {one["thread"] for one in listed}
    assert seen == {threads[0], threads[2]}, (
        f"`list(None, filter={{'user_id': {user!r}}})` found the threads {sorted(seen)} instead of "
        f"{sorted({threads[0], threads[2]})}: the metadata to save are those of `get_checkpoint_metadata`, which adds "
        "what the config says, and `None` means all threads"
    )
    assert len(listed) == 12, (
        f"{user!r} has 12 checkpoints in two threads, and `list` found {len(listed)} of them"
    )
    ids = [one["id"] for one in listed]
    assert ids == sorted(ids, reverse=True), (
        "checkpoints of several threads come one thread after the other: newest first holds over all threads"
    )
    assert [one["id"] for one in done(limited, "`list` with a limit")] == ids[:5], (
        "with `limit=5`, `list` did not return the five newest that match: count only what matches the filter"
    )
    assert len(done(all_of_them, "`list(None)`")) == 20, "`list(None)` returns the checkpoints of all threads"


@pytest.mark.exercise("storage_budget", points=2, timeout=60)
def test_two_hundred_turns(submission):
    """Two hundred short turns of two customers stay within 5 MB, and each keeps the whole conversation."""
    rng = submission.rng
    customers = rng.sample(BUDGET_PEOPLE, 2)
    order = [customers[number % 2] for number in range(200)]
    turns, replies = draw_talk(rng, order, 700)
    db = submission.path("support.db")
    seen = submission.observe(talk, db=db, turns=turns, replies=replies, give_up=24_000_000)
    assert_knows_all(seen, turns, replies, {})
    assert_in_budget(seen, submission.file("support.db"), 200)


@pytest.mark.exercise("online_backup", points=1)
def test_no_backup_of_no_database(submission):
    """Paths hold any characters; a source that is no database raises, and the old backup is still there."""
    rng = submission.rng
    copy = submission.path("backup.db")
    seen = submission.observe(
        back_up_service,
        db=submission.path("50%41 off? no #1.db"),
        copy=copy,
        texts=draw_service(rng, 6),
        busy=False,
    )
    assert_moment(seen, submission.file("backup.db"))
    assert_refused(submission, f"{rng.randrange(10**6)}.db", f"{rng.random()} is no database\n" * 200)
