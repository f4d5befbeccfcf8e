"""Public tests of `remember_once`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from autograder.counts import counted
from autograder.testing import evidence

from common import PEOPLE, THINGS

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence


def converse(build_assistant, hash, folder, said, clock, crash):
    """Let customers say one thing after the other; perhaps crash, or be killed, in the last run. `hash` is the learner's."""
    import os
    import signal
    import sqlite3
    from pathlib import Path

    from langchain_core.messages import HumanMessage
    from langgraph.checkpoint.sqlite import SqliteSaver
    from langgraph.store.sqlite import SqliteStore

    class Crash(BaseException):
        pass

    crash, ticks, given = dict(crash or {}), [clock], []

    def reach(place):
        if crash.get(place):
            crash[place] -= 1
            if crash[place] == 0:
                if crash["by"] == "kill":
                    os.kill(os.getpid(), signal.SIGKILL)
                raise Crash

    class Store(SqliteStore):
        def batch(self, ops):
            puts = [op for op in ops if type(op).__name__ == "PutOp"]
            for _ in puts:
                reach("before")
            done = super().batch(ops)
            for _ in puts:
                reach("after")
            return done

    def now():
        ticks[0] += 1
        return f"2026-03-01T09:{ticks[0] // 60:02}:{ticks[0] % 60:02}Z"

    def extract(text):
        heard.append(text)
        return [fact for one in said if one["text"] == text for fact in one["facts"]][: most.get(text, 0)]

    def model(messages):
        given.append([one.content for one in messages])
        reach("model")
        return f"Noted, {len(messages)}."

    def open_(name):
        # A store begins its own transactions; a saver needs Python's, or a kill leaves half of what a node returned.
        level = None if name == "store.db" else "DEFERRED"
        connection = sqlite3.connect(Path(folder, name), check_same_thread=False, isolation_level=level)
        connection.execute("pragma synchronous = off")  # a process is killed here, and never the machine
        return connection

    heard, runs, most = [], [], {one["text"]: len(one["facts"]) for one in said}
    connections = [open_("store.db"), open_("chat.db")]
    store = Store(connections[0])
    store.setup()
    graph = build_assistant(extract, model, now, SqliteSaver(connections[1]), store)
    if not hasattr(graph, "invoke"):
        return {"no graph": type(graph).__name__}
    for one in said:
        config = {"configurable": {"thread_id": one["thread"]}}
        named = {"context": {"customer": one["customer"]}, "durability": "sync"}
        talk, begun = {"messages": [HumanMessage(one["text"], id=one["id"])]}, ticks[0]
        how = one.get("how", "new")
        for item in store.search((), limit=10_000) if one.get("forget") else ():
            if item.value["fact"] in one["forget"]:
                store.delete(item.namespace, item.key)
        if how == "replay":
            olds = [old for old in graph.get_state_history(config) if old.next]
            for old in (olds[-1], olds[-2] if len(olds) > 1 else olds[-1]):
                result = graph.invoke(None, old.config, **named)
        elif how == "resume" and graph.get_state(config).next:
            result = graph.invoke(None, config, **named)
        else:
            try:
                result = graph.invoke(talk, config, **named)
            except Crash:
                runs.append({"times": [begun, ticks[0]], "crashed": True})
                continue
        last = result["messages"][-1].content if isinstance(result, dict) else None
        runs.append({"times": [begun, ticks[0]], "reply": last})
    for connection in connections:
        connection.close()
    salted = {}
    for one in said:
        for fact in one["facts"]:
            plain = " ".join(fact.casefold().split())
            for named in (
                plain,
                fact,
                (one["customer"], plain),
                (one["customer"], fact),
                f"{one['customer']}:{plain}",
            ):
                number = hash(named)
                salted |= dict.fromkeys((str(number), str(abs(number)), hex(number), f"{number:x}"), fact)
    return {"runs": runs, "given": given, "clock": ticks[0], "heard": heard, "salted": salted}


def settle(folder):
    """Bring what a killed process left in the log of the store into its file."""
    import sqlite3
    from pathlib import Path

    connection = sqlite3.connect(Path(folder, "store.db"))
    connection.execute("pragma wal_checkpoint(truncate)")
    connection.close()


def kept_in(items: dict[tuple[str, str], Any], customer: str, fact: str) -> list[dict[str, Any]]:
    """Return the values that hold a fact of a customer."""
    return [
        value
        for value in items.values()
        if isinstance(value, dict) and value.get("customer") == customer and same(value.get("fact"), fact)
    ]


