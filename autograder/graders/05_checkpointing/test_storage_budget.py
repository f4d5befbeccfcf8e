"""Public tests of `storage_budget`."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from autograder.counts import counted
from autograder.testing import evidence

from common import BUDGET_PEOPLE

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence


BUDGET_BYTES = 5_000_000


def talk(open_chat, db, turns, replies, give_up, others_go=False, anew_after=None, at_once=1):
    """Let customers say something, one after the other; tell what the model was given each time.

    With `others_go`, tables that aren't LangGraph's are dropped first. `open_chat` is called anew after so many turns.
    What it returned in `at_once` calls is called by turns. Of a long list of messages a digest is told.
    Once the files hold more than `give_up` bytes, it is enough. A reply that is None is a model that raises, and one
    that is False a process that's killed meanwhile.
    """
    import hashlib
    import os
    import signal
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
    given, kinds = [], []

    class Down(Exception):
        pass

    def model(messages):
        given.append([str(getattr(message, "content", message)) for message in messages])
        kinds[:] = [getattr(message, "type", None) for message in messages]
        reply = next(coming, "one too many")
        if reply is False:
            os.kill(os.getpid(), signal.SIGKILL)
        if reply is None:
            raise Down("the model is down")
        return reply

    says = [open_chat(connection, model) for _ in range(at_once)]
    told = []

    def number(query):
        return connection.execute(query).fetchone()[0] or 0

    for count, (customer, text) in enumerate(turns):
        if anew_after and count and count % anew_after == 0:
            says = [open_chat(connection, model)]
        given.clear()
        try:
            returned = says[count % len(says)](customer, text)
        except Down:
            returned = None
        heard = given[-1] if given else []
        told.append(
            {
                "calls": len(given),
                "returned": returned,
                "count": len(heard),
                "digest": hashlib.sha256("\n".join(heard).encode()).hexdigest(),
                "turns": kinds == ["human" if at % 2 == 0 else "ai" for at in range(len(kinds))],
                "kinds": kinds[-7:],
                "begins": [one[:12] for one in heard[:1] + heard[-1:]],
                # As large is the file once it's closed, whatever of it is still in the `-wal`.
                "size": number("pragma page_count") * number("pragma page_size"),
            }
        )
        if sum(file.stat().st_size for file in files if file.exists()) > give_up:
            break
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
    after: int = 0,
) -> None:
    """Expect the model to have been given the whole conversation at each turn; `before` grows by what was said.

    A message names a turn by its number in the conversation, which had `after` turns before these.
    """
    last = None
    for number, (told, (customer, text), reply) in enumerate(
        zip(seen["told"], turns, replies, strict=False), after + 1
    ):
        said = before.setdefault(customer, [])
        said.append(text)
        assert_called_once(told, f"at turn {number}")
        assert told["returned"] == reply, (
            f"at turn {number}, `say` returned {str(told['returned'])[:40]!r}, not the model's reply as a string"
        )
        assert told["count"] == len(said), why_not_all(
            told, said, number, customer, last, seen["checkpoints"]
        )
        assert told["digest"] == hashlib.sha256("\n".join(said).encode()).hexdigest(), (
            f"at turn {number}, the model got {counted(told['count'], 'message')}, but not what was said: "
            "pass them word for word, oldest first"
        )
        assert told["turns"], (
            f"at turn {number}, the model got other kinds of messages: give it a `HumanMessage` for what the customer said, and an "
            "`AIMessage` for each reply"
        )
        said.append(reply)
        last = customer


def assert_called_once(told: dict[str, Any], when: str) -> None:
    """Expect one call of the model in a turn."""
    assert told["calls"], (
        f"{when}, `model` wasn't called: ask it for a reply on every turn, whatever was said"
    )
    assert told["calls"] == 1, (
        f"{when}, `model` was called {told['calls']} times instead of once: don't try again, and don't run a turn that "
        "failed before"
    )


def why_not_all(
    told: dict[str, Any], said: Sequence[str], number: int, customer: str, last: str | None, rows: int
) -> str:
    """Explain why the model was not given the whole conversation."""
    what = f"at turn {number}, for {customer!r}, the model got {counted(told['count'], 'message')} instead of {len(said)}"
    if 1 < told["count"] < len(said) and told["begins"][0] != said[0][:12]:
        return f"{what}, and the oldest are gone: the budget limits the file, not the conversation"
    if told["count"] == 1 and last != customer and last is not None and rows:
        return (
            f"{what}, after somebody else had spoken ({last!r}): if you delete old checkpoints, keep the newest of each thread, and "
            "compare ids with `=`"
        )
    if told["count"] == 1 and rows <= number:
        return f"{what}, without an error: a `DeltaChannel` is put together from older rows, and you deleted those"
    if told["count"] > len(said):
        return f"{what}: give every customer a thread of their own, and add each message once"
    return f"{what}: does a turn replace the one before it, start in another thread, or leave equal or empty texts out?"


def assert_in_budget(seen: dict[str, Any], path: Path, turns: int, also: str = "") -> None:
    """Expect the database to have been small enough after each turn; say what `also` matters if it wasn't."""
    assert evidence_of_threads(path), (
        "the database has no LangGraph checkpoint: keep what was said in a graph's state"
    )
    closed = sum(one.stat().st_size for one in (path, path.with_name(f"{path.name}-wal")) if one.exists())
    sizes = [told["size"] for told in seen["told"]]
    size, went = max(*sizes, closed), len(sizes)
    at = sizes.index(size) + 1 if size in sizes else went
    what = f"after turn {at}, the database takes {size / 1e6:.2f} MB of {BUDGET_BYTES / 1e6:.0f}"
    assert size <= BUDGET_BYTES or seen["free"] < size // 3, (
        f"{what}: {seen['free'] / 1e6:.1f} MB are free pages at the end. A file doesn't shrink, so delete after every turn, "
        "and the next one reuses them"
    )
    assert size <= BUDGET_BYTES and went == turns, (
        f"{what}: each checkpoint has the whole conversation, so all of them grow with the square of the turns, "
        f"and a few are too many{also}"
    )


