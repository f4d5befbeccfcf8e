"""Hidden tests of `encrypt_at_rest`."""

from __future__ import annotations

import unicodedata
from collections import Counter
from itertools import pairwise, takewhile

import pytest

from autograder.counts import counted

from autograder.testing import evidence

from test_encrypt_at_rest import (
    assert_hidden,
    assert_reads,
    bytes_beside,
    draw_call,
    draw_key,
    files_beside,
    open_again,
    seal,
)


@pytest.mark.exercise("encrypt_at_rest", points=1, rules=(1, 4, 5), restarts=True)
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
    assert "raised" not in forked, (
        f"after `update_state` on an old snapshot's config, the next run ended in `{forked['raised'][:60]}`: every config that the "
        "saver returns must lead back to its thread"
    )
    assert (forked["note"], forked["next"]) == (f"{note}, forked", []), (
        f"after `update_state` on an old snapshot's config, the thread had the note {str(forked['note'])[:60]!r}: "
        "every config that the saver returns must lead back to its thread"
    )
    for secret in (call["text"], call["thread"], note, answer):
        assert_hidden(
            bytes_beside(submission), secret, "after a fork, a secret", "encrypt what `put_writes` gets too"
        )


@pytest.mark.exercise("encrypt_at_rest", points=1, rules=(1, 3, 6, 7))
def test_the_key_is_what_counts(submission):
    """Another key finds nothing, even if it's nearly the same, and `delete_thread` deletes."""
    call, key = draw_call(submission.rng), draw_key(submission.rng)
    flipped = f"{int(key[:2], 16) ^ 1:02x}"
    seal(submission, call, key)
    for number, other in enumerate((flipped + key[2:], key[:-2] + f"{int(key[-2:], 16) ^ 1:02x}")):
        name = f"others-{number}.db"
        seal(submission, call, other, name)
        hidden, others = (set(evidence.threads(submission.file(one))) for one in ("calls.db", name))
        assert not hidden & others, (
            "two keys that differ in one byte turn a thread id into the same value: "
            "use the whole key, so that nobody can check a guess without it"
        )
        paths = {"db": submission.path("calls.db"), "others": submission.path(name)}
        found, seen = submission.observe(peep, key=other, thread=call["thread"], **paths)
        assert not found, (
            f"`open_vault` was called again with this file and another key, and the new saver found the thread, {found[:40]}…: "
            "each call must make a saver of its own, with the key that it's given"
        )
        assert not seen, (
            f"with another key, and the row's thread id changed to fit it, the saver returned {seen[:40]}…: "
            "what states hold must be encrypted with the whole key"
        )
    seal(submission, draw_call(submission.rng), draw_key(submission.rng), "strangers.db")
    one, same = (parts_of(submission.file(name), 16) for name in ("calls.db", "others-0.db"))
    assert_nonces_differ(submission.file("calls.db"))
    usual = parts_of(submission.file("strangers.db"), 8)
    shared = [part for part in one & same if not any(part[at : at + 8] in usual for at in range(9))]
    plain = [
        value
        for value in call.values()
        for part in shared
        if value.encode() in part or part in value.encode()
    ]
    assert not plain, (
        f"the same call was saved with two keys, and {plain[0]!r} of it is in both files, as text: what a config or a state "
        "says must be encrypted, or left out"
    )
    assert not shared, (
        f"the same call, saved with two keys, left the same 16 bytes in both files, {readable(min(shared))}, and another call "
        "didn't: they're made of the call alone, so anybody can check a guess without the key"
    )
    had = evidence.threads(submission.file("calls.db"))
    left = submission.observe(forget, db=submission.path("calls.db"), key=key, thread=call["thread"])
    assert left["before"], "with the right key, the thread wasn't found after other keys had been tried"
    assert not left["after"], (
        "`delete_thread` was called with the caller's thread id, and the thread is still there: hide the id first"
    )
    assert not left["inner"], (
        "`delete_thread` was called, and the checkpoint of the thread's subgraph is still there: a thread has rows in "
        "several `checkpoint_ns`, so delete by the thread id alone"
    )
    kept = evidence.threads(submission.file("calls.db"))
    left = [row for row in evidence.table(submission.file("calls.db"), "writes") if row[0] not in kept]
    astray = [row for row in left if row[0] not in had]
    assert not astray, (
        f"after `delete_thread`, `writes` has {counted(len(astray), 'row')} under a thread id that no checkpoint had: make it the "
        "same in `put` and `put_writes`, also when it comes in a config that `put` returned"
    )
    assert not left, (
        f"`delete_thread` left {counted(len(left), 'row')} of the thread in `writes`: delete them with its checkpoints"
    )
    assert len(evidence.threads(submission.file("calls.db"))) == 1, (
        "`delete_thread` must delete the rows of one thread and keep the other's"
    )


