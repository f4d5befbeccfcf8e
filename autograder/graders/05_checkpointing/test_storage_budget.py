"""Public tests of `storage_budget`."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from autograder.testing import evidence

from common import BUDGET_PEOPLE

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence


BUDGET_BYTES = 5_000_000


def talk(open_chat, db, turns, replies, give_up, others_go=False):
    """Let customers say something, one after the other; tell what the model was given each time.

    With `others_go`, tables that are not of LangGraph's checkpoints are dropped first. Of a long list of messages a digest is told. Once the files hold more than `give_up` bytes, it is enough.
    """
    import hashlib
    import sqlite3
    from pathlib import Path

    files = [Path(db), Path(f"{db}-wal")]
    connection = sqlite3.connect(db, check_same_thread=False)
    connection.execute("pragma synchronous = off")  # nobody pulls the plug
    names = connection.execute("select name from sqlite_master where type = 'table'").fetchall()
    others = [name for (name,) in names if name not in ("checkpoints", "writes") and name[:7] != "sqlite_"]
    for name in others if others_go else ():
        connection.execute(f'drop table if exists "{name}"')
    connection.commit()
    coming = iter(replies)
    given = []

    def model(messages):
        given.append([str(getattr(message, "content", message)) for message in messages])
        return next(coming)

    say = open_chat(connection, model)
    told = []
    for customer, text in turns:
        given.clear()
        returned = say(customer, text)
        heard = given[-1] if given else []
        told.append(
            {
                "calls": len(given),
                "returned": returned,
                "count": len(heard),
                "digest": hashlib.sha256("\n".join(heard).encode()).hexdigest(),
                "begins": [one[:12] for one in heard[:1] + heard[-1:]],
            }
        )
        if sum(file.stat().st_size for file in files if file.exists()) > give_up:
            break

    def number(query):
        return connection.execute(query).fetchone()[0] or 0

    tables = number("select count(*) from sqlite_master where name in ('checkpoints', 'writes')")
    about = {
        "checkpoints": number("select count(*) from checkpoints") if tables == 2 else 0,
        "free": number("pragma freelist_count") * number("pragma page_size"),
    }
    connection.close()
    return {"told": told, "dropped": others if others_go else [], **about}


def draw_talk(
    rng: random.Random, customers: Sequence[str], size: int
) -> tuple[list[tuple[str, str]], list[str]]:
    """Draw what each of these customers says, one after the other, and what the model replies."""
    texts = [
        f"{rng.randrange(10**11, 10**12)} {rng.randbytes(size).hex()[: size - 13]}"
        for _ in range(2 * len(customers))
    ]
    return list(zip(customers, texts[::2], strict=True)), texts[1::2]


def assert_knows_all(
    seen: dict[str, Any],
    turns: Sequence[tuple[str, str]],
    replies: Sequence[str],
    before: dict[str, list[str]],
) -> None:
    """Expect the model to have been given the whole conversation at each turn; `before` grows by what was said."""
    last = None
    for number, (told, (customer, text), reply) in enumerate(
        zip(seen["told"], turns, replies, strict=False), 1
    ):
        said = before.setdefault(customer, [])
        said.append(text)
        assert told["calls"] == 1, (
            f"at turn {number} `model` was called {told['calls']} times instead of once"
        )
        assert told["returned"] == reply, (
            f"at turn {number} `say` returned {str(told['returned'])[:40]!r} … and not the model's reply as a string"
        )
        assert told["count"] == len(said), why_not_all(
            told, said, number, customer, last, seen["checkpoints"]
        )
        assert told["digest"] == hashlib.sha256("\n".join(said).encode()).hexdigest(), (
            f"at turn {number} the model was given {told['count']} messages, as many as there are, but not the same "
            "ones in the same order: it gets them word for word, from the oldest to the newest"
        )
        said.append(reply)
        last = customer


def why_not_all(
    told: dict[str, Any], said: Sequence[str], number: int, customer: str, last: str | None, rows: int
) -> str:
    """Explain why the model was not given the whole conversation."""
    what = f"at turn {number} the model was given {told['count']} of {len(said)} messages of {customer!r}"
    if 1 < told["count"] < len(said) and told["begins"][0] != said[0][:12]:
        return f"{what}, and the oldest are gone: a budget for the file is no limit for the conversation"
    if told["count"] == 1 and last != customer and last is not None and rows:
        return (
            f"{what}, after another customer had spoken: if you delete old checkpoints, keep the newest of each thread, "
            "and not only the newest of the file"
        )
    if told["count"] == 1 and rows <= number:
        return (
            f"{what}, and no error was raised: what was said before was deleted with its ancestors, for a checkpoint "
            "need not hold the values of its channels; one of a `DeltaChannel` is put together from older writes"
        )
    if told["count"] > len(said):
        return f"{what}: does every customer have a thread of their own, and is each message added once?"
    return f"{what}: does each turn replace the one before it, does it start in another thread, or is one left out?"


def assert_in_budget(seen: dict[str, Any], path: Path, turns: int) -> None:
    """Expect the files to be small enough."""
    assert evidence_of_threads(path), (
        "no checkpoint of LangGraph is in the database: keep what was said in a graph's state"
    )
    size = sum(one.stat().st_size for one in (path, path.with_name(f"{path.name}-wal")) if one.exists())
    went = len(seen["told"])
    what = f"after {went} of {turns} turns the database takes {size / 1e6:.1f} MB, and {BUDGET_BYTES / 1e6:.0f} are the budget"
    assert size <= BUDGET_BYTES or seen["free"] < size // 3, (
        f"{what}: {seen['free'] / 1e6:.1f} MB of it are free pages, for to delete rows does not make a file smaller; "
        "delete sooner, so that the next turn takes the free pages, or have SQLite give them back"
    )
    assert size <= BUDGET_BYTES and went == turns, (
        f"{what}: it holds {seen['checkpoints']} checkpoints, each with the whole conversation up to then, and that "
        "grows with the square of the turns, however few checkpoints a turn makes"
    )


def evidence_of_threads(path: Path) -> list[str]:
    """Return the threads in a database; none if it is not LangGraph's."""
    try:
        return evidence.threads(path)
    except AssertionError:
        return []


