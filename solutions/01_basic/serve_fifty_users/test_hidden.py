"""Hidden tests of `serve_fifty_users`."""

from __future__ import annotations

import pytest

from autograder.counts import often
from autograder.testing import evidence

from common import PEOPLE
from test_serve_fifty_users import (
    assert_lists,
    assert_own_notes_only,
    assert_serves,
    assert_threads_apart,
    draw_posts,
    post_after_errors,
    post_at_once,
)


@pytest.mark.exercise("serve_fifty_users", points=2, rules=(1, 2, 3), timeout=20)
def test_fifty_users_at_once(submission):
    """Fifty users, from sixteen worker threads at once: nothing is lost or mixed, not even after errors."""
    users = [f"{name}{number}" for number, name in enumerate(submission.rng.choices(PEOPLE, k=50))]
    posts, db = draw_posts(submission.rng, users, 2), submission.path("notes.db")
    # Two posts of one user in a row meet in two workers.
    posts.sort(key=lambda post: users.index(post[0]))
    # One run takes longer than anybody waits for a lock who then goes on without it.
    seen = submission.observe(post_at_once, db=db, posts=posts, meet=2, wait=0.2, workers=16, hold=1.15)
    assert_serves(seen)
    assert_lists(seen["returned"])
    for (user, _), notes in zip(posts, seen["returned"], strict=True):
        assert_own_notes_only(user, notes, "what `post` returned for a note")
    kept = {user: [text for owner, text in posts if owner == user] for user in users}
    assert_threads_apart(submission.file("notes.db"), kept)
    for (user, text), notes in zip(posts, seen["returned"], strict=True):
        assert text in notes, (
            f"{user} posted {text!r}, and `post` returned {notes} without it: return the state's notes"
        )
    assert_errors_do_no_harm(submission, users[0])


def assert_errors_do_no_harm(submission, user):
    """Expect posts to run once and to return the thread's notes, although runs before them have raised."""
    names = (
        "ConnectionError",
        "OperationalError",
        "KeyError",
        "TimeoutError",
        "RuntimeError",
        "ValueError",
        "SystemExit",
    )
    first, *texts, last = (text for _, text in draw_posts(submission.rng, [user], len(names) + 2))
    errors, texts = dict(zip(texts, names, strict=True)), [first, *texts, "", last]
    given = {"user": user, "texts": texts, "errors": errors, "adds": [last]}
    seen = submission.observe(post_after_errors, db=submission.path("full.db"), **given)
    if seen["hung"] is not None:
        own = errors.get(texts[seen["hung"]]) if seen["runs"][seen["hung"]] else None
        assert not own, (
            f"one of {user}'s runs raised `{own}`, and that very post never returned: where you hand a run's error on to the post "
            "that waits, hand on every `BaseException`"
        )
        raised = [errors[text] for text in texts[: seen["hung"]] if text in errors]
        assert not raised, (
            f"one of {user}'s runs raised `{raised[-1]}`, and the next post never returned: the first one kept the lock, "
            "so release it in any case, as `with lock:` does"
        )
    assert seen["hung"] is None, f"a post of {user}'s never returned, although no other was under way"
    for text, ran in zip(texts, seen["runs"], strict=True):
        assert ran == 1, (
            f"{user} posted the note {text!r}, and the graph ran {often(ran)}"
            f"{f': that run raised `{errors[text]}`' if text in errors else ''}. Run it once for each post, also for an empty "
            "note, and let an error out"
        )
    db, notes = submission.file("full.db"), seen["returned"][-1]
    kept = max(
        (evidence.checkpoints(db, thread)[-1].values.get("notes", []) for thread in evidence.threads(db)),
        key=len,
    )
    assert notes == kept, (
        f"some of {user}'s runs had raised, and the last one's node added a note. The thread has {len(kept)} notes, and `post` "
        f"returned {len(notes or [])}: return the notes from the graph's state, not from a variable"
    )
