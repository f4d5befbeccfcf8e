"""Public tests of `keep_facts_current`."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from autograder.testing import evidence

from common import PEOPLE, THINGS

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence


def tell(note, recall, db, told, asked, meet=None):
    """Note facts, and recall those of some customers; perhaps meet another process in the middle of a note."""
    import sqlite3
    import time
    from pathlib import Path

    from langgraph.store.sqlite import SqliteStore

    met = []

    def wait_for(path, seconds):
        end = time.monotonic() + seconds
        while not path.exists() and time.monotonic() < end:
            time.sleep(0.005)

    class Store(SqliteStore):
        def batch(self, ops):
            ops = list(ops)
            if meet == "first" and any(type(op).__name__ == "PutOp" for op in ops) and len(met) < 2:
                met.append(True)
                Path(f"{db}.put{len(met)}").touch()
                wait_for(Path(f"{db}.done{len(met)}"), 0.5)  # who holds a lock makes the other wait
            return super().batch(ops)

    connection = sqlite3.connect(db, check_same_thread=False, isolation_level=None, timeout=20)
    connection.execute("pragma synchronous = off")  # a process is killed here, and never the machine
    store = Store(connection)
    store.setup()
    for number, (customer, fact) in enumerate(told, 1):
        if meet == "second" and number <= 2:
            wait_for(Path(f"{db}.put{number}"), 10)
        note(store, customer, dict(fact))
        if meet == "second":
            Path(f"{db}.done{number}").touch()
    for number in (1, 2) if meet == "first" else ():  # it never put, and nobody must wait for it
        Path(f"{db}.put{number}").touch()
    found = [[customer, recall(store, customer)] for customer in asked]
    connection.close()
    return found


def alternate(note, recall, db, told, customer):
    """Note facts by way of one store and another on the same file, and recall by way of both."""
    import sqlite3

    from langgraph.store.sqlite import SqliteStore

    connections = [sqlite3.connect(db, check_same_thread=False, isolation_level=None) for _ in range(2)]
    stores = [SqliteStore(connection) for connection in connections]
    for store in stores:
        store.setup()
    found = []
    for number, fact in enumerate(told):
        recall(stores[number % 2], customer)
        note(stores[number % 2], customer, fact)
        found = [recall(store, customer) for store in stores]
    for connection in connections:
        connection.close()
    return found


#: Limits that people give to `search`: that a count of facts is one of them is hardly chance.
LIMITS = {10: "ten", 100: "a hundred"} | {limit: str(limit) for limit in (200, 250, 256, 500, 512)}

#: Values that somebody may take for none.
FALSY = (None, False, 0, "")


def when(number: int) -> str:
    """Return a time; a greater number is a later one."""
    return f"2026-{1 + number // 600 % 12:02}-{1 + number // 24 % 25:02}T{number % 24:02}:30:00Z"


def draw_fact(
    rng: random.Random, number: int, subject: str, source: str = "", value: Any = None
) -> dict[str, Any]:
    """Draw a fact that was said at such a time."""
    text = f"{rng.choice(THINGS)} {rng.randrange(10**5)}" if value is None else value
    return {"subject": subject, "value": text, "said_at": when(number), "source": source or f"t1/m{number}"}


class Memory:
    """What was told to a store, and what must be recalled."""

    def __init__(self, submission: Any, db: str = "memory.db") -> None:
        self._submission, self.db = submission, db
        self._told = dict[str, list[dict[str, Any]]]()
        self._again = list[dict[str, Any]]()

    def add(self, told: Sequence[tuple[str, dict[str, Any]]]) -> None:
        for customer, fact in told:
            known = self._told.setdefault(customer, [])
            if not any((old["subject"], old["source"]) == (fact["subject"], fact["source"]) for old in known):
                known.append(fact)
            elif fact not in known:
                self._again.append(fact)

    def tell(self, told: Sequence[tuple[str, dict[str, Any]]], after: str) -> None:
        """Note facts, and expect all customers' to be recalled."""
        self.add(told)
        given = {"db": self._submission.path(self.db), "told": list(told), "asked": list(self._told)}
        self.assert_recalled(self._submission.observe(tell, **given), after)

    def assert_recalled(self, seen: Sequence[Sequence[Any]], after: str) -> None:
        for customer, found in seen:
            assert isinstance(found, dict), (
                f"`recall` returned a value of type {type(found).__name__}: return a dict from subject to facts"
            )
            self._assert_facts(customer, found, after)

    def _assert_facts(self, customer: str, found: dict[str, Any], after: str) -> None:
        told = self._told.get(customer, [])
        known = {fact["subject"] for fact in told}
        strange = [subject for subject in found if subject not in known]
        owners = [
            name for name, facts in self._told.items() if {fact["subject"] for fact in facts} & {*strange}
        ]
        search = "a search also finds longer namespaces, and `list_namespaces` takes `*` for any label"
        if any("\0" in owner for owner in owners):
            search = "a search with a `filter` reads no text beyond a NUL"
        assert not owners, (
            f"{after}, `recall` for {customer!a} returned a fact of another customer, {owners[0]!a}: make one label from the whole id, "
            f"so that no other id gives the same one; {search}"
        )
        count = sum(map(len, found.values())) if max(map(len, found.values()), default=0) > 1 else 1
        for subject in dict.fromkeys(fact["subject"] for fact in told):
            right = sorted(
                (f for f in told if f["subject"] == subject), key=lambda f: f["said_at"], reverse=True
            )
            assert subject in found or len(found) not in LIMITS, (
                f"{after}, the subject {subject[:30]!r} of {customer!r} is missing, and `recall` returned {len(found)} of {len(known)} "
                "subjects: `search` and `list_namespaces` each stop at a `limit`"
            )
            self._assert_subject(
                right, found.get(subject, []), count, f"{after}, {subject[:30]!r} of {customer!r}"
            )
        assert not strange, f"{after}, `recall` returned the subject {strange[0]!r}, which was never noted"

    def _assert_subject(self, right: list[Any], have: Any, count: int, what: str) -> None:
        assert isinstance(have, list) and all(isinstance(one, dict) for one in have), (
            f"{what} is {str(have)[:60]}: return a list of the facts, as they were noted"
        )
        missing = [one for one in right if one not in have]
        strange = [one for one in have if one not in right]
        again = [
            (one, first, "value" if one["value"] != first["value"] else "said_at")
            for one in strange
            for first in right
            if one in self._again and (one["subject"], one["source"]) == (first["subject"], first["source"])
        ]
        one, first, field = again[0] if again else ({}, {}, "")
        assert not again, (
            f"{what} has {one[field]!r} of {one['source']!r}, though that subject and source were noted before, with "
            f"{first[field]!r}: the first stays, so put nothing where their key is taken"
        )
        assert not strange, (
            f"{what} has {str(strange[0])[:90]}, which wasn't noted like that: return each fact as it was"
        )
        twice = [one for one in have if have.count(one) > 1]
        assert not twice, (
            f"{what} has the fact of {twice[0]['source']!r} {have.count(twice[0])} times: a fact that's noted again, with the same "
            "subject and source, needs the same key"
        )
        assert not missing or count not in LIMITS, (
            f"{what} lacks facts, and `recall` returned {count} in all: `search` stops at its `limit`, "
            f"so ask for more than {LIMITS[count]}"
        )
        assert not missing or not have or count != 1 or missing[-1]["said_at"] > have[0]["said_at"], (
            f"{what} has {len(have)} of {len(right)} facts, the latest, and the older ones are gone: keep each fact, and work out what's "
            "current when you read"
        )
        every = [one for other in self._told.values() for one in other] if missing else []
        sources = [one["source"] for one in every if one not in right]
        assert not missing or missing[0]["source"] not in sources, (
            f"{what} lacks the fact of {missing[0]['source']!r}, which is a source of another subject, too: "
            "the key needs both as they are, joined so that no other two give the same"
        )
        joined = [_letters(other) for other in every if other != missing[0]]
        assert not missing or _letters(missing[0]) not in joined, (
            f"{what} lacks the fact of {missing[0]['source']!r}; its subject and source, joined, read like those of another fact: "
            "make the key so that no other two give the same, as `json.dumps([subject, source])` does"
        )
        assert not missing, (
            f"{what} has {len(have)} of {len(right)} facts; {missing[0]['value']!r} of {missing[0]['source']!r} is missing: keep each "
            "fact in the store you're given, whatever its value, and whether or not it was said before"
        )
        assert have == right, (
            f"{what} comes in the order {[one['said_at'] for one in have[:3]]}: return the newest first, by `said_at`, "
            "which isn't the order in which facts were noted"
        )


