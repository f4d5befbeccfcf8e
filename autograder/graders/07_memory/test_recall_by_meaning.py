"""Public tests of `recall_by_meaning`."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import pytest

from autograder.counts import counted
from autograder.testing import evidence

if TYPE_CHECKING:
    import random

MEANINGS = (
    ("vegan", "meals", "eats", "food"),
    ("house", "address", "lives", "street"),
    ("dog", "puppy", "leash", "barks"),
    ("card", "invoice", "paid", "bank"),
    ("morning", "hours", "evening", "noon"),
    ("tent", "camping", "shelter", "outdoors"),
    ("bike", "cycling", "pedals", "saddle"),
    ("small", "size", "fits", "large"),
    ("gift", "birthday", "present", "wrapping"),
    ("job", "office", "works", "employer"),
    ("train", "journey", "flight", "travels"),
    ("nuts", "allergy", "rash", "reaction"),
    ("son", "daughter", "kids", "child"),
    ("blue", "colour", "shade", "paint"),
    ("phone", "calls", "rings", "number"),
    ("broken", "repair", "mended", "fix"),
)
"""Words that mean the same. The tests' embedder has a dimension for each row, and one for texts without any such word."""


KEYS = (
    "diet",
    "Diet",
    "diet ",
    "di.et",
    "di_et",
    "di%et",
    "di:et",
    "di/et",
    "Zoë",
    "Zoe\u0308",
    "0",
    "00",
    "None",
    "*",
    "'",
)
KEYS += (*(f"{'k' * 300}{end}" for end in "ab"), "two\nlines", " ", "text")
"""Keys that differ only in what somebody may leave out."""


def keep_and_recall(Memories, hash, db, meanings, steps):
    """Note and recall, by two that take turns; tell what came back and what the embedder was given. `hash` is the learner's."""
    import math
    import re

    from course.stage import connect

    known = {word: place for place, words in enumerate(meanings) for word in words}
    given = []

    def embed(texts):
        given.extend(texts)
        vectors = []
        for text in texts:
            vector = [0.0] * (len(meanings) + 1)
            for word in re.findall(r"\w+", str(text).lower()):
                if word in known:
                    vector[known[word]] += 1
            if not str(text).strip():
                vector = [1.0] * len(vector)  # a model finds something near to nothing, too
            elif not any(vector):
                vector[-1] = 1.0  # nor does a model give a vector without a direction
            if "never" in str(text).lower():
                vector = [-part for part in vector]  # the opposite: its score is below zero
            length = math.hypot(*vector)
            vectors.append([part / length for part in vector])
        return vectors

    memories, other = (Memories(connect(db), embed, len(meanings) + 1) for _ in range(2))
    at_first = list(given)
    told = []
    for step in steps:
        given.clear()
        if step[0] == "swap":
            memories, other = other, memories
            back = None
        elif step[0] == "note":
            _, customer, key, memory, *muted = step
            memories.note(customer, key, memory, **({"muted": muted[0]} if muted else {}))
            back = None
        else:
            back = memories.recall(step[1], step[2])
        told.append({"back": back, "given": list(given)})
    told[0]["at first"] = at_first
    told[0]["hashes"] = {step[1]: hash(step[1]) for step in steps if len(step) > 1}  # of this process
    return told


def say(rng: random.Random, meanings: list[int] | tuple[int, ...], way: int) -> str:
    """Say what has these meanings, in words of which no other `way` has one."""
    words = [MEANINGS[place][way] for place in meanings]
    return f"{rng.choice(('Well,', 'So', 'And'))} {' and '.join(words)}?"


def draw_triples(rng: random.Random, count: int) -> list[tuple[int, int, int]]:
    """Draw sets of three meanings, of which no two share more than one."""
    drawn: list[tuple[int, int, int]] = []
    every = list(itertools.combinations(range(len(MEANINGS)), 3))
    rng.shuffle(every)
    for one in every:
        if all(len({*one} & {*other}) < 2 for other in drawn):
            drawn.append(one)
    return drawn[:count]


