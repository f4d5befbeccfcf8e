"""Hidden tests of `encrypt_at_rest`."""

from __future__ import annotations

import pytest

from autograder.testing import evidence

from test_encrypt_at_rest import (
    assert_hidden,
    assert_reads,
    bytes_beside,
    draw_call,
    draw_key,
    open_again,
    seal,
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