def by_fact(items: dict[tuple[str, str], Any]) -> dict[tuple[str, str], list[dict[str, Any]]]:
    """Return the values by customer and fact, facts without case and spaces."""
    found = dict[tuple[str, str], list[dict[str, Any]]]()
    for value in items.values():
        if isinstance(value, dict) and isinstance(value.get("fact"), str):
            fact = " ".join(value["fact"].casefold().split())
            found.setdefault((str(value.get("customer")), fact), []).append(value)
    return found


def beside(items: dict[tuple[str, str], Any], customer: str) -> list[str]:
    """Return the other customers who have items in a namespace in which this one has some."""
    owners = {place: str(value.get("customer")) for place, value in items.items() if isinstance(value, dict)}
    homes = {prefix for (prefix, _), owner in owners.items() if owner == customer}
    return sorted({owner for (prefix, _), owner in owners.items() if prefix in homes} - {customer})


def stems_from(value: Any, first: dict[str, Any]) -> bool:
    """Tell whether an item's fact was noted from the same message as another."""
    place = "thread", "message"
    return isinstance(value, dict) and "fact" in value and all(value.get(n) == first[n] for n in place)


def same(one: object, other: str) -> bool:
    """Compare two facts as the prompt does."""
    return isinstance(one, str) and one.casefold().split() == other.casefold().split()


def clock_of(number: int) -> str:
    """Return the time of a tick, as the probe's clock does."""
    return f"2026-03-01T09:{number // 60:02}:{number % 60:02}Z"


