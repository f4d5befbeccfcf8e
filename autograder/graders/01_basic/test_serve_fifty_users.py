"""Public tests of `serve_fifty_users`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from autograder.testing import evidence

from common import PEOPLE, THINGS

if TYPE_CHECKING:
    import random
    from collections.abc import Iterable, Sequence
    from pathlib import Path


def take_turns(serve, db, posts):
    """Post one after the other; return what each post returned."""
    import operator
    import sqlite3
    from typing import Annotated, TypedDict

    from langgraph.checkpoint.sqlite import SqliteSaver
    from langgraph.graph import START, StateGraph

    class State(TypedDict):
        notes: Annotated[list, operator.add]

    connection = sqlite3.connect(db, check_same_thread=False)
    connection.execute("pragma synchronous = off")  # nothing is killed here
    builder = StateGraph(State).add_node("file", lambda state: {}).add_edge(START, "file")
    post = serve(builder.compile(checkpointer=SqliteSaver(connection)))
    return [post(user, text) for user, text in posts] if callable(post) else None


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
        "what `serve(graph)` returned cannot be called: return the function `post` itself"
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
        f"{where} of {user} holds {strange[0]!r}, which someone else had posted: "
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
            f"{user} posted {len(notes)} notes at once, but the thread kept {len(have)}: two runs began from the same "
            "checkpoint, and the later overwrote the earlier; LangGraph does not lock a thread, so `post` must"
        )


@pytest.mark.exercise("serve_fifty_users", points=1)
def test_users_take_turns(submission):
    """Users who take turns see their own notes, and no others."""
    posts = draw_posts(submission.rng, submission.rng.sample(PEOPLE, 2), 2)
    returned = submission.observe(take_turns, db=submission.path("notes.db"), posts=posts)
    assert_serves(returned)
    assert_lists(returned)
    kept: dict[str, list[str]] = {}
    for (user, text), notes in zip(posts, returned, strict=True):
        kept.setdefault(user, []).append(text)
        assert_own_notes_only(user, notes, "what `post` returned for a note")
        assert notes == kept[user], (
            f"{user} has posted {len(kept[user])} notes, but `post` returned {len(notes)}: "
            "all posts of a user must run in the same thread, once each"
        )
    assert_threads_apart(submission.file("notes.db"), kept)


@pytest.mark.exercise("serve_fifty_users", points=2)
def test_five_posts_at_once(submission):
    """Five posts of one user at the same moment are all kept."""
    user = submission.rng.choice(PEOPLE)
    posts, db = draw_posts(submission.rng, [user], 5), submission.path("notes.db")
    seen = submission.observe(post_at_once, db=db, posts=posts, meet=2, wait=0.015, workers=5)
    assert_serves(seen)
    assert_lists(seen["returned"])
    assert_threads_apart(submission.file("notes.db"), {user: [text for _, text in posts]})
    for (_, text), notes in zip(posts, seen["returned"], strict=True):
        assert text in notes, (
            f"{user} posted {text!r}, and `post` returned {notes} without it: return that run's notes"
        )


@pytest.mark.exercise("serve_fifty_users", points=1)
def test_users_do_not_wait_for_each_other(submission):
    """Posts of different users run side by side."""
    users = submission.rng.sample(PEOPLE, 2)
    posts, db = draw_posts(submission.rng, users, 1), submission.path("notes.db")
    seen = submission.observe(post_at_once, db=db, posts=posts, meet=2, wait=2, workers=2)
    assert_serves(seen)
    assert_lists(seen["returned"])
    for (user, text), notes in zip(posts, seen["returned"], strict=True):
        assert text in notes, (
            f"{user} posted {text!r}, and `post` returned {notes} without it: run the graph once for each post"
        )
    assert not seen["alone"], (
        f"{users[0]} had to wait for {users[1]}: posts of different users should run at the same time, "
        "so lock one user's thread and not the whole graph"
    )