def run(submission: Any, steps: list[list[Any]], name: str = "memories.db") -> list[dict[str, Any]]:
    """Note and recall; expect lists from each recall."""
    told = submission.observe(keep_and_recall, db=submission.path(name), meanings=MEANINGS, steps=steps)
    for step, one in zip(steps, told, strict=True):
        assert step[0] != "recall" or isinstance(one["back"], list), (
            f"`recall` returned {str(one['back'])[:60]}: return a list of memories, which may be empty"
        )
    return told


def returned(back: list[Any], noted: dict[str, Any]) -> str:
    """Say what came back in place of a memory, by its fields: whole memories are long."""
    if len(back) != 1:
        return f"{len(back)} memories" if back else "nothing"
    [one] = back
    if not isinstance(one, dict) or one.get("text", noted["text"]) != noted["text"]:
        return "another"
    if lost := [name for name in noted if name not in one]:
        return f"it without its {lost[0]!r}"
    if added := [name for name in one if name not in noted]:
        return f"it with {added[0][:30]!r} besides"
    return f"it with another {next(name for name in noted if one[name] != noted[name])!r}"


def _short(text: str) -> str:
    return repr(text if len(text) < 40 else f"{text[:16]}…{text[-8:]}") + f" ({len(text)} letters)"


@pytest.mark.exercise("recall_by_meaning", points=1, rules=(1, 2))
def test_right_memory_is_found(submission):
    """A question finds the memory that means the same, and no other words need to be in it."""
    rng, customer = submission.rng, "ida@shop.org"
    triples = draw_triples(rng, 20)
    memories = [
        {
            "text": say(rng, one, 0),
            # Whoever embeds the whole memory finds it by this.
            "door": f"{' '.join(say(rng, other, 3) for other in rng.sample(triples, 3))} {rng.randrange(10**4)}",
            # The last ones have fields with names that somebody could use for something else.
            **({"muted": "yes", "score": 0} if place > 9 else {}),
        }
        for place, one in enumerate(triples)
    ]
    steps = [["note", customer, key, memory] for key, memory in zip(KEYS, memories, strict=False)]
    asked = [["recall", customer, say(rng, rng.sample(one, 2), 1)] for one in triples]
    told = run(submission, [*steps, ["swap"], *asked])
    items = evidence.store_items(submission.file("memories.db"))
    assert len(items) >= len(memories), (
        f"{len(memories)} memories were noted, and the store's table has {counted(len(items), 'item')}: keep each in a SqliteStore "
        "on the connection, under its key as it is"
    )
    for (_, _, question), memory, seen in zip(asked, memories, told[len(steps) + 1 :], strict=True):
        back = seen["back"]
        assert back or "muted" not in memory, (
            "memories were found, and not one that has fields `muted` and `score` of its own: keep what you note about a memory "
            "apart from its fields"
        )
        assert back, (
            f"the question {question!r} found nothing, and a memory means the same: give the store an `index`, and "
            "ask it with `query=`"
        )
        assert isinstance(back[0], dict) and "text" in back[0], (
            f"`recall` returned {str(back[0])[:60]}: return memories as they were noted"
        )
        found = [one.get("text") for one in back]
        assert len(back) == 1 or memory not in back, (
            f"the question {question!r} found {len(back)} memories, and only one means the same: the others score below "
            "0.5, and a search has no threshold of its own"
        )
        assert found == [memory["text"]], (
            f"the question {question!r} found {found[0]!r}, not {memory['text']!r}: search by meaning, and embed a memory's "
            "`text` alone"
        )
        assert back == [memory], (
            f"a question means the same as a memory, and `recall` returned {returned(back, memory)}: return memories as they were noted"
        )
    marks = {name: True for item in items.values() for name in item if isinstance(item, dict)}
    names = [name for name in marks if not any(name in memory for memory in memories)] or [*marks]
    own = marks | memories[0]  # callers use any names, also those that this answer keeps something under
    *_, seen = run(submission, [["note", "bob", "k", own], ["recall", "bob", asked[0][2]]])
    assert seen["back"] == [own], (
        f"a memory had fields named {names[:4]}, as your items in the store have, and `recall` returned {returned(seen['back'], own)}: "
        "keep what you note about a memory apart from its fields"
    )


