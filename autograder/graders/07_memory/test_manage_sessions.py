"""Public tests of `manage_sessions`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from autograder.testing import evidence

from common import PEOPLE, THINGS

if TYPE_CHECKING:
    import random

FILES = ("threads.db", "sessions.db")


def drive(Sessions, paths, steps, ids, pause=None):
    """Do what users do at a desk, one step after the other; `ids` has those of sessions that are known by a name.

    With `pause`, a name and a number, another process may act right before that statement which writes to the store, or,
    in `of`, which reads it.
    """
    import sqlite3
    import sys
    import time
    from pathlib import Path

    from langgraph.checkpoint.sqlite import SqliteSaver
    from langgraph.graph import START, MessagesState, StateGraph
    from langgraph.store.sqlite import SqliteStore

    folder = Path(paths["threads.db"]).parent

    def wait_for(name, seconds):
        end = time.monotonic() + seconds
        while not (folder / name).exists() and time.monotonic() < end:
            time.sleep(0.01)

    def end_of_run_after(delete_thread, message):
        def deleted(thread):
            delete_thread(thread)
            (folder / f"{message} met").touch()
            wait_for(f"{message} ended", 1)

        return deleted

    counted = []
    kinds = ("select", "with") if steps[0][0] == "of" else ("insert", "update", "delete", "replace")

    def pausing(statement):
        if statement.strip().lower().startswith(kinds):
            counted.append(statement)
            if len(counted) == pause[1]:
                (folder / f"{pause[0]} begun").touch()
                wait_for(f"{pause[0]} met", 2)  # who holds a lock makes the other wait

    def look_up(state):
        asked = state["messages"][-1].text
        if asked.startswith("slow"):
            (folder / f"{asked} begun").touch()
            wait_for(f"{asked} met", 1)  # where the other step waits for the run, this run can't wait for it
        return {}

    def reply(state):
        asked = [message.text for message in state["messages"] if message.type == "human"]
        if "fails" in asked[-1]:
            raise RuntimeError(f"no line for {asked[-1]}")
        if "stopped" in asked[-1]:
            raise KeyboardInterrupt(asked[-1])
        said = f"{len(asked)}: {' | '.join(asked)}"
        # A text in pieces, as models give it: strings, blocks, and blocks that aren't text.
        others = [
            {"type": "reasoning", "reasoning": "hm"},
            {"type": "text-plain", "text": "an attached file"},
        ]
        blocks = [said[:2], *others, {"type": "text", "text": said[2:]}]
        return {"messages": [("ai", blocks if "again" in asked[-1] else said)]}

    def make():
        saver = SqliteSaver(sqlite3.connect(paths["threads.db"], check_same_thread=False, timeout=10))
        store = SqliteStore(
            sqlite3.connect(paths["sessions.db"], check_same_thread=False, timeout=10, isolation_level=None)
        )
        saver.setup()
        store.setup()
        for connection in (saver.conn, store.conn):
            connection.execute("pragma synchronous = off")  # the machine goes on, whatever is killed here
        graph = StateGraph(MessagesState).add_sequence([look_up, reply]).add_edge(START, "look_up")
        return Sessions(graph.compile(checkpointer=saver), store), saver, store

    desks = sys.__dict__.setdefault("_desks", {})  # a process keeps its desk from one call to the next
    if paths["threads.db"] not in desks:
        desks.clear()
        desks[paths["threads.db"]] = make()
    desk, saver, store = desks[paths["threads.db"]]
    store.conn.set_trace_callback(pausing if pause else None)
    ids, told = dict(ids), []
    for what, user, *given in steps:
        session = ids.get(given[0], given[0]) if given and what != "open" else None
        read = []
        saver.conn.set_trace_callback(read.append)
        try:
            if what == "open":
                title, name, *other = given  # the `open` that this one comes between
                if other:
                    wait_for(f"{other[0]} begun", 5)
                ids[name] = back = desk.open(user, title)
                if other:
                    (folder / f"{other[0]} met").touch()
            elif what == "age":  # a search of the store orders by whole seconds
                back = store.conn.execute(
                    "update store set updated_at = datetime(updated_at, '-1 hour')"
                ).rowcount
            elif what == "of":
                back = desk.of(user)
            elif what == "send":
                back = desk.send(user, session, given[1])
            else:
                meanwhile, *midway = [*given[1:], ""]  # the message whose run is going on
                if meanwhile:
                    wait_for(f"{meanwhile} begun", 5)
                if midway == ["midway", ""]:
                    saver.delete_thread = end_of_run_after(saver.delete_thread, meanwhile)
                back = desk.close(user, session) if what == "close" else desk.delete(user, session)
                saver.__dict__.pop("delete_thread", None)
                if meanwhile:
                    (folder / f"{meanwhile} met").touch()
            told.append({"back": back})
        except PermissionError as error:
            told.append({"refused": str(error)})
        except (Exception, KeyboardInterrupt) as error:
            told.append({"raised": f"{type(error).__name__}: {error}"[:120]})
        if what == "send" and given[1].startswith("slow"):
            (folder / f"{given[1]} ended").touch()
        saver.conn.set_trace_callback(None)
        told[-1]["read"] = sum("checkpoints" in statement.lower() for statement in read)
    if pause:
        (folder / f"{pause[0]} begun").touch()  # it wrote less, and nobody must wait for it
    return {"told": told, "ids": ids}


def run(
    submission: Any,
    steps: list[list[Any]],
    ids: dict[str, Any] | None = None,
    pause: tuple[str, int] | None = None,
) -> dict[str, Any]:
    """Have users do something; what was neither refused nor done is an error of the answer's."""
    paths = {name: submission.path(name) for name in FILES}
    return submission.observe(drive, paths=paths, steps=steps, ids=ids or {}, pause=pause)


