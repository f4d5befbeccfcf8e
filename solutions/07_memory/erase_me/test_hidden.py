"""Hidden tests of `erase_me`."""

from __future__ import annotations

import pytest

from test_erase_me import (
    ESCAPED,
    WILDCARDS,
    assert_gone,
    assert_only_hers,
    bytes_of,
    draw_shop,
    rows,
    run_shop,
    told,
)


@pytest.mark.exercise("erase_me", points=1, rules=(5,))
def test_no_vector_is_left(submission):
    """No vector of hers is left, not even one whose memory was deleted before."""
    shop = draw_shop(submission.rng)
    for one in run_shop(submission, shop, [shop["ida"], "[i]"]):
        told(one)
    vectors = rows(submission, "memories.db", "store_vectors")
    left = [(prefix, key) for prefix, key, *_ in vectors if shop["ida"] in prefix.split(".")]
    gone = [(prefix, key) for prefix, key in left if key.startswith("gone")]
    assert not left or len(gone) < len(left), (
        f"the vector of a {'session' if gone[0][0].startswith('sessions') else 'memory'} that was deleted last year is still in "
        "`store_vectors`: nothing in the store names it, so look at the table itself"
    )
    registered = [key for prefix, key, *_ in vectors if prefix.split(".") == ["sessions", shop["ida"]]]
    assert not registered or len(registered) < len(left), (
        f"{len(registered)} vectors of the registry's entries are still in `store_vectors`: an entry that has a `text` is "
        "indexed like a memory, and the vector's prefix holds her id"
    )
    assert not left, (
        f"{len(left)} vectors of hers are still in `store_vectors`, and whoever guesses a text can check it there: "
        "SqliteStore deletes the item, and leaves its vector"
    )
    left = [prefix for prefix, *_ in vectors if "[i]" in prefix.split(".")]
    assert not left, (
        f"the customer '[i]' was erased, and the vector in `{left[0]}` is still there: {WILDCARDS}"
    )
    assert_no_vector_of_the_forgotten(submission)


def assert_no_vector_of_the_forgotten(submission):
    """Expect no vector to be left of customers of whom the shop has nothing else, and whose store has no index today."""
    shop = draw_shop(submission.rng)
    shop["index"] = False
    known, session, memory = (f"{name}_{submission.rng.randrange(10**6)}" for name in ("moe", "lou", "max"))
    kept = {"text": "Moe is vegan"}
    shop["items"] = [one for one in shop["items"] if shop["ida"] not in one[0]]
    shop["items"].append((["customers", known], "kept", kept))
    shop["threads"], shop["paused"] = shop["threads"][-2:], {}
    namespaces = (["sessions", known], ["sessions", session], ["customers", memory, "facts"])
    shop["deleted"] = [(namespace, "gone", {"text": "last year"}) for namespace in namespaces]
    seen = run_shop(submission, shop, [session, memory, known], "alone-")
    assert [told(one) for one in seen] == [
        *[{"threads": {}, "memories": []}] * 2,
        {"threads": {}, "memories": [kept]},
    ], (
        "of customers whose sessions and memories were deleted last year, something else was returned than they have now"
    )
    vectors = rows(submission, "alone-memories.db", "store_vectors")
    for name in (session, memory, known):
        assert not [prefix for prefix, *_ in vectors if name in prefix.split(".")], (
            f"a customer has {'one memory' if name == known else 'no thread and no memory any more'}, and the vector of a deleted "
            f"{'memory' if name == memory else 'session'} is still in `store_vectors`: its namespace has no row in `store` any more, so look "
            "in that table itself, also if the store has no index today"
        )
        held = bytes_of(submission, "alone-")
        assert_gone(submission, held, "the id of a customer whose vectors were left", name, "alone-")


@pytest.mark.exercise("erase_me", points=1, rules=(7,))
def test_nobody_is_not_everybody(submission):
    """A missing customer raises and erases nothing; an unknown one, or one erased before, gives nothing."""
    shop = draw_shop(submission.rng)
    seen = run_shop(submission, shop, [None, ""])
    for customer, one in zip((None, ""), seen, strict=True):
        assert "raised" in one, f"`erase_me` for the customer {customer!r} raised no ValueError"
    tables = {"shop.db": ("checkpoints", "writes"), "memories.db": ("store", "store_vectors")}
    for name, both in tables.items():
        for table in both:
            assert rows(submission, f"before-{name}", table) == rows(submission, name, table), (
                f"`erase_me` was called without a customer, and rows of `{table}` are gone: a filter for None finds "
                "whatever has no owner, so refuse before you look"
            )
    seen = run_shop(submission, draw_shop(submission.rng), [f"{shop['ida']}1"], "other-")
    assert told(seen[0]) == {"threads": {}, "memories": []}, (
        f"`erase_me` for an unknown customer returned {str(seen[0]['kept'])[:60]}"
    )
    shop = draw_shop(submission.rng)
    odd = submission.rng.sample(
        [*" %*?", "[i]", "None"], 6
    )  # four are wildcards to LIKE or GLOB, and one is str(None)
    odd += ESCAPED
    seen = run_shop(submission, shop, odd, "odd-")
    assert_only_hers(shop, odd, seen)
    for customer, one in zip(odd, seen, strict=True):
        kept = told(one)
        found = len(kept["threads"]), len(kept["memories"])
        assert customer not in ESCAPED or found[0] == 1, (
            f"a customer whose id is {customer!r} has one thread, which only metadata name, and {found[0]} were returned: the id is "
            "escaped in JSON, so parse the metadata, and compare values instead of text"
        )
        assert found == (1, 1), (
            f"a customer whose id is {customer!r} has one thread and one memory, and {found[0]} and {found[1]} were returned: it's an "
            "id like any other, so take it as it is, and compare with `=`"
        )
    now = rows(submission, "odd-memories.db", "store_vectors")
    left = [row[0] for row in now if row[0].split(".")[1] in odd]
    assert not left, f"a customer was erased whose vector in `{left[0]}` is still there: {WILDCARDS}"
    shop = draw_shop(submission.rng)
    again = told(run_shop(submission, shop, [shop["ida"], shop["ida"]], "twice-")[1])
    assert again == {"threads": {}, "memories": []}, (
        f"`erase_me` for a customer who had been erased returned {str(again)[:60]}: something of hers was still there"
    )