@pytest.mark.exercise("encrypt_at_rest", points=1, rules=(3, 4))
def test_ids_that_are_nearly_the_same(submission):
    """Thread ids that are nearly the same name different threads, and what's saved doesn't show that they're alike."""
    rng = submission.rng
    long = "".join(rng.choices("ABCDEFGHJKLMNPQRSTVWXZ", k=64))
    alike = [f"{long}1", f"{long}2"]
    near = [long, long.lower(), f"{long} ", f" {long}", f"{long}\n", f"+{long}", "", " ", "é", "e\u0301"]
    numbers = [f"+49 {number}" for number in rng.sample(range(10**6), 80)]
    plain = numbers[0].replace(" ", "")
    coded = [rng.randbytes(size).hex() for size in (16, 32, 64)]
    threads = [*near, *alike, *numbers, plain, numbers[0].replace(" ", "-"), *coded]
    name = "calls #1, 50%41?.db"
    key, db = draw_key(rng), submission.path(name)
    wrong = submission.observe(keep_apart, db=db, key=key, threads=threads)
    assert wrong != "mixed", (
        "a thread and its subgraph saved a checkpoint each, and one was read as the other: keep `checkpoint_ns` in the config"
    )
    lost = [one for one, other in wrong if other is None]
    assert not lost, (
        f"a thread with the id {lost[0][-12:]!a} was saved, and not found again: what you make of an id must come out the same each time"
    )
    alike_but = "thread ids that differ in case, spaces, signs or accents are different"
    unlike = "use the whole id, and enough of a digest that no two come out the same"
    pairs = [(alike_but if bare(one) == bare(other) else unlike, one, other) for one, other in wrong]
    for why, one, other in sorted(pairs, key=lambda pair: pair[0] != unlike):
        assert one == other, (
            f"thread {one[-12:]!a} was saved, and then returned the state of {other[-12:]!a}: {why}"
        )
    names = submission.observe(files_beside, db=db)
    assert name in names, (
        f"`open_vault` was given a path that ends in `{name}`, but the folder has {names}: in a path, `#`, `%` and `?` "
        "mean themselves, so don't put it into a URI"
    )
    columns = evidence.threads(submission.file(name))
    shared = max(alike_until(one, other) for one, other in pairwise(sorted(columns)))
    always = alike_until(min(columns), max(columns))
    assert shared - always < 12, (
        f"two thread ids begin alike, and so do their columns, in {shared - always} characters: "
        "with a digest, every character of the id changes everything"
    )
    assert all(columns), (
        "the empty thread id is in the column as an empty text, so anybody sees it: hide every thread id, also an empty one"
    )
    same = twisted(columns[0])
    wrong = submission.observe(keep_apart, db=db, key=key, threads=[same])
    assert not wrong, f"a thread with the id {same[-12:]!a} was saved, and not found again"
    for thread in (long, *coded, same):
        how = f"a thread id that ends in {thread[-8:]!a}"
        why = "hide every thread id, even one that looks hidden already"
        assert_hidden(bytes_beside(submission, name), thread, how, why)


def bare(thread: str) -> str:
    """Return what's left of a thread id without case, spaces, signs and accents."""
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKD", thread).casefold()))


def twisted(text: str) -> str:
    """Return a text of the same form, with the letters of its middle in another order."""
    third = len(text) // 3
    middle = text[third : 2 * third]
    return f"{text[:third]}{middle[1:]}{middle[:1]}{text[2 * third :]}"


def assert_nonces_differ(path):
    """Expect no two values to be alike in a part: what's encrypted twice with one nonce can be read without the key."""
    rows = [row for thread in evidence.threads(path) for row in evidence.raw_rows(path, thread)]
    cells = {bytes(cell) for row in rows for cell in row if isinstance(cell, bytes) and len(cell) > 32}
    sealed = [cell for cell in cells if not cell.startswith(b"{")]  # metadata are JSON
    parts = Counter(part for cell in sealed for part in {cell[at : at + 16] for at in range(len(cell) - 15)})
    # A heading that each of them has says nothing.
    assert not any(1 < times < len(sealed) for times in parts.values()), (
        "two encrypted values have the same 16 bytes in them, so both were encrypted with one nonce: whoever xors them learns "
        "what they hold, without the key; take a new nonce each time"
    )


