"""Public tests of `serve_fifty_users`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from autograder.counts import counted
from autograder.testing import evidence

from common import PEOPLE, THINGS

if TYPE_CHECKING:
    import random
    from collections.abc import Iterable, Sequence
    from pathlib import Path


def take_turns(serve, db, posts, before):
    """Post one after the other, the first `before` of them by way of another graph; return what each returned."""
    import operator
    import sqlite3
    from typing import Annotated, TypedDict

    from langgraph.checkpoint.sqlite import SqliteSaver
    from langgraph.graph import START, StateGraph

    class State(TypedDict):
        notes: Annotated[list, operator.add]

    connection = sqlite3.connect(db, check_same_thread=False)
    connection.execute("pragma synchronous = off")  # nothing is killed here
    ran = []
    builder = StateGraph(State).add_node("file", lambda state: ran.append(1)).add_edge(START, "file")
    saver = SqliteSaver(connection)
    returned = []
    for part in (posts[:before], posts[before:]):
        post = serve(builder.compile(checkpointer=saver))
        if not callable(post):
            return None
        returned += [post(user, text) for user, text in part]
    return {"returned": returned, "ran": len(ran)}


def post_at_once(serve, db, posts, meet, wait, workers, hold=0):
    """Post from several threads at once. A run waits until `meet` runs are under way, or `wait` seconds.

    The first run is held for `hold` seconds, and ends last if another of its user's began meanwhile. The first lock that a
    post makes waits for a second one, for a moment; tell whether that came.
    """
    import operator
    import sqlite3
    import sys
    import threading
    import time
    from concurrent.futures import ThreadPoolExecutor
    from contextlib import suppress
    from typing import Annotated, TypedDict
    from unittest import mock

    from langgraph.checkpoint.sqlite import SqliteSaver
    from langgraph.graph import START, StateGraph

    class State(TypedDict):
        notes: Annotated[list, operator.add]

    together, alone = threading.Barrier(meet), []
    held, overtaken = [], threading.Event()

    def file(state):
        user = state["notes"][-1].split(":")[0]
        if user in held:
            overtaken.set()
            return {}
        if hold and not held:
            held.append(user)
            if overtaken.wait(hold):
                time.sleep(0.3)  # what ends last is what's kept
            return {}
        try:
            together.wait(wait)
        except threading.BrokenBarrierError:
            alone.append(state["notes"][-1])
        return {}

    connection = sqlite3.connect(db, check_same_thread=False)
    connection.execute("pragma synchronous = off")
    builder = StateGraph(State).add_node(file).add_edge(START, "file")
    post = serve(builder.compile(checkpointer=SqliteSaver(connection)))
    if not callable(post):
        return None
    moment, two_locks, lock = threading.Barrier(2), [], threading.Lock

    class HastyLock:
        """A lock at which ten seconds pass in one."""

        def __init__(self):
            self._lock = lock()
            self.release, self.locked = self._lock.release, self._lock.locked

        def acquire(self, blocking=True, timeout=-1):
            return self._lock.acquire(blocking, timeout / 10 if timeout > 0 else timeout)

        def __enter__(self):
            return self.acquire()

        def __exit__(self, *error):
            self.release()

    def lock_in_time():
        if sys._getframe(1).f_globals is not serve.__globals__:
            return lock()
        with suppress(threading.BrokenBarrierError):
            moment.broken or two_locks.append(moment.wait(0.1))
        return HastyLock()

    with mock.patch.object(threading, "Lock", lock_in_time), ThreadPoolExecutor(workers) as pool:
        returned = list(pool.map(lambda one: post(*one), posts))
    return {"returned": returned, "alone": alone, "two locks": bool(two_locks)}


def post_in_turn(serve, db, user, texts, others):
    """Post while a post waits for another that runs, and again when that one has begun; tell who met whom.

    Texts after the third fill the web server's workers with posts that wait. Before the third post, all the others
    post, and none of them twice.
    """
    import operator
    import sqlite3
    import threading
    from concurrent.futures import ThreadPoolExecutor
    from typing import Annotated, TypedDict

    from langgraph.checkpoint.sqlite import SqliteSaver
    from langgraph.graph import START, StateGraph

    class State(TypedDict):
        notes: Annotated[list, operator.add]

    begun, may_end = ({text: threading.Event() for text in texts[:3]} for _ in range(2))

    def file(state):
        text = state["notes"][-1]
        if text in begun:
            begun[text].set()
            may_end[text].wait(5)
        return {}

    connection = sqlite3.connect(db, check_same_thread=False)
    connection.execute("pragma synchronous = off")
    builder = StateGraph(State).add_node(file).add_edge(START, "file")
    post = serve(builder.compile(checkpointer=SqliteSaver(connection)))
    if not callable(post):
        return None
    first, second, third, *crowd = texts

    def post_all(users):
        try:
            for one in users:
                pool.submit(post, one, f"{one}: hello").result(1)
        except TimeoutError:  # all users wait for each other
            return False
        return True

    with ThreadPoolExecutor(17) as pool:
        posts = [pool.submit(post, user, first)]
        begun[first].wait(5)
        posts.append(pool.submit(post, user, second))
        post_all(others[:3])
        side_by_side, kept_out, forgotten = begun[second].is_set(), False, False
        if not side_by_side:
            posts += [pool.submit(post, user, text) for text in crowd]
            kept_out = not post_all(others[:1])
        may_end[first].set()
        if not side_by_side:
            posts[0].result()
            begun[second].wait(5)
            post_all(others[3:-3])
            posts.append(pool.submit(post, user, third))
            post_all(others[-3:])
            forgotten = begun[third].is_set()
        may_end[second].set()
        may_end[third].set()
        returned = [one.result() for one in posts]
    return {
        "returned": returned,
        "side by side": side_by_side,
        "kept out": kept_out,
        "forgotten": forgotten,
    }


def post_after_errors(serve, db, user, texts, errors, adds):
    """Post one text after the other; the first run of a text that's in `errors` raises that error.

    Runs of texts in `adds` add a note of their own. Tell what each post returned, how often each ran, and which never returned.
    """
    import builtins
    import operator
    import sqlite3
    import threading
    from typing import Annotated, TypedDict

    from langgraph.checkpoint.sqlite import SqliteSaver
    from langgraph.graph import START, StateGraph

    class State(TypedDict):
        notes: Annotated[list, operator.add]

    runs = dict.fromkeys(texts, 0)

    def file(state):
        text = state["notes"][-1]
        runs[text] += 1
        if text in errors and runs[text] == 1:
            raise getattr(builtins, errors[text], sqlite3.OperationalError)("the disk is full")
        return {"notes": [f"{text} (filed)"] if text in adds else []}

    connection = sqlite3.connect(db, check_same_thread=False)
    connection.execute("pragma synchronous = off")
    builder = StateGraph(State).add_node(file).add_edge(START, "file")
    post, returned = serve(builder.compile(checkpointer=SqliteSaver(connection))), []

    def take(text):
        try:
            returned.append(post(user, text))
        except BaseException:  # as the web server does
            returned.append(None)

    for number, text in enumerate(texts):
        # A thread of its own: a lock that nobody releases must not keep the judge.
        one = threading.Thread(target=take, args=(text,), daemon=True)
        one.start()
        one.join(4)
        if len(returned) == number:
            return {"hung": number, "returned": returned, "runs": list(runs.values())}
    return {"hung": None, "returned": returned, "runs": list(runs.values())}


def draw_posts(rng: random.Random, users: Iterable[str], each: int) -> list[tuple[str, str]]:
    """Draw notes of several users, in a random order; each note is unique and begins with its user's name."""
    posts = [
        (user, f"{user}: {rng.choice(THINGS)} {rng.randrange(10**6)}") for user in users for _ in range(each)
    ]
    rng.shuffle(posts)
    return posts


