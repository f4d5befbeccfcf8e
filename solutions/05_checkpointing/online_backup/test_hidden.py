"""Hidden tests of `online_backup`."""

from __future__ import annotations

import pytest

from autograder.sandbox.outcomes import LearnerError

from test_online_backup import (
    assert_moment,
    assert_refused,
    back_up_and_die,
    back_up_by_name,
    back_up_over,
    back_up_service,
    draw_service,
)


@pytest.mark.exercise("online_backup", points=1, rules=(4, 5, 7), restarts=True)
def test_no_backup_of_no_database(submission):
    """Paths contain any characters; an earlier backup was killed, or left something else; a source that isn't a database raises, and the old backup is still there."""
    rng = submission.rng
    copy_name = 'o\'clock; "old"?/it\'s [#2]; "old"? 100%'
    seen = submission.observe(
        back_up_service,
        db=submission.path("50%41 off? no #1.db"),
        copy=submission.path(copy_name),
        texts=draw_service(rng, 6),
        busy=False,
    )
    assert_moment(seen, submission.file(copy_name))
    submission.observe(
        back_up_and_die, db=submission.path("killed.db"), copy=submission.path("backup.db"), dies=True
    )
    submission.restart()
    paths = {"db": submission.path("support.db"), "copy": submission.path("backup.db")}
    try:
        seen = submission.observe(back_up_service, texts=draw_service(rng, 6), busy=False, **paths)
    except LearnerError as error:
        raise AssertionError(
            f"an earlier backup was killed before it was done, and the next one failed: {error}"
        ) from None
    assert not seen["raised"], (
        f"an earlier backup was killed before it was done, and the next one failed (`{seen['raised']}`): what the first left "
        "mustn't be in its way"
    )
    assert_moment(seen, submission.file("backup.db"))
    names = ["~support.db", "file:support.db?mode=memory"]  # relative, they begin like a home or a URI
    failed = submission.observe(back_up_by_name, folder=submission.path("names"), names=names)
    assert not failed, (
        f"`{failed[0]}`, in the working folder, was backed up to `support.db`, and {failed[1]} was raised: a path may be relative, "
        "and contain any characters, so take it as it is"
    )
    failed = submission.observe(back_up_over, folder=submission.path("left"))
    assert not failed or "`-journal`" not in failed[0], (
        f"an earlier night left {failed[0]}, and {failed[1]}: SQLite rolls it back into the new backup, so "
        "remove the `-journal` before you replace the file"
    )
    assert not failed, (
        f"an earlier night left {failed[0]} at `copy_path`, and {failed[1]}: put the new backup in its place, and don't have SQLite "
        "open what's there"
    )
    assert_refused(submission, f"{rng.randrange(10**6)}.db", f"{rng.random()} is no database\n" * 200)