def assert_done(steps: list[list[Any]], seen: dict[str, Any]) -> list[Any]:
    """Expect that every step was done; return what each gave."""
    for step, one in zip(steps, seen["told"], strict=True):
        assert "back" in one, (
            f"`{step[0]}` for the user {step[1]!r} raised {one.get('raised') or 'PermissionError'}, and should have "
            "done what was asked"
        )
    return [one["back"] for one in seen["told"]]


def assert_listed(
    listed: Any,
    ids: dict[str, str],
    wanted: list[tuple[str, str, bool]],
    why: str,
    unused: tuple[str, str] = ("", ""),
) -> None:
    """Expect a list of sessions, in order; `unused` is one that isn't used by what was done to it lately."""
    ok = isinstance(listed, list) and all(
        isinstance(one, dict) and {"id", "title", "closed"} <= {*one} for one in listed
    )
    assert ok, f"`of` returned {str(listed)[:60]}: return a list of dicts with `id`, `title` and `closed`"
    found = [(one["id"], one["title"], one["closed"]) for one in listed]
    right = [(ids[name], title, closed) for name, title, closed in wanted]
    assert len(found) == len(right), (
        f"`of` returned {len(found)} of a user's sessions, and should have returned {len(right)}: {why}"
    )
    missing = [one for one in right if one not in found]
    strange = [one[1:] for one in found if one not in right]
    assert not missing, (
        f"`of` should have a session titled {missing[0][1]!r}, with `closed` {missing[0][2]}, and has {strange[:1]} there: "
        "its id and title as they were given, and whether it's closed now"
    )
    assert found == right or found[0][0] != ids.get(unused[0]), (
        f"{unused[1]}, and `of` put that session first: only to open and to send is to use"
    )
    assert found == right, (
        f"by last use, the sessions are {[one[1] for one in right][:4]}, and `of` returned {[one[1] for one in found][:4]}: to open or to "
        "send is to use, whole seconds are too coarse, and one process's counts say nothing about another's"
    )


def draw_user(rng: random.Random) -> str:
    """Draw an e-mail address."""
    return f"{rng.choice(PEOPLE)}{rng.randrange(100)}@shop.org"


@pytest.mark.exercise("manage_sessions", points=1, restarts=True, rules=(1, 2, 3))
def test_sessions_go_on(submission):
    """Sessions are listed with the last used first, and go on after a restart."""
    rng, user = submission.rng, draw_user(submission.rng)
    titles = [*rng.sample(THINGS, 2), "007", "", "Ünïcode"]  # SQLite's `string` column would make 7 of a text
    titles += [titles[0], f" {titles[0]}  "]  # two may have the same title, and this is another
    steps = [["open", user, title, f"s{n}"] for n, title in enumerate(titles)]
    steps += [["send", user, f"s{n}", f"hello {n}"] for n in (1, 3, 1)]
    steps += [["close", user, "s2"], ["of", user]]
    seen = run(submission, steps)
    *_, sent, _, listed = assert_done(steps, seen)
    ids = seen["ids"]
    assert sent == "2: hello 1 | hello 1", (
        f"a second message in a session was answered {str(sent)[:60]!r}, not '2: hello 1 | hello 1': run the graph in the "
        "session's own thread, once, and return the last message's text"
    )
    order = [1, 3, 6, 5, 4, 2, 0]
    wanted = [(f"s{n}", titles[n], n == 2) for n in order]
    assert_listed(listed, ids, wanted, "return all of them, closed ones too", ("s2", "a session was closed"))
    submission.restart()
    steps = [["of", user], ["send", user, "s1", "again"], ["send", user, "s4", "first"], ["of", user]]
    seen = run(submission, steps, ids)
    said = seen["told"][1].get("back")
    assert not isinstance(said, list), (
        "a message's `content` was a list of blocks, and `send` returned that list: return the message's `text`"
    )
    listed, sent, first, later = assert_done(steps, seen)
    assert_listed(listed, ids, wanted, "after a restart, the store has to know them")
    text = "3: hello 1 | hello 1 | again"
    assert sent == text or not (text[2:] in str(sent) or str(sent).strip() == text[:2]), (
        "a message's `content` was a list of a string, blocks of the types 'reasoning' and 'text-plain', and one of the type 'text'; "
        f"`send` returned {str(sent)[:60]!r}, not {text!r}: return the message's `text`"
    )
    assert (sent, first) == (text, "1: first"), (
        f"after a restart, two sessions answered {str(sent)[:60]!r} and {str(first)[:40]!r}: each is a thread of its own, "
        "and goes on"
    )
    order = [4, 1, 3, 6, 5, 2, 0]
    assert_listed(later, ids, [(f"s{n}", titles[n], n == 2) for n in order], "return all of them")
    steps = [["send", user, "s0", "this fails"], ["send", user, "s0", "and now?"]]
    told = str(run(submission, steps, ids)["told"][1])
    assert "and now?" in told, (
        f"a run failed, and the user's next message gave {told[:60]}: run the graph with that message, whatever is left of an "
        "older run"
    )