def assert_serves(returned: object) -> None:
    """Expect `serve` to have returned a function."""
    assert returned is not None, (
        "what `serve(graph)` returned can't be called: return the function `post` itself"
    )


def assert_lists(returned: Sequence[Any]) -> None:
    """Expect each post to have returned a list of notes."""
    wrong = [value for value in returned if not isinstance(value, list)]
    assert not wrong, (
        f"`post` returned {wrong[0]}, not the list of the user's notes: return the state's `notes`"
    )


def assert_own_notes_only(user: str, notes: Iterable[str], where: str) -> None:
    """Expect no note of anyone else."""
    strange = [note for note in notes if not str(note).startswith(f"{user}: ")]
    assert not strange, (
        f"{where} of {user!r} includes {strange[0]!r}, which someone else posted: "
        "both are in one LangGraph thread, so make the `thread_id` from the user's whole name, as it is"
    )


def assert_threads_apart(db: Path, kept: dict[str, list[str]]) -> None:
    """Expect each thread of the database to hold all notes of one user, and no others."""
    found: dict[str, list[str]] = {}
    for thread in evidence.threads(db):
        notes = evidence.checkpoints(db, thread)[-1].values.get("notes", [])
        owners = sorted({note.split(":")[0] for note in notes})
        assert len(owners) <= 1, (
            f"in the database, thread {thread!r} holds notes of {' and '.join(map(repr, owners[:2]))}: "
            "make the `thread_id` from the user's whole name, as it is"
        )
        for owner in owners:
            assert owner not in found, (
                f"in the database, the notes of {owner} are spread over several threads: use one for all their posts"
            )
            found[owner] = sorted(notes)
    for user, notes in kept.items():
        have = found.get(user, [])
        assert have == sorted(notes), (
            f"{user} posted {len(notes)} notes at once, but the thread kept {len(have)}: two runs started from the same "
            "checkpoint, and the later one overwrote the earlier; LangGraph doesn't lock a thread, so `post` must, with one lock for each user"
        )