def _letters(fact: dict[str, Any]) -> str:
    """Return a fact's subject and source without case and what may separate them."""
    return re.sub(r"\W|_", "", fact["subject"] + fact["source"]).lower()


@pytest.mark.exercise("keep_facts_current", points=2, rules=(1, 2), restarts=True)
def test_newest_first_with_history(submission):
    """The newest fact of each subject comes first, and the older ones after it; in a new process, too."""
    rng, customer = submission.rng, submission.rng.choice(PEOPLE)
    memory = Memory(submission)
    home = [draw_fact(rng, number, "home") for number in (1, 5, 9)]
    job = draw_fact(rng, 5, "job", home[1]["source"])  # one message, two subjects
    falsy = [draw_fact(rng, 20 + number, "news") | {"value": one} for number, one in enumerate(FALSY)]
    memory.tell([(customer, home[0]), (customer, draw_fact(rng, 2, "likes"))], "after two facts")
    memory.tell([(customer, fact) for fact in (home[1], job, home[2])], "after a contradiction")
    memory.tell([(customer, home[2]), (customer, home[0])], "after facts were noted again")
    submission.restart()
    memory.tell([(customer, fact) for fact in (draw_fact(rng, 12, "likes"), *falsy)], "in another process")
    again = draw_fact(rng, 14, "home", home[1]["source"], home[1]["value"])
    memory.tell([(customer, again)], "after a fact was noted again with another time")
    for olds in ([home[0]], [home[2], *falsy]):
        memory.tell(
            [(customer, {**old, "value": "Atlantis"}) for old in olds],
            "after a fact was noted again with another value",
        )


