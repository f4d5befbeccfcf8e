"""Hidden tests of `expire_memories`."""

from __future__ import annotations

import pytest

from autograder.testing import evidence

from test_expire_memories import draw_value, rows_of, run, told_of


@pytest.mark.exercise("expire_memories", points=1, needs=("server",), rules=(4,))
def test_swept_clean(submission):
    """After a sweep, neither row nor vector of an expired note is left, of hundreds."""
    rng = submission.rng
    short, long, value = rng.randrange(330, 350), rng.randrange(104, 115), draw_value(rng)
    owners = ("ida", "ida2", "ida@shop.org")
    # Over a thousand in all, of more customers than `list_namespaces` lists unless it's told to.
    crowd = [(owner, n) for n in range(short) for owner in ("zoe", f"c{n % 120}@shop.org")]
    alive = [f"alive {rng.randrange(10**9)}" for _ in range(long + len(owners) + 1)]
    steps = [["put", "ida", f"s{n}", {**value, "n": n}, 10] for n in range(short)]
    steps += [["put", "ida", f"l{n}", {"word": alive[n]}, 60] for n in range(long)]
    steps += [
        ["put", owner, "ever", {"word": word}, None]
        for owner, word in zip(owners, alive[long:], strict=False)
    ]
    steps += [["put", "eve", "short", {"word": alive[-1]}, None]]  # others' notes under this key expire
    steps += [["put", owner, "short", value, 10] for owner in owners]
    steps += [["put", owner, f"s{n}", {**value, "n": n}, 10] for owner, n in crowd]
    steps += [["correct", "ida", "s3", value], ["correct", "ida", "l3", {"word": alive[3]}]]
    steps += [["all", "ida"], ["later", 11], ["all", "ida"]]
    told = run(submission, steps)
    before = vectors_of(submission)
    later = run(submission, [["sweep"], ["all", "ida"]], ahead=11)
    first, unswept = (len(one) for one in told_of("all", told, steps))
    assert first == short + long + 2, (
        f"{short + long + 2} notes were put, and `all` returned {first}: `search` has a `limit`"
    )
    assert unswept == long + 1, f"{long + 1} notes are alive, and `all` returned {unswept} before the sweep"
    assert len(later[1]) >= long + 1, (
        f"{long + 1} notes are alive, and `all` returned {len(later[1])} after a sweep"
    )
    rows, orphans = rows_of(submission)
    left = rows.count(value["thing"])
    assert not left, (
        f"after a sweep, {left} expired notes are still in the store, of {len({*crowd}) + short + len(owners)} that over a "
        "hundred customers had: delete all of them; `search` and `list_namespaces` each stop at a `limit`"
    )
    run(submission, [["sweep"]], ahead=11)  # with nothing to delete
    rows, orphans = rows_of(submission)
    lost = [word for word in alive if word not in rows]
    assert not lost, f"after a sweep, {len(lost)} of {len(alive)} living notes are no longer in the store"
    assert {*orphans} != {"short"}, (
        f"after a sweep, {len(orphans)} vectors of expired notes are still in `store_vectors`, all under a key under which "
        "somebody else has a living note: a vector belongs to a prefix and a key"
    )
    assert not orphans, (
        f"after a sweep, {len(orphans)} vectors of expired notes are still in `store_vectors`: SQLite cascades only where "
        "`PRAGMA foreign_keys` is on, and it's off by default"
    )
    assert vectors_of(submission) >= len(alive) or before < len(alive), (
        "after a sweep, vectors of living notes are gone, too"
    )


def vectors_of(submission):
    """Return how many vectors a SQLite store has."""
    return len(evidence.table(submission.file("notes.db"), "store_vectors"))