@pytest.mark.exercise("serve_fifty_users", points=1, rules=(1, 2))
def test_users_take_turns(submission):
    """Users who take turns see their own notes, and no others."""
    name, other = submission.rng.sample(PEOPLE, 2)
    alike = [
        name.title(),
        f"{name}/{other}",
        f"{name} {other}",
        f"{name} ",
        f"{name}\u00e9",
        f"{name}e\u0301",
        f"{name}&#233;",
    ]
    posts = draw_posts(submission.rng, [name, *alike], 2)
    posts += posts[:3]  # the same note again is another note
    before = len(posts) // 2  # so many were posted by way of another graph with the same saver
    seen = submission.observe(take_turns, db=submission.path("notes.db"), posts=posts, before=before)
    assert_serves(seen)
    returned, ran = seen["returned"], seen["ran"]
    assert_lists(returned)
    kept: dict[str, list[str]] = {}
    for number, ((user, text), notes) in enumerate(zip(posts, returned, strict=True)):
        kept.setdefault(user, []).append(text)
        assert_own_notes_only(user, notes, "what `post` returned for a note")
        since = [note for owner, note in posts[before : number + 1] if owner == user]
        assert number < before or notes != since or notes == kept[user], (
            f"{user}'s thread had notes before `serve` was called, and `post` returned none of them: "
            "return the notes from the graph's state, not from a variable, and have a `thread_id` that's the same for every `serve`"
        )
        assert notes == kept[user], (
            f"{user} has posted {counted(len(kept[user]), 'note')}, but `post` returned {len(notes)}: "
            "all posts of a user must run in the same thread, once each"
        )
    assert_threads_apart(submission.file("notes.db"), kept)
    assert ran == len(posts), f"{len(posts)} posts ran the graph {ran} times: run it once for each"


@pytest.mark.exercise("serve_fifty_users", points=2, rules=(1, 3, 4))
def test_five_posts_at_once(submission):
    """Five posts of one user at the same moment are all kept, and those that come while another waits."""
    user, other = submission.rng.sample(PEOPLE, 2)
    posts, db = draw_posts(submission.rng, [user], 5), submission.path("notes.db")
    seen = submission.observe(post_at_once, db=db, posts=posts, meet=2, wait=0.015, workers=5)
    assert_serves(seen)
    assert_lists(seen["returned"])
    assert not seen["two locks"] or max(map(len, seen["returned"])) == len(posts), (
        f"two of {user}'s posts came at the same moment, each made a lock of its own, and a note was lost: LangGraph doesn't lock a "
        "thread, so all of a user's posts need one lock"
    )
    assert_threads_apart(submission.file("notes.db"), {user: [text for _, text in posts]})
    for (_, text), notes in zip(posts, seen["returned"], strict=True):
        assert text in notes, (
            f"{user} posted {text!r}, and `post` returned {notes} without it: return that run's notes"
        )
    texts, db = [text for _, text in draw_posts(submission.rng, [user], 15)], submission.path("later.db")
    texts.append(texts[-1])  # of those that wait, two have the same text
    others = [f"{other}{number}" for number in range(49)]
    seen = submission.observe(post_in_turn, db=db, user=user, texts=texts, others=others)
    assert not seen["side by side"], (
        f"{user} posted a note while another was still being filed. Both runs started from the same checkpoint, "
        "so one is lost: LangGraph doesn't lock a thread, so `post` must"
    )
    assert not seen["kept out"], (
        f"fifteen of {user}'s posts were under way, and then somebody else's had to wait for them: those that wait for a "
        "user's lock must not take up places of a pool that all share, and no two users share a lock"
    )
    assert not seen["forgotten"], (
        f"one of {user}'s posts waited for another, and a third started while the second ran: a finished post, or "
        "a cache that was full, forgot the lock while others were still waiting for it, so keep each user's lock"
    )
    notes = max(seen["returned"], key=len)
    assert len(notes) == len(texts) or set(notes) != set(texts), (
        f"two of {user}'s posts waited at the same time, with the same text, and one note was filed: the same text twice makes "
        "two notes"
    )
    assert_threads_apart(submission.file("later.db"), {user: texts})


@pytest.mark.exercise("serve_fifty_users", points=1, rules=(1, 4))
def test_users_do_not_wait_for_each_other(submission):
    """Posts of different users run side by side."""
    names = submission.rng.sample(PEOPLE, 4)
    # So many that two of them share one of 32 locks in every draw: with 12, that passed in some.
    users = [user for name in names for user in (name, name.title(), *(f"{name}{n}" for n in range(2, 6)))]
    posts, db = draw_posts(submission.rng, users, 1), submission.path("notes.db")
    seen = submission.observe(post_at_once, db=db, posts=posts, meet=24, wait=3, workers=24)
    assert_serves(seen)
    assert_lists(seen["returned"])
    for (user, text), notes in zip(posts, seen["returned"], strict=True):
        assert text in notes, (
            f"{user} posted {text!r}, and `post` returned {notes} without it: run the graph once for each post"
        )
    assert not seen["alone"], (
        f"{len(users)} users posted at once, and some had to wait for others: posts of different users should run at "
        "the same time, so give each user a lock, by the whole name, and let them share no small pool"
    )
