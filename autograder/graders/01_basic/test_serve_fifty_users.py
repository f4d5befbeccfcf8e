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


def post_at_once(serve, db, posts, meet, wait, workers):
    """Post from several threads at once. A run waits until `meet` runs are under way, or `wait` seconds."""
    import operator
    import sqlite3
    import threading
    from concurrent.futures import ThreadPoolExecutor
    from typing import Annotated, TypedDict

    from langgraph.checkpoint.sqlite import SqliteSaver
    from langgraph.graph import START, StateGraph

    class State(TypedDict):
        notes: Annotated[list, operator.add]

    together, alone = threading.Barrier(meet), []

    def file(state):
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
    with ThreadPoolExecutor(workers) as pool:
        returned = list(pool.map(lambda one: post(*one), posts))
    return {"returned": returned, "alone": alone}


def post_in_turn(serve, db, user, texts, other):
    """Post while a post waits for another that runs, and again when that one has begun; tell who met whom."""
    import operator
    import sqlite3
    import threading
    from concurrent.futures import ThreadPoolExecutor
    from typing import Annotated, TypedDict

    from langgraph.checkpoint.sqlite import SqliteSaver
    from langgraph.graph import START, StateGraph

    class State(TypedDict):
        notes: Annotated[list, operator.add]

    begun, may_end = ({text: threading.Event() for text in texts} for _ in range(2))

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
    first, second, third = texts

    def need_not_wait(text):
        """Tell whether a post has begun by the time that three later ones of somebody else have ended."""
        try:
            for number in range(3):
                pool.submit(post, other, f"{other}: {number}").result(1)
        except TimeoutError:  # all users wait for each other
            pass
        return begun[text].is_set()

    with ThreadPoolExecutor(5) as pool:
        posts = [pool.submit(post, user, first)]
        begun[first].wait(5)
        posts.append(pool.submit(post, user, second))
        side_by_side, forgotten = need_not_wait(second), False
        may_end[first].set()
        if not side_by_side:
            posts[0].result()
            begun[second].wait(5)
            posts.append(pool.submit(post, user, third))
            forgotten = need_not_wait(third)
        may_end[second].set()
        may_end[third].set()
        returned = [one.result() for one in posts]
    return {"returned": returned, "side by side": side_by_side, "forgotten": forgotten}


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
        f"{where} of {user} includes {strange[0]!r}, which someone else posted: "
        "both are in one LangGraph thread, so make the `thread_id` from the user"
    )


def assert_threads_apart(db: Path, kept: dict[str, list[str]]) -> None:
    """Expect each thread of the database to hold all notes of one user, and no others."""
    found: dict[str, list[str]] = {}
    for thread in evidence.threads(db):
        notes = evidence.checkpoints(db, thread)[-1].values.get("notes", [])
        owners = sorted({note.split(":")[0] for note in notes})
        assert len(owners) <= 1, (
            f"in the database, thread {thread!r} holds notes of {' and '.join(owners[:2])}: "
            "make the `thread_id` from the user"
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
            "checkpoint, and the later one overwrote the earlier; LangGraph doesn't lock a thread, so `post` must"
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
            "return the notes from the graph's state, not from a variable"
        )
        assert notes == kept[user], (
            f"{user} has posted {counted(len(kept[user]), 'note')}, but `post` returned {len(notes)}: "
            "all posts of a user must run in the same thread, once each"
        )
    assert_threads_apart(submission.file("notes.db"), kept)
    assert ran == len(posts), f"{len(posts)} posts ran the graph {ran} times: run it once for each"


@pytest.mark.exercise("serve_fifty_users", points=2, rules=(1, 3))
def test_five_posts_at_once(submission):
    """Five posts of one user at the same moment are all kept, and those that come while another waits."""
    user, other = submission.rng.sample(PEOPLE, 2)
    posts, db = draw_posts(submission.rng, [user], 5), submission.path("notes.db")
    seen = submission.observe(post_at_once, db=db, posts=posts, meet=2, wait=0.015, workers=5)
    assert_serves(seen)
    assert_lists(seen["returned"])
    assert_threads_apart(submission.file("notes.db"), {user: [text for _, text in posts]})
    for (_, text), notes in zip(posts, seen["returned"], strict=True):
        assert text in notes, (
            f"{user} posted {text!r}, and `post` returned {notes} without it: return that run's notes"
        )
    texts, db = [text for _, text in draw_posts(submission.rng, [user], 3)], submission.path("later.db")
    seen = submission.observe(post_in_turn, db=db, user=user, texts=texts, other=other)
    assert not seen["side by side"], (
        f"{user} posted a note while another was still being filed. Both runs started from the same checkpoint, "
        "so one is lost: LangGraph doesn't lock a thread, so `post` must"
    )
    assert not seen["forgotten"], (
        f"one of {user}'s posts waited for another, and a third started while the second ran: a finished post "
        "forgot the lock while others were still waiting for it, so keep each user's lock"
    )
    assert_threads_apart(submission.file("later.db"), {user: texts})


@pytest.mark.exercise("serve_fifty_users", points=1, rules=(1, 4))
def test_users_do_not_wait_for_each_other(submission):
    """Posts of different users run side by side."""
    names = submission.rng.sample(PEOPLE, 4)
    users = [user for name in names for user in (name, name.title(), f"{name}2")]
    posts, db = draw_posts(submission.rng, users, 1), submission.path("notes.db")
    seen = submission.observe(post_at_once, db=db, posts=posts, meet=12, wait=2, workers=12)
    assert_serves(seen)
    assert_lists(seen["returned"])
    for (user, text), notes in zip(posts, seen["returned"], strict=True):
        assert text in notes, (
            f"{user} posted {text!r}, and `post` returned {notes} without it: run the graph once for each post"
        )
    assert not seen["alone"], (
        f"{len(users)} users posted at once, and some had to wait for others: posts of different users should run at "
        "the same time, so give each user a lock, by the whole name"
    )