@pytest.mark.exercise("manage_sessions", points=1, rules=(4, 5))
def test_only_the_owner(submission):
    """Whoever isn't the owner is refused, and so are closed, deleted and missing sessions; nothing is written."""
    rng = submission.rng
    user, other = rng.sample(PEOPLE, 2)
    word, kept = rng.randbytes(6).hex(), rng.randbytes(6).hex()
    steps = [
        ["open", user, "shut", "shut"],
        ["send", user, "shut", f"erase {word}"],
        ["close", user, "shut"],
        ["delete", user, "shut"],
        ["open", user, "mine", "mine"],
        ["send", user, "mine", "hello"],
        ["open", user, "closed", "closed"],
        ["send", user, "closed", kept],
        ["close", user, "closed"],
        ["close", user, "closed"],
        ["open", user, "gone", "gone"],
        ["send", user, "gone", f"erase {word}"],
        ["delete", user, "gone"],
        ["open", other, "theirs", "theirs"],
    ]
    seen = run(submission, steps)
    assert "refused" not in seen["told"][3], (
        "a session was closed, and its owner couldn't delete it: to be closed stops only `send`"
    )
    assert_done(steps, seen)
    ids = seen["ids"]
    before = held(submission)
    db = submission.file("threads.db")
    left = str([evidence.table(db, table) for table in ("checkpoints", "writes")])
    assert word not in left, (
        "a session was deleted, and its checkpoints are still there: delete its thread, too"
    )
    assert kept in left, "a session was closed, and its checkpoints are gone: to close isn't to delete"
    missing = (None, "", "None", "%", f"{user}", rng.randbytes(8).hex())
    refused = [
        (user, "theirs", "somebody else's"),
        (other, "mine", "somebody else's"),
        (user, "gone", "a deleted"),
        (user, "shut", "a deleted"),
    ]
    refused += [
        (other, "closed", "somebody else's"),
        *((user, one, f"the unknown ({one!r})") for one in missing),
    ]
    refused += [(nobody, "mine", f"the user {nobody!r} and a known") for nobody in (None, "")]
    steps = [["send", user, "closed", "let me in"]]
    steps += [["send", who, name, "let me in"] for who, name, _ in refused]
    steps += [[what, who, name] for who, name, _ in refused for what in ("close", "delete")]
    steps += [
        [what, nobody, *more] for nobody in (None, "") for what, *more in (["of"], ["open", "t", "new"])
    ]
    told = run(submission, steps, ids)["told"]
    whose = {(who, name): kind for who, name, kind in refused}
    for step, one in zip(steps, told, strict=True):
        what, who, name, *_ = [*step, None]
        kind = whose.get((who, name), "a closed" if name == "closed" else f"the user {who!r} and any")
        assert "refused" in one, (
            f"`{what}` for {kind} session should raise PermissionError, and it "
            f"{'raised ' + one['raised'] if 'raised' in one else 'went through'}: look for the session among this user's, "
            "each time"
        )
    assert before == held(submission), (
        "somebody was refused, and yet something was written: check before you run or put anything"
    )


def held(submission: Any) -> dict[str, list[Any]]:
    """Return the rows of the desk's databases."""
    both = (("threads.db", "checkpoints"), ("threads.db", "writes"), ("sessions.db", "store"))
    return {table: sorted(evidence.table(submission.file(name), table), key=repr) for name, table in both}