def evidence_of_threads(path: Path) -> list[str]:
    """Return the threads in a database; none if it is not LangGraph's."""
    try:
        return evidence.threads(path)
    except AssertionError:
        return []


@pytest.mark.exercise("storage_budget", points=3, rules=(1, 2, 3, 4), restarts=True, timeout=30)
def test_sixty_long_turns(submission):
    """Sixty long turns stay within 5 MB, and after each SIGKILL a new process knows them all."""
    rng = submission.rng
    customer, db = rng.choice(BUDGET_PEOPLE), submission.path("support.db")
    turns, replies = draw_talk(rng, [customer] * 62, 2_400)
    said: dict[str, list[str]] = {}
    seen = submission.observe(talk, db=db, turns=turns[:56], replies=replies[:56], give_up=24_000_000)
    assert_knows_all(seen, turns[:56], replies[:56], said)
    assert_in_budget(seen, submission.file("support.db"), 56)
    for at in range(56, 62):  # a process for each turn: who counts them in memory never gets beyond one
        submission.restart()
        given = {"turns": turns[at : at + 1], "replies": replies[at : at + 1], "others_go": at == 61}
        seen = submission.observe(talk, db=db, give_up=24_000_000, **given)
        count = seen["told"][0]["count"]
        assert count != 1 or seen["dropped"], (
            f"after SIGKILL, the model got the new text and none of the {len(said[customer])} messages before it: "
            "save them in the database, not in a variable"
        )
        assert count == len(said[customer]) + 1 or not seen["dropped"], (
            f"without the table `{(seen['dropped'] or ['?'])[0]}`, which isn't part of LangGraph's checkpoints, the model got {count} of "
            f"{len(said[customer]) + 1} messages: keep what was said in a graph's state"
        )
        assert_knows_all(seen, given["turns"], given["replies"], said, after=at)
        size = seen["told"][0]["size"]
        assert size <= BUDGET_BYTES, (
            f"after turn {at + 1}, the database takes {size / 1e6:.2f} MB, and the budget is 5: since turn 56, each process was killed after "
            "one turn. Delete old checkpoints on every turn, and don't count turns in memory"
        )


@pytest.mark.exercise("storage_budget", points=1, rules=(1, 3, 5))
def test_customers_take_turns(submission):
    """Customers who take turns keep what they said, whatever it was."""
    rng = submission.rng
    one = rng.choice(BUDGET_PEOPLE)
    # People whose names are alike.
    other, third, fourth, fifth = f"{one}'s 100%", one.title(), f"{one}:1", f"{one} "
    order = [one, one, other, one, fourth, other, other, third, one, fourth, fifth, third, other, one, fifth]
    turns, replies = draw_talk(rng, order, 100)
    # They repeat themselves, say nothing, and begin with a space; the model says the same twice.
    turns += [(one, turns[0][1]), (one, ""), (one, ""), (other, "  ok\n"), (one, "ok"), (one, "ok")]
    replies += [replies[0], replies[0], "", " yes ", "ok", "ok"]
    turns += [(other, "\te\u0301\u2028\x85.\r\n\r\n"), (other, "ok"), (third, "ok"), (third, "ok")]
    replies += ["Yes.\n", "ok", "\n- no", "ok"]
    # To `glob` and `like` these ids are patterns, which the first one's id fits.
    for pattern in (f"{one[0]}*", f"{one[:-1]}?", f"[{one[0]}]{one[1:]}", f"{one[0]}%", f"{one[:-1]}_"):
        turns += [(pattern, "ok"), (one, "ok"), (pattern, "ok")]
        replies += ["ok"] * 3
    for db, count in ((submission.path("support.db"), len(turns)), (":memory:", 3)):
        given = {"turns": turns[:count], "replies": replies[:count], "give_up": 24_000_000}
        seen = submission.observe(talk, db=db, **given)
        assert seen["checkpoints"], (
            f"with `sqlite3.connect({db[-10:]!r})`, the connection's database has no checkpoint: use the connection itself, and "
            "not one of your own"
        )
        assert_knows_all(seen, turns, replies, {})
    assert_at_once(submission, one, other)


def assert_at_once(submission: Any, one: str, other: str) -> None:
    """Expect two functions that `open_chat` returned for one connection to know what was said to each other."""
    turns, replies = draw_talk(submission.rng, [one] * 4 + [other] * 3, 100)
    given = {"turns": turns, "replies": replies, "give_up": 24_000_000, "at_once": 2}
    seen = submission.observe(talk, db=":memory:", **given)
    for number, (told, count) in enumerate(zip(seen["told"], (1, 3, 5, 7, 1, 3, 5), strict=False), 1):
        assert told["count"] >= count, (
            f"two functions that `open_chat` returned for one connection took turns, and at turn {number} the model got "
            f"{counted(told['count'], 'message')} instead of {count}: read them from the checkpoints on every turn, not from a variable"
        )
    assert_knows_all(seen, turns, replies, {})
