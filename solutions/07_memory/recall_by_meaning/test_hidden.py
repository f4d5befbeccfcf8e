"""Hidden tests of `recall_by_meaning`."""

from __future__ import annotations

import pytest

from autograder.counts import counted
from autograder.testing import evidence

from test_recall_by_meaning import draw_triples, returned, run, say


@pytest.mark.exercise("recall_by_meaning", points=1, rules=(6,))
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
        "Zo",
        "Zoe",
        "memories",
        "0",
        f"u%2E{number}",  # "u.5", if % isn't escaped
        f" u{number}",
        "Zoe\u0308",
        *(f"{'x' * 200}{end}" for end in "ab"),
        *("x" * 2**size for size in range(7)),  # a long id, cut into labels of some length, begins with one
        f"ida{number}@shop.org".encode().hex(),
        "None",
    ]
    # Joined without care, "v5:x" and "k" read like "v5" and "x:k".
    joined = [(mark, f"v{number}", f"v{number}{mark}x") for mark in ":/|-_. "]
    ids += [longer for *_, longer in joined]
    rng.shuffle(ids)
    triple, *rare = draw_triples(rng, 4)
    text, question = say(rng, triple, 0), say(rng, triple, 1)
    steps = [["note", one, "k", {"text": text, "of": one}] for one in ids]
    odd = [{"text": say(rng, one, 0), "of": "many"} for one in rare]
    many = [{"text": text, "of": "many"} for _ in range(120)]
    many = [odd[0], *many[:60], odd[1], *many[60:], odd[2]]
    steps += [["note", "many", f"more {place}", one] for place, one in enumerate(many)]
    steps += [["note", short, f"x{mark}k", {"text": text, "of": short}] for mark, short, _ in joined]
    told = run(
        submission,
        [
            *steps,
            *(["recall", one, question] for one in ids),
            ["recall", "stranger", question],
            *(["recall", "many", say(rng, one, 1)] for one in rare),
        ],
    )
    for right, seen in zip(odd, told[-len(odd) :], strict=True):
        assert seen["back"], (
            f"one of {len(many)} memories of a customer means the same as the question, and it wasn't found: look at all of "
            "them, since a search without `query=` stops at its `limit`"
        )
        assert seen["back"] == [right], f"of {len(many)} memories the closest isn't the first that was found"
    places = " ".join(place for place, _ in evidence.store_items(submission.file("memories.db")))
    assert not any(str(told[0]["hashes"][one]).strip("-") in places for one in ids), (
        "a label is made with `hash`, which differs from process to process: use hashlib, or encode the id"
    )
    for one, seen in zip([*ids, "stranger"], told[len(steps) :], strict=False):
        owners = [memory.get("of") for memory in seen["back"]]
        strange = [owner for owner in owners if owner != one]
        assert not strange, (
            f"{one!r} was told a memory of {strange[0]!r}: make a label from the whole id as it's spelled, so that no two get the same"
        )
        assert one == "stranger" or owners, (
            f"{one!r} has a memory that means the same as the question, and nothing was found: memories of others must "
            "not come first, nor replace it"
        )


@pytest.mark.exercise("recall_by_meaning", points=1, restarts=True, rules=(5,))
def test_muted_memory(submission):
    """A muted memory stays in the store and is never found, until it's noted again."""
    rng, customer = submission.rng, "ida"
    first, second, third = draw_triples(rng, 3)
    question, another = say(rng, first, 1), say(rng, third, 1)
    muted = [{"text": say(rng, first, 0), "n": place, "muted": None} for place in range(12)]
    audible = {"text": say(rng, [*first, *second], 0), "n": "audible", "muted": True}  # 0.77
    heard = [
        (whose, key, {"text": say(rng, third, 0), "of": whose})
        for whose, key in (("eve", "m0"), (customer, "heard"))
    ]
    steps = [["note", customer, f"m{place}", one] for place, one in enumerate(muted)]
    ask_heard = [["recall", whose, another] for whose, *_ in heard]
    steps += [*(["note", *one] for one in heard), *ask_heard]  # before others are muted
    steps += [["note", customer, f"m{place}", one, True] for place, one in enumerate(muted)]
    steps += [["note", customer, "new", {"text": say(rng, first, 0), "n": "new"}, True]]
    steps += [
        *ask_heard,
        ["note", customer, "audible", audible, False],
        ["recall", customer, question],
        ["swap"],
    ]
    told = [one["back"] for one in run(submission, steps)]
    eves_before, own_before = told[len(muted) + 2 : len(muted) + 4]
    *_, eves, own, _, first_told, _ = told
    submission.restart()
    later = [
        ["recall", customer, question],
        ["note", customer, "m3", muted[3]],
        ["recall", customer, question],
    ]
    then, _, last = (one["back"] for one in run(submission, later))
    silent = [one for one in first_told + then if one.get("n") != "audible"]
    assert not [one for one in silent if one.get("n") == "new"], (
        "a memory was noted as muted from the beginning, and was found"
    )
    assert not silent or [one for one in first_told if one in silent], (
        "muted memories weren't found, and a new process on the same file finds them: keep what's muted in the store"
    )
    assert not silent, (
        "a memory was noted again, muted, and its old vector still finds it: neither `index=False` nor `delete` "
        "removes a vector from SqliteStore"
    )
    assert eves == eves_before, (
        f"a customer's memory was muted, and a question to somebody else, whose memory under the same key isn't, then found "
        f"{returned(eves, heard[0][2])}, not what it found before: a key belongs to its customer"
    )
    assert own == own_before, (
        f"some of a customer's memories were muted, and a question to one that wasn't then found {returned(own, heard[1][2])}, not what it found "
        "before: mute what's under the key, and no more"
    )
    assert then or not first_told, (
        f"a process was told {counted(len(first_told), 'memory', 'memories')}, and after a restart a new one none: labels must come out the same"
    )
    assert then, (
        f"beside {len(muted) + 1} muted memories there's one that isn't, and nothing was found: leave muted ones out "
        "before the search counts to its limit"
    )
    assert then == [audible], (
        f"a memory that isn't muted was asked for, and `recall` returned {returned(then, audible)}: return memories as they were noted"
    )
    assert muted[3] in last, "a muted memory was noted again without `muted`, and isn't found: it should be"
    asked = ["recall", "bob", question]
    steps = [["note", "bob", "k", muted[0], True], asked, ["note", "bob", "k", muted[0]], asked]
    _, before, _, after = (one["back"] for one in run(submission, steps))
    assert before == [], "a customer's first memory was noted as muted, and was found"
    assert after == [muted[0]], (
        "a memory was muted, the same object noted it again without `muted`, and it isn't found: each `note` says anew whether "
        "it's muted"
    )
    kept = str(list(evidence.store_items(submission.file("memories.db")).values()))
    said = muted[0]["text"].partition(" ")[2]  # without its first word, which differs
    assert kept.count(said) >= len(muted), "muted memories are no longer in the store: they should stay there"
