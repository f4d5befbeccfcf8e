"""Hidden tests of `keep_facts_current`."""

from __future__ import annotations

import pytest

from autograder.counts import counted
from autograder.testing import evidence

from common import PEOPLE
from test_keep_facts_current import Memory, alternate, draw_fact, tell

#: What somebody may join a subject and a source with: each of them may hold it, too, for they're any text.
SEPARATORS = (
    *map(chr, range(32)),
    *":/|-_., #;=@~+&\x7f\u2028\u241f\ue000→",
    "::",
    "||",
    "--",
    "->",
    '"."',
    '", "',
    "",
)

#: Two customers each, whose hashes by SHA-256, SHA-1 and MD5 begin with the same eight letters.
ALIKE = (
    "customer-33931",
    "customer-70211",
    "customer-40189",
    "customer-65738",
    "customer-32411",
    "customer-124011",
)


@pytest.mark.exercise("keep_facts_current", points=1, rules=(1, 2, 3))
def test_late_facts_and_two_stores(submission):
    """Facts come late and in any order, a value comes back, and two stores on one file take turns."""
    rng, customer = submission.rng, submission.rng.choice(PEOPLE)
    memory = Memory(submission)
    values = ["Rome", "Oslo", "Rome", "Rome", "Bergen"]
    facts = [draw_fact(rng, number * 30, "home", value=value) for number, value in enumerate(values)]
    for order in ((1, 4, 0), (3,), (2, 0)):
        memory.tell([(customer, facts[number]) for number in order], "after facts came late")
    earlier = draw_fact(rng, 1, "home", facts[4]["source"])
    memory.tell([(customer, earlier)], "after a fact was noted again with an earlier time")
    others = [draw_fact(rng, 40 - number, "job") for number in range(4)]
    memory.add([(customer, fact) for fact in others])
    given = {"db": submission.path(memory.db), "customer": customer}
    found = submission.observe(alternate, told=others, **given)
    memory.assert_recalled([[customer, one] for one in found], "after another process had noted facts")
    kept = str(evidence.store_items(submission.file(memory.db)))
    lost = [fact["source"] for fact in [*facts, *others] if fact["source"] not in kept]
    assert not lost, f"the fact of {lost[0]!r} is in no item of the store: keep everything there"
    elsewhere = submission.path("elsewhere.db")
    told = [(customer, {**fact, "value": "Lima"}) for fact in [*facts, *others]]
    [[_, found]] = submission.observe(tell, db=elsewhere, told=told, asked=[customer])
    values = [fact.get("value") for of_subject in found.values() for fact in of_subject]
    assert values == ["Lima"] * len(told), (
        f"one process noted {len(told)} facts in one store and as many in another, and from that `recall` returned {len(values)}: "
        "what's been noted is in the store you're given, so keep nothing in a variable"
    )
    given = {"db": submission.path("emptied.db"), "customer": customer, "fact": facts[0]}
    found = submission.observe(note_empty_note, **given)
    assert found == [{"home": [facts[0]]}, {}, {"home": [facts[0]]}], (
        f"a fact was noted, another program emptied the store, and the fact was noted again: `recall` returned {counts(found)} facts "
        "after these steps, not 1, 0 and 1; what's been noted is in the store, so keep nothing in a variable"
    )


def note_empty_note(note, recall, db, customer, fact):
    """Note a fact, have another program empty the store, and note it again, with the store that was open all the time."""
    import sqlite3

    from langgraph.store.sqlite import SqliteStore

    connections = [sqlite3.connect(db, check_same_thread=False, isolation_level=None) for _ in range(2)]
    store, found = SqliteStore(connections[0]), []
    store.setup()
    note(store, customer, dict(fact))
    found.append(recall(store, customer))
    connections[1].execute("delete from store")
    found.append(recall(store, customer))
    note(store, customer, dict(fact))
    found.append(recall(store, customer))
    for connection in connections:
        connection.close()
    return found


def counts(found):
    """Say how many facts each call of `recall` returned."""
    numbers = [str(sum(map(len, one.values()))) for one in found]
    return f"{', '.join(numbers[:-1])} and {numbers[-1]}"


