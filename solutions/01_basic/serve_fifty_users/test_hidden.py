"""Hidden tests of `serve_fifty_users`."""

from __future__ import annotations

import pytest

from common import PEOPLE
from test_serve_fifty_users import (
    assert_lists,
    assert_own_notes_only,
    assert_serves,
    assert_threads_apart,
    draw_posts,
    post_after_an_error,
    post_at_once,
)


@pytest.mark.exercise("serve_fifty_users", points=2, rules=(1, 2, 3), timeout=20)
def test_fifty_users_at_once(submission):
    """Fifty users, from sixteen worker threads at once: nothing is lost, nothing is mixed."""
    users = [f"{name}{number}" for number, name in enumerate(submission.rng.choices(PEOPLE, k=50))]
    posts, db = draw_posts(submission.rng, users, 2), submission.path("notes.db")
    # Two posts of one user in a row meet in two workers.
    posts.sort(key=lambda post: users.index(post[0]))
    # One run takes longer than anybody waits for a lock who then goes on without it.
    seen = submission.observe(post_at_once, db=db, posts=posts, meet=2, wait=0.2, workers=16, hold=1.15)
    assert_serves(seen)
    assert_lists(seen["returned"])
    for (user, text), notes in zip(posts, seen["returned"], strict=True):
        assert_own_notes_only(user, notes, "what `post` returned for a note")
        assert text in notes, (
            f"{user} posted {text!r}, and `post` returned {notes} without it: return the state's notes"
        )
    kept = {user: [text for owner, text in posts if owner == user] for user in users}
    assert_threads_apart(submission.file("notes.db"), kept)
    (user, *_), texts = users, [text for _, text in draw_posts(submission.rng, users[:1], 2)]
    notes = submission.observe(post_after_an_error, db=submission.path("full.db"), user=user, texts=texts)
    assert notes and texts[1] in notes, (
        f"one of {user}'s runs raised an error, and the next post never returned: the first one kept the lock, "
        "so release it in any case, as `with lock:` does"
    )
