"""Hidden tests of `manage_sessions`."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from autograder.testing import evidence

from test_manage_sessions import assert_done, assert_listed, draw_user, run


@pytest.mark.exercise("manage_sessions", points=1, restarts=True, rules=(5,))
def test_deleted_during_a_run(submission):
    """A session that another process deletes during a run stays deleted."""
    user = draw_user(submission.rng)
    going, staying = (f"about {submission.rng.randrange(10**9)}" for _ in range(2))
    steps = [
        ["open", user, "goes", "goes"],
        ["send", user, "goes", going],
        ["open", user, "stays", "stays"],
    ]
    steps += [["send", user, "stays", staying]]
    seen = run(submission, steps)
    assert_done(steps, seen)
    ids = seen["ids"]
    with submission.twin() as twin, ThreadPoolExecutor(1) as pool:
        sending = pool.submit(run, submission, [["send", user, "goes", "slow"]], ids)
        deleted = run(twin, [["delete", user, "goes", "slow"]], ids)
        sending.result()
        assert_done([["delete", user]], deleted)
        after = run(twin, [["of", user], ["send", user, "goes", "there?"]], ids)["told"]
    assert_listed(after[0].get("back"), ids, [("stays", "stays", False)], "one was deleted during a run")
    assert "refused" in after[1], "a session was deleted during a run, and then one could send in it again"
    db = submission.file("threads.db")
    left = str([evidence.table(db, table) for table in ("checkpoints", "writes")])
    assert going not in left and "slow" not in left, (
        "another process deleted a session during a run, and the run's last checkpoint brought the thread back: when a run has "
        "ended, look in the store or the database again"
    )
    assert staying in left, "a session was deleted, and the thread of another one is gone, too"
    with submission.twin() as twin, ThreadPoolExecutor(1) as pool:
        sending = pool.submit(run, submission, [["send", user, "stays", "slow, late"]], ids)
        deleted = run(twin, [["delete", user, "stays", "slow, late", "midway"]], ids)
        sending.result()
        assert_done([["delete", user]], deleted)
    db = submission.file("threads.db")
    left = str([evidence.table(db, table) for table in ("checkpoints", "writes")])
    assert staying not in left and "slow, late" not in left, (
        "a run ended just after `delete` had deleted its thread, found its session still listed, and left a checkpoint: take "
        "the session off the list first"
    )


@pytest.mark.exercise("manage_sessions", points=1, restarts=True, rules=(3, 5))
def test_closed_or_failed_during_a_run(submission):
    """A session that another process closes during a run stays closed; one deleted stays so if the run fails."""
    user = draw_user(submission.rng)
    word = f"about {submission.rng.randrange(10**9)}"
    seen = run(submission, [["open", user, "shut", "shut"], ["open", user, "goes", "goes"]])
    ids = seen["ids"]
    with submission.twin() as twin, ThreadPoolExecutor(1) as pool:
        sending = pool.submit(run, submission, [["send", user, "shut", "slow but sure"]], ids)
        closed = run(twin, [["close", user, "shut", "slow but sure"]], ids)
        sent = sending.result()["told"][0]
        assert_done([["close", user]], closed)
        after = run(twin, [["send", user, "shut", "let me in"], ["of", user]], ids)["told"]
        assert sent.get("back") == "1: slow but sure", (
            f"a session was closed during a run, and `send` gave {str(sent)[:60]}: that run had begun, so return its answer"
        )
        assert "refused" in after[0], (
            "another process closed a session during a run, and the run opened it again: write nothing back that was read "
            "before the run"
        )
        wanted = [("shut", "shut", True), ("goes", "goes", False)]
        assert_listed(after[1].get("back"), ids, wanted, "one was closed during a run")
        db = submission.file("threads.db")
        assert "slow but sure" in str(evidence.table(db, "checkpoints")), (
            "a session was closed during a run, and then its checkpoints were gone: to close isn't to delete, so when a run has "
            "ended, ask only whether its session was deleted"
        )
        failing = f"slow, {word}, stopped"
        sending = pool.submit(run, submission, [["send", user, "goes", failing]], ids)
        deleted = run(twin, [["delete", user, "goes", failing]], ids)
        sending.result()
        assert_done([["delete", user]], deleted)
        after = run(twin, [["of", user]], ids)["told"]
    assert_listed(after[0].get("back"), ids, wanted[:1], "one was deleted during a run that failed")
    db = submission.file("threads.db")
    left = str([evidence.table(db, table) for table in ("checkpoints", "writes")])
    assert word not in left, (
        "another process deleted a session during a run, a `KeyboardInterrupt` ended that run, and what it had saved is still there: "
        "look in the store or the database again however a run ends, also by what's no `Exception`"
    )
    with submission.twin() as twin, ThreadPoolExecutor(1) as pool:
        assert_nothing_is_undone(submission, user, twin, pool)
        assert_both_are_opened(submission, user, twin, pool)


def assert_nothing_is_undone(submission, user, twin, pool):
    """Have another process close or delete a session right before this one writes something about it to the store."""
    cases = [(other, "send", number) for other in ("close", "delete") for number in (1, 2, 3)]
    for other, what, number in (*cases, ("delete", "close", 1)):
        name = f"{what} {number}, {other}"
        ids = run(submission, [["open", user, name, name]])["ids"]
        step = [what, user, name, *(["hello"] if what == "send" else [])]
        going = pool.submit(run, submission, [step], ids, (name, number))
        assert_done([[other, user]], run(twin, [[other, user, name, name]], ids))
        going.result()
        [listed] = assert_done([["of", user]], run(twin, [["of", user]], ids))
        [tried] = run(twin, [["send", user, name, "let me in"]], ids)["told"]
        closed = [one["closed"] for one in listed if one["id"] == ids[name]]
        assert "refused" in tried and closed == [True] * (other == "close"), (
            f"another process {other}d a session right before `{what}` wrote to the store, and that undid it: an item that's read, "
            "changed and put back is as it was before, so give what changes an item of its own"
        )


def assert_both_are_opened(submission, user, twin, pool):
    """Have another process open a session right before this one writes that it opens one."""
    for number in (1, 2, 3):
        name, other = f"open {number}", f"open {number}, other"
        going = pool.submit(run, submission, [["open", user, name, name]], {}, (name, number))
        steps = [["open", user, other, other, name]]
        seen = run(twin, steps)
        assert_done(steps, seen)
        both = {**seen["ids"], **going.result()["ids"]}
        [listed] = assert_done([["of", user]], run(twin, [["of", user]]))
        titles = [one["title"] for one in listed if one["id"] in both.values()]
        assert sorted(titles) == [name, other], (
            f"two processes opened a session of one user at once, with the ids {both[name][-12:]!r} and {both[other][-12:]!r}, and "
            f"`of` has {len(titles)} of them: a number that's read and put back can be another's, too, so draw ids"
        )


@pytest.mark.exercise("manage_sessions", points=1, restarts=True, rules=(2, 3, 6), timeout=60)
def test_many_sessions(submission):
    """A user may have a thousand sessions, of which another process deletes some; to list them reads no checkpoints."""
    user = draw_user(submission.rng)
    count = submission.rng.randrange(1010, 1020)
    steps = [["open", user, f"t{n}", f"s{n}"] for n in range(count)]
    steps += [["send", user, f"s{n}", "hello"] for n in (5, count - 1)]
    steps += [["delete", user, "s7"], ["of", user]]
    seen = run(submission, steps)
    *_, listed = assert_done(steps, seen)
    order = [count - 1, 5, *(n for n in reversed(range(count - 1)) if n not in (5, 7))]
    wanted = [(f"s{n}", f"t{n}", False) for n in order]
    assert_listed(listed, seen["ids"], wanted, "`search` has a `limit`, which is 10 unless you say more")
    read = seen["told"][-1]["read"]
    assert not read, (
        f"`of` asked the table of checkpoints {read} times: with ten thousand threads that takes long, so keep title, time "
        "and owner in the store"
    )
    with submission.twin() as twin, ThreadPoolExecutor(1) as pool:
        for number in (2, 3, 4):
            name = f"late {number}"  # alone in its second, so a search has it first
            steps = [["age", user], ["open", user, name, name]]
            opened = run(twin, steps)
            assert_done(steps, opened)
            gone = opened["ids"][name]
            listing = pool.submit(run, submission, [["of", user]], {}, (name, number))
            assert_done([["delete", user]], run(twin, [["delete", user, name, name]], opened["ids"]))
            [listed] = assert_done([["of", user]], listing.result())
            kept = [one for one in listed if one["id"] != gone]  # it may be there or not
            moved = (
                "another process deleted one while `of` read. That moves what an `offset` counts, so search once, with a `limit` "
                "that's high enough"
            )
            assert_listed(kept, seen["ids"], wanted, moved)