@pytest.mark.exercise("keep_facts_current", points=1, rules=(3, 4))
def test_any_value_and_many(submission):
    """Values that are empty or false, texts with any letters in them, and hundreds of facts, one noted while others are recalled."""
    rng, customer = submission.rng, submission.rng.choice(PEOPLE)
    memory = Memory(submission)
    values = [False, 0, "", None, [], {}, [1, {"a": None}], "Åse – 🏍", " ", 2**63 - 1]
    told = [draw_fact(rng, number, "newsletter", value=value) for number, value in enumerate(values)]
    told[3]["value"] = None
    for number, subject in enumerate(("ship.to", "", "Home", "home", "home ", "%_*[", "Straße 1")):
        told += [draw_fact(rng, 50 + number, subject), draw_fact(rng, 70 + number, subject)]
    for number, other in enumerate(("Pet", "pet", "PET ", "pet ", " pet")):  # one message says them all
        told += [
            draw_fact(rng, 80 + number, other, "t9/m1"),
            draw_fact(rng, 90 + number, "wish", f"{other}/m1"),
        ]
    for number, between in enumerate(SEPARATORS):
        # Two facts whose subject and source are the same when they're joined like this.
        told.append(draw_fact(rng, 100 + 2 * number, f"a{number}{between}b", "c"))
        told.append(draw_fact(rng, 101 + 2 * number, f"a{number}", f"b{between}c"))
    told.append({**draw_fact(rng, 100 + 2 * len(SEPARATORS), "nobody knows"), "source": ""})
    for after in ("after facts of many kinds", "after facts of many kinds were noted again"):
        memory.tell([(customer, fact) for fact in told], after)
    long = [draw_fact(rng, 250 + number, f"{'so ' * 200}{end}") for number, end in enumerate("ab")]
    memory.tell([(customer, fact) for fact in long], "after facts with long subjects")
    many = [draw_fact(rng, 300 + number, f"likes {number % 120}") for number in range(240)]
    many += [draw_fact(rng, 600 + number, "visits") for number in range(14)]
    many += [
        draw_fact(rng, 700 + number, f"likes {number % 120}") for number in range(999 - 254 - len(told) - 2)
    ]
    rng.shuffle(many)
    memory.tell([(customer, fact) for fact in many], "after 999 facts")
    late = draw_fact(rng, 1, "late")
    found = submission.observe(recall_and_note, db=submission.path(memory.db), customer=customer, fact=late)
    sources = [(subject, fact["source"]) for subject, facts in found.items() for fact in facts]
    again = len(sources) - len({*sources})
    assert not again, (
        f"another process noted a fact after the first search of `recall`, which returned {counted(again, 'fact')} twice: a new "
        "item moves what an `offset` counts, so search once with a `limit` that's high enough, or leave out keys you have"
    )
    found.pop("late", None)  # it may be there or not
    memory.assert_recalled([[customer, found]], "while another process noted a fact")


def recall_and_note(note, recall, db, customer, fact):
    """Recall what was noted an hour ago, while somebody else notes a fact after the first search."""
    import sqlite3
    from threading import Thread

    from langgraph.store.sqlite import SqliteStore

    def connect():
        return sqlite3.connect(db, check_same_thread=False, isolation_level=None, timeout=20)

    class Store(SqliteStore):
        def batch(self, ops):
            ops = list(ops)
            found = super().batch(ops)
            if not others and any(type(op).__name__ == "SearchOp" for op in ops):
                others.append(Thread(target=note, args=(SqliteStore(connect()), customer, fact)))
                others[0].start()
                others[0].join(5)  # it waits for `recall` if that holds a lock
            return found

    connection, others = connect(), []
    # A search orders by whole seconds, and the new fact is to be the newest.
    connection.execute("update store set updated_at = datetime(updated_at, '-1 hour')")
    found = recall(Store(connection), customer)
    for other in others:
        other.join()
    connection.close()
    return found


@pytest.mark.exercise("keep_facts_current", points=1, rules=(4, 5))
def test_customers_apart_and_nobody_refused(submission):
    """Customers whose ids are nearly the same stay apart, and facts of nobody are refused."""
    rng, (name, other) = submission.rng, submission.rng.sample(PEOPLE, 2)
    mail = f"{name}@{other}.example"
    names = [
        mail,
        *(mail.replace(".", other_dot) for other_dot in ("_", "-", ":", "/", "%2E", " ", "")),
        mail.title(),
        f"{name}@{other}",
        f"{mail}.org",
        name,
        f"{name}1",
        f"{name} ",
        f"{name}e\u0308",  # ë, in two letters and in one
        f"{name}ë",
        mail.encode().hex(),
        "*",
        f"{name}*",
        "?",
        "[",
        *ALIKE,
    ]
    whole = f"{mail}/{'x' * 40}"  # cut into labels of some length, it begins with one of these
    names = list(dict.fromkeys([*names, whole, *(whole[: 2**size] for size in range(6))]))
    memory = Memory(submission)
    memory.tell(
        [(one, draw_fact(rng, number, f"s{number}")) for number, one in enumerate(names)],
        "with many customers",
    )
    memory.tell(
        [(one, draw_fact(rng, 40, "home", "t/m")) for one in names],
        "after all had said the same",
    )
    before = evidence.store_items(submission.file(memory.db))
    for nobody in (None, ""):
        for does, told, asked in (
            ("note", [(nobody, draw_fact(rng, 1, "home"))], []),
            ("recall", [], [nobody]),
        ):
            raised = submission.observe(refuses, db=submission.path(memory.db), told=told, asked=asked)
            assert raised == "ValueError", (
                f"`{does}` for customer {nobody!r} {f'raised {raised}' if raised else 'went through'}: a missing id must never lead "
                "to anybody's facts, so raise ValueError"
            )
    after = evidence.store_items(submission.file(memory.db))
    assert after == before, (
        "a fact of nobody was refused, and the store has changed: raise before you touch it"
    )
    for odd in (" ", "None"):
        told = odd, draw_fact(rng, 50, "home")
        raised = submission.observe(refuses, db=submission.path(memory.db), told=[told], asked=[odd])
        assert raised is None, (
            f"a fact of customer {odd!r} raised {raised}: only None and an empty id are nobody, so look at the id as it is, neither "
            "stripped nor made into text"
        )
        memory.tell([told], f"with customer {odd!r}")
    told = f"{name}\0{other}", draw_fact(rng, 60, "after a NUL")
    memory.tell([told], f"with customer {told[0]!a}")


def refuses(note, recall, db, told, asked):
    """Note or recall, and return the name of what was raised."""
    import sqlite3

    from langgraph.store.sqlite import SqliteStore

    connection = sqlite3.connect(db, check_same_thread=False, isolation_level=None)
    try:
        for customer, fact in told:
            note(SqliteStore(connection), customer, fact)
        for customer in asked:
            recall(SqliteStore(connection), customer)
    except Exception as error:
        return type(error).__name__
    finally:
        connection.close()
    return None