@pytest.mark.exercise("recall_by_meaning", points=1, rules=(1, 2))
def test_closest_three_come_first(submission):
    """At most three come back, closest first, none below 0.5; a blank question finds nothing."""
    rng, customer = submission.rng, "ida"
    a, b, *more = rng.sample(range(len(MEANINGS)), 12)
    # Asked for a and b, these score 1.0, 0.82, 0.71, 0.63, 0.58.
    near = [{"text": say(rng, [a, b, *more[:extra]], 0), "n": extra} for extra in range(5)]
    far = [{"text": say(rng, [a, *more[5:9]], 0), "n": -1}]  # 0.32
    notes = [["note", customer, f"k{number}", one] for number, one in enumerate([*near, *far])]
    rng.shuffle(notes)
    question = say(rng, [a, b], 2)
    said = say(rng, [more[4], more[9]], 0)
    twins = [{"text": said, "n": number} for number in (40, 41)]
    notes += [["note", customer, f"twin {number}", one] for number, one in enumerate(twins)]
    half = {"text": say(rng, [a, *more[:3]], 0), "n": 50}  # its vector's four numbers are 0.5
    words = [a] * 2 + [more[0]] * 3 + [more[1]] * 2  # 0.485: 2 of the root of 4 + 9 + 4
    less = {"text": say(rng, words, 0), "n": 51}
    words = [a] * 5 + [more[0]] * 6 + [more[1]] * 6 + [more[2]] * 2  # 0.4975: 5 of the root of 101
    almost = {"text": say(rng, words, 0), "n": 52}
    against = {"text": f"Never! {say(rng, [a], 0)}", "n": 53}  # -1.0
    notes += [["note", "halfway", f"n{one['n']}", one] for one in rng.sample([half, less, almost], 3)]
    notes.append(["note", "opposite", "k", against])
    asked = [question, say(rng, [more[4], more[9]], 2), "", "  \n"]
    steps = [["recall", customer, one] for one in asked]
    steps += [["recall", one, say(rng, [a], 2)] for one in ("halfway", "opposite")]
    first, second, empty, blank, halfway, opposite = (
        one["back"] for one in run(submission, [*notes, *steps])[len(notes) :]
    )
    assert len(first) <= 3, f"`recall` returned {len(first)} memories: three are the most"
    assert [one.get("n") for one in first] != [0, 1, 2] or first == near[:3], (
        f"the right memory came first, and `recall` returned {returned(first[:1], near[0])}: return memories as they were noted"
    )
    assert first == near[:3], (
        f"of memories that score 1.0, 0.82, 0.71, 0.63 and 0.58, `recall` returned {[one.get('n') for one in first]}, "
        "counted from the closest: it should be [0, 1, 2]"
    )
    assert opposite == [], "a memory that scores -1.0 was found: leave out what's below 0.5, however far"
    assert halfway == [half], (
        f"of memories that score 0.5 and 0.485, and 0.4975, `recall` returned {len(halfway)}: leave out what's below 0.5, and no other"
    )
    assert sorted(one.get("n", -9) for one in second) == [40, 41], (
        f"two memories of a customer have the same text, and a question found {len(second)} of them, not both: each has a "
        "key of its own"
    )
    assert empty == [], (
        f"an empty question found {counted(len(empty), 'memory', 'memories')}: to a store, an empty query is none, and it returns everything"
    )
    assert blank == [], (
        f"an empty question found nothing, and a blank one {counted(len(blank), 'memory', 'memories')}: neither asks anything, so test "
        "`question.strip()`"
    )