def parts_of(path, size):
    """Return all stretches of so many bytes in the rows of a database."""
    rows = [row for thread in evidence.threads(path) for row in evidence.raw_rows(path, thread)]
    cells = [cell.encode() if isinstance(cell, str) else cell for row in rows for cell in row]
    texts = [bytes(cell) for cell in cells if isinstance(cell, bytes)]
    return {text[at : at + size] for text in texts for at in range(len(text) - size + 1)}


def readable(part):
    """Return bytes as they may be shown: as text if they are, or in hexadecimal."""
    text = part.decode("ascii", "replace")
    return f"`{text}`" if part.isascii() and text.isprintable() else f"in hexadecimal `{part.hex()}`"


def alike_until(one: str, other: str) -> int:
    """Return in how many characters two texts begin alike."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def peep(open_vault, db, others, key, thread):
    """Read a thread with another key: the file as it is, and one whose rows are filed where that key looks."""
    import sqlite3
    from contextlib import closing

    def read(path):
        try:
            saver = open_vault(path, bytes.fromhex(key))
            found = saver.get_tuple({"configurable": {"thread_id": thread}})
            return str(found.checkpoint["channel_values"]) if found else None
        except NotImplementedError:
            raise
        except Exception:
            return None

    seen = [read(db)]
    with closing(sqlite3.connect(others)) as other:
        places = [row[0] for row in other.execute("select distinct thread_id from checkpoints")]
    for number, place in enumerate(places):
        path = f"{others}.{number}"
        with closing(sqlite3.connect(db)) as source, closing(sqlite3.connect(path)) as target:
            source.backup(target)
            for table in ("checkpoints", "writes"):
                target.execute(f"update {table} set thread_id = ?", (place,))
            target.commit()
        seen.append(read(path))
    return [seen[0], next((one for one in seen[1:] if one), None)]


def keep_apart(open_vault, db, key, threads):
    """Save one checkpoint in each of these threads; return those that don't hold their own, and whose they hold."""
    from langgraph.checkpoint.base import empty_checkpoint

    saver = open_vault(db, bytes.fromhex(key))
    for number, thread in enumerate(threads):
        config = {"configurable": {"thread_id": thread, "checkpoint_ns": ""}}
        made = {**empty_checkpoint(), "channel_values": {"number": number}, "channel_versions": {"number": 1}}
        saver.put(config, made, {"source": "input", "step": -1, "parents": {}}, {"number": 1})
    wrong = []
    for number, thread in enumerate(threads):
        found = saver.get_tuple({"configurable": {"thread_id": thread}})
        held = found.checkpoint["channel_values"].get("number") if found else None
        if held != number:
            wrong.append([thread, None if held is None else threads[held]])
    if wrong:
        return wrong
    inner = {"configurable": {"thread_id": threads[0], "checkpoint_ns": "inner:1"}}
    made = {**empty_checkpoint(), "channel_values": {"number": -1}, "channel_versions": {"number": 1}}
    saver.put(inner, made, {"source": "input", "step": -1, "parents": {}}, {"number": 1})
    outer = {"configurable": {"thread_id": threads[0], "checkpoint_ns": ""}}
    held = [saver.get_tuple(config).checkpoint["channel_values"].get("number") for config in (inner, outer)]
    return [] if held == [-1, 0] else "mixed"


def forget(open_vault, db, key, thread):
    """Delete a thread that has a subgraph; tell whether it was there before, and what of it is there after."""
    from langgraph.checkpoint.base import empty_checkpoint

    saver = open_vault(db, bytes.fromhex(key))
    config = {"configurable": {"thread_id": thread}}
    before = saver.get_tuple(config) is not None
    inner = {"configurable": {"thread_id": thread, "checkpoint_ns": "inner:1"}}
    made = {**empty_checkpoint(), "channel_values": {"number": 1}, "channel_versions": {"number": 1}}
    place = saver.put(inner, made, {"source": "input", "step": -1, "parents": {}}, {"number": 1})
    saver.put_writes(place, [("number", 2)], "a task of the subgraph")
    saver.delete_thread(thread)
    found = [saver.get_tuple(one) is not None for one in (config, inner)]
    return {"before": before, "after": found[0], "inner": found[1]}
