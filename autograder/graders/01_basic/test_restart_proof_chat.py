"""Public tests of `restart_proof_chat`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from autograder.testing import evidence

from common import PEOPLE, THINGS, texts_in

if TYPE_CHECKING:
    import random
    from collections.abc import Iterable
    from pathlib import Path


def say(chat, db, customer, text, reply, pid=0, days=0, another=False):
    """Let the customer say something, with a model that notes what it is given: the call before's, or `another` one.

    With `pid`, that is the process's number. With `days`, it's so many days later, by Python's clock and by the local date.
    """
    import os
    import sys
    import time

    real, clock, zone = os.getpid, time.time, os.environ.get("TZ")
    kept = sys.__dict__.setdefault("_say", {"models": []})
    kept |= {"given": [], "asked": []}

    def new_model(number):
        def model(messages):
            kept["asked"].append(number)
            kept["given"].append([getattr(message, "content", message) for message in messages])
            return kept["reply"]

        return model

    if another or not kept["models"]:
        kept["models"].append(new_model(len(kept["models"])))
    kept["reply"], model = reply, kept["models"][-1]
    if pid:  # where each process has a space of numbers of its own, all have the same one
        os.getpid = lambda: pid
        # Two zones that are 26 hours apart never have the same date.
        os.environ["TZ"] = "DAY-13" if days else "DAY+13"
        time.tzset()
        time.time = lambda: clock() + days * 86_400
    try:
        returned = chat(db, customer, text, model)
    finally:
        os.getpid, time.time = real, clock
        if pid:
            os.environ["TZ"] = zone or "UTC0"
            time.tzset()
    stale = any(number + 1 < len(kept["models"]) for number in kept["asked"])
    return {"returned": returned, "given": kept["given"], "stale": stale}


def talk(chat, db, customer, turns):
    """Let the customer say one thing after the other; return what the model was given the last time, and how often it was asked."""
    from dataclasses import dataclass

    given, kinds, returned, asked = [], [], [], []

    @dataclass
    class Model:  # a callable that can't be hashed
        name: str

        def __call__(self, messages):
            given.append([getattr(one, "content", one) for one in messages])
            kinds[:] = [type(one).__name__ for one in messages]
            return turns[len(asked)][1]

    for text, _ in turns:
        before = len(given)
        returned.append(chat(db, customer, text, Model("small")))
        asked.append(len(given) - before)
    return {"returned": returned[-1], "given": given[-1:], "kinds": kinds, "asked": asked}


def ask_a_broken_model(chat, db, customers):
    """Let customers say something while the model raises an error once; tell how often it was asked, and what came back."""
    told, asked = [], []

    def model(messages):
        asked.append(1)
        if len(asked) == 1:
            raise error("no answer")
        return "Sorry."

    for customer, error in zip(customers, (ConnectionError, TimeoutError, RuntimeError), strict=True):
        asked.clear()
        try:
            returned = {"returned": str(chat(db, customer, "Hello?", model))}
        except Exception:
            returned = {}
        told.append({"error": error.__name__, "asked": len(asked), **returned})
    return told


def keep_only_checkpoints(chat, db):
    """Delete what isn't LangGraph's: other tables in the file, and other files next to it."""
    import sqlite3
    from contextlib import closing
    from pathlib import Path

    with closing(sqlite3.connect(db)) as connection:
        tables = connection.execute("select name from sqlite_master where type = 'table'").fetchall()
        for [name] in tables:
            if name not in ("checkpoints", "writes") and not name.startswith("sqlite_"):
                connection.execute(f'drop table "{name}"')
        connection.commit()
    for file in Path(db).parent.iterdir():
        if file.is_file() and file.name.removeprefix(Path(db).name) not in ("", "-wal", "-shm", "-journal"):
            file.unlink()


def is_there(db):
    """Tell whether the file exists."""
    from pathlib import Path

    return Path(db).exists()


def draw_turns(rng: random.Random, count: int = 2) -> list[tuple[str, str]]:
    """Draw what a customer says and what the model replies."""
    things = rng.sample(THINGS, count)
    return [
        (f"My order {rng.randrange(10**5, 10**6)} is a {thing}.", f"Noted, {thing} ({rng.randrange(10**4)}).")
        for thing in things
    ]


def heard(seen: dict[str, Any], turns: Iterable[tuple[str, str]]) -> list[str]:
    """Return which texts of these turns the model was given in its last call, in order."""
    known = {text for turn in turns for text in turn}
    return [text for text in (seen["given"] or [[]])[-1] if isinstance(text, str) and text in known]


def assert_replied(seen: dict[str, Any], reply: str) -> None:
    """Expect the model to have been asked, and its reply to have come back as a string."""
    assert not seen.get("stale"), (
        "`chat` was given another `model` than before, and called the earlier one: use this call's. A graph that you keep has the "
        "`model` of the call that built it"
    )
    assert seen["given"], "`chat` never called `model`: the reply must come from `model(messages)`"
    assert len(seen["given"]) == 1, (
        f"`chat` called `model` {len(seen['given'])} times for one turn: ask once. A reply costs money, another one may differ from "
        "what's saved, and a node that calls `interrupt` runs from its beginning when it's resumed"
    )
    returned = seen["returned"]
    kind = returned.get("type", "dict") if isinstance(returned, dict) else type(returned).__name__
    assert isinstance(returned, str), (
        f"`chat` returned a value of type {kind}, not the reply as a string: return the text of the last message"
    )
    assert returned == reply or returned not in seen["given"][-1], (
        f"the model replied {reply!r}, but `chat` returned {returned!r}, which the model was given: return the reply. If it isn't the "
        "last message, it may have an older one's id, and replace that"
    )
    assert returned == reply, (
        f"the model replied {reply!r}, but `chat` returned {returned!r}: return the reply"
    )


@pytest.mark.exercise("restart_proof_chat", points=1, rules=(1, 3))
def test_second_turn_knows_the_first(submission):
    """A second turn knows the first, and another customer's does not."""
    customer, turns = submission.rng.choice(PEOPLE), draw_turns(submission.rng)
    (text, reply), (next_text, next_reply) = turns
    db = submission.path("chat.db")
    first = submission.observe(say, db=db, customer=customer, text=text, reply=reply, another=True)
    assert_replied(first, reply)
    assert heard(first, turns) == [text], (
        f"on the first turn the model got {first['given'][-1]}: give it the new text, as a message"
    )
    second = submission.observe(say, db=db, customer=customer, text=next_text, reply=next_reply, another=True)
    assert_replied(second, next_reply)
    told = heard(second, turns)
    assert told != [next_text], (
        "on the second turn the model got the new text and nothing from the first turn: each call uses "
        "a different thread or a saver of its own in memory, or the state has no reducer"
    )
    assert told == [text, reply, next_text], (
        f"on the second turn the model got {second['given'][-1]} instead of the first text, its reply and the "
        "new text: save each message once, and the reply is a message too"
    )
    other = submission.rng.choice([person for person in PEOPLE if person != customer])
    stranger = submission.observe(say, db=db, customer=other, text="Hello?", reply="Hello.")
    assert not heard(stranger, turns), (
        f"{other} said hello, and the model saw what {customer} had said: "
        "all customers share one thread, so make the `thread_id` from the customer"
    )