@pytest.mark.exercise("keep_facts_current", points=1, rules=(3,), restarts=True)
def test_two_processes_at_once(submission):
    """Two processes note facts of one customer at the same time."""
    rng, customer = submission.rng, submission.rng.choice(PEOPLE)
    memory, subjects = Memory(submission), ["home", "job", "likes"]
    start = [(customer, draw_fact(rng, number, subject)) for number, subject in enumerate(subjects)]
    memory.tell(start, "before they meet")
    phone, laptop = (
        [
            (
                customer,
                draw_fact(rng, 10 + 2 * number + other, subjects[number % 3], f"t{other + 2}/m{number}"),
            )
            for number in range(8)
        ]
        for other in (0, 1)
    )
    given = {"db": submission.path(memory.db), "asked": []}
    with submission.twin() as twin, ThreadPoolExecutor(2) as pool:
        first = pool.submit(submission.observe, tell, told=phone, meet="first", **given)
        second = pool.submit(twin.observe, tell, told=laptop, meet="second", **given)
        first.result()
        second.result()
    memory.add([*phone, *laptop])
    found = submission.observe(tell, db=given["db"], told=[], asked=[customer])[0][1]
    kept = {fact["source"] for facts in found.values() for fact in facts}
    lost = [fact["source"] for _, fact in [*start, *phone, *laptop] if fact["source"] not in kept]
    stored = str(evidence.store_items(submission.file(memory.db)))
    assert not lost or not all(source in stored for source in lost), (
        f"two processes noted facts of {customer!r} at the same time, and {len(lost)} are in the store, but `recall` doesn't find them: "
        "read the items each time, and keep no list of them, neither in a variable nor in an item"
    )
    assert not lost, (
        f"two processes noted facts of {customer!r} at the same time, and {len(lost)} of {len(start) + 16} are lost: both had read the same "
        "item before either put it back; give each fact an item of its own"
    )
    memory.assert_recalled([[customer, found]], "after two processes had met")