class Shop:
    """Has an assistant listen, and expects its store to hold each fact once."""

    def __init__(self, submission: Any) -> None:
        self._submission, self._clock = submission, 0
        self._heard = dict[str, list[str]]()
        self._first = dict[tuple[str, str], dict[str, Any]]()
        self._runs = dict[tuple[str, str], list[dict[str, Any]]]()
        self._speakers = dict[tuple[str, str], str]()  # by thread and message

    def hear(self, said: Sequence[dict[str, Any]], crash: dict[str, Any] | None = None) -> None:
        """Have things said, and note what each fact's item must be from then on."""
        kills = bool(crash) and crash["by"] == "kill"
        given = {"folder": self._submission.path("."), "said": list(said), "clock": self._clock}
        seen = self._submission.observe(converse, **given, crash=crash, dies=kills)
        if seen is None:
            self._submission.restart()
            self._submission.observe(settle, folder=given["folder"])
            times = [self._clock, self._clock + 20]
            self._note(said, [{"times": times, "crashed": True}] * len(said))
            self._clock += 20
            return
        kind = seen.get("no graph")
        assert kind is None, (
            f"`build_assistant` returned a value of type {kind}: return what `builder.compile(checkpointer=saver)` gives"
        )
        for one, run in zip(said, seen["runs"], strict=True):
            assert run.get("crashed") or str(run["reply"]).startswith("Noted, "), (
                f"to {one['text'][:30]!r} the model replied 'Noted, …', and the run's last message is {run['reply']!r}: "
                "add the model's reply to `messages`"
            )
        for one, texts in zip(said, seen["given"], strict=False):
            heard = self._heard.setdefault(one["thread"], [])
            heard.append(one["text"])
            lost = [text for text in heard if text not in texts]
            assert crash or one["how"] != "new" or not lost, (
                f"when the customer said {one['text'][:30]!r}, the model was given {counted(len(texts), 'message')}, and not "
                f"{lost[0][:30]!r}: give it all messages of the thread"
            )
        strange = [text for text in seen["heard"] if text.startswith("Noted, ")]
        assert not strange, (
            f"`extract` was given {strange[0]!r}, which is the reply of the model: a message that's sent again with its id stays in "
            "its place, so it isn't the last; take the customer's newest message"
        )
        keys = [key for _, key in self.items() if key in seen["salted"]]
        assert not keys, (
            f"the key of {seen['salted'][keys[0]]!r} is {keys[0]}, which is what `hash()` gives in this process: another process "
            "gets another number for the same text, so use `uuid.uuid5` or `hashlib`"
        )
        self._clock = seen["clock"]
        self._note(said, seen["runs"])

    def _note(self, said: Sequence[dict[str, Any]], runs: Sequence[dict[str, Any]]) -> None:
        held = self.items()
        for one, run in zip(said, runs, strict=True):
            tried = self._runs.setdefault((one["thread"], one["id"]), [])
            self._speakers[one["thread"], one["id"]] = one["customer"]
            tried.append(run)  # an attempt before a crash may have asked for the time already
            spans = [range(begun + 1, ended + 1) for begun, ended in (each["times"] for each in tried)]
            times = [clock_of(number) for span in spans for number in span]
            for fact in one["facts"]:
                if run.get("crashed") and not kept_in(held, one["customer"], fact):
                    continue  # nothing was noted before the crash
                key = one["customer"], " ".join(fact.casefold().split())
                right = {"thread": one["thread"], "message": one["id"], "times": times, "fact": fact}
                right["crashed"] = any(each.get("crashed") for each in tried)
                right["deleted"] = fact in one.get("forget", ())
                if right["deleted"]:
                    self._first.pop(key, None)  # what's said after that is the first time
                self._first.setdefault(key, right)

    def items(self) -> dict[tuple[str, str], Any]:
        return evidence.store_items(self._submission.file("store.db"))

    def assert_once(self, after: str) -> None:
        """Expect one item for each fact, as it was said first, and nothing else."""
        items = self.items()
        kept = by_fact(items)
        for key, first in self._first.items():
            customer, values, fact = key[0], kept.get(key, []), first["fact"]
            short = fact if len(fact) < 40 else f"{fact[:12]}…{fact[-10:]}"
            others = [] if values else [one["fact"] for one in items.values() if stems_from(one, first)]
            assert values or not first["crashed"] or not others, (
                f"{after}, the store has {others[0][:40]!r} of message {first['message']!r}, and not its {short!r}: the resumed run "
                "noted nothing more; look up each fact, not the message"
            )
            assert values or not first["deleted"], (
                f"{after}, {short!r} of customer {customer!r} was deleted from the store, then said again, and no item has it: look "
                "into the store each time, and keep no list of what's been noted"
            )
            doubles = [
                place
                for place in self._speakers
                if place[1] == first["message"] and place[0] != first["thread"]
            ]
            assert values or others or not doubles or self._speakers[doubles[0]] != customer, (
                f"{after}, no item has {short!r}, said in message {first['message']!r} of thread {first['thread']!r}; thread "
                f"{(doubles or [['']])[0][0]!r} has a message of that id, too: look up each fact, not the message"
            )
            neighbours = [] if values else beside(items, customer)
            assert values or not neighbours, (
                f"{after}, {short!r} of customer {customer!a} was noted, and no item has it: customer {(neighbours or [''])[0]!a} has "
                "the same namespace, so make it from the whole id as it's spelled"
            )
            assert values, (
                f"{after}, {short!r} of customer {customer!r} was noted, and no item has it: another fact or customer got the "
                "same key, or the value isn't as the prompt says"
            )
            texts = {value["fact"] for value in values}
            assert len(values) == 1 or len(texts) == 1, (
                f"{after}, the store has {' and '.join(map(repr, sorted(texts)[:2]))}: facts that differ only in "
                "case or spaces are the same"
            )
            assert len(values) == 1 or len(items) <= 10 + len(values), (
                f"{after}, {short!r} of customer {customer!r} is {len(values)} items: look each fact up by its own "
                "key, since `search` returns at most `limit` items (ten by default)"
            )
            assert len(values) == 1, (
                f"{after}, {short!r} of customer {customer!r} is {len(values)} items: make the key from the fact alone, so that "
                "a later attempt finds the item of an earlier one"
            )
            assert_first(values[0], first, f"{after}, {short!r}")
        strange = [value for value in items.values() if not self._knows(value)]
        for one in strange:
            place = (str(one.get("thread")), str(one.get("message"))) if isinstance(one, dict) else ("", "")
            speaker = self._speakers.get(place)
            assert not speaker or speaker == one.get("customer"), (
                f"{after}, the store has {str(one.get('fact'))[:40]!r} for customer {str(one.get('customer'))[:40]!r}, and {speaker!r} said it in "
                f"thread {place[0]!r}: the customer comes from each run's own context"
            )
        assert not strange, (
            f"{after}, the store has an item {str(strange[0])[:90]} that nobody said: its value must be as in the prompt"
        )
        self._assert_apart(items, after)

    def _knows(self, value: Any) -> bool:
        if not isinstance(value, dict) or not isinstance(value.get("fact"), str):
            return False
        return (value.get("customer"), " ".join(value["fact"].casefold().split())) in self._first

    def _assert_apart(self, items: dict[tuple[str, str], Any], after: str) -> None:
        owners = {(tuple(prefix.split(".")), value["customer"]) for (prefix, _), value in items.items()}
        for prefix, owner in owners:
            for other, stranger in owners:
                assert owner == stranger or other[: len(prefix)] != prefix, (
                    f"{after}, a search of the namespace of {owner!r} also finds facts of {stranger!r}, whose namespace begins with "
                    "it: make one label from the whole id"
                )