@pytest.mark.exercise("restart_proof_chat", points=2, rules=(1, 2, 4), restarts=True)
def test_new_process_recalls(submission):
    """After SIGKILL, a new process still knows what was said, and two processes may take turns."""
    customer, turns = submission.rng.choice(PEOPLE), draw_turns(submission.rng, 4)
    (text, reply), (next_text, next_reply), *more = turns
    db = submission.path("chat.db")
    assert_replied(submission.observe(say, db=db, customer=customer, text=text, reply=reply), reply)
    submission.restart()
    assert submission.observe(is_there, db=db), (
        "after a turn there's no file at `db_path`: the conversation was only in the memory of the killed process. "
        "Check which saver you give to `compile`, and where it writes"
    )
    second = submission.observe(say, db=db, customer=customer, text=next_text, reply=next_reply)
    assert_replied(second, next_reply)
    if heard(second, turns) != [text, reply, next_text]:
        raise AssertionError(why_forgotten(submission.file("chat.db"), text, next_text))
    assert threads_with(submission.file("chat.db"), text), (
        "the new process knew the first turn, but no checkpoint in `db_path` has it: keep it in the graph's state"
    )
    with submission.twin() as twin:
        for number, (process, turn) in enumerate(zip((twin, submission), more, strict=True), 3):
            seen = process.observe(say, db=db, customer=customer, text=turn[0], reply=turn[1])
            assert_replied(seen, turn[1])
            said = [part for one in turns[: number - 1] for part in one] + [turn[0]]
            assert heard(seen, turns) == said, (
                f"two processes took turns, and on turn {number} the model didn't get what the other process had "
                "heard: read the thread on every turn, and keep neither messages nor a `checkpoint_id` in a variable"
            )


def why_forgotten(db: Path, text: str, next_text: str) -> str:
    """Explain, from the database, why the second process did not know the first turn."""
    knew_nothing = "after the kill, the model didn't get the whole first turn"
    first, second = (threads_with(db, wanted) for wanted in (text, next_text))
    if not first:
        return f"{knew_nothing}, and no checkpoint in `db_path` has it: compile the graph with a saver on that file"
    if not threads_with(db, text, newest=True):
        return (
            f"{knew_nothing}. Thread {first[0]!r} had it at first, but each turn replaces the one before it: "
            "give the channel of the messages a reducer"
        )
    if not set(first) & set(second):
        return (
            f"{knew_nothing}. It's in thread {first[0]!r}, but the new process looked in another thread, "
            f"{(second or ['?'])[0]!r}: make a `thread_id` that is the same in every process"
        )
    return f"{knew_nothing}, though thread {first[0]!r} has it: give `model` all of the state's messages"


def threads_with(db: Path, text: str, newest: bool = False) -> list[str]:
    """Return the threads that hold a text in one of their checkpoints, or in the newest."""
    found: list[str] = []
    for thread in evidence.threads(db):
        rows = evidence.checkpoints(db, thread)
        if any(text in texts_in(row.values) for row in (rows[-1:] if newest else rows)):
            found.append(thread)
    return found
