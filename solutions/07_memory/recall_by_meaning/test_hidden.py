"""Hidden tests of `recall_by_meaning`."""

from __future__ import annotations

import pytest

from autograder.testing import evidence

from test_recall_by_meaning import draw_triples, run, say


@pytest.mark.exercise("recall_by_meaning", points=1)
def test_nobody_elses(submission):
    """Nobody else's memories are found, however alike the ids are, and however many there are."""
    rng = submission.rng
    number = rng.randrange(1000)
    ids = [
        f"u{number}",
        f"u{number}0",
        f"U{number}",
        f"u.{number}",
        f"u_{number}",
        f"u{number}/b",
        f"u{number}.b",
    ]
    ids += [
        f"ida{number}@shop.org",
        f"ida{number}@shop_org",
        f"ida{number}@shop-org",
        "*",
        "%",
        "Zoë",
        "memories",
        "0",
    ]
    rng.shuffle(ids)
    (triple,) = draw_triples(rng, 1)
    text, question = say(rng, triple, 0), say(rng, triple, 1)
    steps = [["note", one, "k", {"text": text, "of": one}] for one in ids]
    steps += [["note", ids[0], f"more {place}", {"text": text, "of": ids[0]}] for place in range(120)]
    told = run(
        submission, [*steps, *(["recall", one, question] for one in ids), ["recall", "stranger", question]]
    )
    for one, seen in zip([*ids, "stranger"], told[len(steps) :], strict=True):
        owners = [memory.get("of") for memory in seen["back"]]
        strange = [owner for owner in owners if owner != one]
        assert not strange, (
            f"{one!r} was told a memory of {strange[0]!r}: make a label from the whole id, so that no two get the same"
        )
        assert one == "stranger" or owners, (
            f"{one!r} has a memory that means the same as the question, and nothing was found: memories of others must "
            "not come first, nor replace it"
        )


@pytest.mark.exercise("recall_by_meaning", points=1)
def test_muted_memory(submission):
    """A muted memory stays in the store and is never found, until it's noted again."""
    rng, customer = submission.rng, "ida"
    first, second = draw_triples(rng, 2)
    question = say(rng, first, 1)
    muted = [{"text": say(rng, first, 0), "n": place, "muted": None} for place in range(12)]
    audible = {"text": say(rng, [*first, *second], 0), "n": "audible", "muted": True}  # 0.77
    steps = [["note", customer, f"m{place}", one] for place, one in enumerate(muted)]
    steps += [["note", customer, f"m{place}", one, True] for place, one in enumerate(muted)]
    steps += [["note", customer, "new", {"text": say(rng, first, 0), "n": "new"}, True]]
    steps += [["note", customer, "audible", audible, False], ["recall", customer, question], ["again"]]
    steps += [
        ["recall", customer, question],
        ["note", customer, "m3", muted[3]],
        ["recall", customer, question],
    ]
    told = [one["back"] for one in run(submission, steps)]
    silent = [one for one in told[-5] + told[-3] if one.get("n") != "audible"]
    assert not [one for one in silent if one.get("n") == "new"], (
        "a memory was noted as muted from the beginning, and was found"
    )
    assert not silent, (
        "a memory was noted again, muted, and its old vector still finds it: neither `index=False` nor `delete` "
        "removes a vector from SqliteStore"
    )
    assert told[-3] == [audible], (
        f"beside {len(muted) + 1} muted memories there's one that isn't, and {told[-3]} was found: leave muted ones out "
        "before the search counts to its limit, and return memories as they were noted"
    )
    assert muted[3] in told[-1], (
        "a muted memory was noted again without `muted`, and isn't found: it should be"
    )
    kept = str(list(evidence.store_items(submission.file("memories.db")).values()))
    said = muted[0]["text"].partition(" ")[2]  # without its first word, which differs
    assert kept.count(said) >= len(muted), "muted memories are no longer in the store: they should stay there"