def assert_first(value: dict[str, Any], first: dict[str, Any], what: str) -> None:
    """Expect an item as it was when the fact was said first."""
    lacks = [name for name in ("said_at", "thread", "message") if name not in value]
    assert not lacks, f"{what} has no `{lacks[0]}` in its value: note when and where it was said"
    assert first["times"], (
        f"{what} was noted, and `now` was never called in a run of that message: `said_at` is what `now()` returned in one"
    )
    assert value["said_at"] in first["times"], (
        f"{what} was said first at {(first['times'] or ['?'])[0]}, and now it says {value['said_at']!r}: "
        "look among all items before you put one, and leave one that's there as it is"
    )
    for name in ("thread", "message"):
        assert value[name] == first[name], (
            f"{what} was said first in {name} {first[name]!r}, and now it says {str(value[name])[:40]!r}: "
            "look among all items before you put one, and leave one that's there as it is"
        )
    assert value["fact"] == first["fact"], (
        f"{what} is in the store as {value['fact']!r}: keep the text as it was said first"
    )


def draw_facts(rng: random.Random, count: int) -> list[str]:
    """Draw facts that a customer says of themselves."""
    things = rng.sample(THINGS, count)
    return [
        f"{rng.choice(['owns', 'wants', 'sold'])} a {thing} no. {rng.randrange(10**4)}" for thing in things
    ]


def say(customer: str, thread: str, id: str, facts: Sequence[str], how: str = "new") -> dict[str, Any]:
    """Describe one message."""
    text = "; ".join(facts) or "Hello."
    return {
        "customer": customer,
        "thread": thread,
        "id": id,
        "facts": list(facts),
        "text": f"{id}: {text}",
        "how": how,
    }


@pytest.mark.exercise("remember_once", points=2, rules=(1, 2, 3))
def test_said_again(submission):
    """A fact that is said again, in the same thread or in another, stays as it was said first."""
    rng, customer = submission.rng, submission.rng.choice(PEOPLE)
    first, second, third, fourth = draw_facts(rng, 4)
    first, shop = f"{first} for Zoë Groß", Shop(submission)
    shop.hear([say(customer, "t1", "m1", [first, second]), say(customer, "t1", "m2", [])])
    shop.assert_once("after two messages")
    shop.hear(
        [say(customer, "t1", "m3", [third, second]), say(customer, "t2", "m1", [second, fourth, first])]
    )
    shop.assert_once("after a fact was said again")
    wide = " " * rng.randrange(5, 9)  # more than one pass over pairs makes one
    shop.hear([say(customer, "t2", "m5", [f"{first[:4].upper()}{first[4:]}".replace(" ", wide), fourth])])
    shop.hear([say(customer, "t2", "m6", [first.upper()])])
    shop.assert_once("after a fact came in other letters")
    again = {**say(customer, "t1", "m8", [fourth]), "forget": [fourth]}
    own = {**say(customer, "t2", "m9", [fourth]), "forget": [fourth]}  # in the thread that had noted it
    shop.hear([say(customer, "t1", "m7", [fourth]), again, own])
    shop.assert_once("after a fact was forgotten")


@pytest.mark.exercise("remember_once", points=1, rules=(2, 4), restarts=True)
def test_killed_after_a_put(submission):
    """A process is killed after it put one of three facts, and another process resumes the run."""
    rng, customer = submission.rng, submission.rng.choice(PEOPLE)
    facts, shop = draw_facts(rng, 4), Shop(submission)
    shop.hear([say(customer, "t1", "m1", facts[:1])])
    message = say(customer, "t1", "m2", facts[1:])
    shop.hear([message], crash={"by": "kill", "after": 1})
    shop.hear([{**message, "how": "resume"}])
    shop.assert_once("after a kill and the resume")
    shop.hear([say(customer, "t2", "m3", facts)])
    shop.assert_once("after a fact was said again to a new process")