@pytest.mark.exercise("recall_by_meaning", points=1, rules=(3,))
def test_embedder_sees_texts_only(submission):
    """The embedder gets a memory's text and the question, and nothing else."""
    rng, customer = submission.rng, "ida"
    triples = draw_triples(rng, 12)
    memories = [{"text": say(rng, one, 0), "door": f"code {rng.randrange(10**6)}", "n": 0} for one in triples]
    memories.append({"door": f"code {rng.randrange(10**6)}", "text": ""})
    memories += [{"text": f" {'very ' * 400}{word}\n"} for word in ("old", "new")]
    notes = [["note", customer, str(place), memory] for place, memory in enumerate(memories)]
    asked = [["recall", customer, say(rng, one[:2], 1)] for one in triples]
    asked.append(["recall", customer, "🏠?"])
    told = run(submission, [*notes, *asked])
    assert not told[0]["at first"], (
        f"the embedder was given {_short(told[0]['at first'][0])} when `Memories` was made, which nobody noted or asked: you know "
        "`dims`, so don't try it"
    )
    for (_, _, _, memory), seen in zip(notes, told, strict=False):
        strange = [text for text in seen["given"] if text != memory["text"]]
        is_part = bool(strange) and strange[0] in memory["text"]
        why = "SqliteStore reads `text_fields`, and with any other setting embeds the whole memory"
        assert not strange, (
            f"the embedder was given {_short(strange[0])} for a memory whose text is {_short(memory['text'])}: "
            f"{'embed it as it is' if is_part else why}"
        )
    for (_, _, question), seen in zip(asked, told[len(notes) :], strict=True):
        assert question in seen["given"], (
            f"`recall` was asked {question!r}, and the embedder got {seen['given'][:1]}: embed the question as it is"
        )
        assert len(seen["given"]) == 1, (
            f"one question cost {len(seen['given'])} embedded texts: memories are embedded once, when they're noted"
        )


@pytest.mark.exercise("recall_by_meaning", points=1, rules=(4,))
def test_changed_memory(submission):
    """A memory that was noted again is found by its new text only."""
    rng, customer = submission.rng, "ida"
    old, new, third = draw_triples(rng, 3)
    was, now = {"text": say(rng, old, 0), "n": 1}, {"text": say(rng, new, 0), "n": 2}
    steps = [
        ["note", customer, "home", was],
        ["recall", customer, say(rng, old[:2], 1)],
        ["swap"],
        ["note", customer, "work", {"text": say(rng, third, 0)}],
        ["note", customer, "home", now],
        ["swap"],
        ["recall", customer, say(rng, old[:2], 1)],
        ["recall", customer, say(rng, new[:2], 1)],
        ["note", customer, "home", {"text": ""}],
        ["recall", customer, say(rng, new[:2], 1)],
        ["note", "bob", "home", was],
        ["note", "bob", "home", now, True],  # what's stored has the new text, and is never found
        ["note", "bob", "home", now],
        *(["recall", "bob", say(rng, one[:2], 1)] for one in (old, new)),
    ]
    told = [one["back"] for one in run(submission, steps)]
    assert told[1] == [was], (
        f"a memory's text means the same as the question, and `recall` returned {returned(told[1], was)}"
    )
    *told, by_old, by_new = told
    told = [told[0], told[3], told[4], *told[6:]]
    assert was not in told[3], (
        "a memory was noted again with another text, and the old one is still found: a key has one memory"
    )
    assert told[3] == [], (
        f"a memory was noted again with another text, and its old one finds {counted(len(told[3]), 'memory', 'memories')}, and should find none"
    )
    assert told[4] == [now], (
        f"a memory was noted again, and a question for its new text returned {returned(told[4], now)}"
    )
    assert told[6] == [], "a memory was noted again with an empty text, and is still found by its old one"
    assert [by_old, by_new] == [[], [now]], (
        "a memory was noted again, muted and with a new text, and then with that text unmuted: its old text finds "
        f"{counted(len(by_old), 'memory', 'memories')}, its new one {len(by_new)}: only the new one may find it, and should"
    )