@pytest.mark.exercise("manage_sessions", points=1, rules=(4,))
def test_users_who_resemble(submission):
    """Users whose ids resemble each other have their own sessions."""
    number = submission.rng.randrange(1000)
    users = [
        f"u{number}",
        f"u{number}0",
        f"U{number}",
        f"u{number}.b",
        f"u{number}_b",
        f"u{number}-b",
        f"u{number}:b",
    ]
    users += [f"u{number}/b", f"u{number} b", f"u{number}@shop.org", "%", "*", "None", "sessions", "Zoë"]
    users += [
        f"u%2E{number}",
        f"u.{number}",
        f" u{number}",
        "Zoe\u0308",
        " ",
        "Zo",
        "Zoe",
        *("7", "007", "7.0"),  # nor are they one number
        *(f"{'x' * 200}{end}" for end in "ab"),
        *("x" * 2**size for size in range(7)),  # a long id, cut into labels of some length, begins with one
        f"u{number}@shop.org".encode().hex(),
    ]
    steps = [["open", user, f"of {user}", user] for user in users]
    steps += [["send", user, user, f"I'm {user}"] for user in users]
    steps += [["of", user] for user in users]
    steps += [["send", users[n - 1], user, "let me in"] for n, user in enumerate(users)]
    seen = run(submission, steps)
    done = 3 * len(users)
    back = assert_done(steps[:done], {"told": seen["told"][:done]})
    for user, listed in zip(users, back[2 * len(users) :], strict=True):
        strange = [one for one in listed if isinstance(one, dict) and one.get("title") != f"of {user}"]
        assert not strange, (
            f"the list of {user!r} has the session {strange[0].get('title')!r}: make a label from the whole id, so that "
            "no two get the same"
        )
        assert_listed(
            listed, seen["ids"], [(user, f"of {user}", False)], "each user has sessions of their own"
        )
    for (_, who, whose, _), one in zip(steps[done:], seen["told"][done:], strict=True):
        assert "refused" in one, f"the user {who!r} could send in a session of {whose!r}: check who owns it"


@pytest.mark.exercise("manage_sessions", points=1, restarts=True, rules=(3,))
def test_two_processes(submission):
    """Two processes serve a user at once, and each knows what the other did."""
    user, ids = draw_user(submission.rng), {}
    with submission.twin() as twin:
        both = (submission, twin)
        steps = [["open", user, "first", "a"], ["of", user]]
        ids = run(submission, steps)["ids"]
        steps = [["of", user], ["open", user, "second", "b"], ["send", user, "a", "from the other"]]
        # This process has used more sessions, so a number that each of them counts on its own is behind.
        steps += [["open", user, "third", "z"], ["send", user, "z", "hello"]]
        ids = run(twin, steps, ids)["ids"]
        steps = [
            ["of", user],
            ["send", user, "a", "and back"],
            ["send", user, "b", "too"],
            ["close", user, "a"],
        ]
        told = run(submission, steps, ids)
        listed, sent, *_ = assert_done(steps, told)
        assert sent == "2: from the other | and back", (
            f"two processes sent in one session, and the second got {str(sent)[:60]!r}: read what's in the files each time"
        )
        assert_listed(
            listed,
            ids,
            [("z", "third", False), ("a", "first", False), ("b", "second", False)],
            "another process opened two",
        )
        told = run(twin, [["send", user, "a", "closed?"], ["of", user], ["delete", user, "b"]], ids)["told"]
        assert "refused" in told[0], "one process closed a session, and the other still let somebody send"
        assert_listed(
            told[1].get("back"),
            ids,
            [("b", "second", False), ("a", "first", True), ("z", "third", False)],
            "return all",
            ("a", "a message to a closed session was refused"),
        )
        told = run(both[0], [["send", user, "b", "gone?"], ["of", user]], ids)["told"]
        assert "refused" in told[0], "one process deleted a session, and the other still let somebody send"
        wanted = [("a", "first", True), ("z", "third", False)]
        assert_listed(told[1].get("back"), ids, wanted, "another process has deleted one")
        seen = run(twin, [["open", user, "fourth", "c"], ["send", user, "c", "new"], ["of", user]], ids)
        assert seen["ids"]["c"] not in ids.values(), (
            "a session was deleted, and the next one got its id, or another's: whoever kept the old id is in the new session"
        )
        _, sent, listed = assert_done([["open", user], ["send", user], ["of", user]], seen)
        assert sent == "1: new", (
            f"a session that was opened after another was deleted answered {str(sent)[:60]!r}, not '1: new'"
        )
        assert_listed(
            listed,
            seen["ids"],
            [("c", "fourth", False), *wanted],
            "an id must not be given out twice",
        )
