"""Hidden tests of `expire_memories`."""

from __future__ import annotations

import pytest

from test_expire_memories import draw_value, rows_of, run, told_of


@pytest.mark.exercise("expire_memories", points=1, needs=("server",))
def test_swept_clean(submission):
    """After a sweep, neither row nor vector of an expired note is left, of hundreds."""
    rng = submission.rng
    short, long, value = rng.randrange(104, 115), rng.randrange(104, 115), draw_value(rng)
    owners = ("ida", "ida2", "ida@shop.org")
    steps = [["put", "ida", f"s{n}", {**value, "n": n}, 10] for n in range(short)]
    steps += [["put", "ida", f"l{n}", {**value, "n": n}, 60] for n in range(long)]
    steps += [["put", owner, "ever", value, None] for owner in owners]
    steps += [["put", owner, "short", value, 10] for owner in owners]
    steps += [["correct", "ida", "s3", value], ["correct", "ida", "l3", {**value, "n": 3}]]
    steps += [["all", "ida"], ["later", 11], ["all", "ida"], ["sweep"], ["all", "ida"], ["sweep"]]
    told = run(submission, steps)
    first, unswept, swept = (len(one) for one in told_of("all", told, steps))
    assert first == short + long + 2, (
        f"{short + long + 2} notes were put, and `all` returned {first}: `search` has a `limit`"
    )
    assert unswept == swept == long + 1, (
        f"{long + 1} notes are alive, and `all` returned {unswept} of them before the sweep and {swept} after"
    )
    rows, vectors = rows_of(submission, "store"), rows_of(submission, "store_vectors")
    alive = {f"l{n}" for n in range(long)} | {"ever"}
    dead = [key for _, key in rows if key not in alive]
    assert not dead, (
        f"after a sweep, {len(dead)} expired notes are still in the store: delete all of them, everybody's"
    )
    assert len(rows) == long + len(owners), (
        f"{long + len(owners)} notes are alive, and the store has {len(rows)} after a sweep"
    )
    dead = [key for _, key in vectors if key not in alive]
    assert not dead, (
        f"after a sweep, {len(dead)} vectors of expired notes are still in `store_vectors`: SQLite cascades only where "
        "`PRAGMA foreign_keys` is on, and it's off by default"
    )