@pytest.mark.exercise("storage_budget", points=3, restarts=True, timeout=30)
def test_sixty_long_turns(submission):
    """Sixty long turns stay within 5 MB, and after SIGKILL a new process knows them all."""
    rng = submission.rng
    customer, db = rng.choice(BUDGET_PEOPLE), submission.path("support.db")
    turns, replies = draw_talk(rng, [customer] * 62, 2_400)
    said: dict[str, list[str]] = {}
    seen = submission.observe(talk, db=db, turns=turns[:60], replies=replies[:60], give_up=24_000_000)
    assert_knows_all(seen, turns[:60], replies[:60], said)
    assert_in_budget(seen, submission.file("support.db"), 60)
    submission.restart()
    seen = submission.observe(talk, db=db, turns=turns[60:61], replies=replies[60:61], give_up=24_000_000)
    assert seen["told"][0]["count"] != 1, (
        f"after SIGKILL the model was given the new text and none of the {len(said[customer])} messages before it: "
        "they lived in the process and not in the database"
    )
    assert_knows_all(seen, turns[60:61], replies[60:61], said)
    seen = submission.observe(
        talk, db=db, turns=turns[61:], replies=replies[61:], give_up=24_000_000, others_go=True
    )
    count = seen["told"][0]["count"]
    assert count == len(said[customer]) + 1 or not seen["dropped"], (
        f"without the table `{seen['dropped'][0]}`, which is no table of LangGraph's checkpoints, the model was given {count} of "
        f"{len(said[customer]) + 1} messages: keep what was said in a graph's state, and nowhere else"
    )
    assert_knows_all(seen, turns[61:], replies[61:], said)


@pytest.mark.exercise("storage_budget", points=1)
def test_customers_take_turns(submission):
    """Customers who take turns keep what they said."""
    rng = submission.rng
    one = rng.choice(BUDGET_PEOPLE)
    other, third = f"{one}'s 100%", one.title()  # three people, whose names are alike
    order = [one, one, other, one, other, other, third, one, third, other, one]
    turns, replies = draw_talk(rng, order, 100)
    seen = submission.observe(
        talk, db=submission.path("support.db"), turns=turns, replies=replies, give_up=24_000_000
    )
    assert_knows_all(seen, turns, replies, {})
